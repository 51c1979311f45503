"""Lists of tickets, and the small cards around them."""

from dataclasses import replace

import pytest

from chatdesk.lifecycle.facts import MessageAdded
from chatdesk.lifecycle.ticket import CloseReason, Side
from chatdesk.ui.cards import Card, Line, Tone, button_id
from chatdesk.ui.lists import (
    SHOWN_ENTRIES,
    done_card,
    help_card,
    list_card,
    menu_card,
    opened_card,
    show_card,
)
from chatdesk.ui.views import Reader, TicketList, TicketView
from chatdesk.ui.voice import Voice
from chatdesk.ui.wording import Wording
from tests.ui.tale import BERLIN, JO, MARA, MONDAY, Tale, after, buttons_of, file_shown, text_of

SAY = Voice(
    wording=Wording(), locale="en", zone=BERLIN, now=after(minutes=20), desk="Helping hands"
)
VIEWS = ("mine", "found", "unassigned", "risk", "waiting", "all")


def listed(*rows: TicketView, title: str = "mine", more: str = "", words: str = "") -> Card:
    found = TicketList(
        title_key=title,
        rows=rows,
        total=len(rows),
        reader=Reader(zone=BERLIN),
        now=MONDAY,
        more=more,
        words=words,
    )
    return list_card(found, SAY)


@pytest.mark.parametrize(
    ("tale", "turn"),
    [
        (Tale().opened(), "Our turn: IT help has it"),
        (Tale().opened().claimed(), "Our turn: Jo is on it"),
        (Tale().opened().asked(), "Your turn: we asked you something"),
        (Tale().opened().claimed().held(), "Paused until Mon 30 Nov 14:05"),
        (Tale().opened().claimed().resolved(), "Your turn: did it help?"),
        (Tale().opened().closed(CloseReason.CANCELLED), "Closed: Withdrawn"),
    ],
)
def test_my_tickets_say_whose_turn_it_is(tale: Tale, turn: str) -> None:
    card = listed(tale.seen())
    assert turn in text_of(card)
    assert "#1042 VPN drops every 10 minutes" in text_of(card)
    assert buttons_of(card) == {"Show": "show"}


def test_agents_see_priority_owner_and_what_is_due_and_claim_from_the_list() -> None:
    card = listed(Tale().opened().seen(Side.AGENTS), title="unassigned")
    text = text_of(card)
    assert card.title == "Nobody has these yet (1)"
    assert "High · New · nobody\n⏱ First reply due in 40 min" in text
    assert buttons_of(card) == {"Show": "show", "Claim": "claim"}
    taken = listed(Tale().opened().claimed().seen(Side.AGENTS), title="all")
    assert buttons_of(taken) == {"Show": "show"}


def test_what_is_late_shows_in_its_row() -> None:
    late = Tale().opened().seen(Side.AGENTS, at=after(hours=2))
    card = listed(late, title="risk")
    assert "🔴 #1042" in text_of(card)
    assert Tone.DANGER in {one.tone for one in card.elements if isinstance(one, Line)}


def test_the_next_page_is_one_click_away() -> None:
    card = listed(Tale().opened().seen(), more=button_id("mine", more="mine:1042"))
    assert buttons_of(card)["More of them"] == "mine:mine:1042"


@pytest.mark.parametrize("title", VIEWS)
def test_an_empty_list_says_something_kind(title: str) -> None:
    card = listed(title=title, words="{{7*7}} <!here>")
    assert card.fallback
    assert buttons_of(card) == {}
    if title == "found":
        assert "Nothing found for “{{7*7}} <!here>”." in card.fallback


def test_an_agents_own_list_is_called_so() -> None:
    assert listed(Tale().opened().claimed().seen(Side.AGENTS)).title == "On your desk (1)"
    assert listed(Tale().opened().seen()).title == "Your tickets (1)"


def test_shown_a_ticket_brings_the_latest_of_its_conversation() -> None:
    tale = Tale().opened().claimed().replied()
    last = tale.ticket.public_words[-1]
    tale.changed(last.entry, files=(file_shown(),))
    text = text_of(show_card(tale.seen()))
    assert "What was said\nJo, today 14:15: Please try client 5.2.\nscreen.png" in text
    assert text.rstrip().endswith("[Withdraw]")


def test_a_long_conversation_is_cut_at_its_beginning_and_says_so() -> None:
    tale = Tale().opened().claimed()
    for number in range(SHOWN_ENTRIES + 2):
        words = tale.text(f"Message {number}", MARA)
        tale.so(MessageAdded(at=after(minutes=6 + number), by=MARA, text=words))
    view = tale.seen()
    stored = dict(reversed(list(view.entries.items())))  # whichever way the store returns them
    text = text_of(show_card(replace(view, entries=stored)))
    assert "2 earlier entries are in the transcript." in text
    shown = [number for number in range(SHOWN_ENTRIES + 2) if f": Message {number}\n" in text]
    assert shown == list(range(2, SHOWN_ENTRIES + 2))


def test_deleted_withdrawn_and_absent_words_are_not_shown() -> None:
    tale = Tale().opened().claimed().replied()
    last = tale.ticket.public_words[-1]
    assert "Please try" not in text_of(show_card(tale.changed(last.entry, is_removed=True).seen()))
    withdrawn = tale.changed(last.entry, delivery="withdrawn").seen(Side.AGENTS)
    assert "Please try" not in text_of(show_card(withdrawn))
    assert "What was said" not in text_of(show_card(Tale().opened().seen()))


def test_notes_are_marked_when_agents_look() -> None:
    text = text_of(show_card(Tale().opened().claimed().resolved().seen(Side.AGENTS)))
    assert "for colleagues only: An expired certificate" in text


def test_whoever_opens_a_ticket_reads_its_number_and_the_promise_at_once() -> None:
    card = opened_card(Tale().opened().seen())
    assert card.fallback == (
        "#1042 is with IT help. The first answer comes by today 15:05 (your time)."
    )
    behalf = opened_card(Tale().opened(by=JO).seen())
    assert "Mara Lind has been told" in behalf.fallback


def test_the_menu_offers_what_one_may_do() -> None:
    anyone = menu_card(SAY, agent=False, manager=False)
    assert list(buttons_of(anyone).values()) == ["new", "mine", "find", "help"]
    both = menu_card(SAY, agent=True, manager=True)
    assert list(buttons_of(both).values()) == ["new", "mine", "find", "help", "queue", "digest"]
    assert anyone.title == "Helping hands"


def test_help_lists_usage_and_effect() -> None:
    card = help_card((("/ticket new [words]", "open a ticket"), ("/ticket mine", "see yours")), SAY)
    assert "/ticket new [words] | open a ticket" in text_of(card)
    assert "/ticket mine" in card.fallback


def test_what_was_done_without_a_ticket_is_confirmed() -> None:
    away = done_card(SAY, "away", until=after(days=2))
    assert away.fallback == "You are away until Wed 25 Nov 14:05. New tickets go to others."
    assert "every Monday at 9:00" in done_card(SAY, "digest_weekly", hour=9).fallback
    for key in ("back", "digest_off"):
        assert done_card(SAY, key).tone is Tone.GOOD


def test_erased_tickets_still_have_a_row() -> None:
    view = Tale().opened().seen()
    assert "#1042" in text_of(listed(replace(view, entries={})))
