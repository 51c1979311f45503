"""Digests on a real store: their figures gathered, and each sent once a day, whatever happened."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from chatdesk import digests
from chatdesk.adapters.db import SqlStore, migrate, open_store
from chatdesk.desk import Desk
from chatdesk.lifecycle import digest, record
from chatdesk.lifecycle.closure import Confirm
from chatdesk.lifecycle.digest import Figures, Period, Ratio, period_of
from chatdesk.lifecycle.facts import write
from chatdesk.lifecycle.followup import ItCameBack, Rate
from chatdesk.lifecycle.intake import Open
from chatdesk.lifecycle.investigation import Reply
from chatdesk.lifecycle.policy import HelpTopic, Policy, Queue, SlaPolicy, SlaTargets, Wait
from chatdesk.lifecycle.resolution import Resolve
from chatdesk.lifecycle.step import Command
from chatdesk.lifecycle.ticket import PersonId, QueueName, ResolutionCode, TopicName
from chatdesk.lifecycle.triage import MarkSpam
from chatdesk.ports import DueTimer, Outgoing, Subscription, Transaction

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LEASE = timedelta(minutes=1)
BERLIN = "Europe/Berlin"
IT = QueueName("it")

TARGETS = SlaTargets(first_reply=Wait.parse("1h"), resolution=Wait.parse("8h"))
POLICY = Policy(
    queues={
        "it": Queue(title="IT", agents=("local:jo",)),
        "hr": Queue(title="HR", agents=("local:jo",)),
    },
    topics={
        "laptop": HelpTopic(title="Laptop", queue="it"),
        "printer": HelpTopic(title="Printer", queue="it"),
        "contract": HelpTopic(title="Contract", queue="hr"),
    },
    sla={"standard": SlaPolicy(medium=TARGETS)},  # the desk is always open
)


def at(text: str, zone: str = "UTC", *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


class Now:
    """The desk's clock, put where the story needs it."""

    def __init__(self) -> None:
        self.moment = at("2026-03-02T09:00")

    def now(self) -> datetime:
        return self.moment


@dataclass
class House:
    """A desk on a database of its own, with Mara who asks, Jo who answers, and Dana who reads."""

    store: SqlStore
    clock: Now
    desk: Desk
    mara: PersonId
    jo: PersonId
    dana: PersonId

    # --- tickets ---

    def opens(self, when: str, topic: str = "laptop") -> int:
        self.clock.moment = at(when)
        command = Open(
            topic=TopicName(topic), summary=write("It fails"), requester=self.mara, zone="UTC"
        )
        return self.desk.handle(command, self.mara).ticket.number

    def does(self, when: str, number: int, command: Command, by: PersonId) -> None:
        self.fires_until(at(when))
        self.clock.moment = at(when)
        self.desk.handle(command, by, number)

    def solves(self, when: str, number: int) -> None:
        self.does(when, number, Reply(text=write("Try 5.2"), anyway=True), self.jo)
        resolve = Resolve(code=ResolutionCode.FIXED, summary=write("Client 5.2"))
        self.does(when, number, resolve, self.jo)

    def fires_until(self, moment: datetime) -> None:
        """Let the clock decide about the tickets, everything when it is due."""
        while True:
            due_at = self.store.read(lambda tx: tx.timers.next_due_at())
            if due_at is None or due_at > moment:
                return
            self.clock.moment = max(self.clock.moment, due_at)
            for timer in self.due(due_at):
                self.desk.fire(timer)

    def figures(self, period: Period, queue: QueueName | None = None) -> Figures:
        return self.store.read(lambda tx: digests.gather(tx, period, POLICY, queue))

    # --- digests ---

    def subscribes(self, when: datetime, subscription: Subscription) -> None:
        def work(tx: Transaction) -> None:
            tx.subscriptions.set(subscription)
            digests.schedule(tx, when)

        self.store.write(work)

    def wants(self, when: datetime, period: str, hour: int, zone: str = BERLIN) -> None:
        wish = Subscription(person=self.dana, period=period, hour=hour, zone=zone)
        self.subscribes(when, wish)

    def due(self, now: datetime) -> list[DueTimer]:
        return self.store.write(lambda tx: tx.timers.claim_due(now, 100, LEASE))

    def ticks(self, now: datetime) -> list[str]:
        """Fire what is due now; return the days of the digests sent, as `period day`."""
        due_at = self.store.read(lambda tx: tx.timers.next_due_at())
        if due_at is None or due_at > now:
            return []
        for timer in self.due(now):
            assert digests.is_digest(timer)
            self.store.write(lambda tx, timer=timer: digests.fire(tx, timer, now))  # type: ignore[misc]  # bound at once
        return self.sent()

    def ticks_between(self, first: datetime, last: datetime) -> list[str]:
        """Fire everything when it is due, from the first moment until the last."""
        sent: list[str] = []
        while True:
            due_at = self.store.read(lambda tx: tx.timers.next_due_at())
            if due_at is None or due_at > last:
                return sent
            first = max(first, due_at)
            sent += self.ticks(first)

    def sent(self) -> list[str]:
        """Return the days of the digests that wait to be sent, which are sent then."""
        return [self._read(row) for row in self.store.write(self._take)]

    def _take(self, tx: Transaction) -> list[Outgoing]:
        rows: list[Outgoing] = []
        while claimed := tx.outbox.claim(10, LEASE):
            for row in claimed:
                tx.outbox.sent(row, "a message")
            rows += claimed
        return rows

    def _read(self, row: Outgoing) -> str:
        assert (row.lane, row.notice, row.number) == (f"person:{self.dana}", "digest", None)
        day = datetime.fromisoformat(row.payload["at"]).astimezone(ZoneInfo(row.payload["zone"]))
        return f"{row.payload['period']} {day:%Y-%m-%d}"


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("digests") / "desk.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def house(migrated: Path, tmp_path: Path) -> Iterator[House]:
    path = tmp_path / "desk.db"
    shutil.copy(migrated, path)
    store = open_store(f"sqlite:///{path}", record)

    def people(tx: Transaction) -> list[PersonId]:
        names = ("mara", "jo", "dana")
        return [
            tx.people.remember(f"local:{name}", name=name, zone="UTC", locale="en")
            for name in names
        ]

    clock = Now()
    mara, jo, dana = store.write(people)
    yield House(store, clock, Desk(store, clock, lambda: POLICY), mara, jo, dana)
    store.close()


