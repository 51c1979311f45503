"""Gathers what a card shows of a ticket: its texts, its people, and how far its words have come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chatdesk.desk import requester_lane, stayed_mark
from chatdesk.lifecycle.facts import Fact
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.ticket import CLOCK, EntryId, EntryKind, PersonId, Side, Ticket
from chatdesk.ports import Clock, Entry, Listed, Person, Transaction
from chatdesk.ui.cards import FileShown
from chatdesk.ui.views import EntryView, Reader, TicketView

PUBLIC = frozenset({EntryKind.MESSAGE, EntryKind.REPLY})
EVERYTHING = frozenset(EntryKind)

NAMING = ("by", "agent", "before", "after", "person")
"""What people are called in facts; some of these are something else in some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a list: a ticket, the side its reader sees, and what they are offered."""

    listed: Listed
    side: Side
    offers: frozenset[str]


class Views:
    """Gathers tickets as people see them, from the store's newest state."""

    def __init__(self, policy: Callable[[], Policy], clock: Clock) -> None:
        self._policy = policy
        self._clock = clock

    def now(self) -> datetime:
        """Return the time as of which everything is drawn."""
        return self._clock.now()

    def view(
        self,
        tx: Transaction,
        ticket: Ticket,
        side: Side,
        reader: Reader,
        *,
        also: Iterable[EntryId] = (),
        about: Fact | None = None,
        whole: bool = False,
    ) -> TicketView:
        """Return a ticket as one side may see it: with the texts its card needs, or the `whole`."""
        found = self._found(tx, ticket, side, also, whole=whole)
        entries = _shown(tx, found, ticket, side, also, reader)
        known = tx.people.get(_people_of(ticket, entries.values(), about))
        return TicketView(
            ticket=ticket,
            policy=self._policy(),
            reader=reader,
            side=side,
            now=self._clock.now(),
            entries=entries,
            names={person: one.name for person, one in known.items()},
            zones={person: one.zone for person, one in known.items()},
            earlier=tx.tickets.earlier(ticket) if side is Side.AGENTS else 0,
            successors=tx.tickets.successors(ticket.number) if ticket.closing else (),
        )

    def outline(
        self, ticket: Ticket, side: Side, reader: Reader, names: Mapping[PersonId, str]
    ) -> TicketView:
        """Return a ticket without any of its texts, for a card that speaks of none."""
        return TicketView(
            ticket=ticket,
            policy=self._policy(),
            reader=reader,
            side=side,
            now=self._clock.now(),
            names=names,
        )

    def views(
        self, tx: Transaction, rows: Sequence[Row], reader: Reader, known: Iterable[Person] = ()
    ) -> tuple[TicketView, ...]:
        """Return tickets as rows of a list, with what one line about each needs, asked for at once.

        `known` are people of whom nothing need be looked up.
        """
        tickets = [row.listed.ticket for row in rows]
        summaries = tx.entries.texts(ticket.summary for ticket in tickets)
        people = {one.person: one for one in known}
        people |= tx.people.get({one.assignee for one in tickets if one.assignee} - {*people})
        names = {person: one.name for person, one in people.items()}
        policy, now = self._policy(), self._clock.now()
        return tuple(
            TicketView(
                ticket=row.listed.ticket,
                policy=policy,
                reader=reader,
                side=row.side,
                now=now,
                names=names,
                offers=row.offers,
                is_overdue=row.listed.due_at is not None and row.listed.due_at <= now,
                summary=summaries.get(row.listed.ticket.summary, ""),
            )
            for row in rows
        )

    @staticmethod
    def _found(
        tx: Transaction, ticket: Ticket, side: Side, also: Iterable[EntryId], *, whole: bool
    ) -> list[Entry]:
        """Return the texts of a ticket that a card needs, or all that a side may see."""
        visible = EVERYTHING if side is Side.AGENTS else PUBLIC
        if whole:
            found = tx.entries.of(ticket.number, visible)
            return [one for one in found if side is Side.AGENTS or _is_said(tx, one, ticket)]
        wanted = {*_entries_of(ticket), *also}
        return [one for one in tx.entries.get(wanted).values() if one.kind in visible]


def _entries_of(ticket: Ticket) -> set[EntryId]:
    resolution, hold = ticket.resolution, ticket.hold
    wanted = {ticket.summary, ticket.details, ticket.answers}
    if resolution:
        wanted |= {resolution.summary, resolution.root_cause}
    if hold:
        wanted.add(hold.reason)
    return {entry for entry in wanted if entry}


