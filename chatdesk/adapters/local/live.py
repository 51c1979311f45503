"""The stream of changes to an open page: server-sent events that resume where they broke off."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from chatdesk.adapters.local.history import read_changes, read_position

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from chatdesk.adapters.local.platform import LocalPlatform
    from chatdesk.adapters.local.records import Change

POLL_SECONDS = 1.0
"""A change made by another process is seen within this time."""

SILENCE_SECONDS = 15
"""A comment is sent after this much silence, so that a dead connection is noticed."""

BATCH = 200
RECONNECT_MILLISECONDS = 1000


class LiveChanges:
    """Streams changes to pages."""

    def __init__(self, platform: LocalPlatform) -> None:
        self._platform = platform

    def position(self) -> str:
        """Return where a page that reads everything now goes on from; it blocks."""
        with self._platform.database.reading() as connection:
            epoch, _, last = read_position(connection)
        return f"{epoch}.{last}"

    async def stream(
        self, handle: str, after: str, stopping: asyncio.Event
    ) -> AsyncGenerator[str, None]:
        """Yield events after a position until `stopping` is set.

        A position that is not known any more is answered by one `reset`: read everything anew.
        """
        changed = asyncio.Event()
        loop = asyncio.get_running_loop()
        unwatch = self._platform.watch(lambda: _wake(loop, changed))
        try:
            yield f"retry: {RECONNECT_MILLISECONDS}\n\n"
            known = await run_in_threadpool(self._resume, after)
            if known is None:
                yield "event: reset\ndata: {}\n\n"
                return
            epoch, position = known
            silent = 0.0
            while not stopping.is_set():
                changed.clear()
                position, events = await run_in_threadpool(self._news, handle, epoch, position)
                for event in events:
                    yield event
                silent = 0.0 if events else silent + POLL_SECONDS
                if silent >= SILENCE_SECONDS:
                    silent = 0.0
                    yield ": still here\n\n"
                await _first_of(changed, stopping)
        finally:
            unwatch()

    def _resume(self, after: str) -> tuple[str, int] | None:
        """Return epoch and position to go on from; None when the page has to start anew."""
        told, _, number = after.partition(".")
        with self._platform.database.reading() as connection:
            epoch, first, last = read_position(connection)
        if told != epoch or not number.isdecimal() or not first <= int(number) <= last:
            return None
        return epoch, int(number)

    def _news(self, handle: str, epoch: str, position: int) -> tuple[int, list[str]]:
        """Return the position reached and the events up to it."""
        with self._platform.database.reading() as connection:
            _, _, last = read_position(connection)
        if last <= position:
            return position, []
        places = self._platform.visible(handle)
        events: list[str] = []
        while position < last:
            with self._platform.database.reading() as connection:
                changes, position = read_changes(connection, handle, places, position, BATCH)
            events += [_event(epoch, change) for change in changes]
        return position, events


def _event(epoch: str, change: Change) -> str:
    told = {} if change.message is None else {"message": change.message.as_json()}
    data = json.dumps(told, ensure_ascii=False)
    return f"event: {change.kind}\nid: {epoch}.{change.position}\ndata: {data}\n\n"


async def _first_of(changed: asyncio.Event, stopping: asyncio.Event) -> None:
    """Wait for a change, the end, or the next poll."""
    waiting = [asyncio.ensure_future(each.wait()) for each in (changed, stopping)]
    try:
        await asyncio.wait(waiting, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()


def _wake(loop: asyncio.AbstractEventLoop, changed: asyncio.Event) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(changed.set)
