"""update: a public word at least this often while work remains and no pause is announced.

Every public word ends a cycle and begins the next, so this clock is never met, only begun again.
"""

from __future__ import annotations

from chatdesk.lifecycle.sla.target import Cycle, Target
from chatdesk.lifecycle.ticket import Ticket


def _cycle(ticket: Ticket) -> Cycle:
    return Cycle(ticket.last_public_at or ticket.opened_at)


UPDATE = Target(name="update", promised=lambda agreed: agreed.update, cycle=_cycle)
