"""A tiny Bolt app, over sockets or over HTTP, to show that the real libraries run unchanged."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.loopback import LoopbackSlack

TransportName = Literal["socket", "http"]


def client_for(slack: LoopbackSlack, token: str | None = None) -> AsyncWebClient:
    """The SDK's client as a desk uses it: it repeats nothing by itself."""
    return AsyncWebClient(
        token=token or slack.app.bot_token, base_url=slack.api_url, retry_handlers=[], timeout=5
    )


def bolt_for(slack: LoopbackSlack) -> AsyncApp:
    """An app without listeners that acknowledges after its listener has run."""
    return AsyncApp(
        client=client_for(slack),
        signing_secret=slack.app.signing_secret,
        process_before_response=True,
        logger=logging.getLogger("tests.slack.bolt"),
    )


@asynccontextmanager
async def running(
    slack: LoopbackSlack, app: AsyncApp, transport: TransportName
) -> AsyncIterator[None]:
    """Run the app until the story is told."""
    way = over_sockets(slack, app) if transport == "socket" else _over_http(slack, app)
    async with way:
        yield


@asynccontextmanager
async def over_sockets(
    slack: LoopbackSlack, app: AsyncApp, ping_interval: float = 30
) -> AsyncIterator[Any]:
    """Run the app on one socket; yields the SDK's client for it.

    The client looks after its connection every `ping_interval` seconds: short where a story waits
    for it to notice, long elsewhere, so that a busy machine is not taken for a dead one.
    """
    before = len(slack.sockets.live)
    handler = AsyncSocketModeHandler(app, slack.app.app_token, ping_interval=ping_interval)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # slack_bolt gives it no types
    await slack.connected(before + 1)
    try:
        yield handler.client
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]  # as above
        await asyncio.sleep(0)


@asynccontextmanager
async def _over_http(slack: LoopbackSlack, app: AsyncApp) -> AsyncIterator[None]:
    server = web.AppRunner(app.web_app("/slack/events"))
    await server.setup()
    site = web.TCPSite(server, "127.0.0.1", 0)
    await site.start()
    slack.post_to(f"http://127.0.0.1:{server.addresses[0][1]}/slack/events")
    try:
        yield
    finally:
        await server.cleanup()
