"""Cards as the messages Discord shows, in its v2 layout; pure functions.

Nothing is cut: what one message cannot hold goes on in the next. Buttons stay with the first. The
layout has no text beside its components: notifications and screen readers take it from these.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from chatdesk.adapters.discord import limits
from chatdesk.adapters.discord.components import (
    ACTION_ROW,
    CONTAINER,
    TEXT,
    components_in,
    element_blocks,
    named,
    quiet,
    text_display,
    texts_in,
    title_blocks,
)
from chatdesk.adapters.discord.texts import Json
from chatdesk.ui.cards import Card, Line, Tone

IS_COMPONENTS_V2 = 1 << 15
IS_EPHEMERAL = 1 << 6

NOBODY: Json = {"parse": []}
"""Whom a message may ping, whatever it says."""

_COLOURS = {Tone.GOOD: 0x2E9E5B, Tone.WARNING: 0xE0A100, Tone.DANGER: 0xD83C3E}
"""Always accompanied by words: colour is never the only sign."""


def render_card(card: Card) -> tuple[Json, ...]:
    """Return the bodies of a card's messages: one, or several where it is long; never none."""
    blocks = card_blocks(card)
    parts = [blocks] if _fits(blocks) else _split(blocks)
    return tuple(body(_joined(part), card.tone) for part in parts)


def body(components: Sequence[Json], tone: Tone = Tone.PLAIN) -> Json:
    """Return the body of a message that holds these, framed in the colour of its tone."""
    container: Json = {"type": CONTAINER, "components": named(components)}
    if tone in _COLOURS:
        container["accent_color"] = _COLOURS[tone]
    return {"flags": IS_COMPONENTS_V2, "components": [container], "allowed_mentions": NOBODY}


def card_blocks(card: Card) -> list[Json]:
    """Return all blocks of a card, in their order, however many they are."""
    blocks = [
        *(title_blocks(card.title) if card.title else ()),
        *(quiet(card.author) if card.author else ()),
        *chain.from_iterable(element_blocks(element) for element in card.elements),
    ]
    return blocks or list(element_blocks(Line(text=card.fallback))) or [text_display("…")]


def _joined(blocks: Sequence[Json]) -> list[Json]:
    """Let short texts that follow each other be one component; a quote ends where its text does."""
    joined: list[Json] = []
    for block in blocks:
        before = joined[-1] if joined else None
        if before and _is_text(before) and _is_text(block) and ">>> " not in before["content"]:
            joined[-1] = text_display(f"{before['content']}\n{block['content']}")
        else:
            joined.append(block)
    return joined


def _is_text(block: Json) -> bool:
    return bool(block["type"] == TEXT)


def _fits(blocks: Sequence[Json]) -> bool:
    # A line break joins two texts that follow each other; at worst there is one for each block.
    size = sum(texts_in(block) for block in blocks) + len(blocks)
    return size <= limits.TEXT and _count(blocks) <= limits.COMPONENTS


def _count(blocks: Sequence[Json]) -> int:
    return 1 + sum(components_in(block) for block in _joined(blocks))


def _split(blocks: list[Json]) -> list[list[Json]]:
    """Fill messages one after another; the first keeps room for its buttons."""
    rows = [block for block in blocks if block["type"] == ACTION_ROW]
    first, late = _rows_that_fit(rows)
    texts = [block for block in blocks if block["type"] != ACTION_ROW]
    parts: list[list[Json]] = [[]]
    for block in [*texts, *late]:
        reserved = first if len(parts) == 1 else []
        if parts[-1] and not _fits([*parts[-1], block, *reserved]):
            parts.append([])
        parts[-1].append(block)
    parts[0] += first
    return parts


def _rows_that_fit(rows: list[Json]) -> tuple[list[Json], list[Json]]:
    """Let buttons take half a message at most; the others follow behind all words."""
    for number in range(len(rows)):
        if 2 * _count(rows[: number + 1]) > limits.COMPONENTS:
            return rows[:number], rows[number:]
    return rows, []
