"""Downtime, jumping clocks, nights that change them, people's own hours: never early or twice."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from chatdesk import digests
from chatdesk.adapters.clock import SystemClock
from chatdesk.adapters.local.history import read_page
from chatdesk.adapters.local.people import PLATFORM
from chatdesk.lifecycle.ticket import PersonId
from chatdesk.ports import Subscription, Transaction
from chatdesk.ui.exchange import Submitted, Typed
from tests.scenarios.acts import close, does, raise_ticket
from tests.scenarios.local_stage import MONDAY, LocalStage

BERLIN, LISBON = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Lisbon")

ASKED = "still fixed"


def local(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    """Return a moment as people there write it, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


class ShakenStage(LocalStage):
    """A stage whose wall clock others set, while its steady clock counts on."""

    def __init__(self, data_dir: Path, url: str) -> None:
        """Begin with both clocks right."""
        self._wall, self._steady = MONDAY.timestamp(), 0.0
        self._clock = SystemClock(wall=lambda: self._wall, steady=lambda: self._steady)
        super().__init__(data_dir, url)

    @property
    def moment(self) -> datetime:
        """What the desk takes the time to be."""
        return self._clock.now()

    @moment.setter
    def moment(self, moment: datetime) -> None:
        self._pass((moment - self._clock.now()).total_seconds())

    def jump(self, **span: float) -> None:
        """Set the wall clock, forward or back."""
        self._wall += timedelta(**span).total_seconds()

    def _pass(self, seconds: float) -> None:
        self._wall += seconds
        self._steady += seconds


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A folder for the desk."""
    folder = tmp_path / "desk-data"
    folder.mkdir()
    return folder


@pytest.fixture
async def shaken(store_url: str, data_dir: Path) -> AsyncIterator[ShakenStage]:
    """A desk whose clock can be set."""
    stage = ShakenStage(data_dir, store_url)
    async with stage.working():
        yield stage


@asynccontextmanager
async def open_desk(data_dir: Path, url: str, moment: datetime) -> AsyncIterator[LocalStage]:
    """Start a desk at a moment, and stop it at the end."""
    stage = LocalStage(data_dir, url, moment=moment)
    async with stage.working():
        await stage.settle()
        yield stage


def told_at(stage: LocalStage, who: str, words: str) -> list[datetime]:
    """Return when somebody was told these words in their direct conversation."""
    place = stage.home_of(who)
    with stage.parts.platform.database.reading() as connection:
        page = read_page(connection, f"{PLATFORM}:{who}", place, limit=500)
    return [
        datetime.fromisoformat(message.posted_at)
        for message in page
        if re.search(words, str(message.card))
    ]


# --- downtime -------------------------------------------------------------------------------------


async def test_after_three_days_away_what_was_due_is_told_once_and_at_once(
    store_url: str, data_dir: Path
) -> None:
    async with open_desk(data_dir, store_url, MONDAY) as stage:
        await raise_ticket(stage)
        await close(stage, 1)
        await does(stage, "dana", Typed(text="/ticket digest daily"))
        await stage.time_passes(days=1)
        assert told_at(stage, "mara", ASKED) == []
        assert len(told_at(stage, "dana", "1 opened")) == 1
    # Down from Tuesday to Friday; the question was due on Thursday, digests on each day.
    back_at = MONDAY + timedelta(days=4, hours=1)
    async with open_desk(data_dir, store_url, back_at) as stage:
        assert told_at(stage, "mara", ASKED) == [back_at]
        assert told_at(stage, "dana", "opened")[1:] == [back_at]
    async with open_desk(data_dir, store_url, back_at + timedelta(hours=1)) as stage:
        await stage.time_passes(days=1)
        assert len(told_at(stage, "mara", ASKED)) == 1
        assert len(told_at(stage, "dana", "opened")) == 3


async def test_a_question_that_came_due_at_night_waits_for_the_persons_morning(
    store_url: str, data_dir: Path
) -> None:
    async with open_desk(data_dir, store_url, MONDAY) as stage:
        await raise_ticket(stage)
        await close(stage, 1)
    back_at = local("2026-11-26T22:00")
    async with open_desk(data_dir, store_url, back_at) as stage:
        assert told_at(stage, "mara", ASKED) == []
        await stage.time_passes(hours=12)
        assert told_at(stage, "mara", ASKED) == [local("2026-11-27T09:00")]


# --- clocks that jump -----------------------------------------------------------------------------


async def test_a_clock_set_wrong_for_minutes_makes_nothing_early_and_nothing_twice(
    shaken: ShakenStage,
) -> None:
    await raise_ticket(shaken)
    await close(shaken, 1)
    await shaken.time_passes(days=2, hours=23)
    for hours in (2, -3, 1):  # two hours ahead, one behind, and right again
        shaken.jump(hours=hours)
        await shaken.time_passes(minutes=5)
        assert told_at(shaken, "mara", ASKED) == []
    await shaken.time_passes(hours=1)
    asked_at = told_at(shaken, "mara", ASKED)
    assert len(asked_at) == 1
    assert MONDAY + timedelta(days=3) <= asked_at[0] <= MONDAY + timedelta(days=3, seconds=1)
    for hours in (-1, 3, -2):
        shaken.jump(hours=hours)
        await shaken.time_passes(minutes=5)
    await shaken.time_passes(days=1)
    assert told_at(shaken, "mara", ASKED) == asked_at


async def test_a_reply_can_be_undone_for_its_real_seconds_whatever_the_clock_says(
    shaken: ShakenStage,
) -> None:
    await raise_ticket(shaken)
    await does(shaken, "jo", Typed(text="/ticket reply 1 Please try client 5.2"))
    shaken.jump(hours=2)
    await shaken.settle()
    mara = shaken.actor("mara")
    mara.does_not_see("client 5.2")
    shaken.jump(hours=-3)
    await shaken.time_passes(seconds=16)
    assert mara.count("client 5.2") == 1
    shaken.jump(hours=1)
    await shaken.time_passes(minutes=30)
    assert mara.count("client 5.2") == 1


async def test_a_clock_put_back_for_good_makes_nothing_twice(shaken: ShakenStage) -> None:
    await raise_ticket(shaken)
    await close(shaken, 1)
    await does(shaken, "dana", Typed(text="/ticket digest daily"))
    await shaken.time_passes(days=3, minutes=5)
    assert len(told_at(shaken, "mara", ASKED)) == 1
    digests_told = len(told_at(shaken, "dana", "opened"))
    before = shaken.moment
    shaken.jump(hours=-1)
    await shaken.time_passes(hours=2)
    assert shaken.moment >= before + timedelta(hours=2)
    assert len(told_at(shaken, "mara", ASKED)) == 1
    assert len(told_at(shaken, "dana", "opened")) == digests_told


async def test_a_clock_put_forward_for_good_is_believed_in_the_end(shaken: ShakenStage) -> None:
    await raise_ticket(shaken)
    await close(shaken, 1)
    await shaken.time_passes(days=2, hours=23)
    shaken.jump(hours=2)
    await shaken.time_passes(minutes=9)
    assert told_at(shaken, "mara", ASKED) == []
    await shaken.time_passes(minutes=5)
    assert len(told_at(shaken, "mara", ASKED)) == 1


# --- the nights in which the clocks change --------------------------------------------------------


def subscribe_dana_to_two_o_clock(stage: LocalStage) -> None:
    def work(tx: Transaction) -> None:
        dana = tx.people.by_handle("local:dana")
        assert dana is not None
        person = PersonId(dana.person)
        tx.subscriptions.set(
            Subscription(person=person, period="daily", hour=2, zone="Europe/Berlin")
        )
        digests.schedule(tx, stage.moment)

    stage.parts.store.write(work)


@pytest.mark.parametrize(
    ("closed_at", "asked_at", "digests_at"),
    [
        pytest.param(
            "2027-03-24T16:45",  # Good Friday and Easter Monday are days off
            "2027-03-31T16:45",
            ["2027-03-27T02:00", "2027-03-28T03:00", "2027-03-29T02:00"],
            id="an hour is left out",
        ),
        pytest.param(
            "2027-10-28T16:45",
            "2027-11-02T16:45",
            ["2027-10-30T02:00", "2027-10-31T02:00", "2027-11-01T02:00"],
            id="an hour comes twice",
        ),
    ],
)
async def test_questions_and_digests_keep_their_local_time_when_the_clocks_change(
    store_url: str, data_dir: Path, closed_at: str, asked_at: str, digests_at: list[str]
) -> None:
    async with open_desk(data_dir, store_url, local(closed_at)) as stage:
        await raise_ticket(stage)
        await close(stage, 1)
        subscribe_dana_to_two_o_clock(stage)
        await stage.time_passes(days=8)
        assert told_at(stage, "mara", ASKED) == [local(asked_at)]
        told = [at.astimezone(BERLIN).date() for at in told_at(stage, "dana", "opened")]
        assert len(told) == len(set(told)) == 8
        around = told_at(stage, "dana", "opened")
        assert [at for at in map(local, digests_at) if at not in around] == []


# --- people's own hours and days ------------------------------------------------------------------


def days_in_berlin(moments: list[datetime]) -> Iterator[str]:
    """Return the local days of moments."""
    return (f"{at.astimezone(BERLIN):%a %d}" for at in moments)


async def test_several_questions_that_come_due_together_come_one_a_day(
    store_url: str, data_dir: Path
) -> None:
    async with open_desk(data_dir, store_url, MONDAY) as stage:
        for number in range(1, 7):
            await raise_ticket(stage)
            await close(stage, number)
        await stage.time_passes(days=14)
        asked = list(days_in_berlin(told_at(stage, "mara", ASKED)))
        assert asked == ["Thu 26", "Fri 27", "Mon 30", "Tue 01", "Wed 02", "Thu 03"]


async def test_after_a_downtime_too_questions_come_one_a_day(
    store_url: str, data_dir: Path
) -> None:
    async with open_desk(data_dir, store_url, MONDAY) as stage:
        for number in range(1, 7):
            await raise_ticket(stage)
            await close(stage, number)
    async with open_desk(data_dir, store_url, MONDAY + timedelta(days=4)) as stage:
        assert len(told_at(stage, "mara", ASKED)) == 1
        await stage.time_passes(days=10)
        asked = list(days_in_berlin(told_at(stage, "mara", ASKED)))
        assert asked == ["Fri 27", "Mon 30", "Tue 01", "Wed 02", "Thu 03", "Fri 04"]


async def test_somebody_in_lisbon_is_asked_in_the_hours_of_lisbon(
    store_url: str, data_dir: Path
) -> None:
    async with open_desk(data_dir, store_url, local("2026-11-23T09:05")) as stage:
        await raise_ticket(stage, "sam")
        await close(stage, 1, confirmed_by="sam")
        await stage.time_passes(days=4)
        assert told_at(stage, "sam", ASKED) == [local("2026-11-26T09:00", LISBON)]


async def test_reopening_cancels_the_question_and_the_next_closing_asks_anew(
    store_url: str, data_dir: Path
) -> None:
    async with open_desk(data_dir, store_url, MONDAY) as stage:
        await raise_ticket(stage)
        await close(stage, 1)
        await stage.time_passes(days=2)
        await does(stage, "mara", Submitted(id="reopen:1:0", values={"why": "It is back"}))
        await stage.time_passes(days=5)
        assert told_at(stage, "mara", ASKED) == []
        await close(stage, 1)
        closed_at = stage.moment
        await stage.time_passes(days=7)
        assert told_at(stage, "mara", ASKED) == [closed_at + timedelta(days=3)]
