"""After hours without Slack everything owed is told: at its pace, in order, and nothing stale."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from chatdesk.adapters.slack.messenger import SlackMessenger
from chatdesk.ports import OutcomeUnknown, Place, PlatformError, Transaction, Transient
from chatdesk.ui.cards import Card
from tests.adapters.slack_worker_stage import SECOND, SlackStage, slack_stage
from tests.slack.faults import Call, Fault
from tests.slack.pacing import Pace, Pacing

MINUTE = 60 * SECOND
HOURS = 4

TICKETS, UPDATES = 200, 5000
"""Half of the tickets are IT's, half HR's."""

AT_ONCE = 50

WORDS = 400
"""Updates that are words, each of which has to be told; the others change what a card shows."""


@pytest.fixture
async def stage(tmp_path: Path, shared_specs: Path) -> AsyncIterator[SlackStage]:
    """A stage in front of a Slack that takes one message a second in each channel."""
    async with slack_stage(tmp_path, shared_specs) as built:
        built.slack.api.pacing = Pacing(Pace(channel_every=1.0, has_tiers=True))
        yield built


def lane_of(ticket: int) -> str:
    """Return the lane of a ticket among its agents."""
    return f"ticket:{ticket}:agents:{'it' if ticket % 2 else 'hr'}"


def show(stage: SlackStage, *tickets: int, state: str) -> None:
    """Let the cards of tickets show this from now on."""
    stage.pictures.states |= {ticket: f"#{ticket} {state}" for ticket in tickets}

    def work(tx: Transaction) -> None:
        for ticket in tickets:
            tx.outbox.put(lane_of(ticket), "card", ticket, {}, collapse=True)

    stage.store.write(work)


@pytest.mark.timeout(600)  # a minute of computing, on a machine that may have other things to do
async def test_five_thousand_updates_after_four_hours_are_told_at_the_pace_and_nothing_stale_is(
    stage: SlackStage,
) -> None:
    chance = random.Random(3)  # noqa: S311 - a story that can be told again
    said: dict[int, list[str]] = defaultdict(list)
    async with stage.working():
        show(stage, *range(1, TICKETS + 1), state="before")
        await stage.drained(timedelta(hours=1))
        before = len(stage.slack.calls)
        stage.slack.goes_down()
        kinds = ["words"] * WORDS + ["card"] * (UPDATES - WORDS)
        chance.shuffle(kinds)
        for start in range(0, UPDATES, AT_ONCE):
            batch: list[tuple[str, str]] = []
            cards: list[int] = []
            for number, kind in enumerate(kinds[start : start + AT_ONCE], start):
                ticket = chance.randrange(1, TICKETS + 1)
                if kind == "words":
                    said[ticket].append(f"words {number}")
                    batch.append((lane_of(ticket), f"words {number}"))
                else:
                    cards.append(ticket)
            show(stage, *cards, state=f"after {start}")
            stage.say_all(batch)
            await stage.pass_(HOURS * 60 * MINUTE * AT_ONCE / UPDATES)
        asked_in_vain = len(stage.slack.calls) - before
        stage.slack.comes_back()
        began_at = stage.slack.clock.now()
        took = await stage.drained(timedelta(hours=1))
    calls = [call for call in stage.slack.calls if call.at >= began_at]
    done = Counter(call.method for call in calls if call.is_done)
    refused = sum(call.verdict == "ratelimited" for call in calls)

    everything_is_there(stage, said)
    assert stage.parked() == {}
    # In four hours an outage is asked about a few hundred times, not once for each update.
    assert asked_in_vain < HOURS * 60 * 3
    assert done["chat.postMessage"] == WORDS
    # Of 4,600 changes a card is left with the one that was under way, and the newest.
    assert done["chat.update"] <= 2 * TICKETS
    assert paces(calls) >= 1.0
    assert refused < sum(done.values()) / 10
    # A message a second in each channel, and fifty edits a minute in all: at least half as fast.
    most = max(sum(len(said[one]) for one in said if one % 2 == half) for half in (0, 1))
    assert took < 2 * (most + done["chat.update"] * 60 / 50) * SECOND


def everything_is_there(stage: SlackStage, said: dict[int, list[str]]) -> None:
    """See that every card shows the newest state, and every thread has its words in order."""
    cards = [*stage.slack.messages("CIT"), *stage.slack.messages("CHR")]
    assert len(cards) == TICKETS
    for card in cards:
        shown = card.blocks[0]
        ticket = int(str(shown).split("#")[1].split()[0])
        assert stage.pictures.states[ticket] in str(shown)
        assert stage.said_in(card.channel, card.ts) == said[ticket]


def paces(calls: list[Call]) -> float:
    """Return the shortest span between two messages in one channel, in seconds."""
    times: dict[str, list[float]] = defaultdict(list)
    for call in calls:
        if call.method == "chat.postMessage" and call.is_done:
            times[call.arguments["channel"]].append(call.at)
    spans = [b - a for at in times.values() for a, b in pairwise(at)]
    return min(spans)


class Stuck(SlackMessenger):
    """Slack, with one thread in which nothing can be said."""

    def __init__(self, client: AsyncWebClient, stage: SlackStage, trouble: PlatformError) -> None:
        super().__init__(client, stage)
        self._trouble = trouble
        self.thread = "none yet"

    async def post(self, place: Place, card: Card, *, key: str) -> str:
        """Show a card anywhere else."""
        if place.thread == self.thread:
            raise self._trouble
        return await super().post(place, card, key=key)


@pytest.mark.parametrize(
    "trouble",
    [OutcomeUnknown("no answer"), Transient("503")],
    ids=["no answer", "503"],
)
async def test_a_conversation_that_is_stuck_holds_up_no_other(
    stage: SlackStage, trouble: PlatformError
) -> None:
    (before,) = stage.messengers
    assert isinstance(before, SlackMessenger)
    stuck = Stuck(before._client, stage, trouble)
    stage.messengers = (stuck,)
    async with stage.working():
        show(stage, *range(1, 7), state="before")
        await stage.drained(MINUTE)
        cards = [*stage.slack.messages("CIT"), *stage.slack.messages("CHR")]
        stuck.thread = next(one.ts for one in cards if "#1 " in str(one.blocks))
        words = [f"words {number}" for number in range(5)]
        for one in words:
            for ticket in range(1, 7):
                stage.say(lane_of(ticket), one)
        for _ in range(60):
            await stage.pass_(SECOND)
    for card in cards:
        told = stage.said_in(card.channel, card.ts)
        assert told == ([] if card.ts == stuck.thread else words)


async def test_a_channel_that_is_asked_to_wait_holds_up_no_other(stage: SlackStage) -> None:
    async with stage.working():
        show(stage, 1, 2, state="before")
        await stage.drained(MINUTE)
        stage.slack.next("chat.postMessage", Fault.rate_limited(600))
        stage.say(lane_of(1), "later")
        await stage.settled()
        stage.say(lane_of(2), "now")
        stage.say("person:mara", "now")
        for _ in range(5):
            await stage.pass_(SECOND)
        (it,), (hr,) = stage.slack.messages("CIT"), stage.slack.messages("CHR")
        assert stage.said_in("CIT", it.ts) == []
        assert stage.said_in("CHR", hr.ts) == ["now"]
        assert stage.said_in(stage.slack.dm("UMARA").id) == ["now"]
        await stage.pass_(600 * SECOND)
    assert stage.said_in("CIT", it.ts) == ["later"]
