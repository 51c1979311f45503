"""Files that cross to Discord: each brought once into the conversation it belongs to, or told of.

A file is a message of its own behind the card. Its nonce keeps it single for some minutes; after
an answer was lost it is looked for before it is sent again. It goes when the words it came with are
taken back.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chatdesk.adapters.discord import limits
from chatdesk.adapters.discord.drafts import Memory
from chatdesk.adapters.discord.errors import UNKNOWN_MESSAGE, code_of
from chatdesk.adapters.discord.marks import nonce_of
from chatdesk.adapters.discord.render import NOBODY, render_card
from chatdesk.adapters.discord.rest import Rest
from chatdesk.adapters.discord.texts import Json
from chatdesk.adapters.http.copies import FileSide
from chatdesk.ports import OutcomeUnknown, PlaceGone, PlatformError, PlatformRefused, Transient
from chatdesk.ui.cards import Card, Files, FileShown, Line

TRYING, DONE, SAID = "?", "done", "said"
"""What became of a file in a conversation: nobody knows, it stands there, or words do.

Behind the latter two stands the message.
"""

MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = f"{MESSAGES}/{{message_id}}"
PAGE = 100

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FormWith:
    """The body of a message with a file, in parts as `Rest.call` takes them.

    A call that is tried again goes through the parts again: each time the file is read from its
    beginning, piece by piece, so that a large one does not hold up everything else.
    """

    file: FileShown
    content: bytes
    asked: Json

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Go through the parts."""
        name = self.file.name
        named: Json = {"attachments": [{"id": "0", "filename": name}], "allowed_mentions": NOBODY}
        part = {"filename": name, "content_type": self.file.media_type}
        yield {"name": "payload_json", "value": json.dumps(named | self.asked)}
        yield {"name": "files[0]", "value": io.BytesIO(self.content), **part}


class Uploads:
    """Brings files into channels. What passes is raised as Transient: nothing stands twice then."""

    def __init__(self, rest: Rest, memory: Memory, desk: FileSide) -> None:
        """Bring what the desk keeps."""
        self._rest = rest
        self._memory = memory
        self._desk = desk

    async def bring(self, channel: str, message: str, files: Sequence[FileShown]) -> None:
        """Bring the files of a message into its channel or thread; those that are there stay."""
        belonging = " ".join(file.attachment for file in files)
        await asyncio.to_thread(self._memory.set, _of_message(message), belonging)
        for file in files:
            state = await self._state(channel, file.attachment)
            if state.partition(" ")[0] in {DONE, SAID}:
                continue
            try:
                await self._bring(channel, file, state)
            except OutcomeUnknown as unknown:
                raise Transient(f"a file did not arrive: {unknown}") from unknown
            except PlaceGone:
                raise
            except PlatformRefused as refused:
                await self._say(channel, file, refused)

    async def take_back(self, channel: str, message: str) -> None:
        """Remove the files that came with a message; those that are gone are gone."""
        belonging = await asyncio.to_thread(self._memory.get, _of_message(message)) or ""
        for attachment in belonging.split():
            _, _, shown = (await self._state(channel, attachment)).partition(" ")
            if shown:
                await self._remove(channel, shown)
            await self._note(channel, attachment, "")
        if belonging:
            await asyncio.to_thread(self._memory.set, _of_message(message), "")

    async def _remove(self, channel: str, message: str) -> None:
        try:
            await self._rest.call("DELETE", MESSAGE, channel_id=channel, message_id=message)
        except PlatformRefused as refused:
            if code_of(refused) != UNKNOWN_MESSAGE:
                logger.warning("a file could not be taken back: %s", refused)

    async def _bring(self, channel: str, file: FileShown, state: str) -> None:
        content = await asyncio.to_thread(self._desk.content, file.attachment)
        if not content:
            raise PlatformRefused("the file is gone")
        if len(content) > limits.FILE:
            raise PlatformRefused("it is larger than Discord takes")
        shown = await self._standing(channel, len(content)) if state == TRYING else None
        if shown is None:
            await self._note(channel, file.attachment, TRYING)
            shown = await self._send(channel, file, content)
        await self._note(channel, file.attachment, f"{DONE} {shown}")

    async def _send(self, channel: str, file: FileShown, content: bytes) -> str:
        form = FormWith(file, content, _once(channel, file, "file"))
        return str((await self._rest.call("POST", MESSAGES, form=form, channel_id=channel))["id"])

    async def _standing(self, channel: str, size: int) -> str | None:
        """Return the message with a file of that size, sent lately; Discord changes some names."""
        page = await self._rest.get(MESSAGES, {"limit": PAGE}, channel_id=channel)
        ours = (one for one in page if str((one.get("author") or {}).get("id")) == self._rest.me)
        sizes = ((one, [file["size"] for file in one.get("attachments") or ()]) for one in ours)
        return next((str(one["id"]) for one, known in sizes if size in known), None)

    async def _say(self, channel: str, file: FileShown, why: PlatformError) -> None:
        """Say that there is a file which could not be brought here."""
        logger.warning("a file stays with the desk: %s", why)
        stays = await asyncio.to_thread(self._desk.stays)
        await asyncio.to_thread(self._desk.stayed, file.attachment)
        told = Card(fallback=stays, elements=(Files(files=(file,)), Line(text=stays)))
        body = render_card(told)[0] | _once(channel, file, "told")
        shown = await self._rest.call("POST", MESSAGES, body, channel_id=channel)
        await self._note(channel, file.attachment, f"{SAID} {shown['id']}")

    async def _state(self, channel: str, attachment: str) -> str:
        return await asyncio.to_thread(self._memory.get, _name(channel, attachment)) or ""

    async def _note(self, channel: str, attachment: str, state: str) -> None:
        await asyncio.to_thread(self._memory.set, _name(channel, attachment), state)


def _name(channel: str, attachment: str) -> str:
    return f"discord:file:{channel}:{attachment}"


def _of_message(message: str) -> str:
    return f"discord:files:{message}"


def _once(channel: str, file: FileShown, what: str) -> Json:
    nonce = nonce_of(f"{what}:{channel}:{file.attachment}")
    return {"nonce": nonce, "enforce_nonce": True}
