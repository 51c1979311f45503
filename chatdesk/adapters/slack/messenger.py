"""How the desk speaks in Slack.

Slack knows no key that would make a message unique. Each carries its key in its metadata instead,
so that it can be found again after an answer was lost. A card that fills several messages stands
in the first of them; the rest follow in its thread and belong to it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from chatdesk.adapters.slack.errors import calling
from chatdesk.adapters.slack.memory import Memory
from chatdesk.adapters.slack.modal import PLATFORM
from chatdesk.adapters.slack.render import Message, render_card
from chatdesk.adapters.slack.texts import Json
from chatdesk.adapters.slack.uploads import Uploads
from chatdesk.adapters.slack.workspaces import IN
from chatdesk.ports import Place, PlaceGone, Placement, PlatformRefused
from chatdesk.ui.cards import Card

EVENT = "chatdesk_notice"
"""The type of the metadata that our messages carry."""

PAGE = 200
PAGES = 15
"""How far back a message is looked for: so many pages of so many messages."""

_CHANNEL = re.compile(rf"[CG][A-Z0-9]{{2,}}{IN}")
_USER = re.compile(rf"[UW][A-Z0-9]+{IN}")


class SlackMessenger:
    """Posts cards into Slack. `client` must not retry by itself: the outbox does that."""

    def __init__(
        self, client: AsyncWebClient, memory: Memory, uploads: Uploads | None = None
    ) -> None:
        """Post with this client; without `uploads` files are named on cards and not brought."""
        self._uploads = uploads
        self._client = client
        self._memory = memory
        self._direct: dict[str, str] = {}
        self.on_edited: Callable[[str, str], Awaitable[None]] | None = None
        """Told of every edit: the place, and the thread of its conversation."""

    @property
    def platform(self) -> str:
        """The platform's name, as in handles."""
        return PLATFORM

    async def open(self, placement: Placement) -> Place:
        """Return the queue's home channel for an agents' lane, else the direct conversation."""
        home = placement.queue_home.strip()
        if home:
            moved = await asyncio.to_thread(self._memory.get, f"slack:moved:{home}")
            home = moved or home
        if _CHANNEL.fullmatch(home):
            return Place(platform=PLATFORM, place=home)
        if home:
            raise PlaceGone(f"{home!r} is no channel's id: copy it from the channel's details")
        for handle in placement.handles:
            platform, _, person = handle.partition(":")
            if platform == PLATFORM and _USER.fullmatch(person):
                return Place(platform=PLATFORM, place=await self._direct_with(person))
        raise PlaceGone(f"{placement.lane} has no home channel and nobody in Slack")

    async def _direct_with(self, person: str) -> str:
        if person not in self._direct:
            answer = await calling(self._client.conversations_open(users=person))
            self._direct[person] = str(answer["channel"]["id"])
        return self._direct[person]

    async def post(self, place: Place, card: Card, *, key: str) -> str:
        """Show a card as a new message and return its id."""
        first, *rest = render_card(card)
        files = card.files_to_bring if self._uploads else ()
        belongings = {"parts": 1 + len(rest)} | (
            {"files": [one.attachment for one in files]} if files else {}
        )
        # Only a card to which more belongs can have arrived in part.
        message = await self._first(place, key) if rest or files else None
        if message is None:
            message = await self._send(place.place, place.thread, first, key, belongings)
        await self._follow(place, message, rest)
        if self._uploads is not None and files:
            thread = place.thread or message
            await self._uploads.bring(place.place, thread, files, message=message)
        return message

    async def edit(self, place: Place, message: str, card: Card) -> None:
        """Replace a message's card; doing it twice is harmless."""
        first, *rest = render_card(card)
        await self._change(place.place, message, first)
        await self._follow(place, message, rest)
        if self._uploads is not None and card.is_taken_back:
            await self._uploads.take_back(place.place, place.thread or message, message)
        if self.on_edited is not None:
            await self.on_edited(place.place, place.thread)

    async def find(self, place: Place, key: str) -> str | None:
        """Return the message posted with this key, if all that belongs to it is there."""
        async for found in self._ours(place.place, place.thread):
            payload = found["metadata"]["event_payload"]
            if payload.get("key") == key:
                message = str(found["ts"])
                is_whole = await self._is_whole(place, message, int(payload.get("parts", 1)))
                has_files = await self._has_files(place, message, payload.get("files") or ())
                return message if is_whole and has_files else None
        return None

    async def _has_files(self, place: Place, message: str, files: Iterable[str]) -> bool:
        if self._uploads is None:
            return True
        return await self._uploads.are_there(place.place, place.thread or message, files)

    # --- the rest of a long card ---

    async def _is_whole(self, place: Place, message: str, parts: int) -> bool:
        if parts == 1 or await self._remembered(place, message) is not None:
            return True
        rest = await self._rest_seen(place, message)
        if len(rest) < parts - 1:
            return False
        await self._remember(place, message, (rest[number] for number in sorted(rest)))
        return True

    async def _follow(self, place: Place, message: str, rest: list[Message]) -> None:
        """Let exactly these messages belong to the first one."""
        known = await self._remembered(place, message)
        if not rest and not known:
            return
        found = dict(enumerate(known or []))
        if len(found) < len(rest):
            found |= await self._rest_seen(place, message)
        thread = place.thread or message
        shown = []
        for number, part in enumerate(rest):
            if number in found:
                await self._change(place.place, found[number], part)
            else:
                payload = {"parts": len(rest), "number": number}
                key = f"rest:{message}"
                found[number] = await self._send(place.place, thread, part, key, payload)
            shown.append(found[number])
        for number in sorted(set(found) - set(range(len(rest)))):
            await self._remove(place.place, found[number])
        await self._remember(place, message, shown)

    async def _rest_seen(self, place: Place, message: str) -> dict[int, str]:
        seen = {}
        async for found in self._ours(place.place, place.thread or message):
            payload = found["metadata"]["event_payload"]
            if payload.get("key") == f"rest:{message}":
                seen[int(payload["number"])] = str(found["ts"])
        return seen

    async def _remembered(self, place: Place, message: str) -> list[str] | None:
        name = f"slack:rest:{place.place}:{message}"
        text = await asyncio.to_thread(self._memory.get, name)
        return None if text is None else text.split()

    async def _remember(self, place: Place, message: str, rest: Iterable[str]) -> None:
        name = f"slack:rest:{place.place}:{message}"
        await asyncio.to_thread(self._memory.set, name, " ".join(rest))

    # --- calls ---

    async def _send(
        self, channel: str, thread: str, message: Message, key: str, belongings: Json
    ) -> str:
        payload = {"key": key, "number": 0} | belongings
        answer = await calling(
            self._client.chat_postMessage(
                channel=channel,
                thread_ts=thread or None,
                text=message.text,
                blocks=list(message.blocks),
                metadata={"event_type": EVENT, "event_payload": payload},
                mrkdwn=False,
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        return str(answer["ts"])

    async def _change(self, channel: str, message: str, shown: Message) -> None:
        await calling(
            self._client.chat_update(
                channel=channel, ts=message, text=shown.text, blocks=list(shown.blocks)
            )
        )

    async def _remove(self, channel: str, message: str) -> None:
        try:
            await calling(self._client.chat_delete(channel=channel, ts=message))
        except PlatformRefused as refused:
            if "message_not_found" not in str(refused):
                raise

    async def _first(self, place: Place, key: str) -> str | None:
        async for found in self._ours(place.place, place.thread):
            if found["metadata"]["event_payload"].get("key") == key:
                return str(found["ts"])
        return None

    async def _ours(self, channel: str, thread: str) -> AsyncIterator[Json]:
        """Go through our messages in a place or thread that carry a key."""
        cursor = ""
        for _ in range(PAGES):
            asked: dict[str, Any] = {"limit": PAGE, "include_all_metadata": True}
            asked |= {"cursor": cursor} if cursor else {}
            if thread:
                call = self._client.conversations_replies(channel=channel, ts=thread, **asked)
            else:
                call = self._client.conversations_history(channel=channel, **asked)
            page = await calling(call)
            for message in page.get("messages") or []:
                metadata = message.get("metadata") or {}
                if metadata.get("event_type") == EVENT and "event_payload" in metadata:
                    yield message
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return
