"""Nothing is acknowledged that could still get lost: slow desks, and desks that die in between."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest

from chatdesk.adapters.db import open_store
from chatdesk.adapters.slack import keeping
from chatdesk.adapters.slack.afterwards import REOPEN
from chatdesk.adapters.slack.front import PATH
from chatdesk.adapters.slack.reading import Click
from chatdesk.bootstrap.slack_ground import KEPT
from chatdesk.config import Settings
from chatdesk.lifecycle import record
from chatdesk.ports import StoreUnavailable
from chatdesk.ui.exchange import Answer, Interaction
from tests.adapters.conftest import migrated_url
from tests.adapters.slack_room import Way, reads
from tests.adapters.slack_stage import (
    InnerDesk,
    desk_process,
    entries,
    fill_in,
    forget_address,
    inner_desk,
    peopled,
    settings_in,
    tickets,
    until,
)
from tests.slack.delivery import Answer as Delivered
from tests.slack.delivery import Delivery, Transport
from tests.slack.faults import Fault
from tests.slack.http_mode import Addresses, HttpMode
from tests.slack.loopback import LoopbackSlack


@pytest.fixture(params=["socket", "http"])
async def desk(
    request: pytest.FixtureRequest, store_url: str, shared_specs: Path, tmp_path: Path
) -> AsyncIterator[InnerDesk]:
    """A desk in a Slack that waits as long as it does, and has not much patience here."""
    slack = peopled(shared_specs)
    async with (
        slack.serving(),
        inner_desk(slack, store_url, tmp_path, request.param) as running,
    ):
        yield running
        await running.settled()
    assert slack.complaints == []


@pytest.fixture(autouse=True)
def impatience(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two seconds pass quickly."""
    if "desk" in request.fixturenames:
        monkeypatch.setattr(keeping, "KEPT_AFTER", 0.05)
        monkeypatch.setattr(keeping, "ANSWERS_WITHIN", 0.1)
        monkeypatch.setattr(keeping, "WORDS_KEPT_AFTER", 0.05)


@contextmanager
def busy(desk: InnerDesk) -> Iterator[threading.Event]:
    """Let the desk answer nobody until the event is set, or until the end."""
    telling, may_go_on = desk.platform.telling, threading.Event()
    before = telling.desk

    def receive(interaction: Interaction) -> Answer:
        may_go_on.wait(60)
        return before.receive(interaction)

    telling.desk = replace(before, receive=receive)
    try:
        yield may_go_on
    finally:
        may_go_on.set()
        telling.desk = before


def left_undone(desk: InnerDesk) -> list[str]:
    """Return what was kept and is not done."""
    kept = desk.platform.keeping._shelf.unfinished(older_than=keeping.ABANDONED_AFTER * 0)
    return [one.kind for one in kept]


def direct(desk: InnerDesk) -> list[str]:
    """Return what Mara reads in her direct message."""
    return [reads(one) for one in desk.slack.messages(desk.slack.dm("UMARA"))]


async def test_a_form_that_takes_longer_is_kept_and_its_result_follows(desk: InnerDesk) -> None:
    await fill_in(desk.slack, "VPN drops")
    with busy(desk) as may_go_on:
        answer = await desk.slack.submits("UMARA", values={"What happened?": "Since noon."})
        assert answer.response_action == "update"
        assert "Saved" in reads(desk.slack.form_of("UMARA"))
        assert left_undone(desk) == ["view"]
        assert tickets(desk.parts.store) == 0
        may_go_on.set()
        await desk.settled()
    assert tickets(desk.parts.store) == 1
    assert left_undone(desk) == []
    assert sum("#1" in one and "Since noon" not in one for one in direct(desk)) == 1


async def test_a_form_that_was_not_accepted_later_opens_again_with_what_was_typed(
    desk: InnerDesk,
) -> None:
    card = await desk.opened()
    await desk.slack.clicks("UJO", card, "Claim")
    await desk.settled()
    await desk.slack.clicks("UJO", card, "Put on hold")
    await desk.settled()
    typed = {"Until when?": "some day", "Why?": "The vendor is at it"}
    with busy(desk) as may_go_on:
        await desk.slack.submits("UJO", values=typed)
        await desk.slack.closes("UJO")
        may_go_on.set()
        await desk.settled()
    told = desk.slack.messages(desk.slack.dm("UJO"))[-1]
    assert "3d" in reads(told)
    await desk.slack.clicks("UJO", told, "Open it again")
    await desk.settled()
    assert "The vendor is at it" in str(desk.slack.form_of("UJO").payload)
    await desk.slack.submits("UJO", values={"Until when?": "3d"})
    await desk.settled()
    assert "The vendor is at it" in reads(card)


