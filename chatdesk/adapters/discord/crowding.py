"""Keeps room for threads in a server, which holds only so many active ones at a time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from chatdesk.adapters.discord.channels import Channels
from chatdesk.adapters.discord.errors import NEW_THREADS
from chatdesk.adapters.discord.limits import ACTIVE_THREADS
from chatdesk.adapters.discord.messenger import DiscordMessenger
from chatdesk.adapters.discord.rest import Rest
from chatdesk.adapters.discord.room import NEAR
from chatdesk.adapters.discord.standing import Standing, ThreadSide

KEPT_FREE = 50
"""Active threads left for people: from there on the quietest of the desk's are archived."""

ARCHIVED_AT_ONCE = 20
"""Threads archived in one go."""

QUIET_FOR = 3600.0
"""Seconds without a word after which a thread may be archived to make room for another."""

ENOUGH_FOR = 5.0
"""Seconds for which room that was made for several is taken to be there still."""

EPOCH = 1_420_070_400.0
"""When Discord's ids begin to count, in seconds since 1970."""

logger = logging.getLogger(__name__)


class Crowding:
    """Archives the quietest of the desk's threads where more are wanted than there can be."""

    def __init__(
        self,
        rest: Rest,
        channels: Channels,
        messenger: DiscordMessenger,
        side: ThreadSide,
        active: Callable[[], Awaitable[Sequence[Mapping[str, Any]]]],
        places: Callable[[], frozenset[str]],
    ) -> None:
        """Archive through this; `active` are a server's threads, `places` where ours hang."""
        self._rest = rest
        self._channels = channels
        self._messenger = messenger
        self._side = side
        self._active = active
        self._places = places
        self._making_room = asyncio.Lock()
        self._room_until = float("-inf")
        self._room = 0

    async def keep_room(self, threads: Sequence[Mapping[str, Any]]) -> None:
        """Leave room for what people begin or wake, and be ready for when there is none."""
        # Of private threads elsewhere a bot sees none: the count alone proves no room.
        if self._channels.is_roomy and len(threads) < ACTIVE_THREADS - KEPT_FREE:
            await asyncio.to_thread(self._side.mended, NEW_THREADS)
        if len(threads) >= NEAR:
            for forum in sorted(self._side.forums()):
                await self._messenger.prepare(forum)
        surplus = len(threads) - (ACTIVE_THREADS - KEPT_FREE)
        if surplus > 0:
            await self._archive_quietest(threads, min(surplus, ARCHIVED_AT_ONCE))

    async def make_room(self) -> bool:
        """Archive some quiet threads of the desk's; tell whether there is room for another now."""
        async with self._making_room:
            if self._room <= 0 or time.monotonic() > self._room_until:
                self._room = await self._archive_quietest(await self._active(), ARCHIVED_AT_ONCE)
                self._room_until = time.monotonic() + ENOUGH_FOR
            self._room -= 1
            return self._room >= 0

    async def _archive_quietest(self, threads: Iterable[Mapping[str, Any]], most: int) -> int:
        """Archive what nobody spoke in for longest, closed tickets first; any word wakes it."""
        quiet = [one for one in threads if spoke_at(one) < time.time() - QUIET_FOR]
        places = self._places()
        ours = [one for one in quiet if str(one.get("parent_id")) in places]
        spots = [(str(one["parent_id"]), str(one["id"])) for one in ours]
        standings = await asyncio.to_thread(self._side.standings, spots) if spots else ()
        found = [
            (standing is Standing.UNDER_WAY, spoke_at(one), str(one["id"]))
            for one, standing in zip(ours, standings, strict=True)
            if standing is not None
        ]
        for _, _, thread in sorted(found)[:most]:
            await self._rest.call(
                "PATCH", "/channels/{channel_id}", {"archived": True}, channel_id=thread
            )
        if found:
            logger.info("%s quiet threads in Discord were archived", min(len(found), most))
        return min(len(found), most)


def spoke_at(thread: Mapping[str, Any]) -> float:
    """Return when something was said in a thread, or it was opened, in seconds since 1970."""
    newest = int(thread.get("last_message_id") or thread["id"])
    said_at = EPOCH + (newest >> 22) / 1000
    opened = str((thread.get("thread_metadata") or {}).get("archive_timestamp") or "")
    try:
        return max(said_at, datetime.fromisoformat(opened).timestamp())
    except ValueError:
        return said_at
