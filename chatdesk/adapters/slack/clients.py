"""The one client of a desk in several workspaces: each call goes out with the right token."""

from __future__ import annotations

from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from chatdesk.adapters.slack.errors import SHUT_OUT, code_of
from chatdesk.adapters.slack.installations import Installations
from chatdesk.adapters.slack.workspaces import bare, carrying, spoken_in
from chatdesk.ports import PlaceGone

PARTS = ("params", "json", "data")
"""Where a call's arguments stand."""


def place_of(team: str) -> str:
    """Name a workspace that cannot be spoken in, as something to be mended."""
    return f"the workspace {team}"


class WorkspacesClient(AsyncWebClient):
    """Chooses the token by the workspace that the ids of a call carry, and takes it off them.

    A call that names no place and nobody goes to the workspace that is being spoken in. What comes
    back carries it again.
    """

    def __init__(self, installations: Installations, first: str, **more: Any) -> None:
        """Speak with these installations; `token` is that of the workspace `first`, if not there.

        The first workspace's ids carry nothing.
        """
        super().__init__(**more)
        self._installations = installations
        self._first = first

    async def api_call(self, api_method: str, **asked: Any) -> AsyncSlackResponse:
        """Make a call; PlaceGone where the app is not installed."""
        parts = [asked[one] for one in PARTS if isinstance(asked.get(one), dict)]
        if any(part.get("token") for part in parts):
            return await super().api_call(api_method, **asked)  # somebody chose already
        named: set[str] = set()
        sent = {
            name: bare(one, named) if name in PARTS and isinstance(one, dict) else one
            for name, one in asked.items()
        }
        team = min(named) if named else spoken_in()
        headers = {"Authorization": f"Bearer {self.token_in(team)}"}
        sent["headers"] = {**(asked.get("headers") or {}), **headers}
        try:
            answer = await super().api_call(api_method, **sent)
        except SlackApiError as error:
            if code_of(error) in SHUT_OUT:
                code = code_of(error)
                raise PlaceGone(
                    f"Slack says {code}: install the app in {place_of(team or self._first)} again",
                    place=place_of(team or self._first),
                    code=code,
                ) from error
            raise
        if team and isinstance(answer.data, dict):
            answer.data = carrying(answer.data, team)
        return answer

    def token_in(self, team: str) -> str:
        """Return the token of a workspace; PlaceGone where the app is not installed."""
        installed = self._installations.get(team or self._first)
        if installed is not None:
            return installed.token
        if not team and self.token:
            return self.token
        raise PlaceGone(
            f"the app is not installed in {place_of(team or self._first)}: install it there",
            place=place_of(team or self._first),
            code="not_installed",
        )
