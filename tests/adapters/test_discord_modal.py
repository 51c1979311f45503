"""Forms in Discord: every page is a valid modal, and what is filled in comes back as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chatdesk.adapters.discord import limits
from chatdesk.adapters.discord.drafts import KEPT, Draft, Drafts
from chatdesk.adapters.discord.filled import read_filled
from chatdesk.adapters.discord.modal import (
    FormTooLarge,
    field_name,
    form_id,
    page_of,
    render_page,
)
from chatdesk.lifecycle.ticket import Side
from chatdesk.ui.cards import Line, Option
from chatdesk.ui.form_shapes import FORMS, form
from chatdesk.ui.forms import Field, FieldKind, Form, Shown, Values
from chatdesk.ui.intake_form import intake_form
from chatdesk.ui.views import Reader
from tests.adapters.messenger_contract import HOSTILE
from tests.discord.apps import Memory
from tests.discord.filling import fill
from tests.discord.reference import Reference
from tests.ui.tale import BERLIN, POLICY, Tale

Json = dict[str, Any]
READER = Reader(zone=BERLIN)
LONG = " ".join(f"word{number}" for number in range(2400))[:20_000]
OPTIONS = (Option(value="a", label="A"), Option(value="b", label="B"))
MANY = tuple(Option(value=f"v{number}", label=f"L{number}") for number in range(20))


@pytest.fixture(scope="session")
def is_valid(shared_specs: Path) -> Callable[[Json], None]:
    """Fail unless Discord takes this modal."""
    reference = Reference(shared_specs)

    def check(modal: Json) -> None:
        body = {"type": 9, "data": modal}
        assert not reference.problems("POST", "/interactions/1/token/callback", body)

    return check


def shape(*fields: Field) -> Form:
    return Form(id="reply:7:1", title="t", submit="Send", fields=fields)


def pages(shown: Form) -> list[tuple[str, ...]]:
    """The names asked on each page."""
    asked: list[str] = []
    found = []
    while page := page_of(shown, asked):
        found.append(tuple(field.name for field in page))
        asked += found[-1]
    return found


def every_page(shown: Form, is_valid: Callable[[Json], None]) -> list[Json]:
    asked: list[str] = []
    modals = []
    while page := page_of(shown, asked):
        modals.append(render_page(shown, page))
        is_valid(modals[-1])
        asked += [field.name for field in page]
    return modals


def element(modal: Json, name: str) -> Json:
    labels = [one["component"] for one in modal["components"] if "component" in one]
    return next(one for one in labels if field_name(one["custom_id"])[0] == name)


# --- every form -----------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["", LONG, *HOSTILE])
@pytest.mark.parametrize("verb", sorted(FORMS))
def test_discord_takes_every_form(verb: str, words: str, is_valid: Callable[[Json], None]) -> None:
    tale = Tale().opened(summary=(words or "x")[:200]).claimed()
    fields = ("text", "reason", "summary", "why", "comment", "number", "until", "person", "agent")
    values: Values = dict.fromkeys(fields, words)
    assert every_page(form(verb, tale.seen(Side.AGENTS), values), is_valid)


@pytest.mark.parametrize("topic", ["", *POLICY.topics])
@pytest.mark.parametrize("for_person", [False, True])
def test_discord_takes_the_form_of_every_topic(
    topic: str, for_person: bool, is_valid: Callable[[Json], None]
) -> None:
    typed: Values = {"topic": topic, "summary": "s" * 200, "details": LONG, "private": ("yes",)}
    assert every_page(intake_form(POLICY, READER, None, typed, for_person=for_person), is_valid)


def test_what_one_ticket_needs_is_asked_on_one_page_once_the_topic_is_known() -> None:
    typed: Values = {"topic": next(iter(POLICY.topics)), "summary": "VPN drops"}
    shown = intake_form(POLICY, READER, None, typed)
    first = page_of(shown, ["topic"])
    assert [field.name for field in first][:4] == ["summary", "details", "impact", "urgency"]


def test_every_kind_of_field_has_an_element_of_its_own(is_valid: Callable[[Json], None]) -> None:
    fields = [Field(name=kind.value, label=kind.value, kind=kind) for kind in FieldKind]
    fields = [
        replace(one, options=OPTIONS if one.name in {"choice", "several"} else ()) for one in fields
    ]
    fields.append(Field(name="menu", label="menu", kind=FieldKind.CHOICE, options=MANY))
    kinds = {}
    for modal in every_page(shape(*fields), is_valid):
        for one in modal["components"]:
            kinds[field_name(one["component"]["custom_id"])[0]] = one["component"]["type"]
    assert kinds == {
        "text": 4,
        "long_text": 4,
        "choice": 21,
        "several": 22,
        "person": 5,
        "date": 4,
        "number": 4,
        "file": 19,
        "menu": 3,
    }


# --- pages ----------------------------------------------------------------------------------------


def test_more_than_five_fields_go_on_another_page() -> None:
    shown = shape(*(Field(name=f"f{n}", label="l") for n in range(12)))
    assert [len(one) for one in pages(shown)] == [5, 5, 2]
    assert sum(pages(shown), ()) == tuple(f"f{n}" for n in range(12))


def test_what_depends_on_an_answer_is_asked_after_it() -> None:
    system = Field(name="system", label="s", kind=FieldKind.CHOICE, options=OPTIONS, value="a")
    version = Field(name="version", label="v", shown=Shown(when="system", has=frozenset({"a"})))
    assert pages(shape(system, version)) == [("system",), ("version",)]
    assert pages(shape(replace(system, value="b"), version)) == [("system",)]


def test_a_text_of_many_pages_takes_several_fields_and_is_one_again(
    is_valid: Callable[[Json], None],
) -> None:
    one = Field(name="text", label="What to say", kind=FieldKind.LONG_TEXT, value=LONG)
    shown = replace(shape(one), intro=(Line(text="before"),))
    (modal,) = every_page(shown, is_valid)
    assert read_filled(fill(modal)).values == {"text": LONG}


def test_a_field_that_no_form_can_hold_is_refused() -> None:
    with pytest.raises(FormTooLarge):
        page_of(shape(Field(name="t", label="l", kind=FieldKind.LONG_TEXT, value="x" * 20_001)), ())


def test_a_long_question_can_be_read_in_full(is_valid: Callable[[Json], None]) -> None:
    for length in (46, 100, 101, 300):
        label = ("Which one? " * 40)[:length].strip().ljust(length, "x")
        (modal,) = every_page(shape(Field(name="q", label=label)), is_valid)
        assert label in str(modal)


# --- what is filled in ----------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_prefilled_comes_back_as_it_was(
    text: str, is_valid: Callable[[Json], None]
) -> None:
    fields = (
        Field(name="summary", label="s", value=text),
        Field(name="q.a:b", label="n", kind=FieldKind.LONG_TEXT, value=text),
        Field(name="one", label="c", kind=FieldKind.CHOICE, options=OPTIONS, value="b"),
        Field(name="some", label="m", kind=FieldKind.SEVERAL, options=OPTIONS, value="a\nb"),
        Field(name="menu", label="o", kind=FieldKind.CHOICE, options=MANY, value="v7"),
        Field(name="who", label="p", kind=FieldKind.PERSON, value="discord:42"),
    )
    first, second = every_page(shape(*fields), is_valid)
    found = read_filled(fill(first))
    assert found.names == ("summary", "q.a:b", "one", "some", "menu")
    assert read_filled(fill(second)).people == ("42",)
    assert {**found.values, **read_filled(fill(second)).values} == {
        "summary": text,
        "q.a:b": text,
        "one": "b",
        "some": ("a", "b"),
        "menu": "v7",
        "who": "discord:42",
    }


def test_files_come_with_what_discord_says_of_them(is_valid: Callable[[Json], None]) -> None:
    kept = Field(name="files", label="f", kind=FieldKind.FILE, value="kept-1", limit=3)
    (modal,) = every_page(shape(kept), is_valid)
    assert element(modal, "files")["max_values"] == 2
    file = {"id": "9", "filename": "vpn.log", "url": "https://cdn.invalid/vpn.log"}
    found = read_filled(fill(modal, files=(file, file | {"id": "10"})))
    assert [one["id"] for one in found.files["files"]] == ["9", "10"]


def test_a_forged_form_says_nothing() -> None:
    assert read_filled({}).values == {}
    forged = {
        "components": [{"type": 18, "component": {"type": 4, "custom_id": "x", "value": "y"}}]
    }
    assert read_filled(forged).values == {}
    assert form_id("someone:elses") == ""


def test_the_ids_are_the_same_after_a_restart() -> None:
    shown = shape(Field(name="text", label="l"))
    modal = render_page(shown, page_of(shown, ()))
    assert form_id(modal["custom_id"]) == "reply:7:1"
    assert modal["components"][0]["component"]["custom_id"] == "f:0:text"
    with pytest.raises(FormTooLarge):
        render_page(replace(shown, id="x" * limits.CUSTOM_ID), shown.fields)


# --- drafts ---------------------------------------------------------------------------------------


async def test_a_draft_outlives_a_restart_and_is_forgotten_once_accepted() -> None:
    memory = Memory()
    draft = Draft(name="new:0:0").with_more({"summary": "s", "some": ("a", "b")}, ("summary",))
    await Drafts(memory).keep("42", draft)
    assert await Drafts(memory).of("42", "new:0:0") == draft
    assert await Drafts(memory).of("43", "new:0:0") == Draft(name="new:0:0")
    await Drafts(memory).forget("42", "new:0:0")
    assert await Drafts(memory).of("42", "new:0:0") == Draft(name="new:0:0")
    assert "summary" not in str(memory)


async def test_only_the_newest_drafts_of_a_person_are_kept() -> None:
    drafts = Drafts(Memory())
    for number in range(KEPT + 1):
        await drafts.keep("42", Draft(name=f"reply:{number}:1", values={"text": "x"}))
    assert not (await drafts.of("42", "reply:0:1")).values
    assert (await drafts.of("42", f"reply:{KEPT}:1")).values
