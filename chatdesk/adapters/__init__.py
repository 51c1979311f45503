"""Everything outside that the desk talks to: platforms, databases, the clock; nothing else does."""
