"""Slack keeps the messenger's promises, and what an outcome means to the worker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from chatdesk.adapters.slack.errors import REMEDIES, SHUT_OUT
from chatdesk.adapters.slack.messenger import SlackMessenger
from chatdesk.ports import (
    AccessLost,
    OutcomeUnknown,
    Place,
    PlaceGone,
    Placement,
    PlatformRefused,
    RateLimited,
    Transient,
)
from chatdesk.ui.cards import Card, Quote
from tests.adapters.messenger_contract import AGENTS, REQUESTER, MessengerContract, card
from tests.slack.bolt_app import client_for
from tests.slack.faults import Fault
from tests.slack.loopback import LoopbackSlack, goes_live
from tests.slack.things import Message

LONG = " ".join(f"word{number}" for number in range(2400))[:20_000]


class Memory(dict[str, str]):
    """What outlives a restart, in a dictionary."""

    def set(self, name: str, value: str) -> None:
        self[name] = value


@pytest.fixture
async def slack(shared_specs: Path) -> AsyncIterator[LoopbackSlack]:
    loopback = LoopbackSlack(shared_specs)
    mara, jo = loopback.user("UMARA"), loopback.user("UJO")
    loopback.channel("CHELP", "it-help", mara, jo)
    async with loopback.serving():
        yield loopback
    assert loopback.complaints == []


def long_card(text: str = LONG) -> Card:
    return Card(fallback="long", elements=(Quote(text=text),))


def read(message: object) -> str:
    """All the texts of a message's blocks, one behind the other."""
    if isinstance(message, dict):
        own = [message["text"]] if isinstance(message.get("text"), str) else []
        return "".join(own) + "".join(map(read, message.values()))
    return "".join(map(read, message)) if isinstance(message, list) else ""


