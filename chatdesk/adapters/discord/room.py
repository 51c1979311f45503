"""Watches how many threads are active in a server, and warns before there is no room for more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from chatdesk.adapters.discord.limits import ACTIVE_THREADS
from chatdesk.adapters.discord.rest import Rest
from chatdesk.adapters.discord.standing import ThreadSide
from chatdesk.ports import PlatformError, StoreUnavailable
from chatdesk.ui.trouble_cards import NEARLY_FULL

NEAR = 900
"""Active threads from which on there is too little room: a ticket takes two."""

LOOKED_EVERY = 600.0
"""Seconds between looks."""

THREADS = "active threads"
"""What gets tight, as admins are told of it."""

logger = logging.getLogger(__name__)


class Room:
    """Looks now and then, and tells admins once that it gets tight, and that it no longer is."""

    def __init__(self, rest: Rest, guild: Callable[[], Awaitable[str]], side: ThreadSide) -> None:
        """Watch the server that `guild` names, empty while nobody knows."""
        self._rest = rest
        self._guild = guild
        self._side = side
        self._is_tight: bool | None = None

    async def keep(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except (PlatformError, StoreUnavailable) as problem:
                logger.info("active threads were not counted: %s", problem)
            await asyncio.sleep(LOOKED_EVERY)

    async def look(self) -> None:
        """Count once."""
        guild = await self._guild()
        if not guild:
            return
        told = await self._rest.get("/guilds/{guild_id}/threads/active", guild_id=guild)
        count = len(told.get("threads") or ())
        is_tight = count >= NEAR
        if is_tight is self._is_tight:
            return
        if is_tight:
            logger.warning("%s of %s threads in Discord are active", count, ACTIVE_THREADS)
            await asyncio.to_thread(self._side.broke, THREADS, NEARLY_FULL)
        else:
            await asyncio.to_thread(self._side.mended, THREADS)
        self._is_tight = is_tight
