"""The wiring: every part of a running desk, made here and handed to those who need it."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chatdesk import digests
from chatdesk.adapters import db
from chatdesk.adapters.clock import MovableClock, SystemClock
from chatdesk.adapters.clock.ticks import Ticks
from chatdesk.adapters.http.app import build_app
from chatdesk.adapters.http.server import serve
from chatdesk.adapters.local.door import LocalDoor
from chatdesk.adapters.local.messenger import LocalMessenger
from chatdesk.adapters.local.people import PLATFORM
from chatdesk.adapters.local.platform import LocalPlatform
from chatdesk.bootstrap import workspace
from chatdesk.bootstrap.upkeep import backup, export, migrate, parked, release, replay, restore
from chatdesk.config import PolicySource, Settings
from chatdesk.desk import Desk
from chatdesk.lifecycle import record
from chatdesk.ports import (
    Clock,
    DueTimer,
    InboxRow,
    Messenger,
    Outgoing,
    Store,
    StoreUnavailable,
)
from chatdesk.reception import Reception
from chatdesk.showing import Gallery
from chatdesk.ui.exchange import Visitor
from chatdesk.ui.wording import Wording
from chatdesk.worker import Worker

if TYPE_CHECKING:
    from chatdesk.adapters.slack.front import HttpFront
    from chatdesk.adapters.slack.platform import SlackPlatform

__all__ = [
    "FrontDoor",
    "Parts",
    "assemble",
    "backup",
    "export",
    "migrate",
    "parked",
    "release",
    "replay",
    "restore",
    "run",
]

POLICY_EVERY = timedelta(seconds=5)
"""How often the policy file is looked at for changes."""


class FrontDoor:
    """The desk and the reception, as the worker knocks at them."""

    def __init__(self, store: Store, desk: Desk, reception: Reception) -> None:
        """Stand before this desk."""
        self._store = store
        self._desk = desk
        self._reception = reception

    def fire(self, timer: DueTimer) -> None:
        """Decide what a due timer stands for, of a ticket or a recurring one."""
        if timer.number is not None:
            self._desk.fire(timer)
            return
        self._store.write(lambda tx: digests.fire(tx, timer, self._desk.now()))

    def delivered(self, row: Outgoing, message: str) -> None:
        """Take note that a notice has arrived."""
        self._desk.delivered(row, message)

    def undelivered(self, row: Outgoing, why: str) -> None:
        """Take note that a notice will not arrive by itself."""
        self._desk.undelivered(row, why)

    def replay(self, row: InboxRow) -> None:
        """Do what a delivery asked for, whose effect is missing."""
        self._reception.replay(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A desk, ready to be spoken to; nothing runs yet.

    It is in Slack, or else in the local workspace, whose time machine is no good beside real work.
    """

    settings: Settings
    policy: PolicySource
    store: db.SqlStore
    clock: Clock
    desk: Desk
    gallery: Gallery
    reception: Reception
    worker: Worker
    local: tuple[LocalPlatform, LocalDoor] | None = None
    slack: SlackPlatform | None = None

    @property
    def platform(self) -> LocalPlatform:
        """The local workspace; LookupError on a desk that has none."""
        return self._local[0]

    @property
    def door(self) -> LocalDoor:
        """The local workspace's routes; LookupError on a desk that has none."""
        return self._local[1]

    @property
    def _local(self) -> tuple[LocalPlatform, LocalDoor]:
        if self.local is None:
            raise LookupError("this desk has no local workspace")
        return self.local

    def close(self) -> None:
        """Let go of the store and the workspace."""
        if self.local is not None:
            self.platform.close()
        self.store.close()


def assemble(
    settings: Settings,
    policy: PolicySource,
    *,
    on_statement: Callable[[str], None] | None = None,
    real_time: Callable[[], datetime] | None = None,
) -> Parts:
    """Make every part of a desk whose database is at this version's schema.

    `real_time` replaces the time of this machine and of its database, for whoever needs to hold
    it in hand.
    """
    is_in_slack = settings.slack_bot_token is not None
    names = ("slack",) if is_in_slack else (PLATFORM,)
    url = settings.database.get_secret_value()
    store = db.open_store(url, record, real_time=real_time, on_statement=on_statement)
    base = SystemClock() if real_time is None else _Told(real_time)
    movable = _movable_clock(store, base)
    clock = base if is_in_slack else movable
    desk = Desk(store, clock, lambda: policy.current)
    wording = _WordingInForce(policy)
    gallery = Gallery(lambda: policy.current, clock, wording, names)
    reception = Reception(store, desk, gallery, wording)
    slack = _slack(settings, store, reception, policy) if is_in_slack else None
    platform = None if is_in_slack else _workspace(settings, policy, clock)
    messengers: list[Messenger] = [slack.messenger] if slack else []
    messengers += [LocalMessenger(platform)] if platform else []
    front = FrontDoor(store, desk, reception)
    worker = Worker(store, clock, gallery, front, messengers, platforms=names)
    local = None
    if platform is not None:
        local = platform, workspace.door(platform, reception, store, movable, policy, worker)
    parts = Parts(
        settings=settings,
        policy=policy,
        store=store,
        clock=clock,
        desk=desk,
        gallery=gallery,
        reception=reception,
        worker=worker,
        local=local,
        slack=slack,
    )
    _introduce(parts)
    return parts


