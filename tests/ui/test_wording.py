"""The catalog: what is said, in whose words, and what no text can do."""

import ast
import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import pytest

import chatdesk
from chatdesk.lifecycle import ticket
from chatdesk.lifecycle.followup import RATINGS
from chatdesk.lifecycle.permissions import Action
from chatdesk.lifecycle.sla import TARGETS, State
from chatdesk.ui.language import MAX_SAID, MAX_TEMPLATE, TIMES, names_in
from chatdesk.ui.times import Times
from chatdesk.ui.voice import Voice
from chatdesk.ui.wording import (
    EVERYWHERE,
    FIRST_LANGUAGE,
    TYPED_ROOM,
    Wording,
    catalog,
    languages,
    mistakes,
    samples,
)
from chatdesk.verbs import TYPED
from tests.ui.tale import BERLIN, MONDAY

PACKAGE = Path(chatdesk.__file__).parent
WORDED = (
    ticket.Status,
    ticket.Priority,
    ticket.Impact,
    ticket.Urgency,
    ticket.ResolutionCode,
    ticket.CloseReason,
    ticket.Door,
)
BROKEN = {
    "a loop": "{% for i in desk %}x{% endfor %}",
    "a call": "{{ desk() }}",
    "an attribute": "{{ desk.__class__ }}",
    "arithmetic": "{{ 10 ** 10 ** 10 }}",
    "a product": "{{ desk * 1000000000 }}",
    "a macro": "{% macro m() %}x{% endmacro %}",
    "an assignment": "{% set x = desk %}{{ x }}",
    "an import": "{% include 'x' %}",
    "a filter of the engine": "{{ desk | center(100000) }}",
    "another value": "{{ secret }}",
    "our own names": f"{{{{ {TIMES} }}}}",
    "no template": "{{ desk",
    "depth": "{{ " + "(" * 900 + "1" + ")" * 900 + " }}",
    "depth of ifs": "{% if desk %}" * 120 + "x" + "{% endif %}" * 120,
    "length": "x" * (MAX_TEMPLATE + 1),
    "nothing": "   ",
    "the wrong kind of value": "{{ count | when }}",
}


# --- the catalog itself ---------------------------------------------------------------------------


def test_every_text_can_be_said() -> None:
    for key, text in catalog(FIRST_LANGUAGE).items():
        values = {name: one for name, one in samples(names_in(text)).items() if name != TIMES}
        assert Wording().say(key, "en", zone=BERLIN, now=MONDAY, **values), key


def test_every_language_has_the_same_texts_with_the_same_values() -> None:
    for language in languages():
        texts = catalog(language)
        assert texts.keys() == catalog(FIRST_LANGUAGE).keys(), language
        said = {key: text for key, text in texts.items() if not key.startswith(TYPED_ROOM)}
        assert not mistakes({language: said})


def test_a_locale_without_a_catalog_hears_its_language_else_the_first() -> None:
    override = {"de": {"buttons.claim": "Nehmen"}}
    assert Wording(override).say("buttons.claim", "de-AT") == "Nehmen"
    assert Wording(override).say("buttons.claim", "fr") == "Claim"
    assert Wording().say("buttons.claim", "nonsense/../x") == "Claim"


def test_a_text_nobody_wrote_is_a_bug_and_says_so() -> None:
    with pytest.raises(KeyError, match=r"buttons\.nobody_wrote_this"):
        Wording().say("buttons.nobody_wrote_this", "en")


def test_texts_carry_no_markup() -> None:
    marks = re.compile(r"\*\*|__|~~|`|<[a-z@!#/]|\[[^]]*\]\(")
    assert not [key for key, text in catalog(FIRST_LANGUAGE).items() if marks.search(text)]


def test_no_file_of_the_catalog_says_a_key_twice_or_is_of_another_kind() -> None:
    for language in languages():
        for file in (PACKAGE / "ui" / "templates" / language).iterdir():
            assert file.suffix == ".toml"
            assert tomllib.loads(file.read_text())


# --- what the code says is in the catalog ---------------------------------------------------------


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Return every call of a voice or a wording, with where it stands."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if not re.search("Voice|Wording|voice", path.read_text()):
            continue  # something else is called say there
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "say":
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}", node


