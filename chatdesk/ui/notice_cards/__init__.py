"""The card of every notice there is: one table, whose keys are the names in `lifecycle.notices`."""

from __future__ import annotations

from chatdesk.ui.notice_cards import assignment, ending, talking, waiting
from chatdesk.ui.notice_cards.telling import Cards, told

__all__ = ["NOTICE_CARDS"]

NOTICE_CARDS: dict[str, Cards] = {
    name: told(draw)
    for stage in (assignment, talking, waiting, ending)
    for name, draw in stage.CARDS.items()
}
"""How each notice is drawn: (NoticeView, Wording or None) -> Card."""
