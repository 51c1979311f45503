"""The wiring of the local workspace: its channels, its files, and its time machine."""

from __future__ import annotations

from datetime import datetime, timedelta

from chatdesk.adapters.clock import MovableClock
from chatdesk.adapters.local.door import LocalDoor
from chatdesk.adapters.local.files import FileLimits
from chatdesk.adapters.local.people import PLATFORM
from chatdesk.adapters.local.platform import LocalPlatform
from chatdesk.config import PolicySource
from chatdesk.lifecycle.calendar import calendar_for
from chatdesk.lifecycle.ticket import QueueName
from chatdesk.ports import Store, Transaction
from chatdesk.reception import Reception
from chatdesk.worker import Worker


def channels(policy: PolicySource) -> dict[str, frozenset[str]]:
    """Return the workspace's channels: the basic ones, and each queue's home with its agents.

    Nobody else is in a queue's home, managers neither: private tickets are told of there.
    """
    channels = {
        "general": frozenset({"*"}),
        "helpdesk-managers": frozenset(policy.current.managers),
    }
    for name, queue in policy.current.queues.items():
        home = queue.home.get(PLATFORM, name)
        channels[home] = channels.get(home, frozenset()) | {*queue.agents, *queue.leads}
    return channels


def refresh(platform: LocalPlatform, policy: PolicySource) -> None:
    """Let the channels follow a policy that has changed: who is in them, and new queues' homes."""
    wanted = channels(policy)
    if wanted == platform.channels:
        return
    platform.channels = wanted
    for channel in wanted:
        platform.open_channel(channel)


def door(
    platform: LocalPlatform,
    reception: Reception,
    store: Store,
    clock: MovableClock,
    policy: PolicySource,
    worker: Worker,
) -> LocalDoor:
    """Return the workspace's routes, connected to the desk behind them."""

    def keep_file(name: str, media_type: str, content: bytes, handle: str) -> str:
        def keep(tx: Transaction) -> str:
            person = tx.people.by_handle(handle)
            if person is None:
                message = f"nobody is known by {handle}"
                raise LookupError(message)
            return tx.attachments.add(
                name=name, media_type=media_type, content=content, by=person.person
            )

        return store.write(keep)

    def read_file(attachment: str, handle: str) -> tuple[str, str, bytes] | None:
        if not reception.may_read_file(handle, attachment):
            return None

        def look(tx: Transaction) -> tuple[str, str, bytes] | None:
            described = tx.attachments.describe([attachment]).get(attachment)
            content = tx.attachments.content(attachment)
            return (*described[:2], content) if described and content is not None else None

        return store.read(look)

    def move_time(step: str) -> datetime:
        moved_to = clock.move(_span(step, clock.now(), policy))
        worker.wake()
        return moved_to

    def file_limits() -> FileLimits:
        caps = policy.current.attachments
        return FileLimits(size=caps.max_bytes, count=caps.max_files)

    return LocalDoor(
        platform,
        receive=reception.receive,
        keep_file=keep_file,
        read_file=read_file,
        completions=reception.completions,
        meet=reception.person,
        move_time=move_time,
        file_limits=file_limits,
    )


def _span(step: str, now: datetime, policy: PolicySource) -> timedelta:
    """Return how far a step of the time machine leads, by the hours of the first queue."""
    spans = {"15m": timedelta(minutes=15), "4h": timedelta(hours=4)}
    if step in spans:
        return spans[step]
    queue = QueueName(next(iter(policy.current.queues), ""))
    days = int(step.removesuffix("wd"))
    return calendar_for(policy.current, queue).add_days(now, days) - now
