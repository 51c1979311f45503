"""Shows that waiting for the disk at every commit costs little when many create tickets at once.

Sixteen threads create tickets through one desk on SQLite: with synchronous=FULL, where a ticket
that was acknowledged survives a power loss, and with NORMAL, where the last ones might not. The one
thread that writes commits together what arrived together, so that they share the wait.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from bench.common import SQLITE, Databases, Table, at_least, is_quick, ratio, take_turns
from bench.desks import desk_over
from chatdesk.adapters.db.address import address_of
from chatdesk.adapters.db.sqlite import SqliteStore, Synchronous
from chatdesk.lifecycle import record

CREATORS = 16
REQUESTERS = 400
LEAST = 0.7
"""With FULL at least this share of the tickets a second with NORMAL."""


def main() -> int:
    """Measure; 1 if durability costs too much."""
    is_short = is_quick(__doc__)
    tickets, rounds = (160, 2) if is_short else (1_600, 7)
    table = Table()
    table.begin(f"{CREATORS} creators at once on SQLite, {tickets:,} tickets a round")
    with Databases() as databases:
        seed = databases.fresh(SQLITE)
        contenders = {
            "FULL, all at once": lambda: rate(databases, seed, "FULL", tickets, CREATORS),
            "NORMAL, all at once": lambda: rate(databases, seed, "NORMAL", tickets, CREATORS),
            "FULL, one alone": lambda: rate(databases, seed, "FULL", tickets // CREATORS, 1),
        }
        measured = take_turns(contenders, rounds)
    for name, rates in measured.items():
        table.tell(f"tickets a second: {name}", f"{median(rates):.0f}")
    together = ratio(measured["FULL, all at once"], measured["NORMAL, all at once"])
    table.judge("FULL / NORMAL", together, at_least(LEAST))
    return table.exit_code()


def rate(
    databases: Databases, seed: str, synchronous: Synchronous, tickets: int, creators: int
) -> float:
    """Create tickets and return how many a second."""
    url = databases.copy(seed)
    store = SqliteStore(address_of(url), record, synchronous=synchronous)
    desk = desk_over(store, REQUESTERS)

    def create(number: int) -> int:
        request = desk.request(number)
        return desk.desk.handle(request, request.requester).ticket.number

    with ThreadPoolExecutor(creators) as threads:
        list(threads.map(create, range(creators)))  # all threads have begun
        began_at = time.perf_counter()
        numbers = list(threads.map(create, range(tickets)))
        took = time.perf_counter() - began_at
    store.close()
    databases.drop(url)
    assert len(set(numbers)) == tickets
    return tickets / took


if __name__ == "__main__":
    sys.exit(main())
