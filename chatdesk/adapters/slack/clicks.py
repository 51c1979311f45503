"""Commands, buttons, menus and shortcuts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from slack_sdk.web.async_client import AsyncWebClient

from chatdesk.adapters.slack.afterwards import REOPEN, Afterwards
from chatdesk.adapters.slack.answering import AGAIN, Answering, respond, response, sentence
from chatdesk.adapters.slack.blocks import CLICK
from chatdesk.adapters.slack.errors import calling
from chatdesk.adapters.slack.keeping import Ack, Body, Keeping, Kept, changes_something
from chatdesk.adapters.slack.modal import read_origin
from chatdesk.adapters.slack.reading import Click, mentioned, plain_text, read_click, team_of
from chatdesk.adapters.slack.render import render_card
from chatdesk.adapters.slack.submissions import Submissions
from chatdesk.adapters.slack.telling import NOT_SAVED, Telling, bug
from chatdesk.adapters.slack.words import Words
from chatdesk.ports import PlatformError, StoreUnavailable
from chatdesk.ui.cards import button_id
from chatdesk.ui.exchange import Answer, Clicked, Done, Submitted, Typed

COMMAND, ACTION = "command", "action"
"""Kinds of what is kept."""

TYPED = "type:"
"""Begins the value of a button that stands for a command that was typed."""

NEW = button_id("new")
SUMMARY_LENGTH = 120


class Clicks:
    """Takes what is asked for by one gesture, and shows the answer."""

    def __init__(
        self,
        client: AsyncWebClient,
        telling: Telling,
        answering: Answering,
        words: Words,
        submissions: Submissions,
        keeping: Keeping,
        afterwards: Afterwards,
    ) -> None:
        self._client = client
        self._telling = telling
        self._answering = answering
        self._words = words
        self._submissions = submissions
        self._keeping = keeping
        self._afterwards = afterwards

    async def command(self, ack: Ack, body: Body) -> None:
        """Take a slash command; a card that answers it goes out with the acknowledgement."""
        click, done = _command(body)
        task = asyncio.create_task(self._typed(click, body))
        kept = Kept(key=click.key, kind=COMMAND, payload=dict(body))
        if not changes_something(done):
            if await self._keeping.is_done(task, None):
                await self._answer_command(ack, click, self._in_words(task))
                return
            self._telling.behind(self._show(task, click))
            await ack()
            return
        if await self._keeping.is_done(task, kept):
            await self._answer_command(ack, click, self._in_words(task))
            return
        self._keeping.follow(click.key, self._show_kept(task, click))
        await ack(text=self._telling.say("slack.saved_here", click.user))

    async def _answer_command(self, ack: Ack, click: Click, answer: Answer) -> None:
        if answer.card is None:
            self._telling.behind(self._answering.to_click(answer, click))
            await ack()
            return
        first, *rest = (response(part) for part in render_card(answer.card))
        await ack(**{name: value for name, value in first.items() if name != "replace_original"})
        if rest:
            self._telling.behind(respond(click.response_url, rest))

    async def action(self, ack: Ack, body: Body, bot: str) -> None:
        """Take a button or an entry of a menu."""
        click = read_click(body)
        if click is None or not click.action.startswith(CLICK):
            await ack()
            return
        click = _placed(click)
        kept = Kept(key=click.key, kind=ACTION, payload=dict(body), bot=bot)
        await self._carry_out(ack, self._clicked(click, bot), click, kept)

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
        await self._carry_out(ack, work, click, None)  # it only opens a form

    async def again(self, kept: Kept) -> None:
        """Do what was kept and left undone, and tell what became of it."""
        if kept.kind == COMMAND:
            click, _ = _command(kept.payload)
            await self._show_kept(self._typed(click, kept.payload), click)
            return
        found = read_click(kept.payload)
        if found is not None:
            click = _placed(found)
            await self._show_kept(self._clicked(click, kept.bot), click)

    async def _typed(self, click: Click, body: Body) -> Answer:
        await self._telling.introduce(mentioned(str(body.get("text") or "")))
        return await self._answer(click, _meant_by(click))

    async def _clicked(self, click: Click, bot: str) -> Answer:
        if click.value.startswith(AGAIN):
            return await self._words.asked_again(click, bot)
        if click.value.startswith(REOPEN):
            return await self._submissions.reopen(click)
        return await self._answer(click, _meant_by(click))

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

    async def _carry_out(
        self, ack: Ack, work: Awaitable[Answer], click: Click, kept: Kept | None
    ) -> None:
        task = asyncio.ensure_future(work)
        if kept is not None and not changes_something(_meant_by(click)):
            kept = None
        if await self._keeping.is_done(task, kept) or kept is None:
            self._telling.behind(self._show(task, click))
        else:
            self._keeping.follow(click.key, self._show_kept(task, click))
            self._telling.behind(self._say_saved(click))
        await ack()

    async def _say_saved(self, click: Click) -> None:
        if click.response_url:
            card = sentence(self._telling.say("slack.saved_here", click.user))
            await self._answering.to_click(Answer(card=card), click)

    async def _show(self, task: asyncio.Future[Answer], click: Click) -> None:
        await asyncio.wait({task})
        await self._answering.to_click(self._in_words(task), click)

    async def _show_kept(self, work: Awaitable[Answer], click: Click) -> None:
        """Show what became of something that was kept; raises StoreUnavailable: it stays kept."""
        task = asyncio.ensure_future(work)
        await asyncio.wait({task})
        if isinstance(task.exception(), StoreUnavailable):
            raise StoreUnavailable
        answer = self._in_words(task)
        if click.response_url:
            await self._answering.to_click(answer, click)
        else:
            await self._afterwards.tell(answer, click.user, click.key)

    async def _answer(self, click: Click, done: Done) -> Answer:
        return await self._telling.tell(click.key, click.user, click.place, click.thread, done)

    @staticmethod
    def _in_words(task: asyncio.Future[Answer]) -> Answer:
        """Let a failure be an answer in words: nobody delivers a click again."""
        try:
            return task.result()
        except StoreUnavailable:
            return Answer(card=sentence(NOT_SAVED), is_refusal=True)
        except Exception as error:  # noqa: BLE001 - the person is told, with a reference to the log
            return Answer(card=sentence(bug(error)), is_refusal=True)


def _command(body: Body) -> tuple[Click, Done]:
    """Read a slash command."""
    written = str(body.get("text") or "")
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
    return click, _meant_by(click)


def _meant_by(click: Click) -> Done:
    """Return what was done by a gesture: a button can stand for a command that was typed."""
    if click.value.startswith(TYPED):
        return Typed(text=f"/ticket {click.value.removeprefix(TYPED)}")
    return Clicked(id=click.value)


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
