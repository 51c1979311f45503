"""Who is on the server: agents, and requesters whose conversations are there.

Discord tells who leaves, and whose roles change, only to bots with an intent that the desk does
not ask for. So the desk asks: before anything is decided that somebody does where Discord does not
tell their roles, before it speaks to a requester, and now and then about all the others.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chatdesk.adapters.discord.drafts import Memory
from chatdesk.adapters.discord.errors import NO_MEMBER, UNKNOWN_MEMBER, code_of, said
from chatdesk.adapters.discord.letting_in import LettingIn
from chatdesk.adapters.discord.modal import PLATFORM
from chatdesk.adapters.discord.rest import Rest
from chatdesk.adapters.discord.telling import DeskSide
from chatdesk.lifecycle.permissions import OUTSIDE
from chatdesk.lifecycle.ticket import QueueName
from chatdesk.ports import Place, PlaceGone, PlatformError, StoreUnavailable
from chatdesk.ui.exchange import Visitor

LIVES = 60.0
"""Seconds after which it is asked again who somebody is who does something."""

SWEPT_EVERY = 60.0
"""Seconds between two rounds of questions about those who do nothing."""

LISTED_EVERY = 600.0
"""Seconds after which a new round begins with the first of them."""

ASKED_AT_ONCE = 50
"""People asked about in one go."""

KNOWN = 10_000

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Look:
    """What Discord said of somebody; no roles for one who is not on the server."""

    at: float
    roles: frozenset[str] | None


class Members:
    """Asks Discord who is there. What it does not tell stays as it was told last."""

    def __init__(
        self,
        rest: Rest,
        threads: LettingIn,
        memory: Memory,
        side: DeskSide,
        guild: Callable[[], Awaitable[str]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rest = rest
        self._threads = threads
        self._memory = memory
        self._side = side
        self._guild = guild
        self._monotonic = monotonic
        self._looks: OrderedDict[str, _Look] = OrderedDict()
        self._round: list[tuple[int, str]] = []
        self._round_from = float("-inf")

    async def keep(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(SWEPT_EVERY)
            await self.sweep()

    async def place(self, user: str) -> None:
        """See to it that the desk knows which queues somebody works at this moment."""
        if not await asyncio.to_thread(self._side.roles):
            named = await asyncio.to_thread(self._side.agents)
            if user not in named:
                return
        await self._place(user)

    async def _place(self, user: str) -> None:
        look = await self._look(user)
        if look is None:
            return
        queues = frozenset({OUTSIDE})
        if look.roles is not None:
            queues = queues_of(look.roles, await asyncio.to_thread(self._side.roles))
        visitor = Visitor(handle=f"{PLATFORM}:{user}", name="")
        await asyncio.to_thread(self._side.stand, visitor, queues)

    async def has_left(self, user: str) -> bool:
        """Tell whether somebody is not on the server; False while Discord does not tell."""
        look = await self._look(user)
        return look is not None and look.roles is None

    # --- requesters ---

    async def check(self, place: Place) -> None:
        """Raise PlaceGone where whoever a private thread is for has left the server.

        Who has come back, or left the thread alone, is let into it again: it is them we speak to.
        """
        user = await asyncio.to_thread(self._side.reader, place.place, place.thread)
        look = await self._look(user) if user else None
        if look is None:
            return
        mark = f"discord:gone:{place.thread}"
        was_gone = await asyncio.to_thread(self._memory.get, mark)
        if look.roles is None:
            await asyncio.to_thread(self._memory.set, mark, "yes")
            raise PlaceGone(said(UNKNOWN_MEMBER), place=place.thread, code=UNKNOWN_MEMBER)
        await self._threads.let_in(place.thread, user, is_back=bool(was_gone))
        if was_gone:
            await asyncio.to_thread(self._memory.set, mark, "")

    # --- those who do nothing ---

    async def sweep(self) -> None:
        """Ask about some of those who do nothing: agents, and requesters who wait."""
        try:
            if not self._round and self._monotonic() - self._round_from >= LISTED_EVERY:
                self._round_from = self._monotonic()
                agents = sorted(await asyncio.to_thread(self._side.agents))
                requesters = await asyncio.to_thread(self._side.requesters)
                self._round = [*((0, one) for one in agents), *requesters]
            some, self._round = self._round[:ASKED_AT_ONCE], self._round[ASKED_AT_ONCE:]
            for number, user in some:
                await (self._ask_after(number, user) if number else self._place(user))
        except (PlatformError, StoreUnavailable) as problem:
            logger.warning("it was not asked who is still in Discord: %s", problem)

    async def _ask_after(self, number: int, user: str) -> None:
        look = await self._look(user)
        if look is not None and look.roles is None:
            await asyncio.to_thread(self._side.left, number, said(UNKNOWN_MEMBER))

    # --- asking ---

    async def _look(self, user: str) -> _Look | None:
        """Return what Discord says of somebody, at most a minute old; None if it says nothing."""
        known = self._looks.get(user)
        if known is not None and self._monotonic() - known.at < LIVES:
            return known
        path = "/guilds/{guild_id}/members/{user_id}"
        try:
            guild = await self._guild()
            if not guild:
                return None
            told: Mapping[str, Any] = await self._rest.get(path, guild_id=guild, user_id=user)
        except PlatformError as problem:
            if code_of(problem) not in NO_MEMBER:
                logger.warning("Discord does not tell who somebody is: %s", problem)
                return None
            told = {}
        return self._know(user, told)

    def _know(self, user: str, told: Mapping[str, Any]) -> _Look:
        roles = frozenset(map(str, told.get("roles") or ())) if told else None
        look = _Look(self._monotonic(), roles)
        self._looks[user] = look
        self._looks.move_to_end(user)
        while len(self._looks) > KNOWN:
            self._looks.popitem(last=False)
        return look


def queues_of(
    roles: Iterable[str], known: Mapping[str, frozenset[QueueName]]
) -> frozenset[QueueName]:
    """Return which queues somebody with these roles works."""
    queues: frozenset[QueueName] = frozenset()
    for role in known.keys() & set(roles):
        queues |= known[role]
    return queues
