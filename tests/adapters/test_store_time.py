"""Timers, leases, subscriptions, conversations and marks in the store."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

import pytest

from chatdesk.adapters.db import SqlStore
from chatdesk.ports import DueTimer, Place, Subscription, Transaction
from tests.adapters.store_stories import A_MINUTE, HOUR, JO, MARA, MONDAY, NOW


def due(store: SqlStore, now: datetime, limit: int = 10) -> list[DueTimer]:
    return store.write(lambda tx: tx.timers.claim_due(now, limit, A_MINUTE))


def set_of(store: SqlStore, number: int = 1, **timers: datetime) -> None:
    store.write(lambda tx: tx.timers.set_of(number, timers))


def timer(name: str, at: datetime, number: int | None = 1) -> DueTimer:
    return DueTimer(number=number, name=name, due_at=at)


def test_timers_become_due_in_their_order(store: SqlStore) -> None:
    set_of(store, wake=MONDAY + HOUR, nudge=MONDAY)
    set_of(store, 2, wake=MONDAY - HOUR)
    assert store.read(lambda tx: tx.timers.next_due_at()) == MONDAY - HOUR
    assert due(store, MONDAY - 2 * HOUR) == []
    assert due(store, MONDAY, limit=1) == [timer("wake", MONDAY - HOUR, 2)]
    assert due(store, MONDAY) == [timer("nudge", MONDAY)]
    assert due(store, MONDAY) == []


def test_a_claimed_timer_comes_again_unless_it_was_decided(store: SqlStore) -> None:
    set_of(store, wake=MONDAY, nudge=MONDAY)
    assert len(due(store, MONDAY)) == 2
    store.write(lambda tx: tx.timers.done(timer("wake", MONDAY)))
    assert due(store, MONDAY + timedelta(seconds=59)) == []
    assert due(store, MONDAY + A_MINUTE) == [timer("nudge", MONDAY)]


def test_only_what_differs_is_written(store: SqlStore) -> None:
    set_of(store, kept=MONDAY, moved=MONDAY, gone=MONDAY)
    due(store, MONDAY)
    set_of(store, kept=MONDAY, moved=MONDAY + timedelta(microseconds=1), new=MONDAY)
    moved = timer("moved", MONDAY + timedelta(microseconds=1))
    assert due(store, MONDAY + timedelta(seconds=1)) == [timer("new", MONDAY), moved]
    assert due(store, MONDAY + A_MINUTE) == [timer("kept", MONDAY)], "its lease was left alone"


def test_whoever_holds_a_timer_that_changed_ends_nothing(store: SqlStore) -> None:
    set_of(store, wake=MONDAY)
    (old,) = due(store, MONDAY)
    set_of(store, wake=MONDAY + HOUR)
    store.write(lambda tx: tx.timers.done(old))
    store.write(lambda tx: tx.timers.later(old, MONDAY + 5 * HOUR))
    assert due(store, MONDAY + HOUR) == [timer("wake", MONDAY + HOUR)]


def test_a_timer_can_be_looked_at_again_later(store: SqlStore) -> None:
    set_of(store, wake=MONDAY)
    (found,) = due(store, MONDAY)
    store.write(lambda tx: tx.timers.later(found, MONDAY + 2 * HOUR))
    assert store.read(lambda tx: tx.timers.next_due_at()) == MONDAY + 2 * HOUR
    assert due(store, MONDAY + HOUR) == []
    assert due(store, MONDAY + 2 * HOUR) == [found]


def test_a_recurring_occurrence_comes_once_for_ever(store: SqlStore) -> None:
    def once(occurrence: str) -> bool:
        return store.write(lambda tx: tx.timers.set_once("digest", occurrence, MONDAY))

    assert once("mara:2026-03-02")
    assert not once("mara:2026-03-02")
    assert once("mara:2026-03-03")
    assert store.read(lambda tx: tx.timers.next_due_at()) == MONDAY
    found = due(store, MONDAY)
    assert found == [
        timer("digest:mara:2026-03-02", MONDAY, None),
        timer("digest:mara:2026-03-03", MONDAY, None),
    ]
    store.write(lambda tx: tx.timers.done(found[0]))
    store.write(lambda tx: tx.timers.later(found[1], MONDAY + HOUR))
    assert not once("mara:2026-03-02")
    assert due(store, MONDAY + A_MINUTE) == []
    assert due(store, MONDAY + HOUR) == [found[1]]
    store.write(lambda tx: tx.timers.done(found[1]))
    assert store.read(lambda tx: tx.timers.next_due_at()) is None
    with pytest.raises(ValueError, match="no colon"):
        store.write(lambda tx: tx.timers.set_once("di:gest", "1", MONDAY))


def _set_once(day: str, tx: Transaction) -> None:
    assert tx.timers.set_once("digest", day, MONDAY)


def test_tickets_and_recurring_timers_share_a_limit(store: SqlStore) -> None:
    set_of(store, wake=MONDAY)
    for day in ("1", "2", "3"):
        store.write(partial(_set_once, day))
    assert len(due(store, MONDAY, limit=3)) == 3
    assert len(due(store, MONDAY, limit=3)) == 1


# --- leases ---------------------------------------------------------------------------------------


def test_a_lease_has_one_holder_at_a_time(store: SqlStore) -> None:
    def take(holder: str, lasts: timedelta = HOUR) -> bool:
        return store.write(lambda tx: tx.leases.take("gateway", holder, lasts))

    assert take("a")
    assert not take("b")
    assert take("a"), "one's own is renewed"
    store.write(lambda tx: tx.leases.give_back("gateway", "b"))
    assert not take("b")
    store.write(lambda tx: tx.leases.give_back("gateway", "a"))
    assert take("b", NOW)
    assert take("a"), "one that ran out is free"
    assert store.write(lambda tx: tx.leases.take("other", "b", HOUR))


def test_it_is_known_who_holds_leases_of_a_kind(store: SqlStore) -> None:
    def take(name: str, holder: str, lasts: timedelta = HOUR) -> bool:
        return store.write(lambda tx: tx.leases.take(name, holder, lasts))

    take("shard_1", "a")
    take("shard_2", "b")
    take("shard_3", "c", NOW)  # has run out
    take("shards", "d")  # `_` stands for itself alone
    assert store.read(lambda tx: tx.leases.held("shard_")) == {"shard_1": "a", "shard_2": "b"}


def _subscribe(subscription: Subscription, tx: Transaction) -> None:
    tx.subscriptions.set(subscription)


# --- named things ---------------------------------------------------------------------------------


def test_subscriptions_are_one_a_person_and_period(store: SqlStore) -> None:
    daily = Subscription(person=MARA, period="daily", hour=8, zone="Europe/Berlin")
    weekly = Subscription(person=MARA, period="weekly", hour=9, zone="UTC")
    later = Subscription(person=MARA, period="daily", hour=17, zone="Asia/Tokyo")
    other = Subscription(person=JO, period="daily", hour=7, zone="UTC")
    for one in (daily, weekly, later, other):
        store.write(partial(_subscribe, one))
    assert store.read(lambda tx: tx.subscriptions.all()) == [other, later, weekly]
    store.write(lambda tx: tx.subscriptions.remove(MARA))
    assert store.read(lambda tx: tx.subscriptions.all()) == [other]


def test_marks_are_set_and_replaced(store: SqlStore) -> None:
    assert store.read(lambda tx: tx.marks.get("commands")) is None
    store.write(lambda tx: tx.marks.set("commands", "hash 1"))
    store.write(lambda tx: tx.marks.set("commands", "hash 2"))
    assert store.read(lambda tx: tx.marks.get("commands")) == "hash 2"


# --- conversations --------------------------------------------------------------------------------


def test_the_first_place_of_a_lane_wins_until_it_is_moved(store: SqlStore) -> None:
    here = Place(platform="slack", place="C1", thread="1.2")
    there = Place(platform="slack", place="C2")
    assert store.read(lambda tx: tx.conversations.place("ticket:1:requester")) is None
    store.write(lambda tx: tx.conversations.bind("ticket:1:requester", here))
    store.write(lambda tx: tx.conversations.bind("ticket:1:requester", there))
    assert store.read(lambda tx: tx.conversations.place("ticket:1:requester")) == here
    assert store.read(lambda tx: tx.conversations.lane_at("slack", "C1", "1.2")) == (
        "ticket:1:requester"
    )
    assert store.read(lambda tx: tx.conversations.lane_at("slack", "C1", "")) is None
    store.write(lambda tx: tx.conversations.rebind("ticket:1:requester", there))
    assert store.read(lambda tx: tx.conversations.place("ticket:1:requester")) == there
    assert store.read(lambda tx: tx.conversations.lane_at("slack", "C1", "1.2")) is None


def test_of_several_lanes_in_a_place_the_latest_speaks(store: SqlStore) -> None:
    place = Place(platform="slack", place="D1")
    store.write(lambda tx: tx.conversations.bind("person:mara", place))
    store.write(lambda tx: tx.conversations.bind("ticket:1:requester", place))
    assert store.read(lambda tx: tx.conversations.lane_at("slack", "D1", "")) == (
        "ticket:1:requester"
    )
    store.write(lambda tx: tx.conversations.rebind("person:mara", place))
    assert store.read(lambda tx: tx.conversations.lane_at("slack", "D1", "")) == "person:mara"


def test_a_lane_that_leaves_its_place_begins_anew(store: SqlStore) -> None:
    lane, other = "ticket:1:requester", "ticket:2:requester"
    here = Place(platform="slack", place="C1", thread="1.2")
    store.write(lambda tx: tx.conversations.bind(lane, here))
    store.write(lambda tx: tx.conversations.link(lane, "card", "m1"))
    store.write(lambda tx: tx.conversations.link(other, "card", "m2"))
    store.write(lambda tx: tx.conversations.leave(lane))
    assert store.read(lambda tx: tx.conversations.place(lane)) is None
    assert store.read(lambda tx: tx.conversations.message(lane, "card")) is None
    assert store.read(lambda tx: tx.conversations.message(other, "card")) == "m2"


def test_lanes_go_with_a_place_that_gets_another_id(store: SqlStore) -> None:
    for number, place in enumerate(("C1", "C1", "C2"), start=1):
        spot = Place(platform="slack", place=place, thread=f"{number}.0")
        store.write(lambda tx, n=number, s=spot: tx.conversations.bind(f"ticket:{n}:requester", s))  # type: ignore[misc]  # bound at once
    store.write(lambda tx: tx.conversations.move("slack", "C1", "C9"))
    store.write(lambda tx: tx.conversations.move("discord", "C2", "C9"))
    assert [
        store.read(lambda tx, n=number: tx.conversations.place(f"ticket:{n}:requester"))  # type: ignore[misc]  # bound at once
        for number in (1, 2, 3)
    ] == [
        Place(platform="slack", place="C9", thread="1.0"),
        Place(platform="slack", place="C9", thread="2.0"),
        Place(platform="slack", place="C2", thread="3.0"),
    ]


def test_messages_and_what_they_show_are_found_from_each_other(store: SqlStore) -> None:
    lane = "ticket:1:agents:it"
    store.write(lambda tx: tx.conversations.link(lane, "card", "m1"))
    store.write(lambda tx: tx.conversations.link(lane, "entry:e1", "m2"))
    assert store.read(lambda tx: tx.conversations.message(lane, "card")) == "m1"
    assert store.read(lambda tx: tx.conversations.what(lane, "m2")) == "entry:e1"
    assert store.read(lambda tx: tx.conversations.what("person:mara", "m2")) is None
    store.write(lambda tx: tx.conversations.link(lane, "card", "m3"))
    assert store.read(lambda tx: tx.conversations.message(lane, "card")) == "m3"
    assert store.read(lambda tx: tx.conversations.what(lane, "m1")) is None


def test_words_are_added_to_a_mark_once_and_none_is_lost(store: SqlStore) -> None:
    lanes = [f"ticket:{number}:requester" for number in range(1, 9)]
    with ThreadPoolExecutor(len(lanes)) as people:
        for lane in lanes:
            people.submit(store.write, lambda tx, one=lane: tx.marks.add("asides", one))
    assert sorted((store.read(lambda tx: tx.marks.get("asides")) or "").split()) == lanes
    store.write(lambda tx: tx.marks.add("asides", "ticket:1:requester"))
    store.write(lambda tx: tx.marks.add("asides", "Ticket:1:requester"))
    found = (store.read(lambda tx: tx.marks.get("asides")) or "").split()
    assert sorted(found) == ["Ticket:1:requester", *lanes]
    store.write(lambda tx: tx.marks.set("asides", ""))
    store.write(lambda tx: tx.marks.add("asides", "anew"))
    assert store.read(lambda tx: tx.marks.get("asides")) == "anew"


def test_words_are_added_by_statements_that_read_nothing_before(store: SqlStore) -> None:
    store.write(lambda tx: tx.marks.set("asides", "first"))

    def two(tx: Transaction) -> None:
        tx.marks.add("asides", "second")
        tx.marks.add("asides", "third")

    store.write(two)
    assert store.read(lambda tx: tx.marks.get("asides")) == "first second third"


def test_marks_are_found_by_how_their_names_begin(store: SqlStore) -> None:
    for name in ("discord:direct:1", "discord:direct:2", "discord:directs", "discord_direct:3"):
        store.write(lambda tx, one=name: tx.marks.set(one, "D"))  # type: ignore[misc]  # bound at once
    found = store.read(lambda tx: tx.marks.beginning("discord:direct:"))
    assert found == {"discord:direct:1": "D", "discord:direct:2": "D"}
    assert store.read(lambda tx: tx.marks.beginning("discord_")) == {"discord_direct:3": "D"}
