"""Lists of tickets as queries that stay fast at any size: by keyset, never by OFFSET.

Who may see what is an OR, and an OR makes an index useless. So a list is put together from arms,
disjoint and each in the order of one index: open tickets and visible confidential ones, queue by
queue, and the person's own. Lists of one person are small and need no arms.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)

from chatdesk.adapters.db.columns import Moment
from chatdesk.adapters.db.schema import tickets, watchers
from chatdesk.lifecycle.ticket import UNSOLVED, PersonId
from chatdesk.ports import TicketQuery

_t = tickets.c
_Arm = list[ColumnElement[bool]]


def page(query: TicketQuery) -> Select[str]:
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
        for arm in _arms(query)
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


def count(query: TicketQuery) -> Select[int]:
    """Return how many tickets the query has on all its pages."""
    arms = [select(func.count().label("counted")).where(*arm) for arm in _arms(query)]
    counts = union_all(*arms).subquery()
    return select(func.coalesce(func.sum(counts.c.counted), 0))


def asked(query: TicketQuery) -> _Arm:
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
        conditions.append(_is_watched_by(query.watcher))
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


def is_own(query: TicketQuery) -> ColumnElement[bool]:
    """Return the condition that the person asked for the ticket or watches it."""
    person = query.visible_person
    return or_(_t.requester == person, _is_watched_by(person))


def _arms(query: TicketQuery) -> list[_Arm]:
    conditions = asked(query)
    if query.assignee or query.requester or query.watcher:
        return [[*conditions, *in_queues(query), or_(is_shown(query), is_own(query))]]
    own = _own_arms(query, [*conditions, *in_queues(query)])
    if not query.sees_all_open:
        return own
    queues: list[_Arm] = [[]]
    visible = query.visible_queues
    if query.queues is not None:
        queues = [[_t.queue == queue] for queue in sorted(query.queues)]
        visible &= query.queues
    shown = [[~_t.is_confidential, *queue, *conditions] for queue in queues]
    confidential = [[_t.is_confidential, _t.queue == one, *conditions] for one in sorted(visible)]
    return shown + confidential + own


def _own_arms(query: TicketQuery, conditions: _Arm) -> list[_Arm]:
    """Return the arms of a person's own tickets, without those that are shown anyway."""
    person = query.visible_person
    if query.sees_all_open:
        hidden = and_(_t.is_confidential, _t.queue.not_in(sorted(query.visible_queues)))
        conditions = [*conditions, hidden]
    return [
        [_t.requester == person, *conditions],
        [_is_watched_by(person), _t.requester != person, *conditions],
    ]


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


def _is_watched_by(person: PersonId) -> ColumnElement[bool]:
    return _t.number.in_(select(watchers.c.number).where(watchers.c.person == person))


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
