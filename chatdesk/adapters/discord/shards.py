"""Holds gateway sessions, one for each of a bot's shards that is this process's at the time.

A shard is some of the servers a bot is in; the first one has the direct messages, too. A bot in one
server has one shard, and one of the desk's processes hears it. Sessions of one process know nothing
of each other, so that one can be let go while the others hear on.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import aiohttp
import discord

from chatdesk.adapters.discord.client import DiscordClient
from chatdesk.adapters.discord.starts import Starts
from chatdesk.ports import PlatformError
from chatdesk.worker.sharing import Share, Sharing

CONNECT_AGAIN = (5.0, 10.0, 30.0)
"""Seconds until a process that could not hear tries again; the last one goes on. Meanwhile another
process may."""

DEAF = 60.0
"""Seconds without a connection after which another process may try. The library itself would wait
for ever longer, up to a quarter of an hour."""

ALONE = 3
"""How often one shard is begun anew by itself, while others hear, before all are: another process
may reach what this one does not."""

CLOSED_WITHIN = 2.0
"""Seconds that a session is given to say goodbye."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One of so many shards; `reads_content` is whether it asks for what people write."""

    number: int
    of: int
    reads_content: bool


@dataclass(slots=True, eq=False)
class _Lost:
    """A shard that was lost so often since it last heard, and rests until this monotonic time."""

    times: int = 0
    rests_until: float = 0.0


@dataclass(slots=True, eq=False)
class _Session:
    """A session under way: a client, as soon as it was its turn."""

    task: asyncio.Task[None] | None = None
    client: DiscordClient | None = None


class Shards:
    """Hears what its share of a bot's shards hear. `wanted` is how many; 0 lets Discord say."""

    def __init__(
        self,
        token: str,
        sharing: Sharing,
        starts: Starts,
        client: Callable[[Shard], DiscordClient],
        wanted: int,
    ) -> None:
        self._token = token
        self._sharing = sharing
        self._starts = starts
        self._client = client
        self._wanted = wanted
        self._reads_content = True
        self._sessions: dict[int, _Session] = {}
        self._failures = 0
        self._lost: dict[int, _Lost] = {}

    async def hear(self) -> None:
        """Hear until cancelled, however often Discord goes away."""
        while True:
            try:
                await self._hear_together()
            except discord.PrivilegedIntentsRequired:
                self._reads_content = False
                logger.warning(
                    "the Message Content Intent is off: plain words are read only where the"
                    " bot is mentioned, and in direct messages"
                )
                continue
            except (aiohttp.ClientError, OSError, discord.DiscordException, PlatformError) as error:
                logger.warning("no connection to Discord: %s", type(error).__name__)
            self._failures += 1
            await asyncio.sleep(CONNECT_AGAIN[min(self._failures, len(CONNECT_AGAIN)) - 1])

    async def _hear_together(self) -> None:
        """Hear until nothing is heard, or one shard is lost again and again."""
        wanted = self._wanted or (await self._starts.allowed()).shards
        try:
            while True:
                await self._follow(await self._sharing.look(wanted))
                await self._until_next_look()
        finally:
            self._lost.clear()
            await self._end(self._sessions.keys())
            await self._sharing.leave()

    async def _follow(self, share: Share) -> None:
        """Hear what is this process's part, and nothing else."""
        await self._end(self._sessions.keys() - share.held)
        resting = {n for n, lost in self._lost.items() if lost.rests_until > time.monotonic()}
        for number in sorted(share.pieces - self._sessions.keys() - resting):
            shard = Shard(number=number, of=share.of, reads_content=self._reads_content)
            session = self._sessions[number] = _Session()
            name = f"discord shard {number}"
            session.task = asyncio.create_task(self._hear_one(shard, session), name=name)
        if share.surplus and await self._starts.are_plenty():
            await self._end(share.surplus)
            for number in sorted(share.surplus):
                await self._sharing.give_back(number)

    async def _hear_one(self, shard: Shard, session: _Session) -> None:
        client = self._client(shard)
        try:
            await client.login(self._token)
            await self._starts.turn(shard.number)
            session.client = client
            client.hears(is_so=False)
            await client.connect()
        finally:
            # A peer that is gone says no goodbye, and others wait for this one's shards.
            closing = asyncio.ensure_future(client.close())
            for closed in (await asyncio.wait({closing}, timeout=CLOSED_WITHIN))[0]:
                closed.result()

    async def _until_next_look(self) -> None:
        """Wait until it is time to look again, or a session ended.

        OSError when none of them hears, or one was lost too often.
        """
        tasks = {one.task for one in self._sessions.values() if one.task is not None}
        pause = self._sharing.pause()
        if not tasks:
            await asyncio.sleep(pause)
            return
        await asyncio.wait(tasks, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
        lost = {number: one for number, one in self._sessions.items() if _is_lost(one)}
        if lost:
            await self._begin_anew(lost)
        deaf_for = {n: one.client.deaf_for() for n, one in self._sessions.items() if one.client}
        for number in [number for number, span in deaf_for.items() if not span]:
            self._lost.pop(number, None)
        if deaf_for and not any(deaf_for.values()):
            self._failures = 0

    async def _begin_anew(self, lost: Mapping[int, _Session]) -> None:
        """Let shards that were lost rest and begin anew while the others hear."""
        for number, session in lost.items():
            known = self._lost.setdefault(number, _Lost())
            error = _why(session)
            if len(lost) == len(self._sessions) or known.times >= ALONE or _concerns_all(error):
                raise error or ConnectionError
            logger.warning("shard %s of Discord was lost: %s", number, type(error).__name__)
            pause = CONNECT_AGAIN[min(known.times, len(CONNECT_AGAIN) - 1)]
            known.times, known.rests_until = known.times + 1, time.monotonic() + pause
        await self._end(lost.keys())

    async def _end(self, numbers: Iterable[int]) -> None:
        """Let sessions end."""
        ended = [self._sessions.pop(one) for one in sorted(numbers) if one in self._sessions]
        tasks = [one.task for one in ended if one.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _is_lost(session: _Session) -> bool:
    """Tell whether a session has ended, or hears nothing."""
    has_ended = session.task is not None and session.task.done()
    return has_ended or (session.client is not None and session.client.deaf_for() > DEAF)


def _why(session: _Session) -> BaseException | None:
    """Return what a session ended of."""
    is_over = session.task is not None and session.task.done() and not session.task.cancelled()
    return session.task.exception() if session.task is not None and is_over else None


def _concerns_all(error: BaseException | None) -> bool:
    """Tell whether no other shard can do either what this one could not."""
    return isinstance(error, discord.PrivilegedIntentsRequired | discord.LoginFailure)
