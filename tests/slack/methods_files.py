"""`files.*`: the three steps of an upload, what is known about a file, and its end."""

from __future__ import annotations

import secrets

from tests.slack.arguments import Asked
from tests.slack.happenings import message_posted
from tests.slack.methods_chat import check_postable, checked_thread
from tests.slack.shapes import file_json, guessed_mimetype
from tests.slack.things import ApiRefused, Json, Message, StoredFile
from tests.slack.workspace import Workspace

ALT_TEXT = 1000


def get_upload_url(asked: Asked) -> Json:
    """`files.getUploadURLExternal`: the first step."""
    slack, name = asked.slack, str(asked.get("filename"))
    if len(str(asked.get("alt_txt") or "")) > ALT_TEXT:
        raise ApiRefused("alt_txt_too_large")
    file = StoredFile(
        id=slack.new_id("F"),
        name=name,
        owner=slack.app.bot_user,
        length=int(asked.get("length")),
        mimetype=guessed_mimetype(name),
        alt_text=str(asked.get("alt_txt") or ""),
    )
    slack.files[file.id] = file
    key = secrets.token_urlsafe(16)
    slack.uploads[key] = file.id
    return {"upload_url": f"{slack.url}/upload/v1/{key}", "file_id": file.id}


def take_upload(slack: Workspace, key: str, content: bytes) -> str:
    """The second step: the bytes, exactly as many as announced; what Slack then says."""
    file = slack.files.get(slack.uploads.get(key, ""))
    if file is None or file.content is not None:
        raise ApiRefused("upload_url_unknown_or_used")
    if len(content) != file.length:
        raise ApiRefused(f"announced {file.length} bytes and sent {len(content)}")
    file.content = content
    return f"OK - {len(content)}"


def complete_upload(asked: Asked) -> Json:
    """`files.completeUploadExternal`: the third step; shared, the files become a message."""
    slack = asked.slack
    given = asked.get("files")
    if not isinstance(given, list) or not given:
        raise ApiRefused("invalid_arguments", "files must be a list of objects with an id")
    if asked.get("channels"):
        raise ApiRefused("invalid_arguments", "one channel_id: a thread cannot be in several")
    files = [_uploaded(slack, one) for one in given]
    if asked.get("thread_ts") and not asked.get("channel_id"):
        raise ApiRefused("invalid_arguments", "thread_ts without channel_id")
    for file, one in zip(files, given, strict=True):
        file.title = one.get("title") or file.name
    if asked.get("channel_id"):
        _share(asked, files)
    for file in files:
        file.is_complete = True
    return {"files": [file_json(slack, file) for file in files]}


def _uploaded(slack: Workspace, given: Json) -> StoredFile:
    file = slack.files.get(str(given.get("id")))
    if file is None or file.content is None or file.is_complete:
        raise ApiRefused("file_not_found")
    return file


def _share(asked: Asked, files: list[StoredFile]) -> None:
    slack = asked.slack
    channel = slack.joined_channel(str(asked.get("channel_id")))
    check_postable(slack, channel)
    message = Message(
        ts=slack.new_ts(),
        channel=channel.id,
        user=slack.app.bot_user,
        bot_id=slack.app.bot_id,
        text=str(asked.get("initial_comment") or ""),
        thread_ts=checked_thread(slack, channel, asked.get("thread_ts")),
        files=files,
        subtype="file_share",
        visible_at=slack.clock.now() + (asked.hidden_for or slack.visibility_delay),
    )
    slack.keep(message)
    for file in files:
        file.shares.append((channel.id, message.ts))
    slack.announce(message_posted(slack, message))


def info(asked: Asked) -> Json:
    """`files.info`: for the app's own files and those in places it is in."""
    slack = asked.slack
    file = slack.files.get(str(asked.get("file")))
    if file is None or not file.is_complete:
        raise ApiRefused("file_not_found")
    places = [slack.channels[channel] for channel, _ in file.shares]
    if file.owner != slack.app.bot_user and not any(
        slack.app.bot_user in place.members for place in places
    ):
        raise ApiRefused("file_not_found")
    return {"file": file_json(slack, file)}


def delete(asked: Asked) -> Json:
    """`files.delete`: one of the app's own; the messages it was shared in stay without it."""
    slack = asked.slack
    file = slack.files.get(str(asked.get("file")))
    if file is None:
        raise ApiRefused("file_not_found")
    if file.owner != slack.app.bot_user:
        raise ApiRefused("cant_delete_file")
    del slack.files[file.id]
    for channel, ts in file.shares:
        slack.message(channel, ts).files.remove(file)
    return {}
