"""What the adapter has to remember by itself, whoever keeps it."""

from __future__ import annotations

from typing import Protocol


class Memory(Protocol):
    """Small named values that outlive a restart. Both calls block."""

    def get(self, name: str) -> str | None:
        """Return a value."""

    def set(self, name: str, value: str) -> None:
        """Set a value."""
