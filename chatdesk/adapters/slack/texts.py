"""Texts as Slack takes them: literal, and in pieces that fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chatdesk.adapters.slack.limits import TEXT

Json = dict[str, Any]

ELLIPSIS = "…"


def escaped(text: str) -> str:
    """Return a text whose `<!channel>`, `<@U1>` and `<url|label>` stay letters."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> Json:
    """Return a text object in which nothing is markup, not even `:smile:`."""
    return {"type": "plain_text", "text": text, "emoji": False}


def shortened(text: str, limit: int) -> str:
    """Return the beginning of a text that stands somewhere else in full."""
    return text if len(text) <= limit else text[: limit - 1] + ELLIPSIS


def pieces(text: str, limit: int = TEXT) -> Iterator[str]:
    """Cut a text into pieces that together are the whole of it, between words where there are."""
    while len(text) > limit:
        end = _end_of_piece(text, limit)
        yield text[:end]
        text = text[end:]
    if text:
        yield text


def _end_of_piece(text: str, limit: int) -> int:
    for separator in ("\n", " "):
        found = text.rfind(separator, limit // 2, limit)
        if found >= 0:
            return found + 1
    return limit
