"""The worker as a whole: begun by the heartbeat, woken by news, and ended in good order."""

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from chatdesk.ports import Clock, Messenger, Store, StoreUnavailable, Transaction
from chatdesk.worker.attempt import Means
from chatdesk.worker.delivery import Delivery
from chatdesk.worker.health import MAX_PARKED_COUNTED, Figures, Health
from chatdesk.worker.needs import FrontDoor, Presenter, Ticks
from chatdesk.worker.pacing import Pace
from chatdesk.worker.repair import PURGE_EVERY, Repair
from chatdesk.worker.threads import Threads
from chatdesk.worker.timing import Timing

LOOK_EVERY = timedelta(seconds=1)
"""The guarantee: what is due is looked for this often, heard of or not."""

TRY_EVERY = timedelta(minutes=1)
"""How often it is looked whether something broken is due to be tried."""

TRY_AFTER = timedelta(minutes=5)
"""After so long what is broken is tried again, by one row, whether anybody mended it or not."""

SWEEP_EVERY = timedelta(seconds=5)
"""How often abandoned deliveries are looked for."""

DELIVERY_THREADS = 8
"""Blocking calls of deliveries at once; a store that commits in groups gains from several."""

TIMER_THREADS = 4
"""Timers decided at once: few enough that people's clicks never queue behind thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much at once and how long: lanes under way, one call to a platform, a shutdown.

    A process has ten seconds to end: the rest of them is for those who end after the worker.
    """

    lanes_at_once: int = 32
    call_within: timedelta = timedelta(seconds=25)  # of which uploading a file needs most
    stop_within: timedelta = timedelta(seconds=8)


class Worker:
    """Delivers, fires timers and sweeps up while `run` runs; any number may share one store."""

    def __init__(  # noqa: PLR0913 - all that the worker works with is wired here, by name
        self,
        store: Store,
        clock: Clock,
        presenter: Presenter,
        desk: FrontDoor,
        messengers: Iterable[Messenger],
        *,
        platforms: Sequence[str] = (),
        limits: Limits | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """Work for this desk.

        `messengers` are the platforms it speaks to, `platforms` those whose deliveries `desk` can
        replay. `seconds` measures the pauses that platforms ask for.
        """
        self._store = store
        self._desk = desk
        self._limits = limits or Limits()
        self._figures = Figures()
        self._threads = Threads(DELIVERY_THREADS, "delivery")
        self._timer_threads = Threads(TIMER_THREADS, "timers")
        chance = random.Random()  # noqa: S311 - it spreads retries and hides nothing
        self._pace = Pace(seconds, chance)
        means = Means(
            store=store,
            threads=self._threads,
            presenter=presenter,
            messengers={one.platform: one for one in messengers},
            pace=self._pace,
            chance=chance,
            call_within=self._limits.call_within,
        )
        self._delivery = Delivery(
            means, desk, self._figures, lanes_at_once=self._limits.lanes_at_once
        )
        self._timing = Timing(store, self._timer_threads, clock, desk, self._figures)
        self._repair = Repair(store, self._timer_threads, desk, self._figures, platforms)
        self._stopping = asyncio.Event()
        self._ended = asyncio.Event()
        self._is_running = False

    async def run(self, ticks: Ticks) -> None:
        """Work until `stop`, or until cancelled, which ends everything in the same good order.

        A worker runs once. It adds its works to the heartbeat, whose owner starts and stops it.
        """
        self._is_running = True
        parts = {
            asyncio.create_task(self._delivery.run(), name="worker.delivery"),
            asyncio.create_task(self._timing.run(), name="worker.timing"),
        }
        stopping = asyncio.create_task(self._stopping.wait(), name="worker.stopping")
        ticks.every(LOOK_EVERY, self._look, name="worker.look")
        ticks.every(SWEEP_EVERY, self._sweep, name="worker.sweep")
        ticks.every(TRY_EVERY, self._try_again, name="worker.troubles")
        ticks.every(PURGE_EVERY, self._purge, name="worker.purge")
        try:
            await asyncio.wait({stopping, *parts}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            await self._finish(parts)
            self._ended.set()

    async def stop(self) -> None:
        """Begin nothing more, end what is under way within the limit, and give back the rest."""
        self._stopping.set()
        if self._is_running:
            await self._ended.wait()

    def wake(self) -> None:
        """Look at once for what is due: somebody heard of news. Any thread may call it, often."""
        self._delivery.bell.ring()
        self._timing.bell.ring()

    @property
    def is_at_rest(self) -> bool:
        """True while nothing is being told or decided: what is due then was put in just now."""
        return self._delivery.is_at_rest and self._timing.bell.is_awaited

    async def platform_is_back(self, platform: str) -> None:
        """Try at once what a platform did not take while it was away.

        For adapters, when their connection has come back: evidence better than any waiting time.
        """
        with suppress(StoreUnavailable):
            await self._delivery.hasten(self._pace.is_back(platform))

    async def place_is_back(self, platform: str, place: str) -> None:
        """Try at once what waits for a place, for adapters that heard of its coming back."""

        def try_again(tx: Transaction) -> None:
            if tx.troubles.get(platform, place):
                tx.troubles.retry(platform, place)

        with suppress(StoreUnavailable):
            await self._threads.run(lambda: self._store.write(try_again))

    async def health(self) -> Health:
        """Return this moment's figures; without an answer from the store, what else is known."""

        def look(tx: Transaction) -> tuple[timedelta | None, int]:
            return tx.outbox.oldest_unsent(), len(tx.outbox.parked(MAX_PARKED_COUNTED))

        oldest_unsent, parked, store_answers = None, 0, True
        try:
            oldest_unsent, parked = await self._threads.run(lambda: self._store.read(look))
        except StoreUnavailable:
            store_answers = False
        return Health(
            oldest_unsent=oldest_unsent,
            parked=parked,
            sends=dict(self._figures.sends),
            timers_fired=self._figures.timers_fired,
            timers_failed=self._figures.timers_failed,
            deliveries_replayed=self._figures.deliveries_replayed,
            store_answers=store_answers,
        )

    # --- the heartbeat's works ---

    async def _look(self) -> None:
        self.wake()

    async def _sweep(self) -> None:
        with suppress(StoreUnavailable):  # the next sweep is not far
            await self._repair.sweep()

    async def _try_again(self) -> None:
        """Try what is broken; tell what could not be told when it was noted."""
        with suppress(StoreUnavailable):
            is_whole = await self._threads.run(
                lambda: self._store.read(lambda tx: not (tx.troubles.all() or tx.troubles.untold()))
            )
            if not is_whole:
                await self._threads.run(
                    lambda: self._store.write(lambda tx: tx.troubles.retry_due(TRY_AFTER))
                )
                await self._threads.run(self._desk.troubled)

    async def _purge(self) -> None:
        with suppress(StoreUnavailable):
            await self._repair.purge()

    # --- the end ---

    async def _finish(self, parts: set[asyncio.Task[None]]) -> None:
        within = self._limits.stop_within.total_seconds()
        self._delivery.stop()
        self._timing.stop()
        # Only a store that does not answer keeps them longer.
        _, late = await asyncio.wait(parts, timeout=within * 0.2)
        for part in late:
            part.cancel()
        await self._delivery.drain(within * 0.6)
        with suppress(TimeoutError):
            async with asyncio.timeout(within * 0.1):
                await self._repair.stop()
        self._threads.close()
        self._timer_threads.close()
