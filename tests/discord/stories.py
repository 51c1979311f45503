"""How stories of the desk in Discord begin and end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.discord.desk import DiscordDesk
from tests.discord.loopback import LoopbackDiscord
from tests.discord.reference import lint_message


@pytest.fixture(autouse=True)
def nobody_is_in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a busy machine answer late; what is deferred is a story of its own."""
    monkeypatch.setattr("chatdesk.adapters.discord.answering.ANSWERS_WITHIN", 60.0)
    monkeypatch.setattr("chatdesk.adapters.discord.channels.DIRECT_APART", 0.0)
    # How long sessions wait for their turn is a story of its own, too.
    monkeypatch.setattr("chatdesk.adapters.discord.starts.ONE_WITHIN", timedelta())


@asynccontextmanager
async def desk_in_discord(
    url: str,
    specs: Path,
    folder: Path,
    *,
    may_read_content: bool = True,
    shards: int = 0,
    prepare: Callable[[LoopbackDiscord], None] = lambda _: None,
) -> AsyncIterator[DiscordDesk]:
    """Lend a desk at work; afterwards nothing it sent was wrong, and nothing of it is live."""
    discord = LoopbackDiscord(specs)
    discord.world.may_read_content = may_read_content
    prepare(discord)
    async with discord.serving() as served:
        made = DiscordDesk(discord, folder, url, shards)
        async with made.running(served):
            yield made
            await made.settled()
    assert discord.rest.complaints == [], discord.rest.complaints
    ours = [one for one in discord.everything_shown() if one["author"] == discord.world.bot]
    live = [problem for one in ours for problem in lint_message(one) if "live" in problem]
    assert not live, live
