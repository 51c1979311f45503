"""What one process does alone: held by a lease, let go in time, and taken over from a dead one."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, select, update

from chatdesk.adapters.db import SqlStore
from chatdesk.adapters.db.schema import leases
from chatdesk.adapters.discord.starts import ONE_WITHIN, TRIED_EVERY
from chatdesk.ports import StoreUnavailable
from chatdesk.worker.sharing import LASTS, Share, Sharing
from tests.adapters.conftest import migrated_database, migrated_file, migrated_url, store, store_url

__all__ = ["migrated_database", "migrated_file", "store", "store_url"]

SHORT = timedelta(seconds=0.8)
LONG = timedelta(minutes=5)

CONNECTING = 3.0
"""Seconds that are left for a session to connect in."""

HOLDER = """
import asyncio, sys
from datetime import timedelta
from chatdesk.adapters.db import open_store
from chatdesk.lifecycle import record
from chatdesk.worker.sharing import Sharing

async def main():
    sharing = Sharing(open_store(sys.argv[1], record), "gateway", timedelta(seconds=1))
    shown = None
    while True:
        share = await sharing.look(2)
        if share.held != shown:
            shown = share.held
            print(sorted(shown), flush=True)
        for piece in share.surplus:
            await sharing.give_back(piece)
        await asyncio.sleep(sharing.pause())

asyncio.run(main())
"""


class Cut:
    """A store that can be cut off: it fails at once, or never answers."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self.is_away = False
        self.hangs = threading.Event()
        self.hangs.set()

    def write(self, work: Any) -> Any:
        """Do work, if anybody answers."""
        self.hangs.wait()
        if self.is_away:
            raise StoreUnavailable("away")
        return self._store.write(work)

    def read(self, work: Any) -> Any:
        """Read, if anybody answers."""
        return self._store.read(work)

    def can_save(self) -> bool:
        """Whether anybody answers."""
        return not self.is_away


def pieces(*some: int, of: int) -> Share:
    return Share(of=of, pieces=frozenset(some))


async def test_whoever_is_alone_has_everything(store: SqlStore) -> None:
    one = Sharing(store, "ears", LONG)
    for _ in range(2):
        assert await one.look(3) == pieces(0, 1, 2, of=3)
    another_work = Sharing(store, "other ears", LONG)
    assert await another_work.look(1) == pieces(0, of=1), "other leases are others'"


async def test_a_piece_has_one_holder_at_a_time(store: SqlStore) -> None:
    one, other = Sharing(store, "ears", LONG), Sharing(store, "ears", LONG)
    assert await one.look(1) == pieces(0, of=1)
    assert await other.look(1) == pieces(of=1)
    assert await one.look(1) == pieces(0, of=1), "an only piece moves to nobody"
    await one.leave()
    assert await other.look(1) == pieces(0, of=1)


async def test_those_who_are_there_share_evenly(store: SqlStore) -> None:
    one, other, third = (Sharing(store, "ears", LONG) for _ in range(3))
    await one.look(5)
    assert await other.look(5) == pieces(of=5)
    told = await one.look(5)
    assert told == Share(of=5, pieces=frozenset({0, 1, 2}), surplus=frozenset({3, 4}))
    assert await other.look(5) == pieces(of=5), "they are held until they are given back"
    await one.give_back(3)
    await one.give_back(4)
    assert await other.look(5) == pieces(3, 4, of=5)
    assert await third.look(5) == pieces(of=5)
    assert (await one.look(5)).surplus == {2}
    await one.give_back(2)
    assert await third.look(5) == pieces(2, of=5)
    await other.leave()
    assert await one.look(5) == pieces(0, 1, 3, of=5)
    assert await third.look(5) == pieces(2, 4, of=5)


async def test_nobody_counts_the_pieces_differently_from_others_who_hold_some(
    store: SqlStore,
) -> None:
    one, other = Sharing(store, "ears", LONG), Sharing(store, "ears", LONG)
    await one.look(1)
    assert await other.look(2) == pieces(of=1)
    await one.leave()
    assert await other.look(2) == pieces(0, 1, of=2)


async def test_it_is_kept_for_longer_than_it_lasts(store: SqlStore) -> None:
    one, other = Sharing(store, "ears", SHORT), Sharing(store, "ears", SHORT)
    await one.look(1)
    for _ in range(8):
        await asyncio.sleep(one.pause())
        assert await one.look(1) == pieces(0, of=1)
        assert await other.look(1) == pieces(of=1)


