"""Whom the desk knows, and which digests they wish for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chatdesk.lifecycle.ticket import PersonId, QueueName


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person the desk knows; `zone` is an IANA name, `away_until` an agent's absence.

    `locale` is a language such as `de` or `pt-BR`, empty while no platform has told it.
    """

    person: PersonId
    name: str
    zone: str = "UTC"
    locale: str = ""
    away_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A person with all that their roles follow from: their handles, and the queues they joined."""

    person: Person
    handles: tuple[str, ...]
    joined: frozenset[QueueName]


class People(Protocol):
    """People, the handles (`platform:id`) by which platforms know them, and their queues."""

    def get(self, people: Iterable[PersonId]) -> dict[PersonId, Person]:
        """Return these people; unknown ones are left out."""

    def take(self, person: PersonId) -> None:
        """Keep others who take this person waiting until this unit ends."""

    def by_handle(self, handle: str) -> Person | None:
        """Return the person behind a handle."""

    def standing(self, handle: str) -> Standing | None:
        """Return the person behind a handle, with all that their roles follow from."""

    def remember(self, handle: str, *, name: str, zone: str, locale: str) -> PersonId:
        """Create or refresh the person behind a handle and return their id."""

    def handles(self, person: PersonId) -> tuple[str, ...]:
        """Return all handles of a person."""

    def ties(self, person: PersonId) -> tuple[tuple[str, ...], frozenset[QueueName]]:
        """Return all that a person's roles follow from: their handles, the queues they joined."""

    def joined(self, person: PersonId) -> frozenset[QueueName]:
        """Return the queues a person belongs to through their platform."""

    def set_joined(self, person: PersonId, platform: str, queues: frozenset[QueueName]) -> None:
        """Replace what a platform says about a person's queues."""

    def members(self, queue: QueueName) -> tuple[PersonId, ...]:
        """Return who belongs to a queue through a platform."""

    def set_away(self, person: PersonId, until: datetime | None) -> None:
        """Note an absence, or its end."""


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
