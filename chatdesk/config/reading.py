"""Reading a policy file: a policy, or every mistake in it at once, each with its line.

A validator stops at what it cannot understand, so one look would show a part of the mistakes only.
Here each look's mistakes are noted and repaired in what was read (a misspelt key is taken for the
nearest right one, a wrong value is put aside), until there is nothing left to repair. What came of
a repair is not reported: a person is told about what they wrote.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from chatdesk.config.mistakes import MANY, PolicyBroken, PolicyMistake
from chatdesk.config.telling import (
    STAND_IN,
    Error,
    as_written,
    find,
    is_about_key,
    is_written,
    line_of,
    meant_name,
    model_at,
    place_of,
    tell,
)
from chatdesk.config.tree import LARGEST_FILE, Items, Keys, Unreadable, read_tree
from chatdesk.lifecycle.policy import Policy
from chatdesk.ui import wording

_MOST_LOOKS = 50
_NAMED_IN = {"queue": "queues", "hours": "hours", "sla": "sla"}
"""Keys that refer to something by its name, and where that is defined."""

_NEEDED = "a desk needs at least one"


def load_policy(path: Path) -> Policy:
    """Read a policy file; raise PolicyBroken with every mistake in it."""
    return parse_policy(read_policy_file(path), str(path))


def read_policy_file(path: Path) -> bytes:
    """Return the file's content, cut where it is too large; PolicyBroken if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except OSError as error:
        said = f"the file cannot be read: {error.strerror}"
        if isinstance(error, FileNotFoundError):
            said = "there is no such file; `chatdesk setup` writes one"
        raise PolicyBroken(str(path), [PolicyMistake(0, "", said)]) from None


def parse_policy(content: bytes, source: str) -> Policy:
    """Read a policy from a file's content; `source` is how mistakes name the file."""
    try:
        tree, mistakes = read_tree(content)
    except Unreadable as unreadable:
        raise PolicyBroken(source, unreadable.mistakes) from None
    looks = _Looks(tree)
    policy = looks.look()
    mistakes += looks.mistakes + looks.missing() + _wording_mistakes(tree)
    if policy is None or mistakes:
        raise PolicyBroken(source, mistakes)
    return policy


def _wording_mistakes(tree: Keys) -> list[PolicyMistake]:
    """What is wrong with the desk's own texts, each on the line of its key."""
    found: list[PolicyMistake] = []
    for language, texts in _group(tree.get("wording")).items():
        for key, text in _group(texts).items():
            if len(found) > MANY:
                return found
            for said in wording.mistakes({language: {key: str(text)}}):
                message, _, meant = said.removesuffix("?").partition("; did you mean ")
                line = line_of(("wording", language, key), tree)
                path = f"wording.{language}.{key}"
                found.append(PolicyMistake(line, path, message, meant.strip("'")))
    return found


