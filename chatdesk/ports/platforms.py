"""What a platform can be asked to do, and how it can fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from chatdesk.ports.outgoing import Place
from chatdesk.ui.cards import Card


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


class AccessLost(Transient):
    """The platform lets the desk in nowhere until somebody mends that; everything waits for it.

    `code` is the platform's word for it.
    """

    def __init__(self, why: str, *, code: str = "") -> None:
        """Say in a sentence what can be done."""
        super().__init__(why)
        self.code = code


class OutcomeUnknown(PlatformError):
    """It may have been sent or not; look before sending again."""


class PlatformRefused(PlatformError):
    """The platform will never accept this as it is."""


class PlaceGone(PlatformError):
    """The place does not exist any more, or the desk may not write there, until it is mended.

    `place` names what is broken where that is more, or other, than the place that was spoken to:
    all direct messages, for example. `code` is the platform's word for it.
    """

    def __init__(self, why: str, *, place: str = "", code: str = "") -> None:
        """Say in a sentence what can be done."""
        super().__init__(why)
        self.place = place
        self.code = code


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