async def test_nobody_opens_what_somebody_else_typed(desk: InnerDesk) -> None:
    await fill_in(desk.slack, "My secret")
    with busy(desk):
        await desk.slack.submits("UMARA", values={"What happened?": "Since noon."})
        (kept,) = desk.platform.keeping._shelf.unfinished(keeping.ABANDONED_AFTER * 0)
    row = desk.parts.store.read(lambda tx: tx.inbox.known(f"{KEPT}:{kept.key}"))
    assert row is not None
    assert row.body["by"] == {"handle": "slack:UMARA"}  # by which an erasure finds it
    await desk.settled()
    click = Click(key="k", user="UKIM", value=f"{REOPEN}{kept.key}", action="", trigger="")
    assert await desk.platform.forms.reopen(click) == Answer()
    assert (await desk.platform.forms.reopen(replace(click, user="UMARA"))).form is not None


async def test_a_click_that_takes_longer_is_kept_and_answered_in_its_place(
    desk: InnerDesk,
) -> None:
    card = await desk.opened()
    with busy(desk) as may_go_on:
        await desk.slack.clicks("UJO", card, "Claim")
        assert left_undone(desk) == ["action"]
        await until(lambda: bool(desk.slack.ephemerals("UJO", "CHELP")))
        assert "Saved" in reads(desk.slack.ephemerals("UJO", "CHELP")[-1])
        may_go_on.set()
        await desk.settled()
    assert "Assigned to Jo" in reads(card)
    assert left_undone(desk) == []


async def test_a_command_that_takes_longer_is_kept_and_answered_in_its_place(
    desk: InnerDesk,
) -> None:
    await desk.opened()
    with busy(desk) as may_go_on:
        answer = await desk.slack.types("UJO", "CHELP", "/ticket claim 1")
        assert "Saved" in answer.text
        assert left_undone(desk) == ["command"]
        may_go_on.set()
        await desk.settled()
    assert "Assigned to Jo" in reads(desk.slack.ephemerals("UJO", "CHELP")[-1])


async def test_what_only_reads_is_answered_late_and_never_kept(desk: InnerDesk) -> None:
    await desk.opened()
    with busy(desk) as may_go_on:
        await desk.slack.types("UMARA", "CGENERAL", "/ticket mine")
        await desk.slack.types("UMARA", "CGENERAL", "/ticket new Another thing")
        assert left_undone(desk) == []
        may_go_on.set()
        await desk.settled()
    assert "VPN drops" in reads(desk.slack.ephemerals("UMARA", "CGENERAL")[-1])


async def test_words_are_acknowledged_as_soon_as_they_are_kept_and_stay_in_their_order(
    desk: InnerDesk,
) -> None:
    await desk.opened()
    mara, receipt = desk.slack.dm("UMARA"), desk.receipt()
    with busy(desk) as may_go_on:
        first = await desk.slack.says("UMARA", mara, "Frist", thread_ts=receipt)
        await desk.slack.says("UMARA", mara, "Second", thread_ts=receipt)
        await desk.slack.edits("UMARA", first, "First")
        assert left_undone(desk) == ["message"] * 3
        assert all(answered.retry_attempt == 0 for answered in desk.slack.deliveries)
        may_go_on.set()
        await desk.settled()
    assert entries(desk.parts.store)[-2:] == ["First", "Second"]
    assert left_undone(desk) == []


