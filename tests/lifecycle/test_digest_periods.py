"""The periods of digests: days and weeks as a person's own clock and calendar have them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from chatdesk.lifecycle import digest
from chatdesk.lifecycle.digest import Period, moment_of, period_of

HOUR = timedelta(hours=1)
WEEK = period_of("weekly", datetime(2026, 3, 9, 9, 0, tzinfo=UTC), "UTC")


def local(text: str, zone: str = "Europe/Berlin", *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


SPANS: tuple[tuple[str, str, str, str, str, str], ...] = (
    (
        "the local day before",
        "daily",
        "2026-11-24T09:00",
        "Europe/Berlin",
        "2026-11-23T00:00",
        "2026-11-24T00:00",
    ),
    (
        "which is not the day before in UTC",
        "daily",
        "2026-11-24T09:00",
        "Pacific/Auckland",
        "2026-11-23T00:00",
        "2026-11-24T00:00",
    ),
    (
        "the seven days before this Monday",
        "weekly",
        "2026-11-26T09:00",
        "Europe/Berlin",
        "2026-11-16T00:00",
        "2026-11-23T00:00",
    ),
    (
        "on Monday already those just over",
        "weekly",
        "2026-11-23T00:00",
        "Europe/Berlin",
        "2026-11-16T00:00",
        "2026-11-23T00:00",
    ),
    (
        "today so far",
        "now",
        "2026-11-24T09:30",
        "Europe/Berlin",
        "2026-11-24T00:00",
        "2026-11-24T09:30",
    ),
    (
        "seven days until now",
        "7d",
        "2026-11-24T09:30",
        "Europe/Berlin",
        "2026-11-17T09:30",
        "2026-11-24T09:30",
    ),
    (
        "by the clock on the wall, over the end of summer time",
        "7d",
        "2026-10-27T09:30",
        "Europe/Berlin",
        "2026-10-20T09:30",
        "2026-10-27T09:30",
    ),
    (
        "thirty days until now",
        "30d",
        "2026-11-24T09:30",
        "Europe/Berlin",
        "2026-10-25T09:30",
        "2026-11-24T09:30",
    ),
    (
        "where midnight is skipped, a day begins at one",
        "daily",
        "2026-09-07T09:00",
        "America/Santiago",
        "2026-09-06T01:00",
        "2026-09-07T00:00",
    ),
    (
        "a day that a zone left out is no day before",
        "daily",
        "2011-12-31T09:00",
        "Pacific/Apia",
        "2011-12-29T00:00",
        "2011-12-31T00:00",
    ),
)


@pytest.mark.parametrize(
    ("reason", "kind", "moment", "zone", "start", "end"), SPANS, ids=[row[0] for row in SPANS]
)
def test_a_period_follows_the_local_calendar(
    reason: str, kind: str, moment: str, zone: str, start: str, end: str
) -> None:
    period = period_of(kind, local(moment, zone), zone)

    assert (period.start, period.end) == (local(start, zone), local(end, zone)), reason
    assert period.start.utcoffset() == timedelta()
    assert period.previous is not None
    assert period.previous.end <= period.start


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-30", 23), ("2026-10-26", 25), ("2026-11-24", 24)]
)
def test_a_day_has_23_24_or_25_hours(day: str, hours: int) -> None:
    period = period_of("daily", local(f"{day}T09:00"), "Europe/Berlin")

    assert period.end - period.start == hours * HOUR


def test_today_is_compared_with_yesterday_until_the_same_time() -> None:
    # 2:30 was skipped yesterday, so yesterday until then ends with the skip.
    period = period_of("now", local("2026-03-30T02:30"), "Europe/Berlin")

    assert period.previous == Period(
        start=local("2026-03-29T00:00"), end=datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    )


def test_a_day_is_usual_by_the_same_days_of_earlier_weeks() -> None:
    period = period_of("daily", local("2026-11-24T09:00"), "Europe/Berlin")

    starts = [one.start for one in period.usual]
    assert starts == [local(f"2026-{day}T00:00") for day in ("11-16", "11-09", "11-02", "10-26")]


def test_a_week_is_compared_with_the_weeks_before() -> None:
    assert WEEK.previous is not None
    assert WEEK.previous.end == WEEK.start
    assert [one.end for one in WEEK.usual] == [
        WEEK.start - weeks * 168 * HOUR for weeks in range(4)
    ]


@pytest.mark.parametrize("kind", digest.PERIODS)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Nuuk", "Australia/Lord_Howe"])
def test_every_period_is_over_by_now_and_after_its_earlier_ones(kind: str, zone: str) -> None:
    for hours in range(0, 24 * 366, 1093):
        now = datetime(2026, 1, 1, 0, 30, tzinfo=UTC) + hours * HOUR
        period = period_of(kind, now, zone)
        assert period.start <= period.end <= now
        assert all(one.end <= period.start for one in period.usual)


def test_a_moment_in_a_skipped_hour_is_the_end_of_the_skip() -> None:
    skipped = moment_of(date(2026, 3, 29), time(2, 30), ZoneInfo("Europe/Berlin"))

    assert skipped == local("2026-03-29T03:00")


def test_a_moment_in_a_repeated_hour_is_the_first_pass() -> None:
    repeated = moment_of(date(2026, 10, 25), time(2, 30), ZoneInfo("Europe/Berlin"))

    assert repeated == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_only_known_kinds_and_aware_moments_make_periods() -> None:
    with pytest.raises(ValueError, match="'monthly' is no period"):
        period_of("monthly", WEEK.start, "UTC")
    with pytest.raises(ValueError, match="no time zone"):
        period_of("daily", WEEK.start.replace(tzinfo=None), "UTC")
    with pytest.raises(ValueError, match="before it begins"):
        Period(start=WEEK.end, end=WEEK.start)
