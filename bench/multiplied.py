"""Fills a database with copies of the tickets it has, made inside the database itself.

A copy is a row that the desk loads, decides on and saves like any other: its number, its requester
and its times differ from the original's, and its state says so where a decision looks at it. Beside
it stand its first fact and, while it is unsolved, its timers. What nobody asks for on the way to a
claim is not copied: texts, their search, later facts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import psycopg

from bench.common import SQLITE
from chatdesk.adapters.db.address import address_of
from chatdesk.adapters.db.columns import NEVER, to_microseconds

REQUESTERS = 5000
"""Among so many people the copies are shared out."""

STEPS = 100_000
"""Copies made by one statement."""


@dataclass(frozen=True, slots=True)
class _Dialect:
    """What the two databases call differently."""

    numbers: str
    later: str
    moment: Callable[[datetime], str]
    last_number: str
    finish: tuple[str, ...]


_ON_SQLITE = _Dialect(
    numbers=(
        "(WITH RECURSIVE counted (number) AS (SELECT {first} UNION ALL"
        " SELECT number + 1 FROM counted WHERE number < {last}) SELECT number FROM counted)"
    ),
    later="+ ({seconds}) * 1000000",
    moment=lambda at: str(to_microseconds(at)),
    last_number="UPDATE ticket_numbers SET last = {last}",
    finish=(),
)
_ON_POSTGRESQL = _Dialect(
    numbers="(SELECT * FROM generate_series(BIGINT '{first}', {last}) AS counted (number))",
    later="+ ({seconds}) * interval '1 second'",
    moment=lambda at: f"timestamptz '{at.isoformat()}'",
    last_number="SELECT setval('ticket_numbers', {last})",
    finish=("VACUUM ANALYZE tickets", "VACUUM ANALYZE facts", "VACUUM ANALYZE timers"),
)

# Shares of a day that differ from ticket to ticket, so that due times come in no order.
_SECONDS = "(n.number * 7919) % 864000"
_COPIED = """
INSERT INTO tickets (number, version, status, is_unsolved, queue, topic, is_confidential, priority,
    requester, opened_by, assignee, parent, follow_up_of, opened_at, due_at, solved_at,
    follow_up_asked_at, digest, state)
SELECT n.number, t.version, t.status, t.is_unsolved, t.queue, t.topic, t.is_confidential,
    t.priority, 'copy-' || (n.number % {requesters}), 'copy-' || (n.number % {requesters}),
    t.assignee, t.parent, t.follow_up_of, t.opened_at {later},
    CASE WHEN t.due_at < {never} THEN t.due_at {later} ELSE t.due_at END,
    t.solved_at {later}, t.follow_up_asked_at, t.digest,
    replace(replace(t.state, '"number":' || t.number || ',', '"number":' || n.number || ','),
        t.requester, 'copy-' || (n.number % {requesters}))
FROM {numbers} n JOIN tickets t ON t.number = 1 + n.number % {patterns}
--
INSERT INTO facts (number, seq, kind, version, at, "by", payload, digest)
SELECT n.number, f.seq, f.kind, f.version, f.at {later}, 'copy-' || (n.number % {requesters}),
    replace(f.payload, '"number":' || f.number || ',', '"number":' || n.number || ','), f.digest
FROM {numbers} n JOIN facts f ON f.number = 1 + n.number % {patterns} AND f.seq = 1
--
INSERT INTO timers (number, name, due_at, next_at, is_held)
SELECT n.number, m.name, m.due_at {later}, m.next_at {later}, m.is_held
FROM {numbers} n JOIN timers m ON m.number = 1 + n.number % {patterns}
    JOIN tickets t ON t.number = m.number AND t.is_unsolved
--
INSERT INTO assignments (person, at, number)
SELECT t.assignee, t.opened_at {later}, n.number
FROM {numbers} n JOIN tickets t ON t.number = 1 + n.number % {patterns}
WHERE t.assignee IS NOT NULL
"""


def multiply(url: str, patterns: int, until: int) -> None:
    """Copy the tickets 1 to `patterns` until there are `until`; nobody may have the database open.

    The copy of number n is one of the ticket 1 + n % patterns.
    """
    dialect = _ON_SQLITE if url.startswith(SQLITE) else _ON_POSTGRESQL
    statements = []
    for first in range(patterns + 1, until + 1, STEPS):
        last = min(first + STEPS - 1, until)
        words = {
            "numbers": dialect.numbers.format(first=first, last=last),
            "later": dialect.later.format(seconds=_SECONDS),
            "never": dialect.moment(NEVER),
            "patterns": patterns,
            "requesters": REQUESTERS,
        }
        statements += [one.format_map(words) for one in _COPIED.split("--")]
    statements.append(dialect.last_number.format(last=until))
    _run(url, statements)


def wait_for_others(url: str, first: int, count: int, until: datetime) -> None:
    """Add timers of further tickets, beginning at a number, that are due at `until` or later."""
    is_sqlite = url.startswith(SQLITE)
    dialect = _ON_SQLITE if is_sqlite else _ON_POSTGRESQL
    due_at = dialect.moment(until) + " " + dialect.later.format(seconds=_SECONDS)
    numbers = dialect.numbers.format(first=first + 1, last=first + count)
    held = "0" if is_sqlite else "false"
    add = (
        "INSERT INTO timers (number, name, due_at, next_at, is_held)"  # noqa: S608 - all ours
        f" SELECT n.number, 'follow_up', {due_at}, {due_at}, {held} FROM {numbers} n"
    )
    _run(url, [add])


def _run(url: str, statements: list[str]) -> None:
    if url.startswith(SQLITE):
        _run_on_sqlite(url, statements)
    else:
        _run_on_postgresql(url, [*statements, *_ON_POSTGRESQL.finish])


def _run_on_sqlite(url: str, statements: list[str]) -> None:
    connection = sqlite3.connect(address_of(url).database or "", isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -500000")
    connection.execute("BEGIN IMMEDIATE")
    for statement in statements:
        connection.execute(statement)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _run_on_postgresql(url: str, statements: list[str]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())
