"""The store on PostgreSQL: every unit runs in its caller's thread, on a connection of a pool."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, TypeVar, cast

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Connection, Engine, RootTransaction, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from chatdesk.adapters.db import chain
from chatdesk.adapters.db.aftermath import has_committed
from chatdesk.adapters.db.codec import Codec
from chatdesk.adapters.db.failures import Saving, Trouble, said_plainly, trouble
from chatdesk.adapters.db.sqlite import hear_statements
from chatdesk.adapters.db.tickets import Numbering
from chatdesk.adapters.db.transaction import transaction
from chatdesk.adapters.db.underway import UnderWay
from chatdesk.adapters.db.unit import RealTime, Unit
from chatdesk.ports import Stale, Transaction, Verdict

T = TypeVar("T")

CHANNEL = "chatdesk"
"""Where sleeping workers hear of new rows."""

TRIES = 5
"""How often a unit that lost a race is run before its caller must decide again."""

WRITES_WITHIN = timedelta(seconds=2)
"""The longest a statement of a writing unit, or its wait for a lock, may take."""

READS_WITHIN = timedelta(seconds=60)
"""The same for reading units, which include a digest over years."""

CONNECTIONS = 10
"""The size of each of the two pools, for writing and for reading."""


class PostgresqlStore:
    """A `chatdesk.ports.Store` over a server; see `chatdesk.adapters.db.open_store`."""

    def __init__(
        self,
        url: URL,
        codec: Codec,
        *,
        real_time: RealTime | None = None,
        on_statement: Callable[[str], None] | None = None,
        connections: int = CONNECTIONS,
    ) -> None:
        self._url = url
        self._codec = codec
        self._real_time = real_time
        self._hear = on_statement or (lambda _statement: None)
        self._numbering = Numbering()
        self._saving = Saving()
        self._under_way = UnderWay()
        self._listeners: list[Listener] = []
        self._engine = pooled_engine(url, WRITES_WITHIN, connections, on_statement)
        readers = pooled_engine(url, READS_WITHIN, connections, on_statement)
        self._readers = readers.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Do work in one transaction; its answer comes after COMMIT.

        The work is run again when it lost a race, so it must change nothing but the store.
        Raises StoreUnavailable; nothing was changed then. Raises Stale when it lost every race.
        """
        with self._under_way.unit(), self._saving:
            return self._write_in_turn(work)

    def can_save(self) -> bool:
        """Whether things can be saved at present; tried only if an attempt has failed."""
        return self._saving.works(self.write)

    def _write_in_turn(self, work: Callable[[Transaction], T]) -> T:
        for attempt in range(TRIES):
            if attempt:
                # Those who met once would otherwise meet again.
                time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - no secret
            try:
                with said_plainly():
                    return self._write_once(work)
            except (SQLAlchemyError, psycopg.Error) as error:
                if trouble(error) is not Trouble.LOST_RACE:
                    raise
                lost = error
        raise Stale(f"lost {TRIES} races in a row") from lost

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Do reading work on one consistent snapshot; what it returns must not be lazy."""
        with self._snapshot() as connection:
            return work(self._unit(connection)[1])

    def listen(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called, on another thread, after new rows are committed; a hint, no more.

        Returns a function that ends it. Commits of every process are heard.
        """
        listener = Listener(self._url, wake)
        self._listeners.append(listener)
        return listener.close

    def broken_records(self) -> list[int]:
        """Return the numbers of tickets whose record was tampered with; reads every fact."""
        return chain.broken(self.verdict().faults)

    def verdict(self) -> Verdict:
        """Return what in records and acts is not what was written; reads all of them."""
        with self._snapshot() as connection:
            return chain.verdict(connection, self._codec)

    def close(self) -> None:
        """Finish what was begun and let go of every connection."""
        for listener in self._listeners:
            listener.close()
        self._under_way.close()
        self._readers.dispose()
        self._engine.dispose()

    @contextmanager
    def _snapshot(self) -> Iterator[Connection]:
        reading = said_plainly(is_reading=True)
        with self._under_way.unit(), reading, self._readers.connect() as connection:
            yield connection

    def _write_once(self, work: Callable[[Transaction], T]) -> T:
        with self._engine.connect() as connection:
            begun = connection.begin()
            try:
                unit, ports = self._unit(connection)
                result = work(ports)
                unit.finish()
                _refuse_if_broken(connection)
            except BaseException:
                begun.rollback()
                raise
            self._commit(begun, unit)
            if unit.has_news:
                self._tell(connection)
        return result

    def _commit(self, begun: RootTransaction, unit: Unit) -> None:
        try:
            begun.commit()
        except DBAPIError as error:
            is_lost = error.connection_invalidated and unit.xid is not None
            if not (is_lost and has_committed(self._url, unit.xid or "")):
                raise

    def _unit(self, connection: Connection) -> tuple[Unit, Transaction]:
        unit = Unit(connection=connection, codec=self._codec, real_time=self._real_time)
        return unit, transaction(unit, self._numbering)

    def _tell(self, connection: Connection) -> None:
        """Wake workers; after COMMIT, because a NOTIFY inside makes all commits queue."""
        # It is a hint: the rows are safe, and a poll finds them.
        with suppress(psycopg.Error, SQLAlchemyError):
            driver = _driver(connection)
            self._hear(f"NOTIFY {CHANNEL}")
            driver.autocommit = True  # one question to the server instead of three
            try:
                driver.execute(f"NOTIFY {CHANNEL}")
            finally:
                driver.autocommit = False


