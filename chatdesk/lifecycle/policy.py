"""The desk's policy: everything an organisation decides about its help desk, as frozen models.

The models are what `desk.yaml` may say; reading the file is done elsewhere. Unknown keys are
refused. A field's description is its documentation: the policy reference is generated from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from chatdesk.lifecycle.terms import (
    CalendarDay,
    Day,
    Duration,
    Handle,
    Hours,
    Language,
    Name,
    OrNever,
    Place,
    TimeOfDay,
    Wait,
    Zone,
    holiday_flaws,
    refusal,
    refuse,
    unknown,
)
from chatdesk.lifecycle.ticket import Priority, QueueName, TopicName

__all__ = [
    "AfterResolution",
    "AnswersIn",
    "Attachments",
    "Duration",
    "Handle",
    "HelpTopic",
    "Intake",
    "Name",
    "Opening",
    "Policy",
    "Question",
    "QuestionKind",
    "Queue",
    "Reactions",
    "Routing",
    "Silence",
    "SlaPolicy",
    "SlaTargets",
    "Wait",
    "reopen_deadline",
]

Amount = Annotated[int, Field(strict=True)]
"""A whole number; strict, because a file that says `true` or `"5"` did not mean 1 or 5."""

_Flaws = Iterator[tuple[Place, PydanticCustomError]]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    @model_validator(mode="after")
    def _check(self) -> Self:
        refuse(type(self).__name__, self._flaws())
        return self

    def _flaws(self) -> _Flaws:
        """Yield what is wrong between fields that are each right."""
        yield from ()


class QuestionKind(StrEnum):
    """What a form can ask."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    CHOICE = "choice"
    SEVERAL = "several"
    PERSON = "person"
    DATE = "date"
    NUMBER = "number"
    FILE = "file"


class Question(_Model):
    """One question of a topic's form."""

    name: Name
    """The key under which the answer is kept; never change it once tickets exist."""
    label: Annotated[str, Field(min_length=1, max_length=100)]
    """What the person reads."""
    kind: QuestionKind = QuestionKind.TEXT
    """How it is answered."""
    required: bool = False
    """Whether the form is refused without an answer."""
    help: Annotated[str, Field(max_length=300)] = ""
    """A hint below the field."""
    options: tuple[Annotated[str, Field(min_length=1, max_length=75)], ...] = ()
    """The choices, for choice and several."""
    when: dict[Name, Annotated[tuple[str, ...], Field(min_length=1)]] = {}
    """Ask only when a choice question above it has one of these answers: `{system: [VPN]}`."""
    least: Amount = 0
    """The smallest number accepted (kind number)."""
    limit: Annotated[Amount, Field(ge=0)] = 0
    """The greatest length, number or count accepted; 0 is the desk's default."""

    @property
    def is_choosing(self) -> bool:
        """The answer is one or several of its options."""
        return self.kind in {QuestionKind.CHOICE, QuestionKind.SEVERAL}

    def _flaws(self) -> _Flaws:
        if self.is_choosing and not self.options:
            yield ("options",), refusal("must name what there is to choose from")
        if self.options and not self.is_choosing:
            yield ("options",), refusal("belongs to the kinds choice and several only")
        for index, option in enumerate(self.options):
            if option in self.options[:index]:
                yield ("options", index), refusal("is '{option}' once more", option=option)
        if self.kind is QuestionKind.NUMBER and self.limit and self.limit < self.least:
            yield ("limit",), refusal("is smaller than least")


