"""The questions of `chatdesk setup`, each asked again until its answer can be used."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from chatdesk.config.draft import Draft, cleaned, likely_country, likely_zone
from chatdesk.config.mistakes import Obstacle

NONE = "none"
"""The answer that leaves a part empty."""

Answer = str | tuple[str, ...]


def _text(answer: str) -> str:
    return "" if cleaned(answer) == NONE else cleaned(answer)


def _titles(answer: str) -> tuple[str, ...]:
    return tuple(filter(None, map(cleaned, _text(answer).split(","))))


def _people(answer: str) -> tuple[str, ...]:
    return tuple(filter(None, re.split(r"[\s,]+", _text(answer))))


@dataclass(frozen=True, slots=True)
class Question:
    """One question: the part of the draft it fills, and how its answer is read."""

    part: str
    text: str
    read: Callable[[str], Answer] = _text


QUESTIONS = (
    Question("name", "What is the desk called?"),
    Question("queues", "Which queues does it have? (separated by commas)", _titles),
    Question("admins", "Who sets it up? (platform:id, separated by spaces, or none)", _people),
    Question("agents", "Who answers tickets? (platform:id, separated by spaces)", _people),
    Question("zone", "In which time zone?"),
    Question("country", "Whose public holidays are days off? (a country's code, or none)"),
    Question("subdivision", "Those of which state or province, too? (its code or name, or none)"),
    Question("hours", "When is it open? (such as: mon-fri 09:00-12:30 13:30-17:00, or always)"),
)


def begin(given: Mapping[str, Answer]) -> Draft:
    """Return a draft with the given parts, and what this machine tells about the others.

    Raises Obstacle with everything that is wrong with what is given.
    """
    draft = Draft(zone=likely_zone())
    draft = replace(draft, **given)  # type: ignore[arg-type]  # the parts are texts and lists of them
    if "country" not in given and not draft.mistakes():
        draft = replace(draft, country=likely_country(draft.zone))
    mistakes = draft.mistakes()
    if mistakes:
        raise Obstacle("\n".join(dict.fromkeys(map(str, mistakes))))
    return draft


def converse(
    draft: Draft,
    given: Collection[str],
    ask: Callable[[str, str], str],
    say: Callable[[str], None],
) -> Draft:
    """Ask for the parts that are not given; `ask` gets the question and what Enter answers."""
    for question in QUESTIONS:
        if question.part in given or (question.part == "subdivision" and not draft.country):
            continue
        while True:
            usual = getattr(draft, question.part)
            separator = ", " if question.part == "queues" else " "
            shown = (usual if isinstance(usual, str) else separator.join(usual)) or NONE
            answer = question.read(ask(question.text, shown))
            answered = replace(draft, **{question.part: answer})  # type: ignore[arg-type]  # as above
            if question.part == "zone" and "country" not in given and not answered.mistakes():
                answered = replace(answered, country=likely_country(answered.zone))
            mistakes = answered.mistakes()
            if not mistakes:
                draft = answered
                break
            say(f"That cannot be: {mistakes[0]}")
    return draft