@pytest.mark.parametrize("way", ["fails", "hangs"])
async def test_it_is_let_go_before_it_runs_out_while_nobody_answers(
    store: SqlStore, way: str
) -> None:
    cut = Cut(store)
    one, other = Sharing(cut, "ears", SHORT), Sharing(store, "ears", SHORT)
    await one.look(1)
    cut.is_away = way == "fails"
    if way == "hangs":
        cut.hangs.clear()
    taken = False
    while (await one.look(1)).held:
        taken = taken or bool((await other.look(1)).held)
        await asyncio.sleep(min(one.pause(), 0.02))
    assert not taken, "somebody else began while it was held"
    cut.hangs.set()


async def test_a_short_outage_loses_nothing(store: SqlStore) -> None:
    cut = Cut(store)
    one = Sharing(cut, "ears", LONG)
    await one.look(1)
    cut.is_away = True
    assert await one.look(1) == pieces(0, of=1)
    cut.is_away = False
    assert await one.look(1) == pieces(0, of=1)


async def test_all_processes_together_have_one_turn_in_a_span(store: SqlStore) -> None:
    one, other = Sharing(store, "ears", LONG), Sharing(store, "ears", LONG)
    assert await one.turn("0", LONG)
    assert not await other.turn("0", LONG)
    assert not await one.turn("0", LONG), "one's own is no other"
    assert await other.turn("1", LONG)
    assert await one.turn("2", timedelta())
    assert await one.turn("2", LONG), "it has passed"


class Time:
    """A time that passes only when told to: a process's own, and the database's with it."""

    def __init__(self, store_url: str) -> None:
        self._engine = create_engine(store_url)
        self.seconds = 0.0

    def elapsed(self) -> float:
        """Return the seconds that have passed."""
        return self.seconds

    def passes(self, seconds: float) -> None:
        """Let every lease be that much nearer to its end."""
        self.seconds += seconds
        with self._engine.begin() as connection:
            for name, until in connection.execute(select(leases.c.name, leases.c.expires_at)):
                sooner = update(leases).where(leases.c.name == name)
                connection.execute(sooner.values(expires_at=until - timedelta(seconds=seconds)))

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


@pytest.fixture
def passing(store_url: str) -> Iterator[Time]:
    """Yield the time of the store's database."""
    passing = Time(store_url)
    yield passing
    passing.close()


@pytest.mark.parametrize("part", [0.0, 0.25, 0.5, 0.75, 0.999])
async def test_what_a_dead_process_held_is_taken_over_and_begun_within_30_seconds(
    store: SqlStore, passing: Time, part: float
) -> None:
    """It dies right after it renewed, and right after its session began.

    Two shards of which Discord lets one begin at a time are the most for which this holds.
    """
    dying, living = (Sharing(store, "ears", elapsed=passing.elapsed) for _ in range(2))
    await dying.look(2)
    assert not (await living.look(2)).held
    passing.passes(living.pause() * part)
    await dying.look(2)
    assert await dying.turn("0", ONE_WITHIN)
    died = passing.seconds
    passing.passes(living.pause() * (1 - part))
    while not (await living.look(2)).held:
        passing.passes(living.pause())
    assert passing.seconds - died >= LASTS.total_seconds() - 0.5, "it might have been alive"
    for _ in range(2):
        while not await living.turn("0", ONE_WITHIN):
            passing.passes(TRIED_EVERY)
    assert passing.seconds - died <= 30 - CONNECTING


@contextmanager
def process(url: str) -> Iterator[subprocess.Popen[str]]:
    """Run a holder in a process of its own."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, url], stdout=subprocess.PIPE, text=True
    )
    try:
        yield holder
    finally:
        holder.kill()
        holder.communicate()


def said(holder: subprocess.Popen[str]) -> str:
    assert holder.stdout is not None
    return holder.stdout.readline().strip()


@pytest.mark.parametrize("kind", ["postgresql"])
def test_two_processes_share_and_one_takes_over_when_the_other_is_killed(
    request: pytest.FixtureRequest, kind: str
) -> None:
    with migrated_url(request, kind) as url, process(url) as first:
        assert said(first) == "[0, 1]"
        with process(url) as second:
            assert said(second) == "[]"
            assert said(second) == "[1]"
            assert said(first) == "[0]"
            first.kill()
            assert said(second) == "[0, 1]"


async def test_of_many_who_begin_at_once_each_piece_has_one(store: SqlStore) -> None:
    those = [Sharing(store, "ears", LONG) for _ in range(6)]
    shares = await asyncio.gather(*(one.look(2 + number) for number, one in enumerate(those)))
    assert len({one.of for one in shares}) == 1
    held = [piece for one in shares for piece in one.held]
    assert sorted(held) == list(range(shares[0].of))
