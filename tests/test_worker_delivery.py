"""How a notice reaches people: every ending of a send, told as a story."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from chatdesk.adapters import db
from chatdesk.ports import (
    OutcomeUnknown,
    Placement,
    PlatformRefused,
    RateLimited,
    Transient,
)
from chatdesk.ui.cards import Card
from chatdesk.worker import Limits, Outcome
from tests.fakes import AnswerLost, FakeMessenger, Hang
from tests.worker_stage import HOME, Stage

MARA, JO = "person:mara", "person:jo"
SECONDS, DAYS = timedelta(seconds=1), timedelta(days=1)
A_LEASE = timedelta(minutes=3)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.close()


# --- it arrives -----------------------------------------------------------------------------------


async def test_a_notice_arrives_and_the_desk_hears_of_it(stage: Stage) -> None:
    async with stage.working() as worker:
        stage.say(MARA, "We have it.")
        await stage.settled()
        health = await worker.health()
    assert stage.messenger.said(MARA) == ["We have it."]
    assert stage.desk.delivered_rows == [("We have it.", "1")]
    assert health.sends == {Outcome.SENT: 1}
    assert health.oldest_unsent is None


async def test_a_card_is_edited_in_place_and_never_posted_again(stage: Stage) -> None:
    async with stage.working():
        for state in ("new", "claimed by Jo", "resolved"):
            stage.show(7, state)
            await stage.settled()
    assert stage.messenger.said(HOME) == ["resolved"]
    assert stage.messenger.shown[0].edits == 2


async def test_the_card_opens_the_thread_in_which_the_lane_goes_on(stage: Stage) -> None:
    lane = "ticket:7:agents:it"
    async with stage.working():
        stage.show(7, "new")
        stage.say(lane, "Jo has it.")
        await stage.settled()
    assert stage.messenger.said(HOME, thread="1") == ["Jo has it."]
    found = stage.store.read(lambda tx: tx.conversations.lane_at("fake", HOME, "1"))
    assert found == lane


async def test_a_ticket_whose_card_failed_does_not_take_the_whole_channel_for_its_thread(
    stage: Stage,
) -> None:
    stage.messenger.next_time("post", PlatformRefused("invalid_blocks"))
    async with stage.working():
        stage.show(7, "new")
        stage.say("ticket:7:agents:it", "Jo has it.")
        await stage.settled()
    assert stage.messenger.said(HOME) == ["Jo has it."]
    assert stage.store.read(lambda tx: tx.conversations.lane_at("fake", HOME, "")) is None


async def test_somebodys_direct_messages_are_opened_once(stage: Stage) -> None:
    async with stage.working():
        for text in ("One.", "Two."):
            stage.say(MARA, text)
            await stage.settled()
    assert stage.messenger.said(MARA) == ["One.", "Two."]
    assert stage.messenger.count("open") == 1


async def test_what_has_nothing_left_to_say_ends_quietly(stage: Stage) -> None:
    async with stage.working():
        stage.say(MARA, "never mind", notice="nothing")
        stage.say(MARA, "Hello.")
        await stage.settled()
    assert stage.messenger.said(MARA) == ["Hello."]
    assert stage.desk.delivered_rows == [("Hello.", "1")]
    assert stage.desk.unsaid_rows == ["never mind"]


async def test_a_reply_waits_out_its_undo_and_those_behind_it_wait_too(stage: Stage) -> None:
    async with stage.working():
        stage.say(MARA, "Try client 5.2.", after=15 * SECONDS)
        stage.say(MARA, "Resolved.")
        await stage.pass_(14 * SECONDS)
        assert stage.messenger.said(MARA) == []
        await stage.pass_(SECONDS)
    assert stage.messenger.said(MARA) == ["Try client 5.2.", "Resolved."]


async def test_the_desk_stumbling_over_the_news_does_not_send_twice(stage: Stage) -> None:
    stage.desk.troubles["Hello."] = [ValueError("a bug")]
    async with stage.working():
        stage.say(MARA, "Hello.")
        await stage.settled()
        await stage.pass_(DAYS)
    assert stage.messenger.said(MARA) == ["Hello."]
    assert stage.parked() == {}


async def test_one_place_hears_one_message_at_a_time(stage: Stage) -> None:
    async with stage.working():
        for number in range(20):
            stage.show(number, f"ticket {number}")
        await stage.settled()
        while stage.waits_for():
            await stage.pass_(SECONDS)
    assert len(stage.messenger.said(HOME)) == 20
    assert stage.messenger.at_once[HOME] == 1


# --- too fast -------------------------------------------------------------------------------------


async def test_too_fast_waits_as_long_as_asked_and_counts_as_no_failure(stage: Stage) -> None:
    stage.messenger.next_time("post", *[RateLimited(30 * SECONDS)] * 20)
    async with stage.working():
        stage.say(MARA, "Hello.")
        await stage.settled()
        for _ in range(20):
            assert stage.messenger.said(MARA) == []
            calls = stage.messenger.count("post")
            await stage.pass_(29 * SECONDS)
            assert stage.messenger.count("post") == calls
            await stage.pass_(SECONDS)
    assert stage.messenger.said(MARA) == ["Hello."]
    assert stage.parked() == {}


async def test_a_limit_in_one_place_lets_the_others_speak(stage: Stage) -> None:
    stage.messenger.next_time("post", RateLimited(30 * SECONDS))
    async with stage.working():
        stage.say(MARA, "Hello, Mara.")
        await stage.settled()
        stage.say(MARA, "Are you there?")
        stage.say(JO, "Hello, Jo.")
        await stage.settled()
    assert stage.messenger.said(MARA) == []
    assert stage.messenger.said(JO) == ["Hello, Jo."]


async def test_a_limit_in_two_places_at_once_silences_the_platform(stage: Stage) -> None:
    stage.messenger.next_time("post", *[RateLimited(30 * SECONDS)] * 2)
    async with stage.working():
        for lane in (MARA, JO, "person:ana"):
            stage.say(lane, "Hello.")
            await stage.settled()
        assert stage.messenger.count("post") == 2
        await stage.pass_(40 * SECONDS)
    assert stage.messenger.said("person:ana") == ["Hello."]


async def test_after_a_limit_a_crowd_comes_back_one_by_one(stage: Stage) -> None:
    async with stage.working():
        stage.show(0, "first")
        await stage.settled()
        stage.messenger.next_time("post", RateLimited(10 * SECONDS))
        for number in range(1, 30):
            stage.show(number, f"ticket {number}")
        await stage.settled()
        for _ in range(60):
            await stage.pass_(SECONDS)
    assert len(stage.messenger.said(HOME)) == 30
    assert stage.messenger.count("post") == 31


# --- not this time --------------------------------------------------------------------------------


async def test_a_hiccup_is_tried_again(stage: Stage) -> None:
    stage.messenger.next_time("post", Transient("503"), Transient("connection refused"))
    async with stage.working():
        stage.say(MARA, "Hello.")
        await stage.settled()
        await stage.pass_(10 * SECONDS)
        await stage.pass_(60 * SECONDS)
    assert stage.messenger.said(MARA) == ["Hello."]
    assert stage.desk.undelivered_rows == []
    assert stage.messenger.count("find") == 0  # the platform had said that nothing was sent


async def test_eight_failures_over_a_day_or_so_park_a_notice_and_free_its_lane(
    stage: Stage,
) -> None:
    stage.messenger.next_time("post", *[Transient("503")] * 8)
    began_at = stage.time.moment
    async with stage.working():
        stage.say(MARA, "Hello.")
        stage.say(MARA, "Resolved.")
        await stage.settled()
        while not stage.parked():
            assert stage.messenger.said(MARA) == []
            await stage.pass_(stage.waits_for() or SECONDS)
        await stage.settled()
    assert stage.messenger.count("post") == 9
    assert stage.parked() == {"Hello.": "given up after 8 tries: 503"}
    assert stage.desk.undelivered_rows == [("Hello.", "given up after 8 tries: 503")]
    assert stage.messenger.said(MARA) == ["Resolved."]
    assert timedelta(minutes=1) < stage.time.moment - began_at < 2 * DAYS


async def test_a_parked_notice_can_be_replayed(stage: Stage) -> None:
    stage.messenger.next_time("post", PlatformRefused("invalid_blocks"))
    async with stage.working():
        stage.say(MARA, "Hello.")
        await stage.settled()
        assert stage.parked() == {"Hello.": "invalid_blocks"}
        stage.store.write(lambda tx: tx.outbox.replay())
        await stage.settled()
    assert stage.messenger.said(MARA) == ["Hello."]


# --- perhaps --------------------------------------------------------------------------------------


async def test_a_lost_answer_is_looked_for_and_the_message_adopted(stage: Stage) -> None:
    stage.messenger.next_time("post", AnswerLost())
    async with stage.working() as worker:
        stage.say(MARA, "Hello.")
        await stage.settled()
        await stage.pass_(12 * SECONDS)
        assert (await worker.health()).sends == {Outcome.UNKNOWN: 1, Outcome.ADOPTED: 1}
    assert stage.messenger.said(MARA) == ["Hello."]
    assert stage.desk.delivered_rows == [("Hello.", "1")]


async def test_what_was_lost_on_its_way_is_sent_once_more(stage: Stage) -> None:
    stage.messenger.next_time("post", OutcomeUnknown("connection reset"))
    async with stage.working() as worker:
        stage.say(MARA, "Hello.")
        await stage.settled()
        await stage.pass_(12 * SECONDS)
        assert (await worker.health()).sends == {Outcome.UNKNOWN: 1, Outcome.SENT_AGAIN: 1}
    assert stage.messenger.said(MARA) == ["Hello."]


async def test_doubt_outlasts_a_look_that_fails(stage: Stage) -> None:
    stage.messenger.next_time("post", AnswerLost())
    stage.messenger.next_time("find", Transient("503"), RateLimited(5 * SECONDS), AnswerLost())
    async with stage.working():
        stage.say(MARA, "Hello.")
        await stage.settled()
        await stage.pass_(2 * DAYS)
        while stage.waits_for():
            await stage.pass_(2 * DAYS)
    assert stage.messenger.said(MARA) == ["Hello."]
    assert stage.messenger.count("find") == 4


async def test_where_the_platform_hides_what_it_accepted_there_are_never_more_than_two(
    stage: Stage,
) -> None:
    stage.messenger.is_hiding = True
    stage.messenger.next_time("post", AnswerLost(), AnswerLost())
    async with stage.working():
        stage.say(MARA, "Hello.")
        stage.say(MARA, "Resolved.")
        await stage.settled()
        while stage.waits_for():
            await stage.pass_(DAYS)
    assert stage.messenger.said(MARA) == ["Hello.", "Hello.", "Resolved."]
    assert "twice" in stage.parked()["Hello."]


async def test_people_may_have_it_sent_all_the_same(stage: Stage) -> None:
    stage.messenger.is_hiding = True
    stage.messenger.next_time("post", AnswerLost(), OutcomeUnknown("connection reset"))
    async with stage.working():
        stage.say(MARA, "Hello.")
        await stage.settled()
        while stage.waits_for():
            await stage.pass_(DAYS)
        assert stage.store.write(lambda tx: tx.outbox.replay()) == 1
        await stage.settled()
    assert stage.messenger.said(MARA) == ["Hello.", "Hello."]
    assert stage.parked() == {}


async def test_a_call_that_hangs_is_cut_off_and_looked_for(stage: Stage) -> None:
    stage.messenger.next_time("post", Hang(is_accepted=True))
    async with stage.working(Limits(call_within=timedelta(milliseconds=50))):
        stage.say(MARA, "Hello.")
        await stage.settled()
        await stage.pass_(12 * SECONDS)
    assert stage.messenger.said(MARA) == ["Hello."]


async def test_a_lost_answer_to_an_edit_costs_nothing_but_another_edit(stage: Stage) -> None:
    async with stage.working():
        stage.show(7, "new")
        await stage.settled()
        stage.messenger.next_time("edit", AnswerLost())
        stage.show(7, "open")
        await stage.settled()
        await stage.pass_(12 * SECONDS)
    assert stage.messenger.said(HOME) == ["open"]
    assert stage.messenger.count("find") == 0
    assert stage.messenger.shown[0].edits == 2


# --- never ----------------------------------------------------------------------------------------


async def test_a_definite_no_parks_at_the_first_attempt_and_is_told_once(stage: Stage) -> None:
    stage.messenger.next_time("post", PlatformRefused("too long"))
    async with stage.working():
        stage.say(MARA, "Hello.")
        stage.say(MARA, "Resolved.")
        await stage.settled()
        await stage.pass_(DAYS)
    assert stage.parked() == {"Hello.": "too long"}
    assert stage.desk.undelivered_rows == [("Hello.", "too long")]
    assert stage.messenger.said(MARA) == ["Resolved."]


async def test_a_platform_that_is_not_set_up_is_no_reason_to_try_for_a_day(stage: Stage) -> None:
    async with stage.working():
        stage.say(MARA, "Hello.", platform="discord")
        await stage.settled()
    assert stage.parked() == {"Hello.": "discord is not set up here"}


async def test_a_bug_is_logged_with_a_reference_and_without_a_word_anybody_wrote(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stage.messenger.next_time("post", KeyError("Mara's words, too"))
    async with stage.working():
        stage.say(MARA, "Mara's words", notice="broken")
        stage.say(MARA, "More of Mara's words")
        stage.say(MARA, "Resolved.")
        await stage.settled()
    assert stage.messenger.said(MARA) == ["Resolved."]
    parked = stage.parked()
    assert set(parked) == {"Mara's words", "More of Mara's words"}
    for why in parked.values():
        reference = why.split()[-1]
        assert f"bug {reference} while telling" in caplog.text
    assert "in present\n" in caplog.text
    assert "Mara" not in caplog.text.replace(MARA, "")


async def test_a_thousand_notices_that_cannot_be_drawn_block_nobody(stage: Stage) -> None:
    async with stage.working() as worker:
        poison = [(f"person:{number % 50}", f"poison {number}") for number in range(1000)]
        stage.say_all(poison, notice="broken")
        stage.say_all((f"person:{number}", f"healthy {number}") for number in range(10))
        stage.say(MARA, "Hello.")
        await stage.settled()
        health = await worker.health()
    said = {shown.card.fallback for shown in stage.messenger.shown}
    assert said == {"Hello.", *(f"healthy {number}" for number in range(10))}
    assert len(stage.parked()) == health.parked == 1000
    assert health.sends == {Outcome.BUG: 1000, Outcome.SENT: 11}


# --- the process ends -----------------------------------------------------------------------------


async def test_a_message_sent_by_a_process_that_died_is_adopted_by_the_next(stage: Stage) -> None:
    key = stage.say(MARA, "Hello.")
    (row,) = stage.store.write(lambda tx: tx.outbox.claim(1, timedelta(minutes=2)))
    place = await stage.messenger.open(Placement(lane=row.lane))
    await stage.messenger.post(place, Card(fallback="Hello."), key=key)
    async with stage.working():
        await stage.settled()
        assert stage.messenger.count("find") == 0  # it may still be at work
        await stage.pass_(A_LEASE)
    assert stage.messenger.said(MARA) == ["Hello."]
    assert stage.desk.delivered_rows == [("Hello.", "1")]


async def test_a_process_that_died_between_link_and_end_knocks_again(stage: Stage) -> None:
    stage.say(MARA, "Hello.")
    (row,) = stage.store.write(lambda tx: tx.outbox.claim(1, timedelta(minutes=2)))
    stage.store.write(lambda tx: tx.conversations.link(row.lane, f"notice:{row.key}", "41"))
    async with stage.working():
        await stage.pass_(A_LEASE)
    assert stage.desk.delivered_rows == [("Hello.", "41")]
    assert stage.messenger.calls == []


async def test_a_notice_that_kills_its_process_each_time_is_parked_in_the_end(
    stage: Stage,
) -> None:
    stage.say(MARA, "Hello.")
    for _ in range(8):
        stage.store.write(lambda tx: tx.outbox.claim(1, timedelta(minutes=2)))
        stage.time.moment += A_LEASE
    async with stage.working():
        await stage.settled()
    assert "cut off in the middle" in stage.parked()["Hello."]


async def test_whoever_was_overtaken_changes_nothing(stage: Stage) -> None:
    hang = Hang(is_accepted=True)
    stage.messenger.next_time("post", hang)
    async with stage.working(Limits(stop_within=timedelta(milliseconds=500))):
        stage.say(MARA, "Hello.")
        await stage.until(hang.began.is_set)
        stage.time.moment += A_LEASE
        (newer,) = stage.store.write(lambda tx: tx.outbox.claim(1, timedelta(minutes=2)))
        assert newer.was_interrupted
        assert stage.store.write(lambda tx: tx.outbox.sent(newer, "1"))
    assert stage.messenger.said(MARA) == ["Hello."]
    assert stage.waits_for() is None
    assert stage.parked() == {}


async def test_stopping_lets_what_is_under_way_arrive(stage: Stage) -> None:
    async with stage.working() as worker:
        for number in range(10):
            stage.say(f"person:{number}", "Hello.")
        await stage.until(lambda: stage.messenger.count("post") > 0)
        await worker.stop()
        arrived = len(stage.messenger.shown)
        assert arrived == len(stage.desk.delivered_rows)
    async with stage.working():
        await stage.settled()
    assert len(stage.messenger.shown) == 10
    assert stage.messenger.count("find") == 0


async def test_stopping_breaks_off_what_hangs_and_the_next_process_looks_at_once(
    stage: Stage,
) -> None:
    hang = Hang(is_accepted=True)
    stage.messenger.next_time("post", hang)
    async with stage.working(Limits(stop_within=timedelta(milliseconds=500))) as worker:
        stage.say(MARA, "Hello.")
        await stage.until(hang.began.is_set)
        await worker.stop()
        assert stage.waits_for() == timedelta()
    async with stage.working():
        await stage.settled()
    assert stage.messenger.said(MARA) == ["Hello."]
    assert stage.messenger.count("find") == 1


async def test_stopping_does_not_wait_for_a_store_that_is_away(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage.working(Limits(stop_within=timedelta(milliseconds=500))) as worker:
        stage.messenger.when("post", stage.go_away)
        stage.say(MARA, "Hello.")
        await stage.until(lambda: bool(stage.messenger.shown))
        await worker.stop()
        assert not (await worker.health()).store_answers
    stage.come_back()
    assert "bug" not in caplog.text
    stage.time.moment += A_LEASE
    async with stage.working():
        await stage.settled()
    assert stage.messenger.said(MARA) == ["Hello."]
    assert stage.desk.delivered_rows == [("Hello.", "1")]


async def test_a_worker_that_is_cancelled_ends_in_the_same_good_order(stage: Stage) -> None:
    worker = stage.worker()
    running = asyncio.create_task(worker.run(stage.ticks))
    stage.workers.append(worker)
    stage.say(MARA, "Hello.")
    await stage.settled()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert stage.messenger.said(MARA) == ["Hello."]
    await worker.stop()


async def test_a_worker_that_never_began_can_be_stopped(stage: Stage) -> None:
    await stage.worker().stop()


# --- several platforms, several workers -----------------------------------------------------------


async def test_a_lane_stays_on_the_platform_where_it_is(tmp_path: Path) -> None:
    other = FakeMessenger("slack")
    stage = Stage(tmp_path, other)
    async with stage.working():
        stage.say(MARA, "One.", platform="slack")
        stage.say(MARA, "Two.", platform="fake")
        await stage.settled()
    assert other.said(MARA) == ["One.", "Two."]
    stage.close()


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def shared_stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A stage on each database."""
    url = ""
    if request.param == "PostgreSQL":
        url = request.getfixturevalue("postgres_url")
        db.migrate(url)
    stage = Stage(tmp_path, url=url)
    yield stage
    stage.close()


