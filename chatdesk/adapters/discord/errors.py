"""What Discord's refusals mean to the worker, and what an admin can do about them."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, TypeVar

import aiohttp
import discord

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

DIRECT = "direct messages"
"""Names all direct messages together, where Discord lets the bot begin none."""

DIRECT_AGAIN = timedelta(minutes=2)
"""How long to wait where people were written to for the first time too fast."""

ASKED_TO_WAIT = timedelta(seconds=60)
"""How long to wait where Discord asks for a pause without saying how long."""

NEW_THREADS = "making new threads"
"""Names every thread that is still to be made or opened, where a server holds no more of them."""

ARCHIVED, LOCKED, TOO_MANY_MEMBERS = "50083", "160005", "30033"
OF_ONE_THREAD = frozenset({ARCHIVED, LOCKED, TOO_MANY_MEMBERS})
"""What is wrong with one thread alone, and not with the channel it hangs in."""

TOO_MANY_THREADS = "160006"
CROWDED = frozenset({TOO_MANY_THREADS, "160007"})

NO_DIRECT = frozenset({"50007", "50278"})
"""Somebody takes no direct messages."""

UNKNOWN_MEMBER, UNKNOWN_USER = "10007", "10013"
NO_MEMBER = frozenset({UNKNOWN_MEMBER, UNKNOWN_USER})
"""Somebody is not, or no longer, on the server."""

UNKNOWN_CHANNEL, UNKNOWN_SERVER = "10003", "10004"
UNKNOWN_MESSAGE = "10008"
ALREADY_ANSWERED = "40060"
UNKNOWN_INTERACTION = "10062"

QUARANTINED = "20026"
"""Discord lets the bot write to nobody directly until it has looked into it."""

UNAUTHORIZED = "401"

REMEDIES = remedies("discord")
"""What an admin can do about each of Discord's numbers for a place that cannot be written to."""

TOO_MANY_DIRECT = "40003"
LIMITING = frozenset({"20016", "20022", "20028", "20029", "30046", "31002", "40004"})

_UNAUTHORIZED, _TOO_MANY, _SERVER = 401, 429, 500


class ServerFailed(Exception):
    """Discord answered that it failed; `status` says how."""

    def __init__(self, status: int) -> None:
        """Keep the status."""
        super().__init__(f"status {status}")
        self.status = status


async def calling(call: Awaitable[T]) -> T:
    """Wait for a call to Discord, and raise its failure as one of the PlatformError family."""
    try:
        return await call
    except discord.RateLimited as error:
        raise RateLimited(timedelta(seconds=error.retry_after)) from error
    except ServerFailed as error:
        raise OutcomeUnknown(f"Discord answered {error.status}") from error
    except discord.LoginFailure as error:
        raise _no_access() from error
    except discord.HTTPException as error:
        raise meaning(error) from error
    except aiohttp.ClientConnectorError as error:
        raise Transient("Discord cannot be reached") from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        what = type(error).__name__
        raise OutcomeUnknown(f"the connection to Discord broke off: {what}") from error


def meaning(error: discord.HTTPException) -> PlatformError:  # noqa: PLR0911 - a table of cases
    """Return what a refusal means."""
    code, status = str(error.code), error.status
    if status == _UNAUTHORIZED:
        return _no_access()
    if code == QUARANTINED:
        return PlaceGone(said(code), place=DIRECT, code=code)
    if code in CROWDED:
        return PlaceGone(said(code), place=NEW_THREADS, code=code)
    if code == TOO_MANY_DIRECT:
        return RateLimited(DIRECT_AGAIN)
    if status == _TOO_MANY or code in LIMITING:
        return RateLimited(_pause(error))
    if status >= _SERVER:
        return OutcomeUnknown(f"Discord answered {status}")
    if code in REMEDIES:
        return PlaceGone(said(code), code=code)
    return Refusal(f"Discord says {code}", code=code)


def said(code: str) -> str:
    """Return what Discord said, with what an admin can do about it."""
    remedy = REMEDIES[code]
    return f"Discord says {code}: {remedy}" if code.isdigit() else remedy


class Refusal(PlatformRefused):
    """Discord will never accept this as it is; `code` is its number for why."""

    def __init__(self, why: str, *, code: str) -> None:
        """Say in a sentence what was refused."""
        super().__init__(why)
        self.code = code


def code_of(error: PlatformError) -> str:
    """Return Discord's number for a failure, empty where it said none."""
    return str(getattr(error, "code", ""))


def _no_access() -> AccessLost:
    return AccessLost(said(UNAUTHORIZED), code=UNAUTHORIZED)


def _pause(error: discord.HTTPException) -> timedelta:
    headers: Any = getattr(error.response, "headers", None) or {}
    try:
        return timedelta(seconds=max(1.0, float(headers.get("Retry-After", ""))))
    except (ValueError, OverflowError):
        return ASKED_TO_WAIT
