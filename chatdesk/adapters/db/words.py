"""What counts as a word in search, the same for every text, question and database.

Case, accents and compatibility forms do not matter. Scripts without spaces between words (Han,
kana) are cut into overlapping pairs of characters, so that a word inside a sentence is found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LONGEST = 64
"""Characters of a word that count; what is longer is a token or an address, not a word."""

MOST_ASKED = 16
"""Words of a question that count."""

_SPACELESS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_IS_SPACELESS = re.compile(f"[{_SPACELESS}]")
_RUN = re.compile(rf"[{_SPACELESS}]+|[^\W_{_SPACELESS}]+")


def words_of(text: str) -> set[str]:
    """Return the different words of a text."""
    return {word for run in _runs(text) for word in _cut(run, is_asked=False)}


def words_asked(text: str) -> list[str]:
    """Return the words a person looks for, in their order; the last may be unfinished."""
    asked = [word for run in _runs(text) for word in _cut(run, is_asked=True)]
    return list(dict.fromkeys(reversed(asked)))[::-1][-MOST_ASKED:]


def _runs(text: str) -> Iterator[str]:
    if not text.isascii():
        # Told in letters, a symbol would become one word with what it touches: "No" with a number.
        text = "".join(f" {char} " if unicodedata.category(char) == "So" else char for char in text)
    bare = unicodedata.normalize("NFKD", text.casefold()).casefold()
    if not bare.isascii():
        bare = "".join(char for char in bare if not unicodedata.category(char).startswith("M"))
    return (found.group() for found in _RUN.finditer(bare))


def _cut(run: str, *, is_asked: bool) -> Iterator[str]:
    if run.isascii() or not _IS_SPACELESS.match(run):
        yield run[:LONGEST]
        return
    for start in range(len(run) - 1):
        yield run[start : start + 2]
    # A single character finds pairs as their beginning, so the last one must begin something.
    if not is_asked or len(run) == 1:
        yield run[-1]
