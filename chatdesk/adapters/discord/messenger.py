"""How the desk speaks in Discord.

A message carries its row's nonce, so that Discord itself keeps only one for some minutes, and a
number by which it is found after that. A card that fills several messages stands in the first of
them; the rest follow in the same conversation and belong to it.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TypeVar

from chatdesk.adapters.discord.channels import Channels, thread_name
from chatdesk.adapters.discord.drafts import Memory
from chatdesk.adapters.discord.errors import (
    NEW_THREADS,
    NO_DIRECT,
    OF_ONE_THREAD,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    code_of,
)
from chatdesk.adapters.discord.following import Following
from chatdesk.adapters.discord.marks import nonce_of, number_of, numbered
from chatdesk.adapters.discord.modal import PLATFORM
from chatdesk.adapters.discord.posting import Posting
from chatdesk.adapters.discord.render import render_card
from chatdesk.adapters.discord.rest import Rest
from chatdesk.adapters.discord.tagging import Tagging
from chatdesk.adapters.discord.texts import Json
from chatdesk.adapters.discord.uploads import Uploads
from chatdesk.ports import Place, PlaceGone, Placement, PlatformRefused, Transient
from chatdesk.ui.cards import Card

T = TypeVar("T")

NUMBERS_KNOWN = 10_000

_LANE = re.compile(r"ticket:(\d+):requester")


class DiscordMessenger:
    """Shows cards in Discord."""

    def __init__(
        self, rest: Rest, channels: Channels, memory: Memory, uploads: Uploads | None = None
    ) -> None:
        """Post through this; without `uploads` files are named on cards and not brought."""
        self._uploads = uploads
        self._channels = channels
        self._memory = memory
        self._posting = Posting(rest, channels)
        self._following = Following(self._posting, memory)
        self._numbers: OrderedDict[str, int] = OrderedDict()
        self._tags = Tagging(rest, channels)
        self.on_edited: Callable[[str, str], Awaitable[None]] | None = None
        """Told of every edit: the place, and the thread of its conversation."""
        self.on_deleted: Callable[[str, str], Awaitable[None]] | None = None
        """Told of a thread that is gone: the place and the thread; begins it anew if it can."""
        self.on_message_gone: Callable[[Place, str, Card], Awaitable[bool]] | None = None
        """Told of a message that somebody deleted and that is to show a card; shows it anew.

        False if it is none that the desk still needs.
        """
        self.before_post: Callable[[Place], Awaitable[None]] | None = None
        """Looks whether anybody is there to read what is said in a thread; PlaceGone if not."""
        self.shared_card: Callable[[], Card] | None = None
        """Says what the post is that tickets share where no more posts can be made."""

    @property
    def platform(self) -> str:
        """The platform's name, as in handles."""
        return PLATFORM

    async def open(self, placement: Placement) -> Place:
        """Return the queue's forum, a requester's private thread, or a direct conversation."""
        home = placement.queue_home.strip()
        if home:
            return Place(platform=PLATFORM, place=await self._channels.forum(home))
        user = _user(placement)
        ticket = _LANE.fullmatch(placement.lane)
        if ticket is None:
            return Place(platform=PLATFORM, place=await self._channels.direct(user))
        name = thread_name(placement.title, int(ticket[1]))
        channel, thread = await self._channels.conversation(placement.lane, name, user)
        return Place(platform=PLATFORM, place=channel, thread=thread)

    async def post(self, place: Place, card: Card, *, key: str) -> str:
        """Show a card as a new message and return its id."""
        is_own_thread = await self._channels.channel_of(place.place, place.thread) == place.thread
        if is_own_thread and self.before_post is not None:
            await self.before_post(place)
        return await self._in_a_living_thread(place, self._post(place, card, key))

    async def _post(self, place: Place, card: Card, key: str) -> str:
        first, *rest = render_card(card)
        number = number_of(key, is_one_of_many=bool(rest))
        files = card.files_to_bring if self._uploads else ()
        owed = f"discord:owed:{key}"
        if files:
            await asyncio.to_thread(self._memory.set, owed, "files")
        # Only a card to which more belongs can have arrived in part.
        message = await self._numbered(place, number, key) if rest or files else None
        if message is None:
            message = await self._first(place, numbered(first, number), card, key)
        self._know(message, number)
        if rest or await self._following.remembered(message):
            await self._follow(place, message, rest)
        if self._uploads is not None and files:
            await self._uploads.bring(await self._channel_of(place, message), message, files)
            await asyncio.to_thread(self._memory.set, owed, "")
        return message

    async def edit(self, place: Place, message: str, card: Card) -> None:
        """Replace a message's card; doing it twice is harmless. One that was deleted comes anew."""
        try:
            await self._in_a_living_thread(place, self._edit(place, message, card))
        except PlatformRefused as refused:
            if code_of(refused) != UNKNOWN_MESSAGE or self.on_message_gone is None:
                raise
            if not await self.on_message_gone(place, message, card):
                raise
        if self.on_edited is not None and place.thread:
            await self.on_edited(place.place, place.thread)

    async def _edit(self, place: Place, message: str, card: Card) -> None:
        first, *rest = render_card(card)
        channel = await self._channel_of(place, message)
        number = await self._number_of(channel, message)
        await self._posting.change(channel, message, numbered(first, number) if number else first)
        if rest or await self._following.remembered(message):
            await self._follow(place, message, rest)
        if self._uploads is not None and card.is_taken_back:
            await self._uploads.take_back(channel, message)
        if channel == (place.thread or message) and await self._channels.is_forum(place.place):
            await self._tags.follow(place.place, channel, card)

    async def find(self, place: Place, key: str) -> str | None:
        """Return the message posted with this key, if all that belongs to it is there."""
        if await asyncio.to_thread(self._memory.get, f"discord:owed:{key}"):
            return None
        return await self._in_a_living_thread(place, self._find(place, key))

    async def _find(self, place: Place, key: str) -> str | None:
        message = await self._numbered(place, number_of(key), key)
        if message is not None:
            return message
        message = await self._numbered(place, number_of(key, is_one_of_many=True), key)
        is_whole = message is not None and await self._following.remembered(message) is not None
        return message if is_whole else None

    async def _in_a_living_thread(self, place: Place, work: Awaitable[T]) -> T:
        """Do it; where the thread was deleted, let it be begun anew, and be tried there."""
        try:
            return await work
        except PlaceGone as gone:
            if gone.code in NO_DIRECT:
                await self._channels.aside.shut(place.place)
            if gone.code in OF_ONE_THREAD and place.thread:
                raise PlaceGone(str(gone), place=place.thread, code=gone.code) from gone
            if gone.code != UNKNOWN_CHANNEL or not place.thread or self.on_deleted is None:
                raise
        await self.on_deleted(place.place, place.thread)
        raise Transient("the conversation was deleted and is begun anew")

    # --- one message ---

    async def _first(self, place: Place, body: Json, card: Card, key: str) -> str:
        if place.thread or not await self._channels.is_forum(place.place):
            channel = await self._channels.channel_of(place.place, place.thread)
            return await self._posting.send(channel, body, nonce_of(key), root=place.thread)
        tags = await self._tags.wanted(place.place, card)
        name = thread_name(card.title or card.fallback)
        try:
            post = await self._channels.make_post(place.place, name, body, tags, key)
        except PlaceGone as gone:
            if gone.place != NEW_THREADS:
                raise
            return await self._among_others(place.place, body, key)
        self._tags.made(post, tags)
        return post

    async def prepare(self, forum: str) -> str:
        """Return the post that tickets share while a forum can have no more, made if need be."""
        card = self.shared_card() if self.shared_card else Card(fallback="…")
        name = thread_name(card.title or card.fallback)
        return await self._channels.shared_post(forum, name, render_card(card)[0])

    async def _among_others(self, forum: str, body: Json, key: str) -> str:
        """Begin a conversation in the post that is shared by those which have none of their own."""
        shared = await self.prepare(forum)
        try:
            message = await self._posting.send(shared, body, nonce_of(key))
        except PlaceGone as gone:
            if gone.code == UNKNOWN_CHANNEL:
                await self._channels.aside.share(forum, "")
                raise Transient("the post that tickets share was deleted") from gone
            raise
        await self._channels.aside.begins(message, shared)
        await self._channels.crowded()
        return message

    async def _channel_of(self, place: Place, message: str) -> str:
        """Return the channel of a message: the first one of a post is in the post."""
        return await self._channels.channel_of(place.place, await self._root(place, message))

    async def _root(self, place: Place, message: str) -> str:
        """Return the thread of a message's conversation; empty where there are none."""
        if place.thread:
            return place.thread
        return message if await self._channels.is_forum(place.place) else ""

    async def _follow(self, place: Place, message: str, rest: list[Json]) -> None:
        """Let exactly these messages belong to a first one."""
        root = await self._root(place, message)
        channel = await self._channels.channel_of(place.place, root)
        await self._following.follow(channel, root, message, rest)

    async def take_back_rest(self, place: Place, message: str) -> None:
        """Remove what belonged to a message that is gone."""
        if await self._following.remembered(message):
            await self._follow(place, message, [])

    # --- finding it again ---

    async def _numbered(self, place: Place, number: int, key: str) -> str | None:
        if place.thread or not await self._channels.is_forum(place.place):
            channel = await self._channels.channel_of(place.place, place.thread)
            return await self._posting.numbered(channel, number)
        for post in await self._channels.post_tried(place.place, key):
            if await self._number_of(post, post) == number:
                return post
        return await self._seen_among_others(place.place, number)

    async def _seen_among_others(self, forum: str, number: int) -> str | None:
        shared = await self._channels.aside.shared(forum)
        try:
            message = await self._posting.numbered(shared, number) if shared else None
        except PlaceGone as gone:
            if gone.code != UNKNOWN_CHANNEL:
                raise
            await self._channels.aside.share(forum, "")
            return None
        if message is not None:
            await self._channels.aside.begins(message, shared)
        return message

    async def _number_of(self, channel: str, message: str) -> int:
        """Return the number that a message carries, as remembered or as Discord shows it."""
        if message not in self._numbers:
            self._know(message, await self._posting.number_of(channel, message))
        return self._numbers[message]

    def _know(self, message: str, number: int) -> None:
        self._numbers[message] = number
        while len(self._numbers) > NUMBERS_KNOWN:
            self._numbers.popitem(last=False)


def _user(placement: Placement) -> str:
    for handle in placement.handles:
        platform, _, person = handle.partition(":")
        if platform == PLATFORM and person.isdigit():
            return person
    raise PlaceGone(f"{placement.lane} has no forum and nobody in Discord")
