"""One visit at the desk: who came, where they stand, and what the reception plans to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chatdesk.desk import Desk, Outcome
from chatdesk.lifecycle.permissions import Action, Actor, may
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.step import Command, Opening, Refused
from chatdesk.lifecycle.ticket import PersonId, Side, Ticket
from chatdesk.ports import Listed, Person, Transaction
from chatdesk.showing import Gallery, Lane, Row, reader_of, side_for
from chatdesk.ui.exchange import Answer, Interaction
from chatdesk.ui.refusals import refusal
from chatdesk.ui.views import Reader, TicketView
from chatdesk.ui.voice import Voice, voice_for
from chatdesk.ui.wording import Wording
from chatdesk.verbs import BY_NAME, VERBS, Verb

LISTED = (BY_NAME["claim"],)
"""What can be done from a line of a list, besides looking."""

_HANDLE = re.compile(r"@([a-z]+:[A-Za-z0-9]+(?:@[A-Z0-9]+)?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A command to be handled, and what is done and said once it is.

    `after` runs in the command's own transaction and returns the answer. Where no ticket is
    concerned, `work` stands in the command's place. `kept` is what the same delivery is answered
    when it comes again, where the answer itself must not be kept. `otherwise` is done where the
    command is refused.
    """

    command: Command | Opening | None = None
    number: int | None = None
    work: Callable[[Transaction], Answer] | None = None
    after: Callable[[Transaction, Outcome], Answer] = lambda _tx, _outcome: Answer()
    kept: Answer | None = None
    otherwise: Plan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A person doing something somewhere, with all that answering them takes."""

    tx: Transaction
    desk: Desk
    gallery: Gallery
    wording: Wording
    interaction: Interaction
    person: Person
    actor: Actor
    now: datetime
    find_lane: Callable[[], str | None] = lambda: None
    policy_broken: Callable[[], str] = str

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self.desk.policy

    @property
    def reader(self) -> Reader:
        """The person, as the reader of what they are shown."""
        return reader_of(self.person, self.policy)

    @property
    def lane_name(self) -> str | None:
        """The name of the lane in which it happened; looked up only by those who ask."""
        return self.find_lane()

    @property
    def lane(self) -> Lane | None:
        """The conversation of a ticket in which it happened, if it was one."""
        name = self.lane_name
        return Lane.parse(name) if name else None

    @property
    def implied(self) -> int | None:
        """The number of the ticket in whose conversation it happened."""
        lane = self.lane
        return lane.number if lane else None

    def ticket(self, number: int | None) -> Ticket:
        """Return a ticket the person may see; Refused alike for foreign and for missing ones."""
        found = self.tx.tickets.load(number) if number is not None else None
        if found is None or not may(Action.SEE, self.actor, found):
            raise Refused("no_such_ticket", number=number)
        return found

    def view(self, ticket: Ticket, *, whole: bool = False) -> TicketView:
        """Return a ticket as this person sees it."""
        view = self.gallery.view(self.tx, ticket, self.side(ticket), self.reader, whole=whole)
        return replace(view, offers=self._offers(ticket, VERBS))

    def _offers(self, ticket: Ticket, verbs: Iterable[Verb]) -> frozenset[str]:
        return frozenset(verb.name for verb in verbs if may(verb.action, self.actor, ticket))

    def views(self, found: Sequence[Listed]) -> tuple[TicketView, ...]:
        """Return the tickets of a list as this person sees them."""
        rows = [
            Row(
                listed=one,
                side=self.side(one.ticket),
                offers=self._offers(one.ticket, LISTED),
            )
            for one in found
        ]
        return self.gallery.views(self.tx, rows, self.reader, [self.person])

    def side(self, ticket: Ticket) -> Side:
        """Return which side of a ticket the person sees; their own is always the requester's."""
        if ticket.requester == self.person.person:
            return Side.REQUESTER
        return side_for(self.actor, ticket)

    def voice(self) -> Voice:
        """Return the desk's voice to this person."""
        return voice_for(self.policy, self.reader, self.now, self.wording)

    def say_refusal(self, refused: Refused) -> str:
        """Return the sentence of a refusal."""
        return refusal(refused, self.voice()).fallback

    def require(self, action: Action, ticket: Ticket | None = None) -> None:
        """Refuse what the person may not do."""
        if not may(action, self.actor, ticket):
            number = ticket.number if ticket is not None else None
            raise Refused("not_allowed", action=action, number=number)

    def require_opening(self, action: Action) -> None:
        """Refuse what the person may not do; somebody blocked is shown the ticket they have."""
        if self.actor.is_blocked:
            number = next(iter(self.tx.tickets.unsolved_of(self.person.person)), None)
            raise Refused("blocked", number=number)
        self.require(action)

    def in_words(self, text: str) -> str:
        """Return a text with people called by their names where a platform put their handles."""

        def named(found: re.Match[str]) -> str:
            known = self.tx.people.by_handle(found[1])
            return f"@{known.name}" if known else found[0]

        return _HANDLE.sub(named, text)

    def person_named(self, text: str) -> PersonId | None:
        """Return the person somebody named: by id, handle, `@name`, or full name's first part."""
        word = text.strip().removeprefix("@")
        if not word:
            return None
        by_id = self.tx.people.get([PersonId(word)])
        if by_id:
            return self.tx.links.current(PersonId(word))
        handle = word if ":" in word else f"{self.interaction.platform}:{word.lower()}"
        found = self.tx.people.by_handle(handle)
        return found.person if found else None
