"""Keeps deliveries that could not be done before Slack had to be answered, until they are done.

As a rule the desk has done, and committed, what a delivery asks for before Slack is answered. What
takes longer is kept in the inbox as Slack delivered it; only then is it acknowledged. Whoever dies
before it is done leaves it to the next sweep, here or in another process.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol, TypeVar

from chatdesk.lifecycle.step import Refused
from chatdesk.mishaps import log_bug
from chatdesk.ports import OutcomeUnknown, RateLimited, StoreUnavailable, Transient
from chatdesk.ui.cards import parse_button_id
from chatdesk.ui.exchange import Clicked, Done, Submitted, Typed
from chatdesk.verbs import BY_NAME, parse

Ack = Callable[..., Awaitable[Any]]
Body = Mapping[str, Any]
T = TypeVar("T")

ANSWERS_WITHIN = 2.0
"""Seconds that an acknowledgement waits for the desk; Slack gives up after three."""

KEPT_AFTER = 1.0
"""Seconds after which what somebody does in a form or by a click is kept, if it is not done."""

WORDS_KEPT_AFTER = 0.3
"""The same for messages, which need no answer: they are acknowledged as soon as they are kept."""

GIVEN_UP_AFTER = 2.7
"""Seconds after which a delivery that is neither done nor kept is not acknowledged at all."""

ABANDONED_AFTER = timedelta(seconds=30)
"""A delivery unfinished for so long is taken up by whoever sweeps."""

SWEPT_EVERY = 5.0
"""Seconds between two sweeps."""

LATER = (Transient, OutcomeUnknown, RateLimited, StoreUnavailable)
"""What passes: a delivery that ended like this stays kept, and is taken up again."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A delivery: `kind` says who takes it up again, `payload` is what Slack delivered.

    `user` is who did it; `bot` is the app's own user, by which a mention of it is known.
    """

    key: str
    kind: str
    user: str
    payload: Body
    bot: str = ""


class Shelf(Protocol):
    """Where deliveries are kept. All of it blocks, and raises StoreUnavailable."""

    def keep(self, kept: Kept) -> None:
        """Keep a delivery; one that is kept or was done already stays as it is."""

    def finish(self, key: str) -> None:
        """Note that a delivery is done, however often; one that was never kept is none."""

    def note(self, key: str) -> None:
        """Note a delivery as done that need not be kept."""

    def find(self, key: str) -> Kept | None:
        """Return a delivery, done or not."""

    def unfinished(self, older_than: timedelta) -> list[Kept]:
        """Return deliveries kept longer ago than this and not done, oldest first."""


class Keeping:
    """Sees to it that nothing is acknowledged that could still get lost."""

    def __init__(self, shelf: Shelf, behind: Callable[[Awaitable[None]], None]) -> None:
        """Keep them there; `behind` lets work follow behind an acknowledgement."""
        self._shelf = shelf
        self._behind = behind
        self._under_way: set[str] = set()
        self._failed: dict[str, int] = {}

    async def is_done(
        self, work: asyncio.Future[T], kept: Kept | None, *, is_answered: bool = True
    ) -> bool:
        """Wait for work as long as Slack does; True once it is done, False if it is kept instead.

        Without `kept` it is only waited for: nothing is lost with it. With False the caller has to
        `follow` the work. Unless it `is_answered`, nobody waits longer than it takes to keep it.
        Raises StoreUnavailable where there is nothing to be acknowledged.
        """
        keep = KEPT_AFTER if is_answered else WORDS_KEPT_AFTER
        acked_by = ANSWERS_WITHIN if is_answered else keep
        await asyncio.wait({work}, timeout=acked_by if kept is None else keep)
        if work.done() or kept is None:
            return work.done()
        self._under_way.add(kept.key)
        keeping = asyncio.ensure_future(asyncio.to_thread(self._shelf.keep, kept))
        await asyncio.wait({work}, timeout=acked_by - keep)
        is_kept = await self._is_kept(work, keeping, GIVEN_UP_AFTER - acked_by)
        if work.done():
            self._behind(self._forget(kept.key, keeping))
            return True
        if not is_kept:
            self._behind(self._forget(kept.key, keeping))
            raise StoreUnavailable("neither done nor kept in time")
        return False

    @staticmethod
    async def _is_kept(
        work: asyncio.Future[T], keeping: asyncio.Future[None], within: float
    ) -> bool:
        """Wait until a delivery is kept, or done after all."""
        both: set[asyncio.Future[Any]] = {work, keeping}
        await asyncio.wait(both, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        if keeping.done() and keeping.exception() is not None and not work.done():
            await asyncio.wait({work}, timeout=within)
        return keeping.done() and keeping.exception() is None

    async def _forget(self, key: str, keeping: asyncio.Future[None]) -> None:
        """Finish what was done while it was being kept; if it was not, there is nothing to do."""
        try:
            await keeping
            await self._finish(key)
        finally:
            self._under_way.discard(key)

    def follow(self, key: str, work: Awaitable[object]) -> None:
        """Let a delivery that was kept be done behind the acknowledgement, and finished then."""
        self._under_way.add(key)
        self._behind(self._follow(key, work))

    async def _follow(self, key: str, work: Awaitable[object]) -> None:
        try:
            await work
        except LATER as problem:
            logger.warning("a delivery is taken up again later: %s", type(problem).__name__)
            return
        except Exception as error:  # noqa: BLE001 - one delivery must not stop the others
            if not self._is_given_up(key, log_bug("doing what was delivered", error)):
                return
        finally:
            self._under_way.discard(key)
        await self._finish(key)

    def _is_given_up(self, key: str, reference: str) -> bool:
        """Give a delivery up that is a bug every time."""
        failures = self._failed[key] = self._failed.get(key, 0) + 1
        if failures < 3:  # noqa: PLR2004 - a try, and twice more
            return False
        logger.error("a delivery is given up after three tries, reference %s", reference)
        del self._failed[key]
        return True

    async def _finish(self, key: str) -> None:
        await asyncio.to_thread(self._shelf.finish, key)
        self._failed.pop(key, None)

    async def note(self, key: str) -> None:
        """Note a delivery that was answered and may have left no trace."""
        await asyncio.to_thread(self._shelf.note, key)

    async def find(self, key: str) -> Kept | None:
        """Return a delivery that was kept, done or not."""
        return await asyncio.to_thread(self._shelf.find, key)

    # --- taking up what was left ---

    async def sweep(
        self, again: Mapping[str, Callable[[Kept], Awaitable[object]]], older_than: timedelta
    ) -> None:
        """Do what was left undone, in its order; `again` says who does which kind."""
        for kept in await asyncio.to_thread(self._shelf.unfinished, older_than):
            if kept.key not in self._under_way and kept.kind in again:
                self._under_way.add(kept.key)
                await self._follow(kept.key, again[kept.kind](kept))

    async def keep_sweeping(self, again: Mapping[str, Callable[[Kept], Awaitable[object]]]) -> None:
        """Sweep until cancelled; the first time also what is quite new, for a start is no race."""
        older_than = timedelta()
        while True:
            try:
                await self.sweep(again, older_than)
                older_than = ABANDONED_AFTER
            except StoreUnavailable:
                logger.warning("what was kept cannot be looked at: the store does not answer")
            await asyncio.sleep(SWEPT_EVERY)


def changes_something(done: Done) -> bool:
    """Tell whether a delivery can have an effect; what only reads need not be kept."""
    if isinstance(done, Clicked):
        state = parse_button_id(done.id)
        verb = BY_NAME.get(state.verb) if state else None
        return verb is not None and verb.make is not None
    if isinstance(done, Typed):
        words = done.text.strip().removeprefix("/ticket").strip()
        try:
            return bool(words) and parse(words, 0).verb.make is not None
        except Refused:
            return False
    return not (isinstance(done, Submitted) and done.is_refresh)
