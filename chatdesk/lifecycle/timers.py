"""What time will do to a ticket: every due time, computed from its state and never kept by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from chatdesk.lifecycle.assignment import AskIdleOwner, ReleaseIdle, Route, TellLeadUnclaimed
from chatdesk.lifecycle.calendar import Calendar, after, calendar_for
from chatdesk.lifecycle.closure import CloseUnconfirmed
from chatdesk.lifecycle.followup import AskFollowUp, fits_the_day
from chatdesk.lifecycle.investigation import Nudge, Wake, WarnSla
from chatdesk.lifecycle.policy import Policy, Queue, Routing
from chatdesk.lifecycle.resolution import RemindToConfirm, ResolveSilent
from chatdesk.lifecycle.sla import Clock, clocks, owed
from chatdesk.lifecycle.step import Command
from chatdesk.lifecycle.ticket import UNCOUNTED, Priority, Status, Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A command and the moment, aware UTC, from which the clock may give it."""

    due_at: datetime
    command: Command


def timers(
    ticket: Ticket, policy: Policy, running: tuple[Clock, ...] | None = None
) -> dict[str, Timer]:
    """Return everything time will do to this ticket if nobody else does anything, by name.

    `running` are the ticket's clocks if they are known already, for they take time to work out.
    """
    calendar = calendar_for(policy, ticket.queue)
    found: dict[str, Timer] = {}
    if ticket.is_unsolved:
        found |= _next_warnings(ticket, clocks(ticket, policy) if running is None else running)
    if ticket.status in {Status.NEW, Status.OPEN}:
        found |= _attention(ticket, policy, calendar)
    if ticket.status is Status.WAITING:
        found |= _silence(ticket, policy, calendar)
    if ticket.status is Status.ON_HOLD and ticket.hold is not None:
        found["wake"] = Timer(due_at=ticket.hold.wake_at, command=Wake())
    if ticket.status is Status.RESOLVED:
        found |= _confirmation(ticket, policy, calendar)
    if ticket.status is Status.CLOSED:
        found |= _follow_up(ticket, policy, calendar)
    return found


def due_command(name: str, ticket: Ticket, policy: Policy, now: datetime) -> Command | None:
    """Return what the timer of that name does at `now`; None if it is no longer due.

    Of several warnings of one target that are due together, after a downtime, only the gravest
    is given.
    """
    timer = timers(ticket, policy).get(name)
    if timer is None or timer.due_at > now:
        return None
    if not isinstance(timer.command, WarnSla):
        return timer.command
    target = timer.command.target
    return max(
        (
            warning.command
            for clock in clocks(ticket, policy)
            if clock.target == target
            for warning in _warnings(ticket, clock)
            if warning.due_at <= now
        ),
        key=lambda warning: warning.percent,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Warning:
    due_at: datetime
    command: WarnSla


def _warnings(ticket: Ticket, clock: Clock) -> Iterator[_Warning]:
    """Return every warning still to come of one of the ticket's clocks, the mildest first."""
    for percent, due_at in owed(ticket, clock):
        command = WarnSla(
            target=clock.target,
            percent=percent,
            since=clock.since,
            due_at=clock.due_at or due_at,
        )
        yield _Warning(due_at=due_at, command=command)


def _next_warnings(ticket: Ticket, running: tuple[Clock, ...]) -> dict[str, Timer]:
    """Return each target's next warning alone: the one after it is computed when this was given."""
    found = {}
    for clock in running:
        first = next(_warnings(ticket, clock), None)
        if first is not None:
            name = f"sla:{clock.target}:{first.command.percent}"
            found[name] = Timer(due_at=first.due_at, command=first.command)
    return found


def _attention(ticket: Ticket, policy: Policy, calendar: Calendar) -> dict[str, Timer]:
    queue = policy.queue(ticket.queue)
    if ticket.assignee is None:
        return _unclaimed(ticket, queue, calendar)
    active_at = ticket.last_agent_at or ticket.assigned_at or ticket.opened_at
    due_at = after(calendar, max(active_at, ticket.since), queue.idle_after)
    command = ReleaseIdle() if ticket.is_owner_asked else AskIdleOwner()
    return {"idle": Timer(due_at=due_at, command=command)}


def _unclaimed(ticket: Ticket, queue: Queue, calendar: Calendar) -> dict[str, Timer]:
    since, found = ticket.unassigned_since, dict[str, Timer]()
    if since is None:
        return found
    if ticket.is_unrouted and queue.routing is not Routing.MANUAL:
        found["route"] = Timer(due_at=calendar.next_open(since), command=Route())
    if not ticket.is_lead_told:
        due_at = after(calendar, since, queue.unclaimed_after)
        found["unclaimed"] = Timer(due_at=due_at, command=TellLeadUnclaimed())
    return found


def _silence(ticket: Ticket, policy: Policy, calendar: Calendar) -> dict[str, Timer]:
    silence = policy.silence
    if ticket.nudges_sent < len(silence.nudges):
        due_at = after(calendar, ticket.since, silence.nudges[ticket.nudges_sent])
        return {"nudge": Timer(due_at=due_at, command=Nudge())}
    all_arrived = len(ticket.nudges) >= len(silence.nudges)
    ends = all_arrived and silence.resolve_after and ticket.priority is not Priority.CRITICAL
    if not ends or not silence.resolve_after:
        return {}
    last = ticket.nudges[-1] if ticket.nudges else ticket.since
    due_at = after(calendar, last, silence.resolve_after)
    return {"silence": Timer(due_at=due_at, command=ResolveSilent())}


def _confirmation(ticket: Ticket, policy: Policy, calendar: Calendar) -> dict[str, Timer]:
    resolution = ticket.resolution
    if resolution is None or ticket.has_unread_after_resolution:
        return {}
    since = max(resolution.waits_since or resolution.at, ticket.last_public_at or resolution.at)
    closes_at = after(calendar, since, policy.after_resolution.confirm_within)
    found = {"auto_confirm": Timer(due_at=closes_at, command=CloseUnconfirmed())}
    if resolution.reminded_at is None:
        half = calendar.elapsed(since, closes_at) / 2
        half_way = calendar.add(since, half)
        found["confirm_reminder"] = Timer(due_at=half_way, command=RemindToConfirm())
    return found


def _follow_up(ticket: Ticket, policy: Policy, calendar: Calendar) -> dict[str, Timer]:
    closing, follow_up = ticket.closing, ticket.follow_up
    done = follow_up.is_stopped or follow_up.asked_at is not None
    if closing is None or closing.reason in UNCOUNTED or done:
        return {}
    if not policy.topic(ticket.topic).follow_up:
        return {}
    rules = policy.after_resolution
    earliest = after(calendar, closing.at, rules.follow_up_after)
    if follow_up.not_before:
        earliest = max(earliest, follow_up.not_before)
    due_at = fits_the_day(earliest, ticket.zone, rules.follow_up_from, rules.follow_up_until, None)
    return {"follow_up": Timer(due_at=due_at, command=AskFollowUp())}
