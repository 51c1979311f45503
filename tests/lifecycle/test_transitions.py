"""The transition table, for every status x command x role."""

from __future__ import annotations

import contextlib
import inspect
import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from chatdesk.lifecycle import (
    assignment,
    closure,
    followup,
    intake,
    investigation,
    resolution,
    triage,
)
from chatdesk.lifecycle.facts import Fact, write
from chatdesk.lifecycle.permissions import PERMISSIONS, THE_CLOCK, relations
from chatdesk.lifecycle.record import fold
from chatdesk.lifecycle.step import KEEPING, TRANSITIONS, Command, Refused, sources_of
from chatdesk.lifecycle.ticket import CloseReason, Priority, ResolutionCode, Status, TopicName
from chatdesk.lifecycle.timers import timers
from tests.lifecycle.commands import EXAMPLES
from tests.lifecycle.world import ACTORS, AGENT, LEAD, REQUESTER, World, opened, renumbered

STAGES = (intake, triage, assignment, investigation, resolution, closure, followup)

LEGAL = {
    (source, row.target) for row in TRANSITIONS for source in row.sources if row.target is not None
}
"""Every change of status the table knows, whoever asks for it."""

TAKEN_BACK = {"Unmerge", "NotSpam"}
OTHERS = {8: renumbered(opened().ticket, 8)}


def world_in(status: Status) -> World:
    """A ticket that came to its status the ordinary way."""
    world = _lived_until(status)
    return replace(world, record=list(world.record), others={}, aftermath=[])


@cache
def _lived_until(status: Status) -> World:
    world = opened()
    if status is Status.NEW:
        return world
    world.does(assignment.Claim(), AGENT)
    if status is Status.WAITING:
        world.does(triage.AskRequester(question=write("Which version?")), AGENT)
    if status is Status.ON_HOLD:
        until = world.now + timedelta(days=1)
        world.does(investigation.PutOnHold(wake_at=until, reason=write("Parts ordered")), AGENT)
    if status in {Status.RESOLVED, Status.CLOSED}:
        done = resolution.Resolve(code=ResolutionCode.FIXED, summary=write("Rolled out"))
        world.does(done, AGENT)
    if status is Status.CLOSED:
        world.does(closure.Confirm(), REQUESTER)
    return world


def every_case() -> Iterator[tuple[str, Status, str]]:
    """Every command in every status by everyone."""
    for command in EXAMPLES:
        for status in Status:
            for role in ACTORS:
                yield command, status, role


def test_every_command_has_an_example_and_a_place_in_the_table() -> None:
    commands = {
        thing.__name__
        for stage in STAGES
        for thing in vars(stage).values()
        if inspect.isclass(thing) and issubclass(thing, Command) and not inspect.isabstract(thing)
    }
    assert commands == set(EXAMPLES)
    assert commands | {"Open"} == {row.command for row in TRANSITIONS} | set(KEEPING)


def test_every_row_of_the_guide_is_in_the_table() -> None:
    assert {row.id for row in TRANSITIONS} == {f"T{number}" for number in range(1, 17)}


def test_every_status_by_every_command_by_everyone() -> None:
    """What is not permitted or not in the table is refused; what happens is legal and folds."""
    happened = 0
    for name, status, role in every_case():
        world, actor = world_in(status), ACTORS[role]
        world.others = OTHERS
        command = EXAMPLES[name]()
        before = world.ticket
        permitted = bool(PERMISSIONS[command.action] & relations(actor, before))
        refused: Refused | None = None
        facts: list[Fact] = []
        try:
            facts = world.does(command, actor)
        except Refused as refusal:
            refused = refusal
        if refused is not None:
            assert world.ticket == before
            assert permitted or refused.key in {"no_such_ticket", "not_allowed"}
            continue
        assert permitted, (name, status, role)
        assert status in sources_of(name), (name, status, role)
        happened += bool(facts)
        steps = [stretch.status for stretch in world.ticket.history]
        for pair in itertools.pairwise(steps):
            assert pair in LEGAL or name in TAKEN_BACK, (name, status, role, pair)
        assert fold(world.record) == world.ticket
    assert happened > 150  # the table is not vacuous


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("name", sorted({row.command for row in TRANSITIONS} - {"Open"}))
def test_a_command_outside_its_statuses_is_refused_whoever_asks(name: str, status: Status) -> None:
    if status in sources_of(name):
        return
    for actor in ACTORS.values():
        with pytest.raises(Refused) as refused:
            world_in(status).does(EXAMPLES[name](), actor)
        assert refused.value.key in {"not_now", "not_allowed", "no_such_ticket"}


def test_a_ticket_one_may_not_see_and_one_that_does_not_exist_give_the_same_answer() -> None:
    with pytest.raises(Refused) as refused:
        opened().does(assignment.Claim(), ACTORS["stranger"])
    assert refused.value.key == "no_such_ticket"
    assert refused.value.details == {"number": 7}


