"""The wiring of Discord: what opens it, and what it needs of the desk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace

from chatdesk import gathering
from chatdesk.adapters.discord.doctor import Wanted
from chatdesk.adapters.discord.modal import PLATFORM
from chatdesk.adapters.discord.platform import Access, DiscordPlatform
from chatdesk.adapters.discord.standing import ThreadSide
from chatdesk.adapters.discord.telling import DeskSide
from chatdesk.bootstrap.discord_people import People
from chatdesk.config import Obstacle, PolicySource, Settings
from chatdesk.desk import Desk, stayed_mark, unread_mark
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.ticket import (
    UNSOLVED,
    EntryId,
    EntryKind,
    PersonId,
    QueueName,
    Status,
    Ticket,
)
from chatdesk.ports import Store, Transaction
from chatdesk.reception import Reception
from chatdesk.reception.readings import visible_to
from chatdesk.showing import Lane
from chatdesk.ui.exchange import Visitor
from chatdesk.ui.wording import Wording
from chatdesk.worker.sharing import Sharing

OFFERED = 25
"""Completions that Discord shows at most."""

MEANT: dict[str, frozenset[Status] | None] = {
    "reopen": frozenset({Status.RESOLVED, Status.CLOSED}),
    **dict.fromkeys(("show", "export", "link", "unmerge", "watch")),
}
"""Which tickets are offered to verbs that are not for unsolved ones alone; None are all."""


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
    shop, people = _Shop(store, policy), People(store, policy, desk_behind)
    desk = DeskSide(
        receive=reception.receive,
        introduce=reception.person,
        stand=lambda visitor, queues: reception.stand(visitor, PLATFORM, queues),
        roles=lambda: roles(policy.current),
        concerns=shop.concerns,
        author=shop.author,
        said=shop.said,
        reads=shop.reads,
        complete=shop.complete,
        say=shop.say,
        content=shop.content,
        stayed=shop.stayed,
        named=lambda: named(policy.current),
        aside=people.aside,
        agents=lambda: named(policy.current) | people.workers(),
        requesters=people.requesters,
        reader=people.reader,
        left=people.left,
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

    def reads(self, *, plain_words: bool) -> None:
        """Note whether words are read that mention nobody."""
        told = "" if plain_words else "yes"
        known = self._store.read(lambda tx: tx.marks.get(unread_mark(PLATFORM))) or ""
        if known != told:
            self._store.write(lambda tx: tx.marks.set(unread_mark(PLATFORM), told))

    def said(self, place: str, thread: str) -> Mapping[str, str]:
        """Return the messages of a ticket's conversation whose words the desk has, with these."""

        def look(tx: Transaction) -> Mapping[str, str]:
            lane = tx.conversations.lane_at(PLATFORM, place, thread)
            number = Lane.parse(lane).number if lane else None
            if lane is None or number is None:
                return {}
            entries = tx.entries.of(number, frozenset(EntryKind))
            there = {
                tx.conversations.message(lane, f"said:{one.entry}"): one.text
                for one in entries
                if one.removed_at is None
            }
            return {message: text for message, text in there.items() if message is not None}

        return self._store.read(look)

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

    def stayed(self, attachment: str) -> None:
        """Note that a file could not be brought to Discord."""
        self._store.write(lambda tx: tx.marks.set(stayed_mark(PLATFORM, attachment), "yes"))

    def say(self, key: str, locale: str, *, number: int = 0) -> str:
        """Return a text, perhaps about a ticket; the desk's own language stands for no other."""
        policy = self._policy.current
        wording = Wording(policy.wording, policy.language)
        return wording.say(key, locale or policy.language, number=number)

    # --- completions ---

    def complete(self, handle: str, verb: str, option: str, begun: str) -> list[tuple[str, str]]:
        """Return what an option of a verb can be for somebody, as (label, value)."""
        policy = self._policy.current
        if option == "topic":
            titles = [(one.title, name) for name, one in policy.topics.items()]
            return _like(titles, begun)
        if option == "queue":
            return _like([(one.title, name) for name, one in policy.queues.items()], begun)
        return self._store.read(lambda tx: self._tickets(tx, handle, verb, begun))

    def _tickets(
        self, tx: Transaction, handle: str, verb: str, begun: str
    ) -> list[tuple[str, str]]:
        person = tx.people.by_handle(handle)
        if person is None:
            return []
        actor = gathering.actor(tx, person.person, self._policy.current)
        statuses = MEANT.get(verb, UNSOLVED)
        query = replace(visible_to(actor), statuses=statuses, limit=OFFERED)
        number = begun.strip().removeprefix("#")
        if begun.strip() and not number.isdigit():
            numbers = tx.search.find(begun, replace(query, statuses=None), OFFERED)
            found = [one for one in map(tx.tickets.load, numbers) if one is not None]
        else:
            found = tx.tickets.find(replace(query, number_begins=number))
        return [_label(tx, one) for one in found]


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

    def add(self, name: str, word: str) -> None:
        """Let a mark hold one more word."""
        if word not in (self.get(name) or "").split():
            self._store.write(lambda tx: tx.marks.add(name, word))

    def change(self, name: str, change: Callable[[str], str]) -> None:
        """Set a mark to what this makes of it."""

        def work(tx: Transaction) -> None:
            tx.marks.set(name, change(tx.marks.get_to_change(name)))

        self._store.write(work)

    def beginning(self, begin: str) -> dict[str, str]:
        """Return all marks whose names begin so."""
        return self._store.read(lambda tx: tx.marks.beginning(begin))
