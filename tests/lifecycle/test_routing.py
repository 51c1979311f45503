"""Whom a new ticket goes to."""

from __future__ import annotations

from datetime import timedelta

from chatdesk.lifecycle.facts import write
from chatdesk.lifecycle.intake import Open
from chatdesk.lifecycle.policy import Routing
from chatdesk.lifecycle.routing import Candidate, route
from chatdesk.lifecycle.step import Context
from chatdesk.lifecycle.ticket import TopicName
from tests.lifecycle.world import IT, JO, LEA, MARA, MONDAY, POLICY, REQUESTER, SAM

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


def test_a_queue_in_turn_gives_a_new_ticket_away_at_once() -> None:
    queue = POLICY.queues["it"].model_copy(update={"routing": Routing.ROUND_ROBIN})
    policy = POLICY.model_copy(update={"queues": {**POLICY.queues, "it": queue}})
    command = Open(topic=TopicName("laptop"), summary=write("It hums"), requester=MARA, zone="UTC")
    context = Context(now=MONDAY, actor=REQUESTER, policy=policy, roster=(Candidate(person=JO),))
    facts = command.decide(7, context)
    assert [fact.kind for fact in facts] == ["opened", "assigned"]
    assert facts[0].queue == IT  # type: ignore[attr-defined]
