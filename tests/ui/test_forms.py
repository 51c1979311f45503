"""Forms: what is asked, and what happens to what comes back."""

import json
from datetime import UTC, date, datetime

import pytest

from chatdesk.lifecycle.calendar import calendar_for
from chatdesk.lifecycle.facts import MAX_SUMMARY, MAX_TEXT
from chatdesk.lifecycle.policy import HelpTopic, Question, QuestionKind
from chatdesk.lifecycle.ticket import QueueName, Side
from chatdesk.ui.cards import Option, parse_button_id
from chatdesk.ui.checking import answers_written, attachments_in, check
from chatdesk.ui.form_shapes import FORMS, KEEP_OPEN, form
from chatdesk.ui.forms import Errors, Field, FieldKind, Form, Values
from chatdesk.ui.intake_form import intake_form
from chatdesk.ui.views import Reader
from chatdesk.verbs import BY_NAME, VERBS
from tests.ui.tale import BERLIN, MONDAY, POLICY, Tale

READER = Reader(zone=BERLIN)
TALE = Tale().opened().claimed()
AGENTS = Side.AGENTS


def answer(shape: Form, values: Values) -> tuple[Errors, dict[str, object]]:
    errors, checked = check(shape, values, now=MONDAY, zone=BERLIN)
    return errors, dict(checked)


def one_field(field: Field, value: str | tuple[str, ...]) -> tuple[str | None, object]:
    shape = Form(id="x:0:0", title="x", fields=(field,), submit="x")
    errors, checked = answer(shape, {field.name: value})
    return errors.get(field.name), checked.get(field.name)


def names_of(shape: Form) -> list[str]:
    return [field.name for field in shape.fields]


# --- a new ticket ---------------------------------------------------------------------------------


def test_the_form_begins_with_what_every_topic_asks() -> None:
    shape = intake_form(POLICY, READER)
    assert names_of(shape) == ["topic", "summary", "details", "impact", "urgency", "files"]
    topic = shape.field("topic")
    assert topic
    assert topic.refreshes
    assert [option.label for option in topic.options] == ["Network: VPN", "Pay", "My desk"]


def test_the_topic_brings_its_own_questions_and_what_was_typed_stays() -> None:
    typed: Values = {
        "topic": "vpn",
        "summary": "It drops",
        "details": "Since noon",
        "urgency": "today",
        "files": ("f1", "f2"),
        "private": ("yes",),
        "q.system": "Linux",
        "q.since": "2026-11-20",
    }
    shape = intake_form(POLICY, READER, values=typed)
    filled = {field.name: field.value for field in shape.fields}
    assert filled == {
        "topic": "vpn",
        "summary": "It drops",
        "details": "Since noon",
        "impact": "",
        "urgency": "today",
        "q.system": "Linux",
        "q.which": "",
        "q.since": "2026-11-20",
        "files": "f1\nf2",
        "private": "yes",
    }
    other = intake_form(POLICY, READER, values={**typed, "topic": "desk"})
    summary = other.field("summary")
    assert summary
    assert summary.value == "It drops"
    assert "q.system" not in names_of(other)
    back = intake_form(POLICY, READER, values={**typed, "topic": "vpn"})
    assert back == shape


def test_what_is_no_longer_a_choice_is_not_prefilled() -> None:
    shape = intake_form(POLICY, READER, values={"topic": "vpn", "q.system": "Amiga"})
    system = shape.field("q.system")
    assert system
    assert system.value == ""
    assert intake_form(POLICY, READER, values={"topic": "forged"}) == intake_form(POLICY, READER)


def test_a_confidential_topic_needs_no_switch() -> None:
    assert "private" not in names_of(intake_form(POLICY, READER, values={"topic": "pay"}))


def test_a_desk_of_one_topic_does_not_ask_for_it_twice() -> None:
    only = POLICY.model_copy(update={"topics": {"vpn": POLICY.topics["vpn"]}})
    assert "q.system" in names_of(intake_form(only, READER))


def test_on_behalf_of_somebody_it_asks_for_whom() -> None:
    shape = intake_form(POLICY, READER, for_person=True)
    assert names_of(shape)[0] == "requester"
    assert shape.id.startswith("for:")
    assert intake_form(POLICY, READER).id.startswith("new:")


def test_a_condition_on_one_answer_is_left_to_the_page() -> None:
    shape = intake_form(POLICY, READER, values={"topic": "vpn"})
    which = shape.field("q.which")
    assert which
    assert which.shown
    assert which.shown.when == "q.system"
    base: Values = {"topic": "vpn", "summary": "x", "q.which": "BSD"}
    errors, checked = answer(shape, {**base, "q.system": "Other"})
    assert not errors
    assert checked["q.which"] == "BSD"
    _, checked = answer(shape, {**base, "q.system": "Linux"})
    assert "q.which" not in checked


