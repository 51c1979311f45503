"""chatdesk is a help desk that lives in chat."""

__version__ = "0.1.0"
