"""Slack as others imagine it: the desk's voice against an emulator that is not ours.

It knows no sockets, commands or clicks, so what people do is told the desk directly; what the desk
shows them is read there. It wants POST where Slack's own library sends GET, and truncates nothing.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from chatdesk import bootstrap
from chatdesk.adapters.slack.messenger import SlackMessenger
from chatdesk.config import PolicySource, Settings
from chatdesk.ports import Place, Placement, Transaction
from chatdesk.ui.cards import button_id
from chatdesk.ui.exchange import Clicked, Done, Interaction, Submitted, Visitor
from chatdesk.ui.forms import Values
from tests.adapters.conftest import migrated_url
from tests.adapters.messenger_contract import AGENTS, MessengerContract
from tests.fakes import HandTicks

pytestmark = [pytest.mark.emulator, pytest.mark.xdist_group("emulator")]

TOKEN = "xoxb-test"
STARTS_WITHIN = 30
SEED = """
slack:
  team: {name: Somewhere, domain: somewhere}
  users:
    - {name: mara, real_name: Mara Lind, email: mara@example.org}
    - {name: jo, real_name: Jo Park, email: jo@example.org}
"""
POLICY = """
admins: [slack:{jo}]
queues:
  it: {{title: IT help, agents: ["slack:{jo}"], home: {{slack: {home}}}}}
topics:
  vpn: {{title: VPN, queue: it}}
"""


class PostingClient(AsyncWebClient):
    """Slack's own client, with a body of POST for what it would send in the address."""

    async def api_call(self, api_method: str, **asked: Any) -> AsyncSlackResponse:
        if asked.get("params"):
            asked |= {"http_verb": "POST", "data": asked.pop("params")}
        return await super().api_call(api_method, **asked)


