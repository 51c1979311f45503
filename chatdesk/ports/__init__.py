"""The ports: what the desk and the worker need from the outside, declared by that need.

A `Transaction` is one unit of work on the store; everything done through it is committed together
or not at all. All times are aware UTC. `number` is a ticket's number.
"""

from chatdesk.ports.audit import Act, Acts, Fault, Verdict
from chatdesk.ports.erasing import Erasing, Traces
from chatdesk.ports.incoming import Delivery, Inbox, InboxRow
from chatdesk.ports.links import LinkCode, Links, Parted
from chatdesk.ports.outgoing import Conversations, Outbox, Outgoing, Place
from chatdesk.ports.people import People, Person, Standing, Subscription, Subscriptions
from chatdesk.ports.platforms import (
    AccessLost,
    Messenger,
    OutcomeUnknown,
    PlaceGone,
    Placement,
    PlatformError,
    PlatformRefused,
    RateLimited,
    Showing,
    Transient,
)
from chatdesk.ports.store import Marks, Store, StoreUnavailable, Transaction
from chatdesk.ports.texts import Attachments, Entries, Entry
from chatdesk.ports.tickets import Listed, Recorded, Search, Stale, TicketQuery, Tickets
from chatdesk.ports.time import Clock, DueTimer, Leases, Timers
from chatdesk.ports.troubles import Trouble, Troubles

__all__ = [
    "AccessLost",
    "Act",
    "Acts",
    "Attachments",
    "Clock",
    "Conversations",
    "Delivery",
    "DueTimer",
    "Entries",
    "Entry",
    "Erasing",
    "Fault",
    "Inbox",
    "InboxRow",
    "Leases",
    "LinkCode",
    "Links",
    "Listed",
    "Marks",
    "Messenger",
    "Outbox",
    "OutcomeUnknown",
    "Outgoing",
    "Parted",
    "People",
    "Person",
    "Place",
    "PlaceGone",
    "Placement",
    "PlatformError",
    "PlatformRefused",
    "RateLimited",
    "Recorded",
    "Search",
    "Showing",
    "Stale",
    "Standing",
    "Store",
    "StoreUnavailable",
    "Subscription",
    "Subscriptions",
    "TicketQuery",
    "Tickets",
    "Timers",
    "Traces",
    "Transaction",
    "Transient",
    "Trouble",
    "Troubles",
    "Verdict",
]
