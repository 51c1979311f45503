"""Whom a new ticket goes to: nobody (agents claim), or the next agent present in turn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from chatdesk.lifecycle.policy import Routing
from chatdesk.lifecycle.ticket import PersonId

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An agent of the queue: present means not away and in hours."""

    person: PersonId
    is_present: bool = True
    is_away: bool = False
    unsolved: int = 0
    last_assigned_at: datetime | None = None


def route(routing: Routing, roster: Iterable[Candidate]) -> PersonId | None:
    """Return the agent a new ticket goes to, or None to leave it for a claim.

    Round robin needs no counter: the turn is with whoever was given a ticket longest ago.
    """
    present = [candidate for candidate in roster if candidate.is_present]
    if routing is Routing.MANUAL or not present:
        return None
    turn = min(present, key=lambda agent: (agent.last_assigned_at or _NEVER, agent.person))
    return turn.person
