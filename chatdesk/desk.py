"""The front door: every change to a ticket is asked here, decided by the core, and saved at once.

`Desk.handle` is the only way to change anything. It blocks: adapters reach it through a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from chatdesk import gathering
from chatdesk.lifecycle import sla, step
from chatdesk.lifecycle.assignment import NoteUnreached, Transferred
from chatdesk.lifecycle.facts import Fact, Words, write
from chatdesk.lifecycle.intake import Open
from chatdesk.lifecycle.investigation import (
    AddMessage,
    EntryEdited,
    EntryRemoved,
    NudgeArrived,
    ReplyWithdrawn,
)
from chatdesk.lifecycle.notices import WANTING, Audience, Notice, notices, tells_leads
from chatdesk.lifecycle.permissions import Action, may
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.record import evolve, fold
from chatdesk.lifecycle.step import Also, Command, Opening, Refused, Successor, words_of
from chatdesk.lifecycle.ticket import (
    CLOCK,
    UNSOLVED,
    Door,
    EntryKind,
    PersonId,
    QueueName,
    Ticket,
)
from chatdesk.lifecycle.timers import due_command, timers
from chatdesk.ports import (
    Clock,
    DueTimer,
    Entry,
    Outgoing,
    Place,
    Stale,
    Store,
    TicketQuery,
    Transaction,
)

CARD = "card"
"""The agents' card of a ticket: refreshed after every change."""

T = TypeVar("T")

SPOKEN = frozenset({"reply", "question", "held", "resolved"})
"""Notices that carry our words to the requester: agents must know when one is lost."""

NOBODY_THERE = "nobody is known by that name any more"
"""Why words for somebody who was erased are not delivered."""

RECEIPT = "receipt"
"""The requester's card of a ticket: refreshed after every change."""

WENT_PRIVATE = "went_private"
"""What is left of a receipt where everybody reads, once its ticket is private."""

RECKONED_AT_ONCE = 100
"""Tickets looked up at a time when the policy has changed."""

DECIDED_AGAIN = 5
"""How often a command that lost a race is decided again before the loss is reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a command led to: the ticket after it, the facts, and a ticket opened in its wake."""

    ticket: Ticket
    facts: tuple[Fact, ...] = ()
    successor: Ticket | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The delivery a command came in by: `key` of its inbox row, and the answer to keep there."""

    key: str
    answer: Callable[[Transaction, Outcome], Mapping[str, Any]] = field(
        default=lambda _tx, _outcome: {}
    )


def requester_lane(number: int) -> str:
    """Return the lane of a ticket's conversation with its requester."""
    return f"ticket:{number}:requester"


def agents_lane(number: int, queue: QueueName) -> str:
    """Return the lane of a ticket's conversation among the agents of a queue."""
    return f"ticket:{number}:agents:{queue}"


def left_lane(number: int) -> str:
    """Return the lane of what stays of a ticket where its requester is not answered any more."""
    return f"left:{number}"


def person_lane(person: PersonId) -> str:
    """Return the lane of direct messages to a person."""
    return f"person:{person}"


def place_lane(place: Place) -> str:
    """Return the lane of what is told in a place to everybody there, such as a digest."""
    return f"place:{place.platform}:{place.place}"


def unreached_mark(row: str) -> str:
    """Return the mark that says why the row of that key did not reach the requester."""
    return f"unreached:{row}"


def stayed_mark(platform: str, attachment: str) -> str:
    """Return the mark that says that a platform did not take a file."""
    return f"stayed:{platform}:{attachment}"


def unread_mark(platform: str) -> str:
    """Return the mark that says that words which mention nobody are not read on a platform."""
    return f"unread:{platform}"


def public_mark(lane: str) -> str:
    """Return the mark of a requester's conversation that others than the requester read."""
    return f"public:{lane}"


def opened_mark(lane: str) -> str:
    """Return the mark of the platform on which a ticket was opened, of who has several accounts."""
    return f"opened:{lane}"


