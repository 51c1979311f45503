"""A whole desk in a loopback Discord, with the people of a small company around it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

from chatdesk import bootstrap
from chatdesk.config import PolicySource, Settings
from chatdesk.ports import StoreUnavailable, Transaction
from tests.discord.loopback import LoopbackDiscord, Served
from tests.discord.reference import reads
from tests.discord.rest_api import TOKEN
from tests.discord.world import Json
from tests.fakes import HandTicks

POLICY = """
name: Northwind IT
zone: Europe/Berlin
admins: [discord:DANA]
managers: [discord:DANA]
queues:
  it:
    title: IT help
    agents: [discord:JO, discord:KIM]
    leads: [discord:JO]
    home: {discord: "FORUM"}
    hours: always
topics:
  vpn:
    title: VPN
    queue: it
    questions:
      - {name: system, label: Which system?, kind: choice, options: [Linux, Windows]}
      - {name: version, label: Which version?, when: {system: [Windows]}}
  other:
    title: Something else
    queue: it
hours:
  always:
    zone: Europe/Berlin
    week: {mon: ["00:00-24:00"], tue: ["00:00-24:00"], wed: ["00:00-24:00"],
           thu: ["00:00-24:00"], fri: ["00:00-24:00"], sat: ["00:00-24:00"], sun: ["00:00-24:00"]}
"""

SOON, FURTHEST = timedelta(seconds=5), timedelta(seconds=20)
"""How far stories go ahead to what is due next: to let the desk rest, and to see something so."""


class DiscordDesk:
    """A desk and the Discord it is in."""

    def __init__(self, discord: LoopbackDiscord, folder: Path, url: str, shards: int = 0) -> None:
        self.discord = discord
        self._shards = shards
        self._folder, self._url = folder, url
        self._ahead = timedelta()
        self.mara, self.jo, self.kim, self.dana = map(discord.user, ("Mara", "Jo", "Kim", "Dana"))
        self.support, self.general = map(discord.text_channel, ("help", "general"))
        self.forum = discord.forum("it-desk")
        policy = POLICY.replace("FORUM", self.forum)
        for name in ("mara", "jo", "kim", "dana"):
            policy = policy.replace(f"discord:{name.upper()}", f"discord:{getattr(self, name)}")
        (folder / "desk.yaml").write_text(policy)
        self.parts: bootstrap.Parts

    def settings(self) -> Settings:
        """Return what the desk is told by its environment."""
        return Settings(
            data_dir=self._folder,
            database_url=SecretStr(self._url),
            discord_token=SecretStr(TOKEN),
            discord_guild=self.discord.world.guild,
            discord_support_channel=self.support,
            discord_shards=self._shards,
            discord_api_url=self._served.api_url,
            discord_gateway_url=self._served.gateway_url,
        )

    @asynccontextmanager
    async def running(self, served: Served) -> AsyncIterator[DiscordDesk]:
        """Let the desk work until the story ends, however often it is restarted."""
        self._served = served
        await self._start()
        try:
            yield self
        finally:
            await self._stop()

    @asynccontextmanager
    async def restarted(self, before: Callable[[], None] = lambda: None) -> AsyncIterator[None]:
        """Stop the desk and start it again; `before` happens in between."""
        await self.settled()
        await self._stop()
        before()
        await self._start()
        yield

    def assemble(self) -> bootstrap.Parts:
        """Return a desk on this one's store, in its time."""
        policy = PolicySource(self._folder / "desk.yaml")
        return bootstrap.assemble(self.settings(), policy, real_time=self._now)

    def _now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def _go_on(self, furthest: timedelta) -> None:
        """Let it be the moment when the next is due: nobody waits for an undo to run out."""
        due_in = None
        with suppress(StoreUnavailable):  # a store that is away lets nothing become due
            due_in = self.parts.store.read(lambda tx: tx.outbox.next_due_in())
        if self.parts.worker.is_at_rest and due_in and due_in <= furthest:
            self._ahead += due_in
            self.parts.worker.wake()

    async def _start(self) -> None:
        self.parts = self.assemble()
        platform = self.parts.discord
        assert platform is not None
        self.discord.gateway.identified.clear()
        self._tasks = [
            asyncio.create_task(self.parts.worker.run(HandTicks())),
            asyncio.create_task(platform.run()),
        ]
        self._forget = self.parts.store.listen(self.parts.worker.wake)
        await self.discord.connected()

    async def _stop(self) -> None:
        platform = self.parts.discord
        assert platform is not None
        self._forget()
        await self.parts.worker.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await platform.close()
        await asyncio.to_thread(self.parts.close)

    async def until(self, is_so: Callable[[], bool], within: float = 20) -> None:
        """Wait until something is so; what is due soon, as a Reply that can be undone, is due."""
        async with asyncio.timeout(within):
            while not is_so():
                self._go_on(FURTHEST)
                await asyncio.sleep(0.02)

    def direct_of(self, user: str) -> str:
        """Return somebody's direct messages with the desk."""
        return self.discord.direct(user)

    def say_quietly(self, text: str) -> None:
        """Let Mara say something that no session hears."""
        self.discord.gateway.sessions.clear()
        self.discord.world.say(self.thread()["id"], self.mara, {"content": text})

    async def settled(self) -> None:
        """Wait until nobody has anything left to say."""
        assert self.parts.discord is not None
        calm = 0
        async with asyncio.timeout(20):
            while calm < 2:
                await self.discord.gateway.settled()
                await self.parts.discord.telling.settle()
                self.parts.worker.wake()
                await asyncio.sleep(0.02)
                self._go_on(SOON)
                is_quiet = self.parts.worker.is_at_rest and self.parts.store.read(_is_quiet)
                calm = calm + 1 if is_quiet else 0

    # --- looking ---

    def post(self) -> Json:
        """Return the newest post of the forum."""
        return self.discord.posts(self.forum)[-1]

    def card(self) -> Json:
        """Return the card of the newest ticket."""
        return self.discord.messages(self.post()["id"])[0]

    def thread(self) -> Json:
        """Return the newest thread of the support channel."""
        return self.discord.posts(self.support)[-1]

    def receipt(self) -> Json:
        """Return the receipt of the newest ticket."""
        return self.discord.messages(self.thread()["id"])[0]

    def shown(self, channel: str) -> list[str]:
        """Return what can be read in a channel."""
        found = self.discord.messages(channel)
        return [reads(one["components"]) + one["content"] for one in found]

    def whispered(self, user: str) -> Json:
        """Return what somebody alone was shown last."""
        return self.discord.seen_by(user)[-1]

    # --- what most stories begin with ---

    async def opened(self, summary: str = "VPN drops") -> None:
        """Let Mara open a ticket."""
        ask = self.discord
        await ask.calls_command(
            self.mara, self.general, "ticket", "new", words=summary, topic="vpn"
        )
        first = {"What happened?": "Since noon, every ten minutes.", "Which system?": "Linux"}
        await ask.submits(self.mara, first)
        await self.settled()
        await ask.clicks(self.mara, self.whispered(self.mara), "Send as it is")
        await self.settled()

    async def claimed(self) -> None:
        """Let Jo have it."""
        await self.opened()
        await self.discord.clicks(self.jo, self.card(), "Claim")
        await self.settled()


def _is_quiet(tx: Transaction) -> bool:
    due_in = tx.outbox.next_due_in()
    return due_in is None or due_in > SOON
