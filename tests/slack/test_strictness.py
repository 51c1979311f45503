"""What the loopback Slack refuses, and with which words: a row a rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.bolt_app import client_for
from tests.slack.faults import Fault
from tests.slack.loopback import LoopbackSlack
from tests.slack.methods import METHODS
from tests.slack.samples import modal, section
from tests.slack.things import Json

Prepare = Callable[[LoopbackSlack], Any]


def _archived(slack: LoopbackSlack) -> None:
    slack.workspace.channels["CHELP"].is_archived = True


def _nobody(_: LoopbackSlack) -> None:
    """Everything is as it was."""


def _without(*scopes: str) -> Prepare:
    return lambda slack: slack.app.scopes.difference_update(scopes)


def _no_home(slack: LoopbackSlack) -> None:
    slack.app.has_home_tab = False


def _no_messages_tab(slack: LoopbackSlack) -> None:
    slack.app.has_messages_tab = False


def _trouble(error: str) -> Prepare:
    return lambda slack: setattr(slack.app, "token_trouble", error)


POST = {"channel": "CHELP", "text": "x"}
METADATA = {"event_type": "row", "event_payload": {"id": "x" * 16_000}}
BAD = "invalid_arguments"
REFUSED: list[tuple[str, str, Json, str]] = [
    ("unknown method", "chat.shout", {}, "unknown_method"),
    ("unknown argument", "chat.postMessage", {**POST, "blink": 1}, BAD),
    ("missing argument", "chat.postMessage", {"text": "x"}, BAD),
    ("no text", "chat.postMessage", {"channel": "CHELP", "text": " "}, "no_text"),
    ("40,001 long", "chat.postMessage", {**POST, "text": "x" * 40_001}, "msg_too_long"),
    ("unknown channel", "chat.postMessage", {**POST, "channel": "CNONE"}, "channel_not_found"),
    ("a name", "chat.postMessage", {**POST, "channel": "#it-help"}, "channel_not_found"),
    ("not a member", "chat.postMessage", {**POST, "channel": "CELSE"}, "not_in_channel"),
    ("hidden", "chat.postMessage", {**POST, "channel": "CHIDE"}, "channel_not_found"),
    ("no thread", "chat.postMessage", {**POST, "thread_ts": "1.1"}, "thread_not_found"),
    ("to a bot", "chat.postMessage", {**POST, "channel": "UBOT"}, "cannot_dm_bot"),
    ("to who left", "chat.postMessage", {**POST, "channel": "UGONE"}, "user_disabled"),
    (
        "bad metadata",
        "chat.postMessage",
        {**POST, "metadata": {"id": 1}},
        "invalid_metadata_format",
    ),
    ("big metadata", "chat.postMessage", {**POST, "metadata": METADATA}, "metadata_too_large"),
    ("no message", "chat.update", {**POST, "ts": "1.1"}, "message_not_found"),
    ("theirs", "chat.update", {**POST, "ts": "$said"}, "cant_update_message"),
    ("4,001 long", "chat.update", {**POST, "ts": "$own", "text": "x" * 4001}, "msg_too_long"),
    ("theirs to delete", "chat.delete", {"channel": "CHELP", "ts": "$said"}, "cant_delete_message"),
    ("not there", "chat.postEphemeral", {**POST, "user": "UANN"}, "user_not_in_channel"),
    (
        "no message to link",
        "chat.getPermalink",
        {"channel": "CHELP", "message_ts": "1.1"},
        "message_not_found",
    ),
    ("unknown person", "conversations.open", {"users": "UNONE"}, "user_not_found"),
    ("who left", "conversations.open", {"users": "UGONE"}, "user_disabled"),
    ("two people", "conversations.open", {"users": "UJO,UKIM"}, "missing_scope"),
    ("history outside", "conversations.history", {"channel": "CELSE"}, "not_in_channel"),
    (
        "no such thread",
        "conversations.replies",
        {"channel": "CHELP", "ts": "1.1"},
        "thread_not_found",
    ),
    ("limit 1001", "conversations.replies", {"channel": "CHELP", "ts": "$own", "limit": 1001}, BAD),
    ("bad cursor", "conversations.history", {"channel": "CHELP", "cursor": "?"}, "invalid_cursor"),
    (
        "bad oldest",
        "conversations.history",
        {"channel": "CHELP", "oldest": "now!"},
        "invalid_ts_oldest",
    ),
    ("no such kind", "conversations.list", {"types": "secret"}, "invalid_types"),
    ("no join scope", "conversations.join", {"channel": "CELSE"}, "missing_scope"),
    ("nobody", "users.info", {"user": "UNONE"}, "user_not_found"),
    ("no address", "users.lookupByEmail", {"email": "x@example.org"}, "users_not_found"),
    ("left", "users.lookupByEmail", {"email": "gone@example.org"}, "users_not_found"),
    ("no groups scope", "usergroups.users.list", {"usergroup": "SDESK"}, "missing_scope"),
    (
        "odd emoji",
        "reactions.add",
        {"channel": "CHELP", "timestamp": "$own", "name": ":ok:"},
        "invalid_name",
    ),
    (
        "none there",
        "reactions.remove",
        {"channel": "CHELP", "timestamp": "$own", "name": "ok"},
        "no_reaction",
    ),
    ("a form for a home", "views.publish", {"user_id": "UJO", "view": modal()}, BAD),
    ("no trigger", "views.open", {"view": modal()}, BAD),
    ("odd trigger", "views.open", {"view": modal(), "trigger_id": "1.2.x"}, "invalid_trigger_id"),
    ("closed view", "views.update", {"view": modal(), "view_id": "V1"}, "not_found"),
    ("empty file", "files.getUploadURLExternal", {"filename": "a", "length": 0}, BAD),
    ("not uploaded", "files.completeUploadExternal", {"files": [{"id": "F1"}]}, "file_not_found"),
]
REFUSED_AFTER: list[tuple[str, str, Json, Prepare, str]] = [
    ("archived", "chat.postMessage", POST, _archived, "is_archived"),
    (
        "tab off",
        "chat.postMessage",
        {**POST, "channel": "UJO"},
        _no_messages_tab,
        "messages_tab_disabled",
    ),
    ("no scope", "chat.postMessage", POST, _without("chat:write"), "missing_scope"),
    ("no im:write", "conversations.open", {"users": "UJO"}, _without("im:write"), "missing_scope"),
    (
        "no history scope",
        "conversations.history",
        {"channel": "CHELP"},
        _without("channels:history"),
        "missing_scope",
    ),
    (
        "private ones",
        "conversations.list",
        {"types": "private_channel"},
        _without("groups:read"),
        "missing_scope",
    ),
    (
        "no home",
        "views.publish",
        {"user_id": "UJO", "view": {"type": "home", "blocks": []}},
        _no_home,
        "not_enabled",
    ),
    ("revoked", "auth.test", {}, _trouble("token_revoked"), "token_revoked"),
    ("inactive", "auth.test", {}, _trouble("account_inactive"), "account_inactive"),
]
EVERY_REFUSAL = [*((*row[:3], _nobody, row[3]) for row in REFUSED), *REFUSED_AFTER]


@pytest.mark.parametrize(
    ("why", "method", "arguments", "prepare", "error"),
    EVERY_REFUSAL,
    ids=[row[0] for row in EVERY_REFUSAL],
)
async def test_calls_against_the_rules_are_refused(
    slack: LoopbackSlack, why: str, method: str, arguments: Json, prepare: Prepare, error: str
) -> None:
    slack.channel("CELSE", "elsewhere", "UJO", has_app=False)
    slack.channel("CHIDE", "hidden", "UJO", kind="private", has_app=False)
    slack.user("UGONE", "gone", is_deactivated=True)
    slack.user("UBOT", "robot", is_bot=True)
    slack.user("UANN")
    client = client_for(slack)
    said = await slack.says("UMARA", "CHELP", "said")
    own = (await client.chat_postMessage(channel="CHELP", text="own"))["ts"]
    known = {"$said": said.ts, "$own": own}
    arguments = {k: known.get(v, v) if isinstance(v, str) else v for k, v in arguments.items()}
    prepare(slack)
    with pytest.raises(SlackApiError) as refused:
        await called(client, slack, method, arguments)
    assert refused.value.response["error"] == error
    assert slack.calls[-1].verdict == error


async def called(
    client: AsyncWebClient, slack: LoopbackSlack, method: str, arguments: Json
) -> None:
    takes_json = method in METHODS and slack.reference.method(method).takes_json
    is_get = method in METHODS and slack.reference.method(method).http_method == "GET"
    if takes_json and not is_get:
        await client.api_call(method, json=arguments)
    else:
        await client.api_call(method, http_verb="GET" if is_get else "POST", params=arguments)


async def test_a_missing_scope_says_what_is_needed_and_what_there_is(
    slack: LoopbackSlack,
) -> None:
    slack.app.scopes = {"commands", "users:read"}
    with pytest.raises(SlackApiError) as refused:
        await client_for(slack).chat_postMessage(channel="CHELP", text="x")
    answer = refused.value.response
    assert (answer["needed"], answer["provided"]) == ("chat:write", "commands,users:read")


@pytest.mark.parametrize(
    ("why", "token", "error"),
    [
        ("none", "", "not_authed"),
        ("a wrong one", "xoxb-wrong", "invalid_auth"),
        ("the app's own", "xapp-loopback", "not_allowed_token_type"),
    ],
)
async def test_only_the_bot_token_calls_methods(
    slack: LoopbackSlack, why: str, token: str, error: str
) -> None:
    client = AsyncWebClient(token=token, base_url=slack.api_url, retry_handlers=[])
    with pytest.raises(SlackApiError) as refused:
        await client.auth_test()
    assert refused.value.response["error"] == error


async def test_only_the_app_token_with_its_scope_opens_sockets(slack: LoopbackSlack) -> None:
    client = client_for(slack)
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        await client.apps_connections_open(app_token=slack.app.bot_token)
    slack.app.app_token_scopes.clear()
    with pytest.raises(SlackApiError, match="missing_scope"):
        await client.apps_connections_open(app_token=slack.app.app_token)


REQUESTS: list[tuple[str, str, Json, str]] = [
    (
        "JSON where only forms are read",
        "users.info",
        {"json": {"user": "UJO"}, "charset": True},
        "invalid_arguments",
    ),
    (
        "another type",
        "chat.postMessage",
        {"data": b"<a/>", "type": "text/xml"},
        "invalid_post_type",
    ),
    (
        "broken JSON",
        "chat.postMessage",
        {"data": b"{", "type": "application/json"},
        "invalid_json",
    ),
    (
        "a list",
        "chat.postMessage",
        {"data": b"[1]", "type": "application/json"},
        "json_not_object",
    ),
]


@pytest.mark.parametrize(
    ("why", "method", "request_", "error"), REQUESTS, ids=[row[0] for row in REQUESTS]
)
async def test_content_types_matter(
    slack: LoopbackSlack, why: str, method: str, request_: Json, error: str
) -> None:
    headers = {"Authorization": f"Bearer {slack.app.bot_token}"}
    more: Json = {}
    if "json" in request_:
        more["json"] = request_["json"]
    else:
        more["data"] = request_["data"]
        headers["Content-Type"] = request_["type"]
    url = slack.api_url + method
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, headers=headers, **more) as response,
    ):
        assert (await response.json())["error"] == error


async def test_a_token_inside_json_does_not_count(slack: LoopbackSlack) -> None:
    body = {**POST, "token": slack.app.bot_token}
    url = slack.api_url + "chat.postMessage"
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
        assert (await response.json())["error"] == "not_authed"


async def test_a_method_that_writes_is_not_called_with_get(slack: LoopbackSlack) -> None:
    client = client_for(slack)
    with pytest.raises(SlackApiError, match="insecure_request"):
        await client.api_call("chat.postMessage", http_verb="GET", params=POST)
    assert slack.messages("CHELP") == []


async def test_blocks_without_a_text_are_complained_about(slack: LoopbackSlack) -> None:
    with pytest.warns(UserWarning, match="text"):
        await client_for(slack).chat_postMessage(channel="CHELP", blocks=[section("x")])
    assert len(slack.complaints) == 1


async def test_ids_have_the_shape_of_slacks_own(slack: LoopbackSlack) -> None:
    for wrong in ("mara", "U_MARA", "CMARA"):
        with pytest.raises(ValueError, match="cannot be the id"):
            slack.user(wrong)


async def test_every_modelled_method_is_in_the_reference(slack: LoopbackSlack) -> None:
    for method in METHODS:
        assert slack.reference.method(method).name == method


async def test_a_planned_fault_that_did_not_happen_can_be_seen(slack: LoopbackSlack) -> None:
    slack.next("chat.postMessage", Fault.drop())
    assert slack.api.faults.left == {"chat.postMessage": 1}
