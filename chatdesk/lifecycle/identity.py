"""One person with accounts on several platforms: whose a ticket is once two people became one.

Nothing is rewritten: the record says who acted then, and a fact of today says who that is now.
What came with an account goes back with it, so the fact keeps what the person was to the ticket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from chatdesk.lifecycle.facts import Fact
from chatdesk.lifecycle.ticket import CLOCK, PersonId, Ticket

Swap = Callable[[Ticket, PersonId, PersonId], Ticket]


def _hold(ticket: Ticket, before: PersonId, after: PersonId) -> Ticket:
    if ticket.hold is None or ticket.hold.approver != before:
        return ticket
    return replace(ticket, hold=replace(ticket.hold, approver=after))


def _resolution(ticket: Ticket, before: PersonId, after: PersonId) -> Ticket:
    if ticket.resolution is None or ticket.resolution.by != before:
        return ticket
    return replace(ticket, resolution=replace(ticket.resolution, by=after))


def _watchers(ticket: Ticket, before: PersonId, after: PersonId) -> Ticket:
    if before not in ticket.watchers:
        return ticket
    return replace(ticket, watchers=(ticket.watchers - {before}) | {after})


def _requester(ticket: Ticket, before: PersonId, after: PersonId) -> Ticket:
    return replace(ticket, requester=after) if ticket.requester == before else ticket


def _opener(ticket: Ticket, before: PersonId, after: PersonId) -> Ticket:
    return replace(ticket, opened_by=after) if ticket.opened_by == before else ticket


def _assignee(ticket: Ticket, before: PersonId, after: PersonId) -> Ticket:
    return replace(ticket, assignee=after) if ticket.assignee == before else ticket


PARTS: dict[str, Swap] = {
    "requester": _requester,
    "opener": _opener,
    "assignee": _assignee,
    "watcher": _watchers,
    "approver": _hold,
    "resolver": _resolution,
}
"""What somebody can be to a ticket, and how another takes that part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReplaced(Fact):
    """Somebody's accounts became one person's, or part again: `after` is what `before` was.

    `parts` are names of `PARTS`: a ticket that goes back takes no more along than came with it.
    """

    kind: ClassVar[str] = "person_replaced"

    before: PersonId
    after: PersonId
    parts: tuple[str, ...]

    def apply(self, ticket: Ticket) -> Ticket:
        """Let the other person be what this one was."""
        for part in self.parts:
            ticket = PARTS[part](ticket, self.before, self.after)
        return ticket


def replaced(
    ticket: Ticket,
    before: PersonId,
    after: PersonId,
    at: datetime,
    parts: Iterable[str] = tuple(PARTS),
) -> PersonReplaced | None:
    """Return that one person is now what another was to a ticket; None if that was nothing."""
    held = tuple(one for one in parts if PARTS[one](ticket, before, after) != ticket)
    if not held:
        return None
    return PersonReplaced(at=at, by=CLOCK, before=before, after=after, parts=held)


def came_with(record: Iterable[Fact], person: PersonId) -> tuple[str, ...]:
    """Return what a person was to a ticket when they last became somebody else, if they did."""
    found = [
        fact.parts for fact in record if isinstance(fact, PersonReplaced) and fact.before == person
    ]
    return found[-1] if found else ()
