"""One attempt to tell one notice: looks, speaks to the platform, and says how it ended.

An attempt changes nothing in the store. Its ending is a value, and whoever asked for the attempt
writes down what follows from it.
"""

import asyncio
import random
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

from chatdesk.mishaps import log_bug
from chatdesk.ports import (
    AccessLost,
    Messenger,
    OutcomeUnknown,
    Outgoing,
    Place,
    PlaceGone,
    PlatformError,
    RateLimited,
    Showing,
    Store,
    StoreUnavailable,
    Transaction,
    Transient,
    Trouble,
)
from chatdesk.worker.endings import Again, Ending, Parked, Silent, Told, twice_mark
from chatdesk.worker.health import Outcome
from chatdesk.worker.needs import Presenter
from chatdesk.worker.pacing import Pace
from chatdesk.worker.threads import Threads

T = TypeVar("T")

CEILINGS = tuple(
    timedelta(seconds=seconds) for seconds in (10, 60, 600, 3600, 6 * 3600, 16 * 3600, 24 * 3600)
)
"""Between two tries at most: chance takes anything below, so that they spread; a day on average."""

TRIES = len(CEILINGS) + 1
"""A notice that failed so often is parked."""

LOOKED_FOR_AFTER = timedelta(seconds=2)
"""What a platform has just accepted may not be seen at once."""

LONGEST_LIMIT = timedelta(hours=1)
"""A platform that asks for a longer pause is asked again after this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What attempts are made with; shared by all of them."""

    store: Store
    threads: Threads
    presenter: Presenter
    messengers: Mapping[str, Messenger]
    pace: Pace
    chance: random.Random
    call_within: timedelta


@dataclass(frozen=True, slots=True)
class _Sight:
    """What the store says about a row at one moment."""

    showing: Showing
    place: Place | None
    shown: str | None
    may_stand_twice: bool
    troubles: tuple[Trouble, ...]

    @property
    def platform(self) -> str:
        return self.place.platform if self.place else self.showing.platform

    def keeps_waiting(self, row: Outgoing) -> Trouble | None:
        """Return what has to be mended first, unless this row is the one that tries."""
        others = (one for one in self.troubles if one.place and one.waiting)
        return next((one for one in others if one.probe != row.key), None)


