"""Every language of the catalog says the same: complete, short enough, and in words of its own."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chatdesk.adapters.slack.limits import BUTTON_LABEL, MODAL_TITLE
from chatdesk.lifecycle.permissions import Action
from chatdesk.lifecycle.step import Refused
from chatdesk.lifecycle.ticket import Priority, Side, Status
from chatdesk.ui.agents_card import agents_card
from chatdesk.ui.checking import check
from chatdesk.ui.form_shapes import FORMS, form
from chatdesk.ui.intake_form import intake_form
from chatdesk.ui.language import names_in
from chatdesk.ui.lists import help_card, menu_card
from chatdesk.ui.receipt import receipt
from chatdesk.ui.refusals import refusal
from chatdesk.ui.times import Times
from chatdesk.ui.typed import meant, usage
from chatdesk.ui.views import Reader
from chatdesk.ui.voice import Voice, voice_for
from chatdesk.ui.wording import (
    FIRST_LANGUAGE,
    TYPED_ROOM,
    Wording,
    catalog,
    languages,
    mistakes,
    samples,
)
from chatdesk.verbs import TYPED, nearest, parse
from tests.ui.tale import BERLIN, MONDAY, POLICY, Tale, buttons_of, text_of

OTHERS = sorted(languages() - {FIRST_LANGUAGE})

DISCORD_BUTTON = 80
DISCORD_LABEL = 45
DISCORD_DESCRIPTION = 100
DISCORD_NAME = 32
"""Characters of a form's labels, of what explains a command or an option, and of its name."""

LONGEST_NUMBER = "123456"

ALIKE = {
    ("de", "record.about.status"): "the same word",
    ("de", "discord.names.code"): "the same word",
    ("de", "times.ahead"): "the same word",
    ("de", "typed.verb.spam"): "the same word",
    ("de", "typed.verb.desk"): "the name of the product's own thing",
    ("de", "help.usage.desk"): "the same word",
    ("de", "help.usage.ask"): "a number and a text, both the same word",
    ("de", "help.usage.note"): "a number and a text, both the same word",
    ("de", "help.usage.reply"): "a number and a text, both the same word",
    ("de", "help.usage.add"): "a number, and what a platform calls whoever is meant",
    ("de", "discord.names.ticket"): "the same word",
    ("de", "discord.names.desk"): "the name of a command",
    ("de", "discord.names.person"): "the same word",
    ("de", "discord.names.text"): "the same word",
}
"""Texts that read the same in English, and why that is no oversight."""


def words_in(text: str) -> str:
    """Return what a text says besides its values."""
    return re.sub(r"\{[{%].*?[}%]\}", "", text)


def english_left(language: str) -> set[str]:
    """Return the keys whose texts have words, and the same ones as in English."""
    texts, english = catalog(language), catalog(FIRST_LANGUAGE)
    same = {key for key in texts if texts[key] == english.get(key)}
    return {key for key in same if re.search(r"[^\W\d_]{2}", words_in(texts[key]))}


def shown(key: str, language: str) -> str:
    """Return a text with long numbers in it."""
    return re.sub(r"\{\{ number \}\}", LONGEST_NUMBER, catalog(language)[key])


# --- the same texts -------------------------------------------------------------------------------


def test_there_is_another_language() -> None:
    assert "de" in OTHERS


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_missing_and_none_is_left_over(language: str) -> None:
    assert not catalog(FIRST_LANGUAGE).keys() ^ catalog(language).keys()


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_uses_every_value_of_the_english_one(language: str) -> None:
    for key, text in catalog(FIRST_LANGUAGE).items():
        assert names_in(catalog(language)[key]) == names_in(text), key


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_english_by_oversight(language: str) -> None:
    known = {key for spoken, key in ALIKE if spoken == language}
    assert english_left(language) - known == set()
    assert known - english_left(language) == set()


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_can_be_said(language: str) -> None:
    for key, text in catalog(language).items():
        values = samples(names_in(text))
        values.pop("times_", None)
        said = Wording().say(key, language, zone=BERLIN, now=MONDAY, **values)
        assert said, key


@pytest.mark.parametrize("language", sorted(languages()))
def test_one_and_many_are_told_apart(language: str) -> None:
    plural = re.compile(r"plural\('([^']*)', '([^']*)'\)")
    found = [
        (key, one, many)
        for key, text in catalog(language).items()
        for one, many in plural.findall(text)
    ]
    assert len(found) > 10
    assert not [key for key, one, many in found if one == many]


# --- as long as platforms allow -------------------------------------------------------------------


