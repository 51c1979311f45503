"""What the stories about the store are made of: people, tickets and the steps they take."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from chatdesk.adapters.db import SqlStore
from chatdesk.lifecycle.facts import (
    Assigned,
    Closed,
    Fact,
    Reopened,
    Resolved,
    TextRef,
    WatcherAdded,
)
from chatdesk.lifecycle.intake import Opened
from chatdesk.lifecycle.record import evolve, fold
from chatdesk.lifecycle.ticket import (
    CloseReason,
    Door,
    EntryId,
    PersonId,
    Priority,
    QueueName,
    ResolutionCode,
    Ticket,
    TopicName,
)
from chatdesk.ports import TicketQuery, Transaction

MARA, JO, SAM, LEA = (PersonId(name) for name in ("mara", "jo", "sam", "lea"))
IT, HR = QueueName("it"), QueueName("hr")
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOW = timedelta()
A_MINUTE = timedelta(minutes=1)

EVERYTHING = TicketQuery(
    visible_person=LEA, visible_queues=frozenset({IT, HR}), sees_all_open=True, limit=100
)


def opening(
    number: int,
    *,
    by: PersonId = MARA,
    queue: QueueName = IT,
    at: datetime = MONDAY,
    topic: str = "laptop",
    is_confidential: bool = False,
    requester: PersonId | None = None,
    follow_up_of: int | None = None,
) -> Opened:
    """The fact that a ticket was opened."""
    return Opened(
        at=at,
        by=by,
        number=number,
        requester=requester or by,
        door=Door.FORM,
        zone="Europe/Berlin",
        topic=TopicName(topic),
        queue=queue,
        priority=Priority.MEDIUM,
        is_confidential=is_confidential,
        summary=TextRef(EntryId(f"summary-{number}"), "0"),
        details=None,
        answers=None,
        follow_up_of=follow_up_of,
    )


def assigned(agent: PersonId, at: datetime = MONDAY + HOUR) -> Assigned:
    """An agent takes the ticket."""
    return Assigned(at=at, by=agent, agent=agent, before=None)


def watched(person: PersonId, at: datetime = MONDAY + HOUR) -> WatcherAdded:
    """A person follows the ticket."""
    return WatcherAdded(at=at, by=person, person=person)


def resolved(ticket: Ticket, at: datetime) -> Resolved:
    """An agent says it is fixed."""
    return Resolved(at=at, by=JO, code=ResolutionCode.FIXED, summary=None, before=ticket.status)


def closed(ticket: Ticket, at: datetime) -> Closed:
    """The requester agrees."""
    return Closed(at=at, by=MARA, reason=CloseReason.CONFIRMED, before=ticket.status)


def reopened(ticket: Ticket, at: datetime, assignee: PersonId | None = JO) -> Reopened:
    """It was not fixed after all."""
    return Reopened(at=at, by=MARA, before=ticket.status, why=None, assignee=assignee)


@dataclass(frozen=True)
class Desk:
    """The steps of a story, each in a transaction of its own."""

    store: SqlStore

    def open(self, *more: Fact, due_at: datetime | None = None, **how: object) -> Ticket:
        """Open a ticket, with more facts in the same moment."""
        number = self.store.write(lambda tx: tx.tickets.next_number())
        facts = [opening(number, **how), *more]  # type: ignore[arg-type]  # fields of the fact
        ticket = fold(facts)
        self.store.write(lambda tx: tx.tickets.insert(ticket, facts, due_at=due_at))
        return ticket

    def then(self, ticket: Ticket, *facts: Fact, due_at: datetime | None = None) -> Ticket:
        """Let something happen to a ticket."""
        changed = evolve(ticket, facts)
        self.store.write(
            lambda tx: tx.tickets.save(changed, facts, before=ticket.version, due_at=due_at)
        )
        return changed

    def list(self, query: TicketQuery = EVERYTHING, **how: object) -> list[int]:
        """The numbers a list shows."""
        asked = replace(query, **how)  # type: ignore[arg-type]  # fields of a query
        return [ticket.number for ticket in self.store.read(lambda tx: tx.tickets.find(asked))]

    def put(self, lane: str, *notices: str, after: timedelta = NOW) -> None:
        """Put notices into a lane."""

        def work(tx: Transaction) -> None:
            for notice in notices:
                tx.outbox.put(lane, notice, None, {}, after=after)

        self.store.write(work)


def numbers(tickets: Sequence[Ticket]) -> list[int]:
    """The numbers of tickets."""
    return [ticket.number for ticket in tickets]
