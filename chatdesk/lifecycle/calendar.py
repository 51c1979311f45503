"""Working time: when a desk is open, and which moment it is after so many working hours or days.

What counts is the clock on the wall: the desk is open at a moment when the local time read there
and then lies within a span of that local date, and the date is not a day off. All about daylight
saving follows from this sentence. An hour that the clock skips is nobody's working time; an hour
that it repeats counts twice; a span that begins or ends inside a skipped hour loses the skipped
part; one that begins or ends inside a repeated hour is open in both passes (`fold` of a span's own
times means nothing); a date that a zone leaves out has no working time.

Every moment asked about must be aware, else ValueError; every answer is aware UTC. Calendars know
the years 1900 to 2199, and ask for no holiday before a question touches its year.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from functools import cache, lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from chatdesk.lifecycle.policy import Opening, Policy, Wait
from chatdesk.lifecycle.ticket import QueueName

_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAYS = tuple(name[:3].lower() for name in _DAY_NAMES)
_MIDNIGHT = time(0)
_NOTHING = timedelta(0)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)

_FIRST = datetime(1900, 1, 1, tzinfo=UTC)
_LAST = datetime(2200, 1, 1, tzinfo=UTC)
# Openings are worked out and kept 28 days at a time: a page costs little when it is first asked
# for, and ten years between two moments are 131 pages to sum up.
_PAGE = timedelta(days=28)
_PAGES = (_LAST - _FIRST) // _PAGE
_PATIENCE_YEARS = 10
_PATIENCE_PAGES = _PATIENCE_YEARS * 366 * _DAY // _PAGE


@dataclass(frozen=True, slots=True)
class Span:
    """Opening hours without a break, in local wall time; open at `opens`, closed at `closes`.

    `closes` may be `time(0)`, the midnight that ends the day: a whole day (24 h) is written
    `Span(time(0), time(0))`. Hours that cross midnight are two spans, one until `time(0)` and one
    from `time(0)` on the next weekday. ValueError for hours that do not end after they begin, and
    for times with a zone of their own.
    """

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.opens.tzinfo is not None or self.closes.tzinfo is not None:
            raise ValueError(f"{self} carries a time zone, but hours are in their calendar's zone")
        if self.opens >= self.closes != _MIDNIGHT:
            raise ValueError(
                f"{self} does not end after it begins; hours that cross midnight are written as"
                f" two spans, one until 24:00 and one from 00:00 on the next day"
            )

    def __str__(self) -> str:
        closes = "24:00" if self.closes == _MIDNIGHT else f"{self.closes:%H:%M}"
        return f"{self.opens:%H:%M}-{closes}"


@dataclass(frozen=True, slots=True)
class DaysOff:
    """Own days off together with a country's public holidays, looked up by the year when asked."""

    own: frozenset[date]
    country: str
    subdivision: str | None = None

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and (
            day in self.own or day in _public_holidays(self.country, self.subdivision, day.year)
        )


@dataclass(frozen=True, slots=True)
class _Page:
    """28 days of a calendar: the openings in order, and the working time before each of them."""

    opens: tuple[datetime, ...]
    closes: tuple[datetime, ...]
    worked: tuple[timedelta, ...]
    total: timedelta

    def worked_until(self, at: datetime) -> timedelta:
        """Working time from the page's beginning to `at`."""
        last = bisect_right(self.opens, at) - 1
        if last < 0:
            return _NOTHING
        return self.worked[last] + (min(at, self.closes[last]) - self.opens[last])

    def when_worked(self, worked: timedelta) -> datetime:
        """The first moment at which `worked` has passed: more than nothing, at most the total."""
        last = bisect_left(self.worked, worked) - 1
        return self.opens[last] + (worked - self.worked[last])


