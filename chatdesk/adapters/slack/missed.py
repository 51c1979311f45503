"""Finds what was said while nobody listened: after a start, and after a socket went silent.

Slack delivers again for some minutes only. So the threads of tickets and the direct messages are
read from the last moment in which Slack was surely heard, with a margin; what the desk knows is
recognised, and everything else is heard as if it had just been said.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Protocol

from slack_sdk.web.async_client import AsyncWebClient

from chatdesk.adapters.slack.errors import calling
from chatdesk.adapters.slack.keeping import LATER
from chatdesk.adapters.slack.texts import Json
from chatdesk.adapters.slack.words import Words
from chatdesk.adapters.slack.workspaces import speaking_in, team_in
from chatdesk.mishaps import log_bug
from chatdesk.ports import Place, PlatformError, RateLimited, StoreUnavailable

MARGIN = 600.0
"""Seconds before the last moment from which on to look: Slack tells late, and clocks differ."""

PACE = 1.3
"""Seconds between two calls: Slack lets history be read fifty times a minute."""

NOTED_EVERY = 30.0
"""Seconds between two notes that Slack is being heard."""

AGAIN_AFTER = 15.0
"""Seconds until a sweep that was broken off, or is another process's turn, is begun again."""

PAGE = 200
PAGES = 15

HEARD = "slack:heard_until"
"""The mark of the last moment in which Slack was surely heard, in seconds since 1970."""

logger = logging.getLogger(__name__)


class Ground(Protocol):
    """What a sweep needs of the desk. All of it blocks, and raises StoreUnavailable."""

    def spots(self) -> Iterable[Place]:
        """Return the threads and direct messages in which something may have been said."""

    def is_known(self, key: str) -> bool:
        """Tell whether the desk has a message of that key."""

    def begin(self) -> bool:
        """Take the turn to sweep; False while another process has it."""

    def end(self) -> None:
        """Give the turn back."""

    def get(self, name: str) -> str | None:
        """Return a mark."""

    def set(self, name: str, value: str) -> None:
        """Set a mark."""


class Missed:
    """Sweeps. `swept` counts what was found, and nobody had heard."""

    def __init__(self, client: AsyncWebClient, words: Words, ground: Ground) -> None:
        self._client = client
        self._words = words
        self._ground = ground
        self._since: float | None = None
        self._is_wanted = asyncio.Event()
        self.swept = 0

    def want(self, silent_for: float) -> None:
        """Have a sweep made from the moment before which Slack was heard."""
        since = time.time() - silent_for - MARGIN
        self._since = since if self._since is None else min(self._since, since)
        self._is_wanted.set()

    async def want_since_last_time(self) -> None:
        """Have a sweep made from where the desk's last life ended; none before its first."""
        heard = await asyncio.to_thread(self._ground.get, HEARD)
        if heard is not None:
            self.want(max(0.0, time.time() - float(heard)))

    async def note(self, silent_for: float) -> None:
        """Note that until so many seconds ago everything was heard; not while something is owed."""
        if not self._is_wanted.is_set():
            heard_until = f"{time.time() - silent_for:.0f}"
            await asyncio.to_thread(self._ground.set, HEARD, heard_until)

    async def run(self) -> None:
        """Sweep when it is wanted, until cancelled."""
        while True:
            await self._is_wanted.wait()
            since = self._since
            if since is not None and not await self._swept(since):
                await asyncio.sleep(AGAIN_AFTER)
                continue
            if self._since == since:
                self._since = None
                self._is_wanted.clear()

    async def _swept(self, since: float) -> bool:
        try:
            if not await asyncio.to_thread(self._ground.begin):
                return False
            try:
                await self.sweep(since)
            finally:
                await asyncio.to_thread(self._ground.end)
        except LATER as problem:
            logger.warning("looking for what was missed begins again: %s", type(problem).__name__)
            return False
        except Exception as error:  # noqa: BLE001 - without it the desk would hear nothing any more
            log_bug("looking for what was missed", error)
        return True

    async def sweep(self, since: float) -> None:
        """Read every spot from that moment on; raises what passes, and then all of it is owed."""
        who: dict[str, tuple[str, str]] = {}
        before = self.swept
        for spot in await asyncio.to_thread(self._ground.spots):
            where = team_in(spot.place)
            try:
                if where not in who:
                    who[where] = await self._who_in(where)
                bot, team = who[where]
                async for event in self._missed_at(spot, since):
                    await self._hear({"team_id": team, "event": event}, bot)
            except LATER:
                raise
            except PlatformError as problem:
                logger.info("a conversation cannot be read: %s", problem)
        if self.swept > before:
            logger.warning("%d messages had been missed", self.swept - before)

    async def _who_in(self, where: str) -> tuple[str, str]:
        """Return the app's own user and the workspace that deliveries from there name."""
        with speaking_in(where):
            told = await calling(self._client.auth_test())
        return str(told.get("user_id") or ""), str(told.get("team_id") or "")

    async def _hear(self, body: Json, bot: str) -> None:
        key = self._words.key_of(body, bot)
        if key is not None and not await asyncio.to_thread(self._ground.is_known, key):
            self.swept += "subtype" not in body["event"]
            await self._words.heard(body, bot)

    async def _missed_at(self, spot: Place, since: float) -> AsyncIterator[Json]:
        """Go through what was said or edited there, oldest first, as events."""
        messages = [one async for one in self._messages(spot, since)]
        for message in sorted(messages, key=lambda one: str(one.get("ts"))):
            shared = {"channel": spot.place, "type": "message"}
            edited_at = float((message.get("edited") or {}).get("ts") or 0)
            if float(message.get("ts") or 0) > since:
                yield {**message, **shared}
            if edited_at > since:  # what was said may be known, and its edit not
                yield {"subtype": "message_changed", "message": message, **shared}

    async def _messages(self, spot: Place, since: float) -> AsyncIterator[Json]:
        cursor = ""
        for _ in range(PAGES):
            asked: dict[str, Any] = {"channel": spot.place, "limit": PAGE}
            asked |= {"cursor": cursor} if cursor else {}
            page = await self._page(spot, asked, since)
            for message in page.get("messages") or []:
                yield message
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    async def _page(self, spot: Place, asked: dict[str, Any], since: float) -> Any:
        """Read a page at the pace; of a thread all of it, for an edit can be of an old message."""
        while True:
            await asyncio.sleep(PACE)
            try:
                if spot.thread:
                    return await calling(
                        self._client.conversations_replies(ts=spot.thread, **asked)
                    )
                return await calling(
                    self._client.conversations_history(oldest=f"{since:.6f}", **asked)
                )
            except RateLimited as limited:
                await asyncio.sleep(limited.after.total_seconds())


async def keep_noting(missed: Missed, silent_for: Callable[[], float]) -> None:
    """Note every while that Slack is being heard, until cancelled."""
    while True:
        await asyncio.sleep(NOTED_EVERY)
        try:
            await missed.note(silent_for())
        except StoreUnavailable:
            logger.warning("that Slack is heard cannot be noted: the store does not answer")
