"""How the tickets of conversations stand, and how their threads are to be for that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chatdesk.adapters.discord.texts import Json
from chatdesk.ports import Place, Showing
from chatdesk.ui.cards import Card


class Standing(StrEnum):
    """How a conversation's ticket is: under way, closed and reopened by a click, or over."""

    UNDER_WAY = "under way"
    CLOSED = "closed"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadSide:
    """The desk's side. All of it blocks.

    `standings` tells how the tickets of conversations are, in their order, each given as (place,
    thread): None for one that is not the desk's, or in which something is still to be said.
    `lane` names the lane of a conversation, `draw` shows the card it begins with, and `moved` notes
    where it is now, with the message of that card. `broke` notes that a place does not work, and
    `mended` that it does. `shows` names what a message of a lane shows, and `relinked` notes the
    one that shows it instead. `forums` are the homes of all queues, and `shared_card` says what
    the post is in which tickets stand that have none of their own.
    """

    standings: Callable[[Sequence[tuple[str, str]]], Sequence[Standing | None]]
    lane: Callable[[str, str], str | None]
    draw: Callable[[str], Showing | None]
    moved: Callable[[str, Place, str], None]
    broke: Callable[[str, str], None]
    mended: Callable[[str], None]
    shows: Callable[[str, str], str | None]
    relinked: Callable[[str, str, str, Place], None]
    forums: Callable[[], frozenset[str]]
    shared_card: Callable[[], Card]


def change_for(standing: Standing | None, found: Mapping[str, Any]) -> Json:
    """Return what has to be changed at a thread in this state; nothing where all is well.

    A closed ticket's thread is locked and not archived, because buttons in it have to work. One
    that nobody wrote in for a week Discord archives by itself: whoever writes there opens it.
    """
    is_archived, is_locked = bool(found.get("archived")), bool(found.get("locked"))
    wanted: Json = {}
    if standing is Standing.UNDER_WAY and is_locked:
        wanted = {"archived": False, "locked": False}
    elif standing is Standing.CLOSED and not is_locked:
        wanted = {"archived": False, "locked": True}
    elif standing is Standing.OVER and not (is_locked and is_archived):
        wanted = {"archived": True, "locked": True}
    return wanted