class Listener:
    """A thread that waits for other processes' commits, reconnecting for as long as it lives."""

    def __init__(self, url: URL, wake: Callable[[], None]) -> None:
        self._url = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._wake = wake
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chatdesk-listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread; doing it twice is harmless."""
        self._is_closed.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_closed.is_set():
            with suppress(psycopg.Error):
                self._listen()
            self._is_closed.wait(1)

    def _listen(self) -> None:
        with psycopg.connect(self._url, autocommit=True, connect_timeout=2) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            # What came while nobody listened.
            self._wake()
            while not self._is_closed.is_set():
                for _ in connection.notifies(timeout=0.5, stop_after=1):
                    self._wake()


def pooled_engine(
    url: URL,
    within: timedelta,
    connections: int,
    on_statement: Callable[[str], None] | None = None,
) -> Engine:
    """Return an engine with a pool that notices dead connections, and time limits everywhere."""
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=WRITES_WITHIN.total_seconds(),
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 2,
            "application_name": "chatdesk",
            # A network that swallows packets must not hold a caller beyond its answer.
            "tcp_user_timeout": 5000,
            "keepalives_idle": 10,
        },
    )
    milliseconds = int(within.total_seconds() * 1000)

    @event.listens_for(engine, "connect")
    def _prepare(driver: Any, _record: object) -> None:
        driver.execute(f"SET statement_timeout = {milliseconds}")
        driver.execute(f"SET lock_timeout = {int(WRITES_WITHIN.total_seconds() * 1000)}")
        driver.execute(f"SET idle_in_transaction_session_timeout = {milliseconds + 10_000}")
        driver.execute("SET timezone = 'UTC'")
        # Acknowledged means durable, whatever the server was told.
        driver.execute(
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') = 'off'"
        )
        driver.commit()

    hear_statements(engine, on_statement)
    if on_statement is not None:
        event.listen(engine, "begin", lambda _connection: on_statement("BEGIN"))
        event.listen(engine, "commit", lambda _connection: on_statement("COMMIT"))
    return engine


def _refuse_if_broken(connection: Connection) -> None:
    """Refuse to commit after an error that the work swallowed: PostgreSQL would roll back."""
    if _driver(connection).info.transaction_status is TransactionStatus.INERROR:
        raise RuntimeError("a unit of work went on after the database had refused a statement")


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", connection.connection.dbapi_connection)
