"""People, and what is kept about them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from chatdesk.adapters.db.columns import Moment
from chatdesk.adapters.db.schema.base import metadata

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

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("person", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("hour", Integer, nullable=False),
    Column("zone", Text, nullable=False),
)
