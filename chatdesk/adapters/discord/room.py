"""Watches how many threads are active in a server, and warns before there is no room for more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from chatdesk.adapters.discord.limits import ACTIVE_THREADS
from chatdesk.adapters.discord.rest import Rest
from chatdesk.ports import PlatformError

NEAR = 900
"""Active threads from which on there is too little room: a ticket takes two."""

LOOKED_EVERY = 600.0
"""Seconds between looks."""

logger = logging.getLogger(__name__)


class Room:
    """Looks now and then, and says once that it gets tight, and that it no longer is."""

    def __init__(self, rest: Rest, guild: Callable[[], Awaitable[str]]) -> None:
        """Watch the server that `guild` names, empty while nobody knows."""
        self._rest = rest
        self._guild = guild
        self._is_tight = False

    async def keep(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except PlatformError as problem:
                logger.info("active threads were not counted: %s", problem)
            await asyncio.sleep(LOOKED_EVERY)

    async def look(self) -> None:
        """Count once."""
        guild = await self._guild()
        if not guild:
            return
        told = await self._rest.get("/guilds/{guild_id}/threads/active", guild_id=guild)
        count = len(told.get("threads") or ())
        was_tight, self._is_tight = self._is_tight, count >= NEAR
        if self._is_tight and not was_tight:
            logger.warning(
                "%s of %s threads that may be active in Discord are: archive what is over, or new"
                " tickets will have to wait",
                count,
                ACTIVE_THREADS,
            )
        if was_tight and not self._is_tight:
            logger.warning("there is room for new threads in Discord again")
