"""Who may do what: the one function every door asks, over one table; unknown means refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.ticket import CLOCK, PersonId, QueueName, Ticket


class Who(StrEnum):
    """A person's role, or how they relate to the ticket at hand."""

    ANYONE = "anyone"
    REQUESTER = "requester"
    OPENER = "opener"
    WATCHER = "watcher"
    APPROVER = "approver"
    ASSIGNEE = "assignee"
    QUEUE_AGENT = "queue agent"
    QUEUE_LEAD = "queue lead"
    AGENT = "agent"
    MANAGER = "manager"
    ADMIN = "admin"
    CLOCK = "clock"


class Action(StrEnum):
    """Everything that can be asked of the desk."""

    OPEN = "open"
    OPEN_FOR = "open for"
    SEE = "see"
    SEE_NOTES = "see notes"
    EXPORT = "export"
    MESSAGE = "message"
    ADD_PERSON = "add person"
    WITHDRAW = "withdraw"
    CONFIRM = "confirm"
    STILL_CHECKING = "still checking"
    REOPEN = "reopen"
    RATE = "rate"
    ANSWER_FOLLOW_UP = "answer follow-up"
    SOLVE_SELF = "solve self"
    CLAIM = "claim"
    ASSIGN = "assign"
    RELEASE = "release"
    TRANSFER = "transfer"
    ESCALATE = "escalate"
    SET_PRIORITY = "set priority"
    SET_TOPIC = "set topic"
    TRIAGE = "triage"
    ASK = "ask"
    REPLY = "reply"
    UNDO_REPLY = "undo reply"
    NOTE = "note"
    HOLD = "hold"
    RESUME = "resume"
    REQUEST_APPROVAL = "request approval"
    DECIDE_APPROVAL = "decide approval"
    TICK_OFF = "tick off"
    RESOLVE = "resolve"
    MERGE = "merge"
    UNMERGE = "unmerge"
    LINK = "link"
    MARK_SPAM = "mark spam"
    NOT_SPAM = "not spam"
    SEE_QUEUE = "see queue"
    SEE_DIGEST = "see digest"
    SUBSCRIBE = "subscribe"
    LINK_ACCOUNT = "link account"
    ADMINISTER = "administer"
    TIME_PASSES = "time passes"


_ALL = frozenset({Who.ANYONE})
_REQUESTING = frozenset({Who.REQUESTER, Who.OPENER, Who.WATCHER})
_WORKING = frozenset({Who.QUEUE_AGENT, Who.QUEUE_LEAD, Who.ASSIGNEE})
_OWNING = frozenset({Who.ASSIGNEE, Who.QUEUE_LEAD})
_REQUESTER = frozenset({Who.REQUESTER})

PERMISSIONS: dict[Action, frozenset[Who]] = {
    Action.OPEN: _ALL,
    Action.OPEN_FOR: frozenset({Who.AGENT, Who.MANAGER, Who.ADMIN}),
    Action.SEE: _REQUESTING | _WORKING | {Who.AGENT, Who.MANAGER, Who.ADMIN, Who.APPROVER},
    Action.SEE_NOTES: _WORKING | {Who.AGENT, Who.MANAGER},
    Action.EXPORT: _REQUESTING | _WORKING | {Who.MANAGER},
    Action.MESSAGE: _REQUESTING,
    Action.ADD_PERSON: _REQUESTER | {Who.OPENER} | _WORKING,
    Action.WITHDRAW: _REQUESTER | {Who.OPENER},
    Action.CONFIRM: _REQUESTER,
    Action.STILL_CHECKING: _REQUESTER,
    Action.REOPEN: _REQUESTER | {Who.QUEUE_LEAD},
    Action.RATE: _REQUESTER,
    Action.ANSWER_FOLLOW_UP: _REQUESTER,
    Action.SOLVE_SELF: _REQUESTER,
    Action.CLAIM: _WORKING,
    Action.ASSIGN: _WORKING,
    Action.RELEASE: _OWNING,
    Action.TRANSFER: _WORKING | {Who.ADMIN},  # nobody works a queue that left the policy
    Action.ESCALATE: _WORKING,
    Action.SET_PRIORITY: _WORKING,
    Action.SET_TOPIC: _WORKING,
    Action.TRIAGE: _WORKING,
    Action.ASK: _WORKING,
    Action.REPLY: _WORKING,
    Action.UNDO_REPLY: _WORKING,
    Action.NOTE: _WORKING | {Who.AGENT, Who.MANAGER},
    Action.HOLD: _OWNING,
    Action.RESUME: _WORKING,
    Action.REQUEST_APPROVAL: _OWNING,
    Action.DECIDE_APPROVAL: frozenset({Who.APPROVER}),
    Action.TICK_OFF: _WORKING,
    Action.RESOLVE: _OWNING,
    Action.MERGE: _WORKING | {Who.CLOCK},
    Action.UNMERGE: _WORKING,
    Action.LINK: _WORKING,
    Action.MARK_SPAM: _WORKING,
    Action.NOT_SPAM: _WORKING,
    Action.SEE_QUEUE: frozenset({Who.AGENT, Who.MANAGER}),
    Action.SEE_DIGEST: frozenset({Who.MANAGER, Who.ADMIN}),
    Action.SUBSCRIBE: frozenset({Who.MANAGER, Who.ADMIN}),
    Action.LINK_ACCOUNT: _ALL,
    Action.ADMINISTER: frozenset({Who.ADMIN}),
    Action.TIME_PASSES: frozenset({Who.CLOCK}),
}

