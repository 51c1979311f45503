"""A desk in a loopback Slack, and what people usually do there, for stories."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from chatdesk import bootstrap
from chatdesk.adapters.http.app import build_app
from chatdesk.adapters.http.server import serve
from chatdesk.adapters.slack.front import PATH
from chatdesk.adapters.slack.manifest import Asked, manifest
from chatdesk.config import PolicySource, Settings
from chatdesk.ports import Transaction
from tests.fakes import HandTicks
from tests.slack.apps import app_from_manifest
from tests.slack.loopback import LoopbackSlack
from tests.slack.things import Message, View

POLICY = """
name: Northwind IT
zone: Europe/Berlin
admins: [slack:UDANA]
managers: [slack:UDANA]
queues:
  it:
    title: IT help
    agents: [slack:UJO, slack:UKIM]
    leads: [slack:UJO]
    home: {slack: CHELP}
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

ASKED = Asked(with_groups=True)

Way = Literal["socket", "http"]


class SlackDesk:
    """A desk and the Slack it is in."""

    def __init__(self, slack: LoopbackSlack, parts: bootstrap.Parts) -> None:
        self.slack = slack
        self.parts = parts

    async def settled(self) -> None:
        """Wait until nobody has anything left to say."""
        assert self.parts.slack is not None
        calm = 0
        async with asyncio.timeout(60):
            while calm < 2:
                await self.slack.settled()
                await self.parts.slack.telling.settle()
                self.parts.worker.wake()
                await asyncio.sleep(0.02)
                quiet = self.parts.worker.is_at_rest and self.parts.store.read(is_quiet)
                calm = calm + 1 if quiet else 0

    def shown(self, channel: str, thread: Message | None = None) -> list[str]:
        """Return what stands in a place, or under a message."""
        return [reads(one) for one in self.slack.messages(channel, thread)]


def reads(shown: Message | View) -> str:
    """Return all a person reads, in rich text and in plain."""
    return "\n".join(_texts(shown.payload if isinstance(shown, View) else shown.blocks))


def _texts(thing: object) -> Iterator[str]:
    if isinstance(thing, list):
        for one in thing:
            yield from _texts(one)
    elif isinstance(thing, dict):
        if isinstance(thing.get("text"), str):
            yield thing["text"]
        for one in thing.values():
            yield from _texts(one)


def is_quiet(tx: Transaction) -> bool:
    """Tell whether nothing is to be sent soon."""
    due_in = tx.outbox.next_due_in()
    return due_in is None or due_in > timedelta(seconds=5)


@asynccontextmanager
async def slack_desk(
    specs: Path,
    store_url: str,
    folder: Path,
    way: Way = "socket",
    *,
    policy: str = POLICY,
    real_time: Callable[[], datetime] | None = None,
) -> AsyncIterator[SlackDesk]:
    """Let a desk run in a Slack of four people, a queue's channel and a general one."""
    slack = LoopbackSlack(specs, app=app_from_manifest(manifest("socket", ASKED)))
    people = [slack.user(one) for one in ("UMARA", "UJO", "UKIM", "UDANA")]
    slack.channel("CHELP", "it-help", *people[1:3], kind="private")
    slack.channel("CGENERAL", "general", *people)
    (folder / "desk.yaml").write_text(policy)
    async with (
        slack.serving(),
        running(slack, store_url, folder, way, real_time) as desk,
    ):
        yield desk
        await desk.settled()
    assert slack.complaints == []


def settings_for(slack: LoopbackSlack, store_url: str, folder: Path, way: Way) -> Settings:
    """Return the settings of a desk in that Slack, whose `desk.yaml` lies in the folder."""
    return Settings(
        policy=folder / "desk.yaml",
        data_dir=folder,
        database_url=SecretStr(store_url),
        slack_bot_token=SecretStr(slack.app.bot_token),
        slack_app_token=SecretStr(slack.app.app_token) if way == "socket" else None,
        slack_signing_secret=SecretStr(slack.app.signing_secret),
        slack_api_url=slack.api_url,
    )


@asynccontextmanager
async def running(
    slack: LoopbackSlack,
    store_url: str,
    folder: Path,
    way: Way,
    real_time: Callable[[], datetime] | None = None,
) -> AsyncIterator[SlackDesk]:
    """Let a desk run in that Slack."""
    settings = settings_for(slack, store_url, folder, way)
    parts = bootstrap.assemble(settings, PolicySource(folder / "desk.yaml"), real_time=real_time)
    async with at_work(slack, parts):
        yield SlackDesk(slack, parts)


@asynccontextmanager
async def at_work(slack: LoopbackSlack, parts: bootstrap.Parts) -> AsyncIterator[None]:
    """Let a desk work in this process, served or connected, with its worker; it is closed then."""
    assert parts.slack is not None
    tasks = [
        asyncio.create_task(parts.worker.run(HandTicks())),
        asyncio.create_task(parts.slack.run()),
    ]
    if parts.slack.front is not None:
        started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        app = build_app(
            routers=[parts.slack.front.router],
            body_limits=parts.slack.front.body_limits,
            posted=parts.slack.front.posted,
        )
        tasks.append(asyncio.create_task(serve(app, "127.0.0.1", 0, started=started.set_result)))
        slack.post_to((await started).rstrip("/") + PATH)
    else:
        await slack.connected(len(slack.sockets.live) + 1)
    forget = parts.store.listen(parts.worker.wake)
    try:
        yield
    finally:
        forget()
        await parts.worker.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(parts.close)


async def opened(desk: SlackDesk, summary: str = "VPN drops") -> Message:
    """Let Mara open a ticket; return its card in the agents' channel."""
    await desk.slack.types("UMARA", "CGENERAL", f"/ticket new {summary}")
    await desk.settled()
    await desk.slack.fills("UMARA", {"What is it about?": "VPN"})
    await desk.settled()
    await desk.slack.submits("UMARA", values={"What happened?": "Since noon, every ten minutes."})
    await desk.settled()
    return desk.slack.messages("CHELP")[-1]


async def claimed(desk: SlackDesk) -> Message:
    """Let Mara open a ticket and Jo claim it; return its card."""
    card = await opened(desk)
    await desk.slack.clicks("UJO", card, "Claim")
    await desk.settled()
    return card
