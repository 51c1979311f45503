"""Weighs the desk: over an empty database, and over one with many open tickets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bench.common import Databases
from bench.desks import open_desk
from bench.discord_ground import Discord, drained, serving
from bench.discord_servers import DESK
from chatdesk.adapters.discord.limits import ACTIVE_THREADS
from chatdesk.lifecycle.ticket import PersonId
from chatdesk.ports import Place, Transaction


async def weigh(databases: Databases, kind: str, tickets: int) -> tuple[float, float]:
    """Return the megabytes of a desk with none and with so many open tickets, both just asked."""
    empty = databases.fresh(kind)
    full, discord = databases.fresh(kind), Discord()
    await asyncio.to_thread(_fill, full, discord, tickets)
    return await _weighed(databases, empty, Discord()), await _weighed(databases, full, discord)


def _fill(url: str, discord: Discord, tickets: int) -> None:
    """Open tickets of which all has been told, the newest of them in threads that are active."""
    with open_desk(url, 1) as known:
        people = known.store.write(lambda tx: _introduced(tx, discord.people))
        desk = replace(known, requesters=people)
        desk.clock.at = datetime.now(UTC)  # what they wait for lies ahead
        for number in range(tickets):
            request = desk.request(number)
            desk.desk.handle(request, request.requester)
        spots = list(_threads(discord, tickets))
        desk.store.write(lambda tx: _bind(tx, spots))
        while desk.store.write(_tell_some):
            pass


def _introduced(tx: Transaction, users: Iterable[str]) -> tuple[PersonId, ...]:
    return tuple(
        tx.people.remember(f"discord:{one}", name=one, zone="Europe/Berlin", locale="en")
        for one in users
    )


def _threads(discord: Discord, tickets: int) -> Iterator[tuple[str, Place]]:
    """Make both threads of each ticket in Discord; return lanes with their places."""
    bot = discord.world.bot["id"]
    for number in range(1, tickets + 1):
        for parent, side in ((discord.support, "requester"), (discord.forums[0], "agents:it")):
            thread = discord.world.thread(parent, {"name": f"#{number} Connection"}, bot)
            is_old = number <= tickets - ACTIVE_THREADS // 2
            thread["thread_metadata"]["archived"] = is_old
            place = Place(platform="discord", place=parent, thread=thread["id"])
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
