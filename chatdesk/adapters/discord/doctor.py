"""Examines the bot from outside: token, intents, permissions, forums, commands, clock, threads.

It changes nothing in Discord, and reads no message.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import discord

from chatdesk.adapters.discord.channels import TEXT_CHANNEL
from chatdesk.adapters.discord.commands import commands, commands_path, hash_of
from chatdesk.adapters.discord.errors import REMEDIES
from chatdesk.adapters.discord.limits import ACTIVE_THREADS
from chatdesk.adapters.discord.permissions import BITS, PERMISSIONS, invite_link
from chatdesk.adapters.discord.platform import Access
from chatdesk.adapters.discord.room import NEAR
from chatdesk.adapters.discord.searching import FORUM
from chatdesk.adapters.discord.tags import forum_tags
from chatdesk.adapters.discord.texts import Json
from chatdesk.ports.findings import Finding, State

CLOCK_MAY_DIFFER = 60
"""Seconds, beyond which promises are told wrong and codes end too early or late."""

ANSWERS_WITHIN = aiohttp.ClientTimeout(total=10)

CONTENT, CONTENT_LIMITED = 1 << 18, 1 << 19
MEMBERS, MEMBERS_LIMITED = 1 << 14, 1 << 15
"""What an application's flags say of the switches for intents."""

ADMINISTRATOR = 1 << 3
OK, UNAUTHORIZED, NOT_FOUND = 200, 401, 404

