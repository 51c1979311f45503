"""The Bolt app: which listener takes which delivery."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from chatdesk.adapters.slack.clicks import Clicks
from chatdesk.adapters.slack.events import Events
from chatdesk.adapters.slack.installations import Installations
from chatdesk.adapters.slack.modal import FIELD
from chatdesk.adapters.slack.submissions import Submissions
from chatdesk.adapters.slack.words import Words
from chatdesk.adapters.slack.workspaces import carrying, hear_from
from chatdesk.ports import StoreUnavailable

ANY = re.compile(".*")

UNKNOWN_HERE = "Slack does not tell which app this is at the moment; try again in a minute."

logger = logging.getLogger(__name__)


Listener = Callable[[AsyncAck, Mapping[str, Any]], Awaitable[None]]

COMMAND, VIEW = "command", "view_submission"
"""What people wait for most."""


class _App(AsyncApp):
    """Bolt, which acknowledges by itself what came while Slack did not tell who the app is.

    What it does anew for each delivery takes longer than many an answer: a client, all that a
    listener might ask for, a search for who listens. For commands and forms of the one workspace
    the outcome is always the same, so once Bolt has taken one, those after it go straight.
    """

    def __init__(self, *, straight: Mapping[str, Listener], **settings: Any) -> None:
        super().__init__(**settings)
        self._straight = straight
        self._is_known = False

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Take a delivery; one that no listener was given is refused, so that it comes again."""
        listener = self._straight.get(_kind(req.body))
        if listener is not None and self._is_known:
            return await _heard(listener, req.body)
        answer = await super().async_dispatch(req)
        if answer.body == UNKNOWN_HERE:
            return BoltResponse(status=503)
        if listener is not None and answer.status == HTTPStatus.OK:
            self._is_known = True  # Bolt asks Slack who the app is once, before the first
        return answer


def bolt_app(
    client: AsyncWebClient,
    words: Words,
    clicks: Clicks,
    submissions: Submissions,
    events: Events,
    *,
    installations: Installations | None = None,
) -> AsyncApp:
    """Return the app. Whatever calls it has made sure that Slack is speaking.

    A listener ends before Slack is answered, so that what was answered was done. With
    `installations` it hears several workspaces.
    """
    is_one_workspace = installations is None
    straight = {COMMAND: clicks.command, VIEW: submissions.submitted}
    app = _App(
        straight=straight if is_one_workspace else {},
        logger=logging.getLogger("slack_bolt.desk"),
        client=client,
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        attaching_function_token_enabled=False,
        user_facing_authorize_error_message=UNKNOWN_HERE,
        installation_store=installations,
    )

    async def message(body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await words.heard(body, context.bot_user_id or "")

    async def command(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        await clicks.command(ack, body)

    async def action(ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        actions = body.get("actions") or [{}]
        if actions[0].get("action_id") == FIELD:
            await submissions.changed(ack, body)
        else:
            await clicks.action(ack, body, context.bot_user_id or "")

    async def shortcut(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        await clicks.shortcut(ack, body)

    async def view(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        await submissions.submitted(ack, body)

    async def event(body: Mapping[str, Any]) -> None:
        await events.heard(body)

    async def nothing(ack: AsyncAck) -> None:
        await ack()

    # Bolt asks one after another; somebody waits for what comes first here.
    app.command(ANY)(command)
    app.view(ANY)(view)
    app.action(ANY)(action)
    app.shortcut(ANY)(shortcut)
    app.event("message")(message)
    app.event("app_mention")(message)
    for kind in events.kinds:
        app.event(kind)(event)
    app.event(ANY)(nothing)
    app.error(_failed)
    return app


def _kind(body: Mapping[str, Any]) -> str:
    """Return which of those that can go straight a delivery is; empty for any other."""
    if isinstance(body.get("command"), str):
        return COMMAND
    view = body.get("view") if body.get("type") == VIEW else None
    is_form = isinstance(view, Mapping) and isinstance(view.get("callback_id"), str)
    return VIEW if is_form else ""


async def _heard(listener: Listener, body: Mapping[str, Any]) -> BoltResponse:
    ack = AsyncAck()  # type: ignore[no-untyped-call]  # slack_bolt gives it no types
    try:
        await listener(ack, body)
    except Exception as error:  # noqa: BLE001 - refused, and logged, like what Bolt takes
        return await _failed(error)
    return ack.response or BoltResponse(status=HTTPStatus.NOT_FOUND)


def from_workspace(first: str) -> Callable[..., Awaitable[BoltResponse]]:
    """Let what is delivered say which workspace it comes from, and answers go there."""

    async def middleware(
        body: dict[str, Any],
        context: AsyncBoltContext,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - Bolt's name
    ) -> BoltResponse:
        team = context.team_id or ""
        hear_from("" if team == first else team)
        if team and team != first:
            told = carrying(body, team)
            body.clear()
            body.update(told)
            context["bot_user_id"] = f"{context.bot_user_id}@{team}"
        return await next()

    return middleware


async def _failed(error: Exception) -> BoltResponse:
    """Refuse a delivery, so that Slack brings it again; say why without what people wrote."""
    if isinstance(error, StoreUnavailable):
        logger.warning("a delivery was refused: the store does not answer")
    else:
        logger.error("a delivery was refused", exc_info=error)
    return BoltResponse(status=503)
