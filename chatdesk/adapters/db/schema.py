"""The tables and the indexes that keep every hot question cheap; migrations must agree with them.

A ticket's row holds its whole state as JSON and, beside it, a column for whatever a list asks.
What only one of the databases has (search, the counter of numbers) stands with its queries.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TextClause,
    and_,
    text,
)
from sqlalchemy.sql import operators

from chatdesk.adapters.db.columns import Json, Moment, Number

metadata = MetaData()


def _partial(
    name: str,
    *columns: Column[Any],
    where: ColumnElement[bool] | TextClause,
    is_unique: bool = False,
) -> Index:
    # As it is written in a WHERE: SQLite, which has no booleans, compares with 1 there.
    where = where.self_group(against=operators.and_)
    return Index(name, *columns, unique=is_unique, sqlite_where=where, postgresql_where=where)


# --- tickets --------------------------------------------------------------------------------------

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
Index("tickets_newest_of_requester", _t.requester, _t.opened_at, _t.number)
Index("tickets_opened_by", _t.opened_by, _t.opened_at)
Index("tickets_solved", _t.solved_at)
_partial(
    "tickets_newest_of_assignee",
    _t.assignee,
    _t.opened_at,
    _t.number,
    where=_t.assignee.is_not(None),
)
_partial(
    # With the assignee first, or SQLite would prefer the index without one.
    "tickets_of_assignee_by_queue",
    _t.assignee,
    _t.queue,
    _t.is_confidential,
    _t.due_at,
    _t.number,
    where=_t.is_unsolved,
)
_partial(
    "tickets_due_of_queue",
    _t.queue,
    _t.is_confidential,
    _t.due_at,
    _t.number,
    where=_t.is_unsolved,
)
_partial(
    "tickets_due_by_status",
    _t.status,
    _t.queue,
    _t.is_confidential,
    _t.due_at,
    _t.number,
    where=_t.is_unsolved,
)
_partial("tickets_due", _t.is_confidential, _t.due_at, _t.number, where=_t.is_unsolved)
_partial(
    "tickets_mine",
    _t.assignee,
    _t.due_at,
    _t.number,
    where=_t.is_unsolved,
)
_partial(
    "tickets_unsolved_of_queue",
    _t.queue,
    _t.is_confidential,
    _t.opened_at,
    _t.number,
    where=_t.is_unsolved,
)
_partial("tickets_unsolved", _t.is_confidential, _t.opened_at, _t.number, where=_t.is_unsolved)
_partial("tickets_unsolved_of_requester", _t.requester, _t.number, where=_t.is_unsolved)
_partial("tickets_own_confidential", _t.requester, _t.number, where=_t.is_confidential)
_partial("tickets_children", _t.parent, where=_t.parent.is_not(None))
_partial("tickets_successors", _t.follow_up_of, _t.number, where=_t.follow_up_of.is_not(None))
_partial(
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

entries = Table(
    "entries",
    metadata,
    Column("id", Number, Identity(), primary_key=True),
    Column("entry", Text, nullable=False, unique=True),
    Column("number", Number, nullable=False),
    Column("kind", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("text", Text, nullable=False),
    Column("salt", Text, nullable=False),
    Column("files", Text, nullable=False),
    Column("edited_at", Moment),
    Column("removed_at", Moment),
)
Index("entries_of_ticket", entries.c.number, entries.c.id)

attachments = Table(
    "attachments",
    metadata,
    Column("attachment", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("by", Text, nullable=False),
    Column("added_at", Moment, nullable=False),
    # Last, so that SQLite finds the others without reading past the file.
    Column("content", LargeBinary, nullable=False),
)

carried_files = Table(
    "carried_files",
    metadata,
    Column("attachment", Text, primary_key=True),
    Column("entry", Text, ForeignKey("entries.entry"), primary_key=True),
)
Index("carried_files_of_entry", carried_files.c.entry)

# --- people ---------------------------------------------------------------------------------------

people = Table(
    "people",
    metadata,
    Column("person", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("away_until", Moment),
)
handles = Table(
    "handles",
    metadata,
    Column("handle", Text, primary_key=True),
    Column("person", Text, ForeignKey("people.person"), nullable=False),
)
Index("handles_of_person", handles.c.person)

memberships = Table(
    "memberships",
    metadata,
    Column("queue", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("platform", Text, primary_key=True),
)
Index("memberships_of_person", memberships.c.person)

# --- deliveries in and out ------------------------------------------------------------------------

inbox = Table(
    "inbox",
    metadata,
    Column("key", Text, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("done_at", Moment),
    Column("body", Json, nullable=False),
    Column("answer", Json),
)
_partial("inbox_unfinished", inbox.c.platform, inbox.c.received_at, where=inbox.c.done_at.is_(None))
_partial("inbox_done", inbox.c.done_at, where=inbox.c.done_at.is_not(None))

IS_UNFINISHED = text("state IN ('ready', 'sending')")
"""An outbox row still on its way. A literal, so that SQLite sees which index it belongs to."""

IS_UNTOUCHED = text("state IN ('ready', 'held') AND attempt = 0")
"""An outbox row nobody has begun to send."""

IS_TO_BE_SENT = text("state IN ('ready', 'sending', 'held')")
"""An outbox row that may still arrive without anybody's doing, or once a restore is released."""

