"""Where a message stands in Slack, and what the desk knows of tickets that messages became."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from chatdesk.lifecycle.policy import Reactions as Meaning
from chatdesk.lifecycle.ticket import Status

POINT = "point:"
"""Begins the value of a button that opens a form for a message."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a message stands."""

    place: str
    message: str

    def written(self) -> str:
        """Return this as a button carries it."""
        return POINT + json.dumps([self.place, self.message], separators=(",", ":"))

    @classmethod
    def read(cls, value: str) -> Spot | None:
        """Read what a button carried; None for anything else."""
        try:
            place, message = map(str, json.loads(value.removeprefix(POINT)))
        except (ValueError, TypeError, RecursionError):
            return None
        return cls(place, message)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignSide:
    """What signs are made by: each blocks.

    `status_of` is of the ticket made from a message, `source_at` the message of the ticket whose
    requester is answered in a place and thread. None where there is no such thing.
    """

    meaning: Callable[[], Meaning]
    status_of: Callable[[str, str], Status | None]
    source_at: Callable[[str, str], Spot | None]
