"""The one ASGI application: health, bounded bodies, safe headers, the routes of the platforms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from chatdesk.adapters.http.middleware import BodyLimit, Limit, SafeHeaders
from chatdesk.ports import StoreUnavailable

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

BODY_LIMIT = 1_000_000
"""Greatest body in bytes on a path that names no limit of its own."""

RETRY_AFTER_SECONDS = 5
"""What a client is asked to wait while nothing can be saved."""

IsReady = Callable[[], Sequence[str]]
"""Says in words what keeps the desk from working; empty when nothing does. It may block."""


class _App(FastAPI):
    """The application; what is posted to a few paths does not walk through all its rooms."""

    posted: Mapping[str, ASGIApp]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a request."""
        door = None
        if scope["type"] == "http" and scope["method"] == "POST":
            door = self.posted.get(scope["path"])
        if door is None:
            await super().__call__(scope, receive, send)
        else:
            await door(scope, receive, send)


def build_app(
    *,
    routers: Sequence[APIRouter] = (),
    is_ready: IsReady = tuple,
    body_limits: Mapping[str, Limit] | None = None,
    posted: Mapping[str, ASGIApp] | None = None,
) -> FastAPI:
    """Return the application with these routers mounted.

    `posted` maps paths to what takes whatever is posted there, for a platform that many wait for:
    the way to a route takes longer than reading what was posted. `body_limits` maps a path's
    beginning to the greatest body in bytes allowed below it. Streams that never end by themselves
    watch `app.state.stopping`, an `asyncio.Event`: it is set when the server shuts down.
    """
    app = _App(title="chatdesk", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.stopping = asyncio.Event()
    limits = body_limits or {}
    app.posted = {path: _guarded(door, limits) for path, door in (posted or {}).items()}
    app.add_middleware(BodyLimit, default=BODY_LIMIT, limits=limits)
    app.add_middleware(SafeHeaders)
    app.add_exception_handler(StoreUnavailable, _say_unavailable)
    app.add_exception_handler(RequestValidationError, _say_malformed)
    app.add_exception_handler(HTTPException, _say)
    _add_health(app, is_ready)
    for router in routers:
        app.include_router(router)
    return app


def _guarded(door: ASGIApp, limits: Mapping[str, Limit]) -> ASGIApp:
    """Return a door with what every other one is guarded by."""
    bounded = BodyLimit(door, default=BODY_LIMIT, limits=limits)

    async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await bounded(scope, receive, send)
        except HTTPException as problem:
            await error(problem.status_code, str(problem.detail))(scope, receive, send)
        except StoreUnavailable:
            await _unavailable()(scope, receive, send)

    return SafeHeaders(refusing)


def _add_health(app: FastAPI, is_ready: IsReady) -> None:
    @app.get("/live")
    async def live() -> dict[str, bool]:
        """Answer as long as the process runs; says nothing about the database."""
        return {"live": True}

    @app.get("/ready")
    def ready() -> Response:
        """Answer 200 when the desk can work, 503 with the reasons when it cannot."""
        why = list(is_ready())
        return JSONResponse({"ready": not why, "why": why}, status_code=503 if why else 200)


def error(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return a refusal whose sentence a person may read."""
    return JSONResponse({"error": sentence}, status_code=status, headers=headers)


def _say(_: Request, problem: Exception) -> Response:
    if not isinstance(problem, HTTPException):
        raise problem
    return error(problem.status_code, str(problem.detail), problem.headers)


def _say_unavailable(_: Request, __: Exception) -> Response:
    return _unavailable()


def _unavailable() -> Response:
    sentence = "The desk cannot save anything at the moment; nothing was changed. Try again soon."
    return error(503, sentence, {"Retry-After": str(RETRY_AFTER_SECONDS)})


def _say_malformed(_: Request, problem: Exception) -> Response:
    """Name the parts that are wrong, never what stood in them: it may be somebody's text."""
    if not isinstance(problem, RequestValidationError):
        raise problem
    parts = sorted({".".join(map(str, each["loc"])) for each in problem.errors()})
    return error(422, f"That request was not understood; look at: {', '.join(parts)}.")
