"""What words can tell in a message on a resolved ticket, and how a language writes its own down."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a word or phrase says about the state of things."""

    THANKS = "thanks"
    """Thanks; a name may follow."""
    GOOD = "good"
    """It works, it is understood, it may be closed; also "no problem" and the like."""
    HELLO = "hello"
    """A greeting at either end; a name may follow."""
    SMALL = "small"
    """Says nothing by itself, and may stand beside what does."""
    TROUBLE = "trouble"
    """Something is broken, missing, back again, or asked for."""
    NOT = "not"
    """A negation or "still": trouble, unless it goes with what is unsettled ("not tested yet")."""
    UNSETTLED = "unsettled"
    """It will be seen: later, perhaps, when tested, back on Monday."""
    BUT = "but"
    """Takes something back of what is said."""


ANY_ENDING = "*"
BEGINS = "^"
"""Marks on a word of the vocabulary: any ending will do; only where a clause begins."""

_UMLAUTS = str.maketrans({"\u00e4": "ae", "\u00f6": "oe", "\u00fc": "ue"})
_LIGATURES = str.maketrans({"\u0142": "l", "\u00f8": "o", "\u00e6": "ae", "\u0153": "oe"})
"""Letters that decomposing leaves as they are, and the plain ones that people type instead."""

WORD = r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*"
"""A word as a regular expression; an apostrophe may stand inside."""

_ELIDED = re.compile(r"\b([^\W\d_]|qu)['\u2019]", re.IGNORECASE)


def fold(word: str) -> str:
    """Write a word without case, accents and apostrophes: the way hasty people type it."""
    if word.isascii():
        return "".join(filter(str.isalnum, word.lower()))
    decomposed = unicodedata.normalize("NFKD", word.casefold().translate(_LIGATURES))
    return "".join(letter for letter in decomposed if letter.isalnum())


def split_elisions(text: str) -> str:
    """Part the articles and pronouns that French and Italian hang before a vowel (`l'erreur`)."""
    return _ELIDED.sub(r"\1 ", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """The vocabulary of one language: words and phrases, separated by commas, kind by kind.

    The longest phrase that fits is read, so that "no problem" may be good although "no" is a
    negation and "problem" is trouble. A star at the end stands for any ending; what begins with a
    circumflex counts only where a clause begins, as the order of words that asks does.
    """

    name: str
    thanks: str = ""
    good: str = ""
    hello: str = ""
    small: str = ""
    trouble: str = ""
    negation: str = ""
    unsettled: str = ""
    but: str = ""

    def entries(self) -> Iterator[tuple[tuple[str, ...], Kind]]:
        """Every phrase as folded words, umlauts also as people without them write them."""
        for kind, phrases in self._kinds():
            for phrase in filter(str.strip, phrases.split(",")):
                for written in {phrase, phrase.translate(_UMLAUTS)}:
                    yield _folded(written), kind

    def _kinds(self) -> tuple[tuple[Kind, str], ...]:
        return (
            (Kind.THANKS, self.thanks),
            (Kind.GOOD, self.good),
            (Kind.HELLO, self.hello),
            (Kind.SMALL, self.small),
            (Kind.TROUBLE, self.trouble),
            (Kind.NOT, self.negation),
            (Kind.UNSETTLED, self.unsettled),
            (Kind.BUT, self.but),
        )


def _folded(phrase: str) -> tuple[str, ...]:
    words = split_elisions(phrase).split()
    return tuple(
        BEGINS * word.startswith(BEGINS) + fold(word) + ANY_ENDING * word.endswith(ANY_ENDING)
        for word in words
    )
