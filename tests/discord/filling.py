"""How somebody fills a modal in: what Discord sends when it is submitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]


class NotLetThrough(Exception):
    """Discord does not let somebody do this."""


def fill(
    modal: Mapping[str, Any],
    typed: Mapping[str, str | Sequence[str]] | None = None,
    files: Sequence[Mapping[str, Any]] = (),
) -> Json:
    """Return the data of the submission: what was prefilled, or what is typed under a label."""
    typed = dict(typed or {})
    components = []
    for number, one in enumerate(modal["components"], start=1):
        if "component" not in one:
            components.append({"type": one["type"], "id": number})
            continue
        given = _given(one["component"], typed.pop(one["label"], None), files)
        is_empty = not (given.get("value") or given.get("values"))
        if one["component"].get("required", True) and is_empty:
            raise NotLetThrough(f"{one['label']!r} has to be filled in")
        components.append({"type": 18, "id": number, "component": given})
    assert not typed, f"no field is called {sorted(typed)}"
    resolved = {"attachments": {str(one["id"]): dict(one) for one in files}} if files else {}
    return {"custom_id": modal["custom_id"], "components": components, "resolved": resolved}


def _given(
    element: Mapping[str, Any],
    typed: str | Sequence[str] | None,
    files: Sequence[Mapping[str, Any]],
) -> Json:
    kind = element["type"]
    given: Json = {"type": kind, "custom_id": element["custom_id"]}
    if kind == 4:
        return given | {"value": element.get("value", "") if typed is None else typed}
    if kind == 19:
        return given | {"values": [str(one["id"]) for one in files]}
    if kind == 5:
        known = [one["id"] for one in element.get("default_values", ())]
        return given | {"values": known if typed is None else [typed]}
    chosen = [one["value"] for one in element["options"] if one.get("default")]
    if typed is not None:
        wanted = {typed} if isinstance(typed, str) else set(typed)
        chosen = [one["value"] for one in element["options"] if one["label"] in wanted]
        assert len(chosen) == len(wanted), f"not all of {wanted} can be chosen"
    if kind == 21:
        return given | {"value": chosen[0] if chosen else None}
    return given | {"values": chosen}
