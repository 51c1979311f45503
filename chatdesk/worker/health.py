"""How the worker is doing, in figures that name nobody."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Outcome(StrEnum):
    """How an attempt to tell a notice ended."""

    SENT = "sent"
    ADOPTED = "adopted"
    SENT_AGAIN = "sent_again"
    NOTHING_TO_SAY = "nothing_to_say"
    RATE_LIMITED = "rate_limited"
    WAITED = "waited"
    TRANSIENT = "transient"
    UNKNOWN = "unknown"
    BROKEN_OFF = "broken_off"
    REFUSED = "refused"
    PLACE_GONE = "place_gone"
    SHUT_OUT = "shut_out"
    GIVEN_UP = "given_up"
    BUG = "bug"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """A moment's figures; those counted begin at nothing when the process starts.

    `oldest_unsent` is the age of the oldest notice that is due and unsent. `parked` stops counting
    at `MAX_PARKED_COUNTED`. `store_answers` is False while the last call to the store failed.
    """

    oldest_unsent: timedelta | None
    parked: int
    sends: Mapping[Outcome, int]
    timers_fired: int
    timers_failed: int
    deliveries_replayed: int
    store_answers: bool


MAX_PARKED_COUNTED = 1000


@dataclass(slots=True)
class Figures:
    """What the worker's parts count while they work; touched by the event loop only."""

    sends: Counter[Outcome] = field(default_factory=Counter)
    timers_fired: int = 0
    timers_failed: int = 0
    deliveries_replayed: int = 0
    store_answers: bool = True
