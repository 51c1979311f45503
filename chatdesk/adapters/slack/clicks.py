"""Commands, buttons, menus and shortcuts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from chatdesk.adapters.slack.answering import AGAIN, Answering, respond, response, sentence
from chatdesk.adapters.slack.blocks import CLICK
from chatdesk.adapters.slack.errors import calling
from chatdesk.adapters.slack.modal import read_origin
from chatdesk.adapters.slack.reading import Click, mentioned, plain_text, read_click, team_of
from chatdesk.adapters.slack.render import render_card
from chatdesk.adapters.slack.telling import ANSWERS_WITHIN, NOT_SAVED, Telling, bug
from chatdesk.adapters.slack.words import Words
from chatdesk.ports import PlatformError, StoreUnavailable
from chatdesk.ui.cards import button_id
from chatdesk.ui.exchange import Answer, Clicked, Done, Submitted, Typed

Ack = Callable[..., Awaitable[Any]]
Body = Mapping[str, Any]

TYPED = "type:"
"""Begins the value of a button that stands for a command that was typed."""

NEW = button_id("new")
SUMMARY_LENGTH = 120


class Clicks:
    """Takes what is asked for by one gesture, and shows the answer."""

    def __init__(
        self, client: AsyncWebClient, telling: Telling, answering: Answering, words: Words
    ) -> None:
        self._client = client
        self._telling = telling
        self._answering = answering
        self._words = words

    async def command(self, ack: Ack, body: Body) -> None:
        """Take a slash command; a card that answers it goes out with the acknowledgement."""
        written = str(body.get("text") or "")
        await self._telling.introduce(mentioned(written))
        text = plain_text(written, lambda person: f"@slack:{person}")
        trigger = str(body.get("trigger_id") or "")
        click = Click(
            key=f"command:{team_of(body)}:{trigger}",
            user=str(body.get("user_id") or ""),
            value=f"{TYPED}{text}",
            action="",
            trigger=trigger,
            place=str(body.get("channel_id") or ""),
            response_url=str(body.get("response_url") or ""),
        )
        task = asyncio.create_task(self._answer(click, Typed(text=f"/ticket {text}")))
        await asyncio.wait({task}, timeout=ANSWERS_WITHIN)
        if task.done() and (card := task.result().card) is not None:
            first, *rest = (response(part) for part in render_card(card))
            await ack(
                **{name: value for name, value in first.items() if name != "replace_original"}
            )
            if rest:
                self._telling.behind(respond(click.response_url, rest))
            return
        self._telling.behind(self._show(task, click))
        await ack()

    async def action(self, ack: Ack, body: Body, bot: str) -> None:
        """Take a button or an entry of a menu."""
        click = read_click(body)
        if click is None or not click.action.startswith(CLICK):
            await ack()
            return
        click = _placed(click)
        if click.value.startswith(AGAIN):
            work = self._guarded(self._words.again(click, bot))
        elif click.value.startswith(TYPED):
            text = click.value.removeprefix(TYPED)
            work = self._answer(click, Typed(text=f"/ticket {text}"))
        else:
            work = self._answer(click, Clicked(id=click.value))
        await self._carry_out(ack, work, click)

    async def shortcut(self, ack: Ack, body: Body) -> None:
        """Take the shortcut of a new ticket, from anywhere or from a message."""
        trigger = str(body.get("trigger_id") or "")
        click = Click(
            key=f"shortcut:{team_of(body)}:{trigger}",
            user=str((body.get("user") or {}).get("id") or ""),
            value=NEW,
            action=str(body.get("callback_id") or ""),
            trigger=trigger,
            place=str((body.get("channel") or {}).get("id") or ""),
            response_url=str(body.get("response_url") or ""),
        )
        message = body.get("message")
        work = self._from_message(click, message) if message else self._new(click)
        await self._carry_out(ack, work, click)

    async def _new(self, click: Click) -> Answer:
        return await self._answer(click, Clicked(id=NEW))

    async def _from_message(self, click: Click, message: Body) -> Answer:
        """Return the form of a new ticket, filled with what somebody wrote and where it stands."""
        written = str(message.get("text") or "")
        people = self._telling.people
        names = {one: await people.name(one) for one in mentioned(written)}
        text = plain_text(written, lambda person: names.get(person, f"@{person}"))
        link = await self._permalink(click.place, str(message.get("ts") or ""))
        summary = (text.strip().splitlines() or [""])[0][:SUMMARY_LENGTH]
        details = "\n\n".join(part for part in (text, link) if part)
        filled = Submitted(id=NEW, values={"summary": summary, "details": details}, is_refresh=True)
        return await self._answer(click, filled)

    async def _permalink(self, place: str, ts: str) -> str:
        try:
            found = await calling(self._client.chat_getPermalink(channel=place, message_ts=ts))
        except PlatformError:
            return ""
        return str(found.get("permalink") or "")

    # --- answering ---

    async def _carry_out(self, ack: Ack, work: Awaitable[Answer], click: Click) -> None:
        task = asyncio.ensure_future(work)
        await asyncio.wait({task}, timeout=ANSWERS_WITHIN)
        self._telling.behind(self._show(task, click))
        await ack()

    async def _show(self, task: Awaitable[Answer], click: Click) -> None:
        await self._answering.to_click(await task, click)

    async def _answer(self, click: Click, done: Done) -> Answer:
        telling = self._telling
        return await self._guarded(
            telling.tell(click.key, click.user, click.place, click.thread, done)
        )

    @staticmethod
    async def _guarded(work: Awaitable[Answer]) -> Answer:
        """Let a failure be an answer in words: nobody delivers a click again."""
        try:
            return await work
        except StoreUnavailable:
            return Answer(card=sentence(NOT_SAVED), is_refusal=True)
        except Exception as error:  # noqa: BLE001 - the person is told, with a reference to the log
            return Answer(card=sentence(bug(error)), is_refusal=True)


def _placed(click: Click) -> Click:
    """Return a click inside a view as one where the view was opened."""
    if not click.view:
        return click
    origin = read_origin(str(click.view.get("private_metadata") or ""))
    return Click(
        key=click.key,
        user=click.user,
        value=click.value,
        action=click.action,
        trigger=click.trigger,
        place=origin.place,
        thread=origin.thread,
        view=click.view,
    )
