"""Looks for threads that may have been made already, where Discord's answer to that was lost."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from chatdesk.adapters.discord.rest import Rest
from chatdesk.adapters.discord.texts import Json

ADDED = 1
"""The kind of message in which Discord tells that somebody was let into a thread."""

LOOKED_AT = 10

FORUM = 15

NUMBER = re.compile(r"#\d+\b")
"""How a ticket is named in titles."""


class Searching:
    """Finds our own threads by the ticket's number with which their names begin."""

    def __init__(self, rest: Rest, look: Callable[[str], Awaitable[Json]]) -> None:
        """Search through this; `look` tells what a channel is."""
        self._rest = rest
        self._look = look

    async def named(self, parent: str, name: str) -> list[str]:
        """Return our threads of that ticket's number, newest first, archived ones included."""
        told = await self._look(parent)
        guild, kind = str(told["guild_id"]), "public" if told.get("type") == FORUM else "private"
        active = await self._rest.get("/guilds/{guild_id}/threads/active", guild_id=guild)
        path = f"/channels/{{channel_id}}/threads/archived/{kind}"
        archived = await self._rest.get(path, channel_id=parent)
        threads = [*(active.get("threads") or ()), *(archived.get("threads") or ())]
        ours = [one for one in threads if self._is_ours(one, parent, name)]
        return sorted((str(one["id"]) for one in ours), key=int, reverse=True)

    async def unused(self, parent: str, name: str, user: str) -> str:
        """Return our newest such thread into which nobody but one person was ever let.

        The number alone proves nothing: another desk of the same bot, or an earlier one, had a
        ticket of that number as well. In what was only just made nobody has spoken.
        """
        for thread in await self.named(parent, name):
            path = "/channels/{channel_id}/messages"
            said = await self._rest.get(path, {"limit": LOOKED_AT}, channel_id=thread)
            if len(said) < LOOKED_AT and _is_of_nobody_else(said, user):
                return thread
        return ""

    def _is_ours(self, thread: Mapping[str, Any], parent: str, name: str) -> bool:
        number = NUMBER.match(name)
        begun = number[0] if number else name
        theirs = str(thread.get("name") or "")
        is_it = theirs == begun or theirs.startswith(f"{begun} ")
        is_here = str(thread.get("parent_id")) == parent
        return is_it and is_here and str(thread.get("owner_id")) == self._rest.me


def _is_of_nobody_else(said: Sequence[Mapping[str, Any]], user: str) -> bool:
    let_in = {str(one["id"]) for told in said for one in told.get("mentions") or ()}
    return all(told.get("type") == ADDED for told in said) and let_in <= {user}
