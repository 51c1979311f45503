"""What the app asks for in Discord, each with its reason: permissions and intents by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

SCOPES = ("bot", "applications.commands")
LINK = "https://discord.com/oauth2/authorize"
YOUR_APPLICATION = "YOUR_APPLICATION_ID"

BITS = {
    "view_channel": 10,
    "send_messages": 11,
    "embed_links": 14,
    "attach_files": 15,
    "read_message_history": 16,
    "manage_threads": 34,
    "create_public_threads": 35,
    "create_private_threads": 36,
    "send_messages_in_threads": 38,
}
"""Discord's numbers of the permissions that are asked for or asked after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something asked for, and what for; `is_optional` where the desk works without it."""

    name: str
    why: str
    is_optional: bool = False


PERMISSIONS: tuple[Need, ...] = (
    Need(name="view_channel", why="sees the forums and the support channel it works in"),
    Need(name="send_messages", why="opens posts in the agents' forums, and shows the panel"),
    Need(name="send_messages_in_threads", why="speaks in tickets' conversations"),
    Need(name="create_public_threads", why="makes a post in the agents' forum for each ticket"),
    Need(name="create_private_threads", why="makes each requester a conversation of their own"),
    Need(name="manage_threads", why="tags, archives, locks and reopens them; reads private ones"),
    Need(name="read_message_history", why="looks whether a message arrived, and what was missed"),
    Need(name="embed_links", why="shows cards"),
    Need(name="attach_files", why="hands files on"),
)
"""Every permission that the invitation asks for."""

INTENTS: tuple[Need, ...] = (
    Need(name="guilds", why="knows channels, and the threads tickets live in"),
    Need(name="guild_messages", why="hears what is said in tickets' conversations"),
    Need(name="dm_messages", why="hears what people write to the desk"),
    Need(name="guild_reactions", why="makes a ticket of a message by a reaction"),
    Need(
        name="message_content",
        why="reads what is said without a mention; without it buttons and forms do all of it",
        is_optional=True,
    ),
)
"""Every intent of the gateway that the desk connects with."""


def bits(names: Iterable[str]) -> int:
    """Return these permissions as Discord's number."""
    return sum(1 << BITS[name] for name in set(names))


def asked_for() -> int:
    """Return the permissions of the invitation as Discord's number."""
    return bits(need.name for need in PERMISSIONS)


def invite_link(application: str = "", guild: str = "") -> str:
    """Return the link by which an admin lets the app into a guild."""
    asked = {
        "client_id": application or YOUR_APPLICATION,
        "scope": " ".join(SCOPES),
        "permissions": str(asked_for()),
    }
    return f"{LINK}?{urlencode(asked | ({'guild_id': guild} if guild else {}))}"
