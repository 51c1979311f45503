"""What one person sees of the local platform: messages, unread counts, and what changed since."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chatdesk.adapters.local.records import (
    Change,
    ChangeKind,
    KeptFile,
    LocalMessage,
    LocalPlace,
    PlaceKind,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection

MESSAGE_ID_DIGITS = 15
"""Longer ids were never given out, and SQLite could not hold them."""

# Seen through the eyes of :reader. Only our own words are put together; values are bound.
_VISIBLE = """
WITH visible AS NOT MATERIALIZED (
    SELECT * FROM messages WHERE is_shown AND only_for IN ('', :reader)
)
"""
_MESSAGES = f"""
{_VISIBLE}
SELECT message.*,
    (SELECT count(*) FROM visible AS reply
     WHERE reply.thread = message.id AND reply.removed_at = '') AS replies,
    (SELECT coalesce(max(reply.posted_at), '') FROM visible AS reply
     WHERE reply.thread = message.id AND reply.removed_at = '') AS last_reply_at,
    (SELECT coalesce(json_extract(reply.card, '$.fallback'), reply.text) FROM visible AS reply
     WHERE reply.thread = message.id AND reply.removed_at = ''
     ORDER BY reply.id DESC LIMIT 1) AS last_reply,
    (SELECT count(*) FROM visible AS reply
     WHERE reply.thread = message.id AND reply.removed_at = '' AND reply.author <> :reader
     AND reply.id > coalesce((
        SELECT seen.message FROM seen WHERE seen.person = :reader
        AND seen.place = message.place AND seen.thread = message.id), 0)) AS unread_replies
FROM visible AS message
"""  # noqa: S608 - as above
_PAGE = f"""
{_MESSAGES}
WHERE message.place = :place AND message.thread = :thread AND message.id < :before
AND (message.removed_at = '' OR replies > 0)
ORDER BY message.id DESC LIMIT :limit
"""
_ONE = f"{_MESSAGES} WHERE message.id = :message"
_PLACES = f"""
{_VISIBLE}
SELECT place.*, (
    SELECT count(*) FROM visible AS message
    LEFT JOIN seen ON seen.person = :reader AND seen.place = message.place
        AND seen.thread = message.thread
    WHERE message.place = place.place AND message.removed_at = '' AND message.author <> :reader
    AND message.id > coalesce(seen.message, 0)
) AS unread
FROM places AS place ORDER BY place.kind, place.name
"""  # noqa: S608 - as above
_CHANGES = """
SELECT max(id) AS position, kind, place, message FROM changes WHERE id > :after
GROUP BY kind, place, message ORDER BY position LIMIT :limit
"""
_FILES = """
SELECT files.* FROM files JOIN message_files USING (attachment) WHERE message = ?
ORDER BY message_files.position
"""
PREVIEW_LENGTH = 160
"""Of a thread's last answer this many characters are shown before it is opened."""

LATEST = 2**62
"""Above every message id: the newest page."""


def find_message(connection: sqlite3.Connection, message: str) -> sqlite3.Row | None:
    """Return a message's bare row, whoever may see it; None for an id that was never given out."""
    if not (message.isascii() and message.isdigit() and len(message) <= MESSAGE_ID_DIGITS):
        return None
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM messages WHERE id = ?", (int(message),)
    ).fetchone()
    return row


def read_message(connection: sqlite3.Connection, reader: str, message: str) -> LocalMessage | None:
    """Return a message unless it is hidden from this reader; places are checked by the caller."""
    if find_message(connection, message) is None:
        return None
    row = connection.execute(_ONE, {"reader": reader, "message": int(message)}).fetchone()
    return None if row is None else _message(connection, row)


def read_page(
    connection: sqlite3.Connection,
    reader: str,
    place: str,
    thread: str = "",
    before: int = LATEST,
    limit: int = 50,
) -> list[LocalMessage]:
    """Return the newest messages older than `before` in a place or thread, oldest first."""
    asked = {"reader": reader, "place": place, "before": before, "limit": limit}
    rows = connection.execute(_PAGE, {**asked, "thread": int(thread or 0)}).fetchall()
    return [_message(connection, row) for row in reversed(rows)]


def places_seen_by(connection: sqlite3.Connection, reader: str) -> list[LocalPlace]:
    """Return every place with what is unread in it; the caller keeps those the reader may see."""
    return [
        LocalPlace(
            place=row["place"],
            kind=PlaceKind(row["kind"]),
            name=row["name"],
            unread=row["unread"],
        )
        for row in connection.execute(_PLACES, {"reader": reader})
    ]


def read_changes(
    connection: sqlite3.Connection, reader: str, places: Collection[str], after: int, limit: int
) -> tuple[list[Change], int]:
    """Return what changed, each message once in its newest state, and the position reached.

    Of a message in none of these places, or hidden from the reader, only that others have news is
    told. The position is `after` when nothing is left to read.
    """
    changes, reached = [], after
    for row in connection.execute(_CHANGES, {"after": after, "limit": limit}).fetchall():
        kind, reached = ChangeKind(row["kind"]), row["position"]
        message = None
        if kind is ChangeKind.MESSAGE and row["place"] in places:
            message = read_message(connection, reader, str(row["message"]))
        if kind is ChangeKind.MESSAGE and message is None:
            kind = ChangeKind.PEOPLE
        changes.append(Change(position=reached, kind=kind, message=message))
    return changes, reached


def read_position(connection: sqlite3.Connection) -> tuple[str, int, int]:
    """Return the file's epoch and the first and last position from which changes are known."""
    epoch = connection.execute("SELECT value FROM marks WHERE name = 'epoch'").fetchone()["value"]
    row = connection.execute("SELECT min(id) AS first, max(id) AS last FROM changes").fetchone()
    return epoch, (row["first"] or 1) - 1, row["last"] or 0


def _message(connection: sqlite3.Connection, row: sqlite3.Row) -> LocalMessage:
    return LocalMessage(
        message=str(row["id"]),
        place=row["place"],
        thread=str(row["thread"] or ""),
        author=row["author"],
        text=row["text"],
        card=None if row["card"] is None else json.loads(row["card"]),
        files=tuple(
            KeptFile(
                attachment=file["attachment"],
                name=file["name"],
                media_type=file["media_type"],
                size=file["size"],
            )
            for file in connection.execute(_FILES, (row["id"],))
        ),
        is_only_for_reader=bool(row["only_for"]),
        posted_at=row["posted_at"],
        edited_at=row["edited_at"],
        removed_at=row["removed_at"],
        replies=row["replies"],
        last_reply_at=row["last_reply_at"],
        last_reply=(row["last_reply"] or "")[:PREVIEW_LENGTH],
        unread_replies=row["unread_replies"],
    )
