"""The local workspace: a small chat platform in the browser, to try chatdesk without accounts."""
