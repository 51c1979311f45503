"""Working time: when a desk is open, and which moment it is after so many working hours or days.

What counts is the clock on the wall. The desk is open at a moment when the local time read there and then lies within a
span of that local date and the date is not a day off. Everything about daylight saving follows from this one sentence:
an hour that the clock skips is nobody's working time, an hour that it repeats counts twice, a span that begins or ends
inside a skipped hour loses the skipped part, one that begins or ends inside a repeated hour is open in both passes
(``fold`` of a span's own times is therefore ignored), and a local date that a zone leaves out has no working time.

Every moment asked for must be aware; every answer is aware UTC. Calendars know the years 1900 to 2199.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MIDNIGHT = time(0)
_NOTHING = timedelta(0)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_FIRST = datetime(1900, 1, 1, tzinfo=UTC)
_LAST = datetime(2200, 1, 1, tzinfo=UTC)
# Openings are worked out and kept 28 days at a time: cheap enough to fill when first asked for, and ten years are 131.
_PAGE = timedelta(days=28)
_PAGES = (_LAST - _FIRST) // _PAGE
_PATIENCE_YEARS = 10
_PATIENCE_PAGES = _PATIENCE_YEARS * 366 * _DAY // _PAGE


@dataclass(frozen=True, slots=True)
class Span:
    """Opening hours without a break, in local wall time, ``closes`` excluded.

    ``closes`` may be ``time(0)``, the midnight that ends the day, so a whole day is ``Span(time(0), time(0))``. Hours
    that cross midnight are two spans: one until ``time(0)``, and one from ``time(0)`` on the next weekday.
    Raises ValueError for hours that do not end after they begin, and for times that carry a zone of their own.
    """

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.opens.tzinfo or self.closes.tzinfo:
            _refuse(f"{self} must not carry a time zone: spans are local times of their calendar's zone")
        if self.opens >= self.closes != _MIDNIGHT:
            _refuse(f"{self} must end after it begins; write hours that cross midnight as two spans")

    def __str__(self) -> str:
        """The hours as people write them, the midnight that ends a day as 24:00."""
        closes = "24:00" if self.closes == _MIDNIGHT else f"{self.closes:%H:%M}"
        return f"{self.opens:%H:%M}-{closes}"


@dataclass(frozen=True, slots=True)
class DaysOff:
    """A desk's own days off and, if a country is named, its public holidays, looked up a year at a time when asked."""

    own: frozenset[date]
    country: str | None = None
    subdivision: str | None = None

    def __contains__(self, day: object) -> bool:
        """Whether the local date ``day`` is off."""
        if not isinstance(day, date):
            return False
        return day in self.own or (
            self.country is not None and day in _public_holidays(self.country, self.subdivision, day.year)
        )


@dataclass(frozen=True, slots=True)
class _Page:
    """28 days of a calendar: its openings in UTC, in order, and the working time before each of them."""

    opens: tuple[datetime, ...]
    closes: tuple[datetime, ...]
    worked: tuple[timedelta, ...]
    total: timedelta

    def worked_until(self, at: datetime) -> timedelta:
        """Working time from the page's beginning to ``at``."""
        last = bisect_right(self.opens, at) - 1
        if last < 0:
            return _NOTHING
        return self.worked[last] + (min(at, self.closes[last]) - self.opens[last])

    def when_worked(self, worked: timedelta) -> datetime:
        """The first moment at which ``worked`` (more than nothing, at most the total) has passed."""
        last = bisect_left(self.worked, worked) - 1
        return self.opens[last] + (worked - self.worked[last])


