"""Hears Discord: hands what a session tells to whoever deals with it.

The library reconnects and resumes by itself. What it could not be told meanwhile is read from the
channels afterwards.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from typing import Any
from weakref import WeakValueDictionary

import discord

from chatdesk.adapters.discord.clicks import Clicks
from chatdesk.adapters.discord.client import DiscordClient
from chatdesk.adapters.discord.heard import DIRECT
from chatdesk.adapters.discord.missed import Missed
from chatdesk.adapters.discord.shards import Shard
from chatdesk.adapters.discord.starts import Starts
from chatdesk.adapters.discord.telling import Telling
from chatdesk.adapters.discord.threads import Threads
from chatdesk.adapters.discord.words import Words

logger = logging.getLogger(__name__)


class Ears:
    """Listens through as many sessions as there are."""

    def __init__(
        self,
        telling: Telling,
        clicks: Clicks,
        words: Words,
        missed: Missed,
        threads: Threads,
        starts: Starts,
    ) -> None:
        self._telling = telling
        self._clicks = clicks
        self._words = words
        self._missed = missed
        self._threads = threads
        self._starts = starts
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        # What is told of a conversation meanwhile is newer than what is read there.
        missed.look_again = lambda channel: self._in_turn(int(channel), words.look_again(channel))

    def session(self, shard: Shard) -> DiscordClient:
        """Return a client that hears a shard once it is started."""
        reads_content = self._words.reads_content = shard.reads_content
        return _Hearing(self, reads_content=reads_content, shard=shard.number, of=shard.of)

    async def turn(self, shard: int) -> None:
        """Wait until a shard's session may begin anew."""
        await self._starts.turn(shard)

    # --- what is heard ---

    async def _in_turn(self, channel: int, work: Awaitable[None]) -> None:
        """Do one thing after the other in each channel: a file takes longer than the next word."""
        turn = self._turns.setdefault(channel, asyncio.Lock())
        async with turn:
            await work

    def _follow(self, work: Awaitable[None]) -> None:
        self._telling.behind(work)

    def interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Take an interaction."""
        self._follow(self._clicks.interaction(interaction))

    def message(self, message: discord.Message) -> None:
        """Take a message."""
        server = str(message.guild.id) if message.guild else DIRECT
        heard = self._missed.seen(server, message.id, lambda: self._words.heard(message))
        self._follow(self._in_turn(message.channel.id, heard))

    def edited(self, event: discord.RawMessageUpdateEvent) -> None:
        """Take an edit."""
        self._follow(self._in_turn(event.channel_id, self._words.edited(event)))

    def deleted(self, channel: int, messages: set[int]) -> None:
        """Take deletions."""
        for message in sorted(messages):
            gone = self._words.deleted(str(channel), str(message))
            self._follow(self._in_turn(channel, gone))
            self._follow(self._threads.message_deleted(str(channel), str(message)))

    def reacted(self, event: discord.RawReactionActionEvent) -> None:
        """Take a reaction."""
        self._follow(self._words.reacted(event))

    def thread_changed(self, thread: Mapping[str, Any]) -> None:
        """Take what became of a thread."""
        self._follow(self._threads.changed(thread))

    def thread_deleted(self, event: discord.RawThreadDeleteEvent) -> None:
        """Take the end of a thread."""
        self._follow(self._threads.thread_deleted(str(event.parent_id), str(event.thread_id)))

    def channel_deleted(self, channel: int) -> None:
        """Take the end of a channel."""
        self._follow(self._threads.channel_deleted(str(channel)))

    def thrown_out(self) -> None:
        """Take the bot's own end on its server."""
        self._follow(self._threads.thrown_out())

    def connected(self, *, is_anew: bool) -> None:
        """Read what was missed."""
        if is_anew:
            self._follow(self._note_reads())
        self._follow(self._missed.read_up(self._words.read, is_anew=is_anew))

    async def _note_reads(self) -> None:
        """Let receipts say what to do where plain words are not read."""
        reads = self._telling.desk.reads
        await asyncio.to_thread(reads, plain_words=self._words.reads_content)

    async def keep_reading(self) -> None:
        """Read again what could not be read, until cancelled."""
        await self._missed.keep(self._words.read)

    async def note_heard(self) -> None:
        """Note how far was heard, once nothing is in work any more."""
        await self._missed.note()


class _Hearing(DiscordClient):
    """One connection. The names of its methods are the library's."""

    def __init__(self, ears: Ears, *, reads_content: bool, shard: int = 0, of: int = 1) -> None:
        super().__init__(reads_content=reads_content, shard=shard, of=of)
        self._ears = ears

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait for the next turn; for the first one the client was not started before it."""
        if not initial:
            await self._ears.turn(shard_id or 0)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Hear of an interaction."""
        self._ears.interaction(interaction)

    async def on_message(self, message: discord.Message) -> None:
        """Hear of a message."""
        self._ears.message(message)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Hear of an edit."""
        self._ears.edited(payload)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Hear of a deletion."""
        self._ears.deleted(payload.channel_id, {payload.message_id})

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Hear of many deletions."""
        self._ears.deleted(payload.channel_id, payload.message_ids)

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        """Hear of a reaction."""
        self._ears.reacted(payload)

    async def on_raw_thread_update(self, payload: discord.RawThreadUpdateEvent) -> None:
        """Hear that a thread was changed."""
        self._ears.thread_changed(dict(payload.data))

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Hear that a thread was deleted."""
        self._ears.thread_deleted(payload)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Hear that a channel was deleted."""
        self._ears.channel_deleted(channel.id)

    async def on_guild_remove(self, _: discord.Guild) -> None:
        """Hear that the bot was removed from its server."""
        self._ears.thrown_out()

    async def on_connect(self) -> None:
        """Hear that a session has begun."""
        self.hears(is_so=True)
        self._ears.connected(is_anew=True)

    async def on_resumed(self) -> None:
        """Hear that a session goes on."""
        self.hears(is_so=True)
        self._ears.connected(is_anew=False)

    async def on_disconnect(self) -> None:
        """Hear that a connection broke, or could not be made."""
        self.hears(is_so=False)

    async def on_error(self, event_method: str, /, *_: Any, **__: Any) -> None:
        """Log where it went wrong, without what people wrote."""
        logger.error("hearing %s failed", event_method)
