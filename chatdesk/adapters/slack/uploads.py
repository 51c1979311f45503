"""Files that cross to Slack: each uploaded once into the thread it belongs to, or told in words.

Slack gives a file its id before it is shared. That id is kept first, so that after an answer was
lost the file is looked for in the thread before anything is shared again. By it the file goes when
the words it came with are taken back.
"""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from chatdesk.adapters.http.copies import FileSide
from chatdesk.adapters.slack import limits
from chatdesk.adapters.slack.blocks import file_line
from chatdesk.adapters.slack.errors import calling
from chatdesk.adapters.slack.memory import Memory
from chatdesk.adapters.slack.texts import escaped
from chatdesk.ports import OutcomeUnknown, PlaceGone, PlatformError, PlatformRefused, Transient
from chatdesk.ui.cards import FileShown

DONE, SAID = "done", "said"
"""What became of a file in a thread; before that its id in Slack, as long as nobody knows.

Behind it stands the file's id, or the message that speaks of it.
"""

GONE = ("file_not_found", "file_deleted", "message_not_found")
"""What Slack says of a file that somebody has deleted."""

PAGE = 200
PAGES = 5
"""How far back a file is looked for in its thread."""

BYTES_WITHIN = aiohttp.ClientTimeout(total=20)
OK = 200

logger = logging.getLogger(__name__)


class Uploads:
    """Brings files into threads. What passes is raised as Transient: nothing stands twice then."""

    def __init__(self, client: AsyncWebClient, memory: Memory, desk: FileSide) -> None:
        self._client = client
        self._memory = memory
        self._desk = desk

    async def are_there(self, place: str, thread: str, attachments: Iterable[str]) -> bool:
        """Tell whether all of these were brought into a thread, or told in words."""
        for attachment in attachments:
            if not _is_settled(await self._state(place, thread, attachment)):
                return False
        return True

    async def bring(
        self, place: str, thread: str, files: Sequence[FileShown], *, message: str = ""
    ) -> None:
        """Bring files into a thread, or into a place without one; those that are there stay.

        Those of a message can be taken back with it.
        """
        if message:
            belonging = " ".join(file.attachment for file in files)
            await asyncio.to_thread(self._memory.set, _of_message(place, message), belonging)
        for file in files:
            state = await self._state(place, thread, file.attachment)
            if _is_settled(state):
                continue
            try:
                await self._bring(place, thread, file, state)
            except OutcomeUnknown as unknown:
                raise Transient(f"a file did not arrive: {unknown}") from unknown
            except PlaceGone:
                raise
            except PlatformRefused as refused:
                await self._say(place, thread, file, refused)

    async def take_back(self, place: str, thread: str, message: str) -> None:
        """Remove the files that came with a message; those that are gone are gone."""
        name = _of_message(place, message)
        belonging = await asyncio.to_thread(self._memory.get, name) or ""
        for attachment in belonging.split():
            state = await self._state(place, thread, attachment)
            if state:
                await self._remove(place, state)
            await self._note(place, thread, attachment, "")
        if belonging:
            await asyncio.to_thread(self._memory.set, name, "")

    async def _remove(self, place: str, state: str) -> None:
        what, _, known = state.partition(" ")
        try:
            if what == SAID:
                await calling(self._client.chat_delete(channel=place, ts=known))
            else:
                await calling(self._client.files_delete(file=known or state))
        except PlatformRefused as refused:
            if not any(gone in str(refused) for gone in GONE):
                logger.warning("a file could not be taken back: %s", refused)

    # --- one file ---

    async def _bring(self, place: str, thread: str, file: FileShown, state: str) -> None:
        if state and await self._stands(place, thread, state):
            await self._note(place, thread, file.attachment, f"{DONE} {state}")
            return
        if state:
            try:
                await self._share(place, thread, file, state)
            except PlatformRefused:
                logger.info("an upload is begun anew")
            else:
                return
        content = await asyncio.to_thread(self._desk.content, file.attachment)
        if not content:
            raise PlatformRefused("the file is gone")
        known = await self._upload(file, content)
        await self._note(place, thread, file.attachment, known)
        await self._share(place, thread, file, known)

    async def _upload(self, file: FileShown, content: bytes) -> str:
        """Give Slack the bytes and return its id for them; nobody sees them yet."""
        is_picture = file.media_type.startswith("image/")
        told: dict[str, Any] = {"alt_txt": file.name[: limits.ALT_TEXT]} if is_picture else {}
        begun = await calling(
            self._client.files_getUploadURLExternal(filename=file.name, length=len(content), **told)
        )
        address = str(begun["upload_url"])
        try:
            async with (
                aiohttp.ClientSession(timeout=BYTES_WITHIN) as session,
                session.post(address, data=io.BytesIO(content), allow_redirects=False) as answer,
            ):
                if answer.status != OK:
                    raise Transient(f"Slack did not take a file: status {answer.status}")
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            raise Transient(f"Slack did not take a file: {type(problem).__name__}") from problem
        return str(begun["file_id"])

    async def _share(self, place: str, thread: str, file: FileShown, known: str) -> None:
        await calling(
            self._client.files_completeUploadExternal(
                files=[{"id": known, "title": file.name}],
                channel_id=place,
                thread_ts=thread or None,
            )
        )
        await self._note(place, thread, file.attachment, f"{DONE} {known}")

    async def _say(self, place: str, thread: str, file: FileShown, why: PlatformError) -> None:
        """Say that there is a file which could not be brought here."""
        logger.warning("a file stays with the desk: %s", why)
        stays = await asyncio.to_thread(self._desk.stays)
        await asyncio.to_thread(self._desk.stayed, file.attachment)
        text = f"{file_line(file)}\n{stays}"
        block = {"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}
        said = await calling(
            self._client.chat_postMessage(
                channel=place,
                thread_ts=thread or None,
                text=escaped(text),
                blocks=[block],
                mrkdwn=False,
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        await self._note(place, thread, file.attachment, f"{SAID} {said['ts']}")

    # --- what became of it ---

    async def _stands(self, place: str, thread: str, known: str) -> bool:
        async for message in self._messages(place, thread):
            if any(one.get("id") == known for one in message.get("files") or ()):
                return True
        return False

    async def _messages(self, place: str, thread: str) -> AsyncIterator[dict[str, Any]]:
        cursor = ""
        for _ in range(PAGES):
            asked: dict[str, Any] = {"limit": PAGE} | ({"cursor": cursor} if cursor else {})
            if thread:
                call = self._client.conversations_replies(channel=place, ts=thread, **asked)
            else:
                call = self._client.conversations_history(channel=place, **asked)
            page = await calling(call)
            for message in page.get("messages") or []:
                yield message
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    async def _state(self, place: str, thread: str, attachment: str) -> str:
        return await asyncio.to_thread(self._memory.get, _name(place, thread, attachment)) or ""

    async def _note(self, place: str, thread: str, attachment: str, state: str) -> None:
        await asyncio.to_thread(self._memory.set, _name(place, thread, attachment), state)


def _is_settled(state: str) -> bool:
    return state.partition(" ")[0] in {DONE, SAID}


def _of_message(place: str, message: str) -> str:
    return f"slack:files:{place}:{message}"


def _name(place: str, thread: str, attachment: str) -> str:
    return f"slack:file:{place}:{thread}:{attachment}"
