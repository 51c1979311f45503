"""The record: every fact there is, how it is written down and read back, and what it adds up to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from chatdesk.lifecycle import (
    assignment,
    facts,
    followup,
    identity,
    intake,
    investigation,
    resolution,
    triage,
)
from chatdesk.lifecycle.facts import Fact
from chatdesk.lifecycle.intake import Opened
from chatdesk.lifecycle.ticket import Ticket

_ROOMS = (facts, intake, triage, assignment, investigation, resolution, followup, identity)

FACTS: dict[str, type[Fact]] = {
    thing.kind: thing
    for room in _ROOMS
    for thing in vars(room).values()
    if isinstance(thing, type) and issubclass(thing, Fact) and thing is not Fact
}
"""Every kind of fact, by the name it has in the record."""

UPGRADES: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""How an older version of a kind becomes the next: (kind, version) -> a change of its payload."""


class BrokenRecord(Exception):
    """A record does not begin with an opening, or holds what this version cannot read."""


_ADAPTERS: dict[object, TypeAdapter[Any]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    """Return the kind's adapter, built at first use because building all of them is slow."""
    found = _ADAPTERS.get(kind)
    if found is None:
        found = _ADAPTERS[kind] = TypeAdapter(kind)
    return found


def dump_fact(fact: Fact) -> tuple[str, int, str]:
    """Return a fact's kind, version and payload as JSON."""
    return fact.kind, fact.version, _adapter(type(fact)).dump_json(fact).decode()


def load_fact(kind: str, version: int, payload: str) -> Fact:
    """Read a fact of any version ever written; BrokenRecord for one from a newer chatdesk."""
    found = FACTS.get(kind)
    if found is None or version > found.version:
        message = f"the record holds {kind} v{version}, which this version cannot read; upgrade it"
        raise BrokenRecord(message)
    if version == found.version:
        fact: Fact = _adapter(found).validate_json(payload)
        return fact
    values: dict[str, Any] = _adapter(dict[str, Any]).validate_json(payload)
    for step in range(version, found.version):
        values = UPGRADES[kind, step](values)
    upgraded: Fact = _adapter(found).validate_python(values)
    return upgraded


def dump_ticket(ticket: Ticket) -> str:
    """Return a ticket as JSON."""
    return _adapter(Ticket).dump_json(ticket).decode()


def load_ticket(state: str) -> Ticket:
    """Read a ticket written by `dump_ticket`."""
    return _loaded(state)


# What was written says all there is, and tickets never change: the same is read again and again.
@lru_cache(maxsize=512)  # about a megabyte
def _loaded(state: str) -> Ticket:
    ticket: Ticket = _adapter(Ticket).validate_json(state)
    return ticket


def evolve(ticket: Ticket, new: Iterable[Fact]) -> Ticket:
    """Return the ticket after these facts, its version counting each.

    Whatever its owner does shows that the ticket is not forgotten.
    """
    for fact in new:
        changed = fact.apply(ticket)
        version = ticket.version + 1
        if fact.by == changed.assignee:
            ticket = replace(changed, version=version, last_agent_at=fact.at, is_owner_asked=False)
        else:
            ticket = replace(changed, version=version)
    return ticket


def fold(record: Iterable[Fact]) -> Ticket:
    """Return the ticket a record adds up to; BrokenRecord if it does not begin with an opening."""
    facts_in_order = iter(record)
    opened = next(facts_in_order, None)
    if not isinstance(opened, Opened):
        message = "a record begins with an opening"
        raise BrokenRecord(message)
    return evolve(replace(opened.begin(), version=1), facts_in_order)
