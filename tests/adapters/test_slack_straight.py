"""Commands and forms that go straight to their listeners: answered as Bolt has them answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from chatdesk.adapters.slack.app import bolt_app
from chatdesk.ports import StoreUnavailable
from tests.slack.bolt_app import client_for
from tests.slack.faults import Fault
from tests.slack.loopback import LoopbackSlack

COMMAND = {"command": "/ticket", "text": "mine", "team_id": "T1", "user_id": "UMARA"}
FORM = {
    "type": "view_submission",
    "view": {"type": "modal", "callback_id": "form"},
    "user": {"id": "UMARA"},
}
BUTTON = {"type": "block_actions", "actions": [{"action_id": "a"}], "user": {"id": "UMARA"}}


class Listening:
    """What stands behind Bolt: it says what it was brought, or that the store is away."""

    def __init__(self) -> None:
        self.trouble: Exception | None = None

    async def command(self, ack: Any, body: Any) -> None:
        await self._answer(ack, f"typed {body['text']}")

    async def submitted(self, ack: Any, body: Any) -> None:
        await self._answer(ack, f"sent {body['view']['callback_id']}")

    async def action(self, ack: Any, body: Any, _bot: str) -> None:
        await self._answer(ack, f"clicked {body['actions'][0]['action_id']}")

    async def _answer(self, ack: Any, text: str) -> None:
        if self.trouble is not None:
            raise self.trouble
        await ack(text=text)


@pytest.fixture
def listening() -> Listening:
    return Listening()


@pytest.fixture
async def slack(shared_specs: Path) -> AsyncIterator[LoopbackSlack]:
    made = LoopbackSlack(shared_specs)
    made.user("UMARA")
    async with made.serving():
        yield made


@pytest.fixture
def app(slack: LoopbackSlack, listening: Listening) -> AsyncApp:
    client: AsyncWebClient = client_for(slack)
    everybody: Any = listening
    heard: Any = type("Heard", (), {"kinds": ()})
    return bolt_app(client, everybody, everybody, everybody, heard)


async def deliver(app: AsyncApp, body: dict[str, Any]) -> tuple[int, str]:
    answer = await app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=dict(body)))
    return answer.status, answer.body


async def test_the_first_and_every_later_one_is_answered_alike(app: AsyncApp) -> None:
    for body, said in ((COMMAND, "typed mine"), (FORM, "sent form"), (BUTTON, "clicked a")) * 3:
        status, answer = await deliver(app, body)
        assert (status, said in answer) == (200, True)


async def test_what_fails_is_refused_first_and_later(app: AsyncApp, listening: Listening) -> None:
    for trouble in (StoreUnavailable("away"), ValueError("a bug")):
        listening.trouble = trouble
        assert [(await deliver(app, body))[0] for body in (COMMAND, FORM)] == [503, 503]
        listening.trouble = None
        assert (await deliver(app, COMMAND))[0] == 200


async def test_nothing_goes_straight_while_slack_does_not_tell_who_the_app_is(
    app: AsyncApp, slack: LoopbackSlack
) -> None:
    slack.next("auth.test", *[Fault.refused("internal_error")] * 2)
    assert [(await deliver(app, body))[0] for body in (COMMAND, FORM)] == [503, 503]
    assert (await deliver(app, COMMAND))[0] == 200


@pytest.mark.parametrize(
    "view", [[], {}, {"type": "modal"}, {"type": "modal", "callback_id": None}]
)
async def test_a_view_of_nobodys_is_left_to_bolt(app: AsyncApp, view: Any) -> None:
    await deliver(app, COMMAND)
    assert (await deliver(app, {**FORM, "view": view}))[0] != 200
