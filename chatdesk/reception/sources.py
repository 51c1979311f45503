"""The message a ticket was made from: remembered, and answered in where the queue says so."""

from __future__ import annotations

import json

from chatdesk.desk import Outcome, public_mark, requester_lane
from chatdesk.lifecycle.policy import AnswersIn
from chatdesk.lifecycle.ticket import Ticket
from chatdesk.ports import Place, Transaction
from chatdesk.reception.readings import After
from chatdesk.reception.visit import Visit
from chatdesk.ui.exchange import Answer, Source


def rooted(visit: Visit, source: Source | None, after: After) -> After:
    """Return what follows an opening, so that the ticket's message is remembered as well."""
    if source is None or not source.message:
        return after

    def remembered(tx: Transaction, outcome: Outcome) -> Answer:
        _remember(tx, visit, outcome.ticket, source)
        return after(tx, outcome)

    return remembered


def ticket_of(tx: Transaction, platform: str, place: str, message: str) -> Ticket | None:
    """Return the ticket that was made from a message."""
    number = tx.marks.get(_made(platform, place, message))
    return tx.tickets.load(int(number)) if number else None


def source_of(tx: Transaction, number: int) -> tuple[str, str, str] | None:
    """Return the message a ticket was made from: (platform, place, message)."""
    told = tx.marks.get(f"source:{number}")
    if not told:
        return None
    platform, place, message = json.loads(told)
    return str(platform), str(place), str(message)


def _remember(tx: Transaction, visit: Visit, ticket: Ticket, source: Source) -> None:
    platform = visit.interaction.platform
    spot = [platform, source.place, source.message]
    tx.marks.set(f"source:{ticket.number}", json.dumps(spot))
    tx.marks.set(_made(platform, source.place, source.message), str(ticket.number))
    if not source.is_public or ticket.is_confidential:
        return
    if visit.policy.queue(ticket.queue).answers_in is not AnswersIn.THREAD:
        return
    thread = source.thread or source.message
    if tx.conversations.lane_at(platform, source.place, thread) is None:
        lane = requester_lane(ticket.number)
        tx.conversations.bind(lane, Place(platform=platform, place=source.place, thread=thread))
        tx.marks.set(public_mark(lane), "yes")


def _made(platform: str, place: str, message: str) -> str:
    return f"ticket_of:{platform}:{place}:{message}"
