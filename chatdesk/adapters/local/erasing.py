"""Erases a person from the workspace's own file: what they said, and what was said of them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from chatdesk.adapters.local.database import SCHEMA, WAIT_SECONDS

_BLANK = "UPDATE messages SET text = '', card = NULL, edited_at = '', removed_at = ?"
_DIRECT = "SELECT place FROM places WHERE kind = 'direct' AND name = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """Whose messages: `tickets` are theirs, `files` the attachments that were erased.

    `roots` are messages that show a ticket's card, which the desk will draw anew: they stay.
    """

    handles: Collection[str]
    name: str
    tickets: Collection[int]
    roots: Collection[str]
    files: Collection[str]


def erase(path: Path, whom: Whom) -> int:
    """Blank a person's messages, those to them, and whatever names them or a ticket of theirs.

    Returns how many were blanked; 0 if there is no such file. Rewrites the file, so that nothing
    of it can be read there any more.
    """
    if not path.exists():
        return 0
    at = datetime.now(UTC).isoformat(timespec="seconds")
    with closing(sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)) as connection:
        connection.executescript(f"PRAGMA secure_delete = ON; BEGIN IMMEDIATE; {SCHEMA}")
        blanked = sum(_blank_of(connection, handle, at) for handle in sorted(whom.handles))
        telling = list(_telling_of(connection, whom))
        connection.executemany(f"{_BLANK} WHERE id = ?", [(at, message) for message in telling])
        # They are edited by the desk, which leaves alone what was removed.
        roots = [(int(root),) for root in whom.roots if root.isdecimal()]
        back = "UPDATE messages SET text = '', card = NULL, removed_at = '' WHERE id = ?"
        connection.executemany(back, roots)
        _drop_files(connection, whom)
        connection.execute("COMMIT")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return blanked + len(telling)


def _blank_of(connection: sqlite3.Connection, handle: str, at: str) -> int:
    """Blank what a person said anywhere and what only they saw."""
    whose = f"author = ? OR only_for = ? OR place = ({_DIRECT})"
    values = [at, handle, handle, handle]
    return connection.execute(f"{_BLANK} WHERE {whose}", values).rowcount


def _telling_of(connection: sqlite3.Connection, whom: Whom) -> Iterator[int]:
    """Find messages that name a person, or one of their tickets, and all in these tickets' threads.

    Copies of their words stand in many places, and the desk keeps no list of all of them.
    """
    numbers = "|".join(str(number) for number in sorted(whom.tickets))
    named = [rf"#(?:{numbers})(?![0-9])"] if numbers else []
    named += [re.escape(whom.name)] if any(char.isalnum() for char in whom.name) else []
    if not named:
        return
    tells = re.compile("|".join(named)).search
    found = set()
    query = "SELECT id, thread, text, coalesce(json(card), '') FROM messages ORDER BY id"
    for message, thread, text, card in connection.execute(query):
        if thread in found or tells(text) or tells(card):
            found.add(message)
            yield message


def _drop_files(connection: sqlite3.Connection, whom: Whom) -> None:
    gone = [(file,) for file in whom.files]
    for handle in whom.handles:
        gone += connection.execute("SELECT attachment FROM files WHERE sent_by = ?", [handle])
    connection.executemany("DELETE FROM message_files WHERE attachment = ?", gone)
    connection.executemany("DELETE FROM files WHERE attachment = ?", gone)