@dataclass(frozen=True, slots=True)
class Calendar:
    """The opening hours of a desk or queue: Monday to Sunday, each with its sorted spans, but for the days off.

    ``days_off`` is anything that can say whether a local date is ``in`` it, always with the same answer.
    Raises ValueError unless ``week`` has seven days whose spans are in order and do not overlap (they may touch).
    """

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    days_off: Container[date] = frozenset()
    _pages: dict[int, _Page] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.week) != len(_DAYS):
            _refuse(f"a week has seven days, Monday to Sunday, not {len(self.week)}")
        for name, spans in zip(_DAYS, self.week, strict=True):
            for span, following in pairwise(spans):
                if span.closes == _MIDNIGHT or span.closes > following.opens:
                    _refuse(f"{name}: {span} and {following} overlap or are not in order")

    def is_open(self, at: datetime) -> bool:
        """Whether ``at`` is working time; the moment of opening is, the moment of closing is not."""
        at = _utc(at)
        page = self._page(_number(at))
        last = bisect_right(page.opens, at) - 1
        return last >= 0 and at < page.closes[last]

    def next_open(self, at: datetime) -> datetime:
        """The first working moment from ``at`` on: ``at`` itself when open. ValueError if ten years pass without one."""
        at = _utc(at)
        for page in self._pages_from(at):
            last = bisect_right(page.closes, at)
            if last < len(page.opens):
                return max(at, page.opens[last])
        raise AssertionError  # pragma: no cover - the pages end by an error of their own

    def add(self, start: datetime, business: timedelta) -> datetime:
        """The first moment at which ``business`` working time has passed since ``start``.

        A span filled to its end answers with its closing, not with the next opening; no time at all with ``start``.
        ValueError for negative time, and if ten years pass without an opening.
        """
        start = _utc(start)
        if business <= _NOTHING:
            return start if business == _NOTHING else _refuse(f"working time is added, not taken away: {business}")
        wanted = business + self._page(_number(start)).worked_until(start)
        for page in self._pages_from(start):
            if wanted <= page.total:
                return page.when_worked(wanted)
            wanted -= page.total
        raise AssertionError  # pragma: no cover - the pages end by an error of their own

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """The working time between two moments; none if ``end`` is before ``start``, as after a clock was set back."""
        start, end = _utc(start), _utc(end)
        if end <= start:
            return _NOTHING
        first, last = _number(start), _number(end)
        before_last = sum((self._page(number).total for number in range(first, last)), _NOTHING)
        return before_last + self._page(last).worked_until(end) - self._page(first).worked_until(start)

    def add_days(self, start: datetime, days: int) -> datetime:
        """The same local time of day, ``days`` working days after ``start``; a working day is a date with an opening.

        A start outside the hours counts from the next opening (else a ticket of Friday night would be due after one of
        Saturday morning), and an answer outside them moves to the next opening, too. A local time that the clock skips
        on that day moves on by the skip; of a repeated one the first is meant.
        ValueError for a negative number of days, and if ten years pass without an opening.
        """
        if days < 0:
            _refuse(f"working days are added, not taken away: {days}")
        start = self.next_open(start)
        if not days:
            return start
        local = start.astimezone(self.zone)
        day = local.date()
        for _ in range(days):
            following = datetime.combine(day + _DAY, _MIDNIGHT, self.zone)
            day = self.next_open(following).astimezone(self.zone).date()
        return self.next_open(datetime.combine(day, local.time().replace(fold=0), self.zone))

    def due(
        self, start: datetime, business: timedelta, pauses: Sequence[tuple[datetime, datetime | None]] = ()
    ) -> datetime | None:
        """The moment at which ``business`` working time has passed since ``start``, the pauses not counted.

        Pauses are (begin, end) in any order and may overlap; an end of None is a pause that still lasts, and the answer
        is None if it began before the time had passed: nothing is due while paused. A pause that ends before it begins,
        as after a clock was set back, is none. ValueError as for ``add``.
        """
        reached, left = _utc(start), business
        for begin, end in sorted(((_utc(begin), end) for begin, end in pauses), key=lambda pause: pause[0]):
            worked = self.elapsed(reached, begin)
            if worked >= left:
                break
            if end is None:
                return None
            left -= worked
            reached = max(reached, _utc(end), begin)
        return self.add(reached, left)

    def _pages_from(self, at: datetime) -> Iterator[_Page]:
        """The pages from that of ``at`` on; an error rather than a search without end."""
        closed = 0
        for number in range(_number(at), _PAGES + 1):
            page = self._page(number)
            closed = 0 if page.total else closed + 1
            yield page
            if closed > _PATIENCE_PAGES:
                _refuse(f"there are no opening hours in the {_PATIENCE_YEARS} years after {at:%Y-%m-%d}")

    def _page(self, number: int) -> _Page:
        page = self._pages.get(number)
        if page is None:
            # Two threads may fill one page at once: they write the same.
            page = self._pages[number] = self._filled(number)
        return page

    def _filled(self, number: int) -> _Page:
        if not 0 <= number < _PAGES:
            _refuse(f"calendars know the years {_FIRST.year} to {_LAST.year - 1} and no others")
        begins = _FIRST + number * _PAGE
        opens: list[datetime] = []
        closes: list[datetime] = []
        for since, until, offset in _steady_stretches(self.zone, begins, begins + _PAGE):
            for wall_opens, wall_closes in self._wall_openings((since + offset).date(), (until + offset).date()):
                opening, closing = max(wall_opens - offset, since), min(wall_closes - offset, until)
                if opening >= closing:
                    continue
                if closes and closes[-1] == opening:
                    closes[-1] = closing
                else:
                    opens.append(opening)
                    closes.append(closing)
        worked = [_NOTHING]
        for opening, closing in zip(opens, closes, strict=True):
            worked.append(worked[-1] + (closing - opening))
        return _Page(tuple(opens), tuple(closes), tuple(worked[:-1]), worked[-1])

    def _wall_openings(self, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
        """The openings of these local dates as the wall clock reads (carried as if it were UTC)."""
        day = first
        while day <= last:
            spans = self.week[day.weekday()]
            if spans and day not in self.days_off:
                for span in spans:
                    closing_day = day + _DAY if span.closes == _MIDNIGHT else day
                    yield datetime.combine(day, span.opens, UTC), datetime.combine(closing_day, span.closes, UTC)
            day += _DAY
