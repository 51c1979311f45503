"""Fires 3,000 timers that came due while the desk was away, each decided again by the desk.

Every timer wakes a ticket on hold, so that its record tells how often it was decided. The worker is
the real one, with everything it does beside: it also ends the notices that follow, which here have
nothing to show. Compared are APScheduler's own SQLAlchemy job store, once as it comes and once told
to forgive any lateness, and a store in which a million other timers wait. While it works, the event
loop is asked every few milliseconds how late it is, and the process how much memory it has.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bench.common import Databases, Table, at_most, is_quick, percentile
from bench.desks import MONDAY, BenchDesk, open_desk
from bench.multiplied import multiply, wait_for_others
from chatdesk.adapters.clock.ticks import Ticks
from chatdesk.desk import Desk
from chatdesk.lifecycle.assignment import Claim
from chatdesk.lifecycle.facts import Resumed, write
from chatdesk.lifecycle.investigation import PutOnHold
from chatdesk.ports import DueTimer, InboxRow, Outgoing, Showing, Transaction
from chatdesk.worker import Worker

HELD_FOR = timedelta(days=1)
AWAY_FOR = timedelta(days=30)
STALL_WITHIN = 20.0
"""Milliseconds by which the event loop may be late, while thousands of timers are fired."""

MOST_SLOWER = 1.5
"""With a million timers pending it may take so many times as long as with ten thousand."""

MOST_GROWN = 1.1
"""So many times the memory of the first tenth may be there at the end."""

LOOK_EVERY = 0.005


class NothingToShow:
    """Draws nothing: whatever follows a timer is ended without being told."""

    def present(self, tx: Transaction, row: Outgoing) -> Showing | None:
        """Show nothing."""
        return None


class CountingDoor:
    """The desk as the worker knocks; `all_fired` is set when so many timers were decided."""

    def __init__(self, desk: Desk, due: int) -> None:
        self._desk = desk
        self._left = due
        self._counting = threading.Lock()
        self._loop = asyncio.get_running_loop()
        self.all_fired = asyncio.Event()

    def fire(self, timer: DueTimer) -> None:
        """Have a timer decided; if that fails, nobody waits for the others."""
        try:
            self._desk.fire(timer)
        except BaseException:
            self._loop.call_soon_threadsafe(self.all_fired.set)
            raise
        with self._counting:
            self._left -= 1
            if self._left == 0:
                self._loop.call_soon_threadsafe(self.all_fired.set)

    def delivered(self, row: Outgoing, message: str) -> None:
        """Nothing is delivered here."""

    def troubled(self) -> None:
        """Nothing broke."""

    def unsaid(self, row: Outgoing) -> None:
        """Everything has something to say here."""

    def undelivered(self, row: Outgoing, why: str) -> None:
        """Nothing fails to be delivered here."""

    def replay(self, row: InboxRow) -> None:
        """Nothing came in here."""


IDLE = """
import asyncio, sys

async def look(every):
    loop, worst = asyncio.get_running_loop(), 0.0
    over = loop.run_in_executor(None, sys.stdin.read)
    while not over.done():
        due_at = loop.time() + every
        await asyncio.sleep(every)
        worst = max(worst, loop.time() - due_at)
    print(worst * 1000)