class TestSlackMessenger(MessengerContract):
    @pytest.fixture
    def messenger(self, slack: LoopbackSlack) -> SlackMessenger:
        self.slack = slack
        self.memory = Memory()
        return SlackMessenger(client_for(slack), self.memory)

    @pytest.fixture(autouse=True)
    def _time_passes(self, monkeypatch: pytest.MonkeyPatch, slack: LoopbackSlack) -> None:
        """Let a second pass before each post, as the worker does."""
        post = AsyncWebClient.chat_postMessage

        async def after_a_second(client: AsyncWebClient, **asked: object) -> object:
            slack.clock.advance(1.1)
            return await post(client, **asked)  # type: ignore[arg-type]  # passed on as it came

        monkeypatch.setattr(AsyncWebClient, "chat_postMessage", after_a_second)

    def agents(self) -> Placement:
        return Placement(lane=AGENTS, number=7, queue_home="CHELP")

    def person(self, lane: str, *, is_other: bool = False) -> Placement:
        return Placement(lane=lane, handles=("local:x", "slack:UJO" if is_other else "slack:UMARA"))

    def stranger(self) -> Placement:
        return Placement(lane="person:p9", handles=("local:x", "slack:U0NOBODY"))

    async def shown(self, place: Place, message: str) -> str:
        found = {one.ts: one for one in self._messages(place)}
        rest = self.memory.get(f"slack:rest:{place.place}:{message}") or ""
        texts = [read(found[message].blocks)]
        thread = self.slack.messages(place.place, place.thread or message)
        inside = {one.ts: one for one in thread}
        return "".join([*texts, *(read(inside[ts].blocks) for ts in rest.split())])

    def _messages(self, place: Place) -> list[Message]:
        return self.slack.messages(place.place, place.thread or None)

    async def messages(self, place: Place) -> list[str]:
        return [one.ts for one in self._messages(place)]

    # --- long cards ---

    async def test_a_long_card_stands_in_its_thread_and_shrinks_again(
        self, messenger: SlackMessenger
    ) -> None:
        place = await messenger.open(self.agents())
        message = await messenger.post(place, long_card(), key="k1")
        assert len(self.slack.messages("CHELP", message)) > 1
        assert await messenger.find(place, "k1") == message
        await messenger.edit(place, message, long_card(LONG[:12_000]))
        assert await self.shown(place, message) == LONG[:12_000]
        await messenger.edit(place, message, card("short"))
        assert await self.shown(place, message) == "short"
        assert self.slack.messages("CHELP", message) == []
        await messenger.edit(place, message, long_card())
        assert await self.shown(place, message) == LONG
        assert await messenger.find(place, "k1") == message

    @pytest.mark.parametrize("lost", [1, 2])
    async def test_a_long_card_that_broke_off_is_completed_and_nothing_stands_twice(
        self, messenger: SlackMessenger, lost: int
    ) -> None:
        place = await messenger.open(self.agents())
        good = [Fault.hidden(0)] * (lost - 1)
        self.slack.next("chat.postMessage", *good, Fault.drop())
        with pytest.raises(OutcomeUnknown):
            await messenger.post(place, long_card(), key="k1")
        assert await messenger.find(place, "k1") is None
        message = await messenger.post(place, long_card(), key="k1")
        assert await messenger.find(place, "k1") == message
        assert await self.messages(place) == [message]
        assert await self.shown(place, message) == LONG

    # --- outcomes ---

    @pytest.mark.parametrize(
        "fault",
        [
            Fault.drop(),
            Fault.status(503, is_accepted=True),
            Fault.error_after_accept(),
            Fault.error_after_accept("fatal_error"),
            Fault.html(),
        ],
        ids=["drop", "503", "internal_error", "fatal_error", "html"],
    )
    async def test_an_ambiguous_end_is_unknown_and_what_arrived_is_found(
        self, messenger: SlackMessenger, fault: Fault
    ) -> None:
        place = await messenger.open(self.agents())
        self.slack.next("chat.postMessage", fault)
        with pytest.raises(OutcomeUnknown):
            await messenger.post(place, card("once"), key="k1")
        arrived = await self.messages(place)
        assert await messenger.find(place, "k1") == (arrived[0] if arrived else None)

    async def test_a_limit_is_told_with_its_pause(self, messenger: SlackMessenger) -> None:
        place = await messenger.open(self.agents())
        self.slack.next("chat.postMessage", Fault.rate_limited(17))
        with pytest.raises(RateLimited) as limited:
            await messenger.post(place, card("later"), key="k1")
        assert limited.value.after == timedelta(seconds=17)
        assert await self.messages(place) == []

    @pytest.mark.parametrize("code", sorted(REMEDIES.keys() - SHUT_OUT))
    async def test_a_broken_place_is_told_with_what_an_admin_can_do(
        self, messenger: SlackMessenger, code: str
    ) -> None:
        place = await messenger.open(self.agents())
        self.slack.next("chat.postMessage", Fault.refused(code))
        with pytest.raises(PlaceGone, match=code):
            await messenger.post(place, card("lost"), key="k1")

    @pytest.mark.parametrize("code", sorted(SHUT_OUT))
    async def test_without_access_everything_waits_and_nothing_is_lost(
        self, messenger: SlackMessenger, code: str
    ) -> None:
        place = await messenger.open(self.agents())
        self.slack.next("chat.postMessage", Fault.refused(code))
        with pytest.raises(AccessLost, match=code) as lost:
            await messenger.post(place, card("later"), key="k1")
        assert lost.value.code == code
        assert REMEDIES[code] in str(lost.value)

    async def test_what_slack_never_takes_is_refused(self, messenger: SlackMessenger) -> None:
        place = await messenger.open(self.agents())
        self.slack.next("chat.postMessage", Fault.refused("invalid_blocks"))
        with pytest.raises(PlatformRefused, match="invalid_blocks"):
            await messenger.post(place, card("never"), key="k1")

    async def test_a_slack_that_cannot_be_reached_took_nothing(self) -> None:
        client = AsyncWebClient(
            token="xoxb-1", base_url="http://127.0.0.1:1/api/", retry_handlers=[]
        )
        with pytest.raises(Transient):
            await SlackMessenger(client, Memory()).open(self.person(REQUESTER))

    # --- places ---

    @pytest.mark.parametrize("home", ["it-help", "#it-help", "chelp"])
    async def test_a_queues_home_is_an_id_and_no_name(
        self, messenger: SlackMessenger, home: str
    ) -> None:
        with pytest.raises(PlaceGone, match="id"):
            await messenger.open(Placement(lane=AGENTS, queue_home=home))

    async def test_nobody_is_pinged_and_nothing_is_linked(self, messenger: SlackMessenger) -> None:
        text = "<!channel> <@UJO> <https://example.invalid|click> &lt;!here&gt; https://a.invalid"
        place = await messenger.open(self.agents())
        hostile = Card(fallback=text, title=text, elements=(Quote(text=text, author=text),))
        await messenger.post(place, hostile, key="k1")
        (message,) = self._messages(place)
        assert goes_live(message) == []
