"""What was filled into a modal, read back into a form's values; pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chatdesk.adapters.discord.components import STRING_SELECT
from chatdesk.adapters.discord.modal import (
    CHECKBOX_GROUP,
    FILE_UPLOAD,
    PLATFORM,
    SEVERAL,
    USER_SELECT,
    field_name,
)
from chatdesk.ui.forms import Values

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What a modal holds: values by field, the files put in, and the people named, by their ids.

    `files` are Discord's descriptions of files, by field; they are not in `values` yet. `names` are
    the fields that were asked, filled in or not.
    """

    values: Values = field(default_factory=dict)
    files: Mapping[str, tuple[Payload, ...]] = field(default_factory=dict)
    people: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def read_filled(data: Payload) -> Filled:
    """Read what was submitted; inputs that are no fields of ours are passed over."""
    values: Values = {}
    files: dict[str, tuple[Payload, ...]] = {}
    people: list[str] = []
    attachments = (data.get("resolved") or {}).get("attachments") or {}
    pieces = sorted(_inputs(data), key=lambda one: one[1])
    for name, number, given in pieces:
        kind, chosen = given.get("type"), [str(one) for one in given.get("values") or ()]
        if kind == FILE_UPLOAD:
            files[name] = tuple(attachments[one] for one in chosen if one in attachments)
        elif kind == USER_SELECT:
            people += chosen
            values[name] = f"{PLATFORM}:{chosen[0]}" if chosen else ""
        elif kind in {CHECKBOX_GROUP, STRING_SELECT}:
            is_one = not str(given["custom_id"]).startswith(SEVERAL)
            values[name] = "".join(chosen[:1]) if is_one else tuple(chosen)
        else:
            before = str(values.get(name, "")) if number else ""
            values[name] = before + str(given.get("value") or "")
    names = tuple(dict.fromkeys(name for name, _, _ in pieces))
    return Filled(values=values, files=files, people=tuple(people), names=names)


def _inputs(data: Payload) -> Iterator[tuple[str, int, Payload]]:
    for row in data.get("components") or ():
        inside = [row["component"]] if "component" in row else row.get("components") or ()
        for given in inside:
            name, number = field_name(str(given.get("custom_id") or ""))
            if name:
                yield name, number, given
