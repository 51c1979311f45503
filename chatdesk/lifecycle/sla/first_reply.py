"""first_reply: the first public human word; receipts, notes and reassignments never count.

Waiting begins with a public word, so only a hold can pause this clock (and a time in which the
ticket was resolved or closed without any word of ours).
"""

from __future__ import annotations

from chatdesk.lifecycle.sla.target import Cycle, Target
from chatdesk.lifecycle.ticket import Ticket


def _cycle(ticket: Ticket) -> Cycle:
    return Cycle(ticket.opened_at, ticket.first_reply_at)


FIRST_REPLY = Target(name="first_reply", promised=lambda agreed: agreed.first_reply, cycle=_cycle)
