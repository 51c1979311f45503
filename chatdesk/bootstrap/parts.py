"""The parts of a desk, made and handed to those who need them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from chatdesk import digests, troubles
from chatdesk.adapters import db
from chatdesk.adapters.clock import MovableClock, SystemClock
from chatdesk.adapters.local.door import LocalDoor
from chatdesk.adapters.local.messenger import LocalMessenger
from chatdesk.adapters.local.people import PLATFORM
from chatdesk.adapters.local.platform import LocalPlatform
from chatdesk.bootstrap import workspace
from chatdesk.config import PolicySource, Settings
from chatdesk.desk import Desk
from chatdesk.lifecycle import record
from chatdesk.ports import Clock, DueTimer, InboxRow, Messenger, Outgoing, Store
from chatdesk.reception import Reception
from chatdesk.showing import Gallery
from chatdesk.ui.exchange import Visitor
from chatdesk.ui.wording import COMMAND, Wording
from chatdesk.worker import Worker

if TYPE_CHECKING:
    from chatdesk.adapters.discord.platform import DiscordPlatform
    from chatdesk.adapters.slack.platform import SlackPlatform


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

    def unsaid(self, row: Outgoing) -> None:
        """Take note that of a notice nothing was left to say, or nobody to say it to."""
        self._desk.unsaid(row)

    def undelivered(self, row: Outgoing, why: str) -> None:
        """Take note that a notice will not arrive by itself."""
        self._desk.undelivered(row, why)

    def troubled(self) -> None:
        """Tell admins what broke on a platform, or works again."""
        self._store.write(lambda tx: troubles.tell(tx, self._desk.policy))

    def replay(self, row: InboxRow) -> None:
        """Do what a delivery asked for, whose effect is missing."""
        self._reception.replay(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A desk, ready to be spoken to; nothing runs yet.

    It is in Slack, in Discord, or in both; else in the local workspace, whose time machine is no
    good beside real work.
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
    discord: DiscordPlatform | None = None

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
    is_in_slack = settings.is_in_slack
    is_in_discord = settings.discord_token is not None
    outside = (*(["slack"] if is_in_slack else ()), *(["discord"] if is_in_discord else ()))
    names = outside or (PLATFORM,)
    url = settings.database.get_secret_value()
    store = db.open_store(url, record, real_time=real_time, on_statement=on_statement)
    base = SystemClock() if real_time is None else _Told(real_time)
    movable = _movable_clock(store, base)
    clock = base if outside else movable
    desk = Desk(store, clock, lambda: policy.current)
    command = settings.slack_command if is_in_slack else COMMAND
    wording = _WordingInForce(policy, command)
    gallery = Gallery(lambda: policy.current, clock, wording, names)
    reception = Reception(
        store, desk, gallery, wording, policy_broken=lambda: str(policy.broken or "")
    )
    slack = _slack(settings, store, reception, policy) if is_in_slack else None
    discord = _discord(settings, store, reception, policy, gallery, desk) if is_in_discord else None
    platform = None if outside else _workspace(settings, policy, clock)
    messengers: list[Messenger] = [slack.messenger] if slack else []
    messengers += [discord.messenger] if discord else []
    messengers += [LocalMessenger(platform)] if platform else []
    front = FrontDoor(store, desk, reception)
    worker = Worker(store, clock, gallery, front, messengers, platforms=names)
    if slack is not None:
        slack.events.is_back = partial(worker.place_is_back, "slack")
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
        discord=discord,
    )
    _introduce(parts)
    return parts


def _slack(
    settings: Settings, store: db.SqlStore, reception: Reception, policy: PolicySource
) -> SlackPlatform | None:
    # Its libraries take half a second to import, which only desks in Slack spend.
    from chatdesk.bootstrap import slack

    access = slack.access(settings)
    return slack.platform(access, store, reception, policy) if access else None


def _discord(
    settings: Settings,
    store: db.SqlStore,
    reception: Reception,
    policy: PolicySource,
    gallery: Gallery,
    desk: Desk,
) -> DiscordPlatform | None:
    # Its library takes as long to import.
    from chatdesk.bootstrap import discord, discord_threads

    access = discord.access(settings)
    threads = discord_threads.thread_side(store, policy, gallery)
    return discord.platform(access, store, reception, policy, threads, desk) if access else None


def _workspace(settings: Settings, policy: PolicySource, clock: Clock) -> LocalPlatform:
    file = settings.data_dir / "workspace.sqlite3"
    return LocalPlatform(file, now=clock.now, channels=workspace.channels(policy))


class _WordingInForce:
    """The wording of the policy in force, made anew only when the policy has changed."""

    def __init__(self, policy: PolicySource, command: str) -> None:
        self._policy = policy
        self._command = command
        self._made_for: object = None
        self._wording = Wording()

    def __call__(self) -> Wording:
        current = self._policy.current
        if current is not self._made_for:
            self._wording = Wording(current.wording, current.language, self._command)
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
