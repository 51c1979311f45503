"""Discord's REST interface over a world: what it answers, and how it fails when it is told to."""

from __future__ import annotations

import asyncio
import json
import re
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from aiohttp import web

from tests.discord.faults import Call, Fault
from tests.discord.files import Files
from tests.discord.reference import Reference
from tests.discord.world import FORUM, PRIVATE_THREAD, PUBLIC_THREAD, Refused, World

Json = dict[str, Any]
Act = Callable[..., Any]

PREFIX = "/api/v10"
TOKEN = "loopback.bot.token"  # opens nothing


class RestApi:
    """Answers calls. What is wrong with one by Discord's own documents is refused and kept."""

    def __init__(self, world: World, reference: Reference) -> None:
        self.world = world
        self.reference = reference
        self.calls: list[Call] = []
        self.complaints: list[str] = []
        self.files = Files(world.new_id)
        self.gateway_url = ""
        self._faults: list[tuple[str, re.Pattern[str], deque[Fault]]] = []
        self.answered: Callable[[str, str, Json], Json | None] = lambda *_: None
        self.followed: Callable[[str, str, str, Json], Json] = lambda *_: {}
        self._routes = self._table()

    def next(self, method: str, path: str, *faults: Fault) -> None:
        """Let the next calls to paths that look so end in these ways."""
        self._faults.append((method, re.compile(path), deque(faults)))

    def made(self, method: str, path: str) -> list[Call]:
        """Return the calls to paths that look so."""
        return [one for one in self.calls if one.method == method and re.search(path, one.path)]

    # --- one call ---

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        method, path = request.method, request.path.removeprefix(PREFIX)
        body, files = await _read(request, self.files)
        problems = tuple(self.reference.problems(method, path, body))
        self.calls.append(Call(method=method, path=path, body=body, problems=problems))
        self.complaints += problems
        fault = self._fault(method, path)
        if fault is not None and not fault.is_accepted:
            return await self._fail(request, fault)
        try:
            self._check(request, path, problems)
            asked = body | {"attachments": files} if files else body
            answer = self._act(method, path, asked, dict(request.query))
        except Refused as refused:
            return _refusal(refused.code, refused.status)
        if fault is not None and fault != Fault.none():
            return await self._fail(request, fault)
        if answer is None:
            return web.Response(status=HTTPStatus.NO_CONTENT)
        return _json(answer)

    @staticmethod
    def _check(request: web.Request, path: str, problems: tuple[str, ...]) -> None:
        is_open = path.startswith(("/interactions/", "/webhooks/"))
        if not is_open and request.headers.get("Authorization") != f"Bot {TOKEN}":
            raise Refused(0, 401)
        if problems:
            raise Refused(50035, 400)

    def _fault(self, method: str, path: str) -> Fault | None:
        for wanted, pattern, faults in self._faults:
            if wanted == method and faults and pattern.search(path):
                return faults.popleft()
        return None

    @staticmethod
    async def _fail(request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.ending == "hang":
            await asyncio.Event().wait()
        if fault.ending == "drop":
            if request.transport is not None:
                request.transport.close()
            await asyncio.sleep(0)
            return web.Response()
        if fault.http_status == HTTPStatus.TOO_MANY_REQUESTS:
            headers = {"Retry-After": str(fault.retry_after)}
            if not fault.has_via:
                return web.Response(text="error code: 1015", status=429, headers=headers)
            told = {
                "message": "limited",
                "retry_after": fault.retry_after,
                "global": fault.is_global,
            }
            headers |= {"Via": "1.1 loopback"}
            headers |= {"X-RateLimit-Scope": fault.scope} if fault.scope else {}
            return _json(told, 429, headers)
        return _refusal(fault.code, fault.http_status)

    def _act(self, method: str, path: str, body: Any, query: Mapping[str, str]) -> Any:
        for wanted, pattern, act in self._routes:
            found = pattern.fullmatch(path)
            if wanted == method and found:
                return act(*found.groups(), body=body, query=query)
        self.complaints.append(f"{method} {path} is not answered here")
        raise Refused(0, 404)

    # --- what it answers ---

    def _table(self) -> list[tuple[str, re.Pattern[str], Act]]:
        world = self.world
        table: dict[tuple[str, str], Act] = {
            ("GET", "/users/@me"): lambda **_: world.bot,
            ("GET", r"/users/(\d+)"): self._user,
            ("GET", "/oauth2/applications/@me"): lambda **_: self._application(),
            ("GET", "/gateway/bot"): lambda **_: self._gateway(),
            ("POST", "/users/@me/channels"): lambda body, **_: world.direct(body["recipient_id"]),
            ("GET", "/channels/(.+)/messages"): self._history,
            ("POST", "/channels/(.+)/messages"): self._post,
            ("GET", "/channels/(.+)/messages/(.+)"): self._message,
            ("PATCH", "/channels/(.+)/messages/(.+)"): self._change,
            ("DELETE", "/channels/(.+)/messages/(.+)"): lambda c, m, **_: world.remove(c, m),
            ("POST", "/channels/(.+)/threads"): self._thread,
            ("GET", "/channels/(.+)/threads/archived/(.+)"): self._archived,
            ("PUT", "/channels/(.+)/thread-members/(.+)"): self._add_member,
            ("GET", "/guilds/(.+)/threads/active"): self._active,
            ("GET", "/guilds/(.+)/members/(.+)"): lambda _g, u, **_: world.member(u),
            ("GET", "/channels/([^/]+)"): lambda c, **_: world.found(c),
            ("PATCH", "/channels/([^/]+)"): self._change_channel,
            ("PUT", "/applications/([^/]+)/commands"): self._commands,
            ("POST", "/interactions/(.+)/(.+)/callback"): self._callback,
            ("POST", "/webhooks/[^/]+/([^/]+)"): self._follow_up,
            ("PATCH", "/webhooks/[^/]+/([^/]+)/messages/(.+)"): self._change_follow_up,
        }
        return [(method, re.compile(path), act) for (method, path), act in table.items()]

    def _user(self, user: str, **_: Any) -> Json:
        if user not in self.world.users:
            raise Refused(10013, 404)
        return self.world.users[user]

    def _application(self) -> Json:
        return {
            "id": self.world.application,
            "name": "chatdesk",
            "icon": None,
            "description": "",
            "bot_public": False,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": 0,
            "owner": self.world.bot,
        }

    def _gateway(self) -> Json:
        return {"url": self.gateway_url, **self.world.starts()}

    def _history(self, channel: str, query: Mapping[str, str], **_: Any) -> list[Json]:
        self.world.found(channel)
        found = sorted(self.world.messages[channel].values(), key=lambda one: int(one["id"]))
        before, after = int(query.get("before", 1 << 63)), int(query.get("after", 0))
        fitting = [one for one in found if after < int(one["id"]) < before]
        most = int(query.get("limit", 50))
        page = fitting[:most] if "after" in query else fitting[-most:]
        return [self._told(one) for one in reversed(page)]

    def _message(self, channel: str, message: str, **_: Any) -> Json:
        return self._told(self.world.message(channel, message))

    def _told(self, message: Json) -> Json:
        return self.world.for_app(message, reads_content=self.world.may_read_content)

    def _post(self, channel: str, body: Json, **_: Any) -> Json:
        return self.world.say(channel, self.world.bot["id"], body)

    def _change(self, channel: str, message: str, body: Json, **_: Any) -> Json:
        if self.world.message(channel, message)["author"] != self.world.bot:
            raise Refused(50005)
        return self.world.change(channel, message, body)

    def _thread(self, channel: str, body: Json, **_: Any) -> Json:
        is_forum = self.world.found(channel)["type"] == FORUM
        if is_forum != ("message" in body):
            raise Refused(50024, 400)
        made = self.world.thread(channel, body, self.world.bot["id"])
        if is_forum:
            self.world.say(made["id"], self.world.bot["id"], body["message"], made["id"])
        return made

    def _active(self, _guild: str, **_: Any) -> Json:
        found = self.world.threads()
        active = [one for one in found if not one["thread_metadata"]["archived"]]
        return {"threads": active, "members": []}

    def _archived(self, channel: str, kind: str, **_: Any) -> Json:
        wanted = PRIVATE_THREAD if kind == "private" else PUBLIC_THREAD
        found = [
            one
            for one in self.world.threads()
            if one["thread_metadata"]["archived"]
            and (one["parent_id"], one["type"]) == (channel, wanted)
        ]
        return {"threads": found, "members": [], "has_more": False}

    def _add_member(self, thread: str, user: str, **_: Any) -> None:
        if self.world.found(thread)["thread_metadata"]["archived"]:
            raise Refused(50083, 400)
        self.world.member(user)
        self.world.members[thread].add(user)

    def _change_channel(self, channel: str, body: Json, **_: Any) -> Json:
        found = self.world.found(channel)
        inside = ("archived", "locked", "invitable", "auto_archive_duration")
        if found.get("thread_metadata", {}).get("archived") and "archived" not in body:
            raise Refused(50083, 400)
        if found.get("thread_metadata", {}).get("archived") and not body.get("archived", True):
            self.world.check_room()
            found["thread_metadata"]["archive_timestamp"] = datetime.now(UTC).isoformat()
        for name, value in body.items():
            (found["thread_metadata"] if name in inside else found)[name] = value
        return found

    def _commands(self, place: str, body: list[Json], **_: Any) -> list[Json]:
        self.world.commands[place] = body
        application = self.world.application
        return [
            {**one, "id": self.world.new_id(), "application_id": application, "version": "1"}
            for one in body
        ]

    def _callback(self, interaction: str, token: str, body: Json, **_: Any) -> None:
        self.answered(interaction, token, body)

    def _follow_up(self, token: str, body: Json, **_: Any) -> Json:
        return self.followed(token, "", "POST", body)

    def _change_follow_up(self, token: str, message: str, body: Json, **_: Any) -> Json:
        return self.followed(token, message, "PATCH", body)


def _json(told: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    # The library reads JSON only where the type says exactly this.
    sent = {"Content-Type": "application/json", **(headers or {})}
    return web.Response(body=json.dumps(told).encode(), status=status, headers=sent)


def _refusal(code: int, status: int) -> web.Response:
    return _json({"code": code, "message": f"refused {code}"}, status)


async def _read(request: web.Request, kept: Files) -> tuple[Any, list[Json]]:
    """Return the body of a call, and its files as Discord describes them."""
    if request.content_type != "multipart/form-data":
        text = await request.text()
        return (json.loads(text) if text else None), []
    parts = await request.post()
    body = json.loads(str(parts["payload_json"]))
    files: list[Json] = []
    for one in body["attachments"]:
        part = parts[f"files[{one['id']}]"]
        assert isinstance(part, web.FileField)
        content = part.file.read()
        files.append(
            kept.keep(str(one.get("filename") or part.filename), content, part.content_type)
        )
    return body, files
