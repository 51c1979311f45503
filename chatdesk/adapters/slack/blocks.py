"""A card's elements as Slack's blocks, in which every text is literal; pure functions.

People's words stand in rich text and plain text only, where Slack reads no markup.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TypeVar

from chatdesk.adapters.slack import limits
from chatdesk.adapters.slack.texts import Json, pieces, plain, shortened
from chatdesk.ui.cards import (
    Button,
    Buttons,
    Divider,
    Element,
    Files,
    FileShown,
    Line,
    Option,
    Pairs,
    Quote,
    Table,
    Tone,
    Weight,
)

T = TypeVar("T")

CLICK = "click:"
"""Begins the action id of everything that acts at once; what it asks for is its value."""

MENU_GLYPH = "⋯"
FILE_GLYPH = "📎"

WIDEST_TABLE = 72
"""Columns of letters that a row may take to be set in one line; wider rows become lists."""

_STYLES = {Weight.PRIMARY: "primary", Weight.DANGER: "danger"}
_SIGNS = {Tone.WARNING: "⚠️ ", Tone.DANGER: "🔴 "}


def title_blocks(title: str) -> Iterator[Json]:
    """Set a title, as a header if it fits one."""
    if len(title) <= limits.HEADER and title.strip() and "\n" not in title:
        yield {"type": "header", "text": plain(title)}
    else:
        yield from _rich("rich_text_section", title, is_bold=True)


def element_blocks(element: Element) -> Iterator[Json]:
    """Set one element of a card, as a whole."""
    match element:
        case Line():
            yield from _line(element)
        case Quote():
            yield from _quote(element)
        case Pairs():
            yield from _pairs(element)
        case Table():
            yield from _table(element)
        case Files():
            yield from _list([[_text(file_line(file))] for file in element.files])
        case Divider():
            yield {"type": "divider"}
        case Buttons():
            yield from _buttons(element)


def quiet(text: str) -> Iterator[Json]:
    """Set a remark in small letters."""
    for piece in _visible(text):
        yield {"type": "context", "elements": [plain(piece)]}


# --- words ----------------------------------------------------------------------------------------


def _text(text: str, *, is_bold: bool = False) -> Json:
    style: Json = {"style": {"bold": True}} if is_bold else {}
    return {"type": "text", "text": text} | style


def _visible(text: str) -> Iterator[str]:
    return (piece for piece in pieces(text) if piece.strip())


def _block(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def _rich(kind: str, text: str, *, is_bold: bool = False) -> Iterator[Json]:
    for piece in pieces(text):
        yield _block({"type": kind, "elements": [_text(piece, is_bold=is_bold)]})


def _line(line: Line) -> Iterator[Json]:
    if line.tone is Tone.QUIET and not line.is_strong:
        yield from quiet(line.text)
        return
    sign = _SIGNS.get(line.tone, "")
    is_signed = line.text.startswith(sign.strip()) or not line.text
    text = line.text if is_signed else sign + line.text
    yield from _rich("rich_text_section", text, is_bold=line.is_strong)


def _quote(quote: Quote) -> Iterator[Json]:
    if quote.author:
        yield from _rich("rich_text_section", quote.author, is_bold=True)
    yield from _rich("rich_text_quote", quote.text)


def _pairs(pairs: Pairs) -> Iterator[Json]:
    short = [item for item in pairs.items if len(item[0]) + len(item[1]) <= limits.TEXT]
    rows = [[_text(f"{label}: ", is_bold=True), _text(f"{value}\n")] for label, value in short]
    for group in _groups(rows):
        yield _block({"type": "rich_text_section", "elements": [*chain.from_iterable(group)]})
    for label, value in pairs.items:
        if (label, value) not in short:
            yield from _rich("rich_text_section", label, is_bold=True)
            yield from _rich("rich_text_section", value)


def _table(table: Table) -> Iterator[Json]:
    if table.caption:
        yield from _rich("rich_text_section", table.caption, is_bold=True)
    rows = [table.columns, *table.rows]
    width = max(len(row) for row in rows)
    padded = [(*row, *[""] * (width - len(row))) for row in rows]
    widths = [max(len(row[column]) for row in padded) for column in range(width)]
    is_narrow = sum(widths) + 2 * width <= WIDEST_TABLE
    if is_narrow and not any("\n" in cell for row in rows for cell in row):
        lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in padded)
        yield from _rich("rich_text_preformatted", "\n".join(lines))
        return
    yield from _list([_row(table.columns, row) for row in table.rows])


def _row(columns: tuple[str, ...], row: tuple[str, ...]) -> list[Json]:
    cells: list[Json] = []
    for index, cell in enumerate(row):
        name = columns[index] if index < len(columns) else ""
        if cell:
            cells += [_text(f"{name}: ", is_bold=True)] if name else []
            cells += [_text(piece) for piece in pieces(f"{cell}   ")]
    return cells or [_text(" ")]


def _list(items: Iterable[list[Json]]) -> Iterator[Json]:
    for group in _groups(_in_pieces(items)):
        sections = [{"type": "rich_text_section", "elements": item} for item in group]
        yield _block({"type": "rich_text_list", "style": "bullet", "elements": sections})


def _in_pieces(items: Iterable[list[Json]]) -> Iterator[list[Json]]:
    """Let an item that fills a block by itself be several."""
    for item in items:
        yield from _groups(item)


def _groups(items: Iterable[T], most: int = limits.ELEMENTS_IN_RICH_TEXT) -> Iterator[list[T]]:
    """Gather items until they fill a block, by number or by size."""
    items = list(items)
    if len(items) == 1:
        yield items  # whatever its size: nothing of it could go elsewhere
        return
    group: list[T] = []
    total = 0
    for item in items:
        size = len(json.dumps(item, ensure_ascii=False))
        if group and (len(group) == most or total + size > limits.BLOCK_SIZE):
            yield group
            group, total = [], 0
        group.append(item)
        total += size
    if group:
        yield group


def file_line(file: FileShown) -> str:
    """Return a file in words: what it is called, and how large it is."""
    return f"{FILE_GLYPH} {file.label}"


# --- what can be clicked --------------------------------------------------------------------------


def _buttons(row: Buttons) -> Iterator[Json]:
    options = row.menu.options if row.menu else ()
    fits = [one for one in options if len(one.value) <= limits.OPTION_VALUE]
    # What does not fit into a menu's entry does fit into a button.
    late = [Button(id=one.value, label=one.label) for one in options if one not in fits]
    buttons = [*row.buttons, *late]
    for button in buttons:
        if len(button.label) > limits.BUTTON_LABEL:
            yield from quiet(button.label)
    menus = _groups(map(option_object, fits), limits.MENU_OPTIONS)
    label = row.menu.label if row.menu else ""
    elements = [*map(_button, buttons), *(_menu(label, entries) for entries in menus)]
    for group in _groups(elements, limits.ELEMENTS_IN_ACTIONS):
        for index, element in enumerate(group):
            element["action_id"] = f"{CLICK}{index}"
        yield {"type": "actions", "elements": group}


def _button(button: Button) -> Json:
    label = shortened(button.label, limits.BUTTON_LABEL) or MENU_GLYPH
    shown: Json = {"type": "button", "text": plain(label), "value": button.id}
    if button.weight in _STYLES:
        shown["style"] = _STYLES[button.weight]
    return shown


def _menu(label: str, options: list[Json]) -> Json:
    return {
        "type": "static_select",
        "placeholder": plain(shortened(label or MENU_GLYPH, limits.PLACEHOLDER)),
        "options": options,
    }


def option_object(option: Option) -> Json:
    """Return an entry of a menu; what its label cannot hold stands below it."""
    first, *rest = pieces(option.label or option.value, limits.OPTION_LABEL)
    shown: Json = {"text": plain(first), "value": option.value}
    if rest:
        shown["description"] = plain(shortened("".join(rest), limits.OPTION_LABEL))
    return shown


def digest(*parts: str) -> str:
    """Return a short name for these texts: another one as soon as one of them changes."""
    return hashlib.blake2s("\0".join(parts).encode(), digest_size=6).hexdigest()


def named(blocks: list[Json]) -> list[Json]:
    """Give every block with buttons an id that changes with them, so that a menu is reset."""
    for index, block in enumerate(blocks):
        if block["type"] == "actions":
            values = (str(one.get("value", one.get("options"))) for one in block["elements"])
            block["block_id"] = f"b{index}:{digest(*values)}"
    return blocks
