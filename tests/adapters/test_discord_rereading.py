"""What people change and take back while nobody hears is followed once the desk is back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.discord.desk import DiscordDesk
from tests.discord.stories import desk_in_discord, nobody_is_in_a_hurry

__all__ = ["nobody_is_in_a_hurry"]


@pytest.fixture
async def desk(store_url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[DiscordDesk]:
    async with desk_in_discord(store_url, shared_specs, tmp_path) as made:
        await made.claimed()
        yield made


async def said(desk: DiscordDesk, *texts: str) -> list[str]:
    """Let Mara say something in her thread, and the desk hear it."""
    thread = desk.thread()["id"]
    for text in texts:
        await desk.discord.says(desk.mara, thread, text)
    await desk.settled()
    return [one["id"] for one in desk.discord.messages(thread)[-len(texts) :]]


def unheard(desk: DiscordDesk) -> str:
    """Let no session hear what follows in Mara's thread."""
    desk.discord.gateway.sessions.clear()
    return str(desk.thread()["id"])


def agents_read(desk: DiscordDesk, words: str) -> bool:
    return any(words in one for one in desk.shown(desk.post()["id"]))


async def test_edits_and_deletions_that_nobody_heard_are_followed(desk: DiscordDesk) -> None:
    kept, changed, gone = await said(desk, "It stays", "It was blue", "My password is 123")

    def quietly() -> None:
        thread, world = unheard(desk), desk.discord.world
        world.change(thread, changed, {"content": "It was green"})
        world.remove(thread, gone)

    async with desk.restarted(before=quietly):
        await desk.until(lambda: agents_read(desk, "It was green"))
        await desk.until(lambda: not agents_read(desk, "password"))
        await desk.settled()
        assert not agents_read(desk, "It was blue")
        assert agents_read(desk, "It stays")
        assert kept in {one["id"] for one in desk.discord.messages(desk.thread()["id"])}


async def test_what_is_not_on_the_newest_page_is_not_taken_for_deleted(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatdesk.adapters.discord.rereading.PAGE", 2)
    old, *_, gone = await said(desk, "Of long ago", "In between", "Lately", "My password is 123")

    def quietly() -> None:
        desk.discord.world.remove(unheard(desk), gone)

    async with desk.restarted(before=quietly):
        await desk.until(lambda: not agents_read(desk, "password"))
        await desk.settled()
        assert agents_read(desk, "Of long ago")
    assert not desk.discord.rest.made("GET", f"/messages/{old}$"), "it was not even asked for"
