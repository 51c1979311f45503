"""What every answer and every request of the HTTP door goes through, whoever mounted the route."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
SAFE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
"""Set on every answer that brings none of its own; a file, for example, is stricter."""


_SAFE = [(name.lower().encode(), value.encode()) for name, value in SAFE_HEADERS.items()]


class SafeHeaders:
    """Tell browsers to run, frame and load nothing but our own files."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and add the headers to its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                brought = {name for name, _ in headers}
                headers += [one for one in _SAFE if one[0] not in brought]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, send_safely)


Limit = int | Callable[[], int]
"""The greatest body in bytes, or what tells it anew for each request."""


class BodyLimit:
    """Refuse a body that is too large, by its announced length or by counting what arrives."""

    def __init__(self, app: ASGIApp, *, default: int, limits: Mapping[str, Limit]) -> None:
        self._app = app
        self._default = default
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, its body bounded."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit_of(scope["path"])
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > limit:
            await JSONResponse({"error": too_large(limit)}, 413)(scope, receive, send)
            return
        arrived = 0

        async def receive_bounded() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > limit:
                raise HTTPException(413, too_large(limit))
            return message

        await self._app(scope, receive_bounded, send)

    def _limit_of(self, path: str) -> int:
        longest = max((each for each in self._limits if path.startswith(each)), key=len, default="")
        limit = self._limits.get(longest, self._default)
        return limit() if callable(limit) else limit


def too_large(limit: int) -> str:
    """Say how large a body or file may be; `limit` in bytes."""
    return f"That is too large: at most {in_words(limit)} fit in here."


def in_words(size: int) -> str:
    """Write a number of bytes for a person."""
    for unit, factor in (("MB", 1_000_000), ("kB", 1000)):
        if size >= factor:
            return f"{size / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} bytes"