def test_a_condition_on_two_answers_is_decided_when_they_change() -> None:
    questions = (
        Question(name="a", label="A", kind=QuestionKind.CHOICE, options=("1", "2")),
        Question(name="b", label="B", kind=QuestionKind.CHOICE, options=("1", "2")),
        Question(name="c", label="C", when={"a": ("1",), "b": ("2",)}, required=True),
    )
    topic = HelpTopic(title="T", queue="it", questions=questions)
    policy = POLICY.model_copy(update={"topics": {"t": topic}})
    unmet = intake_form(policy, READER, values={"q.a": "1"})
    met = intake_form(policy, READER, values={"q.a": "1", "q.b": "2"})
    assert "q.c" not in names_of(unmet)
    assert "q.c" in names_of(met)
    assert [field.name for field in met.fields if field.refreshes] == ["topic", "q.a", "q.b"]


def test_answers_are_kept_as_json_under_the_questions_own_names() -> None:
    shape = intake_form(POLICY, READER, values={"topic": "vpn"})
    values: Values = {
        "topic": "vpn",
        "summary": "x",
        "q.system": "Linux",
        "q.since": "20.11.2026",
        "files": ("f1",),
    }
    errors, checked = check(shape, values, now=MONDAY, zone=BERLIN)
    assert not errors
    assert json.loads(answers_written(checked)) == {"system": "Linux", "since": "2026-11-20"}
    assert attachments_in(shape, checked) == ("f1",)
    assert answers_written({"summary": "x"}) == ""


# --- forms about a ticket -------------------------------------------------------------------------


@pytest.mark.parametrize("verb", sorted(FORMS))
def test_every_form_names_its_ticket_and_carries_its_state(verb: str) -> None:
    shape = form(verb, TALE.seen(AGENTS), {}, more="x")
    state = parse_button_id(shape.id)
    assert state
    assert (state.number, state.version, state.more) == (1042, 2, "x")
    assert BY_NAME[state.verb].form == verb
    assert shape.title
    assert shape.submit
    assert all(field.label for field in shape.fields)


def test_every_form_a_verb_asks_for_exists() -> None:
    asked = {verb.form for verb in VERBS if verb.form} - {"intake", "intake_for"}
    assert asked <= FORMS.keys()


def test_what_was_typed_behind_the_verb_is_filled_in() -> None:
    shape = form("hold", TALE.seen(AGENTS), {"until": "3d", "reason": "parts"})
    assert [field.value for field in shape.fields] == ["3d", "parts"]
    urgent = form("priority", TALE.seen(AGENTS), {"priority": "CRITICAL"})
    assert urgent.fields[0].value == "critical"
    moved = form("transfer", TALE.seen(AGENTS), {"queue": "people team"})
    assert moved.fields[0].value == "hr"


def test_triage_begins_with_what_is_known() -> None:
    values = {field.name: field.value for field in form("triage", TALE.seen(AGENTS)).fields}
    assert values == {"topic": "vpn", "impact": "team", "urgency": "blocked"}


def test_an_agent_is_chosen_from_those_there_are() -> None:
    people = (Option(value="p1", label="Jo"), Option(value="p2", label="Lea"))
    shape = form("assign", TALE.seen(AGENTS), {"agent": "@lea"}, people=people)
    assert shape.fields[0].value == "p2"
    assert answer(shape, {"agent": "p9"})[0] == {
        "agent": "That is not one of the choices; please choose again."
    }


def test_a_second_reply_is_asked_about_with_the_words_kept() -> None:
    view = TALE.replied().seen(AGENTS)
    shape = form("reply_anyway", view, {"text": "Me too"})
    assert shape.fields[0].value == "Me too"
    assert "Jo has just answered" in str(shape.intro[0])


def test_one_click_keeps_a_ticket_open_because_the_words_are_there() -> None:
    shape = form("add_info", TALE.seen(), more=KEEP_OPEN)
    errors, checked = answer(shape, {field.name: field.value for field in shape.fields})
    assert not errors
    assert checked == {"text": "Please keep this open."}


# --- what comes back ------------------------------------------------------------------------------


def test_what_is_missing_is_said_at_its_field() -> None:
    errors, checked = answer(form("resolve", TALE.seen(AGENTS)), {"summary": " \n\u200b"})
    assert errors == {"code": "Please choose one.", "summary": "Please fill this in."}
    assert not checked


def test_forged_options_and_unknown_fields_change_nothing() -> None:
    shape = form("resolve", TALE.seen(AGENTS))
    errors, checked = answer(
        shape, {"code": "no_response", "summary": "x", "by": "admin", "root_cause": ""}
    )
    assert errors == {"code": "That is not one of the choices; please choose again."}
    assert checked == {"summary": "x"}


def test_too_long_names_the_limit_at_the_field() -> None:
    shape = intake_form(POLICY, READER)
    values: Values = {"topic": "desk", "summary": "x" * 201, "details": "x" * 100_000}
    errors, _ = answer(shape, values)
    assert f"{MAX_SUMMARY} fit here" in errors["summary"]
    assert "100000 characters" in errors["details"]
    assert f"{MAX_TEXT} fit" in errors["details"]
    assert "Nothing is lost" in errors["details"]