def keys() -> set[str]:
    """Return every string in the source that looks like a key, as a pattern of keys it can be."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(re.escape(node.value))
            if isinstance(node, ast.JoinedStr):
                found.add("".join(pattern_of(part) for part in node.values))
    return {one for one in found if re.match(r"[a-z_]+\\\.", one)}


def pattern_of(part: ast.expr) -> str:
    return re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"[\w.-]*"


def test_every_text_that_is_said_exists_and_gets_its_values() -> None:
    said = 0
    for where, call in calls():
        if not call.args or not isinstance(call.args[0], ast.Constant):
            continue
        key, given = str(call.args[0].value), {one.arg for one in call.keywords}
        assert key in catalog(FIRST_LANGUAGE), where
        needed = names_in(catalog(FIRST_LANGUAGE)[key]) - EVERYWHERE
        assert None in given or needed <= given, where
        said += 1
    assert said > 100


def test_every_text_whose_key_is_put_together_exists() -> None:
    texts = catalog(FIRST_LANGUAGE)
    for where, call in calls():
        if call.args and isinstance(call.args[0], ast.JoinedStr):
            pattern = "".join(pattern_of(part) for part in call.args[0].values)
            assert any(re.fullmatch(pattern, key) for key in texts), where


def test_no_text_is_left_that_nobody_says() -> None:
    patterns = [re.compile(one) for one in keys()]
    texts = [key for key in catalog(FIRST_LANGUAGE) if not key.startswith(TYPED_ROOM)]
    unsaid = [key for key in texts if not any(one.fullmatch(key) for one in patterns)]
    assert not unsaid


@pytest.mark.parametrize("kind", WORDED)
def test_every_status_priority_and_reason_has_a_word_of_its_own(kind: type[StrEnum]) -> None:
    say = Voice(wording=Wording(), locale="en", zone=BERLIN)
    words = [say.word(member) for member in kind]
    assert len(set(words)) == len(words)
    assert not {member.value for member in kind} & set(words)


def test_targets_ratings_warnings_and_actions_have_words() -> None:
    texts = catalog(FIRST_LANGUAGE)
    assert {f"words.target.{target.name}" for target in TARGETS} <= texts.keys()
    assert {f"notices.clocks.{target.name}" for target in TARGETS} <= texts.keys()
    assert {f"notices.delayed.{target.name}" for target in TARGETS} <= texts.keys()
    assert {f"words.rating.{score}" for score in RATINGS} <= texts.keys()
    assert {f"agents.due.{state.value}" for state in State} <= texts.keys()
    assert {f"refusals.action.{action.name.lower()}" for action in Action} <= texts.keys()


@pytest.mark.parametrize("verb", sorted(TYPED))
def test_everything_that_can_be_typed_has_its_line_of_help(verb: str) -> None:
    assert f"help.{verb}" in catalog(FIRST_LANGUAGE)


# --- a desk's own words ---------------------------------------------------------------------------


def test_a_desk_can_put_its_own_words_in_front_of_ours() -> None:
    own = {"en": {"receipt.news.working": "{{ person }} of {{ desk }} has your back."}}
    assert not mistakes(own)
    said = Wording(own).say("receipt.news.working", "en", person="Jo", desk="IT")
    assert said == "Jo of IT has your back."


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_broken_text_is_named_and_ours_is_said_instead(text: str) -> None:
    own = {"en": {"times.minutes": text}}
    (mistake,) = mistakes(own)
    assert mistake.startswith("wording.en.times.minutes ")
    assert "\n" not in mistake
    assert Wording(own).say("times.minutes", "en", count=5, desk="IT") == "5 min"


def test_a_key_that_does_not_exist_is_named_with_the_nearest() -> None:
    (mistake,) = mistakes({"en": {"buttons.clame": "Take it"}})
    assert "did you mean 'buttons.claim'?" in mistake


def test_a_value_of_another_kind_is_refused_with_those_there_are() -> None:
    (mistake,) = mistakes({"de": {"receipt.news.working": "{{ personn }} hilft."}})
    assert "uses 'personn', which has no value here; it can use command, desk, person" in mistake


def test_what_a_person_wrote_is_a_value_and_never_a_template() -> None:
    hostile = "{{ 7*7 }} {% for %} <!channel> @everyone \u202eevil"
    assert Wording().say("words.status_sign.late", "en") == "🔴"
    assert hostile in Wording().say("receipt.title", "en", number=1, summary=hostile)


def test_a_text_does_not_grow_beyond_measure() -> None:
    own = {"en": {"receipt.news.working": "{{ person }}" * 100}}
    assert len(Wording(own).say("receipt.news.working", "en", person="x" * 20_000)) == MAX_SAID


# --- times ----------------------------------------------------------------------------------------


def times(now: datetime = MONDAY, zone: str = BERLIN) -> Times:
    return Times(say=Wording().say, locale="en", zone=zone, now=now)


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (MONDAY + timedelta(hours=1), "today 15:05"),
        (MONDAY + timedelta(hours=19, minutes=25), "tomorrow 09:30"),
        (MONDAY - timedelta(hours=20), "yesterday 18:05"),
        (MONDAY + timedelta(days=6, hours=19, minutes=25), "Mon 30 Nov 09:30"),
        (datetime(2027, 1, 4, 8, 0, tzinfo=UTC), "Mon 4 Jan 2027 09:00"),
        (datetime(2026, 11, 23, 23, 30, tzinfo=UTC), "tomorrow 00:30"),
    ],
)
def test_a_moment_is_told_by_the_readers_own_clock(at: datetime, told: str) -> None:
    assert times().when(at) == told


def test_the_same_moment_is_another_day_elsewhere() -> None:
    at = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert times(zone="America/New_York").when(at) == "today 18:30"
    assert times(zone="no such zone").when(at) == "today 23:30"


@pytest.mark.parametrize(
    ("span", "told"),
    [
        (timedelta(seconds=12), "12 s"),
        (timedelta(minutes=18), "18 min"),
        (timedelta(minutes=59, seconds=40), "1 h"),
        (timedelta(hours=3, minutes=20), "3 h 20 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=1, hours=4), "1 day 4 h"),
        (timedelta(days=2, hours=3), "2 days"),
        (timedelta(0), "0 s"),
    ],
)
def test_a_span_is_told_as_coarsely_as_it_matters(span: timedelta, told: str) -> None:
    assert times().span(span) == told


def test_what_is_near_is_told_from_now() -> None:
    assert times().relative(MONDAY + timedelta(minutes=40)) == "in 40 min"
    assert times().relative(MONDAY - timedelta(hours=2)) == "2 h ago"
    assert times().relative(MONDAY + timedelta(seconds=20)) == "now"


def test_lists_and_days_read_as_they_are_spoken() -> None:
    assert times().listed(("Jo", "Mara", "Lea")) == "Jo, Mara and Lea"
    assert times().listed(("Jo",)) == "Jo"
    assert times().listed(()) == ""
    assert times().day(date(2026, 11, 30)) == "Mon 30 Nov"


def test_a_time_without_a_moment_to_tell_it_from_is_a_bug() -> None:
    with pytest.raises(ValueError, match="none was given"):
        Times(say=Wording().say, locale="en", zone=BERLIN).when(MONDAY)
