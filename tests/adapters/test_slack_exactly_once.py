"""Whatever becomes of an answer of Slack's, people see each message once, and in its order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from chatdesk.adapters.db import open_store
from chatdesk.adapters.db.address import address_of
from chatdesk.lifecycle import record
from chatdesk.worker import Outcome
from tests.adapters.conftest import migrated_url
from tests.adapters.slack_room import Way, reads
from tests.adapters.slack_stage import (
    desk_process,
    fill_in,
    peopled,
    settings_in,
    until,
)
from tests.adapters.slack_worker_stage import LITTLE_PATIENCE, SECOND, SlackStage, slack_stage
from tests.slack.faults import Fault
from tests.slack.loopback import LoopbackSlack

MINUTE = 60 * SECOND
CARD, REPLY, DIRECT = "a card", "a reply in a thread", "a direct message"
KINDS = [CARD, REPLY, DIRECT]

SILENCE = "no answer comes"
ENDINGS: dict[str, Callable[[], Fault]] = {
    "the connection is reset after it was accepted": Fault.drop,
    SILENCE: Fault.hang,
    "503 after it was accepted": lambda: Fault.status(503, is_accepted=True),
    "an error after it was accepted": Fault.error_after_accept,
    "503, and it was not accepted": lambda: Fault.status(503),
    "the connection is reset before it was accepted": lambda: Fault.drop(is_accepted=False),
}


@pytest.fixture
async def stage(tmp_path: Path, shared_specs: Path, store_url: str) -> AsyncIterator[SlackStage]:
    """A stage in front of Slack, over both databases."""
    async with slack_stage(tmp_path, shared_specs, url=store_url) as built:
        yield built


async def prepare(stage: SlackStage, kind: str) -> None:
    """Let there be a thread to reply in."""
    if kind == REPLY:
        stage.show(7, "Opened")
        await stage.drained(MINUTE)


def fault_of(stage: SlackStage, ending: str) -> Fault:
    """Return a fault that ends a call so; nobody waits long for an answer that does not come."""
    if ending == SILENCE:
        stage.client.timeout = LITTLE_PATIENCE
    return ENDINGS[ending]()


def tell(stage: SlackStage, kind: str) -> None:
    """Let a message of that kind be told, and a second one after it."""
    lane = "person:mara" if kind == DIRECT else "ticket:7:agents:it"
    if kind == CARD:
        stage.show(7, "First")
    else:
        stage.say(lane, "First")
    stage.say(lane, "Second")


def seen(stage: SlackStage, kind: str) -> list[str]:
    """Return what people see, oldest first."""
    if kind == DIRECT:
        return stage.said_in(stage.slack.dm("UMARA").id)
    card = stage.slack.messages("CIT")[0]
    thread = stage.said_in("CIT", card.ts)
    return [*stage.said_in("CIT"), *thread] if kind == CARD else thread


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ending", ENDINGS)
async def test_it_is_seen_once_however_the_answer_was_lost(
    stage: SlackStage, kind: str, ending: str
) -> None:
    async with stage.working():
        await prepare(stage, kind)
        fault = fault_of(stage, ending)
        stage.slack.next("chat.postMessage", fault)
        tell(stage, kind)
        await stage.drained(5 * MINUTE)
        fault.until.set()
        sends = await stage.sends()
    assert seen(stage, kind) == ["First", "Second"]
    assert stage.parked() == {}
    assert sends[Outcome.ADOPTED] == fault.is_accepted
    assert sends[Outcome.SENT_AGAIN] == (not fault.is_accepted)


@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_file_is_there_once_however_the_answer_was_lost(
    stage: SlackStage, ending: str
) -> None:
    async with stage.working():
        await prepare(stage, REPLY)
        fault = fault_of(stage, ending)
        stage.slack.next("files.completeUploadExternal", fault)
        lane = "ticket:7:agents:it"
        stage.say(lane, "First", notice="file")
        stage.say(lane, "Second")
        await stage.drained(5 * MINUTE)
        fault.until.set()
    (card,) = stage.slack.messages("CIT")
    thread = stage.slack.messages("CIT", card.ts)
    assert [file.name for one in thread for file in one.files] == ["vpn.log"]
    said = [reads(one) for one in thread]
    assert [one for one in said if "First" in one or "Second" in one][-1] == "Second"
    assert sum("First" in one for one in said) == 1
    assert stage.parked() == {}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_slack_hides_for_long_is_seen_twice_at_most_and_counted(
    stage: SlackStage, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="chatdesk.worker")
    async with stage.working():
        await prepare(stage, kind)
        stage.slack.next("chat.postMessage", Fault.drop().and_hidden(600))
        tell(stage, kind)
        await stage.drained(5 * MINUTE)
        sends = await stage.sends()
    stage.slack.clock.advance(600)
    if kind == CARD:
        assert stage.said_in("CIT") == ["First", "First"]
        assert stage.said_in("CIT", stage.slack.messages("CIT")[1].ts) == ["Second"]
    else:
        assert seen(stage, kind) == ["First", "First", "Second"]
    assert sends[Outcome.SENT_AGAIN] == 1
    assert caplog.text.count("may stand there twice") == 1


async def test_whatever_is_hidden_and_lost_again_and_again_is_seen_twice_at_most(
    stage: SlackStage,
) -> None:
    async with stage.working():
        lost = Fault.drop().and_hidden(86_400)
        stage.slack.next("chat.postMessage", *[lost] * 2)
        stage.say("person:mara", "First")
        stage.say("person:mara", "Second")
        await stage.drained(60 * MINUTE, step=10 * SECOND)
    stage.slack.clock.advance(86_400)
    assert stage.said_in(stage.slack.dm("UMARA").id) == ["First", "First", "Second"]
    assert list(stage.parked()) == ["First"]


async def test_a_restart_in_the_middle_of_an_outage_says_everything_once(
    stage: SlackStage,
) -> None:
    async with stage.working():
        stage.show(7, "Opened")
        await stage.drained(MINUTE)
        # Slack does what it is asked, and cannot say so.
        stage.slack.goes_down(Fault.status(503, is_accepted=True))
        for lane in ("ticket:7:agents:it", "person:mara", "person:jo"):
            stage.say(lane, "First")
            stage.say(lane, "Second")
        for _ in range(5):
            await stage.pass_(10 * SECOND)
    async with stage.working():
        for _ in range(5):
            await stage.pass_(10 * SECOND)
        stage.slack.comes_back()
        await stage.drained(10 * MINUTE)
    for kind in (REPLY, DIRECT):
        assert seen(stage, kind) == ["First", "Second"]
    assert stage.said_in(stage.slack.dm("UJO").id) == ["First", "Second"]
    assert stage.parked() == {}


# --- a process that dies before it can write down what Slack accepted -----------------------------


def leases_run_out(url: str) -> None:
    """Let the minutes pass for which a dead process owns what it was sending."""
    engine = create_engine(address_of(url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE outbox SET next_at = due_at WHERE state = 'sending'"))
    engine.dispose()


async def all_told(url: str) -> None:
    """Wait until nothing is left to be told."""
    with closing(open_store(url, record)) as store:
        await until(lambda: store.read(lambda tx: tx.outbox.oldest_unsent()) is None)


def everywhere(slack: LoopbackSlack) -> dict[str, list[str]]:
    """Return everything that stands anywhere."""
    card = slack.messages("CHELP")[0]
    places = {"card": slack.messages("CHELP"), "thread": slack.messages("CHELP", card)}
    places["direct"] = slack.messages(slack.dm("UMARA"))
    return {name: [reads(one) for one in shown] for name, shown in places.items()}


@pytest.mark.parametrize(("way", "kind"), [("http", "sqlite"), ("socket", "postgresql")])
async def test_what_slack_accepted_from_a_process_that_died_is_not_said_again(
    request: pytest.FixtureRequest, shared_specs: Path, tmp_path: Path, way: Way, kind: str
) -> None:
    slack = peopled(shared_specs)
    with migrated_url(request, kind, is_shared=False) as url:
        async with slack.serving():
            settings = settings_in(slack, url, tmp_path, way)
            lost = [Fault.hang(), Fault.hang()]
            async with desk_process(slack, settings, way) as process:
                await fill_in(slack, "VPN drops")
                slack.next("chat.postMessage", *lost)
                await slack.submits("UMARA", values={"What happened?": "Since noon."})
                await asyncio.gather(*(one.began.wait() for one in lost))
                await until(lambda: len(slack.messages("CHELP")) == 1)
                await process.kill()
            leases_run_out(url)
            lost_again = Fault.hang()
            async with desk_process(slack, settings, way) as process:
                await all_told(url)
                (receipt,) = slack.messages(slack.dm("UMARA"))
                slack.next("chat.postMessage", lost_again)
                mara = slack.dm("UMARA")
                await slack.says("UMARA", mara, "It drops again", thread_ts=receipt)
                await slack.says("UMARA", mara, "And again", thread_ts=receipt)
                await lost_again.began.wait()
                await until(lambda: bool(slack.messages("CHELP", slack.messages("CHELP")[0])))
                await process.kill()
            leases_run_out(url)
            async with desk_process(slack, settings, way):
                await all_told(url)
            for one in (*lost, lost_again):
                one.until.set()
            if slack.http is not None:
                await slack.http.close()
    found = everywhere(slack)
    assert [len(found[place]) for place in ("card", "direct")] == [1, 1]
    said = [one for one in found["thread"] if "again" in one]
    assert ["It drops again" in one for one in said] == [True, False]
    assert ["And again" in one for one in said] == [False, True]
    assert slack.complaints == []
