"""Whatever becomes of an answer of Discord's, each message, thread and post is there once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from chatdesk.adapters.db import open_store
from chatdesk.adapters.db.address import address_of
from chatdesk.adapters.http.server import listen
from chatdesk.lifecycle import record
from tests.adapters.conftest import migrated_url
from tests.discord.desk import DiscordDesk
from tests.discord.faults import Fault
from tests.discord.loopback import LoopbackDiscord
from tests.discord.stories import desk_in_discord, nobody_is_in_a_hurry

__all__ = ["nobody_is_in_a_hurry"]

PATIENCE = 60.0
"""Seconds until a story that does not go on has failed."""

ENDINGS: dict[str, Callable[[], Fault]] = {
    "the connection is reset after it was accepted": Fault.drop,
    "no answer comes": Fault.hang,
    "502 after it was accepted": lambda: Fault.status(502, is_accepted=True),
    "500, and it was not accepted": lambda: Fault.status(500),
    "the connection is reset before it was accepted": lambda: Fault.drop(is_accepted=False),
    "the server's own limit": lambda: Fault.rate_limited(0.01, is_global=True),
}


@pytest.fixture
async def desk(store_url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[DiscordDesk]:
    async with desk_in_discord(store_url, shared_specs, tmp_path) as made:
        means = made.parts.worker._delivery._means
        object.__setattr__(means, "call_within", timedelta(seconds=2))
        yield made


async def drained(desk: DiscordDesk) -> None:
    """Wait until all is told; nobody waits for the pauses between two tries."""
    assert desk.parts.discord is not None
    await desk.discord.gateway.settled()
    await desk.parts.discord.telling.settle()
    lanes = ["ticket:1:requester", "ticket:1:agents:it"]
    async with asyncio.timeout(PATIENCE):
        while desk.parts.store.read(lambda tx: not all(map(tx.outbox.is_silent, lanes))):
            desk.parts.store.write(lambda tx: tx.outbox.hasten(lanes))
            desk.parts.worker.wake()
            await asyncio.sleep(0.1)
    await desk.settled()


def once(desk: DiscordDesk, words: str, channel: str) -> bool:
    return sum(words in one for one in desk.shown(channel)) == 1


@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_ticket_has_one_thread_one_receipt_and_one_post(
    desk: DiscordDesk, ending: str
) -> None:
    for path in (f"/{desk.forum}/threads$", f"/{desk.support}/threads$"):
        desk.discord.rest.next("POST", path, ENDINGS[ending]())
    receipts = rf"/channels/(?!{desk.support})\d+/messages$"
    desk.discord.rest.next("POST", receipts, ENDINGS[ending]())
    ask = desk.discord
    await ask.calls_command(desk.mara, desk.general, "ticket", "new", words="VPN", topic="other")
    await ask.submits(desk.mara, {"What happened?": "Since noon."})
    await ask.clicks(desk.mara, desk.whispered(desk.mara), "Send as it is")
    await drained(desk)
    assert len(desk.discord.posts(desk.forum)) == 1
    assert len(desk.discord.posts(desk.support)) == 1
    assert once(desk, "VPN", desk.thread()["id"])
    assert desk.mara in desk.discord.world.members[desk.thread()["id"]]


@pytest.mark.parametrize("is_hidden", [True, False])
@pytest.mark.parametrize("has_spoken", [True, False])
async def test_nobody_is_let_into_a_thread_that_an_earlier_desk_made_for_somebody_else(
    desk: DiscordDesk, has_spoken: bool, is_hidden: bool
) -> None:
    world = desk.discord.world
    asked = {"name": "#1 Salary dispute", "type": 12, "invitable": False}
    old = world.thread(desk.support, asked, world.bot["id"])
    world.members[old["id"]].add(desk.kim)
    let_in = world.say(old["id"], world.bot["id"], {"content": f"<@{desk.kim}>"})
    let_in["type"] = 1
    if has_spoken:
        world.say(old["id"], desk.kim, {"content": "What I earn"})
    world.alter(old["id"], archived=is_hidden)
    desk.discord.rest.next("POST", f"/{desk.support}/threads$", Fault.status(500))
    await desk.opened()
    await drained(desk)
    assert desk.mara not in world.members[old["id"]]
    assert desk.thread()["id"] != old["id"]
    assert once(desk, "VPN", desk.thread()["id"])
    assert desk.mara in world.members[desk.thread()["id"]]


@pytest.mark.parametrize("minutes", [0, 10])
@pytest.mark.parametrize("ending", ENDINGS)
async def test_words_and_a_file_stand_once_in_their_order(
    desk: DiscordDesk, ending: str, minutes: int
) -> None:
    await desk.opened()
    path = f"/{desk.post()['id']}/messages$"
    desk.discord.rest.next("POST", path, ENDINGS[ending](), Fault.none(), ENDINGS[ending]())
    log = desk.discord.file("vpn.log", b"10:02 reset")
    await desk.discord.says(desk.mara, desk.thread()["id"], "First", files=[log])
    await desk.discord.says(desk.mara, desk.thread()["id"], "Second")
    desk.discord.world.now += minutes * 60
    await drained(desk)
    said = [one for one in desk.shown(desk.post()["id"]) if "First" in one or "Second" in one]
    assert ["First" in one for one in said] == [True, False]
    posted = desk.discord.messages(desk.post()["id"])
    assert [file["filename"] for one in posted for file in one["attachments"]] == ["vpn.log"]
    assert desk.parts.store.read(lambda tx: tx.outbox.parked()) == []


async def test_a_restart_in_the_middle_of_an_outage_says_everything_once(
    desk: DiscordDesk,
) -> None:
    await desk.opened()
    # Discord does what it is asked, and cannot say so.
    path = f"/{desk.post()['id']}/messages$"
    desk.discord.rest.next("POST", path, *[Fault.status(503, is_accepted=True)] * 2)
    for words in ("First", "Second"):
        await desk.discord.says(desk.mara, desk.thread()["id"], words)
    async with desk.restarted():
        await drained(desk)
    assert once(desk, "First", desk.post()["id"])
    assert once(desk, "Second", desk.post()["id"])


async def test_what_a_resumed_session_replays_is_heard_once(desk: DiscordDesk) -> None:
    await desk.opened()
    await desk.discord.says(desk.mara, desk.thread()["id"], "Heard before")
    await desk.settled()
    (session,) = desk.discord.gateway.sessions.values()
    heard = [one for one in session.told if one["t"] == "MESSAGE_CREATE"]
    await desk.discord.gateway.drop()
    await desk.until(lambda: desk.discord.gateway.resumed == 1)
    for one in heard:
        desk.discord.gateway.dispatch("MESSAGE_CREATE", one["d"])
    await drained(desk)
    assert once(desk, "Heard before", desk.post()["id"])


async def test_two_sessions_that_hear_the_same_say_it_once(
    desk: DiscordDesk,
) -> None:
    second = desk.assemble()
    assert second.discord is not None
    # As if its lease had been taken over while this one still listens.
    second.discord._shards._sharing._name = "another"
    hearing = asyncio.create_task(second.discord.run())
    try:
        await desk.until(lambda: len(desk.discord.gateway.sessions) == 2)
        await desk.opened()
        await desk.discord.says(desk.mara, desk.thread()["id"], "Said to both")
        await second.discord.telling.settle()
        await drained(desk)
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
        await second.discord.close()
        await asyncio.to_thread(second.close)
    assert len(desk.discord.posts(desk.forum)) == 1
    assert once(desk, "Said to both", desk.post()["id"])


# --- a process that dies before it can write down what Discord accepted ---------------------------


@asynccontextmanager
async def process(desk: DiscordDesk) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the desk in a process of its own."""
    given = desk.settings()
    assert given.discord_token is not None
    kept = {name: one for name, one in os.environ.items() if not name.startswith("CHATDESK_")}
    with listen("127.0.0.1", 0) as taken:
        port: int = taken.getsockname()[1]
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "chatdesk", "run"),
        env=kept
        | {
            "CHATDESK_POLICY": str(given.data_dir / "desk.yaml"),
            "CHATDESK_DATA_DIR": str(given.data_dir),
            "CHATDESK_DATABASE_URL": given.database.get_secret_value(),
            "CHATDESK_PORT": str(port),
            "CHATDESK_DISCORD_TOKEN": given.discord_token.get_secret_value(),
            "CHATDESK_DISCORD_GUILD": given.discord_guild,
            "CHATDESK_DISCORD_SUPPORT_CHANNEL": given.discord_support_channel,
            "CHATDESK_DISCORD_API_URL": given.discord_api_url,
            "CHATDESK_DISCORD_GATEWAY_URL": given.discord_gateway_url,
        },
        stdout=asyncio.subprocess.DEVNULL,
        stderr=None if os.environ.get("CHATDESK_TEST_LOUD") else asyncio.subprocess.DEVNULL,
    )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.send_signal(signal.SIGTERM)
        await running.wait()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not is_so():  # noqa: ASYNC110 - another process has no event for it
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_what_discord_accepted_from_a_process_that_was_killed_is_not_said_again(
    request: pytest.FixtureRequest, shared_specs: Path, tmp_path: Path, kind: str
) -> None:
    discord = LoopbackDiscord(shared_specs)
    with migrated_url(request, kind, is_shared=False) as url:
        async with discord.serving() as served:
            desk = DiscordDesk(discord, tmp_path, url)
            desk._served = served
            async with process(desk) as first:
                async with asyncio.timeout(PATIENCE):
                    await discord.gateway.identified.wait()
                await discord.calls_command(
                    desk.mara, desk.general, "ticket", "new", words="VPN", topic="other"
                )
                await discord.submits(desk.mara, {"What happened?": "Since noon."})
                lost = (f"/{desk.forum}/threads$", f"/{desk.support}/threads$")
                for path in lost:
                    discord.rest.next("POST", path, Fault.hang())
                await discord.clicks(desk.mara, desk.whispered(desk.mara), "Send as it is")
                await until(lambda: all(discord.rest.made("POST", path) for path in lost))
                first.kill()
                await first.wait()
            engine = create_engine(address_of(url))
            with engine.begin() as connection:  # the minutes pass that were a dead process's own
                connection.execute(
                    text("UPDATE outbox SET next_at = due_at WHERE state = 'sending'")
                )
            engine.dispose()
            async with process(desk):
                with closing(open_store(url, record)) as store:
                    await until(lambda: store.read(lambda tx: tx.outbox.oldest_unsent()) is None)
    assert [len(discord.posts(one)) for one in (desk.forum, desk.support)] == [1, 1]
    assert once(desk, "VPN", desk.thread()["id"])
    assert discord.rest.complaints == []
