"""Cards, forms and answers as the JSON that the workspace's page shows; pure functions.

The page puts every text into the document as text, so nothing is escaped or cut here. What does
not fit is refused as a whole, because a card with a missing end would lie.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from chatdesk.ui.cards import Buttons, Divider, Files, Line, Menu, Pairs, Quote, Table

if TYPE_CHECKING:
    from chatdesk.adapters.local.records import Json
    from chatdesk.ui.cards import Card, Element
    from chatdesk.ui.exchange import Answer
    from chatdesk.ui.forms import Field, Form

CARD_LIMIT = 1_000_000
"""Greatest size of a card as JSON, in characters: several of the longest texts a form takes."""

QUOTE_FOLDS_AFTER = 600
"""A quote longer than this, in characters, is shown folded, with its whole text one click away."""

QUOTE_LINES_FOLD_AFTER = 8
"""So is one of more lines than this."""

MENU_GLYPH = "⋯"
"""Stands for a menu that has no label of its own."""


class CardTooLarge(ValueError):
    """This card is larger than the workspace shows in one message."""


def render_card(card: Card) -> Json:
    """Return a card for the page; CardTooLarge beyond CARD_LIMIT."""
    shown: Json = {
        "fallback": card.fallback,
        "title": card.title,
        "tone": card.tone.value,
        "author": card.author,
        "elements": [_element(element) for element in card.elements],
    }
    if len(json.dumps(shown, ensure_ascii=False)) > CARD_LIMIT:
        raise CardTooLarge(f"a card holds at most {CARD_LIMIT} characters")
    return shown


def _element(element: Element) -> Json:  # noqa: PLR0911 - a table of cases
    match element:
        case Line():
            return {
                "kind": "line",
                "text": element.text,
                "tone": element.tone.value,
                "is_strong": element.is_strong,
            }
        case Quote():
            folds = (
                len(element.text) > QUOTE_FOLDS_AFTER
                or element.text.count("\n") >= QUOTE_LINES_FOLD_AFTER
            )
            return {
                "kind": "quote",
                "text": element.text,
                "author": element.author,
                "folds": folds,
            }
        case Pairs():
            return {"kind": "pairs", "items": [list(item) for item in element.items]}
        case Table():
            return {
                "kind": "table",
                "caption": element.caption,
                "columns": list(element.columns),
                "rows": [list(row) for row in element.rows],
            }
        case Files():
            return {"kind": "files", "files": [asdict(file) for file in element.files]}
        case Divider():
            return {"kind": "divider"}
        case Buttons():
            return _buttons(element)


def _buttons(element: Buttons) -> Json:
    return {
        "kind": "buttons",
        "buttons": [
            {"id": button.id, "label": button.label, "weight": button.weight.value}
            for button in element.buttons
        ],
        "menu": None if element.menu is None else _menu(element.menu),
    }


def _menu(menu: Menu) -> Json:
    return {
        "label": menu.label or MENU_GLYPH,
        "options": [{"value": each.value, "label": each.label} for each in menu.options],
    }


def render_form(form: Form) -> Json:
    """Return a form for the page."""
    return {
        "id": form.id,
        "title": form.title,
        "submit": form.submit,
        "intro": [_element(each) for each in form.intro],
        "fields": [_field(each) for each in form.fields],
    }


def _field(field: Field) -> Json:
    return {
        "name": field.name,
        "label": field.label,
        "kind": field.kind.value,
        "is_required": field.is_required,
        "help": field.help,
        "limit": field.limit,
        "least": field.least,
        "options": [{"value": each.value, "label": each.label} for each in field.options],
        "value": field.value,
        "shown": None
        if field.shown is None
        else {"when": field.shown.when, "has": sorted(field.shown.has)},
        "refreshes": field.refreshes,
    }


def render_answer(answer: Answer) -> Json:
    """Return what a person sees at once."""
    return {
        "card": None if answer.card is None else render_card(answer.card),
        "form": None if answer.form is None else render_form(answer.form),
        "errors": dict(answer.errors),
        "is_refusal": answer.is_refusal,
    }
