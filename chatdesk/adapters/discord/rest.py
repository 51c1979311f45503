"""Calls to Discord, made by the library's own client so that it keeps to the rate limits."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import aiohttp
import discord
from discord.http import Route

from chatdesk.adapters.discord.errors import ServerFailed, calling
from chatdesk.adapters.discord.pacing import SHORT, TOO_MANY, BotPace, TooFast
from chatdesk.ports import Transient

SERVER = 500
"""From this status on it is Discord's own failure."""

INVALID = 2000
INVALID_WITHIN = 600.0
"""So many refused calls in so many seconds stop all others of this process: at 10,000 Discord shuts
out all that speak from its address, and four processes stay below that together."""

REFUSED = frozenset({401, 403, TOO_MANY})
"""The statuses that Discord counts, each time: also of calls that the library repeats by itself."""

ANSWERS = ("/interactions/", "/webhooks/")
"""Begin the paths of what somebody waits for: Discord counts them apart from all other calls."""

TRIES = 5
"""How often a call is made that comes too fast for the whole bot, each time a moment later."""


def no_second_post() -> aiohttp.TraceConfig:
    """Return what keeps the library from sending a POST again by itself when Discord failed.

    The first may have been done all the same, and threads know no nonce: the outbox looks first.
    """

    async def look(
        _session: aiohttp.ClientSession, _context: Any, told: aiohttp.TraceRequestEndParams
    ) -> None:
        if told.method == "POST" and told.response.status >= SERVER:
            told.response.close()
            raise ServerFailed(told.response.status)

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(look)
    return trace


class Rest:
    """Discord's REST interface; logs in before the first call."""

    def __init__(
        self,
        client: discord.Client,
        token: str,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._token = token
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self._is_in = False
        self._invalid: deque[float] = deque(maxlen=INVALID)
        self._pace = BotPace(monotonic, sleep)
        trace = client.http.http_trace = client.http.http_trace or aiohttp.TraceConfig()
        trace.on_request_start.append(self._begin)
        trace.on_request_end.append(self._look)

    async def log_in(self) -> None:
        """Log in, once. AccessLost if Discord does not know the token."""
        async with self._lock:
            if self._is_in:
                return
            try:
                await calling(self._client.login(self._token))
            except BaseException:
                await self._forget_session()
                raise
            self._is_in = True

    async def close(self) -> None:
        """Let go of all connections."""
        if self._is_in:
            await self._client.close()
        else:
            await self._forget_session()

    async def _forget_session(self) -> None:
        """Let the next attempt to log in begin with a connection of its own."""
        await self._client.http.close()
        self._client.http.clear()
        self._client.http.connector = discord.utils.MISSING

    @property
    def me(self) -> str:
        """The bot's own id; empty before it has logged in."""
        return str(self._client.user.id) if self._client.user else ""

    @property
    def application(self) -> str:
        """The application's id; empty before the bot has logged in."""
        return str(self._client.application_id or "")

    async def get(self, path: str, query: dict[str, Any] | None = None, **ids: str) -> Any:
        """Return what is there."""
        return await self.call("GET", path, query=query, form=None, **ids)

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: dict[str, Any] | None = None,
        form: Iterable[dict[str, Any]] | None = None,
        **ids: str,
    ) -> Any:
        """Call Discord; `ids` fill the path. Raises one of the PlatformError family.

        `form` are the parts of a body with files, in the library's words.
        """
        await self.log_in()
        if not path.startswith(ANSWERS):
            self._stop_if_banned_soon()
        given: dict[str, Any] = {} if body is None else {"json": body}
        if query:
            given["params"] = query
        if form:
            given["form"] = form
        parameters: dict[str, Any] = dict(ids)
        return await self._asked(Route(method, path, **parameters), given)

    async def _asked(self, route: Route, given: dict[str, Any]) -> Any:
        for tried in range(1, TRIES + 1):
            try:
                return await calling(self._client.http.request(route, **given))
            except TooFast as limited:
                after = limited.after.total_seconds()
                if after > SHORT or tried == TRIES:
                    raise
                await self._pace.sleep(after)
        return None

    # --- each request, also those that the library repeats by itself ---

    async def _begin(
        self, _session: aiohttp.ClientSession, _context: Any, told: aiohttp.TraceRequestStartParams
    ) -> None:
        if not any(one in told.url.path for one in ANSWERS):
            await self._pace.turn()

    async def _look(
        self, _session: aiohttp.ClientSession, _context: Any, told: aiohttp.TraceRequestEndParams
    ) -> None:
        # A limit that is shared with others is nobody's fault, and not counted.
        is_ours = told.response.headers.get("X-RateLimit-Scope") != "shared"
        if told.response.status in REFUSED and is_ours:
            self._invalid.append(self._monotonic())
        if told.response.status == TOO_MANY:
            await self._pace.heed(told.response)

    def _stop_if_banned_soon(self) -> None:
        is_full = len(self._invalid) == INVALID
        if is_full and self._monotonic() - self._invalid[0] < INVALID_WITHIN:
            raise Transient(f"Discord refused {INVALID} calls in ten minutes: everything waits")
