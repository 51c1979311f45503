"""Every refusal is a sentence that says what can be done instead."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

import chatdesk
from chatdesk.lifecycle.permissions import Action
from chatdesk.lifecycle.step import Refused
from chatdesk.lifecycle.ticket import Status
from chatdesk.ui.refusals import refusal
from chatdesk.ui.voice import Voice
from chatdesk.ui.wording import Wording, languages
from tests.ui.tale import BERLIN, JO, MONDAY, NAMES, buttons_of, text_of

SAY = Voice(wording=Wording(), locale="en", zone=BERLIN, now=MONDAY)

OF_THE_DESK = {
    "blocked",
    "bug",
    "disk_full",
    "file_too_big",
    "form_outdated",
    "need_number",
    "nothing_found",
    "own_words_only",
    "saved_working_on_it",
    "still_sending",
    "store_unavailable",
    "too_many_files",
    "unknown_person",
    "unknown_verb",
}
"""Said by the rooms around the core, which may not all be built."""


def keys_refused_with() -> set[str]:
    """Return the key of every Refused in the source."""
    found = set()
    for path in Path(chatdesk.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Refused":
                (key, *_) = node.args
                assert isinstance(key, ast.Constant), f"{path}:{node.lineno}: say a literal key"
                found.add(str(key.value))
    return found


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("key", sorted(keys_refused_with() | OF_THE_DESK))
def test_every_refusal_has_its_sentence_even_without_details(key: str, language: str) -> None:
    say = replace(SAY, locale=language)
    card = refusal(Refused(key), say)
    assert card.fallback
    assert card.fallback != say("refusals.other")


def test_a_refusal_nobody_wrote_a_sentence_for_is_still_an_answer() -> None:
    assert refusal(Refused("made_up_tomorrow"), SAY).fallback == SAY("refusals.other")


def test_who_comes_second_is_told_who_has_it_and_can_look() -> None:
    card = refusal(Refused("already_claimed", number=1042, person=JO), SAY, NAMES)
    assert card.fallback == "Jo has #1042 already."
    assert buttons_of(card) == {"Show #1042": "show"}


def test_actions_statuses_and_numbers_are_told_in_words() -> None:
    refused = Refused("not_now", action=Action.HOLD, number=7, status=Status.WAITING)
    assert text_of(refusal(refused, SAY)).startswith(
        "That no longer fits: #7 is “Waiting for an answer” now."
    )
    refused = Refused("not_allowed", action=Action.CLAIM, number=7)
    assert refusal(refused, SAY).fallback == "You cannot claim #7; that is for others to do."
    refused = Refused("children_open", numbers=(3, 4))
    assert refusal(refused, SAY).fallback == "Still open, and part of this: #3 and #4."


def test_a_foreign_ticket_and_a_missing_one_are_refused_alike() -> None:
    card = refusal(Refused("no_such_ticket", number=7), SAY)
    assert card.fallback == "There is no ticket #7 that you can see."
    assert buttons_of(card) == {}


def test_a_mistyped_verb_gets_the_nearest_right_one() -> None:
    near = refusal(Refused("unknown_verb", word="clame", nearest="claim"), SAY).fallback
    assert "Did you mean “claim”?" in near
    far = refusal(Refused("unknown_verb", word="{{7*7}} @everyone", nearest=""), SAY).fallback
    assert far.startswith("“{{7*7}} @everyone” is nothing I know.")
    assert "/ticket help" in far


def test_limits_are_named() -> None:
    too_long = Refused("too_long", limit=200, length=321)
    assert "you wrote 321 characters, and 200 fit" in refusal(too_long, SAY).fallback
    too_big = refusal(Refused("file_too_big", limit=20_000_000), SAY).fallback
    assert "20 MB is the most" in too_big
    too_many = refusal(Refused("too_many_open", cap=20, number=12), SAY)
    assert "20 open tickets" in too_many.fallback
    assert buttons_of(too_many) == {"Show #12": "show"}
    hourly = Refused("too_many_within_hour", cap=10, number=None)
    assert "Please try again a little later." in refusal(hourly, SAY).fallback


def test_a_bug_gives_the_reference_and_is_the_only_alarm() -> None:
    card = refusal(Refused("bug", reference="ab12"), SAY)
    assert card.fallback.endswith("tell us this: ab12")
    assert card.tone != refusal(Refused("empty"), SAY).tone
