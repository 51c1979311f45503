"""Accounts of one person on several platforms, and the codes by which they are linked."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

from chatdesk.adapters.db.columns import Moment
from chatdesk.adapters.db.schema.base import metadata

links = Table(
    "links",
    metadata,
    Column("handle", Text, primary_key=True),
    # Who the account was by itself: what came with it goes back with it.
    Column("was", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("linked_at", Moment, nullable=False),
)
Index("links_of_person", links.c.person)
Index("links_was", links.c.was)

link_codes = Table(
    "link_codes",
    metadata,
    # The public half of a code; of the secret half only a salted digest is kept.
    Column("name", Text, primary_key=True),
    Column("handle", Text, nullable=False, unique=True),
    Column("salt", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    # The account that typed the code rightly, and has only to say yes.
    Column("shown_to", Text),
)

link_tries = Table(
    "link_tries",
    metadata,
    Column("handle", Text, primary_key=True),
    Column("since_at", Moment, nullable=False),
    Column("count", Integer, nullable=False),
)
