"""The periods that figures are of, on a person's own clock and through its changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_MIDNIGHT = time(0)
_DAY = timedelta(days=1)
_WEEK = 7
_WEEKS_LOOKED_BACK = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The time from `start` until just before `end`, aware UTC.

    `previous` is what it is compared with. `usual` are the earlier periods that tell how many
    tickets a topic usually has: for days, the same days of the four weeks before, because a Monday
    is not like a Sunday; for longer periods the four before.
    """

    start: datetime
    end: datetime
    previous: Period | None = None
    usual: tuple[Period, ...] = ()

    def __post_init__(self) -> None:
        if self.start.utcoffset() is None or self.end.utcoffset() is None:
            raise ValueError("a period begins and ends at aware moments")
        if self.end < self.start:
            raise ValueError(f"a period does not end ({self.end}) before it begins ({self.start})")

    def __contains__(self, at: datetime) -> bool:
        return self.start <= at < self.end


def moment_of(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The first moment, in UTC, at which the zone's clocks show that time of that day, or later.

    Of a time that clocks show twice that is the first pass; of a time that they skip, the moment of
    the skip, which may already be on the next day.
    """
    wanted = datetime.combine(day, wall)
    first = wanted.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = wanted.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first <= second:
        return first
    # Skipped: read by the offset after the skip it is too early, by the one before too late.
    too_early, reached = second, first
    while reached - too_early > timedelta.resolution:
        between = too_early + (reached - too_early) // 2
        if between.astimezone(zone).replace(tzinfo=None) < wanted:
            too_early = between
        else:
            reached = between
    return reached


def day_begins(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a local day, which is not midnight where clocks skip that."""
    return moment_of(day, _MIDNIGHT, zone)


def is_on_calendar(day: date, zone: ZoneInfo) -> bool:
    """Whether a zone has that day; some left one out when they moved across the date line."""
    return day_begins(day, zone) < day_begins(day + _DAY, zone)


def period_of(kind: str, at: datetime, zone: str) -> Period:
    """The period of that kind, one of `PERIODS`, for a person in that IANA zone at that moment.

    `daily`: the local day before. `weekly`: the seven local days before this week's Monday.
    `now`: today so far, compared with yesterday until the same time of day. `7d` and `30d`: so
    many days, until now, from the same time of day. ValueError for another kind and a naive moment.
    """
    if kind not in _KINDS:
        raise ValueError(f"{kind!r} is no period; there are {', '.join(_KINDS)}")
    if at.utcoffset() is None:
        raise ValueError(f"{at} has no time zone: a period is reckoned from an aware moment")
    return _KINDS[kind](at, ZoneInfo(zone))


def _daily(at: datetime, zone: ZoneInfo) -> Period:
    yesterday = _day_before(at.astimezone(zone).date(), zone)

    def day(one: date) -> Period:
        return Period(start=day_begins(one, zone), end=day_begins(one + _DAY, zone))

    return _compared(
        day(yesterday),
        day(_day_before(yesterday, zone)),
        tuple(day(yesterday - weeks * _WEEK * _DAY) for weeks in _back()),
    )


def _weekly(at: datetime, zone: ZoneInfo) -> Period:
    today = at.astimezone(zone).date()
    monday = today - today.weekday() * _DAY

    def week(before: int) -> Period:
        last = monday - before * _WEEK * _DAY
        return Period(start=day_begins(last - _WEEK * _DAY, zone), end=day_begins(last, zone))

    return _compared(week(0), week(1), tuple(week(before) for before in _back()))


def _so_far(at: datetime, zone: ZoneInfo) -> Period:
    local = at.astimezone(zone)

    def until_then(day: date) -> Period:
        return Period(start=day_begins(day, zone), end=moment_of(day, local.time(), zone))

    return _compared(
        Period(start=day_begins(local.date(), zone), end=at.astimezone(UTC)),
        until_then(_day_before(local.date(), zone)),
        tuple(until_then(local.date() - weeks * _WEEK * _DAY) for weeks in _back()),
    )


def _rolling(days: int) -> Callable[[datetime, ZoneInfo], Period]:
    def until_now(at: datetime, zone: ZoneInfo) -> Period:
        local = at.astimezone(zone)

        def earlier(times: int) -> datetime:
            if not times:
                return at.astimezone(UTC)
            return moment_of(local.date() - times * days * _DAY, local.time(), zone)

        def span(before: int) -> Period:
            return Period(start=earlier(before + 1), end=earlier(before))

        return _compared(span(0), span(1), tuple(span(before) for before in _back()))

    return until_now


def _compared(period: Period, previous: Period, usual: tuple[Period, ...]) -> Period:
    return Period(start=period.start, end=period.end, previous=previous, usual=usual)


def _day_before(day: date, zone: ZoneInfo) -> date:
    day -= _DAY
    while not is_on_calendar(day, zone):
        day -= _DAY
    return day


def _back() -> range:
    return range(1, _WEEKS_LOOKED_BACK + 1)


_KINDS: dict[str, Callable[[datetime, ZoneInfo], Period]] = {
    "daily": _daily,
    "weekly": _weekly,
    "now": _so_far,
    "7d": _rolling(7),
    "30d": _rolling(30),
}

PERIODS = tuple(_KINDS)
"""The kinds of period there are."""
