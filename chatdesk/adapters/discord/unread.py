"""Words that Discord does not let the desk read: whoever wrote them is told how to be heard.

Without the Message Content Intent a message is told without its words, unless it mentions the desk
or stands in its direct messages. Which ones were said like that is kept, so that a mention added
afterwards is enough.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

from chatdesk.adapters.discord.answering import Answering
from chatdesk.adapters.discord.drafts import Memory
from chatdesk.adapters.discord.telling import Spot, Telling, sentence

UNREAD = "discord:unheard"
"""Begins the mark of somebody's words in a channel that could not be read, each by its message."""

CHANGED = "discord:unseen"
"""Begins the mark of somebody who was told that what they made of their words cannot be read."""

TOLD = "told"
"""Stands in both marks for the word that was given."""

KEPT = 50
"""Messages kept in mind of one person in one channel."""

Payload = Mapping[str, Any]


class Unread:
    """Tells each person once in each channel; `memory` outlives a restart."""

    def __init__(self, memory: Memory, telling: Telling, answering: Answering) -> None:
        self._memory = memory
        self._telling = telling
        self._answering = answering

    async def said(self, spot: Spot, message: str) -> None:
        """Take note of a message without words, and say how to be heard. StoreUnavailable if not.

        A word that Discord does not take is given at the next such message.
        """
        mark = _mark(UNREAD, spot)
        known = (await self._get(mark)).split()
        if message not in known:
            await asyncio.to_thread(self._memory.change, mark, partial(_with, message))
        if TOLD not in known:
            reader = self._telling.desk.reader
            is_theirs = await asyncio.to_thread(reader, spot.place, spot.thread)
            name = "requester" if is_theirs else "agents"
            if await self._is_told(name, spot, message):
                await asyncio.to_thread(self._memory.change, mark, partial(_with, TOLD))

    async def changed(self, spot: Spot, message: str) -> None:
        """Say that words the desk has were changed, and that it cannot read to what."""
        mark = _mark(CHANGED, spot)
        if not await self._get(mark) and await self._is_told("changed", spot, message):
            await asyncio.to_thread(self._memory.set, mark, TOLD)

    async def is_known(self, spot: Spot, message: str) -> bool:
        """Tell whether a message of somebody's could not be read when it was said."""
        return message in (await self._get(_mark(UNREAD, spot))).split()

    async def in_channel(self, channel: str) -> frozenset[str]:
        """Return the messages of a channel that could not be read when they were said."""
        found = await asyncio.to_thread(self._memory.beginning, f"{UNREAD}:{channel}:")
        return frozenset(one for words in found.values() for one in words.split() if one != TOLD)

    async def is_heard(self, spot: Spot, message: str) -> None:
        """Take note that a message has been read after all."""
        mark = _mark(UNREAD, spot)
        await asyncio.to_thread(self._memory.change, mark, partial(_without, message))

    async def _is_told(self, name: str, spot: Spot, message: str) -> bool:
        text = self._telling.desk.say(f"discord.unread.{name}", spot.by.locale)
        return not await self._answering.post(sentence(text), spot.channel, message)

    async def _get(self, name: str) -> str:
        return await asyncio.to_thread(self._memory.get, name) or ""


def _mark(kind: str, spot: Spot) -> str:
    # Who is erased takes along what ends with their id.
    return f"{kind}:{spot.channel}:{spot.user}"


def _with(word: str, words: str) -> str:
    """Return words with one more, but for the oldest messages beyond those that are kept."""
    known = list(dict.fromkeys((*words.split(), word)))
    messages = [one for one in known if one != TOLD][-KEPT:]
    return " ".join((*([TOLD] if TOLD in known else []), *messages))


def _without(word: str, words: str) -> str:
    return " ".join(one for one in words.split() if one != word)
