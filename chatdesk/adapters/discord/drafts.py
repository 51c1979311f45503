"""What people have filled in so far, kept while Discord closes one form and opens the next.

Kept in the store, so that a restart in between loses nothing, until the form is accepted; only the
newest few of a person, and for a while.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from weakref import WeakValueDictionary

from chatdesk.adapters.discord import limits
from chatdesk.ui.forms import Values

KEPT = 4
"""Drafts of one person in which something was sent, and as many of forms that were only opened."""

APART = "~"
"""Stands between a form's id and what tells one filling-in of that form from another."""

LASTS = timedelta(days=14)
"""After so long a draft that nobody touched is not offered, and goes with the next change."""

REMEMBERED = 8
"""Drafts of one person of which it is known that they were sent: their buttons stay shown."""

LONGEST_NAME = limits.CUSTOM_ID - 20
"""Letters of a draft's name that fit into a button's id, and into a modal's."""


class Memory(Protocol):
    """Small named values that outlive a restart. All calls block."""

    def get(self, name: str) -> str | None:
        """Return a value."""

    def set(self, name: str, value: str) -> None:
        """Set a value."""

    def add(self, name: str, word: str) -> None:
        """Let a value of words hold one more, whoever else adds to it at the same time."""

    def change(self, name: str, change: Callable[[str], str]) -> None:
        """Set a value to what this makes of it, whoever else changes it at the same time.

        It is empty where there is none, and may be asked for more than once.
        """

    def beginning(self, begin: str) -> dict[str, str]:
        """Return all values whose names begin so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A form's values so far, and the fields that have been asked already.

    The same form can be open twice: `name` is its id, and what tells the two apart. `is_typed` once
    a page of it was sent. Of one that was `sent` only the number of its ticket is left, 0 where
    that is not known. One that was begun `instead_of` another lets that be `is_set_aside` once it
    is sent: it stays, and is not offered again until somebody goes on with it. `kept_at` is when it
    was kept last.
    """

    name: str
    values: Values = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    is_typed: bool = False
    sent: int | None = None
    instead_of: str = ""
    is_set_aside: bool = False
    kept_at: datetime | None = field(default=None, compare=False)

    @property
    def form(self) -> str:
        """The form's id."""
        return self.name.rpartition(APART)[0] or self.name

    def lasts(self, now: datetime) -> bool:
        """Tell whether somebody touched it not too long ago."""
        return self.kept_at is None or now - self.kept_at < LASTS

    def with_more(self, values: Values, asked: tuple[str, ...]) -> Draft:
        """Return the draft with another page filled in."""
        return replace(
            self,
            values={**self.values, **values},
            asked=tuple(dict.fromkeys((*self.asked, *asked))),
            is_typed=True,
            is_set_aside=False,
        )


def name_for(form: str) -> str:
    """Return a name for a new draft of a form; one that is too long for it is the form's id."""
    name = f"{form}{APART}{secrets.token_hex(4)}"
    return name if len(name) <= LONGEST_NAME else form


