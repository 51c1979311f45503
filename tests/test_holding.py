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

from chatdesk.adapters.db import SqlStore
from chatdesk.ports import StoreUnavailable
from chatdesk.worker.holding import Holding
from tests.adapters.conftest import migrated_database, migrated_file, migrated_url, store, store_url

__all__ = ["migrated_database", "migrated_file", "store", "store_url"]

SHORT = timedelta(seconds=0.8)
LONG = timedelta(minutes=5)

HOLDER = """
import asyncio, sys
from datetime import timedelta
from chatdesk.adapters.db import open_store
from chatdesk.lifecycle import record
from chatdesk.worker.holding import Holding

async def main():
    holding = Holding(open_store(sys.argv[1], record), "discord:gateway", timedelta(seconds=1))
    if not await holding.taken():
        print("waits", flush=True)
        while not await holding.taken():
            await asyncio.sleep(holding.every)
    print("holds", flush=True)
    await holding.kept()
    print("lost", flush=True)

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


async def test_one_holds_it_and_another_waits(store: SqlStore) -> None:
    one, other = Holding(store, "ears", LONG), Holding(store, "ears", LONG)
    assert await one.taken()
    assert not await other.taken()
    assert await one.taken(), "renewed"
    await one.give_back()
    assert await other.taken()
    assert await Holding(store, "other ears", LONG).taken(), "another lease is another's"


async def test_it_is_kept_for_longer_than_it_lasts(store: SqlStore) -> None:
    one, other = Holding(store, "ears", SHORT), Holding(store, "ears", SHORT)
    assert await one.taken()
    keeping = asyncio.create_task(one.kept())
    for _ in range(8):
        await asyncio.sleep(SHORT.total_seconds() / 4)
        assert not await other.taken()
    assert not keeping.done()
    keeping.cancel()


async def test_it_is_let_go_when_somebody_else_has_it(store: SqlStore) -> None:
    one, other = Holding(store, "ears", SHORT), Holding(store, "ears", LONG)
    assert await one.taken()
    await one.give_back()
    assert await other.taken()
    await one.kept()


@pytest.mark.parametrize("way", ["fails", "hangs"])
async def test_it_is_let_go_before_it_runs_out_while_nobody_answers(
    store: SqlStore, way: str
) -> None:
    cut = Cut(store)
    one, other = Holding(cut, "ears", SHORT), Holding(store, "ears", SHORT)
    assert await one.taken()
    cut.is_away = way == "fails"
    if way == "hangs":
        cut.hangs.clear()
    asked = asyncio.create_task(one.kept())
    taken: list[bool] = []
    while not asked.done():
        await asyncio.sleep(0.02)
        taken.append(asked.done() or not await other.taken())
    assert all(taken), "nobody else began while it was held"
    cut.hangs.set()


async def test_a_short_outage_loses_nothing(store: SqlStore) -> None:
    cut = Cut(store)
    one = Holding(cut, "ears", LONG)
    one.every = 0.02
    assert await one.taken()
    cut.is_away = True
    keeping = asyncio.create_task(one.kept())
    await asyncio.sleep(0.2)
    cut.is_away = False
    await asyncio.sleep(0.1)
    assert not keeping.done()
    keeping.cancel()


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
def test_of_two_processes_one_takes_over_when_the_other_is_killed(
    request: pytest.FixtureRequest, kind: str
) -> None:
    with migrated_url(request, kind) as url, process(url) as first:
        assert said(first) == "holds"
        with process(url) as second:
            assert said(second) == "waits"
            first.kill()
            assert said(second) == "holds"
