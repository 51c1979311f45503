"""Before a server has as many active threads as it can hold, whoever runs the desk is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatdesk.adapters.discord import room
from chatdesk.adapters.discord.room import Room
from tests.discord.apps import rest_for
from tests.discord.loopback import LoopbackDiscord


async def test_it_is_said_once_that_it_gets_tight_and_once_that_it_is_not(
    shared_specs: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "NEAR", 3)
    discord = LoopbackDiscord(shared_specs)
    support = discord.text_channel("help")
    bot = discord.world.bot["id"]

    async def guild() -> str:
        return discord.world.guild

    async with discord.serving() as served, rest_for(served) as rest:
        watching = Room(rest, guild)
        threads = [discord.world.thread(support, {"name": str(n), "type": 12}, bot) for n in "12"]
        await watching.look()
        assert "archive what is over" not in caplog.text
        threads.append(discord.world.thread(support, {"name": "3", "type": 12}, bot))
        for _ in range(2):
            await watching.look()
        assert caplog.text.count("3 of 1000 threads that may be active") == 1
        threads[0]["thread_metadata"]["archived"] = True
        for _ in range(2):
            await watching.look()
        assert caplog.text.count("there is room for new threads") == 1
    assert discord.rest.complaints == []