async def test_two_workers_on_one_store_send_everything_once_and_in_order(
    shared_stage: Stage,
) -> None:
    stage = shared_stage
    lanes = [f"person:{number}" for number in range(20)]
    async with stage.working(), stage.working():
        for number in range(5):
            for lane in lanes:
                stage.say(lane, f"message {number}")
        await stage.settled()
    for lane in lanes:
        assert stage.messenger.said(lane) == [f"message {number}" for number in range(5)]
    assert stage.messenger.count("find") == 0


async def test_a_crowd_beyond_what_is_told_at_once_drains_by_itself(stage: Stage) -> None:
    for number in range(7):
        stage.say(f"person:{number}", "Hello.")
    worker = stage.worker(Limits(lanes_at_once=2))
    running = asyncio.create_task(worker.run(stage.ticks))  # and nobody rings or ticks
    await stage.until(lambda: len(stage.messenger.shown) == 7)
    await worker.stop()
    await running


async def test_the_heartbeat_alone_is_enough_when_nobody_rings(stage: Stage) -> None:
    worker = stage.worker()
    running = asyncio.create_task(worker.run(stage.ticks))
    await stage.until(lambda: worker.is_at_rest)
    stage.say(MARA, "Hello.")
    await stage.ticks.tick("worker.look")
    await stage.until(lambda: bool(stage.messenger.shown))
    await worker.stop()
    await running
    assert stage.messenger.said(MARA) == ["Hello."]
