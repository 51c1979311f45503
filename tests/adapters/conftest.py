"""Stores for the tests of adapters: every story runs on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from chatdesk.adapters.db import SqlStore, migrate, open_store
from chatdesk.lifecycle import record
from tests.postgres import Cluster

BOTH = ["sqlite", "postgresql"]


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "desk.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres_cluster: Cluster) -> Iterator[str]:
    """The address of a migrated PostgreSQL database, to be emptied before each story."""
    name = postgres_cluster.create_database()
    migrate(postgres_cluster.url(name))
    yield postgres_cluster.url(name)
    postgres_cluster.drop_database(name)


@contextmanager
def migrated_url(
    request: pytest.FixtureRequest, kind: str, *, is_shared: bool = True
) -> Iterator[str]:
    """Lend the address of an empty, migrated database of this kind.

    One that is shared may be emptied for the next test at any time after this one.
    """
    if kind == "sqlite":
        folder = request.getfixturevalue("tmp_path_factory").mktemp("desk")
        shutil.copy(request.getfixturevalue("migrated_file"), folder / "desk.db")
        yield f"sqlite:///{folder / 'desk.db'}"
        return
    if is_shared:
        url: str = request.getfixturevalue("migrated_database")
        _empty(url)
        yield url
        return
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    name = cluster.create_database()
    migrate(cluster.url(name))
    yield cluster.url(name)
    cluster.drop_database(name)


@contextmanager
def migrated_store(
    request: pytest.FixtureRequest, kind: str, *, is_shared: bool = True
) -> Iterator[SqlStore]:
    """Lend an open, empty store of this kind."""
    with migrated_url(request, kind, is_shared=is_shared) as url:
        store = open_store(url, record)
        yield store
        store.close()


@pytest.fixture(params=BOTH)
def store_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a migrated database that nobody else uses at the time."""
    with migrated_url(request, request.param) as url:
        yield url


@pytest.fixture
def store(store_url: str) -> Iterator[SqlStore]:
    """An open, empty store."""
    opened = open_store(store_url, record)
    yield opened
    opened.close()


def _empty(url: str) -> None:
    """Remove every row, which is ten times as fast as making a database."""
    with psycopg.connect(url) as connection:
        # As a replica, the server fires no triggers: the record lets itself be removed.
        connection.execute("SET session_replication_role = replica")
        tables = connection.execute(
            "SELECT relname FROM pg_stat_user_tables WHERE relname <> 'alembic_version'"
        ).fetchall()
        for (table,) in tables:
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        connection.execute("ALTER SEQUENCE ticket_numbers RESTART")
