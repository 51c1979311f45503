"""Cards in Slack: every one is valid there, every word literal, and nothing is cut."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from chatdesk.adapters.slack import limits
from chatdesk.adapters.slack.render import Message, render_card, size_of
from chatdesk.ui.cards import (
    Button,
    Buttons,
    Card,
    Line,
    Menu,
    Option,
    Quote,
    Tone,
    button_id,
)
from tests.adapters.messenger_contract import HOSTILE
from tests.adapters.render_contract import LONG, RenderContract

Validate = Callable[[tuple[Message, ...]], None]


@pytest.fixture(scope="session")
def is_valid(shared_specs: Path) -> Validate:
    """Fail unless Slack takes these messages."""
    schema = json.loads((shared_specs / "slack/blockkit.derived.schema.json").read_text())
    validator = Draft7Validator({**schema, "$ref": "#/definitions/message_blocks"})
    return partial(_check, validator)


def _check(validator: Draft7Validator, messages: tuple[Message, ...]) -> None:
    assert messages
    for message in messages:
        blocks = list(message.blocks)
        problems = [
            f"{list(one.path)}: {one.message[:300]}" for one in validator.iter_errors(blocks)
        ]
        assert not problems
        assert size_of(blocks) <= limits.MESSAGE_SIZE
        assert 0 < len(message.text) <= limits.FALLBACK + 10
        assert "mrkdwn" not in set(_kinds(blocks)), "people's words must never be read as markup"
        ids = [block["block_id"] for block in blocks if "block_id" in block]
        assert len(ids) == len(set(ids))


def _kinds(thing: Any) -> Iterator[str]:
    if isinstance(thing, dict):
        yield str(thing.get("type"))
    for one in thing.values() if isinstance(thing, dict) else thing:
        if isinstance(one, dict | list):
            yield from _kinds(one)


def read(messages: tuple[Message, ...]) -> str:
    """Return all a person reads in the blocks, piece by piece, with nothing in between."""
    return "".join(_read([list(message.blocks) for message in messages]))


def _read(thing: Any) -> Iterator[str]:
    if isinstance(thing, list):
        for one in thing:
            yield from _read(one)
    elif isinstance(thing, dict):
        for name, value in thing.items():
            if name == "text" and isinstance(value, str):
                yield value
            elif isinstance(value, dict | list):
                yield from _read(value)


class TestSlackRendering(RenderContract):
    """Cards as Slack's blocks."""

    def render(self, card: Card) -> tuple[Message, ...]:
        return render_card(card)

    def reads(self, messages: tuple[Message, ...]) -> str:
        return read(messages)

    def buttons(self, messages: tuple[Message, ...]) -> list[list[str]]:
        return [
            [one["value"] for one in _actions(message) if one["type"] == "button"]
            for message in messages
        ]

    def choices(self, messages: tuple[Message, ...]) -> list[str]:
        found = (one for message in messages for one in _actions(message))
        return [one["value"] for action in found for one in _options(action)]


def _actions(message: Message) -> Iterator[dict[str, Any]]:
    for block in message.blocks:
        if block["type"] == "actions":
            yield from block["elements"]


def _options(action: dict[str, Any]) -> list[dict[str, Any]]:
    groups = action.get("option_groups", [action])
    return [one for group in groups for one in group.get("options", [action])]


# --- what Slack alone has ------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
def test_notifications_hold_no_markup(text: str) -> None:
    (message,) = render_card(Card(fallback=text, title=text))
    assert not any(sign in message.text for sign in ("<", ">"))


def test_notifications_of_later_parts_say_which_they_are() -> None:
    shown = render_card(Card(fallback="f", elements=(Quote(text=LONG),)))
    assert shown[1].text == f"f (2/{len(shown)})"


def test_a_menu_without_a_label_has_a_sign(is_valid: Validate) -> None:
    menu = Menu(label="", options=(Option(value="hold:7:1", label="Hold"),))
    is_valid(render_card(Card(fallback="f", elements=(Buttons(menu=menu),))))


def test_a_value_too_long_for_a_menu_is_a_button(is_valid: Validate) -> None:
    values = ["tick:7:1:1", "tick:7:1:" + "x" * 200]
    options = tuple(Option(value=value, label="y" * 120) for value in values)
    shown = render_card(
        Card(fallback="f", elements=(Buttons(menu=Menu(label="m", options=options)),))
    )
    is_valid(shown)
    assert sorted(TestSlackRendering().choices(shown)) == values


def test_the_block_is_another_one_in_the_tickets_next_version() -> None:
    def block(version: int) -> str:
        row = Buttons(buttons=(Button(id=button_id("claim", 7, version), label="Claim"),))
        return str(render_card(Card(fallback="f", elements=(row,)))[0].blocks[0]["block_id"])

    assert block(1) == block(1) != block(2)


def test_the_fallback_may_be_shortened_because_the_blocks_are_not(is_valid: Validate) -> None:
    shown = render_card(Card(fallback="&" * 20_000))
    is_valid(shown)
    assert read(shown) == "&" * 20_000


@pytest.mark.parametrize("text", ["First reply is late", "🔴 First reply is late"])
def test_what_is_late_has_one_sign_of_it(text: str) -> None:
    (message,) = render_card(Card(fallback="x", elements=(Line(text=text, tone=Tone.DANGER),)))
    assert json.dumps(message.blocks, ensure_ascii=False).count("🔴 First reply is late") == 1
    assert "🔴 🔴" not in str(message.blocks)
