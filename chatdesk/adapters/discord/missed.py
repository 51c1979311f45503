"""What was said in tickets' conversations while nobody listened, read from there afterwards.

Ids grow with time all over Discord, so that one of them says how far the desk has heard. What is
read twice is recognised by the desk.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from chatdesk.adapters.discord.aside import Aside
from chatdesk.adapters.discord.drafts import Memory
from chatdesk.adapters.discord.rest import Rest
from chatdesk.ports import PlatformError, StoreUnavailable

MARK = "discord:heard"
DIRECT = ""
"""Stands for the server of direct messages, which are on none."""

PAGE = 100

AGAIN_EVERY = 60.0
"""Seconds until a gap is looked at again that could not be read."""

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
        self._newest: dict[str, int] = {}
        self._asked_for = 0
        self._read_for = 0

    async def seen(self, server: str, message: int, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work of a message on a server, then note that it was heard."""
        await work()
        self._newest[server] = max(message, self._newest.get(server, 0))
        # A gap before it is known by the last one noted, until it has been read.
        if self._read_for == self._asked_for:
            await asyncio.to_thread(self._note, server)

    def _note(self, server: str) -> None:
        """Note the newest message of a server, or of all direct messages.

        They may be heard through several sessions, and one says nothing of the others' gaps.
        """
        mark, newest = f"{MARK}:{server}", self._newest.get(server, 0)
        if newest > int(self._memory.get(mark) or 0):
            self._memory.set(mark, str(newest))

    async def keep(self, read: Read) -> None:
        """Read again, until cancelled, what could not be read when it was time to."""
        while True:
            await asyncio.sleep(AGAIN_EVERY)
            if self._read_for < self._asked_for and not self._lock.locked():
                await self.read_up(read)

    async def read_up(self, read: Read) -> None:
        """Read every message since the last one heard, oldest first in each conversation."""
        self._asked_for += 1
        async with self._lock:
            reading_for = self._asked_for
            if self._read_for == reading_for:
                return  # another one read it meanwhile
            try:
                server = await self._guild()
                for conversation, heard in await self._unread(server):
                    await self._read_thread(conversation, heard, read)
            except (PlatformError, StoreUnavailable) as problem:
                logger.warning("what was missed in Discord could not be read: %s", problem)
                return
            self._read_for = reading_for
            for told in (server, DIRECT):
                await asyncio.to_thread(self._note, told)

    async def _unread(self, server: str) -> list[tuple[str, str]]:
        """Return the conversations in which something was said since, each with the last heard."""
        heard = await asyncio.to_thread(self._memory.get, f"{MARK}:{server}")
        if not heard:
            return []  # a desk that was never here has missed nothing
        directly = await asyncio.to_thread(self._memory.get, f"{MARK}:{DIRECT}") or heard
        told = await self._rest.get("/guilds/{guild_id}/threads/active", guild_id=server)
        places = self._places()
        threads = [one for one in told.get("threads") or () if str(one.get("parent_id")) in places]
        # Tickets that have no thread of their own go on in direct messages.
        directs = [
            await self._rest.get("/channels/{channel_id}", channel_id=direct)
            for direct in await Aside(self._memory).directs()
        ]
        ours = [*((one, heard) for one in threads), *((one, directly) for one in directs)]
        return [
            (str(one["id"]), since)
            for one, since in ours
            if int(one.get("last_message_id") or 0) > int(since)
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
