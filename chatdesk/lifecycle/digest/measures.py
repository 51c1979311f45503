"""How many values become one: a median, a ninth tenth, a share, and what is usual."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import mean, median


@dataclass(frozen=True, slots=True)
class Ratio:
    """So many `of` so many; of events, as reopenings of resolutions, it may be more than all."""

    count: int
    of: int

    @property
    def rate(self) -> float | None:
        """`count` / `of`; None of none."""
        return self.count / self.of if self.of else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long something took, over `count` tickets; None over none.

    `median`: the middle value, of an even count the mean of the two in the middle. `p90`: the
    smallest value that at least 90 % of the values do not exceed (nearest rank, never in between).
    """

    count: int = 0
    median: timedelta | None = None
    p90: timedelta | None = None

    @classmethod
    def of(cls, values: Iterable[timedelta]) -> Times:
        """Sum up values given in any order."""
        ordered = sorted(values)
        if not ordered:
            return cls()
        ninth_tenth = -(-9 * len(ordered) // 10)  # rounded up, in whole numbers
        return cls(count=len(ordered), median=middle(ordered), p90=ordered[ninth_tenth - 1])


def middle(ordered: Sequence[timedelta]) -> timedelta | None:
    """The median of sorted spans, as `Times` tells it; None of none."""
    if not ordered:
        return None
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def average(scores: Sequence[int]) -> float | None:
    """The arithmetic mean; None of none."""
    return float(mean(scores)) if scores else None


SPIKE_FACTOR = 2
"""A spike is at least this many times what is usual,"""

SPIKE_MORE = 5
"""and at least this many more, so that small numbers are left alone."""

SPIKE_LEAST_PERIODS = 2
"""With fewer earlier periods to look at nobody can say what is usual."""


def usual(earlier: Sequence[int]) -> float | None:
    """What is usual: the median of the earlier periods' counts, None if there are too few.

    The median, so that one earlier spike does not make the next one look usual.
    """
    return float(median(earlier)) if len(earlier) >= SPIKE_LEAST_PERIODS else None


def is_spike(count: int, commonly: float | None) -> bool:
    """At least twice as many as usual, and at least five more; never without anything usual."""
    if commonly is None:
        return False
    return count >= SPIKE_FACTOR * commonly and count >= commonly + SPIKE_MORE
