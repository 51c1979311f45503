"""Several processes hear one bot: each holds some of its shards, and takes those of the dead."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from chatdesk import bootstrap
from chatdesk.adapters.db import SqlStore
from chatdesk.adapters.discord import starts
from chatdesk.adapters.discord.platform import DiscordPlatform
from chatdesk.adapters.discord.shards import ALONE, DEAF, _Lost
from chatdesk.adapters.discord.starts import Starts
from chatdesk.ports import PlatformError
from chatdesk.worker.sharing import Sharing
from tests.discord.apps import rest_for
from tests.discord.desk import DiscordDesk
from tests.discord.faults import Call
from tests.discord.loopback import LoopbackDiscord
from tests.discord.stories import desk_in_discord, nobody_is_in_a_hurry

__all__ = ["nobody_is_in_a_hurry"]

SHORT, LONG = timedelta(seconds=3), timedelta(minutes=5)


@pytest.fixture(autouse=True)
def leases_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for long until a dead process's leases have run out."""
    monkeypatch.setattr("chatdesk.worker.sharing.LASTS", SHORT)
    monkeypatch.setattr("chatdesk.worker.sharing.LOOKED", 12)


def in_two_shards(discord: LoopbackDiscord) -> None:
    """Let the server be on the second of two shards; direct messages are on the first."""
    discord.gateway.shards = 2
    while (int(discord.world.guild) >> 22) % 2 != 1:
        discord.world.guild = discord.world.new_id()