_NETWORK = "let this machine reach discord.com on port 443, or name a proxy in HTTPS_PROXY"
_NEW_ONE = (
    "at discord.com/developers/applications, Bot, Reset Token, and put the new one into"
    " CHATDESK_DISCORD_TOKEN"
)
_INTENTS = "at discord.com/developers/applications, Bot, Privileged Gateway Intents"
_OF_SUPPORT = frozenset(need.name for need in PERMISSIONS) - {"create_public_threads"}
_OF_FORUM = frozenset(need.name for need in PERMISSIONS) - {"create_private_threads"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the policy wants of Discord: forums by what they are for, people and roles by id.

    `unplaced` are queues without a forum here. `registered` is the hash of the commands that were
    registered last by this desk, empty if none were; it is asked for by the path of its mark.
    """

    forums: Mapping[str, str] = field(default_factory=dict)
    people: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    unplaced: tuple[str, ...] = ()
    registered: Callable[[str], str | None] = lambda _: None


class Unanswered(Exception):
    """Discord said no, or nothing; `code` is its number, or the status."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(said)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class _Guild:
    """The server: what everybody and every role may do there, and the bot's own roles."""

    id: str
    name: str
    roles: Mapping[str, int]
    mine: frozenset[str]
    me: str
    is_owner: bool


USER_AGENT = f"DiscordBot (https://github.com/Rapptz/discord.py, {discord.__version__}) chatdesk"
"""Discord turns away who does not say so: see its reference, User Agent."""


class Doctor:
    """Looks at one server; `now` is this machine's time."""

    def __init__(
        self, access: Access, wanted: Wanted, now: Callable[[], datetime] | None = None
    ) -> None:
        """Look through this access; nothing is asked yet."""
        self._access = access
        self._wanted = wanted
        self._now = now or (lambda: datetime.now(UTC))

    async def examine(self) -> list[Finding]:
        """Look at everything; what cannot be looked at without something else is left out."""
        headers = {"Authorization": f"Bot {self._access.token}", "User-Agent": USER_AGENT}
        async with aiohttp.ClientSession(headers=headers, timeout=ANSWERS_WITHIN) as session:
            return [one async for one in self._all(session)]

    async def _all(self, session: aiohttp.ClientSession) -> AsyncIterator[Finding]:
        look = _Look(session, self._access.api_url)
        try:
            me, application = await look.at("users/@me"), await look.at("oauth2/applications/@me")
        except Unanswered as problem:
            remedy = _NEW_ONE if problem.code == str(UNAUTHORIZED) else _NETWORK
            yield _wrong("token", str(problem), remedy)
            return
        yield _ok("token", f"the bot is {me.get('username')} ({me.get('id')})")
        for one in (*self._clock(look.date), *_intents(int(application.get("flags") or 0))):
            yield one
        if application.get("bot_public"):
            remedy = "switch Public Bot off: discord.com/developers/applications, Bot"
            yield _wrong("public bot", "anybody may invite the bot to a server", remedy)
        yield await _sessions(look)
        guild = None
        try:
            guild = await self._guild(look, str(me["id"]))
        except Unanswered as problem:
            link = invite_link(str(application["id"]), self._access.guild)
            yield _wrong("server", str(problem), f"open {link} and let the bot in")
        if guild is not None:
            async for one in self._in(look, guild):
                yield one
        yield await self._commands(look, str(application["id"]))

    async def _in(self, look: _Look, guild: _Guild) -> AsyncIterator[Finding]:
        yield _ok("server", f"the bot is in {guild.name}")
        yield await self._support(look, guild)
        for queue in self._wanted.unplaced:
            remedy = 'give the queue a forum in desk.yaml: home: {discord: "1234..."}'
            yield _wrong(f"queue {queue}", "it has no forum in Discord: nobody sees it", remedy)
        for what, forum in self._wanted.forums.items():
            async for one in self._forum(look, guild, what, forum):
                yield one
        async for one in self._people(look, guild):
            yield one
        yield await _threads(look, guild)

    # --- time and intents ---

    def _clock(self, date: str) -> list[Finding]:
        try:
            theirs = parsedate_to_datetime(date)
        except ValueError:
            return []
        differs = (self._now() - theirs).total_seconds()
        if abs(differs) <= CLOCK_MAY_DIFFER:
            return [_ok("clock", "it goes as Discord's does")]
        how = "ahead of" if differs > 0 else "behind"
        told = f"this machine is {abs(differs):.0f} s {how} Discord"
        return [_wrong("clock", told, "set this machine's clock by NTP, for example with chrony")]

    # --- places ---

    async def _guild(self, look: _Look, me: str) -> _Guild:
        if not self._access.guild:
            raise Unanswered("", "CHATDESK_DISCORD_GUILD is not set, so no server is looked at")
        told = await look.at(f"guilds/{self._access.guild}")
        mine = await look.at(f"guilds/{self._access.guild}/members/{me}")
        roles = {str(one["id"]): int(one["permissions"]) for one in told.get("roles") or ()}
        return _Guild(
            id=str(told["id"]),
            name=str(told.get("name")),
            roles=roles,
            mine=frozenset(map(str, mine.get("roles") or ())),
            me=me,
            is_owner=str(told.get("owner_id")) == me,
        )

    async def _support(self, look: _Look, guild: _Guild) -> Finding:
        channel = self._access.support_channel
        if not channel:
            remedy = "make a text channel that everybody sees, and set it to the channel's id"
            return _wrong("CHATDESK_DISCORD_SUPPORT_CHANNEL", "it is not set", remedy)
        try:
            told = await look.at(f"channels/{channel}")
        except Unanswered as problem:
            return _wrong("support channel", f"{channel}: {problem}", _remedy(problem))
        if told.get("type") != TEXT_CHANNEL:
            return _wrong("support channel", f"{channel} is no text channel", REMEDIES["50024"])
        return _allowed("support channel", told, guild, _OF_SUPPORT)

    async def _forum(
        self, look: _Look, guild: _Guild, what: str, forum: str
    ) -> AsyncIterator[Finding]:
        if not forum.isdigit():
            remedy = "switch on User Settings, Advanced, Developer Mode; then Copy Channel ID"
            yield _wrong(what, f"{forum!r} is no channel's id", remedy)
            return
        try:
            told = await look.at(f"channels/{forum}")
        except Unanswered as problem:
            yield _wrong(what, f"{forum}: {problem}", _remedy(problem))
            return
        if told.get("type") != FORUM:
            remedy = "make a forum for the queue's agents, and name its id in desk.yaml"
            yield _wrong(what, f"#{told.get('name')} is no forum", remedy)
            return
        yield _allowed(what, told, guild, _OF_FORUM)
        if permissions(guild, told, [], "") & (1 << BITS["view_channel"]):
            remedy = (
                "Edit Channel, Permissions: take View Channel from @everyone, give it to agents"
            )
            yield _wrong(what, f"everybody on the server reads #{told.get('name')}", remedy)
        known = {str(tag["name"]).casefold() for tag in told.get("available_tags") or ()}
        missing = [tag["name"] for tag in forum_tags() if tag["name"].casefold() not in known]
        if missing:
            remedy = "Edit Channel, Tags: add them; the cards say all of it without them, too"
            yield _wrong(what, f"tags are missing: {', '.join(missing)}", remedy)

    async def _people(self, look: _Look, guild: _Guild) -> AsyncIterator[Finding]:
        for role in self._wanted.roles:
            if role not in guild.roles:
                remedy = "name a role of the server in desk.yaml, by its id"
                yield _wrong(f"role {role}", "there is no such role", remedy)
        for person in self._wanted.people:
            try:
                await look.at(f"guilds/{guild.id}/members/{person}")
            except Unanswered as problem:
                remedy = "invite them, or name somebody else in desk.yaml"
                yield _wrong(f"discord:{person}", f"is not on the server ({problem})", remedy)

    # --- commands ---

    async def _commands(self, look: _Look, application: str) -> Finding:
        path, wanted = commands_path(application), commands()
        again = "chatdesk run registers them; where it does not, its log says why"
        try:
            told = await look.at(path[1:])
        except Unanswered as problem:
            return _wrong("commands", str(problem), _remedy(problem))
        known = {str(one["name"]) for one in told}
        if missing := [one["name"] for one in wanted if one["name"] not in known]:
            return _wrong("commands", f"not registered: {', '.join(missing)}", again)
        if self._wanted.registered(f"discord:commands:{path}") != hash_of(wanted):
            return _wrong("commands", "those registered are of another version", again)
        return _ok("commands", f"all {len(wanted)} are registered")


class _Look:
    """Asks Discord; `date` is when it answered last, by its own clock."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str) -> None:
        self._session = session
        self._api_url = api_url
        self.date = ""

    async def at(self, path: str) -> Any:
        """Return what is there; Unanswered if it cannot be seen."""
        try:
            async with self._session.get(f"{self._api_url}{path}") as answer:
                self.date = answer.headers.get("Date", self.date)
                if answer.status == OK:
                    return await answer.json()
                told = await answer.json(content_type=None) if answer.content_length else {}
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            name = type(error).__name__
            raise Unanswered("", f"Discord cannot be reached: {name}") from error
        if answer.status == UNAUTHORIZED:
            raise Unanswered(str(answer.status), "Discord does not know the token")
        code = str(told.get("code") or answer.status) if isinstance(told, dict) else "?"
        raise Unanswered(code, f"Discord says {code}")


def _intents(flags: int) -> Iterable[Finding]:
    if flags & (CONTENT | CONTENT_LIMITED):
        yield _ok("message content", "switched on: plain words in tickets' conversations are read")
    else:
        yield Finding(
            about="message content",
            state=State.OK,
            said="switched off: there people answer by buttons, forms and mentions",
            remedy=f"to read plain words: {_INTENTS}, Message Content Intent",
        )
    if flags & (MEMBERS | MEMBERS_LIMITED):
        remedy = f"switch it off: {_INTENTS}, Server Members Intent"
        yield _wrong("server members", "switched on, and not needed", remedy)


async def _sessions(look: _Look) -> Finding:
    try:
        told = await look.at("gateway/bot")
    except Unanswered as problem:
        return _wrong("gateway", str(problem), _remedy(problem))
    limit: Json = told.get("session_start_limit") or {}
    left = int(limit.get("remaining", 1))
    if left <= 0:
        hours = int(limit.get("reset_after", 0)) / 3_600_000
        remedy = f"wait {hours:.1f} hours; something starts the desk over and over, or its token"
        return _wrong("gateway", "Discord allows no more sessions today", remedy)
    return _ok("gateway", f"{left} more sessions may be begun today")


async def _threads(look: _Look, guild: _Guild) -> Finding:
    try:
        told = await look.at(f"guilds/{guild.id}/threads/active")
    except Unanswered as problem:
        return _wrong("threads", str(problem), _remedy(problem))
    count = len(told.get("threads") or ())
    said = f"{count} of {ACTIVE_THREADS} that may be active"
    if count < NEAR:
        return _ok("threads", said)
    remedy = "archive what is over, or let threads be archived sooner; new tickets need two each"
    return _wrong("threads", said, remedy)


# --- permissions ----------------------------------------------------------------------------------


def permissions(guild: _Guild, channel: Mapping[str, Any], roles: Iterable[str], who: str) -> int:
    """Return what somebody with these roles may do in a channel, as Discord works it out."""
    held = frozenset(roles)
    allowed = guild.roles.get(guild.id, 0)
    for role in held:
        allowed |= guild.roles.get(role, 0)
    if allowed & ADMINISTRATOR:
        return ~0
    written = {str(one["id"]): one for one in channel.get("permission_overwrites") or ()}
    for ids in ([guild.id], held - {guild.id}, [who]):
        found = [written[one] for one in ids if one in written]
        for one in found:
            allowed &= ~int(one["deny"])
        for one in found:
            allowed |= int(one["allow"])
    return allowed


def _allowed(what: str, channel: Json, guild: _Guild, needed: Iterable[str]) -> Finding:
    held = ~0 if guild.is_owner else permissions(guild, channel, guild.mine, guild.me)
    missing = sorted(name for name in needed if not held & (1 << BITS[name]))
    name = f"#{channel.get('name')}"
    if missing:
        titles = ", ".join(one.replace("_", " ").title() for one in missing)
        remedy = f"Edit Channel, Permissions, the bot's role: allow {titles}"
        return _wrong(what, f"in {name} the bot lacks {titles}", remedy)
    return _ok(what, f"the bot may do in {name} all that is needed")


def _remedy(problem: Unanswered) -> str:
    return REMEDIES.get(problem.code, _NETWORK if not problem.code else "look at the server")


def _ok(about: str, said: str) -> Finding:
    return Finding(about=about, state=State.OK, said=said)


def _wrong(about: str, said: str, remedy: str) -> Finding:
    return Finding(about=about, state=State.WRONG, said=said, remedy=remedy)
