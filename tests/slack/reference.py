"""Slack's published reference: which arguments, scopes and blocks exist, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from tests.slack.things import ApiRefused, Json

VIEW_BYTES = 250_000
TRUE = (True, "true", "1", 1)
FROM_LIBRARIES = ("team_id",)  # Bolt's client adds it to every call, and Slack overlooks it
FALSE = (False, "false", "0", 0)

LEFT_OUT: Json = {
    "files.delete": {
        "http_method": "POST",
        "json_input_supported": True,
        "scope": {"bot": ["files:write"]},
        "args": {"required": ["token", "file"], "properties": {"token": {}, "file": {}}},
    },
}
"""Methods that the reference leaves out, of which Slack's own library knows."""


@dataclass(frozen=True, slots=True)
class Method:
    """What the reference says about one method."""

    name: str
    http_method: str
    takes_json: bool
    scopes: tuple[str, ...]  # any one of them; which one may depend on the channel
    required: tuple[str, ...]
    arguments: Json
    tier: str


class Reference:
    """The folder `slack` of the specifications, read when it is asked for."""

    def __init__(self, specs: Path) -> None:
        self.specs = specs
        self._folder = specs / "slack"
        self._methods: dict[str, Method | None] = {}
        self._known_types: dict[str, frozenset[str]] = {}

    def method(self, name: str) -> Method:
        """The method of that name, or the refusal `unknown_method`."""
        if name not in self._methods:
            self._methods[name] = self._read_method(name)
        found = self._methods[name]
        if found is None:
            raise ApiRefused("unknown_method", req_method=name)
        return found

    def _read_method(self, name: str) -> Method | None:
        path = self._folder / "slack-api-ref" / "methods" / f"{name}.json"
        if not path.is_file() and name not in LEFT_OUT:
            return None
        read = LEFT_OUT.get(name) or json.loads(path.read_text())
        required = [name for name in read["args"].get("required", ()) if name != "token"]
        return Method(
            name=name,
            http_method=read["http_method"],
            takes_json=read.get("json_input_supported", False),
            scopes=tuple((read.get("scope") or {}).get("bot", ())),
            required=tuple(required),
            arguments={k: v for k, v in read["args"]["properties"].items() if k != "token"},
            tier=read.get("rate_limits", "t3"),
        )

    # --- arguments --------------------------------------------------------------------------------

    def check_arguments(self, method: Method, given: Json) -> Json:
        """The arguments as Python values, or `invalid_arguments` naming every mistake."""
        known = {*method.arguments, *FROM_LIBRARIES}
        mistakes = [f"unknown argument: {name}" for name in given if name not in known]
        mistakes += [
            f"missing required field: {name}"
            for name in method.required
            if given.get(name) in (None, "")
        ]
        read: Json = {}
        for name, value in given.items():
            if value is None or name not in method.arguments:
                continue
            try:
                read[name] = _argument(method.arguments[name], value)
            except ValueError as wrong:
                mistakes.append(f"{wrong} [json-pointer:/{name}]")
        if mistakes:
            raise ApiRefused("invalid_arguments", *mistakes)
        return read

    # --- blocks and views -------------------------------------------------------------------------

    @cached_property
    def _schema(self) -> Json:
        read: Json = json.loads((self._folder / "blockkit.derived.schema.json").read_text())
        return read

    def _validator(self, definition: str) -> Any:
        by_type = extend(  # type: ignore[no-untyped-call]  # jsonschema gives it no types
            Draft7Validator, {"anyOf": self._one_of_its_type}
        )
        return by_type({**self._schema, "$ref": f"#/definitions/{definition}"})

    def _one_of_its_type(
        self, validator: Any, alternatives: list[Json], instance: object, _schema: Json
    ) -> Iterator[ValidationError]:
        """Of many alternatives, look only at those of the type that was meant: `anyOf`, faster.

        The mistake told is then the one in the block that was meant, not in all the others.
        """
        kind = instance.get("type") if isinstance(instance, dict) else None
        types = [(self._types(alternative), alternative) for alternative in alternatives]
        meant = [alternative for known, alternative in types if not known or kind in known]
        if not meant:
            yield ValidationError(f"unsupported type: {kind}")
        mistakes: list[ValidationError] = []
        for alternative in meant:
            mistakes = list(validator.descend(instance, alternative))
            if not mistakes:
                return
        yield from mistakes

    def _types(self, schema: Json) -> frozenset[str]:
        """The values of `type` that a schema is for; empty where it is for any."""
        reference = schema.get("$ref")
        if reference is None:
            return self._types_of(schema)
        if reference not in self._known_types:
            definition = self._schema["definitions"][reference.rsplit("/", 1)[-1]]
            self._known_types[reference] = self._types(definition)
        return self._known_types[reference]

    def _types_of(self, schema: Json) -> frozenset[str]:
        constant = schema.get("properties", {}).get("type", {}).get("const")
        if constant is not None:
            return frozenset({constant})
        inner = [self._types(alternative) for alternative in schema.get("anyOf", ())]
        return frozenset().union(*inner) if all(inner) else frozenset()

    @cached_property
    def _validators(self) -> dict[str, Any]:
        return {name: self._validator(name) for name in ("message_blocks", "modal", "home")}

    def types_of_blocks(self) -> frozenset[str]:
        """Every type of block that a message may have."""
        return self._types({"$ref": "#/definitions/KnownBlock"})

    def block_mistakes(self, definition: str, value: object) -> list[str]:
        """What is wrong with a list of blocks (`message_blocks`) or a view (`modal`, `home`)."""
        return [_told(error) for error in self._validators[definition].iter_errors(value)]


def _told(error: ValidationError) -> str:
    where = "/".join(str(step) for step in error.absolute_path)
    return f"{error.message[:300]} [json-pointer:/{where}]"


def _argument(schema: Json, value: object) -> object:
    kind = schema.get("type")
    if kind == "boolean":
        return _boolean(value)
    if kind in ("integer", "number"):
        return _number(schema, value)
    if kind in ("array", "object") or "allOf" in schema:
        return _structure(value)
    if kind == "string" and not isinstance(value, str):
        raise ValueError(f"must provide a string, not {type(value).__name__}")
    return value


def _boolean(value: object) -> bool:
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ValueError("must provide a boolean")


def _number(schema: Json, value: object) -> int:
    try:
        number = int(str(value))
    except ValueError:
        raise ValueError("must provide an integer") from None
    if number < schema.get("minimum", number):
        raise ValueError(f"must be at least {schema['minimum']}")
    if number > schema.get("maximum", number):
        raise ValueError(f"must be at most {schema['maximum']}")
    return number


def _structure(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        raise ValueError("must be JSON") from None


def need_any(provided: Iterable[str], *needed: str) -> None:
    """Refuse with `missing_scope` unless one of the scopes was granted."""
    granted = set(provided)
    if needed and granted.isdisjoint(needed):
        raise ApiRefused(
            "missing_scope", needed=",".join(needed), provided=",".join(sorted(granted))
        )
