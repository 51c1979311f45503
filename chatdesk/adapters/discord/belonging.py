"""Tells who is somewhere else: people of other servers whom the desk is not for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from chatdesk.adapters.discord.telling import Spot
from chatdesk.ports import PlatformError

OTHER_SERVER, NO_MEMBER = "server", "person"
"""What stands against somebody, as the texts name it."""


class Belonging:
    """Knows the desk's servers. While Discord does not tell them, nobody is turned away."""

    def __init__(
        self,
        homes: Callable[[], Awaitable[frozenset[str]]],
        has_left: Callable[[str], Awaitable[bool]],
    ) -> None:
        """Ask these which servers are the desk's, and whether somebody is not on it."""
        self._homes = homes
        self._has_left = has_left
        self._known: frozenset[str] = frozenset()

    async def against(self, spot: Spot) -> str:
        """Return what stands against answering somebody there, empty for nothing."""
        if not (spot.guild or spot.is_direct):
            return ""
        # Where a channel is gone, the servers are those of before.
        with suppress(PlatformError):
            self._known = await self._homes()
        if not self._known:
            return ""
        if spot.guild:
            return "" if spot.guild in self._known else OTHER_SERVER
        # With several servers it is not known of which one somebody has to be.
        is_one = len(self._known) == 1
        return NO_MEMBER if is_one and await self._has_left(spot.user) else ""
