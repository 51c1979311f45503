"""The digest: what a manager reads on Monday morning."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chatdesk.lifecycle.digest import (
    Backlog,
    Breach,
    Figures,
    Load,
    LowRating,
    Period,
    Ratings,
    Ratio,
    TargetFigures,
    Times,
    TopicFigure,
    Unsolved,
    compared,
    period_of,
)
from chatdesk.lifecycle.ticket import PersonId, TopicName
from chatdesk.ui.cards import Card, Table, Tone
from chatdesk.ui.digest_card import digest_card
from chatdesk.ui.voice import Voice
from chatdesk.ui.wording import Wording
from tests.ui.tale import BERLIN, JO, MONDAY, NAMES, POLICY, buttons_of, text_of

SAY = Voice(wording=Wording(), locale="en", zone=BERLIN, now=MONDAY, desk="Helping hands")
LAST_WEEK = period_of("weekly", MONDAY, BERLIN)
END = LAST_WEEK.end


def target(median: int, kept: int, judged: int) -> TargetFigures:
    times = Times(count=judged, median=timedelta(minutes=median), p90=timedelta(hours=3))
    return TargetFigures(business=times, wall=times, in_time=Ratio(kept, judged))


def unsolved(number: int, days: int, *, is_confidential: bool = False) -> Unsolved:
    opened_at = END - timedelta(days=days)
    return Unsolved(number=number, opened_at=opened_at, is_confidential=is_confidential)


def breach(number: int, *, is_confidential: bool = False) -> Breach:
    return Breach(number=number, target="first_reply", at=END, is_confidential=is_confidential)


def topic(name: str, opened: int, usual: float | None, **secret: bool) -> TopicFigure:
    return TopicFigure(
        topic=TopicName(name),
        opened=opened,
        usual=usual,
        is_spike=usual is not None and opened >= 2 * usual + 5,
        is_confidential=secret.get("is_confidential", False),
    )


WEEK = Figures(
    period=LAST_WEEK,
    queue=None,
    opened=42,
    resolved=39,
    backlog=Backlog(
        count=11,
        median_age=timedelta(days=2),
        oldest=(unsolved(990, 6), unsolved(1001, 4), unsolved(7, 3, is_confidential=True)),
        load=(Load(agent=JO, unsolved=7), Load(agent=PersonId("gone"), unsolved=1)),
        unassigned=3,
    ),
    first_reply=target(18, 47, 50),
    resolution=target(200, 8, 10),
    reopened=Ratio(2, 39),
    recurred=Ratio(1, 39),
    ratings=Ratings(
        count=5,
        mean=4.2,
        distribution=(0, 1, 0, 1, 3),
        low=(LowRating(number=1029, score=2, at=END, is_confidential=False),),
    ),
    breaches=(breach(1031), breach(1038), breach(8, is_confidential=True)),
    topics=(topic("vpn", 9, 2.0), topic("pay", 3, 1.0, is_confidential=True)),
)
BEFORE = replace(
    WEEK, opened=40, first_reply=target(24, 45, 50), ratings=replace(WEEK.ratings, mean=4.5)
)
QUIET = replace(
    WEEK,
    opened=0,
    resolved=0,
    backlog=Backlog(count=0, median_age=None, oldest=(), load=(), unassigned=0),
    first_reply=TargetFigures(business=Times(), wall=Times(), in_time=Ratio(0, 0)),
    ratings=Ratings(count=0, mean=None, distribution=(0, 0, 0, 0, 0), low=()),
    breaches=(),
    topics=(),
)


def drawn(figures: Figures = WEEK, before: Figures | None = BEFORE) -> Card:
    changes = compared(figures, before) if before else None
    return digest_card(figures, changes, SAY, NAMES, POLICY)


def test_the_headline_tells_the_week_in_one_sentence() -> None:
    card = drawn()
    assert card.title == "Helping hands, Mon 16 Nov to Sun 22 Nov"
    assert (
        "42 opened, 39 resolved; first reply median 18 min (−6 min); 94 % in time (+4); "  # noqa: RUF001 - a minus
        "11 open, oldest 6 days."
    ) in text_of(card)
    assert card.fallback.startswith(card.title)


def test_what_needs_a_decision_is_named_and_one_click_away() -> None:
    card = drawn()
    assert (
        "Needs you: 3 promises missed (#1031 and #1038) · 1 rating of 1 or 2 (#1029) · "
        "“Network: VPN” 9 tickets, usually 2 · 3 tickets with nobody"
    ) in text_of(card)
    assert "Open longest: #990 (6 days) and #1001 (4 days)" in text_of(card)
    assert list(buttons_of(card)) == [
        "Show #1031",
        "Show #1038",
        "Show #1029",
        "Show #990",
        "Show #1001",
    ]


def test_confidential_tickets_are_counted_and_never_named() -> None:
    text = text_of(drawn())
    assert "#7 " not in text
    assert "#8" not in text
    assert "Pay" not in text
    assert "Private topics | 3 | –" in text  # noqa: RUF001 - a dash


def test_every_figure_stands_beside_its_change() -> None:
    table = next(one for one in drawn().elements if isinstance(one, Table))
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["Opened"] == ("42", "+2")
    assert rows["Resolved"] == ("39", "")
    assert rows["First replies in time"] == ("94 %", "+4")
    assert rows["Mean rating (1 to 5)"] == ("4.2", "−0.3")  # noqa: RUF001 - a minus
    assert rows["Solution, median (working time)"][0] == "3 h 20 min"
    assert "Network: VPN ⬆ | 9 | 2" in text_of(drawn())
    assert "Jo | 7\nSomebody | 1" in text_of(drawn())


def test_a_quiet_week_is_said_to_be_one() -> None:
    card = drawn(QUIET, None)
    text = text_of(card)
    assert "0 opened, 0 resolved; nothing open." in text
    assert "Nothing needs a decision from you." in text
    assert Tone.WARNING not in {getattr(one, "tone", None) for one in card.elements}
    assert buttons_of(card) == {}
    assert "Mean rating" not in text


def test_the_period_is_told_on_the_readers_calendar() -> None:
    yesterday = replace(WEEK, period=period_of("daily", MONDAY, BERLIN))
    assert drawn(yesterday).title == "Helping hands, Sun 22 Nov"
    today = replace(WEEK, period=period_of("now", MONDAY, BERLIN))
    assert drawn(today).title == "Helping hands, today until 14:05"
    start, end = datetime(2026, 11, 1, 23, 0, tzinfo=UTC), datetime(2026, 11, 3, 23, 0, tzinfo=UTC)
    two_days = replace(WEEK, period=Period(start=start, end=end))
    assert drawn(two_days).title == "Helping hands, Mon 2 Nov to Tue 3 Nov"


def test_topics_keep_their_names_where_no_policy_is_at_hand() -> None:
    assert "vpn" in text_of(digest_card(WEEK, None, SAY, NAMES))
