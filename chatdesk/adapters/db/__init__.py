"""The store: everything the desk keeps, on SQLite or PostgreSQL alike."""

from chatdesk.adapters.db.address import address_of
from chatdesk.adapters.db.backup import backup, restore
from chatdesk.adapters.db.codec import Codec
from chatdesk.adapters.db.migrate import SchemaMismatch, migrate, newest_version, schema_version
from chatdesk.adapters.db.opening import SqlStore, open_store
from chatdesk.adapters.db.scrubbing import scrub

__all__ = [
    "Codec",
    "SchemaMismatch",
    "SqlStore",
    "address_of",
    "backup",
    "migrate",
    "newest_version",
    "open_store",
    "restore",
    "schema_version",
    "scrub",
]
