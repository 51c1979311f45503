"""A store that is full or locked: a plain word, nothing half-written, and then on it goes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import event

from chatdesk import bootstrap
from chatdesk.adapters.db.postgresql import WRITES_WITHIN
from chatdesk.adapters.db.sqlite import GIVE_UP_AFTER, SqliteStore
from chatdesk.adapters.http.app import build_app
from chatdesk.lifecycle.ticket import EntryKind
from chatdesk.ui.cards import button_id
from tests.adapters.conftest import migrated_url
from tests.inside import connection_of
from tests.scenarios.acts import VPN_DROPS, raise_ticket
from tests.scenarios.local_stage import LocalStage

AN_ANSWER_IS_WAITED_FOR = timedelta(seconds=3)

OURS = {"Host": "127.0.0.1", "Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}


class Page:
    """Mara's page in the browser, as far as requests go."""

    def __init__(self, stage: LocalStage, client: httpx.AsyncClient, token: str) -> None:
        """Show the workspace to Mara."""
        self.stage = stage
        self._client = client
        self._headers = {**OURS, "X-Chatdesk-Token": token}

    async def act(self, path: str, key: str, **body: Any) -> httpx.Response:
        """Do something; the same key is a retry."""
        sent = {"place": "direct/mara", "key": key, **body}
        query = {"for": "local:mara"}
        return await self._client.post(
            f"/local/{path}", params=query, json=sent, headers=self._headers
        )

    async def submit_form(self, key: str, summary: str = "VPN drops") -> httpx.Response:
        """Send a filled-in form."""
        values = json.loads(json.dumps(VPN_DROPS | {"summary": summary}))
        return await self.act("submit", key, id=button_id("new"), values=values)

    async def send_file(self, content: bytes) -> httpx.Response:
        """Send a file."""
        return await self._client.post(
            "/local/files",
            params={"for": "local:mara", "name": "picture.png"},
            content=content,
            headers={**self._headers, "Content-Type": "image/png"},
        )

    async def limits(self) -> dict[str, int]:
        """Return what the page is told that fits."""
        shown = await self._client.get(
            "/local/workspace", params={"for": "local:mara"}, headers=OURS
        )
        limits: dict[str, int] = shown.json()["limits"]
        return limits

    async def is_ready(self) -> bool:
        """Ask the door whether the desk works."""
        return (await self._client.get("/ready", headers=OURS)).status_code == 200

    def texts(self) -> list[str]:
        """Return everything written on any ticket."""
        numbers = range(1, 5)
        return self.stage.parts.store.read(
            lambda tx: [
                entry.text for n in numbers for entry in tx.entries.of(n, frozenset(EntryKind))
            ]
        )


