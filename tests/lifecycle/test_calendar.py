"""Working time holds its laws against an oracle that knows nothing but how to count minutes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import combinations_with_replacement
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chatdesk.lifecycle.calendar import Calendar, Span, always_open, calendar_of
from tests.lifecycle.laws import laws

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
NOTHING = timedelta(0)
BERLIN = ZoneInfo("Europe/Berlin")

LAWS = laws(6)


def span(text: str) -> Span:
    opens, closes = text.split("-")
    return Span(time.fromisoformat(opens), time.fromisoformat(closes.replace("24:00", "00:00")))


def spans(text: str) -> tuple[Span, ...]:
    return tuple(map(span, text.split()))


def week(weekdays: str, saturday: str = "", sunday: str = "") -> tuple[tuple[Span, ...], ...]:
    return (*[spans(weekdays)] * 5, spans(saturday), spans(sunday))


def every_day(hours: str) -> tuple[tuple[Span, ...], ...]:
    return week(hours, hours, hours)


def berlin(wall: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=BERLIN, fold=fold)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


OFFICE = Calendar(BERLIN, week("09:00-12:00 13:00-17:00"))
NEVER = Calendar(BERLIN, ((),) * 7)

Asks = tuple[Callable[[], object], ...]


# --- The oracle: walk through UTC a minute at a time, look at the clock on the wall, count. -------

DAYS = 3
MINUTES = DAYS * 24 * 60

WINDOWS = (
    ("UTC", "2026-11-20"),
    ("Europe/Berlin", "2026-03-27"),  # 02:00 becomes 03:00 on Sunday
    ("Europe/Berlin", "2026-10-23"),  # 03:00 becomes 02:00 on Sunday
    ("America/Sao_Paulo", "2018-11-02"),  # midnight becomes 01:00
    ("America/Sao_Paulo", "2018-02-16"),  # midnight becomes 23:00 of the day before
    ("Asia/Beirut", "2022-03-25"),  # midnight becomes 01:00, east of Greenwich
    ("Australia/Lord_Howe", "2026-04-03"),  # half an hour back
    ("Australia/Lord_Howe", "2026-10-02"),  # half an hour forward
    ("Pacific/Apia", "2011-12-28"),  # Friday 30 December does not happen
    ("America/St_Johns", "2006-10-27"),  # 00:01 becomes 23:01: Sunday begins, Saturday returns
)

Wall = tuple[date, int]


@dataclass
class Window:
    """What the clock on the wall shows in each of its minutes, and all dates it shows."""

    begins: datetime
    zone: ZoneInfo
    walls: list[Wall] = field(init=False)
    days: list[date] = field(init=False)

    def __post_init__(self) -> None:
        read = [(self.begins + at * MINUTE).astimezone(self.zone) for at in range(MINUTES)]
        self.walls = [(wall.date(), wall.hour * 60 + wall.minute) for wall in read]
        self.days = sorted({day for day, _ in self.walls})


@cache
def window(zone: str, begins: str) -> Window:
    return Window(utc(begins), ZoneInfo(zone))


@cache
def minutes_of(span: Span) -> frozenset[int]:
    return frozenset(range(minute_of(span.opens), minute_of(span.closes) or 24 * 60))


def minute_of(at: time) -> int:
    return at.hour * 60 + at.minute


@dataclass
class Oracle:
    """Three days of a calendar as 4,320 minutes, each open or not."""

    calendar: Calendar
    window: Window
    minutes: list[bool] = field(init=False)

    def __post_init__(self) -> None:
        hours = {
            day: set().union(*map(minutes_of, self.calendar.week[day.weekday()]))
            for day in self.window.days
        }
        hours |= {day: set() for day in hours if day in self.calendar.days_off}
        self.minutes = [minute in hours[day] for day, minute in self.window.walls]

    def at(self, minute: int) -> datetime:
        return self.window.begins + minute * MINUTE

    def elapsed(self, start: int, end: int) -> timedelta:
        return sum(self.minutes[start:end]) * MINUTE

    def next_open(self, start: int) -> int | None:
        return next((at for at in range(start, MINUTES) if self.minutes[at]), None)

    def add(self, start: int, business: int, paused: Sequence[range] = ()) -> int | None:
        left = business
        for at in range(start, MINUTES):
            if not left:
                return at
            left -= self.minutes[at] and not any(at in pause for pause in paused)
        return None

    def add_days(self, start: int, days: int) -> int | None:
        """None also where the time of day does not exist on that day."""
        opening = self.next_open(start)
        if opening is None or not days:
            return opening
        walls = self.window.walls
        today, minute = walls[opening]
        worked = {walls[at][0] for at in range(opening, MINUTES) if self.minutes[at]}
        following = sorted(day for day in worked if day > today)[days - 1 :]
        if not following or (following[0], minute) not in walls:
            return None
        return self.next_open(walls.index((following[0], minute)))


CLOCK_TIMES = (
    "00:00 00:01 00:15 00:30 01:00 01:30 01:59 02:00 02:01 02:30 03:00 03:30"
    " 09:00 12:00 13:00 17:00 23:01 23:30 23:59 24:00"
)


def hours_between(times: Sequence[str]) -> tuple[Span, ...]:
    pairs = zip(times[::2], times[1::2], strict=True)
    return tuple(span(f"{opens}-{closes}") for opens, closes in pairs if opens < closes)


# One draw a day, not one a time: drawing is what takes long. Every tenth day or so is closed.
UP_TO_TWO_SPANS = [*combinations_with_replacement(CLOCK_TIMES.split(), 4), *[()] * 1000]
HOURS = st.sampled_from(UP_TO_TWO_SPANS).map(hours_between)
WEEKS = st.tuples(HOURS, HOURS, HOURS).map(lambda hours: tuple(hours[day % 3] for day in range(7)))


@st.composite
def oracles(draw: st.DrawFn) -> Oracle:
    seen = window(*draw(st.sampled_from(WINDOWS)))
    off = draw(st.frozensets(st.sampled_from(seen.days), max_size=2))
    return Oracle(Calendar(seen.zone, draw(WEEKS), off), seen)


MOMENTS = st.integers(0, MINUTES - 1)
LENGTHS = st.integers(0, 2000)


@LAWS
@given(oracles(), MOMENTS)
def test_it_is_open_when_the_clock_on_the_wall_says_so(oracle: Oracle, at: int) -> None:
    assert oracle.calendar.is_open(oracle.at(at)) == oracle.minutes[at]
    opening = oracle.next_open(at)
    if opening is not None:
        assert oracle.calendar.next_open(oracle.at(at)) == oracle.at(opening)


@LAWS
@given(oracles(), MOMENTS, MOMENTS)
def test_elapsed_working_time_is_the_number_of_open_minutes(
    oracle: Oracle, start: int, end: int
) -> None:
    elapsed = oracle.calendar.elapsed(oracle.at(start), oracle.at(end))
    assert elapsed == oracle.elapsed(start, end)


@LAWS
@given(oracles(), MOMENTS, LENGTHS)
def test_added_working_time_ends_where_counting_minutes_ends(
    oracle: Oracle, start: int, minutes: int
) -> None:
    expected = oracle.add(start, minutes)
    assume(expected is not None)
    assert expected is not None
    assert oracle.calendar.add(oracle.at(start), minutes * MINUTE) == oracle.at(expected)


@LAWS
@given(oracles(), st.integers(0, 24 * 60), st.integers(0, 2))
def test_added_working_days_end_at_the_same_time_of_day(
    oracle: Oracle, start: int, days: int
) -> None:
    expected = oracle.add_days(start, days)
    assume(expected is not None)
    assert expected is not None
    assert oracle.calendar.add_days(oracle.at(start), days) == oracle.at(expected)


PAUSES = st.lists(st.tuples(MOMENTS, st.none() | MOMENTS), max_size=4)


@LAWS
@given(oracles(), MOMENTS, LENGTHS, PAUSES)
def test_paused_minutes_are_not_counted(
    oracle: Oracle, start: int, minutes: int, pauses: list[tuple[int, int | None]]
) -> None:
    paused = [range(begin, MINUTES if end is None else end) for begin, end in pauses]
    expected = oracle.add(start, minutes, paused)
    lasting = any(end is None for _, end in pauses)
    assume(expected is not None or lasting)
    due = oracle.calendar.due(
        oracle.at(start),
        minutes * MINUTE,
        [(oracle.at(begin), None if end is None else oracle.at(end)) for begin, end in pauses],
    )
    assert due == (None if expected is None else oracle.at(expected))


# --- Laws that need no oracle: to the microsecond, over years, whichever page they fall on. -------

FIRST_DAY = date(2025, 6, 1)
BUSINESS = st.timedeltas(NOTHING, timedelta(days=2))
SOME_BUSINESS = st.timedeltas(timedelta.resolution, timedelta(days=2))
STARTS = st.timedeltas(NOTHING, timedelta(days=800)).map(lambda after: utc("2025-06-01") + after)
HOLIDAYS = st.frozensets(
    st.integers(0, 900).map(lambda days: FIRST_DAY + timedelta(days=days)), max_size=4
)
BUSY_WEEKS = WEEKS.map(lambda hours: (*hours[:6], spans("08:00-20:00")))
CALENDARS = st.builds(
    Calendar, st.sampled_from([ZoneInfo(zone) for zone, _ in WINDOWS]), BUSY_WEEKS, HOLIDAYS
)


def with_holiday(calendar: Calendar, day: date) -> Calendar:
    assert isinstance(calendar.days_off, frozenset)
    return replace(calendar, days_off=calendar.days_off | {day})


@LAWS
@given(CALENDARS, STARTS, BUSINESS)
def test_added_working_time_is_what_elapses_and_not_a_moment_more(
    calendar: Calendar, start: datetime, business: timedelta
) -> None:
    end = calendar.add(start, business)
    assert calendar.elapsed(start, end) == business
    assert not business or calendar.elapsed(start, end - timedelta.resolution) < business


@LAWS
@given(CALENDARS, STARTS, BUSINESS, st.integers(0, 30), st.integers(0, 4))
def test_adding_a_holiday_never_makes_a_due_time_earlier(
    calendar: Calendar, start: datetime, business: timedelta, day: int, days: int
) -> None:
    longer_off = with_holiday(calendar, start.date() + timedelta(days=day))
    assert longer_off.add(start, business) >= calendar.add(start, business)
    assert longer_off.add_days(start, days) >= calendar.add_days(start, days)
    assert longer_off.next_open(start) >= calendar.next_open(start)


@LAWS
@given(CALENDARS, STARTS, SOME_BUSINESS, SOME_BUSINESS, st.integers(0, 99))
def test_a_pause_shifts_the_due_time_by_exactly_its_working_time(
    calendar: Calendar, start: datetime, business: timedelta, paused: timedelta, percent: int
) -> None:
    unpaused = calendar.add(start, business)
    begin = start + (unpaused - start) * percent // 100
    due = calendar.due(start, business, [(begin, calendar.add(begin, paused))])
    assert due is not None
    assert calendar.elapsed(unpaused, due) == paused


@LAWS
@given(CALENDARS, STARTS, BUSINESS, st.data())
def test_recomputing_a_due_time_changes_nothing(
    calendar: Calendar, start: datetime, business: timedelta, data: st.DataObject
) -> None:
    after = st.timedeltas(NOTHING, timedelta(days=9)).map(lambda wait: start + wait)
    pauses = data.draw(st.lists(st.tuples(after, after), max_size=3))
    due = calendar.due(start, business, pauses)
    assert replace(calendar).due(start, business, pauses[::-1] + pauses) == due
    halfway = start + (calendar.add(start, business) - start) / 2
    left = business - calendar.elapsed(start, halfway)
    assert calendar.add(halfway, left) == calendar.add(start, business) or not left


@LAWS
@given(CALENDARS, STARTS, st.timedeltas(NOTHING, timedelta(days=5)), BUSINESS, st.integers(0, 4))
def test_later_creation_never_means_an_earlier_due_time(
    calendar: Calendar, start: datetime, wait: timedelta, business: timedelta, days: int
) -> None:
    later = start + wait
    pauses = [(start + HOUR, start + 30 * HOUR), (later, later + 2 * HOUR)]
    due, later_due = (calendar.due(moment, business, pauses) for moment in (start, later))
    assert due is not None
    assert later_due is not None
    assert later_due >= due
    assert calendar.next_open(later) >= calendar.next_open(start)
    # A repeated hour has its time of day twice, so for days this holds where no hour repeats.
    steady = replace(calendar, zone=ZoneInfo("UTC"))
    assert steady.add_days(later, days) >= steady.add_days(start, days)


# --- Named cases. ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "hours", "expected", "why"),
    [
        ("2026-11-23 10:00", 1, "2026-11-23 11:00", "within a span"),
        ("2026-11-23 11:00", 2, "2026-11-23 14:00", "over lunch"),
        ("2026-11-23 11:00", 1, "2026-11-23 12:00", "a full morning is over when it closes"),
        ("2026-11-23 12:30", 1, "2026-11-23 14:00", "lunch is nobody's time"),
        ("2026-11-20 16:00", 2, "2026-11-23 10:00", "over a weekend"),
        ("2026-11-21 03:00", 7, "2026-11-23 17:00", "a whole Monday from Saturday night"),
        ("2026-11-20 16:00", 70, "2026-12-04 16:00", "two weeks are seventy hours"),
        ("2026-11-21 03:00", 0, "2026-11-21 03:00", "no time at all is over at once"),
        ("2026-03-27 16:00", 2, "2026-03-30 10:00", "the spring night is in the weekend"),
    ],
)
def test_working_hours_are_added(start: str, hours: int, expected: str, why: str) -> None:
    assert OFFICE.add(berlin(start), hours * HOUR) == berlin(expected), why


@pytest.mark.parametrize(
    ("start", "days", "expected", "why"),
    [
        ("2026-11-23 10:00", 3, "2026-11-26 10:00", "the same time of day"),
        ("2026-11-19 10:00", 3, "2026-11-24 10:00", "a weekend does not count"),
        ("2026-11-20 20:00", 3, "2026-11-26 09:00", "a Friday night counts from Monday morning"),
        ("2026-11-21 10:00", 3, "2026-11-26 09:00", "and so does a Saturday"),
        ("2026-11-23 12:30", 1, "2026-11-24 13:00", "lunch counts from its end"),
        ("2026-11-23 12:30", 0, "2026-11-23 13:00", "no day at all is the next opening"),
        ("2026-03-27 10:00", 1, "2026-03-30 10:00", "10:00 in winter, 10:00 in summer"),
    ],
)
def test_working_days_are_added(start: str, days: int, expected: str, why: str) -> None:
    assert OFFICE.add_days(berlin(start), days) == berlin(expected), why


def test_a_time_of_day_outside_the_hours_of_that_day_moves_to_the_next_opening() -> None:
    short_friday = Calendar(BERLIN, (*[spans("09:00-17:00")] * 4, spans("09:00-13:00"), (), ()))
    assert short_friday.add_days(berlin("2026-11-19 16:30"), 1) == berlin("2026-11-23 09:00")


def test_a_time_of_day_that_the_clock_skips_moves_on_by_the_skip() -> None:
    always = always_open("Europe/Berlin")
    assert always.add_days(berlin("2026-03-28 02:30"), 1) == berlin("2026-03-29 03:30")


def test_of_a_time_of_day_that_is_repeated_the_first_is_meant() -> None:
    always = always_open("Europe/Berlin")
    assert always.add_days(berlin("2026-10-24 02:30"), 1) == utc("2026-10-25 00:30")
    second_pass = berlin("2026-10-25 02:30", fold=1)
    assert always.add_days(second_pass, 1) == utc("2026-10-26 01:30")
    next_autumn = (date(2027, 10, 31) - date(2026, 10, 25)).days
    assert always.add_days(second_pass, next_autumn) == utc("2027-10-31 00:30")


SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


@pytest.mark.parametrize(
    ("zone", "day", "hours", "expected", "why"),
    [
        ("Europe/Berlin", SPRING, "01:00-04:00", 120, "an hour is skipped"),
        ("Europe/Berlin", AUTUMN, "01:00-04:00", 240, "an hour is repeated"),
        ("Europe/Berlin", SPRING, "02:00-03:00", 0, "the whole span is skipped"),
        ("Europe/Berlin", SPRING, "02:15-02:45", 0, "opens and closes in the skipped hour"),
        ("Europe/Berlin", SPRING, "02:30-04:00", 60, "opens in the skipped hour"),
        ("Europe/Berlin", SPRING, "01:00-02:30", 60, "closes in the skipped hour"),
        ("Europe/Berlin", AUTUMN, "02:30-04:00", 120, "02:30-03:00 comes twice"),
        ("Europe/Berlin", AUTUMN, "01:00-02:30", 120, "02:00-02:30 comes twice"),
        ("Europe/Berlin", AUTUMN, "02:00-02:30 02:30-03:00", 120, "two spans in both passes"),
        ("Europe/Berlin", SPRING, "00:00-24:00", 23 * 60, "a day of 23 hours"),
        ("Europe/Berlin", AUTUMN, "00:00-24:00", 25 * 60, "a day of 25 hours"),
        ("America/Sao_Paulo", date(2018, 11, 4), "00:00-02:00", 60, "midnight is skipped"),
        ("America/Sao_Paulo", date(2018, 2, 17), "23:00-24:00", 120, "an hour before midnight"),
        ("Asia/Beirut", date(2022, 3, 27), "00:00-24:00", 23 * 60, "midnight is skipped"),
        ("Australia/Lord_Howe", date(2026, 4, 5), "00:00-24:00", 24 * 60 + 30, "half an hour back"),
        ("Australia/Lord_Howe", date(2026, 10, 4), "00:00-24:00", 23 * 60 + 30, "and forward"),
        ("Pacific/Apia", date(2011, 12, 30), "00:00-24:00", 0, "this Friday never was"),
        ("Pacific/Apia", date(2011, 12, 31), "00:00-24:00", 24 * 60, "but this Saturday was"),
    ],
)
def test_the_clock_on_the_wall_decides_what_a_day_has(
    zone: str, day: date, hours: str, expected: int, why: str
) -> None:
    that_day = tuple(spans(hours) if number == day.weekday() else () for number in range(7))
    calendar = Calendar(ZoneInfo(zone), that_day)
    noon = datetime.combine(day, time(12), UTC)
    elapsed = calendar.elapsed(noon - 72 * HOUR, noon + 72 * HOUR)
    assert elapsed == expected * MINUTE, why


def test_both_passes_of_a_repeated_hour_are_asked_about_by_their_fold() -> None:
    calendar = Calendar(BERLIN, every_day("01:00-02:30"))
    first, second = (berlin("2026-10-25 02:15", fold=fold) for fold in (0, 1))
    assert calendar.is_open(first)
    assert not calendar.is_open(first + 30 * MINUTE)
    assert calendar.is_open(second)
    assert calendar.next_open(berlin("2026-10-25 02:45")) == utc("2026-10-25 01:00")
    assert calendar.elapsed(first, second) == 30 * MINUTE


def test_the_skipped_friday_of_apia_is_no_working_day() -> None:
    always = always_open("Pacific/Apia")
    thursday = datetime(2011, 12, 29, 10, tzinfo=always.zone)
    assert always.add_days(thursday, 1).astimezone(always.zone).date() == date(2011, 12, 31)


def test_a_date_that_comes_once_more_after_midnight_is_one_working_day() -> None:
    newfoundland = ZoneInfo("America/St_Johns")  # on Sunday at 00:01 it was Saturday, 23:01, again
    sunday_off = frozenset({date(2006, 10, 29)})
    calendar = Calendar(newfoundland, every_day("09:00-24:00"), sunday_off)
    friday = datetime(2006, 10, 27, 10, tzinfo=newfoundland)
    monday = datetime(2006, 10, 30, 10, tzinfo=newfoundland)
    assert calendar.add_days(friday, 2) == monday


def test_hours_that_cross_midnight_are_two_spans_without_a_seam() -> None:
    nights = Calendar(BERLIN, every_day("00:00-06:00 22:00-24:00"))
    assert nights.elapsed(berlin("2026-11-23 12:00"), berlin("2026-11-24 12:00")) == 8 * HOUR
    assert nights.add(berlin("2026-11-23 23:00"), 2 * HOUR) == berlin("2026-11-24 01:00")
    assert nights.is_open(berlin("2026-11-24 00:00"))
    assert nights.add(berlin("2026-11-23 22:00"), 8 * HOUR) == berlin("2026-11-24 06:00")


def test_it_is_open_at_the_moment_of_opening_and_closed_at_that_of_closing() -> None:
    assert OFFICE.is_open(berlin("2026-11-23 09:00"))
    assert not OFFICE.is_open(berlin("2026-11-23 12:00"))
    assert OFFICE.next_open(berlin("2026-11-23 12:00")) == berlin("2026-11-23 13:00")
    assert OFFICE.next_open(berlin("2026-11-23 13:30")) == berlin("2026-11-23 13:30")


def test_always_open_counts_every_hour() -> None:
    always = always_open()
    start = utc("2026-02-27 05:00")
    assert always.add(start, 100 * HOUR) == start + 100 * HOUR
    over_a_decade = 100_000 * HOUR
    assert always.add(start, over_a_decade) == start + over_a_decade
    assert always.elapsed(start, start + over_a_decade) == over_a_decade


def test_answers_are_in_utc() -> None:
    answers = (
        OFFICE.next_open(berlin("2026-11-23 10:00")),
        OFFICE.add(berlin("2026-11-23 10:00"), NOTHING),
        OFFICE.add(berlin("2026-11-23 10:00"), HOUR),
        OFFICE.add_days(berlin("2026-11-23 10:00"), 1),
        OFFICE.due(berlin("2026-11-23 10:00"), HOUR),
    )
    assert {answer.tzinfo for answer in answers if answer} == {UTC}


def test_no_working_time_elapses_backwards() -> None:
    assert OFFICE.elapsed(berlin("2026-11-23 11:00"), berlin("2026-11-23 10:00")) == NOTHING


# --- Pauses. --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pauses", "expected", "why"),
    [
        ([], "11:00", "no pause"),
        ([("09:30", "10:00")], "11:30", "half an hour later"),
        ([("09:30", "10:00"), ("10:30", "11:00")], "12:00", "two pauses, until lunch"),
        ([("09:30", "10:00"), ("09:45", "10:15")], "11:45", "what overlaps counts once"),
        ([("09:15", "10:15"), ("09:30", "09:45")], "12:00", "one inside another"),
        ([("10:00", "11:00"), ("09:30", "10:00")], "13:30", "in any order"),
        ([("08:00", "09:30")], "11:30", "what was before the start does not count"),
        ([("11:00", "11:30")], "11:00", "due when the pause began"),
        ([("10:00", "09:30")], "11:00", "a pause that ends before it begins is none"),
        ([("10:00", None)], None, "paused now"),
        ([("08:00", None)], None, "paused since before the start"),
        ([("10:00", None), ("09:15", "09:30")], None, "paused now, and before"),
        ([("11:00", None)], "11:00", "paused too late"),
    ],
)
def test_pauses_are_breaks_in_the_calendar(
    pauses: list[tuple[str, str | None]], expected: str | None, why: str
) -> None:
    def at(wall: str) -> datetime:
        return berlin(f"2026-11-23 {wall}")

    due = OFFICE.due(
        at("09:00"), 2 * HOUR, [(at(begin), at(end) if end else None) for begin, end in pauses]
    )
    assert due == (at(expected) if expected else None), why


# --- Days off. ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subdivision", "day", "off"),
    [
        ("BY", "2026-01-06", True),  # Epiphany, in Bavaria
        ("Bayern", "2026-01-06", True),  # by its name
        ("BE", "2026-01-06", False),  # but not in Berlin
        ("BE", "2026-03-09", False),
        ("BE", "2027-03-08", True),  # Women's Day, in Berlin
        ("BY", "2027-03-08", False),
        ("BY", "2026-06-04", True),  # Corpus Christi
        (None, "2026-04-03", True),  # Good Friday, in all of Germany
        (None, "2026-12-24", True),  # a day off of our own
        (None, "2026-12-23", False),
    ],
)
def test_public_holidays_and_own_days_are_off(
    subdivision: str | None, day: str, *, off: bool
) -> None:
    calendar = calendar_of(
        "Europe/Berlin", OFFICE.week, "DE", subdivision, own_days_off=[date(2026, 12, 24)]
    )
    assert calendar.is_open(berlin(f"{day} 10:00")) is not off


def test_a_bavarian_christmas_is_worked_around() -> None:
    bavaria = calendar_of("Europe/Berlin", OFFICE.week, "DE", "BY")
    # Friday 25 December to Sunday, New Year on Friday, Epiphany on Wednesday
    assert bavaria.add(berlin("2026-12-24 16:00"), 2 * HOUR) == berlin("2026-12-28 10:00")
    assert bavaria.add_days(berlin("2026-12-31 10:00"), 3) == berlin("2027-01-07 10:00")


class Asked:
    """Days off that remember which dates they were asked about."""

    def __init__(self) -> None:
        self.days: list[date] = []

    def __contains__(self, day: object) -> bool:
        assert isinstance(day, date)
        self.days.append(day)
        return False


def test_days_off_are_asked_for_once_and_only_near_the_question() -> None:
    asked = Asked()
    calendar = replace(OFFICE, days_off=asked)
    calendar.add(berlin("2026-06-15 10:00"), 8 * HOUR)
    assert {day.year for day in asked.days} == {2026}
    calendar.elapsed(berlin("2017-01-01 00:00"), berlin("2026-12-31 00:00"))
    seen = len(asked.days)
    calendar.elapsed(berlin("2017-01-01 00:00"), berlin("2026-12-31 00:00"))
    assert len(asked.days) == seen


class UntilTheYear:
    """A desk that is closed for years."""

    def __init__(self, year: int) -> None:
        self.year = year

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day.year < self.year


def test_a_calendar_that_opens_after_nine_years_answers() -> None:
    calendar = replace(OFFICE, days_off=UntilTheYear(2036))
    assert calendar.next_open(berlin("2026-11-23 10:00")) == berlin("2036-01-01 09:00")
    assert calendar.add(berlin("2026-11-23 10:00"), HOUR) == berlin("2036-01-01 10:00")


@pytest.mark.parametrize("calendar", [NEVER, replace(OFFICE, days_off=UntilTheYear(2040))])
def test_a_calendar_that_does_not_open_in_ten_years_says_so(calendar: Calendar) -> None:
    start = berlin("2026-11-23 10:00")
    asks: Asks = (
        lambda: calendar.next_open(start),
        lambda: calendar.add(start, HOUR),
        lambda: calendar.add_days(start, 1),
        lambda: calendar.due(start, HOUR),
    )
    for ask in asks:
        with pytest.raises(ValueError, match="no opening hours in the 10 years after 2026-11-23"):
            ask()
    assert not calendar.is_open(start)
    assert calendar.elapsed(start, start + 5000 * HOUR) == NOTHING


# --- What is refused. -----------------------------------------------------------------------------


def test_moments_without_a_zone_are_refused() -> None:
    aware = utc("2026-11-23 10:00")
    naive = aware.replace(tzinfo=None)
    asks: Asks = (
        lambda: OFFICE.is_open(naive),
        lambda: OFFICE.next_open(naive),
        lambda: OFFICE.add(naive, HOUR),
        lambda: OFFICE.add_days(naive, 1),
        lambda: OFFICE.elapsed(naive, aware),
        lambda: OFFICE.elapsed(aware, naive),
        lambda: OFFICE.due(naive, HOUR),
        lambda: OFFICE.due(aware, HOUR, [(naive, None)]),
        lambda: OFFICE.due(aware, HOUR, [(aware, naive)]),
    )
    for ask in asks:
        with pytest.raises(ValueError, match="has no time zone"):
            ask()


def test_time_is_not_added_backwards() -> None:
    start = utc("2026-11-23 10:00")
    asks: Asks = (
        lambda: OFFICE.add(start, -HOUR),
        lambda: OFFICE.due(start, -HOUR),
        lambda: OFFICE.add_days(start, -1),
    )
    for ask in asks:
        with pytest.raises(ValueError, match="can only be added, not taken away"):
            ask()


def test_years_beyond_the_calendar_are_refused() -> None:
    asks: Asks = (
        lambda: OFFICE.is_open(utc("1899-12-31 10:00")),
        lambda: OFFICE.is_open(utc("2300-01-01 10:00")),
        lambda: OFFICE.next_open(utc("2500-01-01 10:00")),
        lambda: OFFICE.add(utc("2199-11-01 10:00"), 2000 * HOUR),
    )
    for ask in asks:
        with pytest.raises(ValueError, match="years 1900 to 2199"):
            ask()


@pytest.mark.parametrize("hours", ["17:00-09:00", "09:00-09:00"])
def test_hours_that_do_not_end_after_they_begin_are_refused(hours: str) -> None:
    with pytest.raises(ValueError, match=f"{hours} does not end after it begins"):
        span(hours)


def test_hours_with_a_zone_of_their_own_are_refused() -> None:
    with pytest.raises(ValueError, match="carries a time zone"):
        Span(time(9, tzinfo=UTC), time(17))


@pytest.mark.parametrize("hours", ["09:00-12:00 11:00-13:00", "13:00-17:00 09:00-12:00"])
def test_spans_that_overlap_or_are_out_of_order_are_refused(hours: str) -> None:
    with pytest.raises(ValueError, match=r"Saturday: .* overlap or are out of order"):
        Calendar(BERLIN, week("09:00-17:00", saturday=hours))


def test_nothing_follows_the_midnight_that_ends_a_day() -> None:
    with pytest.raises(ValueError, match="Sunday: 22:00-24:00 and 23:00-24:00 overlap"):
        Calendar(BERLIN, week("09:00-17:00", sunday="22:00-24:00 23:00-24:00"))


def test_a_week_has_seven_days() -> None:
    with pytest.raises(ValueError, match="seven days, Monday to Sunday, not 5"):
        Calendar(BERLIN, OFFICE.week[:5])


def test_a_calendar_is_built_from_spans_in_any_order() -> None:
    backwards = [spans[::-1] for spans in OFFICE.week]
    assert calendar_of("Europe/Berlin", backwards) == OFFICE


@pytest.mark.parametrize(
    ("zone", "country", "subdivision", "sentence"),
    [
        ("Europe/Berln", None, None, "no time zone 'Europe/Berln'; the nearest is 'Europe/Berlin'"),
        ("../passwd", None, None, "no time zone '../passwd'; write one such as"),
        ("", None, None, "no time zone ''; write one such as"),
        ("UTC", "Germny", None, "a country 'Germny'; the nearest is 'DE'"),
        ("UTC", "de", None, "a country 'de'; the nearest is 'DE'"),
        ("UTC", "?", None, "a country '\\?'; write its ISO 3166 code"),
        ("UTC", "DE", "Bayer", "no subdivision 'Bayer'; the nearest is 'BY'"),
        ("UTC", "DE", "ZZ", "no subdivision 'ZZ'; known are BB, BE, BW, BY"),
        ("UTC", "MT", "ZZ", "no subdivision 'ZZ'; it has none"),
        ("UTC", None, "BY", "the subdivision 'BY' needs its country"),
    ],
)
def test_unknown_places_are_refused_with_what_to_write_instead(
    zone: str, country: str | None, subdivision: str | None, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        calendar_of(zone, OFFICE.week, country, subdivision)
