"""Names of lanes, read: which ticket, side, person or place they are of, and who reads there."""

from __future__ import annotations

from dataclasses import dataclass

from chatdesk.lifecycle.permissions import Action, Actor, may
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.ticket import PersonId, QueueName, Side, Ticket
from chatdesk.ports import Person, Place
from chatdesk.ui.views import Reader


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


def number_of(what: str | None) -> int | None:
    """Return the ticket that a message is about, from what it shows."""
    kind, _, rest = (what or "").partition(":")
    number = rest.rpartition(":")[2]
    return int(number) if kind == "notice" and number.isdigit() else None