class Opening(_Model):
    """Opening hours: when working time passes."""

    zone: Zone = "UTC"
    """IANA time zone, for example Europe/Berlin."""
    week: dict[Day, tuple[Hours, ...]] = {}
    """Spans a day, for example `mon: ["09:00-12:30", "13:30-17:00"]`; a missing day is closed."""
    always: bool = False
    """Open day and night, every day; `week` is then not looked at."""
    country: str = ""
    """Two-letter code of the country whose public holidays are days off; empty for none."""
    subdivision: str = ""
    """State or province of that country, for its own holidays."""
    days_off: tuple[CalendarDay, ...] = ()
    """The organisation's own days off, as `2026-12-24`."""

    def _flaws(self) -> _Flaws:
        if not self.always and not any(self.week.values()):
            yield ("week",), refusal("has no hours, so it is never open; or write always: true")
        for day, spans in self.week.items():
            for earlier, later in pairwise(sorted(spans)):
                if later[:5] < earlier[-5:]:
                    sentence = "has hours that overlap: {earlier} and {later}"
                    yield ("week", day), refusal(sentence, earlier=earlier, later=later)
        yield from holiday_flaws(self.country, self.subdivision)


class SlaTargets(_Model):
    """What is promised for one priority; a missing target is not promised."""

    first_reply: Duration | None = None
    """Until the first public human word."""
    next_reply: Duration | None = None
    """From the first unanswered message of the requester until the next public word."""
    resolution: Duration | None = None
    """Until resolved; waiting and on hold do not count."""
    update: Duration | None = None
    """A public word at least this often while unsolved."""


class SlaPolicy(_Model):
    """An agreement: targets by priority."""

    low: SlaTargets = SlaTargets()
    """What is promised for what can wait."""
    medium: SlaTargets = SlaTargets()
    """What is promised as a rule."""
    high: SlaTargets = SlaTargets()
    """What is promised where somebody is blocked, or many are concerned."""
    critical: SlaTargets = SlaTargets()
    """What is promised where nobody can work."""

    def targets(self, priority: Priority) -> SlaTargets:
        """Return what is promised for this priority."""
        targets: SlaTargets = getattr(self, priority.value)
        return targets


class Routing(StrEnum):
    """How a queue's new tickets find an agent."""

    MANUAL = "manual"
    ROUND_ROBIN = "round_robin"


class AnswersIn(StrEnum):
    """Where a queue talks with requesters."""

    DIRECT = "direct"
    THREAD = "thread"


class Queue(_Model):
    """Where tickets of one kind wait."""

    title: Annotated[str, Field(min_length=1, max_length=60)]
    """What people call it."""
    agents: tuple[Handle, ...] = ()
    """Who works it, as platform:id; members of a private home channel are added to these."""
    groups: tuple[Handle, ...] = ()
    """User groups whose members work it as well, as platform:id: `slack:S012AB3CD`."""
    leads: tuple[Handle, ...] = ()
    """Who runs it; leads are agents too."""
    home: dict[Name, Annotated[str, Field(min_length=1)]] = {}
    """The queue's home channel on each platform."""
    answers_in: AnswersIn = AnswersIn.DIRECT
    """direct: requesters are answered in direct messages; thread: a ticket made from a message in a
    channel is answered there, for everybody to read. Private tickets never are."""
    hours: Name = "office"
    """The name of its opening hours."""
    sla: Name = "standard"
    """The name of its agreement."""
    routing: Routing = Routing.MANUAL
    """manual: agents claim; round_robin: each new ticket goes to the next agent present, at the
    latest when the queue opens."""
    tiers: Annotated[Amount, Field(ge=1, le=5)] = 2
    """How many tiers a ticket can be escalated through."""
    unclaimed_after: Duration = Wait.parse("2h")
    """The lead is told when nobody has claimed a ticket for this long."""
    idle_after: Duration = Wait.parse("2d")
    """The owner is asked when nothing has happened for this long; released after as long again."""


