"""The command line: set the desk up, start it, look after it.

Everything heavy is imported inside the command that needs it, so that asking for help is cheap.
What stands in somebody's way is told in a sentence, with exit code 1; a traceback is a bug.
"""

from typing import Annotated

import typer

from chatdesk import __version__
from chatdesk.cli import doctor, keeping, key, obstacles, parked, people, policy, running, telling

__all__ = ["app", "main"]

# Plain help, without markup: it reads the same in a pipe, and starts in less than half the time.
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,  # it would print local variables, secrets among them
)
for command in (
    *(policy.setup, policy.check, running.run, running.migrate, running.manifest),
    *(key.key, doctor.doctor, people.export, people.erase),
    *(keeping.backup, keeping.restore, keeping.release),
):
    app.command()(command)

_parked = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
_parked.command("list")(parked.list_parked)
_parked.command()(parked.replay)
app.add_typer(_parked, name="parked", help="What could not be delivered: look at it, try it again.")

_audit = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
_audit.command()(keeping.verify)
_audit.command("list")(keeping.list_acts)
app.add_typer(
    _audit, name="audit", help="The record: is it what was written, and what was done to the desk?"
)


def main(arguments: list[str] | None = None) -> None:
    """Do what the arguments say (by default those of the process), then exit."""
    try:
        app(args=arguments, prog_name="chatdesk")
    except OSError as error:
        telling.exit_saying(obstacles.of_the_machine(error))
    except Exception as error:
        told = _told(error)
        if told is None:
            raise
        telling.exit_saying(told)


def _told(error: Exception) -> str | None:
    """Return a sentence on what whoever runs the desk can do about it; None for a bug."""
    from chatdesk.config import Obstacle
    from chatdesk.ports import StoreUnavailable

    if isinstance(error, StoreUnavailable):
        return obstacles.of_the_database(error)
    return str(error) if isinstance(error, Obstacle) else None


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
