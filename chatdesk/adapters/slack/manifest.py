"""The app's manifest, made from what the desk does in Slack: nothing is asked for without a reason.

Every method and event used stands in a table with the scopes it needs; the scopes are their sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from typing import Any, Literal
from urllib.parse import urljoin

from ruamel.yaml import YAML

from chatdesk.ui.wording import COMMAND
from chatdesk.verbs import TYPED, Audience

Json = dict[str, Any]
Transport = Literal["socket", "http"]

PUBLIC_URL = "https://desk.example.com/"
"""Where a desk could be reached; everybody puts their own address here."""

EVENTS_PATH = "/slack/events"
REDIRECT = "/slack/oauth_redirect"
"""Where Slack delivers over HTTP, and where it leads back to after an installation."""

USAGE_HINT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A method, event or feature of Slack, the scopes it needs here, and what for.

    One that `is_for_groups` is needed only where the policy names user groups.
    """

    name: str
    scopes: tuple[str, ...] = ()
    why: str
    is_for_groups: bool = False


READ = ("channels:read", "groups:read")
HISTORY = ("channels:history", "groups:history", "im:history")

METHODS: tuple[Use, ...] = (
    Use(name="apps.connections.open", why="hears Slack over a socket (app-level token)"),
    Use(name="auth.revoke", why="gives back the token of a workspace that is not the desk's"),
    Use(name="auth.test", why="knows which user the app itself is"),
    Use(name="chat.postMessage", scopes=("chat:write",), why="shows cards and notices"),
    Use(name="chat.update", scopes=("chat:write",), why="keeps a card as the ticket is"),
    Use(name="chat.delete", scopes=("chat:write",), why="takes back what a shorter card leaves"),
    Use(name="chat.postEphemeral", scopes=("chat:write",), why="answers one person alone"),
    Use(name="chat.getPermalink", why="links the message that a ticket was made from"),
    Use(name="conversations.open", scopes=("im:write",), why="reaches people by direct message"),
    Use(name="conversations.history", scopes=HISTORY, why="looks whether a message arrived"),
    Use(name="conversations.replies", scopes=HISTORY, why="looks whether an answer arrived"),
    Use(name="conversations.info", scopes=READ, why="asks whether a queue's channel is private"),
    Use(name="conversations.members", scopes=READ, why="knows who works a queue"),
    Use(
        name="files.completeUploadExternal",
        scopes=("files:write",),
        why="brings files into tickets' threads",
    ),
    Use(
        name="files.delete",
        scopes=("files:write",),
        why="takes them back with the words they came with",
    ),
    Use(name="files.getUploadURLExternal", scopes=("files:write",), why="uploads them"),
    Use(name="files.info", scopes=("files:read",), why="finds files of a message pointed at"),
    Use(name="reactions.add", scopes=("reactions:write",), why="shows how far a ticket is"),
    Use(name="reactions.remove", scopes=("reactions:write",), why="takes back what was shown"),
    Use(name="oauth.v2.access", why="installs the app in further workspaces"),
    Use(name="users.info", scopes=("users:read",), why="names, time zones and languages"),
    Use(
        name="usergroups.users.list",
        scopes=("usergroups:read",),
        why="knows who is in a user group that works a queue",
        is_for_groups=True,
    ),
    Use(name="views.open", why="opens forms"),
    Use(name="views.publish", why="shows everybody their Home tab"),
    Use(name="views.push", why="opens a form on top of an answer"),
    Use(name="views.update", why="changes a form while it is filled in"),
)
"""Every method of the Web API that the desk calls."""

EVENTS: tuple[Use, ...] = (
    Use(
        name="app_uninstalled", why="forgets the token of a workspace that the app was removed from"
    ),
    Use(name="tokens_revoked", why="forgets a token that was revoked"),
    Use(name="app_home_opened", why="knows who looks at their Home tab"),
    Use(name="app_mention", scopes=("app_mentions:read",), why="`@chatdesk claim` in a thread"),
    Use(
        name="channel_archive",
        scopes=("channels:read",),
        why="tells an admin that a queue's channel was archived",
    ),
    Use(
        name="channel_deleted",
        scopes=("channels:read",),
        why="tells an admin that a queue's channel is gone",
    ),
    Use(name="channel_id_changed", why="goes on in a channel that gets another id"),
    Use(name="group_archive", scopes=("groups:read",), why="the same for private channels"),
    Use(name="group_deleted", scopes=("groups:read",), why="the same for private channels"),
    Use(
        name="channel_unarchive",
        scopes=("channels:read",),
        why="writes again at once in a channel that is back",
    ),
    Use(name="group_unarchive", scopes=("groups:read",), why="the same for private channels"),
    Use(name="member_joined_channel", scopes=READ, why="lets whoever joins a queue work at once"),
    Use(name="member_left_channel", scopes=READ, why="lets whoever leaves a queue work no longer"),
    Use(
        name="message.channels",
        scopes=("channels:history",),
        why="words, edits and deletions in tickets' threads in public channels",
    ),
    Use(name="message.groups", scopes=("groups:history",), why="the same in private channels"),
    Use(name="reaction_added", scopes=("reactions:read",), why="makes a ticket of a message"),
    Use(name="message.im", scopes=("im:history",), why="what people write to the desk"),
)
"""Every event that the desk hears."""

