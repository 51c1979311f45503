"""The Discord of a bench, full of people, with a bot that is a process of its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from typing import Any

from bench.common import Databases
from bench.servers import DATABASE, Server, policy_without_caps, started
from chatdesk.adapters.db import open_store
from chatdesk.lifecycle import record
from chatdesk.ports import Transaction
from tests.discord.gateway import Gateway
from tests.discord.interacting import Interacting
from tests.discord.loopback import LoopbackDiscord
from tests.discord.reference import Reference
from tests.discord.rest_api import RestApi
from tests.discord.world import World

PEOPLE = 300
"""So many that each has a few tickets and not hundreds."""

DRAINED_WITHIN = 300.0
"""Seconds in which everything that is to be told has to be told."""


class _NothingIsJudged(Reference):
    """What bodies should look like is the tests' question."""

    def __init__(self) -> None:
        pass

    def problems(self, *_: Any) -> list[str]:
        """Find nothing."""
        return []


class Discord(LoopbackDiscord):
    """A server full of people, for one bot."""

    def __init__(self) -> None:
        world = World()
        rest = RestApi(world, _NothingIsJudged())
        Interacting.__init__(self, world, rest, Gateway(world))
        world.most_threads = sys.maxsize
        self.people = [self.user(f"Person {number}") for number in range(PEOPLE)]
        self.support, self.general = map(self.text_channel, ("help", "general"))
        self.forums = [self.forum(name) for name in ("it-desk", "facilities")]

    def homes(self) -> dict[str, str]:
        """Return what in the example policy is elsewhere here."""
        it, facilities = self.forums
        return {
            "local: it-help": f'discord: "{it}"',
            "local: facilities": f'discord: "{facilities}"',
        }


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot at work, and its Discord."""

    server: Server
    discord: Discord


@asynccontextmanager
async def serving(
    what: str, discord: Discord, databases: Databases, url: str
) -> AsyncIterator[Bot]:
    """Start a bot, and stop it in the end."""
    async with discord.serving() as served:
        policy_without_caps(databases.folder(), discord.homes())
        where = (served.api_url, served.gateway_url, discord.world.guild, discord.support)
        arguments = (what, str(databases.folder()), *where)
        async with started("bench.discord_gateway", *arguments, **{DATABASE: url}) as server:
            async with asyncio.timeout(60):
                await discord.gateway.identified.wait()
            yield Bot(server, discord)


async def drained(url: str) -> None:
    """Wait until the desk has told everything: what it still does would be measured with others."""
    with closing(open_store(url, record)) as store:
        async with asyncio.timeout(DRAINED_WITHIN):
            while await asyncio.to_thread(store.read, _untold):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)


def _untold(tx: Transaction) -> bool:
    return tx.outbox.oldest_unsent() is not None
