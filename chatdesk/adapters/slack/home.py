"""The Home tab: somebody's own page, kept as the desk is while they look at it.

Slack tells when a Home tab is opened and never when it is left. A page counts as looked at for a
few minutes after its person did something there; nobody else's costs anything.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from chatdesk.adapters.slack import limits
from chatdesk.adapters.slack.blocks import digest, quiet
from chatdesk.adapters.slack.errors import calling
from chatdesk.adapters.slack.reading import Click
from chatdesk.adapters.slack.render import card_blocks
from chatdesk.adapters.slack.telling import Telling
from chatdesk.adapters.slack.texts import Json
from chatdesk.mishaps import log_bug
from chatdesk.ports import PlatformError, PlatformRefused, StoreUnavailable
from chatdesk.ui.cards import Buttons, Card, button_id, parse_button_id
from chatdesk.ui.exchange import Answer, Clicked
from chatdesk.ui.home_card import HOME

LOOKED_AT_FOR = 600.0
"""Seconds for which a page is kept as the desk is, after its person did something there."""

MOST_LOOKED_AT = 300

COALESCED = 2.0
"""Seconds between two looks at what has changed."""

START = button_id(HOME)

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Page:
    value: str
    at: float
    hash: str = ""
    shown: str = ""
    turn: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


def is_home(view: Mapping[str, Any]) -> bool:
    """Tell whether a view is a Home tab."""
    return view.get("type") == "home"


class Homes:
    """Shows everybody their page."""

    def __init__(
        self,
        client: AsyncWebClient,
        telling: Telling,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._telling = telling
        self._monotonic = monotonic
        self._pages: OrderedDict[str, _Page] = OrderedDict()
        self._news = asyncio.Event()
        self.coalesced = COALESCED

    # --- what people do ---

    async def opened(self, event: Mapping[str, Any]) -> None:
        """Show the page to somebody who has opened it, at the part they left it at."""
        user = str(event.get("user") or "")
        if event.get("tab") != "home" or not user:
            return
        view = event.get("view") or {}
        told = parse_button_id(str(view.get("private_metadata") or ""))
        part = told.more.partition(":")[0] if told and told.verb == HOME else ""
        value = button_id(HOME, more=part)
        self._telling.behind(self._wished(user, value, str(view.get("hash") or "")))

    async def clicked(self, answer: Answer, click: Click) -> bool:
        """Show what a click in a Home tab led to; False if a form is to be opened as usual."""
        told = parse_button_id(click.value)
        if told is not None and told.verb == HOME and answer.card is not None:
            await self._wished(click.user, click.value, _hash(click), answer.card)
            return True
        if answer.form is not None:
            return False
        here = str(click.view.get("private_metadata") or "") or START
        await self._wished(click.user, here, _hash(click))
        return answer.card is None

    async def ticket_again(self, click: Click) -> Answer:
        """Return the ticket shown in a view as it is after a click there that said nothing."""
        told = parse_button_id(click.value)
        if told is None or not told.number:
            return Answer()
        show = Clicked(id=button_id("show", told.number))
        return await self._telling.tell(f"again:{click.key}", click.user, "", "", show)

    # --- showing ---

    async def _wished(
        self, user: str, value: str, known: str = "", card: Card | None = None
    ) -> None:
        """Show somebody what they asked for last, whatever else is under way."""
        page = self._page(user, value)
        page.turn += 1
        page.value, page.hash, page.at = value, known or page.hash, self._monotonic()
        turn = page.turn
        card = card or await self._drawn(user, value)
        if card is None:
            return
        async with page.lock:
            if turn == page.turn:
                await self._publish(user, page, card, is_wish=True)

    async def _renew(self, user: str, page: _Page) -> None:
        """Show a page as it is now, if its tickets have changed and nobody turned it meanwhile."""
        turn = page.turn
        card = await self._drawn(user, page.value)
        if card is None or _shape(card) == page.shown:
            return
        async with page.lock:
            if turn == page.turn:
                await self._publish(user, page, card, is_wish=False)

    async def _drawn(self, user: str, value: str) -> Card | None:
        page = self._pages.get(user)  # none, if too many others have looked since
        key = f"home:{user}:{page.turn if page else 0}"
        answer = await self._telling.tell(key, user, "", "", Clicked(id=value))
        return answer.card

    async def _publish(self, user: str, page: _Page, card: Card, *, is_wish: bool) -> None:
        view = render_home(card, page.value, self._telling.say("home.cut", user))
        try:
            answer = await self._put(user, view, page.hash)
        except PlatformRefused as refused:
            if "hash_conflict" not in str(refused):
                logger.warning("a Home tab was not shown: %s", refused)
                return
            if not is_wish:
                self._pages.pop(user, None)  # another process has shown a newer one, and keeps it
                return
            answer = await self._put(user, view, "")
        except PlatformError as problem:
            logger.warning("a Home tab was not shown: %s", problem)
            return
        page.hash = str((answer.get("view") or {}).get("hash") or "")
        page.shown = _shape(card)

    async def _put(self, user: str, view: Json, known: str) -> Mapping[str, Any]:
        call = self._client.views_publish(user_id=user, view=view, hash=known or None)
        answer: Mapping[str, Any] = (await calling(call)).data  # type: ignore[assignment]  # JSON, by the method
        return answer

    # --- who looks ---

    def _page(self, user: str, value: str) -> _Page:
        page = self._pages.get(user)
        if page is None:
            page = self._pages[user] = _Page(value, self._monotonic())
        self._pages.move_to_end(user)
        while len(self._pages) > MOST_LOOKED_AT:
            self._pages.popitem(last=False)
        return page

    def _looked_at(self) -> dict[str, _Page]:
        since = self._monotonic() - LOOKED_AT_FOR
        for user in [user for user, page in self._pages.items() if page.at < since]:
            del self._pages[user]
        return dict(self._pages)

    async def keep_renewing(self) -> None:
        """Keep the pages that are looked at as the desk is, until cancelled."""
        loop = asyncio.get_running_loop()

        def ring() -> None:
            if self._pages and not loop.is_closed():
                loop.call_soon_threadsafe(self._news.set)

        forget = self._telling.desk.listen(ring)
        try:
            while True:
                await self._news.wait()
                await asyncio.sleep(self.coalesced)
                self._news.clear()
                await self.renew()
        finally:
            forget()

    async def renew(self) -> None:
        """Show every page that is looked at as it is now, if it has changed."""
        for user, page in self._looked_at().items():
            try:
                await self._renew(user, page)
            except StoreUnavailable:
                return  # the next change is not far
            except Exception as error:  # noqa: BLE001 - one page must not stop the others
                log_bug("showing a Home tab", error)


def render_home(card: Card, value: str, cut: str) -> Json:
    """Return a page as Slack's view; `cut` says that there is more than Slack can hold."""
    blocks = card_blocks(card)
    view: Json = {"type": "home", "callback_id": HOME, "private_metadata": value, "blocks": blocks}
    kept = min(len(blocks), limits.BLOCKS_IN_VIEW)
    while len(view["blocks"]) > limits.BLOCKS_IN_VIEW or _bytes(view) > limits.VIEW_BYTES:
        kept -= 1
        view["blocks"] = [*blocks[:kept], *quiet(cut)]
    return view


def _bytes(view: Json) -> int:
    return len(json.dumps(view).encode())


def _hash(click: Click) -> str:
    return str(click.view.get("hash") or "")


def _shape(card: Card) -> str:
    """Return what tells two pages apart: their buttons name every ticket with its version.

    Times that pass are no news.
    """
    rows = [one for one in card.elements if isinstance(one, Buttons)]
    return digest(*(f"{one.id} {one.weight} {one.label}" for row in rows for one in row.buttons))