def _leave_public(tx: Transaction, number: int) -> None:
    """Go on in a direct message: what is private now is not told where everybody reads.

    The receipt that stands there is to say so, and nothing else any more.
    """
    lane, left = requester_lane(number), left_lane(number)
    if not tx.marks.get(public_mark(lane)):
        return
    place, shown = tx.conversations.place(lane), tx.conversations.message(lane, CARD)
    tx.conversations.leave(lane)
    tx.marks.set(public_mark(lane), "")
    if place is not None and shown is not None:
        tx.conversations.rebind(left, place)
        tx.conversations.link(left, CARD, shown)
        tx.outbox.put(left, WENT_PRIVATE, number, {}, collapse=True)


class Desk:
    """One organisation's help desk."""

    def __init__(self, store: Store, clock: Clock, policy: Callable[[], Policy]) -> None:
        """Decide over this store, by this clock, under the policy in force at each moment."""
        self._store = store
        self._clock = clock
        self._policy = policy

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._policy()

    def now(self) -> datetime:
        """Return the desk's moment, aware UTC."""
        return self._clock.now()

    def handle(
        self,
        command: Command | Opening,
        by: PersonId,
        number: int | None = None,
        *,
        delivery: Delivered | None = None,
    ) -> Outcome:
        """Decide a command and save what follows, in one transaction.

        Raises Refused with nothing changed, and StoreUnavailable when nothing can be saved. A
        command that lost a race against another change is decided again from the new state.
        """

        def work(tx: Transaction) -> Outcome:
            outcome = self.act(tx, command, by, number)
            if delivery is not None:
                tx.inbox.finish(delivery.key, delivery.answer(tx, outcome))
            return outcome

        return self.write(work)

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Do work that acts on tickets in one transaction, again if it lost a race."""
        for _ in range(DECIDED_AGAIN):
            try:
                return self._store.write(work)
            except Stale:
                continue
        return self._store.write(work)

    def act(
        self, tx: Transaction, command: Command | Opening, by: PersonId, number: int | None
    ) -> Outcome:
        """Decide and save within a transaction that is already under way."""
        if isinstance(command, Opening):
            return self._open(tx, command, by)
        ticket = _taken(tx, number, command)
        if ticket is None:
            raise Refused("no_such_ticket", number=number)
        gathering.check_people(tx, command)
        asked = gathering.Asked(
            command=command, ticket=ticket, now=self._clock.now(), policy=self._policy()
        )
        actor = gathering.actor(tx, by, asked.policy)
        decision = step.decide(command, ticket, gathering.context(tx, asked, actor))
        facts = [one for one in decision if isinstance(one, Fact)]
        after = evolve(ticket, facts)
        if facts:
            self._save(tx, before=ticket, after=after, facts=facts, words=words_of(command))
        successor = None
        for one in decision:
            if isinstance(one, Also):
                self.act(tx, one.command, CLOCK if one.by_clock else by, one.number)
            elif isinstance(one, Successor):
                continues = self._continue if one.is_under_way else self._succeed
                successor = continues(tx, after, one, by)
        return Outcome(ticket=after, facts=tuple(facts), successor=successor)

    def reckon_anew(self) -> int:
        """Work out every unsolved ticket's due times under the policy in force; return how many.

        To be called when the policy has changed: hours and promises are facts of today's policy.
        One ticket a transaction, so that nobody waits for it.
        """
        queues = frozenset(QueueName(name) for name in self._policy().queues)
        query = TicketQuery(
            visible_person=CLOCK,
            visible_queues=queues,
            sees_all_open=True,
            statuses=UNSOLVED,
            limit=RECKONED_AT_ONCE,
        )
        reckoned = 0
        while True:
            page = self._store.read(partial(_found, query=query))
            for ticket in page:
                self.write(partial(self._reckon, number=ticket.number))
            reckoned += len(page)
            if len(page) < RECKONED_AT_ONCE:
                return reckoned
            query = replace(query, after=("", page[-1].number))

    def _reckon(self, tx: Transaction, *, number: int) -> None:
        ticket = tx.tickets.load(number, to_change=True)
        if ticket is None or not ticket.is_unsolved:
            return
        policy = self._policy()
        running = sla.clocks(ticket, policy)
        due_at = sla.earliest_of(running)
        tx.tickets.save(ticket, [], before=ticket.version, due_at=due_at)
        tx.timers.set_of(number, _due_times(ticket, policy, running))
        lane = agents_lane(number, ticket.queue)
        tx.outbox.put(lane, CARD, number, {}, collapse=True)

    def fire(self, timer: DueTimer) -> None:
        """Decide what a due timer of a ticket stands for; a timer no longer due does nothing."""
        number = timer.number
        if number is None:
            message = "a recurring timer is fired by its own room"
            raise ValueError(message)

        def work(tx: Transaction) -> None:
            ticket = tx.tickets.load(number, to_change=True)
            if ticket is None:
                tx.timers.done(timer)
                return
            policy = self._policy()
            command = due_command(timer.name, ticket, policy, self._clock.now())
            outcome = self.act(tx, command, CLOCK, number) if command else None
            tx.timers.done(timer)
            if outcome is None or not outcome.facts:
                done = timer if command else None
                tx.timers.set_of(number, _due_times(ticket, policy, without=done))

        self._store.write(work)

    def delivered(self, row: Outgoing, message: str) -> None:
        """Take note that a notice reached its conversation."""
        if row.number is None or not message:
            return
        if row.notice == "nudge":
            self._quietly(NudgeArrived(), row.number)
        if row.notice == "reply":
            self._store.write(lambda tx: self._arrived(tx, row))

    def unsaid(self, row: Outgoing) -> None:
        """Take note that nobody was there to be told.

        Words to somebody who was erased meanwhile reach nobody, and whoever wrote them must know.
        """
        if row.notice in SPOKEN and row.payload.get("entry"):
            self._store.write(lambda tx: self._lost(tx, row, NOBODY_THERE))

    def undelivered(self, row: Outgoing, why: str) -> None:
        """Take note that a notice will not reach its conversation.

        What was to reach the requester in a direct message is told in the ticket's conversation
        instead; of what is lost there, the queue is told.
        """

        def work(tx: Transaction) -> None:
            if row.payload.get("entry"):
                self._lost(tx, row, why)
            if row.number is not None and row.notice in WANTING:
                self._unreached(tx, row, row.number, why)

        self.write(work)

    def _lost(self, tx: Transaction, row: Outgoing, why: str) -> None:
        tx.marks.set(f"undelivered:{row.payload['entry']}", why)
        if row.notice in SPOKEN:
            self._mark_reply(tx, row)

    def _unreached(self, tx: Transaction, row: Outgoing, number: int, why: str) -> None:
        """Tell it elsewhere, or say that it is lost; once, however often the row is parked."""
        mark = unreached_mark(row.key)
        if tx.marks.get(mark):
            return
        tx.marks.set(mark, why or "it was refused")
        conversation = requester_lane(number)
        if row.lane != conversation:
            tx.outbox.put(conversation, row.notice, number, row.payload)
        else:
            self.act(tx, NoteUnreached(notice=row.notice, row=row.key), CLOCK, number)

    def _quietly(self, command: Command, number: int) -> None:
        try:
            self.handle(command, CLOCK, number)
        except Refused:
            return  # the ticket has moved on since the notice was sent

    def _arrived(self, tx: Transaction, row: Outgoing) -> None:
        tx.marks.set(f"delivered:{row.payload['entry']}", self._clock.now().isoformat())
        self._mark_reply(tx, row)

    def _mark_reply(self, tx: Transaction, row: Outgoing) -> None:
        ticket = tx.tickets.load(row.number) if row.number else None
        if ticket is not None:
            lane = agents_lane(ticket.number, ticket.queue)
            tx.outbox.put(lane, "reply_mark", ticket.number, row.payload)

    def _open(
        self,
        tx: Transaction,
        command: Opening,
        by: PersonId,
    ) -> Outcome:
        policy, now = self._policy(), self._clock.now()
        actor = gathering.actor(tx, by, policy)
        if not may(command.action, actor):
            raise Refused("not_allowed", action=command.action)
        if command.requester != by and not may(Action.OPEN_FOR, actor):
            raise Refused("not_allowed", action=Action.OPEN_FOR)
        asked = gathering.Asked(command=command, ticket=None, now=now, policy=policy)
        facts = command.decide(tx.tickets.next_number(), gathering.context(tx, asked, actor))
        ticket = fold(facts)
        self._save(tx, before=None, after=ticket, facts=facts, words=words_of(command))
        return Outcome(ticket=ticket, facts=tuple(facts))

    def _succeed(self, tx: Transaction, ticket: Ticket, one: Successor, by: PersonId) -> Ticket:
        """Open a ticket that continues a closed one, prefilled with what was submitted there."""
        submitted = [entry for entry in (ticket.summary, ticket.answers) if entry]
        known = {name: entry.text for name, entry in tx.entries.get(submitted).items()}
        answers = known.get(ticket.answers) if ticket.answers else None
        command = Open(
            topic=ticket.topic,
            summary=write(known.get(ticket.summary) or f"#{ticket.number}"),
            details=write(one.why.text, one.why.files) if one.why else None,
            answers=write(answers) if answers else None,
            requester=ticket.requester,
            zone=ticket.zone,
            door=Door.FOLLOW_UP,
            impact=ticket.impact,
            urgency=ticket.urgency,
            is_private=ticket.is_confidential,
            follow_up_of=ticket.number,
            worked_in=ticket.queue,
            watchers=ticket.watchers,
        )
        return self._open(tx, command, by).ticket

    def _continue(
        self, tx: Transaction, ticket: Ticket, one: Successor, by: PersonId
    ) -> Ticket | None:
        """Add further words to the ticket that was opened for a closed one."""
        *_, number = tx.tickets.successors(ticket.number)
        if one.why is None or not (one.why.text or one.why.files):
            return tx.tickets.load(number)
        again = AddMessage(text=write(one.why.text, one.why.files), is_in_place=False)
        outcome = self.act(tx, again, by, number)
        return outcome.successor or outcome.ticket

    def _save(
        self,
        tx: Transaction,
        *,
        before: Ticket | None,
        after: Ticket,
        facts: list[Fact],
        words: Mapping[str, Words],
    ) -> None:
        policy = self._policy()
        running = sla.clocks(after, policy)
        due_at = sla.earliest_of(running)
        if before is None:
            tx.tickets.insert(after, facts, due_at=due_at)
        else:
            tx.tickets.save(after, facts, before=before.version, due_at=due_at)
        tx.timers.set_of(after.number, _due_times(after, policy, running))
        if before is not None and after.is_confidential and not before.is_confidential:
            _leave_public(tx, after.number)
        for fact in facts:
            self._keep_texts(tx, after, fact, words)
        self._tell(
            tx, after, facts, first_seq=after.version - len(facts) + 1, is_new=before is None
        )

    def _keep_texts(
        self, tx: Transaction, ticket: Ticket, fact: Fact, words: Mapping[str, Words]
    ) -> None:
        if isinstance(fact, EntryEdited):
            tx.entries.change(fact.text.entry, words[fact.text.entry].text, fact.at)
        if isinstance(fact, EntryRemoved):
            tx.entries.remove(fact.entry, fact.at)
        public: list[str] = []
        internal: list[str] = []
        entries: list[Entry] = []
        for ref, kind in fact.texts():
            text = words[ref.entry]
            entry = Entry(
                entry=ref.entry,
                number=ticket.number,
                kind=kind,
                purpose=fact.kind,
                author=fact.by,
                at=fact.at,
                text=text.text,
                salt=text.salt,
                files=text.files,
            )
            entries.append(entry)
            (internal if kind is EntryKind.NOTE else public).append(text.text)
        if entries:
            tx.entries.add(*entries)
        if fact.kind == "opened":
            names = tx.people.get([ticket.requester])
            public += [person.name for person in names.values()]
        if public or internal:
            tx.search.index(ticket.number, "\n".join(internal), public="\n".join(public))
        if isinstance(fact, EntryEdited | EntryRemoved | ReplyWithdrawn):
            index_anew(tx, ticket)

    def _tell(
        self, tx: Transaction, ticket: Ticket, facts: list[Fact], *, first_seq: int, is_new: bool
    ) -> None:
        lane = agents_lane(ticket.number, ticket.queue)
        tx.outbox.put(lane, CARD, ticket.number, {}, collapse=not is_new)
        tx.outbox.put(
            requester_lane(ticket.number), RECEIPT, ticket.number, {}, collapse=not is_new
        )
        for seq, fact in enumerate(facts, start=first_seq):
            if isinstance(fact, ReplyWithdrawn):
                self._withdraw(tx, ticket, fact)
            if isinstance(fact, Transferred):
                left = agents_lane(ticket.number, fact.before)
                tx.outbox.put(left, CARD, ticket.number, {}, collapse=True)
            if isinstance(fact, EntryRemoved) or (
                isinstance(fact, EntryEdited) and not ticket.is_confidential
            ):
                for queue in _queues_left(tx, ticket):
                    left = agents_lane(ticket.number, queue)
                    tx.outbox.put(left, "edited_entry", ticket.number, _payload(fact, seq))
            leads = frozenset[PersonId]()
            if tells_leads(fact):
                leads = gathering.leads(tx, ticket.queue, self._policy())
            for notice in notices(fact, ticket, leads):
                payload = _payload(fact, seq)
                tx.outbox.put(
                    _lane(notice, fact, ticket),
                    notice.name,
                    ticket.number,
                    payload,
                    after=notice.after,
                )

    def _withdraw(self, tx: Transaction, ticket: Ticket, fact: ReplyWithdrawn) -> None:
        """Take the Reply's row back; refuse, undoing everything, when it is already going out."""
        if not tx.outbox.withdraw(ticket.number, "reply", fact.entry):
            raise Refused("too_late_to_undo", number=ticket.number)
        tx.outbox.withdraw(ticket.number, "watched_word", fact.entry)