# --- the figures ----------------------------------------------------------------------------------

WEEK = period_of("weekly", at("2026-03-09T09:00"), "UTC")


def live_through_a_week(house: House) -> None:
    old = house.opens("2026-02-24T09:00")
    house.solves("2026-02-24T09:30", old)
    house.does("2026-02-25T09:00", old, Confirm(), house.mara)
    back = house.opens("2026-02-26T09:00", "contract")
    house.solves("2026-02-26T09:30", back)
    house.does("2026-02-26T10:00", back, Confirm(), house.mara)
    # Rated in the week, though nobody worked on it then.
    house.does("2026-03-02T08:00", old, Rate(score=2), house.mara)
    house.opens("2026-03-02T09:00")  # nobody ever answers
    house.does("2026-03-03T09:00", back, ItCameBack(), house.mara)
    solved = house.opens("2026-03-04T09:00")
    house.solves("2026-03-04T09:20", solved)
    spam = house.opens("2026-03-05T09:00")
    house.does("2026-03-05T09:10", spam, MarkSpam(), house.jo)
    house.solves("2026-03-09T10:00", back)  # after the week


def test_the_figures_of_a_week_are_gathered_from_the_store(house: House) -> None:
    live_through_a_week(house)

    found = house.figures(WEEK)

    assert (found.opened, found.resolved) == (2, 1)
    assert found.reopened == Ratio(1, 1)
    assert found.backlog.count == 2
    assert [(one.number, one.score) for one in found.ratings.low] == [(1, 2)]
    assert [(one.number, one.target) for one in found.breaches] == [
        (3, "first_reply"),
        (3, "resolution"),
        (2, "resolution"),  # 7 hours and a half after it came back on Tuesday
    ]
    assert found.first_reply.wall.median == timedelta(minutes=20)


def test_a_rating_of_what_was_solved_long_ago_is_found(house: House) -> None:
    live_through_a_week(house)

    found = house.figures(Period(start=WEEK.start, end=WEEK.end))

    assert found.ratings.distribution == (0, 1, 0, 0, 0)


def test_a_queue_has_its_own_figures(house: House) -> None:
    live_through_a_week(house)

    found = house.figures(WEEK, IT)

    assert (found.opened, found.backlog.count, found.reopened.count) == (2, 1, 0)


