"""Which accounts are one person's, and the codes by which they become so."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, insert, or_, select, update

from chatdesk.adapters.db.schema import (
    facts,
    handles,
    link_codes,
    link_tries,
    links,
    memberships,
    people,
    subscriptions,
    tickets,
    watchers,
)
from chatdesk.adapters.db.unit import Unit
from chatdesk.lifecycle.identity import PersonReplaced
from chatdesk.lifecycle.ticket import PersonId, Status
from chatdesk.ports import LinkCode, Parted

_k, _c, _n, _h, _t = links.c, link_codes.c, link_tries.c, handles.c, tickets.c

_CURRENT = select(_k.person).where(_k.was == bindparam("the_person")).limit(1)
_FORMER = select(_k.was).where(_k.person == bindparam("the_person")).distinct().order_by(_k.was)
_HANDLES = select(_h.handle).where(_h.person == bindparam("the_person")).order_by(_h.handle)
_CODE = select(link_codes).where(_c.name == bindparam("the_name")).with_for_update()


class SqlLinks:
    """Links in the database; see `chatdesk.ports.Links`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._connection = unit.connection

    # --- codes -----------------------------------------------------------------------------------

    def tries(self, handle: str, now: datetime, within: timedelta) -> int:
        """Count one more try of an account; return how many it made in the span under way."""
        add = self._unit.insert(link_tries).values(handle=handle, since_at=now, count=0)
        self._connection.execute(add.on_conflict_do_nothing())
        mine = _n.handle == handle
        begun = update(link_tries).where(mine, _n.since_at <= now - within)
        self._connection.execute(begun.values(since_at=now, count=0))
        counted = update(link_tries).where(mine).values(count=_n.count + 1).returning(_n.count)
        count: int = self._connection.execute(counted).scalar_one()
        return count

    def keep(self, code: LinkCode) -> None:
        """Keep a code; an earlier one of the same account is gone."""
        self._connection.execute(delete(link_codes).where(_c.handle == code.handle))
        row = {name: getattr(code, name) for name in LinkCode.__dataclass_fields__}
        self._connection.execute(insert(link_codes), row)

    def code(self, name: str) -> LinkCode | None:
        """Return the code with this public half, to be changed by nobody else meanwhile."""
        row = self._connection.execute(_CODE, {"the_name": name}).one_or_none()
        return _code(row) if row else None

    def attempted(self, name: str) -> None:
        """Count an attempt at a code."""
        counted = update(link_codes).where(_c.name == name)
        self._connection.execute(counted.values(attempts=_c.attempts + 1))

    def show(self, name: str, handle: str) -> None:
        """Note which account typed a code rightly."""
        self._connection.execute(update(link_codes).where(_c.name == name).values(shown_to=handle))

    def drop(self, name: str) -> None:
        """Forget a code: it was used, or tried too often."""
        self._connection.execute(delete(link_codes).where(_c.name == name))

    # --- who is who ------------------------------------------------------------------------------

    def came(self, handle: str) -> bool:
        """Tell whether an account was linked with another that was there first."""
        found = self._connection.execute(select(_k.handle).where(_k.handle == handle))
        return found.one_or_none() is not None

    def current(self, person: PersonId) -> PersonId:
        """Return who somebody is now: themselves, unless their account was linked."""
        found = self._connection.execute(_CURRENT, {"the_person": person}).scalar_one_or_none()
        return PersonId(found) if found else person

    def former(self, person: PersonId) -> tuple[PersonId, ...]:
        """Return who the accounts of a person were before they were linked."""
        found = self._connection.scalars(_FORMER, {"the_person": person})
        return tuple(PersonId(one) for one in found)

    def tickets_of(self, person: PersonId) -> tuple[int, ...]:
        """Return the tickets to which a person is anything, by their numbers."""
        on_hold = _t.status == Status.ON_HOLD.value
        asked = _t.state.contains(f'"approver":"{person}"', autoescape=True)
        own = (_t.requester == person, _t.opened_by == person, _t.assignee == person)
        by = _t.state.contains(f'"by":"{person}"', autoescape=True)
        # Each by an index of its own: an OR over all of them would read every ticket. A resolver
        # whom the ticket does not belong to any more is found only while it waits for its word.
        queries = [
            *(select(_t.number).where(one) for one in own),
            select(watchers.c.number).where(watchers.c.person == person),
            select(_t.number).where(on_hold, asked),
            select(_t.number).where(_t.status == Status.RESOLVED.value, by),
        ]
        return self._numbers(*queries)

    def tickets_with(self, person: PersonId) -> tuple[int, ...]:
        """Return the tickets that came along when this person became another."""
        came = facts.c.payload.contains(f'"before":"{person}"', autoescape=True)
        kind = facts.c.kind == PersonReplaced.kind
        return self._numbers(select(facts.c.number).where(kind, came))

    def _numbers(self, *queries: Select[int]) -> tuple[int, ...]:
        found = {number for query in queries for number in self._connection.scalars(query)}
        return tuple(sorted(found))

    # --- joining and parting ---------------------------------------------------------------------

    def join(self, stays: PersonId, joins: PersonId, at: datetime) -> None:
        """Let all accounts, queues and wishes of one person be another's."""
        theirs = list(self._connection.scalars(_HANDLES, {"the_person": joins}))
        self._connection.execute(update(links).where(_k.person == joins).values(person=stays))
        rows = [{"handle": one, "was": joins, "person": stays, "linked_at": at} for one in theirs]
        if rows:
            add = self._unit.insert(links)
            self._connection.execute(add.on_conflict_do_nothing(), rows)
        self._connection.execute(update(handles).where(_h.person == joins).values(person=stays))
        self._move_queues(joins, stays)
        self._move_wishes(joins, stays)
        self._move_absence(joins, stays)

    def part(self, person: PersonId, handle: str) -> tuple[Parted, ...]:
        """Take an account out of a person again, or, of one that was there first, all others."""
        rows = self._connection.execute(
            select(_k.handle, _k.was).where(_k.person == person).order_by(_k.handle)
        ).all()
        leaving = [row for row in rows if row.handle == handle] or rows
        for row in leaving:
            self._connection.execute(
                update(handles).where(_h.handle == row.handle).values(person=row.was)
            )
            self._connection.execute(delete(links).where(_k.handle == row.handle))
            self._move_queues(person, PersonId(row.was), platform=row.handle.partition(":")[0])
        return tuple(Parted(handle=row.handle, person=PersonId(row.was)) for row in leaving)

    def _move_queues(self, before: PersonId, after: PersonId, platform: str | None = None) -> None:
        of = [memberships.c.person == before]
        of += [memberships.c.platform == platform] if platform else []
        gone = delete(memberships).where(*of)
        columns = (memberships.c.queue, memberships.c.platform)
        for row in self._connection.execute(gone.returning(*columns)).all():
            add = self._unit.insert(memberships).on_conflict_do_nothing()
            self._connection.execute(
                add, {"queue": row.queue, "person": after, "platform": row.platform}
            )

    def _move_wishes(self, before: PersonId, after: PersonId) -> None:
        gone = delete(subscriptions).where(subscriptions.c.person == before)
        for row in self._connection.execute(gone.returning(*subscriptions.c)).mappings().all():
            add = self._unit.insert(subscriptions).on_conflict_do_nothing()
            self._connection.execute(add, {**row, "person": after})

    def _move_absence(self, before: PersonId, after: PersonId) -> None:
        """Let whoever is away on one platform be away."""
        one = select(people.c.away_until).where(people.c.person == before)
        until = self._connection.execute(one).scalar_one_or_none()
        if until is None:
            return
        later = or_(people.c.away_until.is_(None), people.c.away_until < until)
        away = update(people).where(people.c.person == after, later).values(away_until=until)
        self._connection.execute(away)


def _code(row: Row[Any]) -> LinkCode:
    return LinkCode(
        name=row.name,
        handle=row.handle,
        salt=row.salt,
        digest=row.digest,
        expires_at=row.expires_at,
        attempts=row.attempts,
        shown_to=row.shown_to,
    )
