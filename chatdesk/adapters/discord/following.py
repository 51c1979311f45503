"""The rest of a card that fills several messages: kept together with the first of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from chatdesk.adapters.discord.drafts import Memory
from chatdesk.adapters.discord.errors import UNKNOWN_MESSAGE, code_of
from chatdesk.adapters.discord.marks import nonce_of, number_in, number_of, numbered
from chatdesk.adapters.discord.posting import Posting
from chatdesk.adapters.discord.texts import Json
from chatdesk.ports import PlatformRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The messages that belong to a first one, and how often there became fewer of them."""

    messages: tuple[str, ...] = ()
    times_shrunk: int = 0


class Following:
    """Lets messages follow a first one, as many as its card needs at a time."""

    def __init__(self, posting: Posting, memory: Memory) -> None:
        """Post through this; what belongs together outlives a restart in `memory`."""
        self._posting = posting
        self._memory = memory

    async def follow(self, channel: str, root: str, message: str, rest: list[Json]) -> None:
        """Let exactly these messages belong to the first one."""
        known = await self.remembered(message) or Known()
        found = dict(enumerate(known.messages))
        if rest and len(found) < len(rest):
            found |= await self._rest_seen(channel, message, len(rest))
        shown = []
        for index, part in enumerate(rest):
            key = f"rest:{message}:{index}"
            body = numbered(part, number_of(key))
            is_there = index in found and await self._changed(channel, found[index], body)
            if not is_there:
                # With the nonce of one that was taken back Discord would show nothing.
                nonce = nonce_of(key, known.times_shrunk)
                found[index] = await self._posting.send(channel, body, nonce, root=root)
            shown.append(found[index])
        # The last one first: where this breaks off, what is left goes on in its order.
        surplus = sorted(set(found) - set(range(len(rest))), reverse=True)
        for index in surplus:
            await self._posting.remove(channel, found[index])
        times = known.times_shrunk + (1 if surplus else 0)
        await self._remember(message, Known(messages=tuple(shown), times_shrunk=times))

    async def _changed(self, channel: str, message: str, body: Json) -> bool:
        """Replace a part; False if somebody deleted it."""
        try:
            await self._posting.change(channel, message, body)
        except PlatformRefused as refused:
            if code_of(refused) != UNKNOWN_MESSAGE:
                raise
            return False
        return True

    async def _rest_seen(self, channel: str, message: str, most: int) -> dict[int, str]:
        numbers = {number_of(f"rest:{message}:{index}"): index for index in range(most)}
        seen = {}
        async for found in self._posting.ours(channel):
            if number_in(found) in numbers:
                seen[numbers[number_in(found)]] = str(found["id"])
        return seen

    async def remembered(self, message: str) -> Known | None:
        """Return what belongs to a message; None for one to which nothing ever did."""
        text = await asyncio.to_thread(self._memory.get, f"discord:rest:{message}")
        if text is None:
            return None
        times, *messages = text.split()
        return Known(messages=tuple(messages), times_shrunk=int(times))

    async def _remember(self, message: str, rest: Known) -> None:
        text = " ".join((str(rest.times_shrunk), *rest.messages))
        await asyncio.to_thread(self._memory.set, f"discord:rest:{message}", text)
