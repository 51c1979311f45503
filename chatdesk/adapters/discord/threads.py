"""Threads and posts beyond what is said in them, as the ticket of each of them wants them.

They are locked and archived when it is over, opened when it comes back, and begun anew where
somebody deleted them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chatdesk.adapters.discord.channels import Channels
from chatdesk.adapters.discord.errors import UNKNOWN_CHANNEL, UNKNOWN_SERVER
from chatdesk.adapters.discord.messenger import DiscordMessenger
from chatdesk.adapters.discord.modal import PLATFORM
from chatdesk.adapters.discord.rest import Rest
from chatdesk.adapters.discord.texts import Json
from chatdesk.ports import Place, PlatformError, Showing, StoreUnavailable

SWEPT_EVERY = 60.0
"""Seconds between two looks at every active thread."""

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
    where it is now, with the message of that card. `broke` notes that a place does not work.
    `forums` are the homes of all queues.
    """

    standings: Callable[[Sequence[tuple[str, str]]], Sequence[Standing | None]]
    lane: Callable[[str, str], str | None]
    draw: Callable[[str], Showing | None]
    moved: Callable[[str, Place, str], None]
    broke: Callable[[str, str], None]
    forums: Callable[[], frozenset[str]]


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
        self._restoring = asyncio.Lock()
        messenger.on_edited = self.edited
        messenger.on_deleted = self.deleted

    async def keep(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(SWEPT_EVERY)
            await self.sweep()

    async def sweep(self) -> None:
        """Let every active thread of the desk's be as its ticket is."""
        try:
            guild = await self._guild()
            path = "/guilds/{guild_id}/threads/active"
            told = await self._rest.get(path, guild_id=guild) if guild else {}
            await self._look_after(told.get("threads") or ())
        except (PlatformError, StoreUnavailable) as problem:
            logger.warning("threads in Discord were not looked after: %s", problem)

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

    # --- what is gone ---

    async def deleted(self, place: str, thread: str) -> None:
        """Begin a deleted conversation anew; PlaceGone where its channel is gone as well."""
        async with self._restoring:
            lane = await asyncio.to_thread(self._side.lane, place, thread)
            if lane is None:
                return  # it was none of the desk's, or is somewhere else by now
            self._channels.forget(place)
            await self._channels.look(place)
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
