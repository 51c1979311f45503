"""One step of a ticket's life: the transition table, the shape of a command, and how it is decided.

`decide` is the gate in front of every command: permission first, then the table, then the
command's own guards. A refusal carries a key of the wording catalog, not a sentence.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from chatdesk.lifecycle.facts import Fact, Words
from chatdesk.lifecycle.permissions import Action, Actor, may
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.routing import Candidate
from chatdesk.lifecycle.ticket import UNSOLVED, PersonId, QueueName, Status, Ticket


class Refused(Exception):
    """The desk says no, in words: `key` names the sentence, `details` fill it in.

    `at_field` is the form field the sentence belongs to, empty for the whole form.
    """

    def __init__(self, key: str, *, at_field: str = "", **details: object) -> None:
        """Refuse with the catalog's sentence `key`."""
        super().__init__(key)
        self.key = key
        self.at_field = at_field
        self.details = details


class Need(StrEnum):
    """What a command must know beyond ticket, actor and policy; gathered only if asked for."""

    ROSTER = "roster"
    TURN = "turn"
    CAPS = "caps"
    CHILDREN = "children"
    PARENTS = "parents"
    LAST_FOLLOW_UP = "last follow-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How much the requester has opened: numbers of unsolved tickets, and openings this hour."""

    unsolved: tuple[int, ...] = ()
    within_hour: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything a decision may look at besides the ticket; `now` is aware UTC.

    `others` are the tickets the command names, and those in which merged ones of them go on.
    `above` are the numbers of the tickets that the named ones are a part of, however far up.
    """

    now: datetime
    actor: Actor
    policy: Policy
    roster: tuple[Candidate, ...] = ()
    caps: Caps = Caps()
    open_children: tuple[int, ...] = ()
    others: Mapping[int, Ticket] = field(default_factory=dict)
    above: frozenset[int] = frozenset()
    last_follow_up_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Also:
    """A further command on another ticket, decided and saved in the same transaction.

    It follows from this one, so it is decided by the clock's authority where `by_clock`.
    """

    command: Command
    number: int
    by_clock: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """A new ticket is to be opened for this closed one (T13), linked `follow_up_of`, prefilled.

    `why` is what the requester said, if anything. One that `is_under_way` was opened before: it is
    told these further words.
    """

    why: Words | None
    is_under_way: bool = False


Decision = list[Fact | Also | Successor]


class Opening(ABC):
    """The one command that has no ticket yet to be decided on (T1)."""

    __slots__ = ()

    action: ClassVar[Action] = Action.OPEN
    needs: ClassVar[frozenset[Need]] = frozenset()

    requester: PersonId

    @abstractmethod
    def queue(self, policy: Policy) -> QueueName:
        """Return the queue the ticket will wait in."""

    @abstractmethod
    def decide(self, number: int, context: Context) -> list[Fact]:
        """Return the facts of a new ticket; raise Refused if it may not be opened."""


class Command(ABC):
    """What the desk is asked to do with one ticket; decides facts and changes nothing."""

    __slots__ = ()

    action: ClassVar[Action]
    needs: ClassVar[frozenset[Need]] = frozenset()

    @abstractmethod
    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Return what happens, possibly nothing; raise Refused if it may not."""

    def others(self) -> tuple[int, ...]:
        """Return the numbers of other tickets the decision looks at."""
        return ()

    def people(self) -> tuple[PersonId, ...]:
        """Return people named by the command, who must exist."""
        return ()


@dataclass(frozen=True, slots=True)
class Transition:
    """A row of the table: from these statuses, by this command, possibly to that status."""

    id: str
    sources: frozenset[Status]
    command: str
    target: Status | None


def _row(
    row_id: str, sources: Iterable[Status], target: Status | None, *commands: str
) -> list[Transition]:
    return [Transition(row_id, frozenset(sources), command, target) for command in commands]


_NEW, _OPEN, _WAITING = Status.NEW, Status.OPEN, Status.WAITING
_HOLD, _RESOLVED, _CLOSED = Status.ON_HOLD, Status.RESOLVED, Status.CLOSED
_WORK = (_NEW, _OPEN)

