"""What the page may send: one strict shape for each act of a person."""

from __future__ import annotations

from typing import TypeVar

from pydantic import Field

from chatdesk.adapters.local.admission import Act

FILES_LIMIT = 20
"""Greatest number of files in one message or field, whatever the desk allows."""

Attachments = list[str]


class Say(Act):
    """Words from a composer, with files already sent."""

    text: str
    files: Attachments = Field(default=[], max_length=FILES_LIMIT)


class OfMessage(Act):
    """Something done to a message, such as deleting one's own."""

    message: str = Field(max_length=20)


class Edit(OfMessage):
    """New words for one's own message."""

    text: str


class Click(Act):
    """A button or menu option, and the message it stood in."""

    id: str = Field(min_length=1, max_length=300)
    message: str = Field(default="", max_length=20)


class Submit(Act):
    """A form that was filled in."""

    id: str = Field(min_length=1, max_length=300)
    values: dict[str, str | list[str]] = Field(max_length=100)
    is_refresh: bool = False


class Seen(Act):
    """A conversation was read up to a message; without one, a place was read with all threads."""

    message: str = Field(default="", pattern=r"^\d{0,15}$")


class ChooseLanguage(Act):
    """The language in which the desk speaks to this person."""

    language: str = Field(max_length=20)


class MoveTime(Act):
    """A step of the time machine."""

    step: str = Field(max_length=20)


MessageAct = TypeVar("MessageAct", bound=OfMessage)
