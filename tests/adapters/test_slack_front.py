"""The HTTP front: only Slack gets in, and nothing that is sent makes it stumble."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from chatdesk.adapters.http.app import build_app
from chatdesk.adapters.http.middleware import SAFE_HEADERS
from chatdesk.adapters.slack.front import BODY_LIMIT, PATH, HttpFront, parsed

NOW = 1_795_000_000
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class Heard:
    """What stands behind the front, in place of Bolt: it takes down what reaches it."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []

    async def async_dispatch(self, request: Any) -> BoltResponse:
        self.bodies.append(request.body)
        return BoltResponse(status=200, body={"text": "heard"})


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def client(heard: Heard) -> AsyncIterator[httpx.AsyncClient]:
    bolt: AsyncApp = heard  # type: ignore[assignment]  # of Bolt it needs only this
    front = HttpFront(bolt, ["current", "before"], now=lambda: NOW)
    app = build_app(routers=[front.router], body_limits=front.body_limits, posted=front.posted)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as made:
        yield made


def signed(body: bytes, key: str = "current", at: str = str(NOW)) -> dict[str, str]:
    base = b"v0:" + at.encode() + b":" + body
    digest = hmac.new(key.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={digest}"}


async def send(
    client: httpx.AsyncClient, body: bytes, headers: dict[str, str], kind: str = JSON
) -> httpx.Response:
    return await client.post(PATH, content=body, headers={**headers, "Content-Type": kind})


EVENT = json.dumps({"type": "event_callback", "event": {"type": "message"}}).encode()


@pytest.mark.parametrize("secret", ["current", "before"])
async def test_slack_gets_in_with_either_secret(
    client: httpx.AsyncClient, heard: Heard, secret: str
) -> None:
    answer = await send(client, EVENT, signed(EVENT, secret))
    assert (answer.status_code, answer.json()) == (200, {"text": "heard"})
    assert heard.bodies == [json.loads(EVENT)]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(EVENT, "somebody's"),
        signed(EVENT + b" "),
        signed(EVENT, at=str(NOW - 301)),
        signed(EVENT, at=str(NOW + 301)),
        signed(EVENT, at="soon"),
        signed(EVENT, at="-1"),
        signed(EVENT, at="9" * 400),
        {**signed(EVENT), "X-Slack-Signature": "v0="},
        {**signed(EVENT), "X-Slack-Signature": "v0=\u00e4"},
        {"X-Slack-Signature": signed(EVENT)["X-Slack-Signature"]},
    ],
)
async def test_nobody_else_does(
    client: httpx.AsyncClient, heard: Heard, headers: dict[str, str]
) -> None:
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    typed = (b"Content-Type", JSON.encode())
    answer = await client.post(PATH, content=EVENT, headers=[*encoded, typed])
    assert answer.status_code == 401
    assert heard.bodies == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", JSON),
        (b"{", JSON),
        (b"[1]", JSON),
        (b"\xff\xfe", JSON),
        (b"[" * 100_000, JSON),
        (EVENT, "text/plain"),
        (b"payload=%7B", FORM),
        (b"a&b", FORM),
        (b"&".join(b"a%d=1" % number for number in range(200)), FORM),
    ],
)
async def test_what_slack_never_sends_is_refused(
    client: httpx.AsyncClient, heard: Heard, body: bytes, kind: str
) -> None:
    answer = await send(client, body, signed(body), kind)
    assert answer.status_code == 400
    assert heard.bodies == []


async def test_too_much_is_refused_before_it_is_read(
    client: httpx.AsyncClient, heard: Heard
) -> None:
    body = b"x" * (BODY_LIMIT + 1)
    assert (await send(client, body, signed(body))).status_code == 413
    assert heard.bodies == []


async def test_too_much_is_refused_while_it_arrives(
    client: httpx.AsyncClient, heard: Heard
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 100_000

    answer = await client.post(PATH, content=endless(), headers=signed(b""))
    assert (answer.status_code, heard.bodies) == (413, [])


async def test_the_front_is_guarded_like_every_other_door(client: httpx.AsyncClient) -> None:
    answers = [await send(client, EVENT, headers) for headers in (signed(EVENT), {})]
    answers += [await client.get(PATH), await client.get("/live")]
    assert [answer.status_code for answer in answers] == [200, 401, 405, 200]
    for answer in answers:
        assert {name: answer.headers.get(name) for name in SAFE_HEADERS} == SAFE_HEADERS


async def test_commands_and_forms_arrive_as_they_were_sent(
    client: httpx.AsyncClient, heard: Heard
) -> None:
    command = urlencode({"command": "/ticket", "text": "new a & b"}).encode()
    click = urlencode({"payload": json.dumps({"type": "block_actions"})}).encode()
    for body in (command, click):
        assert (await send(client, body, signed(body), FORM)).status_code == 200
    assert heard.bodies == [{"command": "/ticket", "text": "new a & b"}, {"type": "block_actions"}]


async def test_slack_makes_sure_that_this_is_the_address(client: httpx.AsyncClient) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
    assert (await send(client, body, signed(body))).json() == {"challenge": "abc"}


@given(kind=st.sampled_from([JSON, FORM, "", "x/y;z"]), raw=st.binary(max_size=200))
def test_reading_never_stumbles(kind: str, raw: bytes) -> None:
    assert parsed(kind, raw) is None or isinstance(parsed(kind, raw), dict)
