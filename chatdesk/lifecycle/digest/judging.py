"""Which targets were met or missed in a period: each once, at whichever came first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chatdesk.lifecycle.digest.period import Period
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.sla import Outcome
from chatdesk.lifecycle.sla.judgement import BREACH
from chatdesk.lifecycle.sla.target import Target, clock_of
from chatdesk.lifecycle.ticket import UNSOLVED, Ticket, stretches


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target was met in time, or missed, at that moment."""

    is_in_time: bool
    at: datetime


def was_worked_in(past: Ticket, period: Period) -> bool:
    """Whether work remained at some moment of the period; else nothing can have become due."""
    return any(
        since < period.end and (until is None or until >= period.start)
        for since, until in stretches(past, UNSOLVED)
    )


def met_in(target: Target, past: Ticket, period: Period) -> datetime | None:
    """When in the period a target was met on a ticket still being worked on; None if it was not.

    A kind word on a ticket that was solved without any is no first reply to it.
    """
    cycle = target.cycle(past)
    met_at = cycle.met_at if cycle else None
    if met_at is None or met_at not in period:
        return None
    worked = stretches(past, UNSOLVED)
    was_worked = any(since <= met_at <= (until or met_at) for since, until in worked)
    return met_at if was_worked else None


def verdict(
    target: Target, past: Ticket, outcome: Outcome, period: Period, policy: Policy
) -> Verdict | None:
    """What the clock says became of a target in the period; None if nothing did, or not in it.

    `past` is the ticket as of the period's end, `outcome` how that one is judged. A breach in the
    record speaks for itself, at its own time, and is left out here.
    """
    cycle = target.cycle(past)
    if cycle is None or outcome.is_in_time is None:
        return None
    if (target.name, BREACH, cycle.since) in {
        (one.target, one.percent, one.since) for one in past.warned
    }:
        return None
    if outcome.is_in_time:
        met_at = met_in(target, past, period)
        return Verdict(is_in_time=True, at=met_at) if met_at else None
    clock = clock_of(target, past, policy)
    due_at = clock.due_at if clock else None
    return Verdict(is_in_time=False, at=due_at) if due_at and due_at in period else None
