"""resolution: from opening to resolved; reopening resumes the same cycle where it stood."""

from __future__ import annotations

from chatdesk.lifecycle.sla.target import Cycle, Target
from chatdesk.lifecycle.ticket import Ticket


def _cycle(ticket: Ticket) -> Cycle:
    return Cycle(ticket.opened_at, ticket.resolution.at if ticket.resolution else None)


RESOLUTION = Target(name="resolution", promised=lambda agreed: agreed.resolution, cycle=_cycle)
