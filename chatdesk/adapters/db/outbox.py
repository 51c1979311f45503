"""Notices on their way out: kept in the transaction of their cause, sent in order, lane by lane.

States: ready -> sending -> sent | parked | withdrawn, and held after a restore. Parked and held
rows are set aside: their lanes flow on. `attempt` rises with every claim and fences the row:
whoever ends it must hold the newest. Rows put in a unit are written at its end, all at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Insert,
    Interval,
    Row,
    TextClause,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from chatdesk.adapters.db import lanes
from chatdesk.adapters.db.columns import Moment
from chatdesk.adapters.db.schema import (
    IS_HELD,
    IS_OVER,
    IS_PARKED,
    IS_TO_BE_SENT,
    IS_UNFINISHED,
    IS_UNTOUCHED,
    marks,
    outbox,
)
from chatdesk.adapters.db.unit import Unit
from chatdesk.lifecycle.ticket import EntryId
from chatdesk.ports import Outgoing

_o = outbox.c

MARKS = ("twice", "unreached", "discord:post", "discord:owed")
"""What is noted about a row under its key, and goes with it."""

_NOW = timedelta()
_WAITING = (
    select(_o.id)
    .where(_o.lane == bindparam("the_lane"), _o.notice == bindparam("the_notice"), IS_UNTOUCHED)
    .where(_o.state == "ready")
    .limit(1)
    .with_for_update()
)
_OF_ENTRY = select(_o.id, _o.lane).where(
    _o.number == bindparam("the_number"),
    _o.notice == bindparam("the_notice"),
    _o.entry == bindparam("the_entry"),
    IS_UNTOUCHED,
)
_ON_ITS_WAY = (
    select(_o.id)
    .where(_o.entry == bindparam("the_entry"), _o.notice == bindparam("the_notice"), IS_TO_BE_SENT)
    .limit(1)
)
_SPEAKS = select(_o.id).where(_o.lane == bindparam("the_lane"), IS_TO_BE_SENT).limit(1)
_PARKED = select(outbox).where(IS_PARKED).order_by(_o.id)
_NEXT = select(_o.next_at).where(_o.is_head).order_by(_o.next_at, _o.id).limit(1)


class SqlOutbox:
    """The outbox in the database; see `chatdesk.ports.Outbox`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._connection = unit.connection
        self._added: list[dict[str, Any]] = []

    def put(
        self,
        lane: str,
        notice: str,
        number: int | None,
        payload: Mapping[str, Any],
        *,
        after: timedelta = _NOW,
        collapse: bool = False,
    ) -> str | None:
        """Add a row, due `after` from now, and return its key.

        With `collapse`, nothing is added (None) while an untouched row of the same lane and
        notice waits: it will show the newest state anyway. The entry that `withdraw` asks for is
        the payload's `entry`.
        """
        if collapse and self._is_waiting(lane, notice):
            return None
        if not self._added:
            self._unit.before_commit.append(self._write)
        key = secrets.token_hex(12)
        row = {"lane": lane, "the_lane": lane, "key": key, "notice": notice, "number": number}
        told = {"payload": payload, "entry": payload.get("entry"), "due": after}
        self._added.append(row | told)
        return key

    def claim(self, limit: int, lease: timedelta) -> list[Outgoing]:
        """Take the first due row of each free lane, at most `limit`, for the time of the lease.

        A row whose lease ran out is taken again with `was_interrupted` set: its end is unknown.
        """
        self._write()
        due = (
            select(_o.id)
            .where(_o.is_head, _o.next_at <= self._unit.after(_NOW))
            .order_by(_o.next_at, _o.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("due")  # never planned into the UPDATE, which could claim more than the limit
        )
        was_sending = _o.state == "sending"
        taken = (
            update(outbox)
            .where(_o.id.in_(select(due.c.id)))
            .values(
                state="sending",
                attempt=_o.attempt + 1,
                failures=_o.failures + case((was_sending, 1), else_=0),
                is_unknown=_o.is_unknown | was_sending,
                next_at=self._unit.after(lease),
            )
            .returning(*_o)
        )
        return sorted(map(_outgoing, self._connection.execute(taken)), key=lambda row: row.seq)

    def sent(self, row: Outgoing, message: str) -> bool:
        """End a row with the platform's message id; False if a newer attempt owns it."""
        return self._end(row, state="sent", message=message)

    def again(
        self,
        row: Outgoing,
        after: timedelta,
        why: str,
        *,
        is_unknown: bool,
        is_failure: bool = True,
    ) -> bool:
        """Give a row back for a later attempt; its lane waits with it.

        `is_unknown` makes that attempt reconcile first (its `was_interrupted` will be set).
        Without `is_failure` the attempt does not count against the row: it was only too early.
        """
        given_back = self._owned(row).values(
            state="ready",
            next_at=self._unit.after(after),
            why=why,
            is_unknown=is_unknown,
            failures=_o.failures + (1 if is_failure else 0),
        )
        return self._connection.execute(given_back).rowcount == 1

    def hasten(self, lanes: Iterable[str]) -> int:
        """Make rows of these lanes that were given back due now; return how many."""
        now = self._unit.after(_NOW)
        hastened = (
            update(outbox)
            .where(_o.lane.in_(sorted(set(lanes))), _o.is_head, _o.state == "ready")
            .where(_o.attempt > 0, _o.next_at > now)
            .values(next_at=now)
        )
        self._unit.has_news = True
        return self._connection.execute(hastened).rowcount

    def park(self, row: Outgoing, why: str) -> bool:
        """Set a row aside for people to look at; its lane flows on."""
        return self._end(row, state="parked", why=why)

    def withdraw(self, number: int, notice: str, entry: EntryId) -> bool:
        """Take back a row of that entry that nobody has begun to send; False if too late."""
        self._write()
        wanted = {"the_number": number, "the_notice": notice, "the_entry": entry}
        found = self._connection.execute(_OF_ENTRY, wanted).all()
        lanes.take(self._unit, [row.lane for row in found])
        withdrawn = (
            update(outbox)
            .where(_o.id.in_([row.id for row in found]), IS_UNTOUCHED)
            .values(state="withdrawn", is_head=False, ended_at=self._unit.after(_NOW))
        )
        is_withdrawn = bool(found) and self._connection.execute(withdrawn).rowcount > 0
        if is_withdrawn:
            self._flow_on(row.lane for row in found)
        return is_withdrawn

    def is_on_its_way(self, notice: str, entry: EntryId) -> bool:
        """Tell whether a row of that notice about this entry is still to be sent."""
        if any((row["notice"], row["entry"]) == (notice, entry) for row in self._added):
            return True
        wanted = {"the_notice": notice, "the_entry": entry}
        return self._connection.execute(_ON_ITS_WAY, wanted).first() is not None

    def is_silent(self, lane: str) -> bool:
        """Tell whether nothing is left to be sent in a lane; what is parked does not count."""
        if any(row["lane"] == lane for row in self._added):
            return False
        return self._connection.execute(_SPEAKS, {"the_lane": lane}).first() is None

    def parked(self, limit: int = 100) -> list[Outgoing]:
        """Return parked rows, oldest first, with their reasons."""
        return [_outgoing(row) for row in self._connection.execute(_PARKED.limit(limit))]

    def replay(self, keys: Iterable[str] | None = None) -> int:
        """Make parked rows (all, or these) due again; return how many.

        Some may have arrived before they were parked: `was_interrupted` makes sure of a look.
        """
        chosen: list[ColumnElement[bool]] = [] if keys is None else [_o.key.in_(list(keys))]
        return self._make_ready(IS_PARKED, *chosen, failures=0)

    def release_held(self) -> int:
        """Let rows held by a restore go out; return how many.

        Any may have gone out after the backup was made: `was_interrupted` makes sure of a look.
        """
        return self._make_ready(IS_HELD)

    def purge(self, older_than: timedelta, limit: int) -> int:
        """Forget rows sent or withdrawn so long ago, at most `limit`; return how many.

        What is parked is never forgotten: it waits for people.
        """
        is_old = _o.ended_at <= self._unit.after(-older_than)
        oldest = select(_o.id).where(IS_OVER, is_old).order_by(_o.ended_at, _o.id).limit(limit)
        gone = delete(outbox).where(_o.id.in_(oldest)).returning(_o.key)
        keys = self._connection.scalars(gone).all()
        for kind in MARKS:
            names = [f"{kind}:{key}" for key in keys]
            self._connection.execute(delete(marks).where(marks.c.name.in_(names)))
        return len(keys)

    def next_due_in(self) -> timedelta | None:
        """Return how long until `claim` will find a row; None if no lane's first row waits."""
        self._write()
        next_at = self._connection.execute(_NEXT).scalar_one_or_none()
        return None if next_at is None else max(next_at - self._unit.now(), _NOW)

    def oldest_unsent(self) -> timedelta | None:
        """Return the age of the oldest row that is due and unsent, counted from its due time."""
        self._write()
        due_at: datetime | None = self._connection.execute(
            select(func.min(_o.due_at)).where(IS_UNFINISHED)
        ).scalar_one()
        age = None if due_at is None else self._unit.now() - due_at
        return None if age is None or age < _NOW else age

    # --- how -------------------------------------------------------------------------------------

    def _is_waiting(self, lane: str, notice: str) -> bool:
        if any(row["lane"] == lane and row["notice"] == notice for row in self._added):
            return True
        lanes.take(self._unit, [lane])
        # The row found is locked: nobody can claim it, and show too old a state, before COMMIT.
        wanted = {"the_lane": lane, "the_notice": notice}
        return self._connection.execute(_WAITING, wanted).first() is not None

    def _write(self) -> None:
        """Write the rows added so far, each as its lane's head if it is the first."""
        added, self._added = self._added, []
        if not added:
            return
        lanes.take(self._unit, [row["lane"] for row in added])
        real_time = self._unit.real_time
        for row in added:
            row["due"] = real_time() + row["due"] if real_time else row["due"]
        self._connection.execute(_INSERTS[real_time is not None], added)
        self._unit.has_news = True

    def _owned(self, row: Outgoing) -> Any:
        return update(outbox).where(
            _o.id == row.seq,
            _o.key == row.key,
            _o.attempt == row.attempt,
            _o.state == "sending",
        )

    def _end(self, row: Outgoing, **how: Any) -> bool:
        lanes.take(self._unit, [row.lane])
        ended = self._owned(row).values(is_head=False, ended_at=self._unit.after(_NOW), **how)
        if self._connection.execute(ended).rowcount != 1:
            return False
        self._flow_on([row.lane])
        return True

    def _flow_on(self, ended: Iterable[str]) -> None:
        lanes.settle(self._unit, ended)
        self._unit.has_news = True

    def _make_ready(self, *which: ColumnElement[bool] | TextClause, **how: Any) -> int:
        ready = (
            update(outbox)
            .where(*which)
            .values(state="ready", next_at=self._unit.after(_NOW), ended_at=None, is_unknown=True)
            .values(**how)
            .returning(_o.lane)
        )
        made_ready = self._connection.scalars(ready).all()
        lanes.take(self._unit, made_ready)
        self._flow_on(made_ready)
        return len(made_ready)


def _insert(*, is_steady: bool) -> Insert:
    """Return the statement that adds a row; its `due` is a moment, or a span from the database's.

    Run for several rows, every one sees those before it.
    """
    due: ColumnElement[Any] = bindparam("due", type_=Moment if is_steady else Interval)
    if not is_steady:
        due = func.statement_timestamp(type_=Moment) + due
    beginning = {"state": "ready", "attempt": 0, "failures": 0, "is_unknown": False, "why": ""}
    return insert(outbox).values(is_head=~lanes.HAS_HEAD, due_at=due, next_at=due, **beginning)


_INSERTS = {is_steady: _insert(is_steady=is_steady) for is_steady in (True, False)}


def _outgoing(row: Row[Any]) -> Outgoing:
    return Outgoing(
        key=row.key,
        lane=row.lane,
        seq=row.id,
        notice=row.notice,
        number=row.number,
        payload=row.payload,
        attempt=row.attempt,
        failures=row.failures,
        was_interrupted=row.is_unknown,
        why=row.why,
    )
