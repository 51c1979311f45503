"""How far the desk has heard on each server, and what it has in work at this moment.

The mark of a server never passes a message that is in work, or failed: whoever starts after a
sudden end reads everything behind it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable

from chatdesk.adapters.discord.drafts import Memory

MARK = "discord:heard"
DIRECT = ""
"""Stands for the server of direct messages, which are on none."""

NOTED_EVERY = 5.0
"""Seconds between two writes of a server's mark: most of what is said is nobody's ticket."""

KNOWN = 10_000
"""Messages that are known to have been heard, so that a gap around them is no reason to ask."""

Message = tuple[str, int]


class Heard:
    """Counts messages in and out. Several sessions hear; one says nothing of the others' gaps."""

    def __init__(self, memory: Memory, monotonic: Callable[[], float]) -> None:
        """Keep marks there."""
        self._memory = memory
        self._monotonic = monotonic
        self._open: dict[str, set[int]] = {}
        self._failed: set[Message] = set()
        self._newest: dict[str, int] = {}
        self._noted_at: dict[str, float] = {}
        self._known: OrderedDict[int, None] = OrderedDict()

    # --- messages ---

    def begins(self, server: str, message: int) -> None:
        """Count a message as in work."""
        self._open.setdefault(server, set()).add(message)

    def ends(self, server: str, message: int) -> None:
        """Count a message as heard."""
        self._open.get(server, set()).discard(message)
        self._newest[server] = max(message, self._newest.get(server, 0))
        self._known[message] = None
        while len(self._known) > KNOWN:
            self._known.popitem(last=False)

    def fails(self, server: str, message: int) -> None:
        """Keep a message open that has to be read again."""
        self._failed.add((server, message))

    def failed(self) -> frozenset[Message]:
        """Return what is to be read again."""
        return frozenset(self._failed)

    def forgive(self, messages: Iterable[Message]) -> None:
        """Count messages that failed as heard: they were read again, or are nobody's ticket."""
        for server, message in messages:
            self._failed.discard((server, message))
            self.ends(server, message)

    def knows(self, message: int) -> bool:
        """Tell whether a message was heard since this process began, or is in work."""
        if message in self._known:
            return True
        return any(
            message in messages and (server, message) not in self._failed
            for server, messages in self._open.items()
        )

    # --- marks ---

    async def upto(self, server: str) -> str:
        """Return the newest message up to which everything was heard; empty before the first."""
        noted = await asyncio.to_thread(self._memory.get, f"{MARK}:{server}")
        in_work = self._open.get(server)
        return noted or (str(min(in_work) - 1) if in_work else "")

    async def note_now_and_then(self, server: str) -> None:
        """Note how far a server was heard, unless that was done seconds ago."""
        now = self._monotonic()
        if now - self._noted_at.get(server, float("-inf")) >= NOTED_EVERY:
            self._noted_at[server] = now
            await self._note(server)

    async def note_all(self) -> None:
        """Note how far everything was heard."""
        for server in list(self._newest):
            await self._note(server)

    async def _note(self, server: str) -> None:
        newest = self._newest.get(server, 0)
        in_work = self._open.get(server)
        upto = min(newest, min(in_work) - 1) if in_work else newest
        await asyncio.to_thread(self._set, f"{MARK}:{server}", upto)

    def _set(self, mark: str, upto: int) -> None:
        if upto > int(self._memory.get(mark) or 0):
            self._memory.set(mark, str(upto))