class Attempt:
    """One attempt to tell one row, whose lease lasts until the loop time `until`."""

    def __init__(self, row: Outgoing, means: Means, until: float) -> None:
        self._row = row
        self._means = means
        self._until = until
        self._is_in_doubt = row.was_interrupted
        self._is_second = False
        self._platform: str | None = None
        self._place: Place | None = None
        self._spot = ""
        self._shows_state = False
        self.freed: frozenset[str] = frozenset()
        """Lanes that need not wait any longer, because the platform answers."""

    async def run(self) -> Ending:
        """Tell it. StoreUnavailable if the row could not even be looked at under its lease."""
        if self._row.failures >= TRIES:
            return self._given_up("every attempt was cut off in the middle")
        try:
            return await self._tell()
        except asyncio.CancelledError:
            return Again(
                after=timedelta(),
                why="the desk was shut down in the middle of it",
                outcome=Outcome.BROKEN_OFF,
                is_unknown=self._is_in_doubt,
                is_failure=False,
            )
        except StoreUnavailable:
            raise
        except PlatformError as error:
            return self._ending_of(error)
        except Exception as error:  # noqa: BLE001 - a bug in one notice must not stop the others
            self._did_not_ask()
            reference = log_bug(f"telling {self._row.notice} in {self._row.lane}", error)
            return Parked(f"something went wrong here, reference {reference}", Outcome.BUG)

    # --- looking ---

    def _look(self, tx: Transaction) -> _Sight | None:
        showing = self._means.presenter.present(tx, self._row)
        if showing is None:
            return None
        place = tx.conversations.place(self._row.lane)
        platform = place.platform if place else showing.platform
        self._spot = place.place if place else _spot_of(showing, platform)
        self._shows_state = showing.edits and showing.what == "card"
        return _Sight(
            showing=showing,
            place=place,
            shown=tx.conversations.message(self._row.lane, showing.what),
            may_stand_twice=bool(self._is_in_doubt and tx.marks.get(twice_mark(self._row))),
            troubles=tuple(tx.troubles.over(platform, self._row.lane, [self._spot])),
        )

    # --- speaking ---

    async def _tell(self) -> Ending:
        store, pace, lane = self._means.store, self._means.pace, self._row.lane
        sight = await self._means.threads.run_patiently(lambda: store.read(self._look), self._until)
        if sight is None:
            return Silent()
        if sight.shown is not None and not sight.showing.edits:
            known = Told(sight.shown, sight.showing.what, Outcome.ADOPTED, is_new=False)
            return replace(known, is_no_proof=bool(sight.troubles))
        messenger = self._means.messengers.get(sight.platform)
        broken = sight.keeps_waiting(self._row)
        if broken is not None or messenger is None:
            return self._stranded(broken, is_news=False) if broken else self._nobody_there(sight)
        wait = pace.wait_for_platform(sight.platform, lane)
        if wait:
            return self._wait(wait)
        self._platform = sight.platform
        place = sight.place
        if place is None:
            place = await self._call(messenger.open(sight.showing.placement))
        wait = pace.wait_for_place(place)
        if wait:
            self._did_not_ask()
            return self._wait(wait)
        self._place = place
        try:
            ending = await self._show(messenger, sight, place)
        finally:
            pace.leave(place)
        self._answered()
        return replace(ending, mends=sight.troubles) if isinstance(ending, Told) else ending

    @staticmethod
    def _nobody_there(sight: _Sight) -> Parked:
        return Parked(f"{sight.platform} is not set up here", Outcome.REFUSED)

    async def _show(self, messenger: Messenger, sight: _Sight, place: Place) -> Ending:
        showing, key = sight.showing, self._row.key
        if sight.shown is not None:
            await self._call(messenger.edit(place, sight.shown, showing.card))
            return Told(sight.shown, showing.what, Outcome.SENT, is_new=False)
        if self._is_in_doubt:
            found = await self._call(messenger.find(place, key))
            if found is not None:
                return self._told(found, sight, place, Outcome.ADOPTED)
            if sight.may_stand_twice:
                return Parked(
                    "it may have arrived twice already, though nothing of it can be seen",
                    Outcome.UNKNOWN,
                )
            self._is_second = True
        message = await self._post(messenger, sight, place)
        outcome = Outcome.SENT_AGAIN if self._is_second else Outcome.SENT
        return self._told(message, sight, place, outcome)

    async def _post(self, messenger: Messenger, sight: _Sight, place: Place) -> str:
        self._is_in_doubt = True  # should it be cancelled
        try:
            return await self._call(messenger.post(place, sight.showing.card, key=self._row.key))
        except OutcomeUnknown:
            raise
        except PlatformError:
            self._is_in_doubt = False
            raise

    def _told(self, message: str, sight: _Sight, place: Place, outcome: Outcome) -> Told:
        """Say where the lane is: in the thread it opened, or in the place found for it.

        A ticket's lane is a thread and nothing else: bound to the bare channel, that would be
        the conversation of a single ticket.
        """
        is_at: Place | None = None
        if sight.showing.opens_thread:
            # A platform may have made a thread of its own for the lane.
            is_at = replace(place, thread=place.thread or message)
        elif not self._row.lane.startswith("ticket:"):
            is_at = place
        news = is_at if sight.place is None else None
        return Told(message, sight.showing.what, outcome, place=news)

    async def _call(self, call: Coroutine[Any, Any, T]) -> T:
        within = self._means.call_within.total_seconds()
        try:
            async with asyncio.timeout(within):
                return await call
        except TimeoutError:
            raise OutcomeUnknown(f"no answer in {within:.0f} s") from None

    # --- endings ---

    def _ending_of(self, error: PlatformError) -> Ending:
        if isinstance(error, AccessLost):
            return self._shut_out(error)
        if isinstance(error, Transient | OutcomeUnknown):
            return self._failed(error)
        self._answered()
        if isinstance(error, PlaceGone):
            return self._stranded(self._trouble(error, error.place or self._spot))
        if isinstance(error, RateLimited):
            after = min(max(error.after, timedelta()), LONGEST_LIMIT)
            if self._platform is not None:
                self._means.pace.limited(self._platform, self._place, after.total_seconds())
            return self._early(after, str(error), Outcome.RATE_LIMITED)
        return Parked(str(error), Outcome.REFUSED)

    def _trouble(self, error: PlaceGone | AccessLost, place: str) -> Trouble:
        return Trouble(
            platform=self._platform or "",
            place=place,
            code=error.code,
            why=str(error),
            lane=self._row.lane,
        )

    def _stranded(self, trouble: Trouble, *, is_news: bool = True) -> Parked:
        return Parked(
            trouble.why,
            Outcome.PLACE_GONE,
            trouble=trouble,
            is_news=is_news,
            shows_state=self._shows_state,
        )

    def _shut_out(self, error: AccessLost) -> Again:
        """Wait until somebody lets the desk in again: that is no fault of any notice."""
        after = 0.0
        if self._platform is not None:
            after = self._means.pace.shut_out(self._platform, self._row.lane)
        return Again(
            after=timedelta(seconds=after),
            why=str(error),
            outcome=Outcome.SHUT_OUT,
            is_unknown=self._is_in_doubt,
            is_failure=False,
            trouble=self._trouble(error, ""),
        )

    def _failed(self, error: PlatformError) -> Ending:
        """Decide when to try again; an outage of the whole platform counts against no notice."""
        outage = None
        if self._platform is not None:
            outage = self._means.pace.failed(self._platform, self._row.lane)
        if outage is not None:
            after = timedelta(seconds=outage)
        elif self._row.failures + 1 >= TRIES:
            return self._given_up(str(error))
        else:
            after = self._means.chance.uniform(0, 1) * CEILINGS[self._row.failures]
        is_unknown = isinstance(error, OutcomeUnknown)
        return Again(
            after=after + (LOOKED_FOR_AFTER if is_unknown else timedelta()),
            why=str(error),
            outcome=Outcome.UNKNOWN if is_unknown else Outcome.TRANSIENT,
            is_unknown=self._is_in_doubt,
            is_failure=outage is None,
            was_second=is_unknown and self._is_second,
        )

    def _given_up(self, why: str) -> Parked:
        return Parked(f"given up after {TRIES} tries: {why}", Outcome.GIVEN_UP)

    def _wait(self, seconds: float) -> Again:
        return self._early(timedelta(seconds=seconds), self._row.why, Outcome.WAITED)

    def _early(self, after: timedelta, why: str, outcome: Outcome) -> Again:
        return Again(
            after=after, why=why, outcome=outcome, is_unknown=self._is_in_doubt, is_failure=False
        )

    def _answered(self) -> None:
        if self._platform is not None:
            self.freed = self._means.pace.answered(self._platform, self._row.lane)

    def _did_not_ask(self) -> None:
        if self._platform is not None:
            self._means.pace.did_not_ask(self._platform, self._row.lane)


def _spot_of(showing: Showing, platform: str) -> str:
    """Name where a lane without a place is to go: its queue's home, or the person."""
    placement = showing.placement
    known = (one for one in placement.handles if one.startswith(f"{platform}:"))
    return placement.queue_home or next(known, placement.lane)
