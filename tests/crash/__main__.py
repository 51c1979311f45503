"""Runs the deaths of a life and prints a table: points, lost, worst copies."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chatdesk.config import PolicySource
from tests.crash.deaths import Deaths, Failed, begin_child, end_child
from tests.crash.outlook import Verdict
from tests.crash.rehearsal import Rehearsal, Rehearsed
from tests.crash.sites import PostgresqlSite, Site, SqliteSite
from tests.crash.stage import ANSWERED, Point
from tests.postgres import Cluster

DATABASES = ("sqlite", "postgresql")

_TURNS = ("COMMIT", ANSWERED)
"""What turns nothing into something: for the database, and for whoever waits for an answer."""

DETAILS, LENGTH = 10, 1000
"""So many bad deaths are told, and so many characters of what came of each."""


@dataclass(frozen=True, slots=True)
class Death:
    """What came of one point; `verdict` is None where the point was not reached again."""

    step: int
    point: Point | None
    verdict: Verdict | None


@dataclass(slots=True)
class Row:
    """A line of the table."""

    label: str
    points: int = 0
    died: int = 0
    lost: int = 0
    copies: int = 1
    wrong: int = 0

    def add(self, death: Death) -> None:
        """Count a death."""
        self.points += 1
        if death.verdict is None:
            return
        self.died += 1
        self.lost += bool(death.verdict.lost)
        self.wrong += bool(death.verdict.wrong)
        self.copies = max(self.copies, death.verdict.copies)

    def __str__(self) -> str:
        return (
            f"{self.label:<28} {self.points:>6} {self.died:>6}"
            f" {self.lost:>5} {self.copies:>6} {self.wrong:>6}"
        )


HEAD = f"{'':<28} {'points':>6} {'deaths':>6} {'lost':>5} {'copies':>6} {'wrong':>6}"


def chosen(rehearsed: list[Rehearsed], which: str) -> Iterator[tuple[Rehearsed, Point | None]]:
    """Yield where to die; None stands for not dying, and having everything delivered twice.

    `all` is every point of every step; `pairs` each statement once for each kind of step; `once`
    each statement once in the whole life, and COMMIT and the answer once for each command: a death
    anywhere before COMMIT leaves the database as it was.
    """
    seen: set[tuple[str, str]] = set()
    for one in rehearsed:
        if one.step.interaction is not None:
            yield one, None
        for point in one.points():
            is_counted_apart = which == "pairs" or point.heard in _TURNS
            what = (one.phase(point) if is_counted_apart else "", point.heard)
            if which != "all" and what in seen:
                continue
            seen.add(what)
            yield one, point


def die_in_turn(deaths: Deaths, turns: list[tuple[Rehearsed, Point | None]]) -> list[Death]:
    """Die at these points, one after the other."""
    found = []
    for rehearsed, point in turns:
        try:
            verdict = (
                deaths.deliver_twice(rehearsed) if point is None else deaths.die(rehearsed, point)
            )
        except Failed as failed:
            verdict = Verdict(wrong=[str(failed)])
        found.append(Death(rehearsed.step.index, point, verdict))
    return found


def run(database: str, site: Site, which: str, jobs: int, only: str) -> bool:
    """Rehearse, die everywhere, and print what came of it; return whether nothing did."""
    began_at = time.monotonic()
    policy = PolicySource(site.data_dir / "desk.yaml", example=True)
    rehearsed = asyncio.run(Rehearsal(site, policy).rehearse())
    assert threading.active_count() == 1, "a fork would take a lock with it"
    gc.collect()
    gc.freeze()  # what all children share is not written to again
    turns = [turn for turn in chosen(rehearsed, which) if only in turn[0].step.label]
    sites = [site.in_lane(lane) if lane else site for lane in range(jobs)]
    children = [
        begin_child(
            lambda lane=lane: die_in_turn(Deaths(sites[lane], policy), _share(turns, lane, jobs)),  # type: ignore[misc]  # bound at once
            patience=0,
        )
        for lane in range(jobs)
    ]
    deaths = [death for child in children for death in end_child(child)]
    took = time.monotonic() - began_at
    return report(database, rehearsed, deaths, took)


def _share(
    turns: list[tuple[Rehearsed, Point | None]], lane: int, jobs: int
) -> list[tuple[Rehearsed, Point | None]]:
    """Return every so-manieth step: what is expected of a step is then worked out once."""
    return [turn for turn in turns if turn[0].step.index % jobs == lane]


def report(database: str, rehearsed: list[Rehearsed], deaths: list[Death], took: float) -> bool:
    """Print the table and the worst of it."""
    total = Row(label="all")
    rows = {one.step.index: Row(label=f"{one.step.index:>2} {one.step.label}") for one in rehearsed}
    for death in deaths:
        rows[death.step].add(death)
        total.add(death)
    print(f"\n{database}, {took:.0f} s\n{HEAD}")
    for row in rows.values():
        if row.points:
            print(row)
    print(total)
    bad = [death for death in deaths if death.verdict and not death.verdict.is_clean]
    for death in bad[:DETAILS]:
        where = death.point or "delivered twice"
        print(f"\n!! {rows[death.step].label}: {where}")
        for what in (*death.verdict.lost, *death.verdict.wrong) if death.verdict else ():
            print(f"   {what[:LENGTH]}")
    sys.stdout.flush()
    return not bad


@contextmanager
def site_of(
    database: str, cluster_at: Path | None = None, below: Path | None = None
) -> Iterator[Site]:
    """Lend a site with an empty store."""
    with tempfile.TemporaryDirectory(prefix="chatdesk-crash-", dir=below) as folder:
        root = Path(folder)
        if database == "sqlite":
            yield SqliteSite(root)
            return
        root.chmod(0o711)
        cluster = Cluster(cluster_at or root / "postgres")
        if cluster_at is None:
            cluster.start()
        site = PostgresqlSite(root, cluster)
        try:
            yield site
        finally:
            site.clear()
            if cluster_at is None:
                cluster.stop("immediate")


def main() -> int:
    """Run what is asked for; return 1 if anything came of a death."""
    asked = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    asked.add_argument("databases", nargs="*", metavar="sqlite|postgresql")
    which = asked.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_const", const="all", dest="which")
    which.add_argument("--pairs", action="store_const", const="pairs", dest="which")
    asked.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked.add_argument("--only", default="", help="only steps with this in their name")
    asked.add_argument("--below", type=Path, help="folder in which to keep everything")
    asked.add_argument("--cluster", type=Path, help="folder of a running PostgreSQL server")
    options = asked.parse_args()
    # Told to end, it still clears up.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    is_clean = True
    for database in options.databases or DATABASES:
        with site_of(database, options.cluster, options.below) as site:
            is_clean &= run(database, site, options.which or "once", options.jobs, options.only)
    return 0 if is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
