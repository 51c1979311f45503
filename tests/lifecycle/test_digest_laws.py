"""The laws that figures keep, whatever happened to the tickets."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from chatdesk.lifecycle import digest, sla
from chatdesk.lifecycle.closure import Confirm, Withdraw
from chatdesk.lifecycle.digest import Figures, Period
from chatdesk.lifecycle.digest.past import as_of
from chatdesk.lifecycle.followup import Rate
from chatdesk.lifecycle.investigation import Resume, WarnSla
from chatdesk.lifecycle.permissions import THE_CLOCK, Actor
from chatdesk.lifecycle.record import fold
from chatdesk.lifecycle.resolution import SolveSelf, StillChecking
from chatdesk.lifecycle.step import Command, Refused
from chatdesk.lifecycle.ticket import Ticket, Warned
from chatdesk.lifecycle.triage import MarkSpam, NotSpam
from tests.lifecycle.laws import laws
from tests.lifecycle.test_digest import (
    HOUR,
    WEEK,
    answer,
    ask,
    at,
    claim,
    drawn,
    hold,
    reopen,
    reply,
    resolve,
)
from tests.lifecycle.world import AGENT, LEAD, POLICY, REQUESTER, World, opened

LAWS = laws(5)

STEPS: dict[str, tuple[Callable[[], Command], Actor]] = {
    "claim": (claim, AGENT),
    "reply": (reply, AGENT),
    "ask": (ask, AGENT),
    "answer": (answer, REQUESTER),
    "hold": (hold, LEAD),
    "resume": (Resume, AGENT),
    "resolve": (resolve, LEAD),
    "solve": (SolveSelf, REQUESTER),
    "check": (StillChecking, REQUESTER),
    "confirm": (Confirm, REQUESTER),
    "reopen": (reopen, REQUESTER),
    "rate": (lambda: Rate(score=2), REQUESTER),
    "withdraw": (Withdraw, REQUESTER),
    "spam": (MarkSpam, AGENT),
    "unspam": (NotSpam, AGENT),
}
TURNED_AWAY = {"spam", "withdraw"}

LIVES = range(1, 25)
CALM = LIVES[1::2]
"""Of even numbers nothing is turned away."""


def some(lives: range) -> st.SearchStrategy[list[int]]:
    """Which tickets a desk has; each number has a life of its own, the same in every test."""
    return st.sets(st.sampled_from(lives), min_size=1, max_size=5).map(sorted)


@cache
def lived(number: int, *, is_clock_up: bool = True) -> World:
    """Let a ticket live: every few hours, somebody does something if they may.

    The clock, if it is up, records breaches as they happen.
    """
    chance = random.Random(number)  # noqa: S311 - the same life every time
    names = sorted(STEPS.keys() - TURNED_AWAY if number in CALM else STEPS)
    world = opened(number=number)
    for _ in range(8):
        until = world.now + chance.randint(0, 30) * HOUR
        if is_clock_up:
            record_breaches(world, until)
        world.now = until
        make, actor = STEPS[chance.choice(names)]
        try:
            world.does(make(), actor)
        except Refused:
            continue
    if is_clock_up:
        record_breaches(world, at("Mon++ 09:00"))
    return world


def record_breaches(world: World, until: datetime) -> None:
    while missed := list(owed_before(world.ticket, until)):
        world.now, target, since = min(missed)
        command = WarnSla(target=target, percent=100, since=since, due_at=world.now)
        world.does(command, THE_CLOCK)


def owed_before(ticket: Ticket, until: datetime) -> Iterator[tuple[datetime, str, datetime]]:
    """What became due before that moment and is in no record, with the cycle it is of."""
    for clock in sla.clocks(ticket, POLICY):
        warned = Warned(target=clock.target, percent=100, since=clock.since)
        if clock.due_at is not None and clock.due_at < until and warned not in ticket.warned:
            yield clock.due_at, clock.target, clock.since


@LAWS
@given(numbers=some(LIVES), seed=st.integers(0, 99))
def test_the_order_in_which_things_are_looked_at_does_not_matter(
    numbers: list[int], seed: int
) -> None:
    worlds = [lived(number) for number in numbers]
    tickets = [world.ticket for world in worlds]
    facts = [(world.ticket.number, fact) for world in worlds for fact in world.record]
    chance = random.Random(seed)  # noqa: S311 - any order will do
    some_tickets = chance.sample(tickets, len(tickets))
    some_facts = chance.sample(facts, len(facts))

    in_order = digest.figures(tickets, facts, WEEK, POLICY)

    assert digest.figures(some_tickets, some_facts, WEEK, POLICY) == in_order


@LAWS
@given(numbers=some(LIVES), which=st.integers(0, 99), is_clock_up=st.booleans())
def test_the_counts_of_two_parts_add_up_to_those_of_the_whole(
    numbers: list[int], which: int, is_clock_up: bool
) -> None:
    worlds = [lived(number, is_clock_up=is_clock_up) for number in numbers]
    cut = a_moment_of(worlds, which)

    whole = drawn(worlds, WEEK)
    first = drawn(worlds, Period(start=WEEK.start, end=cut))
    second = drawn(worlds, Period(start=cut, end=WEEK.end))

    assert first.opened + second.opened == whole.opened
    assert first.resolved + second.resolved == whole.resolved
    assert first.reopened.count + second.reopened.count == whole.reopened.count
    assert first.recurred.count + second.recurred.count == whole.recurred.count
    assert first.breaches + second.breaches == whole.breaches
    assert second.backlog == whole.backlog


def a_moment_of(worlds: list[World], which: int) -> datetime:
    """A moment of the week at which something happened: where counting twice would begin."""
    moments = sorted({fact.at for world in worlds for fact in world.record if fact.at in WEEK})
    return moments[which % len(moments)]


@LAWS
@given(numbers=some(CALM), days=st.integers(0, 6))
def test_what_comes_in_and_what_goes_out_is_what_remains(numbers: list[int], days: int) -> None:
    period = Period(start=WEEK.start, end=WEEK.start + timedelta(days=days, hours=13))

    found = drawn([lived(number) for number in numbers], period)

    assert found.backlog.count == found.opened - found.resolved + found.reopened.count


@LAWS
@given(numbers=some(CALM), which=st.integers(0, 99))
def test_what_happens_after_a_period_does_not_change_it(numbers: list[int], which: int) -> None:
    worlds = [lived(number) for number in numbers]
    period = Period(start=WEEK.start, end=a_moment_of(worlds, which))

    begun = [world for world in worlds if world.ticket.opened_at < period.end]
    known_then = drawn([as_it_was(world, period.end) for world in begun], period)

    assert without_load(drawn(worlds, period)) == without_load(known_then)


def as_it_was(world: World, moment: datetime) -> World:
    """The ticket as its record up to the moment tells it."""
    known = [fact for fact in world.record if fact.at < moment]
    return replace(world, ticket=fold(known), record=known)


def without_load(figures: Figures) -> Figures:
    """Who has a ticket is known for now alone."""
    return replace(figures, backlog=replace(figures.backlog, load=(), unassigned=0))


@LAWS
@given(number=st.sampled_from(LIVES), which=st.integers(0, 99))
def test_the_history_tells_what_a_ticket_was(number: int, which: int) -> None:
    world = lived(number)
    moment = a_moment_of([world], which)
    told = as_of(world.ticket, moment)
    if moment == world.ticket.opened_at:
        assert told is None
        return

    was = as_it_was(world, moment).ticket

    assert told is not None
    assert (told.status, told.history) == (was.status, was.history)
    assert told.first_reply_at == was.first_reply_at
    assert (told.resolution is None) == (was.resolution is None or was.is_unsolved)


@LAWS
@given(numbers=some(LIVES))
def test_a_clock_that_was_down_loses_no_breach_of_a_reply_or_resolution(numbers: list[int]) -> None:
    up = drawn([lived(number, is_clock_up=True) for number in numbers], WEEK)
    down = drawn([lived(number, is_clock_up=False) for number in numbers], WEEK)

    told = tuple(one for one in up.breaches if one.target in {"first_reply", "resolution"})
    assert told == down.breaches
    assert (up.first_reply, up.resolution) == (down.first_reply, down.resolution)


@LAWS
@given(numbers=some(LIVES), gone=st.sampled_from(LIVES), step=st.sampled_from(sorted(TURNED_AWAY)))
def test_a_ticket_turned_away_is_in_no_figure(numbers: list[int], gone: int, step: str) -> None:
    worlds = [lived(number) for number in numbers if number != gone]
    away = replace(lived(gone))
    make, actor = STEPS[step]
    try:
        away.does(make(), actor)
    except Refused:
        return  # it is solved, and a solved ticket counts

    assert drawn([*worlds, away], WEEK) == drawn(worlds, WEEK)
