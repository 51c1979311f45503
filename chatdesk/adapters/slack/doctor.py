"""Examines the app from outside: tokens, permissions, channels, people, clock and connection.

It changes nothing in Slack, and reads no message.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from chatdesk.adapters.slack.errors import REMEDIES, calling, code_of, said
from chatdesk.adapters.slack.manifest import scopes
from chatdesk.adapters.slack.platform import Access
from chatdesk.adapters.slack.workspaces import bare, team_in
from chatdesk.ports import PlatformError
from chatdesk.ports.findings import Finding, State

CLOCK_MAY_DIFFER = 60
"""Seconds. From five minutes on deliveries over HTTP are refused; promises suffer before."""

ANSWERS_WITHIN = 10
"""Seconds for one look."""

CHANNEL = re.compile(r"[CG][A-Z0-9]{2,}")

AGAIN = (
    "paste what “chatdesk manifest slack” prints at api.slack.com/apps, App Manifest,"
    " then Install App, Reinstall"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the policy wants of Slack: channels by what they are for, and the people it names.

    `with_groups` where user groups work queues; `unplaced` are queues without a channel here.
    """

    channels: Mapping[str, str] = field(default_factory=dict)
    people: tuple[str, ...] = ()
    with_groups: bool = False
    unplaced: tuple[str, ...] = ()


def wanted_in(wanted: Wanted, team: str) -> Wanted:
    """Return what is wanted in one of several workspaces, empty for the first, by bare ids."""
    here = {what: one for what, one in wanted.channels.items() if team_in(one) == team}
    return replace(
        wanted,
        channels=bare(here, set()),
        people=tuple(bare([one for one in wanted.people if team_in(one) == team], set())),
        unplaced=() if team else wanted.unplaced,
    )


class Doctor:
    """Looks at one workspace; `now` is this machine's time."""

    def __init__(
        self, access: Access, wanted: Wanted, now: Callable[[], datetime] | None = None
    ) -> None:
        self._access = access
        self._wanted = wanted
        self._now = now or (lambda: datetime.now(UTC))
        self._client = AsyncWebClient(
            token=access.bot_token,
            base_url=access.api_url,
            timeout=ANSWERS_WITHIN,
            retry_handlers=[],
        )

    async def examine(self) -> list[Finding]:
        """Look at everything; what cannot be looked at without something else is left out."""
        found = [one async for one in self._all()]
        return [*found, *self._by_hand()]

    async def _all(self) -> AsyncIterator[Finding]:
        answer = None
        try:
            answer = await calling(self._client.auth_test())
        except PlatformError as problem:
            yield _wrong("bot token", str(problem), _remedy_in(problem))
        if answer is not None:
            data: Any = answer.data
            where = f"{data.get('user')} ({data.get('user_id')}) in {data.get('team')}"
            yield _ok("bot token", f"the app is {where}")
            headers = {name.lower(): value for name, value in answer.headers.items()}
            for one in (*self._scopes(headers), *self._clock(headers)):
                yield one
            async for one in self._channels():
                yield one
            async for one in self._people():
                yield one
        async for one in self._hearing():
            yield one

    # --- permissions and time ---

    def _scopes(self, headers: Mapping[str, str]) -> list[Finding]:
        told = headers.get("x-oauth-scopes")
        if told is None:
            return [_by_hand("permissions", "Slack does not say which were granted", AGAIN)]
        granted = {one.strip() for one in told.split(",") if one.strip()}
        needed = set(scopes(with_groups=self._wanted.with_groups))
        found = []
        if missing := sorted(needed - granted):
            found.append(_wrong("permissions", f"missing: {', '.join(missing)}", AGAIN))
        if excess := sorted(granted - set(scopes(with_groups=True))):
            remedy = (
                "take them out at api.slack.com/apps, OAuth & Permissions, Bot Token Scopes,"
                " then Install App, Reinstall"
            )
            found.append(_wrong("permissions", f"not needed: {', '.join(excess)}", remedy))
        return found or [_ok("permissions", f"all {len(needed)} that are needed, and no other")]

    def _clock(self, headers: Mapping[str, str]) -> list[Finding]:
        try:
            theirs = parsedate_to_datetime(headers["date"])
        except (KeyError, ValueError):
            return []
        differs = (self._now() - theirs).total_seconds()
        if abs(differs) <= CLOCK_MAY_DIFFER:
            return [_ok("clock", "it goes as Slack's does")]
        how = "ahead of" if differs > 0 else "behind"
        said = f"this machine is {abs(differs):.0f} s {how} Slack"
        return [_wrong("clock", said, "set this machine's clock by NTP, for example with chrony")]

    # --- places and people ---

    async def _channels(self) -> AsyncIterator[Finding]:
        for queue in self._wanted.unplaced:
            remedy = "give the queue a home in desk.yaml: home: {slack: C...}"
            yield _wrong(f"queue {queue}", "it has no channel in Slack: nobody sees it", remedy)
        for what, channel in self._wanted.channels.items():
            yield await self._channel(what, channel)

    async def _channel(self, what: str, channel: str) -> Finding:
        if not CHANNEL.fullmatch(channel):
            remedy = "copy the id: click the channel's name, it stands at the bottom of About"
            return _wrong(what, f"{channel!r} is no channel's id", remedy)
        try:
            answer = await calling(self._client.conversations_info(channel=channel))
        except PlatformError as problem:
            return _wrong(what, f"{channel}: {problem}", _remedy_in(problem))
        told: Mapping[str, Any] = answer.get("channel") or {}
        name = f"#{told.get('name')} ({channel})"
        if told.get("is_archived"):
            return _wrong(what, f"{name} is archived", REMEDIES["is_archived"])
        if not told.get("is_member"):
            return _wrong(what, f"the app is not in {name}", REMEDIES["not_in_channel"])
        return _ok(what, f"the app is in {name}")

    async def _people(self) -> AsyncIterator[Finding]:
        for person in self._wanted.people:
            try:
                answer = await calling(self._client.users_info(user=person))
            except PlatformError as problem:
                yield _wrong(f"slack:{person}", str(problem), _remedy_in(problem))
                continue
            told: Mapping[str, Any] = answer.get("user") or {}
            if told.get("deleted"):
                yield _wrong(f"slack:{person}", "has left the workspace", "name somebody else")
            elif told.get("is_bot"):
                yield _wrong(f"slack:{person}", "is a bot", REMEDIES["cannot_dm_bot"])

    # --- hearing ---

    async def _hearing(self) -> AsyncIterator[Finding]:
        if not self._access.app_token:
            if self._access.signing_secrets:
                yield _ok("hearing", "over HTTP: a signing secret is set, and no app token")
            return
        client = AsyncWebClient(
            token=self._access.app_token,
            base_url=self._access.api_url,
            timeout=ANSWERS_WITHIN,
            retry_handlers=[],
        )
        try:
            answer = await client.apps_connections_open(app_token=self._access.app_token)
        except SlackApiError as error:
            yield _wrong("app token", said(code_of(error)), _SOCKET.get(code_of(error), _MAKE_ONE))
            return
        except (OSError, TimeoutError) as error:
            yield _wrong("app token", f"Slack cannot be reached: {type(error).__name__}", _NETWORK)
            return
        yield _ok("app token", "Slack opens a socket for it")
        yield await _reachable(str(answer.get("url") or ""))

    # --- what no program sees ---

    def _by_hand(self) -> list[Finding]:
        home = (
            "at api.slack.com/apps, App Home: Home Tab and Messages Tab on, and “Allow users to"
            " send Slash commands and messages from the messages tab” ticked; then write a word"
            " to the app: it answers"
        )
        found = [_by_hand("App Home", "Slack tells no program how it is set", home)]
        if not self._access.app_token:
            address = (
                "at api.slack.com/apps: Event Subscriptions says Verified, and Slash Commands and"
                " Interactivity have the same address, which ends with /slack/events"
            )
            found.append(_by_hand("request URL", "only Slack knows where it delivers", address))
        return found


