"""How the app is configured: from a manifest, or as a desk needs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.slack.things import App

BOT_SCOPES = (
    "commands,chat:write,im:write,im:history,app_mentions:read,channels:read,channels:history,"
    "groups:read,groups:history,users:read,users:read.email,files:read,files:write,"
    "reactions:read,reactions:write"
)
BOT_EVENTS = (
    "app_home_opened,app_mention,message.channels,message.groups,message.im,reaction_added,"
    "member_joined_channel,member_left_channel,channel_archive,channel_deleted,group_archive,"
    "group_deleted,channel_rename,channel_id_changed,tokens_revoked,app_uninstalled"
)


def desk_app() -> App:
    """The app with the scopes and events of a desk, `/ticket`, and three shortcuts."""
    return App(
        scopes=set(BOT_SCOPES.split(",")),
        events=set(BOT_EVENTS.split(",")),
        commands={"/ticket": True},
        shortcuts={"new_ticket"},
        message_shortcuts={"create_ticket", "add_to_ticket", "send_to_requester"},
    )


def app_from_manifest(manifest: Mapping[str, Any]) -> App:
    """The app exactly as its manifest asks for it: nothing that is missing there works here."""
    features = manifest.get("features", {})
    home = features.get("app_home", {})
    shortcuts = features.get("shortcuts", [])
    subscribed = manifest.get("settings", {}).get("event_subscriptions", {})
    return App(
        scopes=set(manifest.get("oauth_config", {}).get("scopes", {}).get("bot", ())),
        events=set(subscribed.get("bot_events", ())),
        commands={
            command["command"]: command.get("should_escape", False)
            for command in features.get("slash_commands", ())
        },
        shortcuts={s["callback_id"] for s in shortcuts if s["type"] == "global"},
        message_shortcuts={s["callback_id"] for s in shortcuts if s["type"] == "message"},
        has_home_tab=home.get("home_tab_enabled", False),
        has_messages_tab=home.get("messages_tab_enabled", False),
        is_messages_tab_read_only=home.get("messages_tab_read_only_enabled", True),
        name=features.get("bot_user", {}).get("display_name", "app"),
    )
