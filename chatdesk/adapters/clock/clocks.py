"""What time it is: a clock that no jump of the wall clock can fool, and one that can be moved.

The wall clock is corrected by people and by the network: by an hour, back again, at any moment. If
the desk followed every jump, things would happen early, twice or all at once. It reads the wall
clock when it starts and counts on by the machine's steady clock. When the wall clock disagrees, it
is not believed until it has disagreed in the same way for `BELIEVED_AFTER`: a slip and its repair
pass unnoticed, a real correction is followed in the end.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from chatdesk.ports import Clock

logger = logging.getLogger(__name__)

TOLERATED = 1.0
"""Seconds the wall clock may be off before it is called a jump."""

BELIEVED_AFTER = 600.0
"""Seconds a jump has to last before it is believed."""

SLOWED = 0.5
"""The pace at which time goes on while the desk waits for a wall clock that was put back."""


def steady_seconds() -> float:
    """Return seconds that nobody can set, counted through sleep where the system can do that."""
    boot_time = getattr(time, "CLOCK_BOOTTIME", None)  # Linux; elsewhere sleep counts as a jump
    return time.monotonic() if boot_time is None else time.clock_gettime(boot_time)


class SystemClock:
    """The machine's time, never going backwards and deaf to jumps; any thread may ask.

    A correction forwards that was believed is made at once: what is due then is truly due. After
    one backwards time goes on at half its pace until the wall clock has caught up.
    """

    def __init__(
        self,
        *,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = steady_seconds,
    ) -> None:
        self._wall = wall
        self._steady = steady
        self._lock = threading.Lock()
        self._started_wall = wall()
        self._started_steady = steady()
        self._ahead = 0.0
        self._off_by = 0.0
        self._off_since: float | None = None

    def now(self) -> datetime:
        """Return this moment, aware UTC, never earlier than an answer before."""
        with self._lock:
            steady = self._steady()
            self._compare(self._wall(), steady)
            return datetime.fromtimestamp(self._counted(steady), UTC)

    def _counted(self, steady: float) -> float:
        passed = steady - self._started_steady
        still_ahead = self._ahead - passed * (1 - SLOWED)
        return self._started_wall + passed + max(0.0, still_ahead)

    def _compare(self, wall: float, steady: float) -> None:
        off_by = wall - (self._started_wall + steady - self._started_steady)
        if abs(off_by) <= TOLERATED:
            self._off_since = None
        elif self._off_since is None or abs(off_by - self._off_by) > TOLERATED:
            logger.warning("the wall clock jumped by %+.0f s; counting on without it", off_by)
            self._off_by, self._off_since = off_by, steady
        elif steady - self._off_since >= BELIEVED_AFTER:
            logger.warning("the wall clock has stayed %+.0f s off; following it now", off_by)
            self._follow(wall, steady)

    def _follow(self, wall: float, steady: float) -> None:
        self._ahead = max(0.0, self._counted(steady) - wall)
        self._started_wall, self._started_steady = wall, steady
        self._off_since = None


class MovableClock:
    """A clock that people move forward, to see in minutes what takes a ticket days.

    How far it was moved is kept through `load` and `save`, as a number of seconds written out, so
    that a restart does not bring time back. Both are called by the constructor, `move` and
    `reload` only, and may block; `now` never does.
    """

    def __init__(
        self, base: Clock, *, load: Callable[[], str | None], save: Callable[[str], None]
    ) -> None:
        self._base = base
        self._load = load
        self._save = save
        self._lock = threading.Lock()
        self._moved_by = timedelta()
        self.reload()

    def now(self) -> datetime:
        """Return the moved moment, aware UTC, never earlier than an answer before."""
        return self._base.now() + self._moved_by

    def move(self, by: timedelta) -> datetime:
        """Move forward and return the new time; ValueError for a step back or beyond the calendar.

        The move is kept before the clock shows it.
        """
        if by <= timedelta():
            raise ValueError("time can only be moved forward")
        with self._lock:
            moved_by = self._moved_by + by
            try:
                now = self._base.now() + moved_by
            except OverflowError:
                raise ValueError("the calendar ends before that") from None
            self._save(str(moved_by.total_seconds()))
            self._moved_by = moved_by
            return now

    def reload(self) -> None:
        """Take over what another process has moved meanwhile."""
        with self._lock:
            kept = timedelta(seconds=float(self._load() or 0))
            self._moved_by = max(self._moved_by, kept)
