"""Cards in Discord: every one is valid there, every word literal, and nothing is cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdesk.adapters.discord.components import TooLong, carried
from chatdesk.adapters.discord.render import render_card
from chatdesk.adapters.discord.texts import escaped, pieces, unescaped
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
    button_id,
)
from chatdesk.ui.notice_cards import NOTICE_CARDS
from chatdesk.ui.receipt import receipt
from tests.adapters.messenger_contract import EVERYTHING, EVERYTHING_SHOWN, HOSTILE
from tests.discord.reference import Reference, lint_message, reads, walk
from tests.ui.happenings import NOW, claimed, happened
from tests.ui.tale import LEA, Tale

LONG = " ".join(f"word{number}" for number in range(2400))[:20_000]
REQUESTING = {Audience.REQUESTER, Audience.PERSON, Audience.WATCHERS}

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


# --- every card -----------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["", LONG, *HOSTILE])
@pytest.mark.parametrize("row", NOTICES, ids=[f"{row.name}-{row.audience}" for row in NOTICES])
def test_discord_takes_every_notice_whatever_people_wrote(
    row: Row, words: str, is_valid: Validate
) -> None:
    side = Side.REQUESTER if row.audience in REQUESTING else Side.AGENTS
    person = LEA if row.audience in {Audience.ASSIGNEE, Audience.LEADS, Audience.NAMED} else None
    tale = happened(row.kind)
    if words:
        tale.words = {entry: replace(one, text=words) for entry, one in tale.words.items()}
    is_valid(render_card(NOTICE_CARDS[row.name](tale.told(row.name, None, side, person=person))))


@pytest.mark.parametrize("words", ["It drops", LONG, *HOSTILE])
def test_discord_takes_both_cards_of_a_ticket(words: str, is_valid: Validate) -> None:
    tale = Tale().opened(summary=words[:200], details=words).claimed()
    is_valid(render_card(agents_card(tale.seen(Side.AGENTS, at=NOW))))
    is_valid(render_card(receipt(claimed().opened(details=words).seen(at=NOW))))


def test_every_element_of_a_card_can_be_read(is_valid: Validate) -> None:
    shown = render_card(EVERYTHING)
    is_valid(shown)
    assert not [text for text in EVERYTHING_SHOWN if text not in reads(shown)]


@pytest.mark.parametrize("text", [*HOSTILE, "1. one", "# heading", "-# small", "> quote", "- dot"])
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
                menu=Menu(label=text, options=(Option(value="hold:7:1", label=text),)),
            ),
        ),
    )
    shown = render_card(hostile)
    is_valid(shown)
    assert reads(shown).count(text) >= 12


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


# --- long cards -----------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [3499, 3500, 3501, 9000, 20_000])
@pytest.mark.parametrize("letter", ["x", "ä", "界", "🎫", '"', "*", "word "])
def test_a_long_text_is_split_and_never_cut(length: int, letter: str, is_valid: Validate) -> None:
    text = (letter * length)[:length] + "end"
    shown = render_card(Card(fallback="long", elements=(Quote(text=text),)))
    is_valid(shown)
    assert reads(shown) == text


def test_the_buttons_of_a_long_card_stay_with_its_first_message(is_valid: Validate) -> None:
    row = Buttons(buttons=(Button(id="claim:7:1", label="Claim"),))
    shown = render_card(Card(fallback="f", title="t", elements=(Quote(text=LONG), row)))
    is_valid(shown)
    assert len(shown) > 1
    assert shown[0]["components"][0]["components"][-1]["type"] == 1
    assert not any(one["type"] == 1 for part in shown[1:] for one in walk(part["components"]))


def test_hundreds_of_rows_with_buttons_all_arrive(is_valid: Validate) -> None:
    rows = tuple(
        Buttons(buttons=(Button(id=f"show:{number}:1", label=f"Show #{number}"),))
        for number in range(200)
    )
    shown = render_card(Card(fallback="f", elements=rows))
    is_valid(shown)
    assert sorted(filter(None, ids(shown))) == sorted(f"show:{number}:1" for number in range(200))


def test_a_long_table_and_long_pairs_keep_every_cell(is_valid: Validate) -> None:
    cells = tuple((f"#{number}", f"({number}) " + "x" * 90) for number in range(300))
    card = Card(
        fallback="f",
        elements=(Table(caption="c", columns=("a", "b"), rows=cells), Pairs(items=cells)),
    )
    shown = render_card(card)
    is_valid(shown)
    assert all(reads(shown).count(cell[1]) == 2 for cell in cells)


# --- buttons --------------------------------------------------------------------------------------


def ids(shown: Bodies) -> list[str | None]:
    """What the buttons of messages ask for."""
    found = (one for part in shown for one in walk(part["components"]) if one["type"] == 2)
    return [carried(one["custom_id"]) for one in found]


def test_a_button_carries_its_state_and_no_memory_is_needed() -> None:
    shown = render_card(EVERYTHING)
    (select,) = (one for one in walk(shown[0]["components"]) if one["type"] == 3)
    assert ids(shown) == ["claim:7:1"]
    assert carried(select["custom_id"], [select["options"][0]["value"]]) == "hold:7:1"
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
    assert ids(shown) == ["show:7:1", "show:7:1"]


def test_a_label_too_long_for_a_button_stands_above_it_in_full(is_valid: Validate) -> None:
    label = "Show " + "x" * 200
    shown = render_card(
        Card(fallback="f", elements=(Buttons(buttons=(Button(id="show:7:1", label=label),)),))
    )
    is_valid(shown)
    assert label in reads(shown)


def test_a_menu_of_hundreds_offers_every_one(is_valid: Validate) -> None:
    values = [f"tick:7:1:{number}" for number in range(250)]
    options = tuple(Option(value=value, label="y" * 120) for value in values)
    shown = render_card(
        Card(fallback="f", elements=(Buttons(menu=Menu(label="m" * 200, options=options)),))
    )
    is_valid(shown)
    assert all(f"'{value}'" in str(shown) for value in values)


def test_what_fits_into_no_button_is_a_bug_and_not_sent() -> None:
    row = Buttons(buttons=(Button(id="x" * 101, label="x"),))
    with pytest.raises(TooLong):
        render_card(Card(fallback="f", elements=(row,)))
