"""Somebody with accounts on two platforms is one person, by a code that only they can know."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr

from chatdesk import bootstrap, linking
from chatdesk.bootstrap.erasing import erase, traces
from chatdesk.config import PolicySource, Settings
from chatdesk.config.source import example_file
from chatdesk.lifecycle.identity import PersonReplaced
from chatdesk.lifecycle.notices import NOTICES
from chatdesk.lifecycle.record import fold
from chatdesk.lifecycle.ticket import EntryKind, PersonId, Ticket
from chatdesk.ports import Outgoing, Place, Transaction
from chatdesk.ui.exchange import (
    Answer,
    Clicked,
    Done,
    Edited,
    Interaction,
    Said,
    Submitted,
    Typed,
    Visitor,
)
from chatdesk.ui.forms import Values
from tests.scenarios.desk_stage import MONDAY
from tests.scenarios.stage import words_of

SLACK, DISCORD, BROWSER = "slack:UMARA", "discord:77", "local:mara"
NEW: Values = {"topic": "network", "summary": "VPN drops", "q.place": "At home"}


class House:
    """A desk that people of several platforms come to."""

    def __init__(self, data_dir: Path, url: str) -> None:
        """Put a desk together over a migrated database; Jo works in Slack."""
        self.moment = MONDAY
        policy = data_dir / "desk.yaml"
        text = example_file().read_text("utf-8")
        policy.write_text(text.replace("[local:jo, local:sam]", "[slack:UJO, local:sam]"), "utf-8")
        self.settings = Settings(data_dir=data_dir, database_url=SecretStr(url), policy=policy)
        self.parts = bootstrap.assemble(
            self.settings, PolicySource(policy), real_time=lambda: self.moment
        )
        self.store = self.parts.store

    def do(
        self, handle: str, done: Done, key: str = "", *, place: str = "", thread: str = ""
    ) -> Answer:
        """Let somebody do something on their platform."""
        interaction = Interaction(
            key=key or secrets.token_hex(8),
            platform=linking.platform_of(handle),
            by=Visitor(handle=handle, name=handle.title(), zone="Europe/Berlin", locale="en"),
            place=place or f"direct-{handle}",
            thread=thread,
            is_direct=not place,
            done=done,
        )
        return self.parts.reception.receive(interaction)

    def types(self, handle: str, words: str, key: str = "") -> Answer:
        """Let somebody type a command."""
        return self.do(handle, Typed(text=f"/ticket {words}"), key)

    def code(self, handle: str) -> str:
        """Let somebody ask for a code."""
        found = re.search(
            r"[A-Z2-9]{4}-[A-Z2-9]{8}", words_of(self.types(handle, "link-account").card)
        )
        assert found is not None
        return found[0]

    def links(self, asking: str, agreeing: str) -> Answer:
        """Let somebody link two accounts, all the way."""
        asked = self.types(agreeing, f"link-account {self.code(asking)}")
        assert not asked.is_refusal, asked
        return self.agrees(agreeing, asked)

    def agrees(self, handle: str, asked: Answer) -> Answer:
        """Let somebody click the button of the question."""
        found = re.search(r"link-account:0:0:agree:\w+", words_of(asked.card))
        assert found is not None
        return self.do(handle, Clicked(id=found[0]))

    def opens(self, handle: str, **values: str) -> Ticket:
        """Let somebody open a ticket."""
        answer = self.do(handle, Submitted(id="new:0:0", values={**NEW, **values}))
        assert not answer.is_refusal, answer
        person = self.person(handle)
        return self.ticket(self.store.read(lambda tx: max(tx.tickets.unsolved_of(person))))

    def ticket(self, number: int) -> Ticket:
        """Return a ticket as it is."""
        found = self.store.read(lambda tx: tx.tickets.load(number))
        assert found is not None
        return found

    def person(self, handle: str) -> PersonId:
        """Return who an account is."""
        found = self.store.read(lambda tx: tx.people.by_handle(handle))
        assert found is not None
        return found.person

    def waiting(self, lane: str) -> list[Outgoing]:
        """Return what is on its way in a lane."""
        found: list[Outgoing] = []
        while rows := self.store.write(lambda tx: tx.outbox.claim(100, timedelta(minutes=1))):
            found += rows
            for row in rows:
                self.store.write(partial(_sent, row=row))
        return [row for row in found if row.lane == lane]

    def shown(self, row: Outgoing) -> tuple[str, str]:
        """Return the platform and the words of a notice."""
        showing = self.store.read(lambda tx: self.parts.gallery.present(tx, row))
        assert showing is not None
        return showing.platform, words_of(showing.card)


def _sent(tx: Transaction, *, row: Outgoing) -> bool:
    return tx.outbox.sent(row, "M")


@pytest.fixture
def house(store_url: str, tmp_path: Path) -> Iterator[House]:
    """A desk over each of the two databases."""
    made = House(tmp_path, store_url)
    yield made
    made.parts.close()


def refused(answer: Answer) -> str:
    assert answer.is_refusal
    return words_of(answer.card)


def numbers(answer: Answer) -> set[str]:
    return set(re.findall(r"#\d+", words_of(answer.card)))


# --- becoming one ---------------------------------------------------------------------------------


def test_two_accounts_become_one_person_with_all_their_tickets(house: House) -> None:
    here, there = house.opens(SLACK), house.opens(DISCORD)
    house.opens(SLACK)
    assert numbers(house.types(DISCORD, "mine")) == {f"#{there.number}"}
    done = house.links(SLACK, DISCORD)
    assert "one person on Discord and Slack" in words_of(done.card)
    assert house.person(SLACK) == house.person(DISCORD) == here.requester
    assert len(numbers(house.types(DISCORD, "mine"))) == 3
    assert len(numbers(house.types(SLACK, "mine"))) == 3
    withdrawn = house.types(SLACK, f"withdraw {there.number}")
    assert not withdrawn.is_refusal


def test_whoever_asked_is_told_on_their_platform(house: House) -> None:
    house.opens(SLACK)
    house.opens(DISCORD)
    asked = house.person(SLACK)
    house.links(SLACK, DISCORD)
    (told,) = [one for one in house.waiting(f"person:{asked}") if one.notice == linking.LINKED]
    platform, words = house.shown(told)
    assert platform == "slack"
    assert "linked with yours on Discord" in words


def test_the_record_stays_and_says_what_happened(house: House) -> None:
    house.opens(SLACK)
    house.opens(SLACK)
    ticket = house.opens(DISCORD)
    house.links(SLACK, DISCORD)
    record = [one.fact for one in house.store.read(lambda tx: tx.tickets.record(ticket.number))]
    assert record[0].by == ticket.requester, "who acted then is who acted then"
    assert isinstance(record[-1], PersonReplaced)
    assert fold(record) == house.ticket(ticket.number)
    assert house.ticket(ticket.number).requester == house.person(SLACK)
    assert bootstrap.verify(house.settings).faults == ()


def test_rights_are_those_of_all_accounts(house: House) -> None:
    ticket = house.opens(SLACK)
    assert house.types("discord:99", f"claim {ticket.number}").is_refusal
    house.links("slack:UJO", "discord:99")
    assert not house.types("discord:99", f"claim {ticket.number}").is_refusal
    assert house.ticket(ticket.number).assignee == house.person("slack:UJO")


def test_what_somebody_works_and_follows_comes_along(house: House) -> None:
    ticket = house.opens(SLACK)
    house.types("slack:UJO", f"claim {ticket.number}")
    for _ in range(3):
        house.opens("discord:99")
    house.types(SLACK, f"add {ticket.number} @slack:ujo")
    house.links("discord:99", "slack:UJO")
    after = house.ticket(ticket.number)
    assert after.assignee == house.person("discord:99")
    assert not house.types("discord:99", f"release {ticket.number} too much").is_refusal


def test_a_browser_and_two_chats_are_one_person(house: House) -> None:
    house.opens(SLACK)
    house.opens(SLACK)
    house.links(SLACK, DISCORD)
    house.links(BROWSER, DISCORD)
    assert house.person(SLACK) == house.person(DISCORD) == house.person(BROWSER)


def test_a_ticket_is_answered_where_it_was_opened(house: House) -> None:
    house.types(SLACK, "help")
    house.links(SLACK, BROWSER)
    ticket = house.opens(SLACK)
    lane = f"ticket:{ticket.number}:requester"
    assert house.store.read(lambda tx: tx.marks.get(f"opened:{lane}")) == "slack"


def test_ones_own_words_can_still_be_changed(house: House) -> None:
    ticket = house.opens(DISCORD)
    lane = f"ticket:{ticket.number}:requester"
    place = Place(platform="discord", place="C", thread="T")
    house.store.write(lambda tx: tx.conversations.bind(lane, place))
    said = Said(text="It is the blue one", message="M1")
    house.do(DISCORD, said, place="C", thread="T")
    for _ in range(2):
        house.opens(SLACK)
    house.links(SLACK, DISCORD)
    answer = house.do(DISCORD, Edited(message="M1", text="the red one"), place="C", thread="T")
    assert not answer.is_refusal, answer
    words = house.store.read(lambda tx: tx.entries.of(ticket.number, frozenset(EntryKind)))
    assert [one.text for one in words][-1] == "the red one"


# --- codes that do not work -----------------------------------------------------------------------


def kind_sentence(house: House) -> str:
    return refused(house.types(DISCORD, "link-account ABCD-ABCDEFGH"))


def test_every_code_that_does_not_work_gets_the_same_kind_sentence(house: House) -> None:
    house.types(SLACK, "help")
    house.types(DISCORD, "help")
    forged = kind_sentence(house)
    assert "does not work (any more)" in forged
    code = house.code(SLACK)
    wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
    assert refused(house.types(DISCORD, f"link-account {wrong}")) == forged
    assert refused(house.types(SLACK, f"link-account {code}")) == forged, "of one's own account"
    house.moment += linking.VALID_FOR + timedelta(seconds=1)
    assert refused(house.types(DISCORD, f"link-account {code}")) == forged, "expired"
    code = house.code(SLACK)
    asked = house.types(DISCORD, f"link-account {code}")
    house.agrees(DISCORD, asked)
    house.types("local:lea", "help")
    assert refused(house.types("local:lea", f"link-account {code}")) == forged, "used"
    assert refused(house.agrees(DISCORD, asked)) == forged, "agreed to twice"
    assert refused(house.types("local:lea", "link-account hello there")) == forged


def test_only_who_typed_the_code_can_agree(house: House) -> None:
    house.types(SLACK, "help")
    asked = house.types(DISCORD, f"link-account {house.code(SLACK)}")
    assert house.agrees("local:lea", asked).is_refusal
    assert house.person("local:lea") != house.person(SLACK)


def test_a_code_bears_few_attempts(house: House) -> None:
    house.types(SLACK, "help")
    code = house.code(SLACK)
    for attempt in range(linking.ATTEMPTS):
        house.types(f"discord:{attempt}", f"link-account {code[:5]}AAAAAAAA")
    assert house.types(DISCORD, f"link-account {code}").is_refusal


def test_an_account_tries_only_so_often(house: House) -> None:
    house.types(SLACK, "help")
    for _ in range(linking.TRIES):
        kind_sentence(house)
    code = house.code(SLACK)
    assert house.types(DISCORD, f"link-account {code}").is_refusal
    house.moment += linking.TRIES_WITHIN
    assert not house.types(DISCORD, f"link-account {house.code(SLACK)}").is_refusal


def test_nobody_is_two_people_of_one_platform(house: House) -> None:
    house.types(SLACK, "help")
    house.links(SLACK, DISCORD)
    code = house.code("discord:78")
    assert house.types(SLACK, f"link-account {code}").is_refusal


def test_nothing_of_a_code_is_said_where_others_read(house: House) -> None:
    house.types(SLACK, "help")
    asked = house.do(SLACK, Said(text="@chatdesk link-account", message="1"), place="C")
    assert "Others can read this here" in refused(asked)
    code = house.code(SLACK)
    said = house.do(DISCORD, Said(text=f"@chatdesk link-account {code}", message="2"), place="C")
    assert "Others can read this here" in refused(said)
    assert house.types(DISCORD, f"link-account {code}").is_refusal, "others have read it"


def test_cards_with_a_code_are_for_one_person_alone(house: House) -> None:
    asked = house.types(SLACK, "link-account").card
    assert asked is not None
    assert asked.is_private
    question = house.types(DISCORD, f"link-account {house.code(SLACK)}").card
    assert question is not None
    assert question.is_private


def test_the_code_is_kept_nowhere(house: House) -> None:
    key = "the-same-delivery"
    shown = words_of(house.types(SLACK, "link-account", key).card)
    code = re.search(r"[A-Z2-9]{4}-([A-Z2-9]{8})", shown)
    assert code is not None
    house.types(DISCORD, f"link-account {code[0]}", "typed")
    house.do(DISCORD, Said(text=f"!link-account {code[0]}", message="1"), "said")

    def kept(tx: Transaction) -> str:
        return str([tx.inbox.known(one) for one in (key, "typed", "said")])

    assert code[1] not in house.store.read(kept)
    again = words_of(house.types(SLACK, "link-account", key).card)
    assert "shown once" in again


# --- parting --------------------------------------------------------------------------------------


@pytest.mark.parametrize("leaving", [SLACK, DISCORD])
def test_what_came_with_an_account_goes_back_with_it(house: House, leaving: str) -> None:
    here, there = house.opens(SLACK), house.opens(DISCORD)
    house.opens(SLACK)
    house.links(SLACK, DISCORD)
    since = house.opens(DISCORD)
    answer = house.types(leaving, "link-account off")
    assert "by itself again" in words_of(answer.card)
    assert house.person(SLACK) == here.requester
    assert house.person(DISCORD) == there.requester
    assert house.ticket(there.number).requester == there.requester
    assert house.ticket(since.number).requester == here.requester, "what was opened since stays"
    assert numbers(house.types(DISCORD, "mine")) == {f"#{there.number}"}


def test_nothing_goes_on_being_told_to_an_account_that_left(house: House) -> None:
    for _ in range(2):
        house.opens(SLACK)
    house.types(DISCORD, "help")
    house.links(SLACK, DISCORD)
    ticket = house.opens(DISCORD)
    lane = f"ticket:{ticket.number}:requester"
    place = Place(platform="discord", place="C", thread="T")
    house.store.write(lambda tx: tx.conversations.bind(lane, place))
    house.types(SLACK, "link-account off")
    assert house.store.read(lambda tx: tx.conversations.place(lane)) is None


def test_the_other_account_is_told_of_the_parting(house: House) -> None:
    house.opens(SLACK)
    house.types(DISCORD, "help")
    house.links(SLACK, DISCORD)
    house.types(DISCORD, "link-account off")
    rows = house.waiting(f"person:{house.person(SLACK)}")
    (parted,) = [house.shown(row) for row in rows if row.notice == linking.UNLINKED]
    assert parted[0] == "slack"
    assert "no longer linked with the one on Discord" in parted[1]
    assert house.types(DISCORD, "link-account off").is_refusal, "there is nothing left to part"


def test_a_person_of_linked_accounts_is_erased_whole(house: House) -> None:
    house.opens(SLACK, details="From the office")
    house.opens(SLACK)
    ticket = house.opens(DISCORD, details="marked-words-of-mine")
    house.links(SLACK, DISCORD)
    former = ticket.requester
    (found,) = traces(house.settings, DISCORD)
    erase(house.settings, found)

    def left(tx: Transaction) -> tuple[list[str], str]:
        entry = tx.entries.get([ticket.details or ticket.summary])
        return [one.text for one in entry.values()], tx.people.get([former])[former].name

    texts, name = house.store.read(left)
    assert texts == [""]
    assert name == "\N{EM DASH}"
    assert house.store.read(lambda tx: tx.people.by_handle(SLACK)) is None


def test_what_an_account_is_told_has_names_that_no_notice_of_a_ticket_has() -> None:
    assert {linking.LINKED, linking.UNLINKED}.isdisjoint(row.name for row in NOTICES)
