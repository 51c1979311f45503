"""What happened, in the past tense: the base of all facts, and those that several stages use.

A fact holds ids, enums, times and salted digests, never a person's text. Applying it is pure and
knows no rules: the command that decided it has checked them.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from chatdesk.lifecycle.ticket import (
    CloseReason,
    Closing,
    EntryId,
    EntryKind,
    FollowUp,
    PersonId,
    PublicWord,
    Resolution,
    ResolutionCode,
    Status,
    Ticket,
)

MAX_TEXT = 20_000
"""Characters one text may have, wherever a person types it."""

MAX_SUMMARY = 200
"""Characters a ticket's summary may have: it stands in lists and titles."""


def keepable(text: str) -> str:
    """Make a text one that every database takes: NUL is dropped, lone surrogates become U+FFFD."""
    text = text.replace("\x00", "")
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def clean_text(text: str) -> str:
    """Make a person's text one that both databases store alike; blank-only text becomes empty.

    What `keepable` does is done, line ends become newlines, and the text is composed (NFC).
    Everything else stays as written.
    """
    text = keepable(text).replace("\r\n", "\n").replace("\r", "\n")
    text = unicodedata.normalize("NFC", text)
    blank = all(char.isspace() or unicodedata.category(char) in {"Cf", "Cc"} for char in text)
    return "" if blank else text


