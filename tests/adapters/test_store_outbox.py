"""Notices on their way out: order in a lane, fencing, backoff and what is set aside."""

from datetime import timedelta

import pytest

from chatdesk.adapters.db import SqlStore
from chatdesk.lifecycle.ticket import EntryId
from chatdesk.ports import Outgoing, Store, Transaction
from tests.adapters.store_stories import A_MINUTE, HOUR, NOW, Desk

LANE, OTHER = "ticket:1:requester", "person:mara"


@pytest.fixture
def desk(store: SqlStore) -> Desk:
    return Desk(store)


def claim(store: Store, limit: int = 10, lease: timedelta = A_MINUTE) -> list[Outgoing]:
    return store.write(lambda tx: tx.outbox.claim(limit, lease))


def notices(rows: list[Outgoing]) -> list[str]:
    return [row.notice for row in rows]


def send(store: Store, row: Outgoing) -> bool:
    return store.write(lambda tx: tx.outbox.sent(row, "m1"))


def park(store: Store, row: Outgoing, why: str) -> bool:
    return store.write(lambda tx: tx.outbox.park(row, why))


def again(store: Store, row: Outgoing, after: timedelta = NOW, **how: bool) -> bool:
    ending = {"is_unknown": False, **how}
    return store.write(lambda tx: tx.outbox.again(row, after, "HTTP 503", **ending))


def test_a_row_is_claimed_as_it_was_put(desk: Desk) -> None:
    payload = {"entry": "e1", "text": "\x00 \ud800 'quoted' ü", "n": [1, None]}
    key = desk.store.write(lambda tx: tx.outbox.put(LANE, "replied", 1, payload))
    (row,) = claim(desk.store)
    assert key is not None
    assert len(key) <= 25
    assert row == Outgoing(
        key=key, lane=LANE, seq=row.seq, notice="replied", number=1, payload=payload, attempt=1
    )


def test_only_the_first_row_of_a_lane_can_be_claimed(desk: Desk) -> None:
    desk.put(LANE, "a", "b", "c")
    desk.put(OTHER, "x")
    first = claim(desk.store)
    assert sorted(notices(first)) == ["a", "x"]
    assert claim(desk.store) == []
    assert all(send(desk.store, row) for row in first)
    assert notices(claim(desk.store)) == ["b"]


def test_a_row_becoming_due_later_holds_back_those_behind_it(desk: Desk) -> None:
    desk.put(LANE, "reply", after=HOUR)
    desk.put(LANE, "note")
    desk.put(OTHER, "x")
    assert notices(claim(desk.store)) == ["x"]


def test_a_claim_takes_no_more_than_asked(desk: Desk) -> None:
    for lane in range(5):
        desk.put(f"person:{lane}", "hello")
    assert len(claim(desk.store, limit=2)) == 2
    assert len(claim(desk.store, limit=2)) == 2
    assert len(claim(desk.store, limit=2)) == 1


def test_rows_of_one_unit_and_of_several_keep_their_order(desk: Desk) -> None:
    desk.put(LANE, "a", "b")
    desk.put(LANE, "c")
    sent = []
    while rows := claim(desk.store):
        sent += notices(rows)
        assert send(desk.store, rows[0])
    assert sent == ["a", "b", "c"]


def test_an_old_attempt_ends_nothing(desk: Desk) -> None:
    desk.put(LANE, "a", "b")
    (slow,) = claim(desk.store, lease=NOW)
    (quick,) = claim(desk.store)
    assert (slow.attempt, quick.attempt) == (1, 2)
    assert quick.was_interrupted
    assert quick.failures == 1
    assert not send(desk.store, slow)
    assert not again(desk.store, slow)
    assert not desk.store.write(lambda tx: tx.outbox.park(slow, "no"))
    assert send(desk.store, quick)
    assert not send(desk.store, quick)
    assert notices(claim(desk.store)) == ["b"]


