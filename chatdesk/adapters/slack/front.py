"""The HTTP front: makes sure that Slack is speaking before anything of it is understood."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote_to_bytes

from fastapi import APIRouter
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

PATH = "/slack/events"
BODY_LIMIT = 1_000_000
"""Greatest size of a delivery in bytes: a form's state of many long texts."""

CLOCKS_DIFFER = 300
"""Seconds that a delivery may be old, or early."""

FIELDS_LIMIT = 100

_JSON_SIGNS = [(f"%{ord(sign):02X}".encode(), sign.encode()) for sign in '"{}[]:, ']

_TIMESTAMP = re.compile(r"\d{1,12}", re.ASCII)


class HttpFront:
    """Takes deliveries over HTTP. While secrets are being changed, both are good."""

    def __init__(
        self, app: AsyncApp, secrets: Sequence[str], now: Callable[[], float] = time.time
    ) -> None:
        self._app = app
        self._secrets = [secret.encode() for secret in secrets]
        self._now = now
        self.router = APIRouter()
        self.router.add_route(PATH, self._take, methods=["POST"])
        self.posted: Mapping[str, ASGIApp] = {PATH: self.take}
        self.body_limits: Mapping[str, int] = {PATH: BODY_LIMIT}

    async def take(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a delivery."""
        try:
            answer = await self._take(Request(scope, receive))
        except ClientDisconnect:
            return  # nobody waits for an answer, and nothing was understood
        await answer(scope, receive, send)

    async def _take(self, request: Request) -> Response:
        raw = await _bounded(request)
        if raw is None:
            return Response(status_code=413)
        if not self._is_slacks(request, raw):
            return Response(status_code=401)
        body = parsed(request.headers.get("content-type", ""), raw)
        if body is None:
            return Response(status_code=400)
        if body.get("type") == "url_verification":
            return JSONResponse({"challenge": str(body.get("challenge"))})
        # Read and verified here, it goes on as if it had come over a socket.
        answer = await self._app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
        kind = next(iter(answer.headers.get("content-type", [])), None)
        return Response(answer.body, status_code=answer.status, media_type=kind)

    def _is_slacks(self, request: Request, raw: bytes) -> bool:
        stamp = request.headers.get("x-slack-request-timestamp", "")
        given = request.headers.get("x-slack-signature", "")
        if not _TIMESTAMP.fullmatch(stamp) or abs(self._now() - int(stamp)) > CLOCKS_DIFFER:
            return False
        signed = b"v0:" + stamp.encode() + b":" + raw
        expected = (
            "v0=" + hmac.new(secret, signed, hashlib.sha256).hexdigest() for secret in self._secrets
        )
        return any(hmac.compare_digest(one.encode(), given.encode()) for one in expected)


async def _bounded(request: Request) -> bytes | None:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > BODY_LIMIT:
            return None
    return bytes(content)


def parsed(content_type: str, raw: bytes) -> dict[str, Any] | None:
    """Return what a body says; None for anything that Slack does not send."""
    kind = content_type.partition(";")[0].strip().lower()
    try:
        if kind == "application/json":
            return _object(raw.decode())
        if kind != "application/x-www-form-urlencoded":
            return None
        fields = _fields(raw)
    except (ValueError, RecursionError):
        return None
    return _object(fields["payload"]) if "payload" in fields else dict(fields)


def _fields(raw: bytes) -> dict[str, str]:
    """Return the fields of a form as browsers send it; ValueError for anything else."""
    raw.decode()  # what is no text as it is does not become one by unquoting it
    pairs = raw.split(b"&") if raw else []
    if len(pairs) > FIELDS_LIMIT:
        raise ValueError("too many fields")
    found: dict[str, str] = {}
    for pair in pairs:
        name, joint, value = pair.partition(b"=")
        if not joint:
            raise ValueError("a field without a value")
        found[_unquoted(name)] = _unquoted(value)
    return found


def _unquoted(text: bytes) -> str:
    text = text.replace(b"+", b" ")
    # JSON is full of these, and a form is thousands of them: what reads any escape takes the
    # longest of all that is done with a form. None of them can become a part of another escape.
    for escape, sign in _JSON_SIGNS:
        text = text.replace(escape, sign)
    return unquote_to_bytes(text).decode()


def _object(text: str) -> dict[str, Any] | None:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None
