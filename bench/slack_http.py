"""Compares the desk over HTTP with a bare Bolt app that only acknowledges.

Sixteen connections send signed requests one after another, each waiting for its answer, to one of
two servers that stand side by side: Bolt behind the same web server, doing nothing at all, and the
whole desk. The desk is asked for `/ticket mine`, which reads, and is sent filled-in forms, each of
which is a ticket by the time it is answered. Contenders take turns, and the median of the rounds
counts. The client is this process; the servers are processes of their own.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from statistics import median
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bench.common import Databases, Table, at_least, at_most, parser, percentile
from bench.servers import DATABASE, Answers, Server, histogram, policy_without_caps, started
from bench.slack_servers import BARE, DESK, SECRET, serve
from chatdesk.adapters.http.server import listen
from chatdesk.adapters.slack.front import PATH
from chatdesk.adapters.slack.modal import Origin, render_form
from chatdesk.config import PolicySource
from chatdesk.ui.form_shapes import intake_form
from chatdesk.ui.views import Reader

CONNECTIONS = 16
PEOPLE = 300
"""So many that each has a few tickets and not hundreds."""

MINE, FORM = "/ticket mine", "the form of a new ticket"

LEAST_SHARE = 1 / 3
"""Of the bare rate, for a verb that reads."""

SLOWEST_FORM = 0.050
"""Seconds within which 99 of 100 forms are answered."""

LONGEST_STALL = 0.020
"""Seconds for which the desk's event loop may be held up."""

POLLING = 0.010
"""Seconds: the step in which Bolt looks for acknowledgements where it is not told to wait."""


# --- the servers ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Front:
    """A server, and where it answers."""

    server: Server
    port: int


@asynccontextmanager
async def serving(what: str, databases: Databases, api_url: str, url: str) -> AsyncIterator[Front]:
    """Start a server and stop it in the end."""
    with listen("127.0.0.1", 0) as taken:
        port: int = taken.getsockname()[1]
    arguments = (what, str(port), str(databases.folder()), api_url)
    async with started("bench.slack_http", *arguments, **{DATABASE: url}) as server:
        await _until_it_answers(port)
        yield Front(server, port)


async def _until_it_answers(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.05)


# --- Slack, as far as the desk asks it ------------------------------------------------------------


@asynccontextmanager
async def slack() -> AsyncIterator[str]:
    """Answer what the desk asks of Slack: who somebody is, and little else."""

    async def answer(request: web.Request) -> web.Response:
        given = dict(request.query) | dict(await request.post())
        user = str(given.get("user") or "U1")
        told: dict[str, Any] = {"ok": True, "team_id": "T1", "user_id": "UBOT", "members": []}
        told["channel"] = {"id": "C1", "is_private": True}
        if request.match_info["method"] == "users.info":
            profile = {"real_name": user}
            told["user"] = {"id": user, "team_id": "T1", "tz": "Europe/Berlin", "profile": profile}
        return web.json_response(told)

    app = web.Application()
    app.router.add_route("*", "/api/{method}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    finally:
        await runner.cleanup()


# --- the client -----------------------------------------------------------------------------------


def signed(fields: dict[str, str]) -> bytes:
    """Return a request as Slack sends it, over a connection that stays."""
    body = urlencode(fields).encode()
    stamp = str(int(time.time()))
    base = b"v0:" + stamp.encode() + b":" + body
    signature = "v0=" + hmac.new(SECRET.encode(), base, hashlib.sha256).hexdigest()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: desk\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: {signature}\r\n\r\n"
    )
    return head.encode() + body


def commands(number: int) -> bytes:
    """Return one more `/ticket mine`, everybody's in turn."""
    return signed(
        {
            "command": "/ticket",
            "text": "mine",
            "team_id": "T1",
            "channel_id": "C1",
            "user_id": f"U{number % PEOPLE}",
            "trigger_id": f"{number}.{time.monotonic_ns()}",
            "response_url": "http://127.0.0.1/",
            "api_app_id": "A1",
            "is_enterprise_install": "false",
        }
    )


class Forms:
    """Filled-in forms: the view is the desk's own, each sent from a view of its own."""

    def __init__(self, policy: PolicySource) -> None:
        topic = next(iter(policy.current.topics))
        shape = intake_form(policy.current, Reader(zone="UTC"), values={"topic": topic})
        self._view = render_form(shape, Origin(place="C1"))
        self._state = {block: value for block, value in map(_filled, self._inputs()) if value}

    def _inputs(self) -> Iterator[dict[str, Any]]:
        return (block for block in self._view["blocks"] if block["type"] == "input")

    def sent(self, number: int) -> bytes:
        """Return one more form, sent by everybody in turn."""
        view = {
            **self._view,
            "id": f"V{number}x{time.monotonic_ns()}",
            "hash": f"{number}",
            "state": {"values": self._state},
        }
        payload = {
            "type": "view_submission",
            "team": {"id": "T1"},
            "user": {"id": f"U{number % PEOPLE}"},
            "api_app_id": "A1",
            "trigger_id": f"{number}",
            "view": view,
        }
        return signed({"payload": json.dumps(payload)})


