"""Blocks as Slack keeps and shows them: ids filled in, rules beyond the schema, words to read."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from html import unescape

from tests.slack.reference import VIEW_BYTES, Reference
from tests.slack.things import ApiRefused, Json

OPTION_KEYS = ("options", "option_groups")
LIVE = re.compile(r"<([@#!][^>]*|(?:https?|mailto|tel|slack)[^>]*)>")
EMOJI_NAME = re.compile(r":[a-z0-9_+'-]+:")
RICH_LINES = ("rich_text_section", "rich_text_quote", "rich_text_preformatted")
RICH_LIVE = ("user", "usergroup", "broadcast", "channel", "team", "link", "emoji", "date")


def checked_message_blocks(reference: Reference, given: object) -> list[Json]:
    """The blocks of a message with their ids filled in, or `invalid_blocks` with the mistakes."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except json.JSONDecodeError:
            raise ApiRefused("invalid_blocks_format") from None
    if not isinstance(given, list):
        raise ApiRefused("invalid_blocks_format")
    if not given:
        return []
    mistakes = reference.block_mistakes("message_blocks", given)
    mistakes = mistakes or _beyond_the_schema(given)
    if mistakes:
        raise ApiRefused("invalid_blocks", *mistakes)
    return with_ids(given)


def checked_view(reference: Reference, given: object, *kinds: str) -> Json:
    """A view with its ids filled in, or `invalid_arguments` with the mistakes."""
    if not isinstance(given, dict) or given.get("type") not in kinds:
        raise ApiRefused("invalid_arguments", f"view must be of type {' or '.join(kinds)}")
    if len(json.dumps(given, ensure_ascii=False).encode()) > VIEW_BYTES:
        raise ApiRefused("view_too_large")
    mistakes = reference.block_mistakes(given["type"], given)
    mistakes = mistakes or _beyond_the_schema(given["blocks"])
    has_input = any(block["type"] == "input" for block in given.get("blocks", ()))
    if given["type"] == "modal" and has_input and "submit" not in given:
        mistakes = [*mistakes, "missing required field: submit [json-pointer:/view]"]
    if mistakes:
        raise ApiRefused("invalid_arguments", *mistakes)
    return {**given, "blocks": with_ids(given["blocks"])}


def _beyond_the_schema(blocks: list[Json]) -> list[str]:
    mistakes = []
    block_ids = [block["block_id"] for block in blocks if "block_id" in block]
    mistakes += [f"block_id {i} already exists" for i in set(block_ids) if block_ids.count(i) > 1]
    for block in blocks:
        action_ids = [e["action_id"] for e in elements_of(block) if "action_id" in e]
        twice = {i for i in action_ids if action_ids.count(i) > 1}
        mistakes += [f"action_id {i} already exists in its block" for i in twice]
        for element in elements_of(block):
            mistakes += _strange_initial(element)
    return mistakes


def _strange_initial(element: Json) -> list[str]:
    if not any(key in element for key in OPTION_KEYS):
        return []
    initial = [*element.get("initial_options", ())]
    initial += [element["initial_option"]] if "initial_option" in element else []
    offered = [option["value"] for option in options_of(element) if "value" in option]
    return [
        f"initial option {option.get('value')} is not among the options"
        for option in initial
        if option.get("value") not in offered
    ]


def with_ids(blocks: list[Json]) -> list[Json]:
    """A copy in which every block and every interactive element has an id, as Slack gives them."""
    copied: list[Json] = json.loads(json.dumps(blocks))
    for block in copied:
        block.setdefault("block_id", secrets.token_urlsafe(4)[:5])
        for element in elements_of(block):
            if element["type"] not in ("image", "mrkdwn", "plain_text"):
                element.setdefault("action_id", secrets.token_urlsafe(4)[:5])
    return copied


