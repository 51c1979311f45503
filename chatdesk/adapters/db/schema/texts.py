"""What people wrote and the files they sent."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Identity, Index, Integer, LargeBinary, Table, Text

from chatdesk.adapters.db.columns import Moment, Number
from chatdesk.adapters.db.schema.base import metadata

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
Index("entries_of_author", entries.c.author, entries.c.number)

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
Index("attachments_of_person", attachments.c.by)
Index("attachments_by_age", attachments.c.added_at, attachments.c.attachment)

carried_files = Table(
    "carried_files",
    metadata,
    Column("attachment", Text, primary_key=True),
    Column("entry", Text, ForeignKey("entries.entry"), primary_key=True),
)
Index("carried_files_of_entry", carried_files.c.entry)
