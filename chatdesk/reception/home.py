"""Somebody's own page: the lists that concern them, and for managers the figures."""

from __future__ import annotations

from dataclasses import replace

from chatdesk.lifecycle.permissions import Action, may
from chatdesk.ports import TicketQuery
from chatdesk.reception import readings
from chatdesk.reception.visit import Visit
from chatdesk.ui.cards import button_id
from chatdesk.ui.exchange import Answer
from chatdesk.ui.home_card import HOME, HomePage, Tab, home_card
from chatdesk.ui.views import TicketList

FIGURES = "figures"
OWN = "own"
WORK = ("mine", "unassigned", "risk", "waiting")

_TITLES = {OWN: "mine", "mine": "mine_as_agent"}


def home(visit: Visit, more: str) -> Answer:
    """Show the part of their page that `more` names, `TAB` or `TAB:NUMBER` for a later page.

    A part that is not theirs is never shown: the first one is.
    """
    name, _, after = more.partition(":")
    queries = _queries(visit)
    parts = [*queries, *((FIGURES,) if may(Action.SEE_DIGEST, visit.actor) else ())]
    chosen = name if name in parts else parts[0]
    tabs = tuple(
        Tab(name=part, count=visit.tx.tickets.count(queries[part]) if part in queries else None)
        for part in parts
    )
    page = HomePage(tabs=tabs, chosen=chosen)
    if chosen == FIGURES:
        figures = visit.gallery.digest(visit.tx, "now", visit.now, visit.reader)
        page = replace(page, figures=figures)
    else:
        page = _listed(visit, page, queries[chosen], after if chosen == name else "")
    return Answer(card=home_card(page, visit.voice()))


def _queries(visit: Visit) -> dict[str, TicketQuery]:
    """Return the lists that concern somebody, the most urgent first."""
    own = {OWN: readings.own(visit)}
    if not may(Action.SEE_QUEUE, visit.actor):
        return own
    work = readings.work(visit, visit.actor.agent_of or None)
    return {name: work[name] for name in WORK} | own


def _listed(visit: Visit, page: HomePage, query: TicketQuery, after: str) -> HomePage:
    continued = readings.behind(query, after)
    tickets = visit.tx.tickets.listed(replace(continued, limit=readings.PAGE + 1))
    shown = tickets[: readings.PAGE]
    more = ""
    if len(tickets) > len(shown):
        more = button_id(HOME, more=f"{page.chosen}:{shown[-1].ticket.number}")
    total = next(tab.count for tab in page.tabs if tab.name == page.chosen)
    found = TicketList(
        title_key=_TITLES.get(page.chosen, page.chosen),
        rows=visit.views(shown),
        total=total or 0,
        reader=visit.reader,
        now=visit.now,
        more=more,
    )
    return replace(page, found=found, is_continued=continued != query)
