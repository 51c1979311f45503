"""Forms as data: the fields a person fills in, and what came back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from chatdesk.ui.cards import Line, Option, Quote


class FieldKind(StrEnum):
    """What can be asked; a platform without a kind of its own falls back to text, checked alike."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    CHOICE = "choice"
    SEVERAL = "several"
    PERSON = "person"
    DATE = "date"
    NUMBER = "number"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Show a field only while the named choice field has one of these values."""

    when: str
    has: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question.

    `limit` is the greatest length in characters (text kinds), the greatest number (number) or the
    greatest count (several, file); 0 means the desk's default for the kind. `value` prefills: a
    string, for several its values joined by newlines. `refreshes` asks the platform to submit the
    form's values back at once when this field changes, because the fields below depend on it.
    """

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    is_required: bool = True
    help: str = ""
    limit: int = 0
    least: int = 0
    options: tuple[Option, ...] = ()
    value: str = ""
    shown: Shown | None = None
    refreshes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form to fill in; `id` as a button's, so that it survives restarts."""

    id: str
    title: str
    fields: tuple[Field, ...]
    submit: str
    intro: tuple[Line | Quote, ...] = ()

    def field(self, name: str) -> Field | None:
        """Return the field of that name."""
        return next((field for field in self.fields if field.name == name), None)


Values = dict[str, str | tuple[str, ...]]
"""What a person filled in: field name -> text, or the chosen values of a several or file field."""

Errors = dict[str, str]
"""Field name -> what is wrong there and what to do; the empty name speaks of the whole form."""
