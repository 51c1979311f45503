"""A ticket's two cards, one for each side of it."""

from __future__ import annotations

from chatdesk.lifecycle.ticket import Side
from chatdesk.ui.agents_card import agents_card, moved_card
from chatdesk.ui.cards import Card
from chatdesk.ui.receipt import receipt
from chatdesk.ui.views import TicketView
from chatdesk.ui.wording import Wording

__all__ = ["agents_card", "moved_card", "receipt", "ticket_card"]


def ticket_card(view: TicketView, wording: Wording | None = None) -> Card:
    """Return the card of the side for which the view was made."""
    return (agents_card if view.side is Side.AGENTS else receipt)(view, wording)
