"""Write the pages that are generated from the code: run it as `python docs/generate.py`."""
# ruff: noqa: INP001 - a script, not a package

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from chatdesk.config.settings import Settings, is_secret, variable
from chatdesk.lifecycle import terms
from chatdesk.lifecycle.notices import NOTICES
from chatdesk.lifecycle.policy import Policy
from chatdesk.showing.apart import TOLD_APART
from chatdesk.ui.wording import Wording
from chatdesk.verbs import TYPED, VERBS, Audience

DOCS = Path(__file__).resolve().parent

WORDS = {
    terms.Name: "name",
    terms.Handle: "`platform:id`",
    terms.Duration: "duration",
    terms.Zone: "time zone",
    terms.Hours: "opening hours",
    terms.TimeOfDay: "time of day",
    terms.CalendarDay: "date",
    terms.Language: "language",
    str: "text",
    int: "whole number",
    bool: "`true` or `false`",
    Path: "path",
}

POLICY = """\
# The policy file

Everything an organisation decides about its help desk stands in one file, `desk.yaml`. Start from
`chatdesk setup`, which asks a few questions and writes one, or from the commented
[example](../manifests/desk.example.yaml). `chatdesk check` names every mistake with its line. A
running desk reads a changed file within seconds; a file with a mistake changes nothing, and the log
says so. Secrets never stand in it: they are [settings](settings.md).

This page is generated from the code by `python docs/generate.py`.

## How values are written

- **Durations** are working time: `15m`, `2h`, or `3d` for three working days. Days and hours are
  different things: a working day is a day of the calendar, however long it is open.
- **Names** are lower-case letters, digits and hyphens, such as `it-help`. Tickets remember them:
  change titles as you like, but keep names.
- **People** are `platform:id`: `local:dana`, `slack:U012AB3CD`, `discord:80351110224678912`.
- **Opening hours** are `"09:00-12:30"`; the end may be 24:00. Hours that cross midnight are two
  spans, one until 24:00 and one from 00:00 of the next day.
- **Times of day** are `"09:00"`, **dates** `2026-12-24`, **time zones** IANA names such as
  `Europe/Berlin`, **languages** `en` or `pt-BR`.
"""

SETTINGS = """\
# Settings

{about}

An empty variable counts as not set. A secret may also stand in a file that `<variable>_FILE` names,
as container platforms hand them out. A value that cannot be used is refused, with the reason.

This page is generated from the code by `python docs/generate.py`.

| variable | value | default | meaning |
|---|---|---|---|"""


def policy_page() -> str:
    """Return the reference of the policy file."""
    return "\n".join([POLICY, *(_section(title, model) for title, model in sections())])


def settings_page() -> str:
    """Return the reference of the settings."""
    about = (Settings.__doc__ or "").split("\n\n", 1)[1]
    hints = get_type_hints(Settings, include_extras=True)
    rows = []
    for name, field in Settings.model_fields.items():
        kind = "secret" if is_secret(name) else _kind(hints[name], "")
        default = "" if field.default is None else f"`{field.default}`"
        rows.append(_row(f"`{variable(name)}`", kind, default, _meaning(field)))
    return "\n".join([SETTINGS.format(about=inspect.cleandoc(about)), *rows, ""])


COMMANDS = """\
# What can be said

Typed as `/ticket <verb>`; in a ticket's own conversation also as `!<verb>` or `@chatdesk <verb>`,
and its number may be left out. Help shows only what the person may say, and in their language; the
verbs of every language are understood from everybody. A wrong word gets the nearest right one.
Words said to `@chatdesk` that begin with no verb are not lost: in a ticket's conversation they are
kept as said there, and anywhere else they begin a new ticket.

In a ticket's own conversation, words that begin with a number, such as `!reply 2 licences are
here`, belong to that ticket and are shown in its form first; `!reply #2 ...` speaks on another one.

This page is generated from the code by `python docs/generate.py`.
"""

NOTICES_PAGE = """\
# Who is told what

One row for each fact and audience. Besides these, the two cards of a ticket, the requester's
receipt and the agents' card, are refreshed after every change. Nobody is told in a direct message
what they just did.

This page is generated from the code by `python docs/generate.py`.

| when | who is told | notice | after |
|---|---|---|---|"""


NOTICES_APART = """\
## Apart from any one ticket

| notice | whom it tells what |
|---|---|"""