def elements_of(block: Json) -> list[Json]:
    """The elements of a block that a person can do something with."""
    kind = block.get("type")
    if kind in ("actions", "context_actions"):
        return [*block.get("elements", ())]
    if kind == "section" and "accessory" in block:
        return [block["accessory"]]
    if kind == "input":
        return [block["element"]]
    return []


def options_of(element: Json) -> list[Json]:
    """The options of a menu, of all its groups together."""
    grouped = [o for group in element.get("option_groups", ()) for o in group["options"]]
    return [*element.get("options", ()), *grouped]


def find_element(blocks: list[Json], what: str) -> tuple[Json, Json, Json | None]:
    """The block, the element and, in a menu, the option with that action id, label or block id."""
    for block in blocks:
        for element in elements_of(block):
            labels = [element.get("action_id"), _text(element.get("text")), block["block_id"]]
            if block["type"] == "input":
                labels.append(_text(block["label"]))
            if what in labels:
                return block, element, None
    for block in blocks:
        for element in elements_of(block):
            for option in options_of(element):
                if what in (option.get("value"), _text(option["text"])):
                    return block, element, option
    offered = [
        f"{e.get('action_id')} ({_text(e.get('text'))})" for b in blocks for e in elements_of(b)
    ]
    raise LookupError(f"nothing called {what!r} to press; there is: {', '.join(offered) or 'none'}")


def _text(text: Json | None) -> str | None:
    return None if text is None else unescape(str(text["text"]))


# --- reading --------------------------------------------------------------------------------------


def texts(value: object) -> Iterator[Json]:
    """Every text object, at any depth."""
    if isinstance(value, dict):
        if value.get("type") in ("mrkdwn", "plain_text") and isinstance(value.get("text"), str):
            yield value
        for key, inner in value.items():
            if key not in ("metadata", "private_metadata"):
                yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def words(blocks: object) -> str:
    """What a person reads in blocks or in a view, a line a text, entities resolved."""
    return "\n".join(_read(blocks))


def _read(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for inner in value:
            yield from _read(inner)
    elif isinstance(value, dict) and value.get("type") in RICH_LINES:
        yield "".join(map(_in_rich_text, value["elements"]))
    elif isinstance(value, dict):
        if value.get("type") in ("mrkdwn", "plain_text") and isinstance(value.get("text"), str):
            yield unescape(value["text"]) if value["type"] == "mrkdwn" else value["text"]
        for key, inner in value.items():
            if key not in ("metadata", "private_metadata"):
                yield from _read(inner)


def _in_rich_text(element: Json) -> str:
    named = {"user": "user_id", "usergroup": "usergroup_id", "channel": "channel_id"}
    kind = element["type"]
    if kind in named:
        return f"{'#' if kind == 'channel' else '@'}{element[named[kind]]}"
    if kind == "broadcast":
        return f"@{element['range']}"
    if kind == "emoji":
        return f":{element['name']}:"
    return str(element.get("text") or element.get("url") or element.get("fallback") or "")


def live_entities(text: str, blocks: object = ()) -> list[str]:
    """What Slack would turn into a mention, a link or a picture.

    In a message's text and in mrkdwn these stand between angle brackets; rich text has elements
    of their own for them; plain text knows the names of pictures only, unless told not to.
    """
    found = [*texts(blocks)]
    sources = [text, *(t["text"] for t in found if t["type"] == "mrkdwn")]
    live = [entity.group(1) for source in sources for entity in LIVE.finditer(source)]
    lively = (t["text"] for t in found if t["type"] == "plain_text" and t.get("emoji") is not False)
    live += [name.group() for source in lively for name in EMOJI_NAME.finditer(source)]
    return live + [_in_rich_text(element) for element in _live_elements(blocks)]


def _live_elements(value: object) -> Iterator[Json]:
    if isinstance(value, list):
        for inner in value:
            yield from _live_elements(inner)
    elif isinstance(value, dict) and value.get("type") in RICH_LINES:
        yield from (one for one in value["elements"] if one["type"] in RICH_LIVE)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _live_elements(inner)
