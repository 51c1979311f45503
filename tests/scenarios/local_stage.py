"""The local workspace as a stage: the real parts, put together as for a run, time held in hand."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from chatdesk import bootstrap
from chatdesk.adapters.local.history import read_page
from chatdesk.adapters.local.people import PLATFORM
from chatdesk.adapters.local.records import Draft, LocalMessage
from chatdesk.bootstrap import workspace
from chatdesk.config import PolicySource, Settings
from chatdesk.ui.exchange import Answer, Done, Edited, Interaction, Removed, Said, Visitor
from tests.scenarios.desk_stage import MONDAY, DeskStage
from tests.scenarios.stage import Seen

__all__ = ["MONDAY", "LocalStage"]


class LocalStage(DeskStage):
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
        async with self.delivering():
            yield self

    def change_policy(self, *changes: tuple[str, str]) -> None:
        """Put another policy in force, and let the workspace's channels follow it."""
        super().change_policy(*changes)
        workspace.refresh(self.parts.platform, self.parts.policy)

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
            is_direct=place == self.home_of(who),
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
