"""Checks what came back from a form against the form itself, and says what is wrong at its field.

What comes back was in other people's hands: only the form's own fields count, an answer must be
one that the form allows, and a field that is not shown has none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from chatdesk.lifecycle.calendar import Calendar, after
from chatdesk.lifecycle.facts import MAX_TEXT, clean_text
from chatdesk.lifecycle.policy import Wait
from chatdesk.ui.forms import Errors, Field, FieldKind, Form, Values
from chatdesk.ui.intake_form import QUESTION, option_meant
from chatdesk.ui.times import zone_named
from chatdesk.ui.voice import Voice
from chatdesk.ui.wording import Wording

Checked = str | tuple[str, ...] | int | float | date | datetime
"""An answer that can be relied on.

Texts are clean; a choice is an option's value; dates are local dates; `until` is an aware moment;
several and file are tuples; a person is named as they were, for the reception to find.
"""

SHORT_TEXT = 500
"""Characters a one-line field takes unless it says otherwise."""

MORNING = time(9)
"""When something wakes that is put off until a day."""

LONGEST = timedelta(days=366)
"""How far away the end of a hold may be."""

_NAME = 200
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTTED = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4})")
_NUMBER = re.compile(r"#?\s*([+-]?\d{1,15})(?:[.,](\d{1,9}))?")
_YEARS = range(1900, 2200)


class _Wrong(Exception):
    """An answer is refused; `key` is a text of `errors`."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    """What an answer about time is understood by."""

    now: datetime
    zone: str
    calendar: Calendar | None


def check(
    form: Form,
    values: Values,
    *,
    now: datetime,
    zone: str,
    calendar: Calendar | None = None,
    wording: Wording | None = None,
    locale: str = "en",
) -> tuple[Errors, dict[str, Checked]]:
    """Return what is wrong, by field, and the answers that were given and are right.

    `zone` (IANA) is where the person's dates are. With a `calendar`, spans such as `3d` are
    working time of it; without one they pass on the wall clock. An answer left empty where that is
    allowed is in neither.
    """
    say = Voice(wording=wording or Wording(), locale=locale, zone=zone, now=now)
    moment = _Moment(now=now, zone=zone, calendar=calendar)
    errors: Errors = {}
    checked: dict[str, Checked] = {}
    shown: dict[str, bool] = {}
    for field in form.fields:
        shown[field.name] = _is_shown(field, values, shown)
        if not shown[field.name]:
            continue
        try:
            answer = _answer(field, _texts(values.get(field.name, "")), moment)
        except _Wrong as wrong:
            errors[field.name] = say(f"errors.{wrong.key}", **wrong.values)
            continue
        if answer is not None:
            checked[field.name] = answer
    return errors, checked


def _texts(value: str | tuple[str, ...]) -> tuple[str, ...]:
    texts = (value,) if isinstance(value, str) else tuple(value)
    return tuple(text for text in (clean_text(str(one)).strip() for one in texts) if text)


def _is_shown(field: Field, values: Values, shown: Mapping[str, bool]) -> bool:
    if field.shown is None:
        return True
    chosen = _split(_texts(values.get(field.shown.when, "")))
    return shown.get(field.shown.when, True) and bool(field.shown.has & set(chosen))


def _split(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Take the values of a several or file field apart, if they came as lines."""
    lines = (line.strip() for text in texts for line in text.split("\n"))
    return tuple(dict.fromkeys(line for line in lines if line))


def _answer(field: Field, texts: tuple[str, ...], moment: _Moment) -> Checked | None:
    if not texts:
        if not field.is_required:
            return None
        is_chosen = field.kind in {FieldKind.CHOICE, FieldKind.SEVERAL}
        raise _Wrong("required_choice" if is_chosen else "required")
    if field.kind is FieldKind.SEVERAL:
        return _several(field, _split(texts))
    if field.kind is FieldKind.FILE:
        return _files(field, _split(texts))
    return _single(field, "\n".join(texts), moment)


