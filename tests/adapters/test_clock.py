"""The desk's time cannot be fooled, and its heartbeat goes on whatever the wall clock does."""

import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import apscheduler.schedulers.base
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdesk.adapters.clock import MovableClock, SystemClock
from chatdesk.adapters.clock.ticks import Ticks

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = 3600.0


class Machine:
    """A computer's two clocks: one that people set, and one that only counts."""

    def __init__(self) -> None:
        self.wall = NOON.timestamp()
        self.steady = 1_000.0

    def pass_(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds

    def clock(self) -> SystemClock:
        return SystemClock(wall=lambda: self.wall, steady=lambda: self.steady)


def after_noon(clock: SystemClock) -> float:
    return (clock.now() - NOON).total_seconds()


# --- the wall clock jumps -------------------------------------------------------------------------


def test_time_goes_on_as_the_machine_counts() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.pass_(90)
    assert clock.now() == NOON + timedelta(seconds=90)


@pytest.mark.parametrize("jump", [-HOUR, 2 * HOUR])
def test_a_jump_that_is_repaired_passes_unnoticed(jump: float) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += jump
    machine.pass_(300)
    assert after_noon(clock) == 300
    machine.wall -= jump
    machine.pass_(3 * HOUR)
    assert after_noon(clock) == 300 + 3 * HOUR


def test_back_an_hour_on_two_and_back_again_as_in_a_bad_night() -> None:
    machine = Machine()
    clock = machine.clock()
    for jump in (-HOUR, 3 * HOUR, -2 * HOUR):
        machine.wall += jump
        machine.pass_(590)
        clock.now()
    assert after_noon(clock) == 3 * 590


def test_a_lasting_correction_forwards_is_followed_at_once_when_believed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += 2 * HOUR
    assert after_noon(clock) == 0
    machine.pass_(599)
    assert after_noon(clock) == 599
    machine.pass_(1)
    assert after_noon(clock) == 600 + 2 * HOUR
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]


def test_after_a_lasting_correction_backwards_time_slows_until_the_wall_clock_caught_up() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall -= HOUR
    clock.now()
    machine.pass_(600)
    assert after_noon(clock) == 600  # believed, and not one second taken back
    machine.pass_(HOUR)
    assert after_noon(clock) == 600 + HOUR / 2
    machine.pass_(HOUR)
    assert clock.now() == datetime.fromtimestamp(machine.wall, UTC)
    machine.pass_(HOUR)
    assert clock.now() == datetime.fromtimestamp(machine.wall, UTC)


def test_a_jump_that_changes_again_has_to_last_anew() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += HOUR
    clock.now()
    machine.pass_(500)
    machine.wall += HOUR
    clock.now()
    machine.pass_(500)
    assert after_noon(clock) == 1000


def test_sleep_counts_as_time_that_passed() -> None:
    assert abs(SystemClock().now().timestamp() - time.time()) < 5
    assert SystemClock().now().tzinfo is UTC


@given(
    steps=st.lists(
        st.tuples(
            st.floats(min_value=0, max_value=2_000, allow_nan=False),
            st.sampled_from([0.0, 0.0, 0.5, -0.5, -HOUR, HOUR, 2 * HOUR, -5 * HOUR]),
        ),
        max_size=40,
    )
)
def test_time_never_goes_back_and_never_stands_still_for_long(
    steps: list[tuple[float, float]],
) -> None:
    machine = Machine()
    clock = machine.clock()
    before = clock.now()
    for passed, jump in steps:
        machine.pass_(passed)
        machine.wall += jump
        now = clock.now()
        assert now - before >= timedelta(seconds=passed / 2) - timedelta(milliseconds=1)
        before = now


# --- the time machine -----------------------------------------------------------------------------


class Kept:
    """Where a moved clock notes how far it was moved."""

    def __init__(self) -> None:
        self.value: str | None = None

    def load(self) -> str | None:
        return self.value

    def save(self, value: str) -> None:
        self.value = value


def test_three_days_can_pass_in_a_moment_and_survive_a_restart() -> None:
    kept = Kept()
    base = Machine().clock()
    clock = MovableClock(base, load=kept.load, save=kept.save)
    assert clock.move(timedelta(days=3)) == NOON + timedelta(days=3)
    clock.move(timedelta(hours=4))
    restarted = MovableClock(base, load=kept.load, save=kept.save)
    assert restarted.now() == clock.now() == NOON + timedelta(days=3, hours=4)


