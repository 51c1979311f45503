"""Times and lists in words: a moment as its reader's clock and calendar show it, a span, a list.

Every word stands in the catalog, under `times`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_STEP, _UNITS = 1000, ("kB", "MB", "GB")
_SMALL_DAYS = 2
"""From so many days on, hours are no longer told."""


@lru_cache(maxsize=1024)
def zone_named(name: str) -> tzinfo:
    """Return the time zone of that IANA name; UTC for a name that means nothing."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def city_of(zone: str) -> str:
    """Return the city a time zone is named after, for people: `Europe/Berlin` is Berlin."""
    return zone.rpartition("/")[2].replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How times are told to one reader; `now` may be absent where nothing is relative to it.

    `say` is `Wording.say`.
    """

    say: Callable[..., str]
    locale: str
    zone: str
    now: datetime | None = None

    def clock(self, at: datetime) -> str:
        """Return the time of day on the reader's clock, `15:05`."""
        return f"{self._local(at):%H:%M}"

    def when(self, at: datetime) -> str:
        """Return `today 15:05`, `tomorrow 09:30`, `yesterday 09:30`, or `Mon 30 Nov 09:30`."""
        clock = self.clock(at)
        near = {0: "today", 1: "tomorrow", -1: "yesterday"}
        days = (self._local(at).date() - self._today()).days
        if days in near:
            return self._word(near[days], clock=clock)
        return self._word("on_day", day=self.day(self._local(at).date()), clock=clock)

    def day(self, day: date) -> str:
        """Return `Mon 30 Nov`, with the year unless it is this one."""
        weekday = self._word(_WEEKDAYS[day.weekday()])
        month = self._word(_MONTHS[day.month - 1])
        year = "" if self.now and day.year == self._today().year else str(day.year)
        return self._word("day", weekday=weekday, day=str(day.day), month=month, year=year)

    def relative(self, at: datetime) -> str:
        """Return `in 40 min`, `2 h ago` or `now`."""
        seconds = (at - self._now()).total_seconds()
        if abs(seconds) < _MINUTE:
            return self._word("now")
        # In some languages a span is said in another way behind its preposition: `in 2 Tagen`.
        span = self._span(timedelta(seconds=abs(seconds)), "days_away")
        return self._word("ahead" if seconds > 0 else "ago", span=span)

    def span(self, span: timedelta) -> str:
        """Return `18 min`, `3 h 20 min`, `1 day 4 h` or `2 days`; less than a minute is seconds."""
        return self._span(span, "days")

    def decimal(self, number: float) -> str:
        """Return a number with one decimal at most, as its reader writes it: `5`, `4.2`."""
        return f"{number:.1f}".removesuffix(".0").replace(".", self._word("decimal_mark"))

    def size(self, count: float) -> str:
        """Return a number of bytes as people count them: `512 bytes`, `1.2 MB`."""
        if count < _STEP:
            return self._word("bytes", amount=f"{count:.0f}")
        power = min(int(math.log(count, _STEP)), len(_UNITS))
        amount = f"{count / _STEP**power:.3g}".replace(".", self._word("decimal_mark"))
        return f"{amount} {_UNITS[power - 1]}"

    def _span(self, span: timedelta, days: str) -> str:
        seconds = round(span.total_seconds())
        if seconds < _MINUTE:
            return self._word("seconds", count=max(seconds, 0))
        # Told as coarsely as it matters: rounded to the smallest unit that is named.
        if seconds < _DAY:
            minutes = (seconds + _MINUTE // 2) // _MINUTE
            return self._two("hours", minutes // 60, "minutes", minutes % 60)
        if seconds < _SMALL_DAYS * _DAY:
            hours = (seconds + _HOUR // 2) // _HOUR
            return self._two("days", hours // 24, "hours", hours % 24)
        return self._word(days, count=(seconds + _DAY // 2) // _DAY)

    def listed(self, items: tuple[str, ...]) -> str:
        """Return `a, b and c`."""
        *most, last = items or ("",)
        if not most:
            return last
        return self._word("listed", most=", ".join(most), last=last)

    def _two(self, large: str, many: int, small: str, few: int) -> str:
        parts = [self._word(unit, count=n) for unit, n in ((large, many), (small, few)) if n]
        return " ".join(parts)

    def _word(self, name: str, **values: object) -> str:
        return self.say(f"times.{name}", self.locale, **values)

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(zone_named(self.zone))

    def _now(self) -> datetime:
        if self.now is None:
            raise ValueError("a time is told by the moment it is told at, and none was given")
        return self.now

    def _today(self) -> date:
        return self._local(self._now()).date()
