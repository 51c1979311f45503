"""What Discord refuses, as those live it: told once, with nothing lost, and all of it heals."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from chatdesk.adapters.discord.errors import REMEDIES
from tests.adapters.conftest import migrated_url
from tests.discord.desk import DiscordDesk
from tests.discord.faults import Fault
from tests.discord.reference import reads
from tests.discord.stories import desk_in_discord, nobody_is_in_a_hurry
from tests.discord.world import Json
from tests.scenarios.discord_stage import DiscordStage

__all__ = ["nobody_is_in_a_hurry"]

MANY = 40


@pytest.fixture
async def desk(store_url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[DiscordDesk]:
    async with desk_in_discord(store_url, shared_specs, tmp_path) as made:
        yield made


@pytest.fixture
async def stage(
    request: pytest.FixtureRequest, shared_specs: Path, tmp_path: Path
) -> AsyncIterator[DiscordStage]:
    """A desk whose time is held in hand."""
    with migrated_url(request, "sqlite") as url:
        async with DiscordStage(tmp_path, url, shared_specs).working() as working:
            yield working


async def closed(stage: DiscordStage, number: int) -> None:
    """Let Mara raise a ticket, Jo solve it, and Mara agree."""
    mara, jo = stage.actor("mara"), stage.actor("jo")
    await mara.types("/ticket new VPN drops")
    await mara.chooses(topic="network")
    await mara.fills(q__place="At home", details="Since this morning.")
    await jo.types(f"/ticket claim {number}")
    await jo.clicks("Resolve", on=f"#{number} VPN drops")
    await jo.fills(code="fixed", summary="Client 5.2 is rolled out")
    await mara.clicks("Yes, solved")


def in_thread(stage: DiscordStage, words: str) -> int:
    """How often something is said in the thread of the newest ticket's requester."""
    thread = stage.discord.posts(stage.support)[-1]["id"]
    shown = [reads(one["components"]) for one in stage.discord.messages(thread)]
    return sum(words in one for one in shown)


def directly(stage: DiscordStage, who: str, words: str) -> int:
    """How often something is said to somebody directly."""
    shown = [reads(one["components"]) for one in stage.discord.messages(stage.home_of(who))]
    return sum(words in one for one in shown)


def parked(desk: DiscordDesk | DiscordStage) -> list[str]:
    rows = desk.parts.store.read(lambda tx: tx.outbox.parked())
    return [f"{one.notice} in {one.lane}: {one.why}" for one in rows]


# --- direct messages ------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [50007, 50278])
async def test_who_takes_no_direct_message_is_asked_in_the_tickets_thread_once(
    stage: DiscordStage, code: int
) -> None:
    await closed(stage, 1)
    refused = [Fault.refused(code)] * MANY
    stage.discord.rest.next("POST", f"/{stage.home_of('mara')}/messages$", *refused)
    await stage.time_passes(days=7)
    assert in_thread(stage, "still fixed") == 1
    assert directly(stage, "mara", "still fixed") == 0
    # The one who can mend it hears of it, once; agents need not, for Mara was asked.
    assert directly(stage, "dana", REMEDIES[str(code)]) == 1
    stage.actor("jo").does_not_see("could not be")
    await stage.actor("mara").clicks("It came back", on="still fixed")
    stage.actor("jo").sees("Reopen")


async def test_once_they_take_them_again_nothing_is_asked_a_second_time(
    stage: DiscordStage,
) -> None:
    await closed(stage, 1)
    stage.discord.world.closed_to_bot.add(stage.ids["mara"])
    await stage.time_passes(days=7)
    assert in_thread(stage, "still fixed") == 1
    stage.discord.world.closed_to_bot.clear()
    await stage.actor("dana").clicks("Try again", on="50007")
    await stage.time_passes(hours=1)
    assert in_thread(stage, "still fixed") == 1
    assert directly(stage, "mara", "still fixed") == 0
    assert parked(stage) == []
    await closed(stage, 2)
    await stage.time_passes(days=7)
    assert directly(stage, "mara", "still fixed") == 1
    assert in_thread(stage, "still fixed") == 0


