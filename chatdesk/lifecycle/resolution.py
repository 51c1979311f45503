"""Stage 6, resolution and verification: said to be fixed, and asked whether it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

from chatdesk.lifecycle.facts import Closed, Fact, Resolved, Words
from chatdesk.lifecycle.permissions import Action
from chatdesk.lifecycle.reopening import reopen
from chatdesk.lifecycle.step import Command, Context, Decision, Need, Refused
from chatdesk.lifecycle.ticket import (
    AGENT_CODES,
    CloseReason,
    Priority,
    ResolutionCode,
    Status,
    Ticket,
)

SAME_CLICK_WITHIN = timedelta(minutes=1)
"""Who says within this that they are still checking says nothing new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmReminded(Fact):
    """The requester was reminded, half-way, that we ask whether it is fixed."""

    kind: ClassVar[str] = "confirm_reminded"

    def apply(self, ticket: Ticket) -> Ticket:
        """Remind once per resolution."""
        if ticket.resolution is None:
            return ticket
        return replace(ticket, resolution=replace(ticket.resolution, reminded_at=self.at))


@dataclass(frozen=True, slots=True, kw_only=True)
class StillBeingChecked(Fact):
    """The requester needs longer to see whether it is fixed."""

    kind: ClassVar[str] = "still_being_checked"

    def apply(self, ticket: Ticket) -> Ticket:
        """Let the confirmation window begin anew."""
        if ticket.resolution is None:
            return ticket
        resolution = replace(ticket.resolution, waits_since=self.at, reminded_at=None)
        return replace(ticket, resolution=resolution, has_unread_after_resolution=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve(Command):
    """Say that it is fixed (T8): a code and a summary for the requester, both mandatory."""

    action: ClassVar[Action] = Action.RESOLVE
    needs: ClassVar[frozenset[Need]] = frozenset({Need.CHILDREN})

    code: ResolutionCode
    summary: Words
    root_cause: Words | None = None

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Refuse while checklist, child tickets or an approval are open."""
        if self.code not in AGENT_CODES:
            raise Refused("unknown_code", at_field="code")
        if not self.summary.text:
            raise Refused("empty", at_field="summary")
        if ticket.unticked:
            raise Refused("checklist_open", items=ticket.unticked)
        if context.open_children:
            raise Refused("children_open", numbers=context.open_children)
        if ticket.hold is not None and ticket.hold.approver is not None:
            raise Refused("approval_open", person=ticket.hold.approver)
        cause = self.root_cause
        resolved = Resolved(
            at=context.now,
            by=context.actor.person,
            code=self.code,
            summary=self.summary.ref,
            root_cause=cause.ref if cause and cause.text else None,
            before=ticket.status,
        )
        return [resolved]


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveSelf(Command):
    """The requester says it works now (T8, then T9 at once); waived guards are recorded."""

    action: ClassVar[Action] = Action.SOLVE_SELF
    needs: ClassVar[frozenset[Need]] = frozenset({Need.CHILDREN})

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Resolve as self-solved; whoever says so needs not be asked to confirm it."""
        now, by = context.now, context.actor.person
        approver = ticket.hold.approver if ticket.hold else None
        guards: dict[str, object] = {
            "checklist": ticket.unticked,
            "children": context.open_children,
            "approval": approver,
        }
        resolved = Resolved(
            at=now,
            by=by,
            code=ResolutionCode.SELF_SOLVED,
            summary=None,
            before=ticket.status,
            waived=tuple(name for name, is_open in guards.items() if is_open),
        )
        closed = Closed(at=now, by=by, reason=CloseReason.SELF_SOLVED, before=Status.RESOLVED)
        return [resolved, closed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(Command):
    """It is not fixed (T11, T12), or, too late for that, a linked ticket opens (T13)."""

    action: ClassVar[Action] = Action.REOPEN
    needs: ClassVar[frozenset[Need]] = frozenset({Need.ROSTER})

    why: Words

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """A lead who is not the requester must give a reason."""
        if context.actor.person != ticket.requester and not self.why.text:
            raise Refused("empty", at_field="why")
        return reopen(ticket, context, self.why)


@dataclass(frozen=True, slots=True, kw_only=True)
class StillChecking(Command):
    """The requester is not sure yet; the window begins anew."""

    action: ClassVar[Action] = Action.STILL_CHECKING

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Record it, once for a double click."""
        since = ticket.resolution.waits_since if ticket.resolution else None
        if since is not None and context.now - since < SAME_CLICK_WITHIN:
            return []
        return [StillBeingChecked(at=context.now, by=context.actor.person)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemindToConfirm(Command):
    """The clock: half of the confirmation window has passed without an answer."""

    action: ClassVar[Action] = Action.TIME_PASSES

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Remind once."""
        if ticket.resolution is None or ticket.resolution.reminded_at is not None:
            return []
        return [ConfirmReminded(at=context.now, by=context.actor.person)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveSilent(Command):
    """The clock: the last nudge arrived and nothing came back (T16); never a critical ticket."""

    action: ClassVar[Action] = Action.TIME_PASSES

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Resolve as no_response only if every nudge was delivered and our word stands last."""
        all_arrived = len(ticket.nudges) >= len(context.policy.silence.nudges)
        is_ours_to_end = ticket.unanswered_since is None
        if ticket.priority is Priority.CRITICAL or not all_arrived or not is_ours_to_end:
            return []
        resolved = Resolved(
            at=context.now,
            by=context.actor.person,
            code=ResolutionCode.NO_RESPONSE,
            summary=None,
            before=Status.WAITING,
        )
        return [resolved]
