"""What the desk keeps: backed up, restored, verified."""

from pathlib import Path
from typing import Annotated

import typer

from chatdesk.cli import telling


def backup(path: Annotated[Path, typer.Argument(help="The file to write.")]) -> None:
    """Copy everything the desk keeps into one file, also while it runs."""
    if path.exists():
        telling.exit_saying(f"{path} is there already, and a backup never replaces anything.")
    settings = telling.settings()
    with telling.patience("Backing up"):
        from chatdesk import bootstrap

        bootstrap.backup(settings, path)
    typer.echo(f"Wrote {path}.")


def restore(
    path: Annotated[Path, typer.Argument(help="The backup.", exists=True, dir_okay=False)],
) -> None:
    """Fill an empty database from a backup; what was waiting in it is held."""
    settings = telling.settings()
    with telling.patience("Restoring"):
        from chatdesk import bootstrap

        bootstrap.restore(settings, path)
    typer.echo(f"Restored {path}. What was waiting to be sent or done is held: look at the desk,")
    typer.echo("then let it go with `chatdesk release`.")


def release() -> None:
    """Let go out what a restore holds."""
    settings = telling.settings()
    with telling.patience("Releasing"):
        from chatdesk import bootstrap

        count = bootstrap.release(settings)
    typer.echo(f"Released {count}." if count else "Nothing was held.")


def verify() -> None:
    """Check that the record is what was written; exit with 1 and name what is not."""
    settings = telling.settings()
    with telling.patience("Reading every record"):
        from chatdesk import bootstrap

        verdict = bootstrap.verify(settings)
    for fault in verdict.faults:
        whose = "acts" if fault.number is None else f"#{fault.number}"
        typer.echo(f"{whose}{f', {fault.seq}' if fault.seq else ''}: {fault.why}")
    read = (
        f"{telling.counted(verdict.tickets, 'ticket', 'tickets')} with"
        f" {telling.counted(verdict.facts, 'fact', 'facts')}, and"
        f" {telling.counted(verdict.acts, 'act', 'acts')}"
    )
    if not verdict.faults:
        typer.echo(f"The record is whole: {read}.")
        return
    telling.exit_saying(
        f"Read {read}: {telling.counted(len(verdict.faults), 'is', 'are')} not what was written."
        " Somebody, or a broken disk, changed the database past the desk. Keep a copy of it as it"
        " is, restore the newest backup that verifies into an empty database, and compare the two"
        " with `chatdesk export`."
    )


def list_acts() -> None:
    """List what was done to the desk itself: erasures, exports, restores, releases, replays."""
    settings = telling.settings()
    with telling.patience("Looking"):
        from chatdesk import bootstrap

        acts = bootstrap.acts(settings)
    for act in acts:
        about = "  ".join(f"{name}={value}" for name, value in sorted(act.about.items()))
        typer.echo(f"{act.seq}  {act.at:%Y-%m-%d %H:%M} UTC  {act.kind}  {about}".rstrip())
    if not acts:
        telling.say("Nothing was done yet.")
