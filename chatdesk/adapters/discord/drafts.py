"""What people have filled in so far, kept while Discord closes one form and opens the next.

Kept in the store, so that a restart in between loses nothing, until the form is accepted; only the
newest few of a person.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from chatdesk.ui.forms import Values

KEPT = 4
"""Drafts of one person."""


class Memory(Protocol):
    """Small named values that outlive a restart. Both calls block."""

    def get(self, name: str) -> str | None:
        """Return a value."""

    def set(self, name: str, value: str) -> None:
        """Set a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A form's values so far, and the fields that have been asked already."""

    form: str
    values: Values = field(default_factory=dict)
    asked: tuple[str, ...] = ()

    def with_more(self, values: Values, asked: tuple[str, ...]) -> Draft:
        """Return the draft with another page filled in."""
        return Draft(
            form=self.form,
            values={**self.values, **values},
            asked=tuple(dict.fromkeys((*self.asked, *asked))),
        )


class Drafts:
    """Everybody's drafts."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def of(self, user: str, form: str) -> Draft:
        """Return somebody's draft of a form, an empty one if there is none."""
        found = await asyncio.to_thread(self._all, user)
        return found.get(form, Draft(form=form))

    async def keep(self, user: str, draft: Draft) -> None:
        """Keep a draft in place of the one before."""
        await asyncio.to_thread(self._change, user, draft.form, draft)

    async def forget(self, user: str, form: str) -> None:
        """Forget a draft: its form was accepted."""
        await asyncio.to_thread(self._change, user, form, None)

    def _all(self, user: str) -> dict[str, Draft]:
        text = self._memory.get(_name(user))
        told: list[Any] = json.loads(text) if text else []
        return {one["form"]: _read(one) for one in told}

    def _change(self, user: str, form: str, draft: Draft | None) -> None:
        found = self._all(user)
        before = found.pop(form, None)
        if draft is None and before is None:
            return
        if draft is not None:
            found[form] = draft
        newest = list(found.values())[-KEPT:]
        told = [{"form": one.form, "values": one.values, "asked": one.asked} for one in newest]
        self._memory.set(_name(user), json.dumps(told) if told else "")


def _name(user: str) -> str:
    return f"discord:drafts:{user}"


def _read(told: Mapping[str, Any]) -> Draft:
    values: Values = {
        str(name): tuple(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in told["values"].items()
    }
    return Draft(form=str(told["form"]), values=values, asked=tuple(map(str, told["asked"])))
