"""The Web API over HTTP: tokens, content types, scopes, pace and faults before any method runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from email.utils import formatdate

from aiohttp import web

from tests.slack.arguments import Asked
from tests.slack.faults import Call, Fault, Faults
from tests.slack.methods import METHODS
from tests.slack.pacing import Pacing
from tests.slack.reference import Method, Reference, need_any
from tests.slack.things import ApiRefused, Json
from tests.slack.workspace import Workspace

FORM = ("application/x-www-form-urlencoded", "multipart/form-data")
OK = 200
SOCKET_METHOD = "apps.connections.open"
OAUTH_METHOD = "oauth.v2.access"


class WebApi:
    """Answers `/api/<method>`; `calls` is the journal of everything that was asked."""

    def __init__(
        self,
        slack: Workspace,
        reference: Reference,
        pacing: Pacing,
        open_socket: Callable[[], Json],
    ) -> None:
        self.slack = slack
        self.reference = reference
        self.pacing = pacing
        self.faults = Faults()
        self.calls: list[Call] = []
        self.others: dict[str, WebApi] = {}  # by the token of the app in another workspace
        self.codes: dict[str, Workspace] = {}  # what somebody has allowed, by the code that says so
        self._open_socket = open_socket

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Take one call."""
        method = request.match_info["method"]
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if bearer in self.others:
            return await self.others[bearer].answer(request)
        call = Call(method, {}, self.slack.clock.now(), request.method)
        self.calls.append(call)
        fault = self.faults.take(method)
        if fault is None:
            return self._respond(call, await self._perform(request, call, fault))
        fault.began.set()
        answer: Json = {}
        if fault.is_accepted:
            answer = await self._perform(request, call, fault)
        return await self._go_wrong(request, call, fault, answer)

    async def answer_aside(
        self, request: web.Request, name: str, work: Callable[[], Awaitable[web.Response]]
    ) -> web.StreamResponse:
        """Take a request that is no method's: uploads, downloads, response addresses."""
        call = Call(name, {}, self.slack.clock.now(), request.method)
        self.calls.append(call)
        fault = self.faults.take(name)
        if fault is not None:
            fault.began.set()
        if fault is not None and not fault.is_accepted:
            return await self._go_wrong(request, call, fault, {})
        response = await work()
        call.verdict = "ok" if response.status == OK else f"http_{response.status}"
        call.answer = {"ok": response.status == OK}
        if fault is None or (fault.ending == "answer" and not fault.error):
            return response
        return await self._go_wrong(request, call, fault, {})

    async def _perform(self, request: web.Request, call: Call, fault: Fault | None) -> Json:
        try:
            call.answer = await self._checked(request, call, fault)
        except ApiRefused as refused:
            call.answer = {"ok": False, "error": refused.error, **refused.more}
        call.verdict = "ok" if call.answer["ok"] else call.answer["error"]
        return call.answer

    async def _checked(self, request: web.Request, call: Call, fault: Fault | None) -> Json:
        method = self.reference.method(call.method)
        if method.http_method == "POST" and request.method != "POST":
            raise ApiRefused("insecure_request")
        token, given, warning = await _read(request, method)
        call.arguments = given
        if call.method == OAUTH_METHOD:
            return self._exchanged(given)
        if call.method == SOCKET_METHOD:
            self._check_token(token, is_for_app=True)
            need_any(self.slack.app.app_token_scopes, "connections:write")
            return {"ok": True, **self._open_socket()}
        self._check_token(token, is_for_app=False)
        if call.method not in METHODS:
            self.slack.complaints.append(f"{call.method} is not modelled here")
            raise ApiRefused("unknown_method", req_method=call.method)
        need_any(self.slack.app.scopes, *method.scopes)
        arguments = self.reference.check_arguments(method, given)
        call.arguments = arguments
        self._check_pace(method, arguments)
        hidden_for = fault.hidden_for if fault else 0
        asked = Asked(self.slack, self.reference, arguments, hidden_for)
        return {"ok": True, **METHODS[call.method](asked), **warning}

    def _exchanged(self, given: Json) -> Json:
        """What `oauth.v2.access` answers: a token for a code, once."""
        app = self.slack.app
        if given.get("client_id") != app.client_id:
            raise ApiRefused("invalid_client_id")
        if given.get("client_secret") != app.client_secret:
            raise ApiRefused("bad_client_secret")
        allowed = self.codes.pop(str(given.get("code")), None)
        if allowed is None:
            raise ApiRefused("invalid_code")
        return {
            "ok": True,
            "app_id": app.id,
            "access_token": allowed.app.bot_token,
            "token_type": "bot",
            "scope": ",".join(sorted(allowed.app.scopes)),
            "bot_user_id": allowed.app.bot_user,
            "team": {"id": allowed.team, "name": f"Workspace {allowed.team}"},
            "enterprise": None,
            "is_enterprise_install": False,
            "authed_user": {"id": "UINSTALLER"},
        }

    def _check_token(self, token: str | None, *, is_for_app: bool) -> None:
        app = self.slack.app
        if not token:
            raise ApiRefused("not_authed")
        if token not in (app.bot_token, app.app_token):
            raise ApiRefused("invalid_auth")
        if app.token_trouble:
            raise ApiRefused(app.token_trouble)
        if (token == app.app_token) != is_for_app:
            raise ApiRefused("not_allowed_token_type")

    def _check_pace(self, method: Method, arguments: Json) -> None:
        channel = arguments.get("channel") or arguments.get("channel_id")
        wait = self.pacing.wait(method.name, method.tier, channel, self.slack.clock.now())
        if wait is not None:
            raise ApiRefused("ratelimited", retry_after=wait)

    def _respond(self, call: Call, answer: Json) -> web.Response:
        headers = {
            "Date": formatdate(self.slack.clock.now(), usegmt=True),
            "X-OAuth-Scopes": ",".join(sorted(self.slack.app.scopes)),
            "X-Slack-Req-Id": f"request-{len(self.calls)}",
        }
        status = 200
        if answer.get("error") == "ratelimited":
            status = 429
            headers["Retry-After"] = str(answer.get("retry_after", 1))
            answer = {"ok": False, "error": "ratelimited"}
        return web.json_response(answer, status=status, headers=headers)

    async def _go_wrong(
        self, request: web.Request, call: Call, fault: Fault, answer: Json
    ) -> web.StreamResponse:
        if fault.ending == "hang":
            call.verdict = "hang"
            await fault.until.wait()
        if fault.ending in ("drop", "hang"):
            call.verdict = fault.ending
            return await broken_connection(request)
        if fault.ending == "status":
            call.verdict = str(fault.http_status)
            return web.Response(status=fault.http_status, text="upstream trouble")
        if fault.ending == "html":
            call.verdict = "html"
            return web.Response(text="<!DOCTYPE html><html>proxy</html>", content_type="text/html")
        if fault.error:
            call.verdict = fault.error
            answer = {"ok": False, "error": fault.error}
        if fault.retry_after is not None:
            answer["retry_after"] = fault.retry_after
        return self._respond(call, answer)


async def broken_connection(request: web.Request) -> web.Response:
    """Break the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    await asyncio.sleep(0)
    return web.Response()


async def _read(request: web.Request, method: Method) -> tuple[str | None, Json, Json]:
    """The token, the arguments and a warning, from wherever the content type says they are."""
    bearer = request.headers.get("Authorization", "")
    token = bearer.removeprefix("Bearer ") if bearer.startswith("Bearer ") else None
    given: Json = dict(request.query)
    warning: Json = {}
    body = await request.read()
    if body and request.content_type == "application/json":
        given = _json_body(body) if method.takes_json else {}
        if request.charset is None:
            warning = {"warning": "missing_charset"}
    elif body and request.content_type in FORM:
        given |= {name: str(value) for name, value in (await request.post()).items()}
    elif body:
        raise ApiRefused("invalid_post_type")
    in_body = given.pop("token", None)
    if request.content_type == "application/json" and body and token is None:
        raise ApiRefused("not_authed")
    return token or in_body, given, warning


def _json_body(body: bytes) -> Json:
    try:
        read = json.loads(body)
    except ValueError:
        raise ApiRefused("invalid_json") from None
    if not isinstance(read, dict):
        raise ApiRefused("json_not_object")
    return read
