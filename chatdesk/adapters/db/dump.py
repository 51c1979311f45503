"""A backup of a PostgreSQL database: one zip file that needs no program of the server.

`manifest.json` says what is in it: `format` (1), `schema` (the version of the tables),
`last_number` (the last ticket number given) and `tables`, in the order in which they can be
filled: for each its `name` and `columns`. `tables/NAME.copy` holds the rows in the text format of
PostgreSQL's COPY. All of it is from one moment.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import psycopg
from psycopg import IsolationLevel, sql
from sqlalchemy import URL, Connection

from chatdesk.adapters.db.migrate import revision_of, upgrade
from chatdesk.adapters.db.schema import metadata
from chatdesk.config import Obstacle

FORMAT = 1

_CHUNK = 1 << 20

_COLUMNS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = %s ORDER BY ordinal_position
"""


def write(url: URL, path: Path) -> None:
    """Write every row of a database, as of one moment, to a file."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, connect_timeout=2) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
            tables = [_describe(connection, name) for name in _names()]
            manifest = {
                "format": FORMAT,
                "schema": _one(connection, "SELECT version_num FROM alembic_version"),
                "last_number": _one(connection, "SELECT last_value FROM ticket_numbers"),
                "tables": tables,
            }
            file.writestr("manifest.json", json.dumps(manifest, indent=1))
            for table in tables:
                _write_table(connection, file, table)


def read(path: Path, connection: Connection) -> None:
    """Fill an empty database from a file, within the transaction that the connection is in."""
    if revision_of(connection) is not None:
        raise Obstacle("the database is not empty, and a restore never replaces anything")
    try:
        with zipfile.ZipFile(path) as file:
            manifest = json.loads(file.read("manifest.json"))
            if manifest["format"] != FORMAT:
                raise Obstacle(f"{path} was written by a newer chatdesk: restore it with that one")
            upgrade(connection, manifest["schema"])
            _fill(connection, file, manifest)
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise Obstacle(f"{path} is no backup of PostgreSQL, or a damaged one") from error
    upgrade(connection)


def _names() -> Iterable[str]:
    """Return our tables, those first that others refer to."""
    return [*(table.name for table in metadata.sorted_tables), "search_words"]


def _describe(connection: psycopg.Connection[Any], name: str) -> dict[str, Any]:
    rows = connection.execute(_COLUMNS, [name]).fetchall()
    return {"name": name, "columns": [column for (column,) in rows]}


def _one(connection: psycopg.Connection[Any], query: str) -> Any:
    row = connection.execute(query).fetchone()
    return None if row is None else row[0]


def _write_table(
    connection: psycopg.Connection[Any], file: zipfile.ZipFile, table: dict[str, Any]
) -> None:
    statement = _copy("COPY {} ({}) TO STDOUT", table)
    with (
        file.open(f"tables/{table['name']}.copy", "w", force_zip64=True) as rows,
        connection.cursor().copy(statement) as copy,
    ):
        for block in copy:
            rows.write(block)


def _fill(connection: Connection, file: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    driver = cast("psycopg.Connection[Any]", connection.connection.dbapi_connection)
    for table in manifest["tables"]:
        with (
            file.open(f"tables/{table['name']}.copy") as rows,
            driver.cursor().copy(_copy("COPY {} ({}) FROM STDIN", table)) as copy,
        ):
            while block := rows.read(_CHUNK):
                copy.write(block)
        if "id" in table["columns"]:
            _continue_ids(driver, table["name"])
    driver.execute("SELECT setval('ticket_numbers', %s)", [max(manifest["last_number"], 1)])


def _continue_ids(driver: psycopg.Connection[Any], table: str) -> None:
    """Let the next row of a table come after those it has."""
    query = sql.SQL(
        "SELECT setval(pg_get_serial_sequence({}, 'id'), coalesce(max(id), 0) + 1, false) FROM {}"
    )
    driver.execute(query.format(sql.Literal(table), sql.Identifier(table)))


def _copy(statement: str, table: dict[str, Any]) -> sql.Composed:
    columns = sql.SQL(", ").join(map(sql.Identifier, table["columns"]))
    return sql.SQL(statement).format(sql.Identifier(table["name"]), columns)
