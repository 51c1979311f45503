"""How far the Discord of another project goes, in which every story of the scenarios is told.

It refuses no call of any of them, so that none is left out. What it takes where Discord would not,
or does not know, is shown here with where it is told instead: in our own Discord, which can fail.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import simcord
from discord.http import Route
from simcord.http import FakeHTTPClient

from chatdesk.adapters.discord.client import DiscordClient
from chatdesk.adapters.discord.commands import commands
from chatdesk.adapters.discord.rest import Rest
from tests.conftest import ROOT
from tests.discord.simulated import SimulatedDiscord
from tests.discord.world import Json

CHANNEL = "/channels/{channel_id}"
MESSAGES = f"{CHANNEL}/messages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A simulated Discord with a channel and somebody in it, and what a desk speaks through."""

    discord: SimulatedDiscord
    rest: Rest
    channel: str
    mara: str

    async def thread(self) -> str:
        """Make a private thread with Mara in it, and say something there."""
        asked = {"name": "#1 VPN drops", "type": 12, "invitable": False}
        made = await self.rest.call("POST", f"{CHANNEL}/threads", asked, channel_id=self.channel)
        path = f"{CHANNEL}/thread-members/{{user_id}}"
        await self.rest.call("PUT", path, channel_id=made["id"], user_id=self.mara)
        await self.rest.call("POST", MESSAGES, {"content": "Noted"}, channel_id=made["id"])
        return str(made["id"])

    async def changes(self, thread: str, **state: bool) -> None:
        """Change a thread's state."""
        await self.rest.call("PATCH", CHANNEL, state, channel_id=thread)
        now = self.discord.posts(self.channel)[0]["thread_metadata"]
        assert now | state == now

    def read(self, channel: str) -> list[str]:
        """Return what stands in a channel."""
        return [one["content"] for one in self.discord.messages(channel)]


@pytest.fixture
async def there(shared_specs: Any) -> AsyncIterator[Place]:
    """A place in which a client hears and another one speaks."""
    discord = SimulatedDiscord(shared_specs)
    channel, mara = discord.text_channel("help"), discord.user("Mara")
    async with discord.serving():
        rest = Rest(DiscordClient(reads_content=False), "opens.nothing")
        hears = DiscordClient(reads_content=True)
        hearing = asyncio.create_task(hears.start("opens.nothing"))
        await rest.log_in()
        await rest.call("PUT", f"/applications/{rest.application}/commands", commands())
        await discord.connected()
        yield Place(discord=discord, rest=rest, channel=channel, mara=mara)
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
        await hears.close()
        await rest.close()


async def test_every_body_is_held_against_discords_own_document_and_its_limits(
    there: Place,
) -> None:
    assert there.discord.complaints == []
    by_the_document: Json = {"content": "Hello", "enforce_nonce": "perhaps"}
    by_the_limits: Json = {"content": "Hello", "components": [], "nonce": "n" * 26}
    for body in (by_the_document, by_the_limits):
        await there.rest.call("POST", MESSAGES, body, channel_id=there.channel)
    first, *others = there.discord.complaints
    assert "enforce_nonce" in first
    assert any("above 25 characters" in one for one in others)


# --- what it does not model -----------------------------------------------------------------------


async def says_the_same_nonce_twice(there: Place) -> None:
    """Discord shows one message and answers with it twice."""
    body = {"content": "Hello", "nonce": "one", "enforce_nonce": True}
    for _ in range(2):
        await there.rest.call("POST", MESSAGES, body, channel_id=there.channel)
    assert there.read(there.channel).count("Hello") == 2


async def lets_anybody_write_in_a_locked_thread(there: Place) -> None:
    """Discord refuses those who may not manage threads: 160005."""
    thread = await there.thread()
    await there.changes(thread, locked=True)
    await there.discord.says(there.mara, thread, "I am still here")
    assert there.read(thread) == ["Noted", "I am still here"]


async def lets_an_archived_thread_be_changed(there: Place) -> None:
    """Discord refuses changes until somebody opens it again: 50083."""
    thread = await there.thread()
    noted = there.discord.messages(thread)[0]["id"]
    await there.changes(thread, archived=True)
    changed, path = {"content": "Changed"}, f"{MESSAGES}/{{message_id}}"
    await there.rest.call("PATCH", path, changed, channel_id=thread, message_id=noted)
    assert there.read(thread) == ["Changed"]


async def knows_one_session_that_never_breaks(there: Place) -> None:
    """Discord tells how many sessions there may be; here `Speaking` says: one."""
    bare = FakeHTTPClient(there.discord.env.backend, asyncio.get_running_loop())
    with pytest.raises(simcord.RouteNotImplemented, match="GET /gateway/bot"):
        await bare.request(Route("GET", "/gateway/bot"))
    client = DiscordClient(reads_content=True)
    with pytest.raises(AssertionError, match="one session"):
        await client.start("opens.nothing")


LIMITS: dict[Callable[[Place], Awaitable[None]], str] = {
    says_the_same_nonce_twice: "tests/adapters/test_discord_messenger.py",
    lets_anybody_write_in_a_locked_thread: "tests/adapters/test_discord_threads.py",
    lets_an_archived_thread_be_changed: "tests/adapters/test_discord_messenger.py",
    knows_one_session_that_never_breaks: "tests/adapters/test_discord_restarts.py",
}
"""What simcord does otherwise, and which tests tell it of our own Discord.

Beside these it fails only where it is told to, before it has done anything; it never refuses a
direct message by itself, limits no rate, and its files are at addresses that nobody serves. Those
are in `test_discord_exactly_once`, `test_discord_messenger` and `test_discord_words`.
"""


@pytest.mark.parametrize("limit", LIMITS, ids=lambda one: one.__name__)
async def test_what_it_does_otherwise_is_told_elsewhere(
    there: Place, limit: Callable[[Place], Awaitable[None]]
) -> None:
    await limit(there)
    assert (ROOT / LIMITS[limit]).is_file()
