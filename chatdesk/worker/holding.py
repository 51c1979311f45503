"""Holds a lease for as long as something may be done by one process alone, such as hearing a bot.

Whoever holds it renews it in good time. A holder that cannot, because the database is away or the
process stood still, lets go by its own clock before the lease runs out: what it does alone has
ended before anybody else begins.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from chatdesk.ports import Store, StoreUnavailable

LASTS = timedelta(seconds=20)
"""How long a lease outlives a process that was killed; others look for it every `LASTS` / 4."""

logger = logging.getLogger(__name__)


def _elapsed() -> float:
    """Return a time in seconds that never jumps, and goes on while a machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Holding:
    """A lease of this process, taken and kept; nothing is held before `taken` says so."""

    def __init__(
        self,
        store: Store,
        name: str,
        lasts: timedelta = LASTS,
        elapsed: Callable[[], float] = _elapsed,
    ) -> None:
        """Want the lease of that name; `elapsed` is a time in seconds that never jumps."""
        self._store = store
        self._name = name
        self._lasts = lasts
        self._elapsed = elapsed
        self._holder = secrets.token_hex(8)
        self._until = elapsed()
        self.every = lasts.total_seconds() / 4
        """Seconds between renewals, and between attempts to take it."""

    async def taken(self) -> bool:
        """Take or renew the lease; False while another has it, or nobody can be asked."""
        return bool(await self._asked())

    async def kept(self) -> None:
        """Renew the lease, and return when it is lost or about to be."""
        while self._left() > 0:
            await asyncio.sleep(min(self.every, self._left()))
            with suppress(TimeoutError):
                async with asyncio.timeout(max(self._left(), 0.0)):
                    if await self._asked() is False:
                        break
        logger.warning("the lease %s is lost: another process may do this now", self._name)

    async def _asked(self) -> bool | None:
        """Take or renew the lease; None if nobody answered, which says nothing."""
        asked_at = self._elapsed()
        try:
            is_ours = await asyncio.to_thread(self._take)
        except StoreUnavailable:
            return None
        if is_ours:
            # Counted from before it was asked for, and a renewal ahead: time to let go.
            self._until = asked_at + self._lasts.total_seconds() - self.every
        return is_ours

    async def give_back(self) -> None:
        """Let another process have it at once."""
        with suppress(StoreUnavailable):
            await asyncio.to_thread(self._give_back)

    def _left(self) -> float:
        return self._until - self._elapsed()

    def _take(self) -> bool:
        return self._store.write(lambda tx: tx.leases.take(self._name, self._holder, self._lasts))

    def _give_back(self) -> None:
        self._store.write(lambda tx: tx.leases.give_back(self._name, self._holder))
