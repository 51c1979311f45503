"""The ground of the Slack stage: a loopback Slack, its people, and a real desk that runs in it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal, Self

from pydantic import SecretStr

from chatdesk import bootstrap
from chatdesk.adapters.http.app import build_app
from chatdesk.adapters.http.server import serve
from chatdesk.adapters.slack.front import PATH
from chatdesk.adapters.slack.platform import SlackPlatform
from chatdesk.config import PolicySource, Settings
from chatdesk.config.source import example_file
from chatdesk.ui.exchange import Answer, Interaction
from tests.scenarios.desk_stage import MONDAY, PATIENCE, DeskStage
from tests.slack.loopback import LoopbackSlack, goes_live
from tests.slack.things import Json

Way = Literal["socket", "http"]

PEOPLE: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "mara": ("Mara Lind", "Europe/Berlin", ()),
    "jo": ("Jo Park", "Europe/Berlin", ("it-help",)),
    "sam": ("Sam Reyes", "Europe/Lisbon", ("it-help", "facilities", "people")),
    "dana": ("Dana Wolf", "Europe/Berlin", ()),
}
"""Who is in the workspace, by their names in stories: real name, time zone, and channels."""

CHANNELS = {"it-help": "CITHELP", "facilities": "CFACILITIES", "people": "CPEOPLE"}
"""The queues' homes, by their names in policies of the local workspace."""


class SlackGround(DeskStage):
    """A desk that runs in Slack, and can be stopped and started there."""

    def __init__(self, data_dir: Path, url: str, specs: Path, way: Way) -> None:
        """Put a desk on the stage, over a migrated database, under the example's policy."""
        self.moment = MONDAY
        self.slack = LoopbackSlack(specs, clock=self, ack_within=PATIENCE)
        self._data_dir, self._url, self._way = data_dir, url, way
        self._said: dict[str, Answer] = {}
        self._running = AsyncExitStack()
        self._gone: dict[str, dict[str, list[Json]]] = {}
        self.users: dict[str, str] = {}
        for name, channel in CHANNELS.items():
            self.slack.channel(channel, name, kind="private")
        for who, (real_name, zone, places) in PEOPLE.items():
            self.enters(who, real_name, *places, zone=zone)
        (data_dir / "desk.yaml").write_text(self.here(example_file().read_text("utf-8")), "utf-8")

    def now(self) -> float:
        """Slack's time is the desk's, in seconds since 1970 (UTC)."""
        return self.moment.timestamp()

    def here(self, policy: str) -> str:
        """Return a policy of the local workspace with its people and places in Slack."""
        for who, user in self.users.items():
            policy = policy.replace(f"local:{who},", f"slack:{user},")
            policy = policy.replace(f"local:{who}]", f"slack:{user}]")
        for name, channel in CHANNELS.items():
            policy = policy.replace(f"local: {name}", f"slack: {channel}")
        return policy

    def enters(self, who: str, name: str, *places: str, zone: str = "Europe/Berlin") -> None:
        """Let somebody into the workspace and into these channels."""
        user = self.users[who] = f"U{who.upper()}"
        self.slack.user(user, who, real_name=name, tz=zone)
        for place in places:
            self.slack.workspace.channels[CHANNELS[place]].members.add(user)

    # --- running ---

    @asynccontextmanager
    async def working(self) -> AsyncIterator[Self]:
        """Serve Slack, and let the desk work in it while the story is told."""
        async with self.slack.serving(), self._running:
            await self._running.enter_async_context(self._desk_running())
            yield self
            await self.settle()
        assert self.slack.complaints == []
        ours = [one for place in self.slack.workspace.messages.values() for one in place.values()]
        ours = [one for one in [*ours, *self.slack.workspace.ephemerals] if one.bot_id]
        assert [live for one in ours for live in goes_live(one)] == []

    async def restarts(self) -> None:
        """Stop the desk in good order, and start another over the same database."""
        await self._running.aclose()
        if self.slack.http is not None:
            await self.slack.http.close()
        await self._running.enter_async_context(self._desk_running())

    @asynccontextmanager
    async def _desk_running(self) -> AsyncIterator[None]:
        """Start a desk over whatever the database holds, and stop it in good order."""
        app = self.slack.app
        settings = Settings(
            data_dir=self._data_dir,
            database_url=SecretStr(self._url),
            slack_bot_token=SecretStr(app.bot_token),
            slack_app_token=SecretStr(app.app_token) if self._way == "socket" else None,
            slack_signing_secret=SecretStr(app.signing_secret),
            slack_api_url=self.slack.api_url,
        )
        policy = PolicySource(self._data_dir / "desk.yaml")
        self.parts = bootstrap.assemble(settings, policy, real_time=lambda: self.moment)
        self._listen_to_the_desk()
        tasks = [asyncio.create_task(self._platform.run())]
        async with self.delivering():
            try:
                tasks += await self._connected()
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _connected(self) -> list[asyncio.Task[None]]:
        front = self._platform.front
        if front is None:
            await self.slack.connected()
            return []
        started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        app = build_app(routers=[front.router], body_limits=front.body_limits, posted=front.posted)
        serving = asyncio.create_task(serve(app, "127.0.0.1", 0, started=started.set_result))
        http = self.slack.post_to((await started).rstrip("/") + PATH)
        http.signs_at = time.time  # what is signed is compared with the machine's clock
        return [serving]

    @property
    def _platform(self) -> SlackPlatform:
        assert self.parts.slack is not None
        return self.parts.slack

    def _listen_to_the_desk(self) -> None:
        """Remember what the desk says, to see that all of it is shown, and what was refused."""
        telling = self._platform.telling
        receive = telling.desk.receive

        def listening(interaction: Interaction) -> Answer:
            self._said[interaction.by.handle] = answer = receive(interaction)
            return answer

        telling.desk = replace(telling.desk, receive=listening)

    async def quiet_outside(self) -> None:
        """Wait until everything has arrived, at the desk and from it."""
        await self.slack.settled()
        await self._platform.telling.settle()
