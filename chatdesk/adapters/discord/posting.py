"""Single messages in Discord: sent once, changed, removed, and looked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

from chatdesk.adapters.discord.channels import Channels
from chatdesk.adapters.discord.errors import (
    ARCHIVED,
    LOCKED,
    NEW_THREADS,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    code_of,
)
from chatdesk.adapters.discord.marks import nonce_of, number_in
from chatdesk.adapters.discord.rest import Rest
from chatdesk.adapters.discord.texts import Json
from chatdesk.ports import PlaceGone, PlatformRefused

T = TypeVar("T")

PAGE = 100
PAGES = 15
"""How far back a message is looked for: so many pages of so many messages."""

MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = "/channels/{channel_id}/messages/{message_id}"


class Posting:
    """Speaks in channels and threads; a thread that is shut is opened first."""

    def __init__(self, rest: Rest, channels: Channels) -> None:
        """Speak through this."""
        self._rest = rest
        self._channels = channels

    async def send(self, channel: str, body: Json, nonce: str, root: str = "") -> str:
        """Send a message, in answer to the first one where its conversation has no thread."""
        asked = body | {"nonce": nonce, "enforce_nonce": True}
        is_aside = root not in {"", channel}
        if is_aside:
            reference = {"message_id": root, "channel_id": channel, "fail_if_not_exists": False}
            asked["message_reference"] = reference

        async def say() -> Any:
            return await self._rest.call("POST", MESSAGES, asked, channel_id=channel)

        try:
            message = str((await self._awake(channel, say))["id"])
        except PlatformRefused as refused:
            if code_of(refused) != UNKNOWN_MESSAGE:
                raise
            # It arrived, unknown to us, and was deleted: by its nonce Discord would show nothing.
            asked["nonce"] = nonce_of(nonce, 1)
            message = str((await self._awake(channel, say))["id"])
        if is_aside:
            await self._channels.aside.belongs(message, root)
        return message

    async def change(self, channel: str, message: str, body: Json) -> None:
        """Replace a message; it stays where it is."""

        async def alter() -> Any:
            return await self._rest.call(
                "PATCH", MESSAGE, body, channel_id=channel, message_id=message
            )

        await self._awake(channel, alter)

    async def remove(self, channel: str, message: str) -> None:
        """Take a message back; one that is gone is gone, also with all of its conversation."""
        try:
            await self._rest.call("DELETE", MESSAGE, channel_id=channel, message_id=message)
        except (PlatformRefused, PlaceGone) as refused:
            if code_of(refused) not in {UNKNOWN_MESSAGE, UNKNOWN_CHANNEL}:
                raise

    async def _awake(self, channel: str, call: Callable[[], Awaitable[T]]) -> T:
        """Call; once more after the thread was unarchived, if that was what stood in the way."""
        try:
            return await call()
        except PlaceGone as gone:
            if gone.code not in {ARCHIVED, LOCKED} and gone.place != NEW_THREADS:
                raise
            is_locked = gone.code == LOCKED
        await self._channels.unarchive(channel, is_locked=is_locked)
        return await call()

    async def numbered(self, channel: str, number: int) -> str | None:
        """Return our message that carries a number, if there is one."""
        async for found in self.ours(channel):
            if number_in(found) == number:
                return str(found["id"])
        return None

    async def number_of(self, channel: str, message: str) -> int:
        """Return the number that a message carries."""
        found = await self._rest.get(MESSAGE, channel_id=channel, message_id=message)
        return number_in(found)

    async def ours(self, channel: str) -> AsyncIterator[Json]:
        """Go through our messages in a channel, newest first."""
        before: Json = {}
        for _ in range(PAGES):
            query = {"limit": PAGE, **before}
            page = await self._rest.get(MESSAGES, query, channel_id=channel)
            for found in page:
                if str((found.get("author") or {}).get("id")) == self._rest.me:
                    yield found
            if len(page) < PAGE:
                return
            before = {"before": str(page[-1]["id"])}
