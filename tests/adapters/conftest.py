"""Stores for the tests of adapters: every story runs on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

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
    """The name of a PostgreSQL database with nothing in it, to be copied."""
    name = postgres_cluster.create_database()
    migrate(postgres_cluster.url(name))
    yield name
    postgres_cluster.drop_database(name)


@pytest.fixture(params=BOTH)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database that only this test uses."""
    if request.param == "sqlite":
        path = tmp_path / "desk.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        yield f"sqlite:///{path}"
        return
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    name = cluster.create_database(request.getfixturevalue("migrated_database"))
    yield cluster.url(name)
    cluster.drop_database(name)


@pytest.fixture
def store(store_url: str) -> Iterator[SqlStore]:
    """An open, empty store."""
    opened = open_store(store_url, record)
    yield opened
    opened.close()
