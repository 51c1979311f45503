"""Discord's gateway over a world: sessions that are identified, resumed, replayed and dropped.

The world's server is on one of a bot's shards, by its id; direct messages are on the first.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.discord.rest_api import TOKEN
from tests.discord.world import DIRECT, FORUM, THREADS, World

Json = dict[str, Any]

DISPATCH, HEARTBEAT, IDENTIFY, RESUME = 0, 1, 2, 6
RECONNECT, INVALID, HELLO, ACK = 7, 9, 10, 11
GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES, CONTENT = 1 << 0, 1 << 9, 1 << 12, 1 << 15
SAYING = frozenset({"MESSAGE_CREATE", "MESSAGE_UPDATE"})
HEARD_AFTER = 30
"""Turns of the event loop until what lies in a socket has been read and handed over."""

BAD_TOKEN, NOT_ALLOWED = 4004, 4014


@dataclass(slots=True)
class Session:
    """One session: what it was told, and the socket it is told through, if there is one."""

    id: str
    intents: int
    shard: list[int]
    told: list[Json] = field(default_factory=list)
    socket: web.WebSocketResponse | None = None
    sent: int = 0

    def missing_after(self, sequence: int) -> list[Json]:
        """Return what was told after that."""
        return [one for one in self.told if one["s"] > sequence]

    def hears(self, guild: str) -> bool:
        """Tell whether it is told what happens on a server; an empty id stands for none."""
        number, of = self.shard
        return (int(guild or 0) >> 22) % of == number


class Gateway:
    """Tells sessions what happens in the world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.identified = asyncio.Event()
        self.resumed = 0
        self.forgets_sessions = False
        self.shards = 1
        self.at_once = 1
        self.remaining = 1000
        self.reset_after = 0.0
        self.doubled = 0
        self.is_away = False
        self._sending: set[asyncio.Task[None]] = set()
        world.tell = self.dispatch
        world.starts = self.starts

    def starts(self) -> Json:
        """Return how many sessions a bot is told to begin, and how many it may."""
        limit = {"total": 1000, "remaining": self.remaining, "max_concurrency": self.at_once}
        limit["reset_after"] = int(self.reset_after * 1000)
        return {"shards": self.shards, "session_start_limit": limit}

    def of(self, shard: int) -> list[Session]:
        """Return the sessions of a shard that are connected."""
        found = [one for one in self.sessions.values() if one.shard[0] == shard]
        return [one for one in found if one.socket is not None and not one.socket.closed]

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection."""
        if self.is_away:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": HELLO, "d": {"heartbeat_interval": 41250}, "s": None})
        session: Session | None = None
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            told = json.loads(message.data)
            if told["op"] == HEARTBEAT:
                await socket.send_json({"op": ACK, "d": None, "s": None})
            elif told["op"] == IDENTIFY:
                session = await self._identify(socket, told["d"])
            elif told["op"] == RESUME:
                session = await self._resume(socket, told["d"])
        if session is not None and session.socket is socket:
            session.socket = None
        return socket

    async def _identify(self, socket: web.WebSocketResponse, asked: Json) -> Session | None:
        if asked["token"] != TOKEN:
            await socket.close(code=BAD_TOKEN)
            return None
        if asked["intents"] & CONTENT and not self.world.may_read_content:
            await socket.close(code=NOT_ALLOWED)
            return None
        shard = asked.get("shard") or [0, 1]
        self.doubled += bool(self.of(shard[0]))
        self.remaining -= 1
        session = Session(id=self.world.new_id(), intents=asked["intents"], shard=shard)
        self.sessions[session.id] = session
        self._tell(session, "READY", self._ready(session))
        if session.hears(self.world.guild):
            self._tell(session, "GUILD_CREATE", self._guild())
        session.socket = socket
        await self._send(session, session.told)
        self.identified.set()
        return session

    async def _resume(self, socket: web.WebSocketResponse, asked: Json) -> Session | None:
        session = self.sessions.get(asked["session_id"])
        if session is None or self.forgets_sessions:
            self.forgets_sessions = False
            await socket.send_json({"op": INVALID, "d": False, "s": None})
            return None
        session.socket = socket
        await self._send(session, session.missing_after(asked["seq"]))
        self._tell(session, "RESUMED", {})
        await self._send(session, session.told[-1:])
        self.resumed += 1
        return session

    async def _send(self, session: Session, events: list[Json]) -> None:
        for event in events:
            if session.socket is not None and not session.socket.closed:
                await session.socket.send_json(event)

    def _ready(self, session: Session) -> Json:
        return {
            "v": 10,
            "user": self.world.bot,
            "guilds": [
                {"id": one, "unavailable": True}
                for one in (self.world.guild,)
                if session.hears(one)
            ],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": session.shard,
            "application": {"id": self.world.application, "flags": 0},
        }

    def _guild(self) -> Json:
        found = self.world.channels.values()
        channels = [one for one in found if one["type"] not in THREADS | {DIRECT}]
        bot = self.world.bot["id"]
        threads = [one for one in self.world.threads() if bot in self.world.members[one["id"]]]
        return {
            "id": self.world.guild,
            "name": "Northwind",
            "owner_id": bot,
            "roles": [
                _everyone(self.world.guild),
                *({**_everyone(one), "name": one} for one in self.world.roles_there),
            ],
            "emojis": [],
            "features": [],
            "members": [self.world.member(bot)],
            "member_count": len(self.world.users),
            "channels": [dict(one) for one in channels if one["type"] in {0, FORUM}],
            "threads": [dict(one) for one in threads],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
            "stickers": [],
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "premium_tier": 0,
            "preferred_locale": "en-US",
            "system_channel_flags": 0,
            "afk_timeout": 300,
            "afk_channel_id": None,
            "premium_progress_bar_enabled": False,
            "large": False,
            "unavailable": False,
        }

    # --- telling ---

    def dispatch(self, event: str, data: Json) -> None:
        """Tell every session that asked for it; those without a socket hear it when they resume."""
        for session in list(self.sessions.values()):
            shown = self._for(session, event, data)
            if shown is not None:
                self._tell(session, event, shown)
                self._behind(session)

    def _for(self, session: Session, event: str, data: Json) -> Json | None:
        if not session.hears(data.get("guild_id", "")):
            return None
        if not event.startswith("MESSAGE"):
            return data
        is_direct = "guild_id" not in data
        if not session.intents & (DIRECT_MESSAGES if is_direct else GUILD_MESSAGES):
            return None
        if event not in SAYING:
            return data
        may_read = self.world.may_read_content and bool(session.intents & CONTENT)
        return self.world.for_app(data, reads_content=may_read)

    @staticmethod
    def _tell(session: Session, event: str, data: Json) -> None:
        number = len(session.told) + 1
        session.told.append({"op": DISPATCH, "t": event, "s": number, "d": data})

    def _behind(self, session: Session) -> None:
        task = asyncio.ensure_future(self._send(session, session.told[-1:]))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def settled(self) -> None:
        """Wait until everything that was told has been heard.

        It lies in the socket when it was sent, and whoever hears it lives in the same loop.
        """
        while self._sending:
            await asyncio.gather(*self._sending, return_exceptions=True)
        for _ in range(HEARD_AFTER):
            await asyncio.sleep(0)

    async def drop(self, code: int = 4000, *, shard: int | None = None) -> None:
        """Let every connection break, or those of one shard; the sessions stay."""
        for session in self.sessions.values():
            if session.socket is not None and shard in {None, session.shard[0]}:
                socket, session.socket = session.socket, None
                await socket.close(code=code)


def _everyone(guild: str) -> Json:
    return {
        "id": guild,
        "name": "@everyone",
        "permissions": str((1 << 50) - 1),
        "position": 0,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }
