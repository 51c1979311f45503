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

BODY_LIMIT = 1_000_000
"""Greatest body in bytes on a path that names no limit of its own."""

RETRY_AFTER_SECONDS = 5
"""What a client is asked to wait while nothing can be saved."""

IsReady = Callable[[], Sequence[str]]
"""Says in words what keeps the desk from working; empty when nothing does. It may block."""


def build_app(
    *,
    routers: Sequence[APIRouter] = (),
    is_ready: IsReady = tuple,
    body_limits: Mapping[str, Limit] | None = None,
) -> FastAPI:
    """Return the application with these routers mounted.

    `body_limits` maps a path's beginning to the greatest body in bytes allowed below it. Streams
    that never end by themselves watch `app.state.stopping`, an `asyncio.Event`: it is set when
    the server shuts down.
    """
    app = FastAPI(title="chatdesk", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.stopping = asyncio.Event()
    app.add_middleware(BodyLimit, default=BODY_LIMIT, limits=body_limits or {})
    app.add_middleware(SafeHeaders)
    app.add_exception_handler(StoreUnavailable, _say_unavailable)
    app.add_exception_handler(RequestValidationError, _say_malformed)
    app.add_exception_handler(HTTPException, _say)
    _add_health(app, is_ready)
    for router in routers:
        app.include_router(router)
    return app


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
    sentence = "The desk cannot save anything at the moment; nothing was changed. Try again soon."
    return error(503, sentence, {"Retry-After": str(RETRY_AFTER_SECONDS)})


def _say_malformed(_: Request, problem: Exception) -> Response:
    """Name the parts that are wrong, never what stood in them: it may be somebody's text."""
    if not isinstance(problem, RequestValidationError):
        raise problem
    parts = sorted({".".join(map(str, each["loc"])) for each in problem.errors()})
    return error(422, f"That request was not understood; look at: {', '.join(parts)}.")
