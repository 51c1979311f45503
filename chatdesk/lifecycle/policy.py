"""The desk's policy: everything an organisation decides about its help desk, as frozen models.

The models are what `desk.yaml` may say; reading the file is done elsewhere. Unknown keys are
refused. A field's description is its documentation: the policy reference is generated from it.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, GetPydanticSchema, model_validator
from pydantic_core import core_schema

from chatdesk.lifecycle.ticket import Priority, QueueName, TopicName

_WAIT = re.compile(r"(\d{1,4})\s*(m|h|d)")


class Wait:
    """A span of working time: whole working days (`3d`), or hours and minutes (`4h`, `90m`).

    Days and hours are different things: a day is a day of the calendar, however long it is open.
    """

    __slots__ = ("days", "time")

    def __init__(self, days: int = 0, time: timedelta = timedelta()) -> None:
        """Wait `days` working days, or `time` of opening hours."""
        self.days = days
        self.time = time

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `15m`, `2h`, `3d`; raise ValueError for anything else, naming the three forms."""
        match = _WAIT.fullmatch(text.strip().lower())
        if not match or int(match[1]) == 0:
            message = f"{text!r} is not a duration; write 15m, 2h or 3d"
            raise ValueError(message)
        amount = int(match[1])
        if match[2] == "d":
            return cls(days=amount)
        return cls(time=timedelta(hours=amount) if match[2] == "h" else timedelta(minutes=amount))

    def __str__(self) -> str:
        """Write it as it is read."""
        if self.days:
            return f"{self.days}d"
        minutes = int(self.time.total_seconds() // 60)
        return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"

    def __repr__(self) -> str:
        """Show the duration in the form it is read from."""
        return f"Wait.parse({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        """Compare what is waited for."""
        return isinstance(other, Wait) and (self.days, self.time) == (other.days, other.time)

    def __hash__(self) -> int:
        """Agree with equality."""
        return hash((self.days, self.time))


def _wait_schema(_source: Any, _handler: Any) -> core_schema.CoreSchema:  # noqa: ANN401 - pydantic's own signature
    return core_schema.no_info_plain_validator_function(
        lambda value: value if isinstance(value, Wait) else Wait.parse(str(value)),
        serialization=core_schema.to_string_ser_schema(),
        json_schema_input_schema=core_schema.str_schema(pattern=r"^\d{1,4}[mhd]$"),
    )


Duration = Annotated[Wait, GetPydanticSchema(_wait_schema)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Handle = Annotated[str, Field(pattern=r"^[a-z]+:\S{1,200}$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


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
    """text, long_text, choice, several, person, date, number or file."""
    required: bool = False
    """Whether the form is refused without an answer."""
    help: Annotated[str, Field(max_length=300)] = ""
    """A hint below the field."""
    options: tuple[Annotated[str, Field(min_length=1, max_length=75)], ...] = ()
    """The choices, for choice and several."""
    when: dict[Name, tuple[str, ...]] = {}
    """Ask only when another choice question of this topic has one of these answers."""
    least: int = 0
    """The smallest number accepted (kind number)."""
    limit: int = 0
    """The greatest length, number or count accepted; 0 is the desk's default."""

    @model_validator(mode="after")
    def _check_options(self) -> Self:
        choosing = self.kind in {QuestionKind.CHOICE, QuestionKind.SEVERAL}
        if choosing and not self.options:
            message = f"question {self.name!r} needs options to choose from"
            raise ValueError(message)
        if len(set(self.options)) != len(self.options):
            message = f"question {self.name!r} names an option twice"
            raise ValueError(message)
        return self


class Opening(_Model):
    """Opening hours: when working time passes."""

    zone: str = "UTC"
    """IANA time zone, for example Europe/Berlin."""
    week: dict[str, tuple[str, ...]] = {}
    """Spans a day, for example `mon: ["09:00-12:30", "13:30-17:00"]`; a missing day is closed."""
    always: bool = False
    """Open day and night, every day; `week` is then not looked at."""
    country: str = ""
    """Two-letter country whose public holidays are days off; empty for none."""
    subdivision: str = ""
    """State or province of that country, for its own holidays."""
    days_off: tuple[date, ...] = ()
    """The organisation's own days off."""


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
    medium: SlaTargets = SlaTargets()
    high: SlaTargets = SlaTargets()
    critical: SlaTargets = SlaTargets()

    def targets(self, priority: Priority) -> SlaTargets:
        """Return what is promised for this priority."""
        targets: SlaTargets = getattr(self, priority.value)
        return targets


class Routing(StrEnum):
    """How a queue's new tickets find an agent."""

    MANUAL = "manual"
    ROUND_ROBIN = "round_robin"


class Queue(_Model):
    """Where tickets of one kind wait."""

    title: Annotated[str, Field(min_length=1, max_length=60)]
    """What people call it."""
    agents: tuple[Handle, ...] = ()
    """Who works it, as platform:id; members of the home channel are added to these."""
    leads: tuple[Handle, ...] = ()
    """Who runs it; leads are agents too."""
    home: dict[Name, str] = {}
    """The queue's home channel on each platform."""
    hours: Name = "office"
    """The name of its opening hours."""
    sla: Name = "standard"
    """The name of its agreement."""
    routing: Routing = Routing.MANUAL
    """manual: agents claim; round_robin: each new ticket goes to the next agent present."""
    tiers: Annotated[int, Field(ge=1, le=5)] = 2
    """How many tiers a ticket can be escalated through."""
    unclaimed_after: Duration = Wait.parse("2h")
    """The lead is told when nobody has claimed a ticket for this long."""
    idle_after: Duration = Wait.parse("2d")
    """The owner is asked when nothing has happened for this long, and released after as long again."""


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

    @model_validator(mode="after")
    def _check_questions(self) -> Self:
        names = [question.name for question in self.questions]
        if len(set(names)) != len(names):
            message = "two questions have the same name"
            raise ValueError(message)
        for question in self.questions:
            for other in question.when:
                if other not in names:
                    message = f"question {question.name!r} depends on {other!r}, which is not asked"
                    raise ValueError(message)
        return self


class Silence(_Model):
    """What happens when the requester does not answer."""

    nudges: tuple[Duration, ...] = (Wait.parse("2d"), Wait.parse("4d"))
    """After how long without an answer the requester is reminded."""
    resolve_after: Duration | None = Wait.parse("1d")
    """After the last reminder arrived, resolve as no_response; none: never."""


class Intake(_Model):
    """Who may open how much."""

    open_cap: Annotated[int, Field(ge=1)] = 20
    """Unsolved tickets one person may have."""
    per_hour: Annotated[int, Field(ge=1)] = 10
    """Tickets one person may open within an hour."""
    blocked: tuple[Handle, ...] = ()
    """People who may not open tickets."""


class AfterResolution(_Model):
    """Confirmation, reopening and the follow-up."""

    confirm_within: Duration = Wait.parse("3d")
    """A resolved ticket closes after this, with one reminder half-way."""
    reopen_within_days: Annotated[int, Field(ge=0, le=365)] = 7
    """Calendar days after closing in which the requester can reopen; then a linked ticket opens."""
    reopen_cap: Annotated[int, Field(ge=0)] = 5
    """How often one ticket can be reopened by its requester."""
    unmerge_within_days: Annotated[int, Field(ge=0, le=365)] = 7
    """Calendar days in which a merge can be undone."""
    follow_up_after: Duration = Wait.parse("3d")
    """How long after closing the requester is asked whether it stayed fixed."""
    follow_up_from: time = time(9)
    """No follow-up reaches a person before this hour of their day."""
    follow_up_until: time = time(17)
    """Nor after this one."""


class Attachments(_Model):
    """Caps on files."""

    max_bytes: Annotated[int, Field(ge=1)] = 20_000_000
    """The greatest size of one file."""
    max_files: Annotated[int, Field(ge=1, le=50)] = 10
    """Files one message can carry."""


class Policy(_Model):
    """Everything the desk is told about the organisation it serves."""

    name: Annotated[str, Field(min_length=1, max_length=60)] = "Help desk"
    """What the desk calls itself."""
    zone: str = "UTC"
    """Time zone of people whose own is unknown."""
    admins: tuple[Handle, ...] = ()
    """Who sets the desk up, as platform:id."""
    managers: tuple[Handle, ...] = ()
    """Who receives digests and reads everything but confidential texts."""
    queues: dict[Name, Queue] = {}
    """The queues, by name."""
    topics: dict[Name, HelpTopic] = {}
    """The help topics, by name, in the order of the form."""
    hours: dict[Name, Opening] = {"office": Opening(always=True)}
    """Opening hours, by name."""
    sla: dict[Name, SlaPolicy] = {"standard": SlaPolicy()}
    """Agreements, by name."""
    intake: Intake = Intake()
    """Caps and blocks."""
    silence: Silence = Silence()
    """Reminders to requesters who do not answer."""
    after_resolution: AfterResolution = AfterResolution()
    """Confirmation, reopening, follow-up."""
    attachments: Attachments = Attachments()
    """Caps on files."""
    wording: dict[str, dict[str, str]] = {}
    """Texts of the catalog replaced, by language and key."""

    @model_validator(mode="after")
    def _check_references(self) -> Self:
        for name, topic in self.topics.items():
            _must_exist(f"topics.{name}.queue", topic.queue, self.queues)
        for name, queue in self.queues.items():
            _must_exist(f"queues.{name}.hours", queue.hours, self.hours)
            _must_exist(f"queues.{name}.sla", queue.sla, self.sla)
        return self

    def queue(self, name: QueueName) -> Queue:
        """Return the queue; a queue taken out of the file still answers, with nobody in it."""
        return self.queues.get(name) or Queue(
            title=name, hours=next(iter(self.hours)), sla=next(iter(self.sla))
        )

    def topic(self, name: TopicName) -> HelpTopic:
        """Return the topic; one taken out of the file still answers, with no questions."""
        found = self.topics.get(name)
        return found or HelpTopic(title=name, queue=next(iter(self.queues), "desk"))


def _must_exist(where: str, name: str, among: dict[str, Any]) -> None:
    if name not in among:
        message = f"{where} names {name!r}, which does not exist; there is {', '.join(among) or 'none'}"
        raise ValueError(message)


def reopen_deadline(policy: Policy, closed_at: datetime) -> datetime:
    """Until when the requester of a ticket closed at that moment can reopen it."""
    return closed_at + timedelta(days=policy.after_resolution.reopen_within_days)
