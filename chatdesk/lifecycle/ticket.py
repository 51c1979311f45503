"""The ticket as a value: the words of the lifecycle and the state one ticket is in.

Nothing here is text a person wrote: that lives in entries, and a ticket holds their ids.
All times are aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

PersonId = NewType("PersonId", str)
"""The desk's own random id of a person, the same on every platform."""

EntryId = NewType("EntryId", str)
"""The random id of one piece of text a person wrote."""

QueueName = NewType("QueueName", str)
TopicName = NewType("TopicName", str)

CLOCK = PersonId("clock")
"""The author of facts that nobody but the passing of time caused."""


class Status(StrEnum):
    """Where a ticket stands. Six, no more."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CLOSED = "closed"


UNSOLVED = frozenset({Status.NEW, Status.OPEN, Status.WAITING, Status.ON_HOLD})
"""The statuses in which work remains to be done."""

PAUSING = frozenset({Status.WAITING, Status.ON_HOLD})
"""The statuses in which the resolution clock stands still because others are asked."""


class CloseReason(StrEnum):
    """Why a ticket is closed."""

    CONFIRMED = "confirmed"
    SELF_SOLVED = "self_solved"
    UNCONFIRMED = "unconfirmed"
    NO_RESPONSE = "no_response"
    MERGED = "merged"
    CANCELLED = "cancelled"
    SPAM = "spam"


UNCOUNTED = frozenset({CloseReason.MERGED, CloseReason.CANCELLED, CloseReason.SPAM})
"""Closed for these reasons, a ticket appears in no figure."""


class ResolutionCode(StrEnum):
    """How a ticket was resolved; the last two are set by the desk, never chosen by an agent."""

    FIXED = "fixed"
    WORKAROUND = "workaround"
    ANSWERED = "answered"
    NOT_REPRODUCIBLE = "not_reproducible"
    WILL_NOT_DO = "will_not_do"
    SELF_SOLVED = "self_solved"
    NO_RESPONSE = "no_response"


AGENT_CODES = tuple(code for code in ResolutionCode if code not in {"self_solved", "no_response"})
"""The resolution codes an agent chooses from."""


class Impact(StrEnum):
    """How many are affected."""

    ME = "me"
    TEAM = "team"
    MANY = "many"
    EVERYONE = "everyone"


class Urgency(StrEnum):
    """How long it can wait."""

    CAN_WAIT = "can_wait"
    TODAY = "today"
    BLOCKED = "blocked"


class Priority(StrEnum):
    """How soon a ticket is worked, computed from impact and urgency."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for low to 3 for critical."""
        return list(Priority).index(self)


def priority_of(impact: Impact, urgency: Urgency) -> Priority:
    """Priority = impact x urgency, as a sum of ranks: blocked everyone is critical."""
    score = list(Impact).index(impact) + list(Urgency).index(urgency)
    if score >= 4:  # noqa: PLR2004 - the matrix, written as its diagonals
        return Priority.CRITICAL
    return (Priority.LOW, Priority.MEDIUM, Priority.HIGH, Priority.HIGH)[score]


class EntryKind(StrEnum):
    """Message by the requester's side, Reply by an agent and public, Note by an agent, internal."""

    MESSAGE = "message"
    REPLY = "reply"
    NOTE = "note"


class Side(StrEnum):
    """Whose conversation."""

    REQUESTER = "requester"
    AGENTS = "agents"