@pytest.fixture
async def desk(store_url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[DiscordDesk]:
    lent = desk_in_discord(store_url, shared_specs, tmp_path, prepare=in_two_shards)
    async with lent as made:
        await made.until(lambda: heard(made) == [1, 1] and all_hear(made.parts.discord))
        yield made
        assert made.discord.gateway.doubled == 0, "a shard had two sessions at a time"


def heard(desk: DiscordDesk) -> list[int]:
    """Return how many sessions each shard has."""
    return [len(desk.discord.gateway.of(shard)) for shard in range(2)]


def all_hear(platform: DiscordPlatform | None) -> bool:
    """Tell whether the sessions know that they are heard: the other side knows it earlier."""
    assert platform is not None
    clients = [one.client for one in platform._shards._sessions.values()]
    return all(client is not None and not client.deaf_for() for client in clients)


def held(platform: DiscordPlatform | None) -> set[int]:
    """Return the shards that a process hears."""
    assert platform is not None
    return {one for one, session in platform._shards._sessions.items() if session.client}


class Other:
    """Another process of the same desk, which can be killed."""

    def __init__(self, parts: bootstrap.Parts) -> None:
        assert parts.discord is not None
        self.platform = parts.discord
        self._parts = parts
        self._running = asyncio.create_task(self.platform.run())

    async def is_killed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """End without a word to anybody; what it held, it holds until that has run out."""

        async def nobody_is_told(*_: str) -> None:
            pass

        monkeypatch.setattr(self.platform._shards._sharing, "_leave", nobody_is_told)
        await self.ends()

    async def ends(self) -> None:
        """End as a process does that was told to."""
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        await self.platform.close()
        await asyncio.to_thread(self._parts.close)


@asynccontextmanager
async def beginning(desk: DiscordDesk) -> AsyncIterator[Other]:
    """Let a second process begin."""
    other = Other(await asyncio.to_thread(desk.assemble))
    try:
        yield other
    finally:
        await other.ends()


@asynccontextmanager
async def sharing(desk: DiscordDesk) -> AsyncIterator[Other]:
    """Let a second process run, and each of the two hear a shard."""
    async with beginning(desk) as other:
        await desk.until(lambda: held(other.platform) == {1} and heard(desk) == [1, 1])
        assert held(desk.parts.discord) == {0}
        yield other


def times_asked(discord: LoopbackDiscord) -> list[Call]:
    """Return the calls that asked how many sessions may begin."""
    return discord.rest.made("GET", "/gateway/bot$")


def said_once(desk: DiscordDesk, words: str) -> bool:
    return sum(words in one for one in desk.shown(desk.post()["id"])) == 1


async def test_a_desk_alone_hears_every_shard(desk: DiscordDesk) -> None:
    assert held(desk.parts.discord) == {0, 1}
    await desk.claimed()
    direct = desk.direct_of(desk.mara)
    await desk.discord.says(desk.mara, direct, "My printer smokes")
    await desk.settled()
    assert len(desk.shown(direct)) > 1


async def test_two_processes_share_and_nothing_is_done_twice(desk: DiscordDesk) -> None:
    async with sharing(desk) as other:
        await desk.opened()
        await desk.discord.says(desk.mara, desk.thread()["id"], "Said once")
        await other.platform.telling.settle()
        await desk.settled()
        assert len(desk.discord.posts(desk.forum)) == 1
        assert said_once(desk, "Said once")
        await other.ends()
        await desk.until(lambda: held(desk.parts.discord) == {0, 1} and heard(desk) == [1, 1])


async def test_the_shards_of_a_dead_process_are_taken_over_and_nothing_is_missed(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sharing(desk) as other:
        await desk.claimed()
        await desk.discord.says(desk.mara, desk.thread()["id"], "Heard by the other")
        await other.platform.telling.settle()
        await other.is_killed(monkeypatch)
        await desk.discord.says(desk.mara, desk.thread()["id"], "Said while nobody heard")
        # The other shard hears on; what it hears says nothing of how far this one has heard.
        await desk.discord.says(desk.mara, desk.direct_of(desk.mara), "And something else")
        await desk.until(lambda: held(desk.parts.discord) == {0, 1} and heard(desk) == [1, 1])
        await desk.settled()
        assert said_once(desk, "Said while nobody heard")
        assert said_once(desk, "Heard by the other")


async def test_each_shard_resumes_by_itself(desk: DiscordDesk) -> None:
    await desk.claimed()
    (undisturbed,) = desk.discord.gateway.of(0)
    socket = undisturbed.socket
    await desk.discord.gateway.drop(shard=1)
    await desk.discord.says(desk.mara, desk.thread()["id"], "Into the gap")
    await desk.until(lambda: desk.discord.gateway.resumed == 1)
    await desk.settled()
    assert said_once(desk, "Into the gap")
    assert undisturbed.socket is socket
    assert len(desk.discord.gateway.sessions) == 2


async def test_a_shard_that_was_forgotten_begins_anew_and_reads_what_it_missed(
    desk: DiscordDesk,
) -> None:
    await desk.claimed()
    await desk.discord.says(desk.mara, desk.thread()["id"], "Before")
    await desk.settled()
    desk.discord.gateway.forgets_sessions = True
    await desk.discord.gateway.drop(shard=1)
    await desk.discord.says(desk.mara, desk.thread()["id"], "Into the void")
    await desk.discord.says(desk.mara, desk.direct_of(desk.mara), "And something else")
    await desk.until(lambda: len(desk.discord.gateway.sessions) == 3 and heard(desk) == [1, 1])
    await desk.settled()
    assert said_once(desk, "Into the void")


async def test_what_could_not_be_read_is_read_later(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.claimed()
    await desk.discord.says(desk.mara, desk.thread()["id"], "Before")
    await desk.settled()
    assert desk.parts.discord is not None
    missed = desk.parts.discord._ears._missed

    async def nowhere() -> str:
        raise PlatformError("Discord does not say where that is")

    with monkeypatch.context() as patched:
        patched.setattr(missed, "_guild", nowhere)
        desk.discord.gateway.forgets_sessions = True
        await desk.discord.gateway.drop(shard=1)
        await desk.discord.says(desk.mara, desk.thread()["id"], "Into the void")
        await desk.until(lambda: len(desk.discord.gateway.sessions) == 3 and heard(desk) == [1, 1])
        await desk.settled()
        await desk.discord.says(desk.mara, desk.thread()["id"], "Heard at once")
        await desk.settled()
    assert not said_once(desk, "Into the void")
    await missed.read_up(desk.parts.discord._ears._words.read)
    await desk.settled()
    assert said_once(desk, "Into the void")
    assert said_once(desk, "Heard at once")


async def test_a_shard_that_hears_nothing_begins_anew_while_the_others_hear(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.claimed()
    monkeypatch.setattr("chatdesk.adapters.discord.shards.CONNECT_AGAIN", (0.1,))
    (undisturbed,), (before,) = map(desk.discord.gateway.of, (0, 1))
    let_it_be_deaf(desk, 1)
    await desk.until(lambda: desk.discord.gateway.of(1) not in ([], [before]))
    assert desk.discord.gateway.of(0) == [undisturbed]
    await desk.discord.says(desk.mara, desk.thread()["id"], "Heard anew")
    await desk.settled()
    assert said_once(desk, "Heard anew")


async def test_a_shard_that_is_lost_again_and_again_lets_another_process_try(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk.parts.discord is not None
    monkeypatch.setattr("chatdesk.adapters.discord.shards.CONNECT_AGAIN", (0.1,))
    (undisturbed,) = desk.discord.gateway.of(0)
    desk.parts.discord._shards._lost[1] = _Lost(times=ALONE)
    let_it_be_deaf(desk, 1)
    await desk.until(lambda: undisturbed not in desk.discord.gateway.of(0))
    await desk.until(lambda: heard(desk) == [1, 1])


def let_it_be_deaf(desk: DiscordDesk, shard: int) -> None:
    """Let a session look as if it had heard nothing for longer than it may."""
    assert desk.parts.discord is not None
    client = desk.parts.discord._shards._sessions[shard].client
    assert client is not None
    client._deaf_since = time.monotonic() - 2 * DEAF


async def test_a_process_that_cannot_reach_discord_lets_another_try(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk.parts.discord is not None
    monkeypatch.setattr("chatdesk.adapters.discord.shards.DEAF", 0.2)
    monkeypatch.setattr("chatdesk.adapters.discord.shards.CONNECT_AGAIN", (1.0,))
    name = desk.parts.discord._shards._sharing._name
    desk.discord.gateway.is_away = True
    await desk.discord.gateway.drop()
    waiting = Sharing(desk.parts.store, name, LONG)
    async with asyncio.timeout(20):
        while (await waiting.look(2)).held != {0, 1}:  # noqa: ASYNC110 - another process has no event
            await asyncio.sleep(0.05)
    assert held(desk.parts.discord) == set()
    desk.discord.gateway.is_away = False
    await waiting.leave()
    await desk.until(lambda: heard(desk) == [1, 1])


async def test_the_number_of_shards_can_be_set(
    store_url: str, shared_specs: Path, tmp_path: Path
) -> None:
    async with desk_in_discord(store_url, shared_specs, tmp_path, shards=3) as desk:
        shards = desk.discord.gateway.of
        await desk.until(lambda: [len(shards(one)) for one in range(3)] == [1, 1, 1])
        assert {one.shard[1] for one in desk.discord.gateway.sessions.values()} == {3}


# --- how often sessions may begin -----------------------------------------------------------------


@asynccontextmanager
async def asking(specs: Path, store: SqlStore) -> AsyncIterator[tuple[LoopbackDiscord, Starts]]:
    """Lend what says when a session may begin."""
    discord = LoopbackDiscord(specs)
    async with discord.serving() as served, rest_for(served) as rest:
        yield discord, Starts(rest, Sharing(store, "bot"))


async def is_its_turn(allowed: Starts, shard: int) -> bool:
    try:
        await asyncio.wait_for(allowed.turn(shard), 0.6)
    except TimeoutError:
        return False
    return True


async def test_so_many_sessions_begin_at_once_as_discord_allows(
    store: SqlStore, shared_specs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starts, "ONE_WITHIN", LONG)
    async with asking(shared_specs, store) as (discord, allowed):
        discord.gateway.at_once = 2
        assert await is_its_turn(allowed, 0)
        assert await is_its_turn(allowed, 1)
        assert not await is_its_turn(allowed, 2), "the third waits, whichever process it is in"


async def test_no_session_begins_when_discord_allows_none(
    store: SqlStore,
    shared_specs: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(starts, "ASKED_EVERY", 0.05)
    caplog.set_level(logging.WARNING)
    async with asking(shared_specs, store) as (discord, allowed):
        discord.gateway.remaining, discord.gateway.reset_after = 0, 3600.0
        waiting = asyncio.create_task(allowed.turn(0))
        while len(times_asked(discord)) < 3:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.01)
        assert not waiting.done()
        assert "no more sessions for 3600 s" in caplog.text
        discord.gateway.remaining = 1000
        await waiting


async def test_sessions_move_only_while_plenty_may_begin(desk: DiscordDesk) -> None:
    desk.discord.gateway.remaining = 400
    async with beginning(desk) as other:
        asked = len(times_asked(desk.discord))
        await desk.until(lambda: len(times_asked(desk.discord)) > asked + 4)
        assert held(desk.parts.discord) == {0, 1}
        desk.discord.gateway.remaining = 900
        await desk.until(lambda: held(other.platform) == {1} and heard(desk) == [1, 1])
