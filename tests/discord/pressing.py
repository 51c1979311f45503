"""How somebody finds what to press in a message: a button or a menu's choice, by its words."""

from __future__ import annotations

from typing import Any

from tests.discord.reference import walk

Json = dict[str, Any]

BUTTON = 2


def control(components: Any, label: str) -> tuple[Json, str | None]:
    """Return the button of that label, or the menu with that choice and the choice's value."""
    for one in walk(components):
        if one["type"] == BUTTON and one.get("label") == label:
            return one, None
        for option in one.get("options", ()):
            if option["label"] == label:
                return one, str(option["value"])
    labels = [one.get("label") for one in walk(components) if "label" in one]
    raise AssertionError(f"there is no {label!r} among {labels}")
