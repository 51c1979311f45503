"""Turns what a person typed, said, clicked or submitted into commands, forms and views.

The same for every platform: an adapter makes an `Interaction` of what it received and shows the
`Answer`. Everything here blocks; adapters reach it through a thread.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

from chatdesk import gathering
from chatdesk.desk import Desk, opened_mark, person_lane, requester_lane
from chatdesk.lifecycle.step import Opening, Refused
from chatdesk.lifecycle.ticket import PersonId, QueueName, Ticket
from chatdesk.mishaps import log_bug
from chatdesk.ports import InboxRow, Person, Standing, Store, StoreUnavailable, Transaction
from chatdesk.reception import asking, delivery, pointing, readings, talk
from chatdesk.reception.visit import Plan, Visit
from chatdesk.showing import Gallery, number_of, reader_of
from chatdesk.ui.exchange import (
    Answer,
    Clicked,
    Edited,
    Interaction,
    Pointed,
    Removed,
    Said,
    Submitted,
    Typed,
    Visitor,
)
from chatdesk.ui.refusals import refusal
from chatdesk.ui.voice import voice_for
from chatdesk.ui.wording import Wording


class Reception:
    """Where everybody comes in, whatever the platform."""

    def __init__(
        self,
        store: Store,
        desk: Desk,
        gallery: Gallery,
        wording: Callable[[], Wording],
        *,
        policy_broken: Callable[[], str] = str,
    ) -> None:
        """Receive people on behalf of this desk.

        `policy_broken` says why the policy's file, as it is now, is not in force; empty if it is.
        """
        self._store = store
        self._desk = desk
        self._gallery = gallery
        self._wording = wording
        self._policy_broken = policy_broken

    def receive(self, interaction: Interaction) -> Answer:
        """Do what the person asks, once per key, and return what they see at once.

        A refusal is an answer. Raises StoreUnavailable when nothing could be saved; any bug is
        logged without what the person wrote and answered with a reference to the log.
        """
        interaction = delivery.keepable(interaction)
        try:
            return self._receive(interaction)
        except Refused as refusal:
            refused = refusal
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - the person is told, and the log where
            refused = Refused("bug", reference=log_bug("receiving somebody", error))
        return self._store.read(lambda tx: self._refusal(tx, interaction, refused))

    def replay(self, row: InboxRow) -> None:
        """Do what an accepted delivery asked for and was never done."""
        self.receive(delivery.read(row.body))

    def completions(self, handle: str) -> list[tuple[str, str]]:
        """Return what the person behind a handle can type: (text, help)."""
        return self._store.read(lambda tx: self._completions(tx, handle))

    def may_read_file(self, handle: str, attachment: str) -> bool:
        """Tell whether the person behind a handle sees an entry that carries the file."""
        return self._store.read(lambda tx: self._sees_file(tx, handle, attachment))

    def person(self, visitor: Visitor) -> Person:
        """Return who is behind a handle, remembered at their first word and when they change."""
        as_told = self._store.read(lambda tx: _as_told(tx, visitor))
        if as_told is not None:
            return as_told

        def remember(tx: Transaction) -> Person:
            known = tx.people.by_handle(visitor.handle)
            zone = visitor.zone or (known.zone if known else self._desk.policy.zone)
            locale = visitor.locale or (known.locale if known else "")
            person = tx.people.remember(visitor.handle, name=visitor.name, zone=zone, locale=locale)
            return tx.people.get([person])[person]

        return self._store.write(remember)

    def stand(self, visitor: Visitor, platform: str, queues: frozenset[QueueName]) -> None:
        """Note which queues somebody works by what their platform says: members of its places.

        `OUTSIDE` among them: a guest, or gone, who works none even if the policy names them.
        """
        person = self.person(visitor).person

        def is_news(tx: Transaction) -> bool:
            return tx.people.joined(person) != queues

        if self._store.read(is_news):
            self._store.write(lambda tx: tx.people.set_joined(person, platform, queues))

    def _receive(self, interaction: Interaction) -> Answer:
        planned = self._store.read(lambda tx: self._planned(tx, interaction, is_told=False))
        if planned is None:
            self.person(interaction.by)
            planned = self._store.read(lambda tx: self._planned(tx, interaction, is_told=True))
        if planned is None:
            return Answer()  # nobody is known who was just remembered: they were erased meanwhile
        plan, standing = planned
        if isinstance(plan, Answer):
            return plan
        try:
            return self._carry_out(plan, interaction, standing)
        except Refused:
            if plan.otherwise is None:
                raise
            return self._carry_out(plan.otherwise, interaction, standing)

    def _planned(
        self, tx: Transaction, interaction: Interaction, *, is_told: bool
    ) -> tuple[Plan | Answer, Standing] | None:
        """Return what is to be done; None for somebody who has to be remembered first.

        With `is_told` the desk has just been told who they are.
        """
        standing = tx.people.standing(interaction.by.handle)
        if standing is None:
            return None
        if not (is_told or _is_as_told(tx, standing.person, interaction.by)):
            return None
        known = None
        if not asking.only_looks(interaction.done):
            known = tx.inbox.known(interaction.key)
        answered = known and delivery.answered(known, interaction)
        return answered or self._plan(self._visit(tx, interaction, standing)), standing

    def _carry_out(self, plan: Plan, interaction: Interaction, standing: Standing) -> Answer:
        body = delivery.written(interaction)

        def once(tx: Transaction) -> Answer:
            known = tx.inbox.accept(interaction.key, interaction.platform, body)
            answered = delivery.answered(known, interaction)
            if answered is not None:
                return answered
            answer = self._do(tx, plan, standing, interaction.platform)
            tx.inbox.finish(interaction.key, delivery.written(plan.kept or answer))
            return answer

        return self._desk.write(once)

    def _do(self, tx: Transaction, plan: Plan, standing: Standing, platform: str) -> Answer:
        if plan.command is not None:
            outcome = self._desk.act(tx, plan.command, standing.person.person, plan.number)
            if isinstance(plan.command, Opening):
                _note_where(tx, outcome.ticket, standing, platform)
            return plan.after(tx, outcome)
        return plan.work(tx) if plan.work else Answer()

    def _visit(self, tx: Transaction, interaction: Interaction, standing: Standing) -> Visit:
        person = standing.person
        return Visit(
            tx=tx,
            desk=self._desk,
            gallery=self._gallery,
            wording=self._wording(),
            interaction=interaction,
            person=person,
            actor=gathering.actor_standing(standing, self._desk.policy),
            now=self._desk.now(),
            find_lane=cache(partial(_lane_of, tx, interaction, person.person)),
            policy_broken=self._policy_broken,
        )

    def _plan(self, visit: Visit) -> Plan | Answer:
        done = visit.interaction.done
        if isinstance(done, Typed):
            return asking.typed(visit, talk.behind_command(done.text))
        if isinstance(done, Clicked):
            return asking.clicked(visit, done.id)
        if isinstance(done, Pointed):
            return pointing.pointed(visit, done)
        if isinstance(done, Submitted):
            is_attaching = pointing.is_attaching(done)
            return (pointing.attached if is_attaching else asking.submitted)(visit, done)
        if isinstance(done, Said):
            return self._said(visit, done)
        planned = talk.edited(visit, done) if isinstance(done, Edited) else None
        if isinstance(done, Removed):
            planned = talk.removed(visit, done)
        return planned or Answer()

    def _said(self, visit: Visit, done: Said) -> Plan | Answer:
        return talk.with_left(visit, done, self._meant(visit, done))

    @staticmethod
    def _meant(visit: Visit, done: Said) -> Plan | Answer:
        spoken = talk.verb_said(done.text, in_ticket=visit.lane is not None)
        if spoken is not None:
            return talk.traced(visit, done, asking.typed(visit, spoken))
        planned = talk.said(visit, done)
        if planned is not None:
            return planned
        return readings.spoken_to(visit, done)

    def _refusal(self, tx: Transaction, interaction: Interaction, refused: Refused) -> Answer:
        standing = tx.people.standing(interaction.by.handle)
        person = standing.person if standing else None
        if refused.key == "colleague_answered" and standing is not None:
            return asking.ask_anyway(self._visit(tx, interaction, standing), refused)
        reader = reader_of(person, self._desk.policy)
        say = voice_for(self._desk.policy, reader, self._desk.now(), self._wording())
        people = {PersonId(one) for one in refused.details.values() if isinstance(one, str)}
        names = {known: one.name for known, one in tx.people.get(people).items()}
        card = refusal(refused, say, names)
        if isinstance(interaction.done, Submitted):
            return Answer(errors={refused.at_field: card.fallback}, is_refusal=True)
        return Answer(card=card, is_refusal=True)

    def _completions(self, tx: Transaction, handle: str) -> list[tuple[str, str]]:
        person = tx.people.by_handle(handle)
        policy = self._desk.policy
        actor = gathering.actor(tx, person.person, policy) if person else None
        reader = reader_of(person, policy)
        say = voice_for(policy, reader, self._desk.now(), self._wording())
        return readings.completions(say, actor)

    def _sees_file(self, tx: Transaction, handle: str, attachment: str) -> bool:
        person = tx.people.by_handle(handle)
        if person is None:
            return False
        actor = gathering.actor(tx, person.person, self._desk.policy)
        return readings.sees_file(tx, actor, attachment)


def _note_where(tx: Transaction, ticket: Ticket, standing: Standing, platform: str) -> None:
    """Note where somebody with several accounts asked for help: there they are answered."""
    if ticket.requester == standing.person.person and len(standing.handles) > 1:
        tx.marks.set(opened_mark(requester_lane(ticket.number)), platform)


def _as_told(tx: Transaction, visitor: Visitor) -> Person | None:
    """Return who is behind a handle; None unless the desk knows them as their platform tells."""
    known = tx.people.by_handle(visitor.handle)
    return known if known is not None and _is_as_told(tx, known, visitor) else None


def _is_as_told(tx: Transaction, known: Person, visitor: Visitor) -> bool:
    """Tell whether the desk knows somebody as their platform tells."""
    zone, locale = visitor.zone or known.zone, visitor.locale or known.locale
    told = (visitor.name or known.name, zone, locale)
    # Of linked accounts the first alone says what somebody is called: each tells it differently.
    return (known.name, known.zone, known.locale) == told or tx.links.came(visitor.handle)


def _lane_of(tx: Transaction, interaction: Interaction, person: PersonId) -> str | None:
    """Return the ticket's conversation in which something was done.

    Whoever answers in the thread of a direct message about their ticket, such as the follow-up,
    speaks in that ticket's conversation.
    """
    place, thread = interaction.place, interaction.thread
    lane = tx.conversations.lane_at(interaction.platform, place, thread)
    if lane is not None or not thread:
        return lane
    lanes = [person_lane(one) for one in (person, *tx.links.former(person))]
    shown = (tx.conversations.what(one, thread) for one in lanes)
    number = number_of(next(filter(None, shown), None))
    ticket = tx.tickets.load(number) if number is not None else None
    is_theirs = ticket is not None and person in {ticket.requester, *ticket.watchers}
    return requester_lane(ticket.number) if ticket and is_theirs else None
