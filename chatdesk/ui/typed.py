"""What people type in their own language: the verbs, and the few words that stand behind them.

The words stand in the catalog under `typed`, several for one thing, the one that help shows first.
Everybody may type in every language, whatever theirs is; no word means two things.
"""

from __future__ import annotations

from functools import cache

from chatdesk.ui.voice import Voice
from chatdesk.ui.wording import FIRST_LANGUAGE, TYPED_ROOM, catalog, languages

_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def meant(kind: str, word: str) -> str:
    """Return the word of the desk's that was typed in any language; any other as it was, in lower.

    `kind` is what it can be: `verb`, `view` of a queue, `period` of a digest, `away` or `into`.
    """
    return _known(kind).get(_folded(word), word.strip().lower())


def words_for(kind: str) -> tuple[str, ...]:
    """Return every word of a kind that is understood."""
    return tuple(_known(kind))


def usage(verb: str, say: Voice, otherwise: str = "") -> str:
    """Return how a verb is typed, with what follows it, in the reader's language.

    `otherwise` is what follows a verb of which the catalog does not say it.
    """
    texts, name, follows = catalog(FIRST_LANGUAGE), f"typed.verb.{verb}", f"help.usage.{verb}"
    shown = say(name).split()[0] if name in texts else verb
    return f"{shown} {say(follows) if follows in texts else otherwise}".strip()


@cache
def _known(kind: str) -> dict[str, str]:
    prefix = f"{TYPED_ROOM}{kind}."
    return {
        _folded(word): key.removeprefix(prefix)
        for language in sorted(languages())
        for key, words in catalog(language).items()
        if key.startswith(prefix)
        for word in words.split()
    }


def _folded(word: str) -> str:
    """Return a word as it is compared: keyboards without `ü` write `ue`."""
    return word.strip().casefold().translate(_PLAIN)
