"""What happens in the workspace, as the Events API tells it, and whether the app hears of it."""

from __future__ import annotations

from tests.slack.shapes import file_json, message_json, view_json
from tests.slack.things import Channel, Json, Message, StoredFile, View
from tests.slack.workspace import Workspace

MESSAGE_SCOPES = {
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
}
MESSAGE_EVENTS = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}
# Any one of the scopes is enough; an event without an entry needs none.
EVENT_SCOPES = {
    "app_mention": ("app_mentions:read",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
    "member_joined_channel": ("channels:read", "groups:read"),
    "member_left_channel": ("channels:read", "groups:read"),
    "channel_archive": ("channels:read",),
    "channel_unarchive": ("channels:read",),
    "channel_deleted": ("channels:read",),
    "channel_rename": ("channels:read",),
    "group_archive": ("groups:read",),
    "group_unarchive": ("groups:read",),
    "group_deleted": ("groups:read",),
    "group_rename": ("groups:read",),
    "user_change": ("users:read",),
    "team_join": ("users:read",),
}


def message_posted(slack: Workspace, message: Message) -> Json:
    """Somebody posted, the app included."""
    channel = slack.channels[message.channel]
    event = message_json(slack, message, with_metadata=True)
    if message.is_broadcast:
        root = slack.thread(message.channel, str(message.thread_ts))[0]
        event |= {"subtype": "thread_broadcast", "root": message_json(slack, root)}
    return event | {
        "channel": message.channel,
        "event_ts": message.ts,
        "channel_type": channel.event_kind,
    }


def message_changed(slack: Workspace, message: Message, before: Json) -> Json:
    """A message was edited; `before` is how it read."""
    return {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "channel": message.channel,
        "message": message_json(slack, message),
        "previous_message": before,
        "ts": slack.new_ts(),
        "event_ts": slack.new_ts(),
        "channel_type": slack.channels[message.channel].event_kind,
    }


def message_deleted(slack: Workspace, message: Message, before: Json) -> Json:
    """A message was deleted; `before` is how it read."""
    return {
        "type": "message",
        "subtype": "message_deleted",
        "hidden": True,
        "channel": message.channel,
        "deleted_ts": message.ts,
        "previous_message": before,
        "ts": slack.new_ts(),
        "event_ts": slack.new_ts(),
        "channel_type": slack.channels[message.channel].event_kind,
    }


def app_mention(slack: Workspace, message: Message) -> Json:
    """Somebody named the app in a message; this comes besides the message's own event."""
    event = message_json(slack, message)
    kept = ("user", "text", "ts", "blocks", "team", "thread_ts", "client_msg_id", "files")
    shown = {key: event[key] for key in kept if key in event}
    return shown | {"type": "app_mention", "channel": message.channel, "event_ts": message.ts}


def reaction_event(slack: Workspace, kind: str, message: Message, user: str, name: str) -> Json:
    """`reaction_added` or `reaction_removed`."""
    return {
        "type": kind,
        "user": user,
        "reaction": name,
        "item": {"type": "message", "channel": message.channel, "ts": message.ts},
        "item_user": message.user,
        "event_ts": slack.new_ts(),
    }


def home_opened(slack: Workspace, user: str, tab: str, view: View | None) -> Json:
    """`app_home_opened`, with the home as the person sees it, where there is one."""
    event: Json = {
        "type": "app_home_opened",
        "user": user,
        "channel": slack.direct(user).id,
        "tab": tab,
        "event_ts": slack.new_ts(),
    }
    return event | ({"view": view_json(slack, view)} if view else {})


def membership(slack: Workspace, kind: str, channel: Channel, user: str, inviter: str) -> Json:
    """`member_joined_channel` or `member_left_channel`."""
    event = {
        "type": kind,
        "user": user,
        "channel": channel.id,
        "channel_type": "G" if channel.kind == "private" else "C",
        "team": slack.team,
        "event_ts": slack.new_ts(),
    }
    return event | ({"inviter": inviter} if inviter else {})


def channel_event(slack: Workspace, what: str, channel: Channel) -> Json:
    """`channel_archive`, `group_deleted` and their like: `what` is what comes after the kind."""
    prefix = "group" if channel.kind == "private" else "channel"
    named = {"id": channel.id, "name": channel.name, "created": int(channel.created_at)}
    return {
        "type": f"{prefix}_{what}",
        "channel": named if what == "rename" else channel.id,
        "event_ts": slack.new_ts(),
    }


def files_shown(slack: Workspace, files: list[StoredFile]) -> list[Json]:
    """Files as a form's state holds them."""
    return [file_json(slack, file) for file in files]


def is_heard(slack: Workspace, event: Json) -> bool:
    """True where the app subscribed to the event, has the scope for it and can see the place."""
    kind = str(event["type"])
    if kind == "message":
        kind = MESSAGE_EVENTS[event["channel_type"]]
        scopes: tuple[str, ...] = (MESSAGE_SCOPES[kind],)
    else:
        scopes = EVENT_SCOPES.get(kind, ())
    if kind not in slack.app.events:
        return False
    if scopes and slack.app.scopes.isdisjoint(scopes):
        return False
    return _is_present(slack, event)


def _is_present(slack: Workspace, event: Json) -> bool:
    place = event.get("channel") or event.get("item", {}).get("channel")
    needs_presence = ("message", "app_mention", "reaction_added", "reaction_removed")
    if event["type"] not in needs_presence:
        return True
    channel = slack.channels.get(str(place))
    return channel is not None and slack.app.bot_user in channel.members


def envelope_of(slack: Workspace, event: Json, event_id: str) -> Json:
    """The event with everything that the Events API puts around it."""
    return {
        "token": "verification-token-of-old",
        "team_id": slack.team,
        "context_team_id": slack.team,
        "context_enterprise_id": None,
        "api_app_id": slack.app.id,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(slack.clock.now()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": slack.team,
                "user_id": slack.app.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{event_id}",
    }
