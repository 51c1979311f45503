"""Dies at a point of a step, starts again, lets the platform deliver once more, and looks."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import pickle
import re
import signal
import sys
import traceback
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar, cast

from chatdesk.config import PolicySource
from chatdesk.ui.exchange import Answer
from tests.crash.outlook import Outlook, Verdict, compare, kinds_of, look
from tests.crash.rehearsal import Rehearsed
from tests.crash.sites import Site
from tests.crash.stage import ANSWER, Ear, HeardStage, Point, Witness

T = TypeVar("T")

AFTERWARDS = timedelta(minutes=3)
"""After a death this passes before anybody looks: whoever died held leases."""

PATIENCE = 60
"""Seconds after which a process is thought to hang."""


class Died(Exception):
    """A process was killed by its own hand."""


class Failed(Exception):
    """A process ended otherwise than by answering; the text is its traceback."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process forked from this one, and where it will answer."""

    process: int
    answers: int


def begin_child(work: Callable[[], Any], *, patience: int = PATIENCE) -> Child:
    """Fork a process to do work, in which nothing may be open; with patience 0 it may take long."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        gc.disable()
        signal.alarm(patience)
        _answer_and_end(writing, work)
    os.close(writing)
    return Child(child, reading)


def end_child(child: Child) -> Any:
    """Return what a child has to say; raise Died or Failed if it cannot."""
    with os.fdopen(child.answers, "rb") as answers:
        answer = answers.read()
    _, status = os.waitpid(child.process, 0)
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) == signal.SIGKILL:
            raise Died
        raise Failed(f"ended by signal {os.WTERMSIG(status)}")
    is_result, value = pickle.loads(answer)  # noqa: S301 - our own child's
    if not is_result:
        raise Failed(value)
    return value


def in_child(work: Callable[[], T]) -> T:
    """Do work in a process of its own."""
    return cast("T", end_child(begin_child(work)))


def _answer_and_end(writing: int, work: Callable[[], Any]) -> None:
    try:
        answer = pickle.dumps((True, work()))
    except BaseException:  # noqa: BLE001 - the parent tells it
        answer = pickle.dumps((False, traceback.format_exc()))
    with os.fdopen(writing, "wb") as answers:
        answers.write(answer)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


class _Bugs(logging.Handler):
    """Keeps what is logged as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(self.format(record))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What was found after a start: what is to be seen, and what was wrong on the way."""

    outlook: Outlook
    answer: Answer | None
    wrong: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Deaths:
    """Dies at the points of one life's steps, at a site of its own."""

    site: Site
    policy: PolicySource
    _expected: dict[int, Recovery] = field(default_factory=dict)

    def die(self, rehearsed: Rehearsed, point: Point) -> Verdict | None:
        """Die there and come back; None if the point was not reached this time."""
        step = rehearsed.step
        expected = self._expectation(rehearsed)
        self.site.bring_back(step.index)
        witness = Witness(self.site.data_dir)
        try:
            in_child(lambda: self._live(rehearsed, witness, point))
        except Died:
            pass
        else:
            return None
        found = in_child(lambda: self._come_back(rehearsed, witness))
        return _judge(expected, found)

    def deliver_twice(self, rehearsed: Rehearsed) -> Verdict:
        """Do not die, and let the platform deliver once more all the same."""
        expected = self._expectation(rehearsed)
        witness = self._bring_back_the_end(rehearsed)
        found = in_child(lambda: self._come_back(rehearsed, witness))
        return _judge(expected, found)

    def _expectation(self, rehearsed: Rehearsed) -> Recovery:
        """Return what there is to be seen when nobody dies and nothing is delivered twice."""
        index = rehearsed.step.index
        if index not in self._expected:
            witness = self._bring_back_the_end(rehearsed)
            self._expected[index] = in_child(
                lambda: self._come_back(rehearsed, witness, delivers=False)
            )
        return self._expected[index]

    def _bring_back_the_end(self, rehearsed: Rehearsed) -> Witness:
        """Return to where a step had ended well."""
        self.site.bring_back(rehearsed.step.index + 1)
        witness = Witness(self.site.data_dir)
        witness.reached(rehearsed.ended_at)
        if rehearsed.answer is not None:
            witness.answered(rehearsed.answer)
        return witness

    # --- in a process of their own ---

    def _live(self, rehearsed: Rehearsed, witness: Witness, point: Point) -> None:
        logging.disable()
        step = rehearsed.step
        stage = HeardStage(
            self.site,
            self.policy,
            ear=Ear(point),
            witness=witness,
            begins_at=step.begins_at,
            hears_opening=not step.index,
        )

        async def live() -> None:
            async with stage.working():
                await stage.live(step)

        asyncio.run(live())

    def _come_back(
        self, rehearsed: Rehearsed, witness: Witness, *, delivers: bool = True
    ) -> Recovery:
        bugs = _Bugs()
        logging.getLogger().addHandler(bugs)
        began_at = witness.moment or rehearsed.step.begins_at
        stage = HeardStage(self.site, self.policy, witness=witness, begins_at=began_at)
        wrong = _forgotten(stage, rehearsed, witness)

        async def recover() -> Recovery:
            async with stage.working():
                answer = await self._go_on(stage, rehearsed, witness, delivers=delivers)
                await stage.time_passes(seconds=AFTERWARDS.total_seconds())
                await stage.settle()
                return Recovery(outlook=look(stage), answer=answer, wrong=wrong + bugs.found)

        return asyncio.run(_within(recover()))

    @staticmethod
    async def _go_on(
        stage: HeardStage, rehearsed: Rehearsed, witness: Witness, *, delivers: bool
    ) -> Answer | None:
        seen = witness.answer
        if rehearsed.step.interaction is not None and not delivers:
            await stage.settle()
            return seen
        return await stage.live(rehearsed.step)


def _forgotten(stage: HeardStage, rehearsed: Rehearsed, witness: Witness) -> list[str]:
    """Say what was acknowledged before the death and is not there after it."""
    if witness.answer is None:
        return []
    kept = kinds_of(stage)
    missing = [
        f"acknowledged and forgotten: {kinds[len(kept.get(number, [])) :]} of #{number}"
        for number, kinds in rehearsed.facts.items()
        if kept.get(number, [])[: len(kinds)] != kinds
    ]
    interaction = rehearsed.step.interaction
    assert interaction is not None
    return missing


def _judge(expected: Recovery, found: Recovery) -> Verdict:
    verdict = compare(expected.outlook, found.outlook)
    verdict.wrong += found.wrong
    if _plain(expected.answer) != _plain(found.answer):
        verdict.wrong.append(f"answered {found.answer} instead of {expected.answer}")
    return verdict


def _plain(answer: Answer | None) -> str:
    """Return an answer without what differs from one life to the next, such as a skipped number."""
    if answer is None:
        return ""
    text = ANSWER.dump_json(replace(answer, number=min(answer.number, 1))).decode()
    return re.sub(r"\b[0-9a-f]{16,}\b", "…", re.sub(r"#\d+|:\d+:\d+", "#", text))


async def _within(work: Coroutine[Any, Any, T]) -> T:
    async with asyncio.timeout(PATIENCE):
        return await work
