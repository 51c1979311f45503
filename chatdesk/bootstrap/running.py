"""A desk at work: everything that runs side by side, until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from chatdesk import troubles
from chatdesk.adapters.clock import MovableClock
from chatdesk.adapters.clock.ticks import Ticks
from chatdesk.adapters.http.app import build_app
from chatdesk.adapters.http.server import serve
from chatdesk.adapters.local.door import LocalDoor
from chatdesk.bootstrap import workspace
from chatdesk.bootstrap.parts import Parts, assemble
from chatdesk.config import Obstacle, PolicySource, Settings
from chatdesk.ports import Store, StoreUnavailable

if TYPE_CHECKING:
    from chatdesk.adapters.slack.front import HttpFront
    from chatdesk.adapters.slack.oauth import InstallPage

RECKONED = "policy:reckoned"
"""The mark with the digest of the policy under which all due times were worked out last."""

POLICY_EVERY = timedelta(seconds=5)
"""How often the policy file is looked at for changes."""


async def run(
    settings: Settings,
    policy: PolicySource,
    *,
    only: str | None = None,
    started: Callable[[str], None] = lambda _: None,
) -> None:
    """Run the desk until SIGTERM or SIGINT; `only` runs one part of it alone.

    That is `worker`, `web` (the pages, and every platform's ears), `slack` or `discord`.

    `started` is told the address to open, or an empty text where no page is served. Everything
    under way is ended or given back within ten seconds; a second signal ends the process at once.
    """
    if only in {"slack", "discord"} and not _is_in(settings, only):
        raise Obstacle(f"{only} is not set up here: its token is not set")
    parts = assemble(settings, policy)
    # What was made so far stays. A full collection that walks through it all holds up the event
    # loop for 90 ms; one that passes it over takes a tenth of that.
    gc.collect()
    gc.freeze()
    ticks, refreshing = Ticks(), Refreshing(parts)
    ticks.every(POLICY_EVERY, lambda: asyncio.to_thread(refreshing.look), name="policy")
    try:
        async with _until_told_to_stop() as stopping:
            ticks.start()
            halves = _halves(parts, ticks, only, started)
            await _first_of([*halves, _wait(stopping)])
    finally:
        await ticks.stop()
        if parts.discord is not None:
            await parts.discord.close()
        parts.close()


def _is_in(settings: Settings, platform: str) -> bool:
    is_in_discord = settings.discord_token is not None
    return settings.is_in_slack if platform == "slack" else is_in_discord


def _halves(
    parts: Parts, ticks: Ticks, only: str | None, started: Callable[[str], None]
) -> Iterator[Coroutine[None, None, None]]:
    if only in {None, "worker"}:
        yield _work(parts, ticks)
    if only in {None, "web", "slack"}:
        yield _serve(parts, started)
    else:
        started("")
    if parts.slack is not None and only in {None, "web", "slack"}:
        yield parts.slack.run()
    if parts.discord is not None and only in {None, "web", "discord"}:
        yield parts.discord.run()


async def _first_of(works: Iterable[Coroutine[None, None, None]]) -> None:
    """Do all this side by side until one ends or fails; then the others are ended, too."""
    tasks = {asyncio.create_task(work) for work in works}
    done, running = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    for task in done:
        task.result()


async def _wait(stopping: asyncio.Event) -> None:
    await stopping.wait()


async def _work(parts: Parts, ticks: Ticks) -> None:
    forget = parts.store.listen(parts.worker.wake)
    try:
        await parts.worker.run(ticks)
    finally:
        forget()


class Refreshing:
    """Looks again at what may have changed: the policy's file, and a clock that others move.

    What could not be done or told, because the store was away, is made up for at the next look.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._reckoned = ""
        self._told: str | None = None

    def look(self) -> None:
        """Take over what has changed, and tell admins of a file that cannot be used."""
        parts = self._parts
        parts.policy.refresh()
        with suppress(StoreUnavailable):
            self._tell(str(parts.policy.broken or ""))
            self._reckon(parts.policy.digest)
        if parts.local is not None:
            workspace.refresh(parts.platform, parts.policy)
        if isinstance(parts.clock, MovableClock):
            with suppress(StoreUnavailable):
                parts.clock.reload()

    def _reckon(self, digest: str) -> None:
        """Work out the due times of what waits, unless that was done under this policy already.

        It may have changed while no desk ran, or one died in the middle of it.
        """
        if digest == self._reckoned:
            return
        store = self._parts.store
        if store.read(lambda tx: tx.marks.get(RECKONED)) != digest:
            self._parts.desk.reckon_anew()
            store.write(lambda tx: tx.marks.set(RECKONED, digest))
        self._reckoned = digest

    def _tell(self, broken: str) -> None:
        if broken != self._told:
            policy = self._parts.policy.current
            self._parts.store.write(lambda tx: troubles.tell_of_policy(tx, policy, broken))
            self._told = broken


async def _serve(parts: Parts, started: Callable[[str], None]) -> None:
    doors, slack = _doors(parts), parts.slack
    app = build_app(
        routers=[door.router for door in doors],
        is_ready=lambda: obstacles(parts.store),
        body_limits=dict(item for door in doors for item in door.body_limits.items()),
        posted=slack.front.posted if slack is not None and slack.front is not None else {},
    )
    tell = started if parts.local else lambda _: started("")
    await serve(app, parts.settings.host, parts.settings.port, started=tell)


def _doors(parts: Parts) -> list[LocalDoor | HttpFront | InstallPage]:
    doors: list[LocalDoor | HttpFront | InstallPage] = [parts.door] if parts.local else []
    if parts.slack is not None and parts.slack.front is not None:
        doors.append(parts.slack.front)
    if parts.slack is not None and parts.slack.install is not None:
        doors.append(parts.slack.install)
    return doors


def obstacles(store: Store) -> tuple[str, ...]:
    """Return what keeps the desk from being of use, in words for who looks after it."""
    try:
        broken = store.read(lambda tx: tx.troubles.all())
    except StoreUnavailable:
        return ("The database does not answer.",)
    if not store.can_save():
        return ("The database answers and takes nothing: its disk may be full, or locked.",)
    # A place that is broken is its own affair; without its platform the desk is of no use.
    return tuple(one.why for one in broken if not one.place)


@asynccontextmanager
async def _until_told_to_stop() -> AsyncIterator[asyncio.Event]:
    """Hear SIGTERM and SIGINT; the second one has its usual effect, at once."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(name)
        stopping.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)
    yield stopping
