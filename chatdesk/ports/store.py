"""The database: units of work, each committed together or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from chatdesk.ports.audit import Acts
from chatdesk.ports.erasing import Erasing
from chatdesk.ports.incoming import Inbox
from chatdesk.ports.links import Links
from chatdesk.ports.outgoing import Conversations, Outbox
from chatdesk.ports.people import People, Subscriptions
from chatdesk.ports.texts import Attachments, Entries
from chatdesk.ports.tickets import Search, Tickets
from chatdesk.ports.time import Leases, Timers
from chatdesk.ports.troubles import Troubles

T = TypeVar("T")


class StoreUnavailable(Exception):
    """The desk cannot save anything at the moment; nothing was changed. Try again in a minute."""


class Marks(Protocol):
    """Small named values that outlive a restart, such as hashes and positions."""

    def get(self, name: str) -> str | None:
        """Return a mark."""

    def get_to_change(self, name: str) -> str:
        """Return a mark, empty if there is none; nobody else changes it before this unit ends."""

    def set(self, name: str, value: str) -> bool:
        """Set a mark; return whether it was another before, or none.

        Of several that set it to the same at one moment, one is told so.
        """

    def add(self, name: str, word: str) -> None:
        """Let a mark, which is words apart by spaces, hold one more of them, once.

        However many add at the same time, none loses another's.
        """

    def beginning(self, begin: str) -> dict[str, str]:
        """Return all marks whose names begin so."""


@dataclass(kw_only=True)
class Transaction:
    """One unit of work: every port of the store, over one connection."""

    tickets: Tickets
    entries: Entries
    people: People
    attachments: Attachments
    inbox: Inbox
    outbox: Outbox
    conversations: Conversations
    timers: Timers
    leases: Leases
    subscriptions: Subscriptions
    search: Search
    marks: Marks
    links: Links
    acts: Acts
    erasing: Erasing
    troubles: Troubles


class Store(Protocol):
    """The database. Both calls block: adapters reach them through a thread."""

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Do work in one transaction; its answer comes after COMMIT, its exception after ROLLBACK.

        Raises StoreUnavailable when the database does not answer in time or refuses to commit.
        """

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Do reading work on one consistent snapshot."""

    def can_save(self) -> bool:
        """Whether things can be saved at present, as far as known; tried if an attempt failed."""
