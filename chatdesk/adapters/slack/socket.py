"""The socket over which Slack is heard: held, watched, and made anew when it has gone silent.

A socket can be half open: it looks alive from here and swallows everything that is sent. Slack
itself pings every few seconds, so a connection over which nothing of Slack's arrives any more is
given up, even if somebody in between goes on answering our own pings.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
from aiohttp import WSMsgType
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

CONNECT_AGAIN = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds between attempts to connect; the last one goes on."""

PING_EVERY = 5.0
"""Seconds between our own pings."""

SILENT_AFTER = 15.0
"""Seconds without any frame at all, answers to our pings included."""

DEAF_AFTER = 25.0
"""Seconds without a frame that Slack sent by itself, where it has pinged at all."""

LOOKED_AT_EVERY = 1.0
CLOSES_WITHIN = 2.0
"""Seconds a connection that is given up may take to say goodbye."""

logger = logging.getLogger(__name__)


class Hearing:
    """When something was last heard over a connection, in seconds of a clock that only passes."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.any_at = self.slacks_at = now()
        self.has_pinged = False

    def begins(self) -> None:
        """Note a new connection."""
        self.any_at = self.slacks_at = self._now()
        self.has_pinged = False

    def frame(self, kind: WSMsgType) -> None:
        """Note a frame."""
        if kind not in (WSMsgType.PING, WSMsgType.PONG, WSMsgType.TEXT):
            return
        self.any_at = self._now()
        if kind is not WSMsgType.PONG:
            self.slacks_at = self.any_at
            self.has_pinged |= kind is WSMsgType.PING

    @property
    def is_dead(self) -> bool:
        """True once a connection has been silent for longer than any that lives."""
        now = self._now()
        is_deaf = self.has_pinged and now - self.slacks_at >= DEAF_AFTER
        return is_deaf or now - self.any_at >= SILENT_AFTER

    @property
    def silent_for(self) -> float:
        """Seconds for which Slack has not been heard."""
        return self._now() - self.slacks_at


class WatchedSocket:
    """One socket for the app; `connected` is told each time, after how many silent seconds."""

    def __init__(
        self,
        app: AsyncApp,
        token: str,
        client: AsyncWebClient,
        connected: Callable[[float], None],
    ) -> None:
        self._app = app
        self._token = token
        self._client = client
        self._connected = connected
        self.hearing = Hearing(time.monotonic)

    async def hold(self) -> None:
        """Hold a connection until cancelled, however often it has to be made anew."""
        handler = AsyncSocketModeHandler(
            self._app,
            self._token,
            logger=logging.getLogger("slack_sdk.socket_mode"),
            web_client=self._client,
            ping_interval=PING_EVERY,
        )
        socket = handler.client
        await socket.aiohttp_client_session.close()
        socket.aiohttp_client_session = aiohttp.ClientSession(ws_response_class=self._listening())
        socket.message_listeners.append(self._hello)
        try:
            await self._patiently(handler.connect_async)
            while True:
                await asyncio.sleep(LOOKED_AT_EVERY)
                if self.hearing.is_dead:
                    logger.warning(
                        "nothing heard of Slack for %.0f s: connecting anew",
                        self.hearing.silent_for,
                    )
                    socket.stale = True  # without it, the library thinks that all is well
                    await self._patiently(socket.connect_to_new_endpoint)
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]  # slack_bolt gives it no types

    def _listening(self) -> type[aiohttp.ClientWebSocketResponse]:
        hearing = self.hearing

        class Listening(aiohttp.ClientWebSocketResponse):
            async def receive(self, timeout: float | None = None) -> Any:  # noqa: ASYNC109 - aiohttp's name
                message = await super().receive(timeout)
                hearing.frame(WSMsgType(message.type))
                return message

            async def close(self, *, code: int = 1000, message: bytes = b"") -> bool:
                try:
                    async with asyncio.timeout(CLOSES_WITHIN):
                        return await super().close(code=code, message=message)
                except TimeoutError:  # nobody is there to say goodbye to
                    return True

        return Listening

    async def _hello(self, _: object, message: Mapping[str, Any], __: object = None) -> None:
        if message.get("type") == "hello":
            silent_for = self.hearing.silent_for
            self.hearing.begins()
            self._connected(silent_for)

    async def _patiently(self, connect: Callable[[], Any]) -> None:
        """Connect, however long Slack is away."""
        failures = 0
        while True:
            try:
                await connect()
            except Exception as error:  # noqa: BLE001 - whatever it is, the desk keeps trying
                wait = CONNECT_AGAIN[min(failures, len(CONNECT_AGAIN) - 1)]
                failures += 1
                kind = type(error).__name__
                logger.warning("no connection to Slack, again in %.0f s: %s", wait, kind)
                await asyncio.sleep(wait)
            else:
                # Until the first frame there has been nothing to hear.
                self.hearing.any_at = time.monotonic()
                return
