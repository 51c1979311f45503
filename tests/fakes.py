"""Stand-ins at the ports: a platform in memory that can misbehave, a heartbeat moved by hand.

    messenger = FakeMessenger("slack")
    messenger.next_time("post", Transient("503"), AnswerLost())   # then it works again
    messenger.is_down = True                                      # nothing works
    messenger.said("#it-help")                                    # what people can read there

A platform in memory forgets nothing and shows everything at once, unless told otherwise.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from chatdesk.ports import OutcomeUnknown, Place, Placement, Transient
from chatdesk.ui.cards import Card

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AnswerLost:
    """The platform does what is asked, and the connection breaks before it can say so."""


@dataclass(slots=True)
class Hang:
    """The call does not come back, having been accepted or not; `began` tells that it was made."""

    is_accepted: bool = False
    began: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Something else happens, and the call works."""

    do: Callable[[], None]


Misbehaviour = AnswerLost | Hang | Meanwhile | Exception | None
"""What a call can do instead of working; None works."""


@dataclass(slots=True)
class Shown:
    """A message people can read."""

    message: str
    place: Place
    card: Card
    key: str
    edits: int = 0


class FakeMessenger:
    """A platform in memory, as `chatdesk.ports.Messenger`.

    A lane without a place is opened in its queue's home, else in a place called as the lane.
    """

    def __init__(self, platform: str = "fake") -> None:
        self.platform = platform
        self.is_down = False
        """Every call fails as long as this is set."""
        self.is_hiding = False
        """`find` sees nothing as long as this is set."""
        self.shown: list[Shown] = []
        """Every message ever posted, in the order in which people saw them."""
        self.calls: list[tuple[str, str]] = []
        """Every call made, as (call, place)."""
        self.at_once: dict[str, int] = defaultdict(int)
        """The most messages that were ever being sent or edited in a place at the same time."""
        self._under_way: dict[str, int] = defaultdict(int)
        self._script: dict[tuple[str, str], deque[Misbehaviour]] = defaultdict(deque)

    # --- what a test says ---

    def next_time(self, call: str, *behaviours: Misbehaviour, at: str = "") -> None:
        """Behave like this at the next calls of `open`, `post`, `edit` or `find`, in turn.

        With `at`, only in that place.
        """
        self._script[call, at].extend(behaviours)

    def when(self, call: str, do: Callable[[], None]) -> None:
        """Have something happen while the next call is under way, which works."""
        self._script[call, ""].append(Meanwhile(do))

    def said(self, place: str, thread: str = "") -> list[str]:
        """Return what people read in a place, oldest first, as it reads now."""
        return [
            shown.card.fallback
            for shown in self.shown
            if (shown.place.place, shown.place.thread) == (place, thread)
        ]

    def count(self, call: str) -> int:
        """Return how often a call was made."""
        return sum(1 for name, _ in self.calls if name == call)

    # --- what the desk says ---

    async def open(self, placement: Placement) -> Place:
        """Return a lane's place."""
        place = Place(platform=self.platform, place=placement.queue_home or placement.lane)
        return await self._behave("open", place, lambda: place)

    async def post(self, place: Place, card: Card, *, key: str) -> str:
        """Show a card and return its message's id: 1, 2, 3 as they come."""

        def show() -> str:
            message = str(len(self.shown) + 1)
            self.shown.append(Shown(message, place, card, key))
            return message

        return await self._behave("post", place, show)

    async def edit(self, place: Place, message: str, card: Card) -> None:
        """Replace a message's card."""

        def replace() -> None:
            shown = self.shown[int(message) - 1]
            shown.card, shown.edits = card, shown.edits + 1

        await self._behave("edit", place, replace)

    async def find(self, place: Place, key: str) -> str | None:
        """Return the first message posted with this key."""

        def look() -> str | None:
            seen = () if self.is_hiding else self.shown
            return next((one.message for one in seen if one.key == key), None)

        return await self._behave("find", place, look)

    async def _behave(self, call: str, place: Place, do: Callable[[], T]) -> T:
        self.calls.append((call, place.place))
        self._under_way[place.place] += call in {"post", "edit"}
        self.at_once[place.place] = max(self.at_once[place.place], self._under_way[place.place])
        try:
            await asyncio.sleep(0)
            script = self._script[call, place.place] or self._script[call, ""]
            behaviour = script.popleft() if script else None
            if self.is_down:
                raise Transient("the platform is down")
            return await _do_as(behaviour, do)
        finally:
            self._under_way[place.place] -= call in {"post", "edit"}


async def _do_as(behaviour: Misbehaviour, do: Callable[[], T]) -> T:
    match behaviour:
        case None:
            return do()
        case AnswerLost():
            do()
            raise OutcomeUnknown("the connection broke")
        case Meanwhile():
            behaviour.do()
            return do()
        case Hang():
            if behaviour.is_accepted:
                do()
            behaviour.began.set()
            await asyncio.Event().wait()
            raise AssertionError("nobody ends a hanging call but its caller")
        case _:
            raise behaviour


class HandTicks:
    """A heartbeat that beats when told to."""

    def __init__(self) -> None:
        self.works: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {}
        """The works by name."""

    def every(
        self, span: timedelta, work: Callable[[], Coroutine[Any, Any, None]], *, name: str
    ) -> None:
        """Keep a work for `tick`."""
        assert name not in self.works, f"{name} ticks already"
        self.works[name] = work

    async def tick(self, *names: str) -> None:
        """Run these works once, or all of them."""
        for name in names or tuple(self.works):
            await self.works[name]()
