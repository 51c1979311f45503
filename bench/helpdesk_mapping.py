"""What the log of a real help desk means to this one: every event as commands to the desk.

A command is given by the person the event names, at the moment it names, and decided by the desk.

| activity | becomes | by |
|---|---|---|
| (the first of a case) | Open, then what the activity itself becomes | the customer |
| Insert ticket | Open, on behalf of the customer | the resource |
| Assign seriousness | Triage: topic by product and workgroup, the rest by grade | the resource |
| Take in charge ticket | Claim, Assign to oneself, or AddNote if one has it | the resource |
| Wait | PutOnHold for a week: the log does not say until when | the resource |
| Schedule intervention | PutOnHold for a week | the resource |
| Require upgrade | Escalate | the resource |
| Create SW anomaly | AddNote: the anomaly lives in another tracker | the resource |
| Resolve SW anomaly | AddNote: the same | the resource |
| VERIFIED, RESOLVED, | AddNote: the tracker's own words for the anomaly; | the resource |
| INVALID, DUPLICATE | of the two cases one was resolved by then, one was not | |
| Resolve ticket | Resolve, as fixed | the resource |
| Closed | CloseUnconfirmed once the desk's own time for confirming is over | the clock |
| | (fifteen days in Rome, as the log shows), and sooner Confirm | the customer |

Around that:

- Who puts on hold or resolves what they do not have takes it first (Claim, or Assign to oneself),
  unless they run the queue. A queue is a workgroup; whoever appears most in it runs it.
- Work on a ticket on hold begins with Resume. Work on one that is resolved or closed begins with
  Reopen by the lead, with a reason; only a resolution written again within a minute is no work.
- Work in another workgroup than the ticket's queue (two cases) begins with Transfer by the lead.
- No timer is fired: when things happened is what the log says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from bench.helpdesk_log import Event
from chatdesk.desk import Desk
from chatdesk.lifecycle.assignment import Assign, Claim, Escalate, Transfer
from chatdesk.lifecycle.closure import CloseUnconfirmed, Confirm
from chatdesk.lifecycle.facts import write
from chatdesk.lifecycle.intake import Open
from chatdesk.lifecycle.investigation import AddNote, PutOnHold, Resume
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.resolution import Reopen, Resolve
from chatdesk.lifecycle.step import Command, Opening, Refused
from chatdesk.lifecycle.ticket import (
    CLOCK,
    Door,
    Impact,
    PersonId,
    QueueName,
    ResolutionCode,
    Status,
    Ticket,
    TopicName,
    Urgency,
)
from chatdesk.lifecycle.timers import timers
from chatdesk.lifecycle.triage import Triage
from chatdesk.ports import Store, Transaction

WRITTEN_TWICE_WITHIN = timedelta(minutes=1)
HELD_FOR = timedelta(days=7)
GRADES = {
    "1": (Impact.ME, Urgency.TODAY),
    "2": (Impact.TEAM, Urgency.TODAY),
    "3": (Impact.MANY, Urgency.BLOCKED),
    "4": (Impact.ME, Urgency.CAN_WAIT),
}
"""The log's grades, each a priority of its own; which of them was the gravest nobody can tell."""

REFUSALS_EXPECTED = {
    ("Resolve ticket", "not_now", "resolved"): (
        "written twice in the log, within a minute; the first resolution stands"
    ),
    ("Closed", "not_now", "closed"): "written twice in the log; the ticket is closed already",
}
"""What the desk may refuse, and why that is right: (activity, refusal, the ticket's status)."""


