"""What Slack delivers, read into what a person did; pure functions.

A payload that says nothing to the desk reads as None. Nothing in it is trusted beyond its shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chatdesk.adapters.slack.modal import Origin
from chatdesk.adapters.slack.workspaces import IN
from chatdesk.ui.exchange import Edited, Removed, Said

Payload = Mapping[str, Any]
Name = Callable[[str], str]
"""Slack's id of a person -> how they are written in plain text."""

SPOKEN = frozenset({"", "file_share", "thread_broadcast", "me_message"})
"""Subtypes of messages that people write."""

DESK_NAME = "@chatdesk"
"""How the reception knows a mention of the desk, whatever the app is called here."""

_ESCAPED = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_MARKED = re.compile(r"<([^<>]*)>|&(?:lt|gt|amp);")
_MENTION = re.compile(rf"<@([UW][A-Z0-9]+{IN})(?:\|[^<>]*)?>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message, or a change of one: who, where, and the same key however it was delivered.

    `files` are Slack's descriptions of what is attached.
    """

    key: str
    user: str
    place: str
    thread: str
    done: Said | Edited | Removed
    files: tuple[Payload, ...] = ()
    is_mention: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """A button or an entry of a menu, in a message or in a view.

    `origin` is what a form it opens is opened for, where that is not the place of the click.
    """

    key: str
    user: str
    value: str
    action: str
    trigger: str
    place: str = ""
    thread: str = ""
    response_url: str = ""
    is_on_ephemeral: bool = False
    view: Payload = field(default_factory=dict)
    origin: Origin | None = None


def plain_text(text: str, name: Name) -> str:
    """Return a text as its author sees it: Slack writes mentions, links and `&` in its own way."""

    def meant(found: re.Match[str]) -> str:
        return _shown(found[1], name) if found[1] is not None else _ESCAPED[found[0]]

    return _MARKED.sub(meant, text)


def mentioned(text: str) -> tuple[str, ...]:
    """Return the people mentioned in a text as Slack writes it."""
    return tuple(dict.fromkeys(_MENTION.findall(text)))


def read_message(body: Payload, bot: str, name: Name) -> Heard | None:
    """Read a message event; None for what bots and Slack itself say."""
    event = body.get("event") or {}
    subtype = str(event.get("subtype") or "")
    if event.get("type") == "app_mention" or subtype in SPOKEN:
        return _said(body, event, bot, name)
    if subtype == "message_changed":
        return _changed(body, event, bot, name)
    if subtype == "message_deleted":
        return _deleted(body, event)
    return None


def read_click(body: Payload) -> Click | None:
    """Read a block action; None if it carries nothing."""
    action = next(iter(body.get("actions") or ()), None)
    user = (body.get("user") or {}).get("id")
    if not isinstance(action, Mapping) or not user:
        return None
    container = body.get("container") or {}
    message = body.get("message") or {}
    chosen = action.get("selected_option") or {}
    thread = str(container.get("thread_ts") or message.get("thread_ts") or "")
    return Click(
        key=_key("click", body, str(body.get("trigger_id")), str(action.get("action_ts"))),
        user=str(user),
        value=str(action.get("value") or chosen.get("value") or ""),
        action=str(action.get("action_id") or ""),
        trigger=str(body.get("trigger_id") or ""),
        place=str((body.get("channel") or {}).get("id") or container.get("channel_id") or ""),
        thread="" if thread == container.get("message_ts") else thread,
        response_url=str(body.get("response_url") or ""),
        is_on_ephemeral=bool(container.get("is_ephemeral")),
        view=body.get("view") or {},
    )


def team_of(body: Payload) -> str:
    """Return the workspace a payload comes from."""
    team = body.get("team")
    return str(body.get("team_id") or (team or {}).get("id") or "")


def _key(kind: str, body: Payload, *parts: str) -> str:
    return ":".join((kind, team_of(body), *parts))


# --- messages -------------------------------------------------------------------------------------


def _said(body: Payload, event: Payload, bot: str, name: Name) -> Heard | None:
    user, ts, place = (str(event.get(one) or "") for one in ("user", "ts", "channel"))
    if not (user and ts and place) or user == bot or event.get("bot_id"):
        return None
    is_direct = place.startswith("D")
    written = str(event.get("text") or "")
    said = Said(text=_addressed(written, bot, name), message=ts, is_direct=is_direct)
    return Heard(
        key=_key("message", body, place, ts),
        user=user,
        place=place,
        thread=_thread(event, ts),
        done=said,
        files=tuple(one for one in event.get("files") or () if isinstance(one, Mapping)),
        is_mention=bot in mentioned(written),
    )


def _changed(body: Payload, event: Payload, bot: str, name: Name) -> Heard | None:
    """Read an edit. Slack also tells so when it adds a preview: then nobody edited anything."""
    message, before = event.get("message") or {}, event.get("previous_message") or {}
    if message.get("subtype") == "tombstone":
        return _deleted(body, {**event, "deleted_ts": message.get("ts")})
    user, ts = str(message.get("user") or ""), str(message.get("ts") or "")
    edited = message.get("edited") or {}
    is_ours = user == bot or message.get("bot_id")
    if not (user and ts) or is_ours or not edited or edited == before.get("edited"):
        return None
    place = str(event.get("channel") or "")
    text = _addressed(str(message.get("text") or ""), bot, name)
    return Heard(
        key=_key("edit", body, place, ts, str(edited.get("ts"))),
        user=user,
        place=place,
        thread=_thread(message, ts),
        done=Edited(message=ts, text=text),
    )


def _deleted(body: Payload, event: Payload) -> Heard | None:
    before = event.get("previous_message") or {}
    user, ts = str(before.get("user") or ""), str(event.get("deleted_ts") or "")
    if not (user and ts) or before.get("bot_id"):
        return None
    place = str(event.get("channel") or "")
    return Heard(
        key=_key("delete", body, place, ts),
        user=user,
        place=place,
        thread=_thread(before, ts),
        done=Removed(message=ts),
    )


def _thread(message: Payload, ts: str) -> str:
    thread = str(message.get("thread_ts") or "")
    return "" if thread == ts else thread


def _addressed(text: str, bot: str, name: Name) -> str:
    """Return a text in plain words; in what is said to the desk, people are named by their ids."""
    is_to_desk = text.lstrip().startswith("!") or bot in mentioned(text)

    def written(person: str) -> str:
        if person == bot:
            return DESK_NAME
        return f"@slack:{person}" if is_to_desk else name(person)

    return plain_text(text, written)


def _shown(marked: str, name: Name) -> str:
    """Return what stands between angle brackets as people see it."""
    target, _, label = (_unescaped(part) for part in marked.partition("|"))
    if target.startswith("@"):
        return name(target[1:])
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!date"):
        return label
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    address = target.removeprefix("mailto:").removeprefix("tel:")
    is_same = not label or label in {target, address} or address.endswith(f"//{label}")
    return address if is_same else f"{label} ({address})"


def _unescaped(text: str) -> str:
    return re.sub("|".join(_ESCAPED), lambda found: _ESCAPED[found[0]], text)
