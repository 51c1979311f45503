"""The tables and the indexes that keep every hot question cheap; migrations must agree with them.

What only one of the databases has (search, the counter of numbers) stands with its queries.
"""

from chatdesk.adapters.db.schema.acts import acts
from chatdesk.adapters.db.schema.base import metadata
from chatdesk.adapters.db.schema.links import link_codes, link_tries, links
from chatdesk.adapters.db.schema.people import handles, memberships, people, subscriptions
from chatdesk.adapters.db.schema.texts import attachments, carried_files, entries
from chatdesk.adapters.db.schema.tickets import assignments, facts, tickets, watchers
from chatdesk.adapters.db.schema.time import leases, marks, occurrences, timers
from chatdesk.adapters.db.schema.traffic import (
    IS_HELD,
    IS_OVER,
    IS_PARKED,
    IS_TO_BE_SENT,
    IS_UNFINISHED,
    IS_UNTOUCHED,
    conversations,
    inbox,
    message_links,
    outbox,
)
from chatdesk.adapters.db.schema.troubles import stranded, troubles

__all__ = [
    "IS_HELD",
    "IS_OVER",
    "IS_PARKED",
    "IS_TO_BE_SENT",
    "IS_UNFINISHED",
    "IS_UNTOUCHED",
    "acts",
    "assignments",
    "attachments",
    "carried_files",
    "conversations",
    "entries",
    "facts",
    "handles",
    "inbox",
    "leases",
    "link_codes",
    "link_tries",
    "links",
    "marks",
    "memberships",
    "message_links",
    "metadata",
    "occurrences",
    "outbox",
    "people",
    "stranded",
    "subscriptions",
    "tickets",
    "timers",
    "troubles",
    "watchers",
]
