"""The menus of Discord's messages: a ticket of one, or a Reply, with all its files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatdesk.lifecycle.ticket import EntryKind
from tests.discord.desk import DiscordDesk
from tests.discord.reference import reads
from tests.discord.stories import desk_in_discord, nobody_is_in_a_hurry
from tests.discord.world import Json

__all__ = ["nobody_is_in_a_hurry"]

CREATE, SEND = "Create ticket from message", "Send to requester"


@pytest.fixture
async def desk(store_url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[DiscordDesk]:
    async with desk_in_discord(store_url, shared_specs, tmp_path) as made:
        yield made


def files_in(desk: DiscordDesk, channel: str) -> list[str]:
    """Return the names of the files that stand in a conversation."""
    shown = desk.discord.messages(channel)
    return [file["filename"] for one in shown for file in one["attachments"]]


async def test_a_ticket_made_from_a_message_has_its_files(desk: DiscordDesk) -> None:
    ask = desk.discord
    log = ask.file("vpn.log", b"10:02 reset")
    said = await ask.says(desk.kim, desk.general, "My VPN drops\nsince noon", files=[log])
    await ask.uses_menu(desk.mara, CREATE, said)
    await ask.submits(desk.mara, {"What is it about?": "Something else"})
    await ask.clicks(desk.mara, desk.whispered(desk.mara), "Send as it is")
    await desk.settled()
    shown = reads(desk.card()["components"])
    assert "My VPN drops" in shown
    assert "Kim: My VPN drops" in shown
    assert "vpn.log" in shown
    assert files_in(desk, desk.post()["id"]) == ["vpn.log"]


async def test_a_ticket_made_from_a_message_says_where_that_stands(desk: DiscordDesk) -> None:
    said = await desk.discord.says(desk.kim, desk.general, "The printer is on fire")
    link = f"/channels/{desk.discord.world.guild}/{desk.general}/{said['id']}"
    await desk.discord.uses_menu(desk.mara, CREATE, said)
    assert link in str(desk.discord.form_of(desk.mara))
    await desk.discord.reacts(desk.mara, said, "🎫")
    await desk.settled()
    direct = desk.discord.messages(desk.direct_of(desk.mara))
    await desk.discord.clicks(desk.mara, direct[-1], "Continue")
    assert link in str(desk.discord.form_of(desk.mara))


async def test_who_takes_no_direct_message_is_offered_a_ticket_below_the_message(
    desk: DiscordDesk,
) -> None:
    desk.discord.world.closed_to_bot.add(desk.mara)
    said = await desk.discord.says(desk.kim, desk.general, "The printer is on fire")
    await desk.discord.reacts(desk.mara, said, "🎫")
    await desk.settled()
    offered = desk.discord.messages(desk.general)[-1]
    assert offered["message_reference"]["message_id"] == said["id"]
    await desk.discord.clicks(desk.mara, offered, "New ticket")
    assert desk.discord.has_form(desk.mara)


async def test_a_menu_of_another_version_is_answered(desk: DiscordDesk) -> None:
    said = await desk.discord.says(desk.kim, desk.general, "The printer is on fire")
    await desk.discord.uses_menu(desk.mara, "Make a ticket", said)
    assert "another version" in reads(desk.whispered(desk.mara)["components"])


async def test_what_is_sent_to_the_requester_goes_with_its_files_once(desk: DiscordDesk) -> None:
    await desk.claimed()
    picture = desk.discord.file("client.txt", b"client 5.2")
    said = await desk.discord.says(
        desk.jo, desk.post()["id"], "Please try client 5.2", files=[picture]
    )
    await desk.settled()
    await desk.discord.uses_menu(desk.jo, SEND, said)
    await desk.until(lambda: bool(files_in(desk, desk.thread()["id"])), within=60)
    await desk.settled()
    assert files_in(desk, desk.thread()["id"]) == ["client.txt"]
    replies = [one for one in desk.shown(desk.thread()["id"]) if "Please try client 5.2" in one]
    assert len(replies) == 1


async def forwarded(desk: DiscordDesk, by: str, channel: str) -> Json:
    """Let somebody forward words with a file: Discord keeps both apart from the message's own."""
    log = desk.discord.file("vpn.log", b"10:02 reset")
    there = await desk.discord.says(by, channel, "")
    told = {"message": {"content": "Please try client 5.2", "attachments": [log]}}
    there["message_snapshots"] = [told]
    return there


