"""What was sent already in Discord says so, with its ticket, whatever button is still shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatdesk.adapters.discord.drafts import LONGEST_NAME, REMEMBERED, Draft, Drafts, name_for
from tests.discord.apps import Memory
from tests.discord.desk import DiscordDesk
from tests.discord.reference import reads
from tests.discord.stories import desk_in_discord, nobody_is_in_a_hurry

__all__ = ["nobody_is_in_a_hurry"]


@pytest.fixture
async def desk(store_url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[DiscordDesk]:
    async with desk_in_discord(store_url, shared_specs, tmp_path) as made:
        yield made


def told(desk: DiscordDesk, user: str) -> str:
    return reads(desk.whispered(user)["components"])


async def test_nothing_is_noted_of_a_draft_that_never_was() -> None:
    memory = Memory()
    drafts = Drafts(memory)
    await drafts.forget("42", "new:0:0~ab")
    await drafts.finish("42", "new:0:0~ab", 7)
    assert memory == {}


async def test_a_draft_that_was_sent_is_known_by_its_ticket_and_holds_no_words() -> None:
    memory = Memory()
    drafts = Drafts(memory)
    sent = [name_for("new:0:0") for _ in range(REMEMBERED + 1)]
    for number, name in enumerate(sent):
        await drafts.keep("42", Draft(name=name).with_more({"summary": "secret"}, ("summary",)))
        await drafts.finish("42", name, number)
    known = [(await drafts.of("42", name)).sent for name in sent]
    assert known == [None, *range(1, REMEMBERED + 1)], "the newest of them are known"
    assert "secret" not in str(memory)


async def test_the_form_of_a_name_that_leads_to_several_drafts_is_never_taken_for_sent() -> None:
    drafts = Drafts(Memory())
    name = name_for("x" * LONGEST_NAME)
    await drafts.keep("42", Draft(name=name))
    await drafts.finish("42", name, 7)
    assert await drafts.of("42", name) == Draft(name=name)


@pytest.mark.parametrize("label", ["Continue", "Send as it is"])
async def test_what_was_sent_already_is_not_sent_again_and_shows_its_ticket(
    desk: DiscordDesk, label: str
) -> None:
    await desk.opened()
    offer = next(one for one in desk.discord.seen_by(desk.mara) if "Send as" in str(one))
    await desk.discord.clicks(desk.mara, offer, label)
    assert "sent already: it is in ticket #1" in told(desk, desk.mara)
    await desk.discord.clicks(desk.mara, desk.whispered(desk.mara), "Show #1")
    assert "VPN drops" in told(desk, desk.mara)
    await desk.settled()
    assert len(desk.discord.posts(desk.forum)) == 1


async def test_what_was_sent_in_direct_messages_is_known_by_its_number_too(
    desk: DiscordDesk,
) -> None:
    ask, direct = desk.discord, desk.direct_of(desk.mara)
    await ask.calls_command(desk.mara, direct, "ticket", "new", words="VPN", topic="other")
    await ask.submits(desk.mara, {"What happened?": "Since noon."})
    offer = desk.whispered(desk.mara)
    await ask.clicks(desk.mara, offer, "Send as it is")
    await ask.clicks(desk.mara, offer, "Send as it is")
    assert "sent already: it is in ticket #1" in told(desk, desk.mara)


async def test_the_words_of_a_form_that_was_sent_from_elsewhere_come_back(
    desk: DiscordDesk,
) -> None:
    await desk.claimed()
    await desk.discord.clicks(desk.jo, desk.card(), "Reply")
    form = desk.discord.form_of(desk.jo)
    await desk.discord.submits(desk.jo, {"To Mara": "sent from the phone"})
    desk.discord._of(desk.jo).modal = form
    await desk.discord.submits(desk.jo, {"To Mara": "typed at the desk"})
    assert "sent already: it is in ticket #1" in told(desk, desk.jo)
    assert "typed at the desk" in told(desk, desk.jo)


async def test_a_draft_of_which_nothing_is_left_is_not_said_to_be_wrong(
    desk: DiscordDesk,
) -> None:
    ask = desk.discord
    await ask.calls_command(desk.mara, desk.general, "ticket", "new", words="VPN", topic="vpn")
    await desk.discord.submits(desk.mara, {"What happened?": "typed", "Which system?": "Linux"})
    offer = desk.whispered(desk.mara)
    desk.parts.store.write(lambda tx: tx.marks.set(f"discord:drafts:{desk.mara}", ""))
    await desk.discord.clicks(desk.mara, offer, "Send as it is")
    assert "do not have this any more" in told(desk, desk.mara)
