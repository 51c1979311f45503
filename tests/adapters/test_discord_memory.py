"""What the desk keeps in mind of Discord does not grow for ever."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from chatdesk.adapters.discord import channels
from chatdesk.adapters.discord.channels import Channels
from chatdesk.adapters.discord.recent import Recent
from tests.discord.apps import Memory, rest_for
from tests.discord.desk import DiscordDesk
from tests.discord.faults import Fault
from tests.discord.loopback import LoopbackDiscord
from tests.discord.stories import desk_in_discord, nobody_is_in_a_hurry

__all__ = ["nobody_is_in_a_hurry"]

MARKS = ("discord:post:", "discord:owed:")


@pytest.fixture
async def desk(store_url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[DiscordDesk]:
    async with desk_in_discord(store_url, shared_specs, tmp_path) as made:
        yield made


def noted(desk: DiscordDesk) -> list[str]:
    """Return what is noted about single messages and posts."""
    found = desk.parts.store.read(lambda tx: [tx.marks.beginning(one) for one in MARKS])
    return [name for some in found for name in some]


def is_over_for_long(desk: DiscordDesk) -> int:
    """Let all that was sent be forgotten as what is over for a week is."""
    return desk.parts.store.write(lambda tx: tx.outbox.purge(timedelta(), 1000))


async def test_what_is_noted_to_find_a_post_again_goes_with_what_was_sent(
    desk: DiscordDesk,
) -> None:
    await desk.opened()
    log = desk.discord.file("vpn.log", b"10:02 reset")
    await desk.discord.says(desk.mara, desk.thread()["id"], "See the log", files=[log])
    await desk.settled()
    assert {one.rpartition(":")[0] for one in noted(desk)} == {one.rstrip(":") for one in MARKS}
    assert is_over_for_long(desk)
    assert noted(desk) == []
    await desk.discord.clicks(desk.jo, desk.card(), "Claim")
    await desk.settled()
    assert len(desk.discord.posts(desk.forum)) == 1


async def test_what_may_still_be_looked_for_stays_noted(desk: DiscordDesk) -> None:
    made_and_not_told = [Fault.status(502, is_accepted=True), *[Fault.status(502)] * 20]
    desk.discord.rest.next("POST", f"/{desk.forum}/threads$", *made_and_not_told)
    ask = desk.discord
    await ask.calls_command(desk.mara, desk.general, "ticket", "new", words="VPN", topic="other")
    await ask.submits(desk.mara, {"What happened?": "Since noon."})
    await ask.clicks(desk.mara, desk.whispered(desk.mara), "Send as it is")
    await desk.until(lambda: bool(ask.rest.made("POST", f"/{desk.forum}/threads$")))
    is_over_for_long(desk)
    assert len(noted(desk)) == 1
    lane = ["ticket:1:agents:it"]

    def is_told() -> bool:
        desk.parts.store.write(lambda tx: tx.outbox.hasten(lane))
        desk.parts.worker.wake()
        return desk.parts.store.read(lambda tx: tx.outbox.is_silent(lane[0]))

    await desk.until(is_told)
    assert len(ask.posts(desk.forum)) == 1


def test_what_was_not_asked_for_the_longest_goes_first() -> None:
    kept: Recent[int] = Recent(2)
    kept.keep("a", 1)
    kept.keep("b", 2)
    assert kept.get("a") == 1
    kept.keep("c", 3)
    assert [kept.get(name) for name in "abc"] == [1, None, 3]
    kept.keep("a", 4)
    kept.forget("c")
    kept.forget("c")
    assert (kept.get("a"), kept.get("c"), len(kept)) == (4, None, 1)


async def test_of_any_number_of_channels_only_so_many_are_kept_in_mind(
    shared_specs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "LOOKED_AT", 3)
    monkeypatch.setattr(channels, "PLACES", 3)
    discord = LoopbackDiscord(shared_specs)
    places = [discord.text_channel(f"place-{number}") for number in range(8)]
    async with discord.serving() as served, rest_for(served) as rest:
        made = Channels(rest, Memory(), "")
        for one in places:
            assert await made.channel_of(one, "7") == "7"
            assert await made.channel_of(places[0], "7") == "7"
        assert len(made._known) == len(made._is_direct) == 3
        looked_at_first = discord.rest.made("GET", f"/channels/{places[0]}$")
        assert len(looked_at_first) == 1, "what is asked for all the time stays known"
        await made.channel_of(places[1], "7")
        assert len(discord.rest.made("GET", f"/channels/{places[1]}$")) == 2
