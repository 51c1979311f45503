"""A desk of a few listeners on the real Bolt, for the loopback Slack's own stories."""

from __future__ import annotations

from typing import Any

from slack_bolt.app.async_app import AsyncApp

from tests.slack.samples import FORM, claim_card, section
from tests.slack.things import Json

EVENTS = (
    *("message", "app_mention", "reaction_added", "member_joined_channel"),
    *("member_left_channel", "channel_archive", "channel_rename", "tokens_revoked"),
)


def small_desk(app: AsyncApp, heard: list[Json]) -> AsyncApp:
    """Let the app answer `/ticket`, a form, a card and the home tab; `heard` is what came in."""
    app.command("/ticket")(_command)
    app.action("topic")(_topic)
    app.shortcut("new_ticket")(_new_ticket)
    app.event("app_home_opened")(_home)
    _add_form(app, heard)
    _add_card(app, heard)

    async def note(event: Any) -> None:
        heard.append(event)

    for kind in EVENTS:
        app.event(kind)(note)
    return app


async def _command(ack: Any, body: Any, client: Any) -> None:
    if body["text"] == "form":
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)
        await ack()
    else:
        await ack(text=f"you said {body['text']}", response_type="ephemeral")


async def _topic(ack: Any, body: Any, client: Any) -> None:
    await ack()
    view = {**FORM, "title": {"type": "plain_text", "text": "VPN ticket"}}
    await client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=view)


async def _new_ticket(ack: Any, body: Any, client: Any) -> None:
    await client.views_open(trigger_id=body["trigger_id"], view=FORM)
    await ack()


async def _home(event: Any, client: Any) -> None:
    view = {"type": "home", "blocks": [section("*Mine*: none")]}
    await client.views_publish(user_id=event["user"], view=view)


def _add_form(app: AsyncApp, heard: list[Json]) -> None:
    async def submitted(ack: Any, view: Any, client: Any) -> None:
        values = view["state"]["values"]
        summary = values["summary"]["summary"]["value"]
        if summary == "bad":
            await ack(response_action="errors", errors={"summary": "Say more."})
            return
        await ack()
        heard.append(values)
        await client.chat_postMessage(channel="CHELP", text=summary, blocks=claim_card(summary))

    async def closed(ack: Any) -> None:
        await ack()
        heard.append({"type": "closed"})

    async def from_message(ack: Any, body: Any, client: Any) -> None:
        await ack()
        heard.append(body)
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    app.view("intake")(submitted)
    app.view_closed("intake")(closed)
    app.shortcut("create_ticket")(from_message)


def _add_card(app: AsyncApp, heard: list[Json]) -> None:
    async def claim(ack: Any, body: Any, client: Any, respond: Any) -> None:
        await ack()
        heard.append(body)
        text = f"<@{body['user']['id']}> is on it"
        place, ts = body["channel"]["id"], body["message"]["ts"]
        await client.chat_update(channel=place, ts=ts, text=text, blocks=claim_card(text))
        await respond(text="Yours.", response_type="ephemeral", replace_original=False)

    async def more(ack: Any, body: Any) -> None:
        await ack()
        heard.append(body)

    app.action("claim")(claim)
    app.action("more")(more)
