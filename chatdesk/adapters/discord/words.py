"""Words said in threads and direct messages, with their edits, deletions, files and reactions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import discord

from chatdesk.adapters.discord.answering import Answering
from chatdesk.adapters.discord.channels import THREADS, Channels
from chatdesk.adapters.discord.errors import NO_DIRECT
from chatdesk.adapters.discord.reading import (
    DESK_NAME,
    SAID,
    answered_in,
    files_in,
    is_blank,
    is_said,
    plain_text,
    roles_of,
    text_in,
    told_of,
    visitor,
    visitor_told,
    where,
)
from chatdesk.adapters.discord.rereading import Rereading
from chatdesk.adapters.discord.rest import Rest
from chatdesk.adapters.discord.telling import NOT_SAVED, Spot, Telling, excused, sentence
from chatdesk.adapters.discord.texts import link_to
from chatdesk.adapters.discord.unread import Unread
from chatdesk.adapters.http.copies import FileDoor
from chatdesk.ports import StoreUnavailable
from chatdesk.ui.cards import button_id
from chatdesk.ui.exchange import Answer, Edited, Removed, Said, Submitted, Visitor
from chatdesk.ui.forms import Values

TICKET_EMOJI = "🎫"
"""Put on a message, it offers a ticket about that message to whoever put it there."""

SUMMARY_LENGTH = 120

Payload = Mapping[str, Any]


class Words:
    """Hears messages."""

    def __init__(
        self,
        rest: Rest,
        channels: Channels,
        telling: Telling,
        answering: Answering,
        files: FileDoor,
        unread: Unread,
    ) -> None:
        self._rest = rest
        self._channels = channels
        self._telling = telling
        self._answering = answering
        self._files = files
        self._unread = unread
        desk = telling.desk
        self._rereading = Rereading(rest, channels, desk, unread, self._take_edit, self.deleted)
        self.reads_content = True
        """Whether sessions are told what people write; False where the intent is off."""

    async def heard(self, message: discord.Message) -> None:
        """Take a message as the gateway tells it.

        StoreUnavailable is raised after it was said that the message will be read again.
        """
        by = visitor(message.author)
        if by is None or message.webhook_id is not None or message.type not in SAID:
            return
        try:
            await self._hear(message, by)
        except StoreUnavailable:
            if self._is_surely_to_desk(message):
                text = self._telling.desk.say("discord.forms.later", by.locale)
                await self._answering.post(sentence(text), str(message.channel.id))
            raise

    def _is_surely_to_desk(self, message: discord.Message) -> bool:
        """Tell whether words are the desk's as far as Discord alone knows, and it can read them."""
        channel = message.channel
        is_ours = isinstance(channel, discord.Thread) and str(channel.owner_id) == self._rest.me
        is_named = self._rest.me in {str(one.id) for one in message.mentions}
        is_read = self.reads_content or not is_blank(told_of(message))
        return message.guild is None or is_named or (is_ours and is_read)

    async def _hear(self, message: discord.Message, by: Visitor) -> None:
        spot = await self._spot(message, by, roles_of(message.author))
        people = {str(one.id): one.display_name for one in message.mentions}
        told = told_of(message)
        if spot.is_direct:
            await self._channels.aside.meet(spot.user, spot.channel)
        is_to_desk = spot.is_direct or self._rest.me in people
        for one in message.mentions:
            named = visitor(one)
            if named is not None and is_to_desk:
                await self._telling.introduce(named)
        text = plain_text(text_in(told), people, self._rest.me)
        spot = await self._rooted(spot, str(message.id), answered_in(told))
        await self._said(spot, str(message.id), text, files_in(told), is_to_desk=is_to_desk)

    async def read(self, message: Payload, channel: str) -> None:
        """Take a message as it stands in a channel's history: one that was missed."""
        by = visitor_told(message.get("author") or {})
        if by is None or message.get("webhook_id") or not is_said(message):
            return
        place, thread = await self._where(channel)
        is_direct = not (await self._channels.look(channel)).get("guild_id")
        spot = Spot(by=by, channel=channel, place=place, thread=thread, is_direct=is_direct)
        told = message.get("mentions") or ()
        people = {str(one["id"]): str(one.get("username")) for one in told}
        text = plain_text(text_in(message), people, self._rest.me)
        spot = await self._rooted(spot, str(message["id"]), answered_in(message))
        files = files_in(message)
        is_to_desk = is_direct or self._rest.me in people
        await self._said(spot, str(message["id"]), text, files, is_to_desk=is_to_desk)

    async def _said(
        self, spot: Spot, message: str, text: str, files: list[Any], *, is_to_desk: bool
    ) -> None:
        if not (is_to_desk or await self._is_ours(spot)):
            return
        if not (text.strip() or files):
            if not (is_to_desk or self.reads_content):
                await self._unread.said(spot, message)
            return
        if spot.is_direct and not spot.thread and await self._may_mean_several(spot, text):
            await self._answering.post(sentence(self._text("which", spot)), spot.channel)
            return
        refusal = await self._telling.refusal(spot)
        if refusal is not None:
            await self._answer(refusal, spot)
            return
        await self._telling.introduce(spot.by)
        fetched = await self._files.fetch(files, spot.by.handle)
        whole = "\n".join(part for part in (text, *fetched.left) if part)
        said = Said(
            text=whole,
            message=message,
            files=fetched.attachments,
            left=fetched.names,
            is_direct=spot.is_direct,
        )
        answer = await excused(self._telling.tell(f"message:{message}", spot, said))
        await self._answer(answer, spot)

    async def _answer(self, answer: Answer, spot: Spot) -> None:
        if answer.form is not None:
            await self._answering.offer(answer.form, spot)
        elif answer.card is not None:
            await self._answering.post(answer.card, spot.channel)

    async def edited(self, event: discord.RawMessageUpdateEvent) -> None:
        """Take an edit. Discord also tells so when it adds a preview: then nobody edited."""
        await self._take_edit(str(event.channel_id), dict(event.data))

    async def look_again(self, channel: str) -> None:
        """Take the edits and deletions in a channel of which nobody told."""
        await self._rereading.look(channel)

    async def _take_edit(self, channel: str, told: Payload) -> None:
        by = visitor_told(told.get("author") or {})
        stamp = str(told.get("edited_timestamp") or "")
        if by is None or not stamp or "content" not in told:
            return
        message = str(told["id"])
        place, thread = await self._where(channel)
        thread = await self._channels.aside.root_of(message) or thread
        spot = Spot(by=by, channel=channel, place=place, thread=thread)
        if not await self._is_ours(spot):
            return
        if is_blank(told) and not (self.reads_content and told.get("sticker_items")):
            # Without the intent Discord tells of an edit, but not what it says now.
            if await asyncio.to_thread(self._telling.desk.author, place, thread, message):
                await self._unread.changed(spot, message)
            return
        if await self._unread.is_known(spot, message):
            await self._hear_now(spot, message, told)
            return
        people = {str(one["id"]): str(one.get("username")) for one in told.get("mentions") or ()}
        text = plain_text(str(told["content"]), people, self._rest.me)
        done = Edited(message=message, text=text)
        key = f"edit:{message}:{stamp}"
        await self._answer(await self._telling.guarded(key, spot, done), spot)

    async def _hear_now(self, spot: Spot, message: str, told: Payload) -> None:
        """Take a message that could not be read before the mention that was added to it."""
        try:
            await self.read(told, spot.channel)
            await self._unread.is_heard(spot, message)
        except StoreUnavailable:
            await self._answer(Answer(card=sentence(NOT_SAVED)), spot)

    async def deleted(self, channel: str, message: str) -> None:
        """Take a deletion. Discord does not tell whose it was: the desk knows whose words it took.

        Whoever deleted it, the author or who keeps order there, it is gone for everybody.
        """
        place, thread = await self._where(channel)
        thread = await self._channels.aside.root_of(message) or thread
        author = await asyncio.to_thread(self._telling.desk.author, place, thread, message)
        if author is not None:
            spot = Spot(by=author, channel=channel, place=place, thread=thread)
            await self._telling.guarded(f"delete:{message}", spot, Removed(message=message))

    async def reacted(self, event: discord.RawReactionActionEvent) -> None:
        """Offer a ticket about a message to whoever put the ticket emoji on it, directly."""
        by = visitor(event.member) if event.member is not None else None
        if by is None or str(event.emoji) != TICKET_EMOJI:
            return
        message = await self._rest.get(
            "/channels/{channel_id}/messages/{message_id}",
            channel_id=str(event.channel_id),
            message_id=str(event.message_id),
        )
        text = plain_text(text_in(message), {}, self._rest.me)
        direct = await self._channels.direct(str(event.user_id))
        spot = Spot(by=by, channel=direct, place=direct, is_direct=True)
        summary = (text.strip().splitlines() or [""])[0][:SUMMARY_LENGTH]
        link = link_to(str(event.guild_id or ""), str(event.channel_id), str(event.message_id))
        values: Values = {"summary": summary, "details": f"{text}\n{link}".strip()}
        done = Submitted(id=button_id("new"), values=values, is_refresh=True)
        key = f"reaction:{event.message_id}:{event.user_id}"
        answer = await self._telling.guarded(key, spot, done)
        if answer.form is None:
            await self._answer(answer, spot)
        elif await self._answering.offer(answer.form, spot) in NO_DIRECT:
            there = replace(spot, channel=str(event.channel_id))
            await self._answering.invite(there, str(event.message_id))

    # --- where ---

    async def _spot(self, message: discord.Message, by: Any, roles: frozenset[str] | None) -> Spot:
        channel = str(message.channel.id)
        is_direct = message.guild is None
        place, thread = where(message.channel, channel)
        if isinstance(message.channel, discord.PartialMessageable) and not is_direct:
            place, thread = await self._where(channel)
        spot = Spot(by=by, channel=channel, place=place, thread=thread, is_direct=is_direct)
        return replace(spot, guild=str(message.guild.id) if message.guild else "", roles=roles)

    async def _rooted(self, spot: Spot, message: str, answered: str) -> Spot:
        """Return where words belong: an answer to one of our messages speaks in its conversation.

        In direct messages with a single conversation in them all words belong to that.
        """
        root = ""
        if answered and (spot.is_direct or not await self._is_ours(spot)):
            root = await self._channels.aside.root_of(answered) or answered
        elif spot.is_direct:
            roots = await asyncio.to_thread(self._telling.desk.aside, spot.place)
            root = roots[0] if len(roots) == 1 else ""
        if not root:
            return spot
        found = replace(spot, thread=root)
        if await self._is_ours(found):
            await self._channels.aside.belongs(message, root)
            return found
        return found if spot.is_direct else spot

    async def _may_mean_several(self, spot: Spot, text: str) -> bool:
        """Tell whether words could belong to several conversations, and are no command."""
        if text.lstrip().startswith(("!", DESK_NAME)):
            return False
        return len(await asyncio.to_thread(self._telling.desk.aside, spot.place)) > 1

    def _text(self, name: str, spot: Spot) -> str:
        return self._telling.desk.say(f"discord.aside.{name}", spot.by.locale)

    async def _where(self, channel: str) -> tuple[str, str]:
        told = await self._channels.look(channel)
        if told.get("type") in THREADS:
            return str(told.get("parent_id")), channel
        return channel, ""

    async def _is_ours(self, spot: Spot) -> bool:
        return await asyncio.to_thread(self._telling.desk.concerns, spot.place, spot.thread)
