"""Puts a `Transaction` together: every port of the store around one unit of work."""

from __future__ import annotations

from chatdesk.adapters.db.acts import SqlActs
from chatdesk.adapters.db.attachments import SqlAttachments
from chatdesk.adapters.db.conversations import SqlConversations
from chatdesk.adapters.db.entries import SqlEntries
from chatdesk.adapters.db.erasing import SqlErasing
from chatdesk.adapters.db.inbox import SqlInbox
from chatdesk.adapters.db.links import SqlLinks
from chatdesk.adapters.db.named import SqlLeases, SqlMarks, SqlSubscriptions
from chatdesk.adapters.db.outbox import SqlOutbox
from chatdesk.adapters.db.people import SqlPeople
from chatdesk.adapters.db.search import SqlSearch
from chatdesk.adapters.db.tickets import Numbering, SqlTickets
from chatdesk.adapters.db.timers import SqlTimers
from chatdesk.adapters.db.troubles import SqlTroubles
from chatdesk.adapters.db.unit import Unit
from chatdesk.ports import Transaction


def transaction(unit: Unit, numbering: Numbering) -> Transaction:
    """Return all ports over one unit."""
    outbox = SqlOutbox(unit)
    return Transaction(
        tickets=SqlTickets(unit, numbering),
        entries=SqlEntries(unit),
        people=SqlPeople(unit),
        attachments=SqlAttachments(unit),
        inbox=SqlInbox(unit),
        outbox=outbox,
        conversations=SqlConversations(unit),
        timers=SqlTimers(unit),
        leases=SqlLeases(unit),
        subscriptions=SqlSubscriptions(unit),
        search=SqlSearch(unit),
        marks=SqlMarks(unit),
        links=SqlLinks(unit),
        acts=SqlActs(unit),
        erasing=SqlErasing(unit),
        troubles=SqlTroubles(unit, outbox),
    )
