"""Cards in Slack: every one is valid there, every word literal, and nothing is cut."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from chatdesk.adapters.slack import limits
from chatdesk.adapters.slack.render import Message, render_card, size_of
from chatdesk.lifecycle.notices import NOTICES, Audience, Row
from chatdesk.lifecycle.ticket import Side
from chatdesk.ui.agents_card import agents_card
from chatdesk.ui.cards import (
    Button,
    Buttons,
    Card,
    Files,
    FileShown,
    Line,
    Menu,
    Option,
    Pairs,
    Quote,
    Table,
    Tone,
    button_id,
)
from chatdesk.ui.notice_cards import NOTICE_CARDS
from chatdesk.ui.receipt import receipt
from tests.adapters.messenger_contract import EVERYTHING, EVERYTHING_SHOWN, HOSTILE
from tests.ui.happenings import NOW, claimed, happened
from tests.ui.tale import LEA, Tale

LONG = " ".join(f"word{number}" for number in range(2400))[:20_000]
REQUESTING = {Audience.REQUESTER, Audience.PERSON, Audience.WATCHERS}

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


# --- every card -----------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["", LONG, *HOSTILE])
@pytest.mark.parametrize("row", NOTICES, ids=[f"{row.name}-{row.audience}" for row in NOTICES])
def test_slack_takes_every_notice_whatever_people_wrote(
    row: Row, words: str, is_valid: Validate
) -> None:
    side = Side.REQUESTER if row.audience in REQUESTING else Side.AGENTS
    person = LEA if row.audience in {Audience.ASSIGNEE, Audience.LEADS, Audience.NAMED} else None
    tale = happened(row.kind)
    if words:
        tale.words = {entry: replace(one, text=words) for entry, one in tale.words.items()}
    is_valid(render_card(NOTICE_CARDS[row.name](tale.told(row.name, None, side, person=person))))


@pytest.mark.parametrize("words", ["It drops", LONG, *HOSTILE])
def test_slack_takes_both_cards_of_a_ticket(words: str, is_valid: Validate) -> None:
    tale = Tale().opened(summary=words[:200], details=words).claimed()
    is_valid(render_card(agents_card(tale.seen(Side.AGENTS, at=NOW))))
    is_valid(render_card(receipt(claimed().opened(details=words).seen(at=NOW))))


def test_every_element_of_a_card_can_be_read(is_valid: Validate) -> None:
    shown = render_card(EVERYTHING)
    is_valid(shown)
    assert not [text for text in EVERYTHING_SHOWN if text not in read(shown)]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_wrote_stands_there_letter_by_letter(text: str, is_valid: Validate) -> None:
    files = (FileShown(attachment="a", name=text, media_type="text/plain", size=1),)
    hostile = Card(
        fallback=text,
        title=text,
        author=text,
        elements=(
            Line(text=text),
            Quote(text=text, author=text),
            Pairs(items=((text, text),)),
            Table(caption=text, columns=(text,), rows=((text,),)),
            Files(files=files),
            Buttons(
                buttons=(Button(id="claim:7:1", label=text),),
                menu=Menu(label="", options=(Option(value="hold:7:1", label=text),)),
            ),
        ),
    )
    shown = render_card(hostile)
    is_valid(shown)
    assert read(shown).count(text) >= 12
    assert not any(sign in shown[0].text for sign in ("<", ">"))


# --- long cards -----------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [2999, 3000, 3001, 9000, 20_000])
@pytest.mark.parametrize("letter", ["x", "ä", "界", "🎫", "\n", '"', "word "])
def test_a_long_text_is_split_and_never_cut(length: int, letter: str, is_valid: Validate) -> None:
    text = (letter * length)[:length] + "end"
    shown = render_card(Card(fallback="long", elements=(Quote(text=text),)))
    is_valid(shown)
    assert read(shown) == text


def test_the_buttons_of_a_long_card_stay_with_its_first_message(is_valid: Validate) -> None:
    row = Buttons(buttons=(Button(id="claim:7:1", label="Claim"),))
    shown = render_card(Card(fallback="f", title="t", elements=(Quote(text=LONG), row)))
    is_valid(shown)
    assert len(shown) > 1
    assert [block["type"] for block in shown[0].blocks][-1] == "actions"
    assert not any(block["type"] == "actions" for part in shown[1:] for block in part.blocks)
    assert shown[1].text == f"f (2/{len(shown)})"


def test_hundreds_of_rows_with_buttons_all_arrive(is_valid: Validate) -> None:
    rows = tuple(
        Buttons(buttons=(Button(id=f"show:{number}:1", label=f"Show #{number}"),))
        for number in range(200)
    )
    shown = render_card(Card(fallback="f", elements=rows))
    is_valid(shown)
    values = [one["value"] for part in shown for block in part.blocks for one in block["elements"]]
    assert sorted(values) == sorted(f"show:{number}:1" for number in range(200))


def test_a_long_table_and_long_pairs_keep_every_cell(is_valid: Validate) -> None:
    cells = tuple((f"#{number}", f"({number}) " + "x" * 90) for number in range(300))
    card = Card(
        fallback="f",
        elements=(Table(caption="c", columns=("a", "b"), rows=cells), Pairs(items=cells)),
    )
    shown = render_card(card)
    is_valid(shown)
    assert all(read(shown).count(cell[1]) == 2 for cell in cells)


# --- buttons --------------------------------------------------------------------------------------


def test_a_button_carries_its_state_and_no_memory_is_needed() -> None:
    (message,) = render_card(EVERYTHING)
    button, menu = message.blocks[-1]["elements"]
    assert button["value"] == "claim:7:1"
    assert [option["value"] for option in menu["options"]] == ["hold:7:1"]


def test_the_block_is_another_one_in_the_tickets_next_version() -> None:
    def block(version: int) -> str:
        row = Buttons(buttons=(Button(id=button_id("claim", 7, version), label="Claim"),))
        return str(render_card(Card(fallback="f", elements=(row,)))[0].blocks[0]["block_id"])

    assert block(1) == block(1) != block(2)


def test_a_label_too_long_for_a_button_stands_above_it_in_full(is_valid: Validate) -> None:
    label = "Show " + "x" * 200
    shown = render_card(
        Card(fallback="f", elements=(Buttons(buttons=(Button(id="show:7:1", label=label),)),))
    )
    is_valid(shown)
    assert label in read(shown)


def test_a_menu_of_hundreds_and_of_long_values_offers_every_one(is_valid: Validate) -> None:
    values = [f"tick:7:1:{number}" for number in range(250)] + ["tick:7:1:" + "x" * 200]
    options = tuple(Option(value=value, label="y" * 120) for value in values)
    shown = render_card(
        Card(fallback="f", elements=(Buttons(menu=Menu(label="m" * 200, options=options)),))
    )
    is_valid(shown)
    text = json.dumps([list(message.blocks) for message in shown])
    assert all(f'"{value}"' in text for value in values)


def test_the_fallback_may_be_shortened_because_the_blocks_are_not(is_valid: Validate) -> None:
    shown = render_card(Card(fallback="&" * 20_000))
    is_valid(shown)
    assert read(shown) == "&" * 20_000


@pytest.mark.parametrize("text", ["First reply is late", "🔴 First reply is late"])
def test_what_is_late_has_one_sign_of_it(text: str) -> None:
    (message,) = render_card(Card(fallback="x", elements=(Line(text=text, tone=Tone.DANGER),)))
    assert json.dumps(message.blocks, ensure_ascii=False).count("🔴 First reply is late") == 1
    assert "🔴 🔴" not in str(message.blocks)
