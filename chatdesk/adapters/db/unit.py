"""One unit of work in the store: its connection, its sense of time, and what it leaves for the end.

Every port of a `Transaction` is built around the same `Unit`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Interval, Table, func, literal
from sqlalchemy.dialects import postgresql, sqlite

from chatdesk.adapters.db.codec import Codec
from chatdesk.adapters.db.columns import Moment

RealTime = Callable[[], datetime]
"""This moment in the real world, aware UTC; not the desk's clock, which a person may turn."""

Upsert = postgresql.Insert | sqlite.Insert
"""An INSERT that can say ON CONFLICT."""


def steady_time() -> RealTime:
    """Return a real time that never jumps: this process's start plus what has passed since.

    A wall clock set forward or back would make SQLite's rows due early, or leases run out.
    """
    # The time a laptop slept must count too; Linux has a clock for it.
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    started_at = datetime.now(UTC)
    zero = time.clock_gettime(clock)
    return lambda: started_at + timedelta(seconds=time.clock_gettime(clock) - zero)


TIMERS, WORDS = "timers", "words"
"""What stands beside a ticket."""


@dataclass(slots=True, kw_only=True, eq=False)
class Unit:
    """One unit of work over one connection.

    `real_time` None means the database's own clock. `has_news` tells that rows were added which
    a sleeping worker should hear of. `before_commit` runs, in order, when the work is done. `xid`
    is PostgreSQL's name of the transaction, known once a ticket's number was drawn or a lane was
    taken. `blank` tells what has nothing beside it yet, as (what, number): of a ticket that this
    very unit added. `unheard_of` are the numbers this unit drew, which nobody else can know of.
    """

    connection: Connection
    codec: Codec
    real_time: RealTime | None
    has_news: bool = False
    xid: str | None = None
    blank: set[tuple[str, int]] = field(default_factory=set)
    unheard_of: set[int] = field(default_factory=set)
    before_commit: list[Callable[[], None]] = field(default_factory=list)

    @property
    def is_postgresql(self) -> bool:
        """Tell which of the two databases this is."""
        return self.connection.dialect.name == "postgresql"

    def insert(self, table: Table) -> Upsert:
        """Begin an INSERT that can say ON CONFLICT."""
        return insert_into(table, self.connection.dialect.name)

    def after(self, span: timedelta) -> ColumnElement[datetime]:
        """Return the real moment a span from now, negative for the past."""
        if self.real_time is not None:
            return literal(self.real_time() + span, Moment)
        # Unlike clock_timestamp(), the same within a statement: an index can be asked for it.
        now = func.statement_timestamp(type_=Moment)
        return now + literal(span, Interval) if span else now

    def now(self) -> datetime:
        """Return the real moment."""
        if self.real_time is not None:
            return self.real_time()
        moment: datetime = self.connection.execute(_NOW).scalar_one()
        return moment.astimezone(UTC)

    def is_blank(self, what: str, number: int) -> bool:
        """Tell, once, that a ticket has nothing of this kind beside it yet."""
        is_blank = (what, number) in self.blank
        self.blank.discard((what, number))
        return is_blank

    def finish(self) -> None:
        """Do what was left for the end."""
        while self.before_commit:
            self.before_commit.pop(0)()


_NOW = func.statement_timestamp(type_=Moment).select()


def insert_into(table: Table, dialect: str) -> Upsert:
    """Begin an INSERT that can say ON CONFLICT, in the words of a database.

    Its result tells how many rows there were, which SQLAlchemy forgets for an INSERT otherwise.
    """
    insert: Upsert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return insert.execution_options(preserve_rowcount=True)
