"""When a platform may be spoken to: pauses after rate limits, one at a time, and outages.

All of it is remembered in this process only. It keeps rows from being tried in vain; what is owed
stands in the outbox.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from chatdesk.ports import Place

LANES_OF_AN_OUTAGE = 3
"""So many lanes failing with no success in between are the platform's fault, not theirs."""

LONGEST_PAUSE = 60.0
"""Seconds between two probes of a platform that does not answer."""

PROBED_WITHIN = 60.0
"""Seconds a probe is waited for before another lane may try."""

APART = 0.1
"""Seconds between rows that wait for the same place, if it does not take longer to speak there."""

APART_WHEN_LIMITED = 1.0
"""The same where a platform just said "too fast": the pace that Slack and Discord allow."""

LIMIT_REMEMBERED = 60.0
"""Seconds for which "too fast" is remembered."""

PLACES_REMEMBERED = 10_000
"""Beyond so many places those where nothing goes on are forgotten."""


@dataclass(slots=True)
class _Place:
    is_busy: bool = False
    paused_until: float = 0.0
    busy_since: float = 0.0
    takes: float = APART
    """Seconds a message has been taking lately."""
    limited_at: float = -LIMIT_REMEMBERED
    next_turn_at: float = 0.0


@dataclass(slots=True)
class _Platform:
    paused_until: float = 0.0
    failed: set[str] = field(default_factory=set)
    hastened: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)
    probe: str | None = None
    fruitless: int | None = None
    """Probes in vain; None while the platform answers."""


class Pace:
    """Says who has to wait, in seconds; `now` counts seconds and never goes back."""

    def __init__(self, now: Callable[[], float], chance: random.Random) -> None:
        self._now = now
        self._chance = chance
        self._places: dict[tuple[str, str], _Place] = {}
        self._platforms: dict[str, _Platform] = {}

    # --- a platform ---

    def wait_for_platform(self, platform: str, lane: str) -> float:
        """Return for how long a lane must not speak to a platform.

        While a platform is out, one lane at a time is let through as a probe.
        """
        known, now = self._platform(platform), self._now()
        if known.paused_until > now:
            known.held.add(lane)
            return self._until_over(known)
        if known.fruitless is not None:
            known.probe, known.paused_until = lane, now + PROBED_WITHIN
        return 0.0

    def did_not_ask(self, platform: str, lane: str) -> None:
        """Note that a lane let through did not speak after all: another may be the probe."""
        known = self._platform(platform)
        if known.probe == lane:
            known.probe, known.paused_until = None, 0.0

    def failed(self, platform: str, lane: str) -> float | None:
        """Note that a platform did not answer a lane, or not clearly.

        Return for how long the lane has to wait if that is an outage, which is not its fault.
        """
        known = self._platform(platform)
        known.failed.add(lane)
        if known.fruitless is None and len(known.failed) >= LANES_OF_AN_OUTAGE:
            known.fruitless, known.probe = 0, lane
        if known.probe == lane and known.fruitless is not None:
            longest = min(LONGEST_PAUSE, 2.0**known.fruitless)
            known.paused_until = self._now() + self._chance.uniform(longest / 2, longest)
            known.fruitless, known.probe = known.fruitless + 1, None
        if known.fruitless is None:
            return None
        known.held.add(lane)
        return self._until_over(known)

    def shut_out(self, platform: str, lane: str) -> float:
        """Note that a platform lets nobody in; return for how long the lane has to wait."""
        known = self._platform(platform)
        known.fruitless, known.probe = known.fruitless or 0, lane
        return self.failed(platform, lane) or 0.0

    def answered(self, platform: str, lane: str) -> frozenset[str]:
        """Note that a platform answered a lane; return lanes that need not wait any longer.

        A lane that fails although others succeed is brought forward once, until it succeeds.
        """
        known = self._platform(platform)
        known.hastened.discard(lane)
        known.failed.discard(lane)
        freed = known.held | (known.failed - known.hastened)
        known.hastened |= known.failed
        self._end_outage(known)
        return frozenset(freed - {lane})

    def is_back(self, platform: str) -> frozenset[str]:
        """Note that a platform was heard of again; return lanes that need not wait any longer."""
        known = self._platform(platform)
        freed = known.held | known.failed
        self._end_outage(known)
        return frozenset(freed)

    def _until_over(self, known: _Platform) -> float:
        return max(0.0, known.paused_until - self._now()) + self._chance.uniform(0, 1)

    @staticmethod
    def _end_outage(known: _Platform) -> None:
        if known.fruitless is not None:
            known.paused_until = 0.0
        known.fruitless, known.probe = None, None
        known.held.clear()
        known.failed.clear()

    # --- a place ---

    def wait_for_place(self, place: Place) -> float:
        """Return for how long a place is taken or limited; with 0 it is yours until `leave`.

        Those who have to wait get turns one after another, so that they do not all come at once.
        """
        known, now = self._place(place), self._now()
        if not known.is_busy and known.paused_until <= now:
            known.is_busy, known.busy_since = True, now
            return 0.0
        is_limited = now - known.limited_at < LIMIT_REMEMBERED
        apart = max(known.takes, APART_WHEN_LIMITED if is_limited else APART)
        known.next_turn_at = max(known.next_turn_at, known.paused_until, now) + apart
        return known.next_turn_at - now

    def leave(self, place: Place) -> None:
        """Let the next one speak in a place."""
        known, now = self._place(place), self._now()
        known.takes += (now - known.busy_since - known.takes) / 4
        known.is_busy = False
        if now - known.limited_at < LIMIT_REMEMBERED:
            known.paused_until = max(known.paused_until, known.busy_since + APART_WHEN_LIMITED)
        if len(self._places) > PLACES_REMEMBERED:
            self._forget_quiet_places()

    def limited(self, platform: str, place: Place | None, after: float) -> None:
        """Note "too fast, not before `after` seconds": there, or for a second place everywhere."""
        now = self._now()
        others = any(
            name == platform and one.paused_until > now
            for (name, where), one in self._places.items()
            if place is None or where != place.place
        )
        if place is not None:
            known = self._place(place)
            known.limited_at = now
            known.paused_until = max(known.paused_until, now + after)
        if place is None or others:
            everywhere = self._platform(platform)
            everywhere.paused_until = max(everywhere.paused_until, now + after)

    def _place(self, place: Place) -> _Place:
        return self._places.setdefault((place.platform, place.place), _Place())

    def _platform(self, platform: str) -> _Platform:
        return self._platforms.setdefault(platform, _Platform())

    def _forget_quiet_places(self) -> None:
        now = self._now()
        for key, one in list(self._places.items()):
            if not one.is_busy and max(one.paused_until, one.next_turn_at) < now:
                del self._places[key]