def _people_of(ticket: Ticket, entries: Iterable[EntryView], about: Fact | None) -> set[PersonId]:
    resolution, hold = ticket.resolution, ticket.hold
    people = {ticket.requester, ticket.opened_by, ticket.assignee, ticket.last_public_by}
    people |= ticket.watchers
    people |= {resolution.by} if resolution else set()
    people |= {hold.approver} if hold else set()
    people |= {entry.author for entry in entries}
    if about is not None:
        named = (getattr(about, name, None) for name in NAMING)
        people |= {PersonId(one) for one in named if isinstance(one, str)}
    return {person for person in people if person and person != CLOCK}


def _shown(
    tx: Transaction,
    found: Iterable[Entry],
    ticket: Ticket,
    side: Side,
    also: Iterable[EntryId],
    reader: Reader,
) -> dict[EntryId, EntryView]:
    """Return texts as a reader sees them, with their files; those of other tickets are left out."""
    found = [one for one in found if one.number == ticket.number or one.entry in also]
    files = {name for one in found for name in one.files}
    described = tx.attachments.describe(files) if files else {}
    shown = {
        name: FileShown(
            attachment=name,
            name=label,
            media_type=media_type,
            size=size,
            is_readers=by == reader.person,
        )
        for name, (label, media_type, size, by) in described.items()
    }
    views = (_entry_view(one, shown) for one in found)
    if side is Side.AGENTS:
        views = (_on_its_way(tx, view, one, ticket) for view, one in zip(views, found, strict=True))
    return {view.entry: view for view in views}


def _entry_view(entry: Entry, shown: Mapping[str, FileShown]) -> EntryView:
    return EntryView(
        entry=entry.entry,
        kind=entry.kind,
        purpose=entry.purpose,
        author=entry.author,
        at=entry.at,
        text=entry.text,
        files=tuple(shown[name] for name in entry.files if name in shown),
        is_edited=entry.edited_at is not None,
        is_removed=entry.removed_at is not None,
    )


def _on_its_way(tx: Transaction, view: EntryView, entry: Entry, ticket: Ticket) -> EntryView:
    """Return a text with what agents are told of how far it has come."""
    is_reply = entry.kind is EntryKind.REPLY and entry.purpose == "replied"
    return replace(
        view,
        delivery=_progress(tx, entry, ticket),
        delivered_at=_delivered_at(tx, entry) if is_reply else None,
        left_behind=_left_behind(tx, view, ticket) if is_reply else (),
    )


def _left_behind(tx: Transaction, view: EntryView, ticket: Ticket) -> tuple[str, ...]:
    """Return the names of files that the requester's platform did not take."""
    there = tx.conversations.place(requester_lane(ticket.number)) if view.files else None
    if there is None:
        return ()
    marks = {one.name: stayed_mark(there.platform, one.attachment) for one in view.files}
    return tuple(name for name, mark in marks.items() if tx.marks.get(mark))


def _progress(tx: Transaction, entry: Entry, ticket: Ticket) -> str:
    """Return what agents are told of the way of public words: all of a Reply's, else a failure."""
    if entry.kind is not EntryKind.REPLY:
        return ""
    if entry.purpose == "replied":
        return _delivery(tx, entry, ticket)
    why = tx.marks.get(f"undelivered:{entry.entry}")
    return f"failed: {why}" if why else ""


def _is_said(tx: Transaction, entry: Entry, ticket: Ticket) -> bool:
    """Tell whether words have gone out: a Reply that can be undone, or was, is not said yet."""
    is_reply = entry.kind is EntryKind.REPLY and entry.purpose == "replied"
    return not is_reply or _delivery(tx, entry, ticket) not in {"sending", "withdrawn"}


def _delivered_at(tx: Transaction, entry: Entry) -> datetime | None:
    arrived = tx.marks.get(f"delivered:{entry.entry}")
    return datetime.fromisoformat(arrived) if arrived else None


def _delivery(tx: Transaction, entry: Entry, ticket: Ticket) -> str:
    """Return how far a Reply has come on its way to the requester."""
    if tx.conversations.message(f"ticket:{ticket.number}:requester", f"entry:{entry.entry}"):
        return "delivered"
    why = tx.marks.get(f"undelivered:{entry.entry}")
    if why:
        return f"failed: {why}"
    is_recent = any(word.entry == entry.entry for word in ticket.public_words)
    is_going = is_recent or tx.outbox.is_on_its_way("reply", entry.entry)
    return "sending" if is_going else "withdrawn"