async def test_a_ticket_made_from_a_forwarded_message_has_what_is_forwarded(
    desk: DiscordDesk,
) -> None:
    said = await forwarded(desk, desk.kim, desk.general)
    await desk.discord.uses_menu(desk.mara, CREATE, said)
    await desk.discord.submits(desk.mara, {"What is it about?": "Something else"})
    await desk.discord.clicks(desk.mara, desk.whispered(desk.mara), "Send as it is")
    await desk.settled()
    assert "Kim: Please try client 5.2" in reads(desk.card()["components"])
    assert files_in(desk, desk.post()["id"]) == ["vpn.log"]


async def test_what_an_agent_forwarded_is_sent_to_the_requester(desk: DiscordDesk) -> None:
    await desk.claimed()
    said = await forwarded(desk, desk.jo, desk.post()["id"])
    await desk.discord.uses_menu(desk.jo, SEND, said)
    thread = desk.thread()["id"]
    await desk.until(lambda: bool(files_in(desk, thread)), within=60)
    await desk.until(lambda: any("Please try client 5.2" in one for one in desk.shown(thread)))


async def test_a_message_elsewhere_is_sent_to_no_requester(desk: DiscordDesk) -> None:
    await desk.claimed()
    log = desk.discord.file("vpn.log", b"10:02 reset")
    said = await desk.discord.says(desk.jo, desk.general, "Please try client 5.2", files=[log])
    before = desk.shown(desk.thread()["id"])
    await desk.discord.uses_menu(desk.jo, SEND, said)
    await desk.settled()
    assert desk.shown(desk.thread()["id"]) == before
    assert "Nothing was sent" in reads(desk.whispered(desk.jo)["components"])


async def test_a_file_that_cannot_be_had_is_named_in_words(desk: DiscordDesk) -> None:
    await desk.claimed()
    elsewhere = desk.discord.file("x.log", b"x") | {"url": "https://files.example.invalid/x.log"}
    said = await desk.discord.says(desk.jo, desk.post()["id"], "See this", files=[elsewhere])
    await desk.settled()
    await desk.discord.uses_menu(desk.jo, SEND, said)
    await desk.until(
        lambda: any("x.log" in one for one in desk.shown(desk.thread()["id"])), within=60
    )
    assert files_in(desk, desk.thread()["id"]) == []


async def sent(desk: DiscordDesk, message: Json, by: str = "") -> str:
    """Let somebody, as a rule Jo, send a message on, and return what they are told."""
    who, shown = by or desk.jo, len(desk.discord.seen_by(by or desk.jo))
    await desk.discord.uses_menu(who, SEND, message)
    await desk.settled()
    return "".join(reads(one["components"]) for one in desk.discord.seen_by(who)[shown:])


def said_to_mara(desk: DiscordDesk, words: str) -> int:
    return sum(words in one for one in desk.shown(desk.thread()["id"]))


async def test_a_message_is_sent_once_and_again_after_it_was_taken_back(desk: DiscordDesk) -> None:
    await desk.claimed()
    post = desk.post()["id"]
    said = await desk.discord.says(desk.jo, post, "Please try client 5.2")
    await desk.discord.uses_menu(desk.jo, SEND, said)
    assert "already" in await sent(desk, said)
    undo = [one for one in desk.discord.messages(post) if "Undo" in str(one["components"])][-1]
    await desk.discord.clicks(desk.jo, undo, "Undo (15 s)")
    await desk.settled()
    assert said_to_mara(desk, "client 5.2") == 0
    await sent(desk, said)
    await desk.until(lambda: said_to_mara(desk, "client 5.2") == 1, within=60)
    assert "already" in await sent(desk, said)
    await desk.settled()
    assert said_to_mara(desk, "client 5.2") == 1


