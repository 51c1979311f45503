"""The store on SQLite: one file, one thread that writes, a pool of readers beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Literal, TypeVar, cast

from sqlalchemy import URL, Connection, Engine, NullPool, QueuePool, create_engine, event

from chatdesk.adapters.db import chain
from chatdesk.adapters.db.address import BadAddress
from chatdesk.adapters.db.codec import Codec
from chatdesk.adapters.db.failures import Saving, said_plainly
from chatdesk.adapters.db.tickets import Numbering
from chatdesk.adapters.db.transaction import transaction
from chatdesk.adapters.db.underway import UnderWay
from chatdesk.adapters.db.unit import RealTime, Unit, steady_time
from chatdesk.adapters.db.writer import Writer
from chatdesk.config import Obstacle
from chatdesk.ports import Transaction, Verdict

T = TypeVar("T")

Synchronous = Literal["FULL", "NORMAL"]
"""FULL survives a power loss after COMMIT; NORMAL may lose the last commits, and is for benches."""

GIVE_UP_AFTER = timedelta(seconds=2.5)
"""How long a caller waits for the database: people must have an answer within 3 seconds."""

_LOCK_POLL = 0.25
"""Seconds one attempt to begin writing waits for another process."""

READERS = 8
"""Connections that read at the same time."""

TURN_COMES_WITHIN = 0.02
"""Seconds that a read waits for the one before it; then it goes on beside it."""

OLDEST = (3, 35)
"""The first SQLite that can return what an UPDATE changed, which claims are made of."""


class SqliteStore:
    """A `chatdesk.ports.Store` over a file; see `chatdesk.adapters.db.open_store`."""

    def __init__(
        self,
        url: URL,
        codec: Codec,
        *,
        real_time: RealTime | None = None,
        on_statement: Callable[[str], None] | None = None,
        synchronous: Synchronous = "FULL",
        give_up_after: timedelta = GIVE_UP_AFTER,
    ) -> None:
        self.path = path_of(url)
        self._codec = codec
        self._real_time = real_time or steady_time()
        self._hear = on_statement or (lambda _statement: None)
        self._numbering = Numbering()
        self._reading = Lock()
        self._saving = Saving()
        self._under_way = UnderWay()
        self._listeners: list[Callable[[], None]] = []
        self._engine = writing_engine(url, on_statement, synchronous=synchronous)
        self._readers = reading_engine(url, on_statement, give_up_after)
        self._writer = Writer(
            self._engine.connect,
            self._unit,
            hear=self._hear,
            tell=self._tell,
            give_up_after=give_up_after,
        )

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Do work in one transaction; its answer comes after COMMIT.

        The work may be run again when others' failure undid it, so it must change nothing but
        the store. Raises StoreUnavailable; nothing was changed then.
        """
        with self._saving:
            return self._writer.write(work)

    def can_save(self) -> bool:
        """Whether things can be saved at present; tried only if an attempt has failed."""
        return self._saving.works(self.write)

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Do reading work on one consistent snapshot; what it returns must not be lazy."""
        with self._turn(), self._snapshot() as connection:
            return work(self._unit(connection)[1])

    def listen(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called, on another thread, after new rows are committed; a hint, no more.

        Returns a function that ends it. Only this process's own commits are heard.
        """
        self._listeners.append(wake)
        return lambda: self._listeners.remove(wake)

    def broken_records(self) -> list[int]:
        """Return the numbers of tickets whose record was tampered with; reads every fact."""
        return chain.broken(self.verdict().faults)

    def verdict(self) -> Verdict:
        """Return what in records and acts is not what was written; reads all of them."""
        with self._snapshot() as connection:
            return chain.verdict(connection, self._codec)

    def close(self) -> None:
        """Finish what was begun and let go of the file."""
        self._writer.close()
        self._under_way.close()
        self._readers.dispose()
        self._engine.dispose()

    def _unit(self, connection: Connection) -> tuple[Unit, Transaction]:
        unit = Unit(connection=connection, codec=self._codec, real_time=self._real_time)
        return unit, transaction(unit, self._numbering)

    def _tell(self) -> None:
        for wake in tuple(self._listeners):
            wake()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let those who read take turns, for Python computes on one thread at a time anyway.

        Sixteen at once, each giving way at every statement, computed half as much again for the
        same answers and held up the event loop. Behind a long read nobody waits for its end.
        """
        has_turn = self._reading.acquire(timeout=TURN_COMES_WITHIN)
        try:
            yield
        finally:
            if has_turn:
                self._reading.release()

    @contextmanager
    def _snapshot(self) -> Iterator[Connection]:
        reading = said_plainly(is_reading=True)
        with self._under_way.unit(), reading, self._readers.connect() as connection:
            self._hear("BEGIN")
            driver = cast("sqlite3.Connection", connection.connection.dbapi_connection)
            driver.execute("BEGIN")
            yield connection


def path_of(url: URL) -> Path:
    """Return the file of a SQLite address; BadAddress for a database in memory."""
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise BadAddress(
            "the desk keeps its data in a file: name one, for example sqlite:///chatdesk.db"
        )
    return Path(url.database)


def writing_engine(
    url: URL,
    on_statement: Callable[[str], None] | None = None,
    *,
    synchronous: Synchronous = "FULL",
    busy_within: float = _LOCK_POLL,
) -> Engine:
    """Return an engine without a pool whose connections write and leave BEGIN to their user.

    Raises Obstacle when Python was built with a SQLite that lacks what the desk needs.
    """
    if sqlite3.sqlite_version_info < OLDEST:
        needed = ".".join(map(str, OLDEST))
        raise Obstacle(
            f"this Python comes with SQLite {sqlite3.sqlite_version}, and the desk needs"
            f" {needed} or newer: use another Python, or PostgreSQL"
        )
    engine = create_engine(
        url,
        hide_parameters=True,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": busy_within, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _prepare(driver: Any, _record: object) -> None:
        driver.execute("PRAGMA journal_mode = WAL")
        driver.execute(f"PRAGMA synchronous = {synchronous}")
        driver.execute("PRAGMA foreign_keys = ON")
        # Deleted text should not linger; what this leaves, an erasure's VACUUM removes.
        driver.execute("PRAGMA secure_delete = FAST")

    hear_statements(engine, on_statement)
    return engine


def reading_engine(url: URL, on_statement: Callable[[str], None] | None, wait: timedelta) -> Engine:
    """Return an engine with a pool of connections that cannot write."""
    engine = create_engine(
        url,
        hide_parameters=True,
        poolclass=QueuePool,
        pool_size=READERS,
        max_overflow=0,
        pool_timeout=wait.total_seconds(),
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": wait.total_seconds(), "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _prepare(driver: Any, _record: object) -> None:
        driver.execute("PRAGMA query_only = ON")

    hear_statements(engine, on_statement)
    return engine


def hear_statements(engine: Engine, on_statement: Callable[[str], None] | None) -> None:
    """Have a function called with every statement before the driver sees it."""
    if on_statement is None:
        return

    @event.listens_for(engine, "before_cursor_execute")
    def _hear(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        on_statement(statement)
