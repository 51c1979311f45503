"""Compares a desk with 1,000,000 tickets with one of 10,000: claims, and the list of a queue.

A fifth of the tickets are unsolved and half of those unassigned, which is more than any desk would
bear. Small and large take turns, claim by claim, and the medians are compared; the first claims
only warm up. How the stores are filled is told in `bench/multiplied.py`.
"""

from __future__ import annotations

import random
import sys
import time
from contextlib import ExitStack
from statistics import median

from bench.common import Databases, Table, at_most, is_quick, percentile
from bench.desks import BenchDesk, open_desk
from bench.multiplied import multiply
from chatdesk.lifecycle.assignment import Claim
from chatdesk.lifecycle.closure import Confirm
from chatdesk.lifecycle.facts import write
from chatdesk.lifecycle.resolution import Resolve
from chatdesk.lifecycle.ticket import UNSOLVED, PersonId, QueueName, ResolutionCode, Ticket
from chatdesk.ports import TicketQuery

MOST_SLOWER = 1.3
"""A claim among a million tickets may take so many times as long as one among ten thousand."""

LIST_WITHIN = 20.0
"""Milliseconds in which 99 of 100 looks at a queue have to be answered."""

PATTERNS = 10
"""The tickets copied: the first is unassigned, the second assigned, the others are closed."""

QUEUE = QueueName("it")
PAGE = 11
"""Tickets of a page, and one more that tells whether there is another page."""


def main() -> int:
    """Measure on both databases; 1 if the size of the store shows too much."""
    is_short = is_quick(__doc__)
    small, large = (1_000, 20_000) if is_short else (10_000, 1_000_000)
    claims = 50 if is_short else 500
    table = Table()
    table.begin(f"{claims} claims and looks among {small:,} and among {large:,} tickets")
    with Databases() as databases:
        for kind in databases.kinds():
            print(f"\n{kind}")
            urls = [fill(databases.fresh(kind), size, table) for size in (small, large)]
            with ExitStack() as stack:
                desks = [stack.enter_context(open_desk(url, 1)) for url in urls]
                measure_claims(desks, [small, large], claims, table)
                measure_lists(desks[-1], claims, table)
            for url in urls:
                databases.drop(url)
    return table.exit_code()


def fill(url: str, size: int, table: Table) -> str:
    """Live through the patterns, copy them, and return the database's address."""
    began_at = time.perf_counter()
    with open_desk(url, 1) as desk:
        for number in range(PATTERNS):
            live_through(desk, number)
    multiply(url, PATTERNS, size)
    table.tell(f"filling {size:,}", f"{time.perf_counter() - began_at:.0f} s")
    return url


def live_through(desk: BenchDesk, number: int) -> None:
    """Bring a pattern to where its copies begin."""
    requester, agent = desk.requesters[0], desk.agents[0]
    request = desk.request(number)
    ticket = desk.desk.handle(request, request.requester).ticket
    if number > 0:
        desk.desk.handle(Claim(), agent, ticket.number)
    if number > 1:
        done = Resolve(code=ResolutionCode.FIXED, summary=write("Done."))
        desk.desk.handle(done, agent, ticket.number)
        desk.desk.handle(Confirm(), requester, ticket.number)


def measure_claims(desks: list[BenchDesk], sizes: list[int], claims: int, table: Table) -> None:
    """Claim in turn, each time another unassigned ticket of the whole store."""
    chance = random.Random(1)
    numbers = [
        chance.sample(range(2 * PATTERNS, size, PATTERNS), min(2 * claims, size // PATTERNS - 2))
        for size in sizes
    ]
    took: list[list[float]] = [[] for _ in desks]
    for turn in range(min(map(len, numbers))):
        for desk, of_desk, times in zip(desks, numbers, took, strict=True):
            times.append(seconds_to_claim(desk, of_desk[turn]))
    measured = [times[len(times) // 2 :] for times in took]
    for size, times in zip(sizes, measured, strict=True):
        table.tell(f"a claim among {size:,}", f"{median(times) * 1000:.2f} ms")
        table.tell("    of 100 claims 99 within", f"{percentile(times, 99) * 1000:.2f} ms")
    slower = median(measured[1]) / median(measured[0])
    table.judge("a claim, large / small", slower, at_most(MOST_SLOWER))


def seconds_to_claim(desk: BenchDesk, number: int) -> float:
    """Claim one ticket."""
    began_at = time.perf_counter()
    outcome = desk.desk.handle(Claim(), desk.agents[0], number)
    took = time.perf_counter() - began_at
    assert outcome.ticket.assignee == desk.agents[0]
    return took


def measure_lists(desk: BenchDesk, looks: int, table: Table) -> None:
    """Look at the unassigned tickets of the queue, page after page, each with its total."""
    pages: list[float] = []
    totals: list[float] = []
    after = None
    for _ in range(looks):
        query = unassigned(desk.agents[0], after)
        began_at = time.perf_counter()
        found = desk.store.read(lambda tx, query=query: tx.tickets.find(query))  # type: ignore[misc]  # bound at once
        found_at = time.perf_counter()
        total = desk.store.read(lambda tx, query=query: tx.tickets.count(query))  # type: ignore[misc]  # the same
        pages.append(found_at - began_at)
        totals.append(time.perf_counter() - found_at)
        assert len(found) == PAGE <= total
        assert all(ticket.assignee is None for ticket in found)
        after = page_after(found)
    table.tell("a page of the queue, half of them within", f"{median(pages) * 1000:.2f} ms")
    within = percentile(pages, 99) * 1000
    table.judge("a page of the queue, 99 of 100 within", within, at_most(LIST_WITHIN), unit=" ms")
    table.tell("how many there are, 99 of 100 within", f"{percentile(totals, 99) * 1000:.2f} ms")


def unassigned(agent: PersonId, after: tuple[str, int] | None) -> TicketQuery:
    """Return what an agent looks at to find something to claim, the most urgent first."""
    return TicketQuery(
        visible_person=agent,
        visible_queues=frozenset({QUEUE}),
        sees_all_open=True,
        statuses=UNSOLVED,
        queues=frozenset({QUEUE}),
        is_unassigned=True,
        by_due=True,
        after=after,
        limit=PAGE,
    )


def page_after(found: list[Ticket]) -> tuple[str, int]:
    """Return where the next page begins, as a button would say it."""
    return "", found[-2].number


if __name__ == "__main__":
    sys.exit(main())
