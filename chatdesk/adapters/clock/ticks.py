"""The heartbeat: APScheduler's interval jobs, in memory, each of which asks what is due.

Nothing is kept here. What is to happen and when stands in the database; a tick that comes late,
twice or not at all changes only how soon somebody looks.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

logger = logging.getLogger(__name__)

JUMP = 0.5
"""Seconds by which the wall clock has to move against the event loop's to be called a jump."""

LOOK_EVERY = timedelta(seconds=1)
"""How often the wall clock is compared."""


class Pulse(BaseTrigger):  # type: ignore[misc]  # it ships no types
    """An interval counted from each tick.

    APScheduler's own counts from the first one: after three days of sleep it would reckon every
    missed second one by one, with the event loop standing still, only to run once.
    """

    __slots__ = ("_span",)

    def __init__(self, span: timedelta) -> None:
        self._span = span

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        """Return when to tick next."""
        return now + self._span


class Ticks:
    """Runs works at an interval on the event loop; one that takes longer is not begun twice.

    APScheduler reckons by the wall clock: put back by an hour, it would sleep through that hour.
    So its jobs are set going anew whenever the wall clock has jumped.
    """

    def __init__(
        self, *, wall: Callable[[], float] = time.time, look_every: timedelta = LOOK_EVERY
    ) -> None:
        # It says at INFO that a job ran, and warns when a tick finds the last one still at work:
        # both are everyday here.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._wall = wall
        self._look_every = look_every.total_seconds()
        self._watching: asyncio.Task[None] | None = None
        self._at_work: set[asyncio.Task[None]] = set()

    def every(
        self, span: timedelta, work: Callable[[], Coroutine[Any, Any, None]], *, name: str
    ) -> None:
        """Run a work now (or as soon as the ticks have started) and after every span.

        Its exceptions are logged by their kind alone and end nothing. A name can be used once.
        """
        self._scheduler.add_job(
            self._run,
            Pulse(span),
            args=(name, work),
            id=name,
            next_run_time=datetime.now(UTC),
        )

    def start(self) -> None:
        """Begin to tick; needs a running event loop."""
        self._scheduler.start()
        self._watching = asyncio.create_task(self._watch(self._apart()), name="ticks.watch")

    async def stop(self, *, within: timedelta = timedelta(seconds=1)) -> None:
        """Begin nothing more and let running works end; cut off those that take longer."""
        if self._watching is None:
            return
        self._watching.cancel()
        with suppress(asyncio.CancelledError):
            await self._watching
        self._watching = None
        self._scheduler.remove_all_jobs()
        if self._at_work:
            await asyncio.wait(self._at_work, timeout=within.total_seconds())
        for work in self._at_work:
            work.cancel()
        if self._at_work:
            await asyncio.wait(self._at_work)
        self._scheduler.shutdown()
        await asyncio.sleep(0)  # it shuts down in the loop's next round

    async def _run(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        at_work = asyncio.create_task(work(), name=f"ticks.{name}")
        self._at_work.add(at_work)
        try:
            await at_work
        except asyncio.CancelledError:
            logger.warning("tick %s was cut off", name)
        except Exception as error:  # noqa: BLE001 - one tick's mishap must not end the ticking
            # Only its kind: a message may quote what somebody wrote.
            logger.error("tick %s failed with %s", name, type(error).__name__)  # noqa: TRY400 - its trace may hold words
        finally:
            self._at_work.discard(at_work)

    def _apart(self) -> float:
        return self._wall() - asyncio.get_running_loop().time()

    async def _watch(self, apart: float) -> None:
        while True:
            await asyncio.sleep(self._look_every)
            now_apart = self._apart()
            if abs(now_apart - apart) > JUMP:
                self._begin_anew()
            apart = now_apart

    def _begin_anew(self) -> None:
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=datetime.now(UTC))