def test_it_works_now_resolves_and_closes_at_once_and_says_what_was_waived() -> None:
    world = opened("server")
    facts = world.does(resolution.SolveSelf(), REQUESTER)
    assert [fact.kind for fact in facts] == ["resolved", "closed"]
    assert facts[0].waived == ("checklist",)  # type: ignore[attr-defined]  # a `Resolved`
    assert world.ticket.closing is not None
    assert world.ticket.closing.reason is CloseReason.SELF_SOLVED


def test_silence_never_ends_a_critical_ticket() -> None:
    for priority, expected in (("medium", Status.RESOLVED), ("critical", Status.WAITING)):
        world = world_in(Status.OPEN)
        choice = triage.SetPriority(priority=Priority(priority), reason=write("as agreed"))
        world.does(choice, AGENT)
        world.does(triage.AskRequester(question=write("Which?")), AGENT)
        for _ in range(2):
            world.does(investigation.Nudge(), THE_CLOCK)
            world.does(investigation.NudgeArrived(), THE_CLOCK)
        world.does(resolution.ResolveSilent(), THE_CLOCK)
        assert world.ticket.status is expected


def test_silence_counts_only_nudges_that_arrived() -> None:
    world = world_in(Status.WAITING)
    world.does(investigation.Nudge(), THE_CLOCK)
    world.does(investigation.NudgeArrived(), THE_CLOCK)
    world.does(investigation.Nudge(), THE_CLOCK)
    assert world.does(resolution.ResolveSilent(), THE_CLOCK) == []


def test_a_merge_never_shows_a_confidential_ticket_to_more_people() -> None:
    world = opened()
    private = triage.SetTopic(topic=TopicName("secret"))
    world.does(private, AGENT)
    assert world.ticket.is_confidential
    world.others = {8: renumbered(opened().ticket, 8)}
    with pytest.raises(Refused, match="would_widen"):
        world.does(triage.Merge(target=8), AGENT)


def test_unmerge_returns_to_the_status_before_within_a_week() -> None:
    for days, expected in ((6, Status.WAITING), (8, Status.CLOSED)):
        world = world_in(Status.WAITING)
        world.others = {8: renumbered(opened().ticket, 8)}
        world.does(triage.Merge(target=8), AGENT)
        assert world.ticket.merged_into == 8
        world.passes(days=days)
        with contextlib.suppress(Refused):
            world.does(triage.Unmerge(), AGENT)
        assert world.ticket.status is expected


def test_a_reply_undone_was_never_said() -> None:
    world = world_in(Status.OPEN)
    owed_since, never_answered = world.ticket.unanswered_since, world.ticket.first_reply_at
    world.passes(minutes=5)
    [replied] = world.does(investigation.Reply(text=write("Wrong ticket, sorry")), AGENT)
    assert world.ticket.first_reply_at == world.now
    entry = replied.text.entry  # type: ignore[attr-defined]  # a reply has one
    world.does(investigation.UndoReply(entry=entry), AGENT)
    assert world.ticket.first_reply_at is never_answered
    assert world.ticket.unanswered_since == owed_since


def test_a_lead_reopens_at_any_time_but_not_without_a_reason() -> None:
    world = world_in(Status.CLOSED).passes(days=60)
    with pytest.raises(Refused, match="empty"):
        world.does(resolution.Reopen(why=write("  ")), LEAD)
    world.does(resolution.Reopen(why=write("Found the cause")), LEAD)
    assert world.ticket.status is Status.OPEN


def test_after_the_window_a_linked_ticket_opens_and_the_old_one_stays_closed() -> None:
    world = world_in(Status.CLOSED).passes(days=8)
    world.does(resolution.Reopen(why=write("It is back")), REQUESTER)
    assert world.ticket.status is Status.CLOSED
    assert len(world.aftermath) == 1


def test_still_checking_gives_more_time_and_leaves_when_it_was_resolved() -> None:
    world = world_in(Status.RESOLVED)
    resolved_at = world.now
    before = timers(world.ticket, world.policy)["auto_confirm"].due_at
    world.passes(days=1)
    world.does(resolution.StillChecking(), REQUESTER)
    assert world.ticket.resolution is not None
    assert world.ticket.resolution.at == resolved_at
    assert timers(world.ticket, world.policy)["auto_confirm"].due_at == before + timedelta(days=1)


def test_an_agent_can_still_speak_to_whoever_gave_a_low_rating() -> None:
    world = world_in(Status.CLOSED)
    world.does(followup.Rate(score=1), REQUESTER)
    world.does(investigation.Reply(text=write("I am sorry; may I call you?")), AGENT)
    assert world.ticket.status is Status.CLOSED
