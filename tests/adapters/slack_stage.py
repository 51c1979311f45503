"""Desks in a loopback Slack: in this process, where stories look inside, or in one of their own."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from chatdesk import bootstrap
from chatdesk.adapters.db import SqlStore
from chatdesk.adapters.slack.front import PATH
from chatdesk.adapters.slack.platform import SlackPlatform
from chatdesk.config import PolicySource, Settings
from chatdesk.lifecycle.ticket import EntryKind
from tests.adapters import slack_room
from tests.adapters.slack_room import SlackDesk, Way, at_work, reads, settings_for
from tests.conftest import ROOT
from tests.slack.loopback import LoopbackSlack
from tests.slack.things import Message

POLICY = re.sub(r" +questions:\n( +- .*\n)+", "", slack_room.POLICY)
"""One in which a topic is all that has to be chosen."""

PATIENCE = 60
"""Seconds until a story that waits in vain gives up."""


def peopled(specs: Path) -> LoopbackSlack:
    """Return a Slack in which Mara asks, and Jo and Kim help in #it-help."""
    slack = LoopbackSlack(specs)
    slack.app.shortcuts = {"new_ticket"}
    slack.app.message_shortcuts = {"create_ticket"}
    people = [slack.user(one) for one in ("UMARA", "UJO", "UKIM", "UDANA")]
    slack.channel("CHELP", "it-help", *people[1:3], kind="private")
    slack.channel("CGENERAL", "general", *people)
    return slack


def free_port() -> int:
    """Return a port that nobody listens on at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE):
        while not is_so():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


def entries(store: SqlStore, number: int = 1) -> list[str]:
    """Return everything written on a ticket, oldest first."""
    everything = frozenset(EntryKind)
    return store.read(lambda tx: [one.text for one in tx.entries.of(number, everything)])


def tickets(store: SqlStore) -> int:
    """Count the tickets there are."""
    return store.read(lambda tx: sum(tx.tickets.load(number) is not None for number in range(50)))


# --- in this process ------------------------------------------------------------------------------


class InnerDesk(SlackDesk):
    """A desk of this process, and what its stories do."""

    @property
    def platform(self) -> SlackPlatform:
        """The desk's side of Slack."""
        assert self.parts.slack is not None
        return self.parts.slack

    async def opened(self, summary: str = "VPN drops") -> Message:
        """Let Mara open a ticket; return its card in the agents' channel."""
        await fill_in(self.slack, summary)
        await self.slack.submits("UMARA", values={"What happened?": "Since noon."})
        await self.settled()
        return self.slack.messages("CHELP")[-1]

    def receipt(self) -> Message:
        """Return the receipt in Mara's direct message."""
        return next(
            one for one in self.slack.messages(self.slack.dm("UMARA")) if "VPN" in reads(one)
        )


async def fill_in(slack: LoopbackSlack, summary: str) -> None:
    """Let Mara open the form of a new ticket and choose its topic."""
    await slack.types("UMARA", "CGENERAL", f"/ticket new {summary}")
    await until(lambda: slack.view_of("UMARA") is not None)
    as_opened = slack.form_of("UMARA").hash
    await slack.fills("UMARA", {"What is it about?": "VPN"})
    await until(lambda: slack.form_of("UMARA").hash != as_opened)


@asynccontextmanager
async def inner_desk(
    slack: LoopbackSlack, store_url: str, folder: Path, way: Way
) -> AsyncIterator[InnerDesk]:
    """Run a desk in this process, served or connected, with its worker."""
    settings = settings_in(slack, store_url, folder, way)
    parts = bootstrap.assemble(settings, PolicySource(settings.policy))
    async with at_work(slack, parts):
        yield InnerDesk(slack, parts)
    await forget_address(slack)


def settings_in(slack: LoopbackSlack, store_url: str, folder: Path, way: Way) -> Settings:
    """Return the settings of a desk in that Slack, at an address of its own; write its policy."""
    (folder / "desk.yaml").write_text(POLICY)
    settings = settings_for(slack, store_url, folder, way)
    return settings.model_copy(update={"port": free_port()})


async def forget_address(slack: LoopbackSlack) -> None:
    """Let Slack reach nobody over HTTP any more."""
    if slack.http is not None:
        await slack.http.close()
        slack.http, slack.courier.transport = None, slack.sockets


# --- in a process of its own ----------------------------------------------------------------------


class DeskProcess:
    """A desk started as an operator would; it can be killed."""

    def __init__(self, process: asyncio.subprocess.Process, address: str) -> None:
        self._process = process
        self.address = address

    async def kill(self) -> None:
        """Let it die on the spot."""
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()

    async def end(self) -> int:
        """Tell it to end, and return its exit code."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            return await self._process.wait()


async def start(slack: LoopbackSlack, settings: Settings, way: Way) -> DeskProcess:
    """Start a desk and wait until Slack can reach it."""
    before = max((one.number for one in slack.sockets.connections), default=0)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "chatdesk", "run"),
        cwd=ROOT,
        env=environment(slack, settings, way),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=None if os.environ.get("CHATDESK_TEST_LOUD") else asyncio.subprocess.DEVNULL,
    )
    address = settings.address
    async with asyncio.timeout(PATIENCE):
        if way == "socket":
            await slack.sockets.wait_beyond(before)
        else:
            while not _answers(settings.port):  # noqa: ASYNC110 - another process has no event
                await asyncio.sleep(0.05)
            if slack.http is None:
                slack.post_to(address.rstrip("/") + PATH)
    return DeskProcess(process, address)


def environment(slack: LoopbackSlack, settings: Settings, way: Way) -> dict[str, str]:
    """Return the environment of such a desk."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("CHATDESK_")},
        "CHATDESK_POLICY": str(settings.policy),
        "CHATDESK_DATA_DIR": str(settings.data_dir),
        "CHATDESK_DATABASE_URL": settings.database.get_secret_value(),
        "CHATDESK_PORT": str(settings.port),
        "CHATDESK_SLACK_BOT_TOKEN": slack.app.bot_token,
        "CHATDESK_SLACK_API_URL": slack.api_url,
        "CHATDESK_SLACK_SIGNING_SECRET": slack.app.signing_secret,
        "CHATDESK_SLACK_APP_TOKEN": slack.app.app_token if way == "socket" else "",
    }


def _answers(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


@asynccontextmanager
async def desk_process(
    slack: LoopbackSlack, settings: Settings, way: Way
) -> AsyncIterator[DeskProcess]:
    """Run a desk in a process of its own until the story is told."""
    process = await start(slack, settings, way)
    try:
        yield process
    finally:
        await process.end()
