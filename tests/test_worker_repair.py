"""Deliveries that were accepted and not done, the store that goes away, and the figures."""

import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from chatdesk.ports import Delivery, Stale
from tests.fakes import HandTicks
from tests.worker_stage import Stage

SECONDS, DAYS = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.close()


def arrive(stage: Stage, key: str, platform: str = "fake") -> None:
    stage.store.write(lambda tx: tx.inbox.accept(key, platform, {"words": "Mara's"}))


def state_of(stage: Stage, key: str) -> Delivery:
    row = stage.store.write(lambda tx: tx.inbox.accept(key, "fake", {"words": "Mara's"}))
    return row.state


# --- replay ---------------------------------------------------------------------------------------


async def test_a_delivery_whose_process_died_is_caught_up_on(stage: Stage) -> None:
    arrive(stage, "event-1")
    async with stage.working() as worker:
        await stage.ticks.tick("worker.sweep")
        assert stage.desk.replayed == []  # whoever received it may be at it
        stage.time.moment += 6 * SECONDS
        await stage.ticks.tick("worker.sweep")
        assert (await worker.health()).deliveries_replayed == 1
        await stage.ticks.tick("worker.sweep")
    assert stage.desk.replayed == ["event-1"]
    assert state_of(stage, "event-1") is Delivery.DONE


async def test_two_processes_that_sweep_at_once_do_it_once(stage: Stage) -> None:
    for number in range(20):
        arrive(stage, f"event-{number}")
    stage.time.moment += 6 * SECONDS
    async with stage.working():
        first: HandTicks = stage.ticks
        async with stage.working():
            await asyncio.gather(*(one.tick("worker.sweep") for one in (first, stage.ticks)))
    assert sorted(stage.desk.begun) == sorted(f"event-{number}" for number in range(20))


async def test_a_delivery_that_fails_is_left_alone_for_a_while_and_hides_nobody(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(60):
        arrive(stage, f"poison-{number}")
        stage.desk.troubles[f"poison-{number}"] = [ValueError("Mara's words")] * 50
    stage.time.moment += SECONDS
    arrive(stage, "event-1")
    stage.time.moment += 6 * SECONDS
    async with stage.working():
        for _ in range(3):
            await stage.ticks.tick("worker.sweep")
    assert stage.desk.replayed == ["event-1"]
    left = [len(troubles) for troubles in stage.desk.troubles.values()]
    assert set(left) == {49}
    assert "Mara" not in caplog.text


async def test_a_delivery_done_meanwhile_by_its_receiver_is_no_bug(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    arrive(stage, "event-1")
    stage.desk.troubles["event-1"] = [Stale("done already")]
    stage.time.moment += 6 * SECONDS
    async with stage.working():
        await stage.ticks.tick("worker.sweep")
    assert "bug" not in caplog.text


async def test_an_empty_sweep_writes_nothing(stage: Stage) -> None:
    async with stage.working():
        await stage.settled()
        before = _changes(stage)
        for _ in range(3):
            await stage.ticks.tick("worker.sweep", "worker.look")
            await stage.settled()
        assert _changes(stage) == before


def _changes(stage: Stage) -> int:
    """Return a number that rises with every commit to the file."""
    with sqlite3.connect(stage.file) as connection:
        (frames,) = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1:2]
    return int(frames)


# --- the inbox is kept for a week -----------------------------------------------------------------


async def test_finished_deliveries_are_forgotten_after_a_week_and_unfinished_ones_never(
    stage: Stage,
) -> None:
    arrive(stage, "done")
    arrive(stage, "waiting", platform="web")
    stage.store.write(lambda tx: tx.inbox.finish("done", {}))
    async with stage.working():
        stage.time.moment += 6 * DAYS
        await stage.ticks.tick("worker.purge")
        assert state_of(stage, "done") is Delivery.DONE
        stage.time.moment += 2 * DAYS
        await stage.ticks.tick("worker.purge")
    assert state_of(stage, "done") is Delivery.FRESH
    found = stage.store.read(lambda tx: tx.inbox.unfinished("web", SECONDS, 10))
    assert [row.key for row in found] == ["waiting"]


async def test_of_two_processes_one_forgets(stage: Stage) -> None:
    async with stage.working():
        await stage.ticks.tick("worker.purge")
        arrive(stage, "done")
        stage.store.write(lambda tx: tx.inbox.finish("done", {}))
        stage.time.moment += 8 * DAYS
        stage.store.write(lambda tx: tx.leases.take("purge", "another process", timedelta(hours=1)))
        await stage.ticks.tick("worker.purge")
    assert state_of(stage, "done") is Delivery.DONE


async def test_everything_over_for_a_week_is_forgotten_however_much_it_is(stage: Stage) -> None:
    for number in range(450):
        arrive(stage, f"done-{number}")
        stage.store.write(lambda tx, key=f"done-{number}": tx.inbox.finish(key, {}))  # type: ignore[misc]  # bound at once
    async with stage.working():
        stage.say("person:mara", "Hello.")
        await stage.until(lambda: bool(stage.desk.delivered_rows))
        await stage.settled()
        stage.time.moment += 8 * DAYS
        await stage.ticks.tick("worker.purge")
    left = stage.store.write(
        lambda tx: (tx.inbox.purge(0 * DAYS, 500), tx.outbox.purge(0 * DAYS, 9))
    )
    assert left == (0, 0)


# --- the store goes away --------------------------------------------------------------------------


async def test_when_the_store_comes_back_so_does_the_worker(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage.working() as worker:
        await stage.until(lambda: worker.is_at_rest)
        stage.go_away()
        worker.wake()
        await stage.ticks.tick()
        await stage.until(lambda: "does not answer" in caplog.text)
        health = await worker.health()
        assert not health.store_answers
        stage.come_back()
        stage.say("person:mara", "Hello.")
        await stage.until(lambda: bool(stage.desk.delivered_rows))
        await stage.settled()
        assert (await worker.health()).store_answers
    assert stage.messenger.said("person:mara") == ["Hello."]
    assert caplog.text.count("does not answer") == 1


async def test_what_was_sent_while_the_store_was_away_is_noted_when_it_is_back(
    stage: Stage,
) -> None:
    async with stage.working():
        stage.messenger.when("post", stage.go_away)
        stage.say("person:mara", "Hello.")
        await stage.until(lambda: bool(stage.messenger.shown))
        stage.come_back()
        await stage.until(lambda: bool(stage.desk.delivered_rows))
        await stage.settled()
    assert stage.messenger.said("person:mara") == ["Hello."]
    assert stage.messenger.count("find") == 0


# --- figures --------------------------------------------------------------------------------------


async def test_the_figures_tell_how_long_people_have_been_waiting(stage: Stage) -> None:
    stage.messenger.is_down = True
    async with stage.working() as worker:
        stage.say("person:mara", "Hello.")
        await stage.settled()
        await stage.pass_(120 * SECONDS)
        assert (await worker.health()).oldest_unsent == 120 * SECONDS
