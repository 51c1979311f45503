"""The ports: what the desk and the worker need from the outside, declared by that need.

A `Transaction` is one unit of work on the store; everything done through it is committed together
or not at all. All times are aware UTC. `number` is a ticket's number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from chatdesk.lifecycle.facts import Fact
from chatdesk.lifecycle.ticket import EntryId, EntryKind, PersonId, QueueName, Status, Ticket
from chatdesk.ui.cards import Card

T = TypeVar("T")


# --- what is kept -------------------------------------------------------------------------------


class Stale(Exception):
    """Somebody else changed the ticket since it was loaded; decide again from its new state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A fact in its place in a ticket's record; `seq` starts at 1 and has no gaps."""

    seq: int
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A text somebody wrote on a ticket; `text` is empty once removed or erased.

    `purpose` is the kind of the fact that brought it in ("opened", "replied", "resolved", ...).
    """

    entry: EntryId
    number: int
    kind: EntryKind
    purpose: str
    author: PersonId
    at: datetime
    text: str
    salt: str
    files: tuple[str, ...] = ()
    edited_at: datetime | None = None
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person the desk knows; `zone` is an IANA name, `away_until` an agent's absence."""

    person: PersonId
    name: str
    zone: str = "UTC"
    locale: str = "en"
    away_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketQuery:
    """Which tickets a list shows, newest first unless `by_due`; None means any.

    `visible_queues` are the queues whose confidential tickets may appear; `visible_person` is a
    requester or watcher whose own confidential tickets may. `sees_all_open` admits tickets that
    are not confidential; without it only the person's own appear.
    """

    visible_person: PersonId
    visible_queues: frozenset[QueueName] = frozenset()
    sees_all_open: bool = False
    statuses: frozenset[Status] | None = None
    queues: frozenset[QueueName] | None = None
    assignee: PersonId | None = None
    is_unassigned: bool | None = None
    requester: PersonId | None = None
    watcher: PersonId | None = None
    due_before: datetime | None = None
    topic: str | None = None
    opened_from: datetime | None = None
    opened_until: datetime | None = None
    by_due: bool = False
    after: tuple[str, int] | None = None
    limit: int = 20


class Tickets(Protocol):
    """Tickets and their records."""

    def next_number(self) -> int:
        """Return a number never returned before."""

    def load(self, number: int, *, to_change: bool = False) -> Ticket | None:
        """Return the ticket; `to_change` keeps others from changing it until this unit ends."""

    def insert(self, ticket: Ticket, facts: Sequence[Fact], *, due_at: datetime | None) -> None:
        """Keep a new ticket and the facts that made it; `due_at` is its next SLA due time."""

    def save(
        self, ticket: Ticket, facts: Sequence[Fact], *, before: int, due_at: datetime | None
    ) -> None:
        """Keep a changed ticket and its new facts; Stale unless its version was `before`."""

    def record(self, number: int) -> list[Recorded]:
        """Return the whole record, oldest first."""

    def fact(self, number: int, seq: int) -> Fact | None:
        """Return one fact of a record."""

    def earlier(self, ticket: Ticket) -> int:
        """Count the tickets its requester opened before this one."""

    def successors(self, number: int) -> tuple[int, ...]:
        """Return the numbers of tickets opened as `follow_up_of` this one, oldest first."""

    def find(self, query: TicketQuery) -> list[Ticket]:
        """Return a page of tickets."""

    def count(self, query: TicketQuery) -> int:
        """Count the tickets a query has on all its pages."""

    def unsolved_of(self, person: PersonId) -> tuple[int, ...]:
        """Return the numbers of a requester's unsolved tickets, newest first."""

    def opened_since(self, person: PersonId, since: datetime) -> int:
        """Count what a person opened since then."""

    def children_unsolved(self, number: int) -> tuple[int, ...]:
        """Return the numbers of a ticket's unsolved children."""

    def last_follow_up_at(self, person: PersonId) -> datetime | None:
        """Return when a requester was last asked whether a ticket stayed fixed."""

    def workload(self, agents: Iterable[PersonId]) -> dict[PersonId, tuple[int, datetime | None]]:
        """Return each agent's count of unsolved tickets and when they were last given one."""

    def active_between(self, start: datetime, end: datetime) -> Iterable[Ticket]:
        """Return tickets unsolved at some moment in [start, end), for figures; unordered."""

    def recorded_between(
        self, kinds: frozenset[str], start: datetime, end: datetime
    ) -> Iterable[tuple[int, Fact]]:
        """Return (number, fact) of these kinds with `at` in [start, end), oldest first."""


