"""Accounts of one person on several platforms, and the codes by which they are linked."""

from alembic import op

revision = "0004"
down_revision = "0003"

TABLES = """
CREATE TABLE links (
    handle TEXT NOT NULL PRIMARY KEY,
    was TEXT NOT NULL,
    person TEXT NOT NULL,
    linked_at {moment} NOT NULL
);
CREATE INDEX links_of_person ON links (person);
CREATE INDEX links_was ON links (was);
CREATE TABLE link_codes (
    name TEXT NOT NULL PRIMARY KEY,
    handle TEXT NOT NULL UNIQUE,
    salt TEXT NOT NULL,
    digest TEXT NOT NULL,
    expires_at {moment} NOT NULL,
    attempts INTEGER NOT NULL,
    shown_to TEXT
);
CREATE TABLE link_tries (
    handle TEXT NOT NULL PRIMARY KEY,
    since_at {moment} NOT NULL,
    count INTEGER NOT NULL
)
"""


def upgrade() -> None:
    """Create the tables."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    words = {"moment": "TIMESTAMPTZ" if is_postgresql else "BIGINT"}
    for statement in TABLES.format_map(words).split(";"):
        op.get_bind().exec_driver_sql(statement.strip())
