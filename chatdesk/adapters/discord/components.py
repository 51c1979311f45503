"""A card's elements as Discord's components, in which every text is literal; pure functions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from chatdesk.adapters.discord import limits
from chatdesk.adapters.discord.texts import Json, escaped, one_line, pieces, shortened
from chatdesk.ui.cards import (
    Button,
    Buttons,
    Divider,
    Element,
    Files,
    FileShown,
    Line,
    Menu,
    Option,
    Pairs,
    Quote,
    Table,
    Tone,
    Weight,
)

T = TypeVar("T")

ACTION_ROW, BUTTON, STRING_SELECT = 1, 2, 3
TEXT, SEPARATOR, CONTAINER = 10, 14, 17

CLICK = "c"
"""Begins the custom id of a button, behind a number that makes it the only one of its message."""

MENU = "m"
"""Begins the custom id of a menu; what it asks for is the value chosen."""

WIDEST_TABLE = 56
"""Columns of letters that a row may take to be set in one line; wider rows become lists."""

MENU_GLYPH = "⋯"
FILE_GLYPH = "📎"
FENCE = "```"

_STYLES = {Weight.PRIMARY: 1, Weight.NORMAL: 2, Weight.DANGER: 4}
_SIGNS = {Tone.WARNING: "⚠️ ", Tone.DANGER: "🔴 "}


def title_blocks(title: str) -> Iterator[Json]:
    """Set a title, as a heading if it is one line."""
    if "\n" in title or not title.strip():
        yield from _texts(title, "**", "**")
    else:
        yield from _texts(title, "### ")


def element_blocks(element: Element) -> Iterator[Json]:
    """Set one element of a card, as a whole."""
    match element:
        case Line():
            yield from _line(element)
        case Quote():
            yield from _quote(element)
        case Pairs():
            for label, value in element.items:
                yield from _texts(value, f"**{escaped(one_line(label))}:** ")
        case Table():
            yield from _table(element)
        case Files():
            for file in element.files:
                yield from _texts(_file(file))
        case Divider():
            yield {"type": SEPARATOR}
        case Buttons():
            yield from _buttons(element)


def quiet(text: str) -> Iterator[Json]:
    """Set a remark in small letters."""
    for line in text.split("\n"):
        yield from _texts(line, "-# ")


def text_display(content: str) -> Json:
    """Return a component of one text, which is markup."""
    return {"type": TEXT, "content": content}


def texts_in(component: Json) -> int:
    """Count the characters of text that a component takes of its message."""
    own = len(component["content"]) if component["type"] == TEXT else 0
    return own + sum(texts_in(one) for one in component.get("components", ()))


def components_in(component: Json) -> int:
    """Count a component with all those inside it."""
    return 1 + sum(components_in(one) for one in component.get("components", ()))


def groups(items: Iterable[T], most: int) -> Iterator[list[T]]:
    """Gather items, so many at a time."""
    group: list[T] = []
    for item in items:
        if len(group) == most:
            yield group
            group = []
        group.append(item)
    if group:
        yield group


def digest(*parts: str) -> str:
    """Return a short name for these texts: another one as soon as one of them changes."""
    return hashlib.blake2s("\0".join(parts).encode(), digest_size=6).hexdigest()


# --- words ----------------------------------------------------------------------------------------


def _texts(text: str, before: str = "", behind: str = "") -> Iterator[Json]:
    """Set a text literally, between marks of ours; one that is blank is not there."""
    room = limits.PIECE - len(before) - len(behind)
    for piece in pieces(text, room):
        if piece.strip():
            yield text_display(f"{before}{escaped(piece)}{behind}")


def _line(line: Line) -> Iterator[Json]:
    if line.tone is Tone.QUIET and not line.is_strong:
        yield from quiet(line.text)
        return
    mark = "**" if line.is_strong else ""
    yield from _texts(line.text, _SIGNS.get(line.tone, "") + mark, mark)


def _quote(quote: Quote) -> Iterator[Json]:
    if quote.author:
        yield from _texts(quote.author, "**", "**")
    yield from _texts(quote.text, ">>> ")


def _table(table: Table) -> Iterator[Json]:
    yield from _texts(table.caption, "**", "**")
    rows = [table.columns, *table.rows]
    width = max(len(row) for row in rows)
    padded = [(*row, *[""] * (width - len(row))) for row in rows]
    widths = [max(len(row[column]) for row in padded) for column in range(width)]
    is_narrow = sum(widths) + 2 * width <= WIDEST_TABLE
    # Behind a fence nothing can be escaped, and a fence inside it would end it.
    is_plain = not any(sign in cell for row in rows for cell in row for sign in "`\n\\")
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in padded]
    if is_narrow and is_plain and any(lines):
        for group in groups(lines, limits.PIECE // (WIDEST_TABLE + 1)):
            yield text_display(f"{FENCE}\n" + "\n".join(group) + f"\n{FENCE}")
        return
    for row in table.rows:
        yield from _row(table.columns, row)


def _row(columns: Sequence[str], row: Sequence[str]) -> Iterator[Json]:
    for index, cell in enumerate(row):
        name = columns[index] if index < len(columns) else ""
        mark = "• " if index == 0 else "\u2003"
        label = f"**{escaped(one_line(name))}:** " if name.strip() else ""
        yield from _texts(cell, mark + label)


def _file(file: FileShown) -> str:
    return f"{FILE_GLYPH} {file.label}"


# --- what can be clicked --------------------------------------------------------------------------


def _buttons(row: Buttons) -> Iterator[Json]:
    for button in row.buttons:
        if len(button.label) > limits.BUTTON_LABEL:
            yield from quiet(button.label)
    for group in groups(map(button_component, row.buttons), limits.BUTTONS_IN_ROW):
        yield {"type": ACTION_ROW, "components": group}
    if row.menu is not None:
        yield from _menus(row.menu)


def button_component(button: Button) -> Json:
    """Return a button; its custom id gets its number once the message is put together."""
    label = shortened(one_line(button.label), limits.BUTTON_LABEL) or MENU_GLYPH
    style = _STYLES[button.weight]
    return {"type": BUTTON, "style": style, "label": label, "custom_id": button.id}


def _menus(menu: Menu) -> Iterator[Json]:
    label = one_line(menu.label) or MENU_GLYPH
    if len(label) > limits.PLACEHOLDER:
        yield from quiet(menu.label)
    for options in groups(dict.fromkeys(menu.options), limits.SELECT_OPTIONS):
        select: Json = {
            "type": STRING_SELECT,
            "custom_id": digest(*(one.value for one in options)),
            "placeholder": shortened(label, limits.PLACEHOLDER),
            # A choice stays shown; taken back, it can be made again.
            "min_values": 0,
            "options": [option_object(one) for one in options],
        }
        yield {"type": ACTION_ROW, "components": [select]}


def option_object(option: Option) -> Json:
    """Return an entry of a menu; what its label cannot hold stands below it."""
    label = one_line(option.label) or option.value
    shown: Json = {"label": label[: limits.OPTION_LABEL], "value": option.value}
    rest = label[limits.OPTION_LABEL :]
    if rest.strip():
        shown["description"] = shortened(rest, limits.OPTION_DESCRIPTION)
    return shown


class TooLong(ValueError):
    """What a button or option carries does not fit into its id."""


def named(components: Sequence[Json]) -> list[Json]:
    """Make the ids of buttons and menus the only ones of their message; TooLong if they cannot."""
    number = 0
    for row in components:
        for one in row.get("components", ()) if row["type"] == ACTION_ROW else ():
            kind = CLICK if one["type"] == BUTTON else MENU
            one["custom_id"] = f"{kind}{number}:{one['custom_id']}"
            values = [option["value"] for option in one.get("options", ())]
            if max(map(len, [one["custom_id"], *values])) > limits.CUSTOM_ID:
                raise TooLong("a button carries too much")
            number += 1
    return list(components)


def carried(custom_id: str, values: Sequence[str] = ()) -> str | None:
    """Return what a button or a menu's entry asks for; None for the ids of anything else."""
    kind, _, rest = custom_id.partition(":")
    if kind[:1] == CLICK and kind[1:].isdigit():
        return rest
    if kind[:1] == MENU and kind[1:].isdigit() and values:
        return values[0]
    return None
