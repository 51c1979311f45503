"""What Slack's own client does: fields are filled in, and some input it does not let through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.slack.blocks import elements_of, options_of
from tests.slack.things import Json, StoredFile, View

TEXTS = ("plain_text_input", "email_text_input", "url_text_input", "number_input")
ONE_OF = ("static_select", "radio_buttons", "external_select")
MANY_OF = ("multi_static_select", "checkboxes", "multi_external_select")
PICKED = {
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "multi_users_select": "selected_users",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
}
INITIAL = {
    "selected_user": "initial_user",
    "selected_channel": "initial_channel",
    "selected_conversation": "initial_conversation",
    "selected_date": "initial_date",
    "selected_time": "initial_time",
    "selected_date_time": "initial_date_time",
    "selected_users": "initial_users",
    "selected_channels": "initial_channels",
    "selected_conversations": "initial_conversations",
}
Value = str | int | Json | Sequence[str] | Sequence[StoredFile] | Sequence[Json] | None


class NotLetThrough(AssertionError):
    """Slack's client would not let a person do this: the fault is in the story or in the form."""


def initial_state(blocks: Iterable[Json]) -> dict[str, Json]:
    """The state of a view that nobody touched yet: `{block id: {action id: value}}`."""
    state: dict[str, Json] = {}
    for block in blocks:
        for element in elements_of(block):
            value = _initial(element)
            if value is not None:
                state.setdefault(block["block_id"], {})[element["action_id"]] = value
    return state


def kept_state(before: dict[str, Json], blocks: Iterable[Json]) -> dict[str, Json]:
    """After an update, what was typed stays where block id, action id and kind stay."""
    state = initial_state(blocks)
    for block_id, actions in state.items():
        for action_id, value in actions.items():
            typed = before.get(block_id, {}).get(action_id)
            if typed is not None and typed["type"] == value["type"]:
                actions[action_id] = typed
    return state


def _initial(element: Json) -> Json | None:
    kind = element["type"]
    if kind in TEXTS:
        return {"type": kind, "value": element.get("initial_value")}
    if kind in ONE_OF:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in MANY_OF:
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    if kind == "file_input":
        return {"type": kind, "files": []}
    if kind in PICKED:
        key = PICKED[kind]
        many: list[str] | None = [] if kind.startswith("multi_") else None
        return {"type": kind, key: element.get(INITIAL[key], many)}
    return None  # buttons and overflow menus hold nothing


def filled(element: Json, value: Value, as_json: object = None) -> Json:
    """What the state says once a person has put that value in; options go by label or value."""
    kind = element["type"]
    if kind in TEXTS:
        return {"type": kind, "value": _typed(element, value)}
    if kind in ONE_OF:
        return {"type": kind, "selected_option": None if value is None else option(element, value)}
    if kind in MANY_OF:
        many = value if isinstance(value, list | tuple) else [value]
        return {"type": kind, "selected_options": [option(element, one) for one in many]}
    if kind == "file_input":
        return {"type": kind, "files": _files(element, as_json)}
    if kind in PICKED:
        return {"type": kind, PICKED[kind]: value}
    raise NotLetThrough(f"a {kind} is pressed, not filled in")


def _typed(element: Json, value: Value) -> str | None:
    if value is None or value == "":
        return None
    typed = str(value)
    if len(typed) > element.get("max_length", 3000):
        raise NotLetThrough(f"{len(typed)} characters where {element.get('max_length')} are room")
    if len(typed) < element.get("min_length", 0):
        raise NotLetThrough(f"{len(typed)} characters where {element['min_length']} are asked for")
    return typed


def option(element: Json, wanted: object) -> Json:
    """The option of a menu with that value or label, as it is sent to the app."""
    if isinstance(wanted, dict) and element["type"].endswith("external_select"):
        return wanted
    for offered in options_of(element):
        if wanted in (offered.get("value"), offered["text"]["text"]):
            return offered
    labels = [offered["text"]["text"] for offered in options_of(element)]
    raise NotLetThrough(f"no option {wanted!r}; there is: {', '.join(labels)}")


def _files(element: Json, files: object) -> list[Json]:
    chosen = list(files) if isinstance(files, list) else []
    if len(chosen) > element.get("max_files", 10):
        raise NotLetThrough(f"{len(chosen)} files where {element.get('max_files', 10)} are allowed")
    allowed = element.get("filetypes")
    strange = [f["name"] for f in chosen if allowed and f["filetype"] not in allowed]
    if strange:
        raise NotLetThrough(f"not a file of the kinds {allowed}: {', '.join(strange)}")
    return chosen


def empty_required(view: View) -> list[str]:
    """The labels of the fields that the client marks red because nothing is in them."""
    empty = []
    for block in view.blocks:
        if block["type"] != "input" or block.get("optional"):
            continue
        state = view.state.get(block["block_id"], {}).get(block["element"]["action_id"], {})
        if not any(value for key, value in state.items() if key != "type"):
            empty.append(str(block["label"]["text"]))
    return empty
