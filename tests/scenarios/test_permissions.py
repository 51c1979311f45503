"""Every verb, by every role and relation, at the reception: refused unless the table says so."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from chatdesk import bootstrap
from chatdesk.config import PolicySource, Settings
from chatdesk.config.source import example_file
from chatdesk.lifecycle.assignment import Claim
from chatdesk.lifecycle.facts import write
from chatdesk.lifecycle.intake import AddWatcher
from chatdesk.lifecycle.investigation import RequestApproval
from chatdesk.lifecycle.permissions import PERMISSIONS, Action, Who
from chatdesk.lifecycle.step import Refused
from chatdesk.lifecycle.ticket import EntryKind, PersonId
from chatdesk.ports import Transaction
from chatdesk.ui.cards import button_id
from chatdesk.ui.exchange import Answer, Clicked, Done, Interaction, Submitted, Typed, Visitor
from chatdesk.ui.forms import Values
from chatdesk.verbs import VERBS, Verb

PEOPLE: dict[str, frozenset[Who]] = {
    "stranger": frozenset({Who.ANYONE}),
    "requester": frozenset({Who.ANYONE, Who.REQUESTER}),
    "opener": frozenset({Who.ANYONE, Who.MANAGER, Who.OPENER}),
    "watcher": frozenset({Who.ANYONE, Who.WATCHER}),
    "approver": frozenset({Who.ANYONE, Who.APPROVER}),
    "assignee": frozenset({Who.ANYONE, Who.AGENT, Who.QUEUE_AGENT, Who.ASSIGNEE}),
    "colleague": frozenset({Who.ANYONE, Who.AGENT, Who.QUEUE_AGENT}),
    "lead": frozenset({Who.ANYONE, Who.AGENT, Who.QUEUE_AGENT, Who.QUEUE_LEAD}),
    "elsewhere": frozenset({Who.ANYONE, Who.AGENT}),
    "manager": frozenset({Who.ANYONE, Who.MANAGER}),
    "admin": frozenset({Who.ANYONE, Who.ADMIN}),
    "blocked": frozenset(),
}
"""Everybody there is, with all that each of them is to the ticket."""

OVERLOOKING = frozenset({Who.AGENT, Who.MANAGER, Who.ADMIN})
"""What somebody is who reads tickets of others; it is worth nothing on a private one."""

FILLED_IN: Values = {
    "topic": "network",
    "summary": "VPN drops",
    "q.place": "At home",
    "requester": "@requester",
    "text": "Words",
    "reason": "Because",
    "why": "It is back",
    "comment": "Thanks",
    "until": "2d",
    "person": "@stranger",
    "approver": "@lead",
    "agent": "@colleague",
    "queue": "facilities",
    "priority": "low",
    "impact": "me",
    "urgency": "today",
    "code": "fixed",
    "number": "1",
}
"""Answers to everything any form asks."""

OF_ONES_OWN = frozenset({"mine", "find", "help", "home"})
"""Reading what is one's own anyway is open to those, too, who may open no tickets."""

NOT_YOURS = {"not_allowed", "no_such_ticket", "blocked"}


@dataclass(slots=True)
class House:
    """A desk whose reception tells why it refused."""

    parts: bootstrap.Parts
    keys: list[str] = field(default_factory=list)

    def do(self, who: str, done: Done) -> tuple[Answer, str]:
        """Have somebody do something; return the answer, and why it was refused if it was."""
        self.keys.clear()
        interaction = Interaction(
            key=secrets.token_hex(8),
            platform="local",
            by=Visitor(handle=f"local:{who}", name=who.title(), zone="Europe/Berlin"),
            place="",
            done=done,
        )
        answer = self.parts.reception.receive(interaction)
        return answer, self.keys[-1] if self.keys else ""

    def person(self, who: str) -> PersonId:
        """Return somebody's id."""
        visitor = Visitor(handle=f"local:{who}", name=who.title(), zone="Europe/Berlin")
        return self.parts.reception.person(visitor).person

    def ticket(self, *, is_private: bool) -> int:
        """Return a new ticket to which everybody is what they are called."""
        values = FILLED_IN | ({"private": "yes"} if is_private else {})
        answer, _ = self.do("opener", Submitted(id="for:0:0", values=values))
        assert not answer.is_refusal, answer
        requester = self.person("requester")
        (number, *_) = self.parts.store.read(lambda tx: tx.tickets.unsolved_of(requester))
        desk, assignee = self.parts.desk, self.person("assignee")
        desk.handle(AddWatcher(person=self.person("watcher")), requester, number)
        desk.handle(Claim(), assignee, number)
        approval = RequestApproval(
            approver=self.person("approver"),
            wake_at=desk.now() + timedelta(days=2),
            reason=write("It costs something"),
        )
        desk.handle(approval, assignee, number)
        return number

    def version(self, number: int) -> int:
        """Return how many facts a ticket has."""
        ticket = self.parts.store.read(lambda tx: tx.tickets.load(number))
        assert ticket is not None
        return ticket.version

    def everything(self) -> object:
        """Return all that somebody without rights could have changed."""
        people = [self.person(who) for who in PEOPLE]

        def look(tx: Transaction) -> object:
            numbers = {n for person in people for n in tx.tickets.unsolved_of(person)}
            return (
                [tx.tickets.load(number) for number in sorted(numbers)],
                [tx.entries.of(number, frozenset(EntryKind)) for number in sorted(numbers)],
                tx.subscriptions.all(),
                tx.people.get(people),
            )

        return self.parts.store.read(look)


