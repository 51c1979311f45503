"""A stage for the worker's stories: a real store, a platform in memory, and time that stands still.

async with stage.working():
    stage.say("person:mara", "Hello.")
    await stage.settled()
assert stage.messenger.said("person:mara") == ["Hello."]
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from chatdesk.adapters import db
from chatdesk.lifecycle import record
from chatdesk.ports import (
    DueTimer,
    InboxRow,
    Messenger,
    Outgoing,
    Placement,
    Showing,
    Store,
    StoreUnavailable,
    Transaction,
    Trouble,
)
from chatdesk.ui.cards import Card
from chatdesk.worker import Limits, Worker
from tests.fakes import FakeMessenger, HandTicks

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOME = "#it-help"
T = TypeVar("T")

PATIENCE = 60  # seconds until a story that waits in vain gives up


class HandTime:
    """A time that passes when told to; as the desk's clock, and as the store's own time."""

    def __init__(self) -> None:
        self.moment = NOON

    def __call__(self) -> datetime:
        """Return this moment."""
        return self.moment

    now = __call__

    def timestamp(self) -> float:
        """Return this moment in seconds."""
        return self.moment.timestamp()


class Pictures:
    """Draws what a row says of itself: its payload's text, or the newest state of its ticket."""

    def __init__(self) -> None:
        self.states: dict[int, str] = {}
        """What each ticket's card shows at the moment."""

    def present(self, tx: Transaction, row: Outgoing) -> Showing | None:
        """Draw a row; one of nothing says nothing, and a broken one raises."""
        text = row.payload.get("text", "")
        if row.notice == "nothing":
            return None
        if row.notice == "broken":
            raise ValueError(text)
        what, is_card = f"notice:{row.key}", row.notice == "card"
        if is_card:
            text, what = self.states[row.number or 0], "card"
        if row.notice == "reply":
            what = f"entry:{row.payload['entry']}"
        home = HOME if row.lane.startswith("ticket:") else ""
        return Showing(
            card=Card(fallback=text),
            what=what,
            placement=Placement(lane=row.lane, number=row.number, queue_home=home),
            platform=row.payload.get("platform", "fake"),
            edits=is_card,
            opens_thread=is_card,
        )


