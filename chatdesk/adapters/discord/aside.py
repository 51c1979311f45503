"""Conversations that have no thread of their own, because their server holds no more of them.

A requester's goes on in their direct messages, an agents' one in a post that all tickets of a forum
share. There the first message of a conversation stands for its thread; every further one answers
it, and who answers one of them is heard in that conversation.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from chatdesk.adapters.discord.drafts import Memory

KNOWN = 10_000
"""Conversations whose channels are kept in mind."""

LONGEST_CHAIN = 20
"""How often the first message of one conversation may have been sent anew."""

DIRECT_OF = "discord:direct:"
"""Begins the mark of somebody's direct messages, which goes on with their id."""

_INSTEAD = "@"
"""Begins, in the place of a thread's id, that of the direct messages used instead."""


class Aside:
    """Remembers, beyond a restart, what belongs to which of these conversations."""

    def __init__(self, memory: Memory) -> None:
        """Keep it there."""
        self._memory = memory
        self._channels: OrderedDict[str, str] = OrderedDict()
        self._met: set[str] = set()

    # --- messages ---

    async def channel_of(self, thread: str) -> str:
        """Return the shared post in which a conversation is; empty for a thread of its own."""
        if thread not in self._channels:
            self._know(thread, await self._get(f"discord:aside:{thread}"))
        return self._channels[thread]

    async def begins(self, message: str, channel: str) -> None:
        """Note that a conversation begins with a message in a shared post."""
        await self._set(f"discord:aside:{message}", channel)
        self._know(message, channel)

    def _know(self, thread: str, channel: str) -> None:
        self._channels[thread] = channel
        while len(self._channels) > KNOWN:
            self._channels.popitem(last=False)

    async def belongs(self, message: str, root: str) -> None:
        """Note to which first message one belongs; a first one that is gone, to the new one."""
        if message != root:
            await self._set(f"discord:root:{message}", root)

    async def root_of(self, message: str) -> str:
        """Return the first message of the conversation that a message belongs to; empty if none."""
        found, root = "", await self._get(f"discord:root:{message}")
        for _ in range(LONGEST_CHAIN):
            if not root:
                break
            found, root = root, await self._get(f"discord:root:{root}")
        return found

    # --- the post that tickets of a forum share ---

    async def shared(self, forum: str) -> str:
        """Return a forum's shared post; empty before there is one."""
        return await self._get(f"discord:shared:{forum}")

    async def share(self, forum: str, post: str) -> None:
        """Note a forum's shared post; empty once it is gone."""
        await self._set(f"discord:shared:{forum}", post)

    # --- direct messages ---

    async def instead(self, lane: str) -> str:
        """Return the direct messages that a lane goes on in; empty if none, or if they are shut."""
        kept = await self._get(f"discord:thread:{lane}")
        direct = kept.removeprefix(_INSTEAD) if is_instead(kept) else ""
        return "" if direct and await self._get(f"discord:shut:{direct}") else direct

    async def go_on(self, lane: str, direct: str) -> None:
        """Let a lane go on in direct messages."""
        await self._set(f"discord:shut:{direct}", "")
        await self._add(lanes_mark(direct), lane)
        await self._add("discord:asides", direct)
        await self._set(f"discord:thread:{lane}", f"{_INSTEAD}{direct}")

    async def shut(self, direct: str) -> None:
        """Note that direct messages are refused, so that a thread is tried again instead."""
        if direct in await self.directs():
            await self._set(f"discord:shut:{direct}", "yes")

    async def directs(self) -> list[str]:
        """Return all direct messages that conversations have gone on in."""
        return (await self._get("discord:asides")).split()

    async def meet(self, user: str, direct: str) -> None:
        """Note whose direct messages these are: what is said there while nobody hears is read."""
        mark = f"{DIRECT_OF}{user}"
        if direct not in self._met and not await self._get(mark):
            await self._set(mark, direct)
        self._met.add(direct)

    async def all_directs(self) -> list[str]:
        """Return all direct messages that were ever opened or heard."""
        known = await asyncio.to_thread(self._memory.beginning, DIRECT_OF)
        return list(dict.fromkeys((*await self.directs(), *filter(None, known.values()))))

    async def _add(self, name: str, one: str) -> None:
        await asyncio.to_thread(self._memory.add, name, one)

    async def _get(self, name: str) -> str:
        return await asyncio.to_thread(self._memory.get, name) or ""

    async def _set(self, name: str, value: str) -> None:
        await asyncio.to_thread(self._memory.set, name, value)


def is_instead(kept: str) -> bool:
    """Tell whether what is kept in the place of a thread's id are direct messages."""
    return kept.startswith(_INSTEAD)


def lanes_mark(direct: str) -> str:
    """Return the mark that names the lanes which have gone on in direct messages."""
    return f"discord:asides:{direct}"
