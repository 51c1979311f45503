"""What people wrote and sent: the entries of tickets, and files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chatdesk.lifecycle.ticket import EntryId, EntryKind, PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A text somebody wrote on a ticket; `text` is empty once removed or erased.

    `purpose` is the kind of the fact that brought it in ("opened", "replied", "resolved", ...).
    """

    entry: EntryId
    number: int
    kind: EntryKind
    purpose: str
    author: PersonId
    at: datetime
    text: str
    salt: str
    files: tuple[str, ...] = ()
    edited_at: datetime | None = None
    removed_at: datetime | None = None


class Entries(Protocol):
    """The texts of tickets."""

    def add(self, *entries: Entry) -> None:
        """Keep entries, in this order."""

    def of(self, number: int, kinds: frozenset[EntryKind]) -> list[Entry]:
        """Return a ticket's entries of these kinds, oldest first."""

    def get(self, entries: Iterable[EntryId]) -> dict[EntryId, Entry]:
        """Return these entries; those not found are left out."""

    def texts(self, entries: Iterable[EntryId]) -> dict[EntryId, str]:
        """Return the words of these entries alone; those not found are left out."""

    def change(self, entry: EntryId, text: str, at: datetime) -> None:
        """Replace an entry's text after its author edited it."""

    def remove(self, entry: EntryId, at: datetime) -> None:
        """Blank an entry after its author deleted it; files that no other entry carries go too."""


class Attachments(Protocol):
    """Files people sent, kept under random names."""

    def add(self, *, name: str, media_type: str, content: bytes, by: PersonId) -> str:
        """Keep a file and return its random name; nothing is kept when this fails."""

    def describe(self, attachments: Iterable[str]) -> dict[str, tuple[str, str, int, PersonId]]:
        """Return (name, media type, size, by) of each attachment found."""

    def content(self, attachment: str) -> bytes | None:
        """Return a file's bytes."""

    def carried_by(self, attachment: str) -> list[tuple[int, EntryKind]]:
        """Return the tickets and kinds of the entries that carry a file."""

    def purge(self, older_than: timedelta, limit: int) -> int:
        """Look at the next `limit` files of that age, and delete those that no entry carries.

        Returns how many were looked at. None is looked at twice: a file is carried soon or never.
        """
