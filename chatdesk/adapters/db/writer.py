"""The one thread that writes to a SQLite database, committing together what arrived together.

Each drain of the queue is one transaction and each unit in it a savepoint: synchronous=FULL then
costs one wait for the disk a drain, and a unit that raises is rolled back alone. Nobody is
answered before COMMIT. A commit that fails may be one unit's fault (too big for the disk), so the
units of that drain are then tried again one by one.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillWaiting
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar, cast

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from chatdesk.adapters.db.failures import Trouble, as_raised, is_locked, trouble
from chatdesk.adapters.db.unit import Unit
from chatdesk.ports import StoreUnavailable, Transaction

T = TypeVar("T")

MOST_TOGETHER = 64
"""Units of one drain: enough to make the disk's wait small for each, few enough to answer soon."""


@dataclass(slots=True, eq=False)
class _Job:
    """A unit of work, who waits for it, and until when it may wait for the lock.

    `outcome` tells the caller; it is called after COMMIT.
    """

    work: Callable[[Transaction], Any]
    give_up_at: float
    answer: Future[Any] = field(default_factory=Future)
    outcome: Callable[[], None] | None = None


class _Undone(Exception):
    """The whole transaction is gone, units that had succeeded included."""


class Writer:
    """Runs units of work on a thread of its own, begun with the first unit.

    `connect` opens the connection, `units` builds what a unit works with; `hear` is told each
    statement that begins or ends something, `tell` called after a COMMIT that brought news. A unit
    may be run more than once, never committed more than once.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        units: Callable[[Connection], tuple[Unit, Transaction]],
        *,
        hear: Callable[[str], None],
        tell: Callable[[], None],
        give_up_after: timedelta,
    ) -> None:
        self._connect = connect
        self._units = units
        self._hear = hear
        self._tell = tell
        self._patience = give_up_after.total_seconds()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._is_closed = False
        self._connection: Connection | None = None

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Do work in a transaction; its answer comes after COMMIT."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("a unit of work may not begin another: use the one it has")
        job = _Job(work, time.monotonic() + self._patience)
        with self._starting:
            if self._is_closed:
                raise StoreUnavailable("the store is closed")
            self._begin_thread()
            self._jobs.put(job)
        try:
            answer: T = job.answer.result(self._patience)
        except StillWaiting:
            if job.answer.cancel():
                raise StoreUnavailable("other writers keep the database busy") from None
            # It has begun: only its end can tell whether something changed.
            answer = job.answer.result()
        return answer

    def close(self) -> None:
        """Finish what is queued and end the thread."""
        with self._starting:
            self._is_closed = True
            self._jobs.put(None)
            thread = self._thread
        if thread is not None:
            thread.join()

    def _begin_thread(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="chatdesk-writer", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while (first := self._jobs.get()) is not None:
            together, is_last = self._drain(first)
            ready = [job for job in together if job.answer.set_running_or_notify_cancel()]
            self._serve(ready)
            for job in ready:
                if job.outcome is not None:
                    job.outcome()
            if is_last:
                break
        self._disconnect()

    def _drain(self, first: _Job) -> tuple[list[_Job], bool]:
        together = [first]
        with suppress(queue.Empty):
            while len(together) < MOST_TOGETHER:
                job = self._jobs.get_nowait()
                if job is None:
                    return together, True
                together.append(job)
        return together, False

    def _serve(self, jobs: list[_Job]) -> None:
        """Give every job its outcome; nothing may leave the thread without its jobs knowing."""
        try:
            began = self._begin(jobs)
            if began:
                self._commit_together(began)
        except BaseException as error:  # noqa: BLE001 - each job's caller raises it
            _give_up([job for job in jobs if job.outcome is None], error)
            self._disconnect()

    def _commit_together(self, jobs: list[_Job]) -> None:
        try:
            has_news = sum(self._run_one(job) for job in jobs) > 0
            self._control("COMMIT")
        except (_Undone, sqlite3.Error) as error:
            self._disconnect()
            if len(jobs) == 1:
                _give_up(jobs, error.__cause__ or error)
                return
        else:
            if has_news:
                self._tell()
            return
        for job in jobs:
            job.outcome = None
            self._serve([job])

    def _begin(self, jobs: Iterable[_Job]) -> list[_Job]:
        """Begin the transaction; return the jobs that did not give up while waiting for it."""
        waiting = list(jobs)
        while waiting:
            try:
                self._control("BEGIN IMMEDIATE")
            except sqlite3.Error as error:
                if not is_locked(error):
                    raise
                now = time.monotonic()
                _give_up([job for job in waiting if job.give_up_at <= now], error)
                waiting = [job for job in waiting if job.give_up_at > now]
            else:
                break
        return waiting

    def _run_one(self, job: _Job) -> bool:
        """Run a job's work in its savepoint; return whether a worker should hear of it."""
        self._control("SAVEPOINT unit")
        unit, transaction = self._units(self._connected())
        try:
            result = job.work(transaction)
            unit.finish()
        except BaseException as error:
            if not self._is_in_transaction() or trouble(error) is Trouble.UNAVAILABLE:
                raise _Undone from error
            self._control("ROLLBACK TO unit")
            self._control("RELEASE unit")
            job.outcome = partial(job.answer.set_exception, error)
            return False
        self._control("RELEASE unit")
        job.outcome = partial(job.answer.set_result, result)
        return unit.has_news

    def _control(self, statement: str) -> None:
        """Begin or end something in the database."""
        self._hear(statement)
        self._driver().execute(statement)

    def _driver(self) -> sqlite3.Connection:
        return cast("sqlite3.Connection", self._connected().connection.dbapi_connection)

    def _is_in_transaction(self) -> bool:
        """Tell whether SQLite has not thrown the transaction away, as it does on a full disk."""
        return self._driver().in_transaction

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _disconnect(self) -> None:
        """Let the connection go, and with it whatever was not committed."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError, sqlite3.Error):
                connection.invalidate()
            with suppress(SQLAlchemyError, sqlite3.Error):
                connection.close()


def _give_up(jobs: Iterable[_Job], error: BaseException) -> None:
    for job in jobs:
        job.outcome = partial(job.answer.set_exception, as_raised(error))