FEATURES: tuple[Use, ...] = (
    Use(name="slash command and shortcuts", scopes=("commands",), why="`/ticket`, New ticket"),
    Use(name="files in messages and forms", scopes=("files:read",), why="keeps copies of them"),
)
"""What else needs a scope."""

SHORTCUTS: tuple[Json, ...] = (
    {
        "name": "New ticket",
        "type": "global",
        "callback_id": "new_ticket",
        "description": "Ask for help",
    },
    {
        "name": "Create ticket from this",
        "type": "message",
        "callback_id": "create_ticket",
        "description": "Ask for help with what this message says",
    },
    {
        "name": "Add to ticket",
        "type": "message",
        "callback_id": "add_to_ticket",
        "description": "Keep this message with a ticket that is there already",
    },
    {
        "name": "Send to requester",
        "type": "message",
        "callback_id": "send_to_requester",
        "description": "Send this message below a ticket's card to who asked",
    },
)


def scopes(*, with_groups: bool = False) -> list[str]:
    """Return every scope that something here needs; those for user groups only where asked for."""
    return sorted({scope for use in _uses(with_groups=with_groups) for scope in use.scopes})


def reasons() -> dict[str, list[str]]:
    """Return for each scope what it is needed for."""
    uses = _uses(with_groups=True)
    return {
        scope: [f"{use.name}: {use.why}" for use in uses if scope in use.scopes]
        for scope in scopes(with_groups=True)
    }


def _uses(*, with_groups: bool) -> list[Use]:
    return [one for one in (*METHODS, *EVENTS, *FEATURES) if with_groups or not one.is_for_groups]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a desk asks of its app beyond what every desk does.

    `with_groups` for a policy that names user groups; `command` is what people type; `public_url`
    is where the desk is reached from outside; `is_several` for an app that can be installed in
    several workspaces.
    """

    with_groups: bool = False
    command: str = COMMAND
    public_url: str = PUBLIC_URL
    is_several: bool = False


PLAIN = Asked()


def manifest(transport: Transport, asked: Asked = PLAIN) -> Json:
    """Return the manifest of an app that is heard over a socket, or over HTTP."""
    is_http = transport == "http"
    events_url = urljoin(asked.public_url, EVENTS_PATH)
    address: Json = {"request_url": events_url} if is_http else {}
    back: Json = {"redirect_urls": [urljoin(asked.public_url, REDIRECT)]}
    return {
        "_metadata": {"major_version": 2},
        "display_information": {
            "name": "chatdesk",
            "description": "A help desk that lives in chat",
            "background_color": "#1f5f8b",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "chatdesk", "always_online": True},
            "shortcuts": [dict(shortcut) for shortcut in SHORTCUTS],
            "slash_commands": [_command(asked, url=events_url if is_http else "")],
        },
        "oauth_config": (back if asked.is_several else {})
        | {"scopes": {"bot": scopes(with_groups=asked.with_groups)}},
        "settings": {
            "event_subscriptions": {**address, "bot_events": [event.name for event in EVENTS]},
            "interactivity": {"is_enabled": True, **address},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not is_http,
            "token_rotation_enabled": False,
        },
    }


def written(transport: Transport, asked: Asked = PLAIN) -> str:
    """Return the manifest as YAML, to be pasted where Slack asks for it."""
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 2 * USAGE_HINT
    text = StringIO()
    yaml.dump(manifest(transport, asked), text)
    return text.getvalue()


def _command(asked: Asked, *, url: str) -> Json:
    return {
        "command": asked.command,
        **({"url": url} if url else {}),
        "description": "Ask for help, and work on tickets",
        "usage_hint": usage_hint(),
        "should_escape": True,
    }


def usage_hint() -> str:
    """Return what anyone can type behind the command, as far as Slack has room for it."""
    usages = [
        f"{verb.name} {verb.usage}".strip()
        for verb in TYPED.values()
        if verb.audience is Audience.ANYONE
    ]
    while len(" | ".join(usages)) > USAGE_HINT:
        usages.pop()
    return " | ".join(usages)
