"""Who is who in Slack, as the desk is told it: names, time zones and languages."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
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

GUEST = ("is_restricted", "is_ultra_restricted", "is_stranger")
"""Any of these in a profile: somebody who does not belong to the organisation."""


@dataclass(frozen=True, slots=True)
class _Known:
    at: float
    visitor: Visitor | None
    is_outsider: bool
    is_gone: bool


class SlackPeople:
    """Looks people up, at most once a minute each."""

    def __init__(
        self,
        client: AsyncWebClient,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        also: Iterable[str] = (),
    ) -> None:
        """Ask this client; workspaces that are `also` the organisation's are no strangers'."""
        self._also = frozenset(also)
        self._client = client
        self._monotonic = monotonic
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._homes: frozenset[str] = frozenset()
        self._directs: OrderedDict[str, str] = OrderedDict()

    async def visitor(self, user: str) -> Visitor | None:
        """Return somebody as a visitor; None for bots and for people who have left.

        While Slack does not tell, they are known by what it told last, or by their handle alone.
        """
        found = self._known.get(user)
        if found is not None and self._monotonic() - found.at < KNOWN_FOR:
            return found.visitor
        try:
            homes = await self._our_homes()
            answer = await calling(self._client.users_info(user=user, include_locale=True))
        except PlatformError:
            return found.visitor if found else Visitor(handle=f"{PLATFORM}:{user}", name="")
        told = answer.get("user") or {}
        visitor = _visitor(user, told)
        self._known[user] = _Known(
            self._monotonic(), visitor, _is_outsider(told, homes), bool(told.get("deleted"))
        )
        self._known.move_to_end(user)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return visitor

    def is_known(self, user: str) -> bool:
        """Tell whether Slack has told who somebody is."""
        return user in self._known

    def is_outsider(self, user: str) -> bool:
        """Tell of somebody looked up before whether they are a guest, or of another organisation.

        They ask for help like anybody, and work no queue whatever the policy says.
        """
        found = self._known.get(user)
        return found is not None and found.is_outsider

    def is_gone(self, user: str) -> bool:
        """Tell of somebody looked up before whether their account was deactivated."""
        found = self._known.get(user)
        return found is not None and found.is_gone

    def locale_of(self, user: str) -> str:
        """Return the language of somebody looked up before, empty for anybody else."""
        found = self._known.get(user)
        return found.visitor.locale if found and found.visitor else ""

    async def name(self, user: str) -> str:
        """Return how somebody is written in plain text."""
        visitor = await self.visitor(user)
        return f"@{visitor.name}" if visitor and visitor.name else f"@{user}"

    async def is_direct_with(self, user: str, place: str) -> bool:
        """Tell whether a place is somebody's direct message with the app.

        A command can be typed in any direct message. While Slack does not tell, it is none.
        """
        if not place.startswith("D"):
            return False
        if user not in self._directs:
            try:
                told = await calling(self._client.conversations_open(users=user))
            except PlatformError:
                return False
            self._directs[user] = str((told.get("channel") or {}).get("id") or "")
            while len(self._directs) > MOST_KNOWN:
                self._directs.popitem(last=False)
        return self._directs[user] == place

    async def _our_homes(self) -> frozenset[str]:
        """Return the ids of this workspace, and of the organisation it belongs to."""
        if not self._homes:
            told = await calling(self._client.auth_test())
            ids = (told.get("team_id"), told.get("enterprise_id"))
            self._homes = frozenset(str(one) for one in ids if one) | self._also
        return self._homes


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
        locale=str(told.get("locale") or ""),
    )


def _is_outsider(told: dict[str, Any], homes: frozenset[str]) -> bool:
    if any(told.get(mark) for mark in GUEST):
        return True
    organisation = (told.get("enterprise_user") or {}).get("enterprise_id")
    theirs = {str(one) for one in (told.get("team_id"), organisation) if one}
    return bool(theirs) and theirs.isdisjoint(homes)
