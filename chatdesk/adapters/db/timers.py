"""Named due times, of tickets and recurring ones, on the desk's clock.

`next_at` says when a timer is next to be looked at: its due time, a lease or a postponement. What
identifies a timer is its `due_at`: once that has changed, whoever claimed the old one ends nothing.
A recurring timer is called `kind:occurrence`; its row stays for ever, so that none comes twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import (
    Table,
    Update,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    tuple_,
    union_all,
    update,
)

from chatdesk.adapters.db.columns import Moment
from chatdesk.adapters.db.schema import occurrences, timers
from chatdesk.adapters.db.unit import TIMERS, Unit, Upsert, insert_into
from chatdesk.ports import DueTimer

_t, _o = timers.c, occurrences.c

_OF_TICKET = select(_t.name, _t.due_at).where(_t.number == bindparam("the_number"))
_ADD = insert(timers)
_MOVE = (
    update(timers)
    .where(_t.number == bindparam("the_number"), _t.name == bindparam("the_name"))
    .values(
        due_at=bindparam("moved_to", type_=Moment),
        next_at=bindparam("moved_to", type_=Moment),
        is_held=False,
    )
)
_REMOVE = delete(timers).where(
    _t.number == bindparam("the_number"), _t.name == bindparam("the_name")
)
_SAME = and_(
    _t.number == bindparam("the_number"),
    _t.name == bindparam("the_name"),
    _t.due_at == bindparam("the_due_at"),
)
_SAME_OCCURRENCE = and_(
    _o.kind == bindparam("the_kind"),
    _o.occurrence == bindparam("the_occurrence"),
    ~_o.is_done,
)
_DONE = delete(timers).where(_SAME)
_OCCURRENCE_DONE = update(occurrences).where(_SAME_OCCURRENCE).values(is_done=True)
_LATER = update(timers).where(_SAME)
_OCCURRENCE_LATER = update(occurrences).where(_SAME_OCCURRENCE)
_IS_WAITING = and_(~_o.is_done, ~_o.is_held)
_NEXT = select(
    func.min(
        union_all(
            select(func.min(_t.next_at).label("at")).where(~_t.is_held),
            select(func.min(_o.next_at).label("at")).where(_IS_WAITING),
        )
        .subquery()
        .c.at
    )
)
_RELEASE = update(timers).where(_t.is_held).values(is_held=False)
_RELEASE_OCCURRENCES = update(occurrences).where(_o.is_held).values(is_held=False)


class SqlTimers:
    """Timers in the database; see `chatdesk.ports.Timers`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._connection = unit.connection

    def set_of(self, number: int, timers: Mapping[str, datetime]) -> None:
        """Make these the ticket's timers; only what differs is written."""
        known: dict[str, datetime] = {}
        key = {"the_number": number}
        if not self._unit.is_blank(TIMERS, number):
            rows = self._connection.execute(_OF_TICKET, key)
            known = {row.name: row.due_at for row in rows}
        if gone := [{**key, "the_name": name} for name in known if name not in timers]:
            self._connection.execute(_REMOVE, gone)
        moved = [
            {**key, "the_name": name, "moved_to": due_at}
            for name, due_at in timers.items()
            if name in known and known[name] != due_at
        ]
        if moved:
            self._connection.execute(_MOVE, moved)
        added = [
            {"number": number, "name": name, "due_at": due_at, "next_at": due_at, "is_held": False}
            for name, due_at in timers.items()
            if name not in known
        ]
        if added:
            self._connection.execute(_ADD, added)
        self._unit.has_news = self._unit.has_news or bool(moved or added)

    def set_once(self, kind: str, occurrence: str, due_at: datetime) -> bool:
        """Add a recurring occurrence; False if it exists or has already been done.

        ValueError for a kind with a colon: that ends the kind in a timer's name.
        """
        if ":" in kind:
            raise ValueError(f"a kind of recurring timer has no colon, and {kind!r} has")
        row = {"kind": kind, "occurrence": occurrence, "due_at": due_at, "next_at": due_at}
        added = self._connection.execute(
            _add_occurrence(self._connection.dialect.name),
            {**row, "is_held": False, "is_done": False},
        )
        self._unit.has_news = self._unit.has_news or added.rowcount == 1
        return added.rowcount == 1

    def claim_due(self, now: datetime, limit: int, lease: timedelta) -> list[DueTimer]:
        """Take timers due at `now`; each comes again after the lease unless done or changed.

        Those waiting longest come first, tickets' before recurring ones.
        """
        span = {"now": now, "until": now + lease}
        taken = [
            DueTimer(number=row.number, name=row.name, due_at=row.due_at)
            for row in self._connection.execute(_claim(timers), {**span, "most": limit})
        ]
        if len(taken) < limit:
            room = limit - len(taken)
            taken += [
                DueTimer(number=None, name=f"{row.kind}:{row.occurrence}", due_at=row.due_at)
                for row in self._connection.execute(_claim(occurrences), {**span, "most": room})
            ]
        return sorted(taken, key=lambda timer: (timer.due_at, timer.number or 0, timer.name))

    def done(self, timer: DueTimer) -> None:
        """Forget a timer that was decided, if it is still the same one."""
        if timer.number is None:
            self._connection.execute(_OCCURRENCE_DONE, _occurrence(timer))
        else:
            self._connection.execute(_DONE, _key(timer))

    def later(self, timer: DueTimer, at: datetime) -> None:
        """Look at a timer again at that time, if it is still the same one."""
        if timer.number is None:
            self._connection.execute(_OCCURRENCE_LATER, {**_occurrence(timer), "next_at": at})
        else:
            self._connection.execute(_LATER, {**_key(timer), "next_at": at})

    def next_due_at(self) -> datetime | None:
        """Return when the next timer is to be looked at."""
        next_at: datetime | None = self._connection.execute(_NEXT).scalar_one()
        return next_at

    def release_held(self) -> int:
        """Let timers held by a restore fire; return how many."""
        self._unit.has_news = True
        return sum(
            self._connection.execute(release).rowcount
            for release in (_RELEASE, _RELEASE_OCCURRENCES)
        )


@cache
def _claim(table: Table) -> Update:
    """Return the statement that takes due rows of a table for a while."""
    column, keys = table.c, list(table.primary_key)
    is_waiting = ~column.is_held if table is timers else _IS_WAITING
    due = (
        select(*keys)
        .where(is_waiting, column.next_at <= bindparam("now", type_=Moment))
        .order_by(column.next_at)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("due")  # never planned into the UPDATE, which could claim more than the limit
    )
    return (
        update(table)
        .where(tuple_(*keys).in_(select(due)))
        .values(next_at=bindparam("until", type_=Moment))
        .returning(*column)
    )


@cache
def _add_occurrence(dialect: str) -> Upsert:
    return insert_into(occurrences, dialect).on_conflict_do_nothing()


def _key(timer: DueTimer) -> dict[str, object]:
    return {"the_number": timer.number, "the_name": timer.name, "the_due_at": timer.due_at}


def _occurrence(timer: DueTimer) -> dict[str, object]:
    kind, _, occurrence = timer.name.partition(":")
    return {"the_kind": kind, "the_occurrence": occurrence}
