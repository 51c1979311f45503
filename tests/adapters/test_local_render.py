"""Cards and forms as the page receives them, and the colours it shows them in."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest

from chatdesk.adapters.local.render import (
    CARD_LIMIT,
    QUOTE_FOLDS_AFTER,
    CardTooLarge,
    render_answer,
    render_card,
    render_form,
)
from chatdesk.ui.cards import Buttons, Card, Element, Line, Menu, Option, Quote
from chatdesk.ui.exchange import Answer
from chatdesk.ui.forms import Field, FieldKind, Form, Shown
from tests.adapters.messenger_contract import EVERYTHING

STATIC = files("chatdesk.adapters.local") / "static"


def one(element: Element) -> dict[str, object]:
    [shown] = render_card(Card(fallback="one", elements=(element,)))["elements"]
    return dict(shown)


def test_a_card_arrives_as_json_with_every_element_named() -> None:
    shown = json.loads(json.dumps(render_card(EVERYTHING)))
    kinds = [element["kind"] for element in shown["elements"]]
    assert kinds == ["line", "line", "quote", "pairs", "table", "files", "divider", "buttons"]


def test_every_kind_of_element_and_field_is_known_to_the_page() -> None:
    cards = (STATIC / "cards.js").read_text()
    for element in render_card(EVERYTHING)["elements"]:
        assert re.search(rf"^  {element['kind']}: ", cards, re.MULTILINE)
    fields = (STATIC / "fields.js").read_text()
    for kind in FieldKind:
        assert re.search(rf"^  {kind}[:,]", fields, re.MULTILINE)


def test_only_long_quotes_are_folded_and_none_is_cut() -> None:
    short, long = "a" * QUOTE_FOLDS_AFTER, "a" * (QUOTE_FOLDS_AFTER + 1)
    assert one(Quote(text=short))["folds"] is False
    assert one(Quote(text=long)) == {"kind": "quote", "text": long, "author": "", "folds": True}
    assert one(Quote(text="row\n" * 9))["folds"] is True


def test_a_card_too_large_is_refused_as_a_whole() -> None:
    with pytest.raises(CardTooLarge):
        render_card(Card(fallback="", elements=(Line(text="x" * CARD_LIMIT),)))


def test_a_menu_without_a_label_gets_a_sign() -> None:
    menu = Menu(label="", options=(Option(value="hold:7:1", label="Hold"),))
    shown = one(Buttons(menu=menu))
    assert shown["menu"] == {"label": "⋯", "options": [{"value": "hold:7:1", "label": "Hold"}]}


def test_a_form_says_when_its_fields_apply_and_which_of_them_refresh_it() -> None:
    form = Form(
        id="new:0:0",
        title="New ticket",
        submit="Create",
        intro=(Line(text="hello"),),
        fields=(
            Field(name="topic", label="Topic", kind=FieldKind.CHOICE, refreshes=True),
            Field(name="size", label="Size", shown=Shown(when="topic", has=frozenset({"b", "a"}))),
        ),
    )
    shown = json.loads(json.dumps(render_form(form)))
    assert [field["refreshes"] for field in shown["fields"]] == [True, False]
    assert shown["fields"][1]["shown"] == {"when": "topic", "has": ["a", "b"]}
    assert shown["intro"][0]["text"] == "hello"


def test_an_empty_answer_says_nothing() -> None:
    assert render_answer(Answer()) == {
        "card": None,
        "form": None,
        "errors": {},
        "is_refusal": False,
    }


# --- what the page may do -------------------------------------------------------------------------


def test_no_script_reads_text_as_markup_or_loads_anything_from_outside() -> None:
    markup = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|eval\(")
    outside = re.compile(r"https?://(?!www\.w3\.org/2000/svg)|@import|url\((?!#)")
    for part in STATIC.iterdir():
        text = part.read_text()
        assert not markup.search(text), part.name
        assert not outside.search(text), part.name


# --- colours: WCAG 2.2, criteria 1.4.3 (text: 4.5) and 1.4.11 (borders of controls: 3) -----------

GROUNDS = ("ground", "surface", "raised", "hover", "accent-soft")
PAIRS = [
    *[(text, ground, 4.5) for text in ("text", "quiet", "accent") for ground in GROUNDS],
    *[(tone, ground, 4.5) for tone in ("good", "warning", "danger") for ground in GROUNDS[:4]],
    *[(tone, f"{tone}-soft", 4.5) for tone in ("good", "warning", "danger")],
    ("on-accent", "accent", 4.5),
    ("on-accent", "accent-hover", 4.5),
    *[("line-strong", ground, 3.0) for ground in GROUNDS[:3]],
    *[("accent", ground, 3.0) for ground in GROUNDS],
]


def colours(scheme: int) -> dict[str, str]:
    look = (STATIC / "look.css").read_text()
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", look)
    return {name: pair[scheme] for name, *pair in found}


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_text_and_controls_stand_out(front: str, back: str, least: float, scheme: int) -> None:
    known = colours(scheme)
    light, dark = sorted((luminance(known[front]), luminance(known[back])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= least
