"""What is said, publicly and internally, and taken back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from chatdesk.lifecycle.facts import (
    Assigned,
    Fact,
    MessageAdded,
    Reopened,
    TextRef,
    Words,
    spoken_publicly,
)
from chatdesk.lifecycle.investigation.waiting import resuming
from chatdesk.lifecycle.permissions import Action
from chatdesk.lifecycle.reading import Reading, read
from chatdesk.lifecycle.reopening import reopen
from chatdesk.lifecycle.step import Also, Command, Context, Decision, Need, Refused
from chatdesk.lifecycle.ticket import (
    CloseReason,
    EntryId,
    EntryKind,
    PublicWord,
    Status,
    Ticket,
)

JUST_ANSWERED_WITHIN = timedelta(seconds=60)
"""A colleague's Reply of this age makes the desk ask before another goes out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replied(Fact):
    """An agent spoke to the requester."""

    kind: ClassVar[str] = "replied"

    text: TextRef

    def apply(self, ticket: Ticket) -> Ticket:
        """Count it as our public word; it can be undone for a few seconds."""
        return spoken_publicly(ticket, self.at, self.by, self.text.entry, is_undoable=True)

    def texts(self) -> tuple[tuple[TextRef, EntryKind], ...]:
        """Return the reply."""
        return ((self.text, EntryKind.REPLY),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyWithdrawn(Fact):
    """A Reply was undone before it went out: it was never said."""

    kind: ClassVar[str] = "reply_withdrawn"

    entry: EntryId

    def apply(self, ticket: Ticket) -> Ticket:
        """Put back what the Reply had changed, and nothing that was said since."""
        words = ticket.public_words
        index = next((index for index, one in enumerate(words) if one.entry == self.entry), None)
        if index is None:
            return ticket
        gone, later = words[index], words[index + 1 :]
        if later:
            kept = (*words[:index], *_without(gone, later))
            return replace(ticket, first_reply_at=_first(kept, ticket), public_words=kept)
        ticket = replace(
            ticket,
            first_reply_at=gone.first_reply_at,
            last_public_at=gone.last_public_at,
            last_public_by=gone.last_public_by,
            public_words=words[:index],
        )
        return _unanswered_again(ticket, gone)


def _without(gone: PublicWord, later: tuple[PublicWord, ...]) -> list[PublicWord]:
    """Return the words after one that was never said, as they are without it."""
    following = replace(
        later[0],
        last_public_at=gone.last_public_at,
        last_public_by=gone.last_public_by,
        unanswered_since=gone.unanswered_since or later[0].unanswered_since,
    )
    first, kept = gone.first_reply_at, []
    for word in (following, *later[1:]):
        kept.append(replace(word, first_reply_at=first))
        first = first or word.at
    return kept


def _first(words: tuple[PublicWord, ...], ticket: Ticket) -> datetime | None:
    """Return when the first reply was given, by the words that still stand."""
    return words[-1].first_reply_at or words[-1].at if words else ticket.first_reply_at


def _unanswered_again(ticket: Ticket, gone: PublicWord) -> Ticket:
    """Return the ticket with what the last word had answered, unless it was resolved since."""
    resolution = ticket.resolution
    if resolution is not None and resolution.at > gone.at:
        return ticket
    unanswered_since = gone.unanswered_since or ticket.unanswered_since
    is_solved = resolution is not None and not ticket.is_unsolved
    return replace(
        ticket,
        unanswered_since=unanswered_since,
        has_unread_after_resolution=is_solved and unanswered_since is not None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted(Fact):
    """Something internal was said; `is_in_place` if in the agents' conversation itself."""

    kind: ClassVar[str] = "noted"

    text: TextRef
    is_in_place: bool = True

    def texts(self) -> tuple[tuple[TextRef, EntryKind], ...]:
        """Return the note."""
        return ((self.text, EntryKind.NOTE),)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryEdited(Fact):
    """Somebody changed their own words; the digest is that of the new ones."""

    kind: ClassVar[str] = "entry_edited"

    text: TextRef


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRemoved(Fact):
    """Somebody deleted their own words."""

    kind: ClassVar[str] = "entry_removed"

    entry: EntryId


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMessage(Command):
    """The requester or a watcher says something; what it means depends on where the ticket stands.

    Waiting or on hold, it resumes work (T5, T7). Resolved or closed, it reopens unless the whole
    message is an acknowledgement (T11, T12), and after the window opens a successor (T13). It is
    always kept. On a merged ticket it goes on to the ticket merged into.
    """

    action: ClassVar[Action] = Action.MESSAGE
    needs: ClassVar[frozenset[Need]] = frozenset({Need.ROSTER})

    text: Words
    is_in_place: bool = True

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Return the message and what follows from it."""
        if not self.text.text and not self.text.files:
            raise Refused("empty", at_field="text")
        now, by = context.now, context.actor.person
        if ticket.merged_into is not None:
            return [Also(command=self, number=ticket.merged_into)]
        if ticket.is_unsolved:
            added = MessageAdded(at=now, by=by, text=self.text.ref, is_in_place=self.is_in_place)
            if ticket.status in {Status.WAITING, Status.ON_HOLD}:
                return [added, *resuming(ticket, context)]
            return [added]
        return self._after_resolution(ticket, context)

    def _after_resolution(self, ticket: Ticket, context: Context) -> Decision:
        now, by = context.now, context.actor.person
        reading = read(self.text.text) if self.text.text else Reading.UNSURE
        added = MessageAdded(
            at=now,
            by=by,
            text=self.text.ref,
            is_acknowledgement=reading is Reading.ACKNOWLEDGEMENT,
            is_in_place=self.is_in_place,
        )
        was_spam = ticket.closing is not None and ticket.closing.reason is CloseReason.SPAM
        if added.is_acknowledgement or by != ticket.requester or was_spam:
            return [added]
        if reading is not Reading.SUBSTANTIVE and not ticket.is_continued:
            return [added]
        return [added, *_without_words(reopen(ticket, context, self.text))]


def _without_words(decision: Decision) -> Decision:
    """Leave the words out of a reopening: the message beside it already holds them."""
    return [replace(one, why=None) if isinstance(one, Reopened) else one for one in decision]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Command):
    """Speak to the requester; on a ticket nobody has, this claims it (T2).

    `anyway` sends it although a colleague has just answered.
    """

    action: ClassVar[Action] = Action.REPLY

    text: Words
    anyway: bool = False

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Refuse empty words, and ask first when a colleague has just answered."""
        if not self.text.text and not self.text.files:
            raise Refused("empty", at_field="text")
        now, by = context.now, context.actor.person
        last_at, last_by = ticket.last_public_at, ticket.last_public_by
        just_answered = last_at is not None and now - last_at < JUST_ANSWERED_WITHIN
        if just_answered and last_by not in {by, None} and not self.anyway:
            raise Refused("colleague_answered", number=ticket.number, person=last_by, at=last_at)
        facts: Decision = []
        if ticket.assignee is None and ticket.is_unsolved:
            facts.append(Assigned(at=now, by=by, agent=by, before=None))
        return [*facts, Replied(at=now, by=by, text=self.text.ref)]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoReply(Command):
    """Take a Reply back before it goes out; the outbox has the last word on whether it can."""

    action: ClassVar[Action] = Action.UNDO_REPLY

    entry: EntryId

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Refuse what is no Reply of late, or somebody else's."""
        words = (one for one in ticket.public_words if one.is_undoable)
        word = next((one for one in words if one.entry == self.entry), None)
        if word is None:
            raise Refused("too_late_to_undo", number=ticket.number)
        if word.by != context.actor.person:
            raise Refused("not_your_words", number=ticket.number)
        by = context.actor.person
        return [ReplyWithdrawn(at=context.now, by=by, entry=self.entry)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote(Command):
    """Say something internal."""

    action: ClassVar[Action] = Action.NOTE

    text: Words
    is_in_place: bool = True

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Refuse empty words."""
        if not self.text.text and not self.text.files:
            raise Refused("empty", at_field="text")
        by = context.actor.person
        return [Noted(at=context.now, by=by, text=self.text.ref, is_in_place=self.is_in_place)]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditEntry(Command):
    """Change one's own words; the door has checked whose they are."""

    action: ClassVar[Action] = Action.SEE

    text: Words

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Record the new digest."""
        return [EntryEdited(at=context.now, by=context.actor.person, text=self.text.ref)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveEntry(Command):
    """Delete one's own words; the door has checked whose they are."""

    action: ClassVar[Action] = Action.SEE

    entry: EntryId

    def decide(self, ticket: Ticket, context: Context) -> Decision:
        """Record that they are gone."""
        return [EntryRemoved(at=context.now, by=context.actor.person, entry=self.entry)]