def test_gathering_misses_nothing_that_all_the_records_tell(house: House) -> None:
    live_through_a_week(house)

    for kind in digest.PERIODS:
        period = period_of(kind, at("2026-03-06T09:00"), "UTC")
        assert house.figures(period) == house.store.read(
            lambda tx, period=period: from_everything(tx, period)  # type: ignore[misc]  # bound at once
        )


def from_everything(tx: Transaction, period: Period) -> Figures:
    tickets = [tx.tickets.load(number) for number in range(1, 6)]
    facts = [(n, one.fact) for n in range(1, 6) for one in tx.tickets.record(n)]
    return digest.figures([one for one in tickets if one], facts, period, POLICY)


def test_what_is_usual_is_read_from_the_weeks_before(house: House) -> None:
    for week in ("02-09", "02-16"):
        house.solves(f"2026-{week}T10:00", house.opens(f"2026-{week}T09:00", "printer"))
    for hour in range(9, 17):
        house.opens(f"2026-03-03T{hour:02}:00", "printer")

    (printer,) = house.figures(WEEK).topics

    assert (printer.opened, printer.usual, printer.is_spike) == (8, 1.0, True)


# --- when they come -------------------------------------------------------------------------------

OCCURRENCES: tuple[tuple[str, str, int, str, datetime, str, datetime], ...] = (
    (
        "later today",
        "daily",
        9,
        BERLIN,
        at("2026-11-24T07:59", BERLIN),
        "2026-11-24",
        at("2026-11-24T09:00", BERLIN),
    ),
    (
        "at the hour itself it is over: tomorrow",
        "daily",
        9,
        BERLIN,
        at("2026-11-24T09:00", BERLIN),
        "2026-11-25",
        at("2026-11-25T09:00", BERLIN),
    ),
    (
        "weekly: on Monday",
        "weekly",
        9,
        BERLIN,
        at("2026-11-24T09:00", BERLIN),
        "2026-11-30",
        at("2026-11-30T09:00", BERLIN),
    ),
    (
        "the day is the person's, not that of UTC",
        "daily",
        7,
        "Pacific/Auckland",
        at("2026-11-23T12:00"),
        "2026-11-24",
        at("2026-11-23T18:00"),
    ),
    (
        "2:00 is skipped: the first moment after the skip",
        "daily",
        2,
        BERLIN,
        at("2026-03-28T12:00"),
        "2026-03-29",
        at("2026-03-29T03:00", BERLIN),
    ),
    (
        "2:00 comes twice: the first pass",
        "daily",
        2,
        BERLIN,
        at("2026-10-24T12:00"),
        "2026-10-25",
        at("2026-10-25T00:00"),
    ),
    (
        "and not again between the passes",
        "daily",
        2,
        BERLIN,
        at("2026-10-25T00:30"),
        "2026-10-26",
        at("2026-10-26T02:00", BERLIN),
    ),
    (
        "a skip that ends at midnight: it is still for the day before",
        "daily",
        23,
        "America/Nuuk",
        at("2026-03-28T12:00"),
        "2026-03-28",
        at("2026-03-29T00:00", "America/Nuuk"),
    ),
    (
        "a day that the zone left out",
        "daily",
        9,
        "Pacific/Apia",
        at("2011-12-29T09:00", "Pacific/Apia"),
        "2011-12-31",
        at("2011-12-31T09:00", "Pacific/Apia"),
    ),
)


@pytest.mark.parametrize(
    ("reason", "period", "hour", "zone", "after", "day", "due_at"),
    OCCURRENCES,
    ids=[row[0] for row in OCCURRENCES],
)
def test_the_next_occurrence(
    reason: str, period: str, hour: int, zone: str, after: datetime, day: str, due_at: datetime
) -> None:
    wish = Subscription(person=PersonId("dana"), period=period, hour=hour, zone=zone)

    name, found_at = digests.next_occurrence(wish, after)

    assert (name, found_at) == (f"{period}:dana:{day}:{hour:02}:{zone}", due_at), reason


