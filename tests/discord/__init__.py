"""Discord on this machine: what it takes, and a server that behaves as it does."""
