"""Gathers what a card shows, and draws every outgoing notice from the newest state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chatdesk import linking, troubles
from chatdesk.desk import CARD, RECEIPT, WENT_PRIVATE, opened_mark, unreached_mark
from chatdesk.digests import DIGEST, gather
from chatdesk.gathering import actor
from chatdesk.lifecycle.assignment import Unreached
from chatdesk.lifecycle.digest import compared, period_of
from chatdesk.lifecycle.facts import Fact
from chatdesk.lifecycle.notices import WANTING
from chatdesk.lifecycle.permissions import Action, Actor, may
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.ticket import (
    CLOCK,
    EntryId,
    EntryKind,
    PersonId,
    QueueName,
    Side,
    Ticket,
)
from chatdesk.ports import (
    Clock,
    Entry,
    Listed,
    Outgoing,
    Person,
    Place,
    Placement,
    Showing,
    Transaction,
    Trouble,
)
from chatdesk.ui.agents_card import agents_card, moved_card
from chatdesk.ui.cards import Card, FileShown
from chatdesk.ui.digest_card import digest_card
from chatdesk.ui.link_cards import told_card
from chatdesk.ui.notice_cards import NOTICE_CARDS
from chatdesk.ui.receipt import left_card, receipt
from chatdesk.ui.trouble_cards import broken_card, mended_card, policy_card
from chatdesk.ui.views import EntryView, NoticeView, Reader, TicketView
from chatdesk.ui.voice import voice_for
from chatdesk.ui.wording import Wording

PUBLIC = frozenset({EntryKind.MESSAGE, EntryKind.REPLY})
EVERYTHING = frozenset(EntryKind)

NAMING = ("by", "agent", "before", "after", "person")
"""What people are called in facts; some of these are something else in some."""

MIRRORED = frozenset({"message", "your_message", "reply", "note"})
"""Notices that are an entry itself: a later edit of the entry changes that very message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A lane's name, read: of a ticket's side (in a queue, for agents), a person, or a place.

    Of what stays where a ticket has left, it says nothing.
    """

    number: int | None = None
    side: Side | None = None
    queue: QueueName | None = None
    person: PersonId | None = None
    place: Place | None = None

    @classmethod
    def parse(cls, name: str) -> Lane:
        """Read a name made by the desk; ValueError for any other."""
        kind, _, rest = name.partition(":")
        if kind == "left":
            return cls()
        if kind == "person" and rest:
            return cls(person=PersonId(rest))
        if kind == "place" and ":" in rest:
            platform, _, place = rest.partition(":")
            return cls(place=Place(platform=platform, place=place))
        number, _, rest = rest.partition(":")
        side, _, queue = rest.partition(":")
        if kind != "ticket" or not number.isdigit():
            message = f"{name!r} is no lane"
            raise ValueError(message)
        return cls(number=int(number), side=Side(side), queue=QueueName(queue) or None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a list: a ticket, the side its reader sees, and whether they may take it."""

    listed: Listed
    side: Side
    may_work: bool


def reader_of(person: Person | None, policy: Policy) -> Reader:
    """Return a person as the reader of a card; the desk's zone and language are for the rest."""
    if person is None:
        return Reader(zone=policy.zone, locale=policy.language)
    return Reader(
        zone=person.zone or policy.zone,
        locale=person.locale or policy.language,
        person=person.person,
    )


def queue_reader(queue: QueueName, policy: Policy) -> Reader:
    """Return the readers of a queue's channel: the zone of its hours, the desk's language."""
    hours = policy.hours[policy.queue(queue).hours]
    return Reader(zone=hours.zone, locale=policy.language)


def side_for(actor: Actor, ticket: Ticket) -> Side:
    """Return which side of a ticket the actor sees."""
    return Side.AGENTS if may(Action.SEE_NOTES, actor, ticket) else Side.REQUESTER


