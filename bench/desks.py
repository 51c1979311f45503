"""A desk under the example policy, with as many people as a bench needs, over any database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from chatdesk.adapters import db
from chatdesk.config import PolicySource
from chatdesk.desk import Desk
from chatdesk.lifecycle import record
from chatdesk.lifecycle.facts import write
from chatdesk.lifecycle.intake import Open
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.ticket import Impact, PersonId, TopicName, Urgency
from chatdesk.ports import Store, Transaction

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""When it is at these desks: a working morning in the office of the example policy."""

TOPIC = TopicName("network")
AGENT_HANDLES = ("local:jo", "local:sam")
TOLD = (
    "Since this morning the connection drops every ten minutes, for two or three minutes at a "
    "time. It happens with the cable as well as over the air, and my colleagues have the same."
)


@cache
def example_policy() -> Policy:
    """Return the policy that a desk starts with."""
    return PolicySource(Path("no such file"), example=True).current


class BenchClock:
    """A desk's clock that passes when told to."""

    def __init__(self, at: datetime = MONDAY) -> None:
        self.at = at

    def now(self) -> datetime:
        """Return the moment."""
        return self.at

    def pass_(self, span: timedelta) -> None:
        """Let time pass."""
        self.at += span


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchDesk:
    """A desk and its people."""

    store: Store
    clock: BenchClock
    desk: Desk
    requesters: tuple[PersonId, ...]
    agents: tuple[PersonId, ...]

    def request(self, number: int) -> Open:
        """Return the command that opens a ticket; every number is another person's, in turn."""
        return Open(
            topic=TOPIC,
            summary=write(f"Connection drops every ten minutes ({number})"),
            details=write(TOLD),
            requester=self.requesters[number % len(self.requesters)],
            zone="Europe/Berlin",
            impact=Impact.TEAM,
            urgency=Urgency.TODAY,
        )


def desk_over(store: Store, requesters: int, policy: Policy | None = None) -> BenchDesk:
    """Return a desk over a store, knowing the example policy's agents and so many requesters."""
    rules, clock = policy or example_policy(), BenchClock()
    return BenchDesk(
        store=store,
        clock=clock,
        desk=Desk(store, clock, lambda: rules),
        requesters=_introduce(store, tuple(f"bench:person-{n}" for n in range(requesters))),
        agents=_introduce(store, AGENT_HANDLES),
    )


@contextmanager
def open_desk(url: str, requesters: int) -> Iterator[BenchDesk]:
    """Open a database's store with a desk over it, and close it again."""
    store = db.open_store(url, record)
    try:
        yield desk_over(store, requesters)
    finally:
        store.close()


def _introduce(store: Store, handles: tuple[str, ...]) -> tuple[PersonId, ...]:
    def work(tx: Transaction) -> tuple[PersonId, ...]:
        return tuple(
            tx.people.remember(handle, name=handle, zone="Europe/Berlin", locale="en")
            for handle in handles
        )

    return store.write(work)
