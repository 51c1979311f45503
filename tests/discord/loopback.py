"""A whole Discord on the loopback interface, for stories told in the words of people who use it.

discord = LoopbackDiscord(specs)
mara, jo = discord.user("Mara"), discord.user("Jo")
async with discord.serving() as served:          # served.api_url, served.gateway_url
    await discord.connected()
    answer = await discord.calls_command(mara, help_channel, "ticket", "new", words="VPN drops")
    await discord.submits(mara, {"In one sentence": "VPN drops"})
    await discord.clicks(jo, card, "Claim")
    discord.rest.next("POST", "/messages$", Fault.drop())
assert discord.rest.complaints == []
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from tests.discord.files import shown_name
from tests.discord.gateway import Gateway
from tests.discord.interacting import Interacting
from tests.discord.reference import V2, Reference
from tests.discord.rest_api import PREFIX, RestApi
from tests.discord.world import Json, World


@dataclass(frozen=True, slots=True)
class Served:
    """Where it answers."""

    api_url: str
    gateway_url: str


class LoopbackDiscord(Interacting):
    """The loopback Discord: see the module's first lines for how a story goes."""

    def __init__(self, specs: Path) -> None:
        world = World()
        super().__init__(world, RestApi(world, Reference(specs)), Gateway(world))

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Served]:
        """Answer on a port of this machine."""
        app = web.Application(client_max_size=32 << 20)
        app.router.add_get("/gateway", self.gateway.handle)
        app.router.add_get("/gateway/", self.gateway.handle)
        app.router.add_get("/files/{id}/{name}", self.file_content)
        app.router.add_route("*", PREFIX + "/{tail:.*}", self.rest.handle)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        self.host = self.rest.files.host = f"http://127.0.0.1:{port}"
        served = Served(f"{self.host}{PREFIX}/", f"ws://127.0.0.1:{port}/gateway")
        self.rest.gateway_url = self.gateway.url = served.gateway_url
        try:
            yield served
        finally:
            await self.gateway.drop(1000)
            await runner.cleanup()

    async def connected(self) -> None:
        """Wait until the desk hears."""
        async with asyncio.timeout(20):
            await self.gateway.identified.wait()

    async def settled(self) -> None:
        """Wait until everything that happened has been heard."""
        await self.gateway.settled()

    # --- as every Discord of a story is asked ---

    @property
    def bot(self) -> str:
        """Return who the desk is."""
        return str(self.world.bot["id"])

    @property
    def complaints(self) -> Sequence[str]:
        """Return what was wrong with what the desk sent, by Discord's own document and limits."""
        return self.rest.complaints

    def members_of(self, thread: str) -> set[str]:
        """Return who is in a thread."""
        return self.world.members[thread]

    def message(self, channel: str, message: str) -> Json:
        """Return one message."""
        return self.world.message(channel, message)

    def files_of_the_desk(self) -> list[tuple[str, bytes]]:
        """Return the files that the bot brought and that stand somewhere, as (name, content)."""
        shown = (one for place in self.world.messages.values() for one in place.values())
        ours = (one for one in shown if one["author"]["id"] == self.bot)
        files = [file for one in ours for file in one["attachments"]]
        return [(shown_name(one), self.rest.files.content(one["id"])) for one in files]

    def showed(self, channel: str, components: Sequence[Json]) -> Json:
        """Let the desk have shown this long ago."""
        return self.world.say(channel, self.bot, {"components": list(components), "flags": V2})
