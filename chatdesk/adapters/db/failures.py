"""What a database's error means to the desk: come back later, decide again, or a bug."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from types import TracebackType

import psycopg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chatdesk.ports import StoreUnavailable, Transaction

ROOM_TRIED = 100_000
"""Bytes saved to see whether there is room again: more than fits where rows stood before."""


class Saving:
    """Remembers that something could not be saved, until it is shown that things can be again.

    That a small write succeeds shows nothing: a full disk still has room where a row stood before.
    """

    def __init__(self) -> None:
        self._has_failed = False

    def __enter__(self) -> None:
        """Begin an attempt."""

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        """Take note of an attempt that failed for the database's sake."""
        self._has_failed |= isinstance(error, StoreUnavailable)

    def works(self, write: Callable[[Callable[[Transaction], None]], None]) -> bool:
        """Whether things can be saved; tried, with something that takes room, after a failure."""
        if self._has_failed:
            try:
                write(_take_room)
            except StoreUnavailable:
                return False
            self._has_failed = False
        return True


def _take_room(tx: Transaction) -> None:
    tx.marks.set("room", secrets.token_hex(ROOM_TRIED))
    tx.marks.set("room", "")


class Trouble(Enum):
    """What became of a unit of work."""

    UNAVAILABLE = "the database does not answer, is locked, full or broken"
    LOST_RACE = "another unit came first: the same work may succeed if done again"
    BUG = "nothing that waiting would change"


_SQLITE_UNAVAILABLE = (
    "SQLITE_BUSY",
    "SQLITE_CANTOPEN",
    "SQLITE_CORRUPT",
    "SQLITE_FULL",
    "SQLITE_IOERR",
    "SQLITE_LOCKED",
    "SQLITE_NOMEM",
    "SQLITE_NOTADB",
    "SQLITE_PROTOCOL",
    "SQLITE_READONLY",
)

_LOST_RACES = ("40001", "40P01")  # serialization failure, deadlock

# Connection, resources, operator or timeout, system; lock not available; a standby took over.
_POSTGRESQL_UNAVAILABLE = ("08", "53", "57", "58", "55P03", "25006")


def trouble(error: BaseException) -> Trouble:
    """Tell what an error means; one that comes from no database is a bug of somebody else."""
    if isinstance(error, PoolTimeout):
        return Trouble.UNAVAILABLE
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        name = getattr(cause, "sqlite_errorname", "")
        return Trouble.UNAVAILABLE if name.startswith(_SQLITE_UNAVAILABLE) else Trouble.BUG
    if isinstance(cause, psycopg.Error):
        return _on_postgresql(cause)
    return Trouble.BUG


def _on_postgresql(cause: psycopg.Error) -> Trouble:
    if cause.sqlstate is None:
        is_broken = isinstance(cause, psycopg.OperationalError)
        return Trouble.UNAVAILABLE if is_broken else Trouble.BUG
    if cause.sqlstate in _LOST_RACES:
        return Trouble.LOST_RACE
    is_down = cause.sqlstate.startswith(_POSTGRESQL_UNAVAILABLE)
    return Trouble.UNAVAILABLE if is_down else Trouble.BUG


def is_locked(error: BaseException) -> bool:
    """Tell whether another connection to a SQLite file is writing at this moment."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return getattr(cause, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


@contextmanager
def said_plainly(*, is_reading: bool = False) -> Iterator[None]:
    """Turn what an unavailable database raises into StoreUnavailable; let everything else pass.

    That a reading unit may not write is nobody's outage, but a bug in it.
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, psycopg.Error) as error:
        raised = as_raised(error)
        if raised is error or (is_reading and _is_read_only(error)):
            raise
        raise raised from error


def _is_read_only(error: BaseException) -> bool:
    cause = error.orig if isinstance(error, DBAPIError) else error
    name = getattr(cause, "sqlite_errorname", "") or getattr(cause, "sqlstate", "") or ""
    return name.startswith(("SQLITE_READONLY", "25006"))


def as_raised(error: BaseException) -> BaseException:
    """Return what the store's caller sees of an error that ended a unit of work."""
    if trouble(error) is not Trouble.UNAVAILABLE:
        return error
    unavailable = StoreUnavailable("the desk cannot save anything at the moment")
    unavailable.__cause__ = error
    return unavailable
