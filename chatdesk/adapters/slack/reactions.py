"""Reactions: one makes a ticket of a message, and one shows there how far the ticket is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from chatdesk.adapters.slack.answering import Answering, Whisper
from chatdesk.adapters.slack.errors import calling
from chatdesk.adapters.slack.memory import Memory
from chatdesk.adapters.slack.modal import Origin
from chatdesk.adapters.slack.pointing import Pointing
from chatdesk.adapters.slack.spots import SignSide, Spot
from chatdesk.adapters.slack.telling import Telling
from chatdesk.lifecycle.policy import Reactions as Meaning
from chatdesk.lifecycle.ticket import Status
from chatdesk.ports import PlatformError, PlatformRefused, RateLimited
from chatdesk.ui.cards import Button, Buttons, Card, Line, Weight
from chatdesk.ui.exchange import Aim, Answer, Pointed

UNDER_WAY, PAUSED, DONE = "eyes", "hourglass_flowing_sand", "white_check_mark"

SIGNS: dict[Status, str] = {
    Status.NEW: UNDER_WAY,
    Status.OPEN: UNDER_WAY,
    Status.WAITING: PAUSED,
    Status.ON_HOLD: PAUSED,
    Status.RESOLVED: DONE,
    Status.CLOSED: DONE,
}
"""What stands on a message whose ticket is in that status."""

TRIES = 3

logger = logging.getLogger(__name__)


class Signs:
    """Shows at messages how far their tickets are. A sign that cannot be shown is left out."""

    def __init__(self, client: AsyncWebClient, memory: Memory, desk: SignSide) -> None:
        self._client = client
        self._memory = memory
        self._desk = desk
        self._turns: dict[Spot, asyncio.Lock] = {}

    async def follow(self, place: str, thread: str) -> None:
        """Show the sign of the ticket whose requester is answered there."""
        if not self._desk.meaning().status:
            return
        spot = await asyncio.to_thread(self._desk.source_at, place, thread)
        if spot is not None:
            await self.show(spot)

    async def show(self, spot: Spot) -> None:
        """Let a message have the sign of its ticket's status, and no other of ours."""
        if not self._desk.meaning().status:
            return
        turn = self._turns.setdefault(spot, asyncio.Lock())
        try:
            async with turn:
                await self._show(spot)
        except PlatformError as problem:
            logger.info("a sign was not shown: %s", problem)
        finally:
            if not turn.locked():
                self._turns.pop(spot, None)

    async def _show(self, spot: Spot) -> None:
        status = await asyncio.to_thread(self._desk.status_of, spot.place, spot.message)
        name = f"slack:sign:{spot.place}:{spot.message}"
        before = await asyncio.to_thread(self._memory.get, name) or ""
        sign = SIGNS[status] if status is not None else ""
        if sign == before:
            return
        where = {"channel": spot.place, "timestamp": spot.message}
        if sign:
            await self._put(lambda: self._client.reactions_add(name=sign, **where))
        if before:
            await self._put(lambda: self._client.reactions_remove(name=before, **where))
        await asyncio.to_thread(self._memory.set, name, sign)

    @staticmethod
    async def _put(call: Callable[[], Any]) -> None:
        """Do what changes nothing the second time, again after a pause Slack asks for."""
        for _ in range(TRIES):
            try:
                await calling(call())
            except RateLimited as limited:
                await asyncio.sleep(limited.after.total_seconds())
            except PlatformRefused as refused:
                if not any(one in str(refused) for one in ("already_reacted", "no_reaction")):
                    raise
                return
            else:
                return


class Reactions:
    """Takes the reaction that makes a ticket of a message."""

    def __init__(
        self,
        telling: Telling,
        answering: Answering,
        pointing: Pointing,
        signs: Signs,
        meaning: Callable[[], Meaning],
    ) -> None:
        self._telling = telling
        self._answering = answering
        self._pointing = pointing
        self._signs = signs
        self._meaning = meaning

    async def added(self, event: Mapping[str, Any]) -> None:
        """Take a reaction. Raises StoreUnavailable when it has to come again."""
        wanted, item = self._meaning().ticket, event.get("item") or {}
        name = str(event.get("reaction") or "").partition("::")[0]
        user = str(event.get("user") or "")
        if not wanted or name != wanted or item.get("type") != "message" or not user:
            return
        spot = Spot(str(item.get("channel") or ""), str(item.get("ts") or ""))
        message = await self._pointing.message(spot)
        if message is None or message.get("bot_id"):
            return
        origin = await self._pointing.origin(spot.place, message)
        key = f"reaction:{spot.place}:{spot.message}:{user}"
        await self._telling.once(key, lambda: self._take(key, user, spot, origin))

    async def _take(self, key: str, user: str, spot: Spot, origin: Origin) -> None:
        files: tuple[str, ...] = ()
        if origin.source is None:
            return
        if self._meaning().topic is not None:
            files = (await self._pointing.take(user, origin.taken)).attachments
        done = Pointed(aim=Aim.REACTION, source=origin.source, files=files)
        answer = await self._telling.tell(key, user, spot.place, origin.source.thread, done)
        self._telling.behind(self._tell(answer, user, spot, origin.source.thread))
        self._telling.behind(self._signs.show(spot))

    async def _tell(self, answer: Answer, user: str, spot: Spot, thread: str) -> None:
        card = answer.card or (self._offer(answer, user, spot) if answer.form else None)
        if card is not None:
            where = Whisper(place=spot.place, thread=thread, user=user)
            await self._answering.whisper(card, where)

    def _offer(self, answer: Answer, user: str, spot: Spot) -> Card:
        """Offer the form: no reaction may open one by itself."""
        text = self._telling.say("sources.offer", user)
        label = answer.form.title if answer.form else text
        button = Button(id=spot.written(), label=label, weight=Weight.PRIMARY)
        return Card(fallback=text, elements=(Line(text=text), Buttons(buttons=(button,))))
