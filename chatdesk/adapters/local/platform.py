"""The local chat platform itself: people, channels, direct conversations, messages, threads."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from chatdesk.adapters.local.database import CHANGES_KEPT, Database
from chatdesk.adapters.local.history import find_message, places_seen_by, read_message
from chatdesk.adapters.local.people import BASIC_CHANNELS, EVERYBODY, PEOPLE, Role
from chatdesk.adapters.local.records import ChangeKind, KeptFile, LocalPlace, PlaceKind

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from chatdesk.adapters.local.people import LocalPerson
    from chatdesk.adapters.local.records import Draft, Json, LocalMessage


LANGUAGE_OF = "language:"
"""Begins the mark of the language somebody chose; their handle follows."""


class NoSuchPlace(LookupError):
    """This place, thread or message does not exist, or not for this person."""


class NoSuchMessage(NoSuchPlace):
    """This message does not exist, or not for this person."""


class LocalPlatform:
    """A chat service in one SQLite file. Every call blocks and may come from any thread.

    `now` tells the time that messages are stamped with. `channels` lists members by channel;
    channels are added to it by `open_channel`, and unlisted ones belong to agents and managers.
    """

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], datetime],
        people: Iterable[LocalPerson] = PEOPLE,
        channels: Mapping[str, frozenset[str]] = BASIC_CHANNELS,
    ) -> None:
        self.people = {person.handle: person for person in people}
        self.channels = dict(channels)
        self.database = Database(path)
        self._now = now
        self._watchers: list[Callable[[], None]] = []
        with self.database.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO marks VALUES ('epoch', ?)", (secrets.token_hex(4),)
            )
            connection.execute(
                "DELETE FROM changes WHERE id <= (SELECT max(id) FROM changes) - ?", (CHANGES_KEPT,)
            )
            chosen = connection.execute(
                "SELECT * FROM marks WHERE name LIKE ?", (f"{LANGUAGE_OF}%",)
            ).fetchall()
        for row in chosen:
            self._speak(row["name"].removeprefix(LANGUAGE_OF), row["value"])
        for channel in self.channels:
            self.open_channel(channel)
        for handle in self.people:
            self.open_direct(handle)

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    def now(self) -> datetime:
        """Return the time that messages are stamped with."""
        return self._now()

    def choose_language(self, handle: str, language: str) -> LocalPerson:
        """Keep the language in which somebody is spoken to, and return them."""
        with self.database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO marks VALUES (?, ?)", (f"{LANGUAGE_OF}{handle}", language)
            )
            self._note(connection, ChangeKind.PEOPLE)
        self._speak(handle, language)
        self._tell()
        return self.people[handle]

    def _speak(self, handle: str, language: str) -> None:
        if handle in self.people:
            self.people[handle] = replace(self.people[handle], locale=language)

    # --- who sees what --------------------------------------------------------------------------

    def may_see(self, handle: str, place: LocalPlace) -> bool:
        """Decide, for every door of the workspace, whether a person sees a place."""
        person = self.people.get(handle)
        if person is None:
            return False
        if place.kind is PlaceKind.DIRECT:
            return place.name == handle
        members = self.channels.get(place.name)
        if members is None:
            return person.role is not Role.EMPLOYEE
        return members == EVERYBODY or handle in members

    def members(self, channel: str) -> frozenset[str]:
        """Return the handles of those who are in a channel, named without #."""
        place = LocalPlace(place="", kind=PlaceKind.CHANNEL, name=channel)
        return frozenset(handle for handle in self.people if self.may_see(handle, place))

    def places_of(self, handle: str) -> list[LocalPlace]:
        """Return the places a person sees, with their unread counts, channels first."""
        with self.database.reading() as connection:
            places = places_seen_by(connection, handle)
        return [place for place in places if self.may_see(handle, place)]

    def visible(self, handle: str) -> frozenset[str]:
        """Return the ids of the places a person sees."""
        with self.database.reading() as connection:
            rows = connection.execute("SELECT * FROM places").fetchall()
        places = [
            LocalPlace(place=row["place"], kind=PlaceKind(row["kind"]), name=row["name"])
            for row in rows
        ]
        return frozenset(place.place for place in places if self.may_see(handle, place))

    def waiting(self) -> dict[str, int]:
        """Return how many unread messages each person has."""
        return {
            handle: sum(place.unread for place in self.places_of(handle)) for handle in self.people
        }

    def place_for(self, handle: str, place: str, thread: str = "") -> LocalPlace:
        """Return a place (and thread in it) for somebody about to act there; else NoSuchPlace."""
        with self.database.reading() as connection:
            found = self._place(connection, place, thread)
        if not self.may_see(handle, found):
            raise NoSuchPlace(place)
        return found

    # --- places ---------------------------------------------------------------------------------

    def open_channel(self, name: str) -> str:
        """Return the place of a channel, made if need be; a leading # is not part of its name."""
        return self._open(PlaceKind.CHANNEL, name.strip().removeprefix("#"))

    def open_direct(self, handle: str) -> str:
        """Return the place where the desk speaks with a person; NoSuchPlace for a stranger."""
        if handle not in self.people:
            raise NoSuchPlace(handle)
        return self._open(PlaceKind.DIRECT, handle)

    def _open(self, kind: PlaceKind, name: str) -> str:
        place = f"{kind}/{name.removeprefix('local:')}"
        with self.database.writing() as connection:
            made = connection.execute(
                "INSERT OR IGNORE INTO places VALUES (?, ?, ?)", (place, kind, name)
            ).rowcount
            if made:
                self._note(connection, ChangeKind.PLACES, place)
        self._tell()
        return place

    def _place(self, connection: sqlite3.Connection, place: str, thread: str) -> LocalPlace:
        row = connection.execute("SELECT * FROM places WHERE place = ?", (place,)).fetchone()
        if row is None:
            raise NoSuchPlace(place)
        if thread:
            root = find_message(connection, thread)
            if root is None or root["place"] != place or root["thread"]:
                raise NoSuchPlace(f"{place}, thread {thread}")
        return LocalPlace(place=place, kind=PlaceKind(row["kind"]), name=row["name"])

    # --- messages -------------------------------------------------------------------------------

    def post(self, draft: Draft, *, is_shown: bool = True) -> str:
        """Keep a message and return its id; the same key again returns the same id.

        One that `is_shown` false has a place in the order but nobody sees it before `show`.
        """
        with self.database.writing() as connection:
            self._place(connection, draft.place, draft.thread)
            known = connection.execute(
                "SELECT id FROM messages WHERE key = ?", (draft.key,)
            ).fetchone()
            if known:
                return str(known["id"])
            message = self._insert(connection, draft, is_shown=is_shown)
            if is_shown:
                self._note_message(connection, message)
        self._tell()
        return str(message)

    def _insert(self, connection: sqlite3.Connection, draft: Draft, *, is_shown: bool) -> int:
        card = None if draft.card is None else json.dumps(draft.card, ensure_ascii=False)
        values = (
            *(draft.place, int(draft.thread or 0), draft.author, draft.text, card),
            *(draft.key, draft.only_for, is_shown, self._stamp()),
        )
        made = connection.execute(
            "INSERT INTO messages"
            " (place, thread, author, text, card, key, only_for, is_shown, posted_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        message = int(made.lastrowid or 0)
        connection.executemany(
            "INSERT INTO message_files VALUES (?, ?, ?)",
            [(message, position, file) for position, file in enumerate(draft.files)],
        )
        return message

    def show(self, message: str) -> None:
        """Let a kept message be seen."""
        self._change(message, "is_shown = 1 WHERE is_shown = 0", ())

    def edit_card(self, message: str, card: Json) -> None:
        """Replace a message's card; NoSuchPlace when the message is gone."""
        self._change(
            message, "card = ? WHERE removed_at = ''", (json.dumps(card, ensure_ascii=False),)
        )

    def edit_text(self, message: str, text: str) -> None:
        """Replace a person's words, marked as edited."""
        self._change(
            message, "text = ?, edited_at = ? WHERE removed_at = ''", (text, self._stamp())
        )

    def remove(self, message: str) -> None:
        """Blank a message; its thread stays."""
        self._change(
            message,
            "text = '', card = NULL, removed_at = ? WHERE removed_at = ''",
            (self._stamp(),),
        )

    def _change(self, message: str, change: str, values: tuple[object, ...]) -> None:
        with self.database.writing() as connection:
            if find_message(connection, message) is None:
                raise NoSuchMessage(message)
            changed = connection.execute(
                f"UPDATE messages SET {change} AND id = ?",  # noqa: S608 - our own words
                (*values, int(message)),
            ).rowcount
            if changed:
                self._note_message(connection, int(message))
        self._tell()

    def find(self, place: str, key: str) -> str | None:
        """Return the message that was posted with this key."""
        with self.database.reading() as connection:
            row = connection.execute(
                "SELECT id FROM messages WHERE place = ? AND key = ?", (place, key)
            ).fetchone()
        return None if row is None else str(row["id"])

    def message_for(self, handle: str, message: str) -> LocalMessage:
        """Return a message as this person sees it; NoSuchPlace when they do not see it."""
        with self.database.reading() as connection:
            found = read_message(connection, handle, message)
            if found is None or not self.may_see(handle, self._place(connection, found.place, "")):
                raise NoSuchMessage(message)
        return found

    def mark_seen(self, handle: str, place: str, thread: str, message: str) -> None:
        """Note that a person has seen a conversation up to a message; never goes back."""
        self._see("SELECT ?, ?, ?, ?", (handle, place, int(thread or 0), int(message)))

    def mark_all_seen(self, handle: str, place: str) -> None:
        """Note that a person has seen everything in a place, its threads included."""
        self._see(
            "SELECT ?, place, thread, max(id) FROM messages WHERE place = ? GROUP BY thread",
            (handle, place),
        )

    def _see(self, what: str, values: tuple[object, ...]) -> None:
        with self.database.writing() as connection:
            changed = connection.execute(
                f"INSERT INTO seen SELECT * FROM ({what}) WHERE true"  # noqa: S608 - our own words
                " ON CONFLICT (person, place, thread) DO UPDATE SET message = excluded.message"
                " WHERE excluded.message > message",
                values,
            ).rowcount
            if changed:
                self._note(connection, ChangeKind.PEOPLE)
        self._tell()

    # --- files ----------------------------------------------------------------------------------

    def remember_file(self, file: KeptFile, sent_by: str) -> None:
        """Note what a kept file is called."""
        with self.database.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO files VALUES (?, ?, ?, ?, ?)",
                (file.attachment, file.name, file.media_type, file.size, sent_by),
            )

    def sent_all(self, handle: str, attachments: Iterable[str]) -> bool:
        """Tell whether each of these files was sent by this person."""
        known = "SELECT 1 FROM files WHERE attachment = ? AND sent_by = ?"
        with self.database.reading() as connection:
            return all(connection.execute(known, (each, handle)).fetchone() for each in attachments)

    # --- changes --------------------------------------------------------------------------------

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Call `watcher` after every change made by this process; returns how to stop that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def tell_time(self) -> None:
        """Let every page look at the time again."""
        with self.database.writing() as connection:
            self._note(connection, ChangeKind.TIME)
        self._tell()

    def _note_message(self, connection: sqlite3.Connection, message: int) -> None:
        row = find_message(connection, str(message))
        if row is None:
            raise NoSuchMessage(str(message))
        self._note(connection, ChangeKind.MESSAGE, row["place"], message)
        if row["thread"]:  # the first message of the thread tells how many answers it has
            self._note(connection, ChangeKind.MESSAGE, row["place"], row["thread"])

    @staticmethod
    def _note(
        connection: sqlite3.Connection, kind: ChangeKind, place: str = "", message: int = 0
    ) -> None:
        connection.execute(
            "INSERT INTO changes (kind, place, message) VALUES (?, ?, ?)", (kind, place, message)
        )

    def _tell(self) -> None:
        for watcher in tuple(self._watchers):
            watcher()

    def _stamp(self) -> str:
        return self._now().isoformat(timespec="seconds")
