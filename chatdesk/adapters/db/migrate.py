"""The schema's versions: bringing a database up to this one, and refusing a newer one.

A migration is one transaction on both databases; one that was killed is simply run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection

from chatdesk.adapters.db.address import address_of
from chatdesk.adapters.db.failures import said_plainly
from chatdesk.adapters.db.postgresql import pooled_engine
from chatdesk.adapters.db.sqlite import path_of, reading_engine, writing_engine
from chatdesk.config import Obstacle

_FOLDER = Path(__file__).with_name("migrations")

_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('chatdesk migrations', 0))"

_WAITS = timedelta(minutes=10)
"""How long a migration waits for another one, and may take for one statement."""


class SchemaMismatch(Obstacle):
    """The database's schema is not the one this version of chatdesk works with."""


def migrate(url: str, *, on_statement: Callable[[str], None] | None = None) -> None:
    """Bring a database up to this version's schema; one that is there already is left as it is.

    Several processes may ask at the same time: one works, the others wait. Raises SchemaMismatch
    for a database that a newer chatdesk wrote, StoreUnavailable for one that cannot be reached.
    """
    address = address_of(url)
    if address.get_backend_name() == "sqlite":
        path_of(address).parent.mkdir(parents=True, exist_ok=True)
    with alone(address, on_statement) as connection:
        upgrade(connection)


def upgrade(connection: Connection, version: str = "head") -> None:
    """Bring a database up to a version within the transaction that the connection is in."""
    _refuse_newer(connection)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def schema_version(url: str) -> str | None:
    """Return the version of a database's schema; None for an empty one."""
    with _looking(address_of(url)) as connection:
        return revision_of(connection)


def newest_version() -> str:
    """Return the version of the schema that this version of chatdesk works with."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def refuse_mismatch(url: URL) -> None:
    """Raise SchemaMismatch unless the database has exactly this version's schema."""
    with _looking(url) as connection:
        _refuse_newer(connection)
        found = revision_of(connection)
    if found != newest_version():
        raise SchemaMismatch(
            f"the database has the schema {found or 'of no version'}, and this version of"
            f" chatdesk works with {newest_version()}: run `chatdesk migrate`"
        )


@contextmanager
def alone(url: URL, on_statement: Callable[[str], None] | None = None) -> Iterator[Connection]:
    """Open one writing transaction, with nobody else migrating."""
    with said_plainly(), ExitStack() as stack:
        if url.get_backend_name() == "sqlite":
            engine = writing_engine(url, on_statement, busy_within=_WAITS.total_seconds())
            connection = stack.enter_context(engine.connect())
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.exec_driver_sql("COMMIT")
            return
        engine = pooled_engine(url, _WAITS, 1, on_statement)
        stack.callback(engine.dispose)
        connection = stack.enter_context(engine.begin())
        connection.exec_driver_sql(
            f"SET LOCAL lock_timeout = {_WAITS // timedelta(milliseconds=1)}"
        )
        connection.exec_driver_sql(_ALONE)
        yield connection


@contextmanager
def _looking(url: URL) -> Iterator[Connection]:
    """Open a connection that changes nothing."""
    with said_plainly(), ExitStack() as stack:
        if url.get_backend_name() == "sqlite":
            if not path_of(url).exists():
                raise SchemaMismatch(f"there is no database {url.database}: run `chatdesk migrate`")
            engine = reading_engine(url, None, timedelta(seconds=2))
        else:
            engine = pooled_engine(url, timedelta(seconds=2), 1)
        stack.callback(engine.dispose)
        yield stack.enter_context(engine.connect())


def _refuse_newer(connection: Connection) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    found = revision_of(connection)
    if found is not None and found not in known:
        raise SchemaMismatch(
            f"a newer chatdesk wrote this database (schema {found}; this version knows up to"
            f" {newest_version()}): install that version, or restore a backup made before"
        )


def revision_of(connection: Connection) -> str | None:
    """Return the version of the schema; None for an empty database."""
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config
