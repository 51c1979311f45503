"""The whole life of a ticket in a real browser, by clicks and keys, over the real desk."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Locator, Page, expect

from chatdesk import bootstrap
from chatdesk.adapters.clock.ticks import Ticks
from chatdesk.adapters.http.app import build_app
from chatdesk.adapters.http.server import serve
from chatdesk.config import PolicySource, Settings

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),  # one browser at a time: machines are small
]

MONDAY = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
"""Half past nine in Berlin, on a working day: the story does not depend on when it is told."""


@dataclass
class Hand:
    """Real time that begins on a Monday and can be pushed on."""

    began: float = 0.0
    pushed: timedelta = timedelta()

    def __call__(self) -> datetime:
        """Return this moment."""
        return MONDAY + timedelta(seconds=time.monotonic() - self.began) + self.pushed


@dataclass
class Desk:
    """A desk being served."""

    url: str
    hand: Hand
    parts: bootstrap.Parts

    def push(self, seconds: float) -> None:
        """Let real seconds pass at once, as for a Reply that can still be undone."""
        self.hand.pushed += timedelta(seconds=seconds)
        self.parts.worker.wake()


@pytest_asyncio.fixture(loop_scope="session")
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """The product as `chatdesk run` starts it, on SQLite, with time in hand."""
    settings = Settings(data_dir=tmp_path)
    hand = Hand(began=time.monotonic())
    bootstrap.migrate(settings)
    policy = PolicySource(tmp_path / "desk.yaml", example=True)
    parts = bootstrap.assemble(settings, policy, real_time=hand)
    ticks = Ticks()
    ticks.start()
    worker = asyncio.create_task(parts.worker.run(ticks))
    forget = parts.store.listen(parts.worker.wake)
    app = build_app(routers=[parts.door.router], body_limits=parts.door.body_limits)
    started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    server = asyncio.ensure_future(serve(app, "127.0.0.1", 0, started=started.set_result))
    yield Desk(await started, hand, parts)
    server.cancel()
    await asyncio.wait([server])
    forget()
    await parts.worker.stop()
    await worker
    await ticks.stop()
    parts.close()


class Person:
    """Somebody at their browser."""

    def __init__(self, page: Page, desk: Desk, who: str) -> None:
        """Sit down as this person."""
        self.page = page
        self._home = f"{desk.url}/local/?as={who}"

    async def looks_at(self, place: str) -> None:
        """Go to a place."""
        await self.page.goto(f"{self._home}#{place}")
        await expect(self.page.locator(".composer-field").first).to_be_visible()

    async def types(self, text: str) -> None:
        """Type into the composer and send, by keys alone."""
        await self.page.locator(".composer-field").first.focus()
        await self.page.keyboard.type(text)
        await self.page.keyboard.press("Enter")

    async def clicks(self, name: str, *, on: str = "") -> None:
        """Click the newest button of that name, on a message with these words."""
        messages = self.page.locator(".message").filter(has_text=on)
        await messages.get_by_role("button", name=name, exact=True).last.click()

    async def picks(self, name: str, *, on: str) -> None:
        """Pick an entry of a card's menu."""
        await self.clicks("More", on=on)
        await self.page.get_by_role("menuitem", name=name, exact=True).click()

    def form(self) -> Locator:
        """Return the open form."""
        return self.page.get_by_role("dialog")

    async def fills(self, **values: str) -> None:
        """Fill in fields by the beginning of their labels, underscores for spaces."""
        for label, value in values.items():
            begins = re.compile(f"^{re.escape(label.replace('_', ' '))}", re.IGNORECASE)
            field = self.form().get_by_label(begins).first
            kind = await field.evaluate("element => element.tagName")
            await (field.select_option(label=value) if kind == "SELECT" else field.fill(value))

    async def sends(self) -> None:
        """Submit the form."""
        await self.form().locator("button[type=submit]").click()
        await expect(self.form()).to_be_hidden()

    async def sees(self, words: str) -> None:
        """Wait until a message has these words."""
        await expect(self.page.locator(".message").filter(has_text=words).last).to_be_visible()

    async def does_not_see(self, words: str) -> None:
        """Fail if any message has these words."""
        await expect(self.page.locator(".message").filter(has_text=words)).to_have_count(0)

    async def opens_thread(self, words: str) -> None:
        """Open the thread of a message."""
        message = self.page.locator(".message").filter(has_text=words).first
        await message.hover()
        await message.get_by_role(
            "button", name=re.compile("thread|repl", re.IGNORECASE)
        ).last.click()
        await expect(self.page.get_by_role("complementary")).to_be_visible()

    async def says_in_thread(self, text: str) -> None:
        """Write into the open thread."""
        await self.page.locator(".composer-field").last.focus()
        await self.page.keyboard.type(text)
        await self.page.keyboard.press("Enter")

    async def moves_time(self, step: str) -> None:
        """Use the time machine."""
        await self.page.get_by_role("button", name="Move the desk's time forward").click()
        await self.page.get_by_role("menuitem", name=step, exact=True).click()


