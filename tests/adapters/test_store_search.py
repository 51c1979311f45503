"""Words of tickets, found again: alike on both databases, and never more than one may see."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatdesk.adapters.db import SqlStore
from chatdesk.adapters.db.words import words_asked, words_of
from chatdesk.lifecycle.ticket import PersonId, QueueName
from chatdesk.ports import TicketQuery
from tests.adapters.store_stories import (
    EVERYTHING,
    HOUR,
    HR,
    IT,
    JO,
    MARA,
    MONDAY,
    SAM,
    Desk,
    assigned,
    watched,
)


@pytest.fixture
def desk(store: SqlStore) -> Desk:
    return Desk(store)


def index(desk: Desk, number: int, words: str, public: str = "") -> None:
    desk.store.write(lambda tx: tx.search.index(number, words, public=public))


def ticket(desk: Desk, words: str, public: str | None = None, **how: object) -> int:
    number = desk.open(**how).number  # type: ignore[arg-type]  # what `open` takes
    index(desk, number, words, words if public is None else public)
    return number


def find(desk: Desk, text: str, query: TicketQuery = EVERYTHING, limit: int = 10) -> list[int]:
    return desk.store.read(lambda tx: tx.search.find(text, query, limit))


def requester(person: PersonId) -> TicketQuery:
    return TicketQuery(visible_person=person)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ("printer", "a word"),
        ("PRINTER", "in capitals"),
        ("jam printer", "in any order"),
        ("print", "a beginning"),
        ("jam prin", "the last word may be a beginning"),
        ("groesse grosse", "no such word"),
        ("größe", "with its accents"),
        ("grosse", "without"),
        ("Gro\u0308ße", "accents written apart"),
        ("naïve café", "other accents"),
        ("naive cafe", "without"),
        ("ﬁle", "a ligature"),
        ("3f", "a number in a word"),
        ("שלום", "from right to left"),
        ("打印机", "Han, as it begins"),
        ("印机坏", "Han, inside"),
        ("机", "Han, a single character"),
        ("printer!!! (jam)", "punctuation parts words"),
        ("user@example.org", "an address"),
        ("C:\\temp", "a path"),
        ("81851756", "a number behind a symbol"),
        ("\u211681851756", "with the symbol"),
    ],
)
def test_a_ticket_is_found_by_its_words(desk: Desk, asked: str, reason: str) -> None:
    ticket(desk, "something else altogether")
    number = ticket(
        desk,
        "Printer JAM on 3F-West, Größe A4. Naïve café: file user@example.org C:\\temp\\x"
        " שלום עולם 打印机坏了。 Customer \u211681851756",
    )
    assert find(desk, asked) == ([] if reason == "no such word" else [number])


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "   ",
        "!?",
        "\x00",
        "AND",
        "printer OR mouse",
        '"printer',
        "printer*",
        "-printer",
        "words : printer",
        "NEAR(printer mouse)",
        "printer:*",
        "'printer' | 'mouse'",
        "!printer",
        "printer\\",
        "%",
        "#",
        "a" * 5000,
        " ".join(f"w{n}" for n in range(500)),
        "🏳️‍🌈",
        "\ud800",
    ],
)
def test_nothing_a_person_types_is_taken_for_syntax(desk: Desk, asked: str) -> None:
    both = ticket(desk, "printer mouse words near or and")
    ticket(desk, "keyboard")
    assert find(desk, asked) in ([], [both])


def test_every_word_must_be_there_wherever_it_was_said(desk: Desk) -> None:
    number = ticket(desk, "printer jam")
    assert find(desk, "printer toner") == []
    index(desk, number, "it was the toner", "it was the toner")
    assert find(desk, "printer toner") == [number]
    assert find(desk, "jam prin") == [number]


def test_whole_words_come_before_beginnings_and_newer_before_older(desk: Desk) -> None:
    old, beginning, new = (ticket(desk, words) for words in ("print", "printer", "print"))
    assert find(desk, "print") == [new, old, beginning]
    assert find(desk, "print", limit=2) == [new, old]


@pytest.mark.parametrize("asked", ["2", "#2", "  #2 "])
def test_a_number_finds_its_ticket_first(desk: Desk, asked: str) -> None:
    for _ in range(2):
        ticket(desk, "nothing")
    third = ticket(desk, "version 2")
    assert find(desk, asked) == [2, third]
    assert find(desk, "999999999999999999") == []


def test_a_number_of_somebody_else_is_not_found(desk: Desk) -> None:
    ticket(desk, "mine", by=SAM)
    assert find(desk, "#1", requester(MARA)) == []
    assert find(desk, "#1", requester(SAM)) == [1]


def test_requesters_find_their_own_by_public_words_only(desk: Desk) -> None:
    mine = ticket(desk, "laptop stolen suspicious", "laptop stolen")
    followed = desk.open(watched(MARA), by=SAM).number
    index(desk, followed, "laptop secret", "laptop")
    ticket(desk, "laptop", by=SAM)
    assert find(desk, "laptop", requester(MARA)) == [followed, mine]
    assert find(desk, "lap", requester(MARA)) == [followed, mine]
    assert find(desk, "suspicious", requester(MARA)) == []
    assert find(desk, "laptop susp", requester(MARA)) == []
    assert find(desk, "suspicious") == [mine]


def test_agents_are_requesters_too_where_they_may_not_work(desk: Desk) -> None:
    number = ticket(desk, "salary gossip", "salary", by=JO, queue=HR, is_confidential=True)
    hidden = ticket(desk, "salary", by=SAM, queue=HR, is_confidential=True)
    agent = TicketQuery(visible_person=JO, visible_queues=frozenset({IT}), sees_all_open=True)
    assert find(desk, "salary", agent) == [number]
    assert find(desk, "gossip", agent) == []
    assert find(desk, f"#{hidden}", agent) == []


def test_a_search_can_be_narrowed(desk: Desk) -> None:
    first = ticket(desk, "vpn", queue=IT, topic="laptop")
    second = ticket(desk, "vpn", queue=QueueName("net"), at=MONDAY + HOUR)
    index(desk, desk.open(assigned(SAM)).number, "vpn")

    def narrowed(**how: object) -> list[int]:
        who = {"visible_person": JO, "sees_all_open": True}
        return find(desk, "vpn", TicketQuery(**who, **how))  # type: ignore[arg-type]  # what `open` takes

    assert narrowed() == [3, second, first]
    assert narrowed(queues=frozenset({IT})) == [3, first]
    assert narrowed(assignee=SAM) == [3]
    assert narrowed(opened_from=MONDAY + HOUR) == [second]
    assert find(desk, "#1", TicketQuery(visible_person=JO, sees_all_open=True, assignee=SAM)) == []


def test_a_word_of_many_newer_tickets_still_finds_an_old_one(desk: Desk) -> None:
    old = ticket(desk, "vpn", queue=HR)
    for _ in range(60):
        ticket(desk, "vpn", queue=IT)
    who = TicketQuery(visible_person=JO, sees_all_open=True, queues=frozenset({HR}))
    assert find(desk, "vpn", who) == [old]


def leafed(desk: Desk, text: str, query: TicketQuery, limit: int) -> list[int]:
    """Return what all pages show, in their order."""
    found = page = find(desk, text, query, limit)
    while len(page) == limit:
        page = find(desk, text, replace(query, after=("", page[-1])), limit)
        found = found + page
    return found


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_pages_show_each_once_in_the_order_of_a_single_one(desk: Desk, limit: int) -> None:
    whole, begins = ("print 4", "printer 4")
    for number, words in enumerate([whole, begins, begins, whole, "other", begins, whole]):
        ticket(desk, words, by=SAM if number % 2 else MARA)
    every = TicketQuery(visible_person=JO, sees_all_open=True)
    assert find(desk, "4 print", every, 100) == [7, 4, 1, 6, 3, 2]
    assert leafed(desk, "4 print", every, limit) == [7, 4, 1, 6, 3, 2]
    assert leafed(desk, "4 print", requester(MARA), limit) == [7, 1, 3]
    assert leafed(desk, "4", every, limit) == [4, 7, 6, 3, 2, 1]


def test_what_an_agent_asked_for_stands_on_one_page_only(desk: Desk) -> None:
    mine = ticket(desk, "print printer", "printer", by=JO)
    other = ticket(desk, "printer")
    agent = TicketQuery(visible_person=JO, sees_all_open=True)
    for limit in (1, 2, 3):
        assert leafed(desk, "print", agent, limit) == [mine, other]


def test_pages_go_on_where_they_were_though_newer_ones_came(desk: Desk) -> None:
    for _ in range(3):
        ticket(desk, "vpn")
    first = find(desk, "vpn", limit=2)
    ticket(desk, "vpn")
    assert (first, find(desk, "vpn", replace(EVERYTHING, after=("", 2)))) == ([3, 2], [1])


_WORDS = st.lists(
    st.sampled_from(
        ["vpn", "VPN", "vp", "v", "größe", "grosse", "打印机坏了", "印机", "3f", "a-b"]
    ),
    max_size=4,
)


def test_both_databases_find_what_the_words_say(desk: Desk) -> None:
    texts = ["vpn größe", "VP 打印机坏了", "grosse a-b 3f", "v vp vpn", "a b", "印机"]
    numbers = [ticket(desk, text) for text in texts]

    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(asked=_WORDS.map(" ".join))
    def check(asked: str) -> None:
        words = words_asked(asked)
        meant = [
            number
            for number, text in zip(numbers, texts, strict=True)
            if words
            and words_of(text).issuperset(words[:-1])
            and any(word.startswith(words[-1]) for word in words_of(text))
        ]
        assert sorted(find(desk, asked)) == meant

    check()


def test_a_ticket_indexed_anew_is_found_by_its_new_words_alone(desk: Desk) -> None:
    number = ticket(desk, "password swordfish", "password")
    other = ticket(desk, "swordfish for lunch")
    desk.store.write(lambda tx: tx.search.index_anew(number, "machine", public="printer"))
    assert find(desk, "swordfish") == [other]
    assert find(desk, "machine") == find(desk, "printer") == [number]
    assert find(desk, "machine", requester(MARA)) == []
