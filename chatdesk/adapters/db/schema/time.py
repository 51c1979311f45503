"""Timers, leases, and marks that outlive a restart."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Table, Text, and_

from chatdesk.adapters.db.columns import Moment, Number
from chatdesk.adapters.db.schema.base import metadata, partial

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
partial("timers_due", timers.c.next_at, where=~timers.c.is_held)

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
partial(
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
marks = Table(
    "marks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
