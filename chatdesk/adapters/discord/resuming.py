"""Offers a ticket that was begun and not sent to whoever begins another one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable

from chatdesk.adapters.discord.answering import Asked
from chatdesk.adapters.discord.drafts import Draft, Drafts, name_for
from chatdesk.adapters.discord.offers import begun_card, values_of
from chatdesk.adapters.discord.telling import Telling
from chatdesk.ports import StoreUnavailable
from chatdesk.ui.exchange import Answer, Submitted
from chatdesk.ui.forms import Form

LOOKED_WITHIN = 0.5
"""Seconds that a form waits at most for the look whether another one was begun."""

logger = logging.getLogger(__name__)


class Resuming:
    """Looks for what was begun while the desk makes the new form; without it that opens at once."""

    def __init__(self, telling: Telling, drafts: Drafts) -> None:
        self._telling = telling
        self._drafts = drafts

    async def begin(self, asked: Asked, form: str, work: Awaitable[Answer]) -> Answer:
        """Return what the work comes to, or the offer to go on with a draft of that form."""
        looking = asyncio.ensure_future(self._begun(asked.spot.user, form))
        try:
            answer = await work
            if answer.form is None:
                return answer
            await asyncio.wait({looking}, timeout=LOOKED_WITHIN)
            begun = looking.result() if looking.done() else None
        finally:
            looking.cancel()
        if begun is None:
            return answer
        try:
            return await self._offer(asked, answer.form, begun) or answer
        except StoreUnavailable:
            return answer  # where that cannot be opened either, what was typed for it is said

    async def _begun(self, user: str, form: str) -> Draft | None:
        try:
            return await self._drafts.newest(user, form)
        except StoreUnavailable:
            logger.warning("it was not looked what somebody had begun in Discord")
            return None

    async def _offer(self, asked: Asked, form: Form, before: Draft) -> Answer | None:
        """Return the choice between both, None where the desk does not take the old one any more.

        The new one is kept as well: what was typed for it is there when it is opened.
        """
        spot = asked.spot
        done = Submitted(id=before.form, values=before.values, is_refresh=True)
        old = await self._telling.tell(f"interaction:{asked.id}:begun", spot, done)
        if old.form is None:
            return None
        name, values = name_for(form.id), values_of(form)
        anew = Draft(name=name, values=values, asked=asked.answered, instead_of=before.name)
        await self._drafts.keep(spot.user, anew)
        desk, locale = self._telling.desk, spot.by.locale
        names = ("begun", "begun_stays", "next", "anew")
        say = {name: desk.say(f"discord.forms.{name}", locale) for name in names}
        return Answer(card=begun_card(old.form, before.name, anew.name, say))