HIDDEN_BY_CONFIDENTIALITY = frozenset({Who.AGENT, Who.MANAGER, Who.ADMIN})
"""Roles that count for nothing on a confidential ticket: only its queue and its people remain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who is asking, with the roles they have at this moment."""

    person: PersonId
    agent_of: frozenset[QueueName] = field(default=frozenset())
    lead_of: frozenset[QueueName] = field(default=frozenset())
    is_manager: bool = False
    is_admin: bool = False
    is_blocked: bool = False

    @property
    def is_agent(self) -> bool:
        """Works at least one queue."""
        return bool(self.agent_of)


OUTSIDE = QueueName("-")
"""Among the queues somebody joined: a guest, or gone, who works none whatever the policy says.

No queue can be called like this.
"""

THE_CLOCK = Actor(person=CLOCK)
"""The passing of time, as an actor."""


def actor_of(
    person: PersonId, handles: Iterable[str], joined: Iterable[QueueName], policy: Policy
) -> Actor:
    """Work out a person's roles from their `platform:id` handles and the queues they joined."""
    names, joined = frozenset(handles), frozenset(joined)
    is_blocked = bool(names & {*policy.intake.blocked})
    if OUTSIDE in joined:
        return Actor(person=person, is_blocked=is_blocked)
    leads = {QueueName(name) for name, queue in policy.queues.items() if names & {*queue.leads}}
    agents = {QueueName(name) for name, queue in policy.queues.items() if names & {*queue.agents}}
    known = {queue for queue in joined if queue in policy.queues}
    return Actor(
        person=person,
        agent_of=frozenset(agents | leads | known),
        lead_of=frozenset(leads),
        is_manager=bool(names & {*policy.managers}),
        is_admin=bool(names & {*policy.admins}),
        is_blocked=is_blocked,
    )


def relations(actor: Actor, ticket: Ticket | None) -> frozenset[Who]:
    """Return everything the actor is, in general and to this ticket."""
    if actor.person == CLOCK:
        return frozenset({Who.CLOCK})
    roles = {
        Who.ANYONE: not actor.is_blocked,
        Who.AGENT: actor.is_agent,
        Who.MANAGER: actor.is_manager,
        Who.ADMIN: actor.is_admin,
    }
    found = {who for who, holds in roles.items() if holds}
    if ticket is None:
        return frozenset(found)
    if ticket.is_confidential:
        found -= HIDDEN_BY_CONFIDENTIALITY
    works_it = ticket.queue in actor.agent_of
    to_ticket = {
        Who.REQUESTER: actor.person == ticket.requester,
        Who.OPENER: actor.person == ticket.opened_by,
        Who.WATCHER: actor.person in ticket.watchers,
        Who.APPROVER: ticket.hold is not None and ticket.hold.approver == actor.person,
        Who.ASSIGNEE: actor.person == ticket.assignee and (works_it or actor.is_agent),
        Who.QUEUE_AGENT: works_it,
        Who.QUEUE_LEAD: ticket.queue in actor.lead_of,
    }
    return frozenset(found | {who for who, holds in to_ticket.items() if holds})


def may(action: Action, actor: Actor, ticket: Ticket | None = None) -> bool:
    """Decide whether the actor may do this, to this ticket if there is one."""
    return bool(PERMISSIONS.get(action, frozenset()) & relations(actor, ticket))
