"""Tells the desk what somebody in Discord did, once for each key."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from chatdesk.adapters.discord.modal import PLATFORM
from chatdesk.lifecycle.ticket import QueueName
from chatdesk.mishaps import log_bug
from chatdesk.ports import StoreUnavailable
from chatdesk.ui.cards import Card, Line, Tone
from chatdesk.ui.exchange import Answer, Done, Interaction, Visitor

ANSWERS_WITHIN = 2.0
"""Seconds that a first response waits for the desk; Discord gives up after three."""

NOT_SAVED = inspect.cleandoc(StoreUnavailable.__doc__ or "")

logger = logging.getLogger(__name__)


class Say(Protocol):
    """Returns a text in a language, perhaps about the ticket of a number."""

    def __call__(self, key: str, locale: str, *, number: int = 0) -> str:
        """Return the text of that key; the desk's own language stands for one not known."""


class NoteReads(Protocol):
    """Notes whether words are read that mention nobody."""

    def __call__(self, *, plain_words: bool) -> None:
        """Note it for all cards to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSide:
    """The desk's side of the door. All of it blocks; each call runs in a thread.

    `introduce` lets the desk know somebody who was named; `stand` notes which queues they work by
    their roles, which `roles` maps to queues; `concerns` tells whether a place and thread are a
    conversation of the desk, `author` whose words a message there is, and `said` all messages
    there whose words the desk has, with these words; `complete` offers values
    for an option; `say` returns a text; `content` is what is in a kept file, None for
    one that is gone; `named` are the ids of people whom the policy names; `aside` are the first
    messages of unclosed tickets' conversations in somebody's direct messages. `agents` are the
    ids of all who work a queue or are named, `requesters` the numbers and requesters of unsolved
    tickets that are here, `reader` whose conversation with the desk a place and thread are (empty
    for any other); `left` tells a ticket's agents that its requester has left, and why,
    once; `reads` notes whether words are read that mention nobody.
    """

    receive: Callable[[Interaction], Answer]
    introduce: Callable[[Visitor], object]
    stand: Callable[[Visitor, frozenset[QueueName]], object]
    roles: Callable[[], Mapping[str, frozenset[QueueName]]]
    concerns: Callable[[str, str], bool]
    author: Callable[[str, str, str], Visitor | None]
    said: Callable[[str, str], Mapping[str, str]]
    complete: Callable[[str, str, str, str], list[tuple[str, str]]]
    say: Say
    content: Callable[[str], bytes | None]
    stayed: Callable[[str], None]
    named: Callable[[], frozenset[str]]
    aside: Callable[[str], tuple[str, ...]]
    agents: Callable[[], frozenset[str]]
    requesters: Callable[[], tuple[tuple[int, str], ...]]
    reader: Callable[[str, str], str]
    left: Callable[[int, str], None]
    reads: NoteReads


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Who did something, and where; `roles` are None where Discord does not tell them.

    `guild` is the server it was done in, empty where that is none, or one of the desk's for sure.
    """

    by: Visitor
    channel: str
    place: str
    thread: str = ""
    is_direct: bool = False
    guild: str = ""
    roles: frozenset[str] | None = None

    @property
    def user(self) -> str:
        """The person's id in Discord."""
        return self.by.handle.partition(":")[2]


class Telling:
    """Makes interactions and hands them to the desk."""

    def __init__(self, desk: DeskSide) -> None:
        self.desk = desk
        self.place: Callable[[str], Awaitable[None]] | None = None
        """Finds out which queues somebody works whose roles Discord does not tell."""
        self.against: Callable[[Spot], Awaitable[str]] | None = None
        """Finds out whether somebody is none whom the desk is for, and why; empty if they are."""
        self._behind: set[asyncio.Task[None]] = set()

    async def tell(self, key: str, spot: Spot, done: Done) -> Answer:
        """Tell the desk. Raises StoreUnavailable when nothing could be saved."""
        refusal = await self.refusal(spot)
        if refusal is not None:
            return refusal
        await self._place(spot)
        interaction = Interaction(
            key=f"{PLATFORM}:{key}",
            platform=PLATFORM,
            by=spot.by,
            place=spot.place,
            thread=spot.thread,
            done=done,
        )
        return await asyncio.to_thread(self.desk.receive, interaction)

    async def refusal(self, spot: Spot) -> Answer | None:
        """Return what somebody is told whom the desk is not for, None for everybody else."""
        why = await self.against(spot) if self.against is not None else ""
        if not why:
            return None
        text = self.desk.say(f"discord.elsewhere.{why}", spot.by.locale)
        return Answer(card=sentence(text), is_refusal=True)

    async def guarded(self, key: str, spot: Spot, done: Done) -> Answer:
        """Tell the desk; a failure is an answer in words, for nobody delivers it again."""
        return await guarded(self.tell(key, spot, done))

    async def introduce(self, *people: Visitor) -> None:
        """Let the desk know people who were named, so that it finds them by their handles."""
        for person in people:
            await asyncio.to_thread(self.desk.introduce, person)

    async def completions(
        self, spot: Spot, verb: str, option: str, begun: str
    ) -> list[tuple[str, str]]:
        """Return what an option can be, as (label, value); nothing while the store is away."""
        try:
            if await self.refusal(spot) is not None:
                return []
            await self.introduce(spot.by)
            by = spot.by.handle
            return await asyncio.to_thread(self.desk.complete, by, verb, option, begun)
        except StoreUnavailable:
            return []

    async def _place(self, spot: Spot) -> None:
        """Let the desk know which queues somebody works by the roles they have at this moment."""
        if spot.roles is None:
            if self.place is not None:
                await self.place(spot.user)
            return
        known = self.desk.roles()
        # Where no role means anything any more, who stood somewhere by one does so no longer.
        if not known and spot.user not in await asyncio.to_thread(self.desk.agents):
            return
        queues: frozenset[QueueName] = frozenset()
        for role in spot.roles & known.keys():
            queues |= known[role]
        await asyncio.to_thread(self.desk.stand, spot.by, queues)

    def behind(self, work: Awaitable[None]) -> None:
        """Let work follow behind what Discord was answered."""
        task = asyncio.ensure_future(_logged(work))
        self._behind.add(task)
        task.add_done_callback(self._behind.discard)

    async def settle(self) -> None:
        """Wait until nothing follows behind any more."""
        while self._behind:
            await asyncio.gather(*self._behind, return_exceptions=True)


async def guarded(work: Awaitable[Answer]) -> Answer:
    """Let a failure be an answer in words."""
    try:
        return await excused(work)
    except StoreUnavailable:
        return Answer(card=sentence(NOT_SAVED), is_refusal=True)


async def excused(work: Awaitable[Answer]) -> Answer:
    """Let a bug be an answer in words; StoreUnavailable is raised, for it passes."""
    try:
        return await work
    except StoreUnavailable:
        raise
    except Exception as error:  # noqa: BLE001 - the person is told, with a reference to the log
        reference = log_bug("receiving somebody from Discord", error)
        text = f"Something went wrong on our side (reference {reference}); try again."
        return Answer(card=sentence(text), is_refusal=True)


async def _logged(work: Awaitable[None]) -> None:
    try:
        await work
    except StoreUnavailable:
        logger.warning("an answer was not given: the store does not answer")
    except Exception as error:  # noqa: BLE001 - nobody waits for it any more
        log_bug("answering somebody in Discord", error)


def sentence(text: str) -> Card:
    """Return a card of one sentence that must be seen."""
    return Card(fallback=text, elements=(Line(text=text, tone=Tone.WARNING),))
