"""What an examination of a platform found: what is right, what is not, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How something is. What no program can look at is BY_HAND: the remedy says how."""

    OK = "ok"
    WRONG = "wrong"
    BY_HAND = "by hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at; `remedy` says what to do, where something is to be done."""

    about: str
    state: State
    said: str
    remedy: str = ""
