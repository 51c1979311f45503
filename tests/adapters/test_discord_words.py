"""Words in Discord: in posts, threads and direct messages, with their edits and files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.discord.desk import DiscordDesk
from tests.discord.reference import reads
from tests.discord.stories import desk_in_discord, nobody_is_in_a_hurry
from tests.discord.world import NOW, Json

__all__ = ["nobody_is_in_a_hurry"]


@pytest.fixture
async def desk(store_url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[DiscordDesk]:
    async with desk_in_discord(store_url, shared_specs, tmp_path) as made:
        yield made


async def test_a_verb_said_in_a_post_acts_on_its_ticket(desk: DiscordDesk) -> None:
    await desk.opened()
    await desk.discord.says(desk.jo, desk.post()["id"], "!claim")
    await desk.settled()
    assert "Assigned to Jo" in reads(desk.card()["components"])
    bot = desk.discord.world.bot["id"]
    await desk.discord.says(desk.jo, desk.post()["id"], f"<@{bot}> assign <@{desk.kim}>")
    await desk.settled()
    assert "Assigned to Kim" in reads(desk.card()["components"])


async def test_a_verb_that_needs_a_form_offers_it_and_keeps_the_words(desk: DiscordDesk) -> None:
    await desk.claimed()
    await desk.discord.says(desk.jo, desk.post()["id"], "!resolve Client 5.2 helps")
    await desk.settled()
    offer = desk.discord.messages(desk.post()["id"])[-1]
    await desk.discord.clicks(desk.jo, offer, "Continue")
    assert "Client 5.2 helps" in str(desk.discord.form_of(desk.jo))


async def test_words_in_a_direct_message_begin_a_ticket(desk: DiscordDesk) -> None:
    direct = desk.direct_of(desk.mara)
    await desk.discord.says(desk.mara, direct, "My *screen* & I are dark")
    await desk.settled()
    await desk.discord.clicks(desk.mara, desk.discord.messages(direct)[-1], "Continue")
    typed = {"What is it about?": "Something else"}
    await desk.discord.submits(desk.mara, typed)
    await desk.discord.clicks(desk.mara, desk.whispered(desk.mara), "Send as it is")
    await desk.settled()
    assert "My *screen* & I are dark" in reads(desk.card()["components"])


async def test_edits_and_deletions_follow(desk: DiscordDesk) -> None:
    await desk.claimed()
    said = await desk.discord.says(desk.mara, desk.thread()["id"], "It drops agian")
    await desk.settled()
    await desk.discord.edits(said, "It drops again")
    await desk.settled()
    assert any("It drops again" in one for one in desk.shown(desk.post()["id"]))
    await desk.discord.deletes(said)
    await desk.settled()
    assert not any("It drops" in one for one in desk.shown(desk.post()["id"]))


async def test_files_are_kept_and_one_that_cannot_be_is_named(desk: DiscordDesk) -> None:
    await desk.claimed()
    log = desk.discord.file("vpn.log", b"10:02 reset")
    gone = {**log, "id": "1", "filename": "gone.log", "url": "https://example.invalid/gone.log"}
    await desk.discord.says(desk.mara, desk.thread()["id"], "The logs", files=[log, gone])
    await desk.settled()
    shown = desk.shown(desk.post()["id"])
    assert any("vpn.log" in one and "11 bytes" in one for one in shown)
    assert any("gone.log" in one for one in shown)


async def test_chatter_elsewhere_is_nobodys_business(desk: DiscordDesk) -> None:
    await desk.settled()
    before = len(desk.discord.rest.calls)
    await desk.discord.says(desk.mara, desk.general, "Lunch?")
    await desk.settled()
    # The desk may still be registering its commands.
    asked = desk.discord.rest.calls[before:]
    assert not [one for one in asked if desk.general in one.path]


async def test_a_colleagues_message_becomes_a_ticket(desk: DiscordDesk) -> None:
    message = await desk.discord.says(desk.kim, desk.general, "The printer is on fire")
    await desk.discord.uses_menu(desk.mara, "Create ticket from message", message)
    assert "The printer is on fire" in str(desk.discord.form_of(desk.mara))


async def test_an_agents_message_is_sent_to_the_requester(desk: DiscordDesk) -> None:
    await desk.claimed()
    message = await desk.discord.says(desk.jo, desk.post()["id"], "Please try client 5.2")
    await desk.discord.uses_menu(desk.jo, "Send to requester", message)
    await desk.settled()
    assert any("Jo → Mara" in one for one in desk.shown(desk.post()["id"]))


async def test_a_ticket_emoji_offers_a_ticket_directly(desk: DiscordDesk) -> None:
    message = await desk.discord.says(desk.kim, desk.general, "The printer is on fire")
    await desk.discord.reacts(desk.mara, message, "👍")
    await desk.discord.reacts(desk.mara, message, "🎫")
    await desk.settled()
    (offer,) = desk.discord.messages(desk.direct_of(desk.mara))
    await desk.discord.clicks(desk.mara, offer, "Continue")
    assert "The printer is on fire" in str(desk.discord.form_of(desk.mara))


async def test_without_the_intent_buttons_mentions_and_direct_messages_do_it_all(
    store_url: str, shared_specs: Path, tmp_path: Path
) -> None:
    lent = desk_in_discord(store_url, shared_specs, tmp_path, may_read_content=False)
    async with lent as desk:
        await desk.claimed()
        await desk.discord.says(desk.mara, desk.thread()["id"], "nobody can read this")
        bot = desk.discord.world.bot["id"]
        await desk.discord.says(desk.mara, desk.thread()["id"], f"<@{bot}> show")
        await desk.settled()
        assert not any("nobody can" in one for one in desk.shown(desk.post()["id"]))
        assert "VPN drops" in desk.shown(desk.thread()["id"])[-1]
        await desk.discord.clicks(desk.mara, desk.receipt(), "Add info")
        await desk.discord.submits(desk.mara, {"What would you like to add?": "It dropped again"})
        await desk.settled()
        assert any("It dropped again" in one for one in desk.shown(desk.post()["id"]))


@pytest.mark.parametrize("may_read", [True, False])
async def test_the_first_message_says_how_to_be_heard_where_plain_words_are_not_read(
    store_url: str, shared_specs: Path, tmp_path: Path, may_read: bool
) -> None:
    lent = desk_in_discord(store_url, shared_specs, tmp_path, may_read_content=may_read)
    async with lent as desk:
        await desk.claimed()
        receipt, card = (reads(one["components"]) for one in (desk.receipt(), desk.card()))
        assert ("mention me or use Add info" in receipt) is not may_read
        assert ("mention me or use Note" in card) is not may_read


# --- what is no plain word ------------------------------------------------------------------------


def forwarded(desk: DiscordDesk, text: str) -> Json:
    """A message that says nothing itself, and forwards another with its file."""
    world = desk.discord.world
    at = {"type": 1, "message_id": world.new_id(), "channel_id": desk.general}
    inside = {"type": 0, "content": text, "embeds": [], "timestamp": NOW, "edited_timestamp": None}
    inside |= {"flags": 0, "attachments": [desk.discord.file("vpn.log", b"10:02 reset")]}
    return {"message_reference": at, "message_snapshots": [{"message": inside}]}


async def test_what_is_forwarded_is_said_with_its_files(desk: DiscordDesk) -> None:
    await desk.claimed()
    thread = desk.thread()["id"]
    desk.discord.world.say(thread, desk.mara, forwarded(desk, "The forwarded words"))
    await desk.settled()
    post = desk.post()["id"]
    assert any("The forwarded words" in one for one in desk.shown(post))
    assert any("vpn.log" in one for one in desk.shown(post))
    missed = forwarded(desk, "Forwarded to nobody")

    def quietly() -> None:
        desk.discord.gateway.sessions.clear()
        desk.discord.world.say(thread, desk.mara, missed)

    async with desk.restarted(before=quietly):
        await desk.settled()
        assert any("Forwarded to nobody" in one for one in desk.shown(post))


async def test_what_discord_says_of_a_thread_is_nobodys_words(desk: DiscordDesk) -> None:
    await desk.claimed()
    thread, renamed = desk.thread()["id"], {"content": "a new name", "type": 4}
    desk.discord.world.say(thread, desk.mara, renamed)
    await desk.settled()

    def quietly() -> None:
        desk.discord.gateway.sessions.clear()
        desk.discord.world.say(thread, desk.mara, renamed)
        desk.discord.world.say(thread, desk.mara, {"content": "Said in between"})

    async with desk.restarted(before=quietly):
        await desk.settled()
        shown = desk.shown(desk.post()["id"])
        assert any("Said in between" in one for one in shown)
        assert not any("a new name" in one for one in shown)


async def test_words_taken_out_of_a_message_whose_file_stays_are_gone(desk: DiscordDesk) -> None:
    await desk.claimed()
    log = desk.discord.file("vpn.log", b"10:02 reset")
    said = await desk.discord.says(
        desk.mara, desk.thread()["id"], "my password is hunter2", files=[log]
    )
    await desk.settled()
    await desk.discord.edits(said, "")
    await desk.settled()
    shown = desk.shown(desk.post()["id"])
    assert any("vpn.log" in one for one in shown)
    assert not any("hunter2" in one for one in shown)
