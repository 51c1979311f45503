"""No library tells a log what people wrote or what opens doors, at any level, to any handler."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, make_url, text

from chatdesk.adapters.clock.ticks import Ticks
from chatdesk.mishaps import keep_logs_discreet
from tests.adapters.conftest import migrated_url
from tests.adapters.slack_room import POLICY, opened, running
from tests.slack.faults import Fault
from tests.slack.loopback import LoopbackSlack

MARKER = "My-salary-is-4711"
PASSWORD = "correct-horse"


class Everything(logging.Handler):
    """A handler as somebody else might add one: it keeps all that it is given, written out."""

    def __init__(self) -> None:
        """Listen to every level."""
        super().__init__(level=logging.NOTSET)
        self.written = io.StringIO()
        self.names: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Write down what any formatter could make of it."""
        self.names.add(record.name.partition(".")[0])
        parts = [record.getMessage(), repr(record.args), record.exc_text or ""]
        parts += traceback.format_exception(*record.exc_info) if record.exc_info else []
        self.written.write("\n".join([self.format(record), *parts]))


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Everything]:
    """All that anybody logs while every logger there is says all it can."""
    factory = logging.getLogRecordFactory()
    for module, hook in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(module, hook, getattr(module, hook))
    keep_logs_discreet()
    handler = Everything()
    root = logging.getLogger()
    loggers = [one for one in root.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    before = [(one, one.level) for one in (root, *loggers)]
    root.addHandler(handler)
    _shout()
    yield handler
    root.removeHandler(handler)
    for one in root.manager.loggerDict.values():
        if isinstance(one, logging.Logger):
            one.setLevel(logging.NOTSET)
    for one, level in before:
        one.setLevel(level)
    logging.setLogRecordFactory(factory)


def _shout() -> None:
    root = logging.getLogger()
    for one in (root, *root.manager.loggerDict.values()):
        if isinstance(one, logging.Logger) and not one.name.startswith("chatdesk"):
            one.setLevel(logging.DEBUG)
    for name in ("sqlalchemy.engine", "sqlalchemy.pool", "slack_sdk", "slack_bolt", "aiohttp"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "apscheduler", "asyncio"):
        logging.getLogger(name).setLevel(logging.DEBUG)


@pytest.mark.parametrize("way", ["socket", "http"])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_tickets_life_in_slack_is_told_to_no_log(
    heard: Everything,
    request: pytest.FixtureRequest,
    shared_specs: Path,
    tmp_path: Path,
    kind: str,
    way: Any,
) -> None:
    slack = LoopbackSlack(shared_specs)
    people = [slack.user(one) for one in ("UMARA", "UJO", "UKIM", "UDANA")]
    slack.channel("CHELP", "it-help", *people[1:3], kind="private")
    slack.channel("CGENERAL", "general", *people)
    (tmp_path / "desk.yaml").write_text(POLICY)
    with migrated_url(request, kind) as lent:
        url = lent
        if kind == "postgresql":
            url = make_url(lent).set(password=PASSWORD).render_as_string(hide_password=False)
        async with slack.serving(), running(slack, url, tmp_path, way) as desk:
            _shout()  # those who came to be since
            card = await opened(desk, MARKER)
            slack.next("chat.postMessage", Fault.drop())
            await slack.says("UJO", "CHELP", f"Between us: {MARKER}", thread_ts=card)
            await desk.settled()
            await desk.settled()
    assert {"sqlalchemy", "slack_sdk", "asyncio"} <= heard.names, "they did speak"
    written = heard.written.getvalue()
    assert MARKER.casefold() not in written.casefold()
    secrets = [slack.app.bot_token, slack.app.app_token, slack.app.signing_secret, PASSWORD]
    assert [secret for secret in secrets if secret in written] == []
    assert "response_url" not in written
    assert "hooks." not in written


def fail() -> None:
    raise ValueError(f"cannot do that with {MARKER}")


def fail_with_causes() -> None:
    try:
        try:
            fail()
        except ValueError as error:
            raise ConnectionError(f"postgresql://me:{PASSWORD}@host") from error
    except ConnectionError:
        raise RuntimeError(f"https://hooks.slack.com/{MARKER}")  # noqa: B904 - a context is a cause


@pytest.mark.parametrize(
    "name",
    [
        "slack_sdk.web",
        "aiohttp.server",
        "sqlalchemy.pool",
        "uvicorn.error",
        "apscheduler",
        "asyncio",
    ],
)
def test_no_library_quotes_an_exception_or_its_causes(heard: Everything, name: str) -> None:
    logger = logging.getLogger(name)
    try:
        fail_with_causes()
    except RuntimeError as error:
        logger.exception("failed: %s", error)  # noqa: TRY401 - libraries do that
        logger.exception(f"{error}", stack_info=True)  # noqa: G004, TRY401 - and that
        logger.debug("signed link %s", {"url": f"https://desk/{MARKER}"})
    written = heard.written.getvalue()
    for kind in ("ValueError\nwhich led to\n", "ConnectionError\nwhich led to\n", "RuntimeError"):
        assert kind in written
    assert "test_discreet_logs" in written, "where it was is told"
    quoted = written.replace('raise ValueError(f"cannot do that with {MARKER}")', "")
    assert MARKER not in quoted
    assert PASSWORD not in quoted


def test_a_failing_thread_and_a_failing_program_say_only_where(heard: Everything) -> None:
    thread = threading.Thread(target=fail_with_causes)
    thread.start()
    thread.join()
    try:
        fail_with_causes()
    except RuntimeError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    written = heard.written.getvalue()
    assert "uncaught in a thread" in written
    assert "uncaught in the program" in written
    assert f"with {MARKER}" not in written
    assert PASSWORD not in written


async def test_timers_and_tasks_that_fail_say_only_where(heard: Everything) -> None:
    ticks = Ticks()

    async def work() -> None:
        fail_with_causes()

    ticks.every(timedelta(seconds=1), work, name="work")
    ticks.start()
    task = asyncio.get_running_loop().create_task(work())
    await asyncio.sleep(1.2)
    del task
    await ticks.stop()
    assert "apscheduler" in heard.names or "chatdesk" in heard.names
    assert f"with {MARKER}" not in heard.written.getvalue()


def test_a_database_that_refuses_says_nothing_of_what_it_was_given(heard: Everything) -> None:
    engine = create_engine("sqlite://", echo=False)
    with engine.connect() as connection, pytest.raises(Exception, match="no such table"):
        connection.execute(text("INSERT INTO nowhere VALUES (:it)"), {"it": MARKER})
    engine.dispose()
    assert "sqlalchemy" in heard.names
    assert MARKER not in heard.written.getvalue()


async def test_a_client_says_nothing_of_where_it_goes(heard: Everything) -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.post(f"http://127.0.0.1:1/{MARKER}", json={"it": MARKER})
    assert {"httpx", "httpcore"} & heard.names
    assert MARKER not in heard.written.getvalue()


def test_the_environment_is_in_no_log(heard: Everything) -> None:
    logging.getLogger("aiohttp").debug("%s", dict(os.environ))
    assert os.environ["PATH"] not in heard.written.getvalue()
