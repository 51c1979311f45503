"""A small world for stories about the pure core: a policy, people, and one ticket."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from chatdesk.lifecycle.facts import Fact, write
from chatdesk.lifecycle.intake import Open
from chatdesk.lifecycle.permissions import THE_CLOCK, Actor
from chatdesk.lifecycle.policy import HelpTopic, Opening, Policy, Queue, SlaPolicy, SlaTargets, Wait
from chatdesk.lifecycle.record import evolve, fold
from chatdesk.lifecycle.routing import Candidate
from chatdesk.lifecycle.step import Also, Command, Context, Successor, decide
from chatdesk.lifecycle.ticket import PersonId, QueueName, Ticket, TopicName

MARA, JO, SAM, DANA, LEA, ADA = (
    PersonId(name) for name in ("mara", "jo", "sam", "dana", "lea", "ada")
)
IT, HR = QueueName("it"), QueueName("hr")

REQUESTER = Actor(person=MARA)
AGENT = Actor(person=JO, agent_of=frozenset({IT}))
COLLEAGUE = Actor(person=SAM, agent_of=frozenset({IT}))
LEAD = Actor(person=LEA, agent_of=frozenset({IT}), lead_of=frozenset({IT}))
OUTSIDER = Actor(person=PersonId("otto"), agent_of=frozenset({HR}))
MANAGER = Actor(person=DANA, is_manager=True)
ADMIN = Actor(person=ADA, is_admin=True)
STRANGER = Actor(person=PersonId("nobody"))

ACTORS = {
    "requester": REQUESTER,
    "agent": AGENT,
    "colleague": COLLEAGUE,
    "lead": LEAD,
    "agent elsewhere": OUTSIDER,
    "manager": MANAGER,
    "admin": ADMIN,
    "stranger": STRANGER,
    "clock": THE_CLOCK,
}

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OFFICE = Opening(
    zone="UTC", week=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("09:00-17:00",))
)
TARGETS = SlaTargets(
    first_reply=Wait.parse("1h"), next_reply=Wait.parse("2h"), resolution=Wait.parse("8h")
)

POLICY = Policy(
    queues={"it": Queue(title="IT help"), "hr": Queue(title="People")},
    topics={
        "laptop": HelpTopic(title="Laptop", queue="it"),
        "server": HelpTopic(title="Server", queue="it", checklist=("Backup taken",)),
        "secret": HelpTopic(title="Something private", queue="hr", confidential=True),
    },
    hours={"office": OFFICE},
    sla={"standard": SlaPolicy(low=TARGETS, medium=TARGETS, high=TARGETS, critical=TARGETS)},
)


@dataclass
class World:
    """One ticket and its record; `after` is what else the last command asked for."""

    ticket: Ticket
    record: list[Fact]
    now: datetime = MONDAY
    policy: Policy = POLICY
    present: tuple[PersonId, ...] = (JO, SAM, LEA)
    children: tuple[int, ...] = ()
    others: dict[int, Ticket] = field(default_factory=dict)
    above: frozenset[int] = frozenset()
    last_follow_up_at: datetime | None = None
    aftermath: list[Also | Successor] = field(default_factory=list)

    def context(self, actor: Actor) -> Context:
        """What a command by this actor may look at."""
        people = sorted({JO, SAM, LEA})
        roster = tuple(Candidate(person=one, is_present=one in self.present) for one in people)
        return Context(
            now=self.now,
            actor=actor,
            policy=self.policy,
            roster=roster,
            open_children=self.children,
            others=self.others,
            above=self.above,
            last_follow_up_at=self.last_follow_up_at,
        )

    def does(self, command: Command, by: Actor) -> list[Fact]:
        """Decide the command and let its facts happen; the record grows, nothing else changes."""
        decision = decide(command, self.ticket, self.context(by))
        facts = [one for one in decision if isinstance(one, Fact)]
        self.aftermath = [one for one in decision if not isinstance(one, Fact)]
        self.ticket = evolve(self.ticket, facts)
        self.record += facts
        return facts

    def passes(self, **span: float) -> World:
        """Let time pass."""
        self.now += timedelta(**span)
        return self


def opened(topic: str = "laptop", *, number: int = 7, policy: Policy = POLICY) -> World:
    """Mara has just opened a ticket, on a Monday at nine."""
    command = Open(
        topic=TopicName(topic),
        summary=write("VPN drops every 10 minutes"),
        details=write("Since this morning."),
        requester=MARA,
        zone="Europe/Berlin",
    )
    context = Context(now=MONDAY, actor=REQUESTER, policy=policy)
    facts = command.decide(number, context)
    return World(ticket=fold(facts), record=list(facts), policy=policy)


def renumbered(ticket: Ticket, number: int) -> Ticket:
    """The same ticket under another number."""
    return replace(ticket, number=number)
