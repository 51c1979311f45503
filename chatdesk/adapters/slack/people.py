"""Who is who in Slack, as the desk is told it: names, time zones and languages."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from chatdesk.adapters.slack.errors import calling
from chatdesk.adapters.slack.modal import PLATFORM
from chatdesk.ports import PlatformError
from chatdesk.ui.exchange import Visitor

KNOWN_FOR = 60.0
"""Seconds after which somebody is looked up again."""

MOST_KNOWN = 10_000

NOBODY = frozenset({"USLACKBOT"})


class SlackPeople:
    """Looks people up, at most once a minute each."""

    def __init__(
        self, client: AsyncWebClient, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._monotonic = monotonic
        self._known: OrderedDict[str, tuple[float, Visitor | None]] = OrderedDict()

    async def visitor(self, user: str) -> Visitor | None:
        """Return somebody as a visitor; None for bots and for people who have left.

        While Slack does not tell, they are known by what it told last, or by their id.
        """
        found = self._known.get(user)
        if found is not None and self._monotonic() - found[0] < KNOWN_FOR:
            return found[1]
        try:
            answer = await calling(self._client.users_info(user=user, include_locale=True))
        except PlatformError:
            return found[1] if found else Visitor(handle=f"{PLATFORM}:{user}", name=user)
        visitor = _visitor(user, answer.get("user") or {})
        self._known[user] = (self._monotonic(), visitor)
        self._known.move_to_end(user)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return visitor

    async def name(self, user: str) -> str:
        """Return how somebody is written in plain text."""
        visitor = await self.visitor(user)
        return f"@{visitor.name}" if visitor else f"@{user}"


def _visitor(user: str, told: dict[str, Any]) -> Visitor | None:
    if told.get("is_bot") or told.get("deleted") or user in NOBODY:
        return None
    profile = told.get("profile") or {}
    names = (profile.get("real_name"), told.get("real_name"), profile.get("display_name"))
    name = next((one for one in (*names, told.get("name")) if one), user)
    return Visitor(
        handle=f"{PLATFORM}:{user}",
        name=str(name),
        zone=str(told.get("tz") or ""),
        locale=str(told.get("locale") or "en").partition("-")[0].lower(),
    )
