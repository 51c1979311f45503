"""Gathers what a decision looks at: who is asking, and what their command needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chatdesk.lifecycle.calendar import calendar_for
from chatdesk.lifecycle.permissions import OUTSIDE, THE_CLOCK, Actor, actor_of
from chatdesk.lifecycle.policy import Policy, Routing
from chatdesk.lifecycle.routing import Candidate
from chatdesk.lifecycle.step import Caps, Command, Context, Need, Opening, Refused
from chatdesk.lifecycle.ticket import CLOCK, PersonId, QueueName, Ticket
from chatdesk.ports import Standing, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked, of which ticket (None for an opening), when, under which policy."""

    command: Command | Opening
    ticket: Ticket | None
    now: datetime
    policy: Policy


def actor(tx: Transaction, person: PersonId, policy: Policy) -> Actor:
    """Return a person with the roles they have at this moment."""
    if person == CLOCK:
        return THE_CLOCK
    handles, joined = tx.people.ties(person)
    return actor_of(person, handles, joined, policy)


def actor_standing(standing: Standing, policy: Policy) -> Actor:
    """Return a person with the roles that follow from where they stand."""
    return actor_of(standing.person.person, standing.handles, standing.joined, policy)


def context(tx: Transaction, asked: Asked, by: Actor) -> Context:
    """Return everything the decision may look at; Refused if it names people nobody knows."""
    command, ticket, policy = asked.command, asked.ticket, asked.policy
    needs = command.needs
    queue = ticket.queue if ticket else _queue_of(command, policy)
    requester = ticket.requester if ticket else _requester_of(command)
    if requester and needs & {Need.CAPS, Need.LAST_FOLLOW_UP}:
        tx.people.take(requester)  # what is counted must still be true when the decision is saved
    if Need.TURN in needs and queue and policy.queue(queue).routing is not Routing.MANUAL:
        tx.people.take(PersonId(f"turn in {queue}"))  # two at once would both be given to the same
    caps = Caps()
    children: tuple[int, ...] = ()
    if Need.CAPS in needs and requester:
        hour_ago = asked.now - timedelta(hours=1)
        unsolved, within_hour = tx.tickets.opened(requester, hour_ago)
        caps = Caps(unsolved=unsolved, within_hour=within_hour)
    if Need.CHILDREN in needs and ticket:
        children = tx.tickets.children_unsolved(ticket.number)
    last_follow_up_at = None
    if Need.LAST_FOLLOW_UP in needs and requester:
        last_follow_up_at = tx.tickets.last_follow_up_at(requester)
    return Context(
        now=asked.now,
        actor=by,
        policy=policy,
        roster=roster(tx, queue, asked.now, policy) if queue and _asks_who(command, policy) else (),
        caps=caps,
        open_children=children,
        others=_others(tx, command),
        above=_above(tx, command) if Need.PARENTS in needs else frozenset(),
        last_follow_up_at=last_follow_up_at,
    )


def agents(tx: Transaction, queue: QueueName, policy: Policy) -> tuple[PersonId, ...]:
    """Return everyone who works a queue: named in the policy, or a member through a platform."""
    rules = policy.queue(queue)
    named = (tx.people.by_handle(handle) for handle in {*rules.agents, *rules.leads})
    people = {person.person for person in named if person} | set(tx.people.members(queue))
    return tuple(sorted(people.difference(tx.people.members(OUTSIDE))))


def leads(tx: Transaction, queue: QueueName, policy: Policy) -> frozenset[PersonId]:
    """Return who runs a queue."""
    named = (tx.people.by_handle(handle) for handle in policy.queue(queue).leads)
    people = frozenset(person.person for person in named if person)
    return people.difference(tx.people.members(OUTSIDE))


def roster(
    tx: Transaction, queue: QueueName, now: datetime, policy: Policy
) -> tuple[Candidate, ...]:
    """Return a queue's agents with their load; present means not away and in the queue's hours."""
    people = agents(tx, queue, policy)
    is_open = calendar_for(policy, queue).is_open(now)
    known = tx.people.get(people)
    workload = tx.tickets.workload(people)
    found = []
    for person in people:
        away_until = known[person].away_until if person in known else None
        unsolved, last_assigned_at = workload.get(person, (0, None))
        is_away = away_until is not None and away_until > now
        candidate = Candidate(
            person=person,
            is_present=is_open and not is_away,
            is_away=is_away,
            unsolved=unsolved,
            last_assigned_at=last_assigned_at,
        )
        found.append(candidate)
    return tuple(found)


def check_people(tx: Transaction, command: Command | Opening) -> None:
    """Refuse a command that names somebody the desk does not know."""
    if not isinstance(command, Command):
        return
    named = command.people()
    known = tx.people.get(named) if named else {}
    for person in named:
        if person not in known:
            raise Refused("unknown_person", at_field="person")


def _asks_who(command: Command | Opening, policy: Policy) -> bool:
    """Tell whether a command looks at who is there: not where new tickets wait for a claim."""
    if isinstance(command, Opening):
        routing = policy.queue(command.queue(policy)).routing
        return Need.ROSTER in command.needs and routing is not Routing.MANUAL
    return Need.ROSTER in command.needs


def _others(tx: Transaction, command: Command | Opening) -> dict[int, Ticket]:
    """Return the tickets a command names, and those in which merged ones of them go on."""
    found: dict[int, Ticket] = {}
    waiting = list(command.others()) if isinstance(command, Command) else []
    while waiting:
        ticket = tx.tickets.load(waiting.pop(), to_change=True)
        if ticket is not None and ticket.number not in found:
            found[ticket.number] = ticket
            waiting += [ticket.merged_into] if ticket.merged_into else []
    return found


def _above(tx: Transaction, command: Command | Opening) -> frozenset[int]:
    """Return what the tickets a command names are part of, and what those are part of, and so on.

    Each is kept from being made a part of something else meanwhile.
    """
    found: set[int] = set()
    waiting = list(command.others()) if isinstance(command, Command) else []
    while waiting:
        ticket = tx.tickets.load(waiting.pop(), to_change=True)
        if ticket is not None and ticket.parent is not None and ticket.parent not in found:
            found.add(ticket.parent)
            waiting.append(ticket.parent)
    return frozenset(found)


def _queue_of(command: Command | Opening, policy: Policy) -> QueueName | None:
    return command.queue(policy) if isinstance(command, Opening) else None


def _requester_of(command: Command | Opening) -> PersonId | None:
    return command.requester if isinstance(command, Opening) else None
