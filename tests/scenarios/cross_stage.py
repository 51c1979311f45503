"""One desk in Slack and in Discord at once, with a loopback of each: people are on one or other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr

from chatdesk import bootstrap
from chatdesk.adapters.local.people import PLATFORM as LOCAL
from chatdesk.config import PolicySource, Settings
from chatdesk.config.source import example_file
from chatdesk.lifecycle.ticket import EntryKind
from chatdesk.ports import Transaction
from chatdesk.ui.exchange import Answer, Done
from tests.discord.loopback import Served
from tests.discord.rest_api import TOKEN
from tests.scenarios.desk_stage import DeskStage
from tests.scenarios.discord_stage import DiscordStage
from tests.scenarios.slack_stage import SlackStage
from tests.scenarios.stage import Actor, Seen

IN_DISCORD = "discord/"
"""What the names of people begin with while they are in Discord; all others are in Slack."""


class CrossStage(DeskStage):
    """A desk of two platforms: IT help works in Slack, facilities in Discord."""

    def __init__(
        self, data_dir: Path, url: str, specs: Path, discord: type[DiscordStage] = DiscordStage
    ) -> None:
        """Put a desk on the stage, over a migrated database."""
        self.in_slack = SlackStage(data_dir, url, specs, "socket")
        self.in_discord = discord(data_dir, url, specs)
        self._data_dir, self._url = data_dir, url
        (data_dir / "desk.yaml").write_text(self._policy(), "utf-8")

    def _policy(self) -> str:
        """Return the example's policy with each queue, and who works it, on its platform."""
        policy = example_file().read_text("utf-8")
        sam = self.in_discord.ids["sam"]
        policy = policy.replace("agents: [local:jo, local:sam]", "agents: [local:jo]")
        policy = policy.replace("local:sam", f"discord:{sam}")
        forum = self.in_discord.forums["facilities"]
        policy = policy.replace(f"{LOCAL}: facilities", f'discord: "{forum}"')
        return self.in_slack.here(policy)

    @property
    def moment(self) -> datetime:
        """The time of the desk, and of Slack."""
        return self.in_slack.moment

    @moment.setter
    def moment(self, moment: datetime) -> None:
        self.in_slack.moment = self.in_discord.moment = moment

    # --- running ---

    @asynccontextmanager
    async def working(self) -> AsyncIterator[CrossStage]:
        """Serve both, and let one desk work in them while the story is told."""
        discord, slack = self.in_discord.discord, self.in_slack.slack
        async with slack.serving(), discord.serving() as served, self._desk_running(served):
            yield self
            await self.settle()
        assert slack.complaints == []
        assert discord.rest.complaints == [], discord.rest.complaints

    @asynccontextmanager
    async def _desk_running(self, served: Served) -> AsyncIterator[None]:
        settings = self.settings(served)
        policy = PolicySource(self._data_dir / "desk.yaml")
        self.parts = bootstrap.assemble(settings, policy, real_time=lambda: self.moment)
        assert self.parts.slack is not None
        assert self.parts.discord is not None
        assert self.parts.local is None, "no workspace for trying out beside real work"
        for one in (self.in_slack, self.in_discord):
            one.parts = self.parts
            one._listen_to_the_desk()
        hearing = [
            asyncio.create_task(self.parts.slack.run()),
            asyncio.create_task(self.parts.discord.run()),
        ]
        async with self.delivering():
            try:
                await self.in_slack.slack.connected()
                await self.in_discord.discord.connected()
                yield
            finally:
                for task in hearing:
                    task.cancel()
                await asyncio.gather(*hearing, return_exceptions=True)
                await self.parts.discord.close()

    def settings(self, served: Served) -> Settings:
        """Return what the desk is told by its environment."""
        app, discord = self.in_slack.slack.app, self.in_discord
        return Settings(
            data_dir=self._data_dir,
            database_url=SecretStr(self._url),
            slack_bot_token=SecretStr(app.bot_token),
            slack_app_token=SecretStr(app.app_token),
            slack_api_url=self.in_slack.slack.api_url,
            discord_token=SecretStr(TOKEN),
            discord_guild=discord.discord.world.guild,
            discord_support_channel=discord.support,
            discord_api_url=served.api_url,
            discord_gateway_url=served.gateway_url,
        )

    async def quiet_outside(self) -> None:
        """Wait until everything has arrived, at the desk and from it, on both platforms."""
        await self.in_slack.quiet_outside()
        await self.in_discord.quiet_outside()

    # --- what stories begin with ---

    async def opens_for_it(self, mara: Actor) -> None:
        """Let somebody ask IT help, which works in Slack."""
        await mara.types("/ticket new VPN drops every 10 minutes")
        await mara.chooses(topic="network")
        answer = await mara.fills(q__place="At home", details="Since this morning my VPN drops.")
        assert not answer.errors, answer.errors

    async def opens_for_facilities(self, dana: Actor) -> None:
        """Let somebody ask facilities, who work in Discord."""
        await dana.types("/ticket new The heating is cold")
        await dana.chooses(topic="building")
        answer = await dana.fills(q__location="Room 412", q__hazard="No")
        assert not answer.errors, answer.errors

    def kept(self, number: int, name: str) -> list[bytes]:
        """Return what the desk keeps of a ticket's files of that name."""

        def look(tx: Transaction) -> list[bytes]:
            entries = tx.entries.of(number, frozenset(EntryKind))
            described = tx.attachments.describe([file for one in entries for file in one.files])
            named = [file for file, about in described.items() if about[0] == name]
            return [tx.attachments.content(file) or b"" for file in named]

        return self.parts.store.read(look)

    # --- who is where ---

    def _of(self, who: str) -> tuple[DeskStage, str]:
        """Return where somebody is, and what they are called there."""
        if who.startswith(IN_DISCORD):
            return self.in_discord, who.removeprefix(IN_DISCORD)
        return self.in_slack, who

    def user(self, who: str) -> str:
        """Return what somebody is known by on their platform."""
        stage, name = self._of(who)
        return self.in_discord.ids[name] if stage is self.in_discord else self.in_slack.users[name]

    async def act(self, who: str, done: Done, place: str, thread: str) -> Answer:
        """Let somebody do something on their platform."""
        stage, name = self._of(who)
        return await stage.act(name, done, place, thread)

    async def says(self, who: str, text: str, place: str, thread: str) -> Answer:
        """Let somebody write plain words on their platform."""
        stage, name = self._of(who)
        return await stage.says(name, text, place, thread)

    def seen_by(self, who: str) -> list[Seen]:
        """Return what somebody sees on their platform."""
        stage, name = self._of(who)
        return stage.seen_by(name)

    def home_of(self, who: str) -> str:
        """Return somebody's direct conversation with the desk."""
        stage, name = self._of(who)
        return stage.home_of(name)