def commands_page() -> str:
    """Return the reference of verbs, typed ones first and then buttons."""
    wording = Wording()
    lines = [COMMANDS]
    for audience in Audience:
        typed = [verb for verb in TYPED.values() if verb.audience is audience]
        lines += [f"## {audience.value.capitalize()}", "", "| say | what it does |", "|---|---|"]
        for verb in typed:
            usage = f"{verb.name} {verb.usage or ''}".strip().replace("|", "\\|")
            lines.append(_row(f"`{usage}`", wording.say(f"help.{verb.name}", "en")))
        lines.append("")
    buttons = ", ".join(f"`{verb.name}`" for verb in VERBS if verb.usage is None)
    return "\n".join([*lines, f"Buttons alone: {buttons}.", ""])


def notices_page() -> str:
    """Return the table of notices."""
    rows = [
        _row(
            row.kind.replace("_", " "),
            row.audience.value,
            row.name.replace("_", " "),
            f"{row.after.total_seconds():.0f} s" if row.after else "at once",
        )
        for row in NOTICES
    ]
    apart = [_row(name.replace("_", " "), meaning) for name, meaning in TOLD_APART.items()]
    return "\n".join([NOTICES_PAGE, *rows, "", NOTICES_APART, *apart, ""])


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "notices.md": notices_page,
    "policy.md": policy_page,
    "settings.md": settings_page,
}


def sections(title: str = "", model: type[BaseModel] = Policy) -> list[tuple[str, type[BaseModel]]]:
    """Return every group of keys a policy file can have, with its title, in the file's order."""
    found = [(title or "The file", model)]
    hints = get_type_hints(model, include_extras=True)
    for inner in dict.fromkeys(filter(None, map(_model_in, hints.values()))):
        found += sections(_title(title, hints, inner), inner)
    return found


def _title(title: str, hints: dict[str, Any], inner: type[BaseModel]) -> str:
    """The keys under which a group of keys stands, behind the title of where they are."""
    keys = ", ".join(key for key, hint in hints.items() if _model_in(hint) is inner)
    return f"{title}: {keys}" if title else keys


def _section(title: str, model: type[BaseModel]) -> str:
    hints = get_type_hints(model, include_extras=True)
    rows = []
    for name, field in model.model_fields.items():
        inner = _model_in(hints[name])
        group = _title("" if model is Policy else title, hints, inner) if inner else ""
        default = "**required**" if field.is_required() else _default(field.default)
        rows.append(_row(f"`{name}`", _kind(hints[name], group), default, _meaning(field)))
    about = inspect.cleandoc(model.__doc__ or "")
    head = _row("key", "value", "default", "meaning")
    return "\n".join([f"## {title}", "", about, "", head, "|---|---|---|---|", *rows, ""])


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def _meaning(field: FieldInfo) -> str:
    return " ".join((field.description or "").split())


def _kind(hint: Any, group: str) -> str:
    """What can be written as a value, in words."""
    arguments = get_args(hint)
    if hint in WORDS:
        kind = WORDS[hint]
    elif isinstance(hint, type) and issubclass(hint, StrEnum):
        kind = ", ".join(f"`{member.value}`" for member in hint)
    elif isinstance(hint, type) and issubclass(hint, BaseModel):
        kind = f"[keys](#{_anchor(group)})"
    elif get_origin(hint) is dict:
        key = "key" if arguments[0] is str else _kind(arguments[0], group)
        kind = f"by {key}: {_kind(arguments[1], group)}"
    elif get_origin(hint) is tuple:
        kind = f"list: {_kind(arguments[0], group)}"
    elif get_origin(hint) is Annotated:
        kind = _kind(arguments[0], group) + _bounds(arguments[1:])
        kind += " characters" if arguments[0] is str and "at most" in kind else ""
    else:  # something, or nothing
        kind = _kind(arguments[0], group)
    return kind


def _bounds(metadata: tuple[Any, ...]) -> str:
    inner = [item for found in metadata for item in getattr(found, "metadata", [found])]
    least = [bound for item in inner for bound in [getattr(item, "ge", None)] if bound is not None]
    most = [
        bound
        for item in inner
        for bound in [getattr(item, "le", None), getattr(item, "max_length", None)]
        if bound is not None
    ]
    words = [f"at least {least[0]}"] if least else []
    words += [f"at most {most[0]}"] if most else []
    return f", {', '.join(words)}" if words else ""


def _model_in(hint: Any) -> type[BaseModel] | None:
    """The group of keys inside a value, however deep."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return hint
    return next(filter(None, map(_model_in, get_args(hint))), None)


def _default(value: object) -> str:
    is_told = value is None or isinstance(value, BaseModel | dict)
    return "" if is_told else f"`{_written(value)}`"


def _written(value: object) -> str:
    """A default as it would stand in the file."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, time):
        return f'"{value:%H:%M}"'
    return '""' if value == "" else str(value)


def _anchor(title: str) -> str:
    """The anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
        sys.stdout.write(f"docs/{name}\n")


if __name__ == "__main__":
    main()
