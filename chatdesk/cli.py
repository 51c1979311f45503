"""The command line: set the desk up, start it, look after it.

Everything heavy is imported inside the command that needs it, so that asking for help is cheap.
What stands in somebody's way is told in a sentence, with exit code 1; a traceback is a bug.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Annotated

import typer

from chatdesk import __version__
from chatdesk.mishaps import Discreet

if TYPE_CHECKING:
    from chatdesk.config import Settings

SAY_AFTER_SECONDS = 1.0
SAY_AGAIN_SECONDS = 5.0
"""Nobody waits longer than this without a word about what is going on."""

# Plain help, without markup: it reads the same in a pipe, and starts in less than half the time.
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,  # it would print local variables, secrets among them
)
parked = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
app.add_typer(parked, name="parked", help="What could not be delivered: look at it, try it again.")


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


def main(arguments: list[str] | None = None) -> None:
    """Do what the arguments say (by default those of the process), then exit."""
    try:
        app(args=arguments, prog_name="chatdesk")
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _exit_saying(f"{where}{error.strerror or error}")
    except Exception as error:
        if not _is_for_the_operator(error):
            raise
        # The cause tells an operator more than what is said to people in chat.
        cause = str(error.__cause__ or "").partition("\n")[0]
        _exit_saying(f"{error}: {cause}" if cause else str(error))


def _is_for_the_operator(error: Exception) -> bool:
    """Whether it says in a sentence what whoever runs the desk can do about it."""
    from chatdesk.config import Obstacle
    from chatdesk.ports import StoreUnavailable

    return isinstance(error, Obstacle | StoreUnavailable)


def _say_version(is_asked: bool) -> None:  # noqa: FBT001 - typer passes it so
    if is_asked:
        typer.echo(f"chatdesk {__version__}")
        raise typer.Exit


@app.callback()
def _begin(
    *,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """A help desk that lives in chat."""


# --- the policy -----------------------------------------------------------------------------------


@app.command()
def setup(  # noqa: PLR0913 - each is a question that can be answered beforehand
    path: Annotated[
        Path | None, typer.Argument(help="The file to write, desk.yaml if not said.")
    ] = None,
    *,
    name: Annotated[str | None, typer.Option(help="What the desk is called.")] = None,
    queue: Annotated[list[str] | None, typer.Option(help="A queue's title; repeatable.")] = None,
    admin: Annotated[
        list[str] | None, typer.Option(help="An admin, platform:id; repeatable.")
    ] = None,
    agent: Annotated[
        list[str] | None, typer.Option(help="An agent, platform:id; repeatable.")
    ] = None,
    zone: Annotated[str | None, typer.Option(help="Time zone, such as Europe/Berlin.")] = None,
    country: Annotated[str | None, typer.Option(help="Whose holidays are days off: DE.")] = None,
    subdivision: Annotated[str | None, typer.Option(help="And of which part of it: BE.")] = None,
    hours: Annotated[str | None, typer.Option(help='"mon-fri 09:00-17:00", or always.')] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
    overwrite: Annotated[bool, typer.Option(help="Replace a file that is there.")] = False,
) -> None:
    """Ask for queues, people and hours, and write a commented desk.yaml."""
    from chatdesk.config.dialogue import Answer, begin, converse
    from chatdesk.config.draft import put_in_place

    file = path or _settings().policy
    _make_sure(file, yes=yes, overwrite=overwrite)
    flags: dict[str, Answer | None] = {
        "name": name,
        "queues": tuple(queue) if queue else None,
        "admins": tuple(admin) if admin else None,
        "agents": tuple(agent) if agent else None,
        "zone": zone,
        "country": country,
        "subdivision": subdivision,
        "hours": hours,
    }
    given = {part: answer for part, answer in flags.items() if answer is not None}
    draft = begin(given)
    if not yes:
        _say("Enter takes what stands in brackets. Everything can be changed later in the file.")
        draft = converse(draft, given, typer.prompt, _say)
    put_in_place(file, draft.write())
    holidays = f", public holidays of {draft.country}" if draft.country else ""
    typer.echo(f"Wrote {file}: open {draft.hours}, {draft.zone}{holidays}.")
    typer.echo("Next: chatdesk run")


def _make_sure(file: Path, *, yes: bool, overwrite: bool) -> None:
    if not file.exists() or overwrite:
        return
    if yes:
        _exit_saying(f"{file} is there already. Name another file, or say --overwrite.")
    typer.confirm(f"{file} is there already. Replace it?", abort=True)


@app.command()
def check(
    path: Annotated[Path | None, typer.Argument(help="The file, desk.yaml if not said.")] = None,
) -> None:
    """Name every mistake in the policy file; exit with 1 if there is one."""
    from chatdesk.config import load_policy
    from chatdesk.config.remarks import remarks, summary

    file = path or _settings().policy
    policy = load_policy(file)
    typer.echo(f"{file} is right: {summary(policy)}.")
    for remark in remarks(policy):
        _say(remark)


# --- the desk -------------------------------------------------------------------------------------


@app.command()
def run(
    only: Annotated[Part | None, typer.Option(help="Run one part of the desk alone.")] = None,
) -> None:
    """Start the desk. Ctrl-C or SIGTERM stops it.

    Without a desk.yaml it starts with an example, a desk to be tried in the browser.
    """
    from chatdesk.config import PolicySource

    settings = _settings()
    logs = logging.StreamHandler()
    logs.setFormatter(Discreet("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[logs])
    logging.getLogger("chatdesk").setLevel(settings.log_level.upper())
    source = PolicySource(settings.policy, example="policy" not in settings.model_fields_set)
    told = "the example policy (`chatdesk setup` writes your own)"
    _say(f"Starting chatdesk {__version__} with {told if source.is_example else source.path}.")
    with ExitStack() as starting:
        starting.enter_context(_patience("Starting"))
        import asyncio

        from chatdesk import bootstrap

        def tell(address: str) -> None:
            starting.close()
            typer.echo(f"Open {address} in a browser." if address else "The worker is at work.")
            _say("Ctrl-C stops the desk.")

        bootstrap.migrate(settings)
        part = only.value if only else None
        asyncio.run(bootstrap.run(settings, source, only=part, started=tell))


@app.command()
def migrate() -> None:
    """Bring the database to this version's form; harmless if it has it."""
    settings = _settings()
    with _patience("Migrating the database"):
        from chatdesk import bootstrap

        bootstrap.migrate(settings)
    typer.echo(f"The database has the form that chatdesk {__version__} needs.")


