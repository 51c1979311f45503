"""The order of a lane, whatever happens to its rows and however many work on it."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chatdesk.adapters.db import SqlStore, open_store
from chatdesk.lifecycle import record
from chatdesk.lifecycle.ticket import EntryId
from chatdesk.ports import Outgoing, Transaction
from tests.adapters.conftest import BOTH, migrated_url
from tests.adapters.store_stories import A_MINUTE, MONDAY, NOW, Desk
from tests.inside import connection_of

LANES = ("person:mara", "person:jo", "ticket:1:requester")
SPANS = st.sampled_from([NOW, timedelta(seconds=15), timedelta(minutes=10)])
LEASE = timedelta(seconds=10)


@dataclass
class Row:
    """A row as the story tells it."""

    lane: str
    next_at: datetime
    state: str = "ready"
    attempt: int = 0
    failures: int = 0
    is_unknown: bool = False


@dataclass
class Lane:
    """What a lane should do: its unfinished rows in order, the first one being the head."""

    waiting: list[str] = field(default_factory=list)
    head: str | None = None

    def settle(self) -> None:
        """Take the oldest waiting row for a head, if there is none."""
        if self.head is None and self.waiting:
            self.head = self.waiting[0]

    def leave(self, key: str) -> None:
        """Let a row go."""
        self.waiting.remove(key)
        if self.head == key:
            self.head = None
        self.settle()


class Lanes(RuleBasedStateMachine):
    """Everything that can happen to rows, on a database and in a plain story, side by side."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.now = MONDAY
        self.store = open_store(self.url, record, real_time=lambda: self.now)
        self.store.write(_forget_all)
        self.rows: dict[str, Row] = {}
        self.order: list[str] = []
        self.lanes: dict[str, Lane] = defaultdict(Lane)
        self.claimed: list[Outgoing] = []

    def teardown(self) -> None:
        self.store.close()

    @rule(puts=st.lists(st.tuples(st.sampled_from(LANES), SPANS), min_size=1, max_size=4))
    def put(self, puts: list[tuple[str, timedelta]]) -> None:
        def work(tx: Transaction) -> list[str | None]:
            number = len(self.rows)
            return [
                tx.outbox.put(lane, "replied", 1, {"entry": f"e{number + n}"}, after=after)
                for n, (lane, after) in enumerate(puts)
            ]

        for key, (lane, after) in zip(self.store.write(work), puts, strict=True):
            assert key is not None
            self.rows[key] = Row(lane, self.now + after)
            self.order.append(key)
            self.lanes[lane].waiting.append(key)
            self.lanes[lane].settle()

    @rule(limit=st.integers(1, 4))
    def claim(self, limit: int) -> None:
        heads = [lane.head for lane in self.lanes.values() if lane.head is not None]
        due = [key for key in heads if self.rows[key].next_at <= self.now]
        due.sort(key=lambda key: (self.rows[key].next_at, self.order.index(key)))
        found = self.store.write(lambda tx: tx.outbox.claim(limit, LEASE))
        assert {row.key for row in found} == set(due[:limit])
        for row in found:
            story = self.rows[row.key]
            story.attempt += 1
            story.failures += story.state == "sending"
            story.is_unknown = story.is_unknown or story.state == "sending"
            story.state, story.next_at = "sending", self.now + LEASE
            assert row.attempt == story.attempt
            assert row.failures == story.failures
            assert row.was_interrupted == story.is_unknown
        self.claimed += found

    @precondition(lambda self: self.claimed)
    @rule(data=st.data(), how=st.sampled_from(["sent", "again", "park"]), after=SPANS)
    def end(self, data: st.DataObject, how: str, after: timedelta) -> None:
        row = data.draw(st.sampled_from(self.claimed))
        story = self.rows[row.key]
        is_newest = story.state == "sending" and story.attempt == row.attempt
        if how == "again":
            ended = self.store.write(
                lambda tx: tx.outbox.again(row, after, "later", is_unknown=False)
            )
        elif how == "park":
            ended = self.store.write(lambda tx: tx.outbox.park(row, "no"))
        else:
            ended = self.store.write(lambda tx: tx.outbox.sent(row, "m"))
        assert ended == is_newest
        if not is_newest:
            return
        if how == "again":
            story.state, story.next_at, story.is_unknown = "ready", self.now + after, False
            story.failures += 1
            return
        story.state = {"sent": "sent", "park": "parked"}[how]
        self.lanes[story.lane].leave(row.key)

    @precondition(lambda self: self.rows)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        number = data.draw(st.integers(0, len(self.order) - 1))
        key = self.order[number]
        story = self.rows[key]
        could = story.state == "ready" and story.attempt == 0
        entry = EntryId(f"e{number}")
        assert self.store.write(lambda tx: tx.outbox.withdraw(1, "replied", entry)) == could
        if could:
            story.state = "withdrawn"
            self.lanes[story.lane].leave(key)

    @rule()
    def replay(self) -> None:
        parked = [key for key in self.order if self.rows[key].state == "parked"]
        assert self.store.write(lambda tx: tx.outbox.replay()) == len(parked)
        for key in parked:
            story = self.rows[key]
            story.state, story.next_at, story.is_unknown = "ready", self.now, True
            story.failures = 0
            lane = self.lanes[story.lane]
            lane.waiting = sorted([*lane.waiting, key], key=self.order.index)
        for lane in self.lanes.values():
            lane.settle()

    @rule(span=st.sampled_from([timedelta(seconds=10), A_MINUTE, timedelta(minutes=20)]))
    def pass_time(self, span: timedelta) -> None:
        self.now += span

    @invariant()
    def sleep_is_right(self) -> None:
        heads = [lane.head for lane in self.lanes.values() if lane.head is not None]
        due_in = self.store.read(lambda tx: tx.outbox.next_due_in())
        soonest = min((self.rows[key].next_at for key in heads), default=None)
        assert due_in == (None if soonest is None else max(soonest - self.now, NOW))


