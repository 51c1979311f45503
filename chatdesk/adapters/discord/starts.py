"""Lets gateway sessions begin no faster, and no more often, than Discord allows a bot."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chatdesk.adapters.discord.rest import Rest
from chatdesk.ports import PlatformError
from chatdesk.worker.sharing import Sharing

ONE_WITHIN = timedelta(seconds=5.5)
"""In this span one session may begin of those whose shards leave the same rest, all processes of
a bot together; Discord says 5 s, and connecting takes longer at one time than at another."""

TRIED_EVERY = 0.25
"""Seconds between two attempts to be next."""

ASKED_EVERY = 60.0
"""Seconds at most until Discord is asked again whether sessions may begin."""

PLENTY = 0.5
"""The share of the day's sessions that has to be left for one to be ended without need."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What Discord allows a bot at present: `remaining` sessions until so many seconds from now.

    Of its `shards`, `at_once` may begin at the same time.
    """

    shards: int
    total: int
    remaining: int
    reset_after: float
    at_once: int


class Starts:
    """Asks Discord, and takes turns with the desk's other processes."""

    def __init__(self, rest: Rest, sharing: Sharing) -> None:
        self._rest = rest
        self._sharing = sharing

    async def allowed(self) -> Allowed:
        """Ask what is allowed. Raises one of the PlatformError family."""
        return _allowed(await self._rest.get("/gateway/bot"))

    async def turn(self, shard: int) -> None:
        """Wait until a session for that shard may begin. Raises one of the PlatformError family."""
        allowed = await self.allowed()
        while allowed.remaining < 1:
            logger.warning(
                "Discord lets this bot begin no more sessions for %.0f s: too many were begun",
                allowed.reset_after,
            )
            await asyncio.sleep(min(allowed.reset_after, ASKED_EVERY))
            allowed = await self.allowed()
        group = str(shard % allowed.at_once)
        while not await self._sharing.turn(group, ONE_WITHIN):  # noqa: ASYNC110 - of all processes
            await asyncio.sleep(TRIED_EVERY)

    async def are_plenty(self) -> bool:
        """Tell whether so many sessions may begin that some can be ended without need."""
        try:
            allowed = await self.allowed()
        except PlatformError:
            return False
        return allowed.remaining > allowed.total * PLENTY


def _allowed(told: Mapping[str, Any]) -> Allowed:
    limit = told["session_start_limit"]
    return Allowed(
        shards=max(int(told["shards"]), 1),
        total=int(limit["total"]),
        remaining=int(limit["remaining"]),
        reset_after=int(limit["reset_after"]) / 1000,
        at_once=max(int(limit.get("max_concurrency") or 1), 1),
    )