def test_texts_are_clean_and_otherwise_as_written() -> None:
    shape = form("note", TALE.seen(AGENTS))
    hostile = "a\x00b {{7*7}} <!channel> @everyone *x* \ud800 \u202ertl\r\nend"
    _, checked = answer(shape, {"text": hostile})
    assert checked["text"] == "ab {{7*7}} <!channel> @everyone *x* \ufffd \u202ertl\nend"


def test_one_line_stays_one_line() -> None:
    assert one_field(Field(name="a", label="A"), "one\ntwo")[1] == "one two"


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), ("#12", 12), ("12.5", 12.5), ("12,5", 12.5), (" 7 ", 7)],
)
def test_numbers_are_read_as_people_write_them(text: str, number: float) -> None:
    field = Field(name="n", label="N", kind=FieldKind.NUMBER, least=1, limit=100)
    assert one_field(field, text) == (None, number)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("twelve", "That is not a number"),
        ("1e9", "That is not a number"),
        ("nan", "That is not a number"),
        ("9" * 40, "That is not a number"),
        ("0", "at least 1"),
        ("-5", "at least 1"),
        ("101", "at most 100"),
    ],
)
def test_what_is_no_number_or_out_of_bounds_is_refused(text: str, error: str) -> None:
    field = Field(name="n", label="N", kind=FieldKind.NUMBER, least=1, limit=100)
    said, number = one_field(field, text)
    assert said
    assert error in said
    assert number is None


@pytest.mark.parametrize("text", ["2026-11-30", "30.11.2026", "30. 11. 2026"])
def test_dates_are_local_dates(text: str) -> None:
    field = Field(name="d", label="D", kind=FieldKind.DATE)
    assert one_field(field, text) == (None, date(2026, 11, 30))


@pytest.mark.parametrize("text", ["2026-02-30", "soon", "0001-01-01", "9999-01-01", "2026-11-30T1"])
def test_what_is_no_date_is_refused(text: str) -> None:
    said, _ = one_field(Field(name="d", label="D", kind=FieldKind.DATE), text)
    assert said == "That is not a date; write it like 2026-12-01."


def test_several_and_files_are_counted_and_each_is_checked() -> None:
    options = tuple(Option(value=one, label=one.upper()) for one in "abc")
    several = Field(name="s", label="S", kind=FieldKind.SEVERAL, options=options, limit=2)
    assert one_field(several, ("a", "b")) == (None, ("a", "b"))
    assert one_field(several, "a\nb\na") == (None, ("a", "b"))
    assert one_field(several, ("a", "b", "c"))[0] == "Please choose at most 2."
    assert one_field(several, ("a", "forged"))[0] is not None
    files = Field(name="f", label="F", kind=FieldKind.FILE, limit=1)
    assert one_field(files, ("f1", "f2"))[0] == "Please attach at most 1 file."


def test_a_person_is_named_as_they_were() -> None:
    person = Field(name="p", label="P", kind=FieldKind.PERSON)
    assert one_field(person, "@mara lind\n") == (None, "@mara lind")
    assert one_field(person, "x" * 300)[0] is not None


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("3d", datetime(2026, 11, 26, 13, 5, tzinfo=UTC)),
        ("2h", datetime(2026, 11, 23, 15, 5, tzinfo=UTC)),
        ("2026-11-30", datetime(2026, 11, 30, 8, 0, tzinfo=UTC)),
    ],
)
def test_a_hold_lasts_so_long_or_until_a_morning(text: str, until: datetime) -> None:
    shape = form("hold", TALE.seen(AGENTS))
    errors, checked = answer(shape, {"until": text, "reason": "parts"})
    assert not errors
    assert checked["until"] == until


def test_with_the_queues_calendar_a_span_is_working_time() -> None:
    shape = form("hold", TALE.seen(AGENTS))
    calendar = calendar_for(POLICY, QueueName("it"))
    values: Values = {"until": "5d", "reason": "parts"}
    _, checked = check(shape, values, now=MONDAY, zone=BERLIN, calendar=calendar)
    assert checked["until"] == datetime(2026, 11, 30, 13, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("soon", "Write how long"),
        ("0d", "Write how long"),
        ("2026-11-23", "has already begun"),
        ("2020-01-01", "has already begun"),
        ("2028-01-01", "more than a year"),
    ],
)
def test_a_hold_needs_a_moment_within_the_year_to_come(text: str, error: str) -> None:
    errors, _ = answer(form("hold", TALE.seen(AGENTS)), {"until": text, "reason": "parts"})
    assert error in errors["until"]


def test_forms_speak_plainly() -> None:
    shape = form("resolve", TALE.seen(AGENTS))
    assert [field.label for field in shape.fields] == [
        "How did it end?",
        "What was done, for Mara Lind",
        "What caused it, for colleagues only",
    ]
