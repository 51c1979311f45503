"""What was done to the desk itself, and what of a record is not what was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something done to the desk from outside; `about` holds ids and counts, never a text."""

    seq: int
    kind: str
    at: datetime
    about: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A place where a chain is broken: in a ticket's record, or (number None) among the acts.

    `seq` is the first link that is not as it was written; 0 if it is not about a single one.
    """

    number: int | None
    seq: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How much was read of records and acts, and what in them is not what was written."""

    tickets: int
    facts: int
    acts: int
    faults: tuple[Fault, ...]


class Acts(Protocol):
    """The acts, append-only and chained like a record."""

    def add(self, kind: str, about: Mapping[str, Any]) -> None:
        """Note an act, at the database's time."""

    def all(self) -> list[Act]:
        """Return every act, oldest first."""
