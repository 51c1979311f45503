"""What was filled into a view, read back into a form's values; pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chatdesk.adapters.slack.modal import PLATFORM, name_of
from chatdesk.ui.forms import Values

_JOINTS = {"n": "\n", "s": " "}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What a view holds: values by field, the files put in, and the people named, by Slack's ids.

    `files` are Slack's descriptions of files, by field; they are not in `values` yet.
    """

    values: Values = field(default_factory=dict)
    files: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    people: tuple[str, ...] = ()


def read_filled(view: Mapping[str, Any]) -> Filled:
    """Read the state of a view; blocks that are no fields of ours are passed over."""
    values: Values = {}
    files: dict[str, tuple[Mapping[str, Any], ...]] = {}
    people: list[str] = []
    state = (view.get("state") or {}).get("values") or {}
    joints: dict[str, str] = {}
    for block, actions in sorted(state.items(), key=lambda item: _part(item[0])):
        name = name_of(block)
        given = next(iter(actions.values()), None)
        if not name or not isinstance(given, Mapping):
            continue
        if given.get("type") == "file_input":
            files[name] = tuple(given.get("files") or ())
            continue
        value = _value(given)
        if given.get("type") == "users_select" and value:
            people.append(str(given["selected_user"]))
        if name in joints:
            value = f"{values[name]}{joints[name] if value else ''}{value}"
        values[name] = value
        joints[name] = "".join(_JOINTS.get(one, "") for one in block.split(":")[1])
    return Filled(values=values, files=files, people=tuple(people))


def _part(block: str) -> int:
    """Return which piece of a field a block is."""
    digits = (
        "".join(one for one in block.split(":")[1] if one in "0123456789") if ":" in block else ""
    )
    return int(digits or 0)


def _value(given: Mapping[str, Any]) -> str | tuple[str, ...]:
    kind = given.get("type")
    if kind == "static_select":
        return str((given.get("selected_option") or {}).get("value", ""))
    if kind in {"checkboxes", "multi_static_select"}:
        return tuple(str(one["value"]) for one in given.get("selected_options") or ())
    if kind == "users_select":
        person = given.get("selected_user")
        return f"{PLATFORM}:{person}" if person else ""
    if kind == "datepicker":
        return str(given.get("selected_date") or "")
    return str(given.get("value") or "")
