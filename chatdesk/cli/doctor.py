"""Whether the desk's platforms are set up as it needs them, and what to do where they are not."""

import json
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from chatdesk.cli import telling


class Examined(StrEnum):
    """A platform that can be looked at."""

    SLACK = "slack"
    DISCORD = "discord"


def doctor(
    platform: Annotated[Examined, typer.Argument(help="The platform to look at.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print it for programs.")] = False,
    greet: Annotated[
        str, typer.Option(help="Somebody's id: write to them, to see that it works.")
    ] = "",
) -> None:
    """Look whether a platform is set up as the desk needs it; exit with 1 if something is wrong."""
    settings = telling.settings()
    with telling.patience("Looking"):
        from chatdesk import bootstrap

        examine = {
            Examined.SLACK: bootstrap.examine_slack,
            Examined.DISCORD: bootstrap.examine_discord,
        }
        found = examine[platform](settings, greet=greet)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], indent=2))
    for one in () if as_json else found:
        typer.echo(f"{one.state.value:<8} {one.about}: {one.said}")
        if one.remedy:
            typer.echo(f"{'':<8} -> {one.remedy}")
    wrong = sum(one.state.value == "wrong" for one in found)
    telling.say(f"{wrong} to be put right." if wrong else "Nothing is wrong.")
    if wrong:
        raise typer.Exit(1)
