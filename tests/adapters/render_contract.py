"""What every platform's rendering of cards does: valid there, every word literal, nothing cut."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from typing import Any

import pytest

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
)
from chatdesk.ui.notice_cards import NOTICE_CARDS
from chatdesk.ui.receipt import receipt
from tests.adapters.messenger_contract import EVERYTHING, EVERYTHING_SHOWN, HOSTILE
from tests.ui.happenings import NOW, claimed, happened
from tests.ui.tale import LEA, Tale

LONG = " ".join(f"word{number}" for number in range(2400))[:20_000]
REQUESTING = {Audience.REQUESTER, Audience.PERSON, Audience.WATCHERS}
MARKUP = ("1. one", "# heading", "-# small", "> quote", "- dot")

Messages = tuple[Any, ...]
Validate = Callable[[Messages], None]
"""Fails unless the platform takes these messages."""


class RenderContract(ABC):
    """Tests for one platform; `is_valid` is a fixture of the module that has them."""

    @abstractmethod
    def render(self, card: Card) -> Messages:
        """Return a card as the platform's messages."""

    @abstractmethod
    def reads(self, messages: Messages) -> str:
        """Return all a person reads in messages, piece by piece, with nothing in between."""

    @abstractmethod
    def buttons(self, messages: Messages) -> list[list[str]]:
        """Return what the buttons of each message ask for."""

    @abstractmethod
    def choices(self, messages: Messages) -> list[str]:
        """Return what can be chosen or pressed in messages, by what it asks for."""

    # --- every card ---

    @pytest.mark.parametrize("words", ["", LONG, *HOSTILE])
    @pytest.mark.parametrize("row", NOTICES, ids=[f"{row.name}-{row.audience}" for row in NOTICES])
    def test_every_notice_is_taken_whatever_people_wrote(
        self, row: Row, words: str, is_valid: Validate
    ) -> None:
        side = Side.REQUESTER if row.audience in REQUESTING else Side.AGENTS
        apart = {Audience.ASSIGNEE, Audience.LEADS, Audience.NAMED}
        person = LEA if row.audience in apart else None
        tale = happened(row.kind)
        if words:
            tale.words = {entry: replace(one, text=words) for entry, one in tale.words.items()}
        card = NOTICE_CARDS[row.name](tale.told(row.name, None, side, person=person))
        is_valid(self.render(card))

    @pytest.mark.parametrize("words", ["It drops", LONG, *HOSTILE])
    def test_both_cards_of_a_ticket_are_taken(self, words: str, is_valid: Validate) -> None:
        tale = Tale().opened(summary=words[:200], details=words).claimed()
        is_valid(self.render(agents_card(tale.seen(Side.AGENTS, at=NOW))))
        is_valid(self.render(receipt(claimed().opened(details=words).seen(at=NOW))))

    def test_every_element_of_a_card_can_be_read(self, is_valid: Validate) -> None:
        shown = self.render(EVERYTHING)
        is_valid(shown)
        assert not [text for text in EVERYTHING_SHOWN if text not in self.reads(shown)]

    @pytest.mark.parametrize("text", [*HOSTILE, *MARKUP])
    def test_what_people_wrote_stands_there_letter_by_letter(
        self, text: str, is_valid: Validate
    ) -> None:
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
        shown = self.render(hostile)
        is_valid(shown)
        assert self.reads(shown).count(text) >= 12

    # --- long cards ---

    @pytest.mark.parametrize("length", [2999, 3000, 3001, 3499, 3500, 3501, 9000, 20_000])
    @pytest.mark.parametrize("letter", ["x", "ä", "界", "🎫", '"', "*", "word "])
    def test_a_long_text_is_split_and_never_cut(
        self, length: int, letter: str, is_valid: Validate
    ) -> None:
        text = (letter * length)[:length] + "end"
        shown = self.render(Card(fallback="long", elements=(Quote(text=text),)))
        is_valid(shown)
        assert self.reads(shown) == text

    def test_the_buttons_of_a_long_card_stay_with_its_first_message(
        self, is_valid: Validate
    ) -> None:
        row = Buttons(buttons=(Button(id="claim:7:1", label="Claim"),))
        shown = self.render(Card(fallback="f", title="t", elements=(Quote(text=LONG), row)))
        is_valid(shown)
        assert len(shown) > 1
        assert self.buttons(shown) == [["claim:7:1"], *([] for _ in shown[1:])]

    def test_hundreds_of_rows_with_buttons_all_arrive(self, is_valid: Validate) -> None:
        asked = [f"show:{number}:1" for number in range(200)]
        rows = tuple(Buttons(buttons=(Button(id=one, label=f"Show {one}"),)) for one in asked)
        shown = self.render(Card(fallback="f", elements=rows))
        is_valid(shown)
        assert sorted(chain.from_iterable(self.buttons(shown))) == sorted(asked)

    def test_a_long_table_and_long_pairs_keep_every_cell(self, is_valid: Validate) -> None:
        cells = tuple((f"#{number}", f"({number}) " + "x" * 90) for number in range(300))
        table = Table(caption="c", columns=("a", "b"), rows=cells)
        shown = self.render(Card(fallback="f", elements=(table, Pairs(items=cells))))
        is_valid(shown)
        assert all(self.reads(shown).count(cell[1]) == 2 for cell in cells)

    # --- buttons and menus ---

    def test_a_button_carries_its_state_and_no_memory_is_needed(self) -> None:
        shown = self.render(EVERYTHING)
        assert self.buttons(shown) == [["claim:7:1"]]
        assert self.choices(shown) == ["claim:7:1", "hold:7:1"]

    def test_a_label_too_long_for_a_button_stands_above_it_in_full(
        self, is_valid: Validate
    ) -> None:
        label = "Show " + "x" * 200
        row = Buttons(buttons=(Button(id="show:7:1", label=label),))
        shown = self.render(Card(fallback="f", elements=(row,)))
        is_valid(shown)
        assert label in self.reads(shown)

    def test_a_menu_of_hundreds_offers_every_one(self, is_valid: Validate) -> None:
        values = [f"tick:7:1:{number}" for number in range(250)]
        options = tuple(Option(value=value, label="y" * 120) for value in values)
        row = Buttons(menu=Menu(label="m" * 200, options=options))
        shown = self.render(Card(fallback="f", elements=(row,)))
        is_valid(shown)
        assert sorted(self.choices(shown)) == sorted(values)
