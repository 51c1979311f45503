"""Commands, buttons, menus and shortcuts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

from chatdesk.adapters.slack.afterwards import REOPEN, Afterwards
from chatdesk.adapters.slack.answering import AGAIN, Again, Answering, respond, response, sentence
from chatdesk.adapters.slack.blocks import CLICK
from chatdesk.adapters.slack.keeping import Ack, Body, Keeping, Kept, changes_something
from chatdesk.adapters.slack.modal import Origin, read_origin
from chatdesk.adapters.slack.pointing import Pointing
from chatdesk.adapters.slack.reading import Click, mentioned, plain_text, read_click, team_of
from chatdesk.adapters.slack.render import render_card
from chatdesk.adapters.slack.spots import POINT, Spot
from chatdesk.adapters.slack.submissions import Submissions
from chatdesk.adapters.slack.telling import NOT_SAVED, Telling, bug
from chatdesk.adapters.slack.words import Words
from chatdesk.ports import StoreUnavailable
from chatdesk.ui.cards import button_id
from chatdesk.ui.exchange import Aim, Answer, Clicked, Done, Pointed, Source, Typed

COMMAND, ACTION = "command", "action"
"""Kinds of what is kept."""

TYPED = "type:"
"""Begins the value of a button that stands for a command that was typed."""

NEW = button_id("new")
ADD = "add_to_ticket"
"""The shortcut that adds a message to a ticket."""

SEND = "send_to_requester"
"""The shortcut that sends a message of a ticket's agents to its requester."""


class Clicks:
    """Takes what is asked for by one gesture, and shows the answer."""

    def __init__(
        self,
        telling: Telling,
        answering: Answering,
        words: Words,
        submissions: Submissions,
        keeping: Keeping,
        afterwards: Afterwards,
        pointing: Pointing,
    ) -> None:
        self._pointing = pointing
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
        kept = Kept(key=click.key, kind=COMMAND, user=click.user, payload=dict(body))
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
        self._telling.behind(self._answering.hand_over(answer.card, click.user))

    async def action(self, ack: Ack, body: Body, bot: str) -> None:
        """Take a button or an entry of a menu."""
        click = read_click(body)
        if click is None or not click.action.startswith(CLICK):
            await ack()
            return
        click = _placed(click)
        if click.value.startswith(POINT):
            await self._pointed_again(ack, click)
            return
        if click.value.startswith(AGAIN):
            click = await self._rooted(click)
        kept = Kept(key=click.key, kind=ACTION, user=click.user, payload=dict(body), bot=bot)
        await self._carry_out(ack, self._clicked(click, bot), click, kept)

    async def shortcut(self, ack: Ack, body: Body) -> None:
        """Take a shortcut: a new ticket, from anywhere or from a message, or about that message."""
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
        if message and click.action == SEND:
            await self._carry_out(ack, self._send(click, message), click, None)
            return
        if message:
            aim = Aim.ATTACH if click.action == ADD else Aim.NEW
            origin = await self._pointing.origin(click.place, message)
            await self._point(ack, click, aim, origin)
            return
        await self._carry_out(ack, self._new(click), click, None)  # it only opens a form

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

    async def _send(self, click: Click, message: Body) -> Answer:
        """Send a message to the requester; what apps show, its own cards among it, has no words."""
        origin = await self._pointing.origin(click.place, message)
        source = origin.source or Source(place=click.place, message="")
        is_said = not message.get("bot_id")
        taken = await self._pointing.take(click.user, origin.taken if is_said else ())
        text = "\n".join(part for part in (source.text, *taken.left) if part and is_said)
        source = replace(source, text=text)
        done = Pointed(aim=Aim.SEND, source=source, files=taken.attachments, left=taken.names)
        return await self._answer(replace(click, thread=source.thread or source.message), done)

    async def _point(self, ack: Ack, click: Click, aim: Aim, origin: Origin) -> None:
        """Open the form for a message."""
        click = replace(click, origin=origin)
        if origin.source is None:
            await ack()
            return
        done = Pointed(aim=aim, source=origin.source)
        await self._carry_out(ack, self._answer(click, done), click, None)  # it only opens a form

    async def _pointed_again(self, ack: Ack, click: Click) -> None:
        """Open the form that was offered for a message, now that it can be opened."""
        spot = Spot.read(click.value)
        if spot is not None and spot.place != click.place:
            spot = None  # it was offered where the message stands, to somebody who reads it there
        message = await self._pointing.message(spot) if spot else None
        if spot is None or message is None:
            await ack()
            return
        origin = await self._pointing.origin(spot.place, message)
        await self._point(ack, click, Aim.REACTION, origin)

    async def _rooted(self, click: Click) -> Click:
        """Return a click on what words in a channel were offered, with the message they stand in.

        A direct message is nobody's source: the ticket has its own conversation there.
        """
        asked = Again.read(click.value.removeprefix(AGAIN))
        if asked is None or asked.place.startswith("D"):
            return click
        message = await self._pointing.message(Spot(asked.place, asked.ts))
        if message is None:
            return click
        origin = await self._pointing.origin(asked.place, message)
        return replace(click, origin=replace(origin, thread=asked.thread, taken=()))

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
