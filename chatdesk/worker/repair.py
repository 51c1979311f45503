"""Sweeps up: deliveries whose effect is missing are done now, and what is over is forgotten.

Usually there is nothing to do, and finding that out costs one read. Where several processes run,
a lease says which of them sweeps.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from chatdesk.mishaps import log_bug
from chatdesk.ports import InboxRow, Stale, Store, StoreUnavailable, Transaction
from chatdesk.worker.health import Figures
from chatdesk.worker.needs import FrontDoor
from chatdesk.worker.threads import Threads

OVERDUE = timedelta(seconds=5)
"""A delivery unfinished for so long was abandoned by whoever received it."""

BATCH = 50
"""Deliveries replayed under one taking of the lease."""

LEASE = timedelta(minutes=1)
"""For how long a sweep is one's own; it is given back at its end."""

KEPT = timedelta(days=7)
"""For how long a finished delivery is recognised when it comes again, and a sent one is kept."""

PURGE_EVERY = timedelta(hours=1)
"""How often what is over is forgotten, by all processes together."""

LATER = (10.0, 60.0, 600.0, 3600.0)
"""Seconds a delivery is left alone whose replay failed once, twice, three times, more often."""


PURGED_AT_ONCE = 200
"""Rows forgotten in one transaction."""

_FORGET: tuple[Callable[[Transaction], int], ...] = (
    lambda tx: tx.inbox.purge(KEPT, PURGED_AT_ONCE),
    lambda tx: tx.outbox.purge(KEPT, PURGED_AT_ONCE),
    lambda tx: tx.attachments.purge(KEPT, PURGED_AT_ONCE),
)


@dataclass(slots=True)
class _Failing:
    """A delivery whose replay keeps failing; `not_before` is the event loop's time."""

    failures: int
    not_before: float


class Repair:
    """Replays what was accepted and not done on these platforms, and forgets what is over."""

    def __init__(
        self,
        store: Store,
        threads: Threads,
        desk: FrontDoor,
        figures: Figures,
        platforms: Sequence[str],
    ) -> None:
        self._store = store
        self._threads = threads
        self._desk = desk
        self._figures = figures
        self._platforms = platforms
        self._holder = secrets.token_hex(8)
        self._failing: dict[str, _Failing] = {}
        self._alone = asyncio.Lock()
        self._is_stopping = False

    async def sweep(self) -> None:
        """Replay the abandoned deliveries of all platforms."""
        async with self._alone:
            for platform in self._platforms:
                if not self._is_stopping:
                    await self._sweep_platform(platform)

    async def purge(self) -> None:
        """Forget what is over for long; done by one process, once in `PURGE_EVERY`.

        A little at a time, each in a transaction of its own: nobody waits for it.
        """

        def begin(tx: Transaction) -> bool:
            # Not given back: whoever purged last has the next turn, if still there.
            is_ours = tx.leases.take("purge", self._holder, PURGE_EVERY)
            if is_ours:
                tx.leases.purge(KEPT)
            return is_ours

        async with self._alone:
            if not self._is_stopping and await self._threads.run(lambda: self._store.write(begin)):
                for some in _FORGET:
                    await self._forget(some)

    async def _forget(self, some: Callable[[Transaction], int]) -> None:
        count = PURGED_AT_ONCE
        while count == PURGED_AT_ONCE and not self._is_stopping:
            count = await self._threads.run(lambda: self._store.write(some))

    async def stop(self) -> None:
        """Begin nothing more, and wait for the delivery being replayed."""
        self._is_stopping = True
        async with self._alone:
            return

    async def _sweep_platform(self, platform: str) -> None:
        limit = BATCH + len(self._failing)  # those that fail must not hide the others
        found = await self._threads.run(
            lambda: self._store.read(lambda tx: tx.inbox.unfinished(platform, OVERDUE, limit))
        )
        if not self._replayable(found):
            return
        name = f"replay:{platform}"
        rows = await self._threads.run(
            lambda: self._store.write(lambda tx: self._take(tx, name, platform, limit))
        )
        try:
            for row in self._replayable(rows):
                if not self._is_stopping:
                    await self._replay(row)
        finally:
            await self._threads.run(
                lambda: self._store.write(lambda tx: tx.leases.give_back(name, self._holder))
            )

    def _take(self, tx: Transaction, name: str, platform: str, limit: int) -> list[InboxRow]:
        """Look again under the lease: another process may have done them meanwhile."""
        if not tx.leases.take(name, self._holder, LEASE):
            return []
        return tx.inbox.unfinished(platform, OVERDUE, limit)

    def _replayable(self, rows: list[InboxRow]) -> list[InboxRow]:
        now = asyncio.get_running_loop().time()
        return [
            row
            for row in rows
            if row.key not in self._failing or self._failing[row.key].not_before <= now
        ]

    async def _replay(self, row: InboxRow) -> None:
        try:
            await self._threads.run(lambda: self._desk.replay(row))
        except StoreUnavailable:
            raise
        except Stale:
            return  # whoever received it was only slow, and has done it meanwhile
        except Exception as error:  # noqa: BLE001 - a bug in one delivery must not stop the others
            log_bug(f"replaying a delivery from {row.platform}", error)
            failing = self._failing.setdefault(row.key, _Failing(0, 0))
            wait = LATER[min(failing.failures, len(LATER) - 1)]
            failing.failures += 1
            failing.not_before = asyncio.get_running_loop().time() + wait
        else:
            self._failing.pop(row.key, None)
            self._figures.deliveries_replayed += 1
