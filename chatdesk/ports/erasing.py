"""Everything that is kept of one person: found, counted, and erased."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from chatdesk.lifecycle.ticket import EntryId, PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What is kept of a person.

    `tickets` are those they requested, all of whose texts go with an erasure; `elsewhere` the
    others in which they wrote. `texts` and `files` count what an erasure takes. `mentions` are
    further tickets with the words of their name, which only people can judge; 20 at most.
    """

    person: PersonId
    name: str
    handles: tuple[str, ...]
    tickets: tuple[int, ...]
    unsolved: tuple[int, ...]
    elsewhere: tuple[int, ...]
    texts: int
    files: int
    mentions: tuple[int, ...] = ()


class Erasing(Protocol):
    """The words of a person and whatever else tells of them; a ticket at a time, then the rest.

    Ids, times and salted digests stay: records fold and verify as before. The salts go, so that
    no digest can be told from chance any more.
    """

    def looked_up(self, word: str) -> tuple[PersonId, ...]:
        """Return who is known by a handle or an id; else everybody of that name."""

    def traces(self, person: PersonId) -> Traces:
        """Return what is kept of a person; LookupError for nobody."""

    def entries_by(self, person: PersonId) -> tuple[EntryId, ...]:
        """Return the entries a person wrote that are not blank, oldest first."""

    def files_by(self, person: PersonId) -> tuple[str, ...]:
        """Return the attachments a person sent."""

    def tickets_left(self, person: PersonId, after: int, limit: int) -> list[int]:
        """Return the numbers, above `after`, of tickets that hold what an erasure takes."""

    def blank(self, number: int, person: PersonId) -> tuple[str, ...]:
        """Take a person's texts out of a ticket, all texts if it is theirs; return the files gone.

        What waits to be told to them about it is withdrawn. The search index is the caller's.
        """

    def forget_deliveries(
        self, handles: Collection[str], after: str, limit: int
    ) -> tuple[str | None, int]:
        """Blank deliveries with keys above `after`, done ones and any from these handles.

        Returns the last key looked at, None when there is none left, and how many were blanked.
        Their keys stay known: one that comes again still has no second effect.
        """

    def forget(self, person: PersonId) -> tuple[str, ...]:
        """Forget handles, queues, wishes and files; return the files gone. The id alone stays."""
