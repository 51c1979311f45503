"""Forms that were filled in, and forms that change while they are."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chatdesk.adapters.http.copies import FileDoor
from chatdesk.adapters.slack.afterwards import REOPEN, Afterwards
from chatdesk.adapters.slack.answering import Answering
from chatdesk.adapters.slack.blocks import digest
from chatdesk.adapters.slack.filled import Filled, read_filled
from chatdesk.adapters.slack.keeping import Ack, Body, Keeping, Kept
from chatdesk.adapters.slack.modal import (
    Origin,
    read_origin,
    render_card_view,
    render_errors,
    render_form,
)
from chatdesk.adapters.slack.pointing import Pointing
from chatdesk.adapters.slack.reactions import Signs
from chatdesk.adapters.slack.reading import Click, team_of
from chatdesk.adapters.slack.spots import Spot
from chatdesk.adapters.slack.telling import NOT_SAVED, Telling, bug
from chatdesk.adapters.slack.texts import Json
from chatdesk.ports import StoreUnavailable
from chatdesk.ui.cards import Card, Line
from chatdesk.ui.exchange import Answer, Submitted
from chatdesk.ui.forms import Values

VIEW = "view"
"""The kind of a submission that is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A form that was sent: by whom, where it was opened, and what is in it."""

    key: str
    user: str
    origin: Origin
    filled: Filled


class Submissions:
    """Takes forms; what is wrong is said at the field, and nothing typed is lost."""

    def __init__(
        self,
        telling: Telling,
        answering: Answering,
        files: FileDoor,
        keeping: Keeping,
        afterwards: Afterwards,
        pointing: Pointing,
        signs: Signs,
    ) -> None:
        self._pointing = pointing
        self._signs = signs
        self._telling = telling
        self._answering = answering
        self._files = files
        self._keeping = keeping
        self._afterwards = afterwards

    async def submitted(self, ack: Ack, body: Body) -> None:
        """Take a form that was submitted; it is done, or at least kept, before it is acknowledged.

        Raises StoreUnavailable where it is neither: Slack leaves the form open then.
        """
        sent, view = _read(body), body.get("view") or {}
        if sent is None:
            await ack()
            return
        work = asyncio.create_task(self._do(sent))
        kept = Kept(key=sent.key, kind=VIEW, user=sent.user, payload=dict(body))
        if await self._keeping.is_done(work, kept):
            await ack(**_reaction(_answer_of(work), view, sent.origin))
            return
        self._keeping.follow(sent.key, self._tell_later(work, sent))
        await ack(**self._saved(sent))

    async def again(self, kept: Kept) -> None:
        """Do what was kept and left undone, and tell what became of it."""
        sent = _read(kept.payload)
        if sent is not None:
            await self._tell_later(asyncio.create_task(self._do(sent)), sent)

    async def reopen(self, click: Click) -> Answer:
        """Return the form that was kept, filled as it was; nothing for anybody but its author."""
        kept = await self._keeping.find(click.value.removeprefix(REOPEN))
        sent = _read(kept.payload) if kept else None
        if sent is None or sent.user != click.user:
            return Answer()
        values = await self._values(sent)
        done = Submitted(id=sent.origin.form, values=values, is_refresh=True)
        return await self._telling.tell(
            click.key, sent.user, sent.origin.place, sent.origin.thread, done
        )

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

    # --- doing it ---

    async def _do(self, sent: Submission) -> Answer:
        values = await self._values(sent)
        origin = sent.origin
        done = Submitted(id=origin.form, values=values, source=origin.source)
        answer = await self._telling.tell(sent.key, sent.user, origin.place, origin.thread, done)
        if origin.source is not None:
            spot = Spot(origin.source.place, origin.source.message)
            self._telling.behind(self._signs.show(spot))
        return answer

    async def _values(self, sent: Submission) -> Values:
        """Return what was filled in, with every file in the desk's own store."""
        filled, origin = sent.filled, sent.origin
        has_files = bool(origin.taken) or any(filled.files.values())
        # Files are kept in their sender's name; else the desk gets to know them with the form.
        await self._telling.introduce((*filled.people, *((sent.user,) if has_files else ())))
        values: Values = {**origin.files, **filled.values}
        visitor = await self._telling.people.visitor(sent.user)
        for name, files in filled.files.items():
            if files and visitor is not None:
                fetched = await self._files.fetch(files, visitor.handle)
                kept = origin.files.get(name, ())
                values[name] = (*kept, *fetched.attachments, *fetched.left_in_form)
        return await self._with_taken(values, sent) if origin.taken else values

    async def _with_taken(self, values: Values, sent: Submission) -> Values:
        """Add the files of the message a form was opened for; one that stays is linked."""
        fetched = await self._pointing.take(sent.user, sent.origin.taken)
        words = "text" if "text" in values else "details"
        text = "\n".join(part for part in (str(values.get(words) or ""), *fetched.left) if part)
        files = (*values.get("files", ()), *fetched.attachments)
        return {**values, words: text, "files": files}

    # --- when it took longer ---

    def _saved(self, sent: Submission) -> Json:
        """Show instead of the form that it is saved: whoever sent it sees something happen."""
        say = self._telling.say
        text, title = say("slack.saved", sent.user), say("slack.saved_title", sent.user)
        card = Card(title=title, fallback=text, elements=(Line(text=text),))
        return {"response_action": "update", "view": render_card_view(card, sent.origin)}

    async def _tell_later(self, work: asyncio.Task[Answer], sent: Submission) -> None:
        try:
            answer = await work
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - the person is told, with a reference to the log
            answer = Answer(errors={"": bug(error)}, is_refusal=True)
        await self._afterwards.tell(answer, sent.user, sent.key)


def _read(body: Body) -> Submission | None:
    """Read a submission; None for a view that is no form of ours."""
    view = body.get("view") or {}
    user = str((body.get("user") or {}).get("id") or "")
    origin = read_origin(str(view.get("private_metadata") or ""))
    if not origin.form or not user:
        return None
    filled = read_filled(view)
    return Submission(key=_key(body, view, filled), user=user, origin=origin, filled=filled)


def _key(body: Body, view: Mapping[str, Any], filled: Filled) -> str:
    """Return the same key for the same answers, however often they arrive."""
    files = {name: [one.get("id") for one in files] for name, files in filled.files.items()}
    stated = json.dumps([filled.values, files], sort_keys=True)
    return f"view:{team_of(body)}:{view.get('id')}:{digest(str(view.get('hash')), stated)}"


def _answer_of(work: asyncio.Task[Answer]) -> Answer:
    """Return what the desk answered in time, or why it did not, in words."""
    try:
        return work.result()
    except StoreUnavailable:
        return Answer(errors={"": NOT_SAVED}, is_refusal=True)
    except Exception as error:  # noqa: BLE001 - the person is told, with a reference to the log
        return Answer(errors={"": bug(error)}, is_refusal=True)


def _reaction(answer: Answer, view: Mapping[str, Any], origin: Origin) -> Json:
    """Return what the form does next; nothing closes it."""
    if answer.errors:
        return {"response_action": "errors", "errors": render_errors(answer.errors, view)}
    if answer.form is not None:
        return {"response_action": "update", "view": render_form(answer.form, origin)}
    if answer.card is not None:
        return {"response_action": "update", "view": render_card_view(answer.card, origin)}
    return {}