class NotingDesk:
    """A front door that notes who knocks."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.delivered_rows: list[tuple[str, str]] = []
        """(text, message) of what arrived."""
        self.undelivered_rows: list[tuple[str, str]] = []
        self.unsaid_rows: list[str] = []
        """(text, why) of what did not."""
        self.told_troubles: list[tuple[str, str]] = []
        """(place, the platform's word) of what broke; `mended` of what works again."""
        self.fired: list[str] = []
        """Names of timers that were decided."""
        self.replayed: list[str] = []
        """Keys of deliveries whose effect was caught up on."""
        self.begun: list[str] = []
        """Names of timers that somebody began to decide, keys of deliveries likewise."""
        self.before_firing: Callable[[], object] = lambda: None
        """What happens before a timer is decided."""
        self.troubles: dict[str, list[Exception]] = {}
        """What to raise, in turn, for a text, a timer's name or a delivery's key."""

    def delivered(self, row: Outgoing, message: str) -> None:
        """Note what arrived."""
        self.delivered_rows.append((row.payload.get("text", row.notice), message))
        self._stumble(row.payload.get("text", ""))

    def unsaid(self, row: Outgoing) -> None:
        """Note what had nothing left to say."""
        self.unsaid_rows.append(row.payload.get("text", row.notice))

    def undelivered(self, row: Outgoing, why: str) -> None:
        """Note what did not."""
        self.undelivered_rows.append((row.payload.get("text", row.notice), why))

    def troubled(self) -> None:
        """Note what broke and what works again."""

        def work(tx: Transaction) -> list[Trouble]:
            return [one for one in tx.troubles.untold() if tx.troubles.telling(one)]

        self.told_troubles += [
            (one.place, "mended" if one.is_mended else one.code) for one in self._store.write(work)
        ]

    def fire(self, timer: DueTimer) -> None:
        """Decide a timer."""
        self.begun.append(timer.name)
        self.before_firing()
        self._stumble(timer.name)
        self._store.write(lambda tx: tx.timers.done(timer))
        self.fired.append(timer.name)

    def replay(self, row: InboxRow) -> None:
        """Finish a delivery."""
        self.begun.append(row.key)
        self._stumble(row.key)
        self._store.write(lambda tx: tx.inbox.finish(row.key, {}))
        self.replayed.append(row.key)

    def _stumble(self, over: str) -> None:
        troubles = self.troubles.get(over)
        if troubles:
            raise troubles.pop(0)


class FlakyStore:
    """A true store that can be taken away."""

    def __init__(self, store: db.SqlStore) -> None:
        self._store = store
        self.is_away = False

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Do work in one transaction."""
        self._answer()
        return self._store.write(work)

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Do reading work."""
        self._answer()
        return self._store.read(work)

    def can_save(self) -> bool:
        """Whether things can be saved."""
        return not self.is_away and self._store.can_save()

    def listen(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called after news."""
        return self._store.listen(wake)

    def close(self) -> None:
        """Let it go."""
        self._store.close()

    def _answer(self) -> None:
        if self.is_away:
            raise StoreUnavailable("away")


class Stage:
    """One store, and workers upon it."""

    def __init__(self, folder: Path, *messengers: FakeMessenger, url: str = "") -> None:
        """Keep everything in a file in the folder, unless there is another address."""
        self.file = folder / "desk.db"
        if not url:
            self.file.write_bytes(_empty_database())
        self.time = HandTime()
        url = url or f"sqlite:///{self.file}"
        self.store = FlakyStore(db.open_store(url, record, real_time=self.time))
        self.messenger = FakeMessenger()
        self.messengers: tuple[Messenger, ...] = (self.messenger, *messengers)
        self.pictures = Pictures()
        self.desk = NotingDesk(self.store)
        self.ticks = HandTicks()
        self.workers: list[Worker] = []

    def close(self) -> None:
        """Let the store go."""
        self.store.close()

    # --- what happens on it ---

    def say(
        self,
        lane: str,
        text: str,
        notice: str = "says",
        after: timedelta = timedelta(),
        **more: str,
    ) -> str:
        """Put a notice into a lane."""
        payload = {"text": text, **more}
        key = self.store.write(
            lambda tx: tx.outbox.put(lane, notice, _number(lane), payload, after=after)
        )
        assert key is not None
        self.wake()
        return key

    def show(self, number: int, state: str) -> None:
        """Let a ticket's card in its queue's channel show this from now on."""
        self.pictures.states[number] = state
        lane = f"ticket:{number}:agents:it"
        self.store.write(lambda tx: tx.outbox.put(lane, "card", number, {}, collapse=True))
        self.wake()

    def say_all(self, said: Iterable[tuple[str, str]], notice: str = "says") -> None:
        """Put many notices, each as (lane, text), in one transaction."""

        def work(tx: Transaction) -> None:
            for lane, text in said:
                tx.outbox.put(lane, notice, _number(lane), {"text": text})

        self.store.write(work)
        self.wake()

    def parked(self) -> dict[str, str]:
        """Return the texts of parked rows, each with the reason."""
        rows = self.store.read(lambda tx: tx.outbox.parked(limit=10_000))
        return {row.payload.get("text", row.notice): row.why for row in rows}

    def thread_of(self, lane: str) -> str:
        """Return the thread that a lane is."""
        place = self.store.read(lambda tx: tx.conversations.place(lane))
        return place.thread if place else ""

    def waits_for(self) -> timedelta | None:
        """Return how long until something is to be sent."""
        return self.store.read(lambda tx: tx.outbox.next_due_in())

    def go_away(self) -> None:
        """Take the store away."""
        self.store.is_away = True

    def come_back(self) -> None:
        """Bring the store back."""
        self.store.is_away = False

    # --- who works on it ---

    def worker(self, limits: Limits | None = None) -> Worker:
        """Return a new worker, as a process that has just started has one."""
        return Worker(
            self.store,
            self.time,
            self.pictures,
            self.desk,
            self.messengers,
            platforms=("fake",),
            limits=limits,
            seconds=self.time.timestamp,
        )

    @asynccontextmanager
    async def working(self, limits: Limits | None = None) -> AsyncIterator[Worker]:
        """Have a worker at work; it is stopped in good order."""
        worker, ticks = self.worker(limits), HandTicks()
        self.workers.append(worker)
        self.ticks = ticks
        task = asyncio.create_task(worker.run(ticks))
        await asyncio.sleep(0)
        stop_listening = self.store.listen(worker.wake)
        try:
            yield worker
        finally:
            stop_listening()
            await worker.stop()
            await task
            self.workers.remove(worker)

    def wake(self) -> None:
        """Wake whoever works."""
        for worker in self.workers:
            worker.wake()

    async def pass_(self, span: timedelta) -> None:
        """Let time pass, and everything that is due then happen."""
        self.time.moment += span
        await self.settled()

    async def settled(self) -> None:
        """Wait until nothing is due and nobody is at it."""
        self.wake()
        await self.until(self._is_settled)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(PATIENCE):
            while not is_so():  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.002)

    def _is_settled(self) -> bool:
        if not all(worker.is_at_rest for worker in self.workers):
            return False
        waits = self.waits_for()
        next_timer = self.store.read(lambda tx: tx.timers.next_due_at())
        is_quiet = waits is None or waits > timedelta()
        return is_quiet and (next_timer is None or next_timer > self.time.moment)


@cache
def _empty_database() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "desk.db"
        db.migrate(f"sqlite:///{file}")
        return file.read_bytes()


def _number(lane: str) -> int | None:
    return int(lane.split(":")[1]) if lane.startswith("ticket:") else None
