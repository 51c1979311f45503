"""What is broken on the platforms, and what waits for it to be mended."""

from alembic import op

revision = "0003"
down_revision = "0002"

TABLES = """
CREATE TABLE troubles (
    platform TEXT NOT NULL,
    place TEXT NOT NULL,
    code TEXT NOT NULL,
    why TEXT NOT NULL,
    lane TEXT NOT NULL,
    probe TEXT NOT NULL,
    since {moment} NOT NULL,
    tried_at {moment} NOT NULL,
    is_told BOOLEAN NOT NULL,
    is_mended BOOLEAN NOT NULL,
    released INTEGER NOT NULL,
    PRIMARY KEY (platform, place)
);
CREATE TABLE stranded (
    key TEXT NOT NULL PRIMARY KEY,
    platform TEXT NOT NULL,
    place TEXT NOT NULL,
    lane TEXT NOT NULL,
    notice TEXT NOT NULL,
    seq {number} NOT NULL
);
CREATE INDEX stranded_at ON stranded (platform, place, seq);
CREATE INDEX stranded_of_lane ON stranded (lane)
"""


def upgrade() -> None:
    """Create the tables."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    words = {"moment": "TIMESTAMPTZ", "number": "BIGINT"}
    if not is_postgresql:
        words = {"moment": "BIGINT", "number": "INTEGER"}
    for statement in TABLES.format_map(words).split(";"):
        op.get_bind().exec_driver_sql(statement.strip())
