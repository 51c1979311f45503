"""A loopback Slack: the real libraries on one side, people telling stories on the other."""
