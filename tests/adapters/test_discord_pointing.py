"""The menus of Discord's messages: a ticket of one, or a Reply, with all its files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

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
    assert reads(desk.whispered(desk.jo)["components"])


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