@dataclass(frozen=True, slots=True)
class TextRef:
    """A fact's hold on a text: the entry it stands in and a salted digest of it."""

    entry: EntryId
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text a person wrote, on its way into an entry; `files` are attachments already kept."""

    entry: EntryId
    text: str
    salt: str
    files: tuple[str, ...] = ()

    @property
    def ref(self) -> TextRef:
        """What a fact may hold of these words."""
        digest = hashlib.sha256(f"{self.salt}\x00{self.text}".encode()).hexdigest()
        return TextRef(self.entry, digest)


def write(text: str, files: tuple[str, ...] = ()) -> Words:
    """Take down what a person wrote, cleaned, under a new random id and salt."""
    entry = EntryId(secrets.token_hex(16))
    return Words(entry=entry, text=clean_text(text), salt=secrets.token_hex(16), files=files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened to a ticket at a moment, by a person or by the clock.

    `kind` and `version` name its shape in the record; a shape once recorded is read forever.
    """

    kind: ClassVar[str]
    version: ClassVar[int] = 1

    at: datetime
    by: PersonId

    def apply(self, ticket: Ticket) -> Ticket:
        """Return the ticket as it is after this fact."""
        return ticket

    def texts(self) -> tuple[tuple[TextRef, EntryKind], ...]:
        """Return the texts this fact brings in, and the kind of entry each becomes."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned(Fact):
    """An agent has the ticket from now on; `by` the agent themselves when claimed."""

    kind: ClassVar[str] = "assigned"

    agent: PersonId
    before: PersonId | None

    def apply(self, ticket: Ticket) -> Ticket:
        """Give the ticket to the agent; a new ticket becomes open."""
        if ticket.status is Status.NEW:
            ticket = ticket.becomes(Status.OPEN, self.at)
        return replace(
            ticket,
            assignee=self.agent,
            is_unrouted=False,
            assigned_at=self.at,
            unassigned_since=None,
            last_agent_at=self.at,
            is_owner_asked=False,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Released(Fact):
    """The ticket is back in its queue, with nobody; `reason` is internal."""

    kind: ClassVar[str] = "released"

    before: PersonId
    reason: TextRef | None = None

    def apply(self, ticket: Ticket) -> Ticket:
        """Take the assignee off."""
        return replace(
            ticket,
            assignee=None,
            assigned_at=None,
            unassigned_since=self.at,
            is_lead_told=False,
            is_owner_asked=False,
        )

    def texts(self) -> tuple[tuple[TextRef, EntryKind], ...]:
        """Return the reason as a note."""
        return ((self.reason, EntryKind.NOTE),) if self.reason else ()


UNDOABLE_WITHIN = timedelta(minutes=1)
"""No Reply of this age waits to go out any more."""


def spoken_publicly(
    ticket: Ticket, at: datetime, by: PersonId, entry: EntryId, *, is_undoable: bool = False
) -> Ticket:
    """Return the ticket after a public human word of ours, remembering what it changed."""
    word = PublicWord(
        entry=entry,
        at=at,
        by=by,
        is_undoable=is_undoable,
        first_reply_at=ticket.first_reply_at,
        last_public_at=ticket.last_public_at,
        last_public_by=ticket.last_public_by,
        unanswered_since=ticket.unanswered_since,
    )
    recent = (one for one in ticket.public_words if at - one.at < UNDOABLE_WITHIN)
    return replace(
        ticket,
        first_reply_at=ticket.first_reply_at or at,
        last_public_at=at,
        last_public_by=by,
        last_agent_at=at,
        unanswered_since=None,
        has_unread_after_resolution=False,
        public_words=(*recent, word),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAdded(Fact):
    """The requester, or a watcher, wrote something; `is_in_place` if in the conversation itself."""

    kind: ClassVar[str] = "message_added"

    text: TextRef
    is_acknowledgement: bool = False
    is_in_place: bool = True

    def apply(self, ticket: Ticket) -> Ticket:
        """Note that we owe an answer, unless the message only said thanks."""
        if self.is_acknowledgement:
            return ticket
        return replace(
            ticket,
            unanswered_since=ticket.unanswered_since or self.at,
            has_unread_after_resolution=ticket.resolution is not None and not ticket.is_unsolved,
        )

    def texts(self) -> tuple[tuple[TextRef, EntryKind], ...]:
        """Return the message."""
        return ((self.text, EntryKind.MESSAGE),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(Fact):
    """Work goes on: an answer came, the wake time was reached, or an agent took it up again."""

    kind: ClassVar[str] = "resumed"

    before: Status

    def apply(self, ticket: Ticket) -> Ticket:
        """Open the ticket and forget the wait."""
        ticket = ticket.becomes(Status.OPEN, self.at)
        return replace(ticket, hold=None, nudges=(), nudges_sent=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved(Fact):
    """The ticket was said to be fixed."""

    kind: ClassVar[str] = "resolved"

    code: ResolutionCode
    summary: TextRef | None
    root_cause: TextRef | None = None
    before: Status
    waived: tuple[str, ...] = ()

    def apply(self, ticket: Ticket) -> Ticket:
        """Stop the clocks and keep how it was resolved; a summary is a public word."""
        human = self.summary is not None and self.by != ticket.requester
        if human and self.summary:
            ticket = spoken_publicly(ticket, self.at, self.by, self.summary.entry)
        ticket = ticket.becomes(Status.RESOLVED, self.at)
        resolution = Resolution(
            code=self.code,
            summary=self.summary.entry if self.summary else None,
            by=self.by,
            at=self.at,
            root_cause=self.root_cause.entry if self.root_cause else None,
        )
        return replace(
            ticket,
            resolution=resolution,
            hold=None,
            nudges=(),
            nudges_sent=0,
            unanswered_since=None,
            rating=None,
            has_unread_after_resolution=False,
        )

    def texts(self) -> tuple[tuple[TextRef, EntryKind], ...]:
        """Return the summary as a reply and the root cause as a note."""
        summary = ((self.summary, EntryKind.REPLY),) if self.summary else ()
        cause = ((self.root_cause, EntryKind.NOTE),) if self.root_cause else ()
        return summary + cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(Fact):
    """The record is sealed, for a reason; `target` is the ticket it was merged into.

    `joined` are those who follow the target because of the merge alone.
    """

    kind: ClassVar[str] = "closed"

    reason: CloseReason
    before: Status
    target: int | None = None
    joined: frozenset[PersonId] = frozenset()

    def apply(self, ticket: Ticket) -> Ticket:
        """Close, remembering the status before for what can be taken back."""
        ticket = ticket.becomes(Status.CLOSED, self.at)
        closing = Closing(
            reason=self.reason, at=self.at, by=self.by, before=self.before, joined=self.joined
        )
        return replace(
            ticket,
            closing=closing,
            is_continued=False,
            merged_into=self.target,
            follow_up=FollowUp(is_stopped=ticket.follow_up.is_stopped),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened(Fact):
    """It was not fixed after all; `why` is the requester's or the lead's own words."""

    kind: ClassVar[str] = "reopened"

    before: Status
    why: TextRef | None
    assignee: PersonId | None
    is_recurrence: bool = False

    def apply(self, ticket: Ticket) -> Ticket:
        """Back to work, whatever was waited for before; elapsed time stays in the history."""
        ticket = ticket.becomes(Status.OPEN, self.at)
        asked_at = self.at if self.by == ticket.requester else None
        return replace(
            ticket,
            assignee=self.assignee,
            assigned_at=self.at if self.assignee else None,
            unassigned_since=None if self.assignee else self.at,
            is_lead_told=False,
            is_owner_asked=False,
            resolution=None,
            closing=None,
            follow_up=FollowUp(is_stopped=ticket.follow_up.is_stopped),
            reopen_count=ticket.reopen_count + 1,
            unanswered_since=ticket.unanswered_since or asked_at,
            hold=None,
            nudges=(),
            nudges_sent=0,
            is_continued=False,
            has_unread_after_resolution=False,
        )

    def texts(self) -> tuple[tuple[TextRef, EntryKind], ...]:
        """Return why it was reopened, as the requester's message."""
        return ((self.why, EntryKind.MESSAGE),) if self.why else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingUndone(Fact):
    """A closing that was a mistake (a merge, spam) was taken back: the status before returns."""

    kind: ClassVar[str] = "closing_undone"

    reason: CloseReason
    to: Status

    def apply(self, ticket: Ticket) -> Ticket:
        """Return to the status before; what waited for a confirmation waits anew."""
        resolution = ticket.resolution
        if resolution is not None and self.to is Status.RESOLVED:
            resolution = replace(resolution, waits_since=self.at, reminded_at=None)
        back = ticket.becomes(self.to, self.at)
        return replace(back, closing=None, merged_into=None, resolution=resolution)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatcherRemoved(Fact):
    """A person no longer follows the requester's conversation."""

    kind: ClassVar[str] = "watcher_removed"

    person: PersonId

    def apply(self, ticket: Ticket) -> Ticket:
        """Take the person out."""
        return replace(ticket, watchers=ticket.watchers - {self.person})


@dataclass(frozen=True, slots=True, kw_only=True)
class WatcherAdded(Fact):
    """A person follows the requester's conversation from now on."""

    kind: ClassVar[str] = "watcher_added"

    person: PersonId

    def apply(self, ticket: Ticket) -> Ticket:
        """Add the person; adding twice changes nothing."""
        return replace(ticket, watchers=ticket.watchers | {self.person})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurred(Fact):
    """It came back after the time for reopening, so a linked ticket was opened instead (T13)."""

    kind: ClassVar[str] = "recurred"

    def apply(self, ticket: Ticket) -> Ticket:
        """Stop asking about this closure: the new ticket speaks for it."""
        follow_up = replace(ticket.follow_up, is_stopped=True)
        return replace(ticket, follow_up=follow_up, is_continued=True)
