"""How an answer reaches the one person it is for: a form opened, a message only they see.

Discord takes a first response within three seconds and once; a form has to be it. What takes longer
is deferred and follows.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass

from chatdesk.adapters.discord.drafts import Draft, Drafts, name_for
from chatdesk.adapters.discord.errors import ALREADY_ANSWERED, code_of
from chatdesk.adapters.discord.modal import FormTooLarge, page_of, render_page
from chatdesk.adapters.discord.offers import (
    done_card,
    given_back,
    offer_card,
    panel_card,
    values_of,
)
from chatdesk.adapters.discord.render import IS_EPHEMERAL, render_card
from chatdesk.adapters.discord.rest import Rest
from chatdesk.adapters.discord.telling import (
    ANSWERS_WITHIN,
    NOT_SAVED,
    Spot,
    Telling,
    sentence,
)
from chatdesk.adapters.discord.texts import Json
from chatdesk.adapters.discord.uploads import FormWith
from chatdesk.mishaps import log_bug
from chatdesk.ports import OutcomeUnknown, PlatformError, StoreUnavailable
from chatdesk.ui.cards import Card
from chatdesk.ui.exchange import Answer
from chatdesk.ui.forms import Form

MESSAGE, DEFERRED, DEFERRED_UPDATE, CHOICES, MODAL = 4, 5, 6, 8, 9

KEPT_WITHIN = 0.5
"""Seconds that a form waits to be opened until its draft is kept."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An interaction that waits for its answer.

    `is_on_message` where a button was clicked, or a form came from one: then nothing need be said.
    `takes_form` where a form may be opened: not in answer to a form. `guild` is the server,
    empty in direct messages. `answered` are the fields of
    that form that need not be asked any more.
    """

    id: str
    token: str
    spot: Spot
    is_on_message: bool = False
    takes_form: bool = True
    guild: str = ""
    answered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GoingOn(Answer):
    """A form to open where a draft of it has got to."""

    draft: Draft


class Answering:
    """Shows answers. What cannot be shown is logged and lost: none of it is the only copy."""

    def __init__(self, rest: Rest, drafts: Drafts, telling: Telling) -> None:
        self._rest = rest
        self._drafts = drafts
        self._telling = telling

    async def carry_out(self, work: Awaitable[Answer], asked: Asked) -> None:
        """Answer with what the work comes to; what takes too long is deferred and follows.

        All that asks the store belongs into the work, and its failures are answers, too.
        """
        task = asyncio.ensure_future(work)
        await asyncio.wait({task}, timeout=ANSWERS_WITHIN)
        if task.done():
            await self._first(task.result(), asked)
            return
        await self._defer(asked)
        await self._later(await task, asked)

    async def choices(self, finding: Awaitable[list[tuple[str, str | int]]], asked: Asked) -> None:
        """Offer completions; none if they take too long, for they cannot be deferred."""
        found: list[tuple[str, str | int]] = []
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                found = await finding
        except TimeoutError:
            pass
        except Exception as error:  # noqa: BLE001 - whoever types goes on without completions
            log_bug("completing what somebody types in Discord", error)
        shown = [{"name": label, "value": value} for label, value in found]
        await self._respond(asked, CHOICES, {"choices": shown})

    async def excuse(self, answer: Answer, asked: Asked) -> None:
        """Say what went wrong to somebody who may have been given a first response, or none."""
        for part in _whispered(answer.card or self._done(asked)):
            try:
                await self._call_back(asked, {"type": MESSAGE, "data": part})
            except PlatformError:
                await self._follow_up(asked, part)

    # --- the first response ---

    async def _first(self, answer: Answer, asked: Asked) -> None:
        if answer.form is not None:
            await self._form(answer.form, _draft(answer, answer.form, asked), asked)
        elif answer.card is not None or not asked.is_on_message:
            await self._say(answer.card or self._done(asked), asked)
        else:
            await self._respond(asked, DEFERRED_UPDATE)

    async def _form(self, form: Form, draft: Draft, asked: Asked) -> None:
        """Open a form. One whose draft cannot be kept is not: nobody shall type in vain."""
        try:
            shown = render_page(form, page_of(form, draft.asked), draft.name)
        except FormTooLarge as problem:
            await self._say(sentence(f"Discord cannot show this form: {problem}."), asked)
            return
        keeping = asyncio.ensure_future(self._is_kept(asked.spot, draft))
        # What takes longer is not waited for: Discord gives up, and the next page asks again.
        await asyncio.wait({keeping}, timeout=KEPT_WITHIN)
        if keeping.done() and not keeping.result():
            await self._say(given_back(NOT_SAVED, draft.values), asked)
        elif not asked.takes_form:
            await self._say(self._offer(form, draft, asked.spot), asked)
        elif not await self._respond(asked, MODAL, shown):
            await self._aloud(self._offer(form, draft, asked.spot), asked)
        await keeping

    async def _say(self, card: Card, asked: Asked) -> None:
        first, *rest = _whispered(card)
        was_heard = await self._respond(asked, MESSAGE, first)
        if not was_heard:
            await self._aloud(card, asked)
            return
        for part in rest:
            await self._follow_up(asked, part)
        await self._hand_out(card, asked)

    async def _defer(self, asked: Asked) -> None:
        if asked.is_on_message:
            await self._respond(asked, DEFERRED_UPDATE)
        else:
            await self._respond(asked, DEFERRED, {"flags": IS_EPHEMERAL})

    async def _later(self, answer: Answer, asked: Asked) -> None:
        """Say what a deferred answer came to; a form can only be offered now."""
        card = answer.card
        if answer.form is not None:
            draft = _draft(answer, answer.form, asked)
            card = await self._offered(answer.form, draft, asked.spot)
        if card is None and asked.is_on_message:
            return
        await self._tell(card or self._done(asked), asked)

    async def _tell(self, card: Card, asked: Asked) -> None:
        """Say more than the first response could."""
        for part in _whispered(card):
            await self._follow_up(asked, part)
        await self._hand_out(card, asked)

    async def _hand_out(self, card: Card, asked: Asked) -> None:
        """Give somebody the files that they asked for; nobody else sees them."""
        for file in card.files_asked_for:
            kept = await asyncio.to_thread(self._telling.desk.content, file.attachment)
            if kept:
                form = FormWith(file, kept, {"flags": IS_EPHEMERAL})
                await self._follow_up(asked, form=form)

    # --- calls ---

    async def _respond(self, asked: Asked, kind: int, data: Json | None = None) -> bool:
        """Respond; False if Discord does not know the interaction (any more)."""
        body: Json = {"type": kind} | ({"data": data} if data is not None else {})
        try:
            try:
                await self._call_back(asked, body)
            except OutcomeUnknown:
                # Once more: that it was answered already says that the first one arrived.
                await self._call_back(asked, body)
        except PlatformError as problem:
            logger.warning("an answer in Discord was not taken: %s", problem)
            return code_of(problem) == ALREADY_ANSWERED
        return True

    async def _call_back(self, asked: Asked, body: Json) -> None:
        # By these names the library knows that every interaction has limits of its own, and
        # forgets them; in the path it would keep each for ever.
        path = "/interactions/{webhook_id}/{webhook_token}/callback"
        await self._rest.call("POST", path, body, webhook_id=asked.id, webhook_token=asked.token)

    async def _follow_up(
        self, asked: Asked, body: Json | None = None, form: Iterable[Json] | None = None
    ) -> None:
        path = "/webhooks/{webhook_id}/{webhook_token}"
        app, token = self._rest.application, asked.token
        try:
            await self._rest.call(
                "POST", path, body, form=form, webhook_id=app, webhook_token=token
            )
        except PlatformError as problem:
            logger.warning("an answer in Discord was not shown: %s", problem)

    async def _aloud(self, card: Card, asked: Asked) -> None:
        """Say it in the conversation: what was asked is done, though Discord forgot who asked."""
        spot = asked.spot
        if (card.is_private and not spot.is_direct) or not spot.channel:
            logger.warning("an answer that is for one person alone was not shown")
            return
        is_ours = spot.is_direct or await asyncio.to_thread(
            self._telling.desk.concerns, spot.place, spot.thread
        )
        if is_ours:
            await self.post(card, spot.channel)

    async def post(self, card: Card, channel: str, answered: str = "") -> str:
        """Show a card to everybody in a conversation, perhaps in answer to a message.

        Return Discord's number for why it was not shown, empty for all that is well.
        """
        refused = ""
        reference = {"message_id": answered, "channel_id": channel, "fail_if_not_exists": False}
        for body in render_card(card):
            asked = body | ({"message_reference": reference} if answered else {})
            try:
                await self._rest.call(
                    "POST", "/channels/{channel_id}/messages", asked, channel_id=channel
                )
            except PlatformError as problem:
                logger.warning("an answer in Discord was not shown: %s", problem)
                refused = code_of(problem)
        return refused

    async def invite(self, spot: Spot, message: str) -> None:
        """Offer a new ticket below a message: whoever asked for one takes no direct message."""
        say, locale = self._telling.desk.say, spot.by.locale
        text, label = say("discord.panel.text", locale), say("discord.panel.button", locale)
        await self.post(panel_card(text, label), spot.channel, message)

    async def offer(self, form: Form, spot: Spot) -> str:
        """Offer a form to somebody who said something: it opens at a click, by Discord's rules.

        Return Discord's number for why it was not shown, empty for all that is well.
        """
        return await self.post(await self._offered(form, _begun(form), spot), spot.channel)

    async def _offered(self, form: Form, draft: Draft, spot: Spot) -> Card:
        """Return the offer of a form whose draft is kept; what cannot be kept is given back."""
        if await self._is_kept(spot, draft):
            return self._offer(form, draft, spot)
        return given_back(NOT_SAVED, draft.values)

    async def _is_kept(self, spot: Spot, draft: Draft) -> bool:
        try:
            await self._drafts.keep(spot.user, draft)
        except StoreUnavailable:
            logger.warning("what a form in Discord is filled with was not kept")
            return False
        return True

    def _offer(self, form: Form, draft: Draft, spot: Spot) -> Card:
        return offer_card(form, draft.name, self._text("next", spot))

    def _done(self, asked: Asked) -> Card:
        return done_card(self._text("done", asked.spot))

    def _text(self, name: str, spot: Spot) -> str:
        return self._telling.desk.say(f"discord.forms.{name}", spot.by.locale)


def _begun(form: Form, asked: tuple[str, ...] = ()) -> Draft:
    return Draft(name=name_for(form.id), values=values_of(form), asked=asked)


def _draft(answer: Answer, form: Form, asked: Asked) -> Draft:
    return answer.draft if isinstance(answer, GoingOn) else _begun(form, asked.answered)


def _whispered(card: Card) -> list[Json]:
    return [part | {"flags": part["flags"] | IS_EPHEMERAL} for part in render_card(card)]
