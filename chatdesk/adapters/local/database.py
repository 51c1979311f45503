"""The local platform's own SQLite file: its tables, and how they are read and written."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAIT_SECONDS = 2.5
"""How long a busy file is waited for; a person is told within three seconds."""

CHANGES_KEPT = 20_000
"""A page that missed more than these reads everything anew."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS places (
    place TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (kind, name)
);
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    place TEXT NOT NULL REFERENCES places,
    thread INTEGER NOT NULL DEFAULT 0,
    author TEXT NOT NULL,
    text TEXT NOT NULL,
    card TEXT,
    key TEXT NOT NULL UNIQUE,
    only_for TEXT NOT NULL,
    is_shown INTEGER NOT NULL,
    posted_at TEXT NOT NULL,
    edited_at TEXT NOT NULL DEFAULT '',
    removed_at TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS messages_by_place ON messages (place, thread, id);
CREATE INDEX IF NOT EXISTS messages_by_thread ON messages (thread, id);
CREATE TABLE IF NOT EXISTS files (
    attachment TEXT PRIMARY KEY, name TEXT NOT NULL, media_type TEXT NOT NULL,
    size INTEGER NOT NULL, sent_by TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS message_files (
    message INTEGER NOT NULL REFERENCES messages, position INTEGER NOT NULL,
    attachment TEXT NOT NULL REFERENCES files, PRIMARY KEY (message, position)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (
    person TEXT NOT NULL, place TEXT NOT NULL, thread INTEGER NOT NULL, message INTEGER NOT NULL,
    PRIMARY KEY (person, place, thread)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, place TEXT NOT NULL,
    message INTEGER NOT NULL
);
"""


class PlatformUnavailable(Exception):
    """The workspace cannot keep anything at the moment; nothing was changed. Try again soon."""


class Database:
    """One connection, used by one thread at a time; several processes may share the file."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(
            path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._connection.row_factory = sqlite3.Row
        try:
            for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
                self._connection.execute(f"PRAGMA {setting}")
            self._connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} COMMIT;")
        except sqlite3.Error:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the file; nothing may be asked afterwards."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Do everything in the block or nothing; PlatformUnavailable when it cannot be kept."""
        with self._lock, _failures_named():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """See one state of the file during the block."""
        with self._lock, _failures_named():
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")


@contextmanager
def _failures_named() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as problem:
        raise PlatformUnavailable from problem
