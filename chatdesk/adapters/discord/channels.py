"""Where conversations are in Discord: forums and their posts, private threads, direct messages.

Nothing here has a nonce. What may have been made already is looked for by the ticket's number, with
which every name begins.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any, TypeVar

from chatdesk.adapters.discord import limits
from chatdesk.adapters.discord.aside import Aside, is_instead
from chatdesk.adapters.discord.drafts import Memory
from chatdesk.adapters.discord.errors import (
    DIRECT,
    NEW_THREADS,
    QUARANTINED,
    TOO_MANY_THREADS,
)
from chatdesk.adapters.discord.letting_in import LettingIn
from chatdesk.adapters.discord.recent import Recent
from chatdesk.adapters.discord.rest import Rest
from chatdesk.adapters.discord.searching import FORUM, NUMBER, Searching
from chatdesk.adapters.discord.texts import Json, one_line, shortened
from chatdesk.ports import PlaceGone, RateLimited

TEXT_CHANNEL, DIRECT_CHANNEL, PRIVATE_THREAD = 0, 1, 12
THREADS = frozenset({10, 11, 12})

WEEK = 10080
"""Minutes without a word after which a thread is archived."""

ROOM_MADE = 3
"""How often room is made for one thread: others may take what there was."""

KNOWN_FOR = 300.0
"""Seconds after which a channel is looked at again."""

LOOKED_AT, PLACES = 1_000, 10_000
"""Channels of which is kept in mind what Discord says, and whether they are direct messages."""

DIRECT_APART = 3.0
"""Seconds between people written to for the first time: faster, and Discord shuts the bot up."""

LONGEST_QUEUE = 15.0

TRYING = "?"
"""Stands in the place of a thread's id while it is being made."""

T = TypeVar("T")


