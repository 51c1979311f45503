"""What people answer to a resolved ticket is read rightly, measured on a table labelled by hand."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from chatdesk.lifecycle.reading import LANGUAGES, Reading, read
from chatdesk.lifecycle.reading.words import Kind, Language

TABLE = Path(__file__).with_name("acknowledgements.jsonl")

NASTY = "aZ\u00e9\u0301\u0142'\u2019<@!#:+-*^`?.,/0 \n\x00\ud800\u202e\u200d\ufe0f\U0001f44d"

LEAST_PRECISION = 0.98
LEAST_RECALL = 0.85


# --- Measured -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Labelled:
    """A message, what a person says it is, and what the rules make of it."""

    text: str
    language: str
    truth: Reading
    claim: Reading

    @property
    def is_held_out(self) -> bool:
        """It belongs to the third on which the vocabulary was not tuned."""
        return int(hashlib.sha256(self.text.encode()).hexdigest(), 16) % 3 == 0


@cache
def table() -> tuple[Labelled, ...]:
    rows = (json.loads(line) for line in TABLE.read_text(encoding="utf-8").splitlines())
    return tuple(
        Labelled(row["text"], row["language"], Reading(row["reading"]), read(row["text"]))
        for row in rows
    )


def is_held_out(text: str) -> bool:
    """Whether the text belongs to the third on which the vocabulary was never tuned."""
    return hashlib.sha256(text.encode()).digest()[-1] % 3 == 0


def test_the_table_is_large_and_varied() -> None:
    languages = Counter(row.language for row in table())
    held_out = sum(row.is_held_out for row in table())

    assert len({row.text for row in table()}) == len(table()) >= 250
    assert len(table()) / 4 < held_out < len(table()) / 2
    assert all(languages[language.name] >= 35 for language in LANGUAGES)


def test_an_acknowledgement_is_almost_never_claimed_wrongly() -> None:
    held_out = [row for row in table() if row.is_held_out]
    claimed = {row for row in held_out if row.claim is Reading.ACKNOWLEDGEMENT}
    existing = {row for row in held_out if row.truth is Reading.ACKNOWLEDGEMENT}
    found = len(claimed & existing)
    figures = f"precision {found}/{len(claimed)}, recall {found}/{len(existing)}"
    print(f"\nacknowledgements held out: {figures}")  # noqa: T201 - what is measured is shown

    assert found / len(claimed) >= LEAST_PRECISION
    assert found / len(existing) >= LEAST_RECALL


def test_no_labelled_trouble_passes_for_thanks() -> None:
    troubles = [row for row in table() if row.truth is Reading.SUBSTANTIVE]

    assert [row.text for row in troubles if row.claim is Reading.ACKNOWLEDGEMENT] == []


def test_what_reopens_a_ticket_is_nearly_always_a_reason_to() -> None:
    reopening = [row for row in table() if row.claim is Reading.SUBSTANTIVE]
    rightly = [row for row in reopening if row.truth is Reading.SUBSTANTIVE]

    assert len(rightly) / len(reopening) >= LEAST_PRECISION


# --- The rules, one by one ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reading", "reason"),
    [
        ("thanks", Reading.ACKNOWLEDGEMENT, "every word known, one of thanks"),
        ("no problem", Reading.ACKNOWLEDGEMENT, "the longest phrase is read"),
        ("no, problem", Reading.SUBSTANTIVE, "a phrase does not reach over a comma"),
        ("Thanks Jo", Reading.ACKNOWLEDGEMENT, "a name may follow thanks"),
        ("Thanks. Tomorrow", Reading.UNSURE, "but not in another sentence"),
        ("Vielen Dank,\nMara Lind", Reading.ACKNOWLEDGEMENT, "or as a signature"),
        ("hi Tom", Reading.UNSURE, "nothing good is said"),
        ("thanks, it still fails", Reading.SUBSTANTIVE, "a word of trouble"),
        ("thanks, please add Tom", Reading.SUBSTANTIVE, "something is asked for"),
        ("not today", Reading.SUBSTANTIVE, "a negation"),
        ("not tested yet", Reading.UNSURE, "unless it is merely not settled"),
        ("ok, tomorrow", Reading.UNSURE, "not settled"),
        ("works?", Reading.UNSURE, "asked"),
        ("is it fixed", Reading.UNSURE, "asked without a question mark"),
        ("it is fixed", Reading.ACKNOWLEDGEMENT, "the same words, told"),
        ("great, my cat says hello", Reading.UNSURE, "unknown words beside good ones"),
        ("my grey cat sat upon it", Reading.SUBSTANTIVE, "many unknown words and no good one"),
        ("works, but pink", Reading.SUBSTANTIVE, "taken back"),
        ("thxxxx", Reading.ACKNOWLEDGEMENT, "stretched"),
        ("goooood", Reading.ACKNOWLEDGEMENT, "stretched, with a double letter of its own"),
        ("danke schoen", Reading.ACKNOWLEDGEMENT, "without umlauts"),
        ("ca marche", Reading.ACKNOWLEDGEMENT, "without accents"),
        ("l\u2019erreur", Reading.SUBSTANTIVE, "behind an article that lost its vowel"),
        ("it doesnt work", Reading.SUBSTANTIVE, "without its apostrophe"),
        ("\uff34\uff48\uff41\uff4e\uff4b\uff53", Reading.ACKNOWLEDGEMENT, "in full-width letters"),
        ("\uff0b\uff11", Reading.ACKNOWLEDGEMENT, "and so are signs"),
        ("thanks <@U024BE7LH>", Reading.ACKNOWLEDGEMENT, "mentions say nothing"),
        ("<:thumbsup:123456>", Reading.ACKNOWLEDGEMENT, "an emoji by name, as Discord writes it"),
        (
            "\N{THUMBS UP SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}",
            Reading.ACKNOWLEDGEMENT,
            "skin",
        ),
        ("thanks \N{CRYING FACE}", Reading.UNSURE, "the face takes it back"),
        ("ok http://desk.example", Reading.UNSURE, "an address cannot be read"),
        ("ok 42", Reading.UNSURE, "nor can a figure"),
        ("danke, works", Reading.ACKNOWLEDGEMENT, "words that are at home everywhere"),
        ("no", Reading.SUBSTANTIVE, "trouble in one of the languages that know it"),
        (
            "\u0441\u043f\u0430\u0441\u0438\u0431\u043e",
            Reading.UNSURE,
            "a language that is not read",
        ),
        ("", Reading.UNSURE, "nothing to read"),
        ("\x00\ud800", Reading.UNSURE, "nothing to read either"),
        ("ok " * 300, Reading.SUBSTANTIVE, "nobody merely says thanks at such length"),
    ],
)
def test_a_rule(text: str, reading: Reading, reason: str) -> None:
    assert read(text) is reading, reason


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.name)
def test_a_language_says_one_thing_of_a_phrase(language: Language) -> None:
    kinds: dict[tuple[str, ...], set[Kind]] = {}
    for phrase, kind in language.entries():
        kinds.setdefault(phrase, set()).add(kind)

    assert {phrase: found for phrase, found in kinds.items() if len(found) > 1} == {}


def test_any_text_can_be_read() -> None:
    for start, character in enumerate(NASTY):
        for text in (character, character * 300, NASTY[start:] + NASTY[:start]):
            assert read(text) in Reading


def test_blanks_and_full_stops_change_nothing_about_thanks() -> None:
    for row in table()[::8]:
        if row.claim is Reading.ACKNOWLEDGEMENT:
            assert read(f"  {row.text} .\n") is Reading.ACKNOWLEDGEMENT, row.text