@pytest.mark.parametrize("zone", ["UTC", BERLIN, "America/Nuuk", "Australia/Lord_Howe"])
@pytest.mark.parametrize("hour", [0, 1, 2, 9, 23])
def test_every_local_day_of_a_year_has_exactly_one(zone: str, hour: int) -> None:
    wish = Subscription(person=PersonId("dana"), period="daily", hour=hour, zone=zone)
    moment, days = at("2026-01-01T00:00", zone) - HOUR / 60, []
    for _ in range(365):
        name, moment = digests.next_occurrence(wish, moment)
        days.append(name.split(":")[2])

    first = datetime(2026, 1, 1, tzinfo=UTC)
    assert days == [f"{first + number * DAY:%Y-%m-%d}" for number in range(365)]


def test_nobody_can_subscribe_to_something_else() -> None:
    wish = Subscription(person=PersonId("dana"), period="hourly", hour=9, zone="UTC")
    with pytest.raises(ValueError, match="only daily or weekly"):
        digests.next_occurrence(wish, at("2026-11-24T09:00"))


def test_a_digest_comes_every_morning(house: House) -> None:
    house.wants(at("2026-11-23T12:00"), "daily", 9)

    sent = house.ticks_between(at("2026-11-23T12:00"), at("2026-11-26T12:00"))

    assert sent == ["daily 2026-11-24", "daily 2026-11-25", "daily 2026-11-26"]


NOTICES: tuple[tuple[str, str, int, str, str, str], ...] = (
    ("of yesterday", BERLIN, 9, "2026-11-24T08:00", "2026-11-23", "2026-11-24"),
    (
        "of Friday, though the skip of Saturday's last hour ends on Sunday",
        "America/Nuuk",
        23,
        "2026-03-29T01:00",
        "2026-03-27",
        "2026-03-28",
    ),
)


@pytest.mark.parametrize(
    ("reason", "zone", "hour", "due", "first", "last"), NOTICES, ids=[row[0] for row in NOTICES]
)
def test_a_notice_tells_which_period_it_is_of(
    house: House, reason: str, zone: str, hour: int, due: str, first: str, last: str
) -> None:
    house.wants(at(due) - HOUR, "daily", hour, zone)
    for timer in house.due(at(due)):
        house.store.write(lambda tx, one=timer: digests.fire(tx, one, one.due_at))  # type: ignore[misc]  # bound at once

    (row,) = house.store.write(lambda tx: tx.outbox.claim(10, LEASE))

    period = period_of(
        row.payload["period"], datetime.fromisoformat(row.payload["at"]), row.payload["zone"]
    )
    assert period.start == at(f"{first}T00:00", zone), reason
    assert period.end == at(f"{last}T00:00", zone), reason


def test_a_clock_a_little_behind_the_one_that_claimed_sends_the_same(house: House) -> None:
    house.wants(at("2026-11-23T12:00"), "daily", 9)
    (timer,) = house.due(at("2026-11-24T08:00"))

    house.store.write(lambda tx: digests.fire(tx, timer, at("2026-11-24T07:59")))

    assert house.sent() == ["daily 2026-11-24"]


def test_on_monday_both_come(house: House) -> None:
    house.wants(at("2026-11-22T12:00"), "daily", 9)
    house.wants(at("2026-11-22T12:00"), "weekly", 9)

    sent = house.ticks_between(at("2026-11-22T12:00"), at("2026-11-24T12:00"))

    assert sorted(sent) == ["daily 2026-11-23", "daily 2026-11-24", "weekly 2026-11-23"]


@pytest.mark.parametrize("night", ["2026-03-29", "2026-10-25"])
@pytest.mark.parametrize("hour", [2, 3])
def test_the_night_in_which_the_clocks_change_has_one_digest(
    house: House, night: str, hour: int
) -> None:
    house.wants(at(f"{night}T00:00") - DAY / 2, "daily", hour)

    sent = house.ticks_between(at(f"{night}T00:00") - DAY / 2, at(f"{night}T00:00") + DAY / 2)

    assert sent == [f"daily {night}"]


def test_after_days_of_downtime_only_the_newest_comes(house: House) -> None:
    house.wants(at("2026-11-20T12:00"), "daily", 9)
    back_at = at("2026-11-24T10:30")

    house.store.write(lambda tx: digests.schedule(tx, back_at))  # as every start does
    sent = house.ticks_between(back_at, at("2026-11-25T12:00"))

    assert sent == ["daily 2026-11-24", "daily 2026-11-25"]


