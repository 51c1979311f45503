"""The loopback Slack's clocks: one that only a story moves, and the real one."""

import time
from typing import Protocol


class SlackClock(Protocol):
    """Tells Slack's idea of now, in seconds since 1970 (UTC)."""

    def now(self) -> float:
        """Seconds since 1970 (UTC)."""
        ...


class SteppedClock:
    """Stands still at the moment it was made, until `advance` moves it.

    It begins at the real time: libraries compare a request's signature with their own clock.
    """

    def __init__(self, starts_at: float | None = None) -> None:
        self._now = time.time() if starts_at is None else starts_at

    def now(self) -> float:
        """Seconds since 1970 (UTC)."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move on by so many seconds."""
        self._now += seconds


class WallClock:
    """The real time, for benches and for desks whose clock runs."""

    def now(self) -> float:
        """Seconds since 1970 (UTC)."""
        return time.time()
