"""Lists of tickets as queries that stay fast at any size: by keyset, never by OFFSET.

Who may see what is an OR, and an OR makes an index useless. So a list is put together from arms,
disjoint and each in the order of one index: open tickets and visible confidential ones, queue by
queue, and the person's own. Lists of one person are small and need no arms. The few tickets that
are near a person (watched, or confidential and their own) are looked up first and given as
numbers: otherwise the databases would rather walk an index of everything in the order asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    desc,
    false,
    func,
    or_,
    select,
    true,
    tuple_,
    union,
    union_all,
)

from chatdesk.adapters.db.columns import NEVER, Moment
from chatdesk.adapters.db.schema import tickets, watchers
from chatdesk.lifecycle.ticket import UNSOLVED, PersonId
from chatdesk.ports import TicketQuery

MOST_NEAR = 1000
"""How many of the tickets near somebody a list looks at, newest first."""

_KEPT = 256
"""Lists whose SQL is kept: everybody asks for the same ones, and putting one together takes long.

What differs from person to person and from moment to moment is bound when a list is asked for.
"""

_VIEWER, _SOMEBODY_ELSE = PersonId("viewer"), PersonId("somebody else")
"""Stand for people in what the SQL of a list depends on."""

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
_IS_NEAR = _t.number.in_(bindparam("are_near", expanding=True))
_Arm = list[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Near:
    """What is looked up before a list: the numbers its watcher watches, and those near its viewer.

    Near are the tickets the viewer watches, and the confidential ones they asked for.
    """

    watched: tuple[int, ...] = ()
    viewer: tuple[int, ...] = ()


def near(connection: Connection, query: TicketQuery) -> Near:
    """Look up what is near the people of a query."""
    watched: tuple[int, ...] = ()
    if query.watcher is not None:
        watched = tuple(connection.scalars(_WATCHED, {"the_person": query.watcher}))
    if _is_of_viewer(query):
        return Near(watched)
    viewer = connection.scalars(_NEAR, {"the_person": query.visible_person})
    return Near(watched, tuple(viewer))


def values(query: TicketQuery, near: Near) -> dict[str, Any]:
    """Return what whatever is made here has to be executed with."""
    shown, number = query.after or ("", 0)
    return {
        "the_viewer": query.visible_person,
        "the_requester": query.requester,
        "the_assignee": query.assignee,
        "the_topic": query.topic,
        "due_before": query.due_before,
        "opened_from": query.opened_from,
        "opened_until": query.opened_until,
        "number_begins": f"{query.number_begins}%",
        "are_watched": near.watched,
        "are_near": near.viewer,
        "last_key": datetime.fromisoformat(shown) if shown else None,
        "last_number": number,
        "at_most": query.limit,
    }


def page(query: TicketQuery, near: Near) -> Select[Any]:
    """Return the states and due times of a page of tickets, in the query's order.

    `query.after` names the last ticket of the page before: the ISO time it was sorted by (its due
    time or its opening) and its number. An empty time stands for the ticket's present one.
    """
    return _page(_shape(query), has_near=bool(near.viewer))


def count(query: TicketQuery, near: Near) -> Select[int]:
    """Return how many tickets the query has on all its pages."""
    return _count(_shape(query), has_near=bool(near.viewer))


def asked(query: TicketQuery) -> _Arm:
    """Return what a query asks of a ticket, whoever looks; queues are left to the caller."""
    conditions: _Arm = []
    if query.statuses is not None:
        conditions.extend(_of_status(query))
    if query.assignee is not None:
        conditions.append(_t.assignee == bindparam("the_assignee"))
    if query.is_unassigned is not None:
        has_nobody = _t.assignee.is_(None)
        conditions.append(has_nobody if query.is_unassigned else ~has_nobody)
    if query.requester is not None:
        conditions.append(_t.requester == bindparam("the_requester"))
    if query.watcher is not None:
        conditions.append(_t.number.in_(bindparam("are_watched", expanding=True)))
    if query.topic is not None:
        conditions.append(_t.topic == bindparam("the_topic"))
    if query.number_begins:
        conditions.append(cast(_t.number, String).like(bindparam("number_begins")))
    return [*conditions, *_in_time(query)]


def _in_time(query: TicketQuery) -> _Arm:
    conditions: _Arm = []
    if query.due_before is not None:
        conditions.append(_t.due_at < bindparam("due_before"))
    if query.opened_from is not None:
        conditions.append(_t.opened_at >= bindparam("opened_from"))
    if query.opened_until is not None:
        conditions.append(_t.opened_at < bindparam("opened_until"))
    return conditions


def in_queues(query: TicketQuery) -> _Arm:
    """Return the condition that a ticket is in one of the queues asked for."""
    return [] if query.queues is None else [_t.queue.in_(sorted(query.queues))]


def is_shown(query: TicketQuery) -> ColumnElement[bool]:
    """Return the condition that a ticket may be seen for the sake of its queue."""
    if not query.sees_all_open:
        return false()
    return or_(~_t.is_confidential, _t.queue.in_(sorted(query.visible_queues)))


def is_own() -> ColumnElement[bool]:
    """Return the condition that the viewer asked for the ticket, or that it is near them."""
    return or_(_t.requester == bindparam("the_viewer"), _IS_NEAR)


def _is_of_viewer(query: TicketQuery) -> bool:
    """Tell whether everything asked for is the viewer's own, which nothing hides from them."""
    return query.requester is not None and query.requester == query.visible_person


