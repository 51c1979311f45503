"""A desk that is told to end while it speaks loses nothing and says nothing twice."""

from __future__ import annotations

import json
import os
import secrets
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from chatdesk import bootstrap
from chatdesk.config import PolicySource, Settings
from chatdesk.config.source import example_file
from chatdesk.ui.exchange import Done, Interaction, Submitted, Typed, Visitor
from tests.adapters.conftest import migrated_url
from tests.conftest import ROOT
from tests.scenarios.acts import VPN_DROPS
from tests.scenarios.local_stage import LocalStage

TICKETS, WORDS = 8, 5

PATIENCE = 60.0


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Where a desk is that has a great deal to say and has not begun."""
    policy = example_file().read_text()
    for cap in ("open_cap: 20", "per_hour: 10"):
        policy = policy.replace(cap, f"{cap}00")
    (tmp_path / "desk.yaml").write_text(policy)
    with migrated_url(request, request.param, is_shared=False) as url:
        made = Settings(
            policy=tmp_path / "desk.yaml", data_dir=tmp_path, database_url=SecretStr(url)
        )
        parts = bootstrap.assemble(made, PolicySource(made.policy))
        for number in range(1, TICKETS + 1):
            _does(parts, "mara", Submitted(id="new:0:0", values=VPN_DROPS))
            for word in range(WORDS):
                _does(parts, "jo", Typed(text=f"/ticket note {number} Word {word} of {number}"))
        parts.close()
        yield made


def _does(parts: bootstrap.Parts, who: str, done: Done) -> None:
    answer = parts.reception.receive(
        Interaction(
            key=secrets.token_hex(8),
            platform="local",
            by=Visitor(handle=f"local:{who}", name=who.title()),
            place="",
            done=done,
        )
    )
    assert not answer.is_refusal, answer


def start(settings: Settings) -> subprocess.Popen[bytes]:
    """Start the desk's worker as an operator would."""
    environment = {
        **os.environ,
        "CHATDESK_POLICY": str(settings.policy),
        "CHATDESK_DATA_DIR": str(settings.data_dir),
        "CHATDESK_DATABASE_URL": settings.database.get_secret_value(),
    }
    command = [sys.executable, "-m", "chatdesk", "run", "--only", "worker"]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def told(settings: Settings) -> dict[int, list[str]]:
    """Return what stands in the threads of the agents' channel, by ticket."""
    with closing(sqlite3.connect(settings.data_dir / "workspace.sqlite3")) as connection:
        rows = connection.execute(
            "SELECT card FROM messages WHERE place = 'channel/it-help' ORDER BY id"
        ).fetchall()
    found: dict[int, list[str]] = {number: [] for number in range(1, TICKETS + 1)}
    for (card,) in rows:
        for element in json.loads(card)["elements"]:
            if element["kind"] == "quote" and element["text"].startswith("Word"):
                found[int(element["text"].split()[-1])].append(element["text"])
    return found


def wait_for_words(settings: Settings, count: int) -> None:
    """Wait until so many words stand there."""
    gives_up_at = time.monotonic() + PATIENCE
    while sum(map(len, told(settings).values())) < count:
        assert time.monotonic() < gives_up_at, "it does not get on"
        time.sleep(0.02)


def end_in_the_middle(settings: Settings, count: int, *, how_often: int) -> int:
    """Start the desk, tell it to end when so many words stand there, and return its status."""
    desk = start(settings)
    try:
        wait_for_words(settings, count)
        for _ in range(how_often):
            desk.send_signal(signal.SIGTERM)
        return desk.wait(PATIENCE)
    finally:
        desk.kill()
        desk.wait()


async def goes_on(settings: Settings) -> dict[int, list[str]]:
    """Let the desk say the rest, an hour later, and return all that stands there then."""
    later = datetime.now(UTC) + timedelta(hours=1)
    url = settings.database.get_secret_value()
    policy = PolicySource(settings.policy)
    stage = LocalStage(settings.data_dir, url, policy=policy, moment=later)
    async with stage.working():
        await stage.settle()
    return told(settings)


EVERYTHING = {
    number: [f"Word {word} of {number}" for word in range(WORDS)]
    for number in range(1, TICKETS + 1)
}


async def test_told_to_end_in_the_middle_it_goes_on_without_a_gap_or_an_echo(
    settings: Settings,
) -> None:
    for count in (1, 15):
        assert end_in_the_middle(settings, count, how_often=1) == 0
    assert await goes_on(settings) == EVERYTHING


async def test_told_twice_it_ends_at_once_and_loses_nothing_either(settings: Settings) -> None:
    status = end_in_the_middle(settings, 10, how_often=2)
    assert status in {0, -signal.SIGTERM}
    assert await goes_on(settings) == EVERYTHING
