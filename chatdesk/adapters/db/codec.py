"""How the store is told to write tickets and facts down; the shapes themselves are the core's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from chatdesk.lifecycle.facts import Fact
from chatdesk.lifecycle.ticket import Ticket


class Codec(Protocol):
    """Writes and reads what the core defines; the module `chatdesk.lifecycle.record` is one."""

    def dump_fact(self, fact: Fact, /) -> tuple[str, int, str]:
        """Return a fact's kind, the version of its shape, and its payload as JSON."""

    def load_fact(self, kind: str, version: int, payload: str, /) -> Fact:
        """Return the fact that was written so, in whatever version."""

    def dump_ticket(self, ticket: Ticket, /) -> str:
        """Return a ticket as JSON."""

    def load_ticket(self, state: str, /) -> Ticket:
        """Return the ticket that was written so."""

    def fold(self, facts: Iterable[Fact], /) -> Ticket:
        """Return the ticket that a whole record adds up to."""
