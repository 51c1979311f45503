"""The wiring of Discord: what opens it, and what it needs of the desk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial

from chatdesk import gathering
from chatdesk.adapters.discord.aside import lanes_mark
from chatdesk.adapters.discord.doctor import Wanted
from chatdesk.adapters.discord.modal import PLATFORM
from chatdesk.adapters.discord.platform import Access, DiscordPlatform
from chatdesk.adapters.discord.telling import DeskSide
from chatdesk.adapters.discord.threads import ThreadSide
from chatdesk.config import Obstacle, PolicySource, Settings
from chatdesk.desk import Desk, requester_lane, unreached_mark
from chatdesk.lifecycle.assignment import NoteUnreached
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.ticket import (
    CLOCK,
    UNSOLVED,
    EntryId,
    PersonId,
    QueueName,
    Status,
    Ticket,
)
from chatdesk.ports import Store, TicketQuery, Transaction
from chatdesk.reception import Reception
from chatdesk.reception.readings import visible_to
from chatdesk.showing import Lane
from chatdesk.ui.exchange import Visitor
from chatdesk.ui.wording import Wording
from chatdesk.worker.sharing import Sharing

OFFERED = 25
"""Completions that Discord shows at most."""

PAGE = 100
"""Tickets looked up at a time."""


def access(settings: Settings) -> Access | None:
    """Return what opens Discord, None where no token is set."""
    if settings.discord_token is None:
        return None
    return Access(
        token=settings.discord_token.get_secret_value(),
        guild=settings.discord_guild,
        support_channel=settings.discord_support_channel,
        shards=settings.discord_shards,
        api_url=settings.discord_api_url,
        gateway_url=settings.discord_gateway_url,
    )


def platform(
    opened: Access,
    store: Store,
    reception: Reception,
    policy: PolicySource,
    threads: ThreadSide,
    desk_behind: Desk,
) -> DiscordPlatform:
    """Return Discord, connected to the desk behind it."""
    if store.read(lambda tx: tx.marks.get("time_moved")):
        raise Obstacle(
            "the time machine has moved this desk's clock, so its database was for trying out:"
            " set CHATDESK_DATA_DIR or CHATDESK_DATABASE_URL to a new one for Discord"
        )
    shop = _Shop(store, policy)
    desk = DeskSide(
        receive=reception.receive,
        introduce=reception.person,
        stand=lambda visitor, queues: reception.stand(visitor, PLATFORM, queues),
        roles=lambda: roles(policy.current),
        concerns=shop.concerns,
        author=shop.author,
        complete=shop.complete,
        say=shop.say,
        content=shop.content,
        named=lambda: named(policy.current),
        aside=shop.aside,
        agents=shop.agents,
        requesters=shop.requesters,
        left=lambda number, user, why: shop.left(desk_behind, number, user, why),
    )
    return DiscordPlatform(
        opened,
        desk,
        _Marks(store),
        shop.keep_file,
        lambda: policy.current.attachments.max_bytes,
        Sharing(store, leases_of(opened.token)),
        threads,
    )


def leases_of(token: str) -> str:
    """Return how the leases of those who hear a bot begin; there is one for each of its shards."""
    return f"discord:gateway:{hashlib.sha256(token.encode()).hexdigest()[:16]}"


def forums(policy: Policy) -> frozenset[str]:
    """Return the forums of a policy's queues."""
    homes = (queue.home.get(PLATFORM, "") for queue in policy.queues.values())
    return frozenset(filter(None, homes))


def wanted(policy: Policy, registered: Callable[[str], str | None]) -> Wanted:
    """Return what a policy wants of Discord, for whoever looks whether it is there."""
    homes = {queue.title: queue.home.get(PLATFORM, "") for queue in policy.queues.values()}
    others = {"slack"}
    is_elsewhere = {queue.title for queue in policy.queues.values() if others & {*queue.home}}
    return Wanted(
        forums={f"queue {title}": home for title, home in homes.items() if home},
        people=tuple(sorted(named(policy))),
        roles=tuple(sorted(roles(policy))),
        unplaced=tuple(one for one, home in homes.items() if not home and one not in is_elsewhere),
        registered=registered,
    )


