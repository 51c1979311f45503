"""What could not be delivered: looked at, tried again."""

from typing import Annotated

import typer

from chatdesk.cli import telling


def list_parked() -> None:
    """List what could not be delivered, with the reason."""
    settings = telling.settings()
    with telling.patience("Looking"):
        from chatdesk import bootstrap, troubles

        rows, broken = bootstrap.parked(settings), bootstrap.broken(settings)
    for one in broken:
        counted = telling.counted(one.waiting, "waits", "wait")
        waiting = counted if one.place else "everything waits"
        kind = "warning" if troubles.is_warning(one) else "broken"
        typer.echo(f"{kind}: {one.place or one.platform}  {waiting}  {one.why}")
    for row in rows:
        ticket = f"#{row.number}" if row.number else "-"
        typer.echo(f"{row.key}  {ticket}  {row.notice}  {row.why}")
    telling.say(f"{len(rows)} parked." if rows else "Nothing is parked.")


def replay(
    keys: Annotated[list[str] | None, typer.Argument(help="Keys, as the list shows them.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All there are.")] = False,
) -> None:
    """Try to deliver it again."""
    if bool(keys) == everything:
        raise typer.BadParameter("name the keys that `chatdesk parked list` shows, or say --all")
    settings = telling.settings()
    with telling.patience("Replaying"):
        from chatdesk import bootstrap

        count = bootstrap.replay(settings, keys or None)
    typer.echo(f"{count} will be tried again.")
    if count < len(set(keys or ())):
        telling.exit_saying("Not all of these are parked: `chatdesk parked list` shows what is.")
