"""Texts as Discord takes them: literal, and in pieces that fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

ELLIPSIS = "…"

_MARKUP = re.compile(r"([\\*_~`|>\[\]()<#:@\-+.])")
_ESCAPED = re.compile(r"\\([\\*_~`|>\[\]()<#:@\-+.])")


def escaped(text: str) -> str:
    r"""Return a text in which nothing is markup, mention, emoji or masked link.

    Every character that begins one stands behind a backslash, which Discord does not show.
    """
    return _MARKUP.sub(r"\\\1", text)


def unescaped(text: str) -> str:
    """Return what a person reads of an escaped text."""
    return _ESCAPED.sub(r"\1", text)


def link_to(guild: str, channel: str, message: str) -> str:
    """Return where a message of a server stands; empty for a direct one, which one person reads."""
    return f"https://discord.com/channels/{guild}/{channel}/{message}" if guild else ""


def shortened(text: str, limit: int) -> str:
    """Return the beginning of a text that stands somewhere else in full."""
    return text if len(text) <= limit else text[: limit - 1] + ELLIPSIS


def one_line(text: str) -> str:
    """Return a text without line breaks."""
    return " ".join(text.split())


def pieces(text: str, limit: int) -> Iterator[str]:
    """Cut a text into pieces that fit once escaped and together are the whole of it."""
    while text:
        end = _end_of_piece(text, limit)
        yield text[:end]
        text = text[end:]


def _end_of_piece(text: str, limit: int) -> int:
    end = _escaped_end(text, limit)
    if end == len(text):
        return end
    for separator in ("\n", " "):
        found = text.rfind(separator, end // 2, end)
        if found >= 0:
            return found + 1
    return end


def _escaped_end(text: str, limit: int) -> int:
    """Return how much of a text takes so many characters once it is escaped."""
    taken = 0
    for index, letter in enumerate(text[:limit]):
        taken += len(escaped(letter))
        if taken > limit:
            return index
    return min(len(text), limit)
