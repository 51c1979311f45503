"""The column types the tables share: moments, spans of rows and JSON, alike on both databases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""The due time of what is not due at all: lists by due time then need no place for nothing."""

Number = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key; SQLite gives numbers by itself only to a column of the type INTEGER."""


def to_microseconds(moment: datetime) -> int:
    """Return a moment as SQLite keeps it: microseconds since 1970, UTC."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment in the store needs a time zone, and {moment} has none")
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(kept: int) -> datetime:
    """Return the moment, aware UTC."""
    return _EPOCH + timedelta(microseconds=kept)


class Moment(TypeDecorator[datetime]):
    """An aware moment: a timestamptz on PostgreSQL, on SQLite an integer that sorts by time."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return what the database calls it."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Write a moment; ValueError for one that has no time zone."""
        if value is None:
            return None
        if dialect.name != "postgresql":
            return to_microseconds(value)
        if value.tzinfo is None:
            raise ValueError(f"a moment in the store needs a time zone, and {value} has none")
        return value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Read a moment."""
        if value is None:
            return None
        if dialect.name != "postgresql":
            return from_microseconds(value)
        moment: datetime = value
        return moment.astimezone(UTC)


class Json(TypeDecorator[Mapping[str, Any]]):
    """A mapping as JSON in plain ASCII, so that NUL and lone surrogates pass through both alike.

    The same mapping always gives the same text.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, Any] | None, dialect: Dialect) -> str | None:
        """Write a mapping."""
        return None if value is None else dump_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Read a mapping."""
        return None if value is None else json.loads(value)


def dump_json(value: Mapping[str, Any] | list[Any] | tuple[Any, ...]) -> str:
    """Return JSON that is the same whenever the value is the same."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
