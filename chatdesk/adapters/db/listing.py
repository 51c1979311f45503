"""Lists of tickets as queries that stay fast at any size: by keyset, never by OFFSET.

Who may see what is an OR, and an OR makes an index useless. So a list is put together from arms,
disjoint and each in the order of one index: open tickets and visible confidential ones, queue by
queue, and the person's own. Lists of one person are small and need no arms. The few tickets that
are near a person (watched, or confidential and their own) are looked up first and given as
numbers: otherwise the databases would rather walk an index of everything in the order asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    desc,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    union,
    union_all,
)

from chatdesk.adapters.db.columns import Moment
from chatdesk.adapters.db.schema import tickets, watchers
from chatdesk.lifecycle.ticket import UNSOLVED
from chatdesk.ports import TicketQuery

MOST_NEAR = 1000
"""How many of the tickets near somebody a list looks at, newest first."""

_KEPT = 256
"""Lists whose SQL is kept: people ask for the same ones, and putting one together takes a while."""

_t = tickets.c
_WATCHED = (
    select(watchers.c.number)
    .where(watchers.c.person == bindparam("the_person"))
    .order_by(watchers.c.number.desc())
    .limit(MOST_NEAR)
)
_NEAR = (
    union(
        select(watchers.c.number).where(watchers.c.person == bindparam("the_person")),
        select(_t.number).where(_t.requester == bindparam("the_person"), _t.is_confidential),
    )
    .order_by(desc("number"))
    .limit(MOST_NEAR)
)
_Arm = list[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Near:
    """What is looked up before a list: the numbers its watcher watches, and those near its viewer.

    Near are the tickets the viewer watches, and the confidential ones they asked for.
    """

    watched: tuple[int, ...]
    viewer: tuple[int, ...]


def near(connection: Connection, query: TicketQuery) -> Near:
    """Look up what is near the people of a query."""
    watched: tuple[int, ...] = ()
    if query.watcher is not None:
        watched = tuple(connection.scalars(_WATCHED, {"the_person": query.watcher}))
    viewer = connection.scalars(_NEAR, {"the_person": query.visible_person})
    return Near(watched, tuple(viewer))


@lru_cache(_KEPT)
def page(query: TicketQuery, near: Near) -> Select[str]:
    """Return the states of a page of tickets, in the query's order.

    `query.after` names the last ticket of the page before: the ISO time it was sorted by (its due
    time or its opening) and its number. An empty time stands for the ticket's present one.
    """
    key = _t.due_at if query.by_due else _t.opened_at
    order = (key, _t.number) if query.by_due else (key.desc(), _t.number.desc())
    follows = _follows(query, key)
    arms = [
        select(_t.number, key.label("key"))
        .where(*arm, *follows)
        .order_by(*order)
        .limit(query.limit)
        .subquery()
        for arm in _arms(query, near)
    ]
    found = union_all(*(select(arm.c.number, arm.c.key) for arm in arms)).subquery()
    first = (
        (found.c.key, found.c.number)
        if query.by_due
        else (found.c.key.desc(), found.c.number.desc())
    )
    numbers = select(found.c.number, found.c.key).order_by(*first).limit(query.limit).subquery()
    return (
        select(_t.state).join_from(numbers, tickets, _t.number == numbers.c.number).order_by(*order)
    )


@lru_cache(_KEPT)
def count(query: TicketQuery, near: Near) -> Select[int]:
    """Return how many tickets the query has on all its pages."""
    arms = [select(func.count().label("counted")).where(*arm) for arm in _arms(query, near)]
    counts = union_all(*arms).subquery()
    return select(func.coalesce(func.sum(counts.c.counted), 0))


def asked(query: TicketQuery, near: Near) -> _Arm:
    """Return what a query asks of a ticket, whoever looks; queues are left to the caller."""
    conditions: _Arm = []
    if query.statuses is not None:
        conditions.extend(_of_status(query))
    if query.assignee is not None:
        conditions.append(_t.assignee == query.assignee)
    if query.is_unassigned is not None:
        has_nobody = _t.assignee.is_(None)
        conditions.append(has_nobody if query.is_unassigned else ~has_nobody)
    if query.requester is not None:
        conditions.append(_t.requester == query.requester)
    if query.watcher is not None:
        conditions.append(_t.number.in_(near.watched))
    if query.topic is not None:
        conditions.append(_t.topic == query.topic)
    if query.due_before is not None:
        conditions.append(_t.due_at < query.due_before)
    if query.opened_from is not None:
        conditions.append(_t.opened_at >= query.opened_from)
    if query.opened_until is not None:
        conditions.append(_t.opened_at < query.opened_until)
    return conditions


def in_queues(query: TicketQuery) -> _Arm:
    """Return the condition that a ticket is in one of the queues asked for."""
    return [] if query.queues is None else [_t.queue.in_(sorted(query.queues))]


def is_shown(query: TicketQuery) -> ColumnElement[bool]:
    """Return the condition that a ticket may be seen for the sake of its queue."""
    if not query.sees_all_open:
        return false()
    return or_(~_t.is_confidential, _t.queue.in_(sorted(query.visible_queues)))


def is_own(query: TicketQuery, near: Near) -> ColumnElement[bool]:
    """Return the condition that the person asked for the ticket or watches it."""
    return or_(_t.requester == query.visible_person, _t.number.in_(near.viewer))


def _arms(query: TicketQuery, near: Near) -> list[_Arm]:
    conditions = asked(query, near)
    if query.assignee or query.requester or query.watcher:
        return [[*conditions, *in_queues(query), or_(is_shown(query), is_own(query, near))]]
    own = _own_arms(query, and_(true(), *conditions, *in_queues(query)), near)
    if not query.sees_all_open:
        return own
    queues: list[_Arm] = [[]]
    visible = query.visible_queues
    if query.queues is not None:
        queues = [[_t.queue == queue] for queue in sorted(query.queues)]
        visible &= query.queues
    shown = [[~_t.is_confidential, *queue, *conditions] for queue in queues]
    confidential = [[_t.is_confidential, _t.queue == one, *conditions] for one in sorted(visible)]
    return shown + confidential + own or [[false()]]


def _own_arms(query: TicketQuery, asked: ColumnElement[bool], near: Near) -> list[_Arm]:
    """Return the arms of a person's own tickets, without those that are shown anyway."""
    is_near = _t.number.in_(near.viewer)
    if query.sees_all_open:
        return [[is_near, asked, ~is_shown(query)]] if near.viewer else []
    is_theirs = _t.requester == query.visible_person
    # Wrapped up, what is asked tempts no database to an index of everybody's tickets.
    arms = [[is_theirs, func.coalesce(asked, false())]]
    if near.viewer:
        arms.append([is_near, ~is_theirs, asked])
    return arms


def _of_status(query: TicketQuery) -> _Arm:
    statuses = query.statuses or frozenset()
    conditions: _Arm = []
    if statuses and statuses <= UNSOLVED:
        conditions.append(_t.is_unsolved)
    if len(statuses) == 1:
        conditions.append(_t.status == next(iter(statuses)).value)
    elif statuses != UNSOLVED:
        conditions.append(_t.status.in_(sorted(status.value for status in statuses)))
    return conditions


def _follows(query: TicketQuery, key: ColumnElement[Any]) -> _Arm:
    if query.after is None:
        return []
    shown, number = query.after
    last: ColumnElement[Any] = (
        literal(datetime.fromisoformat(shown), Moment)
        if shown
        else select(key).where(_t.number == number).correlate(None).scalar_subquery()
    )
    place, before = tuple_(key, _t.number), tuple_(last, literal(number))
    return [place > before if query.by_due else place < before]
