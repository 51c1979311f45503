"""Lists of tickets: who sees what, page by page, in an order and at a speed that hold."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, insert

from chatdesk.adapters.db import SqlStore
from chatdesk.adapters.db.columns import NEVER
from chatdesk.adapters.db.schema import tickets, watchers
from chatdesk.lifecycle.record import dump_ticket, fold
from chatdesk.lifecycle.ticket import UNSOLVED, PersonId, QueueName, Status, Ticket
from chatdesk.ports import TicketQuery, Transaction
from tests.adapters.conftest import BOTH, migrated_store
from tests.adapters.store_stories import (
    EVERYTHING,
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
    opening,
    resolved,
    watched,
)
from tests.inside import connection_of

DAY = timedelta(days=1)


@pytest.fixture
def desk(store: SqlStore) -> Desk:
    return Desk(store)


def test_each_queues_unsolved_tickets_are_counted(desk: Desk) -> None:
    for queue in (IT, IT, HR):
        desk.open(queue=queue)
    solved = desk.open(queue=HR)
    desk.then(solved, resolved(solved, MONDAY + HOUR))
    counted = desk.store.read(lambda tx: tx.tickets.unsolved_by_queue())
    assert counted == {IT: 2, HR: 1}


# --- who sees what --------------------------------------------------------------------------------


def test_confidential_tickets_appear_only_to_their_queue_and_their_own(desk: Desk) -> None:
    desk.open(queue=IT)
    secret = desk.open(queue=HR, is_confidential=True).number
    followed = desk.open(watched(SAM), queue=HR, is_confidential=True).number

    def seen_by(person: PersonId, *queues: QueueName, sees_all: bool = True) -> list[int]:
        who = TicketQuery(
            visible_person=person, visible_queues=frozenset(queues), sees_all_open=sees_all
        )
        return desk.list(who)

    assert seen_by(JO, IT) == [1]
    assert seen_by(LEA, HR) == [followed, secret, 1]
    assert seen_by(SAM, IT) == [followed, 1]
    assert seen_by(MARA, IT) == [followed, secret, 1]
    assert seen_by(SAM, sees_all=False) == [followed]
    assert seen_by(JO, HR, sees_all=False) == []


def test_a_list_tells_when_each_ticket_is_due(desk: Desk) -> None:
    desk.open(due_at=MONDAY + HOUR)
    desk.open(due_at=None)
    listed = desk.store.read(lambda tx: tx.tickets.listed(EVERYTHING))
    assert [(one.ticket.number, one.due_at) for one in listed] == [(2, None), (1, MONDAY + HOUR)]
    named = desk.store.read(lambda tx: tx.tickets.numbered([1, 9, 2]))
    assert [one.ticket.number for one in named] == [1, 2]
    assert desk.store.read(lambda tx: tx.tickets.numbered([])) == []


def test_a_list_of_ones_own_has_what_is_confidential_and_nobody_elses(desk: Desk) -> None:
    desk.open(queue=HR, is_confidential=True)
    desk.open(requester=SAM)
    mine = TicketQuery(visible_person=MARA, requester=MARA)
    assert desk.list(mine) == [1]
    assert desk.list(replace(mine, visible_person=SAM, requester=SAM)) == [2]
    assert desk.list(replace(mine, visible_person=SAM)) == [], "another's, and confidential"


def test_a_list_is_turned_over_page_by_page(desk: Desk) -> None:
    opened = [desk.open(at=MONDAY + n // 2 * HOUR, due_at=MONDAY - n // 2 * HOUR) for n in range(7)]
    newest = [7, 6, 5, 4, 3, 2, 1]
    assert desk.list() == newest
    pages, after = [], None
    while page := desk.list(limit=3, after=after):
        pages += page
        last = opened[page[-1] - 1]
        after = (last.opened_at.isoformat(), last.number)
    assert pages == newest
    by_due = [7, 5, 6, 3, 4, 1, 2]
    assert desk.list(by_due=True) == by_due
    pages, after = [], None
    while page := desk.list(limit=3, after=after, by_due=True):
        pages += page
        after = ("", page[-1])
    assert pages == by_due


def test_what_is_not_due_comes_last(desk: Desk) -> None:
    desk.open()
    desk.open(due_at=MONDAY)
    assert desk.list(by_due=True) == [2, 1]
    assert desk.list(due_before=MONDAY + HOUR) == [2]
    assert desk.list(due_before=MONDAY) == []


def test_a_watched_list_shows_what_a_person_may_see(desk: Desk) -> None:
    desk.open(watched(SAM))
    desk.open(watched(SAM), queue=HR, is_confidential=True)
    assert desk.list(watcher=SAM, visible_person=SAM, visible_queues=frozenset()) == [2, 1]
    assert desk.list(watcher=SAM, visible_person=JO, visible_queues=frozenset()) == [1]


# --- every query, against a plain reading of what it means ----------------------------------------


class Kept:
    """Thirty tickets of every sort, and what a query means, said without SQL."""

    def __init__(self, desk: Desk) -> None:
        self.tickets: list[tuple[Ticket, datetime]] = []
        people, queues = (MARA, JO, SAM), (IT, HR)
        for n in range(30):
            due_at = None if n % 5 == 0 else MONDAY + n % 7 * DAY
            facts = [assigned(people[n % 3])] if n % 2 else []
            watching = [watched(people[(n + 1) % 3])] if n % 4 == 0 else []
            ticket = desk.open(
                *facts,
                *watching,
                by=people[n % 3],
                queue=queues[n % 2 if n < 20 else 0],
                topic=("laptop", "payroll")[n % 2],
                is_confidential=n % 3 == 0,
                at=MONDAY + n // 3 * HOUR,
                due_at=due_at,
            )
            if n % 6 == 1:
                done = resolved(ticket, MONDAY + 40 * HOUR)
                ticket = desk.then(ticket, done, due_at=due_at)
            self.tickets.append((ticket, due_at or NEVER))

    def meant_by(self, query: TicketQuery) -> list[int]:
        found = [one for one in self.tickets if self._is_meant(query, *one)]
        if query.by_due:
            found.sort(key=lambda one: (one[1], one[0].number))
        else:
            found.sort(key=lambda one: (one[0].opened_at, one[0].number), reverse=True)
        return [ticket.number for ticket, _ in found]

    def _is_meant(self, query: TicketQuery, ticket: Ticket, due_at: datetime) -> bool:
        is_own = query.visible_person in {ticket.requester, *ticket.watchers}
        is_open = not ticket.is_confidential or ticket.queue in query.visible_queues
        claims: list[bool] = [
            is_own or (query.sees_all_open and is_open),
            query.statuses is None or ticket.status in query.statuses,
            query.queues is None or ticket.queue in query.queues,
            query.assignee is None or ticket.assignee == query.assignee,
            query.is_unassigned is None or (ticket.assignee is None) is query.is_unassigned,
            query.requester is None or ticket.requester == query.requester,
            query.watcher is None or query.watcher in ticket.watchers,
            query.due_before is None or due_at < query.due_before,
            query.topic is None or ticket.topic == query.topic,
            query.opened_from is None or ticket.opened_at >= query.opened_from,
            query.opened_until is None or ticket.opened_at < query.opened_until,
            str(ticket.number).startswith(query.number_begins),
        ]
        return all(claims)


_PEOPLE = st.sampled_from([MARA, JO, SAM, LEA])
_QUEUES = st.frozensets(st.sampled_from([IT, HR]))
_HOURS = st.integers(0, 12).map(lambda hours: MONDAY + hours * HOUR)
_QUERIES = st.builds(
    TicketQuery,
    visible_person=_PEOPLE,
    visible_queues=_QUEUES,
    sees_all_open=st.booleans(),
    statuses=st.none() | st.just(UNSOLVED) | st.frozensets(st.sampled_from(list(Status))),
    queues=st.none() | _QUEUES,
    assignee=st.none() | _PEOPLE,
    is_unassigned=st.none() | st.booleans(),
    requester=st.none() | _PEOPLE,
    watcher=st.none() | _PEOPLE,
    due_before=st.none() | st.integers(0, 7).map(lambda days: MONDAY + days * DAY),
    topic=st.none() | st.sampled_from(["laptop", "payroll"]),
    opened_from=st.none() | _HOURS,
    opened_until=st.none() | _HOURS,
    number_begins=st.sampled_from(["", "", "1", "2", "10", "9"]),
    by_due=st.booleans(),
    limit=st.integers(1, 40),
)


def test_every_list_is_what_its_query_means(desk: Desk) -> None:
    kept = Kept(desk)

    @settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
    @given(query=_QUERIES)
    def check(query: TicketQuery) -> None:
        meant = kept.meant_by(query)
        assert desk.list(query) == meant[: query.limit]
        assert desk.store.read(lambda tx: tx.tickets.count(query)) == len(meant)
        if len(meant) > query.limit:
            after = ("", meant[query.limit - 1])
            rest = meant[query.limit : 2 * query.limit]
            assert desk.list(query, after=after) == rest

    check()


# --- speed, as the databases plan it --------------------------------------------------------------

QUEUES = [QueueName(f"q{n}") for n in range(10)]
AGENT = PersonId("a7")
MANY = 20_000
HOT = {
    "unassigned": {"is_unassigned": True, "statuses": UNSOLVED, "by_due": True},
    "mine": {"assignee": AGENT, "statuses": UNSOLVED, "by_due": True, "queues": None},
    "at risk": {"statuses": UNSOLVED, "by_due": True, "due_before": MONDAY + 400 * DAY},
    "waiting": {"statuses": frozenset({Status.WAITING}), "by_due": True},
    "at risk anywhere": {
        "statuses": UNSOLVED,
        "by_due": True,
        "due_before": MONDAY + 400 * DAY,
        "queues": None,
    },
    "newest unsolved": {"statuses": UNSOLVED},
    "newest anywhere": {"queues": None},
    "waiting, newest first": {"statuses": frozenset({Status.WAITING}), "queues": None},
    "closed": {"statuses": frozenset({Status.CLOSED}), "queues": None},
    "the requester's": {"requester": PersonId("p3"), "queues": None},
}


def _row(number: int, state: str) -> dict[str, object]:
    is_unsolved = number % 50 == 0
    statuses = ("new", "open", "waiting", "on_hold")
    return {
        "number": number,
        "version": 1,
        "status": statuses[number // 50 % 4] if is_unsolved else "closed",
        "is_unsolved": is_unsolved,
        "queue": QUEUES[number // 7 % 10],
        "topic": "laptop",
        # The newest are confidential: a list must not walk past them one by one.
        "is_confidential": number > MANY * 9 // 10,
        "priority": 1,
        "requester": f"p{number % 100}",
        "opened_by": f"p{number % 100}",
        "assignee": None if number // 50 % 4 == 0 else f"a{number // 50 % 30}",
        "opened_at": MONDAY + number * HOUR / 60,
        "due_at": MONDAY + number * HOUR / 60 + DAY if is_unsolved else NEVER,
        "digest": b"",
        "state": state,
    }


@pytest.fixture(scope="module", params=BOTH)
def big_desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A desk with so many tickets that a bad plan shows."""
    state = dump_ticket(fold([opening(1)]))

    def fill(tx: Transaction) -> None:
        connection = connection_of(tx)
        connection.execute(insert(tickets), [_row(n, state) for n in range(1, MANY + 1)])
        rows = [{"person": AGENT, "number": n} for n in range(1, MANY, 1000)]
        connection.execute(insert(watchers), rows)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql("ANALYZE tickets")

    with migrated_store(request, request.param, is_shared=False) as store:
        store.write(fill)
        yield Desk(store)


