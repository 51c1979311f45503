"""Reading a YAML file into plain values that remember their lines, and all that is wrong with it.

Only what a policy needs is YAML here: groups of keys, lists and plain values. Anchors may be used,
within bounds; tags and merge keys are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import count

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from chatdesk.config.mistakes import PolicyMistake

LARGEST_FILE = 256 * 1024
"""Bytes; a file of this size takes seconds to read, and no policy needs a tenth of it."""

MOST_VALUES = 20_000
DEEPEST = 30
"""How many values a file may hold once its anchors are followed, and how deep they may lie."""

_TAG = "tag:yaml.org,2002:"
_USUAL = frozenset(
    _TAG + kind for kind in ["map", "seq", "null", "bool", "int", "float", "str", "timestamp"]
)


class Keys(dict[str, object]):
    """A group of keys; `lines` says where each of them stands."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, int] = {}

    def put(self, key: str, value: object, line: int) -> None:
        """Add or replace a key."""
        self[key], self.lines[key] = value, line

    def take(self, key: str) -> tuple[object, int]:
        """Take a key out; return what was written there and its line."""
        return self.pop(key), self.lines.pop(key)


class Items(list[object]):
    """A list; `lines` says where each item stands, `numbers` which it was, counted from 1."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[int] = []
        self.numbers: list[int] = []

    def take(self, position: int) -> None:
        """Take an item out."""
        del self[position], self.lines[position], self.numbers[position]


class Unreadable(Exception):
    """A file that is not YAML: the mistakes, as many as can be known."""

    def __init__(self, mistakes: list[PolicyMistake]) -> None:
        super().__init__()
        self.mistakes = mistakes


def read_tree(content: bytes) -> tuple[Keys, list[PolicyMistake]]:
    """Return the file's keys, and the mistakes that leave the rest readable (such as key twice).

    Raises Unreadable if there is no telling what the file says.
    """
    text = _decode(content)
    root = _compose(text)
    if root is None:
        raise Unreadable(
            [_mistake(0, "the file is empty; `chatdesk setup` writes one to begin with")]
        )
    if not isinstance(root, MappingNode):
        raise Unreadable(
            [_mistake(_line(root), "a policy begins with keys, such as name: or queues:")]
        )
    reading = _Reading()
    keys = reading.keys(root, ())
    return keys, reading.mistakes


@dataclass
class _Reading:
    """One walk over the nodes of a file."""

    mistakes: list[PolicyMistake] = field(default_factory=list)
    scalars: YAML = field(default_factory=lambda: YAML(typ="safe", pure=True))
    values: int = 0

    def keys(self, node: MappingNode, place: tuple[str, ...]) -> Keys:
        found = Keys()
        for key_node, value_node in node.value:
            line = _line(key_node)
            if not isinstance(key_node, ScalarNode):
                self._note(line, place, "has a key that is not a word")
                continue
            key = key_node.value
            if key == "<<":
                self._note(line, place, "merges with <<, which is not known here; write the keys")
            elif key in found:
                said = f"is written twice; it is already on line {found.lines[key]}"
                self._note(line, (*place, key), said)
            else:
                found.put(key, self.value(value_node, (*place, key)), line)
        return found

    def items(self, node: SequenceNode, place: tuple[str, ...]) -> Items:
        found = Items()
        for number, item in zip(count(1), node.value):
            found.lines.append(_line(item))
            found.numbers.append(number)
            found.append(self.value(item, (*place, f"#{number}")))
        return found

    def value(self, node: Node, place: tuple[str, ...]) -> object:
        self.values += 1
        if self.values > MOST_VALUES or len(place) > DEEPEST:
            said = f"the file holds more than {MOST_VALUES} values"
            if len(place) > DEEPEST:
                said = f"{'.'.join(place[:3])}... lies more than {DEEPEST} levels deep"
            raise Unreadable([*self.mistakes, _mistake(_line(node), said)])
        if node.tag not in _USUAL:
            shown = str(node.tag).replace(_TAG, "!!")
            self._note(_line(node), place, f"has the tag {shown}, and tags are not used here")
        if isinstance(node, MappingNode):
            return self.keys(node, place)
        if isinstance(node, SequenceNode):
            return self.items(node, place)
        return self._scalar(node)

    def _scalar(self, node: Node) -> object:
        try:
            if node.tag not in _USUAL:
                return node.value
            return self.scalars.constructor.construct_object(node)
        except (ValueError, OverflowError, ArithmeticError):
            # 2026-13-45 looks like a date and is none: whoever expects a date says it better.
            return node.value

    def _note(self, line: int, place: tuple[str, ...], said: str) -> None:
        path = ".".join(place)
        self.mistakes.append(PolicyMistake(line, path, f"{path or 'the file'} {said}"))


def _decode(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        said = f"the file is larger than {LARGEST_FILE // 1024} kB, more than any policy needs"
        raise Unreadable([_mistake(0, said)])
    mistakes = []
    for number, line in enumerate(content.split(b"\n"), start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            said = f"the byte {line[error.start]:#04x} is not UTF-8; save the file as UTF-8"
            mistakes.append(_mistake(number, said))
    if mistakes:
        raise Unreadable(mistakes)
    return content.decode("utf-8-sig")


def _compose(text: str) -> Node | None:
    yaml = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = False  # the later one counts, as YAML has it
    yaml.max_depth = 2 * DEEPEST  # what a recursion error would end as well, but after a long time
    try:
        root: Node | None = yaml.compose(text)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        said = f"the character U+{ord(text[error.position]):04X} cannot stand in a text file"
        raise Unreadable([_mistake(line, said)]) from None
    except MarkedYAMLError as error:
        raise Unreadable(_syntax(error, text)) from None
    except RecursionError:
        raise Unreadable([_mistake(0, f"the file is more than {DEEPEST} levels deep")]) from None
    except (YAMLError, ValueError) as error:
        raise Unreadable([_mistake(0, f"the file is not YAML: {error}")]) from None
    return root


_SYNTAX = (
    # what the parser says, what a person is told, whether it shows where the trouble began
    (
        "mapping values are not allowed",
        "a colon that fits nowhere: quote a text with a colon; else look at the line before",
        False,
    ),
    (
        "could not find expected ':'",
        "this is no key, for want of a colon, and continues no text",
        True,
    ),
    ("<block end>", "this is indented differently from what it belongs to", False),
    ("end of stream", "the quotation mark that begins here is never closed", True),
    ("document separator", "the quotation mark that begins here is never closed", True),
    ("expected ',' or ']'", "the list that begins here with [ is not closed with ]", True),
    ("expected ',' or '}'", "what begins here with { is not closed with }", True),
    ("another document", "a second document begins here; a policy is one document", False),
    (
        "undefined alias",
        "* refers to an anchor that is not there; quote a text that begins so",
        False,
    ),
    ("maximum depth", f"this lies more than {DEEPEST} levels deep", False),
    ("cannot start any token", "a text cannot begin with this character; put it in quotes", False),
    ("unknown escape", r"in double quotes \ has a meaning; write \\, or use single quotes", False),
)


def _syntax(error: MarkedYAMLError, text: str) -> list[PolicyMistake]:
    problem = str(error.problem or error.context or "it ends too early")
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 0
    if r"'\t'" in problem:
        tabbed = [
            number
            for number, content in enumerate(text.splitlines(), start=1)
            if number >= line and re.match(r" *\t", content)
        ]
        said = "a tab; YAML is indented with spaces"
        return [_mistake(number, said) for number in tabbed or [line]]
    for clue, said, began in _SYNTAX:
        if clue in problem:
            start = error.context_mark if began and error.context_mark else mark
            return [_mistake(start.line + 1 if start else line, said)]
    return [_mistake(line, f"this is not YAML: {problem}")]


def _mistake(line: int, message: str) -> PolicyMistake:
    return PolicyMistake(line, "", message)


def _line(node: Node) -> int:
    line: int = node.start_mark.line
    return line + 1
