"""How figures differ from those of another period: the newer minus the older, figure by figure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from chatdesk.lifecycle.digest.figures import Figures, TargetFigures
from chatdesk.lifecycle.digest.measures import Times


@dataclass(frozen=True, slots=True, kw_only=True)
class TimesChange:
    """By how much times became longer (negative: shorter); None if either side has none."""

    median: timedelta | None
    p90: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetChange:
    """By how much a target's times and its rate in time (0.03 is three points) changed."""

    business: TimesChange
    wall: TimesChange
    in_time: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Newer minus older. None wherever one side has no such figure; rates differ in parts of 1.

    The load per agent is not compared: it is known for now alone.
    """

    opened: int
    resolved: int
    backlog: int
    backlog_median_age: timedelta | None
    first_reply: TargetChange
    resolution: TargetChange
    reopened: float | None
    recurred: float | None
    ratings: int
    rating_mean: float | None
    low_ratings: int
    breaches: int


def compared(now: Figures, before: Figures) -> Changes:
    """Compare the figures of a period with those of an earlier one, both of the same queue."""
    return Changes(
        opened=now.opened - before.opened,
        resolved=now.resolved - before.resolved,
        backlog=now.backlog.count - before.backlog.count,
        backlog_median_age=_longer(now.backlog.median_age, before.backlog.median_age),
        first_reply=_target(now.first_reply, before.first_reply),
        resolution=_target(now.resolution, before.resolution),
        reopened=_more(now.reopened.rate, before.reopened.rate),
        recurred=_more(now.recurred.rate, before.recurred.rate),
        ratings=now.ratings.count - before.ratings.count,
        rating_mean=_more(now.ratings.mean, before.ratings.mean),
        low_ratings=len(now.ratings.low) - len(before.ratings.low),
        breaches=len(now.breaches) - len(before.breaches),
    )


def _target(now: TargetFigures, before: TargetFigures) -> TargetChange:
    return TargetChange(
        business=_times(now.business, before.business),
        wall=_times(now.wall, before.wall),
        in_time=_more(now.in_time.rate, before.in_time.rate),
    )


def _times(now: Times, before: Times) -> TimesChange:
    return TimesChange(median=_longer(now.median, before.median), p90=_longer(now.p90, before.p90))


def _longer(now: timedelta | None, before: timedelta | None) -> timedelta | None:
    return None if now is None or before is None else now - before


def _more(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None else now - before