asyncio.run(look(float(sys.argv[1])))
"""
"""A process that does nothing but look how late its event loop is."""


@dataclass(slots=True)
class Watch:
    """What was seen of the process while it worked."""

    late: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)

    async def look(self) -> None:
        """Look again and again, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due_at, computed = loop.time() + LOOK_EVERY, time.thread_time()
            await asyncio.sleep(LOOK_EVERY)
            self.late.append(loop.time() - due_at)
            self.busy.append(time.thread_time() - computed)
            if len(self.late) % 20 == 1:
                self.memory.append(resident_bytes())


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How a run went: seconds, seconds computed, and what was seen meanwhile.

    `elsewhere` is how late an idle event loop of another process was at worst, in milliseconds:
    that much is the machine's doing. `decided` counts each ticket's timers.
    """

    took: float
    computed: float
    elsewhere: float
    watch: Watch
    decided: Counter[int] = field(default_factory=Counter)


async def watched(work: Callable[[], Awaitable[None]]) -> Run:
    """Do something and watch the process meanwhile."""
    pipe = asyncio.subprocess.PIPE
    idle = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", IDLE, str(LOOK_EVERY)), stdin=pipe, stdout=pipe
    )
    watch = Watch()
    watching = asyncio.create_task(watch.look())
    await asyncio.sleep(1)
    watch.late.clear()
    began_at, computed = time.perf_counter(), time.process_time()
    await work()
    took, computed = time.perf_counter() - began_at, time.process_time() - computed
    watching.cancel()
    said, _ = await idle.communicate(b"")
    return Run(took=took, computed=computed, elsewhere=float(said), watch=watch)


def main() -> int:
    """Measure on both databases; 1 if anything is missed."""
    is_short = is_quick(__doc__)
    due, few, many, rounds = (200, 1_000, 20_000, 1) if is_short else (3_000, 10_000, 1_000_000, 3)
    table = Table()
    table.begin(f"{due:,} timers due after a downtime, and {many:,} that are not")
    with Databases() as databases:
        for kind in databases.kinds():
            print(f"\n{kind}")
            seeds = {size: fill(databases.fresh(kind), due, size) for size in (few, many)}
            runs: dict[int, list[Run]] = {few: [], many: []}
            for _ in range(rounds):
                for size, seed in seeds.items():
                    runs[size].append(fire_all(databases, seed, due))
            tell(runs[few], runs[many], due, table)
            for seed in seeds.values():
                databases.drop(seed)
        for grace in ("as it comes", "forgiving any lateness"):
            with_apscheduler(databases.folder(), due, grace, table)
    return table.exit_code()


def fill(url: str, due: int, pending: int) -> str:
    """Put so many tickets on hold, and let so many other timers wait."""
    with open_desk(url, 1) as desk:
        request = desk.request(0)
        ticket = desk.desk.handle(request, request.requester).ticket
        desk.desk.handle(Claim(), desk.agents[0], ticket.number)
        hold = PutOnHold(wake_at=MONDAY + HELD_FOR, reason=write("Waiting for a part."))
        desk.desk.handle(hold, desk.agents[0], ticket.number)
    multiply(url, 1, due)
    wait_for_others(url, due, pending, until=MONDAY + 2 * AWAY_FOR)
    return url


def fire_all(databases: Databases, seed: str, due: int) -> Run:
    """Start a desk that was away, and wait until everything due was decided once."""
    url = databases.copy(seed)
    with open_desk(url, 1) as desk:
        desk.clock.pass_(AWAY_FOR)
        # As a desk does when it has started: see `chatdesk.bootstrap.run`.
        gc.collect()
        gc.freeze()
        run = asyncio.run(watched(lambda: fire(desk, due)))
        decided = Counter(
            number for number, _ in desk.store.read(lambda tx: woken(tx, desk.clock.now()))
        )
    gc.unfreeze()
    databases.drop(url)
    return replace(run, decided=decided)


async def fire(desk: BenchDesk, due: int) -> None:
    """Let the worker work until so many were decided."""
    door = CountingDoor(desk.desk, due)
    worker = Worker(desk.store, desk.clock, NothingToShow(), door, [])
    ticks = Ticks()
    ticks.start()
    working = asyncio.create_task(worker.run(ticks))
    await door.all_fired.wait()
    await worker.stop()
    await ticks.stop()
    await working


def woken(tx: Transaction, until: datetime) -> list[tuple[int, object]]:
    """Return the numbers of the tickets that were woken, once for each time."""
    span = (MONDAY, until + timedelta(days=1))
    return list(tx.tickets.recorded_between(frozenset({Resumed.kind}), *span))


def tell(few: list[Run], many: list[Run], due: int, table: Table) -> None:
    """Print what the runs showed."""
    is_once = all(sorted(run.decided.values()) == [1] * due for run in (*few, *many))
    table.hold(f"{due:,} timers, each decided exactly once", is_so=is_once)
    table.tell("timers a second", f"{due / median(run.took for run in few):.0f}")
    table.tell("computed per timer", f"{median(run.computed for run in few) / due * 1000:.2f} ms")
    late = [late for run in few for late in run.watch.late]
    busy = max(busy for run in few for busy in run.watch.busy)
    table.tell(
        "the event loop late, 99 of 100 times within", f"{percentile(late, 99) * 1000:.2f} ms"
    )
    table.tell("the event loop's longest computing without a break", f"{busy * 1000:.2f} ms")
    elsewhere = max(run.elsewhere for run in few)
    table.tell("an idle event loop beside it late, at worst", f"{elsewhere:.2f} ms")
    table.judge("the event loop late, at worst", max(late) * 1000, at_most(STALL_WITHIN), " ms")
    slower = median(run.took for run in many) / median(run.took for run in few)
    table.judge("with many pending / with few", slower, at_most(MOST_SLOWER))
    computed = median(run.computed for run in many) / median(run.computed for run in few)
    table.tell("    the same, computed by this process", f"{computed:.2f}x")
    memory = [run.watch.memory for run in (*few, *many)]
    grown = max(median(seen[-5:]) / median(seen[len(seen) // 10 :][:5]) for seen in memory)
    table.judge("memory at the end / after a tenth", grown, at_most(MOST_GROWN))
    table.tell("memory at most", f"{max(map(max, memory)) / 1e6:.0f} MB")


def resident_bytes() -> int:
    """Return how much memory this process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


# --- APScheduler's own store ----------------------------------------------------------------------

DELIVERED: list[str] = []


async def deliver(name: str) -> None:
    """Note that a job was run: by this name APScheduler finds it again."""
    DELIVERED.append(name)


def with_apscheduler(folder: Path, due: int, grace: str, table: Table) -> None:
    """Keep as many jobs in APScheduler's own store, be away, and see what it does with them."""
    DELIVERED.clear()
    url = f"sqlite:///{folder / 'apscheduler.db'}"
    run = asyncio.run(_with_apscheduler(url, due, grace))
    print(f"\nAPScheduler's own SQLAlchemy store, {grace}")
    table.tell(f"jobs delivered, of {due:,}", f"{len(DELIVERED):,}")
    table.tell("jobs looked at a second", f"{due / run.took:.0f}")
    table.tell("the event loop late, at worst", f"{max(run.watch.late) * 1000:.0f} ms")


async def _with_apscheduler(url: str, due: int, grace: str) -> Run:
    options = {"misfire_grace_time": None} if grace != "as it comes" else {}
    keeping = AsyncIOScheduler(jobstores={"default": SQLAlchemyJobStore(url=url)}, timezone=UTC)
    keeping.start(paused=True)
    keeping.remove_all_jobs()
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    for number in range(due):
        keeping.add_job(deliver, "date", run_date=an_hour_ago, args=[str(number)], **options)
    keeping.shutdown()
    store = SQLAlchemyJobStore(url=url)
    scheduler = AsyncIOScheduler(jobstores={"default": store}, timezone=UTC)

    async def work() -> None:
        scheduler.start()
        while scheduler.get_jobs():  # noqa: ASYNC110 - it tells nobody when it is done
            await asyncio.sleep(0.05)

    run = await watched(work)
    scheduler.shutdown()
    return run


if __name__ == "__main__":
    sys.exit(main())
