"""What all targets share: a cycle that begins and may be met, and a clock in working time.

Clocks stand still while somebody else is asked or nothing is left to do. What is promised in days
is turned into the working time of those days, so that shares and pauses mean the same for every
promise: a pause of so much working time makes a ticket due by exactly so much working time later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from chatdesk.lifecycle.calendar import Calendar, after, calendar_for
from chatdesk.lifecycle.policy import Policy, SlaTargets, Wait
from chatdesk.lifecycle.ticket import PAUSING, Priority, QueueName, Status, Ticket, stretches

RESTING = PAUSING | {Status.RESOLVED, Status.CLOSED}
"""The statuses in which every clock stands still, because nobody waits for us."""

Break = tuple[datetime, datetime | None]
"""From when until when clocks stood still; None if they still do."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """One time that a target applies: since when, which names it too, and when it was met."""

    since: datetime
    met_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Something an agreement may promise: where it says so, and when the clock of it runs.

    `cycle` answers None as long as the target does not apply to a ticket.
    """

    name: str
    promised: Callable[[SlaTargets], Wait | None]
    cycle: Callable[[Ticket], Cycle | None]


class State(StrEnum):
    """How much of the promised time is over: what a card's colour and words tell."""

    PLAIN = "plain"
    HALF = "50"
    MOST = "75"
    NEARLY_ALL = "90"
    BREACHED = "breached"


STATES = {50: State.HALF, 75: State.MOST, 90: State.NEARLY_ALL, 100: State.BREACHED}
"""The percentages that are warned of, the last being the breach, and what is reached with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The clock of a target on one ticket.

    `due_at` is None while a pause keeps the ticket from being due; what was due before the pause
    stays due. `met_at` is None while it runs. `allowed` is the working time promised, which passes
    outside the `breaks`.
    """

    target: str
    since: datetime
    due_at: datetime | None
    met_at: datetime | None
    allowed: timedelta
    breaks: tuple[Break, ...]
    calendar: Calendar = field(repr=False)

    @property
    def is_paused(self) -> bool:
        """It stands still at present."""
        return any(end is None for _, end in self.breaks)

    def reached_at(self, percent: int) -> datetime | None:
        """The moment at which that share of the time is over; None while a pause keeps it away."""
        share = self.allowed * percent / 100
        return self.calendar.due(self.since, share, self.breaks)


def state(clock: Clock, now: datetime) -> State:
    """How far the clock is at `now`."""
    for percent in sorted(STATES, reverse=True):
        reached_at = clock.reached_at(percent)
        if reached_at is not None and reached_at <= now:
            return STATES[percent]
    return State.PLAIN


def clock_of(target: Target, ticket: Ticket, policy: Policy) -> Clock | None:
    """The clock of a target, running or met; None if it is not promised or does not apply.

    Policy, priority and queue of today decide about the whole cycle: changing them loses nothing
    of the time that has passed, for it is counted anew from the history.
    """
    wait = promise(target, policy, ticket.queue, ticket.priority)
    cycle = target.cycle(ticket)
    if wait is None or cycle is None:
        return None
    calendar = calendar_for(policy, ticket.queue)
    allowed = working_time(calendar, cycle.since, wait)
    breaks = stretches(ticket, RESTING)
    return Clock(
        target=target.name,
        since=cycle.since,
        due_at=calendar.due(cycle.since, allowed, breaks),
        met_at=cycle.met_at,
        allowed=allowed,
        breaks=tuple(breaks),
        calendar=calendar,
    )


def promise(target: Target, policy: Policy, queue: QueueName, priority: Priority) -> Wait | None:
    """What the agreement of this queue says about the target; None if nothing."""
    return target.promised(policy.sla[policy.queue(queue).sla].targets(priority))


def working_time(calendar: Calendar, start: datetime, wait: Wait) -> timedelta:
    """What a promise from `start` on amounts to: the next days have the hours they are open."""
    return calendar.elapsed(start, after(calendar, start, wait)) if wait.days else wait.time


def worked(
    calendar: Calendar, start: datetime, end: datetime, breaks: Iterable[Break]
) -> timedelta:
    """The working time from `start` to `end` outside the breaks."""
    total, reached = timedelta(), start
    for begin, until in sorted(breaks, key=lambda pause: pause[0]):
        total += calendar.elapsed(reached, min(begin, end))
        reached = max(reached, begin, until or end)
    return total + calendar.elapsed(reached, end)
