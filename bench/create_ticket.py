"""Compares creating a ticket through the desk with merely writing the same rows.

Every round creates the same tickets three times, in three equal databases: through `Desk.handle`;
by executing the very statements that this led to, the same SQLAlchemy Core constructs with the same
values and nothing around them; and by giving their SQL to the database's driver. So all three ask
and write the same, commit as often and end with the same rows. Compared is what this process
computes: how long disk and server take is nobody's doing here.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from sqlalchemy import Connection, Engine, Executable, event

from bench.common import (
    SQLITE,
    Databases,
    Table,
    at_most,
    cpu_seconds,
    is_quick,
    ratio,
    take_turns,
)
from bench.desks import BenchDesk, open_desk
from chatdesk.adapters.db.address import address_of
from chatdesk.adapters.db.postgresql import WRITES_WITHIN, pooled_engine
from chatdesk.adapters.db.sqlite import writing_engine

MOST = 2.5
"""The desk may compute so many times what the bare statements take."""

REQUESTERS = 100


@dataclass(slots=True)
class Heard:
    """The statements of one ticket's creation, as Core constructs and as the driver's SQL."""

    constructs: list[tuple[Executable, Any]] = field(default_factory=list)
    sql: list[tuple[str, Any, bool]] = field(default_factory=list)


def main() -> int:
    """Measure on both databases; 1 if the desk computes more than it may."""
    is_short = is_quick(__doc__)
    tickets, rounds = (50, 2) if is_short else (300, 7)
    table = Table()
    table.begin(f"Creating a ticket: {tickets} a round, medians of {rounds} rounds")
    with Databases() as databases:
        for kind in databases.kinds():
            measure(databases, kind, tickets, rounds, table)
    return table.exit_code()


def measure(databases: Databases, kind: str, tickets: int, rounds: int, table: Table) -> None:
    """Measure on one kind of database."""
    print(f"\n{kind}")
    seed = databases.fresh(kind)
    with open_desk(seed, REQUESTERS):
        pass  # now it knows everybody
    heard = listen(databases.copy(seed), tickets)
    contenders = {
        "desk": lambda: through_the_desk(databases, seed, tickets),
        "core": lambda: through_core(databases, seed, heard),
        "core, the writes alone": lambda: through_core(databases, seed, writes_of(heard)),
        "driver": lambda: through_the_driver(databases, seed, heard),
    }
    measured = take_turns(contenders, rounds)
    statements = Counter(len(one.sql) for one in heard).most_common(1)[0][0]
    table.tell("statements for a ticket", f"{statements}")
    for name, seconds in measured.items():
        table.tell(f"computed per ticket: {name}", f"{median(seconds) / tickets * 1000:.2f} ms")
    table.judge("desk / Core", ratio(measured["desk"], measured["core"]), at_most(MOST))
    writes = ratio(measured["desk"], measured["core, the writes alone"])
    table.tell("desk / Core writing without ever asking", f"{writes:.2f}x")
    table.tell("desk / driver", f"{ratio(measured['desk'], measured['driver']):.2f}x")


def listen(url: str, tickets: int) -> list[Heard]:
    """Create tickets and keep every statement that each led to."""
    heard = [Heard()]

    def hear(_: object, construct: Executable, many: Any, one: Any, __: object) -> None:
        heard[-1].constructs.append((construct, many or one or None))

    def hear_sql(_: object, __: object, sql: str, values: Any, *rest: Any) -> None:
        if not sql.startswith("NOTIFY"):  # a hint after the commit, which nobody else needs
            heard[-1].sql.append((sql, values, rest[-1]))

    with open_desk(url, REQUESTERS) as desk:
        create(desk, tickets)  # all is compiled by now
        event.listen(Engine, "before_execute", hear)
        event.listen(Engine, "before_cursor_execute", hear_sql)
        for number in range(tickets):
            heard.append(Heard())
            create(desk, number)
        event.remove(Engine, "before_execute", hear)
        event.remove(Engine, "before_cursor_execute", hear_sql)
    return heard[1:]


def writes_of(heard: list[Heard]) -> list[Heard]:
    """Return what was heard without the questions."""
    return [
        Heard(constructs=[(one, values) for one, values in ticket.constructs if is_write(one)])
        for ticket in heard
    ]


def is_write(construct: Executable) -> bool:
    """Tell whether a statement changes rows."""
    return not str(construct).lstrip().startswith("SELECT")


def through_the_desk(databases: Databases, seed: str, tickets: int) -> float:
    """Create the tickets as everybody does; return the seconds computed."""
    url = databases.copy(seed)
    with open_desk(url, REQUESTERS) as desk:
        create(desk, tickets)
        with cpu_seconds() as computed:
            for number in range(tickets):
                create(desk, number)
    databases.drop(url)
    return computed[0]


def through_core(databases: Databases, seed: str, heard: list[Heard]) -> float:
    """Execute the same constructs; return the seconds computed."""
    url = databases.copy(seed)
    with bare_connection(url) as (connection, unit), cpu_seconds() as computed:
        for one in heard:
            with unit():
                for construct, values in one.constructs:
                    result = connection.execute(construct, values)
                    if result.returns_rows:
                        result.all()
    databases.drop(url)
    return computed[0]


def through_the_driver(databases: Databases, seed: str, heard: list[Heard]) -> float:
    """Give the same SQL to the driver; return the seconds computed."""
    url = databases.copy(seed)
    with bare_connection(url) as (connection, unit), cpu_seconds() as computed:
        cursor = connection.connection.cursor()
        for one in heard:
            with unit():
                for sql, values, is_many in one.sql:
                    run = cursor.executemany if is_many else cursor.execute
                    run(sql, values)
                    if cursor.description is not None:
                        cursor.fetchall()
    databases.drop(url)
    return computed[0]


Unit = Callable[[], AbstractContextManager[None]]


@contextmanager
def bare_connection(url: str) -> Iterator[tuple[Connection, Unit]]:
    """Connect as the store does, and return how a transaction is made."""
    address = address_of(url)
    is_sqlite = url.startswith(SQLITE)
    engine = writing_engine(address) if is_sqlite else pooled_engine(address, WRITES_WITHIN, 1)
    with engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection

        @contextmanager
        def on_sqlite() -> Iterator[None]:
            driver.execute("BEGIN IMMEDIATE")
            yield
            driver.execute("COMMIT")

        @contextmanager
        def on_postgresql() -> Iterator[None]:
            yield
            driver.commit()

        yield connection, on_sqlite if is_sqlite else on_postgresql
    engine.dispose()


def create(desk: BenchDesk, number: int) -> None:
    """Open one ticket through the door."""
    request = desk.request(number)
    desk.desk.handle(request, request.requester)


if __name__ == "__main__":
    sys.exit(main())