async def test_what_can_be_neither_done_nor_kept_is_not_acknowledged(
    desk: InnerDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill_in(desk.slack, "VPN drops")

    def unavailable(*_: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(keeping, "GIVEN_UP_AFTER", 0.2)
    monkeypatch.setattr(desk.slack.sockets, "ack_within", 1.0)
    with busy(desk):
        with monkeypatch.context() as away:
            away.setattr(desk.parts.store, "write", unavailable)
            answer = await desk.slack.submits("UMARA", values={"What happened?": "Since noon."})
            assert not answer.is_acked
        again = asyncio.create_task(desk.slack.submits("UMARA"))
        await until(lambda: left_undone(desk) == ["view"])
        assert (await again).is_acked
    await desk.settled()
    assert tickets(desk.parts.store) == 1


async def test_what_could_not_be_done_while_the_store_was_away_is_done_by_the_next_sweep(
    desk: InnerDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill_in(desk.slack, "VPN drops")
    telling = desk.platform.telling
    before = telling.desk

    def receive(_: Interaction) -> Answer:
        may_go_on.wait(60)
        raise StoreUnavailable

    with busy(desk) as may_go_on:
        telling.desk = replace(before, receive=receive)
        answer = await desk.slack.submits("UMARA", values={"What happened?": "Since noon."})
        assert answer.response_action == "update"
        may_go_on.set()
        await telling.settle()
    assert tickets(desk.parts.store) == 0
    assert left_undone(desk) == ["view"]
    await desk.platform.keeping.sweep(desk.platform._again, keeping.ABANDONED_AFTER * 0)
    await desk.settled()
    assert tickets(desk.parts.store) == 1
    assert left_undone(desk) == []


# --- a process that dies between the acknowledgement and the effect -------------------------------

WAYS_AND_STORES = [("socket", "sqlite"), ("http", "postgresql")]


@pytest.mark.parametrize(("way", "kind"), WAYS_AND_STORES)
async def test_what_was_acknowledged_survives_the_death_of_the_desk(
    request: pytest.FixtureRequest, shared_specs: Path, tmp_path: Path, way: Way, kind: str
) -> None:
    slack = peopled(shared_specs)
    with migrated_url(request, kind, is_shared=False) as url:
        async with slack.serving():
            settings = settings_in(slack, url, tmp_path, way)
            async with desk_process(slack, settings, way):
                await fill_in(slack, "VPN drops")
                await slack.submits("UMARA", values={"What happened?": "Since noon."})
                await slack.closes("UMARA")
                await until(lambda: bool(slack.messages("CHELP")))
                await until(lambda: bool(slack.messages(slack.dm("UMARA"))))
                await fill_in(slack, "VPN is slow")
            (card,) = slack.messages("CHELP")
            # Nobody is known to a desk that has just started, and Slack does not tell.
            silence = Fault.hang(is_accepted=False)
            slack.next("users.info", *[silence] * 20)
            async with desk_process(slack, settings, way) as process:
                await slack.says("UJO", "CHELP", "Between us: old client", thread_ts=card)
                answer = await slack.submits("UMARA", values={"What happened?": "Since May."})
                assert answer.response_action == "update"
                assert (await slack.types("UJO", "CHELP", "/ticket claim 1")).is_acked
                with closing(open_store(url, record)) as store:
                    assert (tickets(store), entries(store)[2:]) == (1, [])
                await process.kill()
            silence.until.set()
            slack.api.faults._next.clear()
            async with desk_process(slack, settings, way):
                await until(lambda: "Assigned to Jo" in reads(card))
                await until(lambda: len(slack.messages("CHELP")) == 2)
                await until(lambda: "is with IT help" in direct_of(slack))
            with closing(open_store(url, record)) as store:
                assert tickets(store) == 2
                assert sum("Between us" in one for one in entries(store)) == 1
    assert slack.complaints == []


def direct_of(slack: LoopbackSlack) -> str:
    """Return all that Mara reads in her direct message."""
    return "\n".join(reads(one) for one in slack.messages(slack.dm("UMARA")))


# --- one message, many deliveries, two processes --------------------------------------------------


class InTurn:
    """Ways to several desks, taken in turn."""

    def __init__(self, *ways: Transport) -> None:
        self._ways = cycle(ways)

    async def carry(self, delivery: Delivery) -> Delivered:
        """Deliver to the next one."""
        return await next(self._ways).carry(delivery)


@pytest.mark.parametrize("way", ["socket", "http"])
async def test_eleven_deliveries_to_two_processes_and_late_ones_are_one_entry(
    request: pytest.FixtureRequest, shared_specs: Path, tmp_path: Path, way: Way
) -> None:
    slack = peopled(shared_specs)
    with migrated_url(request, "postgresql", is_shared=False) as url:
        async with slack.serving():
            both = [settings_in(slack, url, tmp_path, way) for _ in range(2)]
            async with desk_process(slack, both[0], way), desk_process(slack, both[1], way):
                if way == "http":
                    ways = [HttpMode(slack.workspace, _address(one), 10.0) for one in both]
                    slack.courier.transport = InTurn(*ways)
                await fill_in(slack, "VPN drops")
                await slack.submits("UMARA", values={"What happened?": "Since noon."})
                mara = slack.dm("UMARA")
                await until(lambda: len(slack.messages(mara)) == 1)
                (receipt,) = slack.messages(mara)
                with closing(open_store(url, record)) as store:
                    # Nobody answers before the desk has noted where its receipt stands.
                    await until(lambda: store.read(lambda tx: tx.outbox.oldest_unsent()) is None)
                slack.double_next_event(11)
                await slack.says("UMARA", mara, "Eleven times", thread_ts=receipt)
                first = slack.deliveries[-1]
                for is_at_once in (True, False):
                    await slack.redeliver(first, 3, has_own_ids=True, is_at_once=is_at_once)
                with closing(open_store(url, record)) as store:
                    await until(lambda: "Eleven times" in entries(store))
                    await until(lambda: store.read(lambda tx: tx.outbox.oldest_unsent()) is None)
                    assert entries(store).count("Eleven times") == 1
            if way == "http":
                for one in ways:
                    await one.close()
                await forget_address(slack)
        (card,) = slack.messages("CHELP")
        told = [reads(one) for one in slack.messages("CHELP", card)]
        assert sum("Eleven times" in one for one in told) == 1
    assert slack.complaints == []


def _address(settings: Settings) -> Addresses:
    return Addresses.all_at(settings.address.rstrip("/") + PATH)