def policy_of(events: Iterable[Event]) -> Policy:
    """Return the policy of a desk that is always open and has the log's workgroups as queues."""
    agents: dict[str, Counter[str]] = {}
    topics: dict[str, str] = {}
    for event in events:
        agents.setdefault(event.workgroup, Counter())[event.resource] += 1
        topics[topic_of(event)] = event.workgroup
    targets = {"first_reply": "72h", "resolution": "720h"}
    levels = ("low", "medium", "high", "critical")
    return Policy.model_validate(
        {
            "zone": "Europe/Rome",
            "hours": {"office": {"always": True, "zone": "Europe/Rome"}},
            "sla": {"standard": dict.fromkeys(levels, targets)},
            "after_resolution": {"confirm_within": "15d"},
            "intake": {"open_cap": 25},  # one customer of the log is a whole company
            "queues": {
                _queue(group): {
                    "title": f"Workgroup {group}",
                    "agents": [f"replay:agent-{one}" for one in seen],
                    "leads": [f"replay:agent-{seen.most_common(1)[0][0]}"],
                }
                for group, seen in agents.items()
            },
            "topics": {
                topic: {"title": topic, "queue": _queue(group)} for topic, group in topics.items()
            },
        }
    )


def topic_of(event: Event) -> TopicName:
    """Return the help topic that an event's product is in its workgroup."""
    return TopicName(f"product-{event.product}-of-{event.workgroup}")


def _queue(workgroup: str) -> QueueName:
    return QueueName(f"workgroup-{workgroup}")


class LogClock:
    """The desk's clock, standing at the moment of the event at hand."""

    def __init__(self) -> None:
        self.at = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """Return that moment."""
        return self.at


