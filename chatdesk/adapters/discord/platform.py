"""The desk in Discord, put together: its client, its messenger, its ears, and its commands."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from chatdesk.adapters.discord.answering import Answering
from chatdesk.adapters.discord.belonging import Belonging
from chatdesk.adapters.discord.channels import Channels
from chatdesk.adapters.discord.clicks import Clicks
from chatdesk.adapters.discord.client import DiscordClient, keep_library_discreet, point_at
from chatdesk.adapters.discord.commands import commands, commands_path, hash_of
from chatdesk.adapters.discord.drafts import Drafts, Memory
from chatdesk.adapters.discord.ears import Ears
from chatdesk.adapters.discord.errors import UNKNOWN_MESSAGE, code_of
from chatdesk.adapters.discord.files import DiscordFiles
from chatdesk.adapters.discord.members import Members
from chatdesk.adapters.discord.messenger import DiscordMessenger
from chatdesk.adapters.discord.missed import Missed
from chatdesk.adapters.discord.modal import PLATFORM
from chatdesk.adapters.discord.reading import visitor_told
from chatdesk.adapters.discord.render import render_card
from chatdesk.adapters.discord.rest import Rest
from chatdesk.adapters.discord.resuming import Resuming
from chatdesk.adapters.discord.room import Room
from chatdesk.adapters.discord.shards import Shards
from chatdesk.adapters.discord.standing import ThreadSide
from chatdesk.adapters.discord.starts import Starts
from chatdesk.adapters.discord.submissions import Submissions
from chatdesk.adapters.discord.telling import DeskSide, Telling
from chatdesk.adapters.discord.threads import Threads
from chatdesk.adapters.discord.unread import Unread
from chatdesk.adapters.discord.uploads import Uploads
from chatdesk.adapters.discord.words import Words
from chatdesk.adapters.http.copies import FileDoor, FileSide, KeepFile
from chatdesk.ports import Place, PlatformError, StoreUnavailable
from chatdesk.ui.cards import Button, Buttons, Card, Line, Weight, button_id
from chatdesk.worker.sharing import Sharing

API_URL = "https://discord.com/api/v10/"
GATEWAY_URL = "wss://gateway.discord.gg/"

PREPARED_AGAIN = 60.0
"""Seconds until commands and panel are tried again that Discord did not take."""

LOOKED_EVERY = 600.0
"""Seconds until it is looked again whether the panel is there, with the words it should have."""

INTRODUCED_EVERY = 60.0
"""Seconds until it is looked again whom the policy names."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What opens Discord, and where the desk is there; ids are texts, empty where not set.

    `shards` is how many sessions the bot is heard through; 0 lets Discord say.
    """

    token: str
    guild: str = ""
    support_channel: str = ""
    shards: int = 0
    api_url: str = API_URL
    gateway_url: str = GATEWAY_URL


class DiscordPlatform:
    """Discord as one of the desk's platforms. Nothing is connected before it is needed."""

    def __init__(
        self,
        access: Access,
        desk: DeskSide,
        memory: Memory,
        keep_file: KeepFile,
        largest_file: Callable[[], int],
        sharing: Sharing,
        threads: ThreadSide,
    ) -> None:
        self._access = access
        self._memory = memory
        self._forums = threads.forums
        keep_library_discreet()
        point_at(access.api_url, access.gateway_url)
        rest = self._rest = Rest(DiscordClient(reads_content=False), access.token)
        channels = self._channels = Channels(rest, memory, access.support_channel)
        say_stays = partial(desk.say, "sources.file_stays", "")
        kept = FileSide(content=desk.content, stays=say_stays, stayed=desk.stayed)
        uploads = Uploads(rest, memory, kept)
        self.messenger = DiscordMessenger(rest, channels, memory, uploads)
        telling = self.telling = Telling(desk)
        theirs = DiscordFiles(access.api_url)
        drafts, files = Drafts(memory), FileDoor(theirs, keep_file, largest_file)
        answering = Answering(rest, drafts, telling)
        submissions = Submissions(telling, answering, drafts, files)
        resuming = Resuming(telling, drafts)
        clicks = Clicks(telling, answering, submissions, resuming, files, channels.aside)
        unread = Unread(memory, telling, answering)
        words = Words(rest, channels, telling, answering, files, unread)
        missed = Missed(rest, memory, self._guild, self._places)
        self.threads = Threads(rest, channels, self.messenger, threads, self._guild, self._places)
        self.members = Members(rest, channels.members, memory, desk, self._guild)
        telling.against = Belonging(self._homes, self.members.has_left).against
        telling.place, self.messenger.before_post = self.members.place, self.members.check
        starts = Starts(rest, sharing)
        self._room = Room(rest, self._guild, threads)
        self._ears = Ears(telling, clicks, words, missed, self.threads, starts)
        self._shards = Shards(access.token, sharing, starts, self._ears.session, access.shards)

    async def run(self) -> None:
        """Register the commands, show the panel, and hear what happens until cancelled."""
        beside = [
            asyncio.create_task(self._prepare(), name="discord commands"),
            asyncio.create_task(self._keep_introducing(), name="discord people"),
            asyncio.create_task(self._room.keep(), name="discord room"),
            asyncio.create_task(self.threads.keep(), name="discord threads"),
            asyncio.create_task(self.members.keep(), name="discord members"),
            asyncio.create_task(self._ears.keep_reading(), name="discord gaps"),
        ]
        try:
            await self._shards.hear()
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await self.telling.settle()
            await self._ears.note_heard()

    async def close(self) -> None:
        """Let go of all connections, once nobody speaks any more."""
        await self._rest.close()

    # --- once ---

    async def _prepare(self) -> None:
        while True:
            try:
                await self.register()
                await self._show_panel()
            except (PlatformError, StoreUnavailable) as problem:
                logger.warning("Discord was not told of the commands or the panel: %s", problem)
                await asyncio.sleep(PREPARED_AGAIN)
            else:
                await asyncio.sleep(LOOKED_EVERY)

    async def _keep_introducing(self) -> None:
        """Let the desk know whom its policy names, before they say a word: they are told things."""
        known: set[str] = set()
        while True:
            for user in sorted(self.telling.desk.named() - known):
                try:
                    told = await self._rest.get("/users/{user_id}", user_id=user)
                    person = visitor_told(told)
                    await self.telling.introduce(*([person] if person else []))
                except (PlatformError, StoreUnavailable) as problem:
                    logger.warning("somebody whom the policy names is not known: %s", problem)
                else:
                    known.add(user)
            await asyncio.sleep(INTRODUCED_EVERY)

    async def register(self) -> bool:
        """Register the commands if they have changed; tell whether they had.

        They are the application's and not a server's: those are not there in direct messages.
        """
        await self._rest.log_in()
        path, registered = commands_path(self._rest.application), commands()
        mark, now = f"discord:commands:{path}", hash_of(registered)
        if await asyncio.to_thread(self._memory.get, mark) == now:
            return False
        await self._rest.call("PUT", path, registered)
        await asyncio.to_thread(self._memory.set, mark, now)
        return True

    async def _show_panel(self) -> None:
        """Let a message in the support channel offer a new ticket, and be there once.

        One that somebody deleted comes anew, and one whose words were changed says the new ones.
        """
        support = self._access.support_channel
        if not support:
            return
        mark, card = f"discord:panel:{support}", self._panel()
        kept = await asyncio.to_thread(self._memory.get, mark)
        message, _, said = (kept or "").partition(" ")
        place, now = Place(platform=PLATFORM, place=support), hash_of(render_card(card))
        if not message or not await self._is_there(support, message):
            # Under the old key Discord would say for some minutes that it is there.
            key = f"{mark}:{message}" if message else mark
            found = await self.messenger.find(place, key)
            message = found or await self.messenger.post(place, card, key=key)
        elif said != now:
            await self.messenger.edit(place, message, card)
        if kept != f"{message} {now}":
            await asyncio.to_thread(self._memory.set, mark, f"{message} {now}")

    async def _is_there(self, channel: str, message: str) -> bool:
        path = "/channels/{channel_id}/messages/{message_id}"
        try:
            await self._rest.get(path, channel_id=channel, message_id=message)
        except PlatformError as problem:
            if code_of(problem) == UNKNOWN_MESSAGE:
                return False
            raise
        return True

    def _panel(self) -> Card:
        say = self.telling.desk.say
        text = say("discord.panel.text", "")
        label = say("discord.panel.button", "")
        button = Button(id=button_id("new"), label=label, weight=Weight.PRIMARY)
        return Card(fallback=text, elements=(Line(text=text), Buttons(buttons=(button,))))

    # --- where ---

    async def _guild(self) -> str:
        if self._access.guild:
            return self._access.guild
        place = next(iter(sorted(self._places())), "")
        told = await self._channels.look(place) if place else {}
        return str(told.get("guild_id") or "")

    async def _homes(self) -> frozenset[str]:
        """Return the desk's servers: the one that is named, else those of its channels."""
        if self._access.guild:
            return frozenset({self._access.guild})
        told = [await self._channels.look(one) for one in sorted(self._places())]
        return frozenset(str(one["guild_id"]) for one in told if one.get("guild_id"))

    def _places(self) -> frozenset[str]:
        support = self._access.support_channel
        return self._forums() | ({support} if support else frozenset())
