"""The dozen shapes every message is made of; adapters turn them into what their platform shows.

Every string here is plain text. Nothing in it is markup, whoever wrote it: a renderer escapes all
of it, so nobody's words can ping, link or format anything. Limits belong to the renderers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Tone(StrEnum):
    """How something feels; always accompanied by words, colour is never the only sign."""

    PLAIN = "plain"
    QUIET = "quiet"
    GOOD = "good"
    WARNING = "warning"
    DANGER = "danger"


class Weight(StrEnum):
    """How much a button draws the eye."""

    PRIMARY = "primary"
    NORMAL = "normal"
    DANGER = "danger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One sentence of ours, or a short paragraph; line breaks are kept."""

    text: str
    tone: Tone = Tone.PLAIN
    is_strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A person's own words, shown literally and in full; `author` stands before them if given."""

    text: str
    author: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Short labelled values, as (label, value)."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of short texts under named columns; `caption` says in words what the rows show."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


KILO = 1000
UNITS = ("bytes", "kB", "MB", "GB")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileShown:
    """A file kept by the desk: `attachment` is its random name in our store, `size` in bytes.

    `is_readers` when whoever reads the card sent it, and has it.
    """

    attachment: str
    name: str
    media_type: str
    size: int
    is_readers: bool = False

    @property
    def label(self) -> str:
        """What it is called, and how large it is: `plan.pdf (14 kB)`."""
        amount, unit = float(self.size), 0
        while amount >= KILO and unit < len(UNITS) - 1:
            amount, unit = amount / KILO, unit + 1
        return f"{self.name} ({amount:.0f} {UNITS[unit]})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Files that belong to the words above them; `are_asked_for` where they are the answer."""

    files: tuple[FileShown, ...]
    are_asked_for: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Divider:
    """A rule between two parts of a card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One click. `id` is `verb:number:version[:more]` and carries all its state."""

    id: str
    label: str
    weight: Weight = Weight.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One entry of a menu or a choice field; in a menu `value` has the form of a button's id."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """Further actions behind one control labelled `label`; each option acts like a button."""

    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Buttons:
    """A row of buttons, with an optional menu at its end."""

    buttons: tuple[Button, ...] = ()
    menu: Menu | None = None


Element = Line | Quote | Pairs | Table | Files | Divider | Buttons


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One message.

    `fallback` is the whole card in a sentence, for notifications and screen readers; `author` is
    the display name of the person for whom the desk speaks, if it speaks for one. `labels` are
    short words by which a platform that sorts by them sorts the card, the most telling ones first.
    One that `is_private` is not shown at all where it would be shown to anybody else. One that
    `is_taken_back` stands where somebody deleted their words: the files that came with them go.
    """

    fallback: str
    title: str = ""
    tone: Tone = Tone.PLAIN
    author: str = ""
    elements: tuple[Element, ...] = field(default=())
    labels: tuple[str, ...] = ()
    is_private: bool = False
    is_taken_back: bool = False

    @property
    def files_to_bring(self) -> tuple[FileShown, ...]:
        """The files that its reader has not got, each once."""
        shown = [file for files in self._files for file in files.files if not file.is_readers]
        return tuple({file.attachment: file for file in shown}.values())

    @property
    def files_asked_for(self) -> tuple[FileShown, ...]:
        """The files that are themselves what somebody asked for, such as a transcript."""
        return tuple(file for one in self._files if one.are_asked_for for file in one.files)

    @property
    def _files(self) -> list[Files]:
        return [one for one in self.elements if isinstance(one, Files)]


def button_id(verb: str, number: int = 0, version: int = 0, more: str = "") -> str:
    """Write the state of a button or form into its id; `number` 0 means no ticket."""
    return f"{verb}:{number}:{version}" + (f":{more}" if more else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonState:
    """What the id of a button or form says: it was in other hands, nothing of it is trusted."""

    verb: str
    number: int = 0
    version: int = 0
    more: str = ""


MAX_TICKET_NUMBER = 2**53 - 1
"""Above every number ever issued and still exact in JavaScript and in both databases."""

_MAX_DIGITS = len(str(MAX_TICKET_NUMBER))


def parse_button_id(text: str) -> ButtonState | None:
    """Read an id written by `button_id`; None for anything else."""
    verb, _, rest = text.partition(":")
    number, _, rest = rest.partition(":")
    version, _, more = rest.partition(":")
    is_counted = all(_is_number(part) for part in (number, version))
    if not verb or not is_counted or int(number) > MAX_TICKET_NUMBER:
        return None
    return ButtonState(verb=verb, number=int(number), version=int(version), more=more)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
