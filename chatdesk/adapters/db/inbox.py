"""Deliveries from the platforms: each is kept once, and has one effect however often it arrives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Update, bindparam, delete, func, select, update
from sqlalchemy.sql.dml import ReturningInsert

from chatdesk.adapters.db.columns import Moment, dump_json
from chatdesk.adapters.db.schema import inbox
from chatdesk.adapters.db.unit import Unit, insert_into
from chatdesk.ports import Delivery, InboxRow, Stale

_i = inbox.c

_GET = select(inbox).where(_i.key == bindparam("the_key"))
_UNFINISHED = select(inbox).order_by(_i.received_at).limit(bindparam("at_most"))


class SqlInbox:
    """The inbox in the database; see `chatdesk.ports.Inbox`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._connection = unit.connection

    def accept(self, key: str, platform: str, body: Mapping[str, Any]) -> InboxRow:
        """Keep a delivery, or say what is known of the key; CONFLICTING if its body differs.

        Two that arrive at the same moment wait for each other: the second learns of the first.
        """
        row = {"key": key, "platform": platform, "body": body, **self._now()}
        accept = _accept(self._connection.dialect.name, is_steady=self._is_steady)
        received_at = self._connection.execute(accept, row).scalar_one_or_none()
        if received_at is not None:
            return InboxRow(
                key=key,
                platform=platform,
                body=body,
                state=Delivery.FRESH,
                received_at=received_at,
            )
        known = self._connection.execute(_GET, {"the_key": key}).one()
        is_same = known.platform == platform and dump_json(known.body) == dump_json(body)
        return _row(known, None if is_same else Delivery.CONFLICTING)

    def known(self, key: str) -> InboxRow | None:
        """Return a delivery, unfinished or done; None if nothing is known of the key."""
        row = self._connection.execute(_GET, {"the_key": key}).one_or_none()
        return None if row is None else _row(row)

    def finish(self, key: str, answer: Mapping[str, Any]) -> None:
        """Mark a delivery done with its answer, in the transaction of its effect.

        Raises Stale when somebody else has finished it since: this effect must not happen too.
        """
        row = {"the_key": key, "given": answer, **self._now()}
        done = self._connection.execute(_finish(is_steady=self._is_steady), row)
        if done.rowcount != 1:
            if self._connection.execute(_GET, {"the_key": key}).one_or_none() is None:
                raise LookupError(f"the inbox has no delivery {key}")
            raise Stale(f"delivery {key} is done already")

    def unfinished(self, platform: str, older_than: timedelta, limit: int) -> list[InboxRow]:
        """Return deliveries accepted longer ago than this whose effect is missing, oldest first."""
        query = _UNFINISHED.where(
            _i.platform == platform,
            _i.done_at.is_(None),
            _i.received_at <= self._unit.after(-older_than),
        )
        return [_row(row) for row in self._connection.execute(query, {"at_most": limit})]

    def purge(self, older_than: timedelta, limit: int) -> int:
        """Forget finished deliveries of that age, at most `limit`; return how many."""
        long_ago = self._unit.after(-older_than)
        is_old = _i.done_at.is_not(None), _i.done_at <= long_ago
        oldest = select(_i.key).where(*is_old).order_by(_i.done_at).limit(limit)
        return self._connection.execute(delete(inbox).where(_i.key.in_(oldest))).rowcount

    @property
    def _is_steady(self) -> bool:
        """Tell whether moments are bound, or the database's own."""
        return self._unit.real_time is not None

    def _now(self) -> dict[str, datetime]:
        return {"now": self._unit.real_time()} if self._unit.real_time is not None else {}


def _moment(*, is_steady: bool) -> ColumnElement[datetime]:
    if is_steady:
        return bindparam("now", type_=Moment)
    return func.statement_timestamp(type_=Moment)


@cache
def _accept(dialect: str, *, is_steady: bool) -> ReturningInsert[Any]:
    return (
        insert_into(inbox, dialect)
        .values(received_at=_moment(is_steady=is_steady))
        .on_conflict_do_nothing()
        .returning(_i.received_at)
    )


@cache
def _finish(*, is_steady: bool) -> Update:
    return (
        update(inbox)
        .where(_i.key == bindparam("the_key"), _i.done_at.is_(None))
        .values(answer=bindparam("given"), done_at=_moment(is_steady=is_steady))
    )


def _row(row: Row[Any], state: Delivery | None = None) -> InboxRow:
    known = Delivery.UNFINISHED if row.done_at is None else Delivery.DONE
    return InboxRow(
        key=row.key,
        platform=row.platform,
        body=row.body,
        state=state or known,
        answer=row.answer,
        received_at=row.received_at,
    )
