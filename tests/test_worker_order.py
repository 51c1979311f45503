"""Order in every conversation, whatever the platform does: the laws, and an outage of hours."""

import asyncio
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatdesk.ports import (
    OutcomeUnknown,
    PlaceGone,
    PlatformRefused,
    RateLimited,
    Transient,
)
from tests.fakes import AnswerLost, Misbehaviour
from tests.worker_stage import HOME, Stage

SECONDS, HOURS = timedelta(seconds=1), timedelta(hours=1)
LANES = ("person:ana", "person:jo", "person:mara", "person:tim")
OTHERS = LANES[1:]

endings = st.sampled_from(
    (
        None,
        Transient("503"),
        OutcomeUnknown("connection reset"),
        AnswerLost(),
        RateLimited(SECONDS),
        RateLimited(90 * SECONDS),
        PlatformRefused("too long"),
        PlaceGone("is_archived"),
        ValueError("a bug"),
    )
)
looks = st.sampled_from((None, Transient("503"), AnswerLost(), RateLimited(SECONDS)))
talks = st.lists(st.sampled_from(LANES), min_size=1, max_size=12)


def told(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


@settings(max_examples=25)
@given(talk=talks, posts=st.lists(endings, max_size=20), finds=st.lists(looks, max_size=6))
def test_nothing_is_lost_doubled_or_out_of_order(
    talk: list[str], posts: list[Misbehaviour], finds: list[Misbehaviour]
) -> None:
    async def story(stage: Stage) -> None:
        stage.messenger.next_time("post", *posts)
        stage.messenger.next_time("find", *finds)
        async with stage.working():
            stage.say_all((lane, f"{number}") for number, lane in enumerate(talk))
            await stage.settled()
            while (wait := stage.waits_for()) is not None:
                await stage.pass_(wait)
        parked = stage.parked()
        for lane in LANES:
            put = [f"{number}" for number, one in enumerate(talk) if one == lane]
            said = stage.messenger.said(lane)
            assert said == [text for text in put if text in said]
            assert set(put) == set(said) | (set(put) & set(parked))

    with TemporaryDirectory() as folder:
        stage = Stage(Path(folder))
        told(story(stage))
        stage.close()


@settings(max_examples=12)
@given(
    talk=talks,
    posts=st.lists(endings, max_size=12),
    finds=st.lists(looks, max_size=6),
)
def test_no_conversation_waits_for_another_ones_trouble(
    talk: list[str], posts: list[Misbehaviour], finds: list[Misbehaviour]
) -> None:
    async def story(stage: Stage) -> None:
        stage.messenger.next_time("post", *posts, at=LANES[0])
        stage.messenger.next_time("find", *finds, at=LANES[0])
        async with stage.working():
            stage.say_all((lane, f"{number}") for number, lane in enumerate(talk))
            await stage.settled()  # and no time passes at all
        for lane in OTHERS:
            put = [f"{number}" for number, one in enumerate(talk) if one == lane]
            assert stage.messenger.said(lane) == put

    with TemporaryDirectory() as folder:
        stage = Stage(Path(folder))
        told(story(stage))
        stage.close()


# --- an outage of hours ---------------------------------------------------------------------------


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.close()


async def test_an_outage_drains_in_order_with_stale_cards_collapsed(stage: Stage) -> None:
    async with stage.working():
        for number in range(20):
            stage.show(number, "new")
        while stage.waits_for() is not None:
            await stage.pass_(SECONDS)
        stage.messenger.is_down = True
        for hour in range(4):
            for number in range(20):
                for change in range(3):
                    stage.show(number, f"{hour}:{change}")
                stage.say(f"ticket:{number}:agents:it", f"it is {hour}")
            for _ in range(6):
                await stage.pass_(HOURS / 6)
        calls_in_vain = len(stage.messenger.calls)
        stage.messenger.is_down = False
        stage.messenger.calls.clear()
        ended_at = stage.time.moment
        while stage.waits_for() is not None:
            await stage.pass_(SECONDS)
        assert stage.time.moment - ended_at < 5 * timedelta(minutes=1)
    assert stage.messenger.said(HOME) == ["3:2"] * 20
    for number in range(20):
        thread = stage.thread_of(f"ticket:{number}:agents:it")
        assert stage.messenger.said(HOME, thread) == [f"it is {hour}" for hour in range(4)]
    assert stage.parked() == {}
    # A probe a minute, not every lane each time; afterwards a card is edited a few times only.
    assert calls_in_vain < 4 * 60 * 2
    assert stage.messenger.count("edit") <= 20 * 5


async def test_after_an_outage_nobody_waits_for_the_hours_they_were_to_wait(stage: Stage) -> None:
    stage.messenger.is_down = True
    async with stage.working():
        for lane in LANES:
            stage.say(lane, "Hello.")
        for _ in range(48):
            await stage.pass_(HOURS)
        assert stage.parked() == {}
        stage.messenger.is_down = False
        for _ in range(70):
            await stage.pass_(SECONDS)
    assert [stage.messenger.said(lane) for lane in LANES] == [["Hello."]] * 4


async def test_a_single_conversation_goes_on_when_its_platform_reports_back(stage: Stage) -> None:
    stage.messenger.next_time("open", *[Transient("connection refused")] * 6)
    async with stage.working() as worker:
        stage.say(LANES[0], "Hello.")
        await stage.settled()
        while stage.messenger.count("open") < 5:
            await stage.pass_(stage.waits_for() or SECONDS)
        await worker.platform_is_back("fake")
        await stage.settled()
        assert stage.messenger.count("open") == 6
        await worker.platform_is_back("fake")
        await stage.settled()
    assert stage.messenger.said(LANES[0]) == ["Hello."]


async def test_others_success_brings_a_failing_conversation_forward_only_once(
    stage: Stage,
) -> None:
    stage.messenger.next_time("post", *[Transient("503")] * 8, at=LANES[0])
    async with stage.working():
        stage.say(LANES[0], "Hello.")
        await stage.settled()
        for number in range(20):
            stage.say(LANES[1], f"{number}")
            await stage.settled()
    assert [place for call, place in stage.messenger.calls if call == "post"].count(LANES[0]) == 2
    assert stage.parked() == {}
