"""Servers in processes of their own: how long they take to answer, what they compute and hold."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.common import ROOT
from chatdesk.config import PolicySource
from chatdesk.config.source import example_file

DATABASE = "CHATDESK_BENCH_DATABASE"
"""Names in the environment the database that a desk is to use."""

PROBED_EVERY = 0.005
"""Seconds between two looks at whether an event loop is held up."""

KEPT = "VmRSS:"
"""Begins the line in which Linux says how much memory a process holds, in kB."""


# --- in the process of a server -------------------------------------------------------------------


async def watched(work: Awaitable[None]) -> None:
    """Do a server's work; whenever a line comes in, say how long its event loop was held up."""
    loop = asyncio.get_running_loop()
    longest = [0.0]

    async def probe() -> None:
        while True:
            due_at = loop.time() + PROBED_EVERY
            await asyncio.sleep(PROBED_EVERY)
            longest[0] = max(longest[0], loop.time() - due_at)

    def tell() -> None:
        sys.stdin.readline()
        print(json.dumps(longest[0]), flush=True)
        longest[0] = 0.0

    probing = asyncio.create_task(probe())
    loop.add_reader(sys.stdin, tell)
    try:
        await work
    finally:
        probing.cancel()


# --- in the process that asks ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Server:
    """A server at work."""

    process: asyncio.subprocess.Process

    def computed(self) -> float:
        """Return the seconds it has computed so far, all its threads together."""
        told = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Return the megabytes that it holds."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(one for one in lines if one.startswith(KEPT)).split()[1]) / 1024

    async def stall(self) -> float:
        """Return the longest it was held up since the last time, in seconds."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(b"\n")
        return float(json.loads(await self.process.stdout.readline()))


@asynccontextmanager
async def started(module: str, *arguments: str, **given: str) -> AsyncIterator[Server]:
    """Start `module --serve` with these arguments, and `given` in its environment; stop it then."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, "--serve", *arguments),
        cwd=ROOT,
        env={**os.environ, **given},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Server(process)
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


def policy_without_caps(folder: Path, changes: Mapping[str, str]) -> PolicySource:
    """Write the example policy with these changes, and no caps on what one person may open."""
    text = example_file().read_text()
    uncapped = {cap: f"{cap}0000" for cap in ("open_cap: 20", "per_hour: 10")}
    for old, new in {**uncapped, **changes}.items():
        assert old in text, old
        text = text.replace(old, new)
    (folder / "desk.yaml").write_text(text)
    return PolicySource(folder / "desk.yaml")


# --- answers --------------------------------------------------------------------------------------


@dataclass(slots=True)
class Answers:
    """How long answers took, in seconds, and what was wrong with some."""

    seconds: list[float] = field(default_factory=list)
    span: float = 0.0
    computed: float = 0.0
    """Seconds that the server computed for one answer."""
    wrong: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.seconds) / self.span


def histogram(what: str, seconds: list[float], step: float = 0.005) -> None:
    """Print how many answers took how long; each line stands for `step` seconds."""
    counts = [0] * 20
    for one in seconds:
        counts[min(int(one / step), len(counts) - 1)] += 1
    print(f"  {what}, by {step * 1000:.0f} ms:")
    for number, count in enumerate(counts):
        if count:
            share = count / len(seconds)
            print(f"  {number * step * 1000:>6.0f} ms {count:>6} {'#' * round(60 * share)}")
