"""What is told after the acknowledgement, in a direct message: results, and forms given back."""

from __future__ import annotations

import logging

from chatdesk.adapters.slack.keeping import LATER
from chatdesk.adapters.slack.messenger import SlackMessenger
from chatdesk.adapters.slack.modal import PLATFORM
from chatdesk.adapters.slack.telling import Telling
from chatdesk.ports import Placement, PlatformError
from chatdesk.ui.cards import Button, Buttons, Card, Line, Tone, Weight
from chatdesk.ui.exchange import Answer

REOPEN = "kept:"
"""Begins the value of a button that opens a form again with everything typed into it.

Like every beginning that only Slack's adapter understands, it is the name of no verb.
"""

logger = logging.getLogger(__name__)


class Afterwards:
    """Tells people what became of something they were told was saved."""

    def __init__(self, messenger: SlackMessenger, telling: Telling) -> None:
        self._messenger = messenger
        self._telling = telling

    async def tell(self, answer: Answer, user: str, key: str) -> None:
        """Tell the answer to the delivery of that key, once; nothing if it says nothing.

        Raises what passes (`LATER`): it is told again then, if it is not there already.
        """
        card = self.card(answer, user, key)
        if card is None:
            return
        placement = Placement(lane="", handles=(f"{PLATFORM}:{user}",))
        try:
            place = await self._messenger.open(placement)
            if await self._messenger.find(place, key) is None:
                await self._messenger.post(place, card, key=key)
        except LATER:
            raise
        except PlatformError as problem:
            logger.warning("a result was not told: %s", problem)

    def card(self, answer: Answer, user: str, key: str) -> Card | None:
        """Return what is told; a form, or what was wrong in one, waits behind a button."""
        if not answer.errors and answer.form is None:
            return answer.card
        say = self._telling.say
        wrong = " ".join(answer.errors.values())
        told = wrong or (answer.form.title if answer.form else "")
        again = Button(
            id=f"{REOPEN}{key}",
            label=say("slack.open_again", user),
            weight=Weight.PRIMARY,
        )
        lines = (
            Line(text=say("slack.not_done", user), tone=Tone.WARNING, is_strong=True),
            Line(text=told),
        )
        return Card(fallback=told, elements=(*lines, Buttons(buttons=(again,))))
