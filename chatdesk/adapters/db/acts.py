"""What was done to the desk itself: a chain of its own, like a ticket's record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, text

from chatdesk.adapters.db import chain
from chatdesk.adapters.db.columns import dump_json
from chatdesk.adapters.db.named import SqlMarks
from chatdesk.adapters.db.schema import acts
from chatdesk.adapters.db.unit import Unit
from chatdesk.ports import Act

_a = acts.c

_IN_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('chatdesk acts', 0))")
_LAST = select(_a.seq, _a.digest).order_by(_a.seq.desc()).limit(1)


class SqlActs:
    """Acts in the database; see `chatdesk.ports.Acts`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, kind: str, about: Mapping[str, Any]) -> None:
        """Note an act, at the database's time."""
        connection = self._unit.connection
        if self._unit.is_postgresql:
            connection.execute(_IN_TURN)
        last = connection.execute(_LAST).one_or_none()
        seq, before = (last.seq + 1, last.digest) if last else (1, chain.START)
        payload = dump_json({"at": self._unit.now().isoformat(), **about})
        digest = chain.link(before, chain.ACTS, seq, kind, 1, payload)
        row = {"seq": seq, "kind": kind, "payload": payload, "digest": digest}
        connection.execute(insert(acts), row)
        # A chain cannot tell that its end was cut off: what its end is stands elsewhere.
        SqlMarks(self._unit).set(chain.LAST_ACT, f"{seq}:{digest.hex()}")

    def all(self) -> list[Act]:
        """Return every act, oldest first."""
        return [
            _act(row.seq, row.kind, json.loads(row.payload))
            for row in self._unit.connection.execute(select(acts).order_by(_a.seq))
        ]


def _act(seq: int, kind: str, payload: dict[str, Any]) -> Act:
    at = datetime.fromisoformat(payload.pop("at"))
    return Act(seq=seq, kind=kind, at=at, about=payload)
