"""Broken places: told once, tried by one notice, and all that waited follows in its order."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from chatdesk.ports import AccessLost, PlaceGone, PlatformRefused, Trouble
from chatdesk.worker import Outcome
from tests.fakes import FakeMessenger
from tests.worker_stage import HOME, Stage

MARA, JO = "person:mara", "person:jo"
SECONDS, MINUTES = timedelta(seconds=1), timedelta(minutes=1)
GONE = PlaceGone("unarchive the channel", code="is_archived")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.close()


def archived(messenger: FakeMessenger, *, at: str, times: int = 1, error: Exception = GONE) -> None:
    for call in ("post", "edit"):
        messenger.next_time(call, *[error] * times, at=at)


def mended(messenger: FakeMessenger) -> None:
    for call in ("post", "edit", "open"):
        for place in (MARA, JO, HOME, ""):
            messenger._script[call, place].clear()


async def test_a_broken_place_is_told_once_and_keeps_what_is_said_there(stage: Stage) -> None:
    archived(stage.messenger, at=MARA, times=99)
    async with stage.working() as worker:
        for text in ("one", "two", "three"):
            stage.say(MARA, text)
            await stage.settled()
        stage.say(JO, "elsewhere")
        await stage.settled()
        health = await worker.health()
    assert stage.desk.told_troubles == [(MARA, "is_archived")]
    assert stage.parked() == dict.fromkeys(("one", "two", "three"), "unarchive the channel")
    assert stage.messenger.count("post") == 2, "while it is broken nobody tries but one"
    assert stage.messenger.said(JO) == ["elsewhere"]
    assert health.sends == {Outcome.PLACE_GONE: 3, Outcome.SENT: 1}


async def test_what_waited_goes_out_in_order_once_the_place_works_again(stage: Stage) -> None:
    archived(stage.messenger, at=MARA, times=3)
    async with stage.working():
        for text in ("one", "two", "three"):
            stage.say(MARA, text)
            await stage.settled()
        mended(stage.messenger)
        await stage.pass_(6 * MINUTES)
        await stage.ticks.tick("worker.troubles")
        await stage.settled()
        stage.say(MARA, "four")
        await stage.settled()
    assert stage.messenger.said(MARA) == ["one", "two", "three", "four"]
    assert stage.parked() == {}
    assert stage.desk.told_troubles == [(MARA, "is_archived"), (MARA, "mended")]
    assert stage.store.read(lambda tx: tx.troubles.all()) == []


async def test_trying_in_vain_is_told_nobody_and_asks_once_in_five_minutes(stage: Stage) -> None:
    archived(stage.messenger, at=MARA, times=99)
    async with stage.working():
        stage.say(MARA, "one")
        await stage.settled()
        for _ in range(20):
            await stage.pass_(MINUTES)
            await stage.ticks.tick("worker.troubles")
            await stage.settled()
    assert stage.desk.told_troubles == [(MARA, "is_archived")]
    assert 3 <= stage.messenger.count("post") <= 5
    assert stage.parked() == {"one": "unarchive the channel"}


async def test_a_place_that_is_heard_of_again_is_tried_at_once(stage: Stage) -> None:
    archived(stage.messenger, at=MARA, times=1)
    async with stage.working() as worker:
        stage.say(MARA, "one")
        await stage.settled()
        mended(stage.messenger)
        await worker.place_is_back("fake", "somewhere else")
        await worker.place_is_back("fake", MARA)
        await stage.settled()
    assert stage.messenger.said(MARA) == ["one"]


async def test_what_broke_before_anybody_spoke_is_tried_by_the_first_who_does(
    stage: Stage,
) -> None:
    heard = Trouble(platform="fake", place=MARA, code="is_archived", why="unarchive the channel")
    stage.store.write(lambda tx: tx.troubles.note(heard))
    async with stage.working():
        for _ in range(20):
            await stage.pass_(MINUTES)
            await stage.ticks.tick("worker.troubles")
        archived(stage.messenger, at=MARA, times=1)
        stage.say(MARA, "one")
        await stage.settled()
        assert stage.desk.told_troubles == [(MARA, "is_archived")]
        mended(stage.messenger)
        await stage.pass_(6 * MINUTES)
        await stage.ticks.tick("worker.troubles")
        await stage.settled()
    assert stage.messenger.said(MARA) == ["one"]
    assert stage.desk.told_troubles == [(MARA, "is_archived"), (MARA, "mended")]


async def test_a_place_that_is_back_before_anybody_spoke_works_again(stage: Stage) -> None:
    heard = Trouble(platform="fake", place=MARA, code="is_archived", why="unarchive the channel")
    stage.store.write(lambda tx: tx.troubles.note(heard))
    async with stage.working() as worker:
        await stage.ticks.tick("worker.troubles")
        await worker.place_is_back("fake", MARA)
        await stage.ticks.tick("worker.troubles")
    assert stage.desk.told_troubles == [(MARA, "is_archived"), (MARA, "mended")]


async def test_a_card_waits_once_however_often_its_ticket_changed(stage: Stage) -> None:
    archived(stage.messenger, at=HOME, times=99)
    async with stage.working() as worker:
        for state in ("new", "claimed", "resolved"):
            stage.show(7, state)
            await stage.settled()
        assert len(stage.store.read(lambda tx: tx.outbox.parked())) == 1
        mended(stage.messenger)
        await worker.place_is_back("fake", HOME)
        await stage.settled()
    assert stage.messenger.said(HOME) == ["resolved"]


async def test_a_trouble_wider_than_a_place_is_told_once_for_all(stage: Stage) -> None:
    closed = PlaceGone("switch direct messages on", place="direct messages", code="closed")
    archived(stage.messenger, at=MARA, times=1, error=closed)
    archived(stage.messenger, at=JO, times=1, error=closed)
    async with stage.working() as worker:
        stage.say(MARA, "for Mara")
        stage.say(JO, "for Jo")
        await stage.settled()
        assert stage.desk.told_troubles == [("direct messages", "closed")]
        mended(stage.messenger)
        stage.say(MARA, "also for Mara")
        await stage.settled()
        assert stage.messenger.said(MARA) == [], "what was said first goes out first"
        await worker.place_is_back("fake", "direct messages")
        await stage.settled()
    assert stage.messenger.said(MARA) == ["for Mara", "also for Mara"]
    assert stage.messenger.said(JO) == ["for Jo"]


async def test_one_that_cannot_show_whether_it_works_lets_another_try(stage: Stage) -> None:
    archived(stage.messenger, at=MARA, times=1)
    async with stage.working() as worker:
        stage.say(MARA, "too long for anybody")
        stage.say(MARA, "short")
        await stage.settled()
        mended(stage.messenger)
        stage.messenger.next_time("post", PlatformRefused("too long"), at=MARA)
        await worker.place_is_back("fake", MARA)
        await stage.settled()
    assert stage.messenger.said(MARA) == ["short"]
    assert stage.parked() == {"too long for anybody": "too long"}


async def test_shut_out_of_a_platform_everything_waits_and_nothing_is_given_up(
    stage: Stage,
) -> None:
    stage.messenger.next_time("open", *[AccessLost("a new token is needed", code="revoked")] * 400)
    async with stage.working():
        for number in range(5):
            stage.say(f"person:{number}", "Hello.")
        for _ in range(60):
            await stage.pass_(2 * MINUTES)
        assert stage.desk.told_troubles == [("", "revoked")]
        assert stage.messenger.count("open") < 130, "a probe now and then, not everybody each time"
        mended(stage.messenger)
        await stage.pass_(2 * MINUTES)
        for _ in range(20):
            await stage.pass_(SECONDS)
    assert [stage.messenger.said(f"person:{number}") for number in range(5)] == [["Hello."]] * 5
    assert stage.desk.told_troubles == [("", "revoked"), ("", "mended")]
    assert stage.parked() == {}
