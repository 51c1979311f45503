"""The tags of the agents' forums: how a post tells its ticket's state in Discord's own list.

An admin makes them, by their names; those that are missing are missed nowhere but in that list,
because the card says all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chatdesk.adapters.discord import limits
from chatdesk.adapters.discord.texts import shortened
from chatdesk.lifecycle.ticket import Priority, Status
from chatdesk.ui.wording import FIRST_LANGUAGE, catalog

Json = dict[str, Any]


def forum_tags() -> list[Json]:
    """Return the tags every forum of agents should have; what is left of 20 is for topics."""
    texts = catalog(FIRST_LANGUAGE)
    signs = {status: texts[f"words.status_sign.{status}"] for status in Status}
    made = [_tag(texts[f"words.status.{one}"], signs[one]) for one in Status]
    made += [_tag(texts[f"words.priority.{one}"]) for one in Priority]
    made += [
        _tag(texts["words.label.overdue"], texts["words.status_sign.late"]),
        _tag(texts["words.label.escalated"]),
    ]
    return made


def _tag(name: str, sign: str = "") -> Json:
    # Moderated: only those who manage threads change them, so that nobody else alters a state.
    tag: Json = {"name": shortened(name, limits.TAG_NAME), "moderated": True}
    return tag | ({"emoji_name": sign} if sign else {})


def applied(labels: Iterable[str], available: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the ids of a forum's tags for these words, the first ones first, at most five."""
    by_name = {_folded(str(tag["name"])): str(tag["id"]) for tag in available}
    # Of a longer word an admin can type as much as Discord takes; we say that there is more.
    wanted = (
        by_name.get(_folded(shortened(one, limits.TAG_NAME)))
        or by_name.get(_folded(one[: limits.TAG_NAME]))
        for one in labels
    )
    return list(dict.fromkeys(one for one in wanted if one))[: limits.TAGS_APPLIED]


def _folded(name: str) -> str:
    return name.strip().casefold()
