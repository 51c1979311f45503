"""Many do the same at the same moment, in two processes over one database: one effect, in order."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from chatdesk import bootstrap
from chatdesk.adapters.local.history import read_page
from chatdesk.adapters.local.people import PLATFORM
from chatdesk.config import PolicySource, Settings
from chatdesk.config.source import example_file
from chatdesk.lifecycle.record import fold
from chatdesk.ports import Transaction
from chatdesk.ui.exchange import Clicked, Done, Interaction, Submitted, Typed, Visitor
from tests.adapters.conftest import migrated_url
from tests.conftest import ROOT
from tests.scenarios.racer import INTERACTIONS, receive_together, told

AGENTS = [f"agent{number}" for number in range(20)]

SOON = 0.3
"""Seconds from the word to the start: long enough for the word to have reached everybody."""

PATIENCE = 60.0

pytestmark = pytest.mark.xdist_group("races")


class DeskProcess:
    """A desk in a process of its own."""

    def __init__(self, url: str, data_dir: Path) -> None:
        """Start it; it may take a moment."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.scenarios.racer", url, str(data_dir)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, what: dict[str, Any]) -> None:
        """Tell it to do something."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def hear(self) -> Any:
        """Return what it has to say."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the process ended"
        return json.loads(line)

    def end(self) -> None:
        """Let it come to its end."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        assert self._process.wait(PATIENCE) == 0
        self._process.stdout.close()


@dataclass(frozen=True, slots=True)
class Desks:
    """Three desks over one database: two in processes of their own, and one here to look with."""

    here: bootstrap.Parts
    others: tuple[DeskProcess, DeskProcess]

    def at_once(self, interactions: list[Interaction]) -> list[dict[str, Any]]:
        """Have all of it received at the same moment, one half by each of the two processes."""
        at = time.monotonic() + SOON
        for half, process in enumerate(self.others):
            do = INTERACTIONS.dump_python(interactions[half::2], mode="json")
            process.tell({"at": at, "do": do})
        halves = [process.hear() for process in self.others]
        return list(chain(*halves))

    def do(self, who: str, done: Done, place: str = "", thread: str = "") -> dict[str, Any]:
        """Have somebody do something alone."""
        return told(self.here.reception.receive(interaction(who, done, place, thread)))

    def read(self, work: Any) -> Any:
        """Look into the store."""
        return self.here.store.read(work)

    def kinds(self, number: int) -> list[str]:
        """Return what happened to a ticket."""
        found: list[str] = self.read(
            lambda tx: [one.fact.kind for one in tx.tickets.record(number)]
        )
        return found

    def open_ticket(self, who: str = "mara") -> int:
        """Have somebody open a ticket; return its number."""
        key = secrets.token_hex(8)
        self.here.reception.receive(replace(form(who), key=key))
        numbers: tuple[int, ...] = self.read(lambda tx: tx.tickets.unsolved_of(_person(tx, who)))
        return numbers[0]


def _person(tx: Transaction, who: str) -> Any:
    person = tx.people.by_handle(f"{PLATFORM}:{who}")
    assert person
    return person.person


def interaction(who: str, done: Done, place: str = "", thread: str = "") -> Interaction:
    """Return something somebody does, delivered for the first time."""
    return Interaction(
        key=secrets.token_hex(8),
        platform=PLATFORM,
        by=Visitor(handle=f"{PLATFORM}:{who}", name=who.title(), zone="Europe/Berlin"),
        place=place,
        thread=thread,
        done=done,
    )


def form(who: str, summary: str = "VPN drops") -> Interaction:
    """Return a filled-in form."""
    values: dict[str, str | tuple[str, ...]] = {
        "topic": "network",
        "summary": summary,
        "q.place": "At home",
    }
    return interaction(who, Submitted(id="new:0:0", values=values))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def desks(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desks]:
    """Desks with twenty agents more, over one database."""
    data_dir = tmp_path_factory.mktemp("raced")
    names = ", ".join(f"{PLATFORM}:{who}" for who in ("jo", "sam", *AGENTS))
    policy = example_file().read_text().replace("local:jo, local:sam]", f"{names}]")
    policy = policy.replace("open_cap: 20", "open_cap: 200").replace("per_hour: 10", "per_hour: 30")
    (data_dir / "desk.yaml").write_text(policy)
    with migrated_url(request, request.param, is_shared=False) as url:
        yield from _three_desks(url, data_dir)


def _three_desks(url: str, data_dir: Path) -> Iterator[Desks]:
    settings = Settings(data_dir=data_dir, database_url=SecretStr(url))
    here = bootstrap.assemble(settings, PolicySource(data_dir / "desk.yaml"))
    others = (DeskProcess(url, data_dir), DeskProcess(url, data_dir))
    assert [process.hear() for process in others] == ["ready", "ready"]
    yield Desks(here, others)
    for process in others:
        process.end()
    here.close()


# --- claims ---------------------------------------------------------------------------------------


def assert_one_won(desks: Desks, number: int, answers: list[dict[str, Any]]) -> None:
    winners = [answer for answer in answers if not answer["is_refusal"]]
    assert len(winners) == 1, answers
    ticket = desks.read(lambda tx: tx.tickets.load(number))
    owner = desks.read(lambda tx: tx.people.get([ticket.assignee]))[ticket.assignee].name
    losers = [answer["words"] for answer in answers if answer["is_refusal"]]
    assert len(losers) == len(AGENTS) - 1
    assert all(owner in words for words in losers), losers
    assert desks.kinds(number) == ["opened", "assigned"]


def test_of_twenty_agents_in_two_processes_one_wins_and_the_others_are_told_who(
    desks: Desks,
) -> None:
    for _ in range(3):
        number = desks.open_ticket()
        click = Clicked(id=f"claim:{number}:1")
        answers = desks.at_once([interaction(who, click) for who in AGENTS])
        assert_one_won(desks, number, answers)


def test_of_twenty_agents_in_one_process_one_wins_and_the_others_are_told_who(
    desks: Desks,
) -> None:
    number = desks.open_ticket()
    clicks = [interaction(who, Clicked(id=f"claim:{number}:1")) for who in AGENTS]
    answers = receive_together(desks.here, clicks, time.monotonic() + SOON)
    assert_one_won(desks, number, answers)


# --- the same thing twice -------------------------------------------------------------------------


def test_a_form_sent_several_times_at_once_opens_one_ticket_and_is_answered_alike(
    desks: Desks,
) -> None:
    before = desks.read(lambda tx: len(tx.tickets.unsolved_of(_person(tx, "mara"))))
    sent = form("mara", "The printer is on fire")
    answers = desks.at_once([sent] * 8)
    assert desks.read(lambda tx: len(tx.tickets.unsolved_of(_person(tx, "mara")))) == before + 1
    assert not answers[0]["is_refusal"]
    assert answers == [answers[0]] * 8


def test_a_first_word_sent_several_times_at_once_makes_one_person(desks: Desks) -> None:
    who = f"new-{secrets.token_hex(4)}"
    answers = desks.at_once([form(who) for _ in range(6)])
    assert not any(answer["is_refusal"] for answer in answers), answers
    assert len(desks.read(lambda tx: tx.tickets.unsolved_of(_person(tx, who)))) == 6


def test_whoever_sends_many_forms_at_once_opens_no_more_than_is_allowed(desks: Desks) -> None:
    who = f"eager-{secrets.token_hex(4)}"
    answers = desks.at_once([form(who, f"Number {number}") for number in range(40)])
    assert Counter(answer["is_refusal"] for answer in answers) == {False: 30, True: 10}
    assert len(desks.read(lambda tx: tx.tickets.unsolved_of(_person(tx, who)))) == 30


def test_words_delivered_to_both_processes_are_kept_once(desks: Desks) -> None:
    number = desks.open_ticket()
    typed = interaction("jo", Typed(text=f"/ticket note {number} Only once, please"))
    answers = desks.at_once([typed] * 6)
    assert answers == [answers[0]] * 6
    assert desks.kinds(number) == ["opened", "noted"]


def test_the_same_key_with_other_words_is_refused_and_changes_nothing(desks: Desks) -> None:
    number = desks.open_ticket()
    one = interaction("jo", Typed(text=f"/ticket note {number} Yes"))
    other = replace(one, done=Typed(text=f"/ticket note {number} No"))
    assert not told(desks.here.reception.receive(one))["is_refusal"]
    refused = told(desks.here.reception.receive(other))
    assert refused["is_refusal"]
    assert refused["words"]
    assert desks.kinds(number) == ["opened", "noted"]


def test_a_person_called_otherwise_in_between_is_answered_as_before(desks: Desks) -> None:
    number = desks.open_ticket()
    one = interaction("sam", Typed(text=f"/ticket claim {number}"))
    again = replace(one, by=replace(one.by, name="Sam of IT", zone="Europe/Lisbon"))
    answers = [told(desks.here.reception.receive(delivered)) for delivered in (one, again)]
    assert answers[0] == answers[1]
    assert not answers[0]["is_refusal"]
    assert desks.kinds(number) == ["opened", "assigned"]


def test_of_two_bodies_with_one_key_at_once_one_has_an_effect(desks: Desks) -> None:
    number = desks.open_ticket()
    one = interaction("jo", Typed(text=f"/ticket note {number} Yes"))
    other = replace(one, done=Typed(text=f"/ticket note {number} No"))
    answers = desks.at_once([one, other] * 3)
    assert Counter(answer["is_refusal"] for answer in answers) == {True: 3, False: 3}
    assert desks.kinds(number) == ["opened", "noted"]


def test_different_acts_on_one_ticket_at_once_all_happen(desks: Desks) -> None:
    number = desks.open_ticket()
    acts = [
        interaction(who, Typed(text=f"/ticket note {number} I am {who}")) for who in AGENTS[:10]
    ]
    answers = desks.at_once(acts)
    assert not any(answer["is_refusal"] for answer in answers), answers
    assert Counter(desks.kinds(number)) == {"opened": 1, "noted": 10}
    record = desks.read(lambda tx: [one.fact for one in tx.tickets.record(number)])
    assert fold(record) == desks.read(lambda tx: tx.tickets.load(number))
    assert desks.here.store.broken_records() == []


# --- relations ------------------------------------------------------------------------------------


def _merges(one: int, other: int) -> Interaction:
    return interaction("jo", Typed(text=f"/ticket merge {one} into {other}"))


def _is_part_of(one: int, other: int) -> Interaction:
    values: dict[str, str | tuple[str, ...]] = {"number": str(other), "relation": "child"}
    return interaction("sam", Submitted(id=f"link:{one}:0", values=values))


def test_of_two_tickets_merged_into_each_other_at_once_one_remains(desks: Desks) -> None:
    for _ in range(4):
        one, other = desks.open_ticket("ann"), desks.open_ticket("ann")
        answers = desks.at_once([_merges(one, other), _merges(other, one)])
        assert Counter(answer["is_refusal"] for answer in answers) == {True: 1, False: 1}
        kinds = [desks.kinds(number).count("closed") for number in (one, other)]
        assert sorted(kinds) == [0, 1]


def test_tickets_made_part_of_each_other_at_once_never_form_a_circle(desks: Desks) -> None:
    for _ in range(4):
        ring = [desks.open_ticket("ben") for _ in range(4)]
        following = [*ring[1:], ring[0]]
        pairs = list(zip(ring, following, strict=True))
        # One half for each process, and those that share no ticket at the same time.
        answers = desks.at_once([_is_part_of(*pairs[index]) for index in (0, 1, 2, 3)])
        assert Counter(answer["is_refusal"] for answer in answers) == {False: 3, True: 1}
        linked = [desks.kinds(number).count("linked") for number in ring]
        assert sorted(linked) == [0, 1, 1, 1]


# --- two workers ----------------------------------------------------------------------------------


def test_two_workers_tell_everything_once_and_in_order(desks: Desks) -> None:
    numbers = [desks.open_ticket() for _ in range(6)]
    for process in desks.others:
        process.tell({"work": True})
    assert [process.hear() for process in desks.others] == ["working", "working"]
    for text in range(6):
        acts = [Typed(text=f"/ticket note {number} Word {text} of {number}") for number in numbers]
        answers = desks.at_once([interaction("jo", act) for act in acts])
        assert not any(answer["is_refusal"] for answer in answers), answers
    _wait_until_told(desks)
    for number in numbers:
        assert _words_told(desks, number) == [f"Word {text} of {number}" for text in range(6)]
    parked = desks.read(lambda tx: tx.outbox.parked())
    assert not [row for row in parked if row.number in numbers]


def _wait_until_told(desks: Desks) -> None:
    gives_up_at = time.monotonic() + PATIENCE
    while desks.read(lambda tx: tx.outbox.next_due_in()) is not None:
        assert time.monotonic() < gives_up_at, "something is not told"
        time.sleep(0.05)


def _words_told(desks: Desks, number: int) -> list[str]:
    platform = desks.here.platform
    place = platform.open_channel("it-help")
    with platform.database.reading() as connection:
        cards = read_page(connection, f"{PLATFORM}:jo", place, limit=500)
        roots = [one.message for one in cards if f"#{number} " in json.dumps(one.card)]
        assert len(roots) == 1, f"{len(roots)} cards of ticket {number}"
        thread = read_page(connection, f"{PLATFORM}:jo", place, roots[0], limit=500)
    quotes = [
        element["text"]
        for one in thread
        for element in (one.card or {}).get("elements", [])
        if element["kind"] == "quote"
    ]
    return [text for text in quotes if text.startswith("Word")]
