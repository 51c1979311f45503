"""Shares numbered pieces of work among a desk's processes, each piece done by one of them alone.

A piece is a lease, and so is being there at all: those who are there share evenly, and whoever is
alone has everything. Leases are renewed in good time. A process that cannot, because the database
is away or it stood still, lets go by its own clock before they run out: what it does alone has
ended before anybody else begins.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from chatdesk.ports import Store, StoreUnavailable, Transaction

LASTS = timedelta(seconds=16)
"""How long a lease outlives a process that was killed."""

LOOKED = 4
"""How often it is renewed, and looked for by others, in that time."""

logger = logging.getLogger(__name__)


def _elapsed() -> float:
    """Return a time in seconds that never jumps, and goes on while a machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The pieces that one process holds, of so many in all.

    `surplus` are pieces more than its part, held until they are given back: others are there.
    """

    of: int = 0
    pieces: frozenset[int] = frozenset()
    surplus: frozenset[int] = frozenset()

    @property
    def held(self) -> frozenset[int]:
        """Every piece that nobody else may do at this time."""
        return self.pieces | self.surplus


class Sharing:
    """This process's part in the work of that name; it has none before it has looked."""

    def __init__(
        self,
        store: Store,
        name: str,
        lasts: timedelta | None = None,
        elapsed: Callable[[], float] = _elapsed,
    ) -> None:
        """Want a share; `elapsed` is a time in seconds that never jumps, `lasts` is `LASTS`."""
        self._store = store
        self._name = name
        self._lasts = lasts or LASTS
        self._elapsed = elapsed
        self._holder = secrets.token_hex(8)
        self._share = Share()
        self._until = elapsed()
        self.every = self._lasts.total_seconds() / LOOKED
        """Seconds between two looks."""

    async def look(self, wanted: int) -> Share:
        """Take or renew one's share, and return it; nothing is left of it that was not renewed.

        While anybody holds a piece there are as many pieces as for them, else as many as `wanted`.
        """
        asked_at = self._elapsed()
        share = await self._asked(wanted)
        if share is not None:
            # Counted from before it was asked for, and a renewal ahead: time to let go.
            self._until = asked_at + self._lasts.total_seconds() - self.every
        elif self._left() > 0:
            share = self._share
        lost = self._share.held - (share.held if share else frozenset())
        if lost:
            logger.warning("the leases %s of %s are lost", sorted(lost), self._name)
        self._share = share or Share()
        return self._share

    async def turn(self, name: str, within: timedelta) -> bool:
        """Take a turn, of which all processes together have one within that span."""
        try:
            return await asyncio.to_thread(self._turn, name, within)
        except StoreUnavailable:
            return False

    def pause(self) -> float:
        """Return the seconds until it is time to look again."""
        return max(min(self.every, self._left()), 0.0) if self._share.held else self.every

    async def give_back(self, piece: int) -> None:
        """Let another process have a piece at once."""
        await self._leave(self._piece(piece, self._share.of))
        self._share = Share(
            of=self._share.of,
            pieces=self._share.pieces - {piece},
            surplus=self._share.surplus - {piece},
        )

    async def leave(self) -> None:
        """Let others have everything at once: this process is not there any more."""
        held = [self._piece(one, self._share.of) for one in sorted(self._share.held)]
        await self._leave(*held, self._presence(self._holder))
        self._share = Share()

    def _left(self) -> float:
        return self._until - self._elapsed()

    async def _asked(self, wanted: int) -> Share | None:
        """Return the share that the store tells; None if nobody answered, which says nothing."""
        patience = self._left() if self._share.held else None
        with suppress(TimeoutError, StoreUnavailable):
            async with asyncio.timeout(patience):
                return await asyncio.to_thread(self._settle, wanted)
        return None

    def _settle(self, wanted: int) -> Share:
        return self._store.write(lambda tx: self._settled(tx, wanted))

    def _settled(self, tx: Transaction, wanted: int) -> Share:
        # Whoever else looks at the same time waits here until this one is done.
        tx.leases.take(f"{self._name}:look", self._holder, timedelta())
        tx.leases.take(self._presence(self._holder), self._holder, self._lasts)
        present = len(tx.leases.held(self._presence("")))
        holders = tx.leases.held(self._piece_prefix)
        of = _size(next(iter(holders))) if holders else wanted
        most = -(-of // present)
        names = {one: self._piece(one, of) for one in range(of)}
        mine = [one for one, name in names.items() if holders.get(name) == self._holder]
        free = [one for one, name in names.items() if name not in holders]
        taken = free[: max(most - len(mine), 0)]
        for one in (*mine, *taken):
            tx.leases.take(names[one], self._holder, self._lasts)
        return Share(of=of, pieces=frozenset(mine[:most] + taken), surplus=frozenset(mine[most:]))

    def _turn(self, name: str, within: timedelta) -> bool:
        # Of a holder that nobody is, it cannot be renewed.
        lease, holder = f"{self._name}:turn:{name}", secrets.token_hex(8)
        return self._store.write(lambda tx: tx.leases.take(lease, holder, within))

    async def _leave(self, *leases: str) -> None:
        def give_back(tx: Transaction) -> None:
            for one in leases:
                tx.leases.give_back(one, self._holder)

        with suppress(StoreUnavailable):
            await asyncio.to_thread(self._store.write, give_back)

    # --- names ---

    @property
    def _piece_prefix(self) -> str:
        return f"{self._name}:piece:"

    def _piece(self, piece: int, of: int) -> str:
        """Return the lease of a piece; how many there are is a part of what it is."""
        return f"{self._piece_prefix}{piece}/{of}"

    def _presence(self, holder: str) -> str:
        return f"{self._name}:here:{holder}"


def _size(name: str) -> int:
    """Return how many pieces there are, by the lease of one."""
    return int(name.rpartition("/")[2])