async def test_a_ticket_lives_from_the_first_word_to_the_follow_up(
    desk: Desk, page: Page, context: BrowserContext
) -> None:
    mara = Person(page, desk, "mara")
    jo = Person(await context.new_page(), desk, "jo")
    sam = Person(await context.new_page(), desk, "sam")
    dana = Person(await context.new_page(), desk, "dana")
    await jo.looks_at("channel/it-help")
    await sam.looks_at("channel/it-help")

    await mara.looks_at("direct/mara")
    await mara.types("/ticket new VPN drops every 10 minutes")
    await mara.fills(What_is_it_about="Network, Wi-Fi and VPN")
    await mara.fills(What_happened="Since this morning.", Where_are_you="At home")
    await mara.sends()
    await mara.sees("Somebody from IT help will answer by")

    await jo.sees("#1 VPN drops every 10 minutes")
    await jo.clicks("Claim", on="#1 VPN drops")
    await mara.sees("Jo Park is on it")
    await sam.types("/ticket claim 1")
    await sam.sees("Jo Park")

    await jo.opens_thread("#1 VPN drops")
    await jo.says_in_thread("Looks like the old client")
    await jo.sees("Looks like the old client")

    await jo.clicks("Reply", on="#1 VPN drops")
    await jo.form().locator("textarea").first.fill("Please try client 5.2")
    await jo.sends()
    await jo.sees("sending")
    desk.push(seconds=16)
    await jo.sees("delivered")
    await mara.opens_thread("#1 VPN drops")
    await mara.sees("Please try client 5.2")
    await mara.does_not_see("old client")

    await jo.types("/ticket ask 1 Which version do you have now?")
    await mara.sees("Which version do you have now?")
    await mara.says_in_thread("It says 5.1")
    await jo.sees("It says 5.1")

    await jo.types("/ticket hold 1 4h Waiting for the new client")
    await mara.sees("Waiting for the new client")
    await mara.moves_time("+1 working day")
    await mara.sees("is on it")
    await jo.types("/ticket escalate 1 Needs the network team")
    await jo.sees("Needs the network team")

    await is_resolved_twice_and_followed_up(mara, jo)
    await dana.looks_at("direct/dana")
    await dana.types("/ticket digest now")
    await dana.sees("Opened")


async def is_resolved_twice_and_followed_up(mara: Person, jo: Person) -> None:
    """Tell the second half of the life, from the first solution on."""
    await resolves(jo, "Client 5.2 is rolled out")
    await mara.sees("Client 5.2 is rolled out")
    await mara.clicks("Not fixed", on="Client 5.2")
    await mara.form().locator("textarea").first.fill("It still drops every hour")
    await mara.sends()
    await jo.sees("It still drops every hour")

    await resolves(jo, "The router at home was replaced")
    await mara.clicks("Yes, solved", on="The router at home")
    await mara.clicks("🙂 Good", on="How was our help")
    await jo.sees("rated this")

    await mara.moves_time("+3 working days")
    await mara.moves_time("+1 working day")
    await mara.looks_at("direct/mara")
    await mara.sees("still fixed?")
    await mara.clicks("It came back", on="still fixed?")
    await mara.form().locator("textarea").first.fill("Since Monday again")
    await mara.sends()
    await jo.sees("Since Monday again")


async def resolves(jo: Person, summary: str) -> None:
    """Resolve ticket 1 from its card."""
    await jo.clicks("Resolve", on="#1 VPN drops")
    await jo.form().locator("select").first.select_option(index=1)
    await jo.form().locator("textarea").first.fill(summary)
    await jo.sends()
