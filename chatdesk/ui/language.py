"""The small language texts are written in: names of values, filters, and `if`.

It has no loops, calls, attributes or arithmetic, so whoever writes a text can neither reach
anything nor keep anything busy: a text takes as long as it is, and grows by its values only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateError, meta, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from chatdesk.ui.times import Times

MAX_TEMPLATE = 2_000
"""Characters one text of the catalog may have."""

MAX_SAID = 60_000
"""Characters a text may grow to when its values are filled in; the rest is cut."""

TIMES = "times_"
"""The name under which the filters find how times are told; texts cannot use it."""

_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Filter,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
)


class BadText(Exception):
    """A text that is no template of the small language; the message is a predicate about it."""


def _times(context: Context) -> Times:
    times: Times = context[TIMES]
    return times


@pass_context
def _when(context: Context, at: datetime) -> str:
    return _times(context).when(at)


@pass_context
def _relative(context: Context, at: datetime) -> str:
    return _times(context).relative(at)


@pass_context
def _clock(context: Context, at: datetime) -> str:
    return _times(context).clock(at)


@pass_context
def _day(context: Context, day: date) -> str:
    return _times(context).day(day)


@pass_context
def _span(context: Context, span: timedelta) -> str:
    return _times(context).span(span)


@pass_context
def _listed(context: Context, items: tuple[str, ...]) -> str:
    return _times(context).listed(items)


def _plural(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


@pass_context
def _size(context: Context, count: float) -> str:
    return _times(context).size(count)


@pass_context
def _decimal(context: Context, number: float) -> str:
    return _times(context).decimal(number)


FILTERS: dict[str, Callable[..., str]] = {
    "when": _when,
    "relative": _relative,
    "clock": _clock,
    "day": _day,
    "span": _span,
    "listed": _listed,
    "plural": _plural,
    "size": _size,
    "decimal": _decimal,
}
"""What a text can do with a value; nothing else of the template engine is there."""


def _environment() -> ImmutableSandboxedEnvironment:
    # Plain text is made here, no markup: escaping is the renderers' work, for they know what for.
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    environment.filters = dict(FILTERS)
    environment.tests = {}
    environment.globals = {}
    return environment


_ENVIRONMENT = _environment()


def _parse(source: str) -> nodes.Template:
    if len(source) > MAX_TEMPLATE:
        raise BadText(f"has {len(source)} characters; a text may have {MAX_TEMPLATE}")
    try:
        tree = _ENVIRONMENT.parse(source)
        found = list(_walk(tree))
    except TemplateError as error:
        raise BadText(f"is not a template: {error}") from None
    except RecursionError:
        raise BadText("is not a template: it is nested too deeply") from None
    for node in found:
        if not isinstance(node, _ALLOWED):
            raise BadText(f"uses {type(node).__name__.lower()}, which texts cannot")
        if isinstance(node, nodes.Name) and node.name == TIMES:
            raise BadText(f"uses {node.name!r}, which texts cannot")
    return tree


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


@lru_cache(maxsize=4096)
def _compile(source: str) -> Template:
    tree = _parse(source)
    try:
        code = _ENVIRONMENT.compile(tree)
    except (TemplateError, SyntaxError, RecursionError, MemoryError):
        raise BadText("is not a template: it cannot be compiled") from None
    return Template.from_code(_ENVIRONMENT, code, {})


@lru_cache(maxsize=4096)
def _plain(source: str) -> tuple[str, tuple[str, ...]] | None:
    """Return a text that does no more than name values, as a pattern and the names in their order.

    None for any other text.
    """
    pattern, names = "", list[str]()
    for line in _parse(source).body:
        for node in line.nodes if isinstance(line, nodes.Output) else [line]:
            if isinstance(node, nodes.TemplateData):
                pattern += node.data.replace("%", "%%")
            elif isinstance(node, nodes.Name):
                pattern += "%s"
                names.append(node.name)
            else:
                return None
    return pattern, tuple(names)


def fill_in(source: str, values: Mapping[str, object]) -> str:
    """Return a text with its values filled in, at most MAX_SAID long.

    Among the values, TIMES is how times are told. BadText for a text that is none; errors of the
    template engine for a missing value, and of the filters for one they cannot work with.
    """
    plain = _plain(source)
    # Most texts are: an engine to fill them in would take ten times as long as joining them.
    if plain is not None:
        pattern, names = plain
        with suppress(KeyError):  # of a value that is missing the engine says it better
            return (pattern % tuple([str(values[name]) for name in names]))[:MAX_SAID].strip()
    pieces, length = [], 0
    for piece in _compile(source).generate(**values):
        pieces.append(piece)
        length += len(piece)
        if length > MAX_SAID:
            break
    return "".join(pieces)[:MAX_SAID].strip()


def names_in(source: str) -> frozenset[str]:
    """Return the names of the values a text uses; BadText for a text that is none."""
    return frozenset(meta.find_undeclared_variables(_parse(source)))
