"""Channels that end, are closed to the desk, or get another id: heard of at once.

Names of channels are nothing to the desk: it keeps ids, so a channel may be called anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Event = Mapping[str, Any]

ENDINGS = {
    "channel_archive": "is_archived",
    "group_archive": "is_archived",
    "channel_deleted": "channel_not_found",
    "group_deleted": "channel_not_found",
}
"""Events after which nothing can be written in a channel, and Slack's word for why."""

NOT_INSIDE = "not_in_channel"
MOVED = "channel_id_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceSide:
    """The desk's side; each blocks.

    `broke` is told a place and Slack's word for what is wrong there, `moved` a place's old id and
    its new one. Both pass over places in which the desk has nothing.
    """

    broke: Callable[[str, str], None]
    moved: Callable[[str, str], None]


class Places:
    """Tells the desk what becomes of channels."""

    def __init__(self, desk: PlaceSide) -> None:
        self._desk = desk

    async def ended(self, event: Event) -> None:
        """Take a channel's end. Raises StoreUnavailable when it has to come again."""
        code = ENDINGS.get(str(event.get("type")))
        place = str(event.get("channel") or "")
        if code and place:
            await asyncio.to_thread(self._desk.broke, place, code)

    async def left(self, place: str) -> None:
        """Take it that the app itself is not in a channel any more."""
        await asyncio.to_thread(self._desk.broke, place, NOT_INSIDE)

    async def moved(self, event: Event) -> None:
        """Take it that a channel has got another id, as when it becomes shared."""
        old, new = (str(event.get(name) or "") for name in ("old_channel_id", "new_channel_id"))
        if old and new:
            await asyncio.to_thread(self._desk.moved, old, new)


def bot_of(body: Mapping[str, Any]) -> str:
    """Return the app's own user, as a delivery names it."""
    for one in body.get("authorizations") or ():
        if isinstance(one, Mapping) and one.get("is_bot"):
            return str(one.get("user_id") or "")
    return ""
