"""A post's tags say how its ticket is, as far as its forum has them; its name never changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatdesk.adapters.discord import limits
from chatdesk.adapters.discord.tags import applied, forum_tags
from tests.adapters.conftest import migrated_url
from tests.discord.reference import reads
from tests.discord.stories import nobody_is_in_a_hurry
from tests.discord.world import Json
from tests.scenarios.discord_stage import DiscordStage

__all__ = ["nobody_is_in_a_hurry"]

FORUM = "it-help"
TITLE = "Network, Wi-Fi and VPN"
TOPIC = {"name": TITLE[: limits.TAG_NAME], "moderated": True}
"""As an admin types it, as far as Discord lets them."""


@pytest.fixture
async def stage(
    request: pytest.FixtureRequest, shared_specs: Path, tmp_path: Path
) -> AsyncIterator[DiscordStage]:
    """A desk whose time is held in hand, with all tags in its forum."""
    with migrated_url(request, "sqlite") as url:
        made = DiscordStage(tmp_path, url, shared_specs)
        tags(made, *forum_tags(), TOPIC)
        async with made.working() as working:
            yield working


def tags(stage: DiscordStage, *wanted: Json) -> None:
    """Let the forum have these tags and no others."""
    world = stage.discord.world
    nothing = {"emoji_id": None, "emoji_name": None}
    there = [{"id": world.new_id(), **nothing, **one} for one in wanted]
    world.channels[stage.forums[FORUM]]["available_tags"] = there


def shown(stage: DiscordStage) -> set[str]:
    """The tags of the newest post, as people read them."""
    forum = stage.discord.world.channels[stage.forums[FORUM]]
    names = {one["id"]: one["name"] for one in forum["available_tags"]}
    return {names[one] for one in stage.discord.posts(stage.forums[FORUM])[-1]["applied_tags"]}


def card(stage: DiscordStage) -> str:
    post = stage.discord.posts(stage.forums[FORUM])[-1]["id"]
    return reads(stage.discord.messages(post)[0]["components"])


async def raised(stage: DiscordStage) -> None:
    mara = stage.actor("mara")
    await mara.types("/ticket new VPN drops")
    await mara.chooses(topic="network")
    await mara.fills(q__place="At home", details="Since this morning.")


async def resolved(stage: DiscordStage) -> None:
    jo = stage.actor("jo")
    await jo.clicks("Resolve", on="#1 VPN drops")
    await jo.fills(code="fixed", summary="Client 5.2 is rolled out")


async def test_every_tag_follows_its_ticket(stage: DiscordStage) -> None:
    jo, mara = stage.actor("jo"), stage.actor("mara")
    await raised(stage)
    assert shown(stage) == {"New", "High", TOPIC["name"]}
    await jo.types("/ticket claim 1")
    assert shown(stage) == {"Open", "High", TOPIC["name"]}
    await jo.types("/ticket priority 1 critical")
    await jo.fills(reason="A whole team waits")
    assert "Critical" in shown(stage)
    assert "High" not in shown(stage)
    await jo.types("/ticket escalate 1 A whole team waits")
    assert "Escalated" in shown(stage)
    await stage.time_passes(hours=10)
    assert shown(stage) == {"Open", "Critical", "Escalated", "Overdue", TOPIC["name"]}
    await jo.types("/ticket ask 1 Which version?")
    assert any(one.startswith("Waiting for an answ") for one in shown(stage))
    await mara.says("5.1", under="#1 VPN drops")
    await resolved(stage)
    assert "Resolved" in shown(stage)
    assert "Overdue" not in shown(stage)
    await mara.clicks("Yes, solved")
    assert "Closed" in shown(stage)


async def test_where_a_forums_tags_run_out_the_card_says_the_rest(stage: DiscordStage) -> None:
    others = [{"name": f"Ours {n}", "moderated": False} for n in range(limits.FORUM_TAGS - 2)]
    by_name = {one["name"]: one for one in forum_tags()}
    tags(stage, *others, by_name["Open"], by_name["High"])
    jo = stage.actor("jo")
    await raised(stage)
    assert shown(stage) == {"High"}
    await jo.types("/ticket claim 1")
    assert shown(stage) == {"Open", "High"}
    await jo.types("/ticket priority 1 critical")
    await jo.fills(reason="A whole team waits")
    await jo.types("/ticket escalate 1 A whole team waits")
    await stage.time_passes(hours=10)
    assert shown(stage) == {"Open"}
    assert not [one for one in ("Critical", "Tier 2", TITLE) if one not in card(stage)]
    assert "due" in card(stage) or "late" in card(stage)


async def test_a_forum_without_tags_hears_nothing_of_them(stage: DiscordStage) -> None:
    tags(stage)
    await raised(stage)
    await stage.actor("jo").types("/ticket claim 1")
    made = stage.discord.rest.made("PATCH", "/channels/[^/]+$")
    assert not [call for call in made if (call.body or {}).get("applied_tags")]


def test_of_more_than_five_the_state_comes_before_the_topic() -> None:
    labels = ("Open", "Overdue", "Escalated", "High", "VPN", "Printers")
    there = [{"id": str(n), "name": name} for n, name in enumerate(reversed(labels))]
    found = applied(labels, there)
    assert len(found) == limits.TAGS_APPLIED
    assert [there[int(one)]["name"] for one in found] == list(labels[:5])


def test_a_topic_whose_name_is_too_long_has_a_tag_all_the_same() -> None:
    topic = "Everything about networks, VPN and the Wi-Fi"
    for name in (f"{topic[: limits.TAG_NAME - 1]}…", topic[: limits.TAG_NAME]):
        assert applied((topic,), [{"id": "7", "name": name}]) == ["7"]
    assert applied((topic,), [{"id": "7", "name": "Everything"}]) == []


async def test_over_a_whole_life_no_name_is_changed_more_than_once(stage: DiscordStage) -> None:
    mara, jo, sam = (stage.actor(who) for who in ("mara", "jo", "sam"))
    await raised(stage)
    await jo.types("/ticket claim 1")
    await jo.types("/ticket priority 1 high")
    await jo.fills(reason="A whole team waits")
    await jo.types("/ticket escalate 1 Needs the network team")
    await sam.types("/ticket transfer 1 facilities It is the cabling")
    await sam.types("/ticket transfer 1 it It is not")
    await jo.types("/ticket hold 1 1d Waiting for the new client")
    await stage.time_passes(days=1, hours=4)
    await jo.types("/ticket claim 1")
    await resolved(stage)
    await mara.clicks("Not fixed")
    await mara.fills(why="It still drops every hour")
    await resolved(stage)
    await mara.clicks("Yes, solved")
    await stage.time_passes(days=7)
    assert mara.count("still fixed") == 1
    await mara.clicks("It came back", on="still fixed")
    if mara.form is not None:
        await mara.fills(why="Since Monday again")
    await resolved(stage)
    await mara.clicks("Yes, solved")
    platform = stage.parts.discord
    assert platform is not None
    await platform.threads.sweep()
    await stage.time_passes(days=30)
    await platform.threads.sweep()
    changed = stage.discord.rest.made("PATCH", "/channels/[^/]+$")
    assert changed
    assert len([call for call in changed if "name" in (call.body or {})]) <= 1
    names = {one["name"] for one in stage.discord.world.threads()}
    assert all(name.startswith(("#1 VPN drops", "#2 VPN drops")) for name in names)
