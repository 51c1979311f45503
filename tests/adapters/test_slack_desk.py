"""A real desk in a loopback Slack: what people do arrives, and what they are told is shown."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatdesk.ports import StoreUnavailable
from tests.adapters.slack_room import SlackDesk, claimed, opened, reads, slack_desk
from tests.slack.faults import Fault
from tests.slack.loopback import goes_live


@pytest.fixture(params=["socket", "http"])
async def desk(
    request: pytest.FixtureRequest, store_url: str, shared_specs: Path, tmp_path: Path
) -> AsyncIterator[SlackDesk]:
    async with slack_desk(shared_specs, store_url, tmp_path, request.param) as room:
        yield room


async def test_a_tickets_life(desk: SlackDesk) -> None:
    card = await opened(desk)
    assert "VPN drops" in reads(card)
    receipt = desk.slack.messages(desk.slack.dm("UMARA"))[-1]
    assert "VPN drops" in reads(receipt)
    await desk.slack.clicks("UJO", card, "Claim")
    await desk.settled()
    assert "Assigned to Jo" in reads(card)
    await desk.slack.says("UJO", "CHELP", "Between us: old client", thread_ts=card)
    await desk.slack.says("UMARA", desk.slack.dm("UMARA"), "It dropped again", thread_ts=receipt)
    await desk.settled()
    assert any("It dropped again" in one for one in desk.shown("CHELP", card))
    assert not any("Between us" in one for one in desk.shown(desk.slack.dm("UMARA").id, receipt))


async def test_everybody_reads_the_language_they_chose_in_slack(desk: SlackDesk) -> None:
    desk.slack.workspace.people["UMARA"].locale = "de-DE"
    await desk.slack.types("UMARA", "CGENERAL", "/ticket neu VPN bricht ab")
    await desk.settled()
    await desk.slack.fills("UMARA", {"Worum geht es?": "VPN"})
    await desk.settled()
    await desk.slack.submits("UMARA", values={"Was ist passiert?": "Alle zehn Minuten."})
    await desk.settled()
    assert "Wir haben es." in reads(desk.slack.messages(desk.slack.dm("UMARA"))[-1])
    assert "Nobody has it yet" in reads(desk.slack.messages("CHELP")[-1])


async def test_a_form_keeps_what_was_typed_and_names_what_is_wrong(desk: SlackDesk) -> None:
    card = await claimed(desk)
    await desk.slack.clicks("UJO", card, "Put on hold")
    await desk.settled()
    typed = {"Until when?": "some day", "Why?": "The vendor is at it"}
    answer = await desk.slack.submits("UJO", values=typed)
    (told,) = answer.errors.values()
    assert "3d" in told
    await desk.slack.submits("UJO", values={"Until when?": "3d"})
    await desk.settled()
    assert desk.slack.view_of("UJO") is None
    assert "The vendor is at it" in reads(card)


async def test_a_field_appears_when_what_it_depends_on_is_chosen(desk: SlackDesk) -> None:
    await desk.slack.types("UMARA", "CGENERAL", "/ticket new VPN drops")
    await desk.settled()
    await desk.slack.fills("UMARA", {"What is it about?": "VPN", "What happened?": "Since noon"})
    await desk.settled()
    assert "Which version?" not in reads(desk.slack.form_of("UMARA"))
    await desk.slack.fills("UMARA", {"Which system?": "Windows"})
    await desk.settled()
    assert "Which version?" in reads(desk.slack.form_of("UMARA"))
    await desk.slack.submits("UMARA", values={"Which version?": "11"})
    await desk.settled()
    receipt = reads(desk.slack.messages(desk.slack.dm("UMARA"))[-1])
    assert all(words in receipt for words in ("Since noon", "Windows", "11"))


async def test_hostile_words_go_live_nowhere(desk: SlackDesk) -> None:
    hostile = "<!channel> *bold* :tada: &lt; `x` <https://example.invalid|click>"
    card = await opened(desk)
    await desk.slack.clicks("UJO", card, "Reply")
    await desk.settled()
    await desk.slack.submits("UJO", values={"To Mara": hostile})
    await desk.settled()
    desk.slack.clock.advance(60)
    found = [one for place in desk.slack.workspace.messages.values() for one in place.values()]
    ours = [one for one in found if one.bot_id]
    assert any(hostile in reads(one) for one in ours)
    assert [goes_live(one) for one in ours if goes_live(one)] == []


async def test_a_verb_said_in_a_thread_acts_on_its_ticket(desk: SlackDesk) -> None:
    card = await opened(desk)
    await desk.slack.says("UJO", "CHELP", "!claim", thread_ts=card)
    await desk.settled()
    assert "Assigned to Jo" in reads(card)
    bot = desk.slack.workspace.people[desk.slack.app.bot_user].name
    await desk.slack.says("UJO", "CHELP", f"@{bot} assign @kim", thread_ts=card)
    await desk.settled()
    assert "Assigned to Kim" in reads(card)


async def test_a_verb_that_needs_a_form_offers_it_and_keeps_the_words(desk: SlackDesk) -> None:
    card = await claimed(desk)
    await desk.slack.says("UJO", "CHELP", "!resolve Client 5.2 helps", thread_ts=card)
    await desk.settled()
    offer = desk.slack.ephemerals("UJO", "CHELP")[-1]
    await desk.slack.clicks("UJO", offer, "Resolve #1")
    await desk.settled()
    assert "Client 5.2 helps" in str(desk.slack.form_of("UJO").payload)


async def test_words_in_a_direct_message_begin_a_ticket(desk: SlackDesk) -> None:
    direct = desk.slack.dm("UMARA")
    await desk.slack.says("UMARA", direct, "My <screen> & I are dark")
    await desk.settled()
    offer = desk.slack.messages(direct)[-1]
    await desk.slack.clicks("UMARA", offer, "New ticket")
    await desk.settled()
    await desk.slack.submits("UMARA", values={"What is it about?": "Something else"})
    await desk.settled()
    assert "My <screen> & I are dark" in reads(desk.slack.messages(direct)[-1])


async def test_a_colleagues_message_becomes_a_ticket(desk: SlackDesk) -> None:
    message = await desk.slack.says("UKIM", "CGENERAL", "The printer is on fire")
    await desk.slack.shortcut("UMARA", "create_ticket", message)
    await desk.settled()
    shown = str(desk.slack.form_of("UMARA").payload)
    assert "The printer is on fire" in shown
    assert "/archives/CGENERAL/" in shown
    await desk.slack.shortcut("UMARA", "new_ticket")
    await desk.settled()
    assert desk.slack.form_of("UMARA").title == "New ticket"


async def test_edits_and_deletions_follow(desk: SlackDesk) -> None:
    card = await claimed(desk)
    direct = desk.slack.dm("UMARA")
    receipt = desk.slack.messages(direct)[-1]
    said = await desk.slack.says("UMARA", direct, "It drops agian", thread_ts=receipt)
    await desk.settled()
    await desk.slack.edits("UMARA", said, "It drops again")
    await desk.settled()
    assert any("It drops again" in one for one in desk.shown("CHELP", card))
    await desk.slack.deletes("UMARA", said)
    await desk.settled()
    assert not any("It drops" in one for one in desk.shown("CHELP", card))


async def test_a_message_that_comes_many_times_is_kept_once(desk: SlackDesk) -> None:
    card = await claimed(desk)
    receipt = desk.slack.messages(desk.slack.dm("UMARA"))[-1]
    desk.slack.double_next_event(11)
    await desk.slack.says("UMARA", desk.slack.dm("UMARA"), "Eleven times", thread_ts=receipt)
    await desk.settled()
    assert sum("Eleven times" in one for one in desk.shown("CHELP", card)) == 1


async def test_files_are_kept_and_one_that_cannot_be_is_linked(desk: SlackDesk) -> None:
    card = await claimed(desk)
    direct = desk.slack.dm("UMARA")
    receipt = desk.slack.messages(direct)[-1]
    log = desk.slack.file("vpn.log", b"10:02 reset", "UMARA")
    await desk.slack.says("UMARA", direct, "The log", thread_ts=receipt, files=[log])
    await desk.settled()
    assert any("vpn.log" in one and "11 bytes" in one for one in desk.shown("CHELP", card))


async def test_chatter_elsewhere_is_nobodys_business(desk: SlackDesk) -> None:
    before = len(desk.slack.calls)
    await desk.slack.says("UMARA", "CGENERAL", "Lunch?")
    await desk.settled()
    asked = {call.method for call in desk.slack.calls[before:]}
    assert asked <= {"auth.test"}  # who the app is, asked once


async def test_my_tickets_are_shown_to_me_alone(desk: SlackDesk) -> None:
    await opened(desk)
    await desk.slack.types("UMARA", "CGENERAL", "/ticket mine")
    await desk.settled()
    assert "VPN drops" in reads(desk.slack.ephemerals("UMARA", "CGENERAL")[-1])
    assert desk.slack.messages("CGENERAL") == []


async def test_no_word_and_no_token_is_logged_at_any_level(
    desk: SlackDesk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    card = await opened(desk, "zebra-in-the-summary")
    await desk.slack.says("UJO", "CHELP", "zebra-in-the-thread", thread_ts=card)
    await desk.settled()
    assert any("zebra" in reads(one) for one in desk.slack.messages("CHELP"))
    assert "zebra" not in caplog.text
    app = desk.slack.app
    assert not [one for one in (app.bot_token, app.app_token) if one in caplog.text]


async def test_a_form_that_comes_too_late_is_offered_anew(desk: SlackDesk) -> None:
    card = await claimed(desk)
    desk.slack.next("views.open", Fault.refused("expired_trigger_id"))
    await desk.slack.clicks("UJO", card, "Resolve")
    await desk.settled()
    assert desk.slack.view_of("UJO") is None
    await desk.slack.clicks("UJO", desk.slack.ephemerals("UJO", "CHELP")[-1], "Resolve #1")
    await desk.settled()
    assert desk.slack.form_of("UJO").title == "Resolve #1"


async def test_while_nothing_can_be_saved_words_come_again_and_clicks_are_told(
    desk: SlackDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await claimed(desk)
    receipt = desk.slack.messages(desk.slack.dm("UMARA"))[-1]

    def unavailable(*_: object) -> None:
        raise StoreUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(desk.parts.store, "write", unavailable)
        with monkeypatch.context() as impatient:  # nothing will be acknowledged
            impatient.setattr(desk.slack.sockets, "ack_within", 0.2)
            await desk.slack.says("UMARA", desk.slack.dm("UMARA"), "Not lost", thread_ts=receipt)
        await desk.slack.clicks("UJO", card, "Watch")
        assert desk.parts.slack is not None
        await desk.parts.slack.telling.settle()
    assert "cannot save" in reads(desk.slack.ephemerals("UJO", "CHELP")[-1])
    await desk.slack.retry_undelivered()
    await desk.settled()
    assert sum("Not lost" in one for one in desk.shown("CHELP", card)) == 1
