"""Taking a message apart into words as hasty people type them, emoji and emoticons."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chatdesk.lifecycle.reading.symbols import EMOJI, NAMED, TYPED
from chatdesk.lifecycle.reading.words import WORD, Kind, fold, split_elisions

_TYPED = "|".join(re.escape(sign) for sign in sorted(TYPED, key=len, reverse=True))
_PIECE = re.compile(
    rf"""
    (?P<other> https?://\S+ | `[^`]*` )
    | (?P<mention> <[@!\#][^>\s]+> | (?<!\w)@\w+ )
    | <a?:(?P<custom>\w+):\d+> | :(?P<named>[a-z0-9_+-]+):
    | (?P<typed> (?<![^\W_]) (?:{_TYPED}) (?![^\W_]) )
    | (?P<word> {WORD} )
    | (?P<figure> \d\S* )
    | (?P<sign> [^\w\s] )
    """,
    re.VERBOSE,
)
_STRETCHED = re.compile(r"(\w)\1{2,}")
_SENTENCE_ENDS = frozenset(".!?:;")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, folded, or a sign that has a kind of its own; neither for what cannot be read.

    It is joined to the one before when nothing but blanks or a hyphen parts them, and near to it
    when no sentence ends between them. A name is written with one capital, in front.
    """

    word: str = ""
    kind: Kind | None = None
    is_joined: bool = False
    is_near: bool = False
    is_namelike: bool = False


def tokens_of(text: str, is_known: Callable[[str], bool]) -> list[Token]:
    """Take a text apart; mentions, punctuation and decorative emoji are left out.

    `is_known` decides how a stretched word was meant: "coool" or "thxxx".
    """
    return list(_tokens(split_elisions(unicodedata.normalize("NFKC", text)), is_known))


def asks_something(text: str) -> bool:
    """Whether there is a question mark in it."""
    return "?" in unicodedata.normalize("NFKC", text)


def _tokens(text: str, is_known: Callable[[str], bool]) -> Iterator[Token]:
    end = 0
    for piece in _PIECE.finditer(text):
        written = piece["word"] or ""
        kind = _kind_of(piece)
        if kind is None and not (written or piece["other"] or piece["figure"]):
            continue
        between = text[end : piece.start()] if end else "\n"
        end = piece.end()
        yield Token(
            word=_unstretched(written, is_known) if written else "",
            kind=kind,
            is_joined=not between.strip(" -"),
            is_near="\n" in between or not _SENTENCE_ENDS.intersection(between),
            is_namelike=len(written) > 1 and written.istitle(),
        )


def _kind_of(piece: re.Match[str]) -> Kind | None:
    name = piece["custom"] or piece["named"]
    if name:
        return NAMED.get(name)
    return TYPED.get(piece["typed"] or "") or EMOJI.get(piece["sign"] or "")


def _unstretched(written: str, is_known: Callable[[str], bool]) -> str:
    word = fold(written)
    twice, once = _STRETCHED.sub(r"\1\1", word), _STRETCHED.sub(r"\1", word)
    return once if is_known(once) else twice
