"""The local workspace, heard at every statement and every call by somebody who may kill it."""

from __future__ import annotations

import asyncio
import mmap
import os
import signal
import struct
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from pydantic import TypeAdapter

from chatdesk.adapters.db.postgresql import PostgresqlStore
from chatdesk.adapters.local.messenger import LocalMessenger
from chatdesk.adapters.local.people import PLATFORM
from chatdesk.adapters.local.records import Draft
from chatdesk.config import PolicySource
from chatdesk.ports import Place, Placement
from chatdesk.ui.cards import Card
from chatdesk.ui.exchange import Answer, Interaction, Said
from tests.crash.sites import Site
from tests.fakes import HandTicks
from tests.scenarios.local_stage import MONDAY, LocalStage

ANSWERED = "answered"
"""The point between the desk's answer and the platform's knowing of it."""

ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Step:
    """One act of a life: what somebody did (with the words they posted, if so), or time passing."""

    index: int
    label: str
    begins_at: datetime
    ends_at: datetime
    interaction: Interaction | None = None
    draft: Draft | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """Where to die: when something is heard for the so-manieth time."""

    heard: str
    times: int


class Witness:
    """What outlives a killed desk: the time it had reached, and what it had answered."""

    def __init__(self, folder: Path) -> None:
        """Begin with nothing seen; made before the desk's process begins, and shared with it."""
        self._shared = mmap.mmap(-1, 16)
        self._answer = folder / "answer.json"
        self._answer.unlink(missing_ok=True)

    @property
    def moment(self) -> datetime | None:
        """The time the desk had reached."""
        (microseconds,) = struct.unpack_from("q", self._shared)
        return _EPOCH + timedelta(microseconds=microseconds) if microseconds else None

    def reached(self, moment: datetime) -> None:
        """Note the time."""
        struct.pack_into("q", self._shared, 0, (moment - _EPOCH) // timedelta(microseconds=1))

    @property
    def answer(self) -> Answer | None:
        """What was answered."""
        return ANSWER.validate_json(self._answer.read_bytes()) if self._answer.exists() else None

    def answered(self, answer: Answer) -> None:
        """Note the answer: from now on somebody has seen it."""
        kept = ANSWER.dump_json(answer)
        unfinished = self._answer.with_suffix(".part")
        unfinished.write_bytes(kept)
        unfinished.rename(self._answer)


class Ear:
    """Hears every statement and every call, counts them, and kills the process at a point."""

    def __init__(self, die_at: Point | None = None) -> None:
        """Listen; None listens only."""
        self.heard: Counter[str] = Counter()
        self._die_at = die_at
        self._counting = threading.Lock()
        self.is_deaf = True
        """Nothing is heard."""
        self.hears_main = False
        """Statements of the main thread are the desk's own, not those of a stage that looks."""

    def statement(self, statement: str) -> None:
        """Hear a statement before the database does."""
        if self.hears_main or threading.current_thread() is not threading.main_thread():
            self.hear(" ".join(statement.split()))

    def hear(self, what: str) -> None:
        """Hear something, and die of it if that is the point."""
        if self.is_deaf:
            return
        with self._counting:
            self.heard[what] += 1
            if self._die_at == Point(what, self.heard[what]):
                os.kill(os.getpid(), signal.SIGKILL)
                signal.pause()


class HeardMessenger(LocalMessenger):
    """A messenger heard before each call, and after the platform has done it."""

    ear: Ear

    async def open(self, placement: Placement) -> Place:
        """Return the place of a lane."""
        self.ear.hear("open: called")
        place = await super().open(placement)
        self.ear.hear("open: accepted")
        return place

    async def post(self, place: Place, card: Card, *, key: str) -> str:
        """Show a card."""
        self.ear.hear("post: called")
        message = await super().post(place, card, key=key)
        self.ear.hear("post: accepted")
        return message

    async def edit(self, place: Place, message: str, card: Card) -> None:
        """Replace a card."""
        self.ear.hear("edit: called")
        await super().edit(place, message, card)
        self.ear.hear("edit: accepted")

    async def find(self, place: Place, key: str) -> str | None:
        """Look for a message."""
        self.ear.hear("find: called")
        message = await super().find(place, key)
        self.ear.hear("find: accepted")
        return message


class HeardStage(LocalStage):
    """A desk in the local workspace, listened to."""

    def __init__(
        self,
        site: Site,
        policy: PolicySource,
        *,
        ear: Ear | None = None,
        witness: Witness | None = None,
        begins_at: datetime = MONDAY,
        hears_opening: bool = False,
    ) -> None:
        """Open the desk at a site."""
        self.ear = ear or Ear()
        self.witness = witness
        self.ear.is_deaf, self.ear.hears_main = not hears_opening, True
        super().__init__(
            site.data_dir,
            site.url,
            policy=policy,
            moment=begins_at,
            on_statement=self.ear.statement,
        )
        self.ear.is_deaf, self.ear.hears_main = False, False
        messenger = HeardMessenger(self.parts.platform)
        messenger.ear = self.ear
        cast("dict[str, Any]", self.parts.worker._delivery._means.messengers)[PLATFORM] = messenger

    @property
    def moment(self) -> datetime:
        """The time."""
        return self._moment

    @moment.setter
    def moment(self, moment: datetime) -> None:
        self._moment = moment
        if getattr(self, "witness", None) is not None:
            cast("Witness", self.witness).reached(moment)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[HeardStage]:
        """Let the worker work; it hears of commits at once, whichever the database."""
        worker = asyncio.create_task(self.parts.worker.run(HandTicks()))
        await asyncio.sleep(0)
        self._wake_after_commits()
        try:
            yield self
        finally:
            self.ear.is_deaf = True
            await self.parts.worker.stop()
            await worker
            await asyncio.to_thread(self.parts.close)

    def _wake_after_commits(self) -> None:
        store, wake = self.parts.store, self.parts.worker.wake
        if not isinstance(store, PostgresqlStore):
            store.listen(wake)
            return
        tell = store._tell

        def tell_and_wake(connection: Any) -> None:
            tell(connection)
            wake()

        # A thread that listens to the server would take half a second to end.
        store._tell = tell_and_wake  # type: ignore[method-assign]  # death comes between telling and waking

    async def live(
        self, step: Step, *, when_answered: Callable[[], None] = lambda: None
    ) -> Answer | None:
        """Do what is done in a step and let come what follows; doing it again is a redelivery."""
        if step.interaction is None:
            await self.settle()
            await self.time_passes(seconds=(step.ends_at - self.moment).total_seconds())
            await self.settle()
            return None
        answer = await self._deliver(step.interaction, step.draft)
        if self.witness is not None:
            self.witness.answered(answer)
        when_answered()
        await self.settle()
        return answer

    async def _deliver(self, interaction: Interaction, draft: Draft | None) -> Answer:
        if draft is not None:
            message = self.parts.platform.post(draft)
            interaction = replace(
                interaction, done=replace(cast("Said", interaction.done), message=message)
            )
        answer = await asyncio.to_thread(self.parts.reception.receive, interaction)
        self.ear.hear(ANSWERED)
        return answer
