"""How fast the bot as a whole asks Discord for anything, and when it asks for nothing."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import timedelta

import aiohttp

from chatdesk.ports import RateLimited

EACH_SECOND = 24
"""Calls that begin within a second: two processes of one bot stay below the 50 that it may make."""

SECOND = 1.0

SHORT = 10.0
"""Seconds that a call waits by itself where it came too fast. What waits longer waits in the
outbox: the worker gives a call less time than the library would sleep for."""

TOO_MANY = 429


class TooFast(RateLimited):
    """Discord wants to hear nothing for `after`: of one kind of call, or of the whole bot."""


class BotPace:
    """Gives calls their turn. Answers to what people do need none, by Discord's own rules."""

    def __init__(
        self, monotonic: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        """Take the time from `monotonic`, in seconds, and let it pass by `sleep`."""
        self._monotonic = monotonic
        self.sleep = sleep
        self._lock = asyncio.Lock()
        self._begun: deque[float] = deque(maxlen=EACH_SECOND)
        self._quiet_until = 0.0

    async def turn(self) -> None:
        """Wait until a call may begin. TooFast where that takes long."""
        async with self._lock:
            quiet_for = self._quiet_until - self._monotonic()
            if quiet_for > SHORT:
                raise TooFast(timedelta(seconds=quiet_for))
            is_full = len(self._begun) == self._begun.maxlen
            full_for = self._begun[0] + SECOND - self._monotonic() if is_full else 0.0
            if max(quiet_for, full_for) > 0:
                await self.sleep(max(quiet_for, full_for))
            self._begun.append(self._monotonic())

    async def heed(self, response: aiohttp.ClientResponse) -> None:
        """Read a 429 of Discord's. TooFast unless the library may well wait for it by itself.

        It may not where the whole bot is meant: broken off while it waits, it waits for ever, and
        it would keep even the answers back that Discord still takes.
        """
        told = _json(await response.read())
        after = told.get("retry_after")
        if not response.headers.get("Via") or not isinstance(after, int | float):
            return  # that is not Discord but what stands before it
        scope = response.headers.get("X-RateLimit-Scope")
        is_global = scope == "global" or told.get("global") is True
        if is_global:
            self._quiet_until = max(self._quiet_until, self._monotonic() + after)
        if is_global or after > SHORT:
            raise TooFast(timedelta(seconds=after))


def _json(body: bytes) -> dict[str, object]:
    try:
        told: object = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