async def test_words_that_begin_with_another_tickets_number_go_to_this_ones_requester(
    desk: DiscordDesk,
) -> None:
    await desk.opened("Printer jams")
    await desk.opened("VPN drops")
    said = await desk.discord.says(desk.jo, desk.post()["id"], "#1 and 2 are one fault")
    await sent(desk, said)
    await desk.until(lambda: said_to_mara(desk, "#1 and 2 are one fault") == 1, within=60)
    first = desk.discord.posts(desk.support)[0]["id"]
    assert not any("one fault" in one for one in desk.shown(first))


async def test_what_is_no_word_of_a_person_is_not_sent(desk: DiscordDesk) -> None:
    await desk.claimed()
    assert "no words of a person" in await sent(desk, desk.card())


async def test_a_requester_sends_nothing_to_themselves(desk: DiscordDesk) -> None:
    await desk.claimed()
    said = await desk.discord.says(desk.mara, desk.thread()["id"], "It drops again")
    assert "Nothing was sent" in await sent(desk, said, by=desk.mara)
    assert "Nothing was sent" in await sent(desk, said)


async def test_who_works_no_queue_sends_nothing(desk: DiscordDesk) -> None:
    await desk.claimed()
    said = await desk.discord.says(desk.jo, desk.post()["id"], "Please try client 5.2")
    await sent(desk, said, by=desk.mara)
    assert said_to_mara(desk, "client 5.2") == 0


async def test_a_reply_that_was_said_is_not_sent_again(desk: DiscordDesk) -> None:
    await desk.claimed()
    said = await desk.discord.says(desk.jo, desk.post()["id"], "!reply Please try client 5.2")
    await desk.until(lambda: said_to_mara(desk, "client 5.2") == 1, within=60)
    assert "already" in await sent(desk, said)
    assert said_to_mara(desk, "client 5.2") == 1


async def test_after_a_colleagues_answer_it_is_asked_first(desk: DiscordDesk) -> None:
    await desk.claimed()
    post = desk.post()["id"]
    await sent(desk, await desk.discord.says(desk.jo, post, "Please try client 5.2"))
    said = await desk.discord.says(desk.kim, post, "Or client 5.3")
    await desk.discord.uses_menu(desk.kim, SEND, said)
    assert "Or client 5.3" in str(desk.discord.form_of(desk.kim))
    await desk.discord.submits(desk.kim)
    await desk.until(lambda: said_to_mara(desk, "client 5.3") == 1, within=60)


async def test_without_the_intent_the_menu_has_the_words_it_is_used_on(
    store_url: str, shared_specs: Path, tmp_path: Path
) -> None:
    lent = desk_in_discord(store_url, shared_specs, tmp_path, may_read_content=False)
    async with lent as desk:
        await desk.claimed()
        said = await desk.discord.says(desk.jo, desk.post()["id"], "Please try client 5.2")
        await desk.settled()
        assert said_to_mara(desk, "client 5.2") == 0
        await sent(desk, said)
        await desk.until(lambda: said_to_mara(desk, "client 5.2") == 1, within=60)


async def test_of_two_who_send_a_message_at_one_moment_one_does(desk: DiscordDesk) -> None:
    await desk.claimed()
    said = await desk.discord.says(desk.jo, desk.post()["id"], "Please try client 5.2")
    await asyncio.gather(*(desk.discord.uses_menu(desk.jo, SEND, said) for _ in range(4)))
    await desk.until(lambda: said_to_mara(desk, "client 5.2") == 1, within=60)
    await desk.settled()
    assert said_to_mara(desk, "client 5.2") == 1
    kinds = frozenset({EntryKind.REPLY})
    assert len(desk.parts.store.read(lambda tx: tx.entries.of(1, kinds))) == 1
