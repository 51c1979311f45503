"""Keeps in mind what was asked for most recently, and no more than so much of it."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """Values by their names; beyond `most` the one goes that was not asked for the longest."""

    def __init__(self, most: int) -> None:
        """Keep so many."""
        self._most = most
        self._kept: OrderedDict[str, T] = OrderedDict()

    def get(self, name: str) -> T | None:
        """Return a value; None if there is none any more."""
        if name in self._kept:
            self._kept.move_to_end(name)
        return self._kept.get(name)

    def keep(self, name: str, value: T) -> None:
        """Keep a value instead of what was kept by that name."""
        self._kept[name] = value
        self._kept.move_to_end(name)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def forget(self, name: str) -> None:
        """Let a value go, if there is one."""
        self._kept.pop(name, None)

    def __len__(self) -> int:
        """Return how many are kept."""
        return len(self._kept)
