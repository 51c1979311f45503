"""The stream of changes and its server: nothing is missed, and everything ends when asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from chatdesk.adapters.http.app import build_app
from chatdesk.adapters.http.server import listen, serve
from chatdesk.adapters.local.door import LocalDoor
from chatdesk.adapters.local.live import LiveChanges
from chatdesk.adapters.local.people import DESK
from chatdesk.adapters.local.platform import LocalPlatform
from chatdesk.adapters.local.records import Draft
from chatdesk.ports import StoreUnavailable
from chatdesk.ui.exchange import Answer

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[LocalPlatform]:
    with closing(LocalPlatform(tmp_path / "workspace.db", now=lambda: NOON)) as opened:
        yield opened


def say(platform: LocalPlatform, text: str, only_for: str = "") -> str:
    draft = Draft(place="channel/general", author=DESK, key=text, text=text, only_for=only_for)
    return platform.post(draft)


class Reader:
    """A page that follows the stream."""

    def __init__(self, platform: LocalPlatform, who: str = "local:mara") -> None:
        self.live = LiveChanges(platform)
        self.who = who
        self.position = self.live.position()
        self.stopping = asyncio.Event()

    def follow(self) -> AsyncGenerator[str, None]:
        return self.live.stream(self.who, self.position, self.stopping)

    async def next(self, stream: AsyncIterator[str]) -> tuple[str, dict[str, Any]]:
        """The next event with something in it."""
        async for block in stream:
            fields = dict(line.partition(": ")[::2] for line in block.strip().split("\n"))
            if "event" in fields:
                self.position = fields.get("id", self.position)
                return fields["event"], json.loads(fields["data"])
        raise AssertionError("the stream ended")


async def test_a_page_is_told_what_happens_while_it_looks(platform: LocalPlatform) -> None:
    reader = Reader(platform)
    async with aclosing(reader.follow()) as stream:
        waiting = asyncio.ensure_future(reader.next(stream))
        await asyncio.sleep(0)
        await asyncio.to_thread(say, platform, "hello")
        event, data = await waiting
        assert (event, data["message"]["text"]) == ("message", "hello")


async def test_a_page_that_comes_back_is_told_what_it_missed(platform: LocalPlatform) -> None:
    reader = Reader(platform)
    say(platform, "one")
    async with aclosing(reader.follow()) as stream:
        assert (await reader.next(stream))[1]["message"]["text"] == "one"
    say(platform, "two")
    say(platform, "three")
    async with aclosing(reader.follow()) as stream:
        missed = [(await reader.next(stream))[1]["message"]["text"] for _ in range(2)]
    assert missed == ["two", "three"]


async def test_more_than_one_batch_is_told_in_order(platform: LocalPlatform) -> None:
    reader = Reader(platform)
    said = [f"no. {number}" for number in range(230)]
    for text in said:
        say(platform, text)
    async with aclosing(reader.follow()) as stream:
        told = [(await reader.next(stream))[1]["message"]["text"] for _ in said]
    assert told == said


@pytest.mark.parametrize("position", ["", "other.3", "nonsense", "{epoch}.999999", "{epoch}.-1"])
async def test_a_page_from_another_time_starts_anew(platform: LocalPlatform, position: str) -> None:
    reader = Reader(platform)
    reader.position = position.format(epoch=reader.position.partition(".")[0])
    async with aclosing(reader.follow()) as stream:
        assert await reader.next(stream) == ("reset", {})


async def test_what_one_person_sees_alone_is_told_to_nobody_else(platform: LocalPlatform) -> None:
    reader = Reader(platform)
    say(platform, "for Jo", only_for="local:jo")
    async with aclosing(reader.follow()) as stream:
        assert await reader.next(stream) == ("people", {})


async def test_a_change_made_by_another_process_is_told_too(
    platform: LocalPlatform, tmp_path: Path
) -> None:
    reader = Reader(platform)
    async with aclosing(reader.follow()) as stream:
        waiting = asyncio.ensure_future(reader.next(stream))
        with closing(LocalPlatform(tmp_path / "workspace.db", now=lambda: NOON)) as other:
            await asyncio.to_thread(say, other, "from afar")
        assert (await waiting)[1]["message"]["text"] == "from afar"


async def test_a_stream_ends_when_the_server_stops_and_is_forgotten(
    platform: LocalPlatform,
) -> None:
    reader = Reader(platform)
    stream = reader.follow()
    rest = asyncio.ensure_future(_drain(stream))
    await asyncio.sleep(0.05)
    reader.stopping.set()
    await rest
    assert platform._watchers == []


async def _drain(stream: AsyncIterator[str]) -> None:
    async for _ in stream:
        pass


# --- the server -----------------------------------------------------------------------------------


def door(platform: LocalPlatform) -> LocalDoor:
    return LocalDoor(
        platform,
        receive=lambda _: Answer(),
        keep_file=lambda *_: "a",
        read_file=lambda *_: None,
        completions=lambda _: [],
    )


async def test_an_open_stream_does_not_keep_the_server_from_ending(platform: LocalPlatform) -> None:
    started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    app = build_app(routers=[door(platform).router])
    server = asyncio.ensure_future(serve(app, "127.0.0.1", 0, started=started.set_result))
    address = await started
    asked = {"for": "local:mara", "after": Reader(platform).position}
    async with (
        httpx.AsyncClient(base_url=address) as client,
        client.stream("GET", "/local/live", params=asked) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.aiter_lines()
        assert await anext(lines) == "retry: 1000"
        server.cancel()
        await asyncio.wait([server])
        assert server.cancelled()
        assert "" in [line async for line in lines]  # it ended as it should and was not torn off
    with listen("127.0.0.1", int(address.rpartition(":")[2])):
        pass  # the address is free again


async def test_a_browser_that_comes_back_says_where_it_was(platform: LocalPlatform) -> None:
    asked = {"for": "local:mara", "after": Reader(platform).position}
    say(platform, "one")
    came = {"Last-Event-ID": Reader(platform).position}
    say(platform, "two")
    started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    app = build_app(routers=[door(platform).router])
    server = asyncio.ensure_future(serve(app, "127.0.0.1", 0, started=started.set_result))
    async with (
        httpx.AsyncClient(base_url=await started) as client,
        client.stream("GET", "/local/live", params=asked, headers=came) as answer,
    ):
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                break
        server.cancel()
    await asyncio.wait([server])
    assert json.loads(line.removeprefix("data: "))["message"]["text"] == "two"


async def test_an_address_somebody_has_is_refused_at_once(platform: LocalPlatform) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            await serve(build_app(), "127.0.0.1", port)


async def test_the_desk_says_whether_it_lives_and_why_it_is_not_ready() -> None:
    why: list[str] = []
    transport = httpx.ASGITransport(app=build_app(is_ready=lambda: why))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
        assert (await client.get("/live")).json() == {"live": True}
        assert (await client.get("/ready")).json() == {"ready": True, "why": []}
        why.append("The database does not answer.")
        answer = await client.get("/ready")
        assert answer.status_code == 503
        assert answer.json() == {"ready": False, "why": ["The database does not answer."]}


def test_a_body_without_a_length_is_counted_as_it_arrives() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield b"x" * 400

    async def take(request: Request) -> Response:
        return PlainTextResponse(str(len(await request.body())))

    async def ask(limit: int) -> httpx.Response:
        router = APIRouter()
        router.add_route("/files/new", take, methods=["POST"])
        app = build_app(routers=[router], body_limits={"/files": limit})
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
            return await client.post("/files/new", content=chunks())

    assert asyncio.run(ask(1600)).text == "1600"
    refused = asyncio.run(ask(1599))
    assert (refused.status_code, refused.json()) == (
        413,
        {"error": "That is too large: at most 1.6 kB fit in here."},
    )


async def test_a_store_that_cannot_save_is_told_by_every_route() -> None:
    async def fail(_: Request) -> Response:
        raise StoreUnavailable

    router = APIRouter()
    router.add_route("/fails", fail)
    transport = httpx.ASGITransport(app=build_app(routers=[router]))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
        answer = await client.get("/fails")
        assert answer.status_code == 503
        assert answer.headers["x-frame-options"] == "DENY"
        assert (await client.get("/nothing-here")).json() == {"error": "Not Found"}