@pytest.mark.parametrize("language", OTHERS)
def test_buttons_titles_and_labels_fit(language: str) -> None:
    for key in catalog(language):
        room, _, name = key.partition(".")
        text = shown(key, language)
        if room == "buttons":
            assert len(text) <= min(BUTTON_LABEL, DISCORD_BUTTON), key
        elif room == "forms" and name.endswith((".title", ".title_for")):
            assert len(text.replace("{{ person }}", "Mara Lind")) <= MODAL_TITLE, key
        elif room == "forms" and not name.endswith(("help", ".intro", ".keep")):
            assert len(text.replace("{{ person }}", "Mara Lind")) <= DISCORD_LABEL, key
        elif key.startswith(("discord.commands.", "discord.options.")) or name in TYPED:
            assert len(text) <= DISCORD_DESCRIPTION, key
        elif key.startswith(("discord.names.", "discord.menus.")):
            assert len(text) <= DISCORD_NAME, key


@pytest.mark.parametrize("language", OTHERS)
def test_verbs_can_be_names_of_commands(language: str) -> None:
    for key, words in catalog(language).items():
        if key.startswith(("typed.verb.", "discord.names.")):
            assert re.fullmatch(rf"[\w-]{{1,{DISCORD_NAME}}}", words.split()[0]), key
            assert words == words.lower(), key


# --- what is drawn --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("verb", sorted(FORMS))
def test_every_form_is_asked_in_the_readers_language(verb: str, language: str) -> None:
    tale = Tale(locale=language).opened().claimed()
    english = Tale().opened().claimed()
    asked = form(verb, tale.seen(Side.AGENTS), {}, more="x")
    same = form(verb, english.seen(Side.AGENTS), {}, more="x")
    assert [field.name for field in asked.fields] == [field.name for field in same.fields]
    assert asked.title != same.title
    own = [one.label for one in asked.fields if one.label.startswith("#") is False]
    assert not set(own) & {field.label for field in same.fields}


def test_the_form_of_a_new_ticket_is_german_around_the_desks_own_words() -> None:
    shape = intake_form(POLICY, Reader(zone=BERLIN, locale="de-AT"), values={"topic": "vpn"})
    assert (shape.title, shape.submit) == ("Neues Ticket", "Ticket anlegen")
    labels = {field.name: field.label for field in shape.fields}
    assert labels["summary"] == "In einem Satz"
    assert labels["q.system"] == "Which system?"
    errors, _ = check(shape, {"topic": "vpn"}, now=MONDAY, zone=BERLIN, locale="de-AT")
    assert errors["summary"] == "Bitte fülle das aus."


def test_both_cards_speak_german() -> None:
    tale = Tale(locale="de").opened(answers={"since": "2026-11-20"}).claimed()
    card = receipt(tale.seen())
    assert "Jo kümmert sich darum und antwortet dir bis heute um 15:05 Uhr" in text_of(card)
    assert "Since when?: Fr., 20. Nov." in text_of(card)
    assert "Zurückziehen" in buttons_of(card)
    card = agents_card(tale.seen(Side.AGENTS))
    assert "Priorität Hoch · Offen" in text_of(card)
    assert "Erste Antwort fällig in 40 Min. (heute um 15:05 Uhr)" in text_of(card)
    assert "Zurücklegen" in buttons_of(card)


def test_refusals_tell_actions_and_statuses_in_german() -> None:
    say = voice_for(POLICY, Reader(zone=BERLIN, locale="de"), MONDAY)
    refused = Refused("not_now", action=Action.HOLD, number=7, status=Status.WAITING)
    assert refusal(refused, say).fallback == (
        "Das passt nicht mehr: #7 hat jetzt den Status „Wartet auf Antwort“."
    )
    refused = Refused("not_allowed", action=Action.CLAIM, number=7)
    assert refusal(refused, say).fallback == "Das dürfen nur andere: #7 übernehmen."
    with pytest.raises(Refused) as asked:
        parse("zurücklegen")
    told = refusal(asked.value, say).fallback
    assert told == "Welches Ticket? Schreib es so: /ticket zurücklegen N GRUND"


def test_the_menu_and_help_speak_german() -> None:
    say = voice_for(POLICY, Reader(zone=BERLIN, locale="de"), MONDAY)
    assert "Neues Ticket" in buttons_of(menu_card(say, agent=True, manager=True))
    rows = tuple((usage(verb, say), say(f"help.{verb}")) for verb in TYPED)
    assert "übernehmen N | ein Ticket übernehmen" in text_of(help_card(rows, say))


# --- times and numbers ----------------------------------------------------------------------------


