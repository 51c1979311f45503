"""Whom a new ticket goes to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chatdesk.lifecycle.assignment import Assign, Release, Route, Transfer
from chatdesk.lifecycle.facts import write
from chatdesk.lifecycle.intake import Open
from chatdesk.lifecycle.permissions import THE_CLOCK
from chatdesk.lifecycle.policy import Routing
from chatdesk.lifecycle.routing import Candidate, route
from chatdesk.lifecycle.step import Context
from chatdesk.lifecycle.ticket import TopicName
from chatdesk.lifecycle.timers import timers
from tests.lifecycle.world import (
    AGENT,
    HR,
    IT,
    JO,
    LEA,
    MARA,
    MONDAY,
    POLICY,
    REQUESTER,
    SAM,
    World,
    opened,
)

EARLIER = MONDAY - timedelta(hours=1)


def test_manual_routing_leaves_it_for_a_claim() -> None:
    assert route(Routing.MANUAL, [Candidate(person=JO)]) is None


def test_round_robin_turns_to_whoever_was_given_one_longest_ago() -> None:
    agents = [
        Candidate(person=JO, last_assigned_at=MONDAY),
        Candidate(person=SAM, last_assigned_at=EARLIER),
    ]
    assert route(Routing.ROUND_ROBIN, agents) == SAM
    assert route(Routing.ROUND_ROBIN, [*agents, Candidate(person=LEA)]) == LEA


def test_round_robin_passes_over_whoever_is_not_present() -> None:
    agents = [Candidate(person=JO, is_present=False), Candidate(person=SAM)]
    assert route(Routing.ROUND_ROBIN, agents) == SAM
    assert route(Routing.ROUND_ROBIN, agents[:1]) is None


IN_TURN = POLICY.model_copy(
    update={
        "queues": {
            name: queue.model_copy(update={"routing": Routing.ROUND_ROBIN})
            for name, queue in POLICY.queues.items()
        }
    }
)
SATURDAY = MONDAY - timedelta(days=2)


def waiting_over_the_weekend() -> World:
    """A ticket that came into a queue in turn on Saturday, when nobody was there."""
    world = opened(policy=IN_TURN)
    before = replace(world.ticket, opened_at=SATURDAY, unassigned_since=SATURDAY)
    world.ticket = before
    return world


def test_what_came_while_the_queue_was_closed_is_given_away_when_it_opens() -> None:
    world = waiting_over_the_weekend()
    timer = timers(world.ticket, IN_TURN)["route"]
    assert timer.due_at == MONDAY
    world.does(timer.command, THE_CLOCK)
    assert world.ticket.assignee in {JO, SAM, LEA}
    assert "route" not in timers(world.ticket, IN_TURN)


def test_where_nobody_is_present_even_then_it_is_left_for_a_claim() -> None:
    world = waiting_over_the_weekend()
    world.present = ()
    assert world.does(Route(), THE_CLOCK) == []


def test_what_is_moved_into_a_queue_in_turn_is_given_away_there() -> None:
    world = waiting_over_the_weekend()
    world.does(Assign(agent=JO), AGENT)
    world.does(Transfer(queue=HR, reason=write("Theirs")), AGENT)
    timer = timers(world.ticket, IN_TURN)["route"]
    assert timer.due_at == world.now  # a Monday at nine: at once
    world.does(timer.command, THE_CLOCK)
    assert world.ticket.assignee is not None


def test_what_somebody_put_back_waits_for_a_claim_instead_of_coming_round_again() -> None:
    world = waiting_over_the_weekend()
    world.does(Assign(agent=JO), AGENT)
    world.does(Release(reason=write("Beyond me")), AGENT)
    assert "route" not in timers(world.ticket, IN_TURN)
    assert world.does(Route(), THE_CLOCK) == []


def test_where_agents_claim_nothing_is_given_away() -> None:
    assert "route" not in timers(opened().ticket, POLICY)


def test_a_queue_in_turn_gives_a_new_ticket_away_at_once() -> None:
    queue = POLICY.queues["it"].model_copy(update={"routing": Routing.ROUND_ROBIN})
    policy = POLICY.model_copy(update={"queues": {**POLICY.queues, "it": queue}})
    command = Open(topic=TopicName("laptop"), summary=write("It hums"), requester=MARA, zone="UTC")
    context = Context(now=MONDAY, actor=REQUESTER, policy=policy, roster=(Candidate(person=JO),))
    facts = command.decide(7, context)
    assert [fact.kind for fact in facts] == ["opened", "assigned"]
    assert facts[0].queue == IT  # type: ignore[attr-defined]  # an `Opened`
