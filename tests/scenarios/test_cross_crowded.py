"""A Discord that holds no more threads, and a requester or an agent who is in Slack."""

from __future__ import annotations

import pytest

from chatdesk.adapters.discord import crowding
from tests.scenarios.cross_stage import CrossStage
from tests.scenarios.cross_talk import Talk


@pytest.fixture
async def full(both: CrossStage, monkeypatch: pytest.MonkeyPatch) -> CrossStage:
    """Let the server be full, once the forums have their shared posts."""
    monkeypatch.setattr(crowding, "NEAR", 0)
    await both.settle()
    assert both.parts.discord is not None
    await both.parts.discord.threads.sweep()
    await both.settle()
    world = both.in_discord.discord.world
    world.most_threads = len(world.threads())
    return both


async def test_from_a_shared_post_a_message_reaches_its_requester_in_slack(
    full: CrossStage,
) -> None:
    dana, jo, sam = full.actor("dana"), full.actor("jo"), full.actor("discord/sam")
    for who in (dana, jo):
        await full.opens_for_facilities(who)
    discord, forums = full.in_discord.discord, full.in_discord.forums
    (shared,) = discord.posts(forums["facilities"])
    for number in (1, 2):
        card = sam.sees(f"#{number} The heating")
        assert card.place == shared["id"]
        answer = f"We come for {number} at noon"
        user = full.in_discord.ids["sam"]
        await discord.says(user, card.place, answer, answers=card.message)
        await full.settle()
        await Talk(full, dana, sam, "The heating").picks(answer)
    await full.time_passes(seconds=20)
    assert (dana.count("for 1 at noon"), dana.count("for 2 at noon")) == (1, 0)
    assert (jo.count("for 1 at noon"), jo.count("for 2 at noon")) == (0, 1)

    await discord.says(full.in_discord.ids["sam"], str(shared["id"]), "#1 is done")
    await full.settle()
    told = await Talk(full, dana, sam, "The heating").picks("#1 is done")
    assert "several tickets share a place" in told
    await full.time_passes(seconds=20)
    dana.does_not_see("#1 is done")


async def test_from_slack_a_message_reaches_a_requester_without_a_thread(full: CrossStage) -> None:
    mara, jo = full.actor("discord/mara"), full.actor("jo")
    await full.opens_for_it(mara)
    assert mara.sees("#1 VPN drops").place == full.home_of("discord/mara")
    await jo.says("Try client 5.2", under="#1 VPN drops")
    await Talk(full, mara, jo, "VPN drops").picks("Try client 5.2")
    await full.time_passes(seconds=20)
    assert mara.count("Try client 5.2") == 1
