"""Threads and posts beyond what is said in them, as the ticket of each of them wants them.

They are locked and archived when it is over, opened when it comes back, and begun anew where
somebody deleted them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from chatdesk.adapters.discord.channels import THREADS, Channels
from chatdesk.adapters.discord.errors import NEW_THREADS, UNKNOWN_CHANNEL, UNKNOWN_SERVER
from chatdesk.adapters.discord.limits import ACTIVE_THREADS
from chatdesk.adapters.discord.messenger import DiscordMessenger
from chatdesk.adapters.discord.modal import PLATFORM
from chatdesk.adapters.discord.rest import Rest
from chatdesk.adapters.discord.room import NEAR
from chatdesk.adapters.discord.texts import Json
from chatdesk.ports import Place, PlaceGone, PlatformError, Showing, StoreUnavailable, Transient
from chatdesk.ui.cards import Card

SWEPT_EVERY = 60.0
"""Seconds between two looks at every active thread."""

KEPT_FREE = 50
"""Active threads left for people: from there on the quietest of the desk's are archived."""

ARCHIVED_AT_ONCE = 20
"""Threads archived in one go."""

QUIET_FOR = 3600.0
"""Seconds without a word after which a thread may be archived to make room for another."""

ENOUGH_FOR = 5.0
"""Seconds for which room that was made for several is taken to be there still."""

CARD = "card"
"""What the first message of a ticket's conversation shows."""

EPOCH = 1_420_070_400.0
"""When Discord's ids begin to count, in seconds since 1970."""

logger = logging.getLogger(__name__)


class Standing(StrEnum):
    """How a conversation's ticket is: under way, closed and reopened by a click, or over."""

    UNDER_WAY = "under way"
    CLOSED = "closed"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadSide:
    """The desk's side. All of it blocks.

    `standings` tells how the tickets of conversations are, in their order, each given as (place,
    thread): None for one that is not the desk's, or in which something is still to be said.
    `lane` names the lane of a conversation, `draw` shows the card it begins with, and `moved` notes
    where it is now, with the message of that card. `broke` notes that a place does not work, and
    `mended` that it does. `shows` names what a message of a lane shows, and `relinked` notes the
    one that shows it instead. `forums` are the homes of all queues, and `shared_card` says what
    the post is in which tickets stand that have none of their own.
    """

    standings: Callable[[Sequence[tuple[str, str]]], Sequence[Standing | None]]
    lane: Callable[[str, str], str | None]
    draw: Callable[[str], Showing | None]
    moved: Callable[[str, Place, str], None]
    broke: Callable[[str, str], None]
    mended: Callable[[str], None]
    shows: Callable[[str, str], str | None]
    relinked: Callable[[str, str, str, Place], None]
    forums: Callable[[], frozenset[str]]
    shared_card: Callable[[], Card]


