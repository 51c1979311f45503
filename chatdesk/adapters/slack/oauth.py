"""Installs the app in further workspaces of the organisation, by the browser of an admin there.

Only workspaces that are named in the settings are taken: whoever else finds the page learns how to
be named, and their token is given back. A state is good once, for ten minutes, in the browser that
it was made for.
"""

from __future__ import annotations

import asyncio
import hashlib
import html
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode, urljoin

from fastapi import APIRouter
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from chatdesk.adapters.slack.errors import calling
from chatdesk.adapters.slack.installations import Installations, Installed
from chatdesk.adapters.slack.manifest import REDIRECT
from chatdesk.ports import PlatformError

INSTALL = "/slack/install"
COOKIE = "chatdesk_slack_install"

STATE_LIVES = 600
"""Seconds."""

WITHIN = 10

logger = logging.getLogger(__name__)


class States(Protocol):
    """States that were given out, by their digests. Both calls block."""

    def add(self, digest: str, lives: int) -> None:
        """Keep one for so many seconds."""

    def take(self, digest: str) -> bool:
        """Use one up; False if it was never given, was used, or is too old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth:
    """The app as it can be installed: its client, where it answers, and the workspaces allowed.

    `workspaces` are ids; the ids of people and places in the first of them carry nothing.
    """

    client_id: str
    client_secret: str
    public_url: str
    workspaces: tuple[str, ...]
    scopes: tuple[str, ...]
    api_url: str


class InstallPage:
    """Two pages: one to begin, one to come back to. `installed` is told each new workspace."""

    def __init__(
        self,
        oauth: OAuth,
        installations: Installations,
        states: States,
        installed: Callable[[str], Awaitable[None]],
    ) -> None:
        self._oauth = oauth
        self._installations = installations
        self._states = states
        self._installed = installed
        self.router = APIRouter()
        self.router.add_route(INSTALL, self._offer, methods=["GET"])
        self.router.add_route(INSTALL, self._begin, methods=["POST"])
        self.router.add_route(REDIRECT, self._come_back, methods=["GET"])
        self.body_limits: Mapping[str, int] = {INSTALL: 1000}

    @property
    def _return_to(self) -> str:
        return urljoin(self._oauth.public_url, REDIRECT)

    async def _offer(self, _: Request) -> Response:
        names = ", ".join(one.name or one.team for one in self._installations.all())
        here = f"<p>The app is installed in {html.escape(names)}.</p>" if names else ""
        form = (
            f'<form method="post" action="{INSTALL}"><button>Install in a workspace</button></form>'
        )
        return _page("Install the help desk in Slack", here + form)

    async def _begin(self, request: Request) -> Response:
        """Make a state; Slack is behind a link, for a form may lead nowhere else."""
        state = secrets.token_urlsafe(32)
        await asyncio.to_thread(self._states.add, _digest(state), STATE_LIVES)
        asked = {
            "client_id": self._oauth.client_id,
            "scope": ",".join(self._oauth.scopes),
            "state": state,
            "redirect_uri": self._return_to,
        }
        address = f"{urljoin(self._oauth.api_url, '/oauth/v2/authorize')}?{urlencode(asked)}"
        page = _page(
            "One step more",
            f'<p><a href="{html.escape(address)}">Choose the workspace in Slack</a>, and allow the'
            " app. The link is good for ten minutes.</p>",
        )
        page.set_cookie(
            COOKIE,
            state,
            max_age=STATE_LIVES,
            path=REDIRECT,
            httponly=True,
            samesite="lax",
            secure=self._oauth.public_url.startswith("https:"),
        )
        return page

    async def _come_back(self, request: Request) -> Response:
        state, code = (request.query_params.get(one, "") for one in ("state", "code"))
        is_same = secrets.compare_digest(state.encode(), request.cookies.get(COOKIE, "").encode())
        if (
            not state
            or not is_same
            or not await asyncio.to_thread(self._states.take, _digest(state))
        ):
            return _refused(
                "This link was used already, is too old, or belongs to another browser."
            )
        if not code:
            return _refused("Slack did not allow it. Nothing was installed.")
        try:
            return await self._exchange(code)
        except PlatformError as problem:
            logger.warning("an installation failed: %s", problem)
            return _refused("Slack did not accept the installation.")

    async def _exchange(self, code: str) -> Response:
        client = AsyncWebClient(base_url=self._oauth.api_url, timeout=WITHIN, retry_handlers=[])
        answer = await calling(
            client.api_call(
                "oauth.v2.access",
                data={
                    "client_id": self._oauth.client_id,
                    "client_secret": self._oauth.client_secret,
                    "code": code,
                    "redirect_uri": self._return_to,
                },
            )
        )
        told: Any = answer.data
        team, token = str((told.get("team") or {}).get("id") or ""), str(told["access_token"])
        if team not in self._oauth.workspaces:
            client.token = token
            await calling(client.auth_revoke())
            logger.warning("an installation in %s was refused: it is not in the settings", team)
            return _refused(
                f"The workspace {html.escape(team)} is not one of this desk's. Whoever runs the"
                " desk adds it to CHATDESK_SLACK_WORKSPACES."
            )
        client.token = token
        whoami: Any = (await calling(client.auth_test())).data
        installed = Installed(
            team=team,
            name=str((told.get("team") or {}).get("name") or team),
            token=token,
            bot_user=str(told.get("bot_user_id") or whoami.get("user_id") or ""),
            bot_id=str(whoami.get("bot_id") or ""),
            scopes=str(told.get("scope") or ""),
            installed_by=str((told.get("authed_user") or {}).get("id") or ""),
        )
        await self._installations.add(installed)
        await self._installed(team)
        logger.info("the app was installed in %s", team)
        name = html.escape(installed.name)
        return _page(
            "Installed", f"<p>The help desk is in {name} now. Write it a message there.</p>"
        )


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def _refused(sentence: str) -> Response:
    again = f'<p><a href="{INSTALL}">Begin again</a></p>'
    return _page("Not installed", f"<p>{sentence}</p>{again}", status=400)


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><main><h1>{title}</h1>{body}</main></html>",
        status_code=status,
        headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"},
    )
