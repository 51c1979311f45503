"""SLA: clocks tell what is due when, whatever was paused, reopened or changed in between."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdesk.lifecycle import sla
from chatdesk.lifecycle.calendar import calendar_for
from chatdesk.lifecycle.policy import Opening, Policy, Queue, SlaPolicy, SlaTargets, Wait
from chatdesk.lifecycle.sla import Clock, State
from chatdesk.lifecycle.ticket import (
    CloseReason,
    Closing,
    Door,
    EntryId,
    PersonId,
    Priority,
    QueueName,
    Resolution,
    ResolutionCode,
    Status,
    Stretch,
    Ticket,
    TopicName,
    Warned,
)
from tests.lifecycle.laws import laws

LAWS = laws(6)
BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
MARA, JO = PersonId("mara"), PersonId("jo")
IT, WATCH = QueueName("it"), QueueName("watch")
OFFICE = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("09:00-17:00",))

POLICY = Policy(
    hours={
        "office": Opening(zone="Europe/Berlin", week=OFFICE),
        "round-the-clock": Opening(always=True),
    },
    queues={
        "it": Queue(title="IT"),
        "watch": Queue(title="Night watch", hours="round-the-clock"),
    },
    sla={
        "standard": SlaPolicy(
            low=SlaTargets(first_reply=Wait.parse("1d"), resolution=Wait.parse("5d")),
            medium=SlaTargets(
                first_reply=Wait.parse("4h"),
                next_reply=Wait.parse("2h"),
                resolution=Wait.parse("16h"),
                update=Wait.parse("8h"),
            ),
            high=SlaTargets(first_reply=Wait.parse("1h"), resolution=Wait.parse("8h")),
        )
    },
)


# --- The story of a ticket, in the week of Monday, 23 November 2026 -------------------------------


def at(text: str) -> datetime:
    """`Mon 09:00` of that week or, with a `+`, of the next one: `Mon+ 09:00`."""
    day, clock = text.split()
    number = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun").index(day[:3]) + 7 * day.count("+")
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 11, 23, hour, minute, tzinfo=BERLIN) + timedelta(days=number)


def opened(when: str | datetime = "Mon 09:00", priority: Priority = Priority.MEDIUM) -> Ticket:
    moment = at(when) if isinstance(when, str) else when
    return Ticket(
        number=1042,
        version=1,
        requester=MARA,
        opened_by=MARA,
        opened_at=moment,
        door=Door.FORM,
        zone="Europe/Berlin",
        topic=TopicName("vpn"),
        queue=IT,
        summary=EntryId("summary"),
        priority=priority,
        history=(Stretch(Status.NEW, moment),),
        unanswered_since=moment,
    )


def replied(ticket: Ticket, when: str) -> Ticket:
    first = ticket.first_reply_at or at(when)
    return replace(ticket, first_reply_at=first, last_public_at=at(when), unanswered_since=None)


def asked(ticket: Ticket, when: str) -> Ticket:
    return replied(ticket, when).becomes(Status.WAITING, at(when))


def held(ticket: Ticket, when: str) -> Ticket:
    return ticket.becomes(Status.ON_HOLD, at(when))


def resumed(ticket: Ticket, when: str) -> Ticket:
    return ticket.becomes(Status.OPEN, at(when))


def wrote(ticket: Ticket, when: str) -> Ticket:
    return replace(ticket, unanswered_since=ticket.unanswered_since or at(when))


def resolved(ticket: Ticket, when: str) -> Ticket:
    how = Resolution(code=ResolutionCode.FIXED, summary=None, by=JO, at=at(when))
    return replace(replied(ticket, when), resolution=how).becomes(Status.RESOLVED, at(when))


def closed(ticket: Ticket, when: str, reason: CloseReason = CloseReason.CONFIRMED) -> Ticket:
    how = Closing(reason=reason, at=at(when), by=MARA, before=ticket.status)
    return replace(ticket, closing=how).becomes(Status.CLOSED, at(when))


def reopened(ticket: Ticket, when: str) -> Ticket:
    again = replace(ticket, resolution=None, closing=None, unanswered_since=at(when))
    return again.becomes(Status.OPEN, at(when))


def warned(ticket: Ticket, target: str, percent: int, since: str) -> Ticket:
    warning = Warned(target=target, percent=percent, since=at(since))
    return replace(ticket, warned=(*ticket.warned, warning))


def clock(ticket: Ticket, target: str, policy: Policy = POLICY) -> Clock:
    return {one.target: one for one in sla.clocks(ticket, policy)}[target]


def running(ticket: Ticket, policy: Policy = POLICY) -> set[str]:
    return {one.target for one in sla.clocks(ticket, policy)}


# --- When what is due -----------------------------------------------------------------------------

DUE: tuple[tuple[str, Ticket, str, str | None], ...] = (
    ("working time only: over the weekend", opened("Fri 15:00"), "first_reply", "Mon+ 11:00"),
    ("opened off hours, from the next opening", opened("Sat 11:00"), "first_reply", "Mon+ 13:00"),
    ("a hold before the first reply pauses", held(opened(), "Mon 10:00"), "first_reply", None),
    (
        "and what it took is added",
        resumed(held(opened(), "Mon 10:00"), "Mon 12:00"),
        "first_reply",
        "Mon 15:00",
    ),
    (
        "a hold outside working hours takes nothing",
        resumed(held(opened("Fri 15:00"), "Fri 17:00"), "Mon+ 09:00"),
        "first_reply",
        "Mon+ 11:00",
    ),
    (
        "what was due before the hold stays due",
        held(opened(), "Mon 14:00"),
        "first_reply",
        "Mon 13:00",
    ),
    (
        "from the first unanswered message",
        wrote(wrote(replied(opened(), "Mon 10:00"), "Mon 11:00"), "Mon 12:00"),
        "next_reply",
        "Mon 13:00",
    ),
    (
        "a hold pauses the next reply, too",
        resumed(held(wrote(replied(opened(), "Mon 10:00"), "Mon 11:00"), "Mon 12:00"), "Mon 15:00"),
        "next_reply",
        "Mon 16:00",
    ),
    (
        "a hold from before the message is no matter of it",
        wrote(resumed(held(replied(opened(), "Mon 09:30"), "Mon 10:00"), "Tue 10:00"), "Tue 10:00"),
        "next_reply",
        "Tue 12:00",
    ),
    ("two working days of 8 hours", opened(), "resolution", "Tue 17:00"),
    ("waiting for the requester pauses", asked(opened(), "Mon 10:00"), "resolution", None),
    (
        "the answer resumes",
        wrote(resumed(asked(opened(), "Mon 10:00"), "Tue 10:00"), "Tue 10:00"),
        "resolution",
        "Wed 17:00",
    ),
    (
        "time spent resolved does not count",
        reopened(resolved(opened(), "Mon 11:00"), "Wed 11:00"),
        "resolution",
        "Thu 17:00",
    ),
    (
        "nor does time spent closed",
        reopened(closed(resolved(opened(), "Mon 11:00"), "Tue 09:00"), "Wed 11:00"),
        "resolution",
        "Thu 17:00",
    ),
    ("a word is owed from opening on", opened(), "update", "Mon 17:00"),
    ("each public word begins anew", replied(opened(), "Mon 12:00"), "update", "Tue 12:00"),
    (
        "the time we wait for an answer is not silence of ours",
        resumed(asked(opened(), "Mon 12:00"), "Wed 12:00"),
        "update",
        "Thu 12:00",
    ),
)


@pytest.mark.parametrize(("reason", "ticket", "target", "due"), DUE, ids=[row[0] for row in DUE])
def test_due(reason: str, ticket: Ticket, target: str, due: str | None) -> None:
    found = clock(ticket, target)

    assert found.due_at == (at(due) if due else None), reason
    assert found.is_paused == (ticket.status in {Status.WAITING, Status.ON_HOLD})


def test_next_reply_is_owed_only_after_the_first() -> None:
    ticket = wrote(opened(), "Mon 09:05")

    assert "next_reply" not in running(ticket)
    assert "next_reply" not in running(replied(ticket, "Mon 10:00"))
    assert "next_reply" in running(wrote(replied(ticket, "Mon 10:00"), "Mon 10:30"))


def test_a_met_target_has_no_running_clock() -> None:
    assert "first_reply" in running(opened())
    assert "first_reply" not in running(replied(opened(), "Mon 10:00"))


def test_an_undone_reply_leaves_the_first_reply_owed() -> None:
    undone = replace(replied(opened(), "Mon 10:00"), first_reply_at=None)

    assert clock(undone, "first_reply").due_at == at("Mon 13:00")


def test_a_resolved_ticket_has_no_clocks() -> None:
    assert sla.clocks(resolved(opened(), "Mon 11:00"), POLICY) == ()
    assert sla.due_at(resolved(opened(), "Mon 11:00"), POLICY) is None
    assert sla.warnings(resolved(opened(), "Mon 11:00"), POLICY) == {}


def test_what_is_not_promised_is_never_due() -> None:
    assert running(opened(priority=Priority.CRITICAL)) == set()
    assert sla.due_at(opened(priority=Priority.CRITICAL), POLICY) is None


def test_a_ticket_is_due_when_its_first_clock_is() -> None:
    ticket = wrote(replied(opened(), "Mon 10:00"), "Mon 11:00")

    assert sla.due_at(ticket, POLICY) == at("Mon 13:00")  # the next reply, before the update
    assert sla.due_at(held(ticket, "Mon 12:00"), POLICY) is None


def test_another_priority_keeps_the_time_that_has_passed() -> None:
    paused = resumed(asked(opened("Mon 09:00"), "Mon 11:00"), "Mon 13:00")

    urgent = replace(paused, priority=Priority.HIGH)  # 8 hours instead of 16

    assert clock(urgent, "resolution").due_at == at("Tue 11:00")


def test_another_queue_counts_the_same_history_by_its_own_hours() -> None:
    paused = resumed(asked(opened("Mon 09:00"), "Mon 11:00"), "Mon 13:00")

    transferred = replace(paused, queue=WATCH)

    assert clock(transferred, "resolution").due_at == at("Tue 03:00")


def test_another_policy_decides_about_running_tickets_too() -> None:
    lax = SlaPolicy(medium=SlaTargets(resolution=Wait.parse("24h")))
    reloaded = POLICY.model_copy(update={"sla": {"standard": lax}})
    paused = resumed(asked(opened("Mon 09:00"), "Mon 11:00"), "Mon 13:00")

    assert clock(paused, "resolution", reloaded).due_at == at("Thu 11:00")
    assert running(paused, reloaded) == {"resolution"}


# --- Warnings and states --------------------------------------------------------------------------


def test_warnings_come_at_shares_of_the_working_time() -> None:
    moments = sla.warnings(opened("Mon 15:00"), POLICY)

    assert {key: when for key, when in moments.items() if key[0] == "first_reply"} == {
        ("first_reply", 50): at("Mon 17:00"),
        ("first_reply", 75): at("Tue 10:00"),
        ("first_reply", 90): at("Tue 10:36"),
        ("first_reply", 100): at("Tue 11:00"),
    }


def test_no_warning_comes_twice_or_after_a_graver_one() -> None:
    ticket = warned(opened(), "first_reply", 75, since="Mon 09:00")

    owed = sla.warnings(ticket, POLICY)

    assert [percent for target, percent in owed if target == "first_reply"] == [90, 100]
    assert [percent for target, percent in owed if target == "resolution"] == [50, 75, 90, 100]


def test_each_cycle_warns_anew() -> None:
    ticket = wrote(replied(opened(), "Mon 10:00"), "Mon 11:00")
    missed = warned(ticket, "next_reply", 100, since="Mon 11:00")
    again = wrote(replied(missed, "Mon 14:00"), "Mon 15:00")

    assert ("next_reply", 50) not in sla.warnings(missed, POLICY)
    assert sla.warnings(again, POLICY)["next_reply", 50] == at("Mon 16:00")


def test_reopening_does_not_repeat_the_warnings_of_the_resolution() -> None:
    ticket = warned(opened(), "resolution", 50, since="Mon 09:00")
    again = reopened(resolved(ticket, "Tue 10:00"), "Wed 10:00")

    owed = [percent for target, percent in sla.warnings(again, POLICY) if target == "resolution"]
    assert owed == [75, 90, 100]


def test_a_pause_holds_back_the_warnings_to_come_but_not_those_already_due() -> None:
    ticket = held(opened(), "Mon 12:00")  # 3 of 4 hours have passed

    owed = [percent for target, percent in sla.warnings(ticket, POLICY) if target == "first_reply"]
    assert owed == [50, 75]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("Mon 09:00", State.PLAIN),
        ("Mon 10:59", State.PLAIN),
        ("Mon 11:00", State.HALF),
        ("Mon 12:00", State.MOST),
        ("Mon 12:36", State.NEARLY_ALL),
        ("Mon 12:59", State.NEARLY_ALL),
        ("Mon 13:00", State.BREACHED),
        ("Fri 13:00", State.BREACHED),
    ],
)
def test_a_card_tells_how_far_the_clock_is(now: str, expected: State) -> None:
    assert sla.state(clock(opened(), "first_reply"), at(now)) is expected


def test_a_paused_card_stays_as_it_was() -> None:
    ticket = held(opened(), "Mon 12:00")

    assert sla.state(clock(ticket, "first_reply"), at("Fri 12:00")) is State.MOST


# --- The promise and the judgement ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("priority", "when", "promised", "reason"),
    [
        (Priority.HIGH, "Mon 09:30", "Mon 10:30", "an hour"),
        (Priority.MEDIUM, "Fri 16:00", "Mon+ 12:00", "the weekend is closed"),
        (Priority.LOW, "Fri 16:00", "Mon+ 16:00", "a working day"),
        (Priority.LOW, "Sat 12:00", "Mon+ 17:00", "a working day from the next opening"),
        (Priority.CRITICAL, "Mon 09:30", None, "not promised"),
    ],
)
def test_the_receipt_promises_what_the_clock_will_measure(
    priority: Priority, when: str, promised: str | None, reason: str
) -> None:
    expected = at(promised) if promised else None

    assert sla.reply_promise(POLICY, IT, priority, at(when)) == expected, reason
    assert sla.due_at(opened(when, priority), POLICY) == expected


def in_time(ticket: Ticket, now: str = "Fri+ 17:00") -> tuple[bool | None, bool | None]:
    judged = sla.judge(ticket, POLICY, at(now))
    return judged.first_reply.is_in_time, judged.resolution.is_in_time


JUDGED: tuple[tuple[str, Ticket, tuple[bool | None, bool | None]], ...] = (
    ("both in time", resolved(replied(opened(), "Mon 13:00"), "Tue 17:00"), (True, True)),
    ("a minute late", resolved(replied(opened(), "Mon 13:01"), "Wed 09:01"), (False, False)),
    (
        "still so once closed",
        closed(resolved(replied(opened(), "Mon 13:00"), "Tue 17:00"), "Fri 09:00"),
        (True, True),
    ),
    (
        "at closing time, and answered after it, is late",
        resolved(replied(opened("Fri 13:00"), "Fri 17:30"), "Fri 17:31"),
        (False, True),
    ),
    (
        "answered while on hold",
        resolved(replied(held(opened(), "Mon 10:00"), "Thu 10:00"), "Thu 11:00"),
        (True, True),
    ),
    (
        "resolved while waiting, by silence",
        resolved(asked(opened(), "Mon 10:00"), "Fri 10:00"),
        (True, True),
    ),
    ("neither met nor missed", held(opened(), "Mon 10:00"), (None, None)),
    ("missed and still open", opened(), (False, False)),
    ("nothing promised", resolved(opened(priority=Priority.CRITICAL), "Fri 17:00"), (None, None)),
    (
        "a recorded breach stays one under a milder priority",
        warned(
            resolved(replied(opened(priority=Priority.LOW), "Mon 11:00"), "Mon 12:00"),
            "first_reply",
            100,
            since="Mon 09:00",
        ),
        (False, True),
    ),
    ("spam is not judged", closed(opened(), "Fri 09:00", CloseReason.SPAM), (None, None)),
    ("nor is merged", closed(opened(), "Fri 09:00", CloseReason.MERGED), (None, None)),
)


@pytest.mark.parametrize(("reason", "ticket", "outcome"), JUDGED, ids=[row[0] for row in JUDGED])
def test_judged(reason: str, ticket: Ticket, outcome: tuple[bool | None, bool | None]) -> None:
    assert in_time(ticket) == outcome, reason


def test_before_it_is_due_nothing_is_missed() -> None:
    assert in_time(opened(), now="Mon 12:59") == (None, None)
    assert in_time(opened(), now="Mon 13:00") == (False, None)


def test_a_late_first_reply_by_nobody_counts_although_the_ticket_solved_itself() -> None:
    how = Resolution(code=ResolutionCode.SELF_SOLVED, summary=None, by=MARA, at=at("Mon 15:00"))
    ticket = replace(opened(), resolution=how).becomes(Status.RESOLVED, at("Mon 15:00"))
    sooner = replace(how, at=at("Mon 11:00"))
    in_good_time = replace(opened(), resolution=sooner).becomes(Status.RESOLVED, at("Mon 11:00"))

    assert in_time(ticket) == (False, True)
    assert in_time(in_good_time) == (None, True)


def test_working_time_leaves_out_pauses_and_wall_time_nothing() -> None:
    waiting = resumed(asked(opened("Mon 15:00"), "Mon 16:00"), "Tue 10:00")
    ticket = resolved(reopened(resolved(waiting, "Tue 11:00"), "Wed 11:00"), "Wed 13:00")

    judged = sla.judge(ticket, POLICY, at("Fri 09:00"))

    assert judged.first_reply.business == judged.first_reply.wall == HOUR
    assert judged.resolution.business == (1 + 1 + 2) * HOUR
    assert judged.resolution.wall == at("Wed 13:00") - at("Mon 15:00")


def test_durations_are_measured_even_where_nothing_is_promised() -> None:
    ticket = resolved(opened(priority=Priority.CRITICAL), "Mon 12:00")

    assert sla.judge(ticket, POLICY, at("Fri 09:00")).resolution.business == 3 * HOUR


def test_every_promise_of_the_policy_has_its_clock() -> None:
    assert {target.name for target in sla.TARGETS} == set(SlaTargets.model_fields)
    for target in sla.TARGETS:
        wait = Wait.parse("3h")
        assert target.promised(SlaTargets(**{target.name: wait})) == wait


# --- Laws -----------------------------------------------------------------------------------------

minutes = st.integers(0, 9 * 24 * 60)
waits = st.sampled_from([Wait.parse(text) for text in ("1m", "90m", "7h", "8h", "30h", "1d", "3d")])
queues = st.sampled_from([IT, WATCH])
pauses = st.lists(st.tuples(minutes, st.integers(0, 3 * 24 * 60)), max_size=3)


def promising(wait: Wait, other: Wait | None = None) -> Policy:
    targets = {"medium": SlaTargets(resolution=wait), "low": SlaTargets(resolution=other)}
    return POLICY.model_copy(update={"sla": {"standard": SlaPolicy(**targets)}})


def moment(minute: int) -> datetime:
    return at("Mon 00:00") + timedelta(minutes=minute)


def with_pauses(ticket: Ticket, spans: list[tuple[int, int]], status: Status) -> Ticket:
    """Pause so many minutes after the last stretch began, for so many minutes, again and again."""
    for begin, length in spans:
        begins = ticket.since + timedelta(minutes=begin)
        ticket = ticket.becomes(status, begins)
        ticket = ticket.becomes(Status.OPEN, begins + timedelta(minutes=length))
    return ticket


@LAWS
@given(minutes, waits, queues, minutes, st.integers(0, 3 * 24 * 60))
def test_a_pause_of_so_much_working_time_makes_due_exactly_so_much_later(
    start: int, wait: Wait, queue: QueueName, begin: int, length: int
) -> None:
    policy, calendar = promising(wait), calendar_for(POLICY, queue)
    ticket = replace(opened(moment(start)), queue=queue)
    before = clock(ticket, "resolution", policy).due_at
    assert before is not None
    begins = min(moment(start + begin), before)

    paused = ticket.becomes(Status.WAITING, begins)
    resumes = paused.becomes(Status.OPEN, begins + timedelta(minutes=length))

    after = clock(resumes, "resolution", policy).due_at
    assert after is not None
    pause = calendar.elapsed(begins, begins + timedelta(minutes=length))
    assert calendar.elapsed(before, after) == (pause if begins < before else timedelta())
    assert after >= before


@LAWS
@given(minutes, minutes, waits, queues)
def test_later_creation_never_means_earlier_due(
    one: int, other: int, wait: Wait, queue: QueueName
) -> None:
    earlier, later = sorted((one, other))
    due = [
        sla.due_at(replace(opened(moment(start)), queue=queue), promising(wait))
        for start in (earlier, later)
    ]
    assert due[0] is not None
    assert due[1] is not None
    assert due[0] <= due[1]


@LAWS
@given(minutes, waits, queues, pauses)
def test_time_spent_resolved_is_a_pause_like_any_other(
    start: int, wait: Wait, queue: QueueName, spans: list[tuple[int, int]]
) -> None:
    ticket = replace(opened(moment(start)), queue=queue)
    due = {
        clock(with_pauses(ticket, spans, status), "resolution", promising(wait)).due_at
        for status in (Status.WAITING, Status.ON_HOLD, Status.RESOLVED, Status.CLOSED)
    }
    assert len(due) == 1


@LAWS
@given(minutes, waits, waits, queues, pauses)
def test_changing_the_priority_and_back_changes_nothing_and_loses_no_time(
    start: int, wait: Wait, other: Wait, queue: QueueName, spans: list[tuple[int, int]]
) -> None:
    policy, calendar = promising(wait, other), calendar_for(POLICY, queue)
    ticket = with_pauses(replace(opened(moment(start)), queue=queue), spans, Status.ON_HOLD)
    before = clock(ticket, "resolution", policy)

    changed = clock(replace(ticket, priority=Priority.LOW), "resolution", policy)

    assert changed.due_at is not None
    assert before.due_at is not None
    shift = calendar.elapsed(before.due_at, changed.due_at) - calendar.elapsed(
        changed.due_at, before.due_at
    )
    between = sorted((before.due_at, changed.due_at))
    paused = sum(
        (
            calendar.elapsed(max(begin, between[0]), min(end, between[1]))
            for begin, end in before.breaks
            if end is not None and end > between[0]
        ),
        timedelta(),
    )
    assert abs(shift) - paused == abs(changed.allowed - before.allowed)
    assert clock(ticket, "resolution", policy) == before


@LAWS
@given(minutes, waits, queues, pauses)
def test_shares_come_in_order_and_the_last_is_the_due_time(
    start: int, wait: Wait, queue: QueueName, spans: list[tuple[int, int]]
) -> None:
    ticket = with_pauses(replace(opened(moment(start)), queue=queue), spans, Status.WAITING)
    owed = sla.warnings(ticket, promising(wait))
    moments = [owed["resolution", percent] for percent in (50, 75, 90, 100)]

    assert all(one <= other for one, other in pairwise(moments))
    assert moments[-1] == clock(ticket, "resolution", promising(wait)).due_at
