"""Timers that come due, whatever the clock on the wall does and whoever stumbles."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from chatdesk.adapters.clock import MovableClock, SystemClock
from chatdesk.adapters.clock.ticks import Ticks
from chatdesk.ports import Clock, Stale, StoreUnavailable, Transaction
from chatdesk.worker import Worker
from tests.worker_stage import NOON, Stage

SECONDS, HOURS, DAYS = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.close()


def remind(stage: Stage, *names: str, at: datetime = NOON) -> None:
    """Have these timers come due, as recurring ones: they need no ticket."""

    def work(tx: Transaction) -> None:
        for name in names:
            kind, _, occurrence = name.partition(":")
            tx.timers.set_once(kind, occurrence, at)

    stage.store.write(work)
    stage.wake()


async def test_a_timer_fires_when_it_is_due_and_not_before(stage: Stage) -> None:
    async with stage.working() as worker:
        remind(stage, "digest:monday", at=NOON + HOURS)
        await stage.pass_(HOURS - SECONDS)
        assert stage.desk.fired == []
        await stage.pass_(SECONDS)
        assert stage.desk.fired == ["digest:monday"]
        await stage.pass_(DAYS)
        health = await worker.health()
    assert stage.desk.fired == ["digest:monday"]
    assert health.timers_fired == 1


async def test_what_came_due_while_the_desk_was_away_fires_once_each(stage: Stage) -> None:
    names = [f"nudge:{number}" for number in range(500)]
    remind(stage, *names, at=NOON - 3 * DAYS)
    async with stage.working(), stage.working():
        await stage.settled()
        await stage.pass_(DAYS)
    assert sorted(stage.desk.fired) == sorted(names)


async def test_a_timer_that_fails_comes_again_and_holds_nobody_up(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.desk.troubles["nudge:2"] = [ValueError("Mara's words")] * 2
    remind(stage, "nudge:1", "nudge:2", "nudge:3")
    async with stage.working() as worker:
        await stage.settled()
        assert sorted(stage.desk.fired) == ["nudge:1", "nudge:3"]
        await stage.pass_(10 * SECONDS)
        assert len(stage.desk.fired) == 2
        await stage.pass_(60 * SECONDS)
        assert (await worker.health()).timers_failed == 2
    assert sorted(stage.desk.fired) == ["nudge:1", "nudge:2", "nudge:3"]
    assert "while firing nudge:2" in caplog.text
    assert "Mara" not in caplog.text


async def test_a_timer_that_lost_a_race_is_decided_again_and_is_no_bug(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.desk.troubles["nudge:1"] = [Stale("somebody was faster")]
    remind(stage, "nudge:1")
    async with stage.working():
        await stage.until(lambda: bool(stage.desk.fired))
    assert stage.desk.fired == ["nudge:1"]
    assert "bug" not in caplog.text


async def test_a_store_that_is_away_only_delays_a_timer(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stage.desk.troubles["nudge:1"] = [StoreUnavailable()]
    remind(stage, "nudge:1")
    async with stage.working():
        await stage.settled()
        assert stage.desk.fired == []
        await stage.pass_(60 * SECONDS)
    assert stage.desk.fired == ["nudge:1"]
    assert "bug" not in caplog.text


async def test_stopping_gives_back_the_timers_nobody_has_begun(stage: Stage) -> None:
    names = [f"nudge:{number}" for number in range(90)]
    remind(stage, *names)
    may_go_on = threading.Event()
    stage.desk.before_firing = may_go_on.wait
    async with stage.working() as worker:
        await stage.until(lambda: bool(stage.desk.begun))
        stopping = asyncio.create_task(worker.stop())
        await asyncio.sleep(0)
        may_go_on.set()
        await stopping
    assert len(stage.desk.fired) == len(stage.desk.begun) < 90
    assert stage.store.read(lambda tx: tx.timers.next_due_at()) == NOON
    async with stage.working():
        await stage.settled()
    assert sorted(stage.desk.fired) == sorted(names)


# --- the clock on the wall ------------------------------------------------------------------------


class Machine:
    """A computer's two clocks: one that people set, and one that only counts."""

    def __init__(self) -> None:
        self.wall = NOON.timestamp()
        self.steady = 0.0

    def clock(self) -> SystemClock:
        return SystemClock(wall=lambda: self.wall, steady=lambda: self.steady)


def worker_by(clock: Clock, stage: Stage) -> Worker:
    return Worker(stage.store, clock, stage.pictures, stage.desk, stage.messengers)


async def test_jumps_of_the_wall_clock_fire_nothing_early_and_nothing_twice(
    stage: Stage,
) -> None:
    machine = Machine()
    worker = worker_by(machine.clock(), stage)
    stage.workers.append(worker)
    running = asyncio.create_task(worker.run(stage.ticks))
    await stage.until(lambda: worker.is_at_rest)
    remind(stage, *(f"nudge:{minute}" for minute in range(10)))
    for minute in range(10, 40):
        remind(stage, f"nudge:{minute}", at=NOON + timedelta(minutes=minute))
    for minute, jump in ((5, -HOURS), (10, 2 * HOURS), (15, -HOURS), (20, timedelta())):
        passed = minute * 60 - machine.steady
        machine.steady += passed
        machine.wall += passed + jump.total_seconds()
        await stage.ticks.tick("worker.look")
        due = [f"nudge:{one}" for one in range(max(10, minute + 1))]
        await stage.until(lambda due=due: len(stage.desk.fired) >= len(due))  # type: ignore[misc]  # bound at once
        await stage.until(lambda: worker.is_at_rest)
        assert sorted(stage.desk.fired) == sorted(due)
    await worker.stop()
    await running


async def test_three_working_days_pass_in_a_moment_with_the_time_machine(stage: Stage) -> None:
    kept: dict[str, str] = {}
    clock = MovableClock(
        stage.time, load=lambda: kept.get("moved"), save=lambda by: kept.update(moved=by)
    )
    worker = worker_by(clock, stage)
    running = asyncio.create_task(worker.run(stage.ticks))
    remind(stage, "follow_up:7", at=NOON + 3 * DAYS)
    clock.move(3 * DAYS)
    worker.wake()
    await stage.until(lambda: stage.desk.fired == ["follow_up:7"])
    await worker.stop()
    await running


async def test_with_the_true_heartbeat_nobody_needs_to_ring(stage: Stage) -> None:
    ticks, worker = Ticks(), stage.worker()
    running = asyncio.create_task(worker.run(ticks))
    ticks.start()
    await stage.until(lambda: worker.is_at_rest)
    remind(stage, "nudge:1")
    stage.say("person:mara", "Hello.")
    await stage.until(lambda: bool(stage.desk.fired and stage.messenger.shown))
    await worker.stop()
    await ticks.stop()
    await running