def named(policy: Policy) -> frozenset[str]:
    """Return the ids of the people in Discord whom a policy names."""
    handles = (
        *policy.admins,
        *policy.managers,
        *(one for queue in policy.queues.values() for one in (*queue.agents, *queue.leads)),
    )
    here = (handle.partition(":") for handle in handles)
    return frozenset(name for where, _, name in here if where == PLATFORM and name.isdigit())


def roles(policy: Policy) -> Mapping[str, frozenset[QueueName]]:
    """Return which roles make agents of which queues."""
    found: dict[str, frozenset[QueueName]] = {}
    for name, queue in policy.queues.items():
        for handle in queue.groups:
            where, _, role = handle.partition(":")
            if where == PLATFORM:
                found[role] = found.get(role, frozenset()) | {QueueName(name)}
    return found


class _Shop:
    """What Discord asks of the store."""

    def __init__(self, store: Store, policy: PolicySource) -> None:
        self._store = store
        self._policy = policy

    def concerns(self, place: str, thread: str) -> bool:
        """Tell whether a ticket's conversation is there."""
        found = self._store.read(lambda tx: tx.conversations.lane_at(PLATFORM, place, thread))
        return found is not None

    def author(self, place: str, thread: str, message: str) -> Visitor | None:
        """Return who said a message in a ticket's conversation, as Discord knows them."""

        def look(tx: Transaction) -> Visitor | None:
            lane = tx.conversations.lane_at(PLATFORM, place, thread)
            what = tx.conversations.what(lane, message) if lane else None
            kind, _, name = (what or "").partition(":")
            entry = tx.entries.get([EntryId(name)]).get(EntryId(name)) if kind == "said" else None
            author = tx.links.current(entry.author) if entry else PersonId("")
            person = tx.people.get([author]).get(author) if entry else None
            if person is None:
                return None
            handles = tx.people.handles(person.person)
            here = next((one for one in handles if one.startswith(f"{PLATFORM}:")), "")
            return Visitor(handle=here, name=person.name, locale="") if here else None

        return self._store.read(look)

    def aside(self, direct: str) -> tuple[str, ...]:
        """Return the first messages of unclosed tickets' conversations in direct messages."""

        def look(tx: Transaction) -> tuple[str, ...]:
            lanes = (tx.marks.get(lanes_mark(direct)) or "").split()
            return tuple(filter(None, (_root_in(tx, lane, direct) for lane in lanes)))

        return self._store.read(look)

    def agents(self) -> frozenset[str]:
        """Return the ids of everybody in Discord who works a queue, or is named."""
        policy = self._policy.current

        def look(tx: Transaction) -> frozenset[str]:
            members = {one for name in policy.queues for one in tx.people.members(QueueName(name))}
            return frozenset(filter(None, (_user_of(tx, one) for one in members)))

        return named(policy) | self._store.read(look)

    def requesters(self) -> tuple[tuple[int, str], ...]:
        """Return the numbers and requesters of the unsolved tickets that are in Discord."""
        query = TicketQuery(
            visible_person=CLOCK,
            visible_queues=frozenset(map(QueueName, self._policy.current.queues)),
            sees_all_open=True,
            statuses=UNSOLVED,
            limit=PAGE,
        )
        found: list[tuple[int, str]] = []
        while True:
            page = self._store.read(partial(_found, query=query))
            found += self._store.read(partial(_readers, tickets=page))
            if len(page) < PAGE:
                return tuple(found)
            query = replace(query, after=("", page[-1].number))

    def left(self, desk: Desk, number: int, user: str, why: str) -> None:
        """Tell a ticket's agents, once, that its requester is not on the server any more."""
        row = f"left:{number}:{user}"

        def note(tx: Transaction) -> None:
            if tx.marks.get(unreached_mark(row)):
                return
            tx.marks.set(unreached_mark(row), why)
            desk.act(tx, NoteUnreached(notice="left", row=row), CLOCK, number)

        if not self._store.read(lambda tx: tx.marks.get(unreached_mark(row))):
            desk.write(note)

    def keep_file(self, name: str, media_type: str, content: bytes, handle: str) -> str:
        """Keep a file of somebody the desk knows."""

        def keep(tx: Transaction) -> str:
            person = tx.people.by_handle(handle)
            if person is None:
                message = f"nobody is known by {handle}"
                raise LookupError(message)
            by = person.person
            return tx.attachments.add(name=name, media_type=media_type, content=content, by=by)

        return self._store.write(keep)

    def content(self, attachment: str) -> bytes | None:
        """Return what is in a file, None for one that is gone."""
        return self._store.read(lambda tx: tx.attachments.content(attachment))

    def say(self, key: str, locale: str) -> str:
        """Return a text; the desk's own language stands for one that is not known."""
        policy = self._policy.current
        return Wording(policy.wording, policy.language).say(key, locale or policy.language)

    # --- completions ---

    def complete(self, handle: str, option: str, begun: str) -> list[tuple[str, str]]:
        """Return what an option can be for somebody, as (label, value)."""
        policy = self._policy.current
        if option == "topic":
            titles = [(one.title, name) for name, one in policy.topics.items()]
            return _like(titles, begun)
        if option == "queue":
            return _like([(one.title, name) for name, one in policy.queues.items()], begun)
        return self._store.read(lambda tx: self._tickets(tx, handle, begun))

    def _tickets(self, tx: Transaction, handle: str, begun: str) -> list[tuple[str, str]]:
        person = tx.people.by_handle(handle)
        if person is None:
            return []
        actor = gathering.actor(tx, person.person, self._policy.current)
        query = replace(visible_to(actor), statuses=UNSOLVED, limit=OFFERED)
        number = begun.strip().removeprefix("#")
        if begun.strip() and not number.isdigit():
            numbers = tx.search.find(begun, replace(query, statuses=None), OFFERED)
            found = [one for one in map(tx.tickets.load, numbers) if one is not None]
        else:
            found = [one for one in tx.tickets.find(query) if str(one.number).startswith(number)]
        return [_label(tx, one) for one in found]