def _slack(
    settings: Settings, store: Store, reception: Reception, policy: PolicySource
) -> SlackPlatform | None:
    # Its libraries take half a second to import, which only desks in Slack spend.
    from chatdesk.bootstrap import slack  # noqa: PLC0415

    access = slack.access(settings)
    return slack.platform(access, store, reception, policy) if access else None


def _workspace(settings: Settings, policy: PolicySource, clock: Clock) -> LocalPlatform:
    file = settings.data_dir / "workspace.sqlite3"
    return LocalPlatform(file, now=clock.now, channels=workspace.channels(policy))


async def run(
    settings: Settings,
    policy: PolicySource,
    *,
    only: str | None = None,
    started: Callable[[str], None] = lambda _: None,
) -> None:
    """Run the desk until SIGTERM or SIGINT; `only` web or worker runs that half alone.

    `started` is told the address to open, or an empty text where no page is served. Everything
    under way is ended or given back within ten seconds; a second signal ends the process at once.
    """
    parts = assemble(settings, policy)
    # What was made so far stays. A full collection that walks through it all holds up the event
    # loop for 90 ms; one that passes it over takes a tenth of that.
    gc.collect()
    gc.freeze()
    ticks = Ticks()
    ticks.every(POLICY_EVERY, lambda: asyncio.to_thread(_refresh, parts), name="policy")
    try:
        async with _until_told_to_stop() as stopping:
            ticks.start()
            tasks = set()
            if only != "web":
                tasks.add(asyncio.create_task(_work(parts, ticks), name="work"))
            if only != "worker":
                tasks.add(asyncio.create_task(_serve(parts, started), name="serve"))
            else:
                started("")
            if parts.slack is not None and only != "worker":
                tasks.add(asyncio.create_task(parts.slack.run(), name="slack"))
            tasks.add(asyncio.create_task(_wait(stopping), name="stop"))
            done, running = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            for task in done:
                task.result()
    finally:
        await ticks.stop()
        parts.close()


async def _wait(stopping: asyncio.Event) -> None:
    await stopping.wait()


async def _work(parts: Parts, ticks: Ticks) -> None:
    forget = parts.store.listen(parts.worker.wake)
    try:
        await parts.worker.run(ticks)
    finally:
        forget()


def _refresh(parts: Parts) -> None:
    if parts.policy.refresh():
        with suppress(StoreUnavailable):
            parts.desk.reckon_anew()
    if parts.local is not None:
        workspace.refresh(parts.platform, parts.policy)
    if isinstance(parts.clock, MovableClock):
        with suppress(StoreUnavailable):
            parts.clock.reload()


async def _serve(parts: Parts, started: Callable[[str], None]) -> None:
    doors = _doors(parts)
    app = build_app(
        routers=[door.router for door in doors],
        is_ready=lambda: _obstacles(parts.store),
        body_limits=dict(item for door in doors for item in door.body_limits.items()),
    )
    tell = started if parts.local else lambda _: started("")
    await serve(app, parts.settings.host, parts.settings.port, started=tell)


def _doors(parts: Parts) -> list[LocalDoor | HttpFront]:
    doors: list[LocalDoor | HttpFront] = [parts.door] if parts.local else []
    if parts.slack is not None and parts.slack.front is not None:
        doors.append(parts.slack.front)
    return doors


def _obstacles(store: Store) -> tuple[str, ...]:
    try:
        store.read(lambda tx: tx.marks.get("time_moved"))
    except StoreUnavailable:
        return ("The database does not answer.",)
    return ()


@asynccontextmanager
async def _until_told_to_stop() -> AsyncIterator[asyncio.Event]:
    """Hear SIGTERM and SIGINT; the second one has its usual effect, at once."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(name)
        stopping.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)
    yield stopping


class _WordingInForce:
    """The wording of the policy in force, made anew only when the policy has changed."""

    def __init__(self, policy: PolicySource) -> None:
        self._policy = policy
        self._made_for: object = None
        self._wording = Wording()

    def __call__(self) -> Wording:
        current = self._policy.current
        if current is not self._made_for:
            self._wording = Wording(current.wording)
            self._made_for = current
        return self._wording


class _Told:
    """A clock that says what it is told."""

    def __init__(self, time: Callable[[], datetime]) -> None:
        self.now = time


def _movable_clock(store: Store, base: Clock) -> MovableClock:
    def load() -> str | None:
        return store.read(lambda tx: tx.marks.get("time_moved"))

    def save(moved: str) -> None:
        store.write(lambda tx: tx.marks.set("time_moved", moved))

    return MovableClock(base, load=load, save=save)


def _introduce(parts: Parts) -> None:
    """Let the desk know the workspace's people before they say a word, and plan the digests."""
    for person in parts.platform.people.values() if parts.local else ():
        visitor = Visitor(
            handle=person.handle, name=person.name, zone=person.zone, locale=person.locale
        )
        parts.reception.person(visitor)
    parts.store.write(lambda tx: digests.schedule(tx, parts.desk.now()))
