"""What the local platform remembers, as values: places, messages, files and changes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class PlaceKind(StrEnum):
    """A channel of many, or the desk's direct conversation with one person."""

    CHANNEL = "channel"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPlace:
    """A place; `name` is a channel's name without #, or the handle of the person spoken with."""

    place: str
    kind: PlaceKind
    name: str
    unread: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A file somebody sent: `attachment` is its name in the desk's store, `size` in bytes."""

    attachment: str
    name: str
    media_type: str
    size: int

    def as_json(self) -> Json:
        """Return the file as the page shows it."""
        return {
            "attachment": self.attachment,
            "name": self.name,
            "media_type": self.media_type,
            "size": self.size,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message about to be posted: plain words of a person, or a card of the desk.

    `key` makes posting it twice harmless; `only_for` is the one person who may see it, or empty.
    """

    place: str
    thread: str = ""
    author: str
    key: str
    text: str = ""
    card: Json | None = None
    files: tuple[str, ...] = ()
    only_for: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalMessage:
    """A message as one person sees it; times are aware UTC in ISO format, empty for never."""

    message: str
    place: str
    thread: str
    author: str
    text: str
    card: Json | None
    files: tuple[KeptFile, ...]
    is_only_for_reader: bool
    posted_at: str
    edited_at: str
    removed_at: str
    replies: int
    last_reply_at: str
    last_reply: str
    unread_replies: int

    def as_json(self) -> Json:
        """Return the message as the page shows it."""
        return {
            "id": self.message,
            "place": self.place,
            "thread": self.thread,
            "author": self.author,
            "text": self.text,
            "card": self.card,
            "files": [file.as_json() for file in self.files],
            "is_only_for_reader": self.is_only_for_reader,
            "posted_at": self.posted_at,
            "edited_at": self.edited_at,
            "is_removed": bool(self.removed_at),
            "replies": self.replies,
            "last_reply_at": self.last_reply_at,
            "last_reply": self.last_reply,
            "unread_replies": self.unread_replies,
        }


class ChangeKind(StrEnum):
    """What a page has to look at again."""

    MESSAGE = "message"
    PLACES = "places"
    TIME = "time"
    PEOPLE = "people"
    """Something that only others see, or that somebody has seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something a page does not show yet; `position` is where to go on after it."""

    position: int
    kind: ChangeKind
    message: LocalMessage | None = None
