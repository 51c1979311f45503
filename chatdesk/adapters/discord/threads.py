"""Threads and posts beyond what is said in them, as the ticket of each of them wants them.

They are locked and archived when it is over, opened when it comes back, and begun anew where
somebody deleted them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chatdesk.adapters.discord.channels import THREADS, Channels
from chatdesk.adapters.discord.crowding import Crowding
from chatdesk.adapters.discord.errors import UNKNOWN_CHANNEL, UNKNOWN_SERVER
from chatdesk.adapters.discord.messenger import DiscordMessenger
from chatdesk.adapters.discord.modal import PLATFORM
from chatdesk.adapters.discord.rest import Rest
from chatdesk.adapters.discord.standing import ThreadSide, change_for
from chatdesk.adapters.discord.texts import Json
from chatdesk.ports import (
    OutcomeUnknown,
    Place,
    PlaceGone,
    PlatformError,
    StoreUnavailable,
    Transient,
)
from chatdesk.ui.cards import Card

SWEPT_EVERY = 60.0
"""Seconds between two looks at every active thread."""

CHANGED_WITHIN = 30.0
"""Seconds after which a change that nobody answers is left to the next sweep."""

CARD = "card"
"""What the first message of a ticket's conversation shows."""

logger = logging.getLogger(__name__)


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
        crowding = self._crowding = Crowding(rest, channels, messenger, side, self._active, places)
        messenger.on_edited = self.edited
        messenger.on_deleted = self.deleted
        messenger.on_message_gone = self.message_gone
        messenger.shared_card = side.shared_card
        channels.make_room = crowding.make_room
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
            await self._crowding.keep_room(threads)
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
        # Before it is: where nobody tells how this ends, it is looked at once more for nothing.
        self._shut.add(thread)
        try:
            async with asyncio.timeout(CHANGED_WITHIN):
                await self._rest.call("PATCH", "/channels/{channel_id}", change, channel_id=thread)
        except TimeoutError:
            raise OutcomeUnknown(f"no answer in {CHANGED_WITHIN:.0f} s") from None
        if not change["locked"]:
            self._shut.discard(thread)

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
        await self._messenger.take_back_rest(place, message)
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
