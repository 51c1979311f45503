"""The figures of a digest: a week worked out by hand, and the laws that hold for every week."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from chatdesk.lifecycle import digest
from chatdesk.lifecycle.assignment import Claim, Transfer
from chatdesk.lifecycle.closure import Confirm, Withdraw
from chatdesk.lifecycle.digest import (
    Breach,
    Figures,
    Load,
    LowRating,
    Period,
    Ratio,
    Times,
    TopicFigure,
    Unsolved,
    compared,
    period_of,
)
from chatdesk.lifecycle.facts import write
from chatdesk.lifecycle.followup import ItCameBack, Rate
from chatdesk.lifecycle.intake import Open
from chatdesk.lifecycle.investigation import AddMessage, PutOnHold, Reply, WarnSla
from chatdesk.lifecycle.permissions import THE_CLOCK, Actor
from chatdesk.lifecycle.record import fold
from chatdesk.lifecycle.resolution import Reopen, Resolve, StillChecking
from chatdesk.lifecycle.step import Command, Context
from chatdesk.lifecycle.ticket import ResolutionCode, Ticket, TopicName
from chatdesk.lifecycle.triage import AskRequester, MarkSpam, Merge, NotSpam, Unmerge
from tests.lifecycle.laws import laws
from tests.lifecycle.world import (
    AGENT,
    COLLEAGUE,
    HR,
    IT,
    JO,
    LEAD,
    MARA,
    MONDAY,
    POLICY,
    REQUESTER,
    SAM,
    World,
    opened,
)

LAWS = laws(10)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def at(text: str) -> datetime:
    """`Mon 09:00` of the week of the stories, with a `+` of the next, with a `-` of the last."""
    day, clock = text.split()
    weeks = day.count("+") - day.count("-")
    hour, minute = map(int, clock.split(":"))
    midnight = MONDAY.replace(hour=0) + timedelta(days=7 * weeks + DAYS.index(day[:3]))
    return midnight + timedelta(hours=hour, minutes=minute)


WEEK = period_of("weekly", at("Mon+ 09:00"), "UTC")


def claim() -> Command:
    return Claim()


def reply() -> Command:
    return Reply(text=write("Please try 5.2"), anyway=True)


def ask() -> Command:
    return AskRequester(question=write("Which version?"))


def answer() -> Command:
    return AddMessage(text=write("The version is 5.1 and it fails"))


def hold() -> Command:
    return PutOnHold(wake_at=at("Mon++ 09:00"), reason=write("The part is ordered"))


def resolve() -> Command:
    return Resolve(code=ResolutionCode.FIXED, summary=write("Client 5.2"))


def reopen() -> Command:
    return Reopen(why=write("It fails again"))


def ending(when: str) -> Period:
    return Period(start=WEEK.start, end=at(when))


@dataclass
class Desk:
    """Tickets that came about one command at a time, and the figures drawn from them."""

    worlds: dict[int, World] = field(default_factory=dict)

    def open(
        self, number: int, when: str, *, topic: str = "laptop", follow_up_of: int | None = None
    ) -> Desk:
        """Mara opens a ticket."""
        command = Open(
            topic=TopicName(topic),
            summary=write("VPN drops"),
            requester=MARA,
            zone="UTC",
            follow_up_of=follow_up_of,
        )
        facts = command.decide(number, Context(now=at(when), actor=REQUESTER, policy=POLICY))
        self.worlds[number] = World(ticket=fold(facts), record=list(facts), now=at(when))
        return self

    def does(self, number: int, when: str, command: Command, by: Actor = AGENT) -> Desk:
        """Somebody does something to a ticket."""
        world = self.worlds[number]
        world.now = at(when)
        world.others = {other: one.ticket for other, one in self.worlds.items() if other != number}
        world.does(command, by)
        return self

    def figures(self, period: Period = WEEK, queue: str | None = None) -> Figures:
        """Draw the figures."""
        return drawn(self.worlds.values(), period, queue)


def drawn(worlds: Iterable[World], period: Period, queue: str | None = None) -> Figures:
    kept = list(worlds)
    tickets = [world.ticket for world in kept]
    facts = [(world.ticket.number, fact) for world in kept for fact in world.record]
    return digest.figures(tickets, facts, period, POLICY, IT if queue == "it" else None)


# --- a week, worked out by hand -------------------------------------------------------------------
# Office hours 9 to 17, Monday to Friday. Promised: first reply in 1 h, resolution in 8 h.


def the_week() -> Desk:
    desk = Desk()
    # 1: answered in 30 minutes, resolved in 2 hours, confirmed, and all is well
    desk.open(1, "Mon 09:00").does(1, "Mon 09:30", reply()).does(1, "Mon 11:00", resolve())
    desk.does(1, "Mon 12:00", Confirm(), REQUESTER).does(1, "Mon 12:05", Rate(score=5), REQUESTER)
    # 2: answered after 2 hours; 3 hours of work, a day of waiting, 2 hours; reopened for 2 more
    desk.open(2, "Mon 09:00").does(2, "Mon 11:00", reply()).does(2, "Mon 12:00", ask())
    desk.does(2, "Tue 12:00", answer(), REQUESTER).does(2, "Tue 14:00", resolve())
    desk.does(2, "Wed 10:00", reopen(), REQUESTER).does(2, "Wed 12:00", resolve())
    # 3: nobody has looked at it yet, and it is not due before Monday
    desk.open(3, "Fri 16:30")
    # 4: answered at once, but the resolution was missed on Tuesday at 17:00, as the record tells
    desk.open(4, "Tue 09:00", topic="server").does(4, "Tue 09:00", claim(), COLLEAGUE)
    desk.does(4, "Tue 09:06", reply(), COLLEAGUE)
    missed = WarnSla(
        target="resolution", percent=100, since=at("Tue 09:00"), due_at=at("Tue 17:00")
    )
    desk.does(4, "Tue 17:01", missed, THE_CLOCK)
    # 8: resolved and closed last week; rated 2 and come back in this one
    desk.open(8, "Wed- 09:00").does(8, "Wed- 09:10", reply()).does(8, "Wed- 10:00", resolve())
    desk.does(8, "Fri- 09:00", Confirm(), REQUESTER).does(8, "Mon 08:00", Rate(score=2), REQUESTER)
    desk.does(8, "Thu 09:00", ItCameBack(), REQUESTER)
    # 9: something older came back after its window, and private to its queue
    desk.open(9, "Thu 09:00", topic="secret", follow_up_of=100)
    return desk


def topic_figure(topic: str, opened: int, *, is_confidential: bool = False) -> TopicFigure:
    return TopicFigure(
        topic=TopicName(topic),
        opened=opened,
        usual=None,
        is_spike=False,
        is_confidential=is_confidential,
    )


BY_HAND: tuple[tuple[str, Callable[[Figures], object], object], ...] = (
    ("1, 2, 3, 4 and 9; 8 is of last week", lambda f: f.opened, 5),
    ("1 once and 2 twice; 8 last week", lambda f: f.resolved, 3),
    ("2 on Wednesday and 8 on Thursday, of 3", lambda f: f.reopened, Ratio(2, 3)),
    ("8 after it was closed, and 9 continues another", lambda f: f.recurred, Ratio(2, 3)),
    ("3, 4, 8 and 9 remain", lambda f: f.backlog.count, 4),
    (
        "8 is the oldest, of last week's Wednesday",
        lambda f: f.backlog.oldest[0],
        Unsolved(number=8, opened_at=at("Wed- 09:00"), is_confidential=False),
    ),
    ("oldest first", lambda f: [one.number for one in f.backlog.oldest], [8, 4, 9, 3]),
    (
        "between 4, since Tuesday 9:00, and 9, since Thursday 9:00",
        lambda f: f.backlog.median_age,
        (timedelta(days=5, hours=15) + timedelta(days=3, hours=15)) / 2,
    ),
    (
        "Jo got 8 back, Sam has 4",
        lambda f: f.backlog.load,
        (Load(agent=JO, unsolved=1), Load(agent=SAM, unsolved=1)),
    ),
    ("3 and 9", lambda f: f.backlog.unassigned, 2),
    (
        "30, 120 and 6 minutes",
        lambda f: f.first_reply.business,
        Times(count=3, median=30 * MINUTE, p90=120 * MINUTE),
    ),
    (
        "the same by the wall clock: no night lay between",
        lambda f: f.first_reply.wall,
        Times(count=3, median=30 * MINUTE, p90=120 * MINUTE),
    ),
    (
        "1 and 4 in time; 2 late at 10:00; 9 missed on Thursday; 3 not due",
        lambda f: f.first_reply.in_time,
        Ratio(2, 4),
    ),
    (
        "1 took 2 h; 2 took 3 + 2 and after the reopening 2 more",
        lambda f: f.resolution.business,
        Times(count=2, median=4.5 * HOUR, p90=7 * HOUR),
    ),
    (
        "1 took 2 h; 2 from Monday 9:00 until Wednesday 12:00",
        lambda f: f.resolution.wall,
        Times(count=2, median=26.5 * HOUR, p90=51 * HOUR),
    ),
    (
        "1 and 2 in time, 4 and 9 missed; so did 8, which came back with 7 of its 8 hours left",
        lambda f: f.resolution.in_time,
        Ratio(2, 5),
    ),
    ("a 5 and a 2", lambda f: (f.ratings.count, f.ratings.mean), (2, 3.5)),
    ("from one to five", lambda f: f.ratings.distribution, (0, 1, 0, 0, 1)),
    (
        "the 2 for last week's resolution was given in this one",
        lambda f: f.ratings.low,
        (LowRating(number=8, score=2, at=at("Mon 08:00"), is_confidential=False),),
    ),
    (
        "2's late reply; 4's recorded breach; what 8 and 9 were owed on Thursday",
        lambda f: [(one.number, one.target, one.at) for one in f.breaches],
        [
            (2, "first_reply", at("Mon 10:00")),
            (4, "resolution", at("Tue 17:01")),
            (9, "first_reply", at("Thu 10:00")),
            (8, "resolution", at("Thu 16:00")),
            (9, "resolution", at("Thu 17:00")),
        ],
    ),
    (
        "the secret one may not be named",
        lambda f: [one.number for one in f.breaches if one.is_confidential],
        [9, 9],
    ),
    (
        "three laptops, then by name; with one earlier week nobody knows what is usual",
        lambda f: f.topics,
        (
            topic_figure("laptop", 3),
            topic_figure("secret", 1, is_confidential=True),
            topic_figure("server", 1),
        ),
    ),
)


@pytest.fixture(scope="module")
def week() -> Figures:
    return the_week().figures()


@pytest.mark.parametrize(("reason", "figure", "expected"), BY_HAND, ids=[row[0] for row in BY_HAND])
def test_the_week_by_hand(
    week: Figures, reason: str, figure: Callable[[Figures], object], expected: object
) -> None:
    assert figure(week) == expected, reason


def test_a_queue_has_figures_of_its_own() -> None:
    found = the_week().figures(queue="it")

    assert (found.opened, found.backlog.count, found.recurred) == (4, 3, Ratio(1, 3))
    assert 9 not in {one.number for one in found.breaches}


def test_a_ticket_counts_for_the_queue_it_is_in_now() -> None:
    desk = Desk().open(1, "Mon 09:00")
    desk.does(1, "Mon 10:00", Transfer(queue=HR, reason=write("theirs")))

    assert desk.figures().opened == 1
    assert desk.figures(queue="it").opened == 0


def test_without_tickets_nothing_is_known() -> None:
    found = Desk().figures()

    assert (found.opened, found.resolved, found.backlog.count) == (0, 0, 0)
    assert found.first_reply.business == Times(count=0, median=None, p90=None)
    assert found.first_reply.in_time.rate is None
    assert found.reopened.rate is None
    assert (found.backlog.median_age, found.ratings.mean) == (None, None)


# --- what counts, and when ------------------------------------------------------------------------


def test_a_resolution_that_did_not_hold_until_the_end_has_no_duration_yet() -> None:
    desk = Desk().open(1, "Mon 09:00").does(1, "Mon 09:30", reply())
    desk.does(1, "Mon 10:00", resolve()).does(1, "Mon 11:00", reopen(), REQUESTER)

    found = desk.figures(ending("Mon 17:00"))

    assert found.resolved == 1
    assert found.resolution.business.count == 0
    assert found.resolution.in_time == Ratio(0, 0)  # its clock runs on, until Tuesday at 10:00


def test_a_late_reply_is_missed_when_it_becomes_late_and_not_again_when_it_comes() -> None:
    desk = Desk().open(1, "Fri 15:00").does(1, "Mon+ 10:00", reply())
    next_week = period_of("weekly", at("Mon++ 09:00"), "UTC")

    late, answered = desk.figures(WEEK), desk.figures(next_week)

    assert [one.at for one in late.breaches] == [at("Fri 16:00")]
    assert late.first_reply.in_time == Ratio(0, 1)
    assert late.first_reply.wall.count == 0
    assert answered.first_reply.in_time == Ratio(0, 0)
    assert answered.first_reply.wall.median == timedelta(days=2, hours=19)


def test_a_breach_recorded_and_resolved_late_is_one_breach() -> None:
    missed = WarnSla(
        target="resolution", percent=100, since=at("Mon 09:00"), due_at=at("Mon 17:00")
    )
    desk = Desk().open(1, "Mon 09:00").does(1, "Mon 09:30", reply())
    desk.does(1, "Mon 17:00", missed, THE_CLOCK).does(1, "Tue 10:00", resolve())
    # Reopened after the week: the breach stays one of the week, once.
    desk.does(1, "Mon+ 10:00", reopen(), REQUESTER)

    found = desk.figures()

    assert [one.target for one in found.breaches] == ["resolution"]
    assert found.resolution.in_time == Ratio(0, 1)


def test_a_breach_belongs_to_the_time_of_its_record_though_more_is_allowed_now() -> None:
    # Under the promise of then it was missed on Friday; today's would have been due on Monday.
    missed = WarnSla(
        target="resolution", percent=100, since=at("Fri- 10:00"), due_at=at("Fri- 12:00")
    )
    desk = Desk().open(1, "Fri- 10:00").does(1, "Fri- 10:30", reply())
    desk.does(1, "Fri- 12:00", missed, THE_CLOCK).does(1, "Mon 10:30", resolve())
    assert WEEK.previous is not None

    assert [one.at for one in desk.figures(WEEK.previous).breaches] == [at("Fri- 12:00")]
    assert desk.figures().breaches == ()
    assert desk.figures().resolution.in_time == Ratio(0, 0)


def test_what_happens_at_the_very_end_is_of_the_next_period() -> None:
    desk = Desk().open(1, "Mon 10:00").does(1, "Mon 10:30", reply()).does(1, "Tue 09:00", resolve())
    desk.open(2, "Tue 09:00")
    until = Period(start=at("Mon 00:00"), end=at("Tue 09:00"))
    since = Period(start=at("Tue 09:00"), end=at("Tue 12:00"))

    before, after = desk.figures(until), desk.figures(since)

    assert (before.opened, before.resolved, before.backlog.count) == (1, 0, 1)
    assert (after.opened, after.resolved, after.backlog.count) == (1, 1, 1)
    assert before.resolution.in_time == Ratio(0, 0)
    assert after.resolution.in_time == Ratio(1, 1)
    assert after.resolution.wall.median == 23 * HOUR


def test_who_has_most_comes_first() -> None:
    desk = Desk()
    for number, agent in ((1, AGENT), (2, COLLEAGUE), (3, COLLEAGUE)):
        desk.open(number, "Mon 09:00").does(number, "Mon 09:30", claim(), agent)

    assert [one.agent for one in desk.figures().backlog.load] == [SAM, JO]


def test_breaches_of_every_target_are_told() -> None:
    missed = WarnSla(
        target="next_reply", percent=100, since=at("Mon 10:00"), due_at=at("Mon 12:00")
    )
    nearly = replace(missed, percent=90)
    desk = Desk().open(1, "Mon 09:00").does(1, "Mon 09:30", reply())
    desk.does(1, "Mon 11:50", nearly, THE_CLOCK).does(1, "Mon 12:00", missed, THE_CLOCK)

    assert desk.figures(ending("Mon 17:00")).breaches == (
        Breach(number=1, target="next_reply", at=at("Mon 12:00"), is_confidential=False),
    )


def test_a_kind_word_on_what_is_solved_already_is_no_first_reply() -> None:
    herself = Actor(person=MARA, agent_of=frozenset({IT}))  # an agent with a ticket of her own
    desk = Desk().open(1, "Mon 09:00").does(1, "Mon 09:05", claim(), herself)
    desk.does(1, "Mon 09:10", resolve(), herself).does(1, "Mon 09:20", reply(), LEAD)

    found = desk.figures()

    assert found.first_reply.wall.count == 0
    assert found.first_reply.in_time == Ratio(0, 0)
    assert found.resolution.wall.median == 10 * MINUTE


def test_still_checking_does_not_make_a_resolution_later() -> None:
    desk = Desk().open(1, "Mon 09:00").does(1, "Mon 09:30", reply()).does(1, "Mon 10:00", resolve())
    desk.does(1, "Tue 10:00", StillChecking(), REQUESTER)

    assert desk.figures().resolution.wall.median == HOUR
    assert desk.figures(period_of("daily", at("Wed 09:00"), "UTC")).resolution.wall.count == 0


def test_a_resolution_rated_anew_counts_once_with_the_latest_score() -> None:
    desk = Desk().open(1, "Mon 09:00").does(1, "Mon 09:30", reply()).does(1, "Mon 10:00", resolve())
    desk.does(1, "Mon 10:10", Rate(score=1), REQUESTER)
    desk.does(1, "Mon 10:20", Rate(score=4), REQUESTER)
    assert desk.figures().ratings.distribution == (0, 0, 0, 1, 0)

    desk.does(1, "Mon 11:00", reopen(), REQUESTER).does(1, "Mon 12:00", resolve())
    desk.does(1, "Mon 12:10", Rate(score=2), REQUESTER)
    assert desk.figures().ratings.distribution == (0, 1, 0, 1, 0)  # another resolution
    assert [one.score for one in desk.figures().ratings.low] == [2]


def test_what_was_opened_again_without_having_been_resolved_did_not_come_back() -> None:
    desk = Desk().open(1, "Mon 09:00").does(1, "Mon 10:00", Withdraw(), REQUESTER)
    desk.does(1, "Mon 11:00", reopen(), REQUESTER)

    found = desk.figures()

    assert (found.opened, found.backlog.count) == (1, 1)
    assert (found.reopened.count, found.recurred.count) == (0, 0)


def test_a_merge_taken_back_is_neither_a_resolution_nor_a_return() -> None:
    desk = Desk().open(1, "Mon 09:00").does(1, "Mon 09:30", reply()).does(1, "Mon 10:00", resolve())
    desk.open(2, "Mon 09:00")
    desk.does(1, "Mon 11:00", Merge(target=2)).does(1, "Mon 12:00", Unmerge())

    found = desk.figures()

    assert (found.resolved, found.reopened.count) == (1, 0)
    assert found.resolution.wall.median == HOUR


def rejected(desk: Desk) -> None:
    """A ticket with a bit of everything, which its requester then withdrew."""
    desk.does(50, "Mon 12:00", reply()).does(50, "Mon 13:00", resolve())
    desk.does(50, "Mon 13:10", Rate(score=1), REQUESTER)
    desk.does(50, "Mon 14:00", reopen(), REQUESTER)
    missed = WarnSla(
        target="resolution", percent=100, since=at("Mon 09:00"), due_at=at("Tue 17:00")
    )
    desk.does(50, "Tue 17:00", missed, THE_CLOCK)
    desk.does(50, "Fri 09:00", Withdraw(), REQUESTER)


EXCLUSIONS: tuple[tuple[str, Callable[[Desk], object]], ...] = (
    ("spam", lambda desk: desk.does(50, "Tue 10:00", MarkSpam())),
    ("cancelled", lambda desk: desk.does(50, "Tue 10:00", Withdraw(), REQUESTER)),
    ("merged", lambda desk: desk.does(50, "Tue 10:00", Merge(target=4))),
    ("cancelled, after a life in which it would have counted everywhere", rejected),
    (
        "spam as it is known now, though the week had ended when it was seen",
        lambda desk: desk.does(50, "Mon+ 10:00", MarkSpam()),
    ),
)


@pytest.mark.parametrize(("reason", "end"), EXCLUSIONS, ids=[row[0] for row in EXCLUSIONS])
def test_what_is_not_counted_is_in_no_figure(
    week: Figures, reason: str, end: Callable[[Desk], object]
) -> None:
    desk = the_week().open(50, "Mon 09:00")
    assert desk.figures() != week

    end(desk)

    assert desk.figures() == week, reason


def test_what_was_no_spam_after_all_counts_again() -> None:
    desk = Desk().open(1, "Mon 09:00").does(1, "Mon 10:00", MarkSpam())
    assert desk.figures().opened == 0

    desk.does(1, "Tue 10:00", NotSpam())
    assert (desk.figures().opened, desk.figures().backlog.count) == (1, 1)
    assert desk.figures(period_of("daily", at("Tue 09:00"), "UTC")).backlog.count == 0


# --- topics ---------------------------------------------------------------------------------------

SPIKES: tuple[tuple[str, tuple[int, int, int, int], int, float, bool], ...] = (
    ("the printer: 9, usually 2", (2, 3, 2, 1), 9, 2.0, True),
    ("twice as many, but a handful is nothing", (2, 2, 2, 2), 6, 2.0, False),
    ("at least twice and at least five more", (2, 2, 2, 2), 7, 2.0, True),
    ("many more, but not twice as many", (8, 8, 9, 9), 16, 8.5, False),
    ("twice as many of many", (8, 8, 9, 9), 17, 8.5, True),
    ("an earlier spike makes no other one usual", (2, 20, 2, 2), 9, 2.0, True),
    ("something never seen before", (0, 0, 0, 0), 5, 0.0, True),
)


@pytest.mark.parametrize(
    ("reason", "earlier", "now", "usual", "is_spike"), SPIKES, ids=[row[0] for row in SPIKES]
)
def test_a_topic_is_a_spike_when_it_is_unusual(
    reason: str, earlier: tuple[int, ...], now: int, usual: float, is_spike: bool
) -> None:
    tickets = [
        one_of("server", week, minute)
        for week, count in enumerate((now, *earlier))
        for minute in range(count)
    ]
    tickets += [one_of("laptop", week, 0) for week in range(1, 5)]  # the desk was there

    server = digest.figures(tickets, (), WEEK, POLICY).topics[0]

    assert (server.topic, server.opened) == ("server", now), reason
    assert (server.usual, server.is_spike) == (usual, is_spike), reason


def one_of(topic: str, weeks_ago: int, minute: int) -> Ticket:
    """A ticket of the topic, opened so many weeks before the week."""
    opened_at = MONDAY - timedelta(weeks=weeks_ago) + minute * MINUTE
    ticket = opened().ticket
    stretch = replace(ticket.history[0], since=opened_at)
    return replace(ticket, topic=TopicName(topic), opened_at=opened_at, history=(stretch,))


def test_a_new_desk_has_no_spikes_because_nothing_is_usual_yet() -> None:
    tickets = [one_of("server", 0, minute) for minute in range(30)]
    tickets += [one_of("server", 1, 0)]

    figure = digest.figures(tickets, (), WEEK, POLICY).topics[0]

    assert (figure.opened, figure.usual, figure.is_spike) == (30, None, False)


# --- medians, ninth tenths, changes ---------------------------------------------------------------

MEASURED: tuple[tuple[str, list[int], float, int], ...] = (
    ("one value is everything", [7], 7, 7),
    ("the middle of three; 90 % of three are three", [1, 9, 2], 2, 9),
    ("the mean of the middle two; nothing between values for the p90", [4, 1, 2, 10], 3, 10),
    ("nine of ten do not exceed the ninth", list(range(1, 11)), 5.5, 9),
    ("of eleven, ten are at least 90 %", list(range(1, 12)), 6, 10),
    ("of twenty the eighteenth", list(range(1, 21)), 10.5, 18),
)


@pytest.mark.parametrize(
    ("reason", "minutes", "median", "p90"), MEASURED, ids=[row[0] for row in MEASURED]
)
def test_median_and_p90(reason: str, minutes: list[int], median: float, p90: int) -> None:
    found = Times.of(minute * MINUTE for minute in minutes)

    assert found == Times(count=len(minutes), median=median * MINUTE, p90=p90 * MINUTE), reason


def test_changes_are_the_newer_minus_the_older(week: Figures) -> None:
    assert WEEK.previous is not None
    before = the_week().figures(WEEK.previous)

    changes = compared(week, before)

    # Last week: 8 was opened, answered in 10 minutes, resolved in an hour, and closed.
    assert (changes.opened, changes.resolved, changes.backlog) == (4, 2, 4)
    assert changes.first_reply.business.median == 20 * MINUTE
    assert changes.first_reply.in_time == -0.5
    assert changes.resolution.wall.p90 == 50 * HOUR
    assert changes.reopened == pytest.approx(2 / 3)
    assert (changes.ratings, changes.low_ratings, changes.breaches) == (2, 1, 5)
    assert changes.backlog_median_age is None  # nothing was left last week
    assert changes.rating_mean is None  # nor was anything rated


def test_nothing_changes_between_the_same_figures(week: Figures) -> None:
    changes = compared(week, week)

    assert (changes.opened, changes.breaches, changes.rating_mean) == (0, 0, 0)
    assert changes.backlog_median_age == timedelta()
    assert changes.first_reply.wall.p90 == timedelta()