def _filled(block: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    element = block["element"]
    kind = element["type"]
    value: dict[str, Any] | None = None
    if kind == "plain_text_input":
        value = {"type": kind, "value": "The connection drops every ten minutes"}
    if kind == "static_select":
        chosen = element.get("initial_option") or element["options"][0]
        value = {"type": kind, "selected_option": chosen}
    return block["block_id"], {element["action_id"]: value} if value else None


async def ask(
    front: Front, requests: list[bytes], connections: int, said: Callable[[bytes], bool]
) -> Answers:
    """Send the requests over so many connections, each waiting for its answer before the next."""
    left, answers = iter(requests), Answers()

    async def one_after_another() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
        for request in left:
            began_at = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            answers.seconds.append(time.perf_counter() - began_at)
            if not head.startswith(b"HTTP/1.1 200") or not said(body):
                answers.wrong.append(f"{head[:40]!r} {body[:200]!r}")
        writer.close()

    began_at, computed = time.perf_counter(), front.server.computed()
    await asyncio.gather(*(one_after_another() for _ in range(connections)))
    answers.span = time.perf_counter() - began_at
    answers.computed = (front.server.computed() - computed) / len(requests)
    return answers


# --- measuring ------------------------------------------------------------------------------------


@dataclass(slots=True)
class Round:
    """What one round showed."""

    bare: Answers
    mine: Answers
    form: Answers
    alone: Answers
    stall: float


async def measure(databases: Databases, kind: str, rounds: int, each: int) -> list[Round]:
    """Let them take turns; after a round that does not count."""
    policy = policy_without_caps(databases.folder(), {})
    forms = Forms(policy)
    url = databases.fresh(kind)
    found = []
    async with (
        slack() as api_url,
        serving(BARE, databases, api_url, url) as bare,
        serving(DESK, databases, api_url, url) as desk,
    ):
        await ask(desk, [commands(one) for one in range(PEOPLE)], 4, bool)
        await _round(bare, desk, forms, 0, each // 4)
        for number in range(1, rounds + 1):
            found.append(await _round(bare, desk, forms, number, each))  # noqa: PERF401 - in turn
    return found


async def _round(bare: Front, desk: Front, forms: Forms, number: int, each: int) -> Round:
    numbers = range(number * 100_000, number * 100_000 + each)
    await desk.server.stall()
    acked = await ask(bare, [commands(one) for one in numbers], CONNECTIONS, _is_anything)
    mine = await ask(desk, [commands(one) for one in numbers], CONNECTIONS, _is_list)
    sent = [forms.sent(one) for one in numbers[: each // 3]]
    form = await ask(desk, sent, CONNECTIONS, _is_receipt)
    stall = await desk.server.stall()
    after = [forms.sent(one) for one in range(numbers[-1] + 1, numbers[-1] + 1 + each // 10)]
    alone = await ask(desk, after, 1, _is_receipt)
    return Round(acked, mine, form, alone, stall)


def _is_anything(_: bytes) -> bool:
    return True


def _is_list(body: bytes) -> bool:
    return b"blocks" in body


def _is_receipt(body: bytes) -> bool:
    return b'"response_action"' in body and b"errors" not in body and b"#" in body


def judge(table: Table, found: list[Round]) -> None:
    """Say what came out, beside what it should be."""
    for name in ("bare", "mine", "form"):
        rates = [getattr(one, name).rate for one in found]
        slow = [percentile(getattr(one, name).seconds, 99) * 1000 for one in found]
        table.tell(f"{name}: requests a second", f"{median(rates):.0f}")
        table.tell(f"{name}: p99", f"{median(slow):.1f} ms")
        computed = median(getattr(one, name).computed for one in found) * 1000
        table.tell(f"{name}: computed for an answer", f"{computed:.2f} ms")
    computed = median(one.bare.computed / one.mine.computed for one in found)
    table.tell(f"bare acknowledgement / {MINE}, computed", f"{computed:.2f}x")
    share = median(one.mine.rate / one.bare.rate for one in found)
    table.judge(f"{MINE} / bare acknowledgement", share, at_least(LEAST_SHARE))
    slowest = median(percentile(one.form.seconds, 99) for one in found)
    table.judge(f"{FORM}: p99", slowest * 1000, at_most(SLOWEST_FORM * 1000), " ms")
    alone = median(median(one.alone.seconds) for one in found)
    table.judge(f"{FORM}, nobody else there: median", alone * 1000, at_most(POLLING * 900), " ms")
    stall = median(one.stall for one in found)
    table.judge(
        "longest stall of the event loop", stall * 1000, at_most(LONGEST_STALL * 1000), "ms"
    )
    wrong = [
        text for one in found for each in (one.bare, one.mine, one.form) for text in each.wrong
    ]
    table.hold(f"every answer is right {wrong[:1] or ''}", is_so=not wrong)
    histogram(FORM, [seconds for one in found for seconds in one.form.seconds])


def main() -> int:
    """Measure on SQLite, and on PostgreSQL where it is; 1 if a target is missed."""
    asked = parser(__doc__)
    asked.add_argument("--serve", nargs=4, help="for the bench itself: what, port, folder, Slack")
    options = asked.parse_args()
    if options.serve:
        what, port, folder, api_url = options.serve
        serve(what, int(port), folder, api_url)
        return 0
    rounds, each = (1, 400) if options.quick else (3, 3000)
    table = Table()
    table.begin(f"Slack over HTTP: {CONNECTIONS} connections, medians of {rounds} rounds")
    with Databases() as databases:
        for kind in databases.kinds():
            print(f"\n{kind}")
            judge(table, asyncio.run(measure(databases, kind, rounds, each)))
    return table.exit_code()


if __name__ == "__main__":
    sys.exit(main())
