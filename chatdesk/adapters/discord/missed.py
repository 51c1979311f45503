"""What was said in tickets' conversations while nobody listened, read from there afterwards.

Ids grow with time all over Discord, so that one of them says how far the desk has heard. What is
read twice is recognised by the desk.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from chatdesk.adapters.discord.drafts import Memory
from chatdesk.adapters.discord.rest import Rest
from chatdesk.ports import PlatformError

MARK = "discord:heard"
PAGE = 100

Read = Callable[[Mapping[str, Any], str], Awaitable[None]]

logger = logging.getLogger(__name__)


class Missed:
    """Remembers what was heard, and reads what was not. `places` are where conversations are."""

    def __init__(
        self,
        rest: Rest,
        memory: Memory,
        guild: Callable[[], Awaitable[str]],
        places: Callable[[], frozenset[str]],
    ) -> None:
        self._rest = rest
        self._memory = memory
        self._guild = guild
        self._places = places
        self._lock = asyncio.Lock()

    async def seen(self, message: int, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work of a message, then note that it was heard."""
        await work()
        await asyncio.to_thread(self._note, message)

    def _note(self, message: int) -> None:
        if message > int(self._memory.get(MARK) or 0):
            self._memory.set(MARK, str(message))

    async def read_up(self, read: Read) -> None:
        """Read every message since the last one heard, oldest first in each conversation."""
        async with self._lock:
            heard = await asyncio.to_thread(self._memory.get, MARK)
            if not heard:
                return  # a desk that was never here has missed nothing
            try:
                for thread in await self._threads_since(int(heard)):
                    await self._read_thread(thread, heard, read)
            except PlatformError as problem:
                logger.warning("what was missed in Discord could not be read: %s", problem)

    async def _threads_since(self, heard: int) -> list[str]:
        guild = await self._guild()
        if not guild:
            return []
        told = await self._rest.get("/guilds/{guild_id}/threads/active", guild_id=guild)
        places = self._places()
        return [
            str(one["id"])
            for one in told.get("threads") or ()
            if str(one.get("parent_id")) in places and int(one.get("last_message_id") or 0) > heard
        ]

    async def _read_thread(self, thread: str, after: str, read: Read) -> None:
        while True:
            page = await self._rest.get(
                "/channels/{channel_id}/messages",
                {"after": after, "limit": PAGE},
                channel_id=thread,
            )
            for message in sorted(page, key=lambda one: int(one["id"])):
                await read(message, thread)
            if len(page) < PAGE:
                return
            after = max((str(one["id"]) for one in page), key=int)
