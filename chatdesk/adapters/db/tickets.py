"""Tickets and their records: a row for what is, an append-only row for everything that happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from chatdesk.adapters.db import chain
from chatdesk.adapters.db.columns import NEVER
from chatdesk.adapters.db.questions import SqlTicketQuestions
from chatdesk.adapters.db.schema import assignments, tickets, watchers
from chatdesk.adapters.db.schema import facts as recorded
from chatdesk.adapters.db.unit import TIMERS, WORDS, Unit, Upsert, insert_into
from chatdesk.lifecycle.facts import Fact
from chatdesk.lifecycle.ticket import UNSOLVED, PersonId, Ticket, stretches
from chatdesk.ports import Stale

_t = tickets.c

_NEXT_ON_POSTGRESQL = text(
    "SELECT nextval('ticket_numbers') AS number, CAST(pg_current_xact_id() AS text) AS xid"
)
_NEXT_ON_SQLITE = text(
    "UPDATE ticket_numbers SET last = max(last, :floor) + 1 RETURNING last",
)
_LOAD = select(_t.state, _t.digest, _t.due_at).where(_t.number == bindparam("the_number"))
_LOAD_TO_CHANGE = _LOAD.with_for_update()
_INSERT = insert(tickets)
_SAVE = update(tickets).where(
    _t.number == bindparam("the_number"), _t.version == bindparam("before")
)
_ADD_FACTS = insert(recorded)
_ADD_WATCHERS = insert(watchers)
_REMOVE_WATCHER = delete(watchers).where(
    watchers.c.number == bindparam("the_number"), watchers.c.person == bindparam("gone")
)


class Numbering:
    """The highest number this process was given; a number rolled back is not given again."""

    last = 0


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What a save must know of the row it replaces."""

    ticket: Ticket
    digest: bytes
    due_at: datetime


