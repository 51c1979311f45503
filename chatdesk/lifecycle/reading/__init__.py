"""Reading what is said on a resolved ticket: merely thanks, something to do, or unclear.

The rules can be told in a minute. The language that knows most of the words reads the message. A
word of trouble or of request makes it substantive, and so does a negation, unless the matter is
merely not settled yet ("not tested yet"). It is an acknowledgement if every word of it is known,
one of them says thanks or that all is well, none leaves anything open, and nothing is asked.
Whatever else is long and says nothing good is substantive; the rest is unclear.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from chatdesk.lifecycle.reading.dutch import DUTCH
from chatdesk.lifecycle.reading.english import ENGLISH
from chatdesk.lifecycle.reading.french import FRENCH
from chatdesk.lifecycle.reading.german import GERMAN
from chatdesk.lifecycle.reading.italian import ITALIAN
from chatdesk.lifecycle.reading.polish import POLISH
from chatdesk.lifecycle.reading.portuguese import PORTUGUESE
from chatdesk.lifecycle.reading.spanish import SPANISH
from chatdesk.lifecycle.reading.symbols import EVERYWHERE
from chatdesk.lifecycle.reading.tokens import Token, asks_something, tokens_of
from chatdesk.lifecycle.reading.words import ANY_ENDING, BEGINS, Kind, Language

__all__ = ["LANGUAGES", "Reading", "read"]

LANGUAGES = (ENGLISH, GERMAN, FRENCH, SPANISH, ITALIAN, PORTUGUESE, DUTCH, POLISH)
"""The languages that are read; a message in another one is unclear, unless it is all emoji."""

_LONGEST = 600
"""Characters beyond which nobody merely says thanks."""

_TELLING = 4
"""Unknown words from which on a message without a good word tells something."""

_NAMES_AT_MOST = 2
_CARRYING = frozenset({Kind.THANKS, Kind.GOOD})
_ADDRESSING = frozenset({Kind.THANKS, Kind.HELLO})


class Reading(StrEnum):
    """What a whole message amounts to."""

    ACKNOWLEDGEMENT = "acknowledgement"
    SUBSTANTIVE = "substantive"
    UNSURE = "unsure"


_BELIEVED = (Reading.UNSURE, Reading.ACKNOWLEDGEMENT, Reading.SUBSTANTIVE)
"""Of languages that know a message equally well, the one that makes the most of it is believed."""


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """A language made ready to look words up.

    Phrases stand under their first word, the longest first; stems are beginnings of words.
    """

    phrases: Mapping[str, Sequence[tuple[tuple[str, ...], Kind]]]
    stems: Sequence[tuple[str, Kind]]


@dataclass(frozen=True, slots=True)
class _Understanding:
    """What one language makes of a message.

    It knows the better, the more words it knows, and the fewer phrases these make up.
    """

    kinds: frozenset[Kind]
    known: int
    phrases: int
    unknown: int

    @property
    def grasp(self) -> tuple[int, int]:
        """How well it knows the message, to compare by."""
        return self.known, -self.phrases


def read(text: str) -> Reading:
    """Tell whether a message on a resolved or closed ticket merely acknowledges.

    Ask it only there: where a question is open, "yes" is an answer. Any text may be given; an empty
    one is unsure.
    """
    if len(text) > _LONGEST:
        return Reading.SUBSTANTIVE
    tokens = tokens_of(text, _all_words().__contains__)
    understood = [_understand(vocabulary, tokens) for vocabulary in _vocabularies()]
    best = max(one.grasp for one in understood)
    is_question = asks_something(text)
    readings = {_judge(one, is_question=is_question) for one in understood if one.grasp == best}
    return max(readings, key=_BELIEVED.index)


def _judge(found: _Understanding, *, is_question: bool) -> Reading:
    kinds = found.kinds
    is_open = is_question or Kind.UNSETTLED in kinds
    is_good = bool(kinds & _CARRYING)
    if Kind.TROUBLE in kinds or (Kind.NOT in kinds and Kind.UNSETTLED not in kinds):
        return Reading.SUBSTANTIVE
    if is_open or Kind.NOT in kinds:
        return Reading.UNSURE
    if found.unknown == 0:
        is_settled = is_good and Kind.BUT not in kinds
        return Reading.ACKNOWLEDGEMENT if is_settled else Reading.UNSURE
    tells = Kind.BUT in kinds or (not is_good and found.unknown >= _TELLING)
    return Reading.SUBSTANTIVE if tells else Reading.UNSURE


def _understand(vocabulary: _Vocabulary, tokens: list[Token]) -> _Understanding:
    kinds: set[Kind] = set()
    known = phrases = unknown = names = position = 0
    addressed = False
    while position < len(tokens):
        token = tokens[position]
        kind, length = _longest_phrase(vocabulary, tokens, position)
        position += length
        if kind is not None:
            kinds.add(kind)
            known += length
            phrases += 1
            addressed, names = kind in _ADDRESSING, 0
        elif addressed and token.is_namelike and token.is_near and names < _NAMES_AT_MOST:
            names += 1
            known += 1
        else:
            unknown += 1
            addressed = False
    return _Understanding(frozenset(kinds), known, phrases, unknown)


def _longest_phrase(
    vocabulary: _Vocabulary, tokens: list[Token], start: int
) -> tuple[Kind | None, int]:
    """What begins at this token, and how many tokens it takes; one if nothing is known of it."""
    first = tokens[start]
    if first.kind is not None:
        return first.kind, 1
    beginnings = (first.word,) if first.is_joined else (BEGINS + first.word, first.word)
    for beginning in beginnings:
        for rest, kind in vocabulary.phrases.get(beginning, ()):
            if _goes_on(tokens[start + 1 : start + 1 + len(rest)], rest):
                return kind, 1 + len(rest)
    stems = (kind for stem, kind in vocabulary.stems if first.word.startswith(stem))
    return next(stems, None), 1


def _goes_on(tokens: list[Token], words: tuple[str, ...]) -> bool:
    is_long_enough = len(tokens) == len(words)
    return is_long_enough and all(
        token.is_joined and token.word == word for token, word in zip(tokens, words, strict=True)
    )


@cache
def _vocabularies() -> tuple[_Vocabulary, ...]:
    return tuple(_vocabulary(language) for language in LANGUAGES)


def _vocabulary(language: Language) -> _Vocabulary:
    phrases: dict[str, list[tuple[tuple[str, ...], Kind]]] = {}
    stems: list[tuple[str, Kind]] = []
    for (first, *rest), kind in sorted(
        _entries(language).items(), key=lambda entry: -len(entry[0])
    ):
        if first.endswith(ANY_ENDING):
            stems.append((first.removesuffix(ANY_ENDING), kind))
        else:
            phrases.setdefault(first, []).append((tuple(rest), kind))
    return _Vocabulary(phrases, tuple(stems))


@cache
def _entries(language: Language) -> dict[tuple[str, ...], Kind]:
    """Take what is at home everywhere, and then what the language itself may see otherwise."""
    return dict(EVERYWHERE.entries()) | dict(language.entries())


@cache
def _all_words() -> frozenset[str]:
    return frozenset(
        word for language in LANGUAGES for phrase in _entries(language) for word in phrase
    )
