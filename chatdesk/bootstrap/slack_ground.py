"""The desk as a sweep through Slack sees it: where something can have been said, what is known."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chatdesk.adapters.slack.modal import PLATFORM
from chatdesk.config import PolicySource
from chatdesk.desk import agents_lane, person_lane, requester_lane
from chatdesk.lifecycle.ticket import CLOCK, QueueName, Status, Ticket
from chatdesk.ports import Place, Store, TicketQuery, Transaction

KEPT = "slack-kept"
"""The platform of what was kept as Slack delivered it, in the inbox."""

TURN = timedelta(minutes=30)
"""For how long a sweep is one process's; it is given back at its end."""

CLOSED_WITHIN = timedelta(days=7)
"""Tickets closed so recently are swept as well: a word on them can open them again."""

PAGE = 100
MOST_CLOSED = 300
"""Closed tickets looked at, the newest."""

_NAME = "slack-sweep"


class Ground:
    """What a sweep needs of the desk; see `chatdesk.adapters.slack.missed.Ground`."""

    def __init__(self, store: Store, policy: PolicySource) -> None:
        self._store = store
        self._policy = policy
        self._holder = secrets.token_hex(8)

    def spots(self) -> list[Place]:
        """Return the threads of tickets that can still be spoken in, and direct messages."""
        found: dict[Place, None] = {}
        for ticket in self._tickets():
            for place in self._store.read(lambda tx, one=ticket: list(_places(tx, one))):  # type: ignore[misc]  # bound at once
                found[place] = None
                if place.place.startswith("D"):
                    found[replace(place, thread="")] = None
        return list(found)

    def is_known(self, key: str) -> bool:
        """Tell whether the desk has a message of that key, done or kept."""

        def look(tx: Transaction) -> bool:
            return any(tx.inbox.known(one) is not None for one in (key, f"{KEPT}:{key}"))

        return self._store.read(look)

    def begin(self) -> bool:
        """Take the turn to sweep."""
        return self._store.write(lambda tx: tx.leases.take(_NAME, self._holder, TURN))

    def end(self) -> None:
        """Give the turn back."""
        self._store.write(lambda tx: tx.leases.give_back(_NAME, self._holder))

    def get(self, name: str) -> str | None:
        """Return a mark."""
        return self._store.read(lambda tx: tx.marks.get(name))

    def set(self, name: str, value: str) -> None:
        """Set a mark."""
        self._store.write(lambda tx: tx.marks.set(name, value))

    def _tickets(self) -> Iterator[Ticket]:
        queues = frozenset(QueueName(name) for name in self._policy.current.queues)
        everything = TicketQuery(
            visible_person=CLOCK, visible_queues=queues, sees_all_open=True, limit=PAGE
        )
        open_ones = frozenset(Status) - {Status.CLOSED}
        yield from self._all(replace(everything, statuses=open_ones))
        closed = self._all(replace(everything, statuses=frozenset({Status.CLOSED})))
        long_ago = datetime.now(UTC) - CLOSED_WITHIN
        for ticket, _ in zip(closed, range(MOST_CLOSED), strict=False):
            if ticket.closing is not None and ticket.closing.at > long_ago:
                yield ticket

    def _all(self, query: TicketQuery) -> Iterator[Ticket]:
        while True:
            page = self._page(query)
            yield from page
            if len(page) < query.limit:
                return
            query = replace(query, after=("", page[-1].number))

    def _page(self, query: TicketQuery) -> list[Ticket]:
        return self._store.read(lambda tx: tx.tickets.find(query))


def _places(tx: Transaction, ticket: Ticket) -> Iterable[Place]:
    people = (ticket.requester, *ticket.watchers)
    lanes = (
        requester_lane(ticket.number),
        agents_lane(ticket.number, ticket.queue),
        *map(person_lane, people),
    )
    for lane in lanes:
        place = tx.conversations.place(lane)
        if place is None or place.platform != PLATFORM:
            continue
        # A lane that is a whole channel is no ticket's conversation.
        if place.thread or place.place.startswith("D"):
            yield place
