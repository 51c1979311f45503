"""Gathers the figures of a digest from the store, and sees to it that each comes when it is wished.

What recurs is a timer called `digest:OCCURRENCE`, one ahead of the clock for every subscription. An
occurrence names the wish and the local day it is for, so that none comes twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chatdesk.desk import person_lane, place_lane
from chatdesk.lifecycle import digest
from chatdesk.lifecycle.digest import Figures, Period
from chatdesk.lifecycle.digest.period import day_begins, is_on_calendar, moment_of
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.ticket import QueueName, Ticket
from chatdesk.ports import DueTimer, Place, Subscription, Transaction

DIGEST = "digest"
"""The kind of the recurring timers, and the notice's name."""

_DAY = timedelta(days=1)
_MONDAY = 0
_WEEKDAYS = {"daily": range(7), "weekly": (_MONDAY,)}


# --- the figures ----------------------------------------------------------------------------------


def gather(
    tx: Transaction, period: Period, policy: Policy, queue: QueueName | None = None
) -> Figures:
    """Draw the figures of a period from the store, of one queue or of the whole desk.

    Reads only. Tickets are looked at one by one as they come and not kept.
    """
    told = list(tx.tickets.recorded_between(digest.LOOKED_AT, period.start, period.end))
    tickets = _tickets(tx, period, {number for number, _ in told})
    return digest.figures(tickets, told, period, policy, queue)


def _tickets(tx: Transaction, period: Period, told_of: set[int]) -> Iterator[Ticket]:
    """Every ticket the figures need, once; those rated after they were solved come last."""
    seen: set[int] = set()
    for start, end in _joined([period, *period.usual]):
        for ticket in tx.tickets.active_between(start, end):
            if ticket.number not in seen:
                seen.add(ticket.number)
                yield ticket
    for number in sorted(told_of - seen):
        ticket_told_of = tx.tickets.load(number)
        if ticket_told_of is not None:
            yield ticket_told_of


def _joined(periods: Iterable[Period]) -> list[tuple[datetime, datetime]]:
    """The spans of periods, those that touch made one, so that no backlog is read twice for it."""
    joined: list[tuple[datetime, datetime]] = []
    for period in sorted(periods, key=lambda one: one.start):
        if joined and period.start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], period.end))
        else:
            joined.append((period.start, period.end))
    return joined


# --- when they come -------------------------------------------------------------------------------


def next_occurrence(subscription: Subscription, after: datetime) -> tuple[str, datetime]:
    """Return the name of a subscription's next occurrence and when it is due, later than `after`.

    Once per local day (weekly: on Mondays), at the local hour: at the first pass of an hour that
    the clocks repeat, and at the end of one that they skip. The name is
    `PERIOD:PERSON:DAY:HOUR:ZONE`; after a change of the subscription it is another one.
    ValueError for a period that is neither daily nor weekly.
    """
    day = after.astimezone(ZoneInfo(subscription.zone)).date()
    while True:
        due_at = _due_at(subscription, day)
        if due_at is not None and due_at > after:
            return f"{_begins(subscription)}{day}{_ends(subscription)}", due_at
        day += _DAY


def schedule(tx: Transaction, now: datetime) -> None:
    """Make sure that each subscription's next occurrence will come; again and again does no harm.

    To be called at every start and whenever somebody subscribes. Needs a writing transaction.
    """
    for subscription in tx.subscriptions.all():
        tx.timers.set_once(DIGEST, *next_occurrence(subscription, now))


def is_digest(timer: DueTimer) -> bool:
    """Tell whether a due timer is for `fire`."""
    return timer.number is None and timer.name.startswith(f"{DIGEST}:")