class Entries(Protocol):
    """The texts of tickets."""

    def add(self, entry: Entry) -> None:
        """Keep an entry."""

    def of(self, number: int, kinds: frozenset[EntryKind]) -> list[Entry]:
        """Return a ticket's entries of these kinds, oldest first."""

    def get(self, entries: Iterable[EntryId]) -> dict[EntryId, Entry]:
        """Return these entries; those not found are left out."""

    def change(self, entry: EntryId, text: str, at: datetime) -> None:
        """Replace an entry's text after its author edited it."""

    def remove(self, entry: EntryId, at: datetime) -> None:
        """Blank an entry after its author deleted it."""


class People(Protocol):
    """People, the handles (`platform:id`) by which platforms know them, and their queues."""

    def get(self, people: Iterable[PersonId]) -> dict[PersonId, Person]:
        """Return these people; unknown ones are left out."""

    def take(self, person: PersonId) -> None:
        """Keep others who take this person waiting until this unit ends."""

    def by_handle(self, handle: str) -> Person | None:
        """Return the person behind a handle."""

    def remember(self, handle: str, *, name: str, zone: str, locale: str) -> PersonId:
        """Create or refresh the person behind a handle and return their id."""

    def handles(self, person: PersonId) -> tuple[str, ...]:
        """Return all handles of a person."""

    def joined(self, person: PersonId) -> frozenset[QueueName]:
        """Return the queues a person belongs to through their platform."""

    def set_joined(self, person: PersonId, platform: str, queues: frozenset[QueueName]) -> None:
        """Replace what a platform says about a person's queues."""

    def members(self, queue: QueueName) -> tuple[PersonId, ...]:
        """Return who belongs to a queue through a platform."""

    def set_away(self, person: PersonId, until: datetime | None) -> None:
        """Note an absence, or its end."""


class Attachments(Protocol):
    """Files people sent, kept under random names."""

    def add(self, *, name: str, media_type: str, content: bytes, by: PersonId) -> str:
        """Keep a file and return its random name; nothing is kept when this fails."""

    def describe(self, attachments: Iterable[str]) -> dict[str, tuple[str, str, int, PersonId]]:
        """Return (name, media type, size, by) of each attachment found."""

    def content(self, attachment: str) -> bytes | None:
        """Return a file's bytes."""

    def carried_by(self, attachment: str) -> list[tuple[int, EntryKind]]:
        """Return the tickets and kinds of the entries that carry a file."""


# --- deliveries in ------------------------------------------------------------------------------


class Delivery(StrEnum):
    """What the inbox knows of a delivery."""

    FRESH = "fresh"
    UNFINISHED = "unfinished"
    DONE = "done"
    CONFLICTING = "conflicting"


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """A delivery from a platform: its unique key, what was received, and what was answered."""

    key: str
    platform: str
    body: Mapping[str, Any]
    state: Delivery
    answer: Mapping[str, Any] | None = None
    received_at: datetime | None = None


class Inbox(Protocol):
    """Deliveries, each with one effect however often it arrives."""

    def accept(self, key: str, platform: str, body: Mapping[str, Any]) -> InboxRow:
        """Keep a delivery, or say what is known of the key; CONFLICTING if its body differs."""

    def known(self, key: str) -> InboxRow | None:
        """Return a delivery, unfinished or done; None if nothing is known of the key."""

    def finish(self, key: str, answer: Mapping[str, Any]) -> None:
        """Mark a delivery done with its answer, in the transaction of its effect."""

    def unfinished(self, platform: str, older_than: timedelta, limit: int) -> list[InboxRow]:
        """Return deliveries accepted longer ago than this whose effect is missing."""

    def purge(self, older_than: timedelta) -> int:
        """Forget finished deliveries of that age; return how many."""


