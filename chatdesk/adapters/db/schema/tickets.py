"""Tickets: their state, and beside it a column and an index for whatever a list asks."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from chatdesk.adapters.db.columns import Moment, Number
from chatdesk.adapters.db.schema.base import metadata, partial

tickets = Table(
    "tickets",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("is_unsolved", Boolean, nullable=False),
    Column("queue", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("is_confidential", Boolean, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("requester", Text, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("assignee", Text),
    Column("parent", Number),
    Column("follow_up_of", Number),
    Column("opened_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    # Since when it is solved; a reopened ticket is unsolved again and has none.
    Column("solved_at", Moment),
    # When the requester was last asked about a closure; a reopening does not forget it.
    Column("follow_up_asked_at", Moment),
    # The last link of the record's hash chain.
    Column("digest", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
)
_t = tickets.c
Index("tickets_newest", _t.is_confidential, _t.opened_at, _t.number)
Index("tickets_newest_of_queue", _t.queue, _t.is_confidential, _t.opened_at, _t.number)
Index("tickets_newest_of_topic", _t.topic, _t.is_confidential, _t.opened_at, _t.number)
Index("tickets_newest_by_status", _t.status, _t.is_confidential, _t.opened_at, _t.number)
Index("tickets_newest_of_requester", _t.requester, _t.opened_at, _t.number)
Index("tickets_opened_by", _t.opened_by, _t.opened_at)
Index("tickets_solved", _t.solved_at)
partial(
    "tickets_newest_of_assignee",
    _t.assignee,
    _t.opened_at,
    _t.number,
    where=_t.assignee.is_not(None),
)
partial(
    # With the assignee first, or SQLite would prefer the index without one.
    "tickets_of_assignee_by_queue",
    _t.assignee,
    _t.queue,
    _t.is_confidential,
    _t.due_at,
    _t.number,
    where=_t.is_unsolved,
)
partial(
    "tickets_due_of_queue",
    _t.queue,
    _t.is_confidential,
    _t.due_at,
    _t.number,
    where=_t.is_unsolved,
)
partial(
    "tickets_due_by_status",
    _t.status,
    _t.queue,
    _t.is_confidential,
    _t.due_at,
    _t.number,
    where=_t.is_unsolved,
)
partial("tickets_due", _t.is_confidential, _t.due_at, _t.number, where=_t.is_unsolved)
partial(
    "tickets_mine",
    _t.assignee,
    _t.due_at,
    _t.number,
    where=_t.is_unsolved,
)
partial(
    "tickets_unsolved_of_queue",
    _t.queue,
    _t.is_confidential,
    _t.opened_at,
    _t.number,
    where=_t.is_unsolved,
)
partial("tickets_unsolved", _t.is_confidential, _t.opened_at, _t.number, where=_t.is_unsolved)
partial("tickets_unsolved_of_requester", _t.requester, _t.number, where=_t.is_unsolved)
partial("tickets_own_confidential", _t.requester, _t.number, where=_t.is_confidential)
partial("tickets_children", _t.parent, where=_t.parent.is_not(None))
partial("tickets_successors", _t.follow_up_of, _t.number, where=_t.follow_up_of.is_not(None))
partial(
    "tickets_follow_ups",
    _t.requester,
    _t.follow_up_asked_at,
    where=_t.follow_up_asked_at.is_not(None),
)

watchers = Table(
    "watchers",
    metadata,
    Column("person", Text, primary_key=True),
    Column("number", Number, ForeignKey("tickets.number"), primary_key=True),
)
Index("watchers_of_ticket", watchers.c.number)

assignments = Table(
    "assignments",
    metadata,
    Column("person", Text, primary_key=True),
    Column("at", Moment, primary_key=True),
    Column("number", Number, ForeignKey("tickets.number"), primary_key=True),
)

facts = Table(
    "facts",
    metadata,
    Column("number", Number, ForeignKey("tickets.number"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)
Index("facts_by_kind", facts.c.kind, facts.c.at)
