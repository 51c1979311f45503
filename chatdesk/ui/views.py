"""What a card is drawn from: a ticket with its texts and names, as one reader may see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chatdesk.lifecycle.facts import Fact
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.ticket import EntryId, EntryKind, PersonId, Side, Ticket
from chatdesk.ui.cards import FileShown


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """For whom a card is drawn: their time zone (IANA) and language.

    `person` is None for a place several people read, such as a queue's channel.
    """

    zone: str
    locale: str = "en"
    person: PersonId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """An entry as it is shown; `text` is empty when it was removed or erased.

    `delivery` tells how far a Reply has come: empty, "sending", "delivered", "withdrawn", or
    "failed: why"; while it is "sending" it can still be undone. `delivered_at` when it arrived.
    `left_behind` are the names of its files that could not be brought along.
    """

    entry: EntryId
    kind: EntryKind
    purpose: str
    author: PersonId
    at: datetime
    text: str
    files: tuple[FileShown, ...] = ()
    is_edited: bool = False
    is_removed: bool = False
    delivery: str = ""
    delivered_at: datetime | None = None
    left_behind: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    """A ticket with what is needed to speak of it.

    `entries` are those the side may see, oldest first; notes are there only for agents.
    `earlier` counts the requester's earlier tickets. `now` is the desk's moment, aware UTC.
    `zones` are people's time zones. `offers` names the verbs a reader may
    use on it, None all of them.
    In a list, `is_overdue` tells whether any of its due times is over, and `summary` is its text.
    """

    ticket: Ticket
    policy: Policy
    reader: Reader
    side: Side
    now: datetime
    entries: Mapping[EntryId, EntryView] = field(default_factory=dict)
    names: Mapping[PersonId, str] = field(default_factory=dict)
    zones: Mapping[PersonId, str] = field(default_factory=dict)
    earlier: int = 0
    successors: tuple[int, ...] = ()
    offers: frozenset[str] | None = None
    is_overdue: bool | None = None
    summary: str | None = None

    def may(self, verb: str) -> bool:
        """Whether the reader is offered a verb."""
        return self.offers is None or verb in self.offers

    def text(self, entry: EntryId | None) -> str:
        """Return an entry's text, empty if there is none to show."""
        found = self.entries.get(entry) if entry else None
        return found.text if found else ""

    def name(self, person: PersonId | None) -> str:
        """Return a person's display name, empty for nobody."""
        return self.names.get(person, "") if person else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """A notice to be told: the ticket, and the fact it tells of.

    `why` is the platform's reason, a clause, where something did not reach somebody.
    """

    name: str
    ticket: TicketView
    fact: Fact
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketList:
    """A page of tickets under a heading; `more` is the id of a button for the next page, if any.

    `title_key` is a key of the wording catalog; `total` counts all pages, or, unless `is_counted`,
    those up to this one. `is_cut` if there are more and no button leads to them.
    """

    title_key: str
    rows: tuple[TicketView, ...]
    total: int
    reader: Reader
    now: datetime
    more: str = ""
    words: str = ""
    is_counted: bool = True
    is_cut: bool = False
