"""Cards in Discord: every one is valid there, every word literal, and nothing is cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdesk.adapters.discord.components import TooLong, carried
from chatdesk.adapters.discord.render import render_card
from chatdesk.adapters.discord.texts import escaped, pieces, unescaped
from chatdesk.ui.cards import (
    Button,
    Buttons,
    Card,
    Menu,
    Option,
    button_id,
)
from tests.adapters.render_contract import RenderContract
from tests.discord.reference import Reference, lint_message, reads, walk

Bodies = tuple[dict[str, Any], ...]
Validate = Callable[[Bodies], None]


@pytest.fixture(scope="session")
def is_valid(shared_specs: Path) -> Validate:
    """Fail unless Discord takes these messages."""
    return partial(_check, Reference(shared_specs))


def _check(reference: Reference, bodies: Bodies) -> None:
    assert bodies
    for body in bodies:
        assert not reference.problems("POST", "/channels/1/messages", body)


class TestDiscordRendering(RenderContract):
    """Cards as Discord's components."""

    def render(self, card: Card) -> Bodies:
        return render_card(card)

    def reads(self, messages: Bodies) -> str:
        return reads(messages)

    def buttons(self, messages: Bodies) -> list[list[str]]:
        return [
            [str(carried(one["custom_id"])) for one in walk(part["components"]) if one["type"] == 2]
            for part in messages
        ]

    def choices(self, messages: Bodies) -> list[str]:
        return [asked for part in messages for asked in _choices(part)]


def _choices(part: dict[str, Any]) -> Iterator[str]:
    for one in walk(part["components"]):
        if one["type"] == 2:
            yield str(carried(one["custom_id"]))
        if one["type"] == 3:
            for option in one["options"]:
                yield str(carried(one["custom_id"], [option["value"]]))


# --- what Discord alone has ----------------------------------------------------------------------


@given(st.text(max_size=300))
def test_a_text_that_is_escaped_reads_as_it_was_and_holds_no_markup(text: str) -> None:
    assert unescaped(escaped(text)) == text
    body = {"components": [{"type": 10, "content": escaped(text)}]}
    assert not [one for one in lint_message(body) if "live" in one]


@given(st.text(alphabet="ab*_<@\n \\", max_size=900), st.integers(20, 200))
def test_pieces_are_the_whole_of_a_text_and_fit_once_escaped(text: str, limit: int) -> None:
    cut = list(pieces(text, limit))
    assert "".join(cut) == text
    assert all(len(escaped(piece)) <= limit for piece in cut)


def test_what_is_no_button_of_a_card_carries_nothing() -> None:
    assert [carried(one) for one in ("cd:x", "c:7", "m0:abc", "")] == [None] * 4


def test_the_menu_is_another_one_in_the_tickets_next_version() -> None:
    def menu(version: int) -> str:
        value = button_id("hold", 7, version)
        row = Buttons(menu=Menu(label="More", options=(Option(value=value, label="Hold"),)))
        shown = render_card(Card(fallback="f", elements=(row,)))
        return str(next(one for one in walk(shown[0]["components"]) if one["type"] == 3))

    assert menu(1) == menu(1) != menu(2)


def test_the_same_button_may_stand_twice(is_valid: Validate) -> None:
    one = Button(id="show:7:1", label="Show")
    shown = render_card(Card(fallback="f", elements=(Buttons(buttons=(one, one)),)))
    is_valid(shown)
    assert TestDiscordRendering().buttons(shown) == [["show:7:1", "show:7:1"]]


def test_what_fits_into_no_button_is_a_bug_and_not_sent() -> None:
    row = Buttons(buttons=(Button(id="x" * 101, label="x"),))
    with pytest.raises(TooLong):
        render_card(Card(fallback="f", elements=(row,)))
