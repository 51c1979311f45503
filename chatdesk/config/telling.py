"""Telling what a validator found in a policy file: where, what is wrong, what was meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any, TypeGuard, get_args, get_origin

from pydantic import BaseModel

from chatdesk.config.mistakes import PolicyMistake, allowed, nearest, predicate
from chatdesk.config.tree import Items, Keys
from chatdesk.lifecycle.policy import Policy

Place = tuple[str | int, ...]
"""Keys, and positions in lists."""

Error = Mapping[str, Any]
"""One of pydantic's errors: type, loc, input, msg, ctx."""

STAND_IN = "stand-in"
"""What is put in the place of something that is missing, so that the rest can be looked at."""

_KEY = "[key]"
_FEW = 16


def place_of(error: Error) -> Place:
    """Return where an error is, a key that is wrong itself counting as its place."""
    place: Place = error["loc"]
    return place[:-1] if place[-1:] == (_KEY,) else place


def is_about_key(error: Error) -> bool:
    """Whether it is the key that is wrong, not what is written under it."""
    return bool(error["type"] == "extra_forbidden" or error["loc"][-1:] == (_KEY,))


def meant_name(error: Error) -> str:
    """Return the right name nearest to the wrong one; nothing if none is near."""
    context = error.get("ctx", {})
    wrong = place_of(error)[-1] if is_about_key(error) else context.get("name", error["input"])
    return str(context.get("nearest") or nearest(str(wrong), _known(error)))


def tell(error: Error, tree: Keys) -> PolicyMistake:
    """Say what is wrong, in a sentence that begins with its place."""
    place, known, meant = place_of(error), _known(error), meant_name(error)
    said = predicate(error)
    if is_about_key(error) and known:
        said = "is not a key here"
    if known and not meant:
        said += _instead(error, known)
    if "known" in error.get("ctx", {}) and not is_written(place, tree):
        said = f"is not written, and its default {said}"
    path = path_of(place, tree)
    return PolicyMistake(line_of(place, tree), path, f"{path} {said}", meant if known else "")


def is_written(place: Place, tree: Keys) -> bool:
    """Whether the file has anything at that place."""
    return len(list(_way(place, tree))) == len(place)


def find(place: Place, tree: Keys) -> object:
    """Return what stands at a place; None if nothing does."""
    here: object = tree
    for around, part in _way(place, tree):
        here = around[part]  # type: ignore[index]  # `_way` pairs them rightly
    return here if is_written(place, tree) else None


def as_written(place: Place, tree: Keys) -> tuple[str, ...]:
    """Return a place with the positions that things had before anything was taken out."""
    ways = [around for around, _ in _way(place, tree)]
    return tuple(
        f"#{around.numbers[part]}" if isinstance(around, Items) else str(part)  # type: ignore[index]  # as above
        for around, part in zip_longest(ways, place)
    )


def line_of(place: Place, tree: Keys) -> int:
    """Return the line of a place, or of the nearest one around it that the file has; else 0."""
    lines = [around.lines[part] for around, part in _way(place, tree)]  # type: ignore[index]  # as above
    return lines[-1] if lines else 0


def path_of(place: Place, tree: Keys) -> str:
    """Write a place as a person finds it: `topics.vpn.questions.system.kind`, `admins #2`."""
    path = ""
    ways = list(_way(place, tree))
    for depth, part in enumerate(place):
        if isinstance(part, str):
            path += f".{part}" if path else part
            continue
        around = ways[depth][0] if depth < len(ways) else None
        number = around.numbers[part] if isinstance(around, Items) else part + 1
        item = around[part] if isinstance(around, Items) else None
        name = item.get("name") if isinstance(item, Keys) else None
        is_named = isinstance(name, str) and name != STAND_IN and depth < len(place) - 1
        path += f".{name}" if is_named else f" #{number}"
    return path


def _way(place: Place, tree: Keys) -> Iterator[tuple[Keys | Items, str | int]]:
    """Walk towards a place as far as the file goes; yield each step, and what it is taken in."""
    here: object = tree
    for part in place:
        if isinstance(here, Keys) and part in here:
            yield here, part
            here = here[str(part)]
        elif isinstance(here, Items) and isinstance(part, int) and part < len(here):
            yield here, part
            here = here[part]
        else:
            return


def _known(error: Error) -> tuple[str, ...]:
    """The names that would be right there, as far as there is a list of them."""
    context = error.get("ctx", {})
    if error["type"] == "extra_forbidden":
        model = model_at(error["loc"][:-1])
        return tuple(model.model_fields) if model else ()
    if error["type"] == "enum":
        return allowed(error)
    return tuple(context.get("known", ()))


def _instead(error: Error, known: tuple[str, ...]) -> str:
    if error["type"] == "extra_forbidden":
        homes = sorted(set(_homes(str(error["loc"][-1]), Policy, ())))
        if homes:
            return f"; it belongs under {' or '.join(homes)}"
    if error["type"] == "enum" and not is_about_key(error):
        return ""  # has named them already
    return f"; there is {', '.join(known)}" if len(known) <= _FEW else ""


def _homes(key: str, model: type[BaseModel], place: tuple[str, ...]) -> Iterator[str]:
    """The places of the policy that have this key; a name of one's own is written as `<name>`."""
    for name, field in model.model_fields.items():
        here = (*place, name)
        if name == key:
            yield ".".join(place) or "no other key"
        inside = field.annotation
        while not _is_model(inside) and get_args(inside):
            if get_origin(inside) is dict:
                here = (*here, "<name>")
            inside = _inside(inside)
        if _is_model(inside):
            yield from _homes(key, inside, here)


def model_at(place: Place) -> type[BaseModel] | None:
    """Return the model whose fields are the keys at a place; None where they are names or items."""
    here: Any = Policy
    for part in place:
        if _is_model(here):
            field = here.model_fields.get(str(part))
            here = field.annotation if field else None
        else:
            here = _inside(here)
    return here if _is_model(here) else None


def _inside(annotation: Any) -> Any:
    """What a dict has for values and a list for items."""
    arguments = get_args(annotation)
    if get_origin(annotation) is dict:
        return arguments[1]
    return arguments[0] if arguments else None


def _is_model(annotation: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
