"""The order of outgoing rows: in every lane exactly one row, the head, may be looked at.

The head is the lane's oldest unfinished row; those behind it wait however due they are, so a row
that becomes due later (a Reply that can still be undone) or is being retried holds the others
back. Claims look at heads only: a backlog of any depth costs nothing.

Who adds to a lane or ends its head first takes the lane: on PostgreSQL by an advisory lock that
COMMIT gives back (without it a row could be added behind a head that is just leaving, and would
wait for ever), on SQLite by being the only writer.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.sql.expression import exists

from chatdesk.adapters.db.schema import IS_UNFINISHED, outbox
from chatdesk.adapters.db.unit import Unit

_o = outbox.c
_rows = outbox.alias("rows")

_TAKE = text(
    "SELECT CAST(pg_current_xact_id() AS text), pg_advisory_xact_lock(hashtextextended(lane, 0))"
    " FROM unnest(CAST(:lanes AS text[])) AS lane"
)
_TAKE_ALL = text("LOCK TABLE outbox IN SHARE ROW EXCLUSIVE MODE")
_MANY = 500
"""Lanes beyond this are taken all at once: a server has room for some thousand locks only."""

_OLDEST = (
    select(_o.id)
    .where(_o.lane == bindparam("the_lane"), IS_UNFINISHED)
    .order_by(_o.id)
    .limit(1)
    .scalar_subquery()
)
HAS_HEAD = exists(select(_rows.c.id).where(_rows.c.lane == bindparam("the_lane"), _rows.c.is_head))
_PROMOTE = update(outbox).where(_o.id == _OLDEST, ~HAS_HEAD).values(is_head=True)


def take(unit: Unit, lanes: Iterable[str]) -> None:
    """Keep others from changing the order of these lanes until this unit ends."""
    if not unit.is_postgresql:
        return
    # Nobody adds to the conversations of a ticket whose number only this unit knows.
    own = tuple(f"ticket:{number}:" for number in unit.unheard_of)
    # In one order everywhere, so that two never wait for each other.
    wanted = sorted({lane for lane in lanes if not lane.startswith(own)})
    if len(wanted) > _MANY:
        unit.connection.execute(_TAKE_ALL)
    elif wanted:
        taken = unit.connection.execute(_TAKE, {"lanes": wanted})
        unit.xid = taken.scalars().all()[0]


def settle(unit: Unit, lanes: Iterable[str]) -> None:
    """Give every lane that has none its head; the lanes must have been taken."""
    rows = [{"the_lane": lane} for lane in sorted(set(lanes))]
    if rows:
        unit.connection.execute(_PROMOTE, rows)
