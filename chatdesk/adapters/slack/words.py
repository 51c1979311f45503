"""Words said in channels, threads and direct messages, with their edits, deletions and files."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

from slack_sdk.web.async_client import AsyncWebClient

from chatdesk.adapters.http.copies import Fetched, FileDoor
from chatdesk.adapters.slack.answering import AGAIN, Again, Answering
from chatdesk.adapters.slack.errors import calling
from chatdesk.adapters.slack.keeping import Keeping, Kept
from chatdesk.adapters.slack.reading import Click, Heard, mentioned, read_message
from chatdesk.adapters.slack.telling import Telling
from chatdesk.ui.exchange import Answer, Said

MESSAGE = "message"
"""The kind of a message that is kept."""


class Words:
    """Hears messages. None is acknowledged before the desk has it: Slack delivers it again."""

    def __init__(
        self,
        client: AsyncWebClient,
        telling: Telling,
        answering: Answering,
        files: FileDoor,
        keeping: Keeping,
    ) -> None:
        self._client = client
        self._telling = telling
        self._answering = answering
        self._files = files
        self._keeping = keeping
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def heard(self, body: Mapping[str, Any], bot: str) -> None:
        """Take a message event. Raises StoreUnavailable when it has to come again."""
        if (heard := await self._ours(body, bot)) is None:
            return
        work = asyncio.ensure_future(self._once(heard, body, bot))
        essence = _essence(body)
        kept = Kept(key=heard.key, kind=MESSAGE, user=heard.user, payload=essence, bot=bot)
        if await self._keeping.is_done(work, kept, is_answered=False):
            work.result()
        else:
            self._keeping.follow(kept.key, work)

    @staticmethod
    def key_of(body: Mapping[str, Any], bot: str) -> str | None:
        """Return the key of a message event; None for one that says nothing to the desk."""
        heard = read_message(body, bot, str)
        return heard.key if heard else None

    async def again(self, kept: Kept) -> None:
        """Take a message that was kept and left undone."""
        heard = await self._ours(kept.payload, kept.bot)
        if heard is not None:
            await self._once(heard, kept.payload, kept.bot)

    async def _ours(self, body: Mapping[str, Any], bot: str) -> Heard | None:
        """Return a message that concerns the desk, without asking Slack anything."""
        heard = read_message(body, bot, lambda person: f"@{person}")
        if heard is None or heard.is_mention or heard.place.startswith("D"):
            return heard
        return heard if await self._is_ours(heard) else None

    async def _once(self, heard: Heard, body: Mapping[str, Any], bot: str) -> None:
        await self._telling.once(heard.key, lambda: self._in_turn(heard, body, bot))

    async def _in_turn(self, heard: Heard, body: Mapping[str, Any], bot: str) -> None:
        """Take what is said in one conversation in its order: an edit finds what it changes."""
        spot = (heard.place, heard.thread)
        turn = self._turns.setdefault(spot, asyncio.Lock())
        async with turn:
            in_words = await self._read(body, bot)
            if in_words is not None:
                await self._take(in_words)

    async def _read(self, body: Mapping[str, Any], bot: str) -> Heard | None:
        event = body.get("event") or {}
        message = event.get("message") or event
        people = mentioned(str(message.get("text") or ""))
        names = {one: await self._telling.people.name(one) for one in people if one != bot}
        return read_message(body, bot, lambda person: names.get(person, f"@{person}"))

    async def _is_ours(self, heard: Heard) -> bool:
        concerns = self._telling.desk.concerns
        return await asyncio.to_thread(concerns, heard.place, heard.thread)

    async def _take(self, heard: Heard) -> None:
        fetched = await self._fetch(heard)
        done = heard.done
        if isinstance(done, Said):
            await self._telling.introduce(_people_in(done.text))
            text = "\n".join(part for part in (done.text, *fetched.left) if part)
            done = replace(done, text=text, files=fetched.attachments, left=fetched.names)
        telling = self._telling
        answer = await telling.tell(heard.key, heard.user, heard.place, heard.thread, done)
        if answer != Answer():
            # Heard again after a silence, it is not answered a second time.
            await self._keeping.note(heard.key)
            telling.behind(self._answering.to_words(answer, heard, fetched.attachments))

    async def _fetch(self, heard: Heard) -> Fetched:
        visitor = await self._telling.people.visitor(heard.user)
        if not heard.files or visitor is None:
            return Fetched()
        await self._telling.introduce([heard.user])
        return await self._files.fetch(heard.files, visitor.handle)

    async def asked_again(self, click: Click, bot: str) -> Answer:
        """Return the form that a message asked for, now that it can be opened."""
        asked = Again.read(click.value.removeprefix(AGAIN))
        body = await self._message(asked) if asked else None
        heard = await self._read(body, bot) if body else None
        if asked is None or heard is None or heard.user != click.user:
            return Answer()
        said = heard.done
        if isinstance(said, Said):
            said = replace(said, files=asked.files)
        return await self._telling.tell(click.key, click.user, asked.place, asked.thread, said)

    async def _message(self, asked: Again) -> dict[str, Any] | None:
        around: dict[str, Any] = {"latest": asked.ts, "oldest": asked.ts, "inclusive": True}
        if asked.thread:
            call = self._client.conversations_replies(
                channel=asked.place, ts=asked.thread, limit=10, **around
            )
        else:
            call = self._client.conversations_history(channel=asked.place, limit=1, **around)
        found = await calling(call)
        for message in found.get("messages") or []:
            if message.get("ts") == asked.ts:
                return {"event": {**message, "type": "message", "channel": asked.place}}
        return None


def _essence(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of an event makes it the same when it is taken up again."""
    return {name: body[name] for name in ("team_id", "team", "event") if name in body}


def _people_in(text: str) -> list[str]:
    """Return Slack's ids of the people named by handle in words to the desk."""
    return [word.removeprefix("@slack:") for word in text.split() if word.startswith("@slack:")]
