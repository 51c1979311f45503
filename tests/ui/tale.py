"""A ticket's life for the tests of cards: what happened in order, and how either side sees it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from chatdesk.lifecycle.facts import Assigned, Closed, Fact, Resolved, TextRef, Words, write
from chatdesk.lifecycle.intake import Opened
from chatdesk.lifecycle.investigation import Held, Replied
from chatdesk.lifecycle.policy import (
    HelpTopic,
    Opening,
    Policy,
    Question,
    QuestionKind,
    Queue,
    SlaPolicy,
    SlaTargets,
    Wait,
)
from chatdesk.lifecycle.record import fold
from chatdesk.lifecycle.terms import Day
from chatdesk.lifecycle.ticket import (
    CloseReason,
    Door,
    EntryId,
    EntryKind,
    Impact,
    PersonId,
    Priority,
    QueueName,
    ResolutionCode,
    Side,
    Ticket,
    TopicName,
    Urgency,
)
from chatdesk.lifecycle.triage import Asked
from chatdesk.ui.cards import (
    Buttons,
    Card,
    Divider,
    Element,
    Files,
    FileShown,
    Line,
    Pairs,
    Quote,
    Table,
)
from chatdesk.ui.views import EntryView, NoticeView, Reader, TicketView

MONDAY = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)
"""Monday, five past two in the afternoon in Berlin."""

MARA, JO, LEA = PersonId("mara"), PersonId("jo"), PersonId("lea")
NAMES = {MARA: "Mara Lind", JO: "Jo", LEA: "Lea"}
BERLIN = "Europe/Berlin"
CHECKLIST = ("Ask for the client's version", "Look at the log")

_WORKDAYS = (Day.MON, Day.TUE, Day.WED, Day.THU, Day.FRI)
_TARGETS = SlaTargets(
    first_reply=Wait.parse("1h"), next_reply=Wait.parse("2h"), resolution=Wait.parse("2d")
)

POLICY = Policy(
    name="Helping hands",
    zone=BERLIN,
    queues={"it": Queue(title="IT help"), "hr": Queue(title="People team")},
    topics={
        "vpn": HelpTopic(
            title="Network: VPN",
            queue="it",
            questions=(
                Question(
                    name="system",
                    label="Which system?",
                    kind=QuestionKind.CHOICE,
                    options=("Windows", "Linux", "Other"),
                    required=True,
                ),
                Question(name="which", label="Which one?", when={"system": ("Other",)}),
                Question(name="since", label="Since when?", kind=QuestionKind.DATE),
            ),
            checklist=CHECKLIST,
        ),
        "pay": HelpTopic(title="Pay", queue="hr", confidential=True),
        "desk": HelpTopic(title="My desk", queue="it"),
    },
    hours={
        "office": Opening(zone=BERLIN, week=dict.fromkeys(_WORKDAYS, ("09:00-17:00",))),
    },
    sla={"standard": SlaPolicy(high=_TARGETS, medium=_TARGETS)},
)


def after(**spans: float) -> datetime:
    """Return the moment so long after the ticket was opened."""
    return MONDAY + timedelta(**spans)


@dataclass(kw_only=True)
class Tale:
    """What happened to ticket #1042, and the texts people wrote on the way."""

    policy: Policy = POLICY
    locale: str = "en"
    facts: list[Fact] = field(default_factory=list)
    words: dict[EntryId, Words] = field(default_factory=dict)
    authors: dict[EntryId, PersonId] = field(default_factory=dict)
    changes: dict[EntryId, dict[str, object]] = field(default_factory=dict)

    def text(self, text: str, by: PersonId = JO) -> TextRef:
        """Take down what somebody wrote."""
        written = write(text)
        self.words[written.entry] = written
        self.authors[written.entry] = by
        return written.ref

    def opened(
        self,
        summary: str = "VPN drops every 10 minutes",
        details: str = "Since this morning my VPN drops.",
        *,
        at: datetime = MONDAY,
        topic: str = "vpn",
        by: PersonId = MARA,
        zone: str = BERLIN,
        priority: Priority = Priority.HIGH,
        is_confidential: bool = False,
        answers: dict[str, object] | None = None,
    ) -> Tale:
        """Begin with Mara's request."""
        chosen = self.policy.topics[topic]
        fact = Opened(
            at=at,
            by=by,
            number=1042,
            requester=MARA,
            door=Door.FORM,
            zone=zone,
            topic=TopicName(topic),
            queue=QueueName(chosen.queue),
            priority=priority,
            is_confidential=is_confidential,
            summary=self.text(summary, MARA),
            details=self.text(details, MARA) if details else None,
            answers=self.text(json.dumps(answers), MARA) if answers else None,
            impact=Impact.TEAM,
            urgency=Urgency.BLOCKED,
            checklist=chosen.checklist,
        )
        return self.so(fact)

    def so(self, *facts: Fact) -> Tale:
        """Let more happen."""
        self.facts += facts
        return self

    def claimed(self, at: datetime | None = None) -> Tale:
        """Jo takes it."""
        return self.so(Assigned(at=at or after(minutes=5), by=JO, agent=JO, before=None))

    def replied(self, text: str = "Please try client 5.2.", at: datetime | None = None) -> Tale:
        """Jo speaks to Mara."""
        return self.so(Replied(at=at or after(minutes=10), by=JO, text=self.text(text)))

    def asked(self, text: str = "Which client do you have?") -> Tale:
        """Jo asks Mara something."""
        question = self.text(text)
        before = self.ticket.status
        return self.so(Asked(at=after(minutes=20), by=JO, question=question, before=before))

    def held(self, reason: str = "The vendor is at it", approver: PersonId | None = None) -> Tale:
        """Jo puts it on hold for a week."""
        held = Held(
            at=after(minutes=30),
            by=JO,
            wake_at=after(days=7),
            reason=self.text(reason),
            approver=approver,
        )
        return self.so(held)

    def resolved(
        self,
        code: ResolutionCode = ResolutionCode.FIXED,
        summary: str = "Client 5.2 is rolled out to your team.",
        by: PersonId = JO,
    ) -> Tale:
        """Jo says that it is fixed."""
        resolved = Resolved(
            at=after(minutes=40),
            by=by,
            code=code,
            summary=self.text(summary) if summary else None,
            root_cause=self.text("An expired certificate") if summary else None,
            before=self.ticket.status,
        )
        return self.so(resolved)

    def closed(
        self, reason: CloseReason = CloseReason.CONFIRMED, target: int | None = None
    ) -> Tale:
        """It is closed."""
        at, before = after(minutes=50), self.ticket.status
        by = JO if reason in {CloseReason.MERGED, CloseReason.SPAM} else MARA
        return self.so(Closed(at=at, by=by, reason=reason, before=before, target=target))

    @property
    def ticket(self) -> Ticket:
        """The ticket after all that."""
        return fold(self.facts)

    def changed(self, entry: EntryId, **changes: object) -> Tale:
        """Change how an entry is shown."""
        self.changes[entry] = changes
        return self

    def seen(
        self,
        side: Side = Side.REQUESTER,
        *,
        at: datetime | None = None,
        zone: str = BERLIN,
        person: PersonId | None = None,
        successors: tuple[int, ...] = (),
    ) -> TicketView:
        """Return the ticket as a side sees it at a moment, an hour after the opening."""
        kinds = {ref.entry: (kind, fact) for fact in self.facts for ref, kind in fact.texts()}
        entries = {}
        for entry, (kind, fact) in kinds.items():
            if kind is EntryKind.NOTE and side is Side.REQUESTER:
                continue
            view = EntryView(
                entry=entry,
                kind=kind,
                purpose=fact.kind,
                author=self.authors[entry],
                at=fact.at,
                text=self.words[entry].text,
            )
            entries[entry] = replace(view, **self.changes.get(entry, {}))  # type: ignore[arg-type]  # a story names what it changes
        return TicketView(
            ticket=self.ticket,
            policy=self.policy,
            reader=Reader(zone=zone, locale=self.locale, person=person),
            side=side,
            now=at or after(minutes=20),
            entries=entries,
            names=NAMES,
            zones={MARA: self.ticket.zone},
            earlier=3,
            successors=successors,
        )

    def told(
        self,
        name: str,
        fact: Fact | None = None,
        side: Side = Side.AGENTS,
        *,
        at: datetime | None = None,
        person: PersonId | None = None,
        successors: tuple[int, ...] = (),
    ) -> NoticeView:
        """Return a notice about a fact, the last one if none is named."""
        view = self.seen(side, at=at, person=person, successors=successors)
        return NoticeView(name=name, ticket=view, fact=fact or self.facts[-1])


