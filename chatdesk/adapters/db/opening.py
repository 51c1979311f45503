"""Opens the store behind an address."""

from __future__ import annotations

from collections.abc import Callable

from chatdesk.adapters.db.address import address_of
from chatdesk.adapters.db.codec import Codec
from chatdesk.adapters.db.migrate import refuse_mismatch
from chatdesk.adapters.db.postgresql import PostgresqlStore
from chatdesk.adapters.db.sqlite import SqliteStore
from chatdesk.adapters.db.unit import RealTime

SqlStore = SqliteStore | PostgresqlStore
"""A `chatdesk.ports.Store` that can also be listened to, checked and closed."""


def open_store(
    url: str,
    codec: Codec,
    *,
    real_time: RealTime | None = None,
    on_statement: Callable[[str], None] | None = None,
) -> SqlStore:
    """Open a database that `migrate` has prepared; close the store when done.

    `real_time` is what deliveries and leases go by: by default the server's clock on PostgreSQL,
    and on SQLite a clock that never jumps. `on_statement` is called with every statement before
    the database sees it, BEGIN and COMMIT included. Do not fork while a store is open. Raises
    SchemaMismatch for another version's schema, StoreUnavailable when nobody answers.
    """
    address = address_of(url)
    refuse_mismatch(address)
    kind = SqliteStore if address.get_backend_name() == "sqlite" else PostgresqlStore
    return kind(address, codec, real_time=real_time, on_statement=on_statement)
