"""Deliveries in: what platforms handed over, each with one effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol


class Delivery(StrEnum):
    """What the inbox knows of a delivery."""

    FRESH = "fresh"
    UNFINISHED = "unfinished"
    DONE = "done"
    CONFLICTING = "conflicting"


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """A delivery from a platform: its unique key, what was received, and what was answered."""

    key: str
    platform: str
    body: Mapping[str, Any]
    state: Delivery
    answer: Mapping[str, Any] | None = None
    received_at: datetime | None = None


class Inbox(Protocol):
    """Deliveries, each with one effect however often it arrives."""

    def accept(self, key: str, platform: str, body: Mapping[str, Any]) -> InboxRow:
        """Keep a delivery, or say what is known of the key; CONFLICTING if its body differs."""

    def known(self, key: str) -> InboxRow | None:
        """Return a delivery, unfinished or done; None if nothing is known of the key."""

    def finish(self, key: str, answer: Mapping[str, Any]) -> None:
        """Mark a delivery done with its answer, in the transaction of its effect."""

    def unfinished(self, platform: str, older_than: timedelta, limit: int) -> list[InboxRow]:
        """Return deliveries accepted longer ago than this whose effect is missing."""

    def purge(self, older_than: timedelta, limit: int) -> int:
        """Forget finished deliveries of that age, at most `limit`; return how many."""
