"""Backups and restores: consistent while the desk runs, and nothing is ever sent again."""

import threading
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from chatdesk.adapters.db import (
    SchemaMismatch,
    SqlStore,
    address_of,
    backup,
    migrate,
    open_store,
    restore,
)
from chatdesk.adapters.db.backup import POSSIBLY_ISSUED
from chatdesk.adapters.db.schema import metadata
from chatdesk.config import Obstacle
from chatdesk.lifecycle import record
from chatdesk.lifecycle.ticket import EntryId, EntryKind
from chatdesk.ports import Delivery, Entry, Outgoing, StoreUnavailable, Transaction, Trouble
from tests.adapters.store_stories import (
    A_MINUTE,
    EVERYTHING,
    HOUR,
    MARA,
    MONDAY,
    Desk,
    assigned,
    watched,
)
from tests.postgres import Cluster

ODD = "Größe\t\\N \\. \n\x01 💥 'quoted' \"double\""


@pytest.fixture
def fresh_url(store_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of another, empty database of the same kind."""
    if store_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'restored' / 'desk.db'}"
        return
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    name = cluster.create_database()
    yield cluster.url(name)
    cluster.drop_database(name)


def live(tx: Transaction) -> None:
    """Leave something in every table."""
    tx.entries.add(
        Entry(
            entry=EntryId("e1"),
            number=1,
            kind=EntryKind.MESSAGE,
            purpose="opened",
            author=MARA,
            at=MONDAY,
            text=ODD,
            salt="s",
            files=("f1",),
        )
    )
    tx.attachments.add(name=ODD, media_type="x/y", content=bytes(range(256)), by=MARA)
    mara = tx.people.remember("slack:U1", name="Mara", zone="UTC", locale="en")
    tx.people.set_joined(mara, "slack", frozenset())
    tx.inbox.accept("unfinished", "slack", {"text": ODD})
    tx.inbox.accept("done", "slack", {})
    tx.inbox.finish("done", {"said": "#1"})
    tx.search.index(1, "printer Größe", public="printer")
    tx.marks.set("hash", "x")
    tx.leases.take("gateway", "gone", HOUR)
    tx.timers.set_of(1, {"past": MONDAY, "future": MONDAY + 365_000 * HOUR})
    tx.timers.set_once("digest", "past", MONDAY)
    tx.timers.set_once("digest", "future", MONDAY + 365_000 * HOUR)
    for lane in ("person:mara", "ticket:1:requester"):
        tx.outbox.put(lane, "first", 1, {"text": ODD})
        tx.outbox.put(lane, "second", 1, {})


def claim(store: SqlStore) -> list[Outgoing]:
    return store.write(lambda tx: tx.outbox.claim(10, A_MINUTE))


def everything(url: str) -> dict[str, list[Any]]:
    engine = create_engine(address_of(url))
    with engine.connect() as connection:
        rows = {
            table.name: sorted(map(repr, connection.execute(table.select())))
            for table in metadata.sorted_tables
        }
    engine.dispose()
    return rows


def test_a_restored_desk_is_the_same_and_silent(
    store: SqlStore, store_url: str, fresh_url: str, tmp_path: Path
) -> None:
    desk = Desk(store)
    ticket = desk.open(assigned(MARA), watched(MARA))
    store.write(live)
    (sending, _) = claim(store)
    before = everything(store_url)
    backup(store_url, tmp_path / "backup")
    restore(tmp_path / "backup", fresh_url)
    after = everything(fresh_url)
    changed = {"outbox", "timers", "occurrences", "leases"}
    assert {name for name in before if before[name] != after[name]} == changed

    restored = open_store(fresh_url, record)
    assert restored.read(lambda tx: tx.tickets.load(ticket.number)) == ticket
    assert restored.broken_records() == []
    assert restored.read(lambda tx: tx.search.find("gross", EVERYTHING, 5)) == [1]
    assert claim(restored) == []
    assert restored.read(lambda tx: tx.outbox.next_due_in()) is None
    assert not restored.write(lambda tx: tx.outbox.sent(sending, "m"))
    due = restored.write(lambda tx: tx.timers.claim_due(MONDAY + HOUR, 10, A_MINUTE))
    assert due == []
    assert restored.write(lambda tx: tx.leases.take("gateway", "new", HOUR))
    given = restored.write(lambda tx: tx.tickets.next_number())
    assert given > ticket.number + POSSIBLY_ISSUED
    known = restored.write(lambda tx: tx.inbox.accept("done", "slack", {}))
    assert known.state is Delivery.DONE
    restored.close()


def test_what_is_held_goes_out_in_order_once_released(
    store: SqlStore, store_url: str, fresh_url: str, tmp_path: Path
) -> None:
    store.write(live)
    backup(store_url, tmp_path / "backup")
    restore(tmp_path / "backup", fresh_url)
    restored = open_store(fresh_url, record)
    Desk(restored).put("person:mara", "new")
    assert [row.notice for row in claim(restored)] == ["new"], "held rows block nobody"
    assert restored.write(lambda tx: tx.outbox.release_held()) == 4
    assert restored.write(lambda tx: tx.timers.release_held()) == 2
    assert restored.write(lambda tx: tx.timers.release_held()) == 0
    (first,) = claim(restored)
    assert (first.lane, first.notice) == ("ticket:1:requester", "first")
    assert first.was_interrupted, "it may have gone out before: look first"
    assert restored.write(lambda tx: tx.outbox.sent(first, "m"))
    assert [row.notice for row in claim(restored)] == ["second"]
    due = restored.write(lambda tx: tx.timers.claim_due(MONDAY + HOUR, 10, A_MINUTE))
    assert [timer.name for timer in due] == ["past", "digest:past"] or [
        timer.name for timer in due
    ] == ["digest:past", "past"]
    restored.close()


def test_what_waited_for_a_broken_place_waits_for_people_after_a_restore(
    store: SqlStore, store_url: str, fresh_url: str, tmp_path: Path
) -> None:
    broken = Trouble(platform="slack", place="C1", code="is_archived", why="unarchive")

    def strand(tx: Transaction) -> None:
        tx.outbox.put("person:mara", "first", None, {})
        (row,) = tx.outbox.claim(1, A_MINUTE)
        tx.outbox.park(row, "is_archived")
        tx.troubles.note(broken)
        tx.troubles.strand(broken, row)

    store.write(strand)
    backup(store_url, tmp_path / "backup")
    restore(tmp_path / "backup", fresh_url)
    restored = open_store(fresh_url, record)
    assert restored.write(lambda tx: tx.troubles.retry_due(timedelta())) == 0
    assert claim(restored) == []
    assert [row.notice for row in restored.read(lambda tx: tx.outbox.parked())] == ["first"]
    restored.close()


def test_a_held_timer_that_moves_is_no_longer_held(
    store: SqlStore, store_url: str, fresh_url: str, tmp_path: Path
) -> None:
    store.write(live)
    backup(store_url, tmp_path / "backup")
    restore(tmp_path / "backup", fresh_url)
    restored = open_store(fresh_url, record)
    restored.write(lambda tx: tx.timers.set_of(1, {"past": MONDAY + HOUR}))
    due = restored.write(lambda tx: tx.timers.claim_due(MONDAY + 2 * HOUR, 10, A_MINUTE))
    assert [(timer.name, timer.due_at) for timer in due] == [("past", MONDAY + HOUR)]
    restored.close()


def test_a_backup_made_while_writing_is_from_one_moment(
    store: SqlStore, store_url: str, fresh_url: str, tmp_path: Path
) -> None:
    desk = Desk(store)
    desk.open()
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            desk.open(assigned(MARA))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for attempt in range(3):
            backup(store_url, tmp_path / f"backup {attempt}")
    finally:
        stop.set()
        writer.join()
    restore(tmp_path / "backup 2", fresh_url)
    restored = open_store(fresh_url, record)
    assert restored.broken_records() == []
    numbers = [one.number for one in restored.read(lambda tx: tx.tickets.find(EVERYTHING))]
    last = numbers[0]
    assert restored.read(lambda tx: tx.tickets.count(EVERYTHING)) == last
    assert restored.write(lambda tx: tx.tickets.next_number()) > last + POSSIBLY_ISSUED
    restored.close()


def test_ids_go_on_after_those_restored(
    store: SqlStore, store_url: str, fresh_url: str, tmp_path: Path
) -> None:
    store.write(live)
    newest = max(row.seq for row in claim(store))
    backup(store_url, tmp_path / "backup")
    restore(tmp_path / "backup", fresh_url)
    restored = open_store(fresh_url, record)
    desk = Desk(restored)
    desk.put("person:new", "new")
    (row,) = claim(restored)
    assert row.seq == newest + 2, "behind the second row of the newest lane"
    restored.close()


def test_nothing_is_ever_replaced(store_url: str, fresh_url: str, tmp_path: Path) -> None:
    path = tmp_path / "backup"
    backup(store_url, path)
    with pytest.raises(Obstacle, match="never replaces"):
        backup(store_url, path)
    restore(path, fresh_url)
    with pytest.raises(Obstacle, match="not empty"):
        restore(path, fresh_url)
    assert sorted(one.name for one in tmp_path.iterdir()) in (
        ["backup"],
        ["backup", "restored"],
    )


def test_a_file_that_is_no_backup_is_refused(fresh_url: str, tmp_path: Path) -> None:
    for content in (b"", b"hello", b"PK\x03\x04 half a zip file"):
        path = tmp_path / "file"
        path.write_bytes(content)
        with pytest.raises(Obstacle, match="no backup"):
            restore(path, fresh_url)
    migrate(fresh_url)


def test_a_backup_of_the_other_kind_is_refused(
    store_url: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    backup(store_url, tmp_path / "backup")
    other = f"sqlite:///{tmp_path / 'other.db'}"
    if store_url.startswith("sqlite"):
        other = request.getfixturevalue("postgres_url")
    with pytest.raises(Obstacle, match="backup of"):
        restore(tmp_path / "backup", other)


def test_a_damaged_backup_restores_nothing(
    store: SqlStore, store_url: str, fresh_url: str, tmp_path: Path
) -> None:
    store.write(live)
    path = tmp_path / "backup"
    backup(store_url, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises((Obstacle, StoreUnavailable)):
        restore(path, fresh_url)
    with pytest.raises(SchemaMismatch):
        open_store(fresh_url, record)


def test_a_dump_needs_no_program_of_the_server(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url: str = request.getfixturevalue("migrated_database")
    backup(url, tmp_path / "backup")
    with zipfile.ZipFile(tmp_path / "backup") as file:
        assert file.testzip() is None
        names = set(file.namelist())
    assert {f"tables/{table.name}.copy" for table in metadata.sorted_tables} < names
    assert {"manifest.json", "tables/search_words.copy"} <= names


def test_only_its_owner_reads_a_backup(store_url: str, tmp_path: Path) -> None:
    backup(store_url, tmp_path / "backup")
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0


def test_a_desk_never_migrated_has_no_backup(fresh_url: str, tmp_path: Path) -> None:
    with pytest.raises(SchemaMismatch):
        backup(fresh_url, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()
