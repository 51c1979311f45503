"""Whether the record is what was written, and what was done to the desk itself."""

from __future__ import annotations

from contextlib import closing

from chatdesk.adapters import db
from chatdesk.config import Settings
from chatdesk.lifecycle import record
from chatdesk.ports import Act, Verdict


def verify(settings: Settings) -> Verdict:
    """Read every record and all acts, and check their chains and what they add up to."""
    with closing(db.open_store(settings.database.get_secret_value(), record)) as store:
        return store.verdict()


def acts(settings: Settings) -> list[Act]:
    """Return what was done to the desk itself, oldest first."""
    with closing(db.open_store(settings.database.get_secret_value(), record)) as store:
        return store.read(lambda tx: tx.acts.all())
