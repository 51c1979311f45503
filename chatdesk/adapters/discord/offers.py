"""Cards around forms: offered where none can open, continued, and corrected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chatdesk.adapters.discord.drafts import Draft
from chatdesk.adapters.discord.texts import shortened
from chatdesk.ui.cards import Button, Buttons, Card, Line, Quote, Tone, Weight, button_id
from chatdesk.ui.forms import Field, FieldKind, Form, Values

NEXT, SEND = "cd-next", "cd-send"
"""Begin what a button carries that opens a form's next page, or sends a form as it is."""


SHOWN = 300
"""Letters of each text by which somebody knows again what they have begun."""


def values_of(form: Form) -> Values:
    """Return what a form is filled with."""
    filled = (field for field in form.fields if field.value)
    return {field.name: _value(field) for field in filled}


def _value(field: Field) -> str | tuple[str, ...]:
    if field.kind not in {FieldKind.SEVERAL, FieldKind.FILE}:
        return field.value
    return tuple(line.strip() for line in field.value.split("\n") if line.strip())


def next_button(draft: str, label: str) -> Button:
    """Return the button that opens the next page of a draft's form."""
    return Button(id=f"{NEXT}:{draft}", label=label, weight=Weight.PRIMARY)


def asked_for(carried: str) -> tuple[str, str]:
    """Return what a button about a form asks for, and which draft of it; empty for others."""
    kind, _, draft = carried.partition(":")
    return (kind, draft) if kind in {NEXT, SEND} else ("", "")


def offer_card(form: Form, draft: str, label: str) -> Card:
    """Return what offers a form that cannot open by itself."""
    return Card(
        fallback=form.title,
        elements=(
            Line(text=form.title, is_strong=True),
            *form.intro,
            Buttons(buttons=(next_button(draft, label),)),
        ),
    )


def more_card(draft: str, title: str, label: str, send: str) -> Card:
    """Return what asks for the next page; `send` sends the form without it, if it may be."""
    buttons = [next_button(draft, label)]
    if send:
        buttons.append(Button(id=f"{SEND}:{draft}", label=send))
    return Card(fallback=title, elements=(Line(text=title), Buttons(buttons=tuple(buttons))))


def wrong_card(form: Form, errors: Mapping[str, str], draft: Draft, say: Mapping[str, str]) -> Card:
    """Return what is wrong with a form, with all that was typed, and the way to correct it."""
    labels = {field.name: field.label for field in form.fields}
    lines = [f"{labels[name]}: {told}" if name in labels else told for name, told in errors.items()]
    return Card(
        fallback=say["wrong"],
        tone=Tone.WARNING,
        elements=(
            Line(text=say["wrong"], tone=Tone.WARNING, is_strong=True),
            *(Line(text=line) for line in lines),
            *_typed(form.fields, draft.values),
            Buttons(buttons=(next_button(draft.name, say["correct"]),)),
        ),
    )


def begun_card(form: Form, before: str, anew: str, say: Mapping[str, str]) -> Card:
    """Return the choice between a draft that was not sent, shown by its beginning, and a new one.

    `before` and `anew` are the drafts' names.
    """
    topic = form.field("topic")
    options = topic.options if topic is not None else ()
    titles = (one.label for one in options if topic is not None and one.value == topic.value)
    typed = _typed(form.fields, values_of(form))
    begin = (Quote(author=one.author, text=shortened(one.text, SHOWN)) for one in typed)
    buttons = (next_button(before, say["next"]), Button(id=f"{NEXT}:{anew}", label=say["anew"]))
    return Card(
        fallback=say["begun"],
        is_private=True,
        elements=(
            Line(text=say["begun"], is_strong=True),
            *(Line(text=title) for title in titles),
            *begin,
            Buttons(buttons=buttons),
            Line(text=say["begun_stays"], tone=Tone.QUIET),
        ),
    )


def given_back(said: str, values: Values, *buttons: Button) -> Card:
    """Return what was typed to its author: the form is closed, and was not accepted."""
    texts = (value for value in values.values() if isinstance(value, str) and value)
    quotes = tuple(Quote(text=text) for text in texts)
    line = Line(text=said, tone=Tone.WARNING, is_strong=True)
    row = (Buttons(buttons=buttons),) if buttons else ()
    return Card(fallback=said, tone=Tone.WARNING, elements=(line, *quotes, *row))


def panel_card(text: str, label: str) -> Card:
    """Return what offers a new ticket to everybody who reads it."""
    button = Button(id=button_id("new"), label=label, weight=Weight.PRIMARY)
    return Card(fallback=text, elements=(Line(text=text), Buttons(buttons=(button,))))


def done_card(text: str) -> Card:
    """Return the word that all is well."""
    return Card(fallback=text, elements=(Line(text=f"✓ {text}"),))


def _typed(fields: Iterable[Field], values: Values) -> Iterable[Quote]:
    for field in fields:
        value = values.get(field.name)
        if isinstance(value, str) and value and field.kind in {FieldKind.TEXT, FieldKind.LONG_TEXT}:
            yield Quote(author=field.label, text=value)
