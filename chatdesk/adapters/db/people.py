"""People, the handles by which platforms know them, and the queues they belong to."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Row,
    Select,
    bindparam,
    delete,
    insert,
    literal,
    null,
    select,
    text,
    union_all,
    update,
)

from chatdesk.adapters.db.schema import handles, memberships, people
from chatdesk.adapters.db.unit import Unit, Upsert, insert_into
from chatdesk.lifecycle.facts import clean_text
from chatdesk.lifecycle.ticket import PersonId, QueueName
from chatdesk.ports import Person, Standing

_p, _h, _m = people.c, handles.c, memberships.c

_THEMSELVES, _HANDLE, _JOINED_QUEUE = "themselves", "handle", "queue"
"""What a row ties somebody to."""

_GET = select(people).where(_p.person.in_(bindparam("wanted", expanding=True)))
_BY_HANDLE = (
    select(people).join(handles, _h.person == _p.person).where(_h.handle == bindparam("the_handle"))
)
_all = handles.alias("every_handle")
_STANDING = (
    select(people, _all.c.handle, _m.queue)
    .join(handles, _h.person == _p.person)
    .join(_all, _all.c.person == _p.person)
    .outerjoin(memberships, _m.person == _p.person)
    .where(_h.handle == bindparam("the_handle"))
    .order_by(_all.c.handle)
)
_TAKE = text("SELECT pg_advisory_xact_lock(hashtextextended('person:' || :the_person, 1))")
_ADD = insert(people)
_REFRESH = update(people).where(_p.person == bindparam("the_person"))
_FORGET = delete(people).where(_p.person == bindparam("the_person"))
_HANDLES = select(_h.handle).where(_h.person == bindparam("the_person")).order_by(_h.handle)
_JOINED = select(_m.queue).where(_m.person == bindparam("the_person")).distinct()


def _tie(to: str, person: Column[str], *told: ColumnElement[Any]) -> Select[Any]:
    """Select what that person is tied to, each row saying of what kind it is."""
    wanted = person == bindparam("the_person")
    return select(literal(to).label("tied_to"), person, *told).where(wanted)


_nothing = (null().label("zone"), null().label("locale"), null().label("away_until"))
_TIES = union_all(
    _tie(_THEMSELVES, _p.person, _p.name, _p.zone, _p.locale, _p.away_until),
    _tie(_HANDLE, _h.person, _h.handle, *_nothing),
    _tie(_JOINED_QUEUE, _m.person, _m.queue, *_nothing),
)
"""Who somebody is, their handles, and the queues they joined, each a row."""
_JOINED_THROUGH = select(_m.queue).where(
    _m.person == bindparam("the_person"), _m.platform == bindparam("through")
)
_MEMBERS = (
    select(_m.person).where(_m.queue == bindparam("the_queue")).distinct().order_by(_m.person)
)
_LEAVE = delete(memberships).where(
    _m.person == bindparam("the_person"),
    _m.platform == bindparam("through"),
    _m.queue == bindparam("left"),
)


class SqlPeople:
    """People in the database; see `chatdesk.ports.People`."""

    def __init__(self, unit: Unit) -> None:
        self._connection = unit.connection
        self._dialect = unit.connection.dialect.name
        self._known: dict[PersonId, Person] = {}

    def get(self, people: Iterable[PersonId]) -> dict[PersonId, Person]:
        """Return these people; unknown ones are left out."""
        wanted = list(dict.fromkeys(people))
        if not wanted:
            return {}
        known = {person: self._known[person] for person in wanted if person in self._known}
        left = [person for person in wanted if person not in known]
        if left:
            found = map(_person, self._connection.execute(_GET, {"wanted": left}))
            known |= {person.person: person for person in found}
        return known

    def take(self, person: PersonId) -> None:
        """Keep others who take this person waiting until this unit ends."""
        if self._dialect == "postgresql":
            self._connection.execute(_TAKE, {"the_person": person})

    def by_handle(self, handle: str) -> Person | None:
        """Return the person behind a handle."""
        row = self._connection.execute(_BY_HANDLE, {"the_handle": handle}).one_or_none()
        return _person(row) if row else None

    def standing(self, handle: str) -> Standing | None:
        """Return the person behind a handle, with all that their roles follow from."""
        rows = self._connection.execute(_STANDING, {"the_handle": handle}).all()
        if not rows:
            return None
        return Standing(
            person=_person(rows[0]),
            handles=tuple(dict.fromkeys(row.handle for row in rows)),
            joined=frozenset(QueueName(row.queue) for row in rows if row.queue is not None),
        )

    def remember(self, handle: str, *, name: str, zone: str, locale: str) -> PersonId:
        """Create or refresh the person behind a handle and return their id.

        What the platform does not tell (an empty text) stays as it was.
        """
        told = {"name": clean_text(name), "zone": clean_text(zone), "locale": clean_text(locale)}
        told = {what: text for what, text in told.items() if text}
        known = self.by_handle(handle) or self._add(handle, told)
        changed = {what: text for what, text in told.items() if getattr(known, what) != text}
        if changed:
            self._connection.execute(_REFRESH, {"the_person": known.person, **changed})
            self._known.pop(known.person, None)
        return known.person

    def _add(self, handle: str, told: dict[str, str]) -> Person:
        """Add a person, or return the one whom somebody else added at the same moment."""
        person = Person(
            person=PersonId(secrets.token_hex(12)),
            name=told.get("name", handle),
            zone=told.get("zone", "UTC"),
            locale=told.get("locale", ""),
        )
        row = {"person": person.person, "name": person.name}
        self._connection.execute(_ADD, {**row, "zone": person.zone, "locale": person.locale})
        bound = {"handle": handle, "person": person.person}
        if self._connection.execute(_bind(self._dialect), bound).rowcount == 1:
            return person
        self._connection.execute(_FORGET, {"the_person": person.person})
        self._known.pop(person.person, None)
        found = self.by_handle(handle)
        if found is None:
            raise LookupError(f"{handle} was bound and is gone again")
        return found

    def handles(self, person: PersonId) -> tuple[str, ...]:
        """Return all handles of a person."""
        return tuple(self._connection.scalars(_HANDLES, {"the_person": person}))

    def ties(self, person: PersonId) -> tuple[tuple[str, ...], frozenset[QueueName]]:
        """Return all that a person's roles follow from: their handles, the queues they joined."""
        handles: list[str] = []
        joined: set[QueueName] = set()
        for row in self._connection.execute(_TIES, {"the_person": person}):
            if row.tied_to == _HANDLE:
                handles.append(row.name)
            elif row.tied_to == _JOINED_QUEUE:
                joined.add(QueueName(row.name))
            else:
                # Whoever acts is asked for their name as well, a moment later in the same unit.
                self._known[person] = _person(row)
        return tuple(sorted(handles)), frozenset(joined)

    def joined(self, person: PersonId) -> frozenset[QueueName]:
        """Return the queues a person belongs to through any platform."""
        found = self._connection.scalars(_JOINED, {"the_person": person})
        return frozenset(QueueName(queue) for queue in found)

    def set_joined(self, person: PersonId, platform: str, queues: frozenset[QueueName]) -> None:
        """Replace what a platform says about a person's queues."""
        key = {"the_person": person, "through": platform}
        known = set(self._connection.scalars(_JOINED_THROUGH, key))
        if left := known - queues:
            self._connection.execute(_LEAVE, [{**key, "left": queue} for queue in sorted(left)])
        if came := queues - known:
            row = {"person": person, "platform": platform}
            rows = [{**row, "queue": queue} for queue in sorted(came)]
            self._connection.execute(_join(self._dialect), rows)

    def members(self, queue: QueueName) -> tuple[PersonId, ...]:
        """Return who belongs to a queue through a platform."""
        found = self._connection.scalars(_MEMBERS, {"the_queue": queue})
        return tuple(PersonId(person) for person in found)

    def set_away(self, person: PersonId, until: datetime | None) -> None:
        """Note an absence, or its end."""
        self._connection.execute(_REFRESH, {"the_person": person, "away_until": until})
        self._known.pop(person, None)


@cache
def _bind(dialect: str) -> Upsert:
    return insert_into(handles, dialect).on_conflict_do_nothing()


@cache
def _join(dialect: str) -> Upsert:
    return insert_into(memberships, dialect).on_conflict_do_nothing()


def _person(row: Row[Any]) -> Person:
    return Person(
        person=PersonId(row.person),
        name=row.name,
        zone=row.zone,
        locale=row.locale,
        away_until=row.away_until,
    )
