"""What was done to the desk itself: erasures, restores, releases, exports."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, Table, Text

from chatdesk.adapters.db.columns import Number
from chatdesk.adapters.db.schema.base import metadata

acts = Table(
    "acts",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)