async def greet(access: Access, person: str, words: str) -> Finding:
    """Write to somebody, which shows whether the app may: the only look that leaves a trace."""
    client = AsyncWebClient(
        token=access.bot_token, base_url=access.api_url, timeout=ANSWERS_WITHIN, retry_handlers=[]
    )
    about = f"writing to slack:{person}"
    try:
        opened = await calling(client.conversations_open(users=person))
        place = str(opened["channel"]["id"])
        await calling(client.chat_postMessage(channel=place, text=words))
    except PlatformError as problem:
        return _wrong(about, str(problem), _remedy_in(problem))
    return _ok(about, "the message has arrived; answer it, to see that answers are allowed")


_NETWORK = "let this machine reach Slack on port 443, or name a proxy with HTTPS_PROXY"
_MAKE_ONE = (
    "make one at api.slack.com/apps, Basic Information, App-Level Tokens, with connections:write,"
    " and put it into CHATDESK_SLACK_APP_TOKEN"
)
_SOCKET = {
    "forbidden_team": "the token belongs to an app of another workspace: make one of this app's",
    "not_allowed_token_type": f"this is no app-level token, which begins with xapp-: {_MAKE_ONE}",
}


async def _reachable(address: str) -> Finding:
    """Look whether the socket's machine answers; a socket of ours would take deliveries away."""
    parts = urlsplit(address)
    is_secure = parts.scheme == "wss"
    port = parts.port or (443 if is_secure else 80)
    try:
        async with asyncio.timeout(ANSWERS_WITHIN):
            _, writer = await asyncio.open_connection(
                parts.hostname, port, ssl=True if is_secure else None
            )
    except (OSError, TimeoutError) as error:
        return _wrong(
            "socket", f"{parts.hostname} cannot be reached: {type(error).__name__}", _NETWORK
        )
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return _ok("socket", f"{parts.hostname} answers")


def _remedy_in(problem: PlatformError) -> str:
    code = str(getattr(problem, "code", ""))
    return REMEDIES.get(code, _NETWORK if not code else "")


def _ok(about: str, said: str) -> Finding:
    return Finding(about=about, state=State.OK, said=said)


def _wrong(about: str, said: str, remedy: str) -> Finding:
    return Finding(
        about=about, state=State.WRONG, said=said.removesuffix(f": {remedy}"), remedy=remedy
    )


def _by_hand(about: str, said: str, remedy: str) -> Finding:
    return Finding(about=about, state=State.BY_HAND, said=said, remedy=remedy)