def _single(field: Field, text: str, moment: _Moment) -> Checked:
    if field.kind is FieldKind.CHOICE:
        return _option(field, text)
    if field.kind is FieldKind.NUMBER:
        return _number(field, text)
    if field.kind is FieldKind.DATE:
        return _date(text)
    if field.kind is FieldKind.PERSON:
        return _limited(" ".join(text.split()), _NAME)
    if field.kind is FieldKind.LONG_TEXT:
        return _limited(text, field.limit or MAX_TEXT)
    text = _limited(text.replace("\n", " "), field.limit or SHORT_TEXT)
    return _until(text, moment) if field.name == "until" else text


# --- one kind each --------------------------------------------------------------------------------


def _limited(text: str, limit: int) -> str:
    if len(text) > limit:
        raise _Wrong("too_long", count=len(text), limit=limit)
    return text


def _option(field: Field, text: str) -> str:
    found = option_meant(field.options, text)
    if not found:
        raise _Wrong("not_an_option")
    return found


def _several(field: Field, chosen: tuple[str, ...]) -> tuple[str, ...]:
    if field.limit and len(chosen) > field.limit:
        raise _Wrong("too_many_options", limit=field.limit)
    return tuple(_option(field, one) for one in chosen)


def _files(field: Field, names: tuple[str, ...]) -> tuple[str, ...]:
    if field.limit and len(names) > field.limit:
        raise _Wrong("too_many_files", limit=field.limit)
    return names


def _number(field: Field, text: str) -> int | float:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise _Wrong("not_a_number")
    number = float(f"{match[1]}.{match[2]}") if match[2] else int(match[1])
    if number < field.least:
        raise _Wrong("too_small", least=field.least)
    if field.limit and number > field.limit:
        raise _Wrong("too_large", limit=field.limit)
    return number


def day_written(text: str) -> date:
    """Read `2026-12-01` or `1.12.2026`; ValueError for anything else."""
    iso, dotted = _ISO.fullmatch(text), _DOTTED.fullmatch(text)
    parts = iso.groups() if iso else tuple(reversed(dotted.groups())) if dotted else ()
    year, month, day = (int(part) for part in parts)
    return date(year, month, day)


def _date(text: str) -> date:
    try:
        found = day_written(text)
    except ValueError:
        raise _Wrong("not_a_date") from None
    if found.year not in _YEARS:
        raise _Wrong("not_a_date")
    return found


def _until(text: str, moment: _Moment) -> datetime:
    """Read how long, or until which day: then until that morning."""
    until = _span_from_now(text, moment) or _morning_of(text, moment)
    if until <= moment.now:
        raise _Wrong("until_is_over")
    if until > moment.now + LONGEST:
        raise _Wrong("until_too_far")
    return until


def _span_from_now(text: str, moment: _Moment) -> datetime | None:
    try:
        wait = Wait.parse(text)
    except ValueError:
        return None
    if moment.calendar is not None:
        return after(moment.calendar, moment.now, wait)
    local = moment.now.astimezone(zone_named(moment.zone))
    # The same time of day after whole days, whatever the clocks did meanwhile.
    return (local + timedelta(days=wait.days)).astimezone(UTC) + wait.time


def _morning_of(text: str, moment: _Moment) -> datetime:
    try:
        day = _date(text)
    except _Wrong:
        raise _Wrong("bad_until") from None
    return datetime.combine(day, MORNING, zone_named(moment.zone)).astimezone(UTC)


# --- what is kept of it ---------------------------------------------------------------------------


def answers_written(checked: Mapping[str, Checked]) -> str:
    """Return the answers to a topic's own questions as kept, in JSON; empty without any."""
    answers = {
        name.removeprefix(QUESTION): answer.isoformat() if isinstance(answer, date) else answer
        for name, answer in checked.items()
        if name.startswith(QUESTION)
    }
    return json.dumps(answers, ensure_ascii=False) if answers else ""


def attachments_in(form: Form, checked: Mapping[str, Checked]) -> tuple[str, ...]:
    """Return the attachments of all file fields together."""
    found: list[str] = []
    for field in form.fields:
        answer = checked.get(field.name)
        if field.kind is FieldKind.FILE and isinstance(answer, tuple):
            found += answer
    return tuple(dict.fromkeys(found))