@dataclass(frozen=True, slots=True)
class Calendar:
    """The opening hours of a desk or a queue, Monday to Sunday, but for the days off.

    `days_off` is whatever can say whether a local date is `in` it, and says the same every time.
    ValueError unless `week` is seven days of spans in order that do not overlap (touching is fine).
    A calendar without any hours may exist, but has no answer to when it opens next. Keep the object
    as long as the policy it came from: it remembers the openings it has worked out.
    """

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    days_off: Container[date] = frozenset()
    _pages: dict[int, _Page] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.week) != len(_DAY_NAMES):
            raise ValueError(f"a week has seven days, Monday to Sunday, not {len(self.week)}")
        for name, spans in zip(_DAY_NAMES, self.week, strict=True):
            for span, following in pairwise(spans):
                if span.closes == _MIDNIGHT or span.closes > following.opens:
                    raise ValueError(f"{name}: {span} and {following} overlap or are out of order")

    def is_open(self, at: datetime) -> bool:
        """Whether `at` is working time; the moment of opening is, the moment of closing is not."""
        at = _utc(at)
        page = self._page(_number(at))
        last = bisect_right(page.opens, at) - 1
        return last >= 0 and at < page.closes[last]

    def next_open(self, at: datetime) -> datetime:
        """The first working moment from `at` on: `at` itself when open.

        ValueError if ten years pass without an opening.
        """
        at = _utc(at)
        for page in self._pages_from(at):
            upcoming = bisect_right(page.closes, at)
            if upcoming < len(page.opens):
                return max(at, page.opens[upcoming])
        raise _beyond()

    def add(self, start: datetime, business: timedelta) -> datetime:
        """The first moment at which `business` working time has passed since `start`.

        Time that fills a span to its end is over at the closing, not at the next opening; no time
        at all is over at `start`, be it working time or not. ValueError if `business` is negative,
        or ten years pass without an opening.
        """
        start = _utc(start)
        if business < _NOTHING:
            raise ValueError(f"working time can only be added, not taken away: {business}")
        if not business:
            return start
        wanted = business + self._page(_number(start)).worked_until(start)
        for page in self._pages_from(start):
            if wanted <= page.total:
                return page.when_worked(wanted)
            wanted -= page.total
        raise _beyond()

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """The working time between two moments, none if `end` is not after `start`.

        (A clock that was set back must not turn into negative figures.)
        """
        start, end = _utc(start), _utc(end)
        if end <= start:
            return _NOTHING
        first, last = _number(start), _number(end)
        before_last = sum((self._page(number).total for number in range(first, last)), _NOTHING)
        until_end = self._page(last).worked_until(end)
        return before_last + until_end - self._page(first).worked_until(start)

    def add_days(self, start: datetime, days: int) -> datetime:
        """The same local time of day, `days` working days after `start`.

        A working day is a local date with an opening. A start outside the hours counts from the
        next opening, else what happens on Friday night would be due after what happens on Saturday
        morning. An answer outside the hours moves to the next opening, too. A local time that the
        clock skips on that day moves on by the skip; of a repeated one the first pass is meant.
        ValueError if `days` is negative, or ten years pass without an opening.
        """
        if days < 0:
            raise ValueError(f"working days can only be added, not taken away: {days}")
        start = self.next_open(start)
        if not days:
            return start
        local = start.astimezone(self.zone)
        day = local.date()
        for _ in range(days):
            day = self._working_day_after(day)
        return self.next_open(datetime.combine(day, local.time().replace(fold=0), self.zone))

    def due(
        self,
        start: datetime,
        business: timedelta,
        pauses: Sequence[tuple[datetime, datetime | None]] = (),
    ) -> datetime | None:
        """The first moment at which `business` working time has passed outside the pauses.

        Pauses are (begin, end), in any order, and may overlap. An end of None is a pause that still
        lasts: nothing is due then, and the answer None, unless the time was over when it began. A
        pause that ends before it begins, as after a clock was set back, is none. ValueError as for
        `add`.
        """
        reached, left = _utc(start), business
        in_utc = ((_utc(begin), end if end is None else _utc(end)) for begin, end in pauses)
        for begin, end in sorted(in_utc, key=lambda pause: pause[0]):
            worked = self.elapsed(reached, begin)
            if worked >= left:
                break
            if end is None:
                return None
            left -= worked
            reached = max(reached, begin, end)
        return self.add(reached, left)

    def _working_day_after(self, day: date) -> date:
        midnight = datetime.combine(day + _DAY, _MIDNIGHT, self.zone)
        found = self.next_open(midnight).astimezone(self.zone).date()
        if found <= day:  # A clock set back just after midnight: the same date came once more.
            found = self.next_open(midnight.replace(fold=1)).astimezone(self.zone).date()
        return found

    def _pages_from(self, at: datetime) -> Iterator[_Page]:
        """The pages from that of `at` on; an error instead of a long search for an opening."""
        closed = 0
        for number in range(_number(at), _PAGES):
            page = self._page(number)
            yield page
            closed = 0 if page.total else closed + 1
            if closed > _PATIENCE_PAGES:
                raise ValueError(
                    f"there are no opening hours in the {_PATIENCE_YEARS} years after {at:%Y-%m-%d}"
                )

    def _page(self, number: int) -> _Page:
        page = self._pages.get(number)
        if page is None:
            # Two threads may fill the same page at once: both write the same.
            page = self._pages[number] = self._fill(number)
        return page

    def _fill(self, number: int) -> _Page:
        if not 0 <= number < _PAGES:
            raise _beyond()
        begins = _FIRST + number * _PAGE
        opens: list[datetime] = []
        closes: list[datetime] = []
        for since, until, offset in _steady_stretches(self.zone, begins, begins + _PAGE):
            for wall in self._wall_openings((since + offset).date(), (until + offset).date()):
                opening, closing = max(wall[0] - offset, since), min(wall[1] - offset, until)
                if closes and closes[-1] == opening < closing:
                    closes[-1] = closing
                elif opening < closing:
                    opens.append(opening)
                    closes.append(closing)
        worked = [_NOTHING]
        for opening, closing in zip(opens, closes, strict=True):
            worked.append(worked[-1] + (closing - opening))
        return _Page(tuple(opens), tuple(closes), tuple(worked[:-1]), worked[-1])

    def _wall_openings(self, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
        """The openings of these local dates as a wall clock shows them, carried as if in UTC."""
        for day in (first + number * _DAY for number in range((last - first).days + 1)):
            spans = self.week[day.weekday()]
            if not spans or day in self.days_off:
                continue
            for span in spans:
                until = day + _DAY if span.closes == _MIDNIGHT else day
                yield (
                    datetime.combine(day, span.opens, UTC),
                    datetime.combine(until, span.closes, UTC),
                )


def always_open(zone: str | ZoneInfo = "UTC") -> Calendar:
    """The calendar that never closes; its zone matters for days (`add_days`) alone."""
    return calendar_of(zone, [[Span(_MIDNIGHT, _MIDNIGHT)]] * len(_DAY_NAMES))


def calendar_of(
    zone: str | ZoneInfo,
    week: Sequence[Sequence[Span]],
    country: str | None = None,
    subdivision: str | None = None,
    own_days_off: Iterable[date] = (),
) -> Calendar:
    """Build a calendar from what a policy file says, Monday's spans first, in any order a day.

    `country` is an ISO 3166 code as the package `holidays` knows it ("DE"), `subdivision` one of
    that country's ("BY" or "Bayern"). ValueError for an unknown zone, country or subdivision, with
    the nearest right name, and for whatever `Calendar` refuses.
    """
    own = frozenset(own_days_off)
    if subdivision is not None and country is None:
        raise ValueError(f"the subdivision {subdivision!r} needs its country")
    if country is not None:
        _check_country(country, subdivision)
    return Calendar(
        zone=zone if isinstance(zone, ZoneInfo) else _zone(zone),
        week=tuple(tuple(sorted(spans, key=lambda span: span.opens)) for spans in week),
        days_off=own if country is None else DaysOff(own, country, subdivision),
    )


def calendar_for(policy: Policy, queue: QueueName) -> Calendar:
    """The working hours of a queue: the same object for as long as the policy says the same.

    ValueError for hours that the policy should have refused.
    """
    return calendar_from(policy.hours[policy.queue(queue).hours])


def calendar_from(opening: Opening) -> Calendar:
    """Build the calendar of opening hours as a policy writes them, or find the one built before.

    Hours that are `always` open keep their days off. ValueError for what the policy should have
    refused.
    """
    found = _known.get(id(opening))
    if found is None or found[0] is not opening:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        found = _known[id(opening)] = (opening, _built(opening.model_dump_json()))
    return found[1]


def after(calendar: Calendar, start: datetime, wait: Wait) -> datetime:
    """The moment at which what a policy waits for has passed since `start`.

    Days are working days (`add_days`); hours and minutes are working time (`add`).
    """
    reached = calendar.add_days(start, wait.days) if wait.days else start
    return calendar.add(reached, wait.time)


_MOST_KNOWN = 256
# Writing an opening out takes longer than most questions to its calendar. The opening itself is
# kept beside its id, which nothing else can have then.
_known: dict[int, tuple[Opening, Calendar]] = {}


# An opening cannot be the key, for its week is a dict. What it says can: then a calendar, with the
# openings it has worked out, outlives a reload of the policy that left its hours alone.
@lru_cache(maxsize=256)
def _built(written: str) -> Calendar:
    opening = Opening.model_validate_json(written)
    spans = {str(day): tuple(map(_span, texts)) for day, texts in opening.week.items()}
    if opening.always:
        spans = dict.fromkeys(_WEEKDAYS, (Span(_MIDNIGHT, _MIDNIGHT),))
    return calendar_of(
        opening.zone,
        [spans.get(day, ()) for day in _WEEKDAYS],
        opening.country or None,
        opening.subdivision or None,
        opening.days_off,
    )


def _span(text: str) -> Span:
    """Read `09:00-12:30`; the midnight that ends a day is written 24:00."""
    opens, _, closes = text.partition("-")
    return Span(
        time.fromisoformat(opens),
        _MIDNIGHT if closes == "24:00" else time.fromisoformat(closes),
    )


def _utc(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise ValueError(f"{at} has no time zone: working time is asked about aware moments")
    return at.astimezone(UTC)


def _number(at: datetime) -> int:
    return (at - _FIRST) // _PAGE


def _beyond() -> ValueError:
    return ValueError(f"calendars know the years {_FIRST.year} to {_LAST.year - 1}, no others")


def _steady_stretches(
    zone: ZoneInfo, begins: datetime, ends: datetime
) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Cut a time in UTC wherever the zone's offset changes; the third value is the offset.

    Looking once a day finds every change: since 1900 no zone changed twice within four days.
    """
    since = looked = begins
    offset = _offset(zone, begins)
    while looked < ends:
        until = min(looked + _DAY, ends)
        if _offset(zone, until) != offset:
            until = _end_of_offset(zone, offset, looked, until)
            yield since, until, offset
            since, offset = until, _offset(zone, until)
        looked = until
    yield since, ends, offset


def _end_of_offset(zone: ZoneInfo, offset: timedelta, since: datetime, until: datetime) -> datetime:
    """The moment, to the second, at which the zone's offset stops being the one of `since`."""

    def is_over(second: int) -> bool:
        return _offset(zone, since + second * _SECOND) != offset

    seconds = range((until - since) // _SECOND)
    return since + bisect_left(seconds, x=True, key=is_over) * _SECOND


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).replace(tzinfo=UTC) - at


@cache
def _public_holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    from holidays import country_holidays  # noqa: PLC0415 - takes 0.1 s, and only some desks ask

    return frozenset(country_holidays(country, subdiv=subdivision, years=year))


def _check_country(country: str, subdivision: str | None) -> None:
    from holidays import country_holidays, registry  # noqa: PLC0415 - as above

    # Each row holds the country's name in English and its codes, the two-letter code first.
    rows = list(registry.COUNTRIES.values())
    if country not in {code for row in rows for code in row[1:]}:
        nearest = _nearest(
            country,
            {word: row[1] for row in rows for word in row},
            otherwise="write its ISO 3166 code, such as 'DE'",
        )
        raise ValueError(f"no public holidays are known for a country {country!r}; {nearest}")
    words = country_holidays(country).get_subdivision_aliases()
    known = {word: code for code, aliases in words.items() for word in (code, *aliases)}
    if subdivision is not None and subdivision not in known:
        listed = f"known are {', '.join(words)}" if words else "it has none"
        nearest = _nearest(subdivision, known, otherwise=listed)
        raise ValueError(f"the country {country!r} has no subdivision {subdivision!r}; {nearest}")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        nearest = _nearest(
            name,
            {zone: zone for zone in available_timezones()},
            otherwise="write one such as 'Europe/Berlin'",
        )
        raise ValueError(f"there is no time zone {name!r}; {nearest}") from error


def _nearest(word: str, known: Mapping[str, str], *, otherwise: str) -> str:
    """What to write instead of an unknown word: the name of the known word most like it."""
    folded = {candidate.casefold(): known[candidate] for candidate in sorted(known)}
    # Of a code of two letters, one wrong letter is half.
    likeness = 0.5 if len(word) == len("DE") else 0.6
    found = get_close_matches(word.casefold(), folded, n=1, cutoff=likeness)
    return f"the nearest is {folded[found[0]]!r}" if found else otherwise