class Channels:
    """Finds and makes places; each call raises one of the PlatformError family."""

    def __init__(
        self,
        rest: Rest,
        memory: Memory,
        support: str,
        monotonic: Callable[[], float] = time.monotonic,
        direct_apart: float | None = None,
    ) -> None:
        self._rest = rest
        self._memory = memory
        self._support = support
        self._monotonic = monotonic
        self._direct_apart = DIRECT_APART if direct_apart is None else direct_apart
        self._known: Recent[tuple[float, Json]] = Recent(LOOKED_AT)
        self._is_direct: Recent[bool] = Recent(PLACES)
        self._next_direct_at = 0.0
        self._searching = Searching(rest, self.look)
        self.aside = Aside(memory)
        self.members = LettingIn(rest, self.unarchive)
        self.is_roomy = False
        """True once the newest attempt to make a thread succeeded."""
        self.make_room: Callable[[], Awaitable[bool]] | None = None
        """Archives quiet threads where a server holds no more; tells whether there were any."""
        self.on_broken: Callable[[str, str], Awaitable[None]] | None = None
        """Told of a place that does not work, by its name and code, where another one is used."""

    # --- looking ---

    async def look(self, channel: str) -> Json:
        """Return what Discord says of a channel, at most some minutes old."""
        known = self._known.get(channel)
        if known is not None and self._monotonic() - known[0] < KNOWN_FOR:
            return known[1]
        found: Json = await self._rest.get("/channels/{channel_id}", channel_id=channel)
        self._known.keep(channel, (self._monotonic(), found))
        return found

    def forget(self, channel: str) -> None:
        """Look at a channel anew when it is asked for next."""
        self._known.forget(channel)

    async def forget_thread(self, lane: str, thread: str) -> None:
        """Let somebody's deleted private thread be made anew, once."""
        mark = f"discord:thread:{lane}"
        if await self._get(mark) == thread:
            await self._set(mark, "")

    async def is_forum(self, channel: str) -> bool:
        """Tell whether a channel takes posts and no messages."""
        return bool((await self.look(channel)).get("type") == FORUM)

    async def channel_of(self, place: str, thread: str) -> str:
        """Return the channel of a conversation: its thread, or where it goes on instead."""
        if not thread:
            return place
        is_direct = self._is_direct.get(place)
        if is_direct is None:
            is_direct = (await self.look(place)).get("type") == DIRECT_CHANNEL
            self._is_direct.keep(place, is_direct)
        return place if is_direct else await self.aside.channel_of(thread) or thread

    async def forum(self, home: str) -> str:
        """Return a queue's forum; PlaceGone if it is none."""
        if not home.isdigit():
            raise PlaceGone(f"{home!r} is no channel's id: copy it with Developer Mode on")
        if not await self.is_forum(home):
            raise PlaceGone(f"{home} is no forum: make one for the queue, and name its id")
        return home

    # --- where there is room ---

    async def _in_room(self, call: Callable[[], Awaitable[T]]) -> T:
        """Call; again after room was made, if that was what stood in the way."""
        for _ in range(ROOM_MADE):
            try:
                return await call()
            except PlaceGone as gone:
                if gone.place != NEW_THREADS:
                    raise
                self.is_roomy = False
                if self.make_room is None or not await self.make_room():
                    raise
        return await call()

    async def _make(self, parent: str, asked: Json) -> str:
        async def make() -> Any:
            return await self._rest.call(
                "POST", "/channels/{channel_id}/threads", asked, channel_id=parent
            )

        made = await self._in_room(make)
        self.is_roomy = True
        return str(made["id"])

    async def _told_broken(self, place: str, code: str) -> None:
        if self.on_broken is not None:
            await self.on_broken(place, code)

    # --- a requester's private thread ---

    async def conversation(self, lane: str, name: str, user: str) -> tuple[str, str]:
        """Return a channel and somebody's thread in it, made if need be.

        Where none can be made the channel is that of their direct messages, without a thread.
        """
        direct = await self.aside.instead(lane)
        if direct:
            return direct, ""
        try:
            return await self.private_thread(lane, name, user)
        except PlaceGone as gone:
            if gone.place not in {NEW_THREADS, self._support} or not self._support:
                raise
            broken = gone
        try:
            direct = await self.direct(user)
        except PlaceGone:
            raise broken from None
        await self.aside.go_on(lane, direct)
        await self._told_broken(broken.place, broken.code)
        return direct, ""

    async def private_thread(self, lane: str, name: str, user: str) -> tuple[str, str]:
        """Return the support channel and somebody's thread in it, made if need be."""
        if not self._support:
            raise PlaceGone(
                "there is no support channel: set CHATDESK_DISCORD_SUPPORT_CHANNEL to its id"
            )
        mark = f"discord:thread:{lane}"
        kept = await self._get(mark)
        if kept and kept != TRYING and not is_instead(kept):
            return self._support, kept
        tried = kept == TRYING
        thread = await self._searching.unused(self._support, name, user) if tried else ""
        if not thread:
            await self._set(mark, TRYING)
            thread = await self._make_private(name)
        await self.members.let_in(thread, user)
        await self._set(mark, thread)
        return self._support, thread

    async def _make_private(self, name: str) -> str:
        body = {
            "name": name,
            "type": PRIVATE_THREAD,
            "invitable": False,
            "auto_archive_duration": WEEK,
        }
        try:
            return await self._make(self._support, body)
        except PlaceGone as gone:
            # What is wrong with the channel is no fault of whoever asks in it.
            place = gone.place or self._support
            raise PlaceGone(str(gone), place=place, code=gone.code) from gone

    # --- an agents' post ---

    async def make_post(self, forum: str, name: str, body: Json, tags: list[str], key: str) -> str:
        """Make a post in a forum and return its id, which is also that of its first message."""
        number = NUMBER.match(name)
        # By its number it is found again; what somebody wrote is not kept here as well.
        await self._set(f"discord:post:{key}", number[0] if number else name)
        asked: Json = {"name": name, "message": body, "auto_archive_duration": WEEK}
        if tags:
            asked["applied_tags"] = tags
        return await self._make(forum, asked)

    async def shared_post(self, forum: str, name: str, body: Json) -> str:
        """Return the post that a forum's tickets share where no more can be made, made if need be.

        PlaceGone where even that one cannot be made any more.
        """
        post = await self.aside.shared(forum)
        if not post:
            tried = await self.post_tried(forum, f"shared:{forum}")
            post = next(tried, "") or await self.make_post(forum, name, body, [], f"shared:{forum}")
            await self.aside.share(forum, post)
        return post

    async def crowded(self) -> None:
        """Tell that a ticket goes on without a thread of its own."""
        await self._told_broken(NEW_THREADS, TOO_MANY_THREADS)

    async def post_tried(self, forum: str, key: str) -> Iterator[str]:
        """Return the posts that may be the one made for this key, newest first."""
        name = await self._get(f"discord:post:{key}")
        return iter(await self._searching.named(forum, name) if name else [])

    async def unarchive(self, thread: str, *, is_locked: bool = False) -> None:
        """Let a thread be spoken in and changed again."""
        change = {"archived": False} | ({"locked": False} if is_locked else {})

        async def open_it() -> Any:
            return await self._rest.call(
                "PATCH", "/channels/{channel_id}", change, channel_id=thread
            )

        await self._in_room(open_it)

    # --- direct messages ---

    async def direct(self, user: str) -> str:
        """Return the channel of direct messages with somebody."""
        mark = f"discord:direct:{user}"
        kept = await self._get(mark)
        if kept:
            return kept
        await self._wait_for_direct()
        try:
            made = await self._rest.call("POST", "/users/@me/channels", {"recipient_id": user})
        except PlaceGone as gone:
            if gone.code == QUARANTINED:
                raise PlaceGone(str(gone), place=DIRECT, code=gone.code) from gone
            raise
        await self._set(mark, str(made["id"]))
        return str(made["id"])

    async def _wait_for_direct(self) -> None:
        now = self._monotonic()
        wait = max(0.0, self._next_direct_at - now)
        if wait > LONGEST_QUEUE:
            raise RateLimited(timedelta(seconds=wait))
        self._next_direct_at = now + wait + self._direct_apart
        await asyncio.sleep(wait)

    # --- memory ---

    async def _get(self, name: str) -> str:
        return await asyncio.to_thread(self._memory.get, name) or ""

    async def _set(self, name: str, value: str) -> None:
        await asyncio.to_thread(self._memory.set, name, value)


def thread_name(text: str, number: int | None = None) -> str:
    """Return a thread's name, which begins with its ticket's number wherever that is known."""
    line = one_line(text)
    found = NUMBER.search(line)
    if found:
        line = line[found.start() :]
    elif number is not None:
        line = f"#{number} {line}".strip()
    return shortened(line, limits.THREAD_NAME) or "…"
