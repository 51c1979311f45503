"""What became of a COMMIT whose answer never came: the server knows, and is asked.

Without it a person would be told that nothing was saved when it was, and ask for it again.
"""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import timedelta

import psycopg
from sqlalchemy import URL

ASKS_FOR = timedelta(seconds=2)
"""How long the server is asked: people must have an answer within 3 seconds."""

_STATUS = "SELECT pg_xact_status(CAST(CAST(%s AS text) AS xid8))"


def has_committed(url: URL, xid: str) -> bool:
    """Tell whether a transaction was committed; False, too, when nobody answers in time."""
    give_up_at = time.monotonic() + ASKS_FOR.total_seconds()
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    while time.monotonic() < give_up_at:
        with suppress(psycopg.OperationalError):
            status = _status(address, xid)
            if status != "in progress":
                return status == "committed"
        time.sleep(0.05)
    return False


def _status(address: str, xid: str) -> str | None:
    with psycopg.connect(address, autocommit=True, connect_timeout=2) as connection:
        connection.execute("SET statement_timeout = 1000")
        row = connection.execute(_STATUS, [xid]).fetchone()
    status: str | None = row[0] if row else None
    return status
