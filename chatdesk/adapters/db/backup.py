"""Backups: consistent copies made while the desk runs, and restores that never send anything again.

On SQLite a backup is a database file of its own, made through SQLite's backup interface (a copy
of the file itself would miss what is still in the log). On PostgreSQL it is a zip file, described
in `dump`. A backup is restored into an empty database of the kind it was made from.

Whatever waited in a backup may have happened since it was made. A restore therefore holds every
unsent outbox row and every timer that is due, until `release_held`, and moves the sequence of
ticket numbers past any that may have been given meanwhile.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL, Connection, func, select, text, update

from chatdesk.adapters.db import dump
from chatdesk.adapters.db.address import address_of
from chatdesk.adapters.db.columns import Moment
from chatdesk.adapters.db.failures import said_plainly
from chatdesk.adapters.db.migrate import alone, refuse_mismatch, upgrade
from chatdesk.adapters.db.schema import (
    IS_UNFINISHED,
    leases,
    occurrences,
    outbox,
    stranded,
    tickets,
    timers,
    troubles,
)
from chatdesk.adapters.db.sqlite import path_of
from chatdesk.config import Obstacle

POSSIBLY_ISSUED = 1000
"""Ticket numbers that may have been given after a backup was made."""

_NOW = select(func.statement_timestamp(type_=Moment))

_MAGIC = b"SQLite format 3\x00"


def backup(url: str, path: Path) -> None:
    """Write a consistent copy of a database to a new file, while others read and write it.

    The file appears only when it is whole. Raises Obstacle if it is there already,
    SchemaMismatch for a database of another version, StoreUnavailable if it cannot be reached.
    """
    address = address_of(url)
    refuse_mismatch(address)
    if path.exists():
        raise Obstacle(f"{path} is there already, and a backup never replaces anything")
    with said_plainly(), _appearing(path) as partial:
        if address.get_backend_name() == "sqlite":
            _copy(path_of(address), partial)
        else:
            dump.write(address, partial)


def restore(path: Path, url: str) -> None:
    """Fill an empty database from a backup; nothing that waited in it goes out by itself.

    Killed half-way it leaves the database as empty as it was. Raises Obstacle for a database that
    is not empty and for a file that is no backup of this kind of database.
    """
    address = address_of(url)
    with said_plainly():
        if address.get_backend_name() == "sqlite":
            _restore_file(path, path_of(address))
            return
        if _is_file(path):
            raise Obstacle(f"{path} is a backup of SQLite: restore it to an address of SQLite")
        with alone(address) as connection:
            dump.read(path, connection)
            hold(connection)


def hold(connection: Connection) -> None:
    """Set aside what would go out by itself, and leave room for numbers given meanwhile."""
    is_postgresql = connection.dialect.name == "postgresql"
    now = connection.execute(_NOW).scalar_one() if is_postgresql else datetime.now(UTC)
    connection.execute(update(outbox).where(IS_UNFINISHED).values(state="held", is_head=False))
    connection.execute(update(timers).where(timers.c.due_at <= now).values(is_held=True))
    connection.execute(
        update(occurrences)
        .where(~occurrences.c.is_done, occurrences.c.due_at <= now)
        .values(is_held=True)
    )
    # What waited for a broken place stays parked: it would go out once that is mended.
    connection.execute(stranded.delete())
    connection.execute(troubles.delete())
    connection.execute(leases.delete())
    _leave_room(connection)


def _leave_room(connection: Connection) -> None:
    is_postgresql = connection.dialect.name == "postgresql"
    given = "last_value" if is_postgresql else "last"
    last = connection.execute(text(f"SELECT {given} FROM ticket_numbers")).scalar_one()  # noqa: S608 - two literals
    used = connection.execute(select(func.max(tickets.c.number))).scalar_one() or 0
    moved = text("SELECT setval('ticket_numbers', :number)")
    if not is_postgresql:
        moved = text("UPDATE ticket_numbers SET last = :number")
    connection.execute(moved, {"number": max(last, used) + POSSIBLY_ISSUED})


# --- SQLite ---------------------------------------------------------------------------------------


def _restore_file(path: Path, target: Path) -> None:
    if not _is_file(path):
        raise Obstacle(f"{path} is no backup of SQLite")
    if target.exists() and not _is_empty(target):
        raise Obstacle(f"{target} is not empty, and a restore never replaces anything")
    target.parent.mkdir(parents=True, exist_ok=True)
    with _appearing(target) as partial:
        _copy(path, partial)
        with alone(URL.create("sqlite+pysqlite", database=str(partial))) as connection:
            upgrade(connection)
            hold(connection)
        _fold_log(partial)


def _is_file(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def _is_empty(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT 1 FROM sqlite_schema").fetchone() is None


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as reader, closing(sqlite3.connect(target)) as writer:
        # In one step: a backup in several begins anew whenever somebody has written.
        reader.backup(writer)
        found = writer.execute("PRAGMA quick_check(1)").fetchone()
    if found != ("ok",):
        raise Obstacle(f"{source} is damaged: {found[0]}")
    _fold_log(target)


def _fold_log(path: Path) -> None:
    """Make a database one file, with no log beside it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


@contextmanager
def _appearing(path: Path) -> Iterator[Path]:
    """Lend a name to write to; what is written there appears at `path` when it is whole."""
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    # People's words are in it: nobody else reads it.
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield partial
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(path)
        _sync_folder(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Let a file's new name outlive a power loss."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
