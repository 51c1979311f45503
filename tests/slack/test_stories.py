"""The real Bolt and the real SDK live through a small ticket's life, over both transports."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.slack.bolt_app import TransportName, bolt_for, running
from tests.slack.filling import NotLetThrough
from tests.slack.loopback import LoopbackSlack, reads
from tests.slack.small_desk import small_desk


@pytest.fixture
def heard() -> list[dict[str, Any]]:
    return []


@pytest.fixture(params=["socket", "http"])
async def desk(
    request: pytest.FixtureRequest, slack: LoopbackSlack, heard: list[dict[str, Any]]
) -> AsyncIterator[TransportName]:
    transport: TransportName = request.param
    async with running(slack, small_desk(bolt_for(slack), heard), transport):
        yield transport
        await slack.settled()
    assert slack.complaints == []
    assert slack.courier.undelivered == []


async def test_a_command_is_answered_to_the_person_alone(
    slack: LoopbackSlack, desk: TransportName
) -> None:
    answer = await slack.types("UMARA", "CHELP", "/ticket hello <@UJO> & @jo")
    assert answer.text == "you said hello &lt;@UJO&gt; &amp; <@UJO|jo>"
    assert [m.text for m in slack.ephemerals("UMARA", "CHELP")] == [answer.text]
    assert slack.messages("CHELP") == []
    assert slack.messages("CHELP", as_user="UMARA") == slack.ephemerals("UMARA")


async def test_a_form_becomes_a_card_and_the_card_is_claimed(
    slack: LoopbackSlack, desk: TransportName, heard: list[dict[str, Any]]
) -> None:
    await slack.types("UMARA", "CHELP", "/ticket form")
    await slack.chooses("UMARA", slack.form_of("UMARA"), "Topic", "VPN")
    assert slack.form_of("UMARA").title == "VPN ticket"
    answer = await slack.submits("UMARA", values={"Summary": "bad"})
    assert answer.errors == {"summary": "Say more."}
    log = slack.file("vpn.log", b"reset by peer", "UMARA")
    await slack.submits("UMARA", values={"Summary": "VPN drops", "Files": [log]})
    assert slack.view_of("UMARA") is None
    assert heard[0]["topic"]["topic"]["selected_option"]["value"] == "vpn"
    assert heard[0]["files"]["files"]["files"][0]["name"] == "vpn.log"
    await slack.settled()
    card = slack.messages("CHELP")[0]
    await slack.clicks("UJO", card, "Claim")
    assert "is on it" in reads(card)
    assert [m.text for m in slack.ephemerals("UJO")] == ["Yours."]
    await slack.clicks("UKIM", card, "Hold")
    assert heard[-1]["actions"][0]["selected_option"]["value"] == "hold"


async def test_a_closed_form_is_heard_of(
    slack: LoopbackSlack, desk: TransportName, heard: list[dict[str, Any]]
) -> None:
    await slack.shortcut("UMARA", "new_ticket")
    await slack.closes("UMARA")
    assert heard == [{"type": "closed"}]
    assert slack.view_of("UMARA") is None


async def test_talk_is_heard_edited_deleted_reacted_to_and_mentioned(
    slack: LoopbackSlack, desk: TransportName, heard: list[dict[str, Any]]
) -> None:
    said = await slack.says("UMARA", "CHELP", "@chatdesk help: 1 < 2 & https://a.example/x")
    assert {event["type"] for event in heard} == {"message", "app_mention"}
    assert said.text == "<@U0BOT> help: 1 &lt; 2 &amp; <https://a.example/x>"
    heard.clear()
    answer = await slack.says("UJO", "CHELP", "in the thread", thread_ts=said)
    assert heard[0]["thread_ts"] == said.ts
    await slack.edits("UJO", answer, "better")
    await slack.reacts("UKIM", said, "ticket")
    await slack.deletes("UJO", answer)
    kinds = [event.get("subtype", event["type"]) for event in heard]
    assert kinds == ["message", "message_changed", "reaction_added", "message_deleted"]
    assert slack.messages("CHELP", said) == []


async def test_a_message_becomes_a_form_by_its_shortcut(
    slack: LoopbackSlack, desk: TransportName, heard: list[dict[str, Any]]
) -> None:
    log = slack.file("a.txt", b"abc", "UMARA")
    said = await slack.says("UMARA", "CHELP", "look", files=[log])
    await slack.shortcut("UJO", "create_ticket", said)
    assert heard[-1]["message"]["files"][0]["id"] == log.id
    assert slack.form_of("UJO").title == "New ticket"


async def test_the_home_tab_shows_what_was_published(
    slack: LoopbackSlack, desk: TransportName
) -> None:
    view = await slack.opens_home("UMARA")
    assert view is not None
    assert view is slack.home_of("UMARA")
    assert reads(view) == "*Mine*: none"


async def test_the_app_hears_its_own_messages(slack: LoopbackSlack, desk: TransportName) -> None:
    await slack.shortcut("UMARA", "new_ticket")
    values = {"Topic": "Printer", "Summary": "paper"}
    await slack.submits("UMARA", values=values)
    await slack.settled()
    echo = slack.deliveries[-1].event  # Bolt keeps it from listeners
    assert (echo["bot_id"], echo["text"]) == (slack.app.bot_id, "paper")


async def test_comings_and_goings_are_heard_of(
    slack: LoopbackSlack, desk: TransportName, heard: list[dict[str, Any]]
) -> None:
    slack.user("UANN")
    await slack.joins("UANN", "CHELP", "UJO")
    await slack.leaves("UANN", "CHELP")
    await slack.renames("CHELP", "helpdesk")
    await slack.archives("CHELP")
    await slack.revokes_tokens()
    kinds = [event["type"] for event in heard]
    assert kinds[:2] == ["member_joined_channel", "member_left_channel"]
    assert kinds[2:] == ["channel_rename", "channel_archive", "tokens_revoked"]


async def test_people_can_only_do_what_slack_lets_them_do(
    slack: LoopbackSlack, desk: TransportName
) -> None:
    slack.user("UANN")
    slack.user("UGONE", is_deactivated=True)
    private = slack.channel("CPRIV", "secret", "UJO", kind="private")
    said = await slack.says("UJO", private, "psst")
    with pytest.raises(NotLetThrough, match="not in"):
        await slack.says("UANN", "CHELP", "hello")
    with pytest.raises(NotLetThrough, match="no account"):
        await slack.types("UGONE", "CHELP", "/ticket")
    with pytest.raises(NotLetThrough, match="not a valid command"):
        await slack.types("UJO", "CHELP", "/desk")
    with pytest.raises(NotLetThrough, match="may not look"):
        slack.messages(private, as_user="UMARA")
    with pytest.raises(NotLetThrough, match="their own"):
        await slack.edits("UMARA", said, "mine")
    await slack.shortcut("UMARA", "new_ticket")
    with pytest.raises(NotLetThrough, match="still empty: Topic, Summary"):
        await slack.submits("UMARA")
    with pytest.raises(NotLetThrough, match="81 characters"):
        await slack.fills("UMARA", {"Summary": "x" * 81})
    with pytest.raises(NotLetThrough, match="no option"):
        await slack.fills("UMARA", {"Topic": "Coffee"})
    with pytest.raises(LookupError, match="nothing called"):
        await slack.clicks("UMARA", slack.form_of("UMARA"), "Dance")
