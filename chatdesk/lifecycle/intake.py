"""Stage 1 and 2, intake with acknowledgment: a request comes in and becomes a ticket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from chatdesk.lifecycle.facts import Assigned, Fact, TextRef, WatcherAdded, Words
from chatdesk.lifecycle.permissions import Action
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.routing import route
from chatdesk.lifecycle.step import Command, Context, Decision, Need, Opening, Refused
from chatdesk.lifecycle.ticket import (
    Door,
    EntryKind,
    Impact,
    PersonId,
    Priority,
    QueueName,
    Status,
    Stretch,
    Ticket,
    TopicName,
    Urgency,
    priority_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Fact):
    """A request became a ticket: who, when, by which door."""

    kind: ClassVar[str] = "opened"

    number: int
    requester: PersonId
    door: Door
    zone: str
    topic: TopicName
    queue: QueueName
    priority: Priority
    is_confidential: bool
    summary: TextRef
    details: TextRef | None
    answers: TextRef | None
    impact: Impact | None = None
    urgency: Urgency | None = None
    checklist: tuple[str, ...] = ()
    follow_up_of: int | None = None

    def begin(self) -> Ticket:
        """Return the ticket this fact begins, at version 0."""
        return Ticket(
            number=self.number,
            version=0,
            requester=self.requester,
            opened_by=self.by,
            opened_at=self.at,
            door=self.door,
            zone=self.zone,
            topic=self.topic,
            queue=self.queue,
            summary=self.summary.entry,
            details=self.details.entry if self.details else None,
            answers=self.answers.entry if self.answers else None,
            priority=self.priority,
            impact=self.impact,
            urgency=self.urgency,
            history=(Stretch(Status.NEW, self.at),),
            is_confidential=self.is_confidential,
            unassigned_since=self.at,
            is_unrouted=True,
            unanswered_since=self.at,
            unticked=self.checklist,
            follow_up_of=self.follow_up_of,
        )

    def texts(self) -> tuple[tuple[TextRef, EntryKind], ...]:
        """Return everything submitted, as the requester's messages."""
        submitted = (self.summary, self.details, self.answers)
        return tuple((ref, EntryKind.MESSAGE) for ref in submitted if ref)


@dataclass(frozen=True, slots=True, kw_only=True)
class Open(Opening):
    """Open a ticket (T1). The form's fields have been checked against the topic before.

    `answers` are the answers to the topic's own questions, written down as JSON. One that continues
    a closed ticket is never too much, and opens in the queue that one was `worked_in`.
    """

    needs: ClassVar[frozenset[Need]] = frozenset({Need.CAPS, Need.ROSTER, Need.TURN})

    topic: TopicName
    summary: Words
    requester: PersonId
    zone: str
    door: Door = Door.FORM
    details: Words | None = None
    answers: Words | None = None
    impact: Impact | None = None
    urgency: Urgency | None = None
    is_private: bool = False
    follow_up_of: int | None = None
    worked_in: QueueName | None = None
    watchers: frozenset[PersonId] = frozenset()

    def queue(self, policy: Policy) -> QueueName:
        """Return the queue its topic leads to, or where its predecessor was worked."""
        if self.worked_in in policy.queues and self.worked_in:
            return self.worked_in
        return QueueName(policy.topic(self.topic).queue)

    def decide(self, number: int, context: Context) -> list[Fact]:
        """Return the facts of a new ticket; Refused if the person may not or has too many."""
        if self.follow_up_of is None:
            _check_caps(context)
            if self.topic not in context.policy.topics:
                raise Refused("unknown_topic", at_field="topic")
        topic = context.policy.topic(self.topic)
        if not self.summary.text:
            raise Refused("empty", at_field="summary")
        now, by = context.now, context.actor.person
        priority = topic.priority
        if self.impact and self.urgency:
            priority = priority_of(self.impact, self.urgency)
        opened = Opened(
            at=now,
            by=by,
            number=number,
            requester=self.requester,
            door=self.door,
            zone=self.zone,
            topic=self.topic,
            queue=self.queue(context.policy),
            priority=priority,
            is_confidential=topic.confidential or self.is_private,
            summary=self.summary.ref,
            details=self.details.ref
            if self.details and (self.details.text or self.details.files)
            else None,
            answers=self.answers.ref if self.answers else None,
            impact=self.impact,
            urgency=self.urgency,
            checklist=topic.checklist,
            follow_up_of=self.follow_up_of,
        )
        facts: list[Fact] = [opened]
        facts += [WatcherAdded(at=now, by=by, person=person) for person in sorted(self.watchers)]
        queue = context.policy.queue(opened.queue)
        agent = route(queue.routing, context.roster)
        if agent:
            facts.append(Assigned(at=now, by=by, agent=agent, before=None))
        return facts


def _check_caps(context: Context) -> None:
    intake, caps = context.policy.intake, context.caps
    if len(caps.unsolved) >= intake.open_cap:
        raise Refused("too_many_open", cap=intake.open_cap, number=caps.unsolved[0])
    if caps.within_hour >= intake.per_hour:
        latest = caps.unsolved[0] if caps.unsolved else None
        raise Refused("too_many_within_hour", cap=intake.per_hour, number=latest)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddWatcher(Command):
    """Let another person follow the requester's conversation, or follow it oneself."""

    action: ClassVar[Action] = Action.ADD_PERSON

    person: PersonId

    def people(self) -> tuple[PersonId, ...]:
        """Return the person to add."""
        return (self.person,)

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Add the person unless they already follow it."""
        if self.person in ticket.watchers or self.person == ticket.requester:
            return []
        return [WatcherAdded(at=context.now, by=context.actor.person, person=self.person)]
