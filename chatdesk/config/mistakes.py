"""What can be wrong with what the desk was told, in sentences for whoever runs it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any


class Obstacle(Exception):
    """Something that whoever runs the desk can put right; the text is a sentence that says how.

    The command line prints it as it stands, without a traceback.
    """


@dataclass(frozen=True, slots=True)
class PolicyMistake:
    """One mistake in a policy file.

    `line` counts from 1, and is 0 where the file as a whole is meant. `path` is the place
    (`queues.it.agnets`), empty where there is none. `message` is a sentence that names the place;
    `suggestion` is the right name that is nearest, empty where none is near.
    """

    line: int
    path: str
    message: str
    suggestion: str = ""

    def __str__(self) -> str:
        """Say it with the suggestion."""
        return (
            f"{self.message}; did you mean {self.suggestion}?" if self.suggestion else self.message
        )


MANY = 100
"""More mistakes than these are not told, and not looked for: nobody reads on."""


class PolicyBroken(Obstacle):
    """A policy file cannot be used: every mistake in it, in the order of the lines."""

    def __init__(self, source: str, mistakes: Iterable[PolicyMistake]) -> None:
        """Name the file, as a person would, and its mistakes."""
        self.source = source
        self.mistakes = tuple(sorted(mistakes, key=lambda mistake: mistake.line))
        lines = [f"{self._where(found)}: {found}" for found in self.mistakes]
        if len(lines) > MANY:
            lines[MANY:] = [f"{source}: and more mistakes"]
        super().__init__("\n".join(lines))

    def _where(self, mistake: PolicyMistake) -> str:
        return f"{self.source}:{mistake.line}" if mistake.line else self.source


class SettingsBroken(Obstacle):
    """Environment variables cannot be used: one sentence a line for each of them."""


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """Return the known word most like this one, whatever its case; nothing if none is like it."""
    as_written = {candidate.casefold(): candidate for candidate in known}
    found = get_close_matches(word.casefold(), as_written, n=1, cutoff=likeness)
    return as_written[found[0]] if found else ""


def shown(value: object) -> str:
    """Name a value as it stands in a file, in few words."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a group of keys"
    if isinstance(value, list | tuple):
        return "a list"
    text = str(value)
    short = text if len(text) <= _LONG else f"{text[:_LONG]}…"
    return f"'{short}'" if isinstance(value, str) else short


def predicate(error: Mapping[str, Any]) -> str:
    """Say what pydantic found wrong with a value, as the end of a sentence that names its place."""
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    for prefix, expected in _EXPECTED.items():
        if kind.startswith(prefix):
            return f"is {shown(value)}, not {expected}" + _quoting(kind, value)
    if kind == "enum":
        return f"is {shown(value)}, which is not one of {', '.join(allowed(error))}"
    if kind in _LIMITS:
        return _LIMITS[kind].format(**context, value=shown(value), length=_length(value))
    return str(context.get("error") or error["msg"])


def _quoting(kind: str, value: object) -> str:
    is_word = value is not None and not isinstance(value, dict | list)
    return "; put it in quotes" if kind == "string_type" and is_word else ""


def allowed(error: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the words that an error about an enumeration would have had."""
    return tuple(re.findall(r"'([^']+)'", error["ctx"]["expected"]))


def _length(value: object) -> int:
    return len(value) if isinstance(value, str | list | tuple | dict) else 0


_LONG = 60

_EXPECTED = {
    "string_type": "text",
    "int_": "a whole number",
    "bool_": "true or false",
    "date_": "a date; write 2026-12-24",
    "tuple_type": "a list; write [one, two], or one a line, each after a hyphen",
    "dict_type": "a group of keys indented below it",
    "model_type": "a group of keys indented below it",
}
"""What was expected, by the beginning of pydantic's name for the error."""

_LIMITS = {
    "missing": "is missing",
    "extra_forbidden": "is not a key here",
    "string_too_short": "is empty",
    "string_too_long": "has {length} characters, and may have {max_length}",
    "too_short": "is empty, and needs at least {min_length}",
    "too_long": "has {actual_length}, and may have {max_length}",
    "greater_than_equal": "is {value}, and must be at least {ge}",
    "less_than_equal": "is {value}, and must be at most {le}",
}