class Door(StrEnum):
    """By which way a ticket came in."""

    FORM = "form"
    SHORTCUT = "shortcut"
    REACTION = "reaction"
    MESSAGE = "message"
    EMAIL = "email"
    WEB = "web"
    API = "api"
    ON_BEHALF = "on_behalf"
    FOLLOW_UP = "follow_up"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A status and the moment since which it held."""

    status: Status
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicWord:
    """Something we said lately, and what it changed: how the ticket stood before it.

    `is_undoable` is a Reply, which is taken back by that; its row in the outbox tells until when.
    """

    entry: EntryId
    at: datetime
    by: PersonId
    is_undoable: bool
    first_reply_at: datetime | None
    last_public_at: datetime | None
    last_public_by: PersonId | None
    unanswered_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """An SLA warning already given: once per target, percentage and cycle.

    The cycle is named by the moment its clock started.
    """

    target: str
    percent: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """How the ticket was resolved: by whom, when, with which code and summary.

    `waits_since` is the beginning of the confirmation window, which is `at` unless the requester
    asked for more time, or the ticket was merged away for a while.
    """

    code: ResolutionCode
    summary: EntryId | None
    by: PersonId
    at: datetime
    root_cause: EntryId | None = None
    reminded_at: datetime | None = None
    waits_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """How the ticket was closed, and the status it had before, for what can be taken back.

    `joined` are those who follow the ticket it was merged into because of the merge alone.
    """

    reason: CloseReason
    at: datetime
    by: PersonId
    before: Status
    joined: frozenset[PersonId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """The question of stage 8 for the latest closure."""

    asked_at: datetime | None = None
    not_before: datetime | None = None
    is_stopped: bool = False
    is_answered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why and until when a ticket is on hold; `approver` if it waits for an approval."""

    wake_at: datetime
    reason: EntryId
    approver: PersonId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One request and the state it is in; equal to the fold of its record.

    `version` counts its facts. `history` is every stretch of status since opening, from which
    pauses and all clocks are derived. `zone` is the requester's IANA time zone.
    `is_unrouted` says that nobody has had it since it came into its queue. `unanswered_since` is
    the requester's first message that no public word has answered yet; `nudges` are the moments at
    which nudges reached the requester. `is_continued` says that it came back too late to be
    reopened, and another ticket was opened for it. `public_words` are the latest, oldest first:
    they are kept for as long as a Reply among them can be undone.
    """

    number: int
    version: int
    requester: PersonId
    opened_by: PersonId
    opened_at: datetime
    door: Door
    zone: str
    topic: TopicName
    queue: QueueName
    summary: EntryId
    priority: Priority
    status: Status = Status.NEW
    history: tuple[Stretch, ...] = ()
    tier: int = 1
    is_confidential: bool = False
    details: EntryId | None = None
    answers: EntryId | None = None
    impact: Impact | None = None
    urgency: Urgency | None = None
    is_priority_overridden: bool = False
    is_triaged: bool = False
    assignee: PersonId | None = None
    assigned_at: datetime | None = None
    unassigned_since: datetime | None = None
    is_unrouted: bool = False
    is_lead_told: bool = False
    is_owner_asked: bool = False
    watchers: frozenset[PersonId] = frozenset()
    first_reply_at: datetime | None = None
    last_public_at: datetime | None = None
    last_public_by: PersonId | None = None
    unanswered_since: datetime | None = None
    last_agent_at: datetime | None = None
    public_words: tuple[PublicWord, ...] = ()
    hold: Hold | None = None
    nudges_sent: int = 0
    nudges: tuple[datetime, ...] = ()
    warned: tuple[Warned, ...] = ()
    unticked: tuple[str, ...] = ()
    resolution: Resolution | None = None
    closing: Closing | None = None
    follow_up: FollowUp = FollowUp()
    reopen_count: int = 0
    rating: int | None = None
    merged_into: int | None = None
    follow_up_of: int | None = None
    parent: int | None = None
    has_unread_after_resolution: bool = False
    is_continued: bool = False

    @property
    def is_unsolved(self) -> bool:
        """Work remains to be done."""
        return self.status in UNSOLVED

    @property
    def since(self) -> datetime:
        """Since when the ticket has had its status."""
        return self.history[-1].since if self.history else self.opened_at

    def becomes(self, status: Status, at: datetime) -> Ticket:
        """Move to a status; the stretch is added to the history unless nothing changes."""
        if status is self.status:
            return self
        return replace(self, status=status, history=(*self.history, Stretch(status, at)))


def stretches(
    ticket: Ticket, statuses: frozenset[Status]
) -> list[tuple[datetime, datetime | None]]:
    """Return every (start, end) in one of the statuses; the end is None while it lasts."""
    found: list[tuple[datetime, datetime | None]] = []
    for index, stretch in enumerate(ticket.history):
        if stretch.status not in statuses:
            continue
        later = ticket.history[index + 1 :]
        end = later[0].since if later else None
        if found and found[-1][1] == stretch.since:
            found[-1] = (found[-1][0], end)
        else:
            found.append((stretch.since, end))
    return found
