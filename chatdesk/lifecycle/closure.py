"""Stage 7, closure and documentation: the record is sealed, for a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from chatdesk.lifecycle.facts import Closed
from chatdesk.lifecycle.permissions import Action
from chatdesk.lifecycle.step import Command, Context, Decision
from chatdesk.lifecycle.ticket import CloseReason, ResolutionCode, Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm(Command):
    """The requester agrees that it is fixed (T9)."""

    action: ClassVar[Action] = Action.CONFIRM

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Close as confirmed."""
        by = context.actor.person
        confirmed = Closed(
            at=context.now, by=by, reason=CloseReason.CONFIRMED, before=ticket.status
        )
        return [confirmed]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseUnconfirmed(Command):
    """The clock: the confirmation window has passed (T10)."""

    action: ClassVar[Action] = Action.TIME_PASSES

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Close, unless a message of the requester is still unanswered."""
        if ticket.has_unread_after_resolution or ticket.resolution is None:
            return []
        is_silent = ticket.resolution.code is ResolutionCode.NO_RESPONSE
        reason = CloseReason.NO_RESPONSE if is_silent else CloseReason.UNCONFIRMED
        by = context.actor.person
        return [Closed(at=context.now, by=by, reason=reason, before=ticket.status)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(Command):
    """The requester no longer needs it (T15)."""

    action: ClassVar[Action] = Action.WITHDRAW

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Close as cancelled."""
        by = context.actor.person
        cancelled = Closed(
            at=context.now, by=by, reason=CloseReason.CANCELLED, before=ticket.status
        )
        return [cancelled]
