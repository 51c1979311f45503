"""Stage 4, assignment and communication: who has the ticket, and who is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from chatdesk.lifecycle.facts import Assigned, Fact, Released, TextRef, Words
from chatdesk.lifecycle.permissions import Action
from chatdesk.lifecycle.routing import route
from chatdesk.lifecycle.step import Command, Context, Decision, Need, Refused
from chatdesk.lifecycle.ticket import (
    EntryKind,
    PersonId,
    QueueName,
    Ticket,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred(Fact):
    """The ticket moved to another queue; its clocks keep what has passed."""

    kind: ClassVar[str] = "transferred"

    queue: QueueName
    before: QueueName
    reason: TextRef | None

    def apply(self, ticket: Ticket) -> Ticket:
        """Move it; it waits there for a claim, at the first tier."""
        return replace(
            ticket,
            queue=self.queue,
            tier=1,
            is_unrouted=True,
            assignee=None,
            assigned_at=None,
            unassigned_since=self.at,
            is_lead_told=False,
            is_owner_asked=False,
        )

    def texts(self) -> tuple[tuple[TextRef, EntryKind], ...]:
        """Return the reason as a note."""
        return ((self.reason, EntryKind.NOTE),) if self.reason else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated(Fact):
    """A higher tier is asked, for a reason."""

    kind: ClassVar[str] = "escalated"

    tier: int
    reason: TextRef

    def apply(self, ticket: Ticket) -> Ticket:
        """Raise the tier; the owner stays until somebody takes it."""
        return replace(ticket, tier=self.tier)

    def texts(self) -> tuple[tuple[TextRef, EntryKind], ...]:
        """Return the reason as a note."""
        return ((self.reason, EntryKind.NOTE),)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTold(Fact):
    """The lead was told that nobody has claimed the ticket."""

    kind: ClassVar[str] = "lead_told"

    def apply(self, ticket: Ticket) -> Ticket:
        """Tell once per wait."""
        return replace(ticket, is_lead_told=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerAsked(Fact):
    """The owner was asked whether they still work on it."""

    kind: ClassVar[str] = "owner_asked"

    def apply(self, ticket: Ticket) -> Ticket:
        """Ask once per silence; the silence counts on from here."""
        return replace(ticket, is_owner_asked=True, last_agent_at=self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreached(Fact):
    """A notice that wants something of the requester reached them nowhere.

    `notice` is its name and `row` the key of the outgoing row, beside which the reason is kept.
    """

    kind: ClassVar[str] = "unreached"

    notice: str
    row: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Command):
    """I take it (T2, T3). Exactly one wins; who comes second is told who has it."""

    action: ClassVar[Action] = Action.CLAIM

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Refuse a ticket somebody has."""
        agent = context.actor.person
        if ticket.assignee == agent:
            raise Refused("already_yours", number=ticket.number)
        if ticket.assignee is not None:
            raise Refused("already_claimed", number=ticket.number, person=ticket.assignee)
        return [Assigned(at=context.now, by=agent, agent=agent, before=None)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(Command):
    """You get it: an agent of the queue."""

    action: ClassVar[Action] = Action.ASSIGN
    needs: ClassVar[frozenset[Need]] = frozenset({Need.ROSTER})

    agent: PersonId

    def people(self) -> tuple[PersonId, ...]:
        """Return the agent."""
        return (self.agent,)

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Refuse somebody who does not work the queue, or is away; oneself is always there."""
        found = next((one for one in context.roster if one.person == self.agent), None)
        if found is None:
            raise Refused("not_an_agent", at_field="agent", person=self.agent, queue=ticket.queue)
        if self.agent == ticket.assignee:
            return []
        by = context.actor.person
        if found.is_away and self.agent != by:
            raise Refused("agent_away", at_field="agent", person=self.agent)
        return [Assigned(at=context.now, by=by, agent=self.agent, before=ticket.assignee)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Command):
    """Put it back in the queue, with a reason."""

    action: ClassVar[Action] = Action.RELEASE

    reason: Words

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Refuse without a reason, or when nobody has it."""
        if ticket.assignee is None:
            raise Refused("nobody_has_it", number=ticket.number)
        if not self.reason.text:
            raise Refused("empty", at_field="reason")
        by = context.actor.person
        return [Released(at=context.now, by=by, before=ticket.assignee, reason=self.reason.ref)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Command):
    """Move it to another queue; a confidential ticket keeps its confidentiality there."""

    action: ClassVar[Action] = Action.TRANSFER

    queue: QueueName
    reason: Words

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Refuse a queue that does not exist or is its own."""
        if self.queue not in context.policy.queues:
            raise Refused("unknown_queue", at_field="queue", queue=self.queue)
        if self.queue == ticket.queue:
            raise Refused("already_there", at_field="queue", queue=self.queue)
        fact = Transferred(
            at=context.now,
            by=context.actor.person,
            queue=self.queue,
            before=ticket.queue,
            reason=self.reason.ref if self.reason.text else None,
        )
        return [fact]


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate(Command):
    """Ask the next tier, with a reason; at the highest, the lead."""

    action: ClassVar[Action] = Action.ESCALATE

    reason: Words

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Refuse without a reason; the tier stops at the queue's highest."""
        if not self.reason.text:
            raise Refused("empty", at_field="reason")
        tier = min(ticket.tier + 1, context.policy.queue(ticket.queue).tiers)
        by = context.actor.person
        return [Escalated(at=context.now, by=by, tier=tier, reason=self.reason.ref)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Command):
    """The clock: the queue is open, and gives away what came while nobody was there (T2)."""

    action: ClassVar[Action] = Action.TIME_PASSES
    needs: ClassVar[frozenset[Need]] = frozenset({Need.ROSTER, Need.TURN})

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Give it to whoever's turn it is, or leave it for a claim where nobody is present."""
        if ticket.assignee is not None or not ticket.is_unrouted:
            return []
        agent = route(context.policy.queue(ticket.queue).routing, context.roster)
        if agent is None:
            return []
        return [Assigned(at=context.now, by=context.actor.person, agent=agent, before=None)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TellLeadUnclaimed(Command):
    """The clock: nobody has claimed it for too long."""

    action: ClassVar[Action] = Action.TIME_PASSES

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Tell the lead once, if still nobody has it."""
        if ticket.assignee is not None or ticket.is_lead_told:
            return []
        return [LeadTold(at=context.now, by=context.actor.person)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskIdleOwner(Command):
    """The clock: the owner has done nothing for too long."""

    action: ClassVar[Action] = Action.TIME_PASSES

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Ask the owner once."""
        if ticket.assignee is None or ticket.is_owner_asked:
            return []
        return [OwnerAsked(at=context.now, by=context.actor.person)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseIdle(Command):
    """The clock: the owner, though asked, has done nothing; the ticket goes back."""

    action: ClassVar[Action] = Action.TIME_PASSES

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Release it, if the owner was asked and is still the owner."""
        if ticket.assignee is None or not ticket.is_owner_asked:
            return []
        return [Released(at=context.now, by=context.actor.person, before=ticket.assignee)]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteUnreached(Command):
    """The worker: a notice to the requester is lost; who asks for it has looked that it is news."""

    action: ClassVar[Action] = Action.TIME_PASSES

    notice: str
    row: str

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Record it; it changes nothing about the ticket."""
        by = context.actor.person
        return [Unreached(at=context.now, by=by, notice=self.notice, row=self.row)]
