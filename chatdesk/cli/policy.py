"""The policy file: written after a few questions, and checked."""

from pathlib import Path
from typing import Annotated

import typer

from chatdesk.cli import telling


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

    file = path or telling.settings().policy
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
        telling.say(
            "Enter takes what stands in brackets. Everything can be changed later in the file."
        )
        draft = converse(draft, given, typer.prompt, telling.say)
    put_in_place(file, draft.write())
    holidays = f", public holidays of {draft.country}" if draft.country else ""
    typer.echo(f"Wrote {file}: open {draft.hours}, {draft.zone}{holidays}.")
    typer.echo("Next: chatdesk run")


def _make_sure(file: Path, *, yes: bool, overwrite: bool) -> None:
    if not file.exists() or overwrite:
        return
    if yes:
        telling.exit_saying(f"{file} is there already. Name another file, or say --overwrite.")
    typer.confirm(f"{file} is there already. Replace it?", abort=True)


def check(
    path: Annotated[Path | None, typer.Argument(help="The file, desk.yaml if not said.")] = None,
) -> None:
    """Name every mistake in the policy file; exit with 1 if there is one."""
    from chatdesk.config import load_policy
    from chatdesk.config.remarks import remarks, summary

    file = path or telling.settings().policy
    policy = load_policy(file)
    typer.echo(f"{file} is right: {summary(policy)}.")
    for remark in remarks(policy):
        telling.say(remark)
