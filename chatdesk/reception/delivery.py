"""A delivery as the inbox knows it: kept, recognised when it comes again, and answered alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

from chatdesk.lifecycle import facts
from chatdesk.lifecycle.step import Refused
from chatdesk.ports import Delivery, InboxRow
from chatdesk.ui.exchange import Answer, Interaction, Said, Typed
from chatdesk.ui.link_cards import VERB
from chatdesk.ui.typed import meant, words_for

T = TypeVar("T")

_INTERACTION: TypeAdapter[Interaction] = TypeAdapter(Interaction)
_ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)

HIDDEN = "…"
"""Stands where a code was typed that opens somebody's account."""


def keepable(thing: T) -> T:
    """Return the same with every text in it one that the store takes, and platforms show."""
    kept: Any = thing
    if isinstance(thing, str) and not isinstance(thing, Enum):
        kept = facts.keepable(thing)
    elif isinstance(thing, tuple):
        kept = tuple(keepable(one) for one in thing)
    elif isinstance(thing, dict):
        kept = {keepable(name): keepable(value) for name, value in thing.items()}
    elif is_dataclass(thing) and not isinstance(thing, type):
        values = {one: getattr(thing, one) for one in _names(type(thing))}
        changed = {name: keepable(value) for name, value in values.items()}
        kept = thing if changed == values else replace(thing, **changed)
    return kept  # type: ignore[no-any-return]  # the same type as before


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


def written(thing: Interaction | Answer) -> dict[str, Any]:
    """Return an interaction or an answer as the inbox keeps it, without a code typed in it."""
    if isinstance(thing, Interaction) and isinstance(thing.done, Typed | Said):
        said = _codes().sub(lambda found: f"{found[1]}{HIDDEN}", thing.done.text)
        thing = replace(thing, done=replace(thing.done, text=said))
    adapter: TypeAdapter[Any] = _INTERACTION if isinstance(thing, Interaction) else _ANSWER
    kept: dict[str, Any] = adapter.dump_python(thing, mode="json")
    return kept


def read(body: Mapping[str, Any]) -> Interaction:
    """Return an interaction that the inbox kept."""
    return _INTERACTION.validate_python(dict(body))


def answered(known: InboxRow, interaction: Interaction) -> Answer | None:
    """Return what a delivery with this key was answered; None if its effect is still missing.

    Refused if something else came with the same key.
    """
    if known.state is Delivery.FRESH:
        return None
    if _essence(known.body) != _essence(written(interaction)):
        raise Refused("conflicting")
    return None if known.answer is None else _ANSWER.validate_python(dict(known.answer))


def _essence(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what makes two deliveries the same; a name may have changed in between."""
    return {**body, "by": body["by"]["handle"], "is_direct": None}


@cache
def _codes() -> re.Pattern[str]:
    """Return what finds a code behind the verb that takes one, in any language."""
    verbs = "|".join(re.escape(one) for one in words_for("verb") if meant("verb", one) == VERB)
    return re.compile(rf"(\b(?:{verbs})\s+)\w[\w-]{{9,15}}", re.IGNORECASE)
