"""The hash chain of a record: every fact is bound to all before it, so that a change shows.

A link is sha256(the link before || the fact in its place, as JSON). The first link follows 32
zero bytes. Facts hold digests of texts, never texts, so an erasure leaves the chain whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, select

from chatdesk.adapters.db.columns import dump_json
from chatdesk.adapters.db.schema import facts, tickets

START = bytes(32)
"""What the first fact of a record follows."""


def link(before: bytes, number: int, seq: int, kind: str, version: int, payload: str) -> bytes:
    """Return the link of a fact; `payload` is its JSON exactly as it is kept."""
    placed = dump_json([number, seq, kind, version, payload])
    return hashlib.sha256(before + placed.encode()).digest()


def broken(connection: Connection) -> Iterator[int]:
    """Return the numbers of tickets whose record is not what was written; reads every fact."""
    f, t = facts.c, tickets.c
    query = (
        select(t.number, t.version, t.digest.label("last"))
        .add_columns(f.seq, f.kind, f.version.label("shape"), f.payload, f.digest)
        .select_from(tickets.outerjoin(facts, t.number == f.number))
        .order_by(t.number, f.seq)
        .execution_options(yield_per=1000)
    )
    for number, rows in groupby(connection.execute(query), attrgetter("number")):
        if not _is_whole(rows):
            yield number


def _is_whole(rows: Iterable[Row[Any]]) -> bool:
    before = START
    for seq, row in enumerate(rows, 1):
        if row.seq != seq:
            return False
        before = link(before, row.number, seq, row.kind, row.shape, row.payload)
        if before != row.digest:
            return False
    return bool(before == row.last and row.version == seq)
