"""What can go wrong with one call to Discord's REST interface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Json = dict[str, Any]
Ending = Literal["answer", "drop", "hang"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How one call ends. `is_accepted`: Discord did what was asked before things went wrong."""

    ending: Ending = "answer"
    is_accepted: bool = False
    http_status: int = 200
    code: int = 0
    retry_after: float = 0
    is_global: bool = False
    scope: str = ""
    has_via: bool = True

    @staticmethod
    def none() -> Fault:
        """All is well with this call; the next one may fail."""
        return Fault(is_accepted=True)

    @staticmethod
    def refused(code: int, http_status: int = 403) -> Fault:
        """Discord refuses, with its number for why."""
        return Fault(http_status=http_status, code=code)

    @staticmethod
    def status(http_status: int, *, is_accepted: bool = False) -> Fault:
        """A failure of Discord's own, before or after it did what was asked."""
        return Fault(http_status=http_status, is_accepted=is_accepted)

    @staticmethod
    def drop(*, is_accepted: bool = True) -> Fault:
        """The connection breaks before an answer, as a rule after the call was accepted."""
        return Fault(ending="drop", is_accepted=is_accepted)

    @staticmethod
    def hang() -> Fault:
        """No answer comes at all, though the call was accepted."""
        return Fault(ending="hang", is_accepted=True)

    @staticmethod
    def rate_limited(retry_after: float, *, is_global: bool = False, scope: str = "") -> Fault:
        """429 with so many seconds to wait, nothing done; `scope` is whose limit it is."""
        told = is_global or scope == "global"
        return Fault(http_status=429, retry_after=retry_after, is_global=told, scope=scope)

    @staticmethod
    def banned() -> Fault:
        """429 from in front of Discord, for too many refused calls: no JSON, no Via."""
        return Fault(http_status=429, retry_after=600, has_via=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that was made, and what is wrong with it by Discord's own documents."""

    method: str
    path: str
    body: Any = None
    problems: tuple[str, ...] = ()
