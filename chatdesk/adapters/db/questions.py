"""What is asked of tickets and their records without changing them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, literal, select, union_all

from chatdesk.adapters.db import listing
from chatdesk.adapters.db.columns import NEVER, Moment
from chatdesk.adapters.db.schema import assignments, tickets
from chatdesk.adapters.db.schema import facts as recorded
from chatdesk.adapters.db.unit import Unit
from chatdesk.lifecycle.facts import Fact
from chatdesk.lifecycle.ticket import UNSOLVED, PersonId, QueueName, Ticket, stretches
from chatdesk.ports import Listed, Recorded, TicketQuery

_t, _f = tickets.c, recorded.c

_NUMBERED: Select[Any] = select(_t.state, _t.due_at).where(
    _t.number.in_(bindparam("wanted", expanding=True))
)
_RECORD = (
    select(_f.seq, _f.kind, _f.version, _f.payload)
    .where(_f.number == bindparam("the_number"))
    .order_by(_f.seq)
)
_FACT = select(_f.kind, _f.version, _f.payload).where(
    _f.number == bindparam("the_number"), _f.seq == bindparam("the_seq")
)
_EARLIER = select(func.count()).where(
    _t.requester == bindparam("person"), _t.number < bindparam("the_number")
)
_SUCCESSORS = (
    select(_t.number).where(_t.follow_up_of == bindparam("the_number")).order_by(_t.number)
)
_UNSOLVED_OF = (
    select(_t.number)
    .where(_t.requester == bindparam("person"), _t.is_unsolved)
    .order_by(_t.number.desc())
)
_UNSOLVED_BY_QUEUE = select(_t.queue, func.count()).where(_t.is_unsolved).group_by(_t.queue)
_OPENED = union_all(
    select(_t.number, literal(0).label("opened")).where(
        _t.requester == bindparam("person"), _t.is_unsolved
    ),
    select(literal(0), func.count()).where(
        _t.opened_by == bindparam("person"), _t.opened_at >= bindparam("since")
    ),
)
_CHILDREN = (
    select(_t.number)
    .where(_t.parent == bindparam("the_number"), _t.is_unsolved)
    .order_by(_t.number)
)
_LAST_FOLLOW_UP = select(func.max(_t.follow_up_asked_at)).where(
    _t.requester == bindparam("person"), _t.follow_up_asked_at.is_not(None)
)
_LOADS = (
    select(_t.assignee, func.count())
    .where(_t.is_unsolved, _t.assignee.in_(bindparam("agents", expanding=True)))
    .group_by(_t.assignee)
)
_LAST_GIVEN = select(func.max(assignments.c.at)).where(assignments.c.person == bindparam("agent"))
_SPAN = _t.opened_at < bindparam("end", type_=Moment)
_ACTIVE = (
    union_all(
        select(_t.state).where(_t.is_unsolved, _SPAN),
        select(_t.state).where(_t.solved_at >= bindparam("start", type_=Moment), _SPAN),
    )
).execution_options(yield_per=500)
_RECORDED = (
    select(_f.number, _f.kind, _f.version, _f.payload)
    .where(
        _f.kind.in_(bindparam("kinds", expanding=True)),
        _f.at >= bindparam("start", type_=Moment),
        _f.at < bindparam("end", type_=Moment),
    )
    .order_by(_f.at, _f.number, _f.seq)
    .execution_options(yield_per=500)
)


class SqlTicketQuestions:
    """The questions of `chatdesk.ports.Tickets`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._connection = unit.connection

    def record(self, number: int) -> list[Recorded]:
        """Return the whole record, oldest first."""
        load = self._unit.codec.load_fact
        return [
            Recorded(seq=row.seq, fact=load(row.kind, row.version, row.payload))
            for row in self._connection.execute(_RECORD, {"the_number": number})
        ]

    def fact(self, number: int, seq: int) -> Fact | None:
        """Return one fact of a record."""
        wanted = {"the_number": number, "the_seq": seq}
        row = self._connection.execute(_FACT, wanted).one_or_none()
        if row is None:
            return None
        return self._unit.codec.load_fact(row.kind, row.version, row.payload)

    def earlier(self, ticket: Ticket) -> int:
        """Count the tickets its requester opened before this one."""
        wanted = {"person": ticket.requester, "the_number": ticket.number}
        return self._connection.execute(_EARLIER, wanted).scalar_one()

    def successors(self, number: int) -> tuple[int, ...]:
        """Return the numbers of tickets opened as `follow_up_of` this one, oldest first."""
        return tuple(self._connection.scalars(_SUCCESSORS, {"the_number": number}))

    def find(self, query: TicketQuery) -> list[Ticket]:
        """Return a page of tickets."""
        return [one.ticket for one in self.listed(query)]

    def listed(self, query: TicketQuery) -> list[Listed]:
        """Return a page of tickets, each with its next SLA due time."""
        near = listing.near(self._connection, query)
        found = self._connection.execute(listing.page(query, near), listing.values(query, near))
        return [self._listed(row) for row in found]

    def numbered(self, numbers: Iterable[int]) -> list[Listed]:
        """Return the tickets of these numbers, in their order; those not found are left out."""
        wanted = list(numbers)
        if not wanted:
            return []
        rows = self._connection.execute(_NUMBERED, {"wanted": wanted})
        found = [self._listed(row) for row in rows]
        places = {number: place for place, number in enumerate(wanted)}
        return sorted(found, key=lambda one: places[one.ticket.number])

    def _listed(self, row: Row[Any]) -> Listed:
        due_at = None if row.due_at == NEVER else row.due_at
        return Listed(ticket=self._unit.codec.load_ticket(row.state), due_at=due_at)

    def count(self, query: TicketQuery) -> int:
        """Count the tickets a query has on all its pages."""
        near = listing.near(self._connection, query)
        counted = listing.count(query, near)
        return self._connection.execute(counted, listing.values(query, near)).scalar_one()

    def unsolved_of(self, person: PersonId) -> tuple[int, ...]:
        """Return the numbers of a requester's unsolved tickets, newest first."""
        return tuple(self._connection.scalars(_UNSOLVED_OF, {"person": person}))

    def unsolved_by_queue(self) -> dict[QueueName, int]:
        """Count the unsolved tickets of each queue that has any."""
        found = self._connection.execute(_UNSOLVED_BY_QUEUE)
        return {QueueName(queue): count for queue, count in found}

    def opened(self, person: PersonId, since: datetime) -> tuple[tuple[int, ...], int]:
        """Return a requester's unsolved tickets, newest first, and how many they opened since.

        What they opened for others counts among the latter.
        """
        rows = self._connection.execute(_OPENED, {"person": person, "since": since}).all()
        unsolved = sorted((row.number for row in rows if row.number), reverse=True)
        return tuple(unsolved), max(row.opened for row in rows)

    def children_unsolved(self, number: int) -> tuple[int, ...]:
        """Return the numbers of a ticket's unsolved children."""
        return tuple(self._connection.scalars(_CHILDREN, {"the_number": number}))

    def last_follow_up_at(self, person: PersonId) -> datetime | None:
        """Return when a requester was last asked whether a ticket stayed fixed."""
        asked_at: datetime | None = self._connection.execute(
            _LAST_FOLLOW_UP, {"person": person}
        ).scalar_one()
        return asked_at

    def workload(self, agents: Iterable[PersonId]) -> dict[PersonId, tuple[int, datetime | None]]:
        """Return each agent's count of unsolved tickets and when they were last given one."""
        wanted = list(dict.fromkeys(agents))
        if not wanted:
            return {}
        counted = self._connection.execute(_LOADS, {"agents": wanted})
        loads: dict[str | None, int] = dict(tuple(row) for row in counted)
        return {
            agent: (
                loads.get(agent, 0),
                self._connection.execute(_LAST_GIVEN, {"agent": agent}).scalar_one(),
            )
            for agent in wanted
        }

    def active_between(self, start: datetime, end: datetime) -> Iterator[Ticket]:
        """Return tickets unsolved at some moment in [start, end), for figures; unordered.

        One that was solved at `start` exactly is among them: its solving belongs to the span.
        Tickets come as they are read: take them before the unit ends.
        """
        for state in self._connection.scalars(_ACTIVE, {"start": start, "end": end}):
            ticket = self._unit.codec.load_ticket(state)
            if any(
                since < end and (until is None or until >= start)
                for since, until in stretches(ticket, UNSOLVED)
            ):
                yield ticket

    def recorded_between(
        self, kinds: frozenset[str], start: datetime, end: datetime
    ) -> Iterator[tuple[int, Fact]]:
        """Return (number, fact) of these kinds with `at` in [start, end), oldest first.

        Facts come as they are read: take them before the unit ends.
        """
        span = {"kinds": sorted(kinds), "start": start, "end": end}
        for row in self._connection.execute(_RECORDED, span):
            yield row.number, self._unit.codec.load_fact(row.kind, row.version, row.payload)
