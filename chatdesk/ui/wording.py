"""Every sentence people read, by key and language: our catalog, and what a desk put in its place.

The texts stand in `templates/<language>/<room>.toml`; a key is `room.table.name`. A text is a
template of a small language: names of values, the filters below, and `if`. It has no loops, calls,
attributes or arithmetic, so whoever writes one can neither reach anything nor keep anything busy.
What a person wrote is only ever a value, never a template.

The names of values tell what they are: `..._at`, `at` and `until` are moments, `..._on` is a date,
`..._within` a span, those in `LISTS` and `NUMBERS` are what these say, all others are texts.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, meta, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from chatdesk.ui.times import Times

FIRST_LANGUAGE = "en"
"""The language every text exists in, and what is said where another has none."""

MAX_TEMPLATE = 2_000
"""Characters one text of the catalog may have."""

MAX_SAID = 60_000
"""Characters a text may grow to when its values are filled in; the rest is cut."""

NUMBERS = frozenset(
    {
        *("number", "other", "count", "total", "percent", "limit", "least", "score", "tier"),
        *("cap", "days", "length", "hour", "opened", "solved", "size"),
    }
)
"""Names of values that are whole numbers."""

LISTS = frozenset({"names", "items", "numbers"})
"""Names of values that are lists of texts."""

_STEP = 1000
_ALWAYS = frozenset({"desk"})
"""Names every text may use: what the desk calls itself."""

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


class _BadText(Exception):
    """A text that is no template of the small language; the message is a predicate about it."""


# --- the small language ---------------------------------------------------------------------------


def _times(context: Context) -> Times:
    times: Times = context["_times"]
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


def _size(count: float) -> str:
    """Tell a number of bytes as people count them."""
    for unit in ("bytes", "kB", "MB"):
        if count < _STEP:
            return f"{count:.3g} {unit}"
        count = count / _STEP
    return f"{count:.3g} GB"


FILTERS: dict[str, Callable[..., str]] = {
    "when": _when,
    "relative": _relative,
    "clock": _clock,
    "day": _day,
    "span": _span,
    "listed": _listed,
    "plural": _plural,
    "size": _size,
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
        raise _BadText(f"has {len(source)} characters; a text may have {MAX_TEMPLATE}")
    try:
        tree = _ENVIRONMENT.parse(source)
        found = list(_walk(tree))
    except TemplateError as error:
        raise _BadText(f"is not a template: {error}") from None
    except RecursionError:
        raise _BadText("is not a template: it is nested too deeply") from None
    for node in found:
        if not isinstance(node, _ALLOWED):
            raise _BadText(f"uses {type(node).__name__.lower()}, which texts cannot")
        if isinstance(node, nodes.Name) and node.name.startswith("_"):
            raise _BadText(f"uses {node.name!r}, which texts cannot")
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
        raise _BadText("is not a template: it cannot be compiled") from None
    return Template.from_code(_ENVIRONMENT, code, {})


def _fill_in(source: str, values: Mapping[str, object]) -> str:
    pieces, length = [], 0
    for piece in _compile(source).generate(**values):
        pieces.append(piece)
        length += len(piece)
        if length > MAX_SAID:
            break
    return "".join(pieces)[:MAX_SAID].strip()


def names_in(source: str) -> frozenset[str]:
    """Return the names of the values a text uses."""
    return frozenset(meta.find_undeclared_variables(_parse(source)))


# --- the catalog ----------------------------------------------------------------------------------


@cache
def catalog(language: str) -> Mapping[str, str]:
    """Return our texts in a language by key; none for a language we do not have."""
    texts: dict[str, str] = {}
    if language not in languages():
        return texts
    for file in _folder().joinpath(language).iterdir():
        room, _, ending = file.name.rpartition(".")
        if ending == "toml":
            texts |= _flatten(room, tomllib.loads(file.read_text(encoding="utf-8")))
    return texts


@cache
def languages() -> frozenset[str]:
    """Return the languages our catalog has."""
    return frozenset(folder.name for folder in _folder().iterdir() if folder.is_dir())


def _folder() -> Any:
    return resources.files("chatdesk.ui").joinpath("templates")


def _flatten(prefix: str, table: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in table.items():
        key = f"{prefix}.{name}"
        found |= {key: value.strip()} if isinstance(value, str) else _flatten(key, value)
    return found


@lru_cache(maxsize=256)
def _heard_by(locale: str) -> tuple[str, ...]:
    """Return the languages to look in, nearest first: `pt_BR` is `pt-BR`, `pt`, then ours."""
    whole = locale.replace("_", "-")[:20]
    return tuple(dict.fromkeys((whole, whole.partition("-")[0].lower(), FIRST_LANGUAGE)))


class Wording:
    """The desk's words: our catalog with a policy's `wording` in front of it.

    `overrides` are texts by language and key. A text there that does not work is not used, so that
    a slip in a file never silences the desk; `mistakes` tells about it.
    """

    __slots__ = ("_overrides",)

    def __init__(self, overrides: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self._overrides = overrides or {}

    def say(
        self,
        key: str,
        locale: str,
        *,
        zone: str = "UTC",
        now: datetime | None = None,
        **values: object,
    ) -> str:
        """Return the text of that key in the reader's language, with the values filled in.

        `zone` (IANA) and `now` (aware) are the reader's, by which times are told. KeyError for a
        key that does not exist in any language.
        """
        values["_times"] = Times(say=self.say, locale=locale, zone=zone, now=now)
        for language in _heard_by(locale):
            override = self._overrides.get(language, {}).get(key)
            said = None if override is None else _try(override, values)
            if said is not None:
                return said
            if key in catalog(language):
                return _fill_in(catalog(language)[key], values)
        raise KeyError(key)

    def has(self, key: str) -> bool:
        """Tell whether there is a text of that key."""
        return key in catalog(FIRST_LANGUAGE)


def _try(override: str, values: Mapping[str, object]) -> str | None:
    try:
        return _fill_in(override, values) or None
    # An admin's text can go wrong in whatever way a filter can; ours is said instead.
    except (_BadText, TemplateError, TypeError, ValueError, AttributeError, ArithmeticError):
        return None


# --- what is wrong with a desk's own texts --------------------------------------------------------


def mistakes(overrides: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return a sentence for each text of a policy's `wording` that cannot be used as it is."""
    return [flaw for language, texts in overrides.items() for flaw in _flaws(language, texts)]


