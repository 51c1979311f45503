"""Forms as Slack's modal views, and cards shown in one; pure functions.

A field is an input block whose id names it, so that an error can stand at it. The id changes with
what can be chosen there, because Slack keeps what was filled in for as long as the id stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import chain, pairwise
from typing import Any

from chatdesk.adapters.slack import limits
from chatdesk.adapters.slack.blocks import (
    digest,
    element_blocks,
    option_object,
    quiet,
    title_blocks,
)
from chatdesk.adapters.slack.render import card_blocks
from chatdesk.adapters.slack.texts import Json, pieces, plain, shortened
from chatdesk.adapters.slack.workspaces import IN
from chatdesk.ui.cards import Card, Option
from chatdesk.ui.exchange import Source
from chatdesk.ui.forms import Field, FieldKind, Form

FORM = "form"
CARD = "card"
"""Callback ids of views: what was opened."""

FIELD = "field"
"""Action id of every field."""

PLATFORM = "slack"

_WRITTEN = frozenset({FieldKind.TEXT, FieldKind.LONG_TEXT})
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ID = re.compile(rf"@?{PLATFORM}:([UW][A-Z0-9]+{IN})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a form was opened, and which files it holds already, by field.

    `source` is the message it was opened for, without its text, and `taken` are Slack's ids of the
    files of that message. It travels with the view through other hands: rights are checked when it
    comes back.
    """

    form: str = ""
    place: str = ""
    thread: str = ""
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: Source | None = None
    taken: tuple[str, ...] = ()


class FormTooLarge(ValueError):
    """Slack cannot show this form."""


def render_form(form: Form, origin: Origin) -> Json:
    """Return the view of a form opened there; FormTooLarge if Slack cannot hold it."""
    kept = {one.name: _lines(one) for one in form.fields if one.kind is FieldKind.FILE}
    here = Origin(
        form=form.id,
        place=origin.place,
        thread=origin.thread,
        files={name: files for name, files in kept.items() if files},
        source=origin.source,
        taken=origin.taken,
    )
    intro = chain.from_iterable(element_blocks(element) for element in form.intro)
    shown = chain.from_iterable(_field(one, form) for one in form.fields if _is_shown(one, form))
    blocks = [*_title_in_full(form.title), *intro, *shown]
    view = _view(FORM, form.title, blocks, written(here))
    return view | {"submit": plain(shortened(form.submit, limits.MODAL_SUBMIT))}


def render_card_view(card: Card, origin: Origin) -> Json:
    """Return the view of a card that answers somebody in a form."""
    title = card.title or card.fallback
    return _view(CARD, title, card_blocks(card), written(origin))


def render_errors(errors: Mapping[str, str], view: Mapping[str, Any]) -> dict[str, str]:
    """Return errors by the block they stand at; what is wrong elsewhere stands at the first."""
    blocks = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    last_of = {name_of(block): block for block in blocks}
    found: dict[str, str] = {}
    for name, sentence in errors.items():
        block = last_of.get(name, blocks[0] if blocks else "")
        found[block] = f"{found[block]} {sentence}" if block in found else sentence
    return {block: shortened(sentence, limits.FIELD_LABEL) for block, sentence in found.items()}


def written(origin: Origin) -> str:
    """Return an origin as a view carries it; FormTooLarge if that is too long."""
    told: Json = {"form": origin.form, "place": origin.place, "thread": origin.thread}
    if origin.files:
        told["files"] = {name: list(files) for name, files in origin.files.items()}
    if origin.source is not None:
        told["source"] = {**asdict(origin.source), "text": ""}
    if origin.taken:
        told["taken"] = list(origin.taken)
    text = json.dumps(told, separators=(",", ":"))
    if len(text) > limits.PRIVATE_METADATA:
        raise FormTooLarge("too many files are attached")
    return text