def _user_of(tx: Transaction, person: PersonId) -> str:
    handles = (handle.partition(":") for handle in tx.people.handles(person))
    return next((name for where, _, name in handles if where == PLATFORM), "")


def _found(tx: Transaction, *, query: TicketQuery) -> list[Ticket]:
    return tx.tickets.find(query)


def _readers(tx: Transaction, *, tickets: Iterable[Ticket]) -> list[tuple[int, str]]:
    return [one for one in (_reader_of(tx, ticket) for ticket in tickets) if one is not None]


def _reader_of(tx: Transaction, ticket: Ticket) -> tuple[int, str] | None:
    place = tx.conversations.place(requester_lane(ticket.number))
    is_here = place is not None and place.platform == PLATFORM
    user = _user_of(tx, ticket.requester) if is_here else ""
    return (ticket.number, user) if user else None


def _root_in(tx: Transaction, lane: str, direct: str) -> str:
    place, number = tx.conversations.place(lane), Lane.parse(lane).number
    if place is None or (place.platform, place.place) != (PLATFORM, direct) or number is None:
        return ""
    ticket = tx.tickets.load(number)
    return place.thread if ticket is not None and ticket.status is not Status.CLOSED else ""


def _label(tx: Transaction, ticket: Ticket) -> tuple[str, str]:
    entry = tx.entries.get([ticket.summary]).get(ticket.summary)
    # A list of choices may be looked at over somebody's shoulder.
    summary = entry.text if entry and not ticket.is_confidential else ""
    return f"#{ticket.number} {summary}".strip(), str(ticket.number)


def _like(found: list[tuple[str, str]], begun: str) -> list[tuple[str, str]]:
    wanted = begun.strip().casefold()
    return [one for one in found if wanted in one[0].casefold() or wanted in one[1].casefold()]


class _Marks:
    """The store's marks, each call in a transaction of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, name: str) -> str | None:
        """Return a mark."""
        return self._store.read(lambda tx: tx.marks.get(name))

    def set(self, name: str, value: str) -> None:
        """Set a mark."""
        self._store.write(lambda tx: tx.marks.set(name, value))
