"""The desk's time, what is to be looked at when, and who may do it alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTimer:
    """A timer whose time has come: of a ticket, or (number None) a recurring one."""

    number: int | None
    name: str
    due_at: datetime


class Timers(Protocol):
    """Named due times: computed from a ticket, written as a difference, never cancelled."""

    def set_of(self, number: int, timers: Mapping[str, datetime]) -> None:
        """Make these the ticket's timers."""

    def set_once(self, kind: str, occurrence: str, due_at: datetime) -> bool:
        """Add a recurring occurrence; False if it exists or has already been done."""

    def claim_due(self, now: datetime, limit: int, lease: timedelta) -> list[DueTimer]:
        """Take timers due at `now`; each comes again after the lease unless done or changed."""

    def done(self, timer: DueTimer) -> None:
        """Forget a timer that was decided, if it is still the same one."""

    def later(self, timer: DueTimer, at: datetime) -> None:
        """Look at a timer again at that time."""

    def next_due_at(self) -> datetime | None:
        """Return when the next timer is to be looked at."""

    def release_held(self) -> int:
        """Let timers held by a restore fire; return how many."""


class Clock(Protocol):
    """The desk's time."""

    def now(self) -> datetime:
        """Return this moment, aware UTC, never earlier than an answer before."""


class Leases(Protocol):
    """Who may do something alone, on the database's time."""

    def take(self, name: str, holder: str, lasts: timedelta) -> bool:
        """Take or renew a lease; False while another holder has it."""

    def give_back(self, name: str, holder: str) -> None:
        """End one's own lease at once."""

    def held(self, beginning: str) -> dict[str, str]:
        """Return who holds which of the leases whose names begin so."""

    def purge(self, older_than: timedelta) -> int:
        """Forget leases that ran out so long ago; return how many."""