class HelpTopic(_Model):
    """What the requester picks: it decides form, queue and more."""

    title: Annotated[str, Field(min_length=1, max_length=75)]
    """What people read in the form."""
    queue: Name
    """Where its tickets wait."""
    priority: Priority = Priority.MEDIUM
    """The priority until impact and urgency are known."""
    confidential: bool = False
    """Only the queue's agents can see its tickets."""
    follow_up: bool = True
    """Whether the requester is asked later if it stayed fixed."""
    questions: tuple[Question, ...] = ()
    """What else the form asks."""
    checklist: tuple[Annotated[str, Field(min_length=1, max_length=150)], ...] = ()
    """What must be ticked off before the ticket can be resolved."""

    def _flaws(self) -> _Flaws:
        above: dict[str, Question] = {}
        for index, question in enumerate(self.questions):
            if question.name in above:
                sentence = "is '{name}' once more; every question has its own name"
                yield ("questions", index, "name"), refusal(sentence, name=question.name)
            for name, answers in question.when.items():
                place: Place = ("questions", index, "when", name)
                yield from _condition_flaws(place, name, answers, above)
            above.setdefault(question.name, question)


def _condition_flaws(
    place: Place, name: str, answers: tuple[str, ...], above: dict[str, Question]
) -> _Flaws:
    options = above[name].options if name in above else ()
    if name not in above:
        yield place, unknown(name, "a question asked above it", above)
    elif above[name].kind is not QuestionKind.CHOICE:
        yield place, refusal("depends on '{name}', which is not of kind choice", name=name)
    else:
        for index, answer in enumerate(answers):
            if answer not in options:
                yield (*place, index), unknown(answer, f"an option of {name}", options)


class Silence(_Model):
    """What happens when the requester does not answer."""

    nudges: Annotated[tuple[Duration, ...], Field(max_length=5)] = (
        Wait.parse("2d"),
        Wait.parse("4d"),
    )
    """After how long without an answer the requester is reminded, each counted from the question;
    `[]`, with `resolve_after: never`: not at all."""
    resolve_after: Annotated[Duration | None, OrNever] = Wait.parse("1d")
    """How long after the last reminder arrived to resolve as no_response; `never`: not at all."""

    def _flaws(self) -> _Flaws:
        if self.resolve_after and not self.nudges:
            # The last reminder announces it: nobody's ticket is to be resolved without a warning.
            yield ("nudges",), refusal("names no reminder; then write resolve_after: never, too")
        for index, (earlier, later) in enumerate(pairwise(self.nudges), start=1):
            if bool(earlier.days) == bool(later.days) and not earlier < later:
                sentence = "is {later}, not later than the reminder before it"
                yield ("nudges", index), refusal(sentence, later=str(later))


class Intake(_Model):
    """Who may open how much."""

    open_cap: Annotated[Amount, Field(ge=1)] = 20
    """Unsolved tickets one person may have."""
    per_hour: Annotated[Amount, Field(ge=1)] = 10
    """Tickets one person may open within an hour."""
    blocked: tuple[Handle, ...] = ()
    """People who may not open tickets."""


class AfterResolution(_Model):
    """Confirmation, reopening and the follow-up."""

    confirm_within: Duration = Wait.parse("3d")
    """A resolved ticket closes after this, with one reminder half-way."""
    reopen_within_days: Annotated[Amount, Field(ge=0, le=365)] = 7
    """Calendar days after closing in which the requester can reopen; then a linked ticket opens."""
    reopen_cap: Annotated[Amount, Field(ge=0)] = 5
    """How often one ticket can be reopened by its requester."""
    unmerge_within_days: Annotated[Amount, Field(ge=0, le=365)] = 7
    """Calendar days in which a merge can be undone."""
    follow_up_after: Duration = Wait.parse("3d")
    """How long after closing the requester is asked whether it stayed fixed."""
    follow_up_from: TimeOfDay = time(9)
    """No follow-up reaches a person before this time of their day, as `09:00`."""
    follow_up_until: TimeOfDay = time(17)
    """Nor after this one."""

    def _flaws(self) -> _Flaws:
        if self.follow_up_from >= self.follow_up_until:
            yield ("follow_up_until",), refusal("is not later than follow_up_from")


