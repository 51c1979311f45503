"""Fires the timers that are due: each goes through the front door, and is decided there again.

Claimed in small batches and decided by a few threads, so that thousands that came due while the
desk was away are neither a stall of the event loop nor the end of everybody else's turn.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chatdesk.mishaps import log_bug
from chatdesk.ports import Clock, DueTimer, Stale, Store, StoreUnavailable, Transaction
from chatdesk.worker.health import Figures
from chatdesk.worker.needs import FrontDoor
from chatdesk.worker.threads import Bell, Threads

logger = logging.getLogger("chatdesk.worker")

BATCH = 100
"""Timers claimed at once."""

LEASE = timedelta(minutes=1)
"""After so long a claimed timer that nobody decided comes again."""

LATER = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
"""How long a timer is left alone whose decision failed once, twice, three times, more often."""

PAUSE_AFTER_TROUBLE = 1.0
"""Seconds until the store is asked again after it did not answer."""


@dataclass(slots=True)
class _Batch:
    """How the timers of one batch ended, apart from those that were decided."""

    not_begun: list[DueTimer] = field(default_factory=list)
    was_store_away: bool = False


class Timing:
    """Fires due timers."""

    def __init__(
        self, store: Store, threads: Threads, clock: Clock, desk: FrontDoor, figures: Figures
    ) -> None:
        self._store = store
        self._threads = threads
        self._clock = clock
        self._desk = desk
        self._figures = figures
        self._failures: dict[DueTimer, int] = {}
        self._is_stopping = False
        self.bell = Bell()

    async def run(self) -> None:
        """Fire timers until `stop`; those claimed and not begun by then are given back."""
        self.bell.attend()
        while not self._is_stopping:
            self.bell.hush()
            try:
                rest = await self._turn()
            except StoreUnavailable:
                rest = PAUSE_AFTER_TROUBLE
            except Exception as error:  # noqa: BLE001 - no timer would ever fire again
                log_bug("claiming due timers", error)
                rest = PAUSE_AFTER_TROUBLE
            if rest is None or rest > 0:
                await self.bell.rest(rest)

    def stop(self) -> None:
        """Fire nothing more."""
        self._is_stopping = True
        self.bell.ring()

    async def _turn(self) -> float | None:
        """Fire a batch if any are due; return for how many seconds to rest (None: for a ring)."""
        next_at = await self._threads.run(lambda: self._store.read(_next_due_at))
        now = self._clock.now()
        if next_at is None or next_at > now:
            return None if next_at is None else (next_at - now).total_seconds()
        due = await self._threads.run(
            lambda: self._store.write(lambda tx: tx.timers.claim_due(now, BATCH, LEASE))
        )
        batch = _Batch()
        await asyncio.gather(*(self._fire(timer, batch) for timer in due))
        if batch.not_begun:
            await self._threads.run(
                lambda: self._store.write(lambda tx: _give_back(tx, batch.not_begun, now))
            )
        return PAUSE_AFTER_TROUBLE if batch.was_store_away or not due else 0

    async def _fire(self, timer: DueTimer, batch: _Batch) -> None:
        try:
            was_begun = await self._threads.run(lambda: self._knock(timer))
        except StoreUnavailable:
            batch.was_store_away = True  # the lease will bring it back
        except Stale:
            batch.not_begun.append(timer)  # somebody changed the ticket: decide from its new state
        except Exception as error:  # noqa: BLE001 - a bug in one timer must not stop the others
            await self._postpone(timer, error)
        else:
            if not was_begun:
                batch.not_begun.append(timer)
                return
            self._failures.pop(timer, None)
            self._figures.timers_fired += 1

    def _knock(self, timer: DueTimer) -> bool:
        if self._is_stopping:
            return False
        self._desk.fire(timer)
        return True

    async def _postpone(self, timer: DueTimer, error: Exception) -> None:
        log_bug(f"firing {timer.name} of {timer.number}", error)
        self._figures.timers_failed += 1
        failures = self._failures.get(timer, 0)
        self._failures[timer] = failures + 1
        at = self._clock.now() + LATER[min(failures, len(LATER) - 1)]
        try:
            await self._threads.run(
                lambda: self._store.write(lambda tx: tx.timers.later(timer, at))
            )
        except StoreUnavailable:
            logger.warning("a failed timer is left to its lease: the store does not answer")


def _next_due_at(tx: Transaction) -> datetime | None:
    return tx.timers.next_due_at()


def _give_back(tx: Transaction, timers: list[DueTimer], now: datetime) -> None:
    for timer in timers:
        tx.timers.later(timer, now)