def test_a_downtime_that_began_many_times_over_leads_to_one_digest(house: House) -> None:
    house.wants(at("2026-11-20T12:00"), "daily", 9)
    for day in (21, 22, 23):  # started each day, and ended before anything fired
        house.store.write(
            lambda tx, day=day: digests.schedule(tx, at(f"2026-11-{day}T12:00"))  # type: ignore[misc]  # bound at once
        )

    assert house.ticks(at("2026-11-24T10:30")) == ["daily 2026-11-24"]
    assert house.ticks(at("2026-11-24T11:30")) == []


def test_scheduling_again_and_again_does_no_harm(house: House) -> None:
    house.wants(at("2026-11-23T12:00"), "daily", 9)
    for _ in range(3):
        house.store.write(lambda tx: digests.schedule(tx, at("2026-11-23T13:00")))

    assert house.ticks(at("2026-11-24T08:00")) == ["daily 2026-11-24"]


def test_a_timer_that_fires_twice_sends_once(house: House) -> None:
    house.wants(at("2026-11-23T12:00"), "daily", 9)
    now = at("2026-11-24T08:00")
    (timer,) = house.due(now)
    for _ in range(2):
        house.store.write(lambda tx: digests.fire(tx, timer, now))

    assert house.sent() == ["daily 2026-11-24"]


def test_nothing_is_half_sent(house: House) -> None:
    house.wants(at("2026-11-23T12:00"), "daily", 9)
    now = at("2026-11-24T08:00")
    (timer,) = house.due(now)

    def fails(tx: Transaction) -> None:
        digests.fire(tx, timer, now)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        house.store.write(fails)

    assert house.ticks(now) == []  # leased until the next minute
    assert house.ticks(now + 2 * LEASE) == ["daily 2026-11-24"]
    assert house.ticks(now + DAY) == ["daily 2026-11-25"]


def test_who_has_unsubscribed_gets_nothing(house: House) -> None:
    house.wants(at("2026-11-23T12:00"), "daily", 9)
    house.store.write(lambda tx: tx.subscriptions.remove(house.dana))

    assert house.ticks_between(at("2026-11-23T12:00"), at("2026-11-26T12:00")) == []
    assert house.store.read(lambda tx: tx.timers.next_due_at()) is None


CHANGES: tuple[tuple[str, list[tuple[str, int, str]], list[str]], ...] = (
    (
        "to a later hour of today: then, and not at the old one",
        [("2026-11-24T07:00", 17, BERLIN)],
        ["2026-11-24T16:00", "2026-11-25T16:00"],
    ),
    (
        "to an earlier one that is still to come",
        [("2026-11-24T05:00", 7, BERLIN)],
        ["2026-11-24T06:00", "2026-11-25T06:00"],
    ),
    (
        "after today's has come: there are not two a day",
        [("2026-11-24T12:00", 17, BERLIN)],
        ["2026-11-24T08:00", "2026-11-25T16:00"],
    ),
    (
        "to another zone",
        [("2026-11-24T07:00", 9, "America/New_York")],
        ["2026-11-24T14:00", "2026-11-25T14:00"],
    ),
    (
        "there and back",
        [("2026-11-24T06:00", 17, BERLIN), ("2026-11-24T07:00", 9, BERLIN)],
        ["2026-11-24T08:00", "2026-11-25T08:00"],
    ),
)


@pytest.mark.parametrize(
    ("reason", "changes", "expected"), CHANGES, ids=[row[0] for row in CHANGES]
)
def test_a_changed_wish_is_what_counts(
    house: House, reason: str, changes: list[tuple[str, int, str]], expected: list[str]
) -> None:
    house.wants(at("2026-11-23T12:00"), "daily", 9)
    moment, sent = at("2026-11-23T12:00"), []
    while moment < at("2026-11-25T20:00"):
        for when, hour, zone in changes:
            if moment == at(when):
                house.wants(moment, "daily", hour, zone)
        if house.ticks(moment):
            sent.append(moment)
        moment += HOUR

    assert sent == [at(one) for one in expected], reason


def test_only_recurring_timers_of_digests_are_theirs() -> None:
    now = at("2026-11-24T09:00")

    assert digests.is_digest(DueTimer(number=None, name="digest:daily:x", due_at=now))
    assert not digests.is_digest(DueTimer(number=None, name="rollup:2026", due_at=now))
    assert not digests.is_digest(DueTimer(number=7, name="digest:daily:x", due_at=now))
