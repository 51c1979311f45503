"""What happens in Slack besides words and clicks: who hears of which event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from chatdesk.adapters.slack.home import Homes
from chatdesk.adapters.slack.members import Members
from chatdesk.adapters.slack.places import ENDINGS, MOVED, Places, bot_of
from chatdesk.adapters.slack.reactions import Reactions

Event = Mapping[str, Any]

LEFT = "member_left_channel"
REMOVALS = ("app_uninstalled", "tokens_revoked")
"""Events after which the app cannot speak in a workspace."""


class Events:
    """Hands events to whom they concern. Nothing is acknowledged before it was taken."""

    def __init__(
        self, members: Members, homes: Homes, reactions: Reactions, places: Places
    ) -> None:
        self._places = places
        self._members = members
        self.is_back: Callable[[str], Awaitable[None]] = _nothing_waits
        """Told the id of a place that can be written to again, as far as an event says so."""
        self.is_removed: Callable[[str], Awaitable[None]] = _nothing_waits
        """Told the workspace in which the app, or its token, is no longer."""
        self._hearers: dict[str, Callable[[Event], Awaitable[None]]] = {
            "app_home_opened": homes.opened,
            "channel_unarchive": self._unarchived,
            "group_unarchive": self._unarchived,
            "member_joined_channel": self._came,
            LEFT: self._went,
            "reaction_added": reactions.added,
            MOVED: places.moved,
            **dict.fromkeys(ENDINGS, places.ended),
        }

    @property
    def kinds(self) -> tuple[str, ...]:
        """The events that somebody hears."""
        return (*self._hearers, *REMOVALS)

    async def heard(self, body: Mapping[str, Any]) -> None:
        """Take an event; one that says nothing is passed over."""
        event = body.get("event") or {}
        if _is_removal(event):
            await self.is_removed(str(body.get("team_id") or ""))
            return
        hear = self._hearers.get(str(event.get("type")))
        if hear is not None:
            await hear(event)
        if event.get("type") == LEFT and _text(event, "user") == bot_of(body):
            await self._places.left(_text(event, "channel"))

    async def _came(self, event: Event) -> None:
        await self._members.came_or_went(_text(event, "user"), _text(event, "channel"), is_in=True)
        # It may be the app that came: then what waits for the place can go out.
        await self.is_back(_text(event, "channel"))

    async def _unarchived(self, event: Event) -> None:
        await self.is_back(_text(event, "channel"))

    async def _went(self, event: Event) -> None:
        await self._members.came_or_went(_text(event, "user"), _text(event, "channel"), is_in=False)


def _is_removal(event: Event) -> bool:
    if event.get("type") == "tokens_revoked":
        return bool((event.get("tokens") or {}).get("bot"))
    return event.get("type") == "app_uninstalled"


async def _nothing_waits(place: str) -> None:
    """Nobody waits for any place."""


def _text(event: Event, name: str) -> str:
    return str(event.get(name) or "")
