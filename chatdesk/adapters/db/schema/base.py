"""What every table needs: the collection they belong to, and indexes over some of the rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, Index, MetaData, TextClause
from sqlalchemy.sql import operators

metadata = MetaData()


def partial(
    name: str,
    *columns: Column[Any],
    where: ColumnElement[bool] | TextClause,
    is_unique: bool = False,
) -> Index:
    """Make an index over the rows for which something holds."""
    # As it is written in a WHERE: SQLite, which has no booleans, compares with 1 there.
    where = where.self_group(against=operators.and_)
    return Index(name, *columns, unique=is_unique, sqlite_where=where, postgresql_where=where)
