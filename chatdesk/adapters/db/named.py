"""Small things kept under a name: leases, subscriptions to digests, and marks."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from sqlalchemy import bindparam, case, delete, func, literal, or_, select

from chatdesk.adapters.db.schema import leases, marks, subscriptions
from chatdesk.adapters.db.unit import Unit, Upsert, insert_into
from chatdesk.lifecycle.ticket import PersonId
from chatdesk.ports import Subscription

_l, _s, _m = leases.c, subscriptions.c, marks.c

_GIVE_BACK = delete(leases).where(
    _l.name == bindparam("the_name"), _l.holder == bindparam("the_holder")
)
_UNSUBSCRIBE = delete(subscriptions).where(_s.person == bindparam("the_person"))
_SUBSCRIPTIONS = select(subscriptions).order_by(_s.person, _s.period)
_MARK = select(_m.value).where(_m.name == bindparam("the_name"))
_MARK_TO_CHANGE = _MARK.with_for_update()


class SqlLeases:
    """Leases in the database, on its own time; see `chatdesk.ports.Leases`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def take(self, name: str, holder: str, lasts: timedelta) -> bool:
        """Take or renew a lease; False while another holder has it."""
        add = self._unit.insert(leases)
        take = add.values(name=name, holder=holder, expires_at=self._unit.after(lasts))
        taken = self._unit.connection.execute(
            take.on_conflict_do_update(
                index_elements=[_l.name],
                set_={"holder": add.excluded.holder, "expires_at": add.excluded.expires_at},
                where=or_(_l.holder == holder, _l.expires_at <= self._unit.after(timedelta())),
            )
        )
        return taken.rowcount == 1

    def give_back(self, name: str, holder: str) -> None:
        """End one's own lease at once."""
        self._unit.connection.execute(_GIVE_BACK, {"the_name": name, "the_holder": holder})

    def held(self, beginning: str) -> dict[str, str]:
        """Return who holds which of the leases whose names begin so."""
        begins_so = _l.name.startswith(beginning, autoescape=True)
        is_held = _l.expires_at > self._unit.after(timedelta())
        found = select(_l.name, _l.holder).where(begins_so, is_held)
        return {row.name: row.holder for row in self._unit.connection.execute(found)}

    def purge(self, older_than: timedelta) -> int:
        """Forget leases that ran out so long ago; return how many."""
        old = delete(leases).where(_l.expires_at <= self._unit.after(-older_than))
        return self._unit.connection.execute(old).rowcount


class SqlSubscriptions:
    """Subscriptions in the database; see `chatdesk.ports.Subscriptions`."""

    def __init__(self, unit: Unit) -> None:
        self._connection = unit.connection

    def set(self, subscription: Subscription) -> None:
        """Add or replace a person's subscription of that period."""
        row = {"person": subscription.person, "period": subscription.period}
        when = {"hour": subscription.hour, "zone": subscription.zone}
        self._connection.execute(_subscribe(self._connection.dialect.name), row | when)

    def remove(self, person: PersonId) -> None:
        """End all subscriptions of a person."""
        self._connection.execute(_UNSUBSCRIBE, {"the_person": person})

    def all(self) -> list[Subscription]:
        """Return every subscription."""
        return [
            Subscription(
                person=PersonId(row.person), period=row.period, hour=row.hour, zone=row.zone
            )
            for row in self._connection.execute(_SUBSCRIPTIONS)
        ]


class SqlMarks:
    """Marks in the database; see `chatdesk.ports.Marks`."""

    def __init__(self, unit: Unit) -> None:
        self._connection = unit.connection

    def get(self, name: str) -> str | None:
        """Return a mark."""
        return self._connection.execute(_MARK, {"the_name": name}).scalar_one_or_none()

    def get_to_change(self, name: str) -> str:
        """Return a mark that nobody else changes before this unit ends."""
        begin = _begin_mark(self._connection.dialect.name)
        self._connection.execute(begin, {"name": name, "value": ""})
        return str(self._connection.execute(_MARK_TO_CHANGE, {"the_name": name}).scalar_one())

    def set(self, name: str, value: str) -> bool:
        """Set a mark; return whether that changed it."""
        set_mark = _set_mark(self._connection.dialect.name)
        return self._connection.execute(set_mark, {"name": name, "value": value}).rowcount > 0

    def add(self, name: str, word: str) -> None:
        """Let a mark hold one more word."""
        add = _add_to_mark(self._connection.dialect.name)
        self._connection.execute(add, {"name": name, "value": word})

    def beginning(self, begin: str) -> dict[str, str]:
        """Return all marks whose names begin so."""
        found = select(_m.name, _m.value).where(_m.name.startswith(begin, autoescape=True))
        return {row.name: row.value for row in self._connection.execute(found)}


@cache
def _subscribe(dialect: str) -> Upsert:
    add = insert_into(subscriptions, dialect)
    return add.on_conflict_do_update(
        index_elements=[_s.person, _s.period],
        set_={"hour": add.excluded.hour, "zone": add.excluded.zone},
    )


@cache
def _begin_mark(dialect: str) -> Upsert:
    """Return what adds a mark that is not there: a row that is not there cannot be locked."""
    return insert_into(marks, dialect).on_conflict_do_nothing()


@cache
def _set_mark(dialect: str) -> Upsert:
    add = insert_into(marks, dialect)
    return add.on_conflict_do_update(
        index_elements=[_m.name],
        set_={"value": add.excluded.value},
        where=_m.value != add.excluded.value,
    )


@cache
def _add_to_mark(dialect: str) -> Upsert:
    """Return what adds a word in one statement: whoever reads before writing loses another's."""
    add = insert_into(marks, dialect)
    # Not LIKE: to SQLite that is the same for small and capital letters.
    words, word = literal(" ") + _m.value + " ", literal(" ") + add.excluded.value + " "
    is_there = func.replace(words, word, "") != words
    longer = func.trim(_m.value + " " + add.excluded.value)
    return add.on_conflict_do_update(
        index_elements=[_m.name], set_={"value": case((is_there, _m.value), else_=longer)}
    )
