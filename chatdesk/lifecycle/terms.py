"""The values a policy is written in: durations, names, handles, time zones, opening hours, places.

Every refusal is a predicate about the value, so that whoever reads it aloud puts the place in front
of it: `queues.it.hours` "names 'ofice', which is not one of hours". Where one of several names was
meant, the error carries them as `known`, for the nearest to be suggested.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BeforeValidator, GetPydanticSchema, PlainSerializer
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError, core_schema

_WAIT = re.compile(r"(\d{1,4})\s*(m|h|d)")
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_HANDLE = re.compile(r"[a-z]+:\S{1,200}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")

LONGEST_DAYS = 366
LONGEST_TIME = timedelta(hours=2000)
"""Longer spans than these are typing mistakes, and would outlast what a calendar can count."""


# --- refusals -------------------------------------------------------------------------------------

Place = tuple[str | int, ...]
"""Where in a model: field names, keys, and positions counted from 0."""


def refusal(sentence: str, **details: object) -> PydanticCustomError:
    """Say what is wrong with a value; `sentence` is a predicate, filled in from the details."""
    return PydanticCustomError("refused", sentence, details)


def unknown(name: str, what: str, known: Iterable[str], nearest: str = "") -> PydanticCustomError:
    """Say that a name means nothing; `nearest` is the right one where more than spelling tells."""
    sentence = "names '{name}', which is not {what}"
    return refusal(sentence, name=name, what=what, known=tuple(known), nearest=nearest)


def refuse(title: str, flaws: Iterable[tuple[Place, PydanticCustomError]]) -> None:
    """Raise all flaws of a model at once, each with its place in it; nothing if there are none."""
    lines = [InitErrorDetails(type=error, loc=place, input=None) for place, error in flaws]
    if lines:
        raise ValidationError.from_exception_data(title, lines)


# --- durations ------------------------------------------------------------------------------------


class Wait:
    """A span of working time: whole working days (`3d`), or hours and minutes (`4h`, `90m`).

    Days and hours are different things: a day is a day of the calendar, however long it is open.
    """

    __slots__ = ("days", "time")

    def __init__(self, days: int = 0, time: timedelta = timedelta()) -> None:
        """Wait `days` working days, or `time` of opening hours."""
        self.days = days
        self.time = time

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `15m`, `2h`, `3d`; raise ValueError for anything else, naming the three forms."""
        match = _WAIT.fullmatch(text.strip().lower())
        if not match or int(match[1]) == 0:
            raise ValueError(f"{text!r} is not a duration; write 15m, 2h or 3d")
        amount = int(match[1])
        unit = {"m": timedelta(minutes=1), "h": timedelta(hours=1)}.get(match[2])
        found = cls(days=amount) if unit is None else cls(time=amount * unit)
        if found.days > LONGEST_DAYS or found.time > LONGEST_TIME:
            longest = f"{LONGEST_DAYS}d or {LONGEST_TIME // timedelta(hours=1)}h"
            raise ValueError(f"{text!r} is too long; no duration may be longer than {longest}")
        return found

    def __str__(self) -> str:
        """Write it as it is read."""
        if self.days:
            return f"{self.days}d"
        minutes = int(self.time.total_seconds() // 60)
        return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"

    def __repr__(self) -> str:
        """Show the duration in the form it is read from."""
        return f"Wait.parse({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        """Compare what is waited for."""
        return isinstance(other, Wait) and (self.days, self.time) == (other.days, other.time)

    def __lt__(self, other: Wait) -> bool:
        """Put hours before days; between two of a kind, the shorter comes first."""
        return (self.days, self.time) < (other.days, other.time)

    def __hash__(self) -> int:
        """Agree with equality."""
        return hash((self.days, self.time))


def _duration(value: object) -> Wait:
    if isinstance(value, Wait):
        return value
    if not isinstance(value, str | int | float):
        raise refusal("is not a duration; write 15m, 2h or 3d")
    try:
        return Wait.parse(str(value))
    except ValueError as error:
        text, _, reason = str(error).rpartition(" is ")
        raise refusal("is {text}, which is {reason}", text=text, reason=reason) from None


def _wait_schema(_source: Any, _handler: Any) -> core_schema.CoreSchema:
    return core_schema.no_info_plain_validator_function(
        _duration,
        serialization=core_schema.to_string_ser_schema(),
        json_schema_input_schema=core_schema.str_schema(pattern=r"^\d{1,4}[mhd]$"),
    )


Duration = Annotated[Wait, GetPydanticSchema(_wait_schema)]

OrNever = BeforeValidator(lambda value: None if value == "never" else value)
"""Read the word `never` as None."""


# --- names ----------------------------------------------------------------------------------------


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise refusal(
            "is '{text}', which is not a name: lower-case letters, digits and hyphens, at most 40",
            text=text,
        )
    return text


def _handle(text: str) -> str:
    if not _HANDLE.fullmatch(text):
        raise refusal(
            "is '{text}', which names nobody: write platform:id, such as local:jo", text=text
        )
    return text


def _language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise refusal("is '{text}', which is not a language: write en, de or pt-BR", text=text)
    return text


Name = Annotated[str, AfterValidator(_name)]
Handle = Annotated[str, AfterValidator(_handle)]
Language = Annotated[str, AfterValidator(_language)]


# --- times and places -----------------------------------------------------------------------------


class Day(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))  # looks through many folders


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise unknown(name, "a time zone such as Europe/Berlin", _zones()) from None
    return name


def _read_clock(text: str) -> int | None:
    """Minutes since midnight, 24:00 included; None for what is not a time of day."""
    match = _CLOCK.fullmatch(text)
    minutes = int(match[1]) * 60 + int(match[2]) if match else -1
    return minutes if 0 <= minutes <= 24 * 60 else None


def _time_of_day(value: object) -> time:
    if isinstance(value, time):
        return value
    minutes = _read_clock(value.strip()) if isinstance(value, str) else None
    if minutes is None or minutes == 24 * 60:
        raise refusal("is '{text}', which is not a time of day; write 09:00", text=str(value))
    return time(*divmod(minutes, 60))


def _hours(text: str) -> str:
    """Write hours the one way they are written, `09:00-17:00`; the end may be 24:00."""
    opens, _, closes = (part.strip() for part in text.replace("\u2013", "-").partition("-"))
    start, end = _read_clock(opens), _read_clock(closes)
    if start is None or end is None:
        raise refusal("is '{text}', which are not opening hours; write 09:00-17:00", text=text)
    if start >= end:
        raise refusal(
            "is '{text}', which does not end after it begins; hours across midnight are two spans, "
            "one until 24:00 and one from 00:00 of the next day",
            text=text,
        )
    return "-".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (start, end))


def _calendar_day(value: object) -> object:
    if isinstance(value, str | date) and not isinstance(value, datetime):
        return value
    raise refusal("is '{text}', which is not a date; write 2026-12-24", text=str(value))


Zone = Annotated[str, AfterValidator(_zone)]
Hours = Annotated[str, AfterValidator(_hours)]
TimeOfDay = Annotated[
    time,
    GetPydanticSchema(
        lambda _source, _handler: core_schema.no_info_plain_validator_function(
            _time_of_day, json_schema_input_schema=core_schema.str_schema(pattern=r"^\d{1,2}:\d\d$")
        )
    ),
    PlainSerializer(lambda value: f"{value:%H:%M}", return_type=str),
]
CalendarDay = Annotated[date, BeforeValidator(_calendar_day)]


def holiday_flaws(country: str, subdivision: str) -> Iterable[tuple[Place, PydanticCustomError]]:
    """Yield what is wrong with a place whose public holidays are asked for; empty is no place."""
    if not country:
        if subdivision:
            yield ("subdivision",), refusal("needs the country it is part of")
        return
    from holidays import country_holidays, registry  # noqa: PLC0415 - takes 0.1 s; few files ask

    codes = {word: row[1] for row in registry.COUNTRIES.values() for word in row}
    if country not in codes.values():
        known = sorted(set(codes.values()))
        yield (
            ("country",),
            unknown(country, "a country's code such as DE", known, codes.get(country, "")),
        )
    elif subdivision:
        aliases = country_holidays(country).get_subdivision_aliases()
        words = {word for code, names in aliases.items() for word in (code, *names)}
        if subdivision not in words:
            yield ("subdivision",), unknown(subdivision, f"a part of {country}", sorted(words))