class Drafts:
    """Everybody's drafts. What somebody's next step reads is what the one before kept."""

    def __init__(self, memory: Memory, now: Callable[[], datetime] | None = None) -> None:
        """Keep drafts there; `now` is aware."""
        self._memory = memory
        self._now = now or (lambda: datetime.now(UTC))
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def of(self, user: str, name: str) -> Draft:
        """Return somebody's draft of that name, an empty one if there is none.

        One that was sent is told by that.
        """
        async with self._turn(user):
            found = await asyncio.to_thread(self._all, user)
        return found.get(name, Draft(name=name))

    async def newest(self, user: str, form: str) -> Draft | None:
        """Return what somebody typed last into that form, and neither sent nor set aside.

        None for nothing, or for what is too old. It is one look-up, in what somebody has of drafts,
        and waits for nothing that is being kept: what was typed is kept before it is answered.
        """
        found = _drafts(await asyncio.to_thread(self._memory.get, _mark(user))).values()
        typed = [one for one in found if one.form == form and one.is_typed]
        open_ones = [one for one in typed if not one.is_set_aside and one.lasts(self._now())]
        return open_ones[-1] if open_ones else None

    async def keep(self, user: str, draft: Draft) -> None:
        """Keep a draft in place of the one before."""
        async with self._turn(user):
            await asyncio.to_thread(self._change, user, draft.name, draft)

    async def finish(self, user: str, name: str, number: int) -> None:
        """Forget what was typed: its form was accepted, and is about the ticket of that number."""
        # A name that is the form's id alone will be another draft's as well.
        is_its_own = APART in name
        await self._end(user, name, Draft(name=name, sent=number) if is_its_own else None)

    async def forget(self, user: str, name: str) -> None:
        """Forget a draft: what was typed goes on in another form."""
        await self._end(user, name, None)

    async def _end(self, user: str, name: str, left: Draft | None) -> None:
        """Let this be left of a draft; where there is none, nothing is written."""
        async with self._turn(user):
            if name in await asyncio.to_thread(self._all, user):
                await asyncio.to_thread(self._change, user, name, left)

    def _turn(self, user: str) -> asyncio.Lock:
        return self._turns.setdefault(user, asyncio.Lock())

    def _all(self, user: str) -> dict[str, Draft]:
        return _drafts(self._memory.get(_mark(user)))

    def _change(self, user: str, name: str, draft: Draft | None) -> None:
        now = self._now()
        self._memory.change(_mark(user), lambda text: _changed(text, name, draft, now))


def _changed(text: str, name: str, draft: Draft | None, now: datetime) -> str:
    """Return somebody's drafts with one of them changed, or without it."""
    found = {one.name: one for one in _drafts(text).values() if one.lasts(now)}
    before = found.pop(name, None)
    if draft is not None:
        found[name] = replace(draft, kept_at=now)
    other = found.get(before.instead_of) if before is not None else None
    if draft is not None and draft.sent is not None and other is not None:
        found[other.name] = replace(other, is_set_aside=True)
    sent = [one for one in found.values() if one.sent is not None][-REMEMBERED:]
    # What was only opened pushes out nothing that was typed.
    unsent = [one for one in found.values() if one.sent is None]
    opened = [one for one in unsent if not one.is_typed][-KEPT:]
    typed = [one for one in unsent if one.is_typed]
    # What its author has done without goes before what they may still be asked about.
    typed = sorted(typed, key=lambda one: not one.is_set_aside)[-KEPT:]
    told = [_told(one, now) for one in (*sent, *opened, *typed)]
    return json.dumps(told) if told else ""


def _drafts(text: str | None) -> dict[str, Draft]:
    told: list[Any] = json.loads(text) if text else []
    return {one["form"]: _read(one) for one in told}


def _mark(user: str) -> str:
    return f"discord:drafts:{user}"


def _told(draft: Draft, now: datetime) -> dict[str, Any]:
    told: dict[str, Any] = {"form": draft.name, "values": draft.values, "asked": draft.asked}
    told["at"] = (draft.kept_at or now).isoformat()
    if draft.is_typed:
        told["typed"] = True
    if draft.sent is not None:
        told["sent"] = draft.sent
    if draft.instead_of:
        told["instead_of"] = draft.instead_of
    return told | ({"aside": True} if draft.is_set_aside else {})


def _read(told: Mapping[str, Any]) -> Draft:
    values: Values = {
        str(name): tuple(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in told["values"].items()
    }
    return Draft(
        name=str(told["form"]),
        values=values,
        asked=tuple(map(str, told["asked"])),
        is_typed=bool(told.get("typed")),
        sent=None if told.get("sent") is None else int(told["sent"]),
        instead_of=str(told.get("instead_of") or ""),
        is_set_aside=bool(told.get("aside")),
        kept_at=datetime.fromisoformat(told["at"]) if told.get("at") else None,
    )