def german(zone: str = BERLIN) -> Times:
    return Times(say=Wording().say, locale="de-DE", zone=zone, now=MONDAY)


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (MONDAY + timedelta(hours=1), "heute um 15:05 Uhr"),
        (MONDAY + timedelta(hours=19, minutes=25), "morgen um 09:30 Uhr"),
        (MONDAY - timedelta(hours=20), "gestern um 18:05 Uhr"),
        (MONDAY + timedelta(days=6, hours=19, minutes=25), "Mo., 30. Nov. um 09:30 Uhr"),
        (datetime(2027, 3, 4, 8, 0, tzinfo=UTC), "Do., 4. März 2027 um 09:00 Uhr"),
    ],
)
def test_a_moment_is_told_as_germans_say_it(at: datetime, told: str) -> None:
    assert german().when(at) == told


def test_a_span_bends_behind_its_preposition() -> None:
    assert german().span(timedelta(days=6)) == "6 Tage"
    assert german().relative(MONDAY + timedelta(days=6)) == "in 6 Tagen"
    assert german().relative(MONDAY - timedelta(days=1, hours=4)) == "vor 1 Tag 4 Std."
    assert german().relative(MONDAY + timedelta(minutes=40)) == "in 40 Min."


def test_numbers_have_the_mark_of_the_language() -> None:
    assert [german().decimal(number) for number in (4.25, 4.0, 12)] == ["4,2", "4", "12"]
    assert [german().size(size) for size in (512, 1_234_000)] == ["512 Bytes", "1,23 MB"]
    english = replace(german(), locale="en")
    assert [english.size(size) for size in (999, 1000, 2.5e12)] == [
        "999 bytes",
        "1 kB",
        "2.5e+03 GB",
    ]


# --- who hears what -------------------------------------------------------------------------------


def test_whose_language_has_no_texts_hears_the_desks_own_and_then_english() -> None:
    wording = Wording({"fr": {"buttons.claim": "Prendre"}}, "de")
    assert wording.say("buttons.claim", "fr-CA") == "Prendre"
    assert wording.say("buttons.release", "fr-CA") == "Zurücklegen"
    assert wording.say("buttons.release", "en-GB") == "Release"
    assert Wording(language="tlh").say("buttons.release", "fr") == "Release"
    assert Wording(language="de").say("buttons.release", "") == "Zurücklegen"


def test_a_desk_says_it_in_its_own_german() -> None:
    own = {"de": {"receipt.news.working": "{{ person }} nimmt sich Ihrer an."}}
    assert not mistakes(own)
    say = Voice(wording=Wording(own), locale="de", zone=BERLIN, now=MONDAY)
    assert say("receipt.news.working", person="Jo") == "Jo nimmt sich Ihrer an."
    assert say("buttons.claim") == "Übernehmen"


def test_what_people_type_is_no_wording() -> None:
    (mistake,) = mistakes({"de": {"typed.verb.claim": "greifen"}})
    assert "is no text" in mistake


# --- what is typed --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["verb", "view", "period", "away", "into"])
def test_no_typed_word_means_two_things(kind: str) -> None:
    prefix = f"{TYPED_ROOM}{kind}."
    found: dict[str, str] = {}
    for language in languages():
        for key, words in catalog(language).items():
            for word in words.split() if key.startswith(prefix) else ():
                thing = key.removeprefix(prefix)
                assert found.setdefault(word.casefold(), thing) == thing, word
                assert meant(kind, word.upper()) == thing
    assert found


def test_every_verb_can_be_typed_in_every_language() -> None:
    for language in languages():
        texts = catalog(language)
        assert {key.split(".")[2] for key in texts if key.startswith("typed.verb.")} == set(TYPED)
    english = catalog(FIRST_LANGUAGE)
    for name, verb in TYPED.items():
        assert english[f"typed.verb.{name}"] == name
        assert english.get(f"help.usage.{name}", "") == verb.usage


def test_german_verbs_are_taken_apart_like_english_ones() -> None:
    cases = {
        "übernehmen 7": ("claim", 7, ""),
        "ÜBERNEHMEN #7": ("claim", 7, ""),
        "uebernehmen 7": ("claim", 7, ""),
        "zusammenführen 7 mit 8": ("merge", 7, "mit 8"),
        "antworten 7 Guten Tag": ("reply", 7, "Guten Tag"),
        "für @mara Drucker": ("for", None, "@mara Drucker"),
    }
    for text, told in cases.items():
        spoken = parse(text)
        assert (spoken.verb.name, spoken.number, spoken.words) == told, text
    assert parse("zusammenführen mit 8", 7).number == 7
    assert nearest("übernemen", TYPED) == "uebernehmen"


def test_priorities_are_understood_in_the_readers_language() -> None:
    tale = Tale(locale="de").opened().claimed()
    shape = form("priority", tale.seen(Side.AGENTS), {"priority": "niedrig"})
    field = shape.field("priority")
    assert field
    assert field.value == Priority.LOW
