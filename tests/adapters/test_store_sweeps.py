"""What is over is forgotten, a little at a time, and nothing else is looked at for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, text

from chatdesk.adapters.db import SqlStore
from chatdesk.adapters.db.schema import attachments, inbox, outbox
from chatdesk.lifecycle.ticket import EntryId, EntryKind
from chatdesk.ports import Delivery, Entry, Transaction
from tests.adapters.store_stories import A_MINUTE, HOUR, MARA, MONDAY, NOW
from tests.inside import connection_of

Purge = Callable[[Transaction], int]


def carry(tx: Transaction, name: str, *files: str) -> None:
    entry = Entry(
        entry=EntryId(name),
        number=1,
        kind=EntryKind.MESSAGE,
        purpose="message_added",
        author=MARA,
        at=MONDAY,
        text="See the picture",
        salt="s",
        files=files,
    )
    tx.entries.add(entry)


def add_file(tx: Transaction) -> str:
    return tx.attachments.add(name="a.png", media_type="image/png", content=b"png", by=MARA)


def accept(tx: Transaction, *, key: str) -> None:
    tx.inbox.accept(key, "slack", {})


def finish(tx: Transaction, *, key: str) -> None:
    tx.inbox.finish(key, {})


# --- deliveries and notices -----------------------------------------------------------------------


def test_old_deliveries_go_a_few_at_a_time(store: SqlStore) -> None:
    for key in "abcde":
        store.write(partial(accept, key=key))
    for key in "abcd":
        store.write(partial(finish, key=key))
    assert store.write(lambda tx: tx.inbox.purge(HOUR, 3)) == 0
    counts = [store.write(lambda tx: tx.inbox.purge(NOW, 3)) for _ in range(3)]
    assert counts == [3, 1, 0]
    left = store.read(lambda tx: tx.inbox.known("e"))
    assert left is not None
    assert left.state is Delivery.UNFINISHED


def test_only_what_was_sent_or_taken_back_is_forgotten(store: SqlStore) -> None:
    def put(tx: Transaction) -> None:
        for lane in ("sent", "parked", "withdrawn", "waiting"):
            tx.outbox.put(f"ticket:1:{lane}", lane, 1, {"entry": "e1"})

    store.write(put)
    rows = store.write(lambda tx: tx.outbox.claim(2, A_MINUTE))
    sent = next(row for row in rows if row.notice == "sent")
    parked = next(row for row in rows if row.notice == "parked")

    def end(tx: Transaction) -> None:
        assert tx.outbox.sent(sent, "m1")
        assert tx.outbox.park(parked, "refused")
        assert tx.outbox.withdraw(1, "withdrawn", EntryId("e1"))
        tx.marks.set(f"twice:{sent.key}", "yes")
        tx.marks.set(f"twice:{parked.key}", "yes")

    store.write(end)
    assert store.write(lambda tx: tx.outbox.purge(HOUR, 10)) == 0
    assert [store.write(lambda tx: tx.outbox.purge(NOW, 1)) for _ in range(3)] == [1, 1, 0]
    assert [row.key for row in store.read(lambda tx: tx.outbox.parked())] == [parked.key]
    assert store.read(lambda tx: tx.marks.get(f"twice:{sent.key}")) is None
    assert store.read(lambda tx: tx.marks.get(f"twice:{parked.key}")) == "yes"
    (waiting,) = store.write(lambda tx: tx.outbox.claim(5, A_MINUTE))
    assert waiting.notice == "waiting"


def test_leases_of_those_who_are_gone_are_forgotten(store: SqlStore) -> None:
    store.write(lambda tx: tx.leases.take("gone", "a process", -HOUR))
    store.write(lambda tx: tx.leases.take("held", "a process", HOUR))
    assert store.write(lambda tx: tx.leases.purge(2 * HOUR)) == 0
    assert store.write(lambda tx: tx.leases.purge(A_MINUTE)) == 1
    assert not store.write(lambda tx: tx.leases.take("held", "another", HOUR))


# --- files ----------------------------------------------------------------------------------------


def test_a_file_that_was_never_sent_goes_and_one_that_was_stays(store: SqlStore) -> None:
    left, sent = store.write(add_file), store.write(add_file)
    store.write(lambda tx: carry(tx, "e1", sent))
    assert store.write(lambda tx: tx.attachments.purge(HOUR, 10)) == 0, "it may still be sent"
    assert store.write(lambda tx: tx.attachments.purge(NOW, 1)) == 1
    assert store.write(lambda tx: tx.attachments.purge(NOW, 10)) == 1
    assert store.read(lambda tx: tx.attachments.content(left)) is None
    assert store.read(lambda tx: tx.attachments.content(sent)) == b"png"
    assert store.write(lambda tx: tx.attachments.purge(NOW, 10)) == 0, "none is looked at twice"


def test_a_file_goes_with_the_last_words_that_carry_it(store: SqlStore) -> None:
    shared, own = store.write(add_file), store.write(add_file)
    store.write(lambda tx: carry(tx, "e1", shared, own))
    store.write(lambda tx: carry(tx, "e2", shared))
    store.write(lambda tx: tx.entries.remove(EntryId("e1"), MONDAY))
    assert store.read(lambda tx: tx.attachments.content(own)) is None
    assert store.read(lambda tx: tx.attachments.content(shared)) == b"png"
    store.write(lambda tx: tx.entries.remove(EntryId("e2"), MONDAY))
    assert store.read(lambda tx: tx.attachments.content(shared)) is None


# --- what it costs --------------------------------------------------------------------------------

MANY = 3000
A_WEEK = timedelta(days=7)


def fill(tx: Transaction) -> None:
    """Keep much that is not over, or not for long."""
    connection = connection_of(tx)
    moment = datetime.now(UTC)
    done = {"platform": "slack", "received_at": moment, "done_at": moment, "body": {}, "answer": {}}
    connection.execute(insert(inbox), [{"key": f"k{n}", **done} for n in range(MANY)])
    row = {"lane": "l", "notice": "n", "payload": {}, "state": "sent", "is_head": False, "why": ""}
    row |= {"next_at": moment, "due_at": moment, "ended_at": moment, "is_unknown": False}
    row |= {"attempt": 1, "failures": 0}
    connection.execute(insert(outbox), [{"key": f"k{n}", **row} for n in range(MANY)])
    file = {"name": "a", "media_type": "b", "size": 1, "by": MARA, "content": b""}
    file |= {"added_at": moment}
    connection.execute(insert(attachments), [{"attachment": f"a{n}", **file} for n in range(MANY)])
    if connection.dialect.name == "postgresql":
        connection.execute(text("ANALYZE inbox, outbox, attachments"))


def plan_of(store: SqlStore, purge: Purge) -> list[str]:
    """How the database looks for what is over: the plan of every statement, line by line."""

    def work(tx: Transaction) -> list[str]:
        connection = connection_of(tx)
        is_sqlite = connection.dialect.name == "sqlite"
        explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
        lines: list[str] = []

        def see(conn: Connection, _: object, statement: str, given: Any, *_rest: object) -> None:
            if not statement.startswith("EXPLAIN") and "marks" not in statement:
                rows = conn.exec_driver_sql(explain + statement, given)
                lines.extend(str(row[-1]) for row in rows)

        event.listen(connection, "before_cursor_execute", see)
        purge(tx)
        event.remove(connection, "before_cursor_execute", see)
        return lines

    return store.write(work)


@pytest.mark.parametrize(
    "purge",
    [
        lambda tx: tx.inbox.purge(A_WEEK, 10),
        lambda tx: tx.outbox.purge(A_WEEK, 10),
        lambda tx: tx.attachments.purge(A_WEEK, 10),
    ],
    ids=["inbox", "outbox", "attachments"],
)
def test_what_is_not_over_is_not_looked_at(store: SqlStore, purge: Purge) -> None:
    store.write(fill)
    plan = plan_of(store, purge)
    assert plan
    tables = ("inbox", "outbox", "attachments")
    whole = [line for line in plan if line.strip().startswith(tuple(f"SCAN {t}" for t in tables))]
    whole += [line for line in plan if any(f"Seq Scan on {t} " in line for t in tables)]
    assert whole == []
    assert store.write(purge) == 0
