"""Lets requesters into their private threads, again where they left them."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from chatdesk.adapters.discord.errors import ARCHIVED, LOCKED, code_of
from chatdesk.adapters.discord.rest import Rest
from chatdesk.ports import PlatformError

STAYS_FOR = 60.0
"""Seconds for which somebody is taken to stay: Discord does not tell who leaves a thread."""

KNOWN = 10_000

MEMBER = "/channels/{channel_id}/thread-members/{user_id}"


class LettingIn:
    """Sees to it that whoever a thread is for is in it; who is there already notices nothing."""

    def __init__(
        self,
        rest: Rest,
        unarchive: Callable[[str], Awaitable[None]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Let them in through this; nobody can be let into a thread before it is unarchived."""
        self._rest = rest
        self._unarchive = unarchive
        self._monotonic = monotonic
        self._let_in_at: OrderedDict[tuple[str, str], float] = OrderedDict()

    async def let_in(self, thread: str, user: str, *, is_back: bool = False) -> None:
        """Let somebody in, unless they were a moment ago; `is_back` if they were away meanwhile."""
        spot, now = (thread, user), self._monotonic()
        known = self._let_in_at.get(spot)
        if known is not None and now - known < STAYS_FOR and not is_back:
            return
        try:
            await self._rest.call("PUT", MEMBER, channel_id=thread, user_id=user)
        except PlatformError as problem:
            if code_of(problem) not in {ARCHIVED, LOCKED}:
                raise
            await self._unarchive(thread)
            await self._rest.call("PUT", MEMBER, channel_id=thread, user_id=user)
        self._let_in_at[spot] = now
        self._let_in_at.move_to_end(spot)
        while len(self._let_in_at) > KNOWN:
            self._let_in_at.popitem(last=False)