class Gallery:
    """Draws tickets and notices from the store's newest state."""

    def __init__(
        self,
        policy: Callable[[], Policy],
        clock: Clock,
        wording: Callable[[], Wording],
        platforms: tuple[str, ...],
    ) -> None:
        """Draw under the policy and wording in force; the first platform is the fallback."""
        self._policy = policy
        self._clock = clock
        self._wording = wording
        self._platforms = platforms

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
                may_work=row.may_work,
                is_overdue=row.listed.due_at is not None and row.listed.due_at <= now,
                summary=summaries.get(row.listed.ticket.summary, ""),
            )
            for row in rows
        )

    def digest(self, tx: Transaction, kind: str, at: datetime, reader: Reader) -> Card:
        """Draw the digest of a period, as of a moment, against the period before."""
        policy = self._policy()
        period = period_of(kind, at, reader.zone)
        figures = gather(tx, period, policy)
        before = gather(tx, period.previous, policy) if period.previous else None
        known = tx.people.get([load.agent for load in figures.backlog.load])
        names = {person: one.name for person, one in known.items()}
        say = voice_for(policy, reader, self._clock.now(), self._wording())
        changes = compared(figures, before) if before else None
        return digest_card(figures, changes, say, names, policy)

    def _present_digest(self, tx: Transaction, row: Outgoing, lane: Lane) -> Showing | None:
        """Draw a digest for whoever may still see it, or let others see it in a place."""
        wished_by = lane.person or PersonId(str(row.payload.get("person", "")))
        person = tx.people.get([wished_by]).get(wished_by)
        if person is None:
            return None
        if not may(Action.SEE_DIGEST, actor(tx, person.person, self._policy())):
            return None
        reader = replace(reader_of(person, self._policy()), zone=str(row.payload["zone"]))
        at = datetime.fromisoformat(str(row.payload["at"]))
        platform, placement = self._reached(tx, row.lane, person.person)
        if lane.place is not None:
            reader = replace(reader, locale=self._policy().language)
            platform = lane.place.platform
            placement = Placement(lane=row.lane, queue_home=lane.place.place)
        return Showing(
            card=self.digest(tx, str(row.payload["period"]), at, reader),
            what=f"notice:{row.key}",
            placement=placement,
            platform=platform,
        )

    def _present_trouble(self, tx: Transaction, row: Outgoing, lane: Lane) -> Showing | None:
        """Draw what broke while it is broken, and that it works again once it does."""
        person = tx.people.get([lane.person]).get(lane.person) if lane.person else None
        platform, place = str(row.payload["platform"]), str(row.payload["place"])
        trouble = tx.troubles.get(platform, place)
        is_broken = trouble is not None and not trouble.is_mended
        if person is None or is_broken != (row.notice == troubles.TROUBLE):
            return None
        policy = self._policy()
        say = voice_for(policy, reader_of(person, policy), self._clock.now(), self._wording())
        if trouble is None or trouble.is_mended:
            waited, where = int(row.payload["waited"]), str(row.payload["lane"])
            trouble = Trouble(
                platform=platform, place=place, code="", why="", lane=where, waiting=waited
            )
        draw = broken_card if is_broken else mended_card
        reached_on, placement = self._reached(tx, row.lane, person.person)
        return Showing(
            card=draw(troubles.view_of(tx, trouble, policy), say),
            what=f"notice:{row.key}",
            placement=placement,
            platform=reached_on,
        )

    def _present_policy(self, tx: Transaction, row: Outgoing, lane: Lane) -> Showing | None:
        """Draw what is wrong with the policy, unless something else was told of it since."""
        person = tx.people.get([lane.person]).get(lane.person) if lane.person else None
        if person is None or not troubles.is_news_of_policy(tx, str(row.payload["known"])):
            return None
        policy = self._policy()
        say = voice_for(policy, reader_of(person, policy), self._clock.now(), self._wording())
        platform, placement = self._reached(tx, row.lane, person.person)
        return Showing(
            card=policy_card(str(row.payload["broken"]), say),
            what=f"notice:{row.key}",
            placement=placement,
            platform=platform,
        )

    def _present_link(self, tx: Transaction, row: Outgoing, _: Lane) -> Showing | None:
        """Tell one account of somebody that another was linked with it, or parted."""
        handle, policy = str(row.payload["handle"]), self._policy()
        person = tx.people.by_handle(handle)
        if person is None:
            return None
        say = voice_for(policy, reader_of(person, policy), self._clock.now(), self._wording())
        is_linked, other = row.notice == linking.LINKED, str(row.payload["other"])
        return Showing(
            card=told_card(say, other, is_linked=is_linked),
            what=f"notice:{row.key}",
            placement=Placement(lane=row.lane, number=None, handles=(handle,)),
            platform=linking.platform_of(handle),
        )

    def _present_left(self, _: Transaction, row: Outgoing, __: Lane) -> Showing:
        """Draw what everybody may know of a ticket that was theirs to read, and is private now."""
        policy = self._policy()
        say = voice_for(policy, reader_of(None, policy), self._clock.now(), self._wording())
        return Showing(
            card=left_card(say),
            what=CARD,
            placement=Placement(lane=row.lane),
            platform=self._platforms[0],
            edits=True,
        )

    def present(self, tx: Transaction, row: Outgoing) -> Showing | None:
        """Draw a notice that is due; None when there is nothing left to say."""
        lane = Lane.parse(row.lane)
        if lane.person is not None:
            lane = replace(lane, person=tx.links.current(lane.person))
        apart = {
            DIGEST: self._present_digest,
            troubles.TROUBLE: self._present_trouble,
            troubles.MENDED: self._present_trouble,
            troubles.POLICY: self._present_policy,
            linking.LINKED: self._present_link,
            linking.UNLINKED: self._present_link,
            WENT_PRIVATE: self._present_left,
        }
        if row.notice in apart:
            return apart[row.notice](tx, row, lane)
        ticket = tx.tickets.load(row.number) if row.number is not None else None
        if ticket is None or not self._may_still_read(tx, lane, ticket):
            return None
        if lane.person and row.notice in WANTING and tx.marks.get(unreached_mark(row.key)):
            return None  # it was told in the ticket's conversation instead
        reader = self._reader(tx, lane, ticket)
        side = lane.side or self._side_of_person(ticket, lane.person)
        card, what, edits = self._draw(tx, row, lane, ticket, side, reader)
        if card is None:
            return None
        platform, placement = self._placement(tx, row.lane, lane, ticket)
        return Showing(
            card=card,
            what=what,
            placement=replace(placement, title=card.title),
            platform=platform,
            edits=edits,
            opens_thread=row.notice in {CARD, RECEIPT},
        )

    def _may_still_read(self, tx: Transaction, lane: Lane, ticket: Ticket) -> bool:
        """Tell whether the person a notice goes to may see its ticket at this moment."""
        person = lane.person or (ticket.requester if lane.side is Side.REQUESTER else None)
        if person is not None and not tx.people.handles(person):
            return False  # erased: nobody is behind the id any more
        if lane.person is None:
            return True
        return may(Action.SEE, actor(tx, lane.person, self._policy()), ticket)

    def _draw(
        self,
        tx: Transaction,
        row: Outgoing,
        lane: Lane,
        ticket: Ticket,
        side: Side,
        reader: Reader,
    ) -> tuple[Card | None, str, bool]:
        wording = self._wording()
        if row.notice in {CARD, RECEIPT}:
            view = self.view(tx, ticket, side, reader)
            if row.notice == RECEIPT:
                return receipt(view, wording), "card", True
            has_left = lane.queue != ticket.queue
            return (moved_card if has_left else agents_card)(view, wording), "card", True
        seq = int(row.payload.get("seq", 0))
        fact = tx.tickets.fact(ticket.number, seq)
        if fact is None:
            return None, "", False
        entry = EntryId(row.payload["entry"]) if "entry" in row.payload else None
        also = [entry] if entry else _last_question(tx, ticket) if row.notice == "nudge" else []
        view = self.view(tx, ticket, side, reader, also=also, about=fact)
        what = f"entry:{entry}" if entry and row.notice in MIRRORED else _notice(row)
        edits = False
        if row.notice in {"reply_mark", "edited_entry"}:
            what, edits = f"entry:{entry}", True
            if row.notice == "edited_entry" and tx.conversations.message(row.lane, what) is None:
                return None, "", False
        why = tx.marks.get(unreached_mark(fact.row)) if isinstance(fact, Unreached) else None
        card = NOTICE_CARDS[row.notice](
            NoticeView(name=row.notice, ticket=view, fact=fact, why=why or ""), wording
        )
        return card, what, edits

    def _reader(self, tx: Transaction, lane: Lane, ticket: Ticket) -> Reader:
        if lane.side is Side.AGENTS:
            return queue_reader(lane.queue or ticket.queue, self._policy())
        person = lane.person or ticket.requester
        return reader_of(tx.people.get([person]).get(person), self._policy())

    @staticmethod
    def _side_of_person(ticket: Ticket, person: PersonId | None) -> Side:
        requesting = {ticket.requester, *ticket.watchers}
        return Side.REQUESTER if person in requesting else Side.AGENTS

    def _placement(
        self, tx: Transaction, name: str, lane: Lane, ticket: Ticket
    ) -> tuple[str, Placement]:
        if lane.side is Side.AGENTS:
            queue = lane.queue or ticket.queue
            home = self._policy().queue(queue).home
            platform = next((one for one in self._platforms if one in home), self._platforms[0])
            channel = home.get(platform, queue)
            return platform, Placement(lane=name, number=lane.number, queue_home=channel)
        return self._reached(tx, name, lane.person or ticket.requester)

    def _reached(self, tx: Transaction, name: str, person: PersonId) -> tuple[str, Placement]:
        """Return where a person is reached: where a ticket was opened, or a place that is here."""
        handles = tx.people.handles(person)
        opened_on = tx.marks.get(opened_mark(name)) if len(handles) > 1 else None
        platforms = [opened_on, *map(linking.platform_of, handles)]
        known = {linking.platform_of(handle) for handle in handles}.intersection(self._platforms)
        platform = next((one for one in platforms if one in known), self._platforms[0])
        return platform, Placement(lane=name, number=Lane.parse(name).number, handles=handles)

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


def _notice(row: Outgoing) -> str:
    """Name the message of a notice, and the ticket it is about: people answer in its thread."""
    return f"notice:{row.key}:{row.number}"


def number_of(what: str | None) -> int | None:
    """Return the ticket that a message is about, from what it shows."""
    kind, _, rest = (what or "").partition(":")
    number = rest.rpartition(":")[2]
    return int(number) if kind == "notice" and number.isdigit() else None


def _last_question(tx: Transaction, ticket: Ticket) -> list[EntryId]:
    """Return what the requester was asked last, for the nudge to remind them of."""
    replies = tx.entries.of(ticket.number, frozenset({EntryKind.REPLY}))
    return [one.entry for one in replies if one.purpose == "asked"][-1:]


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
    )


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
