"""next_reply: our word after the requester's first unanswered message.

It begins once the first reply exists: until then that one is what is owed. The public word that
answers ends the cycle, and the next message begins another.
"""

from __future__ import annotations

from chatdesk.lifecycle.sla.target import Cycle, Target
from chatdesk.lifecycle.ticket import Ticket


def _cycle(ticket: Ticket) -> Cycle | None:
    if ticket.first_reply_at is None or ticket.unanswered_since is None:
        return None
    return Cycle(ticket.unanswered_since)


NEXT_REPLY = Target(name="next_reply", promised=lambda agreed: agreed.next_reply, cycle=_cycle)
