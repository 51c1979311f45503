"""The ground of every stage in Discord: a server, its people, and a real desk that runs there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

from pydantic import SecretStr

from chatdesk import bootstrap
from chatdesk.adapters.discord.platform import DiscordPlatform
from chatdesk.config import PolicySource, Settings
from chatdesk.config.source import example_file
from chatdesk.ui.exchange import Answer, Interaction
from tests.discord.loopback import Served
from tests.discord.reference import lint_message
from tests.discord.rest_api import TOKEN
from tests.discord.server import Server
from tests.discord.world import Json
from tests.scenarios.desk_stage import MONDAY, DeskStage
from tests.scenarios.discord_reading import seen
from tests.scenarios.stage import Seen

NAMES = {"mara": "Mara Lind", "jo": "Jo Park", "sam": "Sam Reyes", "dana": "Dana Wolf"}
QUEUES = {"it-help": ("jo", "sam"), "facilities": ("sam",), "people": ("sam",)}
"""The queues' forums, by their names in policies of the local workspace, and who sees them."""


class DiscordGround(DeskStage):
    """A desk that runs in Discord, and what people see there."""

    discord: Server

    def __init__(self, data_dir: Path, url: str, discord: Server) -> None:
        """Put a desk on the stage, over a migrated database, under the example's policy."""
        self.moment = MONDAY
        self.discord = discord
        self._data_dir, self._url = data_dir, url
        self.ids = {who: discord.user(name) for who, name in NAMES.items()}
        self.support = discord.text_channel("help")
        self.forums = {name: discord.forum(name) for name in QUEUES}
        self._said: dict[str, list[tuple[Interaction, Answer]]] = {}
        self._whispered: dict[str, int] = dict.fromkeys(NAMES, 0)
        (data_dir / "desk.yaml").write_text(self.here(example_file().read_text("utf-8")), "utf-8")

    def here(self, policy: str) -> str:
        """Return a policy of the local workspace with its people and places in Discord."""
        for who, user in self.ids.items():
            policy = policy.replace(f"local:{who}", f"discord:{user}")
        for name, forum in self.forums.items():
            policy = policy.replace(f"local: {name}", f'discord: "{forum}"')
        return policy

    # --- running ---

    @asynccontextmanager
    async def working(self) -> AsyncIterator[Self]:
        """Serve Discord, and let the desk work in it while the story is told."""
        async with self.discord.serving() as served, self._desk_running(served):
            yield self
            await self.settle()
        complaints = self.discord.complaints
        assert not complaints, complaints
        bot = self.discord.bot
        ours = [one for one in self.discord.everything_shown() if one["author"]["id"] == bot]
        live = [problem for one in ours for problem in lint_message(one) if "live" in problem]
        assert not live, live

    @asynccontextmanager
    async def _desk_running(self, served: Served) -> AsyncIterator[None]:
        # Which server it is the desk finds out: commands are then in direct messages as well.
        settings = Settings(
            data_dir=self._data_dir,
            database_url=SecretStr(self._url),
            discord_token=SecretStr(TOKEN),
            discord_support_channel=self.support,
            discord_api_url=served.api_url,
            discord_gateway_url=served.gateway_url,
        )
        policy = PolicySource(self._data_dir / "desk.yaml")
        self.parts = bootstrap.assemble(settings, policy, real_time=lambda: self.moment)
        self._listen_to_the_desk()
        hearing = asyncio.create_task(self._platform.run())
        async with self.delivering():
            connected = asyncio.create_task(self.discord.connected())
            try:
                await asyncio.wait({hearing, connected}, return_when=asyncio.FIRST_COMPLETED)
                (connected if connected.done() else hearing).result()
                yield
            finally:
                hearing.cancel()
                connected.cancel()
                await asyncio.gather(hearing, connected, return_exceptions=True)
                await self._platform.close()

    @property
    def _platform(self) -> DiscordPlatform:
        assert self.parts.discord is not None
        return self.parts.discord

    def _listen_to_the_desk(self) -> None:
        """Remember what the desk says, to see that all of it is shown."""
        telling = self._platform.telling
        receive = telling.desk.receive

        def listening(interaction: Interaction) -> Answer:
            answer = receive(interaction)
            self._said.setdefault(interaction.by.handle, []).append((interaction, answer))
            return answer

        telling.desk = replace(telling.desk, receive=listening)

    async def quiet_outside(self) -> None:
        """Wait until everything has arrived, at the desk and from it."""
        await self.discord.settled()
        await self._platform.telling.settle()

    # --- seeing ---

    def home_of(self, who: str) -> str:
        """Return somebody's direct conversation with the desk."""
        return self.discord.direct(self.ids[who])

    def seen_by(self, who: str) -> list[Seen]:
        """Return what stands where somebody is, and what only they were shown just now."""
        return [seen(one) for one in self._before(who)]

    def _before(self, who: str) -> list[Json]:
        user = self.ids[who]
        channels = [self.home_of(who)]
        for name, forum in self.forums.items():
            if who in QUEUES[name]:
                channels += [post["id"] for post in self.discord.posts(forum)]
        threads = self.discord.posts(self.support)
        inside = self.discord.members_of
        channels += [one["id"] for one in threads if user in inside(one["id"])]
        found = [message for channel in channels for message in self.discord.messages(channel)]
        found += self.discord.seen_by(user)[self._whispered[who] :]
        return sorted(found, key=lambda one: int(one["id"]))
