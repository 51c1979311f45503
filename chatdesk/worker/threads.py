"""The threads in which the worker talks to the store, and the bell that wakes it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from chatdesk.ports import StoreUnavailable

ASKED_AGAIN_AFTER = 0.5
"""Seconds until a store that did not answer is asked again."""

T = TypeVar("T")


class Threads:
    """A few threads for blocking calls; the event loop does not wait in any of them."""

    def __init__(self, count: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix=name)
        self._is_closed = False

    async def run(self, work: Callable[[], T]) -> T:
        """Do blocking work; it is finished even when the caller is cancelled meanwhile.

        Raises StoreUnavailable after `close`.
        """
        if self._is_closed:
            raise StoreUnavailable("the worker has ended")
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._pool, work))

    async def run_patiently(self, work: Callable[[], T], until: float) -> T:
        """Do work on the store, again and again while it is unavailable, `until` that loop time.

        Raises the last StoreUnavailable then. `work` changes nothing when it raises that.
        """
        while True:
            try:
                return await self.run(work)
            except StoreUnavailable:
                if asyncio.get_running_loop().time() + ASKED_AGAIN_AFTER >= until:
                    raise
            await asyncio.sleep(ASKED_AGAIN_AFTER)

    def close(self) -> None:
        """Begin nothing more; what runs ends by itself."""
        self._is_closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)


class Bell:
    """Wakes a loop that rests; a ring while it is at work is heard afterwards."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.is_awaited = False
        """True while somebody rests."""

    def attend(self) -> None:
        """Belong to the running event loop from now on."""
        self._loop = asyncio.get_running_loop()

    def ring(self) -> None:
        """Wake whoever rests; any thread may call it, and calling it often costs little."""
        if self._loop is None or self._rung.is_set():
            return
        with suppress(RuntimeError):  # the loop was closed: nobody rests there any more
            self._loop.call_soon_threadsafe(self._rung.set)

    def hush(self) -> None:
        """Forget earlier rings, before looking at what they may have been for."""
        self._rung.clear()

    async def rest(self, at_most: float | None) -> None:
        """Wait until the bell rings, `at_most` so many seconds."""
        self.is_awaited = True
        try:
            async with asyncio.timeout(at_most):
                await self._rung.wait()
        except TimeoutError:
            return
        finally:
            self.is_awaited = False
