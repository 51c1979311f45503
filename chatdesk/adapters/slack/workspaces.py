"""Several workspaces of one organisation: ids inside the desk say which of them they belong to.

Slack's ids of people and places are good within a workspace alone. Those of the first workspace
stay as they are; those of any other carry it behind them, `U012AB3CD@T0FACTORY`. They are written
so at the door, before anything reads a delivery, and lose it again on their way out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

IN = r"(?:@[TE][A-Z0-9]+)?"
"""What an id can carry behind it, as part of a pattern."""

_ID = re.compile(r"[UWCDGS][A-Z0-9]{2,}")
_CARRIES = re.compile(r"([UWCDGS][A-Z0-9]{2,})@([TE][A-Z0-9]+)")
_MENTION = re.compile(r"<([@#][UWCG][A-Z0-9]{2,})(?=[|>])")

HOLDERS = frozenset(
    {
        *("user", "user_id", "users", "inviter", "author", "creator", "item_user"),
        *("parent_user_id", "channel", "channel_id", "usergroup", "members"),
        *("selected_user", "selected_users", "initial_user", "initial_users"),
        *("selected_conversation", "selected_channel"),
    }
)
"""What Slack calls a field that holds an id, or several, or something with an `id`."""

TEXTS = frozenset({"text", "value", "command_text"})

_speaking_in: ContextVar[str] = ContextVar("slack workspace", default="")


@contextmanager
def speaking_in(team: str) -> Iterator[None]:
    """Let calls that name no place and nobody go to this workspace, empty for the first."""
    token = _speaking_in.set(team)
    try:
        yield
    finally:
        _speaking_in.reset(token)


def hear_from(team: str) -> None:
    """Let all that follows in this task speak in the workspace it was heard from."""
    _speaking_in.set(team)


def spoken_in() -> str:
    """Return the workspace that is being spoken in, empty for the first."""
    return _speaking_in.get()


def team_in(known: str) -> str:
    """Return the workspace that an id carries, empty for the first."""
    carried = _CARRIES.fullmatch(known)
    return carried[2] if carried else ""


def carrying(thing: Any, team: str, holder: str = "") -> Any:
    """Return what Slack says with every id in it carrying its workspace."""
    if isinstance(thing, dict):
        return {
            name: carrying(one, team, _holder(name, holder, one)) for name, one in thing.items()
        }
    if isinstance(thing, list):
        return [carrying(one, team, holder) for one in thing]
    if not isinstance(thing, str):
        return thing
    if holder in HOLDERS and _ID.fullmatch(thing):
        return f"{thing}@{team}"
    return _MENTION.sub(rf"<\1@{team}", thing) if holder in TEXTS else thing


def _holder(name: str, above: str, thing: Any) -> str:
    """Return what holds something: its field, or for an `id` what that is the id of."""
    if name == "id":
        return above
    return name if name in HOLDERS or isinstance(thing, dict | list | str) else ""


def bare(thing: Any, found: set[str]) -> Any:
    """Return what is to be said with no id carrying a workspace; these are added to `found`."""
    if isinstance(thing, dict):
        return {name: bare(one, found) for name, one in thing.items()}
    if isinstance(thing, list | tuple):
        return [bare(one, found) for one in thing]
    carried = _CARRIES.fullmatch(thing) if isinstance(thing, str) else None
    if carried is None:
        return thing
    found.add(carried[2])
    return carried[1]