def test_another_process_sees_the_move_when_it_looks() -> None:
    kept = Kept()
    base = Machine().clock()
    here, there = (MovableClock(base, load=kept.load, save=kept.save) for _ in range(2))
    here.move(timedelta(hours=1))
    assert there.now() == NOON
    there.reload()
    assert there.now() == NOON + timedelta(hours=1)


@pytest.mark.parametrize("by", [timedelta(), timedelta(days=-1), timedelta(days=4_000_000)])
def test_time_moves_neither_back_nor_beyond_the_calendar(by: timedelta) -> None:
    kept = Kept()
    clock = MovableClock(Machine().clock(), load=kept.load, save=kept.save)
    with pytest.raises(ValueError, match=r"forward|calendar"):
        clock.move(by)
    assert clock.now() == NOON
    assert kept.value is None


def test_a_move_that_could_not_be_kept_did_not_happen() -> None:
    def refuse(_: str) -> None:
        raise OSError("the disk is full")

    clock = MovableClock(Machine().clock(), load=lambda: None, save=refuse)
    with pytest.raises(OSError, match="full"):
        clock.move(timedelta(hours=1))
    assert clock.now() == NOON


# --- the heartbeat --------------------------------------------------------------------------------

SOON = timedelta(milliseconds=20)
PATIENCE = 10  # seconds until a test that waits in vain gives up


class Counter:
    """A work that counts its turns and can be waited for."""

    def __init__(self) -> None:
        self.turns = 0
        self._changed = asyncio.Event()

    async def turn(self) -> None:
        self.turns += 1
        self._changed.set()

    async def reach(self, turns: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.turns < turns:
                self._changed.clear()
                await self._changed.wait()


async def test_a_work_runs_at_once_and_then_again_and_again() -> None:
    ticks, counter = Ticks(), Counter()
    ticks.every(SOON, counter.turn, name="count")
    ticks.start()
    await counter.reach(3)
    await ticks.stop()
    ended_at = counter.turns
    await asyncio.sleep(0.1)
    assert counter.turns == ended_at


async def test_a_slow_work_is_not_begun_twice() -> None:
    ticks, others, at_once, most = Ticks(), Counter(), 0, 0
    release = asyncio.Event()

    async def slow() -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await release.wait()
        at_once -= 1

    ticks.every(SOON, slow, name="slow")
    ticks.every(SOON, others.turn, name="others")
    ticks.start()
    await others.reach(5)
    assert most == 1
    release.set()
    await ticks.stop()
    assert at_once == 0


async def test_a_failing_work_ticks_on_and_tells_no_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    ticks, counter = Ticks(), Counter()

    async def fail() -> None:
        await counter.turn()
        raise ValueError("Mara's words")

    ticks.every(SOON, fail, name="fail")
    ticks.start()
    await counter.reach(2)
    await ticks.stop()
    assert "tick fail failed with ValueError" in caplog.text
    assert "Mara" not in caplog.text


async def test_stopping_lets_the_running_work_end() -> None:
    ticks, counter = Ticks(), Counter()
    ended = False

    async def work() -> None:
        nonlocal ended
        await counter.turn()
        await asyncio.sleep(0.05)
        ended = True

    ticks.every(timedelta(hours=1), work, name="work")
    ticks.start()
    await counter.reach(1)
    await ticks.stop()
    assert ended


async def test_stopping_cuts_off_what_does_not_end() -> None:
    ticks, counter = Ticks(), Counter()
    was_cut_off = False

    async def hang() -> None:
        nonlocal was_cut_off
        await counter.turn()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            was_cut_off = True
            raise

    ticks.every(timedelta(hours=1), hang, name="hang")
    ticks.start()
    await counter.reach(1)
    await ticks.stop(within=SOON)
    assert was_cut_off


async def test_the_heartbeat_does_not_sleep_through_an_hour_the_wall_clock_went_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    jump = timedelta()

    class WallClock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]  # naive no more
            return datetime.now(tz) + jump

    monkeypatch.setattr(apscheduler.schedulers.base, "datetime", WallClock)
    monkeypatch.setattr("chatdesk.adapters.clock.ticks.datetime", WallClock)
    ticks = Ticks(wall=lambda: time.time() + jump.total_seconds(), look_every=SOON)
    counter = Counter()
    ticks.every(SOON, counter.turn, name="count")
    ticks.start()
    for jump in (timedelta(hours=-1), timedelta(hours=2), timedelta(hours=-1)):  # noqa: B007 - the clock reads it
        await counter.reach(counter.turns + 3)
    await ticks.stop()


async def test_ticks_that_never_began_can_be_stopped() -> None:
    await Ticks().stop()
