"""How events, commands and clicks get to the app, again where nobody acknowledged them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from tests.slack.happenings import envelope_of, is_heard
from tests.slack.things import Json
from tests.slack.workspace import Workspace

Kind = Literal["events_api", "slash_commands", "interactive"]
EVENT_RETRIES = 3


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing on its way to the app."""

    kind: Kind
    payload: Json
    takes_answer: bool = False
    retry_attempt: int = 0
    retry_reason: str = ""

    @property
    def event(self) -> Json:
        """What happened, of an event; empty otherwise."""
        event: Json = self.payload.get("event", {})
        return event


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a delivery: acknowledged, with words or without, or why not."""

    is_acked: bool
    payload: Json = field(default_factory=dict)
    trouble: str = ""  # no_connection, timeout, connection_lost, http_500, invalid_response, ...

    @property
    def text(self) -> str:
        """The words of the answer, where it has some."""
        return str(self.payload.get("text", ""))

    @property
    def response_action(self) -> str:
        """What a submitted form is to do: errors, update, push, clear; empty: close."""
        return str(self.payload.get("response_action", ""))

    @property
    def errors(self) -> Json:
        """The mistakes told at a form's fields, by block id."""
        errors: Json = self.payload.get("errors", {})
        return errors


class Transport(Protocol):
    """One way to the app: sockets that it opened, or an address that it listens on."""

    async def carry(self, delivery: Delivery) -> Answer:
        """Deliver once and wait for what the app says."""
        ...


class Courier:
    """Delivers, remembers everything that was delivered, and repeats events nobody acknowledged."""

    def __init__(self, slack: Workspace, transport: Transport) -> None:
        self.slack = slack
        self.transport = transport
        self.deliveries: list[Delivery] = []  # first attempts and repetitions alike
        self.undelivered: list[Delivery] = []  # events that Slack gave up on
        self.event_retries = EVENT_RETRIES
        self.lost_acks = 0  # so many of the next acknowledgements get lost on their way
        self.copies: list[tuple[int, bool]] = []  # how the next events are doubled
        self._under_way: set[asyncio.Task[Answer]] = set()
        slack.announce = self.announce

    async def ask(self, kind: Kind, payload: Json, *, takes_answer: bool = True) -> Answer:
        """Deliver a command or a click, once."""
        return await self._once(Delivery(kind, payload, takes_answer))

    async def tell(self, event: Json) -> Answer | None:
        """Deliver an event; None where the app does not hear such events."""
        if not is_heard(self.slack, event):
            return None
        payload = envelope_of(self.slack, event, self.slack.new_id("Ev"))
        delivery = Delivery("events_api", payload)
        if not self.copies:
            return await self._until_acked(delivery)
        times, has_own_ids = self.copies.pop(0)
        return (await self.repeat(delivery, times, has_own_ids=has_own_ids, is_at_once=True))[0]

    def announce(self, event: Json) -> None:
        """Deliver an event in the background: the app's own doings come back to it like that."""
        self._in_background(self._told(event))

    async def _told(self, event: Json) -> Answer:
        return await self.tell(event) or Answer(is_acked=False, trouble="not_subscribed")

    async def repeat(
        self, delivery: Delivery, times: int, *, has_own_ids: bool, is_at_once: bool
    ) -> list[Answer]:
        """Deliver the same again, with the same event id or each with its own."""
        again = [self._again(delivery, has_own_id=has_own_ids) for _ in range(times)]
        if is_at_once:
            return list(await asyncio.gather(*(self._once(one) for one in again)))
        return [await self._once(one) for one in again]

    def _again(self, delivery: Delivery, *, has_own_id: bool) -> Delivery:
        if not has_own_id:
            return replace(delivery, retry_attempt=1, retry_reason="timeout")
        return replace(
            delivery, payload=envelope_of(self.slack, delivery.event, self.slack.new_id("Ev"))
        )

    async def retry_undelivered(self) -> list[Answer]:
        """What Slack does a minute and five minutes later: try the events it gave up on again."""
        left, self.undelivered = self.undelivered, []
        return [await self._until_acked(delivery) for delivery in left]

    async def _until_acked(self, delivery: Delivery) -> Answer:
        answer = await self._once(delivery)
        for attempt in range(1, self.event_retries + 1):
            if answer.is_acked or "no_retry" in answer.payload:
                return answer
            again = replace(delivery, retry_attempt=attempt, retry_reason=answer.trouble)
            answer = await self._once(again)
        if not answer.is_acked:
            self.undelivered.append(replace(delivery, retry_attempt=self.event_retries))
        return answer

    async def _once(self, delivery: Delivery) -> Answer:
        self.deliveries.append(delivery)
        answer = await self.transport.carry(delivery)
        if answer.is_acked and self.lost_acks:
            self.lost_acks -= 1
            return Answer(is_acked=False, trouble="timeout")
        return answer

    # --- in the background ------------------------------------------------------------------------

    def _in_background(self, delivering: Coroutine[object, object, Answer]) -> None:
        task = asyncio.get_running_loop().create_task(delivering)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def settled(self) -> None:
        """Wait until everything that was announced has been delivered."""
        while self._under_way:
            await asyncio.gather(*self._under_way)

    async def stop(self) -> None:
        """Forget what is still under way."""
        for task in [*self._under_way]:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
