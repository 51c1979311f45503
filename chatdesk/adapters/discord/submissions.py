"""Forms that were filled in: page after page, sent once all is asked, corrected where it is wrong.

No form can follow another in Discord, and none can be refused while it is open. What was typed is
kept, and a button goes on from there.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace

from chatdesk.adapters.discord.answering import Answering, Asked, GoingOn
from chatdesk.adapters.discord.drafts import Draft, Drafts
from chatdesk.adapters.discord.filled import Filled, read_filled
from chatdesk.adapters.discord.modal import FormTooLarge, fields_shown, form_id, page_of
from chatdesk.adapters.discord.offers import (
    SEND,
    given_back,
    more_card,
    next_button,
    values_of,
    wrong_card,
)
from chatdesk.adapters.discord.reading import Payload, people_in
from chatdesk.adapters.discord.telling import Telling, guarded, sentence
from chatdesk.adapters.http.copies import FileDoor, stands_for_left
from chatdesk.ui.cards import Button, Card, button_id, parse_button_id
from chatdesk.ui.exchange import Answer, Submitted
from chatdesk.ui.forms import Form, Values


class Submissions:
    """Takes forms; nothing typed is lost."""

    def __init__(
        self, telling: Telling, answering: Answering, drafts: Drafts, files: FileDoor
    ) -> None:
        self._telling = telling
        self._answering = answering
        self._drafts = drafts
        self._files = files

    async def submitted(self, asked: Asked, data: Payload) -> None:
        """Take a page of a form."""
        name = form_id(str(data.get("custom_id") or ""))
        if not name:
            work = self._or_back(asked, _unknown(data), self._refused(asked, data))
            await self._answering.carry_out(work, asked)
            return
        draft = Draft(name=name).with_more(read_filled(data).values, ())
        work = self._or_back(asked, draft, self._page(asked, name, data))
        await self._answering.carry_out(work, asked)

    async def clicked(self, asked: Asked, kind: str, name: str) -> None:
        """Open a form's next page, or send the form as it is."""
        if kind == SEND:
            await self._answering.carry_out(guarded(self._as_it_is(asked, name)), asked)
        else:
            await self._answering.carry_out(guarded(self._next(asked, name)), asked)

    async def _refused(self, asked: Asked, data: Payload) -> Answer:
        """Let the desk say that there is no such form, and return what was typed."""
        draft = _unknown(data)
        answer = await self._telling.tell(f"interaction:{asked.id}", asked.spot, _refreshing(draft))
        return _closed(answer, draft)

    async def _as_it_is(self, asked: Asked, name: str) -> Answer:
        draft = await self._drafts.of(asked.spot.user, name)
        if draft.sent is not None:
            return self._sent(asked, draft.sent)
        # What is offered to be sent was typed: of this nothing is left.
        return await self._send(asked, draft) if draft.is_typed else self._gone(asked)

    async def _next(self, asked: Asked, name: str) -> Answer:
        draft = await self._drafts.of(asked.spot.user, name)
        if draft.sent is not None:
            return self._sent(asked, draft.sent)
        key = f"interaction:{asked.id}:page"
        answer = await self._telling.tell(key, asked.spot, _refreshing(draft))
        if answer.form is None:
            is_told = answer.card is not None and not draft.is_typed
            return answer if is_told else _closed(answer, draft)
        # What a changed policy does not take any more is asked again, and all once all was asked.
        asked_before = tuple(one for one in draft.asked if not _is_missing(answer.form, one))
        done = asked_before if _page(answer.form, asked_before) else ()
        others = {one: draft.values[one] for one in draft.values if not answer.form.field(one)}
        values = others | values_of(answer.form)
        going_on = replace(draft, values=values, asked=done)
        return GoingOn(form=answer.form, draft=going_on)

    async def _page(self, asked: Asked, name: str, data: Payload) -> Answer:
        filled = read_filled(data)
        await self._telling.introduce(*people_in(data), asked.spot.by)
        before = await self._drafts.of(asked.spot.user, name)
        if before.sent is not None:
            return self._sent(asked, before.sent, filled.values)
        values = filled.values | await self._kept(asked, filled, before)
        draft = before.with_more(values, filled.names)
        return await self._or_back(asked, draft, self._taken(asked, draft))

    async def _taken(self, asked: Asked, draft: Draft) -> Answer:
        """Ask for the next page, or send the form if there is none."""
        answer = await self._telling.tell(
            f"interaction:{asked.id}:page", asked.spot, _refreshing(draft)
        )
        if answer.form is None:
            await self._drafts.keep(asked.spot.user, draft)
            return _closed(answer, draft)
        left = _page(answer.form, draft.asked)
        if left:
            await self._drafts.keep(asked.spot.user, draft)
            return Answer(card=self._more(asked, answer.form, draft))
        return await self._send(asked, draft)

    async def _kept(
        self, asked: Asked, filled: Filled, before: Draft
    ) -> dict[str, str | tuple[str, ...]]:
        """Return the file fields, with every file in the desk's own store."""
        found: dict[str, str | tuple[str, ...]] = {}
        for name, files in filled.files.items():
            fetched = await self._files.fetch(files, asked.spot.by.handle)
            kept = before.values.get(name, ())
            already = (kept,) if isinstance(kept, str) and kept else tuple(kept)
            # What could not be had was refused by its name; sent again, it may be left out.
            already = tuple(one for one in already if not stands_for_left(one))
            found[name] = (*already, *fetched.attachments, *fetched.left_in_form)
        return found

    async def _send(self, asked: Asked, draft: Draft) -> Answer:
        """Send a form. Whatever is not accepted stays a draft."""
        spot = asked.spot
        done = Submitted(id=draft.form, values=draft.values)
        answer = await self._telling.tell(f"interaction:{asked.id}", spot, done)
        if answer.is_refusal and not answer.errors:  # of whoever asks, not of what they wrote
            await self._drafts.keep(spot.user, draft)
            return _closed(answer, draft)
        if not answer.errors:
            await self._settle(spot.user, draft, answer)
            return answer
        still = tuple(name for name in draft.asked if name not in answer.errors)
        await self._drafts.keep(spot.user, replace(draft, asked=still))
        refreshed = await self._telling.tell(
            f"interaction:{asked.id}:again", spot, _refreshing(draft)
        )
        if refreshed.form is None:
            return _closed(answer, draft)
        say = {name: self._say(name, asked) for name in ("wrong", "correct")}
        return Answer(card=wrong_card(refreshed.form, answer.errors, draft, say))

    async def _settle(self, user: str, draft: Draft, answer: Answer) -> None:
        """Let go of a draft that was accepted, or that goes on in another form."""
        if answer.form is None:
            number = answer.number or _number_in(draft.form)
            await self._drafts.finish(user, draft.name, number)
        elif answer.form.id != draft.form:
            await self._drafts.forget(user, draft.name)

    def _sent(self, asked: Asked, number: int, values: Values | None = None) -> Answer:
        """Say that it was sent before, with the way to its ticket and what was typed since."""
        desk, locale = self._telling.desk, asked.spot.by.locale
        show = desk.say("buttons.show_number", locale, number=number)
        name = "sent_as" if number else "sent"
        said = desk.say(f"discord.forms.{name}", locale, number=number)
        to_ticket = (Button(id=button_id("show", number), label=show),) if number else ()
        return Answer(card=given_back(said, values or {}, *to_ticket), is_refusal=True)

    def _gone(self, asked: Asked) -> Answer:
        return Answer(card=sentence(self._say("gone", asked)), is_refusal=True)

    def _more(self, asked: Asked, form: Form, draft: Draft) -> Card:
        """Ask for the next page; what need not be answered can be left out."""
        left = [field for field in fields_shown(form) if field.name not in draft.asked]
        needs_more = any(field.is_required for field in left)
        send = "" if needs_more else self._say("send", asked)
        return more_card(draft.name, form.title, self._say("next", asked), send)

    async def _or_back(self, asked: Asked, draft: Draft, work: Awaitable[Answer]) -> Answer:
        """Do it; where that fails return to its author what was typed, and the way back."""
        failed = False

        async def tried() -> Answer:
            nonlocal failed
            try:
                return await work
            except Exception:
                failed = True
                raise

        answer = await guarded(tried())
        if not failed or answer.card is None:
            return answer
        button = next_button(draft.name, self._say("next", asked))
        card = given_back(answer.card.fallback, draft.values, button)
        return replace(answer, card=card)

    def _say(self, name: str, asked: Asked) -> str:
        return self._telling.desk.say(f"discord.forms.{name}", asked.spot.by.locale)


def _number_in(form: str) -> int:
    """Return the ticket that a form is about, 0 for one that is about none yet."""
    state = parse_button_id(form)
    return state.number if state is not None else 0


def _refreshing(draft: Draft) -> Submitted:
    return Submitted(id=draft.form, values=draft.values, is_refresh=True)


def _unknown(data: Payload) -> Draft:
    """Return what was typed into a form that none of ours is named like."""
    return Draft(name="").with_more(read_filled(data).values, ())


def _is_missing(form: Form, name: str) -> bool:
    field = form.field(name)
    return field is not None and field.is_required and not field.value


def _page(form: Form, asked: tuple[str, ...]) -> bool:
    """Tell whether there is anything left to ask."""
    try:
        return bool(page_of(form, asked))
    except FormTooLarge:
        return False


def _closed(answer: Answer, draft: Draft) -> Answer:
    """Return what was typed to its author, with what the desk says about it."""
    said = " ".join(answer.errors.values())
    if answer.card is not None and not said:
        said = answer.card.fallback
    return Answer(card=given_back(said, draft.values), is_refusal=True)
