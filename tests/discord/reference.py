"""What Discord takes: its own OpenAPI document, and a linter for the limits that one misses."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

BASE = "urn:discord"
V2 = 1 << 15
COMMAND_NAME = re.compile(r"[-_'\w]{1,32}")
MARKUP = re.compile(r"(?<!\\)(?:<[@#:/a-z]|\]\(|@everyone|@here|https?:)", re.IGNORECASE)

Found = Iterator[str]


class Reference:
    """Discord's word on what a request may hold."""

    def __init__(self, specs: Path) -> None:
        self._document = json.loads((specs / "discord/openapi.json").read_text())
        resource = Resource.from_contents(self._document, default_specification=DRAFT202012)
        self._registry = Registry().with_resource(BASE, resource)
        self._validators: dict[str, Draft202012Validator] = {}

    def problems(self, method: str, path: str, body: Any) -> list[str]:
        """Return what is wrong with the body of a request to that path, without its query."""
        template = self._template(path.strip("/").split("/"), method)
        if template is None:
            return [f"{method} {path} does not exist"]
        if body is None:
            return []
        operation = self._document["paths"][template][method.lower()]
        if "application/json" not in (operation.get("requestBody") or {}).get("content", {}):
            return [f"{method} {template} takes no body"]
        found = self._validator(template, method.lower()).iter_errors(_with_text_ids(body))
        said = [f"{list(one.path)}: {one.message[:300]}" for one in found]
        return [f"{method} {template} {one}" for one in (*said, *lint(template, body))]

    def schema_problems(self, name: str, body: Any) -> list[str]:
        """Return what is wrong with a thing of the schema of that name."""
        found = self._for(f"{BASE}#/components/schemas/{name}").iter_errors(body)
        return [f"{list(one.path)}: {one.message[:300]}" for one in found]

    def _template(self, parts: list[str], method: str) -> str | None:
        fitting = [
            template
            for template, operations in self._document["paths"].items()
            if method.lower() in operations and _fits(template.strip("/").split("/"), parts)
        ]
        return min(fitting, key=lambda one: one.count("{"), default=None)

    def _validator(self, template: str, method: str) -> Draft202012Validator:
        named = template.replace("~", "~0").replace("/", "~1")
        content = "requestBody/content/application~1json/schema"
        return self._for(f"{BASE}#/paths/{named}/{method}/{content}")

    def _for(self, reference: str) -> Draft202012Validator:
        if reference not in self._validators:
            schema = {"$ref": reference}
            self._validators[reference] = Draft202012Validator(schema, registry=self._registry)
        return self._validators[reference]


def _fits(template: list[str], parts: list[str]) -> bool:
    return len(template) == len(parts) and all(
        ours == theirs or ours.startswith("{") for ours, theirs in zip(template, parts, strict=True)
    )


def _with_text_ids(thing: Any, name: str = "") -> Any:
    """Return a body with ids as texts: the document asks for these, and Discord takes both."""
    if isinstance(thing, dict):
        return {key: _with_text_ids(value, key) for key, value in thing.items()}
    if isinstance(thing, list):
        return [_with_text_ids(one, name) for one in thing]
    is_id = name.endswith(("_id", "_ids", "_tags")) and isinstance(thing, int)
    return str(thing) if is_id and not isinstance(thing, bool) else thing


# --- what the document does not say ---------------------------------------------------------------


def lint(template: str, body: Any) -> Found:
    """Find what Discord refuses although its document allows it."""
    if template.endswith("/callback"):
        yield from lint_answer(body)
    elif template.endswith("/commands") and isinstance(body, list):
        for command in body:
            yield from lint_command(command)
    elif "/messages" in template or "/webhooks" in template:
        yield from lint_message(body)
    elif template.endswith("/threads") and isinstance(body, Mapping) and "message" in body:
        yield from lint_message(body["message"])


def lint_answer(body: Mapping[str, Any]) -> Found:
    """Find what is wrong with the answer to an interaction."""
    told = body.get("data") or {}
    if body.get("type") == 9:  # a form
        yield from lint_modal(told)
    elif body.get("type") == 8:  # completions
        if len(told.get("choices", ())) > 25:
            yield "more than 25 completions"
    else:
        yield from lint_message(told)


def lint_message(body: Mapping[str, Any]) -> Found:
    """Find what is wrong with a message of ours."""
    components = body.get("components") or []
    is_v2 = bool(int(body.get("flags") or 0) & V2)
    if body.get("content") and len(body["content"]) > 2000:
        yield "content above 2000 characters"
    if is_v2 and (body.get("content") or body.get("embeds")):
        yield "the v2 layout takes neither content nor embeds"
    everything = list(walk(components))
    if not is_v2 and any(one["type"] in {9, 10, 12, 13, 14, 17} for one in everything):
        yield "components of the v2 layout without its flag"
    if len(everything) > 40:
        yield f"{len(everything)} components"
    yield from _texts([one["content"] for one in everything if one["type"] == 10])
    yield from _repeated(everything)
    for row in (one for one in everything if one["type"] == 1):
        yield from _row(row)
    if components and body.get("allowed_mentions") != {"parse": []}:
        yield "somebody may be pinged"
    if body.get("nonce") is not None and len(str(body["nonce"])) > 25:
        yield "a nonce above 25 characters"


