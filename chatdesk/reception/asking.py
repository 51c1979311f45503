"""Turns what somebody typed, clicked or filled in into a command, or the form it still needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from chatdesk import gathering
from chatdesk.desk import Outcome
from chatdesk.lifecycle.calendar import calendar_for
from chatdesk.lifecycle.facts import write
from chatdesk.lifecycle.intake import Open
from chatdesk.lifecycle.permissions import Action, may
from chatdesk.lifecycle.step import Refused
from chatdesk.lifecycle.ticket import Door, Impact, PersonId, Ticket, TopicName, Urgency
from chatdesk.ports import Transaction
from chatdesk.reception import readings
from chatdesk.reception.home import home
from chatdesk.reception.sources import rooted
from chatdesk.reception.talk import behind_command, check_files, verb_said
from chatdesk.reception.visit import Plan, Visit
from chatdesk.ui.cards import ButtonState, Line, Option, Tone, parse_button_id
from chatdesk.ui.exchange import Answer, Clicked, Done, Pointed, Said, Submitted, Typed
from chatdesk.ui.form_shapes import (
    KEEP_OPEN,
    Checked,
    answers_written,
    attachments_in,
    check,
    form,
    intake_form,
)
from chatdesk.ui.forms import Errors, FieldKind, Form, Values
from chatdesk.ui.home_card import HOME
from chatdesk.ui.lists import opened_card
from chatdesk.ui.ticket_cards import moved_card, ticket_card
from chatdesk.verbs import BY_NAME, Given, Spoken, Verb, parse, verb_typed

INTAKE = frozenset({"intake", "intake_for"})
WHO = frozenset({"agent", "person", "requester"})
"""Fields in which somebody is named."""


def typed(visit: Visit, words: str) -> Plan | Answer:
    """Return what a typed verb asks for; nothing typed shows the menu."""
    if not words:
        return readings.menu(visit)
    verb = verb_typed(words)
    # Where it was typed is looked up only for verbs to which it matters.
    spoken = parse(words, visit.implied if verb is not None and verb.on_ticket else None)
    verb = spoken.verb
    if verb.form in INTAKE:
        return open_intake(visit, verb, _intake_values(visit, verb, spoken.words))
    if verb.make is None:
        return readings.read(visit, spoken)
    ticket = visit.ticket(spoken.number)
    visit.require(verb.action, ticket)
    if not verb.form:
        return _plan(visit, verb, Given(ticket=ticket, by=visit.person.person))
    return _form_or_plan(visit, spoken, ticket)


def clicked(visit: Visit, carried: str) -> Plan | Answer:
    """Return what a button asks for, from what it carried, which is not trusted."""
    state, verb = _verb_of(carried)
    if verb.form in INTAKE:
        return open_intake(visit, verb, {})
    if verb.name == HOME:
        return home(visit, state.more)
    if verb.make is None:
        number = state.number or None
        return readings.read(visit, Spoken(verb=verb, number=number, words=state.more))
    ticket = visit.ticket(state.number)
    visit.require(verb.action, ticket)
    if verb.action is Action.RATE and _is_outlived(visit, ticket, state.version):
        raise Refused("form_outdated")
    if verb.form:
        shape = shape_of(visit, verb, ticket, {}, state.more)
        if verb.form == "add_info" and state.more == KEEP_OPEN:
            values: Values = {field.name: field.value for field in shape.fields}
            return submitted(visit, Submitted(id=carried, values=values))
        return Answer(form=shape)
    given = Given(ticket=ticket, by=visit.person.person, more=state.more)
    return _plan(visit, verb, given)


def only_looks(done: Done) -> bool:
    """Tell whether something is known to change nothing: it leaves no trace in the inbox."""
    if isinstance(done, Typed):
        words = behind_command(done.text)
        verb = verb_typed(words)
        return not words or (verb is not None and verb.name in readings.LOOKING_VERBS)
    state = parse_button_id(done.id) if isinstance(done, Clicked) else None
    return state is not None and state.verb in readings.LOOKING_VERBS


def submitted(visit: Visit, done: Submitted) -> Plan | Answer:
    """Return what a filled-in form asks for, or what is wrong at its fields."""
    state, verb = _verb_of(done.id)
    if verb.form in INTAKE:
        return _intake(visit, verb, done)
    if verb.make is None or not verb.form:
        raise Refused("form_outdated")
    ticket = visit.ticket(state.number)
    visit.require(verb.action, ticket)
    shape = shape_of(visit, verb, ticket, done.values, state.more)
    if done.is_refresh:
        return Answer(form=shape)
    errors, answers = _check(visit, shape, done.values, ticket)
    if errors:
        return Answer(errors=errors, is_refusal=True)
    given = Given(answers=answers, more=state.more, ticket=ticket, by=visit.person.person)
    return _plan(visit, verb, given)


def shape_of(visit: Visit, verb: Verb, ticket: Ticket, values: Values, more: str) -> Form:
    """Return the form of a verb about a ticket, filled with values."""
    people: tuple[Option, ...] = ()
    if verb.form == "assign":
        people = _agents(visit, ticket)
    return form(
        verb.form, visit.view(ticket), values, people=people, more=more, wording=visit.wording
    )


def open_intake(visit: Visit, verb: Verb, values: Values) -> Answer:
    """Return the form of a new ticket."""
    visit.require_opening(verb.action)
    shape = intake_form(
        visit.policy,
        visit.reader,
        values=values,
        for_person=verb.form == "intake_for",
        wording=visit.wording,
    )
    return Answer(form=shape)


def _verb_of(carried: str) -> tuple[ButtonState, Verb]:
    state = parse_button_id(carried)
    verb = BY_NAME.get(state.verb) if state else None
    if state is None or verb is None:
        raise Refused("form_outdated")
    return state, verb


def _is_outlived(visit: Visit, ticket: Ticket, version: int) -> bool:
    """Tell whether a button is older than the latest resolution, and was about another one."""
    drawn_after = visit.tx.tickets.fact(ticket.number, version)
    if drawn_after is None or ticket.resolution is None:
        return False
    return drawn_after.at < ticket.resolution.at


def _agents(visit: Visit, ticket: Ticket) -> tuple[Option, ...]:
    people = gathering.agents(visit.tx, ticket.queue, visit.policy)
    known = visit.tx.people.get(people)
    return tuple(Option(value=person, label=known[person].name) for person in people)


def _form_or_plan(visit: Visit, spoken: Spoken, ticket: Ticket) -> Plan | Answer:
    """Do what was typed if it answers all the form asks, else show the form filled with it."""
    verb = spoken.verb
    values = _files_said(visit)
    if verb.prefill and spoken.words:
        values |= _in_words(visit, verb.prefill(spoken.words))
    if "agent" in values:
        found = visit.person_named(str(values["agent"]))
        values["agent"] = found or values["agent"]
    shape = shape_of(visit, verb, ticket, values, "")
    if not spoken.words or verb.needs_form_always or spoken.is_doubtful:
        return Answer(form=shape)
    prefilled: Values = {field.name: field.value for field in shape.fields}
    errors, answers = _check(visit, shape, {**prefilled, **values}, ticket)
    if errors:
        return Answer(form=_saying_why(shape, values, errors))
    return _plan(visit, verb, Given(answers=answers, ticket=ticket, by=visit.person.person))


def _saying_why(shape: Form, values: Values, errors: Errors) -> Form:
    """Return a form that quotes above its fields what was typed wrongly for them, and says why."""
    wrong = (field for field in shape.fields if field.name in errors and field.name in values)
    why = (
        Line(
            text=f"{field.label.rstrip('?:')}: “{values[field.name]}”. {errors[field.name]}",
            tone=Tone.WARNING,
        )
        for field in wrong
    )
    return replace(shape, intro=(*shape.intro, *why))


def _in_words(visit: Visit, values: Mapping[str, str]) -> Values:
    """Return what was typed as it is read, but for who was named to do or to be told something."""
    return {name: value if name in WHO else visit.in_words(value) for name, value in values.items()}


def _files_said(visit: Visit) -> Values:
    """Return the files of words said, as an answer to a form that takes some."""
    done = visit.interaction.done
    return {"files": done.files} if isinstance(done, Said) and done.files else {}


def _check(
    visit: Visit, shape: Form, values: Values, ticket: Ticket | None
) -> tuple[dict[str, str], dict[str, Checked]]:
    calendar = calendar_for(visit.policy, ticket.queue) if ticket else None
    errors, answers = check(
        shape,
        values,
        now=visit.now,
        zone=visit.reader.zone,
        calendar=calendar,
        wording=visit.wording,
        locale=visit.reader.locale,
    )
    for field in shape.fields:
        if field.kind is FieldKind.PERSON and field.name in answers:
            person = visit.person_named(str(answers[field.name]))
            if person is None:
                sentence = visit.say_refusal(Refused("unknown_person"))
                errors[field.name] = sentence
            else:
                answers[field.name] = person
    files = attachments_in(shape, answers)
    limit = visit.policy.attachments.max_files
    check_files(visit.tx, files, visit.person.person, limit)
    return errors, answers


def _plan(visit: Visit, verb: Verb, given: Given) -> Plan:
    if verb.make is None:
        raise Refused("form_outdated")

    def after(tx: Transaction, outcome: Outcome) -> Answer:
        if not isinstance(visit.interaction.done, Typed):
            return Answer()
        view = visit.gallery.view(tx, outcome.ticket, visit.side(outcome.ticket), visit.reader)
        can_see = may(Action.SEE, visit.actor, outcome.ticket)
        return Answer(card=(ticket_card if can_see else moved_card)(view, visit.wording))

    return Plan(command=verb.make(given), number=given.ticket.number, after=after)


# --- a new ticket ---------------------------------------------------------------------------------


def _intake_values(visit: Visit, verb: Verb, words: str) -> Values:
    person, _, rest = words.partition(" ") if verb.form == "intake_for" else ("", "", words)
    named: Values = {"requester": person} if person else {}
    return named | {"summary": visit.in_words(rest)} | _files_said(visit)


def _intake(visit: Visit, verb: Verb, done: Submitted) -> Plan | Answer:
    visit.require_opening(verb.action)
    shape = intake_form(
        visit.policy,
        visit.reader,
        values=done.values,
        for_person=verb.form == "intake_for",
        wording=visit.wording,
    )
    if done.is_refresh:
        return Answer(form=shape)
    errors, answers = _check(visit, shape, done.values, None)
    if errors:
        return Answer(errors=errors, is_refusal=True)
    command = _opening(visit, verb, shape, answers)
    if done.source is not None and command.door is Door.FORM:
        command = replace(command, door=Door.SHORTCUT)
    return Plan(command=command, after=rooted(visit, done.source, receipt_shown(visit)))


def _opening(visit: Visit, verb: Verb, shape: Form, answers: Mapping[str, Checked]) -> Open:
    is_for_another = verb.form == "intake_for"
    requester, zone = visit.person.person, visit.reader.zone
    if is_for_another:
        requester = PersonId(str(answers["requester"]))
        zone = visit.tx.people.get([requester])[requester].zone
    details, files = str(answers.get("details", "")), attachments_in(shape, answers)
    written = answers_written(answers)
    impact, urgency = answers.get("impact"), answers.get("urgency")
    return Open(
        topic=TopicName(str(answers["topic"])),
        summary=write(str(answers["summary"])),
        details=write(details, files) if details or files else None,
        answers=write(written) if written else None,
        requester=requester,
        zone=zone,
        door=Door.ON_BEHALF if is_for_another else Door.FORM,
        impact=Impact(str(impact)) if impact else None,
        urgency=Urgency(str(urgency)) if urgency else None,
        is_private=bool(answers.get("private")),
    )


def receipt_shown(visit: Visit) -> readings.After:
    """Show the number at once, to the person who opened it alone.

    Not where the receipt itself is about to stand, in their own conversation with the desk.
    """

    def after(tx: Transaction, outcome: Outcome) -> Answer:
        is_theirs = outcome.ticket.requester == visit.person.person
        if visit.interaction.is_direct and is_theirs:
            return Answer(number=outcome.ticket.number)
        ticket = outcome.ticket
        others = set() if is_theirs else {ticket.requester}
        names = {person: one.name for person, one in tx.people.get(others).items()}
        view = visit.gallery.outline(ticket, visit.side(ticket), visit.reader, names)
        return Answer(card=opened_card(view, visit.wording), number=ticket.number)

    return after


def ask_anyway(visit: Visit, refused: Refused) -> Answer:
    """Ask whether a Reply goes out although a colleague has just answered; the words are kept."""
    ticket = visit.ticket(int(str(refused.details["number"])))
    done = visit.interaction.done
    values: Values = {}
    if isinstance(done, Submitted):
        values = done.values
    elif isinstance(done, Pointed):
        values = {"text": done.source.text, "files": done.files}
    elif isinstance(done, Typed | Said):
        words = verb_said(done.text, in_ticket=True) or behind_command(done.text)
        values = {**_files_said(visit), "text": visit.in_words(parse(words, visit.implied).words)}
    return Answer(form=shape_of(visit, BY_NAME["reply_anyway"], ticket, values, ""))
