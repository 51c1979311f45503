"""Accounts on several platforms that are one person's, and the codes that make them so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chatdesk.lifecycle.ticket import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCode:
    """A code as it is kept: `name` is its public half, `digest` the salted hash of the other.

    `handle` is the account that asked for it, `shown_to` the one that typed it rightly.
    """

    name: str
    handle: str
    salt: str
    digest: str
    expires_at: datetime
    attempts: int = 0
    shown_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """An account that left a person, and who it is by itself from now on."""

    handle: str
    person: PersonId


class Links(Protocol):
    """Which accounts belong together. Times are the desk's."""

    def tries(self, handle: str, now: datetime, within: timedelta) -> int:
        """Count one more try of an account; return how many it made in the span under way."""

    def keep(self, code: LinkCode) -> None:
        """Keep a code; an earlier one of the same account is gone."""

    def code(self, name: str) -> LinkCode | None:
        """Return the code with this public half, to be changed by nobody else meanwhile."""

    def attempted(self, name: str) -> None:
        """Count an attempt at a code."""

    def show(self, name: str, handle: str) -> None:
        """Note which account typed a code rightly."""

    def drop(self, name: str) -> None:
        """Forget a code: it was used, or tried too often."""

    def came(self, handle: str) -> bool:
        """Tell whether an account was linked with another that was there first."""

    def current(self, person: PersonId) -> PersonId:
        """Return who somebody is now: themselves, unless their account was linked."""

    def former(self, person: PersonId) -> tuple[PersonId, ...]:
        """Return who the accounts of a person were before they were linked."""

    def tickets_of(self, person: PersonId) -> tuple[int, ...]:
        """Return the tickets to which a person is anything, by their numbers."""

    def tickets_with(self, person: PersonId) -> tuple[int, ...]:
        """Return the tickets that came along when this person became another."""

    def join(self, stays: PersonId, joins: PersonId, at: datetime) -> None:
        """Let all accounts, queues and wishes of one person be another's."""

    def part(self, person: PersonId, handle: str) -> tuple[Parted, ...]:
        """Take an account out of a person again, or, of one that was there first, all others.

        Each is again who it was, with the queues its platform told. Empty if nothing is linked.
        """
