"""The tests' own PostgreSQL: as strict as the real thing, and gone when the run ends."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.postgres import Cluster


def test_a_test_gets_an_empty_database_of_its_own(postgres_cluster: Cluster) -> None:
    first, second = (postgres_cluster.create_database() for _ in range(2))
    with psycopg.connect(postgres_cluster.url(first), autocommit=True) as connection:
        connection.execute("CREATE TABLE only_here (id int)")
    with (
        psycopg.connect(postgres_cluster.url(second), autocommit=True) as connection,
        pytest.raises(psycopg.errors.UndefinedTable),
    ):
        connection.execute("SELECT * FROM only_here")
    for name in (first, second):
        postgres_cluster.drop_database(name)


def test_a_database_is_dropped_though_somebody_still_uses_it(postgres_cluster: Cluster) -> None:
    name = postgres_cluster.create_database()
    with psycopg.connect(postgres_cluster.url(name), autocommit=True) as forgotten:
        postgres_cluster.drop_database(name)
        with pytest.raises(psycopg.OperationalError):
            forgotten.execute("SELECT 1")


def test_letters_of_every_script_fold_as_they_do_in_production(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        row = connection.execute("SELECT lower('ÄÉÑШ'), to_tsvector('simple', 'ÜBER Größe')")
        assert row.fetchone() == ("äéñш", "'größe':2 'über':1")


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="chatdesk-own-"))
    folder.chmod(0o711)
    cluster = Cluster(folder / "postgres")
    cluster.start()
    yield cluster
    if cluster.is_running():
        cluster.stop("immediate")
    shutil.rmtree(folder)


def test_a_server_that_crashed_comes_back_with_what_was_committed(own_cluster: Cluster) -> None:
    with psycopg.connect(own_cluster.url()) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('committed')")
        connection.commit()
        connection.execute("INSERT INTO kept VALUES ('not committed')")
        own_cluster.stop("immediate")
        connection.close()
    own_cluster.start()
    with psycopg.connect(own_cluster.url()) as connection:
        assert connection.execute("SELECT word FROM kept").fetchall() == [("committed",)]
