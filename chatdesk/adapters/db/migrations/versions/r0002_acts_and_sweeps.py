"""What was done to the desk itself, on a chain of its own; and what sweeps and erasures ask by."""

from alembic import op

revision = "0002"
down_revision = "0001"

ACTS = """
CREATE TABLE acts (
    seq {number} NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    digest {bytes} NOT NULL
)
"""

INDEXES = """
CREATE INDEX entries_of_author ON entries (author, number);
CREATE INDEX attachments_of_person ON attachments (by);
CREATE INDEX attachments_by_age ON attachments (added_at, attachment);
CREATE INDEX outbox_ended ON outbox (ended_at, id) WHERE state IN ('sent', 'withdrawn')
"""

ONLY_SQLITE = """
CREATE TRIGGER acts_stay BEFORE UPDATE ON acts
    BEGIN SELECT RAISE (ABORT, 'the record is append-only'); END
--
CREATE TRIGGER acts_are_kept BEFORE DELETE ON acts
    BEGIN SELECT RAISE (ABORT, 'the record is append-only'); END
"""
ONLY_POSTGRESQL = """
CREATE TRIGGER acts_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON acts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    """Add them."""
    execute = op.get_bind().exec_driver_sql
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    words = {"number": "INTEGER", "bytes": "BLOB"}
    if is_postgresql:
        words = {"number": "BIGINT", "bytes": "BYTEA"}
    for statement in (ACTS + ";" + INDEXES).format_map(words).split(";"):
        execute(statement.strip())
    for statement in (ONLY_POSTGRESQL if is_postgresql else ONLY_SQLITE).split("--"):
        execute(statement.strip())