def test_a_row_whose_lease_ran_out_still_belongs_to_who_had_it_last(desk: Desk) -> None:
    desk.put(LANE, "a")
    (row,) = claim(desk.store, lease=NOW)
    assert send(desk.store, row)
    assert claim(desk.store) == []


def test_a_row_given_back_waits_and_its_lane_with_it(desk: Desk) -> None:
    desk.put(LANE, "a", "b")
    (row,) = claim(desk.store)
    assert again(desk.store, row, HOUR)
    assert claim(desk.store) == []
    assert desk.store.write(lambda tx: tx.outbox.hasten([LANE, "person:nobody"])) == 1
    assert desk.store.write(lambda tx: tx.outbox.hasten([LANE])) == 0
    (row,) = claim(desk.store)
    assert (row.notice, row.attempt, row.failures, row.why) == ("a", 2, 1, "HTTP 503")
    assert not row.was_interrupted


def test_hastening_does_not_shorten_the_time_for_an_undo(desk: Desk) -> None:
    desk.put(LANE, "reply", after=HOUR)
    assert desk.store.write(lambda tx: tx.outbox.hasten([LANE])) == 0
    assert claim(desk.store) == []


def test_an_unknown_end_is_looked_for_and_a_rate_limit_is_no_failure(desk: Desk) -> None:
    desk.put(LANE, "a")
    (row,) = claim(desk.store)
    assert again(desk.store, row, is_unknown=True)
    (row,) = claim(desk.store)
    assert row.was_interrupted
    assert row.failures == 1
    assert again(desk.store, row, is_failure=False)
    (row,) = claim(desk.store)
    assert not row.was_interrupted
    assert row.failures == 1


def test_a_parked_row_lets_its_lane_flow_on_and_can_be_replayed(desk: Desk) -> None:
    desk.put(LANE, "bad", "good", "late")
    (bad,) = claim(desk.store)
    assert desk.store.write(lambda tx: tx.outbox.park(bad, "invalid_blocks"))
    (good,) = claim(desk.store)
    assert good.notice == "good"
    (parked,) = desk.store.read(lambda tx: tx.outbox.parked())
    assert (parked.key, parked.why) == (bad.key, "invalid_blocks")
    assert desk.store.write(lambda tx: tx.outbox.replay(["unknown"])) == 0
    assert desk.store.write(lambda tx: tx.outbox.replay([bad.key])) == 1
    assert claim(desk.store) == [], "the lane is busy with what was sent meanwhile"
    assert send(desk.store, good)
    (row,) = claim(desk.store)
    assert (row.notice, row.failures, row.was_interrupted) == ("bad", 0, True)
    assert row.attempt > bad.attempt
    assert not desk.store.write(lambda tx: tx.outbox.sent(bad, "m"))
    assert desk.store.read(lambda tx: tx.outbox.parked()) == []


def test_all_parked_rows_can_be_replayed_at_once(desk: Desk) -> None:
    for lane in range(3):
        desk.put(f"person:{lane}", "hello")
    for row in claim(desk.store):
        assert park(desk.store, row, "x")
    assert len(desk.store.read(lambda tx: tx.outbox.parked(limit=2))) == 2
    assert desk.store.write(lambda tx: tx.outbox.replay()) == 3
    assert len(claim(desk.store)) == 3


def test_an_untouched_row_shows_the_newest_state_anyway(desk: Desk) -> None:
    def refresh(tx: Transaction) -> str | None:
        return tx.outbox.put(LANE, "card", 1, {}, collapse=True)

    assert desk.store.write(refresh)
    assert desk.store.write(refresh) is None
    assert desk.store.write(lambda tx: tx.outbox.put(OTHER, "card", 1, {}, collapse=True))
    assert desk.store.write(lambda tx: tx.outbox.put(LANE, "other", 1, {}, collapse=True))
    claim(desk.store)
    assert desk.store.write(refresh), "one that is being sent may show too old a state"
    assert desk.store.write(refresh) is None


