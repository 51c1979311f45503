"""The desk itself: started, its database prepared, its platforms told about it."""

import logging
from contextlib import ExitStack
from enum import StrEnum
from typing import Annotated

import typer

from chatdesk import __version__
from chatdesk.cli import telling
from chatdesk.mishaps import Discreet, keep_logs_discreet


class Platform(StrEnum):
    """A platform whose app is set up from a manifest."""

    SLACK = "slack"
    DISCORD = "discord"


class Transport(StrEnum):
    """How the app is told what happens: over a socket of ours, or by requests to us."""

    SOCKET = "socket"
    HTTP = "http"


class ManifestPart(StrEnum):
    """A part of what Discord is told when its app is set up."""

    COMMANDS = "commands"
    INSTALL = "install"
    FORUM_TAGS = "forum-tags"


class Part(StrEnum):
    """A part of the desk that can run in a process of its own."""

    WEB = "web"
    WORKER = "worker"
    SLACK = "slack"
    DISCORD = "discord"


def run(
    only: Annotated[Part | None, typer.Option(help="Run one part of the desk alone.")] = None,
) -> None:
    """Start the desk. Ctrl-C or SIGTERM stops it.

    Without a desk.yaml it starts with an example, a desk to be tried in the browser.
    """
    from chatdesk.config import PolicySource

    settings = telling.settings()
    keep_logs_discreet()
    logs = logging.StreamHandler()
    logs.setFormatter(Discreet("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[logs])
    logging.getLogger("chatdesk").setLevel(settings.log_level.upper())
    source = PolicySource(settings.policy, example="policy" not in settings.model_fields_set)
    told = "the example policy (`chatdesk setup` writes your own)"
    telling.say(
        f"Starting chatdesk {__version__} with {told if source.is_example else source.path}."
    )
    with ExitStack() as starting:
        starting.enter_context(telling.patience("Starting"))
        import asyncio

        from chatdesk import bootstrap

        def tell(address: str) -> None:
            starting.close()
            typer.echo(f"Open {address} in a browser." if address else "The worker is at work.")
            telling.say("Ctrl-C stops the desk.")

        bootstrap.migrate(settings)
        part = only.value if only else None
        asyncio.run(bootstrap.run(settings, source, only=part, started=tell))


def migrate() -> None:
    """Bring the database to this version's form; harmless if it has it."""
    settings = telling.settings()
    with telling.patience("Migrating the database"):
        from chatdesk import bootstrap

        bootstrap.migrate(settings)
    typer.echo(f"The database has the form that chatdesk {__version__} needs.")


def manifest(
    platform: Annotated[Platform, typer.Argument(help="The platform.")],
    transport: Annotated[
        Transport, typer.Option(help="How the desk is told what happens in Slack.")
    ] = Transport.SOCKET,
    part: Annotated[
        ManifestPart | None, typer.Option(help="Which part for Discord; the invitation by default.")
    ] = None,
    *,
    groups: Annotated[
        bool, typer.Option("--groups", help="For a policy that names user groups.")
    ] = False,
    several: Annotated[
        bool, typer.Option("--several", help="For an app in several workspaces.")
    ] = False,
) -> None:
    """Print what a platform is told when its app is set up."""
    if platform is Platform.DISCORD:
        _discord_manifest(part)
        return
    from chatdesk.adapters.slack import manifest as slack

    settings = telling.settings()
    asked = slack.Asked(
        with_groups=groups,
        command=settings.slack_command,
        public_url=settings.public_url or slack.PUBLIC_URL,
        is_several=several,
    )
    typer.echo(slack.written(transport.value, asked), nl=False)


def _discord_manifest(part: ManifestPart | None) -> None:
    from chatdesk.adapters.discord import manifest
    from chatdesk.adapters.discord.permissions import invite_link

    if part is not None:
        typer.echo(manifest.written(part.value), nl=False)
        return
    settings = telling.settings()
    telling.say("Open this link, choose your server, and let the bot in:")
    typer.echo(invite_link(settings.discord_application_id, settings.discord_guild))
    telling.say("The desk registers its commands by itself; --part commands shows them.")