def fire(tx: Transaction, timer: DueTimer, now: datetime) -> None:
    """Send the digest a timer stands for, set its next one, and end the timer: all or nothing.

    After a downtime only the newest digest missed is sent. A subscription that was removed sends
    nothing, one that was changed comes at its own new time; and no local day has two of a kind.

    The notice `digest` goes to the person's lane, or to that of the place they chose and then names
    the `person`, without a ticket. Its payload names the `period`,
    the `zone`, and `at`: the moment, ISO 8601 in UTC, from which `period_of` reckons the period.
    Whoever draws it asks whether the person may still see it.
    """
    now = max(now, timer.due_at)  # another process' clock may be ahead by a little
    for subscription in tx.subscriptions.all():
        if _is_of(subscription, timer):
            _send(tx, subscription, _latest_day(subscription, now))
            tx.timers.set_once(DIGEST, *next_occurrence(subscription, now))
    tx.timers.done(timer)


def _send(tx: Transaction, subscription: Subscription, day: date) -> None:
    period, person, zone = subscription.period, subscription.person, subscription.zone
    sent = f"{DIGEST}:{period}:{person}"
    if tx.marks.get(sent) == day.isoformat():
        return
    # The beginning of the day, not the hour: a skipped hour can end on the next day.
    at = day_begins(day, ZoneInfo(zone)).isoformat()
    payload = {"period": period, "at": at, "zone": zone}
    place = place_of(tx, subscription)
    if place is not None:
        lane, payload = place_lane(place), payload | {"person": person}
        tx.conversations.bind(lane, place)
    else:
        lane = person_lane(person)
    tx.outbox.put(lane, DIGEST, None, payload)
    tx.marks.set(sent, day.isoformat())


def send_to(tx: Transaction, subscription: Subscription, place: Place | None) -> None:
    """Let a subscription's digests come to a place; None: to its person, directly."""
    told = json.dumps([place.platform, place.place]) if place else ""
    tx.marks.set(_where(subscription), told)


def place_of(tx: Transaction, subscription: Subscription) -> Place | None:
    """Return the place a subscription's digests come to, None where they come directly."""
    told = tx.marks.get(_where(subscription))
    if not told:
        return None
    platform, place = json.loads(told)
    return Place(platform=str(platform), place=str(place))


def places(tx: Transaction) -> list[Place]:
    """Return every place to which a digest comes."""
    found = (place_of(tx, subscription) for subscription in tx.subscriptions.all())
    return [place for place in found if place is not None]


def move(tx: Transaction, place: Place, new: str) -> None:
    """Let what came to a place come to the same place under its new id."""
    for subscription in tx.subscriptions.all():
        if place_of(tx, subscription) == place:
            send_to(tx, subscription, Place(platform=place.platform, place=new))


def _where(subscription: Subscription) -> str:
    return f"digest_place:{subscription.period}:{subscription.person}"


def _due_at(subscription: Subscription, day: date) -> datetime | None:
    """When the digest of a local day is due; None if none is, or the zone left that day out."""
    weekdays = _WEEKDAYS.get(subscription.period)
    if weekdays is None:
        raise ValueError(f"nobody can subscribe to {subscription.period!r}, only daily or weekly")
    zone = ZoneInfo(subscription.zone)
    if day.weekday() not in weekdays or not is_on_calendar(day, zone):
        return None
    return moment_of(day, time(subscription.hour), zone)


def _latest_day(subscription: Subscription, now: datetime) -> date:
    """The latest local day whose digest was due by now."""
    day = now.astimezone(ZoneInfo(subscription.zone)).date()
    while (due_at := _due_at(subscription, day)) is None or due_at > now:
        day -= _DAY
    return day


def _begins(subscription: Subscription) -> str:
    return f"{subscription.period}:{subscription.person}:"


def _ends(subscription: Subscription) -> str:
    return f":{subscription.hour:02}:{subscription.zone}"


def _is_of(subscription: Subscription, timer: DueTimer) -> bool:
    """Whether a timer stands for this very subscription, its hour and zone included."""
    begins, ends = f"{DIGEST}:{_begins(subscription)}", _ends(subscription)
    is_named = timer.name.startswith(begins) and timer.name.endswith(ends)
    return is_named and len(timer.name) == len(begins) + len("2026-11-23") + len(ends)
