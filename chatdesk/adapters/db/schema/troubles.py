"""What is broken on the platforms, and the parked rows that wait for it to be mended."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text

from chatdesk.adapters.db.columns import Moment, Number
from chatdesk.adapters.db.schema.base import metadata

troubles = Table(
    "troubles",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("probe", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("tried_at", Moment, nullable=False),
    Column("is_told", Boolean, nullable=False),
    Column("is_mended", Boolean, nullable=False),
    # How many rows went out when it was mended.
    Column("released", Integer, nullable=False),
)

stranded = Table(
    "stranded",
    metadata,
    Column("key", Text, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("notice", Text, nullable=False),
    # The row's place in the order of the outbox.
    Column("seq", Number, nullable=False),
)
Index("stranded_at", stranded.c.platform, stranded.c.place, stranded.c.seq)
Index("stranded_of_lane", stranded.c.lane)