@app.command()
def backup(path: Annotated[Path, typer.Argument(help="The file to write.")]) -> None:
    """Copy everything the desk keeps into one file, also while it runs."""
    if path.exists():
        _exit_saying(f"{path} is there already, and a backup never replaces anything.")
    settings = _settings()
    with _patience("Backing up"):
        from chatdesk import bootstrap

        bootstrap.backup(settings, path)
    typer.echo(f"Wrote {path}.")


@app.command()
def restore(
    path: Annotated[Path, typer.Argument(help="The backup.", exists=True, dir_okay=False)],
) -> None:
    """Fill an empty database from a backup; what was waiting in it is held."""
    settings = _settings()
    with _patience("Restoring"):
        from chatdesk import bootstrap

        bootstrap.restore(settings, path)
    typer.echo(f"Restored {path}. What was waiting to be sent or done is held: look at the desk,")
    typer.echo("then let it go with `chatdesk release`.")


@app.command()
def release() -> None:
    """Let go out what a restore holds."""
    settings = _settings()
    with _patience("Releasing"):
        from chatdesk import bootstrap

        count = bootstrap.release(settings)
    typer.echo(f"Released {count}." if count else "Nothing was held.")


@app.command()
def export(
    number: Annotated[int, typer.Argument(help="The ticket's number.", min=1)],
    to: Annotated[Path, typer.Option(help="The folder to write to.", file_okay=False)] = Path(),
) -> None:
    """Write a ticket's whole record to files."""
    settings = _settings()
    with _patience(f"Exporting #{number}"):
        from chatdesk import bootstrap

        written = bootstrap.export(settings, number, to)
    if not written:
        _exit_saying(f"There is no ticket #{number}.")
    for file in written:
        typer.echo(file)


@app.command()
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
) -> None:
    """Print what a platform is told when its app is set up."""
    if platform is Platform.DISCORD:
        _discord_manifest(part)
        return
    from chatdesk.adapters.slack import manifest as slack

    typer.echo(slack.written(transport.value, with_groups=groups), nl=False)


def _discord_manifest(part: ManifestPart | None) -> None:
    from chatdesk.adapters.discord import manifest
    from chatdesk.adapters.discord.permissions import invite_link

    if part is not None:
        typer.echo(manifest.written(part.value), nl=False)
        return
    settings = _settings()
    _say("Open this link, choose your server, and let the bot in:")
    typer.echo(invite_link(settings.discord_application_id, settings.discord_guild))
    _say("The desk registers its commands by itself; --part commands shows them.")


@parked.command("list")
def list_parked() -> None:
    """List what could not be delivered, with the reason."""
    settings = _settings()
    with _patience("Looking"):
        from chatdesk import bootstrap

        rows = bootstrap.parked(settings)
    for row in rows:
        ticket = f"#{row.number}" if row.number else "-"
        typer.echo(f"{row.key}  {ticket}  {row.notice}  {row.why}")
    _say(f"{len(rows)} parked." if rows else "Nothing is parked.")


@parked.command()
def replay(
    keys: Annotated[list[str] | None, typer.Argument(help="Keys, as the list shows them.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All there are.")] = False,
) -> None:
    """Try to deliver it again."""
    if bool(keys) == everything:
        raise typer.BadParameter("name the keys that `chatdesk parked list` shows, or say --all")
    settings = _settings()
    with _patience("Replaying"):
        from chatdesk import bootstrap

        count = bootstrap.replay(settings, keys or None)
    typer.echo(f"{count} will be tried again.")


# --- telling --------------------------------------------------------------------------------------


def _settings() -> "Settings":
    from chatdesk.config import Settings
    from chatdesk.config.settings import doubtful_variables

    for doubt in doubtful_variables():
        _say(doubt)
    return Settings.from_environment()


def _say(sentence: str) -> None:
    typer.echo(sentence, err=True)


def _exit_saying(sentence: str) -> None:
    _say(sentence)
    sys.exit(1)


@contextmanager
def _patience(doing: str) -> Iterator[None]:
    """Say what is being done if it takes longer than one waits without wondering."""
    is_done = Event()

    def tell() -> None:
        seconds = SAY_AFTER_SECONDS
        while not is_done.wait(seconds if seconds == SAY_AFTER_SECONDS else SAY_AGAIN_SECONDS):
            _say(f"{doing}: {seconds:.0f} s so far, please wait.")
            seconds += SAY_AGAIN_SECONDS

    telling = Thread(target=tell, daemon=True)
    telling.start()
    try:
        yield
    finally:
        is_done.set()
        telling.join()
