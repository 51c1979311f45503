"""Who works which queue, by what Slack says: members of private home channels and of user groups.

The desk reads only its store. This is what keeps the store as Slack is: before anything somebody
does is decided, what is older than a minute is asked for again; coming and going is heard at once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from slack_sdk.web.async_client import AsyncWebClient

from chatdesk.adapters.slack.errors import calling
from chatdesk.adapters.slack.modal import PLATFORM
from chatdesk.adapters.slack.people import SlackPeople
from chatdesk.lifecycle.permissions import OUTSIDE
from chatdesk.lifecycle.ticket import QueueName
from chatdesk.ui.exchange import Visitor

LIVES = 60.0
"""Seconds after which a list of members is asked for again."""

KIND_LIVES = 600.0
"""Seconds after which it is asked again whether a channel is private."""

SEEN_LIVES = 3600.0
"""Seconds after which agents are looked up again who have done nothing: they may be gone."""

ASKS_WITHIN = 1.0
"""Seconds that somebody waits for the lists; after that what is known counts, until it is there."""

PAGE = 200

GROUP = "S"
"""Begins the id of a user group."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """What the policy says: which lists make agents of which queues, and whom it names itself.

    A list is a home channel or a user group, by its id.
    """

    queues: Mapping[str, frozenset[QueueName]] = field(default_factory=dict)
    named: frozenset[str] = frozenset()


Stand = Callable[[Visitor, frozenset[QueueName]], object]
"""Note which queues somebody works by what Slack says; see `chatdesk.reception`. Blocks."""


@dataclass(slots=True)
class _List:
    people: frozenset[str] = frozenset()
    asked_at: float = float("-inf")
    is_private: bool = False
    kind_asked_at: float = float("-inf")


class Members:
    """Keeps the store as Slack is."""

    def __init__(
        self,
        client: AsyncWebClient,
        people: SlackPeople,
        roster: Callable[[], Roster],
        stand: Stand,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._people = people
        self._roster = roster
        self._stand = stand
        self._monotonic = monotonic
        self._lists: dict[str, _List] = {}
        self._stood: dict[str, tuple[float, frozenset[QueueName]]] = {}
        self._asking: asyncio.Task[None] | None = None
        self._placing: asyncio.Task[None] | None = None

    async def place(self, user: str, visitor: Visitor) -> None:
        """See to it that the store knows which queues somebody works at this moment."""
        if not self._people.is_known(user):
            return  # while Slack does not tell, what it told last counts
        await self._refreshed()
        queues = self._queues_of(user)
        if self._people.is_outsider(user):
            queues = frozenset({OUTSIDE})
        known = self._stood.get(user)
        self._stood[user] = (self._monotonic(), queues)
        if known is None or known[1] != queues:
            try:
                await asyncio.to_thread(self._stand, visitor, queues)
            except BaseException:
                self._stood.pop(user, None)
                raise

    async def came_or_went(self, user: str, channel: str, *, is_in: bool) -> None:
        """Take somebody's coming into a channel, or leaving it, into account at once."""
        found = self._lists.get(channel)
        if channel not in self._roster().queues:
            return
        if found is not None:
            found.people = found.people | {user} if is_in else found.people - {user}
        await self._place_again(user)

    async def settle(self) -> None:
        """Wait until everybody has their place."""
        for task in (self._asking, self._placing):
            if task is not None:
                await asyncio.gather(task, return_exceptions=True)

    # --- the lists ---

    async def _refreshed(self) -> None:
        """Ask for the lists that are too old; whoever comes meanwhile waits for the same answer."""
        wanted = self._roster().queues
        now = self._monotonic()
        is_fresh = all(now - self._list(name).asked_at < LIVES for name in wanted)
        if is_fresh:
            return
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask(wanted), name="slack members")
        await asyncio.wait({self._asking}, timeout=ASKS_WITHIN)

    def _list(self, name: str) -> _List:
        return self._lists.setdefault(name, _List())

    async def _ask(self, wanted: Iterable[str]) -> None:
        now = self._monotonic()
        stale = [name for name in wanted if now - self._list(name).asked_at >= LIVES]
        for name, answer in zip(
            stale,
            await asyncio.gather(*map(self._fetch, stale), return_exceptions=True),
            strict=True,
        ):
            found = self._list(name)
            found.asked_at = now  # also of what Slack did not tell: what it told last counts
            if isinstance(answer, frozenset):
                found.people = answer
            else:
                logger.warning("Slack does not tell who is in %s: %s", name, answer)
        if self._placing is None or self._placing.done():
            self._placing = asyncio.create_task(self._place_everybody(), name="slack agents")

    async def _fetch(self, name: str) -> frozenset[str]:
        if name.startswith(GROUP):
            told = await calling(self._client.usergroups_users_list(usergroup=name))
            return frozenset(map(str, told.get("users") or ()))
        return await self._in_channel(name) if await self._is_private(name) else frozenset()

    async def _is_private(self, channel: str) -> bool:
        """Anybody can join a public channel: being there makes nobody an agent."""
        found = self._list(channel)
        if self._monotonic() - found.kind_asked_at >= KIND_LIVES:
            told = await calling(self._client.conversations_info(channel=channel))
            found.is_private = bool((told.get("channel") or {}).get("is_private"))
            found.kind_asked_at = self._monotonic()
        return found.is_private

    async def _in_channel(self, channel: str) -> frozenset[str]:
        people: set[str] = set()
        cursor = ""
        while True:
            told = await calling(
                self._client.conversations_members(channel=channel, limit=PAGE, cursor=cursor)
            )
            people.update(map(str, told.get("members") or ()))
            cursor = str((told.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return frozenset(people)

    def _queues_of(self, user: str) -> frozenset[QueueName]:
        queues: frozenset[QueueName] = frozenset()
        for name, of_it in self._roster().queues.items():
            if user in self._list(name).people:
                queues |= of_it
        return queues

    # --- those who do nothing themselves ---

    async def _place_everybody(self) -> None:
        """Place those who came or went since, so that work is given to those who are there."""
        roster, now = self._roster(), self._monotonic()
        listed = {user for name in roster.queues for user in self._list(name).people}
        placed = {user for user, (_, queues) in self._stood.items() if queues - {OUTSIDE}}
        for user in sorted(listed | roster.named | placed):
            known = self._stood.get(user)
            is_news = known is None or known[1] - {OUTSIDE} != self._queues_of(user)
            is_outside = known is not None and OUTSIDE in known[1]
            is_old = known is None or now - known[0] >= SEEN_LIVES
            concerns_us = user in listed or user in roster.named
            if (is_news and not is_outside) or (is_old and concerns_us):
                await self._place_again(user)

    async def _place_again(self, user: str) -> None:
        visitor = await self._people.visitor(user)
        is_bot = visitor is None and not self._people.is_gone(user)
        if is_bot or not self._people.is_known(user):
            return
        handle = f"{PLATFORM}:{user}"
        queues = self._queues_of(user)
        if visitor is None or self._people.is_outsider(user):
            queues = frozenset({OUTSIDE})
        self._stood[user] = (self._monotonic(), queues)
        await asyncio.to_thread(self._stand, visitor or Visitor(handle=handle, name=""), queues)
