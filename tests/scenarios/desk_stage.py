"""What every stage with a real desk has in common: its parts, and time that is held in hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from chatdesk import bootstrap
from chatdesk.config.source import example_file
from chatdesk.ports import Transaction
from tests.fakes import HandTicks
from tests.scenarios.stage import Stage

MONDAY = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
"""Half past nine in Berlin, on a working day."""

A_MOMENT = timedelta(seconds=2)

PATIENCE = 30.0
"""Seconds until a story that waits in vain gives up."""


class DeskStage(Stage):
    """A desk, put together as for a run; `moment` is what everything takes for the time."""

    parts: bootstrap.Parts
    moment: datetime

    @asynccontextmanager
    async def delivering(self) -> AsyncIterator[None]:
        """Let the worker work while the story is told."""
        worker = asyncio.create_task(self.parts.worker.run(HandTicks()))
        await asyncio.sleep(0)
        forget = self.parts.store.listen(self.parts.worker.wake)
        try:
            yield
        finally:
            forget()
            await self.parts.worker.stop()
            await worker
            await asyncio.to_thread(self.parts.close)

    def change_policy(self, *changes: tuple[str, str]) -> None:
        """Put another policy in force, as the running desk does when the file has changed.

        What is replaced and what stands there then are in the words of the example, with people
        and places of the local workspace.
        """
        source = self.parts.policy
        text = (source.path if source.path.exists() else example_file()).read_text("utf-8")
        for old, new in ((self.here(old), self.here(new)) for old, new in changes):
            assert old in text
            text = text.replace(old, new)
        source.path.write_text(text, "utf-8")
        assert source.refresh(), source.broken

    def here(self, policy: str) -> str:
        """Return a policy, or a part of one, with its people and places on this platform."""
        return policy

    async def settle(self) -> None:
        """Wait until nothing is due, at a moment that stands still."""
        async with asyncio.timeout(PATIENCE):
            self.parts.worker.wake()
            # Twice, because a row may be taken between the two questions.
            calm = 0
            while calm < 2:
                await self.quiet_outside()
                is_calm = self.parts.store.read(self._is_quiet) and self.parts.worker.is_at_rest
                calm = calm + 1 if is_calm else 0
                await asyncio.sleep(0.003)

    async def quiet_outside(self) -> None:
        """Wait until nothing is under way between the desk and its platform."""

    def _is_quiet(self, tx: Transaction) -> bool:
        due_in = tx.outbox.next_due_in()
        due_at = tx.timers.next_due_at()
        if due_in is not None and timedelta() < due_in < A_MOMENT and self.parts.worker.is_at_rest:
            # A row that waits its turn at a busy place is due in a moment: let the moment pass.
            self.moment += due_in
            self.parts.worker.wake()
            return False
        is_quiet = due_in is None or due_in > timedelta()
        return is_quiet and (due_at is None or due_at > self.parts.clock.now())

    async def time_passes(self, **span: float) -> datetime:
        """Let time pass in steps small enough for everything to happen in its order."""
        ends_at = self.moment + timedelta(**span)
        while self.moment < ends_at:
            self.moment = min(ends_at, self._next_event() or ends_at)
            await self.settle()
        return self.moment

    def _next_event(self) -> datetime | None:
        def look(tx: Transaction) -> datetime | None:
            due_in, due_at = tx.outbox.next_due_in(), tx.timers.next_due_at()
            soon = [] if due_in is None else [self.moment + due_in + timedelta(milliseconds=1)]
            found = [*soon, *([due_at] if due_at else [])]
            return min((at for at in found if at > self.moment), default=None)

        return self.parts.store.read(look)