def _shape(query: TicketQuery) -> TicketQuery:
    """Return what the SQL of a list depends on: the query without who and when."""
    named = _SOMEBODY_ELSE if query.requester is not None else None
    return replace(
        query,
        visible_person=_VIEWER,
        requester=_VIEWER if _is_of_viewer(query) else named,
        assignee=None if query.assignee is None else _SOMEBODY_ELSE,
        watcher=None if query.watcher is None else _SOMEBODY_ELSE,
        topic=None if query.topic is None else "",
        due_before=None if query.due_before is None else NEVER,
        opened_from=None if query.opened_from is None else NEVER,
        opened_until=None if query.opened_until is None else NEVER,
        number_begins="0" if query.number_begins else "",
        after=None if query.after is None else ("at" if query.after[0] else "", 0),
        limit=0,
    )


@lru_cache(_KEPT)
def _page(query: TicketQuery, *, has_near: bool) -> Select[Any]:
    key = _t.due_at if query.by_due else _t.opened_at
    order = (key, _t.number) if query.by_due else (key.desc(), _t.number.desc())
    most = bindparam("at_most", type_=Integer)
    follows = _follows(query, key)
    wanted = select(_t.state, _t.due_at)
    arms = _arms(query, has_near=has_near)
    if len(arms) == 1:
        return wanted.where(*arms[0], *follows).order_by(*order).limit(most)
    parts = [
        select(_t.number, key.label("key"))
        .where(*arm, *follows)
        .order_by(*order)
        .limit(most)
        .subquery()
        for arm in arms
    ]
    found = union_all(*(select(part.c.number, part.c.key) for part in parts)).subquery()
    first = (
        (found.c.key, found.c.number)
        if query.by_due
        else (found.c.key.desc(), found.c.number.desc())
    )
    numbers = select(found.c.number, found.c.key).order_by(*first).limit(most).subquery()
    return wanted.join_from(numbers, tickets, _t.number == numbers.c.number).order_by(*order)


@lru_cache(_KEPT)
def _count(query: TicketQuery, *, has_near: bool) -> Select[int]:
    arms = [
        select(func.count().label("counted")).where(*arm) for arm in _arms(query, has_near=has_near)
    ]
    counts = union_all(*arms).subquery()
    return select(func.coalesce(func.sum(counts.c.counted), 0))


def _arms(query: TicketQuery, *, has_near: bool) -> list[_Arm]:
    conditions = asked(query)
    if _is_of_viewer(query):
        return [[*conditions, *in_queues(query)]]
    if query.assignee or query.requester or query.watcher:
        return [[*conditions, *in_queues(query), or_(is_shown(query), is_own())]]
    own = _own_arms(query, and_(true(), *conditions, *in_queues(query)), has_near=has_near)
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


def _own_arms(query: TicketQuery, asked: ColumnElement[bool], *, has_near: bool) -> list[_Arm]:
    """Return the arms of a person's own tickets, without those that are shown anyway."""
    if query.sees_all_open:
        return [[_IS_NEAR, asked, ~is_shown(query)]] if has_near else []
    is_theirs = _t.requester == bindparam("the_viewer")
    # Wrapped up, what is asked tempts no database to an index of everybody's tickets.
    arms = [[is_theirs, func.coalesce(asked, false())]]
    if has_near:
        arms.append([_IS_NEAR, ~is_theirs, asked])
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
    number = bindparam("last_number", type_=BigInteger)
    last: ColumnElement[Any] = (
        bindparam("last_key", type_=Moment)
        if query.after[0]
        else select(key).where(_t.number == number).correlate(None).scalar_subquery()
    )
    place, before = tuple_(key, _t.number), tuple_(last, number)
    return [place > before if query.by_due else place < before]
