"""Where Discord shows the desk no words without a mention, whoever is not heard is told so."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.discord.desk import DiscordDesk
from tests.discord.faults import Fault
from tests.discord.loopback import LoopbackDiscord
from tests.discord.reference import reads
from tests.discord.stories import desk_in_discord, nobody_is_in_a_hurry
from tests.discord.world import TEXT, Json, World

__all__ = ["nobody_is_in_a_hurry"]

UNREAD, CHANGED = "I cannot read that", "I cannot read to what"


@pytest.fixture
async def desk(store_url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[DiscordDesk]:
    """Lend a desk that may not read plain words, with a ticket that is under way."""
    lent = desk_in_discord(store_url, shared_specs, tmp_path, may_read_content=False)
    async with lent as made:
        await made.claimed()
        yield made


def named(desk: DiscordDesk, text: str) -> str:
    """Words that mention the desk."""
    return f"<@{desk.discord.bot}> {text}"


def count(desk: DiscordDesk, channel: str, words: str) -> int:
    return sum(words in one for one in desk.shown(channel))


def agents_read(desk: DiscordDesk, words: str) -> bool:
    return count(desk, desk.post()["id"], words) > 0


async def says(desk: DiscordDesk, user: str, channel: str, text: str, **how: Any) -> Json:
    said = await desk.discord.says(user, channel, text, **how)
    await desk.settled()
    return said


# --- what the loopback Discord tells --------------------------------------------------------------


def nothing_special(_world: World, _user: str) -> Json:
    return {}


def mention(world: World, _user: str) -> Json:
    return {"content": f"Hello <@{world.bot['id']}>"}


def reply(world: World, channel: str, *, pings: bool) -> Json:
    ours = world.say(channel, world.bot["id"], {"content": "Ask me"})
    at = {"message_id": ours["id"], "channel_id": channel}
    return {"message_reference": at, "pings": pings}


@pytest.mark.parametrize(
    ("more", "is_read"),
    [
        pytest.param(nothing_special, False, id="plain words"),
        pytest.param(mention, True, id="a mention"),
        pytest.param(lambda w, c: reply(w, c, pings=True), True, id="a reply to the app"),
        pytest.param(lambda w, c: reply(w, c, pings=False), False, id="a reply without the ping"),
    ],
)
def test_without_the_intent_an_app_is_told_the_words_of_what_mentions_it(
    shared_specs: Path, more: Callable[[World, str], Json], is_read: bool
) -> None:
    world = LoopbackDiscord(shared_specs).world
    mara, channel = world.user("Mara")["id"], world.channel("general", TEXT)["id"]
    snapshot = {"message": {"content": "Forwarded", "attachments": [{"id": "2"}]}}
    asked: Json = {"content": "Hello", "attachments": [{"id": "1"}], "poll": {"question": {}}}
    asked |= {"message_snapshots": [snapshot], **more(world, channel)}
    message = world.say(channel, mara, asked)
    told = world.for_app(message, reads_content=False)
    assert bool(told["content"]) is is_read
    assert bool(told["attachments"]) is is_read
    assert ("poll" in told) is is_read
    assert bool(told["message_snapshots"][0]["message"]["content"]) is is_read
    assert told["id"] == message["id"]
    assert message["content"], "what stands there is as it was"
    assert world.for_app(message, reads_content=True) is message


def test_without_the_intent_an_app_reads_direct_messages_and_itself(shared_specs: Path) -> None:
    world = LoopbackDiscord(shared_specs).world
    mara, channel = world.user("Mara")["id"], world.channel("general", TEXT)["id"]
    direct = world.say(world.direct(mara)["id"], mara, {"content": "Hello"})
    ours = world.say(channel, world.bot["id"], {"content": "Hello"})
    for message in (direct, ours):
        assert world.for_app(message, reads_content=False)["content"] == "Hello"


# --- what is said ---------------------------------------------------------------------------------


async def test_who_is_not_heard_is_told_once_how_to_be(desk: DiscordDesk) -> None:
    thread, post = desk.thread()["id"], desk.post()["id"]
    first = await says(desk, desk.mara, thread, "It drops again")
    await says(desk, desk.mara, thread, "And again")
    assert count(desk, thread, UNREAD) == 1
    told = desk.discord.messages(thread)[-2]
    assert told["message_reference"]["message_id"] == first["id"]
    assert "Add info" in reads(told["components"])
    await says(desk, desk.jo, post, "Old client?")
    await says(desk, desk.jo, post, "I think so")
    assert count(desk, post, UNREAD) == 1
    assert "Send to requester" in desk.shown(post)[-2]
    await says(desk, desk.kim, post, "Yes")
    assert count(desk, post, UNREAD) == 2, "somebody else did not know"
    async with desk.restarted():
        await says(desk, desk.mara, thread, "Hello?")
        assert count(desk, thread, UNREAD) == 1


async def test_a_file_that_is_not_seen_is_told_as_well(desk: DiscordDesk) -> None:
    thread = desk.thread()["id"]
    log = desk.discord.file("vpn.log", b"10:02 reset")
    await says(desk, desk.mara, thread, "", files=[log])
    assert count(desk, thread, UNREAD) == 1
    await says(desk, desk.mara, thread, named(desk, "the log"), files=[log])
    assert agents_read(desk, "vpn.log")


async def test_a_reply_to_the_desk_is_heard_unless_it_pings_nobody(desk: DiscordDesk) -> None:
    thread, receipt = desk.thread()["id"], desk.receipt()["id"]
    await says(desk, desk.mara, thread, "It drops again", answers=receipt)
    assert agents_read(desk, "It drops again")
    assert count(desk, thread, UNREAD) == 0
    await says(desk, desk.mara, thread, "Are you there?", answers=receipt, pings=False)
    assert count(desk, thread, UNREAD) == 1


async def test_words_are_heard_once_the_mention_is_added(desk: DiscordDesk) -> None:
    thread = desk.thread()["id"]
    said = await says(desk, desk.mara, thread, "It drops again")
    await desk.discord.edits(said, "It drops again and again")
    await desk.settled()
    assert count(desk, thread, UNREAD) == 1
    await desk.discord.edits(said, named(desk, "It drops every minute"))
    await desk.settled()
    assert count(desk, desk.post()["id"], "It drops every minute") == 1
    await desk.discord.edits(said, named(desk, "It drops every hour"))
    await desk.settled()
    assert count(desk, desk.post()["id"], "It drops every hour") == 1
    assert not agents_read(desk, "every minute")


async def test_chatter_where_nobody_asked_the_desk_is_let_be(desk: DiscordDesk) -> None:
    await says(desk, desk.mara, desk.general, "Lunch?")
    assert len(desk.discord.messages(desk.general)) == 1


async def test_an_unheard_word_is_told_again_where_discord_did_not_take_it(
    desk: DiscordDesk,
) -> None:
    thread = desk.thread()["id"]
    desk.discord.rest.next("POST", f"{thread}/messages$", Fault.refused(50013))
    await says(desk, desk.mara, thread, "It drops again")
    assert count(desk, thread, UNREAD) == 0
    await says(desk, desk.mara, thread, "Hello?")
    assert count(desk, thread, UNREAD) == 1


# --- what is changed ------------------------------------------------------------------------------


async def test_an_edit_that_cannot_be_read_leaves_what_was_said(desk: DiscordDesk) -> None:
    thread = desk.thread()["id"]
    said = await says(desk, desk.mara, thread, named(desk, "It was blue"))
    await desk.discord.edits(said, "It was green")
    await desk.settled()
    assert agents_read(desk, "It was blue")
    assert count(desk, thread, CHANGED) == 1
    await desk.discord.edits(said, "It was red")
    await desk.settled()
    assert count(desk, thread, CHANGED) == 1
    await desk.discord.edits(said, named(desk, "It was yellow"))
    await desk.settled()
    assert agents_read(desk, "It was yellow")
    await desk.discord.deletes(said)
    await desk.settled()
    assert not agents_read(desk, "It was yellow")


async def test_words_taken_out_of_a_direct_message_are_gone(desk: DiscordDesk) -> None:
    thread = desk.thread()["id"]
    log = desk.discord.file("vpn.log", b"10:02 reset")
    receipt = desk.receipt()["id"]
    said = await says(desk, desk.mara, thread, "hunter2", files=[log], answers=receipt)
    assert agents_read(desk, "hunter2")
    await desk.discord.edits(said, "")
    await desk.settled()
    assert not agents_read(desk, "hunter2")
    assert agents_read(desk, "vpn.log")


# --- what nobody heard ----------------------------------------------------------------------------


async def test_after_a_gap_words_stay_and_who_was_not_heard_is_told(desk: DiscordDesk) -> None:
    thread, world = desk.thread()["id"], desk.discord.world
    blue = await says(desk, desk.mara, thread, named(desk, "It was blue"))
    late = await says(desk, desk.kim, thread, "A word unheard")
    assert count(desk, thread, UNREAD) == 1

    def quietly() -> None:
        desk.discord.gateway.sessions.clear()
        world.change(thread, blue["id"], {"content": "It was green"})
        world.change(thread, late["id"], {"content": named(desk, "Heard after all")})
        world.say(thread, desk.mara, {"content": "Said to nobody"})
        world.say(thread, desk.mara, {"content": named(desk, "Said to the desk")})

    async with desk.restarted(before=quietly):
        await desk.until(lambda: agents_read(desk, "Said to the desk"))
        await desk.settled()
        assert agents_read(desk, "It was blue")
        assert not agents_read(desk, "deleted what stood here")
        assert count(desk, thread, UNREAD) == 2
        assert count(desk, thread, CHANGED) == 0


async def test_what_was_read_stays_when_the_intent_is_switched_off(
    store_url: str, shared_specs: Path, tmp_path: Path
) -> None:
    async with desk_in_discord(store_url, shared_specs, tmp_path) as desk:
        await desk.claimed()
        thread, log = desk.thread()["id"], desk.discord.file("vpn.log", b"10:02 reset")
        plain = await says(desk, desk.mara, thread, "It was blue")
        filed = await says(desk, desk.mara, thread, "See the log", files=[log])
        await desk.discord.edits(plain, "It was green")
        await desk.settled()
        desk.discord.world.may_read_content = False
        # The session that asked for everything is told nothing any more.
        for one in (plain, filed):
            await desk.discord.edits(one, "Changed")
        await desk.settled()
        async with desk.restarted():
            await desk.settled()
            assert agents_read(desk, "It was green")
            assert agents_read(desk, "See the log")
            assert agents_read(desk, "vpn.log")
            assert not agents_read(desk, "deleted what stood here")


# --- what points at a message ---------------------------------------------------------------------


async def test_a_menu_has_the_words_of_its_message_and_a_reaction_the_link(
    desk: DiscordDesk,
) -> None:
    ask = desk.discord
    said = await ask.says(desk.kim, desk.general, "The printer is on fire")
    await ask.uses_menu(desk.mara, "Create ticket from message", said)
    assert "The printer is on fire" in str(ask.form_of(desk.mara))
    await ask.reacts(desk.dana, said, "🎫")
    await desk.settled()
    await ask.clicks(desk.dana, ask.messages(desk.direct_of(desk.dana))[-1], "Continue")
    form = str(ask.form_of(desk.dana))
    assert f"/{desk.general}/{said['id']}" in form
    assert "on fire" not in form