# --- deliveries out -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A notice waiting to be told in a lane: one conversation, in which order is kept.

    A lane is `ticket:N:requester`, `ticket:N:agents:QUEUE` or `person:ID`. `key` is the
    row's permanent random id, used to recognise a message after an ambiguous end. `attempt` is
    the fencing token: only the newest attempt may end the row. `failures` counts the attempts
    that were given back as failures or whose lease ran out; a replay begins again at none.
    """

    key: str
    lane: str
    seq: int
    notice: str
    number: int | None
    payload: Mapping[str, Any]
    attempt: int = 0
    failures: int = 0
    was_interrupted: bool = False
    why: str = ""


class Outbox(Protocol):
    """Notices on their way out. Times are the database's own, never the desk's clock."""

    def put(
        self,
        lane: str,
        notice: str,
        number: int | None,
        payload: Mapping[str, Any],
        *,
        after: timedelta = timedelta(),
        collapse: bool = False,
    ) -> str | None:
        """Add a row, due `after` from now, and return its key.

        With `collapse`, nothing is added (None) while an untouched row of the same lane and
        notice waits: it will show the newest state anyway.
        """

    def claim(self, limit: int, lease: timedelta) -> list[Outgoing]:
        """Take the first due row of each free lane, at most `limit`, for the time of the lease.

        A row whose lease ran out is taken again with `was_interrupted` set: its end is unknown.
        """

    def sent(self, row: Outgoing, message: str) -> bool:
        """End a row with the platform's message id; False if a newer attempt owns it."""

    def again(
        self,
        row: Outgoing,
        after: timedelta,
        why: str,
        *,
        is_unknown: bool,
        is_failure: bool = True,
    ) -> bool:
        """Give a row back for a later attempt; its lane waits with it.

        `is_unknown` makes that attempt reconcile first (its `was_interrupted` will be set).
        Without `is_failure` the attempt does not count against the row: it was only too early.
        """

    def hasten(self, lanes: Iterable[str]) -> int:
        """Make rows of these lanes that were given back due now; return how many."""

    def park(self, row: Outgoing, why: str) -> bool:
        """Set a row aside for people to look at; its lane flows on."""

    def withdraw(self, number: int, notice: str, entry: EntryId) -> bool:
        """Take back a row of that entry that nobody has begun to send; False if too late."""

    def is_on_its_way(self, entry: EntryId) -> bool:
        """Tell whether a row about this entry is still to be sent."""

    def parked(self, limit: int = 100) -> list[Outgoing]:
        """Return parked rows, oldest first, with their reasons."""

    def replay(self, keys: Iterable[str] | None = None) -> int:
        """Make parked rows (all, or these) due again; return how many.

        Some may have arrived before they were parked: `was_interrupted` makes sure of a look.
        """

    def release_held(self) -> int:
        """Let rows held by a restore go out; return how many."""

    def next_due_in(self) -> timedelta | None:
        """Return how long until `claim` will find a row; None if no lane's first row waits."""

    def oldest_unsent(self) -> timedelta | None:
        """Return the age of the oldest row that is due and unsent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Somewhere on a platform: `place` is the platform's id, `thread` a message id inside it."""

    platform: str
    place: str
    thread: str = ""


class Conversations(Protocol):
    """Where lanes are on the platforms, and which message shows what."""

    def place(self, lane: str) -> Place | None:
        """Return where a lane is."""

    def bind(self, lane: str, place: Place) -> None:
        """Note where a lane is; the first binding of a lane wins."""

    def rebind(self, lane: str, place: Place) -> None:
        """Move a lane."""

    def lane_at(self, platform: str, place: str, thread: str) -> str | None:
        """Return the lane that is at a place."""

    def link(self, lane: str, what: str, message: str) -> None:
        """Note the message that shows `what` in a lane: `card`, `entry:ID`, `notice:KEY`."""

    def message(self, lane: str, what: str) -> str | None:
        """Return the message that shows `what` in a lane."""

    def what(self, lane: str, message: str) -> str | None:
        """Return what a message of a lane shows."""


# --- time ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTimer:
    """A timer whose time has come: of a ticket, or (number None) a recurring one."""

    number: int | None
    name: str
    due_at: datetime


class Timers(Protocol):
    """Named due times: computed from a ticket, written as a difference, never cancelled."""

    def set_of(self, number: int, timers: Mapping[str, datetime]) -> None:
        """Make these the ticket's timers."""

    def set_once(self, kind: str, occurrence: str, due_at: datetime) -> bool:
        """Add a recurring occurrence; False if it exists or has already been done."""

    def claim_due(self, now: datetime, limit: int, lease: timedelta) -> list[DueTimer]:
        """Take timers due at `now`; each comes again after the lease unless done or changed."""

    def done(self, timer: DueTimer) -> None:
        """Forget a timer that was decided, if it is still the same one."""

    def later(self, timer: DueTimer, at: datetime) -> None:
        """Look at a timer again at that time."""

    def next_due_at(self) -> datetime | None:
        """Return when the next timer is to be looked at."""

    def release_held(self) -> int:
        """Let timers held by a restore fire; return how many."""


class Clock(Protocol):
    """The desk's time."""

    def now(self) -> datetime:
        """Return this moment, aware UTC, never earlier than an answer before."""


