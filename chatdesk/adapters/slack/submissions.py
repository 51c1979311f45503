"""Forms that were filled in, and forms that change while they are."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from chatdesk.adapters.slack.answering import Answering, Whisper
from chatdesk.adapters.slack.blocks import digest
from chatdesk.adapters.slack.clicks import Ack, Body
from chatdesk.adapters.slack.files import FileDoor
from chatdesk.adapters.slack.filled import Filled, read_filled
from chatdesk.adapters.slack.modal import (
    Origin,
    read_origin,
    render_card_view,
    render_errors,
    render_form,
)
from chatdesk.adapters.slack.reading import team_of
from chatdesk.adapters.slack.telling import ANSWERS_WITHIN, NOT_SAVED, Telling, bug
from chatdesk.adapters.slack.texts import Json
from chatdesk.ports import StoreUnavailable
from chatdesk.ui.cards import Card, Line, Quote, Tone
from chatdesk.ui.exchange import Answer, Submitted
from chatdesk.ui.forms import Values


class Submissions:
    """Takes forms; what is wrong is said at the field, and nothing typed is lost."""

    def __init__(self, telling: Telling, answering: Answering, files: FileDoor) -> None:
        self._telling = telling
        self._answering = answering
        self._files = files

    async def submitted(self, ack: Ack, body: Body) -> None:
        """Take a form that was submitted."""
        view = body.get("view") or {}
        user = str((body.get("user") or {}).get("id") or "")
        origin = read_origin(str(view.get("private_metadata") or ""))
        if not origin.form or not user:
            await ack()
            return
        filled = read_filled(view)
        key = _key(body, view, filled)
        work = asyncio.create_task(self._answer(key, user, origin, filled))
        await asyncio.wait({work}, timeout=ANSWERS_WITHIN)
        if work.done():
            await ack(**_reaction(work.result(), view, origin))
            return
        # The form closes; what the desk says then, it says where the form was opened.
        self._telling.behind(self._late(work, user, origin, filled))
        await ack()

    async def changed(self, ack: Ack, body: Body) -> None:
        """Take a change in a field that others depend on, and show the form as it is now."""
        view = body.get("view") or {}
        user = str((body.get("user") or {}).get("id") or "")
        origin = read_origin(str(view.get("private_metadata") or ""))
        if origin.form and user:
            self._telling.behind(self._refresh(body, user, origin))
        await ack()

    async def _refresh(self, body: Body, user: str, origin: Origin) -> None:
        view = body["view"]
        filled = read_filled(view)
        await self._telling.introduce(filled.people)
        values: Values = {**origin.files, **filled.values}
        done = Submitted(id=origin.form, values=values, is_refresh=True)
        key = f"change:{team_of(body)}:{body.get('trigger_id')}"
        answer = await self._telling.tell(key, user, origin.place, origin.thread, done)
        await self._answering.refresh(answer, view, origin)

    async def _answer(self, key: str, user: str, origin: Origin, filled: Filled) -> Answer:
        try:
            values = await self._values(user, origin, filled)
            done = Submitted(id=origin.form, values=values)
            return await self._telling.tell(key, user, origin.place, origin.thread, done)
        except StoreUnavailable:
            return Answer(errors={"": NOT_SAVED}, is_refusal=True)
        except Exception as error:  # noqa: BLE001 - the person is told, with a reference to the log
            return Answer(errors={"": bug(error)}, is_refusal=True)

    async def _values(self, user: str, origin: Origin, filled: Filled) -> Values:
        """Return what was filled in, with every file in the desk's own store."""
        await self._telling.introduce((*filled.people, user))
        values: Values = {**origin.files, **filled.values}
        visitor = await self._telling.people.visitor(user)
        for name, files in filled.files.items():
            if files and visitor is not None:
                fetched = await self._files.fetch(files, visitor.handle)
                kept = origin.files.get(name, ())
                # A name that nothing is kept by is refused at the field.
                values[name] = (*kept, *fetched.attachments, *fetched.left)
        return values

    async def _late(
        self, work: asyncio.Task[Answer], user: str, origin: Origin, filled: Filled
    ) -> None:
        answer = await work
        card = answer.card
        if answer.errors or answer.form is not None:
            card = _given_back(answer, filled)
        if card is not None and origin.place:
            where = Whisper(place=origin.place, thread=origin.thread, user=user)
            await self._answering.whisper(card, where)


def _key(body: Body, view: Mapping[str, Any], filled: Filled) -> str:
    """Return the same key for the same answers, however often they arrive."""
    files = {name: [one.get("id") for one in files] for name, files in filled.files.items()}
    stated = json.dumps([filled.values, files], sort_keys=True)
    return f"view:{team_of(body)}:{view.get('id')}:{digest(str(view.get('hash')), stated)}"


def _reaction(answer: Answer, view: Mapping[str, Any], origin: Origin) -> Json:
    """Return what the form does next; nothing closes it."""
    if answer.errors:
        return {"response_action": "errors", "errors": render_errors(answer.errors, view)}
    if answer.form is not None:
        return {"response_action": "update", "view": render_form(answer.form, origin)}
    if answer.card is not None:
        return {"response_action": "update", "view": render_card_view(answer.card, origin)}
    return {}


def _given_back(answer: Answer, filled: Filled) -> Card:
    """Return what was typed to its author: the form is closed, and was not accepted."""
    said = " ".join(answer.errors.values()) or (answer.form.title if answer.form else "")
    texts = (value for value in filled.values.values() if isinstance(value, str) and value)
    quotes = tuple(Quote(text=text) for text in texts)
    return Card(
        fallback=said, elements=(Line(text=said, tone=Tone.WARNING, is_strong=True), *quotes)
    )
