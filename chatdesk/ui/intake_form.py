"""The form a ticket begins with: it follows the topic, and changing that loses nothing typed."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from chatdesk.lifecycle.facts import MAX_SUMMARY, MAX_TEXT
from chatdesk.lifecycle.policy import Policy, Question
from chatdesk.lifecycle.ticket import Impact, TopicName, Urgency
from chatdesk.ui.cards import Option, button_id
from chatdesk.ui.forms import Field, FieldKind, Form, Shown, Values
from chatdesk.ui.views import Reader
from chatdesk.ui.voice import Voice, voice_for
from chatdesk.ui.wording import Wording

QUESTION = "q."
"""Begins the names of fields that are a topic's own questions."""


def intake_form(
    policy: Policy,
    reader: Reader,
    topic: TopicName | None = None,
    values: Values | None = None,
    *,
    for_person: bool = False,
    wording: Wording | None = None,
) -> Form:
    """Return the form of a new ticket, filled with `values`; `topic` stands above the one there.

    Without a topic only what every topic asks is asked. `for_person` adds whom it is for.
    """
    say, given = voice_for(policy, reader, wording=wording), values or {}
    chosen = _chosen(policy, topic or prefilled(given, "topic"))
    requester = _requester(say, given) if for_person else ()
    fields = (
        *requester,
        _topic(say, policy, chosen),
        *_always(say, given),
        *(_questions(policy, chosen, given) if chosen else ()),
        _files(say, policy, given),
        *(_private(say, policy, chosen, given) if chosen else ()),
    )
    return Form(
        id=button_id("for" if for_person else "new"),
        title=say("forms.intake.title_for" if for_person else "forms.intake.title"),
        fields=fields,
        submit=say("buttons.create"),
    )


def prefilled(values: Mapping[str, str | tuple[str, ...]], name: str) -> str:
    """Return what a field is filled with already; several values are joined by newlines."""
    value = values.get(name, "")
    return value if isinstance(value, str) else "\n".join(value)


def choice(
    name: str,
    label: str,
    options: tuple[Option, ...],
    value: str = "",
    *,
    is_required: bool = True,
    refreshes: bool = False,
) -> Field:
    """Return a choice; what is filled in may also be an option's label, however it is cased."""
    return Field(
        name=name,
        label=label,
        kind=FieldKind.CHOICE,
        options=options,
        value=option_meant(options, value),
        is_required=is_required,
        refreshes=refreshes,
    )


def option_meant(options: tuple[Option, ...], text: str) -> str:
    """Return the value of the option that was written or chosen, empty if it is none."""
    meant = text.strip().removeprefix("@").casefold()
    for option in options:
        if meant and meant in {option.value.casefold(), option.label.casefold()}:
            return option.value
    return ""


def words_for(say: Voice, kind: type[StrEnum]) -> tuple[Option, ...]:
    """Return the members of an enumeration as options."""
    return tuple(Option(value=member.value, label=say.word(member)) for member in kind)


def _chosen(policy: Policy, name: str) -> TopicName | None:
    if name in policy.topics:
        return TopicName(name)
    return TopicName(next(iter(policy.topics))) if len(policy.topics) == 1 else None


def _requester(say: Voice, given: Values) -> tuple[Field, ...]:
    value = prefilled(given, "requester")
    label = say("forms.intake.requester")
    return (Field(name="requester", label=label, kind=FieldKind.PERSON, value=value),)


def _topic(say: Voice, policy: Policy, chosen: TopicName | None) -> Field:
    options = tuple(Option(value=name, label=one.title) for name, one in policy.topics.items())
    return choice("topic", say("forms.fields.topic"), options, chosen or "", refreshes=True)


def _always(say: Voice, given: Values) -> tuple[Field, ...]:
    impacts, urgencies = words_for(say, Impact), words_for(say, Urgency)
    return (
        Field(
            name="summary",
            label=say("forms.intake.summary"),
            help=say("forms.intake.summary_help"),
            limit=MAX_SUMMARY,
            value=prefilled(given, "summary"),
        ),
        Field(
            name="details",
            label=say("forms.intake.details"),
            help=say("forms.intake.details_help"),
            kind=FieldKind.LONG_TEXT,
            is_required=False,
            limit=MAX_TEXT,
            value=prefilled(given, "details"),
        ),
        choice(
            "impact",
            say("forms.fields.impact"),
            impacts,
            prefilled(given, "impact"),
            is_required=False,
        ),
        choice(
            "urgency",
            say("forms.fields.urgency"),
            urgencies,
            prefilled(given, "urgency"),
            is_required=False,
        ),
    )


def _questions(policy: Policy, topic: TopicName, given: Values) -> tuple[Field, ...]:
    questions = policy.topic(topic).questions
    # A field can wait for one other field only. What depends on two is decided here instead, so
    # the form has to come back whenever one of those changes.
    deciding = {name for question in questions if len(question.when) > 1 for name in question.when}
    return tuple(
        _question(question, given, refreshes=question.name in deciding)
        for question in questions
        if len(question.when) < 2 or _is_asked(question, given)  # noqa: PLR2004 - one or none
    )


def _is_asked(question: Question, given: Values) -> bool:
    return all(
        prefilled(given, f"{QUESTION}{name}") in answers for name, answers in question.when.items()
    )


def _question(question: Question, given: Values, *, refreshes: bool) -> Field:
    name = f"{QUESTION}{question.name}"
    options = tuple(Option(value=option, label=option) for option in question.options)
    value = prefilled(given, name)
    if options:
        value = "\n".join(one for one in value.split("\n") if one in question.options)
    conditions = [
        Shown(when=f"{QUESTION}{other}", has=frozenset(answers))
        for other, answers in question.when.items()
    ]
    return Field(
        name=name,
        label=question.label,
        kind=FieldKind(question.kind.value),
        is_required=question.required,
        help=question.help,
        limit=question.limit,
        least=question.least,
        options=options,
        value=value,
        shown=conditions[0] if len(conditions) == 1 else None,
        refreshes=refreshes,
    )


def _files(say: Voice, policy: Policy, given: Values) -> Field:
    return Field(
        name="files",
        label=say("forms.fields.files"),
        kind=FieldKind.FILE,
        is_required=False,
        limit=policy.attachments.max_files,
        value=prefilled(given, "files"),
    )


def _private(say: Voice, policy: Policy, topic: TopicName, given: Values) -> tuple[Field, ...]:
    if policy.topic(topic).confidential:
        return ()
    queue = policy.queues[policy.topic(topic).queue].title
    option = Option(value="yes", label=say("forms.intake.private_option", queue=queue))
    field = Field(
        name="private",
        label=say("forms.intake.private"),
        help=say("forms.intake.private_help"),
        kind=FieldKind.SEVERAL,
        is_required=False,
        options=(option,),
        value="yes" if prefilled(given, "private") == "yes" else "",
    )
    return (field,)
