"""Deliveries out: notices on their way, and where on the platforms they are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from chatdesk.lifecycle.ticket import EntryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A notice waiting to be told in a lane: one conversation, in which order is kept.

    A lane is `ticket:N:requester`, `ticket:N:agents:QUEUE` or `person:ID`. `key` is the
    row's permanent random id, used to recognise a message after an ambiguous end. `attempt` is
    the fencing token: only the newest attempt may end the row. `failures` counts the attempts
    that were given back as failures or whose lease ran out; a replay begins again at none.
    """

    key: str
    lane: str
    seq: int
    notice: str
    number: int | None
    payload: Mapping[str, Any]
    attempt: int = 0
    failures: int = 0
    was_interrupted: bool = False
    why: str = ""


class Outbox(Protocol):
    """Notices on their way out. Times are the database's own, never the desk's clock."""

    def put(
        self,
        lane: str,
        notice: str,
        number: int | None,
        payload: Mapping[str, Any],
        *,
        after: timedelta = timedelta(),
        collapse: bool = False,
    ) -> str | None:
        """Add a row, due `after` from now, and return its key.

        With `collapse`, nothing is added (None) while an untouched row of the same lane and
        notice waits: it will show the newest state anyway.
        """

    def claim(self, limit: int, lease: timedelta) -> list[Outgoing]:
        """Take the first due row of each free lane, at most `limit`, for the time of the lease.

        A row whose lease ran out is taken again with `was_interrupted` set: its end is unknown.
        """

    def sent(self, row: Outgoing, message: str) -> bool:
        """End a row with the platform's message id; False if a newer attempt owns it."""

    def again(
        self,
        row: Outgoing,
        after: timedelta,
        why: str,
        *,
        is_unknown: bool,
        is_failure: bool = True,
    ) -> bool:
        """Give a row back for a later attempt; its lane waits with it.

        `is_unknown` makes that attempt reconcile first (its `was_interrupted` will be set).
        Without `is_failure` the attempt does not count against the row: it was only too early.
        """

    def hasten(self, lanes: Iterable[str]) -> int:
        """Make rows of these lanes that were given back due now; return how many."""

    def park(self, row: Outgoing, why: str) -> bool:
        """Set a row aside for people to look at; its lane flows on."""

    def withdraw(self, number: int, notice: str, entry: EntryId) -> bool:
        """Take back a row of that entry that nobody has begun to send; False if too late."""

    def is_on_its_way(self, notice: str, entry: EntryId) -> bool:
        """Tell whether a row of that notice about this entry is still to be sent."""

    def is_silent(self, lane: str) -> bool:
        """Tell whether nothing is left to be sent in a lane; what is parked does not count."""

    def parked(self, limit: int = 100) -> list[Outgoing]:
        """Return parked rows, oldest first, with their reasons."""

    def replay(self, keys: Iterable[str] | None = None) -> int:
        """Make parked rows (all, or these) due again; return how many.

        Some may have arrived before they were parked: `was_interrupted` makes sure of a look.
        """

    def release_held(self) -> int:
        """Let rows held by a restore go out; return how many."""

    def purge(self, older_than: timedelta, limit: int) -> int:
        """Forget rows sent or withdrawn so long ago, at most `limit`; return how many.

        What is parked is never forgotten: it waits for people.
        """

    def next_due_in(self) -> timedelta | None:
        """Return how long until `claim` will find a row; None if no lane's first row waits."""

    def oldest_unsent(self) -> timedelta | None:
        """Return the age of the oldest row that is due and unsent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Somewhere on a platform: `place` is the platform's id, `thread` a message id inside it."""

    platform: str
    place: str
    thread: str = ""


class Conversations(Protocol):
    """Where lanes are on the platforms, and which message shows what."""

    def place(self, lane: str) -> Place | None:
        """Return where a lane is."""

    def bind(self, lane: str, place: Place) -> None:
        """Note where a lane is; the first binding of a lane wins."""

    def move(self, platform: str, place: str, new: str) -> None:
        """Let every lane in a place be in the same place under its new id."""

    def leave(self, lane: str) -> None:
        """Forget where a lane is and what is shown there: what is told next begins anew."""

    def rebind(self, lane: str, place: Place) -> None:
        """Move a lane."""

    def lane_at(self, platform: str, place: str, thread: str) -> str | None:
        """Return the lane that is at a place."""

    def link(self, lane: str, what: str, message: str) -> None:
        """Note the message that shows `what` in a lane: `card`, `entry:ID`, `notice:KEY`."""

    def message(self, lane: str, what: str) -> str | None:
        """Return the message that shows `what` in a lane."""

    def what(self, lane: str, message: str) -> str | None:
        """Return what a message of a lane shows."""
