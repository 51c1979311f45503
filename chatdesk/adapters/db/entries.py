"""The texts of tickets: the only place where a person's words are kept."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update

from chatdesk.adapters.db.columns import dump_json
from chatdesk.adapters.db.schema import attachments, carried_files, entries
from chatdesk.adapters.db.unit import Unit
from chatdesk.lifecycle.ticket import EntryId, EntryKind, PersonId
from chatdesk.ports import Entry

_e = entries.c

_ADD = insert(entries)
_CARRY = insert(carried_files)
_DROP_FILES = delete(carried_files).where(carried_files.c.entry == bindparam("the_entry"))
_CARRIED = select(carried_files.c.attachment).where(carried_files.c.entry == bindparam("the_entry"))
_DROP_CONTENT = delete(attachments).where(
    attachments.c.attachment.in_(bindparam("carried", expanding=True)),
    ~select(carried_files.c.entry)
    .where(carried_files.c.attachment == attachments.c.attachment)
    .exists(),
)
_OF_TICKET = (
    select(entries)
    .where(
        _e.number == bindparam("the_number"),
        _e.kind.in_(bindparam("kinds", expanding=True)),
    )
    .order_by(_e.id)
)
_GET = select(entries).where(_e.entry.in_(bindparam("wanted", expanding=True)))
_TEXTS = select(_e.entry, _e.text).where(_e.entry.in_(bindparam("wanted", expanding=True)))
_CHANGE = update(entries).where(_e.entry == bindparam("the_entry"), _e.removed_at.is_(None))


class SqlEntries:
    """Entries in the database; see `chatdesk.ports.Entries`."""

    def __init__(self, unit: Unit) -> None:
        self._connection = unit.connection

    def add(self, *entries: Entry) -> None:
        """Keep entries, in this order."""
        self._connection.execute(_ADD, [_row(entry) for entry in entries])
        carried = [
            {"attachment": file, "entry": entry.entry}
            for entry in entries
            for file in dict.fromkeys(entry.files)
        ]
        if carried:
            self._connection.execute(_CARRY, carried)

    def of(self, number: int, kinds: frozenset[EntryKind]) -> list[Entry]:
        """Return a ticket's entries of these kinds, oldest first."""
        wanted = {"the_number": number, "kinds": sorted(kind.value for kind in kinds)}
        return [_entry(row) for row in self._connection.execute(_OF_TICKET, wanted)]

    def get(self, entries: Iterable[EntryId]) -> dict[EntryId, Entry]:
        """Return these entries; those not found are left out."""
        wanted = list(dict.fromkeys(entries))
        if not wanted:
            return {}
        found = [_entry(row) for row in self._connection.execute(_GET, {"wanted": wanted})]
        return {entry.entry: entry for entry in found}

    def texts(self, entries: Iterable[EntryId]) -> dict[EntryId, str]:
        """Return the words of these entries alone; those not found are left out."""
        wanted = list(dict.fromkeys(entries))
        if not wanted:
            return {}
        found = self._connection.execute(_TEXTS, {"wanted": wanted})
        return {EntryId(name): text for name, text in found}

    def change(self, entry: EntryId, text: str, at: datetime) -> None:
        """Replace an entry's text after its author edited it; a removed one stays removed."""
        self._connection.execute(_CHANGE, {"the_entry": entry, "text": text, "edited_at": at})

    def remove(self, entry: EntryId, at: datetime) -> None:
        """Blank an entry after its author deleted it, and forget its salt and files with it.

        A file that another entry carries stays for that one.
        """
        blank = {"text": "", "salt": "", "files": "[]", "removed_at": at}
        carried = self._connection.scalars(_CARRIED, {"the_entry": entry}).all()
        self._connection.execute(_CHANGE, {"the_entry": entry, **blank})
        self._connection.execute(_DROP_FILES, {"the_entry": entry})
        if carried:
            self._connection.execute(_DROP_CONTENT, {"carried": carried})


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "entry": entry.entry,
        "number": entry.number,
        "kind": entry.kind.value,
        "purpose": entry.purpose,
        "author": entry.author,
        "at": entry.at,
        "text": entry.text,
        "salt": entry.salt,
        "files": dump_json(entry.files),
        "edited_at": entry.edited_at,
        "removed_at": entry.removed_at,
    }


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        entry=EntryId(row.entry),
        number=row.number,
        kind=EntryKind(row.kind),
        purpose=row.purpose,
        author=PersonId(row.author),
        at=row.at,
        text=row.text,
        salt=row.salt,
        files=tuple(json.loads(row.files)),
        edited_at=row.edited_at,
        removed_at=row.removed_at,
    )
