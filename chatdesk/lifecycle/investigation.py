"""Stage 5, investigation: what is said, publicly and internally, and what is waited for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from chatdesk.lifecycle.facts import (
    Assigned,
    Fact,
    MessageAdded,
    Released,
    Reopened,
    Resumed,
    TextRef,
    Words,
    spoken_publicly,
)
from chatdesk.lifecycle.permissions import Action
from chatdesk.lifecycle.reading import Reading, read
from chatdesk.lifecycle.reopening import reopen
from chatdesk.lifecycle.step import Also, Command, Context, Decision, Need, Refused
from chatdesk.lifecycle.ticket import (
    CloseReason,
    EntryId,
    EntryKind,
    Hold,
    PersonId,
    Status,
    Ticket,
    Warned,
)

JUST_ANSWERED_WITHIN = timedelta(seconds=60)
"""A colleague's Reply of this age makes the desk ask before another goes out."""

MAX_HOLD = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replied(Fact):
    """An agent spoke to the requester."""

    kind: ClassVar[str] = "replied"

    text: TextRef

    def apply(self, ticket: Ticket) -> Ticket:
        """Count it as our public word; it can be undone for a few seconds."""
        return spoken_publicly(ticket, self.at, self.by, self.text.entry)

    def texts(self) -> tuple[tuple[TextRef, EntryKind], ...]:
        """Return the reply."""
        return ((self.text, EntryKind.REPLY),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyWithdrawn(Fact):
    """A Reply was undone before it went out: it was never said."""

    kind: ClassVar[str] = "reply_withdrawn"

    entry: EntryId

    def apply(self, ticket: Ticket) -> Ticket:
        """Put back what the Reply had changed, unless more of ours was said since."""
        last = ticket.last_reply
        if last is None or last.entry != self.entry:
            return ticket
        unanswered_since = last.unanswered_since or ticket.unanswered_since
        is_solved = ticket.resolution is not None and not ticket.is_unsolved
        return replace(
            ticket,
            first_reply_at=last.first_reply_at,
            last_public_at=last.last_public_at,
            last_public_by=last.last_public_by,
            unanswered_since=unanswered_since,
            has_unread_after_resolution=is_solved and unanswered_since is not None,
            last_reply=None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted(Fact):
    """Something internal was said; `is_in_place` if in the agents' conversation itself."""

    kind: ClassVar[str] = "noted"

    text: TextRef
    is_in_place: bool = True

    def texts(self) -> tuple[tuple[TextRef, EntryKind], ...]:
        """Return the note."""
        return ((self.text, EntryKind.NOTE),)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryEdited(Fact):
    """Somebody changed their own words; the digest is that of the new ones."""

    kind: ClassVar[str] = "entry_edited"

    text: TextRef


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRemoved(Fact):
    """Somebody deleted their own words."""

    kind: ClassVar[str] = "entry_removed"

    entry: EntryId


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
        return replace(on_hold, hold=hold, last_agent_at=self.at, last_reply=None)

    def texts(self) -> tuple[tuple[TextRef, EntryKind], ...]:
        """Return the reason, which is public."""
        return ((self.reason, EntryKind.REPLY),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDecided(Fact):
    """Whoever was asked for approval answered."""

    kind: ClassVar[str] = "approval_decided"

    is_approved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TickedOff(Fact):
    """An item of the checklist is done."""

    kind: ClassVar[str] = "ticked_off"

    item: str

    def apply(self, ticket: Ticket) -> Ticket:
        """Take it off the list."""
        return replace(ticket, unticked=tuple(x for x in ticket.unticked if x != self.item))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaWarned(Fact):
    """A share of a target's time has passed; 100 percent is a breach and is never erased."""

    kind: ClassVar[str] = "sla_warned"

    target: str
    percent: int
    since: datetime
    due_at: datetime

    def apply(self, ticket: Ticket) -> Ticket:
        """Remember it for this cycle."""
        warned = Warned(target=self.target, percent=self.percent, since=self.since)
        return replace(ticket, warned=(*ticket.warned, warned))


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMessage(Command):
    """The requester or a watcher says something; what it means depends on where the ticket stands.

    Waiting or on hold, it resumes work (T5, T7). Resolved or closed, it reopens unless the whole
    message is an acknowledgement (T11, T12), and after the window opens a successor (T13). It is
    always kept. On a merged ticket it goes on to the ticket merged into.
    """

    action: ClassVar[Action] = Action.MESSAGE
    needs: ClassVar[frozenset[Need]] = frozenset({Need.ROSTER})

    text: Words
    is_in_place: bool = True

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Return the message and what follows from it."""
        if not self.text.text and not self.text.files:
            raise Refused("empty", at_field="text")
        now, by = context.now, context.actor.person
        if ticket.merged_into is not None:
            return [Also(command=self, number=ticket.merged_into)]
        if ticket.is_unsolved:
            added = MessageAdded(at=now, by=by, text=self.text.ref, is_in_place=self.is_in_place)
            if ticket.status in {Status.WAITING, Status.ON_HOLD}:
                return [added, *resuming(ticket, context)]
            return [added]
        return self._after_resolution(ticket, context)

    def _after_resolution(self, ticket: Ticket, context: Context) -> Decision:
        now, by = context.now, context.actor.person
        reading = read(self.text.text) if self.text.text else Reading.UNSURE
        added = MessageAdded(
            at=now,
            by=by,
            text=self.text.ref,
            is_acknowledgement=reading is Reading.ACKNOWLEDGEMENT,
            is_in_place=self.is_in_place,
        )
        was_spam = ticket.closing is not None and ticket.closing.reason is CloseReason.SPAM
        if added.is_acknowledgement or by != ticket.requester or was_spam:
            return [added]
        if reading is not Reading.SUBSTANTIVE and not ticket.is_continued:
            return [added]
        return [added, *_without_words(reopen(ticket, context, self.text))]


def _without_words(decision: Decision) -> Decision:
    """Leave the words out of a reopening: the message beside it already holds them."""
    return [replace(one, why=None) if isinstance(one, Reopened) else one for one in decision]


def resuming(ticket: Ticket, context: Context) -> Decision:
    """Return how work goes on; an absent owner's ticket goes back to the queue (T5, T7)."""
    now, by = context.now, context.actor.person
    resumed = Resumed(at=now, by=by, before=ticket.status)
    absent = {candidate.person for candidate in context.roster if not candidate.is_present}
    if ticket.status is Status.ON_HOLD and ticket.assignee in absent and ticket.assignee:
        return [resumed, Released(at=now, by=by, before=ticket.assignee)]
    return [resumed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Command):
    """Speak to the requester; on a ticket nobody has, this claims it (T2).

    `anyway` sends it although a colleague has just answered.
    """

    action: ClassVar[Action] = Action.REPLY

    text: Words
    anyway: bool = False

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Refuse empty words, and ask first when a colleague has just answered."""
        if not self.text.text and not self.text.files:
            raise Refused("empty", at_field="text")
        now, by = context.now, context.actor.person
        last_at, last_by = ticket.last_public_at, ticket.last_public_by
        just_answered = last_at is not None and now - last_at < JUST_ANSWERED_WITHIN
        if just_answered and last_by not in {by, None} and not self.anyway:
            raise Refused("colleague_answered", number=ticket.number, person=last_by, at=last_at)
        facts: Decision = []
        if ticket.assignee is None and ticket.is_unsolved:
            facts.append(Assigned(at=now, by=by, agent=by, before=None))
        return [*facts, Replied(at=now, by=by, text=self.text.ref)]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoReply(Command):
    """Take a Reply back before it goes out; the outbox has the last word on whether it can."""

    action: ClassVar[Action] = Action.UNDO_REPLY

    entry: EntryId

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Refuse what is not the latest Reply, or is somebody else's."""
        last = ticket.last_reply
        if last is None or last.entry != self.entry:
            raise Refused("too_late_to_undo", number=ticket.number)
        if ticket.last_public_by != context.actor.person:
            raise Refused("not_your_words", number=ticket.number)
        by = context.actor.person
        return [ReplyWithdrawn(at=context.now, by=by, entry=self.entry)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote(Command):
    """Say something internal."""

    action: ClassVar[Action] = Action.NOTE

    text: Words
    is_in_place: bool = True

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Refuse empty words."""
        if not self.text.text and not self.text.files:
            raise Refused("empty", at_field="text")
        by = context.actor.person
        return [Noted(at=context.now, by=by, text=self.text.ref, is_in_place=self.is_in_place)]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditEntry(Command):
    """Change one's own words; the door has checked whose they are."""

    action: ClassVar[Action] = Action.SEE

    text: Words

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Record the new digest."""
        return [EntryEdited(at=context.now, by=context.actor.person, text=self.text.ref)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveEntry(Command):
    """Delete one's own words; the door has checked whose they are."""

    action: ClassVar[Action] = Action.SEE

    entry: EntryId

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Record that they are gone."""
        return [EntryRemoved(at=context.now, by=context.actor.person, entry=self.entry)]


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
class TickOff(Command):
    """Mark an item of the checklist as done."""

    action: ClassVar[Action] = Action.TICK_OFF

    item: str

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Ticking twice changes nothing."""
        if self.item not in ticket.unticked:
            return []
        return [TickedOff(at=context.now, by=context.actor.person, item=self.item)]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class WarnSla(Command):
    """The clock: a share of a target's time has passed."""

    action: ClassVar[Action] = Action.TIME_PASSES

    target: str
    percent: int
    since: datetime
    due_at: datetime

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Warn once per target, percentage and cycle."""
        warned = Warned(target=self.target, percent=self.percent, since=self.since)
        if warned in ticket.warned:
            return []
        fact = SlaWarned(
            at=context.now,
            by=context.actor.person,
            target=self.target,
            percent=self.percent,
            since=self.since,
            due_at=self.due_at,
        )
        return [fact]