def index_anew(tx: Transaction, ticket: Ticket) -> None:
    """Let a ticket be found by the words that still stand; a Reply taken back is internal."""
    record = (one.fact for one in tx.tickets.record(ticket.number))
    withdrawn = {fact.entry for fact in record if isinstance(fact, ReplyWithdrawn)}
    names = [one.name for one in tx.people.get([ticket.requester]).values()]
    public, internal = names, list[str]()
    for entry in tx.entries.of(ticket.number, frozenset(EntryKind)):
        is_internal = entry.kind is EntryKind.NOTE or entry.entry in withdrawn
        (internal if is_internal else public).append(entry.text)
    tx.search.index_anew(ticket.number, "\n".join(internal), public="\n".join(public))


def _taken(tx: Transaction, number: int | None, command: Command) -> Ticket | None:
    """Load a ticket to change it, with those the command names, which must not change meanwhile.

    They are taken in the order of their numbers: of two that need the same, one waits, not both.
    """
    found: Ticket | None = None
    for one in sorted({*command.others(), *([] if number is None else [number])}):
        ticket = tx.tickets.load(one, to_change=True)
        found = ticket if one == number else found
    return found


def _queues_left(tx: Transaction, ticket: Ticket) -> set[QueueName]:
    """Return the queues a ticket was in before, where what was said then still stands."""
    record = (one.fact for one in tx.tickets.record(ticket.number))
    return {fact.before for fact in record if isinstance(fact, Transferred)} - {ticket.queue}