def test_rows_of_one_unit_collapse_too(desk: Desk) -> None:
    def twice(tx: Transaction) -> list[str | None]:
        return [tx.outbox.put(LANE, "card", 1, {}, collapse=True) for _ in range(2)]

    first, second = desk.store.write(twice)
    assert first
    assert second is None


def test_a_reply_can_be_withdrawn_until_somebody_begins_to_send_it(desk: Desk) -> None:
    entry, late = EntryId("e1"), EntryId("e2")

    def reply(tx: Transaction, entry: EntryId, after: timedelta) -> None:
        tx.outbox.put(LANE, "replied", 1, {"entry": entry}, after=after)

    desk.store.write(lambda tx: reply(tx, entry, HOUR))
    desk.put(LANE, "b")
    assert desk.store.read(lambda tx: tx.outbox.is_on_its_way("replied", entry))
    assert not desk.store.write(lambda tx: tx.outbox.withdraw(2, "replied", entry))
    assert not desk.store.write(lambda tx: tx.outbox.withdraw(1, "asked", entry))
    assert desk.store.write(lambda tx: tx.outbox.withdraw(1, "replied", entry))
    assert not desk.store.write(lambda tx: tx.outbox.withdraw(1, "replied", entry))
    assert not desk.store.read(lambda tx: tx.outbox.is_on_its_way("replied", entry))
    (b,) = claim(desk.store)
    assert b.notice == "b"
    assert send(desk.store, b)
    desk.store.write(lambda tx: reply(tx, late, NOW))
    (row,) = claim(desk.store)
    assert not desk.store.write(lambda tx: tx.outbox.withdraw(1, "replied", late))
    assert desk.store.read(lambda tx: tx.outbox.is_on_its_way("replied", late))
    assert send(desk.store, row)
    assert not desk.store.read(lambda tx: tx.outbox.is_on_its_way("replied", late))


def test_what_is_put_and_withdrawn_in_one_unit_never_was(desk: Desk) -> None:
    def work(tx: Transaction) -> bool:
        tx.outbox.put(LANE, "replied", 1, {"entry": "e"})
        return tx.outbox.is_on_its_way("replied", EntryId("e")) and tx.outbox.withdraw(
            1, "replied", EntryId("e")
        )

    assert desk.store.write(work)
    assert claim(desk.store) == []


def test_a_unit_that_fails_puts_nothing(desk: Desk) -> None:
    def work(tx: Transaction) -> None:
        tx.outbox.put(LANE, "a", None, {})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        desk.store.write(work)
    assert claim(desk.store) == []


def test_a_worker_knows_how_long_it_may_sleep(desk: Desk) -> None:
    def due_in() -> timedelta | None:
        return desk.store.read(lambda tx: tx.outbox.next_due_in())

    assert due_in() is None
    desk.put(LANE, "later", after=HOUR)
    waiting = due_in()
    assert waiting is not None
    assert HOUR - A_MINUTE < waiting <= HOUR
    desk.put(LANE, "behind it")
    still = due_in()
    assert still is not None
    assert still > HOUR - A_MINUTE, "a row that cannot be claimed wakes nobody"
    desk.put(OTHER, "now")
    assert due_in() == NOW
    claim(desk.store, lease=A_MINUTE)
    leased = due_in()
    assert leased is not None
    assert NOW < leased <= A_MINUTE


def test_the_oldest_unsent_row_is_known_by_its_age(desk: Desk) -> None:
    def age() -> timedelta | None:
        return desk.store.read(lambda tx: tx.outbox.oldest_unsent())

    assert age() is None
    desk.put(LANE, "later", after=HOUR)
    assert age() is None
    desk.put(OTHER, "late", after=-HOUR)
    old = age()
    assert old is not None
    assert HOUR <= old < HOUR + A_MINUTE
    (row,) = claim(desk.store)
    assert again(desk.store, row, HOUR), "postponing it does not make it younger"
    assert age() is not None