@pytest.fixture(scope="module")
def house(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A desk with people of every kind; who may do what is asked nowhere but in the core."""
    data_dir = tmp_path_factory.mktemp("doors")
    policy = example_file().read_text()
    for old, new in (
        ("agents: [local:jo, local:sam]", "agents: [local:assignee, local:colleague]"),
        ("leads: [local:jo]", "leads: [local:lead]"),
        ("agents: [local:sam]", "agents: [local:elsewhere]"),
        ("leads: [local:sam]", "leads: [local:elsewhere]"),
        ("managers: [local:dana]", "managers: [local:manager, local:opener]"),
        ("admins: [local:dana]", "admins: [local:admin]"),
        ("blocked: []", "blocked: [local:blocked]"),
        ("open_cap: 20", "open_cap: 2000"),
        ("per_hour: 10", "per_hour: 2000"),
    ):
        assert old in policy, old
        policy = policy.replace(old, new)
    (data_dir / "desk.yaml").write_text(policy)
    (data_dir / "desk.db").write_bytes(migrated_file.read_bytes())
    settings = Settings(
        data_dir=data_dir, database_url=SecretStr(f"sqlite:///{data_dir / 'desk.db'}")
    )
    parts = bootstrap.assemble(settings, PolicySource(data_dir / "desk.yaml"))
    made = House(parts)
    say_no: Callable[..., Answer] = parts.reception._refusal

    def say_no_and_why(tx: Transaction, interaction: Interaction, refused: Refused) -> Answer:
        made.keys.append(refused.key)
        return say_no(tx, interaction, refused)

    parts.reception._refusal = say_no_and_why  # type: ignore[method-assign]  # listened to, and passed on
    for who in PEOPLE:
        made.person(who)
    yield made
    parts.close()


def what_somebody_is(who: str, *, is_private: bool, is_on_ticket: bool) -> frozenset[Who]:
    roles = frozenset({Who.ANYONE, Who.AGENT, Who.MANAGER, Who.ADMIN})
    if not is_on_ticket:
        return PEOPLE[who] & roles
    return PEOPLE[who] - OVERLOOKING if is_private else PEOPLE[who]


def ways_to_say(verb: Verb, number: int) -> Iterator[Done]:
    about = f" {number}" if verb.on_ticket else ""
    at = number if verb.on_ticket else 0
    yield Clicked(id=f"{verb.name}:{at}:1:5")
    if verb.form:
        yield Submitted(id=f"{verb.name}:{at}:1", values=FILLED_IN)
        yield Submitted(id=f"{verb.name}:{at}:1", values=FILLED_IN, is_refresh=True)
    if verb.usage is not None:
        yield Typed(text=f"/ticket {verb.name}{about}")


@pytest.mark.parametrize("is_private", [False, True], ids=["open", "private"])
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_only_whom_the_table_names_is_let_through(
    house: House, verb: Verb, is_private: bool
) -> None:
    number = house.ticket(is_private=is_private)
    before = house.everything()
    for who in PEOPLE:
        holds = what_somebody_is(who, is_private=is_private, is_on_ticket=verb.on_ticket)
        if holds & PERMISSIONS[verb.action] or verb.name in OF_ONES_OWN:
            continue
        sees = bool(holds & PERMISSIONS[Action.SEE])
        for done in ways_to_say(verb, number):
            answer, key = house.do(who, done)
            assert answer.is_refusal, f"{who} got {answer} for {done}"
            assert answer.form is None
            is_known = sees or not verb.on_ticket
            wanted = {"not_allowed", "blocked"} if is_known else {"no_such_ticket"}
            assert key in wanted, f"{who} was told {key} for {done}"
    assert house.everything() == before


@pytest.mark.parametrize("is_private", [False, True], ids=["open", "private"])
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_whom_the_table_names_is_never_sent_away_as_a_stranger(
    house: House, verb: Verb, is_private: bool
) -> None:
    number, version = 0, 0
    for who in PEOPLE:
        holds = what_somebody_is(who, is_private=is_private, is_on_ticket=verb.on_ticket)
        if not holds & PERMISSIONS[verb.action]:
            continue
        for way in range(len(list(ways_to_say(verb, 0)))):
            if not number or house.version(number) != version:
                # It has changed, and with it perhaps what everybody is to it.
                number = house.ticket(is_private=is_private)
                version = house.version(number)
            done = list(ways_to_say(verb, number))[way]
            _, key = house.do(who, done)
            assert key not in NOT_YOURS | {"bug"}, f"{who} was told {key} for {done}"


def test_a_ticket_of_others_and_one_that_is_not_there_get_the_same_answer(house: House) -> None:
    number = house.ticket(is_private=True)
    for verb in (verb for verb in VERBS if verb.on_ticket):
        for who in ("stranger", "elsewhere", "manager", "admin"):
            foreign = [house.do(who, done)[0] for done in ways_to_say(verb, number)]
            missing = [house.do(who, done)[0] for done in ways_to_say(verb, 987_654)]
            assert str(foreign).replace(f"#{number}", "#987654") == str(missing)


OF_ONES_OWN_SAID = [
    *(Typed(text=f"/ticket {words}") for words in ("mine", "find VPN", "help")),
    Clicked(id=button_id("home")),
    Clicked(id=button_id("home", more="unassigned")),
]


@pytest.mark.parametrize("done", OF_ONES_OWN_SAID, ids=str)
def test_who_reads_what_is_their_own_reads_nothing_of_others(house: House, done: Done) -> None:
    number = house.ticket(is_private=False)
    for who in ("stranger", "blocked"):
        answer, _ = house.do(who, done)
        assert f"#{number}" not in str(answer)


def test_every_action_has_its_row_and_every_kind_of_person_is_tried() -> None:
    assert set(PERMISSIONS) == set(Action)
    assert frozenset().union(*PEOPLE.values()) == set(Who) - {Who.CLOCK}
    assert not [action for action, who in PERMISSIONS.items() if not who]
