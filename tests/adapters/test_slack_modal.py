"""Forms in Slack: every one is a valid modal, and what is filled in comes back as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from chatdesk.adapters.slack import limits
from chatdesk.adapters.slack.filled import read_filled
from chatdesk.adapters.slack.modal import (
    FormTooLarge,
    Origin,
    name_of,
    read_origin,
    render_card_view,
    render_errors,
    render_form,
)
from chatdesk.lifecycle.policy import Question, QuestionKind
from chatdesk.lifecycle.ticket import Side
from chatdesk.ui.cards import Card, Line, Option
from chatdesk.ui.form_shapes import FORMS, form
from chatdesk.ui.forms import Field, FieldKind, Form, Shown, Values
from chatdesk.ui.intake_form import intake_form
from chatdesk.ui.views import Reader
from tests.adapters.messenger_contract import HOSTILE
from tests.ui.tale import BERLIN, POLICY, Tale

Json = dict[str, Any]
READER = Reader(zone=BERLIN)
HERE = Origin(place="C1", thread="17.5")
LONG = " ".join(f"word{number}" for number in range(2400))[:20_000]
OPTIONS = (Option(value="a", label="A"), Option(value="b", label="B"))


@pytest.fixture(scope="session")
def is_valid(shared_specs: Path) -> Callable[[Json], None]:
    """Fail unless Slack takes this view."""
    schema = json.loads((shared_specs / "slack/blockkit.derived.schema.json").read_text())
    validator = Draft7Validator({**schema, "$ref": "#/definitions/modal"})

    def check(view: Json) -> None:
        found = [f"{list(one.path)}: {one.message[:300]}" for one in validator.iter_errors(view)]
        assert not found
        assert len(view["title"]["text"]) <= limits.MODAL_TITLE
        assert "mrkdwn" not in json.dumps(view)
        ids = [block["block_id"] for block in view["blocks"] if "block_id" in block]
        assert len(ids) == len(set(ids))

    return check


def shape(*fields: Field) -> Form:
    return Form(id="reply:7:1", title="t", submit="Send", fields=fields)


def inputs(view: Json) -> dict[str, Json]:
    return {name_of(b["block_id"]): b["element"] for b in view["blocks"] if b["type"] == "input"}


def state(view: Json, **typed: Json) -> Json:
    """Return the view as Slack sends it back: what was prefilled, or typed in its place."""
    values = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        given: Json = {"type": element["type"]}
        for initial, name in (
            ("initial_value", "value"),
            ("initial_option", "selected_option"),
            ("initial_options", "selected_options"),
            ("initial_user", "selected_user"),
            ("initial_date", "selected_date"),
        ):
            if initial in element:
                value = element[initial]
                given[name] = value.strip() if isinstance(value, str) else value
        given |= typed.get(name_of(block["block_id"]), {})
        values[block["block_id"]] = {element["action_id"]: given}
    return view | {"state": {"values": values}}


# --- every form -----------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["", LONG, *HOSTILE])
@pytest.mark.parametrize("verb", sorted(FORMS))
def test_slack_takes_every_form(verb: str, words: str, is_valid: Callable[[Json], None]) -> None:
    tale = Tale().opened(summary=(words or "x")[:200]).claimed()
    fields = ("text", "reason", "summary", "why", "comment", "number", "until", "person", "agent")
    values: Values = dict.fromkeys(fields, words)
    is_valid(render_form(form(verb, tale.seen(Side.AGENTS), values), HERE))


@pytest.mark.parametrize("topic", ["", *POLICY.topics])
@pytest.mark.parametrize("for_person", [False, True])
def test_slack_takes_the_form_of_every_topic(
    topic: str, for_person: bool, is_valid: Callable[[Json], None]
) -> None:
    typed: Values = {"topic": topic, "summary": LONG, "details": LONG, "private": ("yes",)}
    is_valid(render_form(intake_form(POLICY, READER, None, typed, for_person=for_person), HERE))


def test_every_kind_of_question_has_a_field_of_its_own(is_valid: Callable[[Json], None]) -> None:
    fields = [
        Field(name=f"q.{kind.value}", label=kind.value, kind=FieldKind(kind.value), options=OPTIONS)
        for kind in QuestionKind
    ]
    view = render_form(shape(*fields), HERE)
    is_valid(view)
    kinds = {name: element["type"] for name, element in inputs(view).items()}
    assert kinds == {
        "q.text": "plain_text_input",
        "q.long_text": "plain_text_input",
        "q.choice": "static_select",
        "q.several": "checkboxes",
        "q.person": "users_select",
        "q.date": "datepicker",
        "q.number": "number_input",
        "q.file": "file_input",
    }
    assert Question(name="x", label="x").kind is QuestionKind.TEXT


def test_a_title_of_any_length_can_be_read(is_valid: Callable[[Json], None]) -> None:
    title = "Reply to Mara Lind about #1042: the VPN drops"
    view = render_form(replace(shape(Field(name="a", label="a")), title=title), HERE)
    is_valid(view)
    assert view["blocks"][0]["text"]["text"] == title


def test_many_options_are_offered_in_groups(is_valid: Callable[[Json], None]) -> None:
    options = tuple(Option(value=f"v{number}", label=f"l{number}") for number in range(250))
    kinds = (FieldKind.CHOICE, FieldKind.SEVERAL)
    view = render_form(
        shape(*(Field(name=kind, label=kind, kind=kind, options=options) for kind in kinds)), HERE
    )
    is_valid(view)
    for element in inputs(view).values():
        shown = [one["value"] for group in element["option_groups"] for one in group["options"]]
        assert shown == [option.value for option in options]


def test_a_card_may_answer_in_a_form(is_valid: Callable[[Json], None]) -> None:
    card = Card(fallback="f", title="#1042 was opened", elements=(Line(text=LONG),))
    is_valid(render_card_view(card, HERE))


# --- there and back -------------------------------------------------------------------------------


def test_what_was_filled_in_comes_back_by_the_names_of_its_fields() -> None:
    view = render_form(
        shape(
            Field(name="text", label="t", kind=FieldKind.LONG_TEXT, value="hello"),
            Field(name="code", label="c", kind=FieldKind.CHOICE, options=OPTIONS, value="b"),
            Field(name="q.tags", label="s", kind=FieldKind.SEVERAL, options=OPTIONS, value="a\nb"),
            Field(name="who", label="w", kind=FieldKind.PERSON, value="slack:U1"),
            Field(name="day", label="d", kind=FieldKind.DATE, value="2026-12-24"),
            Field(name="n", label="n", kind=FieldKind.NUMBER, value="3"),
        ),
        HERE,
    )
    filled = read_filled(state(view, text={"value": "changed"}))
    assert filled.values == {
        "text": "changed",
        "code": "b",
        "q.tags": ("a", "b"),
        "who": "slack:U1",
        "day": "2026-12-24",
        "n": "3",
    }
    assert filled.people == ("U1",)


def test_who_was_named_in_words_is_chosen_already() -> None:
    typed = Field(name="who", label="w", kind=FieldKind.PERSON, value="@slack:U1")
    assert read_filled(state(render_form(shape(typed), HERE))).values == {"who": "slack:U1"}


def test_what_was_left_empty_comes_back_empty() -> None:
    kinds = [kind for kind in FieldKind if kind is not FieldKind.FILE]
    fields = (Field(name=kind, label=kind, kind=kind, options=OPTIONS) for kind in kinds)
    filled = read_filled(state(render_form(shape(*fields), HERE)))
    assert set(filled.values.values()) == {"", ()}


@pytest.mark.parametrize(
    "text",
    [LONG, "line\n" * 3000, "x" * 10_000, "a" * 3000 + "\n\n b", ("y" * 2900 + "\n\n\n") * 4],
)
def test_a_prefilled_text_of_any_length_comes_back_whole(
    text: str, is_valid: Callable[[Json], None]
) -> None:
    field = Field(name="details", label="d", kind=FieldKind.LONG_TEXT, value=text, limit=20_000)
    view = render_form(shape(field), HERE)
    is_valid(view)
    assert read_filled(state(view)).values["details"] == text.strip()


def test_files_come_back_as_slack_describes_them() -> None:
    view = render_form(shape(Field(name="files", label="f", kind=FieldKind.FILE)), HERE)
    described = {"id": "F1", "name": "vpn.log"}
    filled = read_filled(state(view, files={"files": [described]}))
    assert filled.files == {"files": (described,)}


def test_files_attached_already_are_told_and_travel_along(is_valid: Callable[[Json], None]) -> None:
    field = Field(name="files", label="f", kind=FieldKind.FILE, value="a1\na2", limit=5)
    view = render_form(shape(field), HERE)
    is_valid(view)
    assert inputs(view)["files"]["max_files"] == 3
    assert read_origin(view["private_metadata"]) == Origin(
        form="reply:7:1", place="C1", thread="17.5", files={"files": ("a1", "a2")}
    )


@pytest.mark.parametrize("metadata", ["", "null", "[]", "{}", '{"form":1}', "\0", '{"files":[]}'])
def test_what_was_tampered_with_on_its_way_is_no_form(metadata: str) -> None:
    assert read_origin(metadata) == Origin()


def test_what_cannot_travel_is_refused_before_it_is_shown() -> None:
    names = "\n".join("x" * 40 for _ in range(100))
    with pytest.raises(FormTooLarge):
        render_form(shape(Field(name="f", label="f", kind=FieldKind.FILE, value=names)), HERE)


# --- conditions and errors ------------------------------------------------------------------------


def conditional(chosen: str) -> Form:
    return shape(
        Field(name="system", label="s", kind=FieldKind.CHOICE, options=OPTIONS, value=chosen),
        Field(name="client", label="c", shown=Shown(when="system", has=frozenset({"a"}))),
        Field(name="version", label="v", shown=Shown(when="client", has=frozenset({"5"}))),
    )


def test_a_field_appears_when_its_condition_is_met() -> None:
    assert list(inputs(render_form(conditional("b"), HERE))) == ["system"]
    assert list(inputs(render_form(conditional("a"), HERE))) == ["system", "client"]


def test_what_others_depend_on_tells_when_it_changes() -> None:
    view = render_form(conditional("a"), HERE)
    telling = [name_of(block["block_id"]) for block in view["blocks"] if "dispatch_action" in block]
    assert telling == ["system", "client"]


def test_a_field_keeps_its_id_until_its_options_change() -> None:
    def block(options: tuple[Option, ...], value: str = "") -> str:
        field = Field(name="q", label="q", kind=FieldKind.CHOICE, options=options, value=value)
        return str(render_form(shape(field), HERE)["blocks"][0]["block_id"])

    assert block(OPTIONS) == block(OPTIONS, "a") != block(OPTIONS[:1])


def test_errors_stand_at_their_fields_and_others_at_the_first() -> None:
    view = render_form(shape(Field(name="a", label="a"), Field(name="b", label="b")), HERE)
    first, second = (block["block_id"] for block in view["blocks"])
    assert render_errors({"b": "too long"}, view) == {second: "too long"}
    shown = render_errors({"a": "needed.", "": "Too late.", "gone": "Odd."}, view)
    assert shown == {first: "needed. Too late. Odd."}
