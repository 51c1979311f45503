"""The hours a policy writes become a queue's calendar, built once and kept over reloads."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chatdesk.lifecycle.calendar import after, always_open, calendar_for, calendar_from
from chatdesk.lifecycle.policy import Opening, Policy, Queue, Wait
from chatdesk.lifecycle.ticket import QueueName

BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
OFFICE = Opening(zone="Europe/Berlin", week=dict.fromkeys(WEEKDAYS, ("09:00-12:00", "13:00-17:00")))
NIGHT = Opening(week={"fri": ("22:00-24:00",), "sat": ("00:00-06:00",)})

POLICY = Policy(
    hours={"office": OFFICE, "night": NIGHT},
    queues={"it": Queue(title="IT"), "watch": Queue(title="Night watch", hours="night")},
)


def berlin(wall: str) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=BERLIN)


def test_a_queue_is_open_when_its_hours_say_so() -> None:
    office = calendar_for(POLICY, QueueName("it"))

    assert office.is_open(berlin("2026-11-23 11:59"))
    assert not office.is_open(berlin("2026-11-23 12:30"))  # lunch
    assert not office.is_open(berlin("2026-11-22 11:00"))  # Sunday


def test_hours_until_midnight_go_on_after_it() -> None:
    night = calendar_for(POLICY, QueueName("watch"))

    friday_night = datetime(2026, 11, 27, 22, tzinfo=UTC)
    assert night.add(friday_night, timedelta(hours=8)) == friday_night + timedelta(hours=8)


def test_a_queue_taken_out_of_the_policy_keeps_the_first_hours() -> None:
    assert calendar_for(POLICY, QueueName("gone")) is calendar_for(POLICY, QueueName("it"))


def test_a_reload_that_leaves_the_hours_alone_keeps_the_calendar_and_what_it_has_worked_out() -> (
    None
):
    reloaded = Policy.model_validate_json(POLICY.model_dump_json()).model_copy(
        update={"name": "Renamed desk"}
    )

    assert calendar_for(reloaded, QueueName("it")) is calendar_for(POLICY, QueueName("it"))


def test_other_hours_are_another_calendar() -> None:
    week = {**OFFICE.model_dump()["week"], "sat": ("10:00-12:00",)}
    longer = Opening(zone="Europe/Berlin", week=week)

    assert calendar_from(longer) is not calendar_from(OFFICE)
    assert calendar_from(longer).is_open(berlin("2026-11-28 11:00"))


def test_always_open_needs_no_week() -> None:
    assert calendar_from(Opening(always=True)) == always_open()


def test_always_open_still_keeps_its_days_off() -> None:
    calendar = calendar_from(Opening(always=True, days_off=(date(2026, 12, 25),)))

    assert calendar.is_open(datetime(2026, 12, 24, 23, tzinfo=UTC))
    assert not calendar.is_open(datetime(2026, 12, 25, 12, tzinfo=UTC))


def test_public_holidays_are_days_off() -> None:
    calendar = calendar_from(OFFICE.model_copy(update={"country": "DE", "subdivision": "BY"}))

    assert not calendar.is_open(berlin("2026-01-06 10:00"))  # Epiphany, in Bavaria
    assert calendar_from(OFFICE).is_open(berlin("2026-01-06 10:00"))


@pytest.mark.parametrize(
    ("wait", "reached", "reason"),
    [
        ("90m", "2026-11-27 17:00", "minutes of opening hours, over at closing time"),
        ("2h", "2026-11-30 09:30", "the rest is worked on Monday"),
        ("1d", "2026-11-30 15:30", "the next working day, same time"),
        ("3d", "2026-12-02 15:30", "three working days, not 72 hours"),
    ],
)
def test_waiting_takes_working_time(wait: str, reached: str, reason: str) -> None:
    friday = berlin("2026-11-27 15:30")

    assert after(calendar_from(OFFICE), friday, Wait.parse(wait)) == berlin(reached), reason


def test_days_and_hours_of_one_wait_both_pass() -> None:
    wait = Wait(days=1, time=timedelta(hours=2))

    reached = after(calendar_from(OFFICE), berlin("2026-11-26 16:00"), wait)

    assert reached == berlin("2026-11-30 10:00")