def _texts(texts: list[str]) -> Found:
    if sum(map(len, texts)) > 4000:
        yield f"{sum(map(len, texts))} characters of text"
    if any(not text.strip() for text in texts):
        yield "a text without a word"
    live = [found for text in texts for found in MARKUP.findall(_unfenced(text))]
    if live:
        yield f"goes live: {live}"


def lint_modal(body: Mapping[str, Any]) -> Found:
    """Find what is wrong with a form."""
    components = body.get("components") or []
    if len(components) > 5:
        yield f"{len(components)} components in a form"
    if len(body.get("custom_id", "")) > 100:
        yield "a custom id above 100 characters"
    everything = list(walk(components))
    yield from _repeated(everything)
    for one in everything:
        values = [option["value"] for option in one.get("options", ())]
        if len(values) != len(set(values)):
            yield "an option stands twice"
        if one["type"] == 4 and len(one.get("value") or "") > one.get("max_length", 4000):
            yield "a text longer than its field"


def lint_command(command: Mapping[str, Any]) -> Found:
    """Find what is wrong with a command."""
    if command.get("type", 1) == 1 and not _is_command_name(command["name"]):
        yield f"{command['name']!r} is no name of a command"
    if size_of(command) > 8000:
        yield f"{command['name']} has {size_of(command)} characters"
    yield from _options(command)


def _options(command: Mapping[str, Any]) -> Found:
    options = command.get("options") or []
    names = [one["name"] for one in options]
    where = command["name"]
    if len(options) > 25:
        yield f"{where} has {len(options)} options"
    if len(names) != len(set(names)):
        yield f"{where} has an option twice"
    localized = [*names]
    for option in options:
        localized += (option.get("name_localizations") or {}).values()
        yield from _options(option)
        if len(option.get("choices") or ()) > 25:
            yield f"{where} {option['name']} has too many choices"
        if option.get("choices") and option.get("autocomplete"):
            yield f"{where} {option['name']} both offers choices and completes"
    if not all(map(_is_command_name, localized)):
        yield f"{where} has an option whose name is none: {localized}"
    needed = [bool(one.get("required")) for one in options]
    if needed != sorted(needed, reverse=True):
        yield f"{where} has a required option after an optional one"
    kinds = {one["type"] for one in options}
    if kinds & {1, 2} and kinds - {1, 2}:
        yield f"{where} mixes options and subcommands"


def size_of(command: Mapping[str, Any]) -> int:
    """Count the characters that count, in the longest language each."""
    total = 0
    for name in ("name", "description"):
        others = (command.get(f"{name}_localizations") or {}).values()
        total += max(map(len, [command.get(name) or "", *others]))
    for choice in command.get("choices") or ():
        total += max(map(len, [choice["name"], *(choice.get("name_localizations") or {}).values()]))
        total += len(str(choice["value"]))
    return total + sum(size_of(option) for option in command.get("options") or ())


def _is_command_name(name: str) -> bool:
    return bool(COMMAND_NAME.fullmatch(name)) and name == name.lower()


def walk(components: Any) -> Iterator[dict[str, Any]]:
    """Go through components and all that is inside them."""
    for one in components:
        yield one
        yield from walk(one.get("components") or ())
        yield from walk([one["component"]] if "component" in one else ())


def _repeated(everything: list[dict[str, Any]]) -> Found:
    for name in ("custom_id", "id"):
        counted = Counter(one[name] for one in everything if one.get(name) is not None)
        twice = [value for value, times in counted.items() if times > 1]
        if twice:
            yield f"{name} stands twice: {twice}"


def _row(row: Mapping[str, Any]) -> Found:
    kinds = [one["type"] for one in row["components"]]
    if kinds.count(2) not in {0, len(kinds)} or (2 not in kinds and len(kinds) > 1):
        yield "a row holds five buttons, or one menu"
    if len(kinds) > 5:
        yield "more than five buttons in a row"
    for one in row["components"]:
        values = [option["value"] for option in one.get("options", ())]
        if len(values) != len(set(values)):
            yield "an option stands twice"


def _unfenced(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def reads(thing: Any) -> str:
    """Return all a person reads in a message or in parts of one, without the marks of markup."""
    return "".join(_reads(thing))


def _reads(thing: Any) -> Iterator[str]:
    if isinstance(thing, list | tuple):
        for one in thing:
            yield from _reads(one)
    elif isinstance(thing, Mapping):
        for name in ("title", "content", "label", "description", "placeholder", "value"):
            if isinstance(thing.get(name), str) and not (name == "value" and "label" in thing):
                yield plain(thing[name]) if name == "content" else thing[name]
        for name in ("components", "component", "options"):
            yield from _reads(thing.get(name) or ())


def plain(markup: str) -> str:
    """Return a text of ours without its marks: headings, bold, quotes and small letters."""
    lines = []
    for line in markup.split("\n"):
        shown = re.sub(r"^(?:### |-# |>>> )", "", line)
        shown = re.sub(r"(?<!\\)\*\*", "", shown)
        lines.append(re.sub(r"\\([\\*_~`|>\[\]()<#:@\-+.])", r"\1", shown))
    return "\n".join(lines)
