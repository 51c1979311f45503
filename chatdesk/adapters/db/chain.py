"""The hash chain of a record: every fact is bound to all before it, so that a change shows.

A link is sha256(the link before || the fact in its place, as JSON). The first link follows 32
zero bytes. Facts hold digests of texts, never texts, so an erasure leaves the chain whole. What
was done to the desk itself stands on one more chain.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, func, select

from chatdesk.adapters.db.codec import Codec
from chatdesk.adapters.db.columns import dump_json
from chatdesk.adapters.db.schema import acts, facts, marks, tickets
from chatdesk.lifecycle.facts import Fact
from chatdesk.ports import Fault, Verdict

START = bytes(32)
"""What the first fact of a record follows."""

ACTS = 0
"""Stands in the links of acts where those of facts have the ticket's number."""

LAST_ACT = "last-act"
"""The mark that says what the newest act is: its number in the chain and its link."""

_f, _t = facts.c, tickets.c

_RECORDS = (
    select(_t.number, _t.version, _t.digest.label("last"), _t.state)
    .add_columns(_f.seq, _f.kind, _f.version.label("shape"), _f.payload, _f.digest)
    .select_from(tickets.outerjoin(facts, _t.number == _f.number))
    .order_by(_t.number, _f.seq)
    .execution_options(yield_per=1000)
)
_ORPHANS = (
    select(_f.number)
    .distinct()
    .where(~select(_t.number).where(_t.number == _f.number).exists())
    .order_by(_f.number)
)
_LAST_ACT = select(marks.c.value).where(marks.c.name == LAST_ACT)


def link(before: bytes, number: int, seq: int, kind: str, version: int, payload: str) -> bytes:
    """Return the link of a fact; `payload` is its JSON exactly as it is kept."""
    placed = dump_json([number, seq, kind, version, payload])
    return hashlib.sha256(before + placed.encode()).digest()


def faults(connection: Connection, codec: Codec) -> Iterator[Fault]:
    """Return whatever is not what was written; reads every fact and folds every record."""
    for number, rows in groupby(connection.execute(_RECORDS), attrgetter("number")):
        found = _fault(list(rows), codec)
        if found is not None:
            seq, why = found
            yield Fault(number=number, seq=seq, why=why)
    for number in connection.scalars(_ORPHANS):
        yield Fault(number=number, seq=0, why="the ticket of these facts is missing")
    yield from _faults_of_acts(connection)


def _fault(rows: list[Row[Any]], codec: Codec) -> tuple[int, str] | None:
    """Return the first thing wrong with a record, and at which of its facts."""
    before = START
    told: list[Fact] = []
    for seq, row in enumerate(rows, 1):
        if row.seq != seq:
            return seq, "a fact is missing"
        before = link(before, row.number, seq, row.kind, row.shape, row.payload)
        if before != row.digest:
            return seq, "this fact is not what was written"
        told.append(codec.load_fact(row.kind, row.shape, row.payload))
    last = rows[-1]
    if before != last.last or last.version != len(rows):
        return len(rows), "facts are missing after this one"
    return None if _is_told(told, last.state, codec) else (0, "its state is not what they tell of")


def _is_told(told: list[Fact], state: str, codec: Codec) -> bool:
    try:
        return codec.fold(told) == codec.load_ticket(state)
    except ValueError:  # nothing that a ticket could be
        return False


def _faults_of_acts(connection: Connection) -> Iterator[Fault]:
    before, seq = START, 0
    for seq, row in enumerate(connection.execute(select(acts).order_by(acts.c.seq)), 1):
        if row.seq != seq:
            yield Fault(number=None, seq=seq, why="an act is missing")
            return
        before = link(before, ACTS, seq, row.kind, 1, row.payload)
        if before != row.digest:
            yield Fault(number=None, seq=seq, why="this act is not what was written")
            return
    known = connection.execute(_LAST_ACT).scalar_one_or_none()
    if known is None and seq == 0:
        return
    if known != f"{seq}:{before.hex()}":
        yield Fault(number=None, seq=seq, why="acts are missing after this one")


def verdict(connection: Connection, codec: Codec) -> Verdict:
    """Read all of it, and return what is not what was written."""
    kept = (select(func.count()).select_from(table) for table in (tickets, facts, acts))
    counts = [connection.execute(query).scalar_one() for query in kept]
    found = tuple(faults(connection, codec))
    return Verdict(tickets=counts[0], facts=counts[1], acts=counts[2], faults=found)


def broken(found: Iterable[Fault]) -> list[int]:
    """Return the numbers of the tickets that faults are about."""
    return sorted({fault.number for fault in found if fault.number is not None})
