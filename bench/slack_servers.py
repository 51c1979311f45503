"""The two servers of the Slack bench, each run as a process of its own: bare Bolt, and the desk."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.servers import DATABASE, watched
from chatdesk import bootstrap
from chatdesk.adapters.http import server
from chatdesk.adapters.slack.front import PATH
from chatdesk.config import PolicySource, Settings

SECRET, TOKEN = "bench-signing-secret", "xoxb-bench"  # they open nothing
BARE, DESK = "bare", "desk"


def serve(what: str, port: int, folder: str, api_url: str) -> None:
    """Run a server until told to end; whenever a line comes in, say how long it was held up."""
    work = _bare(port) if what == BARE else _desk(port, Path(folder), api_url)
    asyncio.run(watched(work))


async def _bare(port: int) -> None:
    async def acknowledge(ack: Any) -> None:
        await ack()

    async def installed(**_: Any) -> Any:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token=TOKEN, bot_id="B1")

    app = AsyncApp(signing_secret=SECRET, authorize=installed, process_before_response=True)
    app.command("/ticket")(acknowledge)
    handler = AsyncSlackRequestHandler(app)

    async def take(request: Request) -> Response:
        return await handler.handle(request)

    routes: Any = Starlette(routes=[Route(PATH, take, methods=["POST"])])
    routes.state.stopping = asyncio.Event()
    serving_it = asyncio.create_task(server.serve(routes, "127.0.0.1", port))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving_it.cancel)
    with suppress(asyncio.CancelledError):
        await serving_it


async def _desk(port: int, folder: Path, api_url: str) -> None:
    settings = Settings(
        policy=folder / "desk.yaml",
        data_dir=folder,
        database_url=SecretStr(os.environ[DATABASE]),
        port=port,
        slack_bot_token=SecretStr(TOKEN),
        slack_signing_secret=SecretStr(SECRET),
        slack_api_url=api_url,
    )
    await bootstrap.run(settings, PolicySource(settings.policy), only="web")