def _found(tx: Transaction, *, query: TicketQuery) -> list[Ticket]:
    return tx.tickets.find(query)


def _due_times(
    ticket: Ticket,
    policy: Policy,
    running: tuple[sla.Clock, ...] | None = None,
    *,
    without: DueTimer | None = None,
) -> dict[str, datetime]:
    """Return the due times to keep; a timer that was just decided without effect is left out."""
    computed = {name: timer.due_at for name, timer in timers(ticket, policy, running).items()}
    if without and computed.get(without.name) == without.due_at:
        del computed[without.name]
    return computed


def _payload(fact: Fact, seq: int) -> dict[str, Any]:
    payload: dict[str, Any] = {"seq": seq}
    refs = [ref for ref, _ in fact.texts()]
    if isinstance(fact, EntryEdited):
        refs = [fact.text]
    entry = refs[0].entry if refs else getattr(fact, "entry", None)
    return payload | ({"entry": entry} if entry else {})


def _lane(notice: Notice, fact: Fact, ticket: Ticket) -> str:
    if notice.audience is Audience.REQUESTER:
        return requester_lane(ticket.number)
    if notice.audience is Audience.AGENTS_BEFORE and isinstance(fact, Transferred):
        return agents_lane(ticket.number, fact.before)
    if notice.person is not None:
        return person_lane(notice.person)
    return agents_lane(ticket.number, ticket.queue)
