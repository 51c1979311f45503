"""Forms as Discord's modals, a page of five fields at a time; pure functions.

A form cannot change while it is open, and none can follow another: what depends on an answer is
asked on a later page, which a button opens. Ids are the same after a restart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from chatdesk.adapters.discord import limits
from chatdesk.adapters.discord.components import STRING_SELECT, option_object, text_display
from chatdesk.adapters.discord.texts import Json, escaped, one_line, shortened
from chatdesk.ui.cards import Option
from chatdesk.ui.forms import Field, FieldKind, Form

PLATFORM = "discord"

FORM = "cd:form:"
"""Begins the custom id of a form; the rest is its draft's name."""

FIELD, SEVERAL = "f", "s"
"""Begin the custom id of a field, or of one with several values, before which piece of it this is
and its name."""

TEXT_INPUT, USER_SELECT, LABEL, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP = 4, 5, 18, 19, 21, 22
SHORT, PARAGRAPH = 1, 2

RADIOS = 5
"""A choice of so many is shown at once; a longer one is a menu."""

INTRO = 1500
"""Characters of what stands above the fields; it stands in the ticket's conversation in full."""

_WRITTEN = frozenset({FieldKind.TEXT, FieldKind.LONG_TEXT})
_PERSON = re.compile(rf"@?{PLATFORM}:(\d+)")


class FormTooLarge(ValueError):
    """Discord cannot show this form."""


def page_of(form: Form, asked: Iterable[str]) -> tuple[Field, ...]:
    """Return the fields to ask next, none if all were; FormTooLarge if one does not fit."""
    done = set(asked)
    page: list[Field] = []
    room = limits.MODAL_FIELDS - (1 if _intro(form) else 0)
    for field in fields_shown(form):
        if field.name in done:
            continue
        if not page and _units(field) == limits.MODAL_FIELDS:
            return (field,)  # it needs the place of what stands above the fields as well
        is_waiting = field.shown is not None and field.shown.when in {one.name for one in page}
        room -= _units(field)
        if is_waiting or room < 0:
            break
        page.append(field)
    if not page and any(field.name not in done for field in fields_shown(form)):
        raise FormTooLarge("one field has more in it than a form holds")
    return tuple(page)


def fields_shown(form: Form) -> tuple[Field, ...]:
    """Return the fields that are asked, by what the fields above them are filled with."""
    return tuple(field for field in form.fields if _is_shown(field, form))


def render_page(form: Form, page: Iterable[Field], name: str = "") -> Json:
    """Return the modal that asks these fields of a form, whose draft may have a name."""
    custom_id = f"{FORM}{name or form.id}"
    if len(custom_id) > limits.CUSTOM_ID:
        raise FormTooLarge("the form's id is too long")
    components = [component for field in page for component in _field(field)]
    intro = _intro(form)
    if intro and len(components) < limits.MODAL_FIELDS:
        components.insert(0, text_display(intro))
    title = shortened(one_line(form.title), limits.MODAL_TITLE) or "…"
    return {"custom_id": custom_id, "title": title, "components": components}


def form_id(custom_id: str) -> str:
    """Return the name of the draft that a modal is of, empty for other modals."""
    return custom_id.removeprefix(FORM) if custom_id.startswith(FORM) else ""


def field_name(custom_id: str) -> tuple[str, int]:
    """Return a field's name and which piece of it an input is; an empty name for other inputs."""
    kind, _, rest = custom_id.partition(":")
    number, _, name = rest.partition(":")
    return (name, int(number)) if kind in {FIELD, SEVERAL} and number.isdigit() else ("", 0)


def filled(form: Form, values: Mapping[str, object]) -> tuple[str, ...]:
    """Return the names of a form's fields that have a value there."""
    return tuple(field.name for field in form.fields if values.get(field.name))


# --- which fields ---------------------------------------------------------------------------------


def _is_shown(field: Field, form: Form) -> bool:
    if field.shown is None:
        return True
    asked = form.field(field.shown.when)
    is_met = asked is not None and bool(field.shown.has & set(_lines(asked)))
    return is_met and asked is not None and _is_shown(asked, form)


def _lines(field: Field) -> tuple[str, ...]:
    return tuple(line.strip() for line in field.value.split("\n") if line.strip())


def _units(field: Field) -> int:
    """Return how many of a modal's five components a field takes."""
    has_text = len(field.label) > limits.FIELD_DESCRIPTION
    return len(_pieces(field)) + (1 if has_text else 0)


def _pieces(field: Field) -> list[str]:
    most = limits.FIELD_TEXT
    value = field.value if field.kind in _WRITTEN else ""
    return [value[start : start + most] for start in range(0, len(value), most)] or [""]


