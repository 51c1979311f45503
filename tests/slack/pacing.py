"""How often the Web API may be called: messages by channel, everything else by method."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from math import ceil

POSTING = ("chat.postMessage", "files.completeUploadExternal")
PER_MINUTE = {"t1": 1, "t2": 20, "t3": 50, "t4": 100}


@dataclass(frozen=True, slots=True)
class Pace:
    """One message per channel each `channel_every` seconds; methods by tier where `has_tiers`."""

    channel_every: float | None = 1.0
    has_tiers: bool = False


class Pacing:
    """Counts calls against the pace; a refused call does not count."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self._posted: dict[str, float] = {}
        self._called: dict[str, deque[float]] = defaultdict(deque)

    def wait(self, method: str, tier: str, channel: str | None, now: float) -> int | None:
        """Whole seconds to wait, or None: then the call counts."""
        waits = [self._for_channel(method, channel, now), self._for_tier(method, tier, now)]
        longest = max(waits)
        if longest > 0:
            return max(1, ceil(longest))
        if method in POSTING and channel:
            self._posted[channel] = now
        self._called[method].append(now)
        return None

    def _for_channel(self, method: str, channel: str | None, now: float) -> float:
        if method not in POSTING or channel is None or self.pace.channel_every is None:
            return 0
        last = self._posted.get(channel)
        return 0 if last is None else last + self.pace.channel_every - now

    def _for_tier(self, method: str, tier: str, now: float) -> float:
        allowed = PER_MINUTE.get(tier)
        if not self.pace.has_tiers or allowed is None:
            return 0
        called = self._called[method]
        while called and called[0] <= now - 60:
            called.popleft()
        return called[0] + 60 - now if len(called) >= allowed else 0
