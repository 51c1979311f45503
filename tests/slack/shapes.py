"""How Slack writes its things as JSON: messages, people, channels, files, views."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable
from html import unescape
from pathlib import PurePath

from tests.slack.things import Channel, Json, Message, Person, StoredFile, View
from tests.slack.workspace import Workspace

MARKED = re.compile(r"(<[^<>]+>)")


def message_json(slack: Workspace, message: Message, *, with_metadata: bool = False) -> Json:
    """A message as `conversations.history` and events show it; metadata only on request."""
    shown: Json = {
        "type": "message",
        "user": message.user,
        "team": slack.team,
        "text": message.text,
        "ts": message.ts,
        "blocks": message.blocks,
    }
    if message.bot_id:
        shown |= {"bot_id": message.bot_id, "app_id": slack.app.id, "bot_profile": _profile(slack)}
    else:
        shown["client_msg_id"] = f"client-{message.ts}"
    if message.subtype:
        shown["subtype"] = message.subtype
    if message.is_reply or slack.answers.get((message.channel, message.ts)):
        thread_ts = message.thread_ts or message.ts
        shown |= {"thread_ts": thread_ts} | _place_in_thread(slack, message, thread_ts)
    if message.edited_at:
        shown["edited"] = {"user": message.user, "ts": message.edited_at}
    if message.attachments:
        shown["attachments"] = message.attachments
    if message.files:
        shown |= {"files": [file_json(slack, f) for f in message.files], "upload": False}
    if message.reactions:
        shown["reactions"] = [
            {"name": name, "users": users, "count": len(users)}
            for name, users in message.reactions.items()
        ]
    if with_metadata and message.metadata:
        shown["metadata"] = message.metadata
    return shown


def _profile(slack: Workspace) -> Json:
    app = slack.app
    return {
        "id": app.bot_id,
        "deleted": False,
        "name": app.name,
        "updated": 0,
        "app_id": app.id,
        "icons": {},
        "team_id": slack.team,
    }


def _place_in_thread(slack: Workspace, message: Message, thread_ts: str) -> Json:
    thread = slack.thread(message.channel, thread_ts)
    if not thread:
        return {}
    if message.is_reply:
        return {"parent_user_id": thread[0].user}
    answers = thread[1:]
    users = list(dict.fromkeys(answer.user for answer in answers))
    return {
        "reply_count": len(answers),
        "reply_users": users,
        "reply_users_count": len(users),
        "latest_reply": answers[-1].ts if answers else message.ts,
        "subscribed": False,
    }


def person_json(slack: Workspace, person: Person, *, with_locale: bool = False) -> Json:
    """A person as `users.info` shows them: the address only to those who may see addresses."""
    profile: Json = {
        "real_name": person.real_name,
        "display_name": person.name,
        "real_name_normalized": person.real_name,
        "display_name_normalized": person.name,
        "team": person.team,
    }
    if "users:read.email" in slack.app.scopes and person.email and not person.is_stranger:
        profile["email"] = person.email
    shown: Json = {
        "id": person.id,
        "team_id": person.team,
        "name": person.name,
        "deleted": person.is_deactivated,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": 0,
        "profile": profile,
    }
    if person.is_deactivated:
        return shown  # no zone and no roles any more
    shown |= {
        "real_name": person.real_name,
        "tz": person.tz,
        "tz_label": person.tz,
        "tz_offset": person.tz_offset,
        "is_admin": person.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.is_guest or person.is_single_channel_guest,
        "is_ultra_restricted": person.is_single_channel_guest,
        "is_stranger": person.is_stranger,
    }
    return shown | ({"locale": person.locale} if with_locale else {})


def channel_json(slack: Workspace, channel: Channel) -> Json:
    """A conversation as `conversations.info` shows it."""
    shown: Json = {
        "id": channel.id,
        "created": int(channel.created_at),
        "is_archived": channel.is_archived,
        "is_im": channel.kind == "im",
        "is_org_shared": False,
        "context_team_id": slack.team,
        "updated": int(channel.created_at),
    }
    if channel.kind == "im":
        other = next(iter(channel.members - {slack.app.bot_user}), slack.app.bot_user)
        return shown | {"user": other, "is_user_deleted": slack.people[other].is_deactivated}
    return shown | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": True,
        "is_group": False,
        "is_mpim": False,
        "is_private": channel.kind == "private",
        "is_general": False,
        "is_member": slack.app.bot_user in channel.members,
        "is_shared": channel.is_shared,
        "is_ext_shared": channel.is_shared,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def file_json(slack: Workspace, file: StoredFile) -> Json:
    """A file as messages and `files.info` show it."""
    kind = PurePath(file.name).suffix.removeprefix(".") or "binary"
    address = f"{slack.url}/files-pri/{slack.team}-{file.id}"
    shares: dict[str, list[Json]] = {}
    for channel, ts in file.shares:
        shares.setdefault(channel, []).append({"ts": ts})
    shown: Json = {
        "id": file.id,
        "created": int(slack.clock.now()),
        "timestamp": int(slack.clock.now()),
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.mimetype,
        "filetype": kind,
        "pretty_type": kind.upper(),
        "user": file.owner,
        "user_team": slack.team,
        "editable": False,
        "size": file.length,
        "mode": "hosted",
        "is_external": False,
        "is_public": any(slack.channels[c].kind == "public" for c, _ in file.shares),
        "url_private": f"{address}/{file.name}",
        "url_private_download": f"{address}/download/{file.name}",
        "permalink": f"{slack.url}/files/{file.owner}/{file.id}/{file.name}",
        "file_access": "visible",
        "shares": {"public": shares},
    }
    return shown | ({"alt_txt": file.alt_text} if file.alt_text else {})


def guessed_mimetype(name: str) -> str:
    """What Slack makes of a file's name."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def view_json(slack: Workspace, view: View) -> Json:
    """A view as answers and interactions show it."""
    shown: Json = {
        "id": view.id,
        "team_id": slack.team,
        "app_id": slack.app.id,
        "app_installed_team_id": slack.team,
        "bot_id": slack.app.bot_id,
        "type": view.payload["type"],
        "blocks": view.blocks,
        "private_metadata": view.payload.get("private_metadata", ""),
        "callback_id": view.payload.get("callback_id", ""),
        "external_id": view.payload.get("external_id", ""),
        "state": {"values": view.state},
        "hash": view.hash,
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
        "clear_on_close": view.payload.get("clear_on_close", False),
        "notify_on_close": view.payload.get("notify_on_close", False),
        "submit_disabled": view.payload.get("submit_disabled", False),
    }
    shown |= {key: view.payload.get(key) for key in ("title", "submit", "close")}
    return shown


def rich_text(text: str) -> list[Json]:
    """What Slack adds to whatever a person types: the same as one block of rich text.

    What stands between angle brackets in the text is an element of its own there, and nothing is
    escaped.
    """
    parts = (part for part in MARKED.split(text) if part)
    section = {"type": "rich_text_section", "elements": [*map(_element, parts)]}
    return [{"type": "rich_text", "block_id": "typed", "elements": [section]}] if text else []


def _element(part: str) -> Json:
    if not MARKED.fullmatch(part):
        return {"type": "text", "text": unescape(part)}
    target, _, label = part[1:-1].partition("|")
    if target.startswith("@"):
        return {"type": "user", "user_id": target[1:]}
    if target.startswith("#"):
        return {"type": "channel", "channel_id": target[1:]}
    return {"type": "link", "url": unescape(target)} | ({"text": unescape(label)} if label else {})


def page(items: Iterable[Json], cursor: str, limit: int) -> tuple[list[Json], str]:
    """One page, and the cursor of the next; empty at the end."""
    everything = list(items)
    start = int(cursor.removeprefix("next:")) if cursor else 0
    rest = f"next:{start + limit}" if start + limit < len(everything) else ""
    return everything[start : start + limit], rest
