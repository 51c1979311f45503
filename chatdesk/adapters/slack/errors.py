"""What Slack's refusals mean to the worker, and what an admin can do about them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError, SlackRequestError

from chatdesk.adapters.slack.modal import PLATFORM
from chatdesk.ports import (
    AccessLost,
    OutcomeUnknown,
    PlaceGone,
    PlatformError,
    PlatformRefused,
    RateLimited,
    Transient,
)
from chatdesk.ui.trouble_cards import remedies

T = TypeVar("T")

ASKED_TO_WAIT = timedelta(seconds=30)
"""How long to wait where Slack asks for a pause without saying how long."""

DIRECT_MESSAGES = "direct messages"
"""The place that is broken where the app may write to nobody directly."""

SHUT_OUT = frozenset(
    {
        *("invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"),
        *("app_access_restricted", "not_allowed_token_type", "org_login_required"),
        *("access_denied", "team_access_not_granted", "enterprise_is_restricted"),
        *("accesslimited", "no_permission"),
    }
)
"""Nothing works in the workspace until an admin does something. Until then everything waits."""

REMEDIES = remedies(PLATFORM)
"""Slack's word for what is broken -> what an admin can do about it."""

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
    if code in SHUT_OUT:
        return AccessLost(said(code), code=code)
    if code in REMEDIES:
        return PlaceGone(said(code), place=_wider_place(code, answer), code=code)
    return PlatformRefused(said(code))


def said(code: str) -> str:
    """Return what Slack says, and what can be done about it."""
    return f"Slack says {code}: {REMEDIES[code]}" if code in REMEDIES else f"Slack says {code}"


def _wider_place(code: str, answer: Any) -> str:
    """Name what is broken where it is more than the place that was spoken to."""
    if code == "messages_tab_disabled":
        return DIRECT_MESSAGES
    if code == "missing_scope":
        told: Any = getattr(answer, "data", answer)
        needed = told.get("needed") if isinstance(told, dict) else None
        return f"the permission {needed or 'that a call needs'}"
    return ""


def _pause(error: SlackApiError) -> timedelta:
    headers: Any = getattr(error.response, "headers", None) or {}
    found = next((headers[name] for name in headers if name.lower() == "retry-after"), "")
    try:
        return timedelta(seconds=max(1.0, float(found)))
    except (ValueError, OverflowError):
        return ASKED_TO_WAIT
