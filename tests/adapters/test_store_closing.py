"""A store that is closed leaves no connection behind, whoever was at work in a thread."""

from __future__ import annotations

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chatdesk.adapters.db import open_store
from chatdesk.lifecycle import record
from chatdesk.ports import StoreUnavailable, Transaction
from tests.inside import connection_of


class Work:
    """A unit of work that goes on until it is told to end; it keeps the connection it had."""

    def __init__(self) -> None:
        self.has_begun = threading.Event()
        self.may_end = threading.Event()
        self.driver: Any = None

    def __call__(self, tx: Transaction) -> str:
        self.driver = connection_of(tx).connection.dbapi_connection
        self.has_begun.set()
        assert self.may_end.wait(20)
        return "done"

    def is_disconnected(self) -> bool:
        """Tell whether its connection was closed for good."""
        if not isinstance(self.driver, sqlite3.Connection):
            return bool(self.driver.closed)
        try:
            self.driver.execute("SELECT 1")
        except sqlite3.ProgrammingError:
            return True
        return False


@pytest.mark.parametrize("way", ["read", "write"])
def test_what_is_under_way_ends_before_a_store_is_closed(store_url: str, way: str) -> None:
    store, work = open_store(store_url, record), Work()
    with ThreadPoolExecutor(2) as threads:
        doing = threads.submit(getattr(store, way), work)
        assert work.has_begun.wait(20)
        closing = threads.submit(store.close)
        time.sleep(0.2)
        work.may_end.set()
        assert doing.result() == "done"
        closing.result()
    assert work.is_disconnected()


@pytest.mark.parametrize("way", ["read", "write"])
def test_nothing_begins_in_a_closed_store(store_url: str, way: str) -> None:
    store = open_store(store_url, record)
    store.close()
    with pytest.raises(StoreUnavailable):
        getattr(store, way)(lambda _: None)


def test_closing_does_not_wait_for_ever(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatdesk.adapters.db.underway.ENDED_WITHIN", timedelta(seconds=0.1))
    store, work = open_store(store_url, record), Work()
    with ThreadPoolExecutor(1) as threads:
        doing = threads.submit(store.read, work)
        assert work.has_begun.wait(20)
        store.close()
        assert not doing.done()
        work.may_end.set()
    work.driver.close()


def test_nobody_waits_for_the_end_of_a_long_read(store_url: str) -> None:
    store, long = open_store(store_url, record), Work()
    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(store.read, long)
        assert long.has_begun.wait(20)
        assert store.read(lambda _tx: "read") == "read"
        assert not reading.done()
        long.may_end.set()
        assert reading.result() == "done"
    assert store.read(lambda _tx: "and again") == "and again"
    store.close()
