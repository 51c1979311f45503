"""Erases a person: their words and files, ticket by ticket, then whatever else tells of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, delete, func, or_, select, update

from chatdesk.adapters.db import lanes
from chatdesk.adapters.db.links import SqlLinks
from chatdesk.adapters.db.schema import (
    attachments,
    carried_files,
    conversations,
    entries,
    handles,
    inbox,
    link_codes,
    link_tries,
    links,
    marks,
    memberships,
    message_links,
    outbox,
    people,
    stranded,
    subscriptions,
    tickets,
    troubles,
)
from chatdesk.adapters.db.search import SqlSearch
from chatdesk.adapters.db.unit import Unit
from chatdesk.lifecycle.ticket import EntryId, PersonId, QueueName
from chatdesk.ports import TicketQuery, Traces

NOBODY = "\N{EM DASH}"
"""Stands where the name of somebody erased would."""

MENTIONS = 20

BLANK_BODY = {"by": {"handle": ""}}
"""What is left of a delivery: whoever looks for its sender finds none."""

ABOUT_NOTHING = {"platform": "", "place": "", "lane": "", "waited": 0}
"""What is left of a notice to an admin that somebody could not be written to."""

_e, _a, _f, _i, _o = entries.c, attachments.c, carried_files.c, inbox.c, outbox.c
_t, _s = troubles.c, stranded.c

_THEIRS = select(tickets.c.number).where(tickets.c.requester == bindparam("the_person"))
_UNSOLVED = _THEIRS.where(tickets.c.is_unsolved).order_by(tickets.c.number)
_IS_LEFT = _e.salt != ""
_WROTE = select(_e.number).distinct().where(_e.author == bindparam("the_person"), _IS_LEFT)
_FILES = select(_a.attachment).where(_a.by == bindparam("the_person")).order_by(_a.added_at)
_ENTRIES_BY = select(_e.entry).where(_e.author == bindparam("the_person"), _IS_LEFT).order_by(_e.id)
_KNOWN = select(people.c.name).where(people.c.person == bindparam("the_person"))
_HANDLES = (
    select(handles.c.handle)
    .where(handles.c.person == bindparam("the_person"))
    .order_by(handles.c.handle)
)


class SqlErasing:
    """Erasures in the database; see `chatdesk.ports.Erasing`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._connection = unit.connection

    # --- finding ---------------------------------------------------------------------------------

    def looked_up(self, word: str) -> tuple[PersonId, ...]:
        """Return who is known by a handle or an id; else everybody of that name."""
        by_handle = select(handles.c.person).where(handles.c.handle == word)
        by_id = select(people.c.person).where(people.c.person == word)
        by_name = select(people.c.person).where(func.lower(people.c.name) == word.strip().lower())
        for query in (by_handle, by_id, by_name.order_by(people.c.person).limit(10)):
            found = self._connection.scalars(query).all()
            if found:
                now = map(SqlLinks(self._unit).current, map(PersonId, found))
                return tuple(dict.fromkeys(now))
        return ()

    def traces(self, person: PersonId) -> Traces:
        """Return what is kept of a person; LookupError for nobody."""
        asked = {"the_person": person}
        name = self._connection.execute(_KNOWN, asked).scalar_one_or_none()
        if name is None:
            raise LookupError(f"nobody has the id {person}")
        theirs = self._numbers(_THEIRS.order_by(tickets.c.number), person)
        wrote = self._numbers(_WROTE, person)
        return Traces(
            person=person,
            name=name,
            handles=tuple(self._connection.scalars(_HANDLES, asked)),
            tickets=theirs,
            unsolved=self._numbers(_UNSOLVED, person),
            elsewhere=tuple(sorted(set(wrote) - set(theirs))),
            texts=self._count(select(func.count()).where(self._is_taken(), _IS_LEFT), person),
            files=self._count(self._files_taken(), person),
            mentions=self._mentions(name, {*theirs, *wrote}, person),
        )

    def entries_by(self, person: PersonId) -> tuple[EntryId, ...]:
        """Return the entries a person wrote that are not blank, oldest first."""
        found = self._connection.scalars(_ENTRIES_BY, {"the_person": person})
        return tuple(EntryId(entry) for entry in found)

    def files_by(self, person: PersonId) -> tuple[str, ...]:
        """Return the attachments a person sent."""
        return tuple(self._connection.scalars(_FILES, {"the_person": person}))

    def tickets_left(self, person: PersonId, after: int, limit: int) -> list[int]:
        """Return the numbers, above `after`, of tickets that hold what an erasure takes."""
        has_text = select(_e.id).where(_e.number == tickets.c.number, _IS_LEFT).exists()
        asked = {"the_person": person}
        numbers: set[int] = set()
        for query, number in ((_THEIRS.where(has_text), tickets.c.number), (_WROTE, _e.number)):
            page = query.where(number > after).order_by(number).limit(limit)
            numbers |= set(self._connection.scalars(page, asked))
        return sorted(numbers)[:limit]

    # --- erasing ---------------------------------------------------------------------------------

    def blank(self, number: int, person: PersonId) -> tuple[str, ...]:
        """Take a person's texts out of a ticket, all texts if it is theirs; return the files gone.

        What waits to be told to them about it is withdrawn. The search index is the caller's.
        """
        requester = select(tickets.c.requester).where(tickets.c.number == number)
        is_theirs = self._connection.execute(requester).scalar_one_or_none() == person
        which = [_e.number == number] + ([] if is_theirs else [_e.author == person])
        taken = self._connection.execute(select(_e.entry, _e.files).where(*which)).all()
        blanked = update(entries).where(*which, _IS_LEFT)
        removed_at = func.coalesce(_e.removed_at, self._unit.after(timedelta()))
        self._connection.execute(
            blanked.values(text="", salt="", files="[]", edited_at=None, removed_at=removed_at)
        )
        names = [row.entry for row in taken]
        self._forget_words_about(names)
        if is_theirs:
            self._leave(f"ticket:{number}:requester")
        files = {file for row in taken for file in json.loads(row.files)}
        return self._drop_files(files, names)

    def forget_deliveries(
        self, handles: Collection[str], after: str, limit: int
    ) -> tuple[str | None, int]:
        """Blank deliveries with keys above `after`, done ones and any from these handles.

        Returns the last key looked at, None when there is none left, and how many were blanked.
        Their keys stay known: one that comes again still has no second effect.
        """
        page = select(_i.key, _i.body, _i.done_at).where(_i.key > after).order_by(_i.key)
        rows = self._connection.execute(page.limit(limit)).all()
        theirs = [row.key for row in rows if row.done_at is None and _sender(row.body) in handles]
        keys = [row.key for row in rows if row.done_at is not None and row.body != BLANK_BODY]
        blank: dict[str, Any] = {"body": BLANK_BODY, "answer": {}}
        done_at = func.coalesce(_i.done_at, self._unit.after(timedelta()))
        for each in _chunks([*keys, *theirs]):
            self._connection.execute(
                update(inbox).where(_i.key.in_(each)).values(done_at=done_at, **blank)
            )
        return (rows[-1].key if rows else None), len(keys) + len(theirs)

    def forget(self, person: PersonId) -> tuple[str, ...]:
        """Forget handles, queues, wishes and files; return the files gone. The id alone stays."""
        sent = self.files_by(person)
        for handle in self._connection.scalars(_HANDLES, {"the_person": person}).all():
            self._forget_drafts(handle)
            platform = handle.partition(":")[0]
            at_them = _t.platform == platform, _t.place == handle
            self._connection.execute(delete(troubles).where(*at_them))
            for codes in (link_codes, link_tries):
                self._connection.execute(delete(codes).where(codes.c.handle == handle))
        self._connection.execute(delete(links).where(links.c.person == person))
        for table in (handles, memberships, subscriptions):
            self._connection.execute(delete(table).where(table.c.person == person))
        values = {"name": NOBODY, "zone": "UTC", "locale": "en", "away_until": None}
        self._connection.execute(update(people).where(people.c.person == person).values(**values))
        self._leave(f"person:{person}")
        for each in _chunks(list(sent)):
            self._connection.execute(delete(carried_files).where(_f.attachment.in_(each)))
            self._connection.execute(delete(attachments).where(_a.attachment.in_(each)))
        return sent

    # --- how -------------------------------------------------------------------------------------

    def _numbers(self, query: Select[int], person: PersonId) -> tuple[int, ...]:
        return tuple(self._connection.scalars(query, {"the_person": person}))

    def _count(self, query: Select[int], person: PersonId) -> int:
        found: int = self._connection.execute(query, {"the_person": person}).scalar_one()
        return found

    def _mentions(self, name: str, others: set[int], person: PersonId) -> tuple[int, ...]:
        """Return tickets that the name is found in, beyond those whose words go anyway."""
        queues = self._connection.scalars(select(tickets.c.queue).distinct())
        query = TicketQuery(
            visible_person=person,
            visible_queues=frozenset(QueueName(queue) for queue in queues),
            sees_all_open=True,
        )
        found = SqlSearch(self._unit).find(name, query, MENTIONS + len(others))
        return tuple(sorted(set(found) - others))[:MENTIONS]

    @staticmethod
    def _is_taken() -> ColumnElement[bool]:
        return or_(_e.author == bindparam("the_person"), _e.number.in_(_THEIRS))

    def _files_taken(self) -> Select[int]:
        carried = select(_f.attachment).join(entries, _e.entry == _f.entry).where(self._is_taken())
        mine = or_(_a.by == bindparam("the_person"), _a.attachment.in_(carried))
        return select(func.count()).select_from(attachments).where(mine)

    def _forget_drafts(self, handle: str) -> None:
        """Forget what a platform's adapter noted of a person: `PLATFORM:WHAT:ID`."""
        platform, _, known_as = handle.partition(":")
        name = marks.c.name
        begins = name.startswith(f"{platform}:", autoescape=True)
        ends = name.endswith(f":{known_as}", autoescape=True)
        self._connection.execute(delete(marks).where(begins, ends))

    def _forget_words_about(self, taken: list[str]) -> None:
        """Forget the reasons why words did not arrive: a platform may have quoted them."""
        for each in _chunks(taken):
            names = [f"undelivered:{entry}" for entry in each]
            self._connection.execute(delete(marks).where(marks.c.name.in_(names)))
            self._connection.execute(update(outbox).where(_o.entry.in_(each)).values(why=""))

    def _drop_files(self, files: Iterable[str], taken: list[str]) -> tuple[str, ...]:
        """Delete the files of these entries that no other entry carries."""
        for each in _chunks(taken):
            self._connection.execute(delete(carried_files).where(_f.entry.in_(each)))
        gone: list[str] = []
        for each in _chunks(sorted(files)):
            is_carried = select(_f.entry).where(_f.attachment == _a.attachment).exists()
            dropped = delete(attachments).where(_a.attachment.in_(each), ~is_carried)
            gone += self._connection.scalars(dropped.returning(_a.attachment)).all()
        return tuple(gone)

    def _leave(self, lane: str) -> None:
        """Withdraw whatever waits in a lane, and forget where on a platform it was."""
        lanes.take(self._unit, [lane])
        self._forget_troubles(lane)
        waiting = _o.state.in_(["ready", "sending", "held", "parked"])
        ended = {"is_head": False, "ended_at": self._unit.after(timedelta())}
        mine = update(outbox).where(_o.lane == lane)
        self._connection.execute(mine.where(waiting).values(state="withdrawn", **ended))
        self._connection.execute(mine.values(why="", message=None, payload={}))
        self._connection.execute(delete(conversations).where(conversations.c.lane == lane))
        self._connection.execute(delete(message_links).where(message_links.c.lane == lane))

    def _forget_troubles(self, lane: str) -> None:
        """Forget what kept a lane from being told, but for what others wait for as well."""
        self._connection.execute(delete(stranded).where(_s.lane == lane))
        is_awaited = select(_s.key).where(_s.platform == _t.platform, _s.place == _t.place).exists()
        self._connection.execute(delete(troubles).where(_t.lane == lane, ~is_awaited))
        self._connection.execute(update(troubles).where(_t.lane == lane).values(lane=""))
        told = select(_o.key, _o.payload).where(_o.notice.in_(["trouble", "mended"]))
        found = self._connection.execute(told).all()
        for each in _chunks([row.key for row in found if row.payload.get("lane") == lane]):
            about = update(outbox).where(_o.key.in_(each))
            # What nobody was told yet is about nothing then, and is not told any more.
            self._connection.execute(about.values(notice="trouble", payload=ABOUT_NOTHING, why=""))


def _sender(body: Any) -> str:
    by = body.get("by")
    return str(by.get("handle", "")) if isinstance(by, dict) else ""


def _chunks(things: list[str], size: int = 500) -> list[list[str]]:
    """Part a list: databases bound the values of one statement."""
    return [things[at : at + size] for at in range(0, len(things), size)]