class Replay:
    """Lives through a log; `tickets` are by case, as last seen."""

    def __init__(self, store: Store, events: list[Event], policy: Policy) -> None:
        self.events = events
        self.policy = policy
        self.clock = LogClock()
        self.desk = Desk(store, self.clock, lambda: policy)
        self.tickets: dict[str, Ticket] = {}
        self.commands: Counter[str] = Counter()
        self.refusals: Counter[tuple[str, str, str]] = Counter()
        self._people: dict[str, PersonId] = {}
        store.write(self._introduce)

    def run(self) -> None:
        """Take every event in its turn."""
        for event in self.events:
            self.clock.at = event.at
            try:
                self._take(event)
            except Refused as refused:
                ticket = self.tickets.get(event.case)
                status = ticket.status.value if ticket else "none"
                self.refusals[event.activity, refused.key, status] += 1

    # --- what the activities become ---

    def _take(self, event: Event) -> None:
        if event.case not in self.tickets:
            self._open(event)
            if event.activity == "Insert ticket":
                return
        if event.activity in WORK and not self._is_written_twice(event):
            self._make_ready(event)
        MEANINGS[event.activity](self, event)

    def _open(self, event: Event) -> None:
        is_on_behalf = event.activity == "Insert ticket"
        customer = self._customer(event)
        impact, urgency = GRADES[event.grade]
        command = Open(
            topic=topic_of(event),
            summary=write(f"{event.case}: product {event.product}"),
            requester=customer,
            zone="Europe/Rome",
            door=Door.ON_BEHALF if is_on_behalf else Door.FORM,
            impact=impact,
            urgency=urgency,
        )
        self._give(event, command, self._agent(event) if is_on_behalf else customer)

    def triage(self, event: Event) -> None:
        """Say what it is and how bad."""
        impact, urgency = GRADES[event.grade]
        command = Triage(topic=topic_of(event), impact=impact, urgency=urgency)
        self._give(event, command, self._agent(event))

    def take_charge(self, event: Event) -> None:
        """Take the ticket, or note that one goes on with it."""
        if self._ticket(event).assignee == self._agent(event):
            self.note(event)
        else:
            self._own(event)

    def hold(self, event: Event) -> None:
        """Put it on hold."""
        self._own(event, leads_may=True)
        wake_at = event.at + HELD_FOR
        command = PutOnHold(wake_at=wake_at, reason=write(f"{event.activity} (no date in the log)"))
        self._give(event, command, self._agent(event))

    def escalate(self, event: Event) -> None:
        """Ask the next tier."""
        self._give(event, Escalate(reason=write(event.activity)), self._agent(event))

    def note(self, event: Event) -> None:
        """Write down what the log says."""
        self._give(event, AddNote(text=write(event.activity)), self._agent(event))

    def resolve(self, event: Event) -> None:
        """Say that it is fixed."""
        by = self._agent(event)
        if self._is_written_twice(event):
            by = self._ticket(event).assignee or by
        else:
            self._own(event, leads_may=True)
        command = Resolve(code=ResolutionCode.FIXED, summary=write("Resolved, says the log."))
        self._give(event, command, by)

    def close(self, event: Event) -> None:
        """Close it: the clock after the time for confirming, before that the requester."""
        window = timers(self._ticket(event), self.policy).get("auto_confirm")
        if window and event.at < window.due_at:
            self._give(event, Confirm(), self._ticket(event).requester)
        else:
            self._give(event, CloseUnconfirmed(), CLOCK)

    # --- what goes before ---

    def _make_ready(self, event: Event) -> None:
        """Bring the ticket back to work, and to the workgroup of the event."""
        ticket = self._ticket(event)
        if not ticket.is_unsolved:
            why = write(f"{event.activity}, says the log.")
            self._give(event, Reopen(why=why), self._lead(ticket.queue))
        if self._ticket(event).status is Status.ON_HOLD:
            self._give(event, Resume(), self._agent(event))
        if ticket.queue != _queue(event.workgroup):
            command = Transfer(queue=_queue(event.workgroup), reason=write(event.activity))
            self._give(event, command, self._lead(ticket.queue))

    def _own(self, event: Event, *, leads_may: bool = False) -> None:
        """Let the resource have the ticket; a lead may act on what another has."""
        ticket, agent = self._ticket(event), self._agent(event)
        if ticket.assignee is None:
            self._give(event, Claim(), agent)
        elif ticket.assignee != agent and not (leads_may and agent == self._lead(ticket.queue)):
            self._give(event, Assign(agent=agent), agent)

    def _is_written_twice(self, event: Event) -> bool:
        ticket = self._ticket(event)
        if event.activity != "Resolve ticket" or ticket.status is not Status.RESOLVED:
            return False
        return event.at - ticket.since <= WRITTEN_TWICE_WITHIN

    # --- who and which ---

    def _give(self, event: Event, command: Command | Opening, by: PersonId) -> None:
        known = self.tickets.get(event.case)
        number = known.number if known else None
        self.tickets[event.case] = self.desk.handle(command, by, number).ticket
        self.commands[type(command).__name__] += 1

    def _ticket(self, event: Event) -> Ticket:
        return self.tickets[event.case]

    def _agent(self, event: Event) -> PersonId:
        return self._people[f"replay:agent-{event.resource}"]

    def _customer(self, event: Event) -> PersonId:
        return self._people[f"replay:customer-{event.customer}"]

    def _lead(self, queue: QueueName) -> PersonId:
        return self._people[self.policy.queue(queue).leads[0]]

    def _introduce(self, tx: Transaction) -> None:
        handles = {f"replay:agent-{event.resource}" for event in self.events}
        handles |= {f"replay:customer-{event.customer}" for event in self.events}
        for handle in sorted(handles):
            name = handle.removeprefix("replay:")
            self._people[handle] = tx.people.remember(
                handle, name=name, zone="Europe/Rome", locale="it"
            )


MEANINGS: dict[str, Callable[[Replay, Event], None]] = {
    "Assign seriousness": Replay.triage,
    "Insert ticket": Replay.note,  # the first of its case opens it; no other has ever been seen
    "Take in charge ticket": Replay.take_charge,
    "Wait": Replay.hold,
    "Schedule intervention": Replay.hold,
    "Require upgrade": Replay.escalate,
    "Create SW anomaly": Replay.note,
    "Resolve SW anomaly": Replay.note,
    "VERIFIED": Replay.note,
    "RESOLVED": Replay.note,
    "INVALID": Replay.note,
    "DUPLICATE": Replay.note,
    "Resolve ticket": Replay.resolve,
    "Closed": Replay.close,
}
WORK = frozenset(
    {
        *("Assign seriousness", "Take in charge ticket", "Wait", "Schedule intervention"),
        *("Require upgrade", "Resolve ticket"),
    }
)
"""Activities that are work on the ticket itself; the others are remarks, or its end."""
