"""A whole desk in Discord: the real library, a real database, and people who ask and answer."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatdesk.ports import StoreUnavailable
from tests.discord.desk import DiscordDesk
from tests.discord.faults import Fault
from tests.discord.pressing import control
from tests.discord.reference import reads
from tests.discord.rest_api import TOKEN
from tests.discord.stories import desk_in_discord, nobody_is_in_a_hurry

__all__ = ["nobody_is_in_a_hurry"]


@pytest.fixture
async def desk(store_url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[DiscordDesk]:
    async with desk_in_discord(store_url, shared_specs, tmp_path) as made:
        yield made


async def test_a_tickets_life(desk: DiscordDesk) -> None:
    await desk.opened()
    assert "VPN drops" in reads(desk.card()["components"])
    assert desk.post()["name"] == "#1 VPN drops"
    assert "VPN drops" in reads(desk.receipt()["components"])
    assert desk.mara in desk.discord.world.members[desk.thread()["id"]]
    await desk.discord.clicks(desk.jo, desk.card(), "Claim")
    await desk.settled()
    assert "Assigned to Jo" in reads(desk.card()["components"])
    await desk.discord.says(desk.jo, desk.post()["id"], "Between us: old client")
    await desk.discord.says(desk.mara, desk.thread()["id"], "It dropped again")
    await desk.settled()
    assert any("It dropped again" in one for one in desk.shown(desk.post()["id"]))
    assert not any("Between us" in one for one in desk.shown(desk.thread()["id"]))
    await desk.discord.clicks(desk.jo, desk.card(), "Resolve")
    await desk.discord.submits(
        desk.jo, {"How did it end?": "Fixed", "What was done, for Mara": "Client 5.2"}
    )
    await desk.settled()
    asked = desk.discord.messages(desk.thread()["id"])[-1]
    assert "Client 5.2" in reads(asked["components"])
    await desk.discord.clicks(desk.mara, asked, "Yes, solved")
    await desk.settled()
    assert "Closed" in reads(desk.card()["components"])


# --- forms ----------------------------------------------------------------------------------------


async def test_what_is_wrong_is_said_and_corrected_with_nothing_lost(desk: DiscordDesk) -> None:
    await desk.claimed()
    await desk.discord.clicks(desk.jo, desk.card(), "Put on hold")
    typed = {"Until when?": "some day", "Why?": "The vendor is at it"}
    await desk.discord.submits(desk.jo, typed)
    told = desk.whispered(desk.jo)
    assert "3d" in reads(told["components"])
    assert "The vendor is at it" in reads(told["components"])
    await desk.discord.clicks(desk.jo, told, "Correct")
    (field,) = desk.discord.form_of(desk.jo)["components"]
    assert field["component"]["value"] == "some day"
    await desk.discord.submits(desk.jo, {"Until when?": "3d"})
    await desk.settled()
    assert "The vendor is at it" in reads(desk.card()["components"])


async def test_more_than_five_fields_go_on_behind_a_button(desk: DiscordDesk) -> None:
    ask = desk.discord
    await ask.calls_command(desk.mara, desk.general, "ticket", "new", words="VPN", topic="vpn")
    assert len(ask.form_of(desk.mara)["components"]) == 5
    await ask.submits(desk.mara, {"Which system?": "Windows"})
    await ask.clicks(desk.mara, desk.whispered(desk.mara), "Continue")
    log = ask.file("vpn.log", b"10:02 reset")
    await ask.submits(desk.mara, {"Which version?": "11"}, files=[log])
    await desk.settled()
    shown = reads(desk.card()["components"])
    assert not [one for one in ("VPN", "Windows", "11", "vpn.log") if one not in shown], shown


async def test_without_a_topic_the_form_asks_for_it_first(desk: DiscordDesk) -> None:
    ask = desk.discord
    await ask.calls_command(desk.mara, desk.direct_of(desk.mara), "ticket", "new", words="Dark")
    await ask.submits(desk.mara, {"What is it about?": "Something else"})
    await ask.clicks(desk.mara, desk.whispered(desk.mara), "Send as it is")
    await desk.settled()
    assert "Something else" in reads(desk.card()["components"])


async def test_the_panel_offers_a_ticket_and_is_there_once(desk: DiscordDesk) -> None:
    await desk.until(lambda: bool(desk.discord.messages(desk.support)))
    (panel,) = desk.discord.messages(desk.support)
    await desk.discord.clicks(desk.mara, panel, "New ticket")
    assert desk.discord.has_form(desk.mara)
    async with desk.restarted():
        await desk.settled()
        assert len(desk.discord.messages(desk.support)) == 1


async def test_a_panel_that_somebody_deleted_comes_anew(desk: DiscordDesk) -> None:
    await desk.until(lambda: bool(desk.discord.messages(desk.support)))
    for _ in range(2):
        (panel,) = desk.discord.messages(desk.support)
        await desk.discord.deletes(panel)
        async with desk.restarted():
            await desk.until(lambda: bool(desk.discord.messages(desk.support)))
            await desk.settled()
            assert len(desk.discord.messages(desk.support)) == 1


async def test_the_panel_follows_its_words(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.until(lambda: bool(desk.discord.messages(desk.support)))
    await desk.settled()
    monkeypatch.setattr("chatdesk.adapters.discord.platform.LOOKED_EVERY", 0.05)
    policy = desk.settings().data_dir / "desk.yaml"
    policy.write_text(
        f"{policy.read_text()}\nwording: {{en: {{discord.panel.text: Ask us anything}}}}\n"
    )
    async with desk.restarted():
        shown = desk.discord.messages(desk.support)
        await desk.until(lambda: "Ask us anything" in reads(shown[0]["components"]))
        assert len(desk.discord.messages(desk.support)) == 1
        await desk.discord.deletes(shown[0])
        await desk.until(lambda: bool(desk.discord.messages(desk.support)))


# --- answers --------------------------------------------------------------------------------------


async def test_my_tickets_are_shown_to_me_alone(desk: DiscordDesk) -> None:
    await desk.opened()
    await desk.discord.calls_command(desk.mara, desk.general, "ticket", "mine")
    assert "VPN drops" in reads(desk.whispered(desk.mara)["components"])
    assert desk.discord.messages(desk.general) == []


async def test_options_are_completed_with_what_one_may_see(desk: DiscordDesk) -> None:
    await desk.opened()
    complete = desk.discord.completes
    for begun in ("", "1", "vpn"):
        found = await complete(desk.jo, desk.general, "desk", "claim", "number", begun)
        assert found == [{"name": "#1 VPN drops", "value": 1}]
    assert await complete(desk.kim, desk.general, "desk", "claim", "number", "9") == []
    assert await complete(desk.dana, desk.support, "ticket", "show", "number", "printer") == []
    topics = await complete(desk.mara, desk.general, "ticket", "new", "topic", "some")
    assert topics == [{"name": "Something else", "value": "other"}]
    queues = await complete(desk.jo, desk.general, "desk", "transfer", "queue", "")
    assert queues == [{"name": "IT help", "value": "it"}]


async def test_a_choice_of_a_menu_can_be_taken_back_and_made_again(desk: DiscordDesk) -> None:
    await desk.claimed()
    menu, _ = control(desk.card()["components"], "Put on hold")
    assert menu["min_values"] == 0
    await desk.discord.clicks(desk.jo, desk.card(), "Put on hold")
    taken_back = {"custom_id": menu["custom_id"], "component_type": 3, "values": []}
    post = desk.post()["id"]
    answer = await desk.discord.does(3, desk.jo, post, taken_back, desk.card())
    assert answer["type"] == 6


async def test_an_old_ticket_is_completed_by_its_number(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for summary in ("VPN drops", "Printer jams", "Screen is dark"):
        await desk.opened(summary)
    monkeypatch.setattr("chatdesk.bootstrap.discord.OFFERED", 2)
    complete = desk.discord.completes
    found = await complete(desk.jo, desk.general, "desk", "claim", "number", "")
    assert [one["value"] for one in found] == [3, 2]
    found = await complete(desk.jo, desk.general, "desk", "claim", "number", "1")
    assert [one["value"] for one in found] == [1]


async def test_what_is_over_is_offered_where_it_is_reopened_or_shown(desk: DiscordDesk) -> None:
    await desk.claimed()
    await desk.discord.clicks(desk.jo, desk.card(), "Resolve")
    typed = {"How did it end?": "Fixed", "What was done, for Mara": "Client 5.2"}
    await desk.discord.submits(desk.jo, typed)
    await desk.settled()
    complete = desk.discord.completes
    for verb in ("reopen", "show"):
        for begun in ("", "1"):
            found = await complete(desk.mara, desk.general, "ticket", verb, "number", begun)
            assert found == [{"name": "#1 VPN drops", "value": 1}]
    assert await complete(desk.jo, desk.general, "desk", "claim", "number", "") == []


async def test_completions_that_take_too_long_are_none(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.opened()
    monkeypatch.setattr("chatdesk.adapters.discord.answering.ANSWERS_WITHIN", 0.0)
    assert await desk.discord.completes(desk.jo, desk.general, "desk", "claim", "number", "") == []


async def test_an_answer_that_takes_long_is_deferred_and_follows(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.opened()
    monkeypatch.setattr("chatdesk.adapters.discord.answering.ANSWERS_WITHIN", 0.0)
    answer = await desk.discord.calls_command(desk.mara, desk.general, "ticket", "mine")
    assert answer["type"] == 5
    await desk.settled()
    assert "VPN drops" in reads(desk.whispered(desk.mara)["components"])
    answer = await desk.discord.clicks(desk.jo, desk.card(), "Claim")
    assert answer["type"] == 6
    await desk.settled()
    assert "Assigned to Jo" in reads(desk.card()["components"])
    await desk.discord.clicks(desk.jo, desk.card(), "Resolve")
    await desk.settled()
    monkeypatch.setattr("chatdesk.adapters.discord.answering.ANSWERS_WITHIN", 60.0)
    await desk.discord.clicks(desk.jo, desk.whispered(desk.jo), "Continue")
    assert desk.discord.has_form(desk.jo)


async def test_what_discord_forgot_was_asked_is_done_and_said_in_the_conversation(
    desk: DiscordDesk,
) -> None:
    await desk.opened()
    desk.discord.rest.next("POST", "/callback$", Fault.refused(10062, 404))
    desk.discord.answered_within = 1.0
    with pytest.raises(TimeoutError):
        await desk.discord.calls_command(desk.jo, desk.post()["id"], "desk", "claim")
    await desk.settled()
    assert "Assigned to Jo" in reads(desk.card()["components"])
    assert any("VPN drops" in one for one in desk.shown(desk.post()["id"])[1:])


async def test_a_transcript_is_handed_out_to_who_asked_alone(desk: DiscordDesk) -> None:
    await desk.opened()
    post = desk.post()["id"]
    await desk.discord.calls_command(desk.dana, post, "desk", "export", number=1)
    await desk.settled()
    handed = desk.whispered(desk.dana)
    assert [one["filename"] for one in handed["attachments"]] == ["ticket-1.md"]
    assert not any(one["attachments"] for one in desk.discord.messages(post))


async def test_a_code_is_never_said_in_the_conversation(desk: DiscordDesk) -> None:
    await desk.opened()
    desk.discord.rest.next("POST", "/callback$", Fault.refused(10062, 404))
    desk.discord.answered_within = 1.0
    with pytest.raises(TimeoutError):
        await desk.discord.calls_command(desk.jo, desk.post()["id"], "ticket", "link-account")
    await desk.settled()
    assert not any("Your code" in one for one in desk.shown(desk.post()["id"]))


async def test_while_nothing_can_be_saved_people_are_told(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.claimed()

    def unavailable(*_: object) -> None:
        raise StoreUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(desk.parts.store, "write", unavailable)
        await desk.discord.clicks(desk.jo, desk.card(), "Release")
        assert "cannot save" in reads(desk.whispered(desk.jo)["components"])
    await desk.settled()


# --- what must not happen -------------------------------------------------------------------------


async def test_hostile_words_ping_nobody_and_stay_letters(desk: DiscordDesk) -> None:
    hostile = "@everyone <@&1> **bold** `x` [click](https://example.invalid) ||s|| <t:1:R>"
    await desk.claimed()
    await desk.discord.clicks(desk.jo, desk.card(), "Reply")
    await desk.discord.submits(desk.jo, {"To Mara": hostile})
    await desk.discord.says(desk.mara, desk.thread()["id"], hostile)
    await desk.settled()
    assert sum(hostile in one for one in desk.shown(desk.post()["id"])) >= 2


async def test_no_name_is_ever_changed(desk: DiscordDesk) -> None:
    await test_a_tickets_life(desk)
    changed = desk.discord.rest.made("PATCH", "/channels/[^/]+$")
    assert not [call for call in changed if "name" in call.body]


async def test_no_word_and_no_token_is_logged_at_any_level(
    desk: DiscordDesk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await desk.opened("zebra-in-the-summary")
    await desk.discord.says(desk.jo, desk.post()["id"], "zebra-in-the-thread")
    await desk.settled()
    assert any("zebra" in one for one in desk.shown(desk.post()["id"]))
    assert "zebra" not in caplog.text
    assert TOKEN not in caplog.text
