"""What is waited for: holds and approvals, the requester's silence, and going on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from chatdesk.lifecycle.facts import Fact, Released, Resumed, TextRef, Words
from chatdesk.lifecycle.permissions import Action
from chatdesk.lifecycle.step import Command, Context, Decision, Need, Refused
from chatdesk.lifecycle.ticket import EntryKind, Hold, PersonId, Status, Ticket

MAX_HOLD = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Fact):
    """Work stands still until a moment, for a reason the requester is told."""

    kind: ClassVar[str] = "held"

    wake_at: datetime
    reason: TextRef
    approver: PersonId | None = None

    def apply(self, ticket: Ticket) -> Ticket:
        """Put it on hold."""
        hold = Hold(wake_at=self.wake_at, reason=self.reason.entry, approver=self.approver)
        on_hold = ticket.becomes(Status.ON_HOLD, self.at)
        return replace(on_hold, hold=hold, last_agent_at=self.at)

    def texts(self) -> tuple[tuple[TextRef, EntryKind], ...]:
        """Return the reason, which is public."""
        return ((self.reason, EntryKind.REPLY),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDecided(Fact):
    """Whoever was asked for approval answered."""

    kind: ClassVar[str] = "approval_decided"

    is_approved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudged(Fact):
    """The requester was reminded that we wait; `is_last` announces what follows."""

    kind: ClassVar[str] = "nudged"

    is_last: bool

    def apply(self, ticket: Ticket) -> Ticket:
        """Count it as sent; only its arrival counts for the silence."""
        return replace(ticket, nudges_sent=ticket.nudges_sent + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NudgeDelivered(Fact):
    """A reminder reached the requester."""

    kind: ClassVar[str] = "nudge_delivered"

    def apply(self, ticket: Ticket) -> Ticket:
        """Let the silence count from here."""
        return replace(ticket, nudges=(*ticket.nudges, self.at))


def resuming(ticket: Ticket, context: Context) -> Decision:
    """Return how work goes on; an absent owner's ticket goes back to the queue (T5, T7)."""
    now, by = context.now, context.actor.person
    resumed = Resumed(at=now, by=by, before=ticket.status)
    absent = {candidate.person for candidate in context.roster if not candidate.is_present}
    if ticket.status is Status.ON_HOLD and ticket.assignee in absent and ticket.assignee:
        return [resumed, Released(at=now, by=by, before=ticket.assignee)]
    return [resumed]


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOnHold(Command):
    """Wait for something else (T6): a reason and a wake time, both mandatory."""

    action: ClassVar[Action] = Action.HOLD

    wake_at: datetime
    reason: Words

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Refuse a wake time that is over or a year away, and an empty reason."""
        check_wake(self.wake_at, context.now)
        if not self.reason.text:
            raise Refused("empty", at_field="reason")
        by = context.actor.person
        return [Held(at=context.now, by=by, wake_at=self.wake_at, reason=self.reason.ref)]


def check_wake(wake_at: datetime, now: datetime) -> None:
    """Refuse a wake time that is not in the year to come."""
    if not now < wake_at <= now + MAX_HOLD:
        raise Refused("bad_wake_time", at_field="until")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestApproval(Command):
    """Ask somebody to approve; the ticket is on hold until they do or the deadline passes (T6)."""

    action: ClassVar[Action] = Action.REQUEST_APPROVAL

    approver: PersonId
    wake_at: datetime
    reason: Words

    def people(self) -> tuple[PersonId, ...]:
        """Return the approver."""
        return (self.approver,)

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Refuse the approval of who requests or asks for it, a bad deadline, an empty reason."""
        if self.approver in {ticket.requester, context.actor.person}:
            raise Refused("own_approval", at_field="approver")
        check_wake(self.wake_at, context.now)
        if not self.reason.text:
            raise Refused("empty", at_field="reason")
        held = Held(
            at=context.now,
            by=context.actor.person,
            wake_at=self.wake_at,
            reason=self.reason.ref,
            approver=self.approver,
        )
        return [held]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideApproval(Command):
    """Approve or decline; either way work goes on (T7)."""

    action: ClassVar[Action] = Action.DECIDE_APPROVAL
    needs: ClassVar[frozenset[Need]] = frozenset({Need.ROSTER})

    is_approved: bool

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Record the decision and resume."""
        by = context.actor.person
        decided = ApprovalDecided(at=context.now, by=by, is_approved=self.is_approved)
        return [decided, *resuming(ticket, context)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(Command):
    """Take the ticket up again before its wake time (T7)."""

    action: ClassVar[Action] = Action.RESUME

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Open it."""
        return [Resumed(at=context.now, by=context.actor.person, before=ticket.status)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake(Command):
    """The clock: the wake time has come (T7)."""

    action: ClassVar[Action] = Action.TIME_PASSES
    needs: ClassVar[frozenset[Need]] = frozenset({Need.ROSTER})

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Open it, unless it is held until later by now."""
        if ticket.hold is None or context.now < ticket.hold.wake_at:
            return []
        return resuming(ticket, context)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudge(Command):
    """The clock: no answer has come; remind the requester, in the last nudge with what follows."""

    action: ClassVar[Action] = Action.TIME_PASSES

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Send the next nudge, if any is left."""
        nudges = context.policy.silence.nudges
        if ticket.nudges_sent >= len(nudges):
            return []
        is_last = ticket.nudges_sent + 1 == len(nudges)
        return [Nudged(at=context.now, by=context.actor.person, is_last=is_last)]


@dataclass(frozen=True, slots=True, kw_only=True)
class NudgeArrived(Command):
    """The worker: a nudge was delivered."""

    action: ClassVar[Action] = Action.TIME_PASSES

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Record it, as often as nudges were sent."""
        if len(ticket.nudges) >= ticket.nudges_sent:
            return []
        return [NudgeDelivered(at=context.now, by=context.actor.person)]
