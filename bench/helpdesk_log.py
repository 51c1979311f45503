"""The log of a real help desk, 2010 to 2014, as events in the order in which they happened.

Plain Python: both the replay and the figures it is compared with read the log through this.

What the log means, found by looking at it:

- Its times are UTC. 1,361 closings come within a minute of fifteen days after the last resolution
  only if days are counted on the clocks of Rome, through daylight saving.
- Fourteen tickets were closed sooner: four by minutes, ten by one person (21), within seconds of
  resolving them or with the requester's word days before the time.
- It writes 222 resolutions and fourteen closings twice, nearly all in the same second.
- People, products and grades are numbers: "Value 4" in one column has nothing to do with "Value 4"
  in another, except that a resource is the same person everywhere.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path

FILE = "lifecycle_helpdesk_italy.csv.gz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A line of the log; everything but `at` (aware UTC) and `line` is as it stands there."""

    line: int
    case: str
    activity: str
    at: datetime
    resource: str
    customer: str
    product: str
    workgroup: str
    grade: str


def read_log(file: Path, cases: int | None = None) -> list[Event]:
    """Return the events in time order, those of one moment as in the file.

    With `cases` only those of so many cases, the first to be opened.
    """
    with gzip.open(file, "rt", encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        events = [_event(number, row) for number, row in enumerate(rows, 2)]
    events.sort(key=attrgetter("at", "line"))
    first = dict.fromkeys(event.case for event in events)
    kept = set(list(first)[:cases])
    return [event for event in events if event.case in kept]


def by_case(events: Iterable[Event]) -> list[list[Event]]:
    """Return each case's events in their order."""
    ordered = sorted(events, key=attrgetter("case", "at", "line"))
    return [list(found) for _, found in groupby(ordered, attrgetter("case"))]


def _event(line: int, row: dict[str, str]) -> Event:
    return Event(
        line=line,
        case=row["Case ID"],
        activity=row["Activity"],
        at=datetime.fromisoformat(row["Complete Timestamp"]).replace(tzinfo=UTC),
        resource=_value(row["Resource"]),
        customer=_value(row["customer"]),
        product=_value(row["product"]),
        workgroup=_value(row["workgroup"]),
        grade=_value(row["seriousness_2"]),
    )


def _value(named: str) -> str:
    return named.removeprefix("Value ")
