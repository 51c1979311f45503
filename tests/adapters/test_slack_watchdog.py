"""A desk that hears nothing any more notices it, and finds what was said meanwhile, once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from aiohttp import WSMsgType

from chatdesk.adapters.db import open_store
from chatdesk.adapters.slack import missed, socket
from chatdesk.adapters.slack.missed import HEARD
from chatdesk.adapters.slack.socket import DEAF_AFTER, SILENT_AFTER, Hearing
from chatdesk.bootstrap.slack_ground import Ground
from chatdesk.lifecycle import record
from tests.adapters.conftest import migrated_url
from tests.adapters.slack_room import Way, reads
from tests.adapters.slack_stage import (
    InnerDesk,
    entries,
    inner_desk,
    peopled,
    until,
)
from tests.slack.faults import Fault
from tests.slack.loopback import LoopbackSlack
from tests.slack.things import Message

NOT_DELIVERED_ANY_MORE = 0


class Seconds:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with migrated_url(request, "sqlite") as found:
        yield found


@pytest.fixture
async def slack(
    shared_specs: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[LoopbackSlack]:
    """A Slack whose events come once or never: nothing is repeated to whoever was away."""
    monkeypatch.setattr(missed, "PACE", 0.0)
    monkeypatch.setattr(missed, "AGAIN_AFTER", 0.05)
    found = peopled(shared_specs)
    found.courier.event_retries = NOT_DELIVERED_ANY_MORE
    async with found.serving():
        yield found
    assert found.complaints == []


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, slack: LoopbackSlack) -> None:
    """Let half a minute of silence be half a second."""
    slack.sockets.ping_every = 0.05
    monkeypatch.setattr(socket, "PING_EVERY", 0.1)
    monkeypatch.setattr(socket, "LOOKED_AT_EVERY", 0.02)
    monkeypatch.setattr(socket, "DEAF_AFTER", 0.5)
    monkeypatch.setattr(socket, "SILENT_AFTER", 0.5)


# --- noticing -------------------------------------------------------------------------------------


def test_a_connection_without_any_frame_is_dead() -> None:
    seconds = Seconds()
    hearing = Hearing(seconds)
    seconds.now = SILENT_AFTER - 1
    assert not hearing.is_dead
    seconds.now += 1
    assert hearing.is_dead


def test_somebody_who_answers_our_pings_is_not_slack() -> None:
    seconds = Seconds()
    hearing = Hearing(seconds)
    hearing.frame(WSMsgType.PING)
    while not hearing.is_dead:
        seconds.now += 5
        hearing.frame(WSMsgType.PONG)
    assert DEAF_AFTER <= seconds.now < 30


def test_where_slack_never_pinged_quiet_is_not_taken_for_death() -> None:
    seconds = Seconds()
    hearing = Hearing(seconds)
    for _ in range(100):
        seconds.now += 5
        hearing.frame(WSMsgType.PONG)
    assert not hearing.is_dead


def test_whoever_is_heard_lives() -> None:
    seconds = Seconds()
    hearing = Hearing(seconds)
    for _ in range(100):
        seconds.now += 20
        assert hearing.is_dead == (SILENT_AFTER <= 20)
        hearing.frame(WSMsgType.PING)
        assert not hearing.is_dead


def test_a_dead_connection_is_made_anew_within_half_a_minute() -> None:
    goodbye = socket.CLOSES_WITHIN + socket.LOOKED_AT_EVERY
    assert DEAF_AFTER + goodbye + 1 < 30
    assert SILENT_AFTER + goodbye + 1 < 30


# --- finding what was missed ----------------------------------------------------------------------


async def said_in_silence(slack: LoopbackSlack, card: Message, receipt: Message) -> None:
    """Let everybody say something that is not delivered."""
    mara = slack.dm("UMARA")
    await slack.says("UJO", "CHELP", "Between us", thread_ts=card)
    await slack.says("UMARA", mara, "Also at noon", thread_ts=receipt)
    late = await slack.says("UMARA", mara, "It drops agian", thread_ts=receipt)
    await slack.edits("UMARA", late, "It drops again")
    await slack.says("UMARA", mara, "My screen is dark, too")


def everything(slack: LoopbackSlack) -> str:
    """Return all that Mara reads in her direct message."""
    return "\n".join(reads(one) for one in slack.messages(slack.dm("UMARA")))


async def found_once(desk: InnerDesk, edited: str = "") -> None:
    """Wait until all that was said is found, and see that it is there once."""
    store = desk.parts.store
    await until(lambda: "It drops again" in entries(store))
    await until(lambda: not desk.platform.missed._is_wanted.is_set())
    await desk.settled()
    said = entries(store)
    for one in ("Between us", "Also at noon", "It drops again", *filter(None, [edited])):
        assert said.count(one) == 1
    assert len(said) == len(set(said))
    offers = [one for one in desk.slack.messages(desk.slack.dm("UMARA")) if one.bot_id]
    assert sum("New ticket" in reads(one) for one in offers) == 1


@pytest.mark.parametrize("answers_pings", [True, False], ids=["answering pings", "mute"])
@pytest.mark.usefixtures("quick")
async def test_a_half_open_socket_is_given_up_and_what_it_swallowed_is_found(
    slack: LoopbackSlack, url: str, tmp_path: Path, answers_pings: bool
) -> None:
    async with inner_desk(slack, url, tmp_path, "socket") as desk:
        card = await desk.opened()
        receipt = desk.receipt()
        early = await slack.says("UMARA", slack.dm("UMARA"), "It is slwo", thread_ts=receipt)
        await desk.settled()
        number = slack.sockets.connections[-1].number
        slack.half_open(answers_pings=answers_pings)
        await said_in_silence(slack, card, receipt)
        await slack.edits("UMARA", early, "It is slow")
        await slack.sockets.wait_beyond(number)
        await found_once(desk, "It is slow")
        assert "It is slwo" not in entries(desk.parts.store)


@pytest.mark.usefixtures("quick")
async def test_a_request_to_leave_is_followed_and_nothing_is_lost_on_the_way(
    slack: LoopbackSlack, url: str, tmp_path: Path
) -> None:
    async with inner_desk(slack, url, tmp_path, "socket") as desk:
        card = await desk.opened()
        receipt = desk.receipt()
        number = slack.sockets.connections[-1].number
        await slack.asks_to_reconnect()
        await said_in_silence(slack, card, receipt)
        await slack.sockets.wait_beyond(number)
        await found_once(desk)


@pytest.mark.usefixtures("quick")
async def test_a_socket_that_was_cut_is_made_anew_and_what_was_missed_is_found(
    slack: LoopbackSlack, url: str, tmp_path: Path
) -> None:
    async with inner_desk(slack, url, tmp_path, "socket") as desk:
        card = await desk.opened()
        receipt = desk.receipt()
        slack.goes_down()
        await said_in_silence(slack, card, receipt)
        slack.comes_back()
        await slack.connected()
        await found_once(desk)


@pytest.mark.parametrize("way", ["socket", "http"])
async def test_what_was_said_while_the_desk_was_down_is_found_once_after_every_start(
    slack: LoopbackSlack, url: str, tmp_path: Path, way: Way
) -> None:
    async with inner_desk(slack, url, tmp_path, way) as desk:
        card = await desk.opened()
        receipt = desk.receipt()
        early = await slack.says("UMARA", slack.dm("UMARA"), "It is slwo", thread_ts=receipt)
        await slack.says("UMARA", slack.dm("UMARA"), "hello")
        await desk.settled()
        await desk.platform.missed.note(0)
    offers = everything(slack).count("New ticket")
    slack.clock.advance(3600)
    await said_in_silence(slack, card, receipt)
    await slack.edits("UMARA", early, "It is slow")
    slack.courier.undelivered.clear()
    for _ in range(3):
        async with inner_desk(slack, url, tmp_path, way) as desk:
            await until(lambda: "It drops again" in entries(desk.parts.store))
            await desk.settled()
            await until(lambda: not desk.platform.missed._is_wanted.is_set())
            await desk.settled()
    with closing(open_store(url, record)) as store:
        said = entries(store)
    assert [one for one in said if "It " in one] == ["It is slow", "It drops again"]
    assert len(said) == len(set(said))
    assert everything(slack).count("New ticket") == offers + 1


async def test_a_sweep_waits_when_it_is_asked_to_and_goes_on_where_a_thread_is_gone(
    slack: LoopbackSlack, url: str, tmp_path: Path
) -> None:
    async with inner_desk(slack, url, tmp_path, "http") as desk:
        card = await desk.opened()
        receipt = desk.receipt()
        slack.courier.transport = slack.sockets  # nobody is told
        await said_in_silence(slack, card, receipt)
        slack.next("conversations.replies", Fault.refused("thread_not_found"))
        slack.next("conversations.history", Fault.rate_limited(1))
        since = float(card.ts) - 1
        await desk.platform.missed.sweep(since)
        await desk.settled()
        assert "Between us" in entries(desk.parts.store)
        await desk.platform.missed.sweep(since)
        await found_once(desk)


async def test_only_one_process_sweeps_at_a_time(
    slack: LoopbackSlack, url: str, tmp_path: Path
) -> None:
    async with inner_desk(slack, url, tmp_path, "http") as desk:
        ours, theirs = (Ground(desk.parts.store, desk.parts.policy) for _ in range(2))
        assert ours.begin()
        assert not theirs.begin()
        ours.end()
        assert theirs.begin()


async def test_a_moment_counts_as_heard_only_once_what_was_missed_before_it_is_found(
    slack: LoopbackSlack, url: str, tmp_path: Path
) -> None:
    async with inner_desk(slack, url, tmp_path, "http") as desk:
        finding, store = desk.platform.missed, desk.parts.store
        await finding.note(60)
        before = store.read(lambda tx: tx.marks.get(HEARD))
        assert before is not None
        slack.next("auth.test", *[Fault.status(503)] * 3)
        finding.want(60)
        await finding.note(0)
        assert store.read(lambda tx: tx.marks.get(HEARD)) == before
        await until(lambda: not finding._is_wanted.is_set())
        await finding.note(0)
        assert store.read(lambda tx: tx.marks.get(HEARD)) != before
