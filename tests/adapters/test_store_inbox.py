"""Deliveries from platforms: kept once, with one effect however often they arrive."""

from collections.abc import Mapping
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from chatdesk.adapters.db import SqlStore, open_store
from chatdesk.lifecycle import record
from chatdesk.ports import Delivery, InboxRow, Stale, Transaction
from tests.adapters.store_stories import HOUR, NOW

BODY = {"text": "VPN drops \x00 \ud83d", "n": [1, {"a": None}]}


def accept(store: SqlStore, key: str = "k1", body: Mapping[str, Any] = BODY) -> InboxRow:
    return store.write(lambda tx: tx.inbox.accept(key, "slack", body))


def test_a_delivery_is_fresh_once_and_then_known(store: SqlStore) -> None:
    first = accept(store)
    assert (first.state, first.body, first.answer) == (Delivery.FRESH, BODY, None)
    assert first.received_at is not None
    second = accept(store, body={"n": [1, {"a": None}], "text": "VPN drops \x00 \ud83d"})
    assert (second.state, second.received_at) == (Delivery.UNFINISHED, first.received_at)
    assert store.read(lambda tx: tx.inbox.known("k1")) == second
    store.write(lambda tx: tx.inbox.finish("k1", {"said": "#1"}))
    third = accept(store)
    assert (third.state, third.answer) == (Delivery.DONE, {"said": "#1"})
    assert store.read(lambda tx: tx.inbox.known("k1")) == third
    assert store.read(lambda tx: tx.inbox.known("k2")) is None


def test_the_same_key_with_another_body_conflicts(store: SqlStore) -> None:
    accept(store)
    assert accept(store, body={**BODY, "n": 2}).state is Delivery.CONFLICTING
    store.write(lambda tx: tx.inbox.finish("k1", {}))
    assert accept(store, body={}).state is Delivery.CONFLICTING
    assert accept(store).state is Delivery.DONE


def test_a_second_effect_of_one_delivery_is_refused(store: SqlStore) -> None:
    accept(store)

    def effect(tx: Transaction) -> None:
        tx.marks.set("effects", (tx.marks.get("effects") or "") + "x")
        tx.inbox.finish("k1", {})

    store.write(effect)
    with pytest.raises(Stale):
        store.write(effect)
    with pytest.raises(LookupError):
        store.write(lambda tx: tx.inbox.finish("never came", {}))
    assert store.read(lambda tx: tx.marks.get("effects")) == "x"


def test_a_delivery_lost_on_the_way_is_found_again(store: SqlStore) -> None:
    for key in ("k1", "k2", "k3"):
        accept(store, key)
    store.write(lambda tx: tx.inbox.accept("d1", "discord", {}))
    store.write(lambda tx: tx.inbox.finish("k2", {}))

    def unfinished(older_than: timedelta, limit: int = 10) -> list[str]:
        rows = store.read(lambda tx: tx.inbox.unfinished("slack", older_than, limit))
        assert all(row.state is Delivery.UNFINISHED and row.body == BODY for row in rows)
        return [row.key for row in rows]

    assert unfinished(NOW) == ["k1", "k3"]
    assert unfinished(NOW, limit=1) == ["k1"]
    assert unfinished(HOUR) == []


def test_finished_deliveries_are_forgotten_after_a_while(store: SqlStore) -> None:
    accept(store, "done")
    accept(store, "unfinished")
    store.write(lambda tx: tx.inbox.finish("done", {}))
    assert store.write(lambda tx: tx.inbox.purge(HOUR, 100)) == 0
    assert store.write(lambda tx: tx.inbox.purge(NOW, 100)) == 1
    assert accept(store, "done").state is Delivery.FRESH
    assert accept(store, "unfinished").state is Delivery.UNFINISHED


def test_the_same_delivery_at_two_doors_at_once_is_fresh_at_one(
    store: SqlStore, store_url: str
) -> None:
    other = open_store(store_url, record)
    start = Barrier(8)
    states: list[tuple[str, Delivery]] = []

    def deliver(door: SqlStore) -> None:
        start.wait()
        for n in range(20):
            row = accept(door, f"k{n}")
            states.append((row.key, row.state))

    threads = [Thread(target=deliver, args=(door,)) for door in (store, other) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    fresh = [key for key, state in states if state is Delivery.FRESH]
    assert len(states) == 160
    assert sorted(fresh) == sorted({key for key, _ in states})
