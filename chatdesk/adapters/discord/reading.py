"""What the library hands over, read into who did what where.

Nothing in it is trusted beyond its shape; what bots do reads as nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import discord

from chatdesk.adapters.discord.modal import PLATFORM
from chatdesk.adapters.discord.telling import Spot
from chatdesk.ui.exchange import Visitor

DESK_NAME = "@chatdesk"
"""How the reception knows a mention of the desk, whatever the bot is called here."""

_MENTION = re.compile(r"<@!?(\d+)>")
_CHANNEL = re.compile(r"<#(\d+)>")
_EMOJI = re.compile(r"<a?(:\w+:)\d+>")

Payload = Mapping[str, Any]


def visitor(person: discord.abc.User, locale: str = "") -> Visitor | None:
    """Return somebody as a visitor, None for a bot."""
    if person.bot:
        return None
    name = person.display_name or person.name
    return Visitor(handle=f"{PLATFORM}:{person.id}", name=name, locale=locale)


def visitor_told(told: Payload) -> Visitor | None:
    """Return somebody whom Discord describes in passing."""
    if told.get("bot") or not told.get("id"):
        return None
    name = str(told.get("global_name") or told.get("username") or told["id"])
    return Visitor(handle=f"{PLATFORM}:{told['id']}", name=name, locale="")


SAID = frozenset({discord.MessageType.default, discord.MessageType.reply})
"""What people say; all other messages are what Discord says of a thread: a new name, a pin."""

_FORWARD = discord.MessageReferenceType.forward.value


def told_of(message: discord.Message) -> Payload:
    """Return what is said in a message in the shape in which a channel's history has it."""
    told: dict[str, Any] = {"content": message.content, "attachments": _files(message)}
    told["message_snapshots"] = [
        {"message": {"content": one.content, "attachments": _files(one)}}
        for one in message.message_snapshots
    ]
    at = message.reference
    if at is not None:
        told["message_reference"] = {"type": at.type.value, "message_id": at.message_id}
    return told


def is_said(told: Payload) -> bool:
    """Tell whether a message in a history is what a person says."""
    return int(told.get("type") or 0) in {one.value for one in SAID}


def text_in(told: Payload) -> str:
    """Return the words of a message, and those that it forwards."""
    return "\n".join(str(one["content"]) for one in _parts(told) if one.get("content"))


def is_blank(told: Payload) -> bool:
    """Tell whether nothing of what a message says is told. People cannot say nothing."""
    return not text_in(told).strip() and not files_in(told)


def files_in(told: Payload) -> list[Payload]:
    """Return the files of a message, and those that it forwards."""
    return [dict(file) for one in _parts(told) for file in one.get("attachments") or ()]


def answered_in(told: Payload) -> str:
    """Return the message that one answers, empty for none; what is forwarded is not answered."""
    at = told.get("message_reference") or {}
    return "" if at.get("type") == _FORWARD else str(at.get("message_id") or "")


def _parts(told: Payload) -> list[Payload]:
    forwarded = (one.get("message") or {} for one in told.get("message_snapshots") or ())
    return [told, *forwarded]


def _files(message: discord.Message | discord.MessageSnapshot) -> list[Payload]:
    # The library leaves the title out, which is what is stripped of the name that it tells.
    return [
        one.to_dict() | {"filename": one.filename, "title": one.title}
        for one in message.attachments
    ]


def roles_of(person: object) -> frozenset[str] | None:
    """Return the ids of a member's roles, None where Discord does not tell them."""
    if not isinstance(person, discord.Member):
        return None
    return frozenset(str(role.id) for role in person.roles)


def spot_of(interaction: discord.Interaction[Any]) -> Spot | None:
    """Return who did something and where, None for a bot; no channel where Discord tells none."""
    locale = str(interaction.locale.value).partition("-")[0].lower()
    by = visitor(interaction.user, locale)
    if by is None:
        return None
    channel = str(interaction.channel_id or "")
    place, thread = where(interaction.channel, channel)
    return Spot(
        by=by,
        channel=channel,
        place=place,
        thread=thread,
        is_direct=interaction.guild_id is None,
        guild=str(interaction.guild_id or ""),
        roles=roles_of(interaction.user),
    )


def where(channel: object, channel_id: str) -> tuple[str, str]:
    """Return the place and thread that a channel is: a thread stands in its parent."""
    if isinstance(channel, discord.Thread):
        return str(channel.parent_id), channel_id
    return channel_id, ""


def plain_text(text: str, names: Mapping[str, str], bot: str) -> str:
    """Return a message as its author sees it; in what is said to the desk, people are handles."""
    is_to_desk = text.lstrip().startswith("!") or bot in _MENTION.findall(text)

    def named(found: re.Match[str]) -> str:
        if found[1] == bot:
            return DESK_NAME
        return f"@{PLATFORM}:{found[1]}" if is_to_desk else f"@{names.get(found[1], found[1])}"

    return _EMOJI.sub(r"\1", _CHANNEL.sub(r"#\1", _MENTION.sub(named, text)))


# --- commands -------------------------------------------------------------------------------------


def subcommand(data: Payload) -> tuple[str, dict[str, Any]]:
    """Return which subcommand was given, and its options by name."""
    first: Payload = next(iter(data.get("options") or ()), {})
    given = {str(one["name"]): one.get("value") for one in first.get("options") or ()}
    return str(first.get("name") or ""), given


def focused(data: Payload) -> tuple[str, str]:
    """Return which option is being typed, and what of it."""
    first: Payload = next(iter(data.get("options") or ()), {})
    for one in first.get("options") or ():
        if one.get("focused"):
            return str(one["name"]), str(one.get("value") or "")
    return "", ""


def people_in(data: Payload) -> Iterator[Visitor]:
    """Go through the people who are named in a command or form."""
    for told in ((data.get("resolved") or {}).get("users") or {}).values():
        found = visitor_told(told)
        if found is not None:
            yield found


def target_of(data: Payload) -> Payload:
    """Return the message that a message menu was used on."""
    messages = (data.get("resolved") or {}).get("messages") or {}
    found: Payload = messages.get(str(data.get("target_id")), {})
    return found
