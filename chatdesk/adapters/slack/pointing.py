"""Messages that somebody points at, by a shortcut or a reaction: found, and told to the desk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, TypeVar

from slack_sdk.web.async_client import AsyncWebClient

from chatdesk.adapters.http.copies import Fetched, FileDoor
from chatdesk.adapters.slack.errors import calling
from chatdesk.adapters.slack.modal import PLATFORM, Origin
from chatdesk.adapters.slack.reading import mentioned, plain_text
from chatdesk.adapters.slack.spots import Spot
from chatdesk.adapters.slack.telling import Telling
from chatdesk.ports import PlatformError
from chatdesk.ui.exchange import Source

Payload = Mapping[str, Any]
T = TypeVar("T")

TOLD_WITHIN = 1.0
"""Seconds for what makes a form better and is not worth being too late for: a form opens in 3."""

FILES_TAKEN = 20
"""Files of one message that are taken along; a view has to carry their names."""


class Pointing:
    """Finds out about messages what the desk needs to know."""

    def __init__(self, client: AsyncWebClient, telling: Telling, files: FileDoor) -> None:
        self._client = client
        self._telling = telling
        self._files = files

    async def message(self, spot: Spot) -> Payload | None:
        """Return a message; None if it is gone or the app may not read there."""
        call = self._client.conversations_replies(
            channel=spot.place, ts=spot.message, limit=1, inclusive=True
        )
        try:
            found = await calling(call)
        except PlatformError:
            return None
        messages: list[Payload] = found.get("messages") or []
        return next((one for one in messages if one.get("ts") == spot.message), None)

    async def origin(self, place: str, message: Payload) -> Origin:
        """Return a message as what a form is opened for; its author is known to the desk then."""
        author = str(message.get("user") or "")
        ts = str(message.get("ts") or "")
        thread = str(message.get("thread_ts") or "")
        text, link, is_public, _ = await asyncio.gather(
            self._in_time(self._text(message), str(message.get("text") or "")),
            self._in_time(self._permalink(place, ts), ""),
            self._in_time(self._is_public(place), False),  # noqa: FBT003 - what it is otherwise
            self._in_time(self._telling.introduce([author] if author else []), None),
        )
        source = Source(
            place=place,
            message=ts,
            thread="" if thread == ts else thread,
            author=f"{PLATFORM}:{author}" if author else "",
            text=text,
            link=link,
            is_public=is_public,
        )
        return Origin(place=place, source=source, taken=_files_of(message))

    async def take(self, user: str, files: Iterable[str]) -> Fetched:
        """Copy files of a message for whoever points at it."""
        visitor = await self._telling.people.visitor(user)
        found = []
        for file in files:
            try:
                told = await calling(self._client.files_info(file=file))
            except PlatformError:
                continue
            found.append(told.get("file") or {})
        if visitor is None or not found:
            return Fetched()
        await self._telling.introduce([user])
        return await self._files.fetch(found, visitor.handle)

    async def _text(self, message: Payload) -> str:
        written = str(message.get("text") or "")
        people = self._telling.people
        names = {one: await people.name(one) for one in mentioned(written)}
        return plain_text(written, lambda person: names.get(person, f"@{person}"))

    async def _permalink(self, place: str, ts: str) -> str:
        found = await calling(self._client.chat_getPermalink(channel=place, message_ts=ts))
        return str(found.get("permalink") or "")

    async def _is_public(self, place: str) -> bool:
        """Tell whether the desk can answer in a place that others read as well."""
        found = await calling(self._client.conversations_info(channel=place))
        channel = found.get("channel") or {}
        return bool(channel.get("is_member")) and not channel.get("is_im")

    @staticmethod
    async def _in_time(work: Awaitable[T], otherwise: T) -> T:
        try:
            async with asyncio.timeout(TOLD_WITHIN):
                return await work
        except (PlatformError, TimeoutError):
            return otherwise


def _files_of(message: Payload) -> tuple[str, ...]:
    files = [one for one in message.get("files") or () if isinstance(one, Mapping)]
    return tuple(str(one["id"]) for one in files if one.get("id"))[:FILES_TAKEN]
