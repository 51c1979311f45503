"""What can go wrong with one call to the Web API, and what is said about each call afterwards."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from typing import Literal

from tests.slack.things import Json

Ending = Literal["answer", "drop", "hang", "status", "html"]


@dataclass(frozen=True, slots=True)
class Fault:
    """How one call ends. `is_accepted`: Slack did what was asked before things went wrong."""

    ending: Ending
    is_accepted: bool = False
    error: str = ""
    http_status: int = 200
    retry_after: int | None = None
    hidden_for: float = 0  # seconds until history and replies show what was posted
    until: asyncio.Event = field(default_factory=asyncio.Event)  # a hanging call ends with it
    began: asyncio.Event = field(default_factory=asyncio.Event)  # the call has arrived

    @staticmethod
    def refused(error: str) -> Fault:
        """Slack refuses: `{"ok": false, "error": error}`, nothing done."""
        return Fault("answer", error=error)

    @staticmethod
    def error_after_accept(error: str = "internal_error") -> Fault:
        """Slack does it and then says that it failed (`internal_error`, `fatal_error`, ...)."""
        return Fault("answer", is_accepted=True, error=error)

    @staticmethod
    def status(http_status: int, *, is_accepted: bool = False) -> Fault:
        """An HTTP error page, before or after Slack did what was asked."""
        return Fault("status", is_accepted=is_accepted, http_status=http_status)

    @staticmethod
    def drop(*, is_accepted: bool = True) -> Fault:
        """The connection breaks before an answer, as a rule after the call was accepted."""
        return Fault("drop", is_accepted=is_accepted)

    @staticmethod
    def hang(*, is_accepted: bool = True) -> Fault:
        """No answer until `until` is set or the caller gives up; `began` tells that it arrived."""
        return Fault("hang", is_accepted=is_accepted)

    @staticmethod
    def rate_limited(retry_after: int) -> Fault:
        """429 with so many seconds in Retry-After, nothing done."""
        return Fault("answer", error="ratelimited", http_status=429, retry_after=retry_after)

    @staticmethod
    def html() -> Fault:
        """A page instead of JSON, as from a proxy, nothing done."""
        return Fault("html")

    @staticmethod
    def hidden(seconds: float) -> Fault:
        """It works, but history and replies do not show it for so long."""
        return Fault("answer", is_accepted=True, hidden_for=seconds)

    def and_hidden(self, seconds: float) -> Fault:
        """The same, and history and replies do not show what was posted for so long."""
        return replace(self, hidden_for=seconds)


@dataclass(slots=True)
class Call:
    """One call to the Web API, as it came in and as it went out."""

    method: str
    arguments: Json
    at: float
    http_method: str
    verdict: str = "unanswered"  # "ok", the error, or how it ended: "drop", "503", ...
    answer: Json = field(default_factory=dict)  # what Slack did, whether the caller heard or not

    @property
    def is_done(self) -> bool:
        """True where Slack did what was asked, heard or unheard."""
        return bool(self.answer.get("ok"))


class Faults:
    """Which calls are to go wrong next; an outage lets all of them."""

    def __init__(self) -> None:
        self.outage: Fault | None = None
        self._next: dict[str, deque[Fault]] = defaultdict(deque)

    def plan(self, method: str, *faults: Fault) -> None:
        """Let the next calls of a method end like that, one fault each."""
        self._next[method].extend(faults)

    def take(self, method: str) -> Fault | None:
        """The fault for this call, if there is one."""
        if self.outage:
            return self.outage
        planned = self._next[method]
        return planned.popleft() if planned else None

    @property
    def left(self) -> dict[str, int]:
        """How many planned faults did not happen, by method: a story that ends with some is odd."""
        return {method: len(planned) for method, planned in self._next.items() if planned}
