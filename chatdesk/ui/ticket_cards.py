"""A ticket's two cards, one for each side of it."""

from __future__ import annotations

from dataclasses import replace

from chatdesk.lifecycle.ticket import Side
from chatdesk.ui.agents_card import agents_card, moved_card
from chatdesk.ui.cards import Buttons, Card, parse_button_id
from chatdesk.ui.receipt import receipt
from chatdesk.ui.views import TicketView
from chatdesk.ui.wording import Wording

__all__ = ["agents_card", "moved_card", "receipt", "ticket_card"]


def ticket_card(view: TicketView, wording: Wording | None = None) -> Card:
    """Return the card of the side for which the view was made, with what its reader may do."""
    card = (agents_card if view.side is Side.AGENTS else receipt)(view, wording)
    if view.offers is None:
        return card
    elements = (_offered(one, view) if isinstance(one, Buttons) else one for one in card.elements)
    return replace(card, elements=tuple(one for one in elements if one is not None))


def _offered(row: Buttons, view: TicketView) -> Buttons | None:
    """Leave in a row what would not refuse; None where nothing is left."""

    def is_offered(carried: str) -> bool:
        state = parse_button_id(carried)
        return state is not None and view.may(state.verb)

    buttons = tuple(one for one in row.buttons if is_offered(one.id))
    options = tuple(one for one in row.menu.options if is_offered(one.value)) if row.menu else ()
    menu = replace(row.menu, options=options) if row.menu and options else None
    return replace(row, buttons=buttons, menu=menu) if buttons or menu else None
