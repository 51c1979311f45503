"""The table of verbs is whole: each can be typed or clicked, is explained, and leads somewhere."""

from __future__ import annotations

import re

import pytest

from chatdesk.lifecycle.step import Refused
from chatdesk.reception.asking import INTAKE
from chatdesk.reception.readings import READING_VERBS
from chatdesk.ui.form_shapes import FORMS
from chatdesk.ui.wording import catalog
from chatdesk.verbs import BY_NAME, TYPED, VERBS, nearest, parse
from tests.conftest import ROOT

NAMES = sorted(BY_NAME)


def test_no_two_verbs_have_one_name() -> None:
    assert len(BY_NAME) == len(VERBS)


@pytest.mark.parametrize("name", NAMES)
def test_every_verb_leads_somewhere(name: str) -> None:
    verb = BY_NAME[name]
    if verb.form in INTAKE:
        return
    assert (verb.make is not None) != (name in READING_VERBS)
    assert not verb.form or verb.form in FORMS


@pytest.mark.parametrize("name", sorted(TYPED))
def test_every_verb_that_can_be_typed_is_explained(name: str) -> None:
    assert f"help.{name}" in catalog("en")
    assert f"`{name}" in (ROOT / "docs" / "commands.md").read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_every_verb_appears_in_a_story(name: str) -> None:
    everywhere = (ROOT / "tests").rglob("*.py")
    stories = [path for path in everywhere if path.name != "test_verbs.py"]
    words = re.compile(rf"/ticket {name}\b|\"{name}[:\"]|['\"]!{name}\b|button_id\(\"{name}\"")
    told = [path for path in stories if words.search(path.read_text("utf-8"))]
    assert told, f"no test says {name}"


def test_what_is_typed_is_taken_apart() -> None:
    cases = {
        "claim 7": ("claim", None, 7, ""),
        "CLAIM #7": ("claim", None, 7, ""),
        "claim": ("claim", 9, 9, ""),
        "reply 7 Hello there": ("reply", None, 7, "Hello there"),
        "reply Hello there": ("reply", 9, 9, "Hello there"),
        "reply 7": ("reply", 9, 7, ""),
        "merge 7 into 8": ("merge", None, 7, "into 8"),
        "merge into 8": ("merge", 9, 9, "into 8"),
        "merge 8": ("merge", 9, 9, "8"),
        "find printer 4": ("find", None, None, "printer 4"),
        "note 7up is out": ("note", 9, 9, "7up is out"),
        "note 7 of them are out": ("note", 9, 9, "7 of them are out"),
        "note 9 all of them": ("note", 9, 9, "all of them"),
        "note #7 all of them": ("note", 9, 7, "all of them"),
        "hold 7 3d Parts": ("hold", 9, 7, "3d Parts"),
        "reply\nHello\nthere": ("reply", 9, 9, "Hello\nthere"),
        "transfer\n7 it": ("transfer", None, 7, "it"),
    }
    for text, (name, implied, number, words) in cases.items():
        spoken = parse(text, implied)
        assert (spoken.verb.name, spoken.number, spoken.words) == (name, number, words), text


@pytest.mark.parametrize(
    ("typed", "meant"), [("clam", "claim"), ("resovle", "resolve"), ("mien", "mine"), ("qqq", "")]
)
def test_a_wrong_verb_gets_the_nearest_right_one(typed: str, meant: str) -> None:
    with pytest.raises(Refused, match="unknown_verb") as refused:
        parse(typed)
    assert refused.value.details["nearest"] == meant
    assert nearest(typed, TYPED) == meant


def test_a_verb_about_a_ticket_needs_to_know_which() -> None:
    with pytest.raises(Refused, match="need_number"):
        parse("claim")
