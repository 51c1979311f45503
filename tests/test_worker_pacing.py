"""Who may speak when: turns in a place, limits, and outages probed by one lane at a time."""

import random

import pytest

from chatdesk.ports import Place
from chatdesk.worker import pacing
from chatdesk.worker.pacing import Pace

CHANNEL = Place(platform="slack", place="#it-help")
ELSEWHERE = Place(platform="slack", place="#hr-help")


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def pace(seconds: Seconds) -> Pace:
    return Pace(seconds, random.Random(7))  # noqa: S311 - chance that can be repeated


# --- turns in a place -----------------------------------------------------------------------------


def test_a_free_place_is_yours_at_once_and_others_get_turns(pace: Pace) -> None:
    assert pace.wait_for_place(CHANNEL) == 0
    assert [pace.wait_for_place(CHANNEL) for _ in range(3)] == pytest.approx([0.1, 0.2, 0.3])
    assert pace.wait_for_place(ELSEWHERE) == 0
    pace.leave(CHANNEL)
    assert pace.wait_for_place(CHANNEL) == 0


def test_threads_of_one_channel_share_its_pace(pace: Pace) -> None:
    thread = Place(platform="slack", place="#it-help", thread="17")
    assert pace.wait_for_place(CHANNEL) == 0
    assert pace.wait_for_place(thread) > 0


def test_turns_are_as_far_apart_as_speaking_takes(pace: Pace, seconds: Seconds) -> None:
    for _ in range(20):
        assert pace.wait_for_place(CHANNEL) == 0
        seconds.now += 2
        pace.leave(CHANNEL)
    assert pace.wait_for_place(CHANNEL) == 0
    waits = [pace.wait_for_place(CHANNEL) for _ in range(2)]
    assert waits == pytest.approx([2, 4], rel=0.02)


def test_after_a_limit_turns_are_a_second_apart_for_a_minute(pace: Pace, seconds: Seconds) -> None:
    pace.limited("slack", CHANNEL, 5)
    assert [pace.wait_for_place(CHANNEL) for _ in range(3)] == pytest.approx([6, 7, 8])
    seconds.now = 61
    assert pace.wait_for_place(CHANNEL) == 0
    assert pace.wait_for_place(CHANNEL) == pytest.approx(0.1)


def test_whoever_spoke_after_a_limit_is_followed_a_second_later(
    pace: Pace, seconds: Seconds
) -> None:
    pace.limited("slack", CHANNEL, 5)
    seconds.now = 5
    assert pace.wait_for_place(CHANNEL) == 0
    pace.leave(CHANNEL)
    assert pace.wait_for_place(CHANNEL) >= 1
    seconds.now = 6
    assert pace.wait_for_place(CHANNEL) == 0


def test_places_where_nothing_goes_on_are_forgotten(
    pace: Pace, seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "PLACES_REMEMBERED", 100)
    pace.limited("slack", CHANNEL, 500)
    for number in range(1000):
        place = Place(platform="slack", place=f"{number}")
        assert pace.wait_for_place(place) == 0
        pace.leave(place)
        seconds.now += 0.1
    assert len(pace._places) <= 101
    assert pace.wait_for_place(CHANNEL) > 0


# --- limits of a whole platform -------------------------------------------------------------------


def test_a_limit_without_a_place_holds_for_the_platform(pace: Pace, seconds: Seconds) -> None:
    pace.limited("slack", None, 5)
    assert pace.wait_for_platform("slack", "person:mara") >= 5
    assert pace.wait_for_platform("discord", "person:mara") == 0
    seconds.now = 5
    assert pace.wait_for_platform("slack", "person:mara") == 0


def test_an_answer_to_somebody_does_not_end_a_limit(pace: Pace) -> None:
    pace.limited("slack", None, 5)
    pace.answered("slack", "person:jo")
    assert pace.wait_for_platform("slack", "person:mara") >= 5


# --- outages --------------------------------------------------------------------------------------


def fail(pace: Pace, *lanes: str) -> list[float | None]:
    return [pace.failed("slack", lane) for lane in lanes]


def test_three_lanes_failing_are_an_outage_and_two_are_not(pace: Pace) -> None:
    assert fail(pace, "a", "b", "a") == [None, None, None]
    assert pace.wait_for_platform("slack", "d") == 0
    (wait,) = fail(pace, "c")
    assert wait is not None
    assert pace.wait_for_platform("slack", "d") > 0


def test_a_success_in_between_shows_that_it_is_no_outage(pace: Pace) -> None:
    fail(pace, "a", "b")
    pace.answered("slack", "z")
    assert fail(pace, "c") == [None]


def test_one_lane_at_a_time_probes_and_less_and_less_often(pace: Pace, seconds: Seconds) -> None:
    fail(pace, "a", "b", "c")
    pauses = []
    for _ in range(12):
        while pace.wait_for_platform("slack", "probe"):
            seconds.now += 0.1
        assert pace.wait_for_platform("slack", "another") > 0
        began = seconds.now
        fail(pace, "probe")
        while pace.wait_for_platform("slack", "probe"):
            seconds.now += 0.1
        pauses.append(seconds.now - began)
        pace.did_not_ask("slack", "probe")
    assert pauses[0] <= 2.1
    assert pauses[-1] >= 30
    assert max(pauses) <= pacing.LONGEST_PAUSE + 0.1


def test_a_crowd_failing_at_the_same_moment_is_one_failure_of_the_platform(pace: Pace) -> None:
    waits = fail(pace, *(f"{number}" for number in range(30)))
    assert all(wait <= 2 for wait in waits if wait is not None)


def test_a_probe_that_did_not_ask_leaves_its_turn_to_another(pace: Pace, seconds: Seconds) -> None:
    fail(pace, "a", "b", "c")
    seconds.now += 10
    assert pace.wait_for_platform("slack", "probe") == 0
    assert pace.wait_for_platform("slack", "another") > 0
    pace.did_not_ask("slack", "probe")
    assert pace.wait_for_platform("slack", "another") == 0


def test_a_probe_nobody_heard_of_again_is_replaced(pace: Pace, seconds: Seconds) -> None:
    fail(pace, "a", "b", "c")
    seconds.now += 10
    assert pace.wait_for_platform("slack", "probe") == 0
    seconds.now += pacing.PROBED_WITHIN
    assert pace.wait_for_platform("slack", "another") == 0


def test_an_answer_ends_the_outage_for_everybody_who_waited(pace: Pace, seconds: Seconds) -> None:
    fail(pace, "a", "b", "c")
    assert pace.wait_for_platform("slack", "d") > 0
    seconds.now += 10
    assert pace.wait_for_platform("slack", "a") == 0
    assert pace.answered("slack", "a") == {"b", "c", "d"}
    assert pace.wait_for_platform("slack", "d") == 0


def test_hearing_from_the_platform_ends_the_outage_as_well(pace: Pace) -> None:
    fail(pace, "a", "b", "c")
    assert pace.is_back("slack") == {"a", "b", "c"}
    assert pace.wait_for_platform("slack", "d") == 0
