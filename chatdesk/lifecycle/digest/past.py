"""What a ticket was at an earlier moment, read from its history alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from chatdesk.lifecycle.ticket import (
    CLOCK,
    UNSOLVED,
    Resolution,
    ResolutionCode,
    Status,
    Stretch,
    Ticket,
)


@dataclass(frozen=True, slots=True)
class Return:
    """A resolved ticket came back to work; `was_closed` if not only resolved but closed."""

    at: datetime
    was_closed: bool


def resolutions(ticket: Ticket) -> Iterator[datetime]:
    """Every moment at which the ticket was said to be fixed.

    A merge taken back from a resolved ticket makes it resolved again, but that is none.
    """
    for before, after in pairwise(ticket.history):
        if before.status in UNSOLVED and after.status is Status.RESOLVED:
            yield after.since


def returns(ticket: Ticket) -> Iterator[Return]:
    """Every time the ticket came back after it was resolved.

    What was closed as spam or by mistake and opened again was never resolved: that is none.
    """
    was_resolved = False
    for before, after in pairwise(ticket.history):
        was_resolved = before.status is Status.RESOLVED or (
            was_resolved and before.status not in UNSOLVED
        )
        if was_resolved and after.status in UNSOLVED:
            yield Return(after.since, was_closed=before.status is Status.CLOSED)


def as_of(ticket: Ticket, moment: datetime) -> Ticket | None:
    """The ticket as it was just before that moment, for the clocks; None if it was not there yet.

    Status, history, first reply and resolution are those of then; priority, queue and people are
    those of now, for a ticket does not tell its earlier ones.
    """
    history = tuple(stretch for stretch in ticket.history if stretch.since < moment)
    if not history:
        return None
    resolved_at = _resolved_at(history)
    worked_later = any(
        stretch.since >= moment and stretch.status in UNSOLVED for stretch in ticket.history
    )
    replied_at = ticket.first_reply_at
    return replace(
        ticket,
        status=history[-1].status,
        history=history,
        first_reply_at=replied_at if replied_at and replied_at < moment else None,
        resolution=_resolution(resolved_at) if resolved_at else None,
        closing=None,
        # A breach of a ticket that was solved then and came back later may be of that later time.
        warned=() if resolved_at and worked_later else ticket.warned,
    )


def _resolved_at(history: Iterable[Stretch]) -> datetime | None:
    """Since when it is resolved, closed ones included; None if work remains or it never was."""
    since = None
    for stretch in history:
        if stretch.status in UNSOLVED:
            since = None
        elif stretch.status is Status.RESOLVED:
            since = since or stretch.since
    return since


def _resolution(at: datetime) -> Resolution:
    """A resolution of which the clocks need the moment; by whom and how it was, they do not ask."""
    return Resolution(code=ResolutionCode.FIXED, summary=None, by=CLOCK, at=at)
