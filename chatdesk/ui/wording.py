"""Every sentence people read, by key and language: our catalog, and what a desk put in its place.

The texts stand in `templates/<language>/<room>.toml`; a key is `room.table.name`. A text is a
template; what a person wrote is only ever a value in it.

The names of values tell what they are: `..._at`, `at` and `until` are moments, `..._on` is a date,
`..._within` a span, those in `LISTS` and `NUMBERS` are what these say, all others are texts.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from jinja2 import TemplateError

from chatdesk.ui.language import TIMES, BadText, fill_in, names_in
from chatdesk.ui.times import Times

FIRST_LANGUAGE = "en"
"""The language every text exists in, and what is said where another has none."""

TYPED_ROOM = "typed."
"""Begins the keys of words that people type; what a desk understands is not its wording."""

NUMBERS = frozenset(
    {
        *("number", "other", "count", "total", "percent", "limit", "least", "score", "tier"),
        *("cap", "days", "length", "hour", "opened", "solved", "size", "mean"),
    }
)
"""Names of values that are numbers."""

COMMAND = "/ticket"
"""What people type, where nothing else is configured."""

EVERYWHERE = frozenset({"desk", "command"})
"""Names of values that every text has."""

LISTS = frozenset({"names", "items", "numbers"})
"""Names of values that are lists of texts."""

_MOST_FOUND = 8192
"""Texts remembered where they were found; a platform may tell any locale of a person."""

WRONG = (BadText, TemplateError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What a text can go wrong with: badly written, or its values used as what they are not."""


# --- the catalog ----------------------------------------------------------------------------------


@cache
def catalog(language: str) -> Mapping[str, str]:
    """Return our texts in a language by key; none for a language we do not have."""
    texts: dict[str, str] = {}
    if language not in languages():
        return texts
    for file in _folder().joinpath(language).iterdir():
        room, _, ending = file.name.rpartition(".")
        if ending == "toml":
            texts |= _flatten(room, tomllib.loads(file.read_text(encoding="utf-8")))
    return texts


@cache
def languages() -> frozenset[str]:
    """Return the languages our catalog has."""
    return frozenset(folder.name for folder in _folder().iterdir() if folder.is_dir())


def _folder() -> Traversable:
    return resources.files("chatdesk.ui").joinpath("templates")


def _flatten(prefix: str, table: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in table.items():
        key = f"{prefix}.{name}"
        found |= {key: value.strip()} if isinstance(value, str) else _flatten(key, value)
    return found


@lru_cache(maxsize=256)
def _heard_by(locale: str, otherwise: str) -> tuple[str, ...]:
    """Return the languages to look in, nearest first.

    `pt_BR` is `pt-BR`, then `pt`, then the desk's own language, then the one all texts exist in.
    """
    looked = []
    for one in (locale, otherwise):
        whole = one.replace("_", "-")[:20]
        looked += [whole, whole.partition("-")[0].lower()]
    return tuple(dict.fromkeys((*looked, FIRST_LANGUAGE)))


class Wording:
    """The desk's words: our catalog with a policy's `wording` in front of it.

    `overrides` are texts by language and key. A text there that does not work is not used, so that
    a slip in a file never silences the desk; `mistakes` tells about it. `language` is what is said
    to those whose own language has no texts, or is not known. `command` is what people type.
    """

    __slots__ = ("_found", "_language", "_overrides", "command")

    def __init__(
        self,
        overrides: Mapping[str, Mapping[str, str]] | None = None,
        language: str = FIRST_LANGUAGE,
        command: str = COMMAND,
    ) -> None:
        self._overrides = overrides or {}
        self._language = language
        self._found: dict[tuple[str, str], tuple[tuple[str, ...], str | None]] = {}
        self.command = command

    def say(
        self,
        key: str,
        locale: str,
        *,
        zone: str = "UTC",
        now: datetime | None = None,
        **values: object,
    ) -> str:
        """Return the text of that key in the reader's language, with the values filled in.

        `zone` (IANA) and `now` (aware) are the reader's, by which times are told. KeyError for a
        key that does not exist in any language.
        """
        values[TIMES] = Times(say=self.say, locale=locale, zone=zone, now=now)
        values["command"] = self.command
        overrides, ours = self._sources(key, locale)
        for override in overrides:
            said = _try(override, values)
            if said is not None:
                return said
        if ours is None:
            raise KeyError(key)
        return fill_in(ours, values)

    def _sources(self, key: str, locale: str) -> tuple[tuple[str, ...], str | None]:
        """Return the texts a desk put in front of ours, nearest first, and ours behind them."""
        found = self._found.get((key, locale))
        if found is None:
            if len(self._found) >= _MOST_FOUND:
                self._found.clear()
            found = self._found[key, locale] = self._look_up(key, locale)
        return found

    def _look_up(self, key: str, locale: str) -> tuple[tuple[str, ...], str | None]:
        overrides: list[str] = []
        for language in _heard_by(locale, self._language):
            override = self._overrides.get(language, {}).get(key)
            overrides += [override] if override is not None else []
            if key in catalog(language):
                return tuple(overrides), catalog(language)[key]
        return tuple(overrides), None

    def has(self, key: str) -> bool:
        """Tell whether there is a text of that key."""
        return key in catalog(FIRST_LANGUAGE)


def _try(override: str, values: Mapping[str, object]) -> str | None:
    try:
        return fill_in(override, values) or None
    except WRONG:
        return None


# --- what is wrong with a desk's own texts --------------------------------------------------------


def mistakes(overrides: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return a sentence for each text of a policy's `wording` that cannot be used as it is."""
    return [flaw for language, texts in overrides.items() for flaw in _flaws(language, texts)]


def _flaws(language: str, texts: Mapping[str, str]) -> Iterator[str]:
    known = {key for key in catalog(FIRST_LANGUAGE) if not key.startswith(TYPED_ROOM)}
    for key, source in texts.items():
        flaw = _flaw(key, source) if key in known else f"is no text{_nearest(key, known)}"
        if flaw:
            yield f"wording.{language}.{key} {flaw}"


def _flaw(key: str, source: str) -> str:
    can = names_in(catalog(FIRST_LANGUAGE)[key])
    if not key.startswith("times."):  # these stand inside other texts, which name the desk
        can |= EVERYWHERE
    try:
        unknown = sorted(names_in(source) - can)
        if unknown:
            known = ", ".join(sorted(can)) or "no values"
            return f"uses {unknown[0]!r}, which has no value here; it can use {known}"
        said = fill_in(source, samples(names_in(source)))
    except BadText as error:
        return str(error)
    except WRONG as error:
        return f"does not work: {str(error).splitlines()[0]}"
    return "" if said else "says nothing"


def _nearest(key: str, known: Collection[str]) -> str:
    nearest = get_close_matches(key, known, n=1)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""


def samples(names: frozenset[str]) -> dict[str, object]:
    """Return plausible values of these names, to try a text with."""
    now = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)
    times = Times(say=Wording().say, locale=FIRST_LANGUAGE, zone="Europe/Berlin", now=now)
    return {TIMES: times} | {name: _sample(name, now) for name in names}


def _sample(name: str, now: datetime) -> object:
    if name.endswith("_at") or name in {"at", "until"}:
        return now + timedelta(hours=1)
    if name.endswith("_on"):
        return now.date()
    if name.endswith("_within"):
        return timedelta(minutes=40)
    if name in LISTS:
        return ("one", "two")
    return 3 if name in NUMBERS else name