@pytest.fixture(scope="module")
def api_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The emulator's address; CHATDESK_EMULATE is the folder that it was installed in."""
    folder = os.environ.get("CHATDESK_EMULATE", "")
    program = Path(folder, "node_modules/emulate/dist/index.js")
    if not folder or not program.is_file():
        pytest.skip("needs emulate of npm, in the folder CHATDESK_EMULATE: see CONTRIBUTING.md")
    seed = tmp_path_factory.mktemp("emulate") / "seed.yaml"
    seed.write_text(SEED)
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    bundled = Path(folder, "node_modules/node/bin/node")
    node = str(bundled) if bundled.is_file() else "node"
    command = [node, str(program), "start", "-s", "slack", "-p", str(port), "--seed", str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as emulator:
        try:
            lines = iter(emulator.stdout or ())
            if not any("Ready" in line for line in lines):
                pytest.skip("emulate does not start here: it needs node 22.15 or newer")
            yield f"http://127.0.0.1:{port}/api/"
        finally:
            emulator.terminate()


@pytest.fixture
def client(api_url: str) -> AsyncWebClient:
    return PostingClient(token=TOKEN, base_url=api_url, retry_handlers=[])


@pytest.fixture
async def people(client: AsyncWebClient) -> dict[str, str]:
    """Ids by name."""
    listed = await client.users_list()
    return {one["name"]: one["id"] for one in listed["members"]}


numbers = itertools.count(1)


@pytest.fixture
async def channel(client: AsyncWebClient) -> str:
    """A channel in which nothing was said yet."""
    made = await client.conversations_create(name=f"help-{next(numbers)}")
    return str(made["channel"]["id"])


class Memory(dict[str, str]):
    """What outlives a restart, in a dictionary."""

    def set(self, name: str, value: str) -> None:
        self[name] = value


def read(shown: object) -> str:
    """Return all the texts of a message's blocks."""
    if isinstance(shown, dict):
        own = [shown["text"]] if isinstance(shown.get("text"), str) else []
        return "".join(own) + "".join(map(read, shown.values()))
    return "".join(map(read, shown)) if isinstance(shown, list) else ""


class TestSlackMessengerElsewhere(MessengerContract):
    @pytest.fixture
    def messenger(
        self, client: AsyncWebClient, people: dict[str, str], channel: str
    ) -> SlackMessenger:
        self.client, self.people, self.channel = client, people, channel
        self.memory = Memory()
        return SlackMessenger(client, self.memory)

    def agents(self) -> Placement:
        return Placement(lane=AGENTS, number=7, queue_home=self.channel)

    def person(self, lane: str, *, is_other: bool = False) -> Placement:
        user = self.people["jo" if is_other else "mara"]
        return Placement(lane=lane, handles=(f"slack:{user}",))

    def stranger(self) -> Placement:
        return Placement(lane="person:p9", handles=("slack:U0NOBODY",))

    async def shown(self, place: Place, message: str) -> str:
        found = {one["ts"]: one for one in await self._messages(place)}
        rest = self.memory.get(f"slack:rest:{place.place}:{message}") or ""
        thread = Place(platform="slack", place=place.place, thread=place.thread or message)
        inside = {one["ts"]: one for one in await self._messages(thread)} if rest else {}
        parts = [found[message], *(inside[ts] for ts in rest.split())]
        return "".join(read(one["blocks"]) for one in parts)

    async def messages(self, place: Place) -> list[str]:
        return [one["ts"] for one in await self._messages(place)]

    async def _messages(self, place: Place) -> list[dict[str, Any]]:
        if place.thread:
            told = await self.client.conversations_replies(channel=place.place, ts=place.thread)
            return [one for one in told["messages"] if one["ts"] != place.thread]
        told = await self.client.conversations_history(channel=place.place)
        return [*reversed(told["messages"])]


async def test_a_tickets_way_from_the_form_to_its_solution(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    client: AsyncWebClient,
    people: dict[str, str],
    channel: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chatdesk.adapters.slack.platform.AsyncWebClient", PostingClient)
    (tmp_path / "desk.yaml").write_text(POLICY.format(jo=people["jo"], home=channel))
    with migrated_url(request, "sqlite") as url:
        settings = Settings(
            data_dir=tmp_path,
            database_url=SecretStr(url),
            slack_bot_token=SecretStr(TOKEN),
            slack_signing_secret=SecretStr("unused"),
            slack_api_url=str(client.base_url),
        )
        parts = bootstrap.assemble(settings, PolicySource(tmp_path / "desk.yaml"))
        working = asyncio.create_task(parts.worker.run(HandTicks()))
        forget = parts.store.listen(parts.worker.wake)
        keys = itertools.count()

        async def does(who: str, done: Done) -> None:
            visitor = Visitor(handle=f"slack:{people[who]}", name=who.title())
            told = Interaction(
                key=f"{next(keys)}", platform="slack", by=visitor, place="", done=done
            )
            answer = await asyncio.to_thread(parts.reception.receive, told)
            assert not answer.is_refusal, answer
            await settled(parts)

        asked: Values = {"topic": "vpn", "summary": "VPN drops", "details": "Since noon."}
        await does("mara", Submitted(id=button_id("new"), values=asked))
        (card,) = await told_in(client, channel)
        assert "VPN drops" in card
        direct = str((await client.conversations_open(users=people["mara"]))["channel"]["id"])
        assert any("VPN drops" in one for one in await told_in(client, direct))
        await does("jo", Clicked(id=button_id("claim", 1, 1)))
        (card,) = await told_in(client, channel)
        assert "Assigned to Jo" in card
        solved: Values = {"code": "fixed", "summary": "Client 5.2 helps"}
        await does("jo", Submitted(id=button_id("resolve", 1, 2), values=solved))
        assert any("Client 5.2 helps" in one for one in await told_in(client, direct))
        forget()
        await parts.worker.stop()
        await working
        await asyncio.to_thread(parts.close)


async def told_in(client: AsyncWebClient, place: str) -> list[str]:
    """What people read in a place, and in its threads."""
    told = await client.conversations_history(channel=place)
    return [read(one.get("blocks") or []) for one in reversed(told["messages"])]


async def settled(parts: bootstrap.Parts) -> None:
    """Wait until nothing is due any more."""

    def is_quiet(tx: Transaction) -> bool:
        due_in = tx.outbox.next_due_in()
        return due_in is None or due_in > timedelta(seconds=5)

    calm = 0
    async with asyncio.timeout(20):
        while calm < 2:
            parts.worker.wake()
            await asyncio.sleep(0.05)
            is_calm = parts.worker.is_at_rest and parts.store.read(is_quiet)
            calm = calm + 1 if is_calm else 0