@dataclass
class _Looks:
    """Looking at what a file says until everything wrong with it is known."""

    tree: Keys
    mistakes: list[PolicyMistake] = field(default_factory=list)
    repaired: set[tuple[str, ...]] = field(default_factory=set)
    put_aside: set[tuple[str, ...]] = field(default_factory=set)
    names: dict[str, list[str]] = field(default_factory=dict)

    def look(self) -> Policy | None:
        """Return the policy, right only if no mistakes were found; None if it cannot be told."""
        for _ in range(_MOST_LOOKS):
            for key, names in _names_defined(self.tree).items():
                self.names.setdefault(key, []).extend(names)
            try:
                return Policy.model_validate(self.tree)
            except ValidationError as refused:
                errors: list[Error] = [dict(found) for found in refused.errors(include_url=False)]
            # Keys first: once a misspelt one is taken for what it means, much else falls in place.
            errors = [error for error in errors if is_about_key(error)] or errors
            errors = errors[: MANY + 1]
            is_first = not self.repaired
            for error in errors:
                if self._is_news(error, is_first=is_first):
                    self.mistakes.append(tell(self._with_all_names(error), self.tree))
                self.repaired.add(as_written(place_of(error), self.tree))
            self.put_aside |= {
                as_written(place_of(error), self.tree) for error in errors if not meant_name(error)
            }
            if len(self.mistakes) > MANY:
                break
            for error in sorted(errors, key=_position, reverse=True):
                _repair(error, self.tree)
        return None

    def _is_news(self, error: Error, *, is_first: bool) -> bool:
        """Whether this is wrong in the file itself, not said already and not due to a repair."""
        place = as_written(place_of(error), self.tree)
        if any(place[: len(done)] == done or done[: len(place)] == place for done in self.repaired):
            return False
        if error["type"] == "refused" and self._is_beside_what_was_put_aside(error):
            return False
        defined = self.names.get("when" if "when" in place else place[-1], ())
        name = error.get("ctx", {}).get("name", "")
        return name != STAND_IN and (is_first or name not in defined)

    def _is_beside_what_was_put_aside(self, error: Error) -> bool:
        """How keys fit together cannot be told where one of them had to be put aside."""
        place = place_of(error)
        is_field = model_at(place[:-1]) is not None and "known" not in error.get("ctx", {})
        around = as_written(place, self.tree)[:-1]
        return is_field and any(aside[:-1] == around for aside in self.put_aside)

    def _with_all_names(self, error: Error) -> Error:
        """The error with all names that could have been meant, even those a repair took out."""
        context, defined = error.get("ctx", {}), self.names.get(str(place_of(error)[-1]), ())
        if "known" not in context:
            return error
        known = tuple(dict.fromkeys([*context["known"], *defined]))
        return {**error, "ctx": {**context, "known": known}}

    def missing(self) -> list[PolicyMistake]:
        """What the file must say although a policy does without; to be asked after looking."""
        repaired = {place[0] for place in self.repaired}
        return [
            PolicyMistake(self.tree.lines.get(key, 0), key, f"{key} is {said}; {_NEEDED}")
            for key in ("queues", "topics")
            if key not in repaired and not self.tree.get(key)
            if (said := "empty" if key in self.tree else "missing")
        ]


def _names_defined(tree: Keys) -> dict[str, list[str]]:
    """The names that each key can refer to, as far as the file defines them, rightly or not."""
    names = {key: list(_group(tree.get(collection))) for key, collection in _NAMED_IN.items()}
    names["when"] = []
    for topic in _group(tree.get("topics")).values():
        questions = _group(topic).get("questions")
        for question in questions if isinstance(questions, Items) else ():
            options = _group(question).get("options")
            words = [_group(question).get("name"), *(options if isinstance(options, Items) else ())]
            names["when"] += [word for word in words if isinstance(word, str)]
    return names


def _group(value: object) -> Keys:
    return value if isinstance(value, Keys) else Keys()


def _position(error: Error) -> tuple[tuple[int, str], ...]:
    """Order errors as they lie in the file's lists, for taking out from the end."""
    return tuple((part, "") if isinstance(part, int) else (0, part) for part in place_of(error))


def _repair(error: Error, tree: Keys) -> None:
    """Change what was read so that the next look gets past this error."""
    place = place_of(error)
    around = find(place[:-1], tree)
    if is_about_key(error):
        _take_for(place[-1], meant_name(error), around)
    elif isinstance(around, Keys) and (name := _stand_in(error)):
        around.put(str(place[-1]), name, line_of(place, tree))
    elif is_written(place, tree):
        _take_out(place[-1], around)
    else:
        while place and not is_written(place, tree):
            place = place[:-1]
        _take_out(place[-1] if place else "", find(place[:-1], tree))


def _stand_in(error: Error) -> str:
    """The name that stands in for a wrong or missing one; nothing if none is needed."""
    if error["type"] == "missing":
        return STAND_IN
    is_reference = place_of(error)[-1] in _NAMED_IN
    return meant_name(error) or next(iter(error.get("ctx", {}).get("known", "")), "") * is_reference


def _take_for(wrong: str | int, meant: str, around: object) -> None:
    """Take a key for the one that was meant; take it out if there is none or it is there too."""
    if not isinstance(around, Keys) or wrong not in around:
        return
    value, line = around.take(str(wrong))
    if meant and meant not in around:
        around.put(meant, value, line)


def _take_out(part: str | int, around: object) -> None:
    if isinstance(around, Keys) and part in around:
        around.take(str(part))
    elif isinstance(around, Items) and isinstance(part, int) and part < len(around):
        around.take(part)
