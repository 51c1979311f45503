"""SLA: what an agreement promises and when it is due, as pure functions of policy and history.

A target is a file of this package, a row of `TARGETS` and a field of the policy's `SlaTargets`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from chatdesk.lifecycle.calendar import calendar_for
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.sla.first_reply import FIRST_REPLY
from chatdesk.lifecycle.sla.judgement import Judgement, Outcome, judge
from chatdesk.lifecycle.sla.next_reply import NEXT_REPLY
from chatdesk.lifecycle.sla.resolution import RESOLUTION
from chatdesk.lifecycle.sla.target import (
    STATES,
    Clock,
    State,
    Target,
    clock_of,
    promise,
    state,
    working_time,
)
from chatdesk.lifecycle.sla.update import UPDATE
from chatdesk.lifecycle.ticket import Priority, QueueName, Ticket

__all__ = [
    "TARGETS",
    "Clock",
    "Judgement",
    "Outcome",
    "State",
    "clocks",
    "due_at",
    "earliest_of",
    "judge",
    "owed",
    "reply_promise",
    "state",
    "warnings",
]

TARGETS: tuple[Target, ...] = (FIRST_REPLY, NEXT_REPLY, RESOLUTION, UPDATE)
"""Everything an agreement can promise."""


def clocks(ticket: Ticket, policy: Policy) -> tuple[Clock, ...]:
    """The clocks that run on the ticket, paused ones included; none once it is resolved."""
    if not ticket.is_unsolved:
        return ()
    found = (clock_of(target, ticket, policy) for target in TARGETS)
    return tuple(clock for clock in found if clock is not None and clock.met_at is None)


def due_at(ticket: Ticket, policy: Policy) -> datetime | None:
    """The earliest due time of all running clocks, even if it is over; None if nothing is due."""
    return earliest_of(clocks(ticket, policy))


def earliest_of(running: Iterable[Clock]) -> datetime | None:
    """The earliest due time of these clocks, even if it is over; None if nothing is due."""
    return min((clock.due_at for clock in running if clock.due_at is not None), default=None)


def warnings(ticket: Ticket, policy: Policy) -> dict[tuple[str, int], datetime]:
    """When to warn of which (target, percentage), 100 being the breach; see `owed`."""
    return {
        (clock.target, percent): reached_at
        for clock in clocks(ticket, policy)
        for percent, reached_at in owed(ticket, clock)
    }


def owed(ticket: Ticket, clock: Clock) -> Iterator[tuple[int, datetime]]:
    """When to warn of which percentage of one of the ticket's running clocks, the mildest first.

    Left out is what was warned of in this cycle, or would come after something graver was, and
    what a pause keeps from coming.
    """
    cycle = (clock.target, clock.since)
    given = (one.percent for one in ticket.warned if (one.target, one.since) == cycle)
    gravest = max(given, default=0)
    for percent in STATES:
        reached_at = clock.reached_at(percent) if percent > gravest else None
        if reached_at is not None:
            yield percent, reached_at


def reply_promise(
    policy: Policy, queue: QueueName, priority: Priority, opened_at: datetime
) -> datetime | None:
    """Until when a ticket opened at that moment gets its first answer; None if not promised."""
    wait = promise(FIRST_REPLY, policy, queue, priority)
    if wait is None:
        return None
    calendar = calendar_for(policy, queue)
    return calendar.add(opened_at, working_time(calendar, opened_at, wait))
