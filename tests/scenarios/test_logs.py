"""No word that anybody wrote stands in a log, at any level, whatever goes wrong."""

from __future__ import annotations

import io
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NoReturn

import httpx
import pytest

from chatdesk.adapters.db import SqlStore
from chatdesk.adapters.http.app import build_app
from chatdesk.mishaps import Discreet
from chatdesk.ui.cards import button_id
from chatdesk.ui.exchange import Submitted, Typed
from tests.adapters.conftest import migrated_url
from tests.inside import connection_of
from tests.scenarios.acts import VPN_DROPS, answered, does
from tests.scenarios.local_stage import LocalStage

MARKER = "My-salary-is-4711"

SECRET_FORM = Submitted(id="new:0:0", values=VPN_DROPS | {"details": MARKER})


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that anybody logs, libraries included, as `chatdesk run` writes it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(Discreet("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root, database = logging.getLogger(), logging.getLogger("sqlalchemy")
    before = root.level, database.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    database.setLevel(logging.INFO)  # every statement; below that it would be every row
    yield written
    root.removeHandler(handler)
    root.setLevel(before[0])
    database.setLevel(before[1])


@pytest.fixture
async def stage(log: io.StringIO, store_url: str, tmp_path: Path) -> AsyncIterator[LocalStage]:
    """A desk that was opened while everything is logged."""
    async with LocalStage(tmp_path, store_url).working() as working:
        yield working


def fail(*_: object, **__: object) -> NoReturn:
    """Fail as careless code does."""
    raise ValueError(f"cannot do that with {MARKER}")


def lose_the_texts(store: SqlStore) -> None:
    """Break the database so that every statement with somebody's words fails."""
    store.write(
        lambda tx: connection_of(tx).exec_driver_sql("ALTER TABLE entries RENAME TO elsewhere")
    )


def assert_told_without_words(log: io.StringIO, kind: str) -> None:
    written = log.getvalue()
    assert kind in written
    assert MARKER not in written
    assert MARKER.casefold() not in written.casefold()


async def test_everyday_work_is_logged_without_words(stage: LocalStage, log: io.StringIO) -> None:
    await does(stage, "mara", SECRET_FORM)
    await stage.settle()
    await does(
        stage, "jo", Typed(text=f"/ticket note 1 {MARKER}"), Typed(text=f"/ticket find {MARKER}")
    )
    await stage.settle()
    assert_told_without_words(log, "INSERT INTO entries")


async def test_a_bug_in_a_decision_is_logged_by_its_kind(
    stage: LocalStage, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.parts.desk, "act", fail)
    answer = await answered(stage, "mara", SECRET_FORM)
    assert answer.is_refusal
    reference = log.getvalue().split("bug ")[1].split()[0]
    assert reference in " ".join(answer.errors.values())
    assert_told_without_words(log, "ValueError")


async def test_a_broken_database_is_logged_without_what_it_was_given(
    log: io.StringIO, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    for kind in ("sqlite", "postgresql"):
        with migrated_url(request, kind, is_shared=False) as url:
            data_dir = tmp_path / kind
            data_dir.mkdir()
            async with LocalStage(data_dir, url).working() as stage:
                lose_the_texts(stage.parts.store)
                answer = await answered(stage, "mara", SECRET_FORM)
                assert answer.is_refusal
    assert_told_without_words(log, "OperationalError")
    assert_told_without_words(log, "UndefinedTable")


async def test_a_bug_in_drawing_a_notice_is_logged_by_its_kind(
    stage: LocalStage, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.parts.gallery, "present", fail)
    await does(stage, "mara", SECRET_FORM)
    await stage.settle()
    assert_told_without_words(log, "ValueError")


async def test_a_bug_at_the_door_is_logged_by_its_kind(
    stage: LocalStage, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = stage.parts.door
    app = build_app(routers=[door.router], body_limits=door.body_limits)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Host": "127.0.0.1", "Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}
    query = {"for": "local:mara"}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        seen = await client.get("/local/workspace", params=query, headers=headers)
        headers["X-Chatdesk-Token"] = seen.json()["token"]
        monkeypatch.setattr(stage.parts.reception, "_receive", fail)
        monkeypatch.setattr(stage.parts.reception, "_refusal", fail)
        form: dict[str, Any] = {"place": "direct/mara", "key": "key-00001", "id": button_id("new")}
        form["values"] = {"details": MARKER}
        answer = await client.post("/local/submit", params=query, json=form, headers=headers)
    assert answer.status_code == 500
    assert_told_without_words(log, "ValueError")


def test_the_causes_of_an_exception_are_logged_by_their_kinds() -> None:
    try:
        try:
            fail()
        except ValueError as error:
            raise RuntimeError(MARKER) from error
    except RuntimeError as error:
        told = Discreet().formatException((type(error), error, error.__traceback__))
    assert "ValueError\nwhich led to\n" in told
    assert told.endswith("RuntimeError")
    assert MARKER not in told.replace('raise ValueError(f"cannot do that with {MARKER}")', "")
