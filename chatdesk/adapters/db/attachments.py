"""Files people sent, kept in the database under random names."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, insert, literal, select, tuple_

from chatdesk.adapters.db.columns import Moment
from chatdesk.adapters.db.named import SqlMarks
from chatdesk.adapters.db.schema import attachments, carried_files, entries
from chatdesk.adapters.db.unit import Unit
from chatdesk.lifecycle.facts import clean_text
from chatdesk.lifecycle.ticket import EntryKind, PersonId

_a = attachments.c

_DESCRIBE = select(_a.attachment, _a.name, _a.media_type, _a.size, _a.by).where(
    _a.attachment.in_(bindparam("wanted", expanding=True))
)
_CARRIED_BY = (
    select(entries.c.number, entries.c.kind)
    .join(carried_files, carried_files.c.entry == entries.c.entry)
    .where(carried_files.c.attachment == bindparam("the_attachment"))
    .order_by(entries.c.id)
)
_IS_CARRIED = (
    select(carried_files.c.entry).where(carried_files.c.attachment == _a.attachment).exists()
)
_SWEPT = "files-swept"
_NEVER_SWEPT = "1970-01-01T00:00:00+00:00 "
_CONTENT = select(_a.content).where(_a.attachment == bindparam("the_attachment"))


class SqlAttachments:
    """Attachments in the database; see `chatdesk.ports.Attachments`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, *, name: str, media_type: str, content: bytes, by: PersonId) -> str:
        """Keep a file and return its random name; nothing is kept when this fails."""
        attachment = secrets.token_hex(16)
        row = {
            "attachment": attachment,
            "name": clean_text(name),
            "media_type": clean_text(media_type),
            "size": len(content),
            "by": by,
            "content": content,
        }
        added_at = self._unit.after(timedelta())
        self._unit.connection.execute(insert(attachments).values(added_at=added_at, **row))
        return attachment

    def describe(self, attachments: Iterable[str]) -> dict[str, tuple[str, str, int, PersonId]]:
        """Return (name, media type, size, by) of each attachment found."""
        wanted = list(dict.fromkeys(attachments))
        if not wanted:
            return {}
        found = self._unit.connection.execute(_DESCRIBE, {"wanted": wanted})
        return {
            row.attachment: (row.name, row.media_type, row.size, PersonId(row.by)) for row in found
        }

    def content(self, attachment: str) -> bytes | None:
        """Return a file's bytes."""
        found = self._unit.connection.execute(_CONTENT, {"the_attachment": attachment})
        return found.scalar_one_or_none()

    def carried_by(self, attachment: str) -> list[tuple[int, EntryKind]]:
        """Return the tickets and kinds of the entries that carry a file."""
        found = self._unit.connection.execute(_CARRIED_BY, {"the_attachment": attachment})
        return [(row.number, EntryKind(row.kind)) for row in found]

    def purge(self, older_than: timedelta, limit: int) -> int:
        """Look at the next `limit` files of that age, and delete those that no entry carries.

        Returns how many were looked at. None is looked at twice: a file is carried soon or never.
        """
        noted = SqlMarks(self._unit)
        at, _, attachment = (noted.get(_SWEPT) or _NEVER_SWEPT).partition(" ")
        last = tuple_(literal(datetime.fromisoformat(at), Moment), literal(attachment))
        page = (
            select(_a.attachment, _a.added_at, _IS_CARRIED.label("is_carried"))
            .where(_a.added_at <= self._unit.after(-older_than))
            .where(tuple_(_a.added_at, _a.attachment) > last)
            .order_by(_a.added_at, _a.attachment)
            .limit(limit)
        )
        rows = self._unit.connection.execute(page).all()
        left = [row.attachment for row in rows if not row.is_carried]
        self._unit.connection.execute(delete(attachments).where(_a.attachment.in_(left)))
        if rows:
            noted.set(_SWEPT, f"{rows[-1].added_at.isoformat()} {rows[-1].attachment}")
        return len(rows)