def _forget_all(tx: Transaction) -> None:
    connection_of(tx).exec_driver_sql("DELETE FROM outbox")


@pytest.fixture(params=BOTH)
def lanes_url(request: pytest.FixtureRequest) -> Iterator[str]:
    with migrated_url(request, request.param) as url:
        yield url


def test_lanes_keep_their_order_whatever_happens(lanes_url: str) -> None:
    class There(Lanes):
        url = lanes_url

    few = settings(max_examples=15, stateful_step_count=50)
    There.TestCase.settings = few
    There.TestCase().runTest()


class Crew:
    """Four who put and four who send, through two stores."""

    def __init__(self, *stores: SqlStore) -> None:
        self.stores = stores
        self.sent: dict[str, list[str]] = defaultdict(list)
        self.guard, self.all_put = threading.Lock(), threading.Event()

    def put(self, number: int) -> None:
        """Put notices into a lane of one's own and into one that all share."""
        for n in range(25):
            self.stores[number % 2].write(partial(self._put_twice, number, f"{number}.{n}"))

    def _put_twice(self, number: int, notice: str, tx: Transaction) -> None:
        for lane in (f"person:{number}", "person:everybody"):
            tx.outbox.put(lane, notice, None, {})

    def send(self, number: int) -> None:
        """Send whatever is due until all is sent."""
        store = self.stores[number % 2]
        while True:
            is_over = self.all_put.is_set()
            rows = store.write(lambda tx: tx.outbox.claim(3, A_MINUTE))
            for row in rows:
                with self.guard:
                    self.sent[row.lane].append(row.notice)
                assert end(store, row)
            if is_over and store.read(lambda tx: tx.outbox.next_due_in()) is None:
                return


def test_lanes_keep_their_order_however_many_work(store: SqlStore, store_url: str) -> None:
    other = open_store(store_url, record)
    crew = Crew(store, other)
    with ThreadPoolExecutor(8) as pool:
        senders = [pool.submit(crew.send, number) for number in range(4)]
        putters = [pool.submit(crew.put, number) for number in range(4)]
        wait(putters)
        crew.all_put.set()
        for one in putters + senders:
            one.result()
    other.close()
    shared = crew.sent["person:everybody"]
    assert len(shared) == 100, "nothing is lost or doubled"
    for number in range(4):
        put = [f"{number}.{n}" for n in range(25)]
        assert crew.sent[f"person:{number}"] == put
        assert [notice for notice in shared if notice in put] == put


def test_a_row_put_while_the_one_before_it_ends_is_not_forgotten(
    store: SqlStore, store_url: str
) -> None:
    """The putter has not committed yet, and whoever ends the head cannot see the new row."""
    Desk(store).put("person:mara", "first")
    (first,) = store.write(lambda tx: tx.outbox.claim(1, A_MINUTE))
    about_to_commit, may_commit = threading.Event(), threading.Event()

    def hold_back(statement: str) -> None:
        if statement == "COMMIT":
            about_to_commit.set()
            may_commit.wait()

    slow = open_store(store_url, record, on_statement=hold_back)
    with ThreadPoolExecutor(2) as pool:
        putting = pool.submit(Desk(slow).put, "person:mara", "second")
        about_to_commit.wait()
        ending = pool.submit(end, store, first)
        # Whoever did not wait for the putter would be done by now.
        wait([ending], timeout=0.5)
        may_commit.set()
        putting.result()
        assert ending.result()
    slow.close()
    (second,) = store.write(lambda tx: tx.outbox.claim(1, A_MINUTE))
    assert second.notice == "second"


@pytest.mark.parametrize("is_own", [True, False])
def test_only_the_lanes_that_others_can_know_of_are_taken(store_url: str, *, is_own: bool) -> None:
    heard: list[str] = []
    store = open_store(store_url, record, on_statement=heard.append)

    def put(tx: Transaction) -> None:
        number = tx.tickets.next_number()
        lane = f"ticket:{number}:requester" if is_own else f"ticket:{number + 1}:requester"
        tx.outbox.put(lane, "first", number, {}, after=NOW)

    store.write(put)
    is_taken = any("pg_advisory_xact_lock" in statement for statement in heard)
    assert is_taken is (store_url.startswith("postgresql") and not is_own)
    (first,) = store.write(lambda tx: tx.outbox.claim(1, A_MINUTE))
    assert first.notice == "first", "it is its lane's head either way"
    store.close()


def end(store: SqlStore, row: Outgoing) -> bool:
    return store.write(lambda tx: tx.outbox.sent(row, "m"))
