"""Knows which units of a store are under way, so that none is left behind when it is closed.

A task that is cancelled leaves the thread in which it asked the store. A connection that such a
thread holds while the pools are emptied would come back to a pool that nobody empties any more.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from chatdesk.ports import StoreUnavailable

ENDED_WITHIN = timedelta(seconds=5)
"""How long closing waits: a digest over years may take longer than whoever stops the desk."""


class UnderWay:
    """Lets units begin until it is closed."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0
        self._is_closed = False

    @contextmanager
    def unit(self) -> Iterator[None]:
        """Count a unit while it is under way. StoreUnavailable once the store was closed."""
        with self._changed:
            if self._is_closed:
                raise StoreUnavailable("the store is closed")
            self._count += 1
        try:
            yield
        finally:
            with self._changed:
                self._count -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Let nothing begin any more, and wait for what has begun."""
        with self._changed:
            self._is_closed = True
            self._changed.wait_for(lambda: self._count == 0, ENDED_WITHIN.total_seconds())
