"""The app is what its manifest says, and people meet what follows from that."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from tests.slack.apps import app_from_manifest
from tests.slack.bolt_app import bolt_for, client_for, running
from tests.slack.delivery import Answer, Delivery
from tests.slack.filling import NotLetThrough
from tests.slack.loopback import LoopbackSlack
from tests.slack.samples import FORM, button, claim_card, field, modal, select, text
from tests.slack.things import Json

MANIFEST = {
    "features": {
        "bot_user": {"display_name": "helpdesk"},
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "slash_commands": [{"command": "/desk", "should_escape": False}],
        "shortcuts": [
            {"name": "New", "type": "global", "callback_id": "new"},
            {"name": "From this", "type": "message", "callback_id": "from"},
        ],
    },
    "oauth_config": {"scopes": {"bot": ["commands", "chat:write"]}},
    "settings": {"event_subscriptions": {"bot_events": ["app_home_opened"]}},
}


async def test_a_manifest_decides_what_works(shared_specs: Path) -> None:
    slack = LoopbackSlack(shared_specs, app=app_from_manifest(MANIFEST))
    slack.user("UMARA")
    slack.channel("CHELP", "it-help", "UMARA")
    async with slack.serving():
        async with running(slack, bolt_for(slack), "http"):
            await slack.types("UMARA", "CHELP", "/desk <@UMARA>")
            assert slack.deliveries[-1].payload["text"] == "<@UMARA>"
            await slack.says("UMARA", "CHELP", "nobody subscribed to this")
            assert len(slack.deliveries) == 1
        with pytest.raises(NotLetThrough, match="takes no messages"):
            await slack.says("UMARA", slack.dm("UMARA"), "read-only unless said otherwise")
        with pytest.raises(NotLetThrough, match="not a valid command"):
            await slack.types("UMARA", "CHELP", "/ticket")
        with pytest.raises(NotLetThrough, match="no shortcut"):
            await slack.shortcut("UMARA", "from")
        with pytest.raises(SlackApiError, match="missing_scope"):
            await client_for(slack).users_info(user="UMARA")


async def test_a_form_that_takes_files_needs_the_scope_to_read_them(slack: LoopbackSlack) -> None:
    slack.app.scopes.discard("files:read")
    trigger = slack.workspace.new_trigger("UMARA")
    with pytest.raises(SlackApiError, match="missing_scope"):
        await client_for(slack).views_open(trigger_id=trigger, view=FORM)


async def test_a_card_of_long_ago_can_be_clicked_as_it_was(slack: LoopbackSlack) -> None:
    clicked: list[Json] = []
    app = bolt_for(slack)

    async def note(ack: Any, body: Any) -> None:
        await ack()
        clicked.append(body)

    app.action("claim")(note)
    client = client_for(slack)
    await client.chat_postMessage(channel="CHELP", text="x", blocks=claim_card("x"))
    card = slack.messages("CHELP")[0]
    seen = card.blocks
    await client.chat_update(channel="CHELP", ts=card.ts, text="closed", blocks=[])
    slack.clock.advance(21 * 86400)
    async with running(slack, app, "socket"):
        with pytest.raises(LookupError, match="nothing called"):
            await slack.clicks("UJO", card, "Claim")
        answers = await asyncio.gather(
            *(slack.clicks(one, card, "Claim", seen=seen) for one in ("UJO", "UKIM"))
        )
    assert [answer.is_acked for answer in answers] == [True, True]
    assert {body["user"]["id"] for body in clicked} == {"UJO", "UKIM"}
    assert clicked[0]["message"]["text"] == "closed"


async def test_menus_on_cards_and_searching_menus_in_forms(slack: LoopbackSlack) -> None:
    heard: list[Json] = []
    app = bolt_for(slack)
    found = {"text": text("#987 VPN"), "value": "987"}

    async def chosen(ack: Any, body: Any) -> None:
        await ack()
        heard.append(body)

    async def searched(ack: Any, payload: Any) -> None:
        await ack(options=[found] if payload["value"] == "VPN" else [])

    app.action("s")(chosen)
    app.options("search")(searched)
    client = client_for(slack)
    await client.chat_postMessage(channel="CHELP", text="x", blocks=[select(2), button()])
    search = {**field("s"), "element": {"type": "external_select", "action_id": "search"}}
    view = modal(blocks=[search], submit=text("S"))
    await client.views_open(trigger_id=slack.workspace.new_trigger("UMARA"), view=view)
    async with running(slack, app, "http"):
        await slack.chooses("UJO", slack.messages("CHELP")[0], "s", "o1")
        offered = await slack.suggests("UMARA", slack.form_of("UMARA"), "search", "VPN")
        assert offered == [found]
        await slack.fills("UMARA", {"search": offered[0]})
    assert heard[0]["actions"][0]["selected_option"]["value"] == "v1"
    (state,) = heard[0]["state"]["values"].values()
    assert state["s"]["selected_option"]["value"] == "v1"
    assert slack.form_of("UMARA").state["s"]["search"]["selected_option"] == found


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"response_action": "errors", "errors": {"nowhere": "x"}}, "errors_at_no_field"),
        ({"response_action": "errors", "errors": {}}, "errors_missing"),
        ({"response_action": "errors", "errors": {"b": " "}}, "errors_without_words"),
        ({"response_action": "update", "view": {"type": "modal"}}, "invalid_arguments"),
        ({"response_action": "dance"}, "invalid_response_action"),
        ({"text": "thanks"}, "invalid_response_action"),
    ],
)
async def test_an_impossible_answer_to_a_form_leaves_it_open(
    slack: LoopbackSlack, said: Json, complaint: str
) -> None:
    await submitted(slack, said)
    assert slack.form_of("UMARA").title == "T"
    assert complaint in slack.complaints[0]


@pytest.mark.parametrize(
    ("said", "titles"),
    [
        ({}, ["First"]),
        ({"response_action": "clear"}, []),
        ({"response_action": "update", "view": modal(title=text("New"))}, ["First", "New"]),
        ({"response_action": "push", "view": modal(title=text("New"))}, ["First", "T", "New"]),
    ],
)
async def test_a_form_does_what_its_answer_says(
    slack: LoopbackSlack, said: Json, titles: list[str]
) -> None:
    await submitted(slack, said)
    assert [view.title for view in slack.workspace.stacks["UMARA"]] == titles
    assert slack.complaints == []


async def submitted(slack: LoopbackSlack, said: Json) -> None:
    """Submit the second of two forms and let the app answer with that."""

    class Desk:
        async def carry(self, delivery: Delivery) -> Answer:
            return Answer(is_acked=True, payload=said)

    client = client_for(slack)
    first = modal(title=text("First"))
    second = modal(blocks=[field()], submit=text("S"))
    await client.views_open(trigger_id=slack.workspace.new_trigger("UMARA"), view=first)
    await client.views_push(trigger_id=slack.workspace.new_trigger("UMARA"), view=second)
    slack.courier.transport = Desk()
    await slack.submits("UMARA", values={"L": "x"})
