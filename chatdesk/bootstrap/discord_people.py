"""What the desk knows of people in Discord: who works here, who waits for an answer, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from chatdesk.adapters.discord.aside import lanes_mark
from chatdesk.adapters.discord.modal import PLATFORM
from chatdesk.config import PolicySource
from chatdesk.desk import Desk, requester_lane, unreached_mark
from chatdesk.lifecycle.assignment import NoteUnreached
from chatdesk.lifecycle.ticket import (
    CLOCK,
    UNSOLVED,
    PersonId,
    QueueName,
    Side,
    Status,
    Ticket,
)
from chatdesk.ports import Store, TicketQuery, Transaction
from chatdesk.showing import Lane

PAGE = 100
"""Tickets looked up at a time."""


class People:
    """Looks people up; each call is a transaction of its own."""

    def __init__(self, store: Store, policy: PolicySource, desk: Desk) -> None:
        """Look them up there."""
        self._store = store
        self._policy = policy
        self._desk = desk

    def aside(self, direct: str) -> tuple[str, ...]:
        """Return the first messages of unclosed tickets' conversations in direct messages."""

        def look(tx: Transaction) -> tuple[str, ...]:
            lanes = (tx.marks.get(lanes_mark(direct)) or "").split()
            return tuple(filter(None, (_root_in(tx, lane, direct) for lane in lanes)))

        return self._store.read(look)

    def workers(self) -> frozenset[str]:
        """Return the ids of everybody who works a queue by what Discord said."""
        policy = self._policy.current

        def look(tx: Transaction) -> frozenset[str]:
            members = {one for name in policy.queues for one in tx.people.members(QueueName(name))}
            return frozenset(filter(None, (_user_of(tx, one) for one in members)))

        return self._store.read(look)

    def requesters(self) -> tuple[tuple[int, str], ...]:
        """Return the numbers and requesters of the unsolved tickets that are in Discord."""
        query = TicketQuery(
            visible_person=CLOCK,
            visible_queues=frozenset(map(QueueName, self._policy.current.queues)),
            sees_all_open=True,
            statuses=UNSOLVED,
            limit=PAGE,
        )
        found: list[tuple[int, str]] = []
        while True:
            page = self._store.read(partial(_found, query=query))
            found += self._store.read(partial(_readers, tickets=page))
            if len(page) < PAGE:
                return tuple(found)
            query = replace(query, after=("", page[-1].number))

    def reader(self, place: str, thread: str) -> str:
        """Return whose conversation with the desk is there, by their id; empty for any other."""

        def look(tx: Transaction) -> str:
            lane = tx.conversations.lane_at(PLATFORM, place, thread)
            there = Lane.parse(lane) if lane else Lane()
            ticket = tx.tickets.load(there.number) if there.number else None
            is_theirs = ticket is not None and there.side is Side.REQUESTER
            return _user_of(tx, ticket.requester) if ticket and is_theirs else ""

        return self._store.read(look)

    def left(self, number: int, why: str) -> None:
        """Tell a ticket's agents, once, that its requester is not on the server any more."""
        row = f"left:{number}"

        def note(tx: Transaction) -> None:
            if tx.marks.get(unreached_mark(row)):
                return
            tx.marks.set(unreached_mark(row), why)
            self._desk.act(tx, NoteUnreached(notice="left", row=row), CLOCK, number)

        if not self._store.read(lambda tx: tx.marks.get(unreached_mark(row))):
            self._desk.write(note)


def _user_of(tx: Transaction, person: PersonId) -> str:
    handles = (handle.partition(":") for handle in tx.people.handles(person))
    return next((name for where, _, name in handles if where == PLATFORM), "")


def _found(tx: Transaction, *, query: TicketQuery) -> list[Ticket]:
    return tx.tickets.find(query)


def _readers(tx: Transaction, *, tickets: Iterable[Ticket]) -> list[tuple[int, str]]:
    return [one for one in (_reader_of(tx, ticket) for ticket in tickets) if one is not None]


def _reader_of(tx: Transaction, ticket: Ticket) -> tuple[int, str] | None:
    place = tx.conversations.place(requester_lane(ticket.number))
    is_here = place is not None and place.platform == PLATFORM
    user = _user_of(tx, ticket.requester) if is_here else ""
    return (ticket.number, user) if user else None


def _root_in(tx: Transaction, lane: str, direct: str) -> str:
    place, number = tx.conversations.place(lane), Lane.parse(lane).number
    if place is None or (place.platform, place.place) != (PLATFORM, direct) or number is None:
        return ""
    ticket = tx.tickets.load(number)
    return place.thread if ticket is not None and ticket.status is not Status.CLOSED else ""
