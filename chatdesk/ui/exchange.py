"""What passes between a platform and the desk: what a person did, and what they see at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from chatdesk.ui.cards import Card
from chatdesk.ui.forms import Errors, Form, Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A slash command with all that followed it, for example `/ticket claim 7`."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Plain words in a place; `message` is the platform's id of them, `files` attachments kept.

    `left` names files that could not be had. `is_direct` when the place is the person's own
    conversation with the desk.
    """

    text: str
    message: str
    files: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    is_direct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A message was changed by its author."""

    message: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A message was deleted by its author."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicked:
    """A button or menu entry; `id` is what it carried, not to be trusted."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A message on the platform that a ticket is made from, or that is added to one.

    `message` is the platform's id of it in `place`, `thread` that of the message it answers.
    `author` is the handle of who wrote it, `link` leads there. `is_public` where the desk can
    answer in its thread, and others than its author read along.
    """

    place: str
    message: str
    thread: str = ""
    author: str = ""
    text: str = ""
    link: str = ""
    is_public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """A form; `id` is what it carried, `values` what was filled in, neither to be trusted.

    `is_refresh` when a field that refreshes the form changed: nothing is done yet. `source` is the
    message it was opened for, if it was opened for one.
    """

    id: str
    values: Values
    is_refresh: bool = False
    source: Source | None = None


class Aim(StrEnum):
    """What is to be done with a message."""

    NEW = "new"
    ATTACH = "attach"
    REACTION = "reaction"
    SEND = "send"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointed:
    """A message that somebody pointed at: to make a ticket of it, add it to one, or send it on.

    `files` are what was kept of its files, where there was time for that; `left` names those that
    could not be had.
    """

    aim: Aim
    source: Source
    files: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


Done = Typed | Said | Edited | Removed | Clicked | Submitted | Pointed


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who did something, as their platform tells it; `handle` is `platform:id`.

    `name`, `zone` (IANA) and `locale` (`de`, `pt-BR`) are empty where it does not tell.
    """

    handle: str
    name: str
    zone: str = ""
    locale: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """Something a person did, somewhere; `key` is the same for every delivery of it.

    `thread` is the id of the message whose thread it happened in, empty outside threads.
    `is_direct` when the place is the person's own conversation with the desk.
    """

    key: str
    platform: str
    by: Visitor
    place: str
    thread: str = ""
    is_direct: bool = False
    done: Done


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the person sees at once, and only they.

    At most one of `card` (shown to them alone), `form` (opened) and `errors` (put at the fields
    of the form they just submitted, which stays open with everything typed) says something; an
    empty answer closes the form. `is_refusal` tells that nothing was changed; `number` is the
    ticket that was opened, 0 if none was.
    """

    card: Card | None = None
    form: Form | None = None
    errors: Errors = field(default_factory=dict)
    is_refusal: bool = False
    number: int = 0
