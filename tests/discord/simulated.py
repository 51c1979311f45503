"""A Discord of another project, simcord, between whose people and the desk is the real library.

Every client that the desk makes speaks to it, and the one that is to hear is told what happens. It
has one gateway session that never breaks, and answers every call at once and once: neither nonces
nor rate limits, no refused direct messages, no locks on threads, no files to fetch. What becomes of
those is told where our own server can fail.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord
from discord.http import Route
from simcord.backend import serializers
from simcord.backend.models import Message
from simcord.http import FakeHTTPClient

from chatdesk.adapters.discord.platform import API_URL, GATEWAY_URL
from tests.discord.filling import fill
from tests.discord.interacting import ANSWERED_WITHIN, KINDS
from tests.discord.loopback import Served
from tests.discord.pressing import control
from tests.discord.reference import V2, Reference
from tests.discord.world import FORUM, Json

PERSON, FILES = 5, 19
"""Kinds of fields in forms of which simcord wants things, not their ids."""

SLASH = 1


class Speaking(FakeHTTPClient):
    """What a client speaks through. How many sessions there may be simcord does not tell: one."""

    async def request(self, route: Route, **given: Any) -> Any:
        """Call this Discord."""
        if (route.method, route.path) != ("GET", "/gateway/bot"):
            return await super().request(route, **given)
        limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
        return {"url": GATEWAY_URL, "shards": 1, "session_start_limit": limit}


class SimulatedDiscord:
    """One simulated server, as `tests.discord.server` has it."""

    def __init__(self, specs: Path, *, may_read_content: bool = True) -> None:
        nobody = discord.Client(intents=discord.Intents(guilds=True))
        approved = discord.Intents.all()
        approved.message_content = self._may_read_content = may_read_content
        self.env = simcord.Env(nobody, settle_timeout=ANSWERED_WITHIN, approved_intents=approved)
        self._backend: Any = self.env.backend
        self._guild = self.env.create_guild("Northwind")
        self._reference = Reference(specs)
        self._people: dict[str, simcord.MemberActor] = {}
        self._forms: dict[str, tuple[simcord.MemberActor | simcord.UserHandle, Any]] = {}
        self._hears = asyncio.Event()
        begin_posts_as_discord_does(self._backend)

    @property
    def bot(self) -> str:
        """Return who the desk is."""
        return str(self._backend.bot_user.id)

    @property
    def complaints(self) -> list[str]:
        """Return what was wrong with all that was ever sent."""
        sent = [one for one in self.env.http_requests if one.json is not None]
        assert sent, "nothing was sent"
        problems = self._reference.problems
        return [problem for one in sent for problem in problems(one.method, one.path, one.json)]

    # --- running ---

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Served]:
        """Let every client of the library be one of this Discord's, until the story is over."""

        def speaking(loop: asyncio.AbstractEventLoop, *_: Any, **__: Any) -> Speaking:
            return Speaking(self._backend, loop, message_content_access=self._may_read_content)

        async def connect(client: discord.Client, **_: Any) -> None:
            await self._let_hear(client)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("discord.client.HTTPClient", speaking)
            patch.setattr(discord.Client, "connect", connect)
            try:
                yield Served(API_URL, GATEWAY_URL)
            finally:
                await self.env.shutdown()
        self.env.raise_errors()

    async def _let_hear(self, client: discord.Client) -> None:
        assert not self._hears.is_set(), "this Discord has one session, and somebody has it"
        self.env.bot = client
        await self.env.start()
        self._hears.set()
        await asyncio.Event().wait()

    async def connected(self) -> None:
        """Wait until the desk hears, and give its commands to everybody, as an admin can."""
        desk = None
        async with asyncio.timeout(ANSWERED_WITHIN):
            await self._hears.wait()
            while desk is None:
                await asyncio.sleep(0.003)
                desk = self._backend.find_command("desk", self._guild.id, type=SLASH)
        self._guild.set_command_permissions(int(desk["id"]), {self._guild.default_role: True})

    async def settled(self) -> None:
        """Wait until everything that happened has been heard."""
        await self.env.settle()

    # --- who and what is there ---

    def user(self, name: str) -> str:
        """Let somebody be there."""
        made = self.env.create_user(name.lower(), global_name=name)
        self._people[str(made.id)] = self._guild.add_member(made)
        return str(made.id)

    def text_channel(self, name: str) -> str:
        """Make a text channel."""
        return str(self._guild.create_text_channel(name).id)

    def forum(self, name: str) -> str:
        """Make a forum."""
        return str(self._guild.create_forum_channel(name).id)

    def direct(self, user: str) -> str:
        """Return somebody's direct messages with the desk."""
        return str(self._people[user].user.dm_channel.id)

    def posts(self, forum: str) -> list[Json]:
        """Return the threads and posts of a channel, oldest first."""
        threads = simcord.ChannelHandle(self.env, self._guild, self._place(forum)).threads
        found = [_told(serializers.thread_payload(self._backend, one._channel)) for one in threads]
        return sorted(found, key=lambda one: int(one["id"]))

    def members_of(self, thread: str) -> set[str]:
        """Return who is in a thread."""
        return {str(user) for user in self._place(thread).thread_members}

    def messages(self, channel: str) -> list[Json]:
        """Return what everybody reads in a channel, oldest first."""
        stored = self._backend.messages.get(int(channel), {}).values()
        return self._shown(one for one in stored if not one.is_ephemeral)

    def message(self, channel: str, message: str) -> Json:
        """Return one message."""
        found = self._backend.get_message(int(channel), int(message))
        return _told(serializers.message_payload(self._backend, found))

    def everything_shown(self) -> list[Json]:
        """Return every message there is, those for one person alone included."""
        return self._shown(self._everything())

    def showed(self, channel: str, components: Sequence[Json]) -> Json:
        """Let the desk have shown this long ago."""
        made = self._backend.create_message(
            int(channel), int(self.bot), components=list(components), flags=V2
        )
        return self.message(channel, str(made.id))

    def _everything(self) -> Iterable[Message]:
        for place in self._backend.messages.values():
            # What Discord itself says about what people do is nobody's.
            yield from (one for one in place.values() if one.system_metadata is None)

    def _shown(self, stored: Iterable[Message]) -> list[Json]:
        found = sorted(stored, key=lambda one: one.id)
        return [_told(serializers.message_payload(self._backend, one)) for one in found]

    def _place(self, channel: str) -> Any:
        return self._backend.get_channel(int(channel))

    # --- what somebody alone is shown ---

    def seen_by(self, user: str) -> list[Json]:
        """Return what this person alone was shown, oldest first."""
        whispered = (one for one in self._everything() if one.is_ephemeral)
        return self._shown(one for one in whispered if one.visible_to(int(user)))

    def has_form(self, user: str) -> bool:
        """Tell whether somebody has a form open."""
        return user in self._forms

    def form_of(self, user: str) -> Json:
        """Return the form that somebody has open."""
        assert user in self._forms, "no form is open"
        return _told(self._forms[user][1].modal)

    # --- what people do ---

    async def says(self, user: str, channel: str, text: str, *, answers: str = "") -> None:
        """Let somebody say something, perhaps in answer to a message."""
        actor = self._actor(user, channel)
        if isinstance(actor, simcord.UserHandle):
            told = {"channel_id": channel, "message_id": answers} if answers else None
            await actor.send_dm(text, reference=told)
            return
        answered = self._handle(self.message(channel, answers)) if answers else None
        await actor.send(self._channel(channel), text, reply_to=answered)

    async def edits(self, message: Json, text: str) -> None:
        """Let the author change what they said."""
        actor = self._actor(message["author"]["id"], message["channel_id"])
        await actor.edit(self._handle(message), text)

    async def deletes(self, message: Json) -> None:
        """Let the author take back what they said."""
        actor = self._actor(message["author"]["id"], message["channel_id"])
        await actor.delete(self._handle(message))

    async def calls_command(
        self, user: str, channel: str, name: str, sub: str, **options: Any
    ) -> None:
        """Let somebody give a command."""
        actor, called = self._actor(user, channel), f"{name} {sub}"
        given = {
            option: self._people[value] if KINDS[option] == 6 else value
            for option, value in options.items()
        }
        if isinstance(actor, simcord.UserHandle):
            self._asked(user, actor, await actor.slash(called, **given))
        else:
            told = await actor.slash(self._channel(channel), called, **given)
            self._asked(user, actor, told)

    async def clicks(self, user: str, message: Json, label: str) -> None:
        """Let somebody click a button, or choose from a menu, of a message."""
        actor = self._actor(user, message["channel_id"])
        found, value = control(message["components"], label)
        named = {"custom_id": found["custom_id"]}
        if value is None:
            told = await actor.click(self._handle(message), **named)
        else:
            told = await actor.select(self._handle(message), [value], **named)
        self._asked(user, actor, told)

    async def submits(
        self, user: str, typed: Mapping[str, str | Sequence[str]] | None = None
    ) -> None:
        """Let somebody send the form they have open."""
        given = fill(self.form_of(user), typed)["components"]
        actor, shown = self._forms.pop(user)
        fields = [one["component"] for one in given if "component" in one]
        values = {one["custom_id"]: self._filled(one) for one in fields}
        left_out = {name for name, value in values.items() if value in (None, [])}
        told = await actor.submit_modal(
            shown, {name: values[name] for name in values if name not in left_out}
        )
        self._asked(user, actor, told)

    def _filled(self, given: Json) -> Any:
        if given["type"] == PERSON:
            return [self._people[one] for one in given["values"]]
        return given["values"] if "values" in given else given["value"]

    def _asked(self, user: str, actor: simcord.MemberActor | simcord.UserHandle, told: Any) -> None:
        assert told.acknowledged, "the desk gave no answer"
        if told.modal is not None:
            self._forms[user] = actor, told

    def _actor(self, user: str, channel: str) -> simcord.MemberActor | simcord.UserHandle:
        """Return somebody as they are there: a member of the server, or one who writes directly."""
        member = self._people[user]
        return member if self._place(channel).guild_id else member.user

    def _channel(self, channel: str) -> simcord.ChannelHandle:
        return simcord.ChannelHandle(self.env, self._guild, self._place(channel))

    def _handle(self, message: Json) -> simcord.ResponseMessage:
        found = self._backend.get_message(int(message["channel_id"]), int(message["id"]))
        return simcord.ResponseMessage(self.env, found)


def begin_posts_as_discord_does(backend: Any) -> None:
    """Let the first message of a forum's post have the post's own id."""
    commit = backend.commit_message

    def committed(message: Message, **options: Any) -> Message:
        channel = backend.get_channel(message.channel_id)
        parent = backend.channels.get(channel.parent_id) if channel.parent_id else None
        if parent is not None and parent.type == FORUM and not backend.messages[channel.id]:
            message.id = channel.id
        told: Message = commit(message, **options)
        return told

    backend.commit_message = committed


def _told(payload: Any) -> Json:
    return dict(payload)