class Attachments(_Model):
    """Caps on files."""

    max_bytes: Annotated[Amount, Field(ge=1)] = 20_000_000
    """The greatest size of one file."""
    max_files: Annotated[Amount, Field(ge=1, le=50)] = 10
    """Files one message can carry."""


class Reactions(_Model):
    """What reactions to messages mean."""

    ticket: Annotated[str, Field(pattern=r"^[a-z0-9_+'-]{0,100}$")] = "ticket"
    """The reaction that makes a ticket of a message, without colons; `""`: none does."""
    topic: Name | None = None
    """The topic of such tickets: if it asks nothing that is required, the reaction is enough.
    Without one, whoever reacted is offered the form."""
    status: bool = True
    """Whether a message that became a ticket shows by a reaction how far that is."""


class Policy(_Model):
    """Everything the desk is told about the organisation it serves."""

    name: Annotated[str, Field(min_length=1, max_length=60)] = "Help desk"
    """What the desk calls itself."""
    zone: Zone = "UTC"
    """Time zone of people whose own is unknown."""
    language: Language = "en"
    """Language of cards in channels, and of people whose own is unknown or has no texts."""
    admins: tuple[Handle, ...] = ()
    """Who sets the desk up, as platform:id."""
    managers: tuple[Handle, ...] = ()
    """Who receives digests and reads everything but confidential texts."""
    queues: dict[Name, Queue] = {}
    """The queues, by name; a policy file has one at least."""
    topics: dict[Name, HelpTopic] = {}
    """The help topics, by name, in the order of the form; one at least."""
    hours: Annotated[dict[Name, Opening], Field(min_length=1)] = {"office": Opening(always=True)}
    """Opening hours, by name; by default `office`, which is always open."""
    sla: Annotated[dict[Name, SlaPolicy], Field(min_length=1)] = {"standard": SlaPolicy()}
    """Agreements, by name; by default `standard`, which promises nothing."""
    intake: Intake = Intake()
    """Caps and blocks."""
    silence: Silence = Silence()
    """Reminders to requesters who do not answer."""
    after_resolution: AfterResolution = AfterResolution()
    """Confirmation, reopening, follow-up."""
    attachments: Attachments = Attachments()
    """Caps on files."""
    reactions: Reactions = Reactions()
    """What reactions to messages mean."""
    wording: dict[Language, dict[str, str]] = {}
    """Texts of the catalog replaced, by language and key."""

    def _flaws(self) -> _Flaws:
        for name, topic in self.topics.items():
            if topic.queue not in self.queues:
                place = ("topics", name, "queue")
                yield place, unknown(topic.queue, "one of the queues", self.queues)
        for name, queue in self.queues.items():
            if queue.hours not in self.hours:
                place = ("queues", name, "hours")
                yield place, unknown(queue.hours, "one of the hours", self.hours)
            if queue.sla not in self.sla:
                yield ("queues", name, "sla"), unknown(queue.sla, "one of the sla", self.sla)
        chosen = self.reactions.topic
        if chosen is not None and chosen not in self.topics:
            yield ("reactions", "topic"), unknown(chosen, "one of the topics", self.topics)

    def queue(self, name: QueueName) -> Queue:
        """Return the queue; a queue taken out of the file still answers, with nobody in it."""
        return self.queues.get(name) or Queue(
            title=name, hours=next(iter(self.hours)), sla=next(iter(self.sla))
        )

    def topic(self, name: TopicName) -> HelpTopic:
        """Return the topic; one taken out of the file still answers, with no questions."""
        found = self.topics.get(name)
        return found or HelpTopic(title=name, queue=next(iter(self.queues), "desk"))


def reopen_deadline(policy: Policy, closed_at: datetime) -> datetime:
    """Until when the requester of a ticket closed at that moment can reopen it."""
    return closed_at + timedelta(days=policy.after_resolution.reopen_within_days)
