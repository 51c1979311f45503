"""Weighs the desk: over an empty database, and over one with many open tickets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bench.common import Databases
from bench.desks import desk_over
from bench.discord_ground import Discord, drained, serving
from bench.discord_servers import DESK
from bench.servers import policy_without_caps
from chatdesk.adapters.db import open_store
from chatdesk.adapters.discord.limits import ACTIVE_THREADS
from chatdesk.lifecycle import record
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.ticket import PersonId
from chatdesk.ports import Place, Transaction


async def weigh(databases: Databases, kind: str, tickets: int) -> tuple[float, float]:
    """Return the megabytes of a desk with none and with so many open tickets, both just asked."""
    empty = databases.fresh(kind)
    full, discord = databases.fresh(kind), Discord()
    policy = policy_without_caps(databases.folder(), discord.homes())
    await asyncio.to_thread(_fill, full, policy.current, discord, tickets)
    return await _weighed(databases, empty, Discord()), await _weighed(databases, full, discord)


def _fill(url: str, policy: Policy, discord: Discord, tickets: int) -> None:
    """Open tickets of which all has been told, the newest of them in threads that are active."""
    with closing(open_store(url, record)) as store:
        people = store.write(lambda tx: _introduced(tx, discord.people))
        desk = replace(desk_over(store, 1, policy), requesters=people)
        desk.clock.at = datetime.now(UTC)  # what they wait for lies ahead
        for number in range(tickets):
            request = desk.request(number)
            desk.desk.handle(request, request.requester)
        spots = list(_threads(discord, tickets))
        store.write(lambda tx: _bind(tx, spots))
        while store.write(_tell_some):
            pass


def _introduced(tx: Transaction, users: Iterable[str]) -> tuple[PersonId, ...]:
    return tuple(
        tx.people.remember(f"discord:{one}", name=one, zone="Europe/Berlin", locale="en")
        for one in users
    )


def _threads(discord: Discord, tickets: int) -> Iterator[tuple[str, Place]]:
    """Return lanes with their places; those that are active are there in Discord, too."""
    bot = discord.world.bot["id"]
    for number in range(1, tickets + 1):
        is_active = number > tickets - ACTIVE_THREADS // 2
        for parent, side in ((discord.support, "requester"), (discord.forums[0], "agents:it")):
            asked = {"name": f"#{number} Connection drops"}
            made = discord.world.thread(parent, asked, bot)["id"] if is_active else ""
            thread = made or discord.world.new_id()
            place = Place(platform="discord", place=parent, thread=thread)
            yield f"ticket:{number}:{side}", place


def _bind(tx: Transaction, spots: Iterable[tuple[str, Place]]) -> None:
    for lane, place in spots:
        tx.conversations.bind(lane, place)


def _tell_some(tx: Transaction) -> int:
    """Note of some messages that they were sent; return of how many."""
    rows = tx.outbox.claim(1000, timedelta(minutes=1))
    for row in rows:
        tx.outbox.sent(row, f"1{row.number:018}")
    return len(rows)


async def _weighed(databases: Databases, url: str, discord: Discord) -> float:
    async with serving(DESK, discord, databases, url) as desk:
        await drained(url)
        general = discord.general
        for person in discord.people:
            await discord.calls_command(person, general, "ticket", "mine")
        return desk.server.memory()