def read_origin(metadata: str) -> Origin:
    """Read what a view carried; an empty origin for anything that was not written here."""
    try:
        told = json.loads(metadata)
        files = {str(name): tuple(map(str, one)) for name, one in told.get("files", {}).items()}
        return Origin(
            form=str(told["form"]),
            place=str(told["place"]),
            thread=str(told["thread"]),
            files=files,
            source=Source(**told["source"]) if "source" in told else None,
            taken=tuple(map(str, told.get("taken", ()))),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Origin()


def name_of(block_id: str) -> str:
    """Return the name of the field whose input a block is, empty for other blocks."""
    kind, _, rest = block_id.partition(":")
    return rest.split(":", 2)[-1] if kind == "f" else ""


# --- the view -------------------------------------------------------------------------------------


def _view(kind: str, title: str, blocks: list[Json], metadata: str) -> Json:
    if len(blocks) > limits.BLOCKS_IN_VIEW:
        raise FormTooLarge(f"a view holds {limits.BLOCKS_IN_VIEW} blocks")
    return {
        "type": "modal",
        "callback_id": kind,
        "title": plain(shortened(" ".join(title.split()), limits.MODAL_TITLE) or "…"),
        "blocks": blocks,
        "private_metadata": metadata,
    }


def _title_in_full(title: str) -> Iterator[Json]:
    if len(" ".join(title.split())) > limits.MODAL_TITLE:
        yield from title_blocks(title)


def _is_shown(one: Field, form: Form) -> bool:
    """Whether a field is asked now, by what the fields above it are filled with."""
    if one.shown is None:
        return True
    asked = form.field(one.shown.when)
    is_met = asked is not None and bool(one.shown.has & set(_lines(asked)))
    return is_met and asked is not None and _is_shown(asked, form)


def _lines(one: Field) -> tuple[str, ...]:
    return tuple(line.strip() for line in one.value.split("\n") if line.strip())


# --- fields ---------------------------------------------------------------------------------------


def _field(one: Field, form: Form) -> Iterator[Json]:
    """Set a field; one with much in it becomes several, because Slack fills 3,000 characters in."""
    is_deciding = one.refreshes or any(
        other.shown is not None and other.shown.when == one.name for other in form.fields
    )
    texts = list(pieces(one.value)) if one.kind in _WRITTEN else []
    if one.kind is FieldKind.FILE and _lines(one):
        yield from quiet(f"📎 {len(_lines(one))}")
    between = _joints(texts)
    for number, text in enumerate(texts or [one.value]):
        label = one.label if not number else f"{one.label} ({number + 1}/{len(texts)})"
        element = _element(one, text) | {"action_id": FIELD}
        is_last = number == len(texts or [one.value]) - 1
        shown: Json = {
            "type": "input",
            "block_id": f"f:{number}{between[number]}:{_stamp(one, form)}:{one.name}",
            "label": plain(shortened(label, limits.FIELD_LABEL)),
            "optional": not one.is_required or number > 0,
            "element": element,
        }
        if one.help and is_last:
            shown["hint"] = plain(shortened(one.help, limits.FIELD_LABEL))
        if is_deciding:
            shown["dispatch_action"] = True
        yield shown


def _joints(texts: list[str]) -> list[str]:
    """Return how each piece is joined to the next: Slack takes white space at the ends away."""
    between = []
    for piece, following in pairwise([*texts, ""]):
        ends = piece[len(piece.rstrip()) :] + following[: len(following) - len(following.lstrip())]
        between.append("".join("n" if one == "\n" else "s" for one in ends))
    return [*between[:-1], ""] if texts else [""]


def _stamp(one: Field, form: Form) -> str:
    return digest(form.id, one.kind.value, *(option.value for option in one.options))


def _element(one: Field, text: str) -> Json:  # noqa: PLR0911 - a table of cases
    match one.kind:
        case FieldKind.TEXT | FieldKind.LONG_TEXT:
            return _text_input(one, text)
        case FieldKind.CHOICE:
            return _choice(one)
        case FieldKind.SEVERAL:
            return _several(one)
        case FieldKind.PERSON:
            known = _ID.fullmatch(one.value)
            return {"type": "users_select"} | ({"initial_user": known[1]} if known else {})
        case FieldKind.DATE:
            is_date = bool(_DATE.fullmatch(one.value))
            return {"type": "datepicker"} | ({"initial_date": one.value} if is_date else {})
        case FieldKind.NUMBER:
            return _number(one)
        case FieldKind.FILE:
            most = min(one.limit or limits.FILES_IN_FIELD, limits.FILES_IN_FIELD)
            return {"type": "file_input", "max_files": max(1, most - len(_lines(one)))}


def _text_input(one: Field, text: str) -> Json:
    is_long = one.kind is FieldKind.LONG_TEXT
    shown: Json = {
        "type": "plain_text_input",
        "multiline": is_long,
        "max_length": min(one.limit or limits.TEXT, limits.TEXT),
    }
    if text:
        shown["initial_value"] = text
        shown["max_length"] = max(shown["max_length"], len(text))
    return shown


def _choice(one: Field) -> Json:
    shown: Json = {"type": "static_select", **_options(one.options)}
    chosen = next((option for option in one.options if option.value == one.value), None)
    if chosen is not None:
        shown["initial_option"] = option_object(chosen)
    return shown


def _several(one: Field) -> Json:
    chosen = [option_object(each) for each in one.options if each.value in _lines(one)]
    initial: Json = {"initial_options": chosen} if chosen else {}
    if len(one.options) <= limits.CHECKBOXES:
        return {"type": "checkboxes", **_options(one.options), **initial}
    most: Json = {"max_selected_items": one.limit} if one.limit else {}
    return {"type": "multi_static_select", **_options(one.options), **initial, **most}


def _options(options: tuple[Option, ...]) -> Json:
    """Return a list of options, in groups where one list cannot hold them."""
    most = limits.MENU_OPTIONS
    if any(len(option.value) > limits.OPTION_VALUE for option in options):
        raise FormTooLarge(f"a choice's value holds {limits.OPTION_VALUE} characters")
    shown = [option_object(option) for option in options]
    if len(shown) <= most:
        return {"options": shown}
    groups = [
        {"label": plain(f"{start + 1}-{start + most}"), "options": shown[start : start + most]}
        for start in range(0, len(shown), most)
    ]
    if len(groups) > limits.OPTION_GROUPS:
        raise FormTooLarge(f"a choice has {most * limits.OPTION_GROUPS} options at most")
    return {"option_groups": groups}


def _number(one: Field) -> Json:
    shown: Json = {"type": "number_input", "is_decimal_allowed": True}
    shown["min_value"] = str(one.least)
    if one.limit:
        shown["max_value"] = str(one.limit)
    if re.fullmatch(r"-?\d+(\.\d+)?", one.value):
        shown["initial_value"] = one.value
    return shown
