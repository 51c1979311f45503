"""The desk's time. Its heartbeat is in `ticks`: telling the time loads no scheduler."""

from chatdesk.adapters.clock.clocks import MovableClock, SystemClock

__all__ = ["MovableClock", "SystemClock"]
