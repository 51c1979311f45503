"""Tickets and their records in the store, on both databases."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chatdesk.adapters.db import SqlStore, open_store
from chatdesk.adapters.db.schema import facts
from chatdesk.lifecycle import record
from chatdesk.lifecycle.facts import Fact, Released
from chatdesk.lifecycle.followup import FollowUpAsked
from chatdesk.lifecycle.record import evolve, fold
from chatdesk.lifecycle.ticket import Ticket
from chatdesk.ports import Recorded, Stale, Transaction
from tests.adapters.store_stories import (
    HOUR,
    HR,
    IT,
    JO,
    LEA,
    MARA,
    MONDAY,
    SAM,
    Desk,
    assigned,
    closed,
    numbers,
    opening,
    reopened,
    resolved,
    watched,
)
from tests.inside import connection_of

DAY = timedelta(days=1)


@pytest.fixture
def desk(store: SqlStore) -> Desk:
    return Desk(store)


def test_a_ticket_is_found_as_it_was_kept(desk: Desk) -> None:
    ticket = desk.open(assigned(JO), watched(SAM))
    assert desk.store.read(lambda tx: tx.tickets.load(ticket.number)) == ticket
    assert desk.store.read(lambda tx: tx.tickets.load(999)) is None


def test_only_what_changed_is_written(store_url: str) -> None:
    heard: list[str] = []
    store = open_store(store_url, record, on_statement=heard.append)
    desk = Desk(store)
    desk.then(desk.open(), assigned(JO))
    store.close()
    (saved,) = (one for one in heard if one.startswith("UPDATE tickets"))
    changed, _, which = saved.partition("WHERE")
    columns = {column.partition("=")[0].split()[-1] for column in changed.split(",")}
    assert columns == {"version", "status", "assignee", "digest", "state"}
    assert "tickets.number" in which


def test_numbers_rise_and_are_never_given_twice(desk: Desk) -> None:
    given = [desk.store.write(lambda tx: tx.tickets.next_number()) for _ in range(3)]

    def spoil(tx: Transaction) -> None:
        given.append(tx.tickets.next_number())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        desk.store.write(spoil)
    given.append(desk.store.write(lambda tx: tx.tickets.next_number()))
    assert given == sorted(set(given))


def test_the_record_holds_every_fact_in_its_place(desk: Desk) -> None:
    ticket = desk.then(desk.open(), assigned(JO), watched(SAM))
    record = desk.store.read(lambda tx: tx.tickets.record(ticket.number))
    assert [(one.seq, one.fact.kind) for one in record] == [
        (1, "opened"),
        (2, "assigned"),
        (3, "watcher_added"),
    ]
    assert record[1] == Recorded(seq=2, fact=assigned(JO))
    assert fold(one.fact for one in record) == ticket
    assert desk.store.read(lambda tx: tx.tickets.fact(ticket.number, 3)) == watched(SAM)
    assert desk.store.read(lambda tx: tx.tickets.fact(ticket.number, 4)) is None


def test_who_decided_on_an_old_state_must_decide_again(desk: Desk) -> None:
    ticket = desk.open()
    claimed = desk.then(ticket, assigned(JO))
    with pytest.raises(Stale):
        desk.then(ticket, assigned(SAM))
    assert desk.store.read(lambda tx: tx.tickets.load(ticket.number)) == claimed
    assert len(desk.store.read(lambda tx: tx.tickets.record(ticket.number))) == 2


def test_a_number_can_be_taken_only_once(desk: Desk) -> None:
    ticket = desk.open()
    facts = [opening(ticket.number, by=SAM)]
    with pytest.raises(Stale):
        desk.store.write(lambda tx: tx.tickets.insert(fold(facts), facts, due_at=None))
    assert desk.store.read(lambda tx: tx.tickets.load(ticket.number)) == ticket


def test_a_missing_ticket_cannot_be_saved(desk: Desk) -> None:
    ticket = fold([opening(5)])
    with pytest.raises(Stale):
        desk.then(ticket, assigned(JO))


def test_a_version_that_does_not_count_the_facts_is_a_mistake(desk: Desk) -> None:
    wrong = replace(fold([opening(5)]), version=3)
    with pytest.raises(ValueError, match="counts the facts"):
        desk.store.write(lambda tx: tx.tickets.insert(wrong, [opening(5)], due_at=None))


def test_a_ticket_can_be_opened_and_changed_in_one_unit(desk: Desk) -> None:
    def work(tx: Transaction) -> None:
        ticket = fold([opening(1)])
        tx.tickets.insert(ticket, [opening(1)], due_at=None)
        taken = evolve(ticket, [assigned(JO)])
        tx.tickets.save(taken, [assigned(JO)], before=1, due_at=None)
        loaded = tx.tickets.load(1, to_change=True)
        assert loaded == taken

    desk.store.write(work)
    assert desk.store.broken_records() == []


@pytest.mark.parametrize(
    "change",
    ["UPDATE facts SET by = 'somebody else'", "DELETE FROM facts", "DELETE FROM facts WHERE seq=2"],
)
def test_the_database_itself_protects_the_record(desk: Desk, change: str) -> None:
    ticket = desk.open(assigned(JO))

    def tamper(tx: Transaction) -> None:
        connection_of(tx).execute(text(change))

    with pytest.raises(DBAPIError, match="append-only"):
        desk.store.write(tamper)
    assert len(desk.store.read(lambda tx: tx.tickets.record(ticket.number))) == 2


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE facts SET payload = replace(payload, 'mara', 'otto') WHERE number = 2 AND seq = 1",
        "UPDATE facts SET kind = 'released' WHERE number = 2 AND seq = 2",
        "UPDATE facts SET seq = 7 WHERE number = 2 AND seq = 2",
        "DELETE FROM facts WHERE number = 2 AND seq = 2",
        "DELETE FROM facts WHERE number = 2",
        "UPDATE tickets SET version = 1 WHERE number = 2",
    ],
)
def test_a_record_changed_behind_the_databases_back_is_noticed(desk: Desk, change: str) -> None:
    for _ in range(3):
        desk.open(assigned(JO))
    assert desk.store.broken_records() == []

    def tamper(tx: Transaction) -> None:
        connection = connection_of(tx)
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            connection.execute(text("DROP TRIGGER facts_stay"))
            connection.execute(text("DROP TRIGGER facts_are_kept"))
        connection.execute(text(change))

    desk.store.write(tamper)
    assert desk.store.broken_records() == [2]


def test_a_link_covers_the_fact_and_all_before_it(desk: Desk) -> None:
    twins = [desk.open(assigned(JO)), desk.open(assigned(JO))]

    def digests(tx: Transaction) -> list[bytes]:
        connection = connection_of(tx)
        rows = connection.execute(facts.select().order_by(facts.c.number, facts.c.seq))
        return [row.digest for row in rows]

    found = desk.store.read(digests)
    assert len(set(found)) == 4
    assert numbers(twins) == [1, 2]


def test_what_a_requester_has_open(desk: Desk) -> None:
    first, second, solved = desk.open(), desk.open(at=MONDAY + HOUR), desk.open()
    desk.then(solved, assigned(JO), resolved(solved, MONDAY + HOUR))
    desk.open(by=SAM)
    assert desk.store.read(lambda tx: tx.tickets.unsolved_of(MARA)) == (
        second.number,
        first.number,
    )
    since = MONDAY + timedelta(minutes=1)
    assert desk.store.read(lambda tx: tx.tickets.opened(MARA, since)[1]) == 1
    of_mara = (second.number, first.number)
    assert desk.store.read(lambda tx: tx.tickets.opened(MARA, MONDAY)) == (of_mara, 3)
    assert desk.store.read(lambda tx: tx.tickets.earlier(second)) == 1


def test_who_opens_for_others_is_counted_themselves(desk: Desk) -> None:
    desk.open(by=JO, requester=MARA)
    assert desk.store.read(lambda tx: tx.tickets.opened(JO, MONDAY)[1]) == 1
    assert desk.store.read(lambda tx: tx.tickets.opened(MARA, MONDAY)[1]) == 0
    assert desk.store.read(lambda tx: tx.tickets.unsolved_of(MARA)) == (1,)


def test_tickets_that_follow_another_are_found_from_it(desk: Desk) -> None:
    first = desk.open()
    assert desk.store.read(lambda tx: tx.tickets.successors(first.number)) == ()
    later = [desk.open(follow_up_of=first.number) for _ in range(2)]
    assert desk.store.read(lambda tx: tx.tickets.successors(1)) == tuple(numbers(later))


def _insert(ticket: Ticket, facts: list[Fact], tx: Transaction) -> None:
    tx.tickets.insert(ticket, facts, due_at=None)


def test_children_count_until_they_are_solved(desk: Desk) -> None:
    parent = desk.open()
    for _ in range(2):
        child = replace(fold([opening(0)]), parent=parent.number)
        number = desk.store.write(lambda tx: tx.tickets.next_number())
        facts: list[Fact] = [opening(number)]
        child = replace(child, number=number)
        desk.store.write(partial(_insert, child, facts))
    assert desk.store.read(lambda tx: tx.tickets.children_unsolved(parent.number)) == (2, 3)
    desk.then(child, resolved(child, MONDAY + HOUR))
    assert desk.store.read(lambda tx: tx.tickets.children_unsolved(parent.number)) == (2,)


def test_the_workload_counts_what_is_unsolved_and_remembers_what_was_given(desk: Desk) -> None:
    first = desk.open(assigned(JO))
    desk.open(assigned(JO, MONDAY + 2 * HOUR))
    released = Released(at=MONDAY + 3 * HOUR, by=JO, before=JO)
    desk.then(desk.open(assigned(SAM, MONDAY + HOUR)), replace(released, by=SAM, before=SAM))
    workload = desk.store.read(lambda tx: tx.tickets.workload([JO, SAM, LEA]))
    assert workload == {
        JO: (2, MONDAY + 2 * HOUR),
        SAM: (0, MONDAY + HOUR),
        LEA: (0, None),
    }
    desk.then(first, resolved(first, MONDAY + 4 * HOUR))
    assert desk.store.read(lambda tx: tx.tickets.workload([JO]))[JO] == (1, MONDAY + 2 * HOUR)
    assert desk.store.read(lambda tx: tx.tickets.workload([])) == {}


def test_the_last_follow_up_is_remembered_through_a_reopening(desk: Desk) -> None:
    ticket = desk.open(assigned(JO))
    assert desk.store.read(lambda tx: tx.tickets.last_follow_up_at(MARA)) is None
    ticket = desk.then(ticket, resolved(ticket, MONDAY + DAY))
    ticket = desk.then(ticket, closed(ticket, MONDAY + 2 * DAY))
    ticket = desk.then(ticket, FollowUpAsked(at=MONDAY + 5 * DAY, by=JO))
    desk.then(ticket, reopened(ticket, MONDAY + 6 * DAY))
    desk.open(at=MONDAY + 9 * DAY)
    asked_at = desk.store.read(lambda tx: tx.tickets.last_follow_up_at(MARA))
    assert asked_at == MONDAY + 5 * DAY


def test_figures_get_the_tickets_that_were_unsolved_in_their_span(desk: Desk) -> None:
    open_always = desk.open()
    short = desk.open(assigned(JO))
    short = desk.then(short, resolved(short, MONDAY + DAY))
    twice = desk.open(assigned(JO))
    twice = desk.then(twice, resolved(twice, MONDAY + DAY))
    twice = desk.then(twice, reopened(twice, MONDAY + 10 * DAY))
    twice = desk.then(twice, resolved(twice, MONDAY + 11 * DAY))

    def active(start: timedelta, end: timedelta) -> set[int]:
        return desk.store.read(
            lambda tx: {
                one.number for one in tx.tickets.active_between(MONDAY + start, MONDAY + end)
            }
        )

    assert active(-DAY, 0 * DAY) == set()
    assert active(-DAY, HOUR) == {open_always.number, short.number, twice.number}
    assert active(3 * DAY, 4 * DAY) == {open_always.number}
    assert active(9 * DAY, 12 * DAY) == {open_always.number, twice.number}
    # Solved at the very first moment of the span: the solving is one of its figures.
    assert active(11 * DAY, 12 * DAY) == {open_always.number, twice.number}
    assert active(12 * DAY, 13 * DAY) == {open_always.number}


def test_facts_of_some_kinds_come_in_the_order_of_time(desk: Desk) -> None:
    late = desk.open(assigned(JO, MONDAY + 5 * HOUR), at=MONDAY)
    early = desk.open(assigned(SAM, MONDAY + 2 * HOUR), watched(LEA), at=MONDAY)
    both = frozenset({"assigned", "watcher_added"})

    def found(end: timedelta) -> list[tuple[int, str]]:
        return desk.store.read(
            lambda tx: [
                (number, fact.kind)
                for number, fact in tx.tickets.recorded_between(both, MONDAY + HOUR, MONDAY + end)
            ]
        )

    assert found(6 * HOUR) == [
        (early.number, "watcher_added"),
        (early.number, "assigned"),
        (late.number, "assigned"),
    ]
    assert found(5 * HOUR) == [(early.number, "watcher_added"), (early.number, "assigned")]


def test_queues_are_kept_by_name(desk: Desk) -> None:
    assert (desk.open(queue=HR).queue, desk.open(queue=IT).queue) == (HR, IT)
