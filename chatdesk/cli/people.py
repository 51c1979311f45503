"""What is kept of a ticket or a person: written to files, or erased."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chatdesk.cli import telling

if TYPE_CHECKING:
    from chatdesk.bootstrap.erasing import Erased
    from chatdesk.config import Settings
    from chatdesk.ports import Traces

_Person = Annotated[
    str, typer.Argument(help="Who: platform:id, such as slack:U0123, the desk's own id, or a name.")
]


def export(
    what: Annotated[
        str, typer.Argument(help="A ticket's number, or a person as platform:id, id or name.")
    ],
    to: Annotated[Path, typer.Option(help="The folder to write to.", file_okay=False)] = Path(),
) -> None:
    """Write a ticket's whole record to files, or all that a person may have of their own."""
    number = _number(what)
    settings = telling.settings()
    with telling.patience(f"Exporting {what}"):
        from chatdesk import bootstrap

        if number is None:
            written = bootstrap.export_person(settings, _the_one(settings, what), to)
        else:
            written = bootstrap.export(settings, number, to)
    if not written:
        telling.exit_saying(f"There is no ticket #{number}.")
    for file in written:
        typer.echo(file)


def erase(
    person: _Person,
    *,
    preview: Annotated[bool, typer.Option("--preview", help="Say what would go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
) -> None:
    """Erase a person: their words, files, name and handles; counts and the record's digests stay.

    All texts of the tickets they requested go, whoever wrote them, and everything they wrote
    elsewhere. It cannot be undone.
    """
    settings = telling.settings()
    with telling.patience("Looking"):
        found = _the_one(settings, person)
        from chatdesk import bootstrap

        is_in_policy = bootstrap.is_in_policy(settings, found)
    for line in _preview(found):
        typer.echo(line)
    if is_in_policy:
        typer.echo(f"{settings.policy} names them: take them out there yourself.")
    if preview:
        return
    if not yes:
        typer.confirm("Erase all of this? It cannot be undone.", abort=True)
    with telling.patience("Erasing"):
        erased = bootstrap.erase(settings, found)
    _tell(erased)


def _number(what: str) -> int | None:
    """Return the ticket's number that is meant, None for a person."""
    digits = what.removeprefix("#")
    if not digits.isdecimal():
        return None
    if not 0 < int(digits) < 1 << 62:
        raise typer.BadParameter(f"{what} is no ticket's number: they begin with 1")
    return int(digits)


def _the_one(settings: "Settings", word: str) -> "Traces":
    """Return the one person who is meant; nobody is taken for somebody else of that name."""
    from chatdesk import bootstrap
    from chatdesk.config import Obstacle

    if not word.strip():
        raise typer.BadParameter("name somebody: platform:id, such as slack:U0123, or a name")
    found = bootstrap.traces(settings, word.strip())
    if not found:
        raise Obstacle(
            f"Nobody is known as {word}. Name them as their platform does, such as slack:U0123,"
            " by their whole name, or by the desk's own id, which an export of a ticket has."
        )
    if len(found) > 1:
        several = "\n".join(f"  {one.person}  {', '.join(one.handles)}" for one in found)
        raise Obstacle(f"Several people are called {word}; name one by id:\n{several}")
    return found[0]


def _preview(found: "Traces") -> list[str]:
    known = ", ".join(found.handles) or "by no platform any more"
    lines = [f"{found.name} (id {found.person}), known as {known}."]
    lines.append(
        f"{telling.counted(found.texts, 'text', 'texts')} and"
        f" {telling.counted(found.files, 'file', 'files')} go, with name, handles and every"
        " finished delivery's content."
    )
    for label, numbers in (
        ("Their tickets, of which every text goes", found.tickets),
        ("Still unsolved among them: nobody will be told how they end", found.unsolved),
        ("Others' tickets, of which their words go", found.elsewhere),
        (
            "Others' tickets where their name may stand; nothing goes there, look yourself",
            found.mentions,
        ),
    ):
        if numbers:
            lines.append(f"{label}: {_listed(numbers)}.")
    return lines


def _listed(numbers: tuple[int, ...], most: int = 20) -> str:
    shown = ", ".join(f"#{number}" for number in numbers[:most])
    return f"{shown} and {len(numbers) - most} more" if len(numbers) > most else shown


def _tell(erased: "Erased") -> None:
    typer.echo(
        f"Erased, in {telling.counted(erased.tickets, 'ticket', 'tickets')}:"
        f" {telling.counted(erased.files, 'file', 'files')} and the content of"
        f" {telling.counted(erased.deliveries, 'delivery', 'deliveries')} gone."
    )
    typer.echo("Not touched, because they are not the desk's: messages in Slack or Discord, and")
    typer.echo("backups made before now. Erase again after restoring one of those, or delete them.")
    if not erased.is_unreadable:
        telling.exit_saying(
            "Somebody kept the database's log open, so old text can still be read in the file"
            " beside it: stop the desk and run the same command with the id above once more."
        )
