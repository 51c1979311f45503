"""What outlives a restart, a broken connection, or a second process, in Discord."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.discord.desk import DiscordDesk
from tests.discord.reference import reads
from tests.discord.stories import desk_in_discord, nobody_is_in_a_hurry

__all__ = ["nobody_is_in_a_hurry"]


@pytest.fixture
async def desk(store_url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[DiscordDesk]:
    async with desk_in_discord(store_url, shared_specs, tmp_path) as made:
        yield made


async def test_a_form_that_is_open_at_a_restart_arrives_with_all_its_words(
    desk: DiscordDesk,
) -> None:
    ask = desk.discord
    await ask.calls_command(desk.mara, desk.general, "ticket", "new", words="VPN", topic="other")
    async with desk.restarted():
        await ask.submits(desk.mara, {"What happened?": "typed before the restart"})
        await ask.clicks(desk.mara, desk.whispered(desk.mara), "Send as it is")
        await desk.settled()
        assert "typed before the restart" in reads(desk.card()["components"])


async def test_a_card_of_long_ago_still_works(desk: DiscordDesk) -> None:
    await desk.opened()
    old = desk.card()
    for _ in range(2):
        async with desk.restarted():
            await desk.settled()
    async with desk.restarted():
        await desk.discord.clicks(desk.jo, old, "Claim")
        await desk.settled()
        assert "Assigned to Jo" in reads(desk.card()["components"])


async def test_the_commands_are_registered_once(desk: DiscordDesk) -> None:
    await desk.settled()
    assert len(desk.discord.rest.made("PUT", "/commands$")) == 1
    async with desk.restarted():
        assert desk.parts.discord is not None
        assert not await desk.parts.discord.register()
    assert len(desk.discord.rest.made("PUT", "/commands$")) == 1


async def test_what_was_said_while_the_desk_was_away_is_read_afterwards(desk: DiscordDesk) -> None:
    await desk.claimed()
    await desk.discord.says(desk.mara, desk.thread()["id"], "Heard at once")
    await desk.settled()
    async with desk.restarted(before=lambda: desk.say_quietly("Said in between")):
        await desk.settled()
        shown = desk.shown(desk.post()["id"])
        assert sum("Said in between" in one for one in shown) == 1
        assert sum("Heard at once" in one for one in shown) == 1


async def test_a_broken_connection_is_resumed_and_nothing_is_missed(desk: DiscordDesk) -> None:
    await desk.claimed()
    await desk.discord.gateway.drop()
    await desk.discord.says(desk.mara, desk.thread()["id"], "Into the gap")
    await desk.until(lambda: desk.discord.gateway.resumed == 1)
    await desk.settled()
    assert sum("Into the gap" in one for one in desk.shown(desk.post()["id"])) == 1
    assert len(desk.discord.gateway.sessions) == 1


async def test_a_session_that_discord_forgot_begins_anew(desk: DiscordDesk) -> None:
    await desk.claimed()
    await desk.discord.says(desk.mara, desk.thread()["id"], "Before")
    await desk.settled()
    desk.discord.gateway.forgets_sessions = True
    await desk.discord.gateway.drop()
    await desk.discord.says(desk.mara, desk.thread()["id"], "Into the void")
    await desk.until(lambda: len(desk.discord.gateway.sessions) == 2)
    await desk.settled()
    assert sum("Into the void" in one for one in desk.shown(desk.post()["id"])) == 1


async def test_one_process_hears_and_the_other_waits(
    desk: DiscordDesk,
) -> None:
    second = desk.assemble()
    assert second.discord is not None
    waiting = asyncio.create_task(second.discord.run())
    await desk.opened()
    assert len(desk.discord.gateway.sessions) == 1
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await second.discord.close()
    await asyncio.to_thread(second.close)