def plan_of(desk: Desk, query: TicketQuery) -> list[str]:
    """How the database goes about a list: its plan, line by line."""

    def work(tx: Transaction) -> list[str]:
        connection = connection_of(tx)
        is_sqlite = connection.dialect.name == "sqlite"
        explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN (ANALYZE, TIMING OFF) "
        lines: list[str] = []

        def see(conn: Connection, _: object, statement: str, given: Any, *_rest: object) -> None:
            if statement.startswith("SELECT tickets.state"):
                rows = conn.exec_driver_sql(explain + statement, given)
                lines.extend(str(row[-1]) for row in rows)

        event.listen(connection, "before_cursor_execute", see)
        tx.tickets.find(query)
        event.remove(connection, "before_cursor_execute", see)
        return lines

    return desk.store.read(work)


@pytest.mark.parametrize("hot", HOT.values(), ids=HOT.keys())
def test_a_hot_list_reads_only_what_it_shows(big_desk: Desk, hot: dict[str, object]) -> None:
    given: dict[str, object] = {"queues": frozenset(QUEUES[:3]), **hot}
    query = TicketQuery(
        visible_person=AGENT,
        visible_queues=frozenset(QUEUES[:1]),
        sees_all_open=True,
        **given,  # type: ignore[arg-type]  # fields of a query
    )
    plan = plan_of(big_desk, query)
    assert plan
    whole = [line for line in plan if "SCAN tickets" in line or "Seq Scan on tickets" in line]
    assert whole == []
    removed = [line for line in plan if "Rows Removed by Filter" in line]
    assert sum(int(line.rpartition(":")[2]) for line in removed) < 100
    bare = [line for line in plan if "SEARCH tickets" in line and "=?" not in line]
    assert bare == []


def test_a_list_of_a_watcher_starts_from_what_they_watch(
    big_desk: Desk,
) -> None:
    query = replace(EVERYTHING, watcher=AGENT, visible_person=AGENT)
    plan = "\n".join(plan_of(big_desk, query))
    assert "tickets_newest" not in plan
    assert "SCAN tickets" not in plan
