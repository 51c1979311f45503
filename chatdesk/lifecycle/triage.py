"""Stage 3, verification and categorization: what is it, how bad, and is it one of ours at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

from chatdesk.lifecycle.facts import (
    Assigned,
    Closed,
    ClosingUndone,
    Fact,
    TextRef,
    WatcherAdded,
    WatcherRemoved,
    Words,
    spoken_publicly,
)
from chatdesk.lifecycle.permissions import Action, may
from chatdesk.lifecycle.step import Also, Command, Context, Decision, Need, Refused
from chatdesk.lifecycle.ticket import (
    CloseReason,
    EntryKind,
    Impact,
    PersonId,
    Priority,
    Status,
    Ticket,
    TopicName,
    Urgency,
    priority_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Triaged(Fact):
    """Impact and urgency were looked at, and the priority follows from them."""

    kind: ClassVar[str] = "triaged"

    impact: Impact
    urgency: Urgency
    priority: Priority
    before: Priority

    def apply(self, ticket: Ticket) -> Ticket:
        """Set them; a new ticket that was triaged is open."""
        return replace(
            ticket.becomes(Status.OPEN, self.at) if ticket.status is Status.NEW else ticket,
            impact=self.impact,
            urgency=self.urgency,
            priority=self.priority,
            is_priority_overridden=False,
            is_triaged=True,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PrioritySet(Fact):
    """The priority was set against what impact and urgency say, for a reason."""

    kind: ClassVar[str] = "priority_set"

    priority: Priority
    before: Priority
    reason: TextRef

    def apply(self, ticket: Ticket) -> Ticket:
        """Override the priority."""
        return replace(ticket, priority=self.priority, is_priority_overridden=True)

    def texts(self) -> tuple[tuple[TextRef, EntryKind], ...]:
        """Return the reason as a note."""
        return ((self.reason, EntryKind.NOTE),)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicSet(Fact):
    """The topic was corrected; confidentiality can only be gained by it."""

    kind: ClassVar[str] = "topic_set"

    topic: TopicName
    before: TopicName
    is_confidential: bool

    def apply(self, ticket: Ticket) -> Ticket:
        """Set the topic."""
        return replace(ticket, topic=self.topic, is_confidential=self.is_confidential)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Fact):
    """The requester was asked something; the clocks stand still until they answer."""

    kind: ClassVar[str] = "asked"

    question: TextRef
    before: Status

    def apply(self, ticket: Ticket) -> Ticket:
        """Wait for the requester; the question is a public word."""
        spoken = spoken_publicly(ticket, self.at, self.by, self.question.entry)
        waiting = spoken.becomes(Status.WAITING, self.at)
        return replace(waiting, nudges=(), nudges_sent=0)

    def texts(self) -> tuple[tuple[TextRef, EntryKind], ...]:
        """Return the question as a reply."""
        return ((self.question, EntryKind.REPLY),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked(Fact):
    """The ticket was related to another; `is_child` makes the other its parent."""

    kind: ClassVar[str] = "linked"

    other: int
    is_child: bool

    def apply(self, ticket: Ticket) -> Ticket:
        """Note the parent; a plain relation lives in the record."""
        return replace(ticket, parent=self.other) if self.is_child else ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage(Command):
    """Set topic, impact and urgency; the priority follows (T2 from new)."""

    action: ClassVar[Action] = Action.TRIAGE

    topic: TopicName
    impact: Impact
    urgency: Urgency

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Return the new topic, if it changed, and the triage."""
        found = list(SetTopic(topic=self.topic).decide(ticket, context))
        triaged = Triaged(
            at=context.now,
            by=context.actor.person,
            impact=self.impact,
            urgency=self.urgency,
            priority=priority_of(self.impact, self.urgency),
            before=ticket.priority,
        )
        return [*found, triaged]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTopic(Command):
    """Correct the topic; queue and owner stay (Transfer changes the queue)."""

    action: ClassVar[Action] = Action.SET_TOPIC

    topic: TopicName

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Refuse a topic that does not exist."""
        topic = context.policy.topics.get(self.topic)
        if topic is None:
            raise Refused("unknown_topic", at_field="topic")
        if self.topic == ticket.topic:
            return []
        fact = TopicSet(
            at=context.now,
            by=context.actor.person,
            topic=self.topic,
            before=ticket.topic,
            is_confidential=ticket.is_confidential or topic.confidential,
        )
        return [fact]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPriority(Command):
    """Override the computed priority, with a reason."""

    action: ClassVar[Action] = Action.SET_PRIORITY

    priority: Priority
    reason: Words

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Refuse without a reason."""
        if not self.reason.text:
            raise Refused("empty", at_field="reason")
        if self.priority is ticket.priority:
            return []
        fact = PrioritySet(
            at=context.now,
            by=context.actor.person,
            priority=self.priority,
            before=ticket.priority,
            reason=self.reason.ref,
        )
        return [fact]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRequester(Command):
    """Ask the requester for clarification (T4); who asks first has the ticket."""

    action: ClassVar[Action] = Action.ASK

    question: Words

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Refuse an empty question."""
        if not self.question.text:
            raise Refused("empty", at_field="text")
        now, by = context.now, context.actor.person
        facts: Decision = []
        if ticket.assignee is None:
            facts.append(Assigned(at=now, by=by, agent=by, before=None))
        facts.append(Asked(at=now, by=by, question=self.question.ref, before=ticket.status))
        return facts


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTickets(Command):
    """Relate this ticket to another the actor may see; `is_child` makes that one its parent."""

    action: ClassVar[Action] = Action.LINK
    needs: ClassVar[frozenset[Need]] = frozenset({Need.PARENTS})

    other: int
    is_child: bool = False

    def others(self) -> tuple[int, ...]:
        """Return the other ticket."""
        return (self.other,)

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Refuse itself, a hidden ticket, and to be part of what is part of this one."""
        other = context.others.get(self.other)
        if other is None or not may(Action.SEE, context.actor, other):
            raise Refused("no_such_ticket", at_field="number", number=self.other)
        if self.other == ticket.number:
            raise Refused("itself", at_field="number")
        if self.is_child and ticket.number in context.above:
            raise Refused("circle", at_field="number", number=self.other)
        by = context.actor.person
        return [Linked(at=context.now, by=by, other=self.other, is_child=self.is_child)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge(Command):
    """Merge this ticket into another (T14): its people join the other, its messages follow."""

    action: ClassVar[Action] = Action.MERGE

    target: int

    def others(self) -> tuple[int, ...]:
        """Return the ticket merged into."""
        return (self.target,)

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Refuse what would lose the ticket or show it to more people than before."""
        target = context.others.get(self.target)
        if target is None or not may(Action.SEE, context.actor, target):
            raise Refused("no_such_ticket", at_field="number", number=self.target)
        end = _goes_on_in(target, context)
        if ticket.number in {self.target, end.number}:
            raise Refused("itself", at_field="number")
        if not may(Action.MERGE, context.actor, target):
            raise Refused("not_allowed", at_field="number", action=self.action, number=self.target)
        if end.number != self.target and may(Action.SEE, context.actor, end):
            raise Refused("target_merged", at_field="number", number=self.target, other=end.number)
        if target.status is Status.CLOSED:
            raise Refused("target_closed", at_field="number", number=self.target)
        if _widens(ticket, target):
            raise Refused("would_widen", at_field="number", number=self.target)
        joining = _people(ticket) - _people(target)
        closed = Closed(
            at=context.now,
            by=context.actor.person,
            reason=CloseReason.MERGED,
            before=ticket.status,
            target=self.target,
            joined=joining,
        )
        return [closed, Also(command=JoinRequesters(joining=joining), number=self.target)]


def _goes_on_in(ticket: Ticket, context: Context) -> Ticket:
    """Return the ticket at the end of a chain of merges, itself if it was not merged."""
    while ticket.merged_into in context.others and ticket.merged_into is not None:
        ticket = context.others[ticket.merged_into]
    return ticket


def _widens(ticket: Ticket, target: Ticket) -> bool:
    """Tell whether a merge would show a confidential ticket to anybody who could not see it.

    Its people read on in the target, and the people of the target read what they write there.
    """
    if not ticket.is_confidential and not target.is_confidential:
        return False
    if ticket.is_confidential and not (target.is_confidential and target.queue == ticket.queue):
        return True
    here, there = _people(ticket), _people(target)
    return bool(here - there or (ticket.is_confidential and there - here))


def _people(ticket: Ticket) -> frozenset[PersonId]:
    return ticket.watchers | {ticket.requester}


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRequesters(Command):
    """The people of a merged ticket join this one, or leave it again when that is undone.

    If this one was merged in its turn, those who leave it leave the ticket it goes on in, too.
    """

    action: ClassVar[Action] = Action.MERGE

    joining: frozenset[PersonId] = frozenset()
    leaving: frozenset[PersonId] = frozenset()

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Add and remove watchers; the requester of this ticket is never one."""
        now, by = context.now, context.actor.person
        new = sorted(self.joining - ticket.watchers - {ticket.requester})
        gone = sorted(self.leaving & ticket.watchers)
        added = [WatcherAdded(at=now, by=by, person=person) for person in new]
        removed = [WatcherRemoved(at=now, by=by, person=person) for person in gone]
        return [*added, *removed, *self._further(ticket)]

    def _further(self, ticket: Ticket) -> list[Also]:
        leaving = self.leaving & ticket.closing.joined if ticket.closing else frozenset()
        if ticket.merged_into is None or not leaving:
            return []
        command = JoinRequesters(leaving=leaving)
        return [Also(command=command, number=ticket.merged_into, by_clock=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmerge(Command):
    """Take a merge back within its days; the ticket returns to the status it had."""

    action: ClassVar[Action] = Action.UNMERGE

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Refuse what was not merged, or too long ago."""
        closing = ticket.closing
        if closing is None or ticket.merged_into is None:
            raise Refused("not_merged", number=ticket.number)
        days = context.policy.after_resolution.unmerge_within_days
        if context.now > closing.at + timedelta(days=days):
            raise Refused("too_late_to_unmerge", number=ticket.number, days=days)
        undone = ClosingUndone(
            at=context.now, by=context.actor.person, reason=closing.reason, to=closing.before
        )
        leaving = JoinRequesters(leaving=closing.joined)
        return [undone, Also(command=leaving, number=ticket.merged_into, by_clock=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkSpam(Command):
    """Say that this is not a request (T15)."""

    action: ClassVar[Action] = Action.MARK_SPAM

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Close as spam."""
        by = context.actor.person
        spam = Closed(at=context.now, by=by, reason=CloseReason.SPAM, before=ticket.status)
        return [spam]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSpam(Command):
    """Take the mark back; the ticket returns to the status it had."""

    action: ClassVar[Action] = Action.NOT_SPAM

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Refuse a ticket closed for another reason."""
        closing = ticket.closing
        if closing is None or closing.reason is not CloseReason.SPAM:
            raise Refused("not_spam", number=ticket.number)
        by = context.actor.person
        return [ClosingUndone(at=context.now, by=by, reason=closing.reason, to=closing.before)]
