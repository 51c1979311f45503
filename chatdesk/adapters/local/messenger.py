"""How the desk speaks in the local workspace."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from chatdesk.adapters.local.database import PlatformUnavailable
from chatdesk.adapters.local.people import DESK, PLATFORM
from chatdesk.adapters.local.platform import NoSuchMessage, NoSuchPlace
from chatdesk.adapters.local.records import Draft
from chatdesk.adapters.local.render import CardTooLarge, render_card
from chatdesk.ports import Place, PlaceGone, PlatformRefused, Transient

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatdesk.adapters.local.platform import LocalPlatform
    from chatdesk.adapters.local.records import Json
    from chatdesk.ports import Placement
    from chatdesk.ui.cards import Card

T = TypeVar("T")


class LocalMessenger:
    """Posts cards into the workspace. A key posts once, however often it is tried."""

    def __init__(self, platform: LocalPlatform) -> None:
        self._workspace = platform

    @property
    def platform(self) -> str:
        """The platform's name, as in handles."""
        return PLATFORM

    async def open(self, placement: Placement) -> Place:
        """Return the queue's home channel for an agents' lane, else the direct conversation."""
        return await _asked(lambda: self._open(placement))

    def _open(self, placement: Placement) -> Place:
        if placement.queue_home.strip().removeprefix("#"):
            return _place(self._workspace.open_channel(placement.queue_home))
        for handle in placement.handles:
            if handle in self._workspace.people:
                return _place(self._workspace.open_direct(handle))
        raise PlaceGone(f"{placement.lane} has no home channel and nobody in the local workspace")

    async def post(self, place: Place, card: Card, *, key: str) -> str:
        """Show a card as a new message and return its id."""
        draft = Draft(
            place=place.place, thread=place.thread, author=DESK, key=key, card=_rendered(card)
        )
        return await _asked(lambda: self._workspace.post(draft))

    async def edit(self, place: Place, message: str, card: Card) -> None:
        """Replace a message's card, where it stands."""
        shown = _rendered(card)
        await _asked(lambda: self._workspace.edit_card(message, shown))

    async def find(self, place: Place, key: str) -> str | None:
        """Return the message posted with this key."""
        return await _asked(lambda: self._workspace.find(place.place, key))


def _place(place: str) -> Place:
    return Place(platform=PLATFORM, place=place)


def _rendered(card: Card) -> Json:
    try:
        return render_card(card)
    except CardTooLarge as problem:
        raise PlatformRefused(str(problem)) from problem


async def _asked(question: Callable[[], T]) -> T:
    """Ask the platform in a thread and name its failures as the worker knows them."""
    try:
        return await asyncio.to_thread(question)
    except NoSuchMessage as problem:
        raise PlatformRefused(f"message {problem} is gone") from problem
    except NoSuchPlace as problem:
        raise PlaceGone(str(problem)) from problem
    except PlatformUnavailable as problem:
        raise Transient(str(problem)) from problem
