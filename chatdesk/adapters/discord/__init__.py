"""The desk in Discord."""