def _intro(form: Form) -> str:
    texts = [one.text for one in form.intro]
    if len(one_line(form.title)) > limits.MODAL_TITLE:
        texts.insert(0, form.title)
    text = "\n".join(texts).strip()
    while len(escaped(text)) > INTRO:
        text = shortened(text, len(text) * 9 // 10)
    return escaped(text)


# --- one field ------------------------------------------------------------------------------------


def _field(field: Field) -> Iterator[Json]:
    if len(field.label) > limits.FIELD_DESCRIPTION:
        yield text_display(escaped(field.label))
    kind = SEVERAL if field.kind is FieldKind.SEVERAL else FIELD
    pieces = _pieces(field)
    for number, piece in enumerate(pieces):
        count = f" ({number + 1}/{len(pieces)})" if len(pieces) > 1 else ""
        label = shortened(one_line(field.label), limits.FIELD_LABEL - len(count)) + count
        is_required = field.is_required and number == 0
        shown: Json = {
            "type": LABEL,
            "label": label or "…",
            "component": _element(field, piece, is_required=is_required)
            | {"custom_id": f"{kind}:{number}:{field.name}"},
        }
        told = _description(field)
        yield shown | ({"description": told} if told else {})


def _description(field: Field) -> str:
    """Return what stands below a label: all of one that is too long for its place, or the help."""
    label = one_line(field.label)
    most = limits.FIELD_DESCRIPTION
    is_long = limits.FIELD_LABEL < len(label) <= most
    return shortened(label if is_long else one_line(field.help), most)


def _element(field: Field, text: str, *, is_required: bool) -> Json:
    match field.kind:
        case FieldKind.CHOICE | FieldKind.SEVERAL if _is_offered(field.options):
            return _choice(field)
        case FieldKind.PERSON:
            return _person(field)
        case FieldKind.FILE:
            most = max(1, min(field.limit or limits.FILES_IN_FIELD, limits.FILES_IN_FIELD))
            kept = len(_lines(field))
            is_needed = is_required and not kept
            return {
                "type": FILE_UPLOAD,
                "required": is_needed,
                "min_values": 1 if is_needed else 0,
                "max_values": max(1, most - kept),
            }
        case _:
            return _text(field, text, is_required=is_required)


def _is_offered(options: tuple[Option, ...]) -> bool:
    """Whether a list of options fits; what does not is written, and understood all the same."""
    fits = all(0 < len(one.value) <= limits.OPTION_VALUE for one in options)
    return 0 < len(options) <= limits.SELECT_OPTIONS and fits


def _text(field: Field, text: str, *, is_required: bool) -> Json:
    is_long = field.kind in {FieldKind.LONG_TEXT, FieldKind.SEVERAL}
    value = text if field.kind in _WRITTEN else field.value[: limits.FIELD_TEXT]
    # Only for texts the limit is a number of characters.
    limit = field.limit if field.kind in _WRITTEN else 0
    most = min(limit or limits.FIELD_TEXT, limits.FIELD_TEXT)
    shown: Json = {
        "type": TEXT_INPUT,
        "style": PARAGRAPH if is_long else SHORT,
        "required": is_required,
        "max_length": max(most, len(value)),
    }
    if field.kind is FieldKind.DATE:
        shown["placeholder"] = "2026-12-31"
    elif field.options:
        labels = ", ".join(one.label for one in field.options)
        shown["placeholder"] = shortened(labels, limits.PLACEHOLDER)
    return shown | ({"value": value} if value else {})


def _choice(field: Field) -> Json:
    chosen = set(_lines(field))
    options = [_option(one, is_chosen=one.value in chosen) for one in field.options]
    is_several = field.kind is FieldKind.SEVERAL
    if is_several and len(options) <= limits.CHECKBOXES:
        kind = CHECKBOX_GROUP
    elif not is_several and 1 < len(options) <= RADIOS:
        return {"type": RADIO_GROUP, "required": field.is_required, "options": options}
    else:
        kind = STRING_SELECT
    most = min(field.limit or len(options), len(options)) if is_several else 1
    return {
        "type": kind,
        "required": field.is_required,
        "min_values": 1 if field.is_required else 0,
        "max_values": most,
        "options": options,
    }


def _option(option: Option, *, is_chosen: bool) -> Json:
    return option_object(option) | ({"default": True} if is_chosen else {})


def _person(field: Field) -> Json:
    known = _PERSON.fullmatch(field.value)
    return {
        "type": USER_SELECT,
        "required": field.is_required,
        "min_values": 1 if field.is_required else 0,
        "max_values": 1,
        **({"default_values": [{"id": known[1], "type": "user"}]} if known else {}),
    }