class Leases(Protocol):
    """Who may do something alone, on the database's time."""

    def take(self, name: str, holder: str, lasts: timedelta) -> bool:
        """Take or renew a lease; False while another holder has it."""

    def give_back(self, name: str, holder: str) -> None:
        """End one's own lease at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A person's standing wish for digests: `period` is daily or weekly, `hour` local in `zone`."""

    person: PersonId
    period: str
    hour: int
    zone: str


class Subscriptions(Protocol):
    """Who wants which digest when."""

    def set(self, subscription: Subscription) -> None:
        """Add or replace a person's subscription of that period."""

    def remove(self, person: PersonId) -> None:
        """End all subscriptions of a person."""

    def all(self) -> list[Subscription]:
        """Return every subscription."""


class Search(Protocol):
    """Words of tickets, found again."""

    def index(self, number: int, words: str, *, public: str) -> None:
        """Add words to a ticket; `public` are those its requester may find it by."""

    def index_anew(self, number: int, words: str, *, public: str) -> None:
        """Make these all the words of a ticket: whatever else it was found by is forgotten."""

    def find(self, text: str, query: TicketQuery, limit: int) -> list[int]:
        """Return numbers of visible tickets that match every word, best and newest first."""


# --- the store ----------------------------------------------------------------------------------


@dataclass(kw_only=True)
class Transaction:
    """One unit of work: every port of the store, over one connection."""

    tickets: Tickets
    entries: Entries
    people: People
    attachments: Attachments
    inbox: Inbox
    outbox: Outbox
    conversations: Conversations
    timers: Timers
    leases: Leases
    subscriptions: Subscriptions
    search: Search
    marks: Marks


class Marks(Protocol):
    """Small named values that outlive a restart, such as hashes and positions."""

    def get(self, name: str) -> str | None:
        """Return a mark."""

    def set(self, name: str, value: str) -> None:
        """Set a mark."""


class Store(Protocol):
    """The database. Both calls block: adapters reach them through a thread."""

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Do work in one transaction; its answer comes after COMMIT, its exception after ROLLBACK.

        Raises StoreUnavailable when the database does not answer in time or refuses to commit.
        """

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Do reading work on one consistent snapshot."""


class StoreUnavailable(Exception):
    """The desk cannot save anything at the moment; nothing was changed. Try again in a minute."""


# --- the platforms ------------------------------------------------------------------------------


class PlatformError(Exception):
    """A platform did not do what was asked; the worker decides what follows."""


class RateLimited(PlatformError):
    """Too fast: not before `after` has passed. Nothing was sent."""

    def __init__(self, after: timedelta) -> None:
        """Ask for a pause."""
        super().__init__(f"rate limited for {after.total_seconds():.1f} s")
        self.after = after


class Transient(PlatformError):
    """Nothing was sent, and trying again may help."""


class OutcomeUnknown(PlatformError):
    """It may have been sent or not; look before sending again."""


class PlatformRefused(PlatformError):
    """The platform will never accept this as it is."""


class PlaceGone(PlatformError):
    """The place does not exist any more, or the desk may not write there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What a messenger is told about a lane that has no place yet."""

    lane: str
    number: int | None = None
    handles: tuple[str, ...] = ()
    queue_home: str = ""
    title: str = field(default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """What an outgoing notice looks like at this moment, and where it belongs.

    `what` is `card`, `entry:ID` or `notice:KEY`. With `edits` the message that shows it is
    replaced, if there is one; without, a message that shows it already is left as it is. With
    `opens_thread` a new message becomes the lane's place, as its thread. `platform` says where a
    lane without a place goes; a lane that has one stays there.
    """

    card: Card
    what: str
    placement: Placement
    platform: str
    edits: bool = False
    opens_thread: bool = False


class Messenger(Protocol):
    """One platform's way to speak. Every call ends in success or a PlatformError."""

    @property
    def platform(self) -> str:
        """The platform's name, as in handles."""

    async def open(self, placement: Placement) -> Place:
        """Return the place of a lane, made if need be; asking twice gives the same place.

        With `queue_home` this is that channel: the card posted there opens the thread. Otherwise
        it is a direct conversation with the person behind the handles.
        """

    async def post(self, place: Place, card: Card, *, key: str) -> str:
        """Show a card as a new message and return its id."""

    async def edit(self, place: Place, message: str, card: Card) -> None:
        """Replace a message's card; doing it twice is harmless."""

    async def find(self, place: Place, key: str) -> str | None:
        """Return the message posted with this key, if the platform shows it."""
