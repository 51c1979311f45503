"""Replays a real help desk, 4,479 cases in 20,937 events, through the desk's only door.

What the log's activities mean to the desk is the table at the top of `bench/helpdesk_mapping.py`.
Afterwards every record has to fold to its ticket's row, and the desk's figures have to be those of
`bench/helpdesk_figures.py`, which reads the log alone and knows nothing of the desk.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bench import helpdesk_figures
from bench.common import Databases, Table, at_most, parser, shared_file
from bench.helpdesk_log import FILE, Event, read_log
from bench.helpdesk_mapping import REFUSALS_EXPECTED, Replay, policy_of
from chatdesk import digests
from chatdesk.adapters import db
from chatdesk.lifecycle import record
from chatdesk.lifecycle.digest import Figures, Period, TargetFigures
from chatdesk.ports import Store, Transaction

MOST_REFUSED = 2.0  # percent of the events


def main() -> int:
    """Replay the log on both databases; 1 when anything disagrees."""
    arguments = parser(__doc__)
    arguments.add_argument("--limit", type=int, help="only so many cases, the first to be opened")
    wanted = arguments.parse_args()
    file = shared_file(FILE)
    if file is None:
        return 0
    events = read_log(file, wanted.limit or (300 if wanted.quick else None))
    table = Table()
    table.begin("A real help desk replayed through the desk")
    with Databases() as databases:
        for kind in databases.kinds():
            replay_on(databases.fresh(kind), events, table)
    return table.exit_code()


def replay_on(url: str, events: list[Event], table: Table) -> None:
    """Replay on one database and check everything there is to check."""
    print(f"\n{url.partition(':')[0]}")
    policy = policy_of(events)
    store = db.open_store(url, record)
    try:
        replay = Replay(store, events, policy)
        began_at, computing_since = time.perf_counter(), time.process_time()
        replay.run()
        took, computed = time.perf_counter() - began_at, time.process_time() - computing_since
        tell_rates(replay, took, computed, table)
        tell_refusals(replay, table)
        check_records(store, replay, table)
        tell_statuses(replay, events, table)
        check_figures(store, replay, table)
    finally:
        store.close()


def tell_rates(replay: Replay, took: float, computed: float, table: Table) -> None:
    """Print how much there was and how fast it went."""
    cases, events = len({event.case for event in replay.events}), len(replay.events)
    table.hold(f"{cases} cases, each with its ticket", is_so=len(replay.tickets) == cases)
    table.tell("events", f"{events:,}")
    given = replay.commands.total()
    table.tell("commands given and accepted", f"{given:,}")
    for name, count in replay.commands.most_common():
        table.tell(f"    {name}", f"{count:,}")
    table.tell("cases a second", f"{cases / took:.0f}")
    table.tell("events a second", f"{events / took:.0f}")
    table.tell("commands a second", f"{given / took:.0f}")
    table.tell("computing per command", f"{computed / given * 1000:.2f} ms")


def tell_refusals(replay: Replay, table: Table) -> None:
    """Print every refusal with its reason; one that nobody expected is wrong."""
    refused = replay.refusals.total()
    for (activity, key, status), count in sorted(replay.refusals.items()):
        why = REFUSALS_EXPECTED.get((activity, key, status), "nobody expected this")
        table.tell(f"refused: {activity}, {key}, on {status}", f"{count:,}")
        print(f"    {why}")
    is_justified = replay.refusals.keys() <= REFUSALS_EXPECTED.keys()
    table.hold("every refusal has its justification", is_so=is_justified)
    percent = 100 * refused / len(replay.events)
    table.judge("events refused", percent, at_most(MOST_REFUSED), unit=" %")


def check_records(store: Store, replay: Replay, table: Table) -> None:
    """Fold every record and compare it with its ticket's row, and both with what was answered."""

    def look(tx: Transaction) -> list[int]:
        wrong = []
        for ticket in replay.tickets.values():
            stored = tx.tickets.load(ticket.number)
            folded = record.fold(one.fact for one in tx.tickets.record(ticket.number))
            if not stored == folded == ticket:
                wrong.append(ticket.number)
        return wrong

    wrong = store.read(look)
    table.hold(
        f"{len(replay.tickets)} records fold to their rows, {len(wrong)} do not", is_so=not wrong
    )


def tell_statuses(replay: Replay, events: list[Event], table: Table) -> None:
    """Print how many tickets ended how, and compare it with the log."""
    ended = Counter(
        (ticket.status.value, ticket.closing.reason.value if ticket.closing else "-")
        for ticket in replay.tickets.values()
    )
    print("  status x close reason")
    for (status, reason), count in sorted(ended.items()):
        table.tell(f"    {status} x {reason}", f"{count:,}")
    told = {("closed", reason): n for reason, n in helpdesk_figures.closings(events).items()}
    table.hold("as the log tells it", is_so=ended == told)


def check_figures(store: Store, replay: Replay, table: Table) -> None:
    """Compare the desk's figures of each year and of all time with those of the log."""
    first, last = replay.events[0].at, replay.events[-1].at
    spans = [
        (str(year), datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC))
        for year in range(first.year, last.year + 1)
    ]
    for name, start, end in [*spans, ("all time", first, last + timedelta(seconds=1))]:
        period = Period(start=start, end=end)
        drawn = store.read(lambda tx, period=period: digests.gather(tx, period, replay.policy))  # type: ignore[misc]  # bound at once
        ours = named(drawn)
        theirs = helpdesk_figures.figures(replay.events, start, end)
        tell_difference(name, ours, theirs)
        table.hold(f"{len(theirs)} figures of {name} agree with the log", is_so=ours == theirs)
        if name in {"2012", "all time"}:
            tell_figures(ours, table)


def named(drawn: Figures) -> dict[str, object]:
    """Return the desk's figures by the names that the log's have."""
    return {
        "opened": drawn.opened,
        "resolved": drawn.resolved,
        "reopened": drawn.reopened.count,
        "recurred": drawn.recurred.count,
        "topics": {topic.topic: topic.opened for topic in drawn.topics},
        "backlog": drawn.backlog.count,
        "backlog, median age": drawn.backlog.median_age,
        "backlog, oldest opened": drawn.backlog.oldest[0].opened_at
        if drawn.backlog.oldest
        else None,
        **named_target("first reply", drawn.first_reply),
        **named_target("resolution", drawn.resolution),
    }


def named_target(name: str, target: TargetFigures) -> dict[str, object]:
    """Return the figures of one target by name."""
    return {
        f"{name}, count": target.wall.count,
        f"{name}, wall median": target.wall.median,
        f"{name}, wall p90": target.wall.p90,
        f"{name}, business median": target.business.median,
        f"{name}, business p90": target.business.p90,
        f"{name} in time": (target.in_time.count, target.in_time.of),
    }


def tell_difference(name: str, ours: Mapping[str, object], theirs: Mapping[str, object]) -> None:
    """Print every figure that differs."""
    for figure in sorted(ours.keys() | theirs.keys()):
        desk, log = ours.get(figure), theirs.get(figure)
        if desk != log:
            print(f"    {name}, {figure}: the desk says {desk}, the log {log}")


def tell_figures(figures: Mapping[str, object], table: Table) -> None:
    """Print the figures of a period."""
    for figure, value in figures.items():
        if isinstance(value, dict):
            table.tell(f"    {figure}", f"{len(value)}")
        elif isinstance(value, tuple):
            table.tell(f"    {figure}", f"{value[0]:,} of {value[1]:,}")
        else:
            table.tell(f"    {figure}", f"{value}")


if __name__ == "__main__":
    sys.exit(main())
