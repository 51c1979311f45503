"""What Slack serves besides its methods: upload addresses, files, response addresses."""

from __future__ import annotations

import json

from aiohttp import web

from tests.slack.happenings import message_changed, message_posted
from tests.slack.methods_chat import POST_TEXT, Content, checked_content, take_away, whisper
from tests.slack.methods_files import take_upload
from tests.slack.reference import Reference
from tests.slack.shapes import message_json
from tests.slack.things import ApiRefused, Json, Message, ResponseUrl
from tests.slack.web_api import WebApi
from tests.slack.workspace import Workspace

LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head></html>"
RESPONSE_FIELDS = {
    "text",
    "blocks",
    "attachments",
    "response_type",
    "replace_original",
    "delete_original",
    "thread_ts",
    "metadata",
    "unfurl_links",
    "unfurl_media",
    "mrkdwn",
}


class SideDoors:
    """The addresses that Slack hands out, each through the same faults as the methods."""

    def __init__(self, slack: Workspace, reference: Reference, api: WebApi) -> None:
        self.slack = slack
        self.reference = reference
        self.api = api

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """The second step of an upload: the bytes as the body."""

        async def work() -> web.Response:
            try:
                said = take_upload(self.slack, request.match_info["key"], await request.read())
            except ApiRefused as refused:
                return web.Response(status=400, text=refused.error)
            return web.Response(text=said)

        return await self.api.answer_aside(request, "upload", work)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A file's bytes; without the token or the scope a page to sign in, with status 200."""

        async def work() -> web.Response:
            file = self.slack.files.get(request.match_info["place"].partition("-")[2])
            bearer = f"Bearer {self.slack.app.bot_token}"
            if request.headers.get("Authorization") != bearer:
                return web.Response(text=LOGIN_PAGE, content_type="text/html")
            if "files:read" not in self.slack.app.scopes:
                return web.Response(text=LOGIN_PAGE, content_type="text/html")
            if file is None or file.content is None:
                return web.Response(status=404, text="file_not_found")
            return web.Response(body=file.content, content_type=file.mimetype)

        return await self.api.answer_aside(request, "download", work)

    async def respond(self, request: web.Request) -> web.StreamResponse:
        """A response address: five answers within half an hour."""

        async def work() -> web.Response:
            try:
                given = json.loads(await request.read())
                self._respond(request.match_info["key"], given)
            except ValueError:
                return web.Response(status=400, text="invalid_payload")
            except ApiRefused as refused:
                gone = refused.error.endswith("_url")
                body = {"ok": False, "error": refused.error, **refused.more}
                return web.json_response(body, status=404 if gone else 400)
            return web.Response(text="ok")

        return await self.api.answer_aside(request, "response_url", work)

    def _respond(self, key: str, given: Json) -> None:
        unknown = sorted(set(given) - RESPONSE_FIELDS)
        if unknown:
            raise ApiRefused("invalid_payload", f"unknown fields: {', '.join(unknown)}")
        original = self.slack.response_urls.get(key)
        wipes = given.get("delete_original") and original is not None
        content = (
            Content("", [], [])
            if wipes
            else checked_content(self.slack, self.reference, given, POST_TEXT)
        )
        address = self.slack.use_response_url(key)
        say(self.slack, address, given, content)


def say(slack: Workspace, address: ResponseUrl, given: Json, content: Content) -> None:
    """Do what an answer to an interaction asks for: show, replace or take away."""
    message = address.message
    if given.get("delete_original") and message is not None:
        if message.ephemeral_for:
            slack.ephemerals.remove(message)
        else:
            take_away(slack, message)
    elif given.get("replace_original") and message is not None:
        before = message_json(slack, message)
        message.versions.append((message.text, message.blocks))
        message.text, message.blocks = content.text, content.blocks
        message.attachments = content.attachments
        if not message.ephemeral_for:
            message.edited_at = slack.new_ts()
            slack.announce(message_changed(slack, message, before))
    elif given.get("response_type", "ephemeral") == "in_channel":
        _post(slack, address.channel, content, given.get("thread_ts"))
    else:
        channel = slack.channels[address.channel]
        whisper(slack, channel, address.user, content, given.get("thread_ts"))


def _post(slack: Workspace, channel: str, content: Content, thread_ts: str | None) -> None:
    message = Message(
        ts=slack.new_ts(),
        channel=channel,
        user=slack.app.bot_user,
        bot_id=slack.app.bot_id,
        text=content.text,
        blocks=content.blocks,
        attachments=content.attachments,
        thread_ts=thread_ts,
    )
    slack.keep(message)
    slack.announce(message_posted(slack, message))
