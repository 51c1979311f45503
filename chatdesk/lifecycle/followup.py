"""Stage 8, follow-up and quality review: did it stay fixed, and how was it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from chatdesk.lifecycle.facts import Fact, TextRef, Words
from chatdesk.lifecycle.permissions import Action
from chatdesk.lifecycle.reopening import reopen
from chatdesk.lifecycle.step import Command, Context, Decision, Need, Refused
from chatdesk.lifecycle.ticket import (
    UNCOUNTED,
    EntryKind,
    PersonId,
    Ticket,
)

RATINGS = range(1, 6)
"""CSAT, from very unhappy to very happy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpAsked(Fact):
    """The requester was asked whether it stayed fixed."""

    kind: ClassVar[str] = "follow_up_asked"

    def apply(self, ticket: Ticket) -> Ticket:
        """Ask once per closure."""
        return replace(ticket, follow_up=replace(ticket.follow_up, asked_at=self.at))


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpPostponed(Fact):
    """The question waits: outside the person's hours, or they were asked something today."""

    kind: ClassVar[str] = "follow_up_postponed"

    until: datetime

    def apply(self, ticket: Ticket) -> Ticket:
        """Not before then."""
        return replace(ticket, follow_up=replace(ticket.follow_up, not_before=self.until))


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpAnswered(Fact):
    """The requester says it stayed fixed."""

    kind: ClassVar[str] = "follow_up_answered"

    def apply(self, ticket: Ticket) -> Ticket:
        """One answer for each closure is enough."""
        return replace(ticket, follow_up=replace(ticket.follow_up, is_answered=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpStopped(Fact):
    """The requester does not want to be asked about this ticket again."""

    kind: ClassVar[str] = "follow_up_stopped"

    def apply(self, ticket: Ticket) -> Ticket:
        """Never ask again, also after a later closure."""
        return replace(ticket, follow_up=replace(ticket.follow_up, is_stopped=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated(Fact):
    """The requester rated a resolution; it belongs to whoever resolved it then."""

    kind: ClassVar[str] = "rated"

    score: int
    resolver: PersonId | None
    comment: TextRef | None = None

    def apply(self, ticket: Ticket) -> Ticket:
        """Keep the latest score of this resolution."""
        return replace(ticket, rating=self.score)

    def texts(self) -> tuple[tuple[TextRef, EntryKind], ...]:
        """Return the comment."""
        return ((self.comment, EntryKind.MESSAGE),) if self.comment else ()


def fits_the_day(
    at: datetime, zone: str, opens: time, closes: time, asked_at: datetime | None
) -> datetime:
    """Return the first moment from `at` in the person's hours, Monday to Friday, one DM a day."""
    local = at.astimezone(ZoneInfo(zone))
    asked_on = asked_at.astimezone(ZoneInfo(zone)).date() if asked_at else None
    day = local.date()
    while True:
        start = datetime.combine(day, opens, ZoneInfo(zone))
        end = datetime.combine(day, closes, ZoneInfo(zone))
        is_workday = day.weekday() < 5  # noqa: PLR2004 - Saturday
        if is_workday and local < end and (asked_on is None or day > asked_on):
            return max(local, start).astimezone(at.tzinfo)
        day += timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskFollowUp(Command):
    """The clock: ask whether it stayed fixed, in the person's hours, one such DM a day."""

    action: ClassVar[Action] = Action.TIME_PASSES
    needs: ClassVar[frozenset[Need]] = frozenset({Need.LAST_FOLLOW_UP})

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Ask, postpone, or leave it be."""
        done = ticket.follow_up.asked_at is not None or ticket.follow_up.is_stopped
        if done or ticket.closing is None or ticket.closing.reason in UNCOUNTED:
            return []
        now, by, after = context.now, context.actor.person, context.policy.after_resolution
        hours = (after.follow_up_from, after.follow_up_until)
        fitting = fits_the_day(now, ticket.zone, *hours, context.last_follow_up_at)
        if fitting > now:
            return [FollowUpPostponed(at=now, by=by, until=fitting)]
        return [FollowUpAsked(at=now, by=by)]


@dataclass(frozen=True, slots=True, kw_only=True)
class StayedFixed(Command):
    """The requester answers: yes, still fixed."""

    action: ClassVar[Action] = Action.ANSWER_FOLLOW_UP

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Record the answer once, and only to a question that was asked."""
        if ticket.follow_up.is_answered or ticket.follow_up.asked_at is None:
            return []
        return [FollowUpAnswered(at=context.now, by=context.actor.person)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItCameBack(Command):
    """The requester answers: it came back (T12, or T13 after the window)."""

    action: ClassVar[Action] = Action.ANSWER_FOLLOW_UP
    needs: ClassVar[frozenset[Need]] = frozenset({Need.ROSTER})

    why: Words | None = None

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Reopen, or open a linked ticket."""
        return reopen(ticket, context, self.why)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAsking(Command):
    """The requester answers: stop asking."""

    action: ClassVar[Action] = Action.ANSWER_FOLLOW_UP

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Record it once."""
        if ticket.follow_up.is_stopped:
            return []
        return [FollowUpStopped(at=context.now, by=context.actor.person)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(Command):
    """Rate the resolution from 1 to 5; a later rating of the same resolution replaces it."""

    action: ClassVar[Action] = Action.RATE

    score: int
    comment: Words | None = None

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Refuse a score that does not exist, and what is never rated."""
        if self.score not in RATINGS:
            raise Refused("bad_rating", at_field="score")
        if ticket.closing is not None and ticket.closing.reason in UNCOUNTED:
            raise Refused("not_rated", number=ticket.number)
        comment = self.comment.ref if self.comment and self.comment.text else None
        if ticket.rating == self.score and comment is None:
            return []
        rated = Rated(
            at=context.now,
            by=context.actor.person,
            score=self.score,
            resolver=ticket.resolution.by if ticket.resolution else None,
            comment=comment,
        )
        return [rated]
