"""A workspace with a scripted desk behind it, served for real, and a browser to look at it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from chatdesk.adapters.http.app import build_app
from chatdesk.adapters.http.server import serve
from chatdesk.adapters.local.door import LocalDoor
from chatdesk.adapters.local.files import FileLimits
from chatdesk.adapters.local.messenger import LocalMessenger
from chatdesk.adapters.local.people import BASIC_CHANNELS
from chatdesk.adapters.local.platform import LocalPlatform
from tests.browser.scripted_desk import ScriptedDesk

CHANNELS = {
    **BASIC_CHANNELS,
    "it-help": frozenset({"local:jo", "local:sam"}),
    "facilities": frozenset({"local:sam"}),
}
expect.set_options(timeout=20_000)  # a busy machine is no failure
SWITCHES = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")


@dataclass
class Workspace:
    """What a test has in hand: the platform, the desk behind it, and the address of the page."""

    platform: LocalPlatform
    desk: ScriptedDesk
    messenger: LocalMessenger
    url: str = ""

    def page(self, who: str, place: str = "") -> str:
        """The address at which somebody looks at a place."""
        return f"{self.url}/local/?as={who}#{place}"

    @asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator[None]:
        """Serve until the block ends; the same port again is a restart."""
        door = LocalDoor(
            self.platform,
            receive=self.desk.receive,
            keep_file=self.desk.keep_file,
            read_file=self.desk.read_file,
            completions=self.desk.completions,
            move_time=self.desk.move_time,
            file_limits=lambda: FileLimits(size=64_000, count=3),
        )
        app = build_app(routers=[door.router], body_limits=door.body_limits)
        started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        server = asyncio.ensure_future(serve(app, "127.0.0.1", port, started=started.set_result))
        self.url = await started
        try:
            yield
        finally:
            server.cancel()
            await asyncio.wait([server])


@pytest.fixture
def quiet_workspace(tmp_path: Path) -> Workspace:
    """A workspace nobody serves yet."""
    desk = ScriptedDesk()
    platform = LocalPlatform(tmp_path / "workspace.db", now=lambda: desk.now, channels=CHANNELS)
    return Workspace(platform, desk, LocalMessenger(platform))


@pytest_asyncio.fixture(loop_scope="session")
async def workspace(quiet_workspace: Workspace) -> AsyncIterator[Workspace]:
    """A workspace being served."""
    async with quiet_workspace.serving():
        yield quiet_workspace
    quiet_workspace.platform.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """A headless browser for the whole run."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium, args=list(SWITCHES))
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A fresh profile."""
    fresh = await browser.new_context(viewport={"width": 1280, "height": 800})
    yield fresh
    await fresh.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    """A page whose errors fail the test: script errors and anything the policy blocked."""
    opened = await context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda problem: problems.append(str(problem)))
    opened.on(
        "console",
        lambda said: (
            problems.append(said.text)
            if said.type == "error" and "Failed to load resource" not in said.text
            else None
        ),
    )
    yield opened
    assert not problems
