"""Before a server has as many active threads as it can hold, whoever runs the desk is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatdesk.adapters.discord import room
from chatdesk.bootstrap import checkup
from tests.discord.desk import DiscordDesk
from tests.discord.stories import desk_in_discord, nobody_is_in_a_hurry

__all__ = ["nobody_is_in_a_hurry"]


@pytest.fixture
async def desk(store_url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[DiscordDesk]:
    async with desk_in_discord(store_url, shared_specs, tmp_path) as made:
        yield made


async def looked(desk: DiscordDesk, times: int = 2) -> list[str]:
    """Let the server be looked at, and return what Dana, an admin, was told in all."""
    assert desk.parts.discord is not None
    for _ in range(times):
        await desk.parts.discord._room.look()
    await desk.settled()
    return desk.shown(desk.direct_of(desk.dana))


async def test_admins_are_told_once_that_it_gets_tight_and_once_that_it_is_not(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "NEAR", 4)
    bot = desk.discord.world.bot["id"]
    await desk.opened()
    assert await looked(desk) == []
    made = [
        desk.discord.world.thread(desk.support, {"name": str(n), "type": 12}, bot) for n in "12"
    ]
    (told,) = await looked(desk)
    assert "soon there is no room for more" in told
    assert "archive threads nobody needs" in told
    assert "does not work" not in told
    async with desk.restarted():
        assert await looked(desk) == [told]
    made[0]["thread_metadata"]["archived"] = True
    first, over = await looked(desk)
    assert first == told
    assert "there is room again" in over


async def test_what_gets_tight_is_called_a_warning_wherever_it_is_told(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "chatdesk")
    monkeypatch.setattr(room, "NEAR", 0)
    await looked(desk)
    ours = [one for one in caplog.records if one.name == "chatdesk"]
    assert [one.levelname for one in ours if "active threads" in one.message] == ["WARNING"]
    assert "broken" not in caplog.text
    (found,) = await asyncio.to_thread(checkup._kept, desk.settings())
    assert found.said.startswith("nearly full since")
    monkeypatch.setattr(room, "NEAR", 900)
    await looked(desk)
    assert "has room again: discord active threads" in [
        one.message for one in caplog.records if one.name == "chatdesk"
    ]


async def test_tickets_are_opened_as_ever_while_it_gets_tight(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "NEAR", 1)
    await desk.opened()
    await looked(desk)
    await desk.opened("Printer jams")
    assert "Printer jams" in str(desk.receipt()["components"])
    assert desk.parts.store.read(lambda tx: tx.outbox.parked()) == []
