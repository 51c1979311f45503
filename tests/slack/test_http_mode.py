"""HTTP mode: what is posted, how it is signed, and what Slack makes of the answers."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import pytest
from aiohttp import web

from tests.slack.bolt_app import bolt_for, running
from tests.slack.loopback import LoopbackSlack
from tests.slack.things import Json


@dataclass
class Desk:
    """An address that takes notes and answers as told."""

    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[web.Response] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.read()))
        return self.answers.pop(0) if self.answers else web.Response()


@pytest.fixture
async def desk(slack: LoopbackSlack) -> AsyncIterator[Desk]:
    made = Desk()
    routes = web.Application()
    routes.router.add_post("/slack", made.take)
    runner = web.AppRunner(routes)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    slack.post_to(f"http://127.0.0.1:{runner.addresses[0][1]}/slack")
    yield made
    await runner.cleanup()


async def test_requests_are_signed_over_their_raw_bytes(slack: LoopbackSlack, desk: Desk) -> None:
    await slack.types("UMARA", "CHELP", "/ticket ümläut")
    headers, body = desk.requests[0]
    timestamp = headers["X-Slack-Request-Timestamp"]
    base = b"v0:" + timestamp.encode() + b":" + body
    secret = slack.app.signing_secret.encode()
    assert headers["X-Slack-Signature"] == (
        "v0=" + hmac.new(secret, base, hashlib.sha256).hexdigest()
    )
    assert int(timestamp) == int(slack.clock.now())


async def test_events_are_json_and_the_rest_are_forms(slack: LoopbackSlack, desk: Desk) -> None:
    await slack.says("UMARA", "CHELP", "hello")
    await slack.types("UMARA", "CHELP", "/ticket mine")
    await slack.shortcut("UMARA", "new_ticket")
    event, command, shortcut = desk.requests
    assert json.loads(event[1])["type"] == "event_callback"
    assert parse_qs(command[1].decode())["command"] == ["/ticket"]
    payload: Json = json.loads(parse_qs(shortcut[1].decode())["payload"][0])
    assert payload["callback_id"] == "new_ticket"
    kinds = [headers["Content-Type"] for headers, _ in desk.requests]
    form = "application/x-www-form-urlencoded"
    assert kinds == ["application/json", form, form]


async def test_an_event_that_fails_is_repeated_and_says_so(
    slack: LoopbackSlack, desk: Desk
) -> None:
    desk.answers = [web.Response(status=500), web.Response(status=503)]
    await slack.says("UMARA", "CHELP", "hello")
    retries = [
        (headers.get("X-Slack-Retry-Num"), headers.get("X-Slack-Retry-Reason"))
        for headers, _ in desk.requests
    ]
    assert retries == [(None, None), ("1", "http_error"), ("2", "http_error")]
    assert slack.courier.undelivered == []


async def test_an_event_that_fails_four_times_is_given_up(slack: LoopbackSlack, desk: Desk) -> None:
    desk.answers = [web.Response(status=500) for _ in range(4)]
    await slack.says("UMARA", "CHELP", "hello")
    assert (len(desk.requests), len(slack.courier.undelivered)) == (4, 1)


async def test_an_app_may_ask_not_to_be_told_again(slack: LoopbackSlack, desk: Desk) -> None:
    desk.answers = [web.Response(status=500, headers={"X-Slack-No-Retry": "1"})]
    await slack.says("UMARA", "CHELP", "hello")
    assert (len(desk.requests), slack.courier.undelivered) == (1, [])


async def test_a_command_that_fails_is_told_to_the_person(slack: LoopbackSlack, desk: Desk) -> None:
    desk.answers = [web.Response(status=500)]
    answer = await slack.types("UMARA", "CHELP", "/ticket")
    assert (answer.is_acked, answer.trouble, len(desk.requests)) == (False, "http_500", 1)


async def test_an_app_that_is_not_there_is_a_lost_connection(slack: LoopbackSlack) -> None:
    slack.post_to("http://127.0.0.1:9/slack")
    answer = await slack.types("UMARA", "CHELP", "/ticket")
    assert answer.trouble == "connection_lost"


async def test_plain_words_and_json_answer_a_command(slack: LoopbackSlack, desk: Desk) -> None:
    desk.answers = [
        web.Response(text="plain"),
        web.json_response({"text": "for all", "response_type": "in_channel"}),
    ]
    assert (await slack.types("UMARA", "CHELP", "/ticket")).text == "plain"
    await slack.types("UMARA", "CHELP", "/ticket")
    assert [message.text for message in slack.ephemerals("UMARA")] == ["plain"]
    assert [message.text for message in slack.messages("CHELP")] == ["for all"]


async def test_a_strange_answer_to_a_command_is_complained_about(
    slack: LoopbackSlack, desk: Desk
) -> None:
    blocks = [{"type": "carpet"}]
    desk.answers = [web.json_response({"text": "x", "blocks": blocks})]
    answer = await slack.types("UMARA", "CHELP", "/ticket")
    assert answer.trouble == "invalid_blocks"
    assert len(slack.complaints) == 1


async def test_bolt_proves_its_address(slack: LoopbackSlack) -> None:
    async with running(slack, bolt_for(slack), "http"):
        assert slack.http is not None
        assert await slack.http.verify_address()
        slack.app.signing_secret = "another"
        assert not await slack.http.verify_address()
