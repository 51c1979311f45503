"""The local workspace as a stage: the real parts, put together as for a run, time held in hand."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from chatdesk import bootstrap
from chatdesk.adapters.local.history import read_page
from chatdesk.adapters.local.people import PLATFORM
from chatdesk.adapters.local.records import Draft, LocalMessage
from chatdesk.config import PolicySource, Settings
from chatdesk.ports import Transaction
from chatdesk.ui.exchange import Answer, Done, Edited, Interaction, Removed, Said, Visitor
from tests.fakes import HandTicks
from tests.scenarios.stage import Seen, Stage

MONDAY = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
"""Half past nine in Berlin, on a working day."""

A_MOMENT = timedelta(seconds=2)

PATIENCE = 30.0
"""Seconds until a story that waits in vain gives up."""


class LocalStage(Stage):
    """A desk in the local workspace."""

    def __init__(
        self,
        data_dir: Path,
        url: str,
        *,
        policy: PolicySource | None = None,
        moment: datetime = MONDAY,
        on_statement: Callable[[str], None] | None = None,
    ) -> None:
        """Put a desk on the stage, over a migrated database, under the example's policy."""
        self.moment = moment
        settings = Settings(data_dir=data_dir, database_url=SecretStr(url))
        self.parts = bootstrap.assemble(
            settings,
            policy or PolicySource(data_dir / "desk.yaml", example=True),
            real_time=lambda: self.moment,
            on_statement=on_statement,
        )

    @asynccontextmanager
    async def working(self) -> AsyncIterator[LocalStage]:
        """Let the worker work while the story is told."""
        worker = asyncio.create_task(self.parts.worker.run(HandTicks()))
        await asyncio.sleep(0)
        forget = self.parts.store.listen(self.parts.worker.wake)
        try:
            yield self
        finally:
            forget()
            await self.parts.worker.stop()
            await worker
            await asyncio.to_thread(self.parts.close)

    async def act(self, who: str, done: Done, place: str, thread: str) -> Answer:
        """Hand what somebody did to the reception."""
        if isinstance(done, Edited):
            self.parts.platform.edit_text(done.message, done.text)
        if isinstance(done, Removed):
            self.parts.platform.remove(done.message)
        interaction = Interaction(
            key=secrets.token_hex(8),
            platform=PLATFORM,
            by=self._visitor(who),
            place=place,
            thread=thread,
            done=done,
        )
        return await asyncio.to_thread(self.parts.reception.receive, interaction)

    async def says(self, who: str, text: str, place: str, thread: str) -> Answer:
        """Post somebody's words and hand them to the reception."""
        draft = Draft(
            place=place,
            thread=thread,
            author=f"{PLATFORM}:{who}",
            key=secrets.token_hex(8),
            text=text,
        )
        message = self.parts.platform.post(draft)
        is_direct = place == self.home_of(who)
        said = Said(text=text, message=message, is_direct=is_direct)
        return await self.act(who, said, place, thread)

    async def settle(self) -> None:
        """Wait until nothing is due, at a moment that stands still."""
        async with asyncio.timeout(PATIENCE):
            self.parts.worker.wake()
            # Twice, because a row may be taken between the two questions.
            calm = 0
            while calm < 2:
                is_calm = self.parts.store.read(self._is_quiet) and self.parts.worker.is_at_rest
                calm = calm + 1 if is_calm else 0
                await asyncio.sleep(0.003)

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

    def seen_by(self, who: str) -> list[Seen]:
        """Return every message in every place somebody sees."""
        handle = f"{PLATFORM}:{who}"
        places = [place.place for place in self.parts.platform.places_of(handle)]
        found: list[LocalMessage] = []
        with self.parts.platform.database.reading() as connection:
            for place in places:
                page = read_page(connection, handle, place, limit=500)
                found += page
                for message in page:
                    found += read_page(connection, handle, place, message.message, limit=500)
        return [_seen(message) for message in sorted(found, key=lambda one: int(one.message))]

    def home_of(self, who: str) -> str:
        """Return somebody's direct conversation with the desk."""
        return self.parts.platform.open_direct(f"{PLATFORM}:{who}")

    def _visitor(self, who: str) -> Visitor:
        person = self.parts.platform.people[f"{PLATFORM}:{who}"]
        return Visitor(
            handle=person.handle, name=person.name, zone=person.zone, locale=person.locale
        )


def _seen(message: LocalMessage) -> Seen:
    card = message.card or {}
    buttons = dict(_buttons(card))
    return Seen(
        message=message.message,
        place=message.place,
        thread=message.thread,
        author=message.author,
        text=" ".join([message.text, *_texts(card)]).strip(),
        buttons=buttons,
    )


def _texts(thing: Any) -> Iterator[str]:
    if isinstance(thing, list):
        for one in thing:
            yield from [one] if isinstance(one, str) else _texts(one)
    elif isinstance(thing, dict) and thing.get("kind") != "buttons":
        for name, value in thing.items():
            if isinstance(value, str) and name not in {"kind", "tone", "fallback"} and value:
                yield value
            elif not isinstance(value, str):
                yield from _texts(value)


def _buttons(card: Any) -> Iterator[tuple[str, str]]:
    for element in card.get("elements", []):
        if element["kind"] == "buttons":
            for button in element["buttons"]:
                yield button["label"], button["id"]
            for option in (element["menu"] or {}).get("options", []):
                yield option["label"], option["value"]
