"""Cards as the messages Slack shows; pure functions.

Nothing is cut: what one message cannot hold goes on in the next. Buttons stay with the first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from chatdesk.adapters.slack import limits
from chatdesk.adapters.slack.blocks import element_blocks, named, quiet, title_blocks
from chatdesk.adapters.slack.texts import Json, escaped, shortened
from chatdesk.ui.cards import Card, Line


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its blocks, and its text for notifications and screen readers."""

    blocks: tuple[Json, ...]
    text: str


def render_card(card: Card) -> tuple[Message, ...]:
    """Return a card as one message, or as several where it is long; never none."""
    blocks = card_blocks(card)
    parts = [blocks] if _fits(blocks) else _split(blocks)
    fallback = fallback_text(card)
    return tuple(
        Message(
            blocks=tuple(part),
            text=fallback if number == 1 else f"{fallback} ({number}/{len(parts)})",
        )
        for number, part in enumerate(parts, start=1)
    )


def card_blocks(card: Card) -> list[Json]:
    """Return all blocks of a card, in their order, however many they are."""
    blocks = [
        *(title_blocks(card.title) if card.title else ()),
        *(quiet(card.author) if card.author else ()),
        *chain.from_iterable(element_blocks(element) for element in card.elements),
    ]
    return named(blocks or list(element_blocks(Line(text=card.fallback or " "))))


def fallback_text(card: Card) -> str:
    """Return a card in a sentence. It may be shortened, for the blocks hold everything."""
    text = card.fallback or card.title
    kept = len(text)
    while len(escaped(shortened(text, kept))) > limits.FALLBACK:
        kept = kept * 9 // 10
    return escaped(shortened(text, kept)) or "…"


def size_of(blocks: Sequence[Json]) -> int:
    """Return the size of blocks as JSON, in UTF-16 units, the most that anybody may count."""
    return len(json.dumps(blocks, ensure_ascii=False).encode("utf-16-le")) // 2


def _fits(blocks: Sequence[Json]) -> bool:
    if len(blocks) > limits.BLOCKS_IN_MESSAGE:
        return False
    # No letter takes more than two units: what is half as long need not be counted in them.
    is_small = 2 * len(json.dumps(blocks, ensure_ascii=False)) <= limits.MESSAGE_SIZE
    return is_small or size_of(blocks) <= limits.MESSAGE_SIZE


def _split(blocks: list[Json]) -> list[list[Json]]:
    """Fill messages one after another; the first keeps room for its buttons."""
    buttons = [block for block in blocks if block["type"] == "actions"]
    first, late = _buttons_that_fit(buttons)
    texts = [block for block in blocks if block["type"] != "actions"]
    parts: list[list[Json]] = [[]]
    for block in [*texts, *late]:
        reserved = first if len(parts) == 1 else []
        if parts[-1] and not _fits([*parts[-1], block, *reserved]):
            parts.append([])
        parts[-1].append(block)
    parts[0] += first
    return parts


def _buttons_that_fit(buttons: list[Json]) -> tuple[list[Json], list[Json]]:
    """Let buttons take half a message at most; the others follow behind all words."""
    for number in range(len(buttons)):
        taken = buttons[: number + 1]
        if 2 * len(taken) > limits.BLOCKS_IN_MESSAGE or 2 * size_of(taken) > limits.MESSAGE_SIZE:
            return buttons[:number], buttons[number:]
    return buttons, []
