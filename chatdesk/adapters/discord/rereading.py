"""Follows what people changed and took back in conversations while nobody listened.

Discord tells it to nobody afterwards. The newest page of a conversation is read, and compared with
the words the desk has from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from chatdesk.adapters.discord.channels import THREADS, Channels
from chatdesk.adapters.discord.errors import UNKNOWN_MESSAGE, code_of
from chatdesk.adapters.discord.reading import is_blank
from chatdesk.adapters.discord.rest import Rest
from chatdesk.adapters.discord.telling import DeskSide
from chatdesk.adapters.discord.unread import Unread
from chatdesk.ports import PlatformError

PAGE = 100
"""Messages looked at, the newest: who changes words of longer ago shows them to nobody."""

Payload = Mapping[str, Any]
Spots = set[tuple[str, str]]


class Rereading:
    """Looks once at a time. `edited` and `deleted` take what live events tell, too."""

    def __init__(
        self,
        rest: Rest,
        channels: Channels,
        desk: DeskSide,
        unread: Unread,
        edited: Callable[[str, Payload], Awaitable[None]],
        deleted: Callable[[str, str], Awaitable[None]],
    ) -> None:
        self._rest = rest
        self._channels = channels
        self._desk = desk
        self._unread = unread
        self._edited = edited
        self._deleted = deleted

    async def look(self, channel: str) -> None:
        """Compare a channel with what the desk knows of it. Raises one of the PlatformError family.

        One where the desk has nobody's words is not asked for. StoreUnavailable is raised, too.
        """
        known = await self._known(await self._spots(channel))
        unread = await self._unread.in_channel(channel)
        if not known and not unread:
            return
        path = "/channels/{channel_id}/messages"
        page = await self._rest.get(path, {"limit": PAGE}, channel_id=channel)
        for message in sorted(page, key=lambda one: int(one["id"])):
            text = known.get(str(message["id"]))
            is_news = text is not None and message.get("content") != text
            is_news = is_news or str(message["id"]) in unread
            # What is told without its words says nothing of whether they were changed.
            if is_news and message.get("edited_timestamp") and not is_blank(message):
                await self._edited(channel, message)
        for message_id in _absent(known, page):
            if await self._is_gone(channel, message_id):
                await self._deleted(channel, message_id)

    async def _known(self, spots: Spots) -> dict[str, str]:
        """Return the messages whose words the desk has, with these words."""
        known: dict[str, str] = {}
        for place, thread in sorted(spots):
            known |= await asyncio.to_thread(self._desk.said, place, thread)
        return known

    async def _spots(self, channel: str) -> Spots:
        """Return the conversations in a channel."""
        told = await self._channels.look(channel)
        if told.get("type") in THREADS:
            return {(str(told.get("parent_id")), channel)}
        roots = await asyncio.to_thread(self._desk.aside, channel)
        return {(channel, root) for root in roots}

    async def _is_gone(self, channel: str, message: str) -> bool:
        """Ask for one message: that a page does not have it says little."""
        path = "/channels/{channel_id}/messages/{message_id}"
        try:
            await self._rest.get(path, channel_id=channel, message_id=message)
        except PlatformError as problem:
            if code_of(problem) == UNKNOWN_MESSAGE:
                return True
            raise
        return False


def _absent(known: Mapping[str, str], page: Sequence[Payload]) -> list[str]:
    """Return the messages that a page should have and has not; what is older is on another one."""
    there = {int(one["id"]) for one in page}
    oldest = min(there) if len(page) >= PAGE else 0
    return sorted((one for one in known if int(one) >= oldest and int(one) not in there), key=int)
