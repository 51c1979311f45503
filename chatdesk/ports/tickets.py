"""Tickets, their records, and how they are found again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chatdesk.lifecycle.facts import Fact
from chatdesk.lifecycle.ticket import PersonId, QueueName, Status, Ticket


class Stale(Exception):
    """Somebody else changed the ticket since it was loaded; decide again from its new state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A fact in its place in a ticket's record; `seq` starts at 1 and has no gaps."""

    seq: int
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketQuery:
    """Which tickets a list shows, newest first unless `by_due`; None means any.

    `visible_queues` are the queues whose confidential tickets may appear; `visible_person` is a
    requester or watcher whose own confidential tickets may. `sees_all_open` admits tickets that
    are not confidential; without it only the person's own appear. `number_begins` are the first
    digits of a number; empty means any.
    """

    visible_person: PersonId
    visible_queues: frozenset[QueueName] = frozenset()
    sees_all_open: bool = False
    statuses: frozenset[Status] | None = None
    queues: frozenset[QueueName] | None = None
    assignee: PersonId | None = None
    is_unassigned: bool | None = None
    requester: PersonId | None = None
    watcher: PersonId | None = None
    due_before: datetime | None = None
    topic: str | None = None
    opened_from: datetime | None = None
    opened_until: datetime | None = None
    number_begins: str = ""
    by_due: bool = False
    after: tuple[str, int] | None = None
    limit: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A ticket in a list, and when it is next due by its agreement, as kept when it was saved."""

    ticket: Ticket
    due_at: datetime | None


class Tickets(Protocol):
    """Tickets and their records."""

    def next_number(self) -> int:
        """Return a number never returned before."""

    def load(self, number: int, *, to_change: bool = False) -> Ticket | None:
        """Return the ticket; `to_change` keeps others from changing it until this unit ends."""

    def insert(self, ticket: Ticket, facts: Sequence[Fact], *, due_at: datetime | None) -> None:
        """Keep a new ticket and the facts that made it; `due_at` is its next SLA due time."""

    def save(
        self, ticket: Ticket, facts: Sequence[Fact], *, before: int, due_at: datetime | None
    ) -> None:
        """Keep a changed ticket and its new facts; Stale unless its version was `before`."""

    def record(self, number: int) -> list[Recorded]:
        """Return the whole record, oldest first."""

    def fact(self, number: int, seq: int) -> Fact | None:
        """Return one fact of a record."""

    def earlier(self, ticket: Ticket) -> int:
        """Count the tickets its requester opened before this one."""

    def successors(self, number: int) -> tuple[int, ...]:
        """Return the numbers of tickets opened as `follow_up_of` this one, oldest first."""

    def find(self, query: TicketQuery) -> list[Ticket]:
        """Return a page of tickets."""

    def listed(self, query: TicketQuery) -> list[Listed]:
        """Return a page of tickets, each with its next SLA due time."""

    def numbered(self, numbers: Iterable[int]) -> list[Listed]:
        """Return the tickets of these numbers, in their order; those not found are left out."""

    def count(self, query: TicketQuery) -> int:
        """Count the tickets a query has on all its pages."""

    def unsolved_of(self, person: PersonId) -> tuple[int, ...]:
        """Return the numbers of a requester's unsolved tickets, newest first."""

    def unsolved_by_queue(self) -> dict[QueueName, int]:
        """Count the unsolved tickets of each queue that has any."""

    def opened(self, person: PersonId, since: datetime) -> tuple[tuple[int, ...], int]:
        """Return a requester's unsolved tickets, newest first, and how many they opened since."""

    def children_unsolved(self, number: int) -> tuple[int, ...]:
        """Return the numbers of a ticket's unsolved children."""

    def last_follow_up_at(self, person: PersonId) -> datetime | None:
        """Return when a requester was last asked whether a ticket stayed fixed."""

    def workload(self, agents: Iterable[PersonId]) -> dict[PersonId, tuple[int, datetime | None]]:
        """Return each agent's count of unsolved tickets and when they were last given one."""

    def active_between(self, start: datetime, end: datetime) -> Iterable[Ticket]:
        """Return tickets unsolved at some moment in [start, end), for figures; unordered."""

    def recorded_between(
        self, kinds: frozenset[str], start: datetime, end: datetime
    ) -> Iterable[tuple[int, Fact]]:
        """Return (number, fact) of these kinds with `at` in [start, end), oldest first."""


class Search(Protocol):
    """Words of tickets, found again."""

    def index(self, number: int, words: str, *, public: str) -> None:
        """Add words to a ticket; `public` are those its requester may find it by."""

    def index_anew(self, number: int, words: str, *, public: str) -> None:
        """Make these all the words of a ticket: whatever else it was found by is forgotten."""

    def find(self, text: str, query: TicketQuery, limit: int) -> list[int]:
        """Return numbers of visible tickets that match every word, best and newest first.

        Of the query its conditions count, and the ticket `after` which to go on.
        """
