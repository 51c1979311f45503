"""A key for what the desk encrypts."""

import typer


def key() -> None:
    """Make a key for CHATDESK_SLACK_ENCRYPTION_KEYS and print it; nothing is kept of it."""
    from chatdesk.adapters.slack.installations import new_key

    typer.echo(new_key())
