"""`conversations.*`: which places there are, who is in them and what was said."""

from __future__ import annotations

from tests.slack.arguments import HISTORY_SCOPES, READ_SCOPES, Asked
from tests.slack.happenings import membership
from tests.slack.reference import need_any
from tests.slack.shapes import channel_json, message_json, page
from tests.slack.things import ApiRefused, Channel, Json, Message

TYPES = {"public_channel": "public", "private_channel": "private", "im": "im"}


def _cursor(asked: Asked) -> str:
    cursor = str(asked.get("cursor") or "")
    if cursor and not cursor.removeprefix("next:").isdigit():
        raise ApiRefused("invalid_cursor")
    return cursor


def _readable(asked: Asked) -> Channel:
    channel = asked.slack.visible_channel(str(asked.get("channel")))
    asked.need_for(channel, READ_SCOPES)
    return channel


def info(asked: Asked) -> Json:
    """`conversations.info`."""
    channel = _readable(asked)
    shown = channel_json(asked.slack, channel)
    if asked.get("include_num_members"):
        shown["num_members"] = len(channel.members)
    return {"channel": shown}


def members(asked: Asked) -> Json:
    """`conversations.members`."""
    channel = _readable(asked)
    people = sorted(channel.members)
    shown, rest = page([{"id": p} for p in people], _cursor(asked), asked.get("limit", 100))
    listed = [one["id"] for one in shown]
    return {"members": listed, "response_metadata": {"next_cursor": rest}}


def list_all(asked: Asked) -> Json:
    """`conversations.list`."""
    slack = asked.slack
    kinds = []
    for kind in str(asked.get("types", "public_channel")).split(","):
        if kind.strip() not in {*TYPES, "mpim"}:
            raise ApiRefused("invalid_types")
        if kind.strip() in TYPES:
            kinds.append(TYPES[kind.strip()])
    for kind in kinds:
        need_any(slack.app.scopes, READ_SCOPES[kind])
    found = [
        channel_json(slack, channel)
        for channel in slack.channels.values()
        if channel.kind in kinds
        and slack.bot_can_see(channel)
        and not (asked.get("exclude_archived") and channel.is_archived)
    ]
    shown, rest = page(found, _cursor(asked), asked.get("limit", 100))
    return {"channels": shown, "response_metadata": {"next_cursor": rest}}


def join(asked: Asked) -> Json:
    """`conversations.join`: public channels only."""
    slack = asked.slack
    channel = slack.visible_channel(str(asked.get("channel")))
    if channel.kind != "public":
        raise ApiRefused("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise ApiRefused("is_archived")
    if slack.app.bot_user not in channel.members:
        channel.members.add(slack.app.bot_user)
        bot = slack.app.bot_user
        slack.announce(membership(slack, "member_joined_channel", channel, bot, ""))
    return {"channel": channel_json(slack, channel)}


def open_direct(asked: Asked) -> Json:
    """`conversations.open` with one person, or resuming one by its id."""
    slack = asked.slack
    need_any(slack.app.scopes, "im:write")
    if asked.get("channel"):
        channel = slack.visible_channel(str(asked.get("channel")))
        if channel.kind != "im":
            raise ApiRefused("method_not_supported_for_channel_type")
        return {"no_op": True, "already_open": True, "channel": {"id": channel.id}}
    if not asked.get("users"):
        raise ApiRefused("users_list_not_supplied")
    users = str(asked.get("users")).split(",")
    if len(users) > 1:
        raise ApiRefused("missing_scope", needed="mpim:write", provided=_granted(asked))
    person = slack.person(users[0])
    if person.is_bot:
        raise ApiRefused("cannot_dm_bot")
    if person.is_deactivated:
        raise ApiRefused("user_disabled")
    known = set(slack.channels)
    channel = slack.direct(person.id)
    shown = channel_json(slack, channel) if asked.get("return_im") else {"id": channel.id}
    again = {"no_op": True, "already_open": True} if channel.id in known else {}
    return {"channel": shown, **again}


def _granted(asked: Asked) -> str:
    return ",".join(sorted(asked.slack.app.scopes))


def history(asked: Asked) -> Json:
    """`conversations.history`: newest first, without answers in threads."""
    channel = asked.slack.joined_channel(str(asked.get("channel")))
    asked.need_for(channel, HISTORY_SCOPES)
    found = [
        message
        for message in asked.slack.messages[channel.id].values()
        if (not message.is_reply or message.is_broadcast)
        and not (message.is_deleted and message.subtype != "tombstone")
    ]
    return _shown(asked, sorted(found, key=lambda m: m.ts, reverse=True))


def replies(asked: Asked) -> Json:
    """`conversations.replies`: the message that the thread hangs on, then the answers."""
    channel = asked.slack.joined_channel(str(asked.get("channel")))
    asked.need_for(channel, HISTORY_SCOPES)
    ts = str(asked.get("ts"))
    thread = asked.slack.thread(channel.id, ts)
    if not thread or (thread[0].is_deleted and thread[0].subtype != "tombstone"):
        raise ApiRefused("thread_not_found")
    return _shown(asked, thread)


def _shown(asked: Asked, messages: list[Message]) -> Json:
    """A page of what is visible by now and lies in the time asked for."""
    visible = [m for m in messages if _is_between(asked, m) and _is_visible(asked, m)]
    with_metadata = bool(asked.get("include_all_metadata"))
    written = [message_json(asked.slack, m, with_metadata=with_metadata) for m in visible]
    shown, rest = page(written, _cursor(asked), asked.get("limit", 100))
    answer: Json = {"messages": shown, "has_more": bool(rest)}
    return answer | ({"response_metadata": {"next_cursor": rest}} if rest else {})


def _is_visible(asked: Asked, message: Message) -> bool:
    return message.visible_at <= asked.slack.clock.now()


def _is_between(asked: Asked, message: Message) -> bool:
    oldest, latest = _moment(asked, "oldest"), _moment(asked, "latest")
    at = float(message.ts)
    if asked.get("inclusive"):
        return (oldest is None or at >= oldest) and (latest is None or at <= latest)
    return (oldest is None or at > oldest) and (latest is None or at < latest)


def _moment(asked: Asked, name: str) -> float | None:
    given = asked.get(name)
    try:
        return None if given in (None, "", "now") else float(given)
    except ValueError:
        raise ApiRefused(f"invalid_ts_{name}") from None