class Threads:
    """Looks after threads. What Discord refuses is logged and tried again by the next sweep."""

    def __init__(
        self,
        rest: Rest,
        channels: Channels,
        messenger: DiscordMessenger,
        side: ThreadSide,
        guild: Callable[[], Awaitable[str]],
        places: Callable[[], frozenset[str]],
    ) -> None:
        self._rest = rest
        self._channels = channels
        self._messenger = messenger
        self._side = side
        self._guild = guild
        self._places = places
        self._shut: set[str] = set()
        self._broken_places: set[str] = set()
        self._restoring = asyncio.Lock()
        self._showing_anew = asyncio.Lock()
        self._making_room = asyncio.Lock()
        self._room_until = float("-inf")
        self._room = 0
        messenger.on_edited = self.edited
        messenger.on_deleted = self.deleted
        messenger.on_message_gone = self.message_gone
        messenger.shared_card = side.shared_card
        channels.make_room = self.make_room
        channels.on_broken = self._broken

    async def keep(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(SWEPT_EVERY)
            await self.sweep()

    async def sweep(self) -> None:
        """Let every active thread of the desk's be as its ticket is."""
        try:
            await self._look_at_places()
            threads = await self._active()
            await self._look_after(threads)
            await self._keep_room(threads)
        except (PlatformError, StoreUnavailable) as problem:
            logger.warning("threads in Discord were not looked after: %s", problem)

    async def _look_at_places(self) -> None:
        """Notice channels that were deleted, or taken from the bot, while nobody listened."""
        for place in sorted(self._places()):
            try:
                await self._channels.look(place)
            except PlaceGone as gone:
                if place not in self._broken_places:
                    await self._broken(place, gone.code)
                self._broken_places.add(place)
            else:
                if place in self._broken_places:
                    await asyncio.to_thread(self._side.mended, place)
                self._broken_places.discard(place)

    async def _active(self) -> Sequence[Mapping[str, Any]]:
        guild = await self._guild()
        path = "/guilds/{guild_id}/threads/active"
        told = await self._rest.get(path, guild_id=guild) if guild else {}
        return told.get("threads") or ()

    async def changed(self, thread: Mapping[str, Any]) -> None:
        """Look after a thread that somebody changed."""
        try:
            await self._look_after([thread])
        except (PlatformError, StoreUnavailable) as problem:
            logger.warning("a thread in Discord was not looked after: %s", problem)

    async def edited(self, place: str, thread: str) -> None:
        """Open a thread that is shut, if its ticket has come back."""
        if thread in self._shut:
            shut = {"archived": False, "locked": True}
            await self.changed({"id": thread, "parent_id": place, "thread_metadata": shut})

    async def _look_after(self, threads: Iterable[Mapping[str, Any]]) -> None:
        places = self._places()
        ours = [one for one in threads if str(one.get("parent_id")) in places]
        spots = [(str(one["parent_id"]), str(one["id"])) for one in ours]
        standings = await asyncio.to_thread(self._side.standings, spots) if spots else ()
        for thread, standing in zip(ours, standings, strict=True):
            found = thread.get("thread_metadata") or {}
            if found.get("locked"):
                self._shut.add(str(thread["id"]))
            change = change_for(standing, found)
            if change:
                await self._change(str(thread["id"]), change)

    async def _change(self, thread: str, change: Json) -> None:
        await self._rest.call("PATCH", "/channels/{channel_id}", change, channel_id=thread)
        (self._shut.add if change["locked"] else self._shut.discard)(thread)

    # --- room for more ---

    async def _keep_room(self, threads: Sequence[Mapping[str, Any]]) -> None:
        """Leave room for what people begin or wake, and be ready for when there is none."""
        # Of private threads elsewhere a bot sees none: the count alone proves no room.
        if self._channels.is_roomy and len(threads) < ACTIVE_THREADS - KEPT_FREE:
            await asyncio.to_thread(self._side.mended, NEW_THREADS)
        if len(threads) >= NEAR:
            for forum in sorted(self._side.forums()):
                await self._messenger.prepare(forum)
        surplus = len(threads) - (ACTIVE_THREADS - KEPT_FREE)
        if surplus > 0:
            await self._archive_quietest(threads, min(surplus, ARCHIVED_AT_ONCE))

    async def make_room(self) -> bool:
        """Archive some quiet threads of the desk's; tell whether there is room for another now."""
        async with self._making_room:
            if self._room <= 0 or time.monotonic() > self._room_until:
                self._room = await self._archive_quietest(await self._active(), ARCHIVED_AT_ONCE)
                self._room_until = time.monotonic() + ENOUGH_FOR
            self._room -= 1
            return self._room >= 0

    async def _archive_quietest(self, threads: Iterable[Mapping[str, Any]], most: int) -> int:
        """Archive what nobody spoke in for longest, closed tickets first; any word wakes it."""
        quiet = [one for one in threads if spoke_at(one) < time.time() - QUIET_FOR]
        places = self._places()
        ours = [one for one in quiet if str(one.get("parent_id")) in places]
        spots = [(str(one["parent_id"]), str(one["id"])) for one in ours]
        standings = await asyncio.to_thread(self._side.standings, spots) if spots else ()
        found = [
            (standing is Standing.UNDER_WAY, spoke_at(one), str(one["id"]))
            for one, standing in zip(ours, standings, strict=True)
            if standing is not None
        ]
        for _, _, thread in sorted(found)[:most]:
            await self._rest.call(
                "PATCH", "/channels/{channel_id}", {"archived": True}, channel_id=thread
            )
        if found:
            logger.info("%s quiet threads in Discord were archived", min(len(found), most))
        return min(len(found), most)

    async def _broken(self, place: str, code: str) -> None:
        await asyncio.to_thread(self._side.broke, place, code)

    # --- what is gone ---

    async def deleted(self, place: str, thread: str) -> None:
        """Begin a deleted conversation anew; PlaceGone where its channel is gone as well."""
        async with self._restoring:
            lane = await asyncio.to_thread(self._side.lane, place, thread)
            if lane is None:
                return  # it was none of the desk's, or is somewhere else by now
            self._channels.forget(place)
            try:
                await self._channels.look(place)
            except PlaceGone:
                if place in self._side.forums():
                    raise  # only a requester's conversation can go on elsewhere
            await self._begin_anew(lane, thread)

    async def _begin_anew(self, lane: str, thread: str) -> None:
        showing = await asyncio.to_thread(self._side.draw, lane)
        if showing is None:
            return
        await self._channels.forget_thread(lane, thread)
        place = await self._messenger.open(showing.placement)
        key = f"anew:{thread}"
        message = await self._messenger.find(place, key)
        message = message or await self._messenger.post(place, showing.card, key=key)
        now = Place(platform=PLATFORM, place=place.place, thread=place.thread or message)
        await asyncio.to_thread(self._side.moved, lane, now, message)
        logger.warning("%s was deleted in Discord and is begun anew", lane)

    async def message_gone(self, place: Place, message: str, card: Card) -> bool:
        """Show a card anew whose message somebody deleted; False if the desk does not need it."""
        async with self._showing_anew:
            lane = await asyncio.to_thread(self._side.lane, place.place, place.thread)
            if lane is None:
                return False
            what = await asyncio.to_thread(self._side.shows, lane, message)
            if what is None:
                raise Transient("it was sent anew meanwhile")
            await self._show_anew(lane, place, message, card)
            return True

    async def _show_anew(self, lane: str, place: Place, message: str, card: Card) -> None:
        channel = await self._channels.channel_of(place.place, place.thread)
        stood_for_thread = message == place.thread != channel
        key = f"again:{message}"
        where = Place(platform=PLATFORM, place=channel) if stood_for_thread else place
        new = await self._messenger.find(where, key)
        new = new or await self._messenger.post(where, card, key=key)
        if stood_for_thread:
            await self._channels.aside.begins(new, channel)
            await self._channels.aside.belongs(message, new)
            place = replace(place, thread=new)
        await asyncio.to_thread(self._side.relinked, lane, message, new, place)
        logger.info("a message of %s was deleted in Discord and is shown anew", lane)

    async def message_deleted(self, channel: str, message: str) -> None:
        """Hear that a message was deleted: a ticket's card is shown anew."""
        try:
            told = await self._channels.look(channel)
            root = await self._channels.aside.root_of(message) or message
            spots = [(channel, root)]
            if told.get("type") in THREADS:
                spots = [(str(told.get("parent_id")), one) for one in (channel, root)]
            for place, thread in spots:
                lane = await asyncio.to_thread(self._side.lane, place, thread)
                what = lane and await asyncio.to_thread(self._side.shows, lane, message)
                showing = await asyncio.to_thread(self._side.draw, lane) if lane else None
                if what == CARD and showing is not None:
                    where = Place(platform=PLATFORM, place=place, thread=thread)
                    await self._messenger.edit(where, message, showing.card)
        except (PlatformError, StoreUnavailable) as problem:
            logger.warning("a deleted card is shown anew when it changes: %s", problem)

    async def thread_deleted(self, place: str, thread: str) -> None:
        """Hear that a thread was deleted."""
        try:
            await self.deleted(place, thread)
        except (PlatformError, StoreUnavailable) as problem:
            logger.warning("a deleted thread is begun anew when it is needed: %s", problem)

    async def channel_deleted(self, channel: str) -> None:
        """Hear that a channel was deleted."""
        self._channels.forget(channel)
        if channel in self._places():
            await asyncio.to_thread(self._side.broke, channel, UNKNOWN_CHANNEL)

    async def thrown_out(self) -> None:
        """Hear that the bot was removed from its server."""
        for place in sorted(self._places()):
            self._channels.forget(place)
            await asyncio.to_thread(self._side.broke, place, UNKNOWN_SERVER)


def spoke_at(thread: Mapping[str, Any]) -> float:
    """Return when something was said in a thread last, in seconds since 1970."""
    newest = int(thread.get("last_message_id") or thread["id"])
    return EPOCH + (newest >> 22) / 1000


def change_for(standing: Standing | None, found: Mapping[str, Any]) -> Json:
    """Return what has to be changed at a thread in this state; nothing where all is well.

    A closed ticket's thread is locked and not archived, because buttons in it have to work. One
    that nobody wrote in for a week Discord archives by itself: whoever writes there opens it.
    """
    is_archived, is_locked = bool(found.get("archived")), bool(found.get("locked"))
    wanted: Json = {}
    if standing is Standing.UNDER_WAY and is_locked:
        wanted = {"archived": False, "locked": False}
    elif standing is Standing.CLOSED and not is_locked:
        wanted = {"archived": False, "locked": True}
    elif standing is Standing.OVER and not (is_locked and is_archived):
        wanted = {"archived": True, "locked": True}
    return wanted
