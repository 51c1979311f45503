"""Tells the desk what somebody in Slack did, once for each key."""

from __future__ import annotations

import asyncio
import inspect
import logging
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from chatdesk.adapters.http.copies import FileSide
from chatdesk.adapters.slack.members import Members, Roster, Stand
from chatdesk.adapters.slack.modal import PLATFORM
from chatdesk.adapters.slack.people import SlackPeople
from chatdesk.adapters.slack.places import PlaceSide
from chatdesk.adapters.slack.spots import SignSide
from chatdesk.ports import StoreUnavailable
from chatdesk.ui.exchange import Answer, Done, Edited, Interaction, Removed, Said, Visitor

SETTLES_WITHIN = 5.0
"""Seconds a shutdown waits for what follows behind; what was acknowledged is kept anyway."""

KEYS_KEPT = 10_000

NOT_SAVED = inspect.cleandoc(StoreUnavailable.__doc__ or "")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSide:
    """The desk's side of the door. All of it blocks; each call runs in a thread.

    `introduce` lets the desk know somebody who was named; `concerns` tells whether words in a
    place and thread belong to a conversation of the desk. `roster` says who may be an agent, and
    `stand` is told who is one. `say` gives the text of a key in a language, and does not block.
    `listen` has its argument called, on any thread, after something was committed, until what it
    returned is called.
    """

    receive: Callable[[Interaction], Answer]
    introduce: Callable[[Visitor], object]
    concerns: Callable[[str, str], bool]
    roster: Callable[[], Roster]
    stand: Stand
    signs: SignSide
    files: FileSide
    places: PlaceSide
    listen: Callable[[Callable[[], None]], Callable[[], None]]
    say: Callable[[str, str], str]


class Telling:
    """Makes interactions and hands them to the desk."""

    def __init__(self, desk: DeskSide, people: SlackPeople, members: Members) -> None:
        self.desk = desk
        self.people = people
        self.members = members
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._done: OrderedDict[str, None] = OrderedDict()
        self._behind: set[asyncio.Task[None]] = set()

    async def tell(self, key: str, user: str, place: str, thread: str, done: Done) -> Answer:
        """Tell the desk. What bots and people who have left do is answered with nothing.

        Raises StoreUnavailable when nothing could be saved.
        """
        visitor = await self.people.visitor(user)
        if visitor is None:
            return Answer()
        await self.members.place(user, visitor)
        is_said = isinstance(done, Said | Edited | Removed)
        interaction = Interaction(
            key=key,
            platform=PLATFORM,
            by=visitor,
            place=place,
            thread=thread,
            # Of others' direct messages the desk hears nothing that is said.
            is_direct=place.startswith("D")
            if is_said
            else await self.people.is_direct_with(user, place),
            done=done,
        )
        return await asyncio.to_thread(self.desk.receive, interaction)

    def say(self, key: str, user: str) -> str:
        """Return a text of the desk's in somebody's language, as far as it is known by now."""
        return self.desk.say(key, self.people.locale_of(user))

    async def introduce(self, users: Iterable[str]) -> None:
        """Let the desk know people who were named, so that it finds them by their handles."""
        for user in users:
            visitor = await self.people.visitor(user)
            if visitor is not None:
                await asyncio.to_thread(self.desk.introduce, visitor)

    async def once(self, key: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do work, or wait for the same that is under way; nothing if it was done just now.

        One message can arrive as several events, at the same time and again later. What was not
        done here is recognised by the desk itself.
        """
        if key in self._done:
            return
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.create_task(work(), name=f"slack {key}")
            self._under_way[key] = task
            task.add_done_callback(lambda ended: self._ended(key, ended))
        await asyncio.shield(task)

    def _ended(self, key: str, task: asyncio.Task[None]) -> None:
        self._under_way.pop(key, None)
        if task.cancelled() or task.exception() is not None:
            return
        self._done[key] = None
        while len(self._done) > KEYS_KEPT:
            self._done.popitem(last=False)

    def behind(self, work: Awaitable[None]) -> None:
        """Let work follow behind the acknowledgement."""
        task = asyncio.create_task(_logged(work))
        self._behind.add(task)
        task.add_done_callback(self._behind.discard)

    async def settle(self) -> None:
        """Wait until nothing follows behind any more."""
        while self._behind or self._under_way:
            waiting = [*self._behind, *self._under_way.values()]
            await asyncio.gather(*waiting, return_exceptions=True)
        await self.members.settle()

    async def end(self) -> None:
        """Settle within a shutdown's time; what is not done then is taken up by the next start."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLES_WITHIN):
                await self.settle()
        for task in self._behind:
            task.cancel()


async def _logged(work: Awaitable[None]) -> None:
    try:
        await work
    except StoreUnavailable:
        logger.warning("an answer was not given: the store does not answer")
    except Exception:
        logger.exception("an answer was not given")


def bug(error: Exception) -> str:
    """Log a failure and return what the person is told, with a reference to the log."""
    reference = secrets.token_hex(4)
    logger.error("an interaction failed, reference %s", reference, exc_info=error)
    return f"Something went wrong on our side (reference {reference}); try again."
