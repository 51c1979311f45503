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

T = TypeVar("T")

DIRECT = "direct messages"
"""Names all direct messages together, where Discord lets the bot begin none."""

DIRECT_AGAIN = timedelta(minutes=2)
"""How long to wait where people were written to for the first time too fast."""

ASKED_TO_WAIT = timedelta(seconds=60)
"""How long to wait where Discord asks for a pause without saying how long."""

ARCHIVED = "50083"
UNKNOWN_MESSAGE = "10008"
ALREADY_ANSWERED = "40060"
UNKNOWN_INTERACTION = "10062"

REMEDIES: dict[str, str] = {
    "10003": "the channel is gone: give the queue another home, or name another support channel",
    "10004": "invite the bot to the server",
    "10013": "there is nobody with this id",
    "30033": "the thread has as many members as it can hold",
    "40067": "this forum wants a tag on every post: switch that off",
    "50001": "let the bot see the channel: View Channel",
    "50007": "this person takes no direct messages from the server's members",
    "50013": "give the bot back the permissions of its invitation",
    "50024": "this kind of channel cannot be used: a forum, or for support a text channel",
    ARCHIVED: "the thread is archived: let the bot manage threads",
    "50278": "this person shares no server with the bot",
    "160005": "the thread is locked: let the bot manage threads",
    "160006": "the server has as many active threads as it can hold: archive some",
    "160007": "the forum has as many active posts as it can hold: archive some",
}
"""The place cannot be written to: error -> what an admin can do."""

QUARANTINED = "20026"
"""Discord lets the bot write to nobody directly until it has looked into it."""

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
        why = "Discord lets the bot write to nobody: see the developer portal, and appeal there"
        return PlaceGone(f"{why} ({code})", place=DIRECT, code=code)
    if code == TOO_MANY_DIRECT:
        return RateLimited(DIRECT_AGAIN)
    if status == _TOO_MANY or code in LIMITING:
        return RateLimited(_pause(error))
    if status >= _SERVER:
        return OutcomeUnknown(f"Discord answered {status}")
    if code in REMEDIES:
        return PlaceGone(f"Discord says {code}: {REMEDIES[code]}", code=code)
    return Refusal(f"Discord says {code}", code=code)


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
    return AccessLost("put the bot's current token into the environment", code="401")


def _pause(error: discord.HTTPException) -> timedelta:
    headers: Any = getattr(error.response, "headers", None) or {}
    try:
        return timedelta(seconds=max(1.0, float(headers.get("Retry-After", ""))))
    except (ValueError, OverflowError):
        return ASKED_TO_WAIT
