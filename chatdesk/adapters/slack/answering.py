"""How an answer reaches the one person it is for: a form opened, a card only they see."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from chatdesk.adapters.slack import limits
from chatdesk.adapters.slack.errors import calling
from chatdesk.adapters.slack.home import Homes, is_home
from chatdesk.adapters.slack.modal import CARD, Origin, render_card_view, render_form
from chatdesk.adapters.slack.reading import Click, Heard
from chatdesk.adapters.slack.render import Message, render_card
from chatdesk.adapters.slack.texts import Json
from chatdesk.adapters.slack.uploads import Uploads
from chatdesk.ports import PlatformError
from chatdesk.ui.cards import Button, Buttons, Card, Files, Line, Quote, Tone, Weight
from chatdesk.ui.exchange import Answer
from chatdesk.ui.forms import Form

AGAIN = "say:"
"""Begins the value of a button that opens the form a message asked for."""

_MARKUP_AND_PREVIEWS = ("mrkdwn", "unfurl_links", "unfurl_media")

RESPONSE_WITHIN = aiohttp.ClientTimeout(total=10)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A message that asked for a form, with the files that were kept of it."""

    place: str
    thread: str
    ts: str
    files: tuple[str, ...] = ()

    def written(self) -> str:
        """Return this as a button carries it."""
        told = [self.place, self.thread, self.ts, *self.files]
        return AGAIN + json.dumps(told, separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> Again | None:
        """Read what a button carried; None for anything else."""
        try:
            place, thread, ts, *files = map(str, json.loads(text))
        except (ValueError, TypeError, RecursionError):
            return None
        return cls(place=place, thread=thread, ts=ts, files=tuple(files))


@dataclass(frozen=True, slots=True, kw_only=True)
class Whisper:
    """Where something is shown to one person alone."""

    place: str
    thread: str
    user: str


class Answering:
    """Shows answers. What cannot be shown is logged and lost: none of it is the only copy."""

    def __init__(self, client: AsyncWebClient, homes: Homes, uploads: Uploads) -> None:
        self._client = client
        self._uploads = uploads
        self._homes = homes

    async def to_click(self, answer: Answer, click: Click) -> None:
        """Show what a click is answered."""
        origin = click.origin or Origin(place=click.place, thread=click.thread)
        if is_home(click.view) and await self._homes.clicked(answer, click):
            return
        if answer == Answer() and click.view.get("callback_id") == CARD:
            answer = await self._homes.ticket_again(click)
        try:
            if answer.card is not None and is_home(click.view):
                await self.open(render_card_view(answer.card, origin), click.trigger, on=click.view)
            elif answer.form is not None:
                await self.open(render_form(answer.form, origin), click.trigger, on=click.view)
            elif answer.card is not None and click.view:
                view = render_card_view(answer.card, origin)
                await calling(self._client.views_update(view_id=click.view["id"], view=view))
            elif answer.card is not None:
                await self._respond(answer.card, click)
            if answer.card is not None:
                await self.hand_over(answer.card, click.user)
        except (PlatformError, ValueError) as problem:
            logger.warning("an answer to a click was not shown: %s", problem)
            if answer.form is not None and "trigger_id" in str(problem):
                await self._offer_again(answer.form, click)

    async def hand_over(self, card: Card, user: str) -> None:
        """Give somebody the files they asked for, in their direct message."""
        asked = [one for one in card.elements if isinstance(one, Files) and one.are_asked_for]
        files = [file for one in asked for file in one.files]
        if not files:
            return
        try:
            direct = await calling(self._client.conversations_open(users=user))
            await self._uploads.bring(str(direct["channel"]["id"]), "", files)
        except PlatformError as problem:
            logger.warning("a file was not handed over: %s", problem)

    async def _offer_again(self, form: Form, click: Click) -> None:
        """It took too long: a form opens within three seconds of a click, or at the next one.

        What was typed and is more than a button can carry is given back to be read and copied.
        """
        verb, _, words = click.value.partition(" ")
        has_room = len(click.value) <= limits.BUTTON_VALUE
        value, given_back = (click.value, ()) if has_room else (verb, (Quote(text=words),))
        button = Button(id=value, label=form.title, weight=Weight.PRIMARY)
        card = Card(fallback=form.title, elements=(*given_back, Buttons(buttons=(button,))))
        if click.response_url:
            await self._respond(card, click)

    async def open(self, view: Json, trigger: str, *, on: Mapping[str, Any]) -> None:
        """Open a view, on top of the one it was asked for in, if there is one."""
        is_stacked = on.get("type") == "modal"
        call = self._client.views_push if is_stacked else self._client.views_open
        await calling(call(trigger_id=trigger, view=view))

    async def refresh(self, answer: Answer, view: Mapping[str, Any], origin: Origin) -> None:
        """Show a form as it is now; a form that was closed or changed meanwhile stays."""
        if answer.form is None:
            return
        try:
            shown = render_form(answer.form, origin)
            await calling(
                self._client.views_update(view_id=view["id"], hash=view.get("hash"), view=shown)
            )
        except (PlatformError, ValueError) as problem:
            logger.info("a form was not refreshed: %s", problem)

    async def to_words(self, answer: Answer, heard: Heard, files: tuple[str, ...]) -> None:
        """Show what words are answered; a form opens at the next click, by Slack's rules."""
        card = answer.card or (_opening(answer, heard, files) if answer.form else None)
        if card is None:
            return
        is_direct = heard.place.startswith("D")
        where = Whisper(
            place=heard.place, thread=heard.thread, user="" if is_direct else heard.user
        )
        await self.whisper(card, where)

    async def whisper(self, card: Card, where: Whisper) -> None:
        """Show a card to one person; without a user, to everybody in a place of two."""
        thread: dict[str, Any] = {"thread_ts": where.thread} if where.thread else {}
        try:
            for part in render_card(card):
                said: dict[str, Any] = {"text": part.text, "blocks": list(part.blocks)} | thread
                if where.user:
                    user = where.user
                    call = self._client.chat_postEphemeral(channel=where.place, user=user, **said)
                else:
                    quiet: dict[str, Any] = dict.fromkeys(_MARKUP_AND_PREVIEWS, False)
                    call = self._client.chat_postMessage(channel=where.place, **said, **quiet)
                await calling(call)
        except PlatformError as problem:
            logger.warning("an answer was not shown: %s", problem)

    async def _respond(self, card: Card, click: Click) -> None:
        """Answer at the address Slack gave for it, where the app need not be a member."""
        first, *rest = render_card(card)
        bodies = [response(first, replaces=click.is_on_ephemeral, thread=click.thread)]
        bodies += [response(part, thread=click.thread) for part in rest]
        await respond(click.response_url, bodies)


async def respond(address: str, bodies: list[Json]) -> None:
    """Send answers to the address that came with an interaction."""
    try:
        async with aiohttp.ClientSession(timeout=RESPONSE_WITHIN) as session:
            for body in bodies:
                async with session.post(address, json=body, allow_redirects=False) as answer:
                    if answer.status != 200:  # noqa: PLR2004 - as it says
                        logger.warning("an answer was not shown: status %s", answer.status)
                        return
    except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
        logger.warning("an answer was not shown: %s", type(problem).__name__)


def response(message: Message, *, replaces: bool = False, thread: str = "") -> Json:
    """Return what is sent as the answer to a command or click."""
    said: Json = {
        "response_type": "ephemeral",
        "text": message.text,
        "blocks": list(message.blocks),
        "replace_original": replaces,
    }
    return said | ({"thread_ts": thread} if thread else {})


def sentence(text: str) -> Card:
    """Return a card of one sentence that must be seen."""
    return Card(fallback=text, elements=(Line(text=text, tone=Tone.WARNING),))


def _opening(answer: Answer, heard: Heard, files: tuple[str, ...]) -> Card:
    """Offer to open a form; what was written stays in the message, and only its id travels."""
    title = answer.form.title if answer.form else ""
    again = Again(place=heard.place, thread=heard.thread, ts=heard.done.message, files=files)
    button = Button(id=again.written(), label=title, weight=Weight.PRIMARY)
    return Card(fallback=title, elements=(Buttons(buttons=(button,)),))