class SqlTickets(SqlTicketQuestions):
    """Tickets in the database; see `chatdesk.ports.Tickets`."""

    def __init__(self, unit: Unit, numbering: Numbering) -> None:
        super().__init__(unit)
        self._numbering = numbering
        self._loaded: dict[int, _Loaded] = {}

    def next_number(self) -> int:
        """Return a number never returned before."""
        if self._unit.is_postgresql:
            given = self._connection.execute(_NEXT_ON_POSTGRESQL).one()
            self._unit.xid = given.xid
            self._unit.unheard_of.add(given.number)
            number: int = given.number
            return number
        floor = {"floor": self._numbering.last}
        self._numbering.last = self._connection.execute(_NEXT_ON_SQLITE, floor).scalar_one()
        return self._numbering.last

    def load(self, number: int, *, to_change: bool = False) -> Ticket | None:
        """Return the ticket; `to_change` keeps others from changing it until this unit ends."""
        query = _LOAD_TO_CHANGE if to_change and self._unit.is_postgresql else _LOAD
        row = self._connection.execute(query, {"the_number": number}).one_or_none()
        if row is None:
            return None
        ticket = self._unit.codec.load_ticket(row.state)
        self._loaded[number] = _Loaded(ticket, row.digest, row.due_at)
        return ticket

    def insert(self, ticket: Ticket, facts: Sequence[Fact], *, due_at: datetime | None) -> None:
        """Keep a new ticket and the facts that made it; `due_at` is its next SLA due time."""
        rows = self._rows_of(ticket, facts, before=0, digest=chain.START)
        row = self._row_of(ticket, rows, due_at)
        try:
            self._connection.execute(_INSERT, row)
        except IntegrityError as taken:
            raise Stale(f"ticket {ticket.number} exists already") from taken
        self._unit.blank |= {(TIMERS, ticket.number), (WORDS, ticket.number)}
        self._keep(ticket, facts, rows, row)

    def save(
        self, ticket: Ticket, facts: Sequence[Fact], *, before: int, due_at: datetime | None
    ) -> None:
        """Keep a changed ticket and its new facts; Stale unless its version was `before`."""
        loaded = self._loaded.get(ticket.number)
        if loaded is None or loaded.ticket.version != before:
            self.load(ticket.number)
            loaded = self._loaded.get(ticket.number)
        if loaded is None or loaded.ticket.version != before:
            raise Stale(f"ticket {ticket.number} is no longer at version {before}")
        rows = self._rows_of(ticket, facts, before=before, digest=loaded.digest)
        row = self._row_of(ticket, rows, due_at, digest=loaded.digest)
        if row["follow_up_asked_at"] is None:
            del row["follow_up_asked_at"]
        # Set again, even to the same value, a column costs SQLite its entries in every index that
        # has it; and the number a look through all rows that refer to it.
        known = _columns_of(loaded.ticket, loaded.due_at)
        changed = {
            column: value
            for column, value in row.items()
            if column not in known or known[column] != value
        }
        saved = self._connection.execute(
            _SAVE, {**changed, "the_number": ticket.number, "before": before}
        )
        if saved.rowcount != 1:
            raise Stale(f"ticket {ticket.number} is no longer at version {before}")
        self._keep(ticket, facts, rows, row, watched=loaded.ticket.watchers)

    def _rows_of(
        self, ticket: Ticket, facts: Sequence[Fact], *, before: int, digest: bytes
    ) -> list[dict[str, Any]]:
        """Return the rows of new facts, each linked to the one before."""
        if ticket.version != before + len(facts):
            raise ValueError(
                f"ticket {ticket.number} at version {before} and {len(facts)} facts cannot be at "
                f"version {ticket.version}: a version counts the facts"
            )
        rows = []
        for seq, fact in enumerate(facts, before + 1):
            kind, shape, payload = self._unit.codec.dump_fact(fact)
            digest = chain.link(digest, ticket.number, seq, kind, shape, payload)
            place = {"number": ticket.number, "seq": seq, "at": fact.at, "by": fact.by}
            shaped = {"kind": kind, "version": shape, "payload": payload, "digest": digest}
            rows.append(place | shaped)
        return rows

    def _row_of(
        self,
        ticket: Ticket,
        rows: Sequence[dict[str, Any]],
        due_at: datetime | None,
        *,
        digest: bytes = chain.START,
    ) -> dict[str, Any]:
        return {
            **_columns_of(ticket, due_at),
            "digest": rows[-1]["digest"] if rows else digest,
            "state": self._unit.codec.dump_ticket(ticket),
        }

    def _keep(
        self,
        ticket: Ticket,
        facts: Sequence[Fact],
        rows: list[dict[str, Any]],
        row: dict[str, Any],
        *,
        watched: frozenset[PersonId] = frozenset(),
    ) -> None:
        """Write what stands beside the ticket's row; `watched` is by whom until now."""
        number, execute = ticket.number, self._connection.execute
        if rows:
            self._add_facts(rows)
        if came := ticket.watchers - watched:
            execute(_ADD_WATCHERS, [{"number": number, "person": one} for one in sorted(came)])
        if gone := watched - ticket.watchers:
            execute(_REMOVE_WATCHER, [{"the_number": number, "gone": one} for one in sorted(gone)])
        given_at = ticket.assigned_at
        if ticket.assignee is not None and any(fact.at == given_at for fact in facts):
            given = {"person": ticket.assignee, "at": given_at, "number": number}
            execute(_add_assignment(self._connection.dialect.name), given)
        self._loaded[number] = _Loaded(ticket, row["digest"], row["due_at"])

    def _add_facts(self, rows: list[dict[str, Any]]) -> None:
        try:
            self._connection.execute(_ADD_FACTS, rows)
        except IntegrityError as taken:
            first = rows[0]
            raise Stale(f"fact {first['seq']} of ticket {first['number']} exists") from taken


@cache
def _add_assignment(dialect: str) -> Upsert:
    return insert_into(assignments, dialect).on_conflict_do_nothing()


def _columns_of(ticket: Ticket, due_at: datetime | None) -> dict[str, Any]:
    """Return what lists ask for; it all follows from the ticket but its next due time."""
    return {
        "number": ticket.number,
        "version": ticket.version,
        "status": ticket.status.value,
        "is_unsolved": ticket.is_unsolved,
        "queue": ticket.queue,
        "topic": ticket.topic,
        "is_confidential": ticket.is_confidential,
        "priority": ticket.priority.rank,
        "requester": ticket.requester,
        "opened_by": ticket.opened_by,
        "assignee": ticket.assignee,
        "parent": ticket.parent,
        "follow_up_of": ticket.follow_up_of,
        "opened_at": ticket.opened_at,
        "due_at": due_at or NEVER,
        "solved_at": _solved_at(ticket),
        "follow_up_asked_at": ticket.follow_up.asked_at,
    }


def _solved_at(ticket: Ticket) -> datetime | None:
    """Return since when a ticket is solved: the end of its last unsolved stretch."""
    if ticket.is_unsolved:
        return None
    unsolved = stretches(ticket, UNSOLVED)
    return unsolved[-1][1] if unsolved else ticket.opened_at
