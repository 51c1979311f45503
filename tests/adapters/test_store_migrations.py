"""The schema's versions: a migration can be killed anywhere, and a newer schema is left alone."""

import contextlib
import multiprocessing
import os
import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from chatdesk.adapters.db import (
    SchemaMismatch,
    address_of,
    migrate,
    newest_version,
    open_store,
    schema_version,
)
from chatdesk.adapters.db.schema import metadata
from chatdesk.lifecycle import record
from tests.adapters.conftest import BOTH
from tests.postgres import Cluster


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with nothing in it, not even tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'desk.db'}"
        return
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    name = cluster.create_database()
    yield cluster.url(name)
    cluster.drop_database(name)


def version(url: str) -> str | None:
    """The version of a schema; None for a file that does not exist, too."""
    with contextlib.suppress(SchemaMismatch):
        return schema_version(url)
    return None


def use(url: str) -> None:
    store = open_store(url, record)
    assert store.write(lambda tx: tx.tickets.next_number()) == 1
    store.close()


def test_an_empty_database_becomes_a_desks(empty_url: str) -> None:
    assert version(empty_url) is None
    migrate(empty_url)
    assert version(empty_url) == newest_version()
    use(empty_url)
    migrate(empty_url)
    assert version(empty_url) == newest_version()


def test_nothing_is_opened_before_it_is_migrated(empty_url: str, tmp_path: Path) -> None:
    with pytest.raises(SchemaMismatch, match="chatdesk migrate"):
        open_store(empty_url, record)
    assert list(tmp_path.iterdir()) == [], "asking creates no file"


class Bomb(Exception):
    """The end of a program, as far as a test survives it."""


def test_a_migration_interrupted_at_any_statement_is_simply_run_again(empty_url: str) -> None:
    statements: list[str] = []

    def explode_at(limit: int) -> bool:
        """Migrate, stop before statement number `limit`; tell whether it came to that."""
        statements.clear()

        def hear(statement: str) -> None:
            statements.append(statement)
            if len(statements) == limit:
                raise Bomb

        try:
            migrate(empty_url, on_statement=hear)
        except Bomb:
            return True
        return False

    # Every statement on SQLite; PostgreSQL, where one is slow, answers for every ninth.
    step = 1 if empty_url.startswith("sqlite") else 9
    points = 0
    while explode_at(points * step + 1):
        points += 1
        if points % 5 == 0:
            assert version(empty_url) is None
    assert points * step > 60, "it was tried all the way"
    assert version(empty_url) == newest_version()
    use(empty_url)


def _migrate_and_die(url: str, limit: int) -> None:
    heard = 0

    def hear(_: str) -> None:
        nonlocal heard
        heard += 1
        if heard == limit:
            os.kill(os.getpid(), signal.SIGKILL)

    migrate(url, on_statement=hear)


def test_a_migration_killed_half_way_is_simply_run_again(empty_url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    for limit in (5, 40):
        process = spawn.Process(target=_migrate_and_die, args=(empty_url, limit))
        process.start()
        process.join(60)
        assert process.exitcode == -signal.SIGKILL
        assert version(empty_url) is None
    migrate(empty_url)
    use(empty_url)


def test_several_processes_may_migrate_at_the_same_time(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, [empty_url] * 4))
    use(empty_url)


def test_a_newer_schema_is_left_alone(empty_url: str) -> None:
    migrate(empty_url)
    engine = create_engine(address_of(empty_url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    for attempt in (migrate, lambda url: open_store(url, record)):
        with pytest.raises(SchemaMismatch, match="newer chatdesk"):
            attempt(empty_url)
    assert version(empty_url) == "9999"


# --- the migrations make what the queries expect --------------------------------------------------


def _shape(url: str) -> dict[str, object]:
    """What a database looks like: every table's columns and keys, every index as it was made."""
    engine = create_engine(address_of(url))
    found = inspect(engine)
    names = {table.name for table in metadata.sorted_tables}
    shape: dict[str, object] = {
        name: (
            [(one["name"], str(one["type"]), one["nullable"]) for one in found.get_columns(name)],
            found.get_pk_constraint(name)["constrained_columns"],
            sorted(one["constrained_columns"] for one in found.get_foreign_keys(name)),
            sorted(one["column_names"] for one in found.get_unique_constraints(name)),
        )
        for name in names
    }
    query = "SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'index' AND sql <> ''"
    if engine.dialect.name == "postgresql":
        query = "SELECT indexname, tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    with engine.connect() as connection:
        for index, table, made in connection.execute(text(query)):
            if table in names:
                shape[index] = re.sub(r"\s+", " ", made).replace('"', "").replace("( ", "(")
    engine.dispose()
    return shape


def test_the_migrated_tables_are_those_of_the_queries(
    empty_url: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    migrate(empty_url)
    if empty_url.startswith("sqlite"):
        other = f"sqlite:///{tmp_path / 'other.db'}"
    else:
        other = request.getfixturevalue("postgres_url")
    engine = create_engine(address_of(other))
    metadata.create_all(engine)
    engine.dispose()
    migrated, declared = _shape(empty_url), _shape(other)
    assert migrated.keys() == declared.keys()
    for name in declared:
        assert migrated[name] == declared[name], name
