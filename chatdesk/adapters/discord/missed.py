"""What was said in tickets' conversations while nobody listened, read from there afterwards.

Ids grow with time all over Discord, so that one of them says how far the desk has heard. What is
read twice is recognised by the desk.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from chatdesk.adapters.discord.aside import Aside
from chatdesk.adapters.discord.drafts import Memory
from chatdesk.adapters.discord.errors import UNKNOWN_CHANNEL, code_of
from chatdesk.adapters.discord.heard import DIRECT, Heard
from chatdesk.adapters.discord.rest import Rest
from chatdesk.mishaps import log_bug
from chatdesk.ports import PlatformError, StoreUnavailable

UNREAD = "discord:unread"
"""Begins the mark of a server's conversations that could not be read, each with the last heard."""

PAGE = 100

AGAIN_EVERY = 60.0
"""Seconds until a gap is looked at again that could not be read."""

Read = Callable[[Mapping[str, Any], str], Awaitable[None]]

logger = logging.getLogger(__name__)


class Missed:
    """Remembers what was heard, and reads what was not. `places` are where conversations are."""

    def __init__(
        self,
        rest: Rest,
        memory: Memory,
        guild: Callable[[], Awaitable[str]],
        places: Callable[[], frozenset[str]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rest = rest
        self._memory = memory
        self._guild = guild
        self._places = places
        self._heard = Heard(memory, monotonic)
        self._lock = asyncio.Lock()
        self._has_unread = False
        self._is_anew = False
        self._asked_for = 0
        self._read_for = 0
        self._unfollowed: set[str] = set()
        self.look_again: Callable[[str], Awaitable[None]] | None = None
        """Follows the edits and deletions in a conversation of which nobody told."""

    def seen(
        self, server: str, message: int, work: Callable[[], Awaitable[None]]
    ) -> Awaitable[None]:
        """Return the work of a message of a server, which is in work from this call on."""
        self._heard.begins(server, message)
        return self._hear(server, message, work)

    async def _hear(self, server: str, message: int, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work of a message, then note that it was heard; it is read again if it failed."""
        try:
            await work()
        except (PlatformError, StoreUnavailable) as problem:
            logger.warning("a message in Discord is read again later: %s", type(problem).__name__)
            self._heard.fails(server, message)
            self._asked_for += 1
            return
        except Exception as error:  # noqa: BLE001 - read again it would go wrong again
            log_bug("hearing somebody in Discord", error)
        self._heard.ends(server, message)
        # A gap before it is known by the last one noted, until it has been read.
        if self._read_for == self._asked_for:
            await self._heard.note_now_and_then(server)

    async def note(self) -> None:
        """Note how far everything was heard, at the end."""
        try:
            if self._read_for == self._asked_for:
                await self._heard.note_all()
        except StoreUnavailable:
            logger.warning("it was not noted what was heard in Discord: the store does not answer")

    async def keep(self, read: Read) -> None:
        """Read again, until cancelled, what could not be read when it was time to."""
        while True:
            await asyncio.sleep(AGAIN_EVERY)
            try:
                await self._again(read)
            except (PlatformError, StoreUnavailable) as problem:
                logger.warning("what was missed in Discord is still unread: %s", problem)
            except Exception as error:  # noqa: BLE001 - it is tried again, whatever went wrong
                log_bug("reading what was missed in Discord", error)

    async def _again(self, read: Read) -> None:
        if self._lock.locked():
            return
        if self._read_for < self._asked_for:
            await self.read_up(read)
            return
        await self._heard.note_all()
        async with self._lock:
            if self._has_unread:
                await self._read_these({}, await self._guild(), read)
            await self._follow_changes()

    async def read_up(self, read: Read, *, is_anew: bool = True) -> None:
        """Read every message since the last one heard, oldest first in each conversation.

        `is_anew` is whether a session has begun, which is told nothing of what was before.
        """
        self._asked_for += 1
        self._is_anew = self._is_anew or is_anew
        async with self._lock:
            reading_for = self._asked_for
            if self._read_for == reading_for:
                return  # another one read it meanwhile
            failed = self._heard.failed()
            try:
                server = await self._guild()
                since = await self._since(server)
                await self._read_these(since, server, read)
                await self._follow_changes()
            except (PlatformError, StoreUnavailable) as problem:
                logger.warning("what was missed in Discord could not be read: %s", problem)
                return
            self._heard.forgive(failed)
            self._is_anew = False
            self._read_for = reading_for
            await self._heard.note_all()

    # --- what there is to read ---

    async def _since(self, server: str) -> dict[str, str]:
        """Return the conversations in which something may have been said, with the last heard."""
        heard = await self._heard.upto(server)
        if not heard:
            return {}  # a desk that was never here has missed nothing
        told = await self._rest.get("/guilds/{guild_id}/threads/active", guild_id=server)
        places = self._places()
        ours = [one for one in told.get("threads") or () if str(one.get("parent_id")) in places]
        found = {
            str(one["id"]): heard
            for one in ours
            if int(one.get("last_message_id") or 0) > int(heard)
        }
        directly = await self._heard.upto(DIRECT) or heard
        aside = Aside(self._memory)
        # A session that goes on is told everything: to ask everybody costs a call for each.
        directs = await (aside.all_directs() if self._is_anew else aside.directs())
        if self._is_anew:
            self._unfollowed |= {str(one["id"]) for one in ours} | set(directs)
        return found | dict.fromkeys(directs, directly)

    # --- what was changed ---

    async def _follow_changes(self) -> None:
        """Follow edits and deletions after a session has begun anew; what fails is tried again."""
        for conversation in sorted(self._unfollowed):
            if self.look_again is None or await self._could(self.look_again(conversation)):
                self._unfollowed.discard(conversation)

    # --- reading ---

    async def _read_these(self, unread: Mapping[str, str], server: str, read: Read) -> None:
        """Read conversations, and those left unread before; what fails keeps no other waiting."""
        mark = f"{UNREAD}:{server}"
        before = await asyncio.to_thread(self._memory.get, mark) or "{}"
        left: dict[str, str] = {**unread, **json.loads(before)}
        for conversation, heard in list(left.items()):
            if await self._could_read(conversation, heard, read):
                del left[conversation]
        self._has_unread = bool(left)
        now = json.dumps(left, sort_keys=True)
        if now != before:
            await asyncio.to_thread(self._memory.set, mark, now)

    async def _could_read(self, conversation: str, heard: str, read: Read) -> bool:
        """Read what was said in one conversation."""
        return await self._could(self._read_thread(conversation, heard, read))

    @staticmethod
    async def _could(reading: Awaitable[None]) -> bool:
        """Read one conversation; False if it is to be tried again. StoreUnavailable ends all."""
        try:
            await reading
        except StoreUnavailable:
            raise
        except PlatformError as problem:
            logger.warning("a conversation in Discord could not be read: %s", problem)
            return code_of(problem) == UNKNOWN_CHANNEL  # where nothing is, nothing is missed
        except Exception as error:  # noqa: BLE001 - the others are read all the same
            log_bug("reading a conversation in Discord", error)
            return False
        return True

    async def _read_thread(self, thread: str, after: str, read: Read) -> None:
        while True:
            page = await self._rest.get(
                "/channels/{channel_id}/messages",
                {"after": after, "limit": PAGE},
                channel_id=thread,
            )
            for message in sorted(page, key=lambda one: int(one["id"])):
                if not self._heard.knows(int(message["id"])):
                    await _once(read, message, thread)
            if len(page) < PAGE:
                return
            after = max((str(one["id"]) for one in page), key=int)


async def _once(read: Read, message: Mapping[str, Any], thread: str) -> None:
    """Read a message; one that meets a bug would meet it again, and those behind it wait."""
    try:
        await read(message, thread)
    except (PlatformError, StoreUnavailable):
        raise
    except Exception as error:  # noqa: BLE001 - the log knows it, and the next one is read
        log_bug("reading what somebody said in Discord", error)
