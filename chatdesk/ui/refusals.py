"""Why something was not done, in a sentence that says what can be done instead."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from chatdesk.lifecycle.permissions import Action
from chatdesk.lifecycle.step import Refused
from chatdesk.lifecycle.ticket import PersonId
from chatdesk.ui.cards import Card, Element, Line, Tone
from chatdesk.ui.language import names_in
from chatdesk.ui.parts import row, show_button
from chatdesk.ui.typed import usage
from chatdesk.ui.voice import Voice
from chatdesk.ui.wording import FIRST_LANGUAGE, catalog

_SHOWS = {
    "already_added": "number",
    "already_claimed": "number",
    "already_made": "number",
    "already_yours": "number",
    "blocked": "number",
    "not_now": "number",
    "too_many_open": "number",
    "too_many_within_hour": "number",
    "was_merged": "other",
}
"""Refusals after which looking at a ticket helps, and which one."""


def refusal(refused: Refused, say: Voice, names: Mapping[PersonId, str] | None = None) -> Card:
    """Return the card of a refusal; its fallback is the whole sentence, for a form's field.

    `names` are those of people the refusal speaks of.
    """
    text = _sentence(refused, say, names or {})
    shown = refused.details.get(_SHOWS.get(refused.key, ""))
    show: tuple[Element, ...] = row(show_button(say, shown)) if isinstance(shown, int) else ()
    tone = Tone.DANGER if refused.key == "bug" else Tone.WARNING
    return Card(fallback=text, tone=tone, elements=(Line(text=text), *show))


def _sentence(refused: Refused, say: Voice, names: Mapping[PersonId, str]) -> str:
    key = f"refusals.{refused.key}"
    text = catalog(FIRST_LANGUAGE).get(key)
    if text is None:
        return say("refusals.other")
    # Whoever refuses may leave out a detail; the sentence is said without it then.
    values: dict[str, object] = dict.fromkeys(names_in(text), "")
    for name, value in refused.details.items():
        values[name] = _in_words(name, value, say, names)
    if "verb" in refused.details and "usage" in values:
        values["usage"] = usage(str(refused.details["verb"]), say)
    return say(key, **values)


def _in_words(name: str, value: object, say: Voice, names: Mapping[PersonId, str]) -> object:
    if isinstance(value, Action):
        return say(f"refusals.action.{value.name.lower()}")
    if isinstance(value, StrEnum):
        return say.word(value)
    if name == "person":
        return names.get(PersonId(str(value))) or say("words.somebody")
    if name == "numbers" and isinstance(value, tuple):
        return tuple(f"#{number}" for number in value)
    return "" if value is None else value
