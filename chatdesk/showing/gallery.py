"""Draws every outgoing notice from the newest state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from chatdesk.desk import CARD, RECEIPT, unreached_mark, unread_mark
from chatdesk.gathering import actor
from chatdesk.lifecycle.assignment import Unreached
from chatdesk.lifecycle.notices import WANTING
from chatdesk.lifecycle.permissions import Action, may
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.ticket import EntryId, EntryKind, PersonId, Side, Ticket
from chatdesk.ports import Clock, Outgoing, Placement, Showing, Transaction
from chatdesk.showing.apart import Apart, Drawing
from chatdesk.showing.lanes import Lane, queue_reader, reader_of
from chatdesk.showing.views import Views
from chatdesk.ui.agents_card import agents_card, moved_card
from chatdesk.ui.cards import Card
from chatdesk.ui.notice_cards import NOTICE_CARDS
from chatdesk.ui.receipt import receipt, with_unread
from chatdesk.ui.views import NoticeView, Reader
from chatdesk.ui.wording import Wording

MIRRORED = frozenset({"message", "your_message", "reply", "note"})
"""Notices that are an entry itself: a later edit of the entry changes that very message."""


class Gallery(Views):
    """Draws tickets and notices from the store's newest state."""

    def __init__(
        self,
        policy: Callable[[], Policy],
        clock: Clock,
        wording: Callable[[], Wording],
        platforms: tuple[str, ...],
    ) -> None:
        """Draw under the policy and wording in force; the first platform is the fallback."""
        super().__init__(policy, clock)
        self._wording = wording
        self._platforms = platforms
        self._drawing = Drawing(policy=policy, clock=clock, wording=wording, platforms=platforms)
        self._apart = Apart(self._drawing)

    def digest(self, tx: Transaction, kind: str, at: datetime, reader: Reader) -> Card:
        """Draw the digest of a period, as of a moment, against the period before."""
        return self._apart.digest(tx, kind, at, reader)

    def present(self, tx: Transaction, row: Outgoing) -> Showing | None:
        """Draw a notice that is due; None when there is nothing left to say."""
        lane = Lane.parse(row.lane)
        if lane.person is not None:
            lane = replace(lane, person=tx.links.current(lane.person))
        if row.notice in self._apart.presenters:
            return self._apart.presenters[row.notice](tx, row, lane)
        ticket = tx.tickets.load(row.number) if row.number is not None else None
        if ticket is None or not self._may_still_read(tx, lane, ticket):
            return None
        if lane.person and row.notice in WANTING and tx.marks.get(unreached_mark(row.key)):
            return None  # it was told in the ticket's conversation instead
        reader = self._reader(tx, lane, ticket)
        side = lane.side or self._side_of_person(ticket, lane.person)
        card, what, edits = self._draw(tx, row, lane, ticket, side, reader)
        if card is None:
            return None
        platform, placement = self._placement(tx, row.lane, lane, ticket)
        if row.notice in {CARD, RECEIPT} and tx.marks.get(unread_mark(platform)):
            card = with_unread(card, side, self._drawing.voice(reader))
        return Showing(
            card=card,
            what=what,
            placement=replace(placement, title=card.title),
            platform=platform,
            edits=edits,
            opens_thread=row.notice in {CARD, RECEIPT},
        )

    def _may_still_read(self, tx: Transaction, lane: Lane, ticket: Ticket) -> bool:
        """Tell whether the person a notice goes to may see its ticket at this moment."""
        person = lane.person or (ticket.requester if lane.side is Side.REQUESTER else None)
        if person is not None and not tx.people.handles(person):
            return False  # erased: nobody is behind the id any more
        if lane.person is None:
            return True
        return may(Action.SEE, actor(tx, lane.person, self._policy()), ticket)

    def _draw(
        self,
        tx: Transaction,
        row: Outgoing,
        lane: Lane,
        ticket: Ticket,
        side: Side,
        reader: Reader,
    ) -> tuple[Card | None, str, bool]:
        wording = self._wording()
        if row.notice in {CARD, RECEIPT}:
            view = self.view(tx, ticket, side, reader)
            if row.notice == RECEIPT:
                return receipt(view, wording), "card", True
            has_left = lane.queue != ticket.queue
            return (moved_card if has_left else agents_card)(view, wording), "card", True
        seq = int(row.payload.get("seq", 0))
        fact = tx.tickets.fact(ticket.number, seq)
        if fact is None:
            return None, "", False
        entry = EntryId(row.payload["entry"]) if "entry" in row.payload else None
        also = [entry] if entry else _last_question(tx, ticket) if row.notice == "nudge" else []
        view = self.view(tx, ticket, side, reader, also=also, about=fact)
        what = f"entry:{entry}" if entry and row.notice in MIRRORED else _notice(row)
        edits = False
        if row.notice in {"reply_mark", "edited_entry"}:
            what, edits = f"entry:{entry}", True
            if row.notice == "edited_entry" and tx.conversations.message(row.lane, what) is None:
                return None, "", False
        why = tx.marks.get(unreached_mark(fact.row)) if isinstance(fact, Unreached) else None
        card = NOTICE_CARDS[row.notice](
            NoticeView(name=row.notice, ticket=view, fact=fact, why=why or ""), wording
        )
        return card, what, edits

    def _reader(self, tx: Transaction, lane: Lane, ticket: Ticket) -> Reader:
        if lane.side is Side.AGENTS:
            return queue_reader(lane.queue or ticket.queue, self._policy())
        person = lane.person or ticket.requester
        return reader_of(tx.people.get([person]).get(person), self._policy())

    @staticmethod
    def _side_of_person(ticket: Ticket, person: PersonId | None) -> Side:
        requesting = {ticket.requester, *ticket.watchers}
        return Side.REQUESTER if person in requesting else Side.AGENTS

    def _placement(
        self, tx: Transaction, name: str, lane: Lane, ticket: Ticket
    ) -> tuple[str, Placement]:
        if lane.side is Side.AGENTS:
            queue = lane.queue or ticket.queue
            home = self._policy().queue(queue).home
            platform = next((one for one in self._platforms if one in home), self._platforms[0])
            channel = home.get(platform, queue)
            return platform, Placement(lane=name, number=lane.number, queue_home=channel)
        return self._drawing.reached(tx, name, lane.person or ticket.requester)


def _notice(row: Outgoing) -> str:
    """Name the message of a notice, and the ticket it is about: people answer in its thread."""
    return f"notice:{row.key}:{row.number}"


def _last_question(tx: Transaction, ticket: Ticket) -> list[EntryId]:
    """Return what the requester was asked last, for the nudge to remind them of."""
    replies = tx.entries.of(ticket.number, frozenset({EntryKind.REPLY}))
    return [one.entry for one in replies if one.purpose == "asked"][-1:]
