"""What a person in the loopback Slack has before them, in a story's words: messages and forms."""

from __future__ import annotations

from collections.abc import Iterator

from chatdesk.adapters.slack.filled import read_filled
from chatdesk.adapters.slack.modal import FORM, name_of, read_origin
from chatdesk.ui.cards import Card, Line, Option, Quote
from chatdesk.ui.forms import Field, FieldKind, Form
from tests.scenarios.stage import Seen, words_of
from tests.slack.blocks import elements_of, options_of
from tests.slack.loopback import reads
from tests.slack.things import Json, Message, View

KINDS = {
    "static_select": FieldKind.CHOICE,
    "checkboxes": FieldKind.SEVERAL,
    "multi_static_select": FieldKind.SEVERAL,
    "users_select": FieldKind.PERSON,
    "datepicker": FieldKind.DATE,
    "number_input": FieldKind.NUMBER,
    "file_input": FieldKind.FILE,
}


def seen(message: Message) -> Seen:
    """Return a message as somebody sees it."""
    files = [file.name for file in message.files]
    return Seen(
        message=message.ts,
        place=message.channel,
        thread=str(message.thread_ts) if message.is_reply else "",
        author=message.user,
        text=" ".join([reads(message), *files]).strip(),
        buttons=dict(buttons_in(message.blocks)),
    )


def buttons_in(blocks: list[Json]) -> Iterator[tuple[str, str]]:
    """Return everything that acts at once, as (label, value), in its order."""
    for block in blocks:
        for element in elements_of(block) if block["type"] != "input" else ():
            if element["type"] == "button":
                yield element["text"]["text"], element.get("value", "")
            for option in options_of(element):
                yield option["text"]["text"], option["value"]


def carries(blocks: list[Json], value: str) -> bool:
    """Tell whether something in these blocks asks for that when it is clicked."""
    return any(value == carried for _, carried in buttons_in(blocks))


def button_of_old(value: str) -> list[Json]:
    """Return blocks with nothing but a button that asks for that."""
    text = {"type": "plain_text", "text": "Of old"}
    button = {"type": "button", "text": text, "value": value, "action_id": "click:0"}
    return [{"type": "actions", "block_id": "of-old", "elements": [button]}]


def shown_card(*shown: Message | View) -> Card:
    """Return what was shown in answer, as a card of nothing but its words."""
    texts = [reads(one) for one in shown]
    return Card(fallback="", elements=tuple(Quote(text=text) for text in texts))


def assert_all_is_shown(said: Card | None, shown: Card | None) -> None:
    """Fail if words of the desk's answer did not reach the person it was for."""
    elements = said.elements if said else ()
    texts = [one.text for one in elements if isinstance(one, Line | Quote)]
    read = "".join(words_of(shown).split())
    missing = [text for text in texts if "".join(text.split()) not in read]
    assert not missing, f"not shown: {missing}; but:\n{words_of(shown)}"


def form_in(view: View) -> Form | None:
    """Return the form that a view is, with what stands in its fields now; None for a card."""
    if view.payload["callback_id"] != FORM:
        return None
    origin = read_origin(view.payload["private_metadata"])
    values = read_filled({"state": {"values": view.state}}).values
    fields: dict[str, Field] = {}
    for block in view.blocks:
        name = name_of(block["block_id"]) if block["type"] == "input" else ""
        if name and name not in fields:
            fields[name] = _field(name, block, values.get(name, ""))
    submit = view.payload["submit"]["text"]
    return Form(id=origin.form, title=view.title, fields=tuple(fields.values()), submit=submit)


def _field(name: str, block: Json, value: str | tuple[str, ...]) -> Field:
    element = block["element"]
    written = FieldKind.LONG_TEXT if element.get("multiline") else FieldKind.TEXT
    offered = options_of(element) if element["type"] in KINDS else []
    return Field(
        name=name,
        label=block["label"]["text"],
        kind=KINDS.get(element["type"], written),
        is_required=not block["optional"],
        limit=int(element.get("max_length", 0)),
        options=tuple(Option(value=one["value"], label=one["text"]["text"]) for one in offered),
        value=value if isinstance(value, str) else "\n".join(value),
        refreshes=bool(block.get("dispatch_action")),
    )