IS_PARKED = text("state = 'parked'")
IS_HELD = text("state = 'held'")

outbox = Table(
    "outbox",
    metadata,
    Column("id", Number, Identity(), primary_key=True),
    Column("key", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("notice", Text, nullable=False),
    Column("number", Number),
    Column("entry", Text),
    Column("payload", Json, nullable=False),
    Column("state", Text, nullable=False),
    # The first unfinished row of its lane: the only one that may be claimed.
    Column("is_head", Boolean, nullable=False),
    # When the row is next to be looked at: due time, backoff and lease in one.
    Column("next_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("is_unknown", Boolean, nullable=False),
    Column("why", Text, nullable=False),
    Column("message", Text),
    Column("ended_at", Moment),
)
_o = outbox.c
_partial("outbox_due", _o.next_at, _o.id, where=_o.is_head)
_partial("outbox_age", _o.due_at, where=IS_UNFINISHED)
_partial("outbox_untouched", _o.lane, _o.notice, where=IS_UNTOUCHED)
_partial("outbox_untouched_of_ticket", _o.number, where=IS_UNTOUCHED)
_partial("outbox_of_entry", _o.entry, where=IS_TO_BE_SENT)
_partial("outbox_of_lane", _o.lane, _o.id, where=IS_UNFINISHED)
_partial("outbox_parked", _o.id, where=IS_PARKED)
_partial("outbox_held", _o.id, where=IS_HELD)
_partial("outbox_heads", _o.lane, where=_o.is_head, is_unique=True)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Number, Identity(), primary_key=True),
    Column("lane", Text, nullable=False, unique=True),
    Column("platform", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("thread", Text, nullable=False),
)
Index(
    "conversations_at",
    conversations.c.platform,
    conversations.c.place,
    conversations.c.thread,
    conversations.c.id,
)
message_links = Table(
    "message_links",
    metadata,
    Column("lane", Text, primary_key=True),
    Column("what", Text, primary_key=True),
    Column("message", Text, nullable=False),
)
Index("message_links_of_message", message_links.c.lane, message_links.c.message)

# --- time -----------------------------------------------------------------------------------------

timers = Table(
    "timers",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("due_at", Moment, nullable=False),
    # When the timer is next to be looked at: due time, postponement and lease in one.
    Column("next_at", Moment, nullable=False),
    Column("is_held", Boolean, nullable=False),
)
_partial("timers_due", timers.c.next_at, where=~timers.c.is_held)

occurrences = Table(
    "occurrences",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("occurrence", Text, primary_key=True),
    Column("due_at", Moment, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("is_held", Boolean, nullable=False),
    # Kept for ever, so that no occurrence comes twice.
    Column("is_done", Boolean, nullable=False),
)
_partial(
    "occurrences_due",
    occurrences.c.next_at,
    where=and_(~occurrences.c.is_done, ~occurrences.c.is_held),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
)
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("person", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("hour", Integer, nullable=False),
    Column("zone", Text, nullable=False),
)
marks = Table(
    "marks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
