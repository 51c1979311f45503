"""Makes what was deleted unreadable: databases leave deleted text where it was until rewritten."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import timedelta

from sqlalchemy import URL, Connection

from chatdesk.adapters.db.address import address_of
from chatdesk.adapters.db.failures import said_plainly
from chatdesk.adapters.db.postgresql import pooled_engine
from chatdesk.adapters.db.sqlite import writing_engine

WITHIN = timedelta(minutes=30)
"""How long one of its statements may take."""

WAITS = timedelta(seconds=30)
"""How long it waits for other processes to let go of the file."""

_TABLES = "entries, attachments, carried_files, people, handles, inbox, outbox, marks, search_words"


def scrub(url: str) -> bool:
    """Rewrite what held deleted text; on SQLite the whole file, while everybody else waits.

    False if somebody kept reading SQLite's log, which then still holds old pages: try again. On
    PostgreSQL the room of deleted rows is given free for others to overwrite. Raises
    StoreUnavailable.
    """
    address = address_of(url)
    with said_plainly(), ExitStack() as stack:
        if address.get_backend_name() == "sqlite":
            engine = writing_engine(address, busy_within=WAITS.total_seconds())
            return _rewrite(stack.enter_context(engine.connect()))
        _vacuum(stack, address)
        return True


def _rewrite(connection: Connection) -> bool:
    # The index of the search marks words as deleted and keeps them until it is merged.
    connection.exec_driver_sql("INSERT INTO search_words (search_words) VALUES ('optimize')")
    connection.exec_driver_sql("VACUUM")
    return fold_log(connection)


def fold_log(connection: Connection) -> bool:
    """Empty SQLite's log into the file; False if readers did not let go of it in time."""
    give_up_at = time.monotonic() + WAITS.total_seconds()
    while True:
        busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        if not busy or time.monotonic() > give_up_at:
            return not busy
        time.sleep(0.05)


def _vacuum(stack: ExitStack, address: URL) -> None:
    engine = pooled_engine(address, WITHIN, 1)
    stack.callback(engine.dispose)
    connection = stack.enter_context(engine.connect())
    connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(f"VACUUM {_TABLES}")
