"""Files that cross to Discord: each brought once into the conversation it belongs to, or told of.

A file is a message of its own behind the card. Its nonce keeps it single for some minutes; after
an answer was lost it is looked for before it is sent again.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable
from typing import Any

from chatdesk.adapters.discord import limits
from chatdesk.adapters.discord.drafts import Memory
from chatdesk.adapters.discord.marks import nonce_of
from chatdesk.adapters.discord.render import NOBODY, render_card
from chatdesk.adapters.discord.rest import Rest
from chatdesk.adapters.discord.texts import Json
from chatdesk.adapters.http.copies import FileSide
from chatdesk.ports import OutcomeUnknown, PlaceGone, PlatformError, PlatformRefused, Transient
from chatdesk.ui.cards import Card, Files, FileShown, Line

TRYING, DONE, SAID = "?", "done", "said"
"""What became of a file in a conversation: nobody knows, it stands there, or words do."""

MESSAGES = "/channels/{channel_id}/messages"
PAGE = 100

logger = logging.getLogger(__name__)


def form_with(file: FileShown, content: bytes, asked: Json) -> list[dict[str, Any]]:
    """Return the body of a message with a file, in parts as `Rest.call` takes them."""
    named: Json = {"attachments": [{"id": "0", "filename": file.name}], "allowed_mentions": NOBODY}
    part = {"value": content, "filename": file.name, "content_type": file.media_type}
    return [
        {"name": "payload_json", "value": json.dumps(named | asked)},
        {"name": "files[0]", **part},
    ]


class Uploads:
    """Brings files into channels. What passes is raised as Transient: nothing stands twice then."""

    def __init__(self, rest: Rest, memory: Memory, desk: FileSide) -> None:
        """Bring what the desk keeps."""
        self._rest = rest
        self._memory = memory
        self._desk = desk

    async def bring(self, channel: str, files: Iterable[FileShown]) -> None:
        """Bring files into a channel or thread; those that are there stay."""
        for file in files:
            state = await self._state(channel, file)
            if state in {DONE, SAID}:
                continue
            try:
                await self._bring(channel, file, state)
            except OutcomeUnknown as unknown:
                raise Transient(f"a file did not arrive: {unknown}") from unknown
            except PlaceGone:
                raise
            except PlatformRefused as refused:
                await self._say(channel, file, refused)

    async def _bring(self, channel: str, file: FileShown, state: str) -> None:
        content = await asyncio.to_thread(self._desk.content, file.attachment)
        if not content:
            raise PlatformRefused("the file is gone")
        if len(content) > limits.FILE:
            raise PlatformRefused("it is larger than Discord takes")
        if not (state == TRYING and await self._stands(channel, len(content))):
            await self._note(channel, file, TRYING)
            await self._send(channel, file, content)
        await self._note(channel, file, DONE)

    async def _send(self, channel: str, file: FileShown, content: bytes) -> None:
        form = form_with(file, content, _once(channel, file, "file"))
        await self._rest.call("POST", MESSAGES, form=form, channel_id=channel)

    async def _stands(self, channel: str, size: int) -> bool:
        """Tell whether a file of that size was brought lately; Discord changes some names."""
        page = await self._rest.get(MESSAGES, {"limit": PAGE}, channel_id=channel)
        ours = [one for one in page if str((one.get("author") or {}).get("id")) == self._rest.me]
        return any(file["size"] == size for one in ours for file in one.get("attachments") or ())

    async def _say(self, channel: str, file: FileShown, why: PlatformError) -> None:
        """Say that there is a file which could not be brought here."""
        logger.warning("a file stays with the desk: %s", why)
        stays = await asyncio.to_thread(self._desk.stays)
        told = Card(fallback=stays, elements=(Files(files=(file,)), Line(text=stays)))
        body = render_card(told)[0] | _once(channel, file, "told")
        await self._rest.call("POST", MESSAGES, body, channel_id=channel)
        await self._note(channel, file, SAID)

    async def _state(self, channel: str, file: FileShown) -> str:
        return await asyncio.to_thread(self._memory.get, _name(channel, file)) or ""

    async def _note(self, channel: str, file: FileShown, state: str) -> None:
        await asyncio.to_thread(self._memory.set, _name(channel, file), state)


def _name(channel: str, file: FileShown) -> str:
    return f"discord:file:{channel}:{file.attachment}"


def _once(channel: str, file: FileShown, what: str) -> Json:
    nonce = nonce_of(f"{what}:{channel}:{file.attachment}")
    return {"nonce": nonce, "enforce_nonce": True}
