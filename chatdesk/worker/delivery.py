"""Delivers what is due in the outbox: many lanes at once, each in its order, nothing lost.

A row is claimed under a lease and told by an `Attempt`, and its ending is written down here. Who
cannot do that before the lease runs out leaves it: the row is taken again, and looked for on its
platform before anything is sent a second time.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from chatdesk.mishaps import log_bug
from chatdesk.ports import Outgoing, StoreUnavailable, Transaction
from chatdesk.worker.attempt import Attempt, Means
from chatdesk.worker.endings import Again, Ending, Parked, Silent, Told, twice_mark
from chatdesk.worker.health import Figures, Outcome
from chatdesk.worker.needs import FrontDoor
from chatdesk.worker.threads import Bell

logger = logging.getLogger("chatdesk.worker")

T = TypeVar("T")

CALLS = 3
"""Calls to its platform that one attempt makes at most: open, find, post."""

PATIENCE = timedelta(seconds=45)
"""For how long beyond those calls a claimed row belongs to this process, to write things down."""

MARGIN = 10.0
"""Seconds before the end of a lease from which on a row is left alone."""

HASTENED_AT_ONCE = 500
"""Lanes brought forward in one transaction: an outage may have held back a great many."""

PAUSE_AFTER_TROUBLE = 1.0
"""Seconds until the store is asked again after it did not answer."""

PAUSE_AFTER_NOTHING = 0.05
"""Seconds until the next claim after one that found nothing: others were faster."""


class Delivery:
    """Tells what is due, at most `lanes_at_once` rows at a time."""

    def __init__(
        self, means: Means, desk: FrontDoor, figures: Figures, *, lanes_at_once: int
    ) -> None:
        self._means = means
        self._desk = desk
        self._figures = figures
        self._lanes_at_once = lanes_at_once
        self._lease = CALLS * means.call_within + PATIENCE
        self._under_way: set[asyncio.Task[None]] = set()
        self._is_stopping = False
        self.bell = Bell()

    async def run(self) -> None:
        """Deliver until `stop`; what is under way then is left to `drain`."""
        self.bell.attend()
        while not self._is_stopping:
            self.bell.hush()
            try:
                rest = await self._turn()
                self._figures.store_answers = True
            except StoreUnavailable:
                rest = self._wait_for_store()
            except Exception as error:  # noqa: BLE001 - nobody would deliver any more
                log_bug("claiming what is due", error)
                rest = PAUSE_AFTER_TROUBLE
            if rest is None or rest > 0:
                await self.bell.rest(rest)

    def stop(self) -> None:
        """Claim nothing more."""
        self._is_stopping = True
        self.bell.ring()

    @property
    def is_at_rest(self) -> bool:
        """True while nothing is under way and nobody is looking for more."""
        return self.bell.is_awaited and not self._under_way

    async def drain(self, within: float) -> None:
        """Let what is under way end for so many seconds; then break it off and give it back."""
        if not self._under_way:
            return
        _, late = await asyncio.wait(self._under_way, timeout=within * 0.8)
        for _ in range(2):  # broken off, it is given back; and once more if the store is away
            for task in late:
                task.cancel()
            if late:
                _, late = await asyncio.wait(late, timeout=within * 0.1)

    async def hasten(self, lanes: frozenset[str]) -> None:
        """Try what waits in these lanes at once."""
        waiting = sorted(lanes)
        while waiting:
            some, waiting = waiting[:HASTENED_AT_ONCE], waiting[HASTENED_AT_ONCE:]
            await self._write(lambda tx, some=some: tx.outbox.hasten(some))  # type: ignore[misc]  # bound at once
            self.bell.ring()

    # --- claiming ---

    async def _turn(self) -> float | None:
        """Claim and begin what is due; return for how many seconds to rest (None: for a ring)."""
        room = self._lanes_at_once - len(self._under_way)
        if room <= 0:
            return None
        store = self._means.store
        due_in = await self._means.threads.run(lambda: store.read(_next_due_in))
        if due_in is None or due_in > timedelta():
            return None if due_in is None else due_in.total_seconds()
        until = asyncio.get_running_loop().time() + self._lease.total_seconds() - MARGIN
        rows = await self._write(lambda tx: tx.outbox.claim(room, self._lease))
        if self._is_stopping:
            await self._write(lambda tx: _give_back(tx, rows))
            return 0
        for row in rows:
            task = asyncio.create_task(self._deliver(row, until), name=f"deliver {row.lane}")
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        return 0 if rows else PAUSE_AFTER_NOTHING

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self.bell.ring()

    def _wait_for_store(self) -> float:
        if self._figures.store_answers:
            logger.warning("the store does not answer; nothing is delivered until it does")
        self._figures.store_answers = False
        return PAUSE_AFTER_TROUBLE

    async def _write(self, work: Callable[[Transaction], T]) -> T:
        return await self._means.threads.run(lambda: self._means.store.write(work))

    # --- one row ---

    async def _deliver(self, row: Outgoing, until: float) -> None:
        attempt = Attempt(row, self._means, until)
        try:
            ending = await attempt.run()
            self._figures.sends[ending.outcome] += 1
            if ending.outcome is Outcome.SENT_AGAIN:
                logger.warning("row %s may stand there twice: its first could not be seen", row.key)
            await self._settle(row, ending, until)
            await self.hasten(attempt.freed)
        except StoreUnavailable:
            logger.warning("row %s is left to its lease: the store does not answer", row.key)

    async def _settle(self, row: Outgoing, ending: Ending, until: float) -> None:
        try:
            is_mine = await self._means.threads.run_patiently(lambda: self._end(row, ending), until)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - as a bug in telling: the row alone is set aside
            reference = log_bug(f"ending {row.notice} in {row.lane}", error)
            why = f"something went wrong here, reference {reference}"
            self._figures.sends[Outcome.BUG] += 1
            is_mine = await self._means.threads.run_patiently(
                lambda: self._means.store.write(lambda tx: tx.outbox.park(row, why)), until
            )
        if not is_mine:
            self._figures.sends[Outcome.OVERTAKEN] += 1

    def _end(self, row: Outgoing, ending: Ending) -> bool:
        """Write down an ending, in a thread; False if a newer attempt owns the row.

        Link, knock, end: the desk finds the message linked, and a process that dies in between
        leaves a row whose next attempt finds the message linked, too, and knocks again.
        """
        store = self._means.store
        match ending:
            case Told(is_new=True):
                store.write(lambda tx: _link(tx, row, ending))
                self._knock(row, lambda: self._desk.delivered(row, ending.message))
            case Told():
                self._knock(row, lambda: self._desk.delivered(row, ending.message))
            case Parked():
                self._knock(row, lambda: self._desk.undelivered(row, ending.why))
            case Silent():
                self._knock(row, lambda: self._desk.unsaid(row))
        is_mine = store.write(lambda tx: _finish(tx, row, ending))
        if is_mine and _is_about_trouble(ending):
            self._knock(row, self._desk.troubled)
        return is_mine

    def _knock(self, row: Outgoing, tell_desk: Callable[[], None]) -> None:
        try:
            tell_desk()
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - what was told was told, whatever the desk says
            log_bug(f"noting the end of {row.notice} in {row.lane}", error)


def _next_due_in(tx: Transaction) -> timedelta | None:
    return tx.outbox.next_due_in()


def _give_back(tx: Transaction, rows: list[Outgoing]) -> None:
    for row in rows:
        tx.outbox.again(row, timedelta(), row.why, is_unknown=row.was_interrupted, is_failure=False)


def _link(tx: Transaction, row: Outgoing, told: Told) -> None:
    if told.place is not None:
        tx.conversations.bind(row.lane, told.place)
    tx.conversations.link(row.lane, told.what, told.message)


def _finish(tx: Transaction, row: Outgoing, ending: Ending) -> bool:
    match ending:
        case Told():
            is_mine = tx.outbox.sent(row, ending.message)
            for trouble in ending.mends if is_mine else ():
                tx.troubles.mend(trouble)
            if ending.is_no_proof:
                tx.troubles.pass_on(row)
            return is_mine
        case Again():
            if ending.trouble is not None:
                tx.troubles.note(ending.trouble)
            if ending.was_second:
                tx.marks.set(twice_mark(row), "yes")
            return tx.outbox.again(
                row,
                ending.after,
                ending.why,
                is_unknown=ending.is_unknown,
                is_failure=ending.is_failure,
            )
        case Parked():
            if tx.marks.get(twice_mark(row)):
                tx.marks.set(twice_mark(row), "")  # people who replay it know what they do
            return _park(tx, row, ending)
        case _:
            tx.troubles.pass_on(row)
            return tx.outbox.sent(row, "")


def _park(tx: Transaction, row: Outgoing, parked: Parked) -> bool:
    """Set a row aside, to be looked at by people, or until what it waits for is mended."""
    trouble = parked.trouble
    if trouble is None:
        tx.troubles.pass_on(row)
        return tx.outbox.park(row, parked.why)
    if parked.is_news:
        tx.troubles.note(trouble)
    if parked.shows_state and tx.troubles.waits_alike(row):
        return tx.outbox.sent(row, "")
    is_mine = tx.outbox.park(row, parked.why)
    if is_mine:
        tx.troubles.strand(trouble, row)
    return is_mine


def _is_about_trouble(ending: Ending) -> bool:
    match ending:
        case Told():
            return bool(ending.mends)
        case Again():
            return ending.trouble is not None
        case Parked():
            return ending.trouble is not None and ending.is_news
    return False
