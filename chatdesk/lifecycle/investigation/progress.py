"""How the work goes on: the checklist, and the warnings that time runs out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from chatdesk.lifecycle.facts import Fact
from chatdesk.lifecycle.permissions import Action
from chatdesk.lifecycle.step import Command, Context, Decision
from chatdesk.lifecycle.ticket import Ticket, Warned


@dataclass(frozen=True, slots=True, kw_only=True)
class TickedOff(Fact):
    """An item of the checklist is done."""

    kind: ClassVar[str] = "ticked_off"

    item: str

    def apply(self, ticket: Ticket) -> Ticket:
        """Take it off the list."""
        return replace(ticket, unticked=tuple(x for x in ticket.unticked if x != self.item))


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaWarned(Fact):
    """A share of a target's time has passed; 100 percent is a breach and is never erased."""

    kind: ClassVar[str] = "sla_warned"

    target: str
    percent: int
    since: datetime
    due_at: datetime

    def apply(self, ticket: Ticket) -> Ticket:
        """Remember it for this cycle."""
        warned = Warned(target=self.target, percent=self.percent, since=self.since)
        return replace(ticket, warned=(*ticket.warned, warned))


@dataclass(frozen=True, slots=True, kw_only=True)
class TickOff(Command):
    """Mark an item of the checklist as done."""

    action: ClassVar[Action] = Action.TICK_OFF

    item: str

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Ticking twice changes nothing."""
        if self.item not in ticket.unticked:
            return []
        return [TickedOff(at=context.now, by=context.actor.person, item=self.item)]


@dataclass(frozen=True, slots=True, kw_only=True)
class WarnSla(Command):
    """The clock: a share of a target's time has passed."""

    action: ClassVar[Action] = Action.TIME_PASSES

    target: str
    percent: int
    since: datetime
    due_at: datetime

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Warn once per target, percentage and cycle."""
        warned = Warned(target=self.target, percent=self.percent, since=self.since)
        if warned in ticket.warned:
            return []
        fact = SlaWarned(
            at=context.now,
            by=context.actor.person,
            target=self.target,
            percent=self.percent,
            since=self.since,
            due_at=self.due_at,
        )
        return [fact]