def file_shown(name: str = "screen.png") -> FileShown:
    """Return a picture somebody attached."""
    return FileShown(attachment="f1", name=name, media_type="image/png", size=12_000)


# --- reading cards --------------------------------------------------------------------------------


def text_of(card: Card) -> str:
    """Return all a person can read on a card, a line each."""
    parts = [card.title, card.author, *(_text(element) for element in card.elements)]
    return "\n".join(part for part in parts if part)


def _text(element: Element) -> str:  # noqa: PLR0911 - one shape each
    match element:
        case Line():
            return element.text
        case Quote():
            return f"{element.author}: {element.text}" if element.author else element.text
        case Pairs():
            return "\n".join(f"{label}: {value}" for label, value in element.items)
        case Table():
            return "\n".join(" | ".join(row) for row in (element.columns, *element.rows))
        case Files():
            return "\n".join(file.name for file in element.files)
        case Buttons():
            options = element.menu.options if element.menu else ()
            labels = [button.label for button in element.buttons]
            return " ".join(f"[{label}]" for label in [*labels, *(one.label for one in options)])
        case Divider():
            return ""


def buttons_of(card: Card) -> dict[str, str]:
    """Return a card's buttons as label -> verb with what it carries besides the ticket."""
    found = {}
    for element in card.elements:
        for button in element.buttons if isinstance(element, Buttons) else ():
            verb, _, _, *more = button.id.split(":")
            found[button.label] = ":".join([verb, *more])
    return found


def menu_of(card: Card) -> list[str]:
    """Return the verbs of all menus of a card."""
    menus = [element.menu for element in card.elements if isinstance(element, Buttons)]
    return [one.value.partition(":")[0] for menu in menus if menu for one in menu.options]