def _flaws(language: str, texts: Mapping[str, str]) -> Iterator[str]:
    known = catalog(FIRST_LANGUAGE)
    for key, source in texts.items():
        flaw = _flaw(source, known[key]) if key in known else f"is no text{_nearest(key, known)}"
        if flaw:
            yield f"wording.{language}.{key} {flaw}"


def _flaw(source: str, ours: str) -> str:
    try:
        unknown = sorted(names_in(source) - names_in(ours) - _ALWAYS)
        if unknown:
            can = ", ".join(sorted(names_in(ours) | _ALWAYS))
            return f"uses {unknown[0]!r}, which has no value here; it can use {can}"
        said = _fill_in(source, samples(names_in(source)))
    except _BadText as error:
        return str(error)
    except (TemplateError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        return f"does not work: {str(error).splitlines()[0]}"
    return "" if said else "says nothing"


def _nearest(key: str, known: Mapping[str, str]) -> str:
    nearest = get_close_matches(key, known, n=1)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""


def samples(names: frozenset[str]) -> dict[str, object]:
    """Return plausible values of these names, to try a text with."""
    now = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)
    times = Times(say=Wording().say, locale=FIRST_LANGUAGE, zone="Europe/Berlin", now=now)
    return {"_times": times} | {name: _sample(name, now) for name in names}


def _sample(name: str, now: datetime) -> object:
    if name.endswith("_at") or name in {"at", "until"}:
        return now + timedelta(hours=1)
    if name.endswith("_on"):
        return now.date()
    if name.endswith("_within"):
        return timedelta(minutes=40)
    if name in LISTS:
        return ("one", "two")
    return 3 if name in NUMBERS else name
