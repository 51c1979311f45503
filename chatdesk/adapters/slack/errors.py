"""What Slack's refusals mean to the worker, and what an admin can do about them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError, SlackRequestError

from chatdesk.ports import (
    OutcomeUnknown,
    PlaceGone,
    PlatformError,
    PlatformRefused,
    RateLimited,
    Transient,
)

T = TypeVar("T")

ASKED_TO_WAIT = timedelta(seconds=30)
"""How long to wait where Slack asks for a pause without saying how long."""

REMEDIES: dict[str, str] = {
    "not_in_channel": "invite the app into the channel",
    "channel_not_found": "check the channel's id in desk.yaml, and invite the app if it is private",
    "is_archived": "unarchive the channel, or give the queue another home",
    "user_not_found": "the person is not in this workspace",
    "user_disabled": "the person's account is deactivated",
    "cannot_dm_bot": "a bot cannot be written to",
    "messages_tab_disabled": "switch the Messages tab of the App Home on",
    "not_in_workspace": "install the app in this workspace",
    "restricted_action": "let apps post in this channel, in the workspace's settings",
    "restricted_action_read_only_channel": "let apps post in this channel",
    "restricted_action_thread_locked": "an admin locked this thread",
    "restricted_action_non_threadable_channel": "allow threads in this channel",
    "restricted_action_thread_only_channel": "allow posts in this channel",
    "ekm_access_denied": "let the app post, in the organisation's key management",
    "users_not_found": "the person is not in this workspace",
}
"""The place cannot be written to: error -> what an admin can do."""

ACCESS: dict[str, str] = {
    "invalid_auth": "put the app's current bot token into the environment",
    "not_authed": "put the app's bot token into the environment",
    "token_revoked": "install the app again and put its new bot token into the environment",
    "token_expired": "put the app's current bot token into the environment",
    "account_inactive": "install the app again: its account was removed",
    "app_access_restricted": "let people use the app, in the workspace's settings",
    "missing_scope": "install the app again from the manifest, which asks for every scope",
    "not_allowed_token_type": "use the bot token, which begins with xoxb-",
    "org_login_required": "the workspace is moving to an organisation; wait until that is over",
    "access_denied": "allow the app in the workspace's settings",
}
"""Nothing works until an admin does something: error -> what. Until then everything waits."""

AMBIGUOUS = frozenset(
    {"fatal_error", "internal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)
"""It may have been done all the same."""

LIMITING = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})

_SERVER = 500
_TOO_MANY = 429


async def calling(call: Awaitable[T]) -> T:
    """Wait for a call to Slack, and raise its failure as one of the PlatformError family."""
    try:
        return await call
    except SlackApiError as error:
        raise meaning(error) from error
    except aiohttp.ClientConnectorError as error:
        raise Transient("Slack cannot be reached") from error
    except (aiohttp.ClientError, asyncio.IncompleteReadError, TimeoutError, OSError) as error:
        raise OutcomeUnknown(
            f"the connection to Slack broke off: {type(error).__name__}"
        ) from error
    except SlackRequestError as error:
        raise PlatformRefused("the request could not be made") from error
    except SlackClientError as error:
        raise OutcomeUnknown(f"no answer from Slack: {type(error).__name__}") from error


def code_of(error: SlackApiError) -> str:
    """Return Slack's word for what went wrong, empty if it said none."""
    answer: Any = getattr(error.response, "data", error.response)
    # Behind a broken proxy an answer can be a text, or nothing.
    return str(answer.get("error") or "") if isinstance(answer, dict) else ""


def meaning(error: SlackApiError) -> PlatformError:
    """Return what a refusal means."""
    code = code_of(error)
    answer: Any = error.response
    status = int(getattr(answer, "status_code", 0) or getattr(answer, "status", 0) or 0)
    if status == _TOO_MANY or code in LIMITING:
        return RateLimited(_pause(error))
    if status >= _SERVER or code in AMBIGUOUS or not code:
        return OutcomeUnknown(f"Slack answered {code or status}")
    if code in REMEDIES:
        return PlaceGone(f"Slack says {code}: {REMEDIES[code]}")
    if code in ACCESS:
        return Transient(f"Slack says {code}: {ACCESS[code]}")
    return PlatformRefused(f"Slack says {code}")


def _pause(error: SlackApiError) -> timedelta:
    headers: Any = getattr(error.response, "headers", None) or {}
    found = next((headers[name] for name in headers if name.lower() == "retry-after"), "")
    try:
        return timedelta(seconds=max(1.0, float(found)))
    except (ValueError, OverflowError):
        return ASKED_TO_WAIT
