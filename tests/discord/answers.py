"""What Discord takes as the first answer to which interaction, and what it refuses."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tests.discord.world import Json

PING, COMMAND, COMPONENT, COMPLETE, SUBMIT = 1, 2, 3, 4, 5
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
EPHEMERAL = 1 << 6
TAKEN = {
    COMMAND: {MESSAGE, DEFERRED, MODAL},
    COMPONENT: {MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, MODAL},
    COMPLETE: {CHOICES},
    SUBMIT: {MESSAGE, DEFERRED},
}
"""Kinds of first responses that Discord takes to each kind of interaction."""


@dataclass(slots=True)
class Asked:
    """An interaction under way; `message` is where it was clicked, or its form came from."""

    kind: int
    id: str
    token: str
    user: str
    channel: str
    message: Json | None
    answer: asyncio.Future[Json]
    shown: Json | None = None

    def takes(self, kind: int) -> bool:
        """Tell whether this can be a first response: no form to a form, no completions to others.

        Only what stands below a message can change that message.
        """
        changes = self.kind == SUBMIT and self.message is not None
        return kind in TAKEN[self.kind] | ({DEFERRED_UPDATE, UPDATE} if changes else set())
