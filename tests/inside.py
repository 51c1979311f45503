"""The way to the database behind a transaction, for stories that go past the ports."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from chatdesk.adapters.db.tickets import SqlTickets
    from chatdesk.ports import Transaction


def connection_of(tx: Transaction) -> Connection:
    """Return the connection on which a transaction of the SQL store works."""
    return cast("SqlTickets", tx.tickets)._connection
