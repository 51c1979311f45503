"""Holds gateway sessions, one for each of a bot's shards that is this process's at the time.

A shard is some of the servers a bot is in; the first one has the direct messages, too. A bot in one
server has one shard, and one of the desk's processes hears it. Sessions of one process know nothing
of each other, so that one can be let go while the others hear on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
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
        """Hear until anything fails, for what one shard cannot do the others cannot either."""
        wanted = self._wanted or (await self._starts.allowed()).shards
        try:
            while True:
                await self._follow(await self._sharing.look(wanted))
                await self._until_next_look()
        finally:
            await self._end(self._sessions.keys())
            await self._sharing.leave()

    async def _follow(self, share: Share) -> None:
        """Hear what is this process's part, and nothing else."""
        await self._end(self._sessions.keys() - share.held)
        for number in sorted(share.pieces - self._sessions.keys()):
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
        """Wait until it is time to look again. OSError when a session ended or hears nothing."""
        tasks = {one.task for one in self._sessions.values() if one.task is not None}
        pause = self._sharing.pause()
        if not tasks:
            await asyncio.sleep(pause)
            return
        done, _ = await asyncio.wait(tasks, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        deaf_for = [one.client.deaf_for() for one in self._sessions.values() if one.client]
        if done or any(one > DEAF for one in deaf_for):
            raise ConnectionError
        if deaf_for and not any(deaf_for):
            self._failures = 0

    async def _end(self, numbers: Iterable[int]) -> None:
        """Let sessions end."""
        ended = [self._sessions.pop(one) for one in sorted(numbers) if one in self._sessions]
        tasks = [one.task for one in ended if one.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