TRANSITIONS: tuple[Transition, ...] = (
    *_row("T1", (), _NEW, "Open"),
    *_row("T2", [_NEW], _OPEN, "Claim", "Assign", "Route", "Triage", "Reply"),
    *_row("T3", UNSOLVED, None, "Claim", "Assign", "Release", "Transfer", "Escalate"),
    *_row("T3", UNSOLVED, None, "SetPriority", "SetTopic", "Triage", "Route"),
    *_row("T4", _WORK, _WAITING, "AskRequester"),
    *_row("T5", [_WAITING], _OPEN, "AddMessage"),
    *_row("T6", [_OPEN], _HOLD, "PutOnHold", "RequestApproval"),
    *_row("T7", [_HOLD], _OPEN, "Wake", "AddMessage", "Resume", "DecideApproval"),
    *_row("T8", UNSOLVED, _RESOLVED, "Resolve", "SolveSelf"),
    *_row("T9", [_RESOLVED], _CLOSED, "Confirm"),
    *_row("T10", [_RESOLVED], _CLOSED, "CloseUnconfirmed"),
    *_row("T11", [_RESOLVED], _OPEN, "Reopen", "AddMessage"),
    *_row("T12", [_CLOSED], _OPEN, "Reopen", "AddMessage", "ItCameBack"),
    *_row("T13", [_CLOSED], None, "Reopen", "AddMessage", "ItCameBack"),
    *_row("T14", {*UNSOLVED, _RESOLVED}, _CLOSED, "Merge"),
    *_row("T15", UNSOLVED, _CLOSED, "Withdraw", "MarkSpam"),
    *_row("T16", [_WAITING], _RESOLVED, "ResolveSilent"),
)
"""Who moves where. Unmerge and NotSpam return to the status before, which only they may do."""

KEEPING: dict[str, frozenset[Status]] = {
    "AddMessage": UNSOLVED | {_RESOLVED, _CLOSED},
    "Reply": UNSOLVED | {_RESOLVED, _CLOSED},
    "UndoReply": frozenset(Status),
    "AddNote": frozenset(Status),
    "EditEntry": frozenset(Status),
    "RemoveEntry": frozenset(Status),
    "AddWatcher": UNSOLVED | {_RESOLVED},
    "TickOff": UNSOLVED,
    "LinkTickets": frozenset(Status),
    "JoinRequesters": frozenset(Status),
    "StillChecking": frozenset({_RESOLVED}),
    "RemindToConfirm": frozenset({_RESOLVED}),
    "Rate": frozenset({_RESOLVED, _CLOSED}),
    "AskFollowUp": frozenset({_CLOSED}),
    "StayedFixed": frozenset({_CLOSED}),
    "StopAsking": frozenset({_CLOSED}),
    "Unmerge": frozenset({_CLOSED}),
    "NotSpam": frozenset({_CLOSED}),
    "Nudge": frozenset({_WAITING}),
    "NudgeArrived": frozenset({_WAITING}),
    "WarnSla": UNSOLVED,
    "TellLeadUnclaimed": UNSOLVED,
    "AskIdleOwner": UNSOLVED,
    "ReleaseIdle": UNSOLVED,
    "NoteUnreached": frozenset(Status),
}
"""Commands that change no status, with the statuses in which they make sense."""


def sources_of(command: str) -> frozenset[Status]:
    """Return the statuses in which the command of this name may be decided."""
    rows = [row.sources for row in TRANSITIONS if row.command == command]
    return frozenset().union(*rows, KEEPING.get(command, frozenset()))


def words_of(command: Command | Opening) -> dict[str, Words]:
    """Return the texts a command brings in, by entry."""
    values = (getattr(command, field.name) for field in fields(command))  # type: ignore[arg-type]  # every command is a dataclass
    return {value.entry: value for value in values if isinstance(value, Words)}


_SOURCES: dict[str, frozenset[Status]] = {
    name: sources_of(name) for name in {*KEEPING, *(row.command for row in TRANSITIONS)}
}


def decide(command: Command, ticket: Ticket, context: Context) -> Decision:
    """Decide a command on an existing ticket: permission, table, then its own guards.

    Raises Refused `no_such_ticket` for a ticket the actor may not see, exactly as for a missing
    one; `not_allowed` for an action that is not theirs; `not_now` in a status it does not fit.
    """
    actor = context.actor
    if not may(command.action, actor, ticket):
        if not may(Action.SEE, actor, ticket):
            raise Refused("no_such_ticket", number=ticket.number)
        raise Refused("not_allowed", action=command.action, number=ticket.number)
    name = type(command).__name__
    if ticket.status not in _SOURCES[name]:
        raise Refused("not_now", action=command.action, number=ticket.number, status=ticket.status)
    return command.decide(ticket, context)
