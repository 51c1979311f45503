"""The desk in Slack: what it shows there, what it hears, and the app's manifest."""
