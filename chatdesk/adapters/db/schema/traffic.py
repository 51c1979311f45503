"""Deliveries in and out, and where on the platforms conversations are."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Identity, Index, Integer, Table, Text, text

from chatdesk.adapters.db.columns import Json, Moment, Number
from chatdesk.adapters.db.schema.base import metadata, partial

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
partial("inbox_unfinished", inbox.c.platform, inbox.c.received_at, where=inbox.c.done_at.is_(None))
partial("inbox_done", inbox.c.done_at, where=inbox.c.done_at.is_not(None))

IS_UNFINISHED = text("state IN ('ready', 'sending')")
"""An outbox row still on its way. A literal, so that SQLite sees which index it belongs to."""

IS_UNTOUCHED = text("state IN ('ready', 'held') AND attempt = 0")
"""An outbox row nobody has begun to send."""

IS_TO_BE_SENT = text("state IN ('ready', 'sending', 'held')")
"""An outbox row that may still arrive without anybody's doing, or once a restore is released."""

IS_PARKED = text("state = 'parked'")
IS_HELD = text("state = 'held'")
IS_OVER = text("state IN ('sent', 'withdrawn')")
"""An outbox row of which nothing more will come."""

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
partial("outbox_due", _o.next_at, _o.id, where=_o.is_head)
partial("outbox_age", _o.due_at, where=IS_UNFINISHED)
partial("outbox_untouched", _o.lane, _o.notice, where=IS_UNTOUCHED)
partial("outbox_untouched_of_ticket", _o.number, where=IS_UNTOUCHED)
partial("outbox_of_entry", _o.entry, where=IS_TO_BE_SENT)
partial("outbox_of_lane", _o.lane, _o.id, where=IS_UNFINISHED)
partial("outbox_parked", _o.id, where=IS_PARKED)
partial("outbox_held", _o.id, where=IS_HELD)
partial("outbox_ended", _o.ended_at, _o.id, where=IS_OVER)
partial("outbox_heads", _o.lane, where=_o.is_head, is_unique=True)

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