async def test_in_quarantine_everybody_is_told_in_their_threads_and_the_log_has_it_once(
    stage: DiscordStage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    stage.discord.rest.next("POST", "/users/@me/channels$", *[Fault.refused(20026)] * MANY)
    for number in (1, 2):
        await closed(stage, number)
    await stage.time_passes(days=8)
    threads = [one["id"] for one in stage.discord.posts(stage.support)]
    asked = [reads(m["components"]) for one in threads for m in stage.discord.messages(one)]
    assert sum("still fixed" in one for one in asked) == 2
    assert caplog.text.count(REMEDIES["20026"]) == 1
    broken = stage.parts.store.read(lambda tx: tx.troubles.all())
    assert [(one.place, one.code) for one in broken] == [("direct messages", "20026")]


async def test_where_people_were_written_to_too_fast_it_is_said_later_and_once(
    stage: DiscordStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A place that asked for a pause gets it in real time, whatever the desk's clock says.
    monkeypatch.setattr("chatdesk.adapters.discord.errors.DIRECT_AGAIN", timedelta(seconds=0.05))
    stage.discord.rest.next("POST", "/users/@me/channels$", *[Fault.refused(40003)] * 3)
    await closed(stage, 1)
    await stage.time_passes(days=7)
    assert directly(stage, "mara", "still fixed") == 1
    assert in_thread(stage, "still fixed") == 0
    assert parked(stage) == []
    assert stage.parts.store.read(lambda tx: tx.troubles.all()) == []


# --- threads and posts ----------------------------------------------------------------------------


@pytest.mark.parametrize("code", [160004, 160007, 40067, 50013])
async def test_a_post_that_is_refused_is_told_once_and_made_once_when_it_is_mended(
    desk: DiscordDesk, code: int
) -> None:
    desk.discord.rest.next("POST", f"/{desk.forum}/threads$", *[Fault.refused(code)] * 4)
    await desk.opened()
    assert desk.discord.posts(desk.forum) == []
    assert "VPN drops" in reads(desk.receipt()["components"])
    await desk.discord.says(desk.mara, desk.thread()["id"], "It dropped again")
    await desk.settled()
    told = desk.discord.messages(desk.direct_of(desk.dana))
    assert len(told) == 1
    assert REMEDIES[str(code)] in reads(told[0]["components"])
    desk.discord.rest._faults.clear()
    await desk.discord.clicks(desk.dana, told[0], "Try again")
    await desk.settled()
    assert len(desk.discord.posts(desk.forum)) == 1
    shown = desk.shown(desk.post()["id"])
    assert sum("VPN drops" in one for one in shown) == 1
    assert sum("It dropped again" in one for one in shown) == 1
    assert parked(desk) == []


@pytest.mark.parametrize("how", ["archived", "locked", "both"])
@pytest.mark.parametrize("side", ["post", "thread"])
async def test_what_is_said_in_a_conversation_that_was_shut_unheard_arrives_once(
    desk: DiscordDesk, side: str, how: str
) -> None:
    await desk.claimed()
    conversation = desk.post() if side == "post" else desk.thread()
    found = conversation["thread_metadata"]
    found["archived"], found["locked"] = how != "locked", how != "archived"
    if found["locked"]:  # as it is for a bot that may not manage threads by an oversight
        path = f"/{conversation['id']}/messages$"
        desk.discord.rest.next("POST", path, Fault.refused(160005))
    if side == "post":
        await desk.discord.says(desk.mara, desk.thread()["id"], "It dropped again")
        words = "It dropped again"
    else:
        await desk.discord.calls_command(
            desk.jo, desk.general, "desk", "ask", number=1, text="Which version?"
        )
        words = "Which version?"
    await desk.settled()
    assert sum(words in one for one in desk.shown(conversation["id"])) == 1
    assert not found["archived"]
    assert parked(desk) == []


async def test_a_thread_that_cannot_be_opened_keeps_no_other_waiting(desk: DiscordDesk) -> None:
    await desk.claimed()
    first = desk.post()["id"]
    desk.discord.rest.next("POST", f"/{first}/messages$", *[Fault.refused(160005)] * MANY)
    await desk.discord.says(desk.mara, desk.thread()["id"], "It dropped again")
    await desk.settled()
    (told,) = desk.discord.messages(desk.direct_of(desk.dana))
    assert REMEDIES["160005"] in reads(told["components"])
    await desk.opened("Printer jams")
    assert desk.post()["name"] == "#2 Printer jams"
    await desk.discord.says(desk.mara, desk.thread()["id"], "Still jammed")
    await desk.settled()
    assert any("Still jammed" in one for one in desk.shown(desk.post()["id"]))
    desk.discord.rest._faults.clear()
    await desk.discord.clicks(desk.dana, told, "Try again")
    await desk.settled()
    assert sum("It dropped again" in one for one in desk.shown(first)) == 1
    assert parked(desk) == []


# --- messages that somebody deleted ---------------------------------------------------------------


@pytest.mark.parametrize("is_heard", [True, False])
@pytest.mark.parametrize("side", ["post", "thread"])
async def test_a_card_that_was_deleted_is_shown_anew_once_and_works(
    desk: DiscordDesk, side: str, is_heard: bool
) -> None:
    await desk.opened()
    place = desk.post()["id"] if side == "post" else desk.thread()["id"]
    card = desk.discord.messages(place)[0]
    if is_heard:
        await desk.discord.deletes(card)
        await desk.settled()
        assert sum("VPN drops" in one for one in desk.shown(place)) == 1
    else:
        del desk.discord.world.messages[place][card["id"]]
    await desk.discord.calls_command(desk.jo, desk.general, "desk", "claim", number=1)
    await desk.settled()
    shown = [one for one in desk.discord.messages(place) if "VPN drops" in reads(one["components"])]
    assert len(shown) == 1
    assert "Jo" in reads(shown[0]["components"])
    async with desk.restarted():
        if side == "post":
            await desk.discord.clicks(desk.jo, shown[0], "Release")
            await desk.discord.submits(desk.jo, {"Why?": "I am away"})
        else:
            await desk.discord.clicks(desk.mara, shown[0], "Withdraw")
        await desk.settled()
        now = [one for one in desk.shown(place) if "VPN drops" in one]
        assert len(now) == 1
        assert ("Nobody has it" if side == "post" else "withdrew") in now[0]
    assert parked(desk) == []


@pytest.mark.parametrize("fault", [Fault.drop(), Fault.status(502, is_accepted=True)])
async def test_a_card_that_is_shown_anew_stands_there_once_whatever_becomes_of_the_answer(
    desk: DiscordDesk, fault: Fault
) -> None:
    await desk.opened()
    means = desk.parts.worker._delivery._means
    object.__setattr__(means, "call_within", timedelta(seconds=2))
    post = desk.post()["id"]
    del desk.discord.world.messages[post][desk.card()["id"]]
    desk.discord.rest.next("POST", f"/{post}/messages$", fault)
    await desk.discord.calls_command(desk.jo, desk.general, "desk", "claim", number=1)
    lanes = ["ticket:1:agents:it"]
    await desk.settled()
    while desk.parts.store.read(lambda tx: not tx.outbox.is_silent(lanes[0])):
        desk.parts.store.write(lambda tx: tx.outbox.hasten(lanes))
        await desk.settled()
    shown = [one for one in desk.shown(post) if "VPN drops" in one]
    assert len(shown) == 1
    assert "Assigned to Jo" in shown[0]


async def test_words_whose_copy_was_deleted_are_there_again_when_their_author_changes_them(
    desk: DiscordDesk,
) -> None:
    await desk.claimed()
    said = await desk.discord.says(desk.mara, desk.thread()["id"], "At nine")
    await desk.settled()
    copy = _saying(desk, desk.post()["id"], "At nine")
    await desk.discord.deletes(copy)
    await desk.settled()
    assert not any("At nine" in one for one in desk.shown(desk.post()["id"]))
    await desk.discord.edits(said, "At ten")
    await desk.settled()
    assert sum("At ten" in one for one in desk.shown(desk.post()["id"])) == 1
    await desk.discord.deletes(said)
    await desk.settled()
    assert not any("At ten" in one for one in desk.shown(desk.post()["id"]))
    assert parked(desk) == []


@pytest.mark.parametrize("which", [0, 1])
async def test_of_long_words_no_part_is_missing_or_there_twice_whichever_was_deleted(
    desk: DiscordDesk, which: int
) -> None:
    await desk.claimed()
    post = desk.post()["id"]
    before = len(desk.discord.messages(post))
    said = await desk.discord.says(desk.mara, desk.thread()["id"], _long("first"))
    await desk.settled()
    parts = desk.discord.messages(post)[before:]
    assert len(parts) > 1
    await desk.discord.deletes(parts[which])
    await desk.discord.edits(said, _long("other"))
    await desk.settled()
    shown = "".join(desk.shown(post)[before:])
    assert [shown.count(f"other{n} ") for n in range(600)] == [1] * 600
    assert "first" not in shown
    assert parked(desk) == []


def _long(word: str) -> str:
    return " ".join(f"{word}{number}" for number in range(600)) + " "


async def test_what_arrived_unknown_to_the_desk_and_was_deleted_comes_once_more(
    desk: DiscordDesk,
) -> None:
    await desk.claimed()
    post = desk.post()["id"]
    desk.discord.rest.next("POST", f"/{post}/messages$", Fault.drop())
    means = desk.parts.worker._delivery._means
    object.__setattr__(means, "call_within", timedelta(seconds=2))
    await desk.discord.says(desk.mara, desk.thread()["id"], "It dropped again")
    await desk.until(lambda: any("It dropped again" in one for one in desk.shown(post)))
    await desk.discord.deletes(_saying(desk, post, "It dropped again"))
    lanes = ["ticket:1:agents:it"]
    while desk.parts.store.read(lambda tx: not tx.outbox.is_silent(lanes[0])):
        desk.parts.store.write(lambda tx: tx.outbox.hasten(lanes))
        await desk.settled()
    assert sum("It dropped again" in one for one in desk.shown(post)) == 1
    assert parked(desk) == []


def _saying(desk: DiscordDesk, channel: str, words: str) -> Json:
    found = desk.discord.messages(channel)
    return [one for one in found if words in reads(one["components"])][-1]
