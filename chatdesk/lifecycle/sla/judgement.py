"""How a ticket did against its agreement, for the figures: in time or not, and how long it took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chatdesk.lifecycle.calendar import calendar_for
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.sla.first_reply import FIRST_REPLY
from chatdesk.lifecycle.sla.resolution import RESOLUTION
from chatdesk.lifecycle.sla.target import RESTING, Cycle, Target, clock_of, worked
from chatdesk.lifecycle.ticket import UNCOUNTED, Ticket, stretches

BREACH = 100
"""The percentage at which a target is missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one target.

    `is_in_time` is None when nothing was promised, and while it is neither met nor missed yet.
    The durations are None until it is met: `business` is working time of the ticket's queue without
    the pauses and without the time spent resolved; `wall` is all the time from opening on, as the
    requester lived through it.
    """

    is_in_time: bool | None = None
    business: timedelta | None = None
    wall: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What figures count of one ticket."""

    first_reply: Outcome = Outcome()
    resolution: Outcome = Outcome()


def judge(ticket: Ticket, policy: Policy, now: datetime) -> Judgement:
    """Judge a ticket in any status as of `now`; one that counts in no figure has no outcomes.

    A breach once recorded stays one, whatever became of policy, priority or queue since.
    """
    if ticket.closing is not None and ticket.closing.reason in UNCOUNTED:
        return Judgement()
    return Judgement(
        first_reply=_outcome(FIRST_REPLY, ticket, policy, now),
        resolution=_outcome(RESOLUTION, ticket, policy, now),
    )


def _outcome(target: Target, ticket: Ticket, policy: Policy, now: datetime) -> Outcome:
    cycle = target.cycle(ticket)
    if cycle is None:
        return Outcome()
    is_in_time = _is_in_time(target, cycle, ticket, policy, now)
    if cycle.met_at is None:
        return Outcome(is_in_time=is_in_time)
    calendar = calendar_for(policy, ticket.queue)
    return Outcome(
        is_in_time=is_in_time,
        business=worked(calendar, cycle.since, cycle.met_at, stretches(ticket, RESTING)),
        wall=cycle.met_at - cycle.since,
    )


def _is_in_time(
    target: Target, cycle: Cycle, ticket: Ticket, policy: Policy, now: datetime
) -> bool | None:
    clock = clock_of(target, ticket, policy)
    if clock is None:
        return None
    recorded = ((one.target, one.percent, one.since) for one in ticket.warned)
    if (target.name, BREACH, cycle.since) in recorded:
        return False
    if cycle.met_at is not None:
        return clock.due_at is None or cycle.met_at <= clock.due_at
    is_missed = clock.due_at is not None and clock.due_at <= now
    return False if is_missed else None