@asynccontextmanager
async def page_over(url: str, data_dir: Path) -> AsyncIterator[Page]:
    """Open Mara's page, with everything behind it."""
    stage = LocalStage(data_dir, url)
    door = stage.parts.door
    app = build_app(
        routers=[door.router],
        is_ready=lambda: bootstrap.obstacles(stage.parts.store),
        body_limits=door.body_limits,
    )
    transport = httpx.ASGITransport(app=app)
    async with (
        stage.working(),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        seen = await client.get("/local/workspace", params={"for": "local:mara"}, headers=OURS)
        yield Page(stage, client, seen.json()["token"])


@pytest.fixture
async def page(store_url: str, tmp_path: Path) -> AsyncIterator[Page]:
    """Mara's page."""
    async with page_over(store_url, tmp_path) as opened:
        yield opened


# --- locked ---------------------------------------------------------------------------------------

HOLDING = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def locked_by_another(stage: LocalStage) -> Iterator[None]:
    """Have another process keep the database from being written."""
    store = stage.parts.store
    if isinstance(store, SqliteStore):
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLDING, str(store.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield
        holder.communicate()
        return
    url = stage.parts.settings.database.get_secret_value()
    with psycopg.connect(url) as connection:
        connection.execute("LOCK TABLE inbox, tickets IN ACCESS EXCLUSIVE MODE")
        yield


def test_nobody_waits_longer_for_the_database_than_people_wait_for_an_answer() -> None:
    assert max(GIVE_UP_AFTER, WRITES_WITHIN) < AN_ANSWER_IS_WAITED_FOR


async def test_a_locked_database_is_told_in_words_and_the_retry_has_one_effect(page: Page) -> None:
    with locked_by_another(page.stage):
        for _ in range(2):
            refused = await page.submit_form("the-same-key")
            assert refused.status_code == 503
            assert "nothing was changed" in refused.json()["error"]
            assert refused.headers["retry-after"]
    assert page.texts() == []
    for _ in range(2):
        assert (await page.submit_form("the-same-key")).status_code == 200
    assert page.texts() == ["VPN drops", '{"place": "At home"}']
    await page.stage.settle()
    page.stage.actor("jo").sees("VPN drops")


async def test_words_said_while_it_is_locked_are_nobodys_until_they_are_kept(page: Page) -> None:
    await raise_ticket(page.stage)
    await page.stage.settle()
    receipt = page.stage.actor("mara").sees("#1 VPN drops")
    said = {"text": "It says 5.1", "thread": receipt.thread or receipt.message}
    with locked_by_another(page.stage):
        refused = await page.act("say", "the-same-key", **said)
        assert refused.status_code == 503
        page.stage.actor("jo").does_not_see("It says 5.1")
    assert (await page.act("say", "the-same-key", **said)).status_code == 200
    await page.stage.settle()
    assert page.stage.actor("jo").count("It says 5.1") == 1
    assert page.texts().count("It says 5.1") == 1


# --- full -----------------------------------------------------------------------------------------


def set_room(stage: LocalStage, pages: int) -> None:
    """Let the database grow by so many pages and no more, whoever connects to it."""
    store = stage.parts.store
    assert isinstance(store, SqliteStore)

    def work(tx: Any) -> None:
        connection = tx.marks._connection
        used = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        limit = f"PRAGMA max_page_count = {used + pages}"
        connection.exec_driver_sql(limit)
        event.listen(store._engine, "connect", lambda driver, _: driver.execute(limit))

    store.write(work)


@pytest.fixture
async def page_on_sqlite(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Page]:
    """Mara's page over SQLite, whose room can be limited."""
    with migrated_url(request, "sqlite") as url:
        async with page_over(url, tmp_path) as opened:
            yield opened


async def test_a_full_disk_is_told_in_words_and_leaves_nothing_half_written(
    page_on_sqlite: Page,
) -> None:
    page = page_on_sqlite
    await raise_ticket(page.stage)
    await page.stage.settle()
    before = page.texts()
    set_room(page.stage, 1)
    long = {"values": {"text": "x" * 20_000}, "id": button_id("add_info", 1)}
    refused = await page.act("submit", "the-same-key", **long)
    assert refused.status_code == 503
    assert "nothing was changed" in refused.json()["error"]
    assert not await page.is_ready()
    assert page.texts() == before
    assert page.stage.parts.store.broken_records() == []
    set_room(page.stage, 100_000)
    assert await page.is_ready()
    for _ in range(2):
        assert (await page.act("submit", "the-same-key", **long)).status_code == 200
    assert page.texts() == [*before, "x" * 20_000]
    await page.stage.settle()


async def test_a_file_for_which_there_is_no_room_is_not_kept(page_on_sqlite: Page) -> None:
    page = page_on_sqlite
    set_room(page.stage, 5)
    refused = await page.send_file(b"x" * 1_000_000)
    assert refused.status_code == 503
    assert refused.json()["error"]
    set_room(page.stage, 100_000)
    assert (await page.send_file(b"x" * 1_000_000)).status_code == 201
    kept = page.stage.parts.store.read(
        lambda tx: connection_of(tx).exec_driver_sql("SELECT count(*) FROM attachments").scalar()
    )
    assert kept == 1


async def test_a_file_that_is_too_big_is_refused_with_the_limit(page: Page) -> None:
    limit = page.stage.parts.policy.current.attachments.max_bytes
    refused = await page.send_file(b"x" * (limit + 1))
    assert refused.status_code == 413
    assert "too large" in refused.json()["error"]
    assert "MB" in refused.json()["error"]


# --- away -----------------------------------------------------------------------------------------


async def test_the_door_says_that_it_is_not_ready_while_the_database_does_not_answer(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with migrated_url(request, "postgresql", is_shared=False) as url:
        async with page_over(url, tmp_path) as page:
            assert await page.is_ready()
            with psycopg.connect(url) as connection:
                connection.execute("LOCK TABLE troubles IN ACCESS EXCLUSIVE MODE")
                assert not await page.is_ready()
            assert await page.is_ready()
