"""What there is in a Slack workspace: people, channels, messages, files, views."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
ChannelKind = Literal["public", "private", "im"]

ID_SHAPES = {
    "public": re.compile(r"C[A-Z0-9]{2,}"),
    "private": re.compile(r"[CG][A-Z0-9]{2,}"),
    "im": re.compile(r"D[A-Z0-9]{2,}"),
    "person": re.compile(r"[UW][A-Z0-9]{2,}"),
}


class ApiRefused(Exception):
    """A method answers `{"ok": false, "error": ...}`, with whatever else belongs to the answer."""

    def __init__(self, error: str, *messages: str, **more: object) -> None:
        super().__init__(error, *messages)
        self.error = error
        self.more: Json = dict(more)
        if messages:
            self.more["response_metadata"] = {"messages": [f"[ERROR] {m}" for m in messages]}


@dataclass(slots=True, eq=False)
class Person:
    """A member of the workspace, a bot, a guest, or a stranger from another workspace."""

    id: str
    name: str
    real_name: str
    email: str
    tz: str = "Europe/Berlin"
    tz_offset: int = 3600
    locale: str = "en-US"
    team: str = "T0DESK"
    is_bot: bool = False
    is_guest: bool = False
    is_single_channel_guest: bool = False
    is_stranger: bool = False
    is_deactivated: bool = False
    is_admin: bool = False

    @property
    def mention(self) -> str:
        """What Slack puts into a text for a mention of this person."""
        return f"<@{self.id}>"


@dataclass(slots=True, eq=False)
class Channel:
    """A public or private channel, or a direct message between two."""

    id: str
    name: str
    kind: ChannelKind = "public"
    members: set[str] = field(default_factory=set)
    is_archived: bool = False
    is_shared: bool = False
    created_at: float = 0

    @property
    def event_kind(self) -> str:
        """What events call this kind of channel."""
        return {"public": "channel", "private": "group", "im": "im"}[self.kind]


@dataclass(slots=True, eq=False)
class StoredFile:
    """A file in Slack; without content it was announced but not uploaded yet."""

    id: str
    name: str
    owner: str
    length: int
    mimetype: str = "application/octet-stream"
    title: str = ""
    alt_text: str = ""
    content: bytes | None = None
    is_complete: bool = False
    shares: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Message:
    """A message as it stands now; `versions` keeps how it read before each edit."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    metadata: Json | None = None
    files: list[StoredFile] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    bot_id: str | None = None
    subtype: str | None = None
    ephemeral_for: str | None = None
    is_deleted: bool = False
    is_broadcast: bool = False
    edited_at: str | None = None
    visible_at: float = 0
    versions: list[tuple[str, list[Json]]] = field(default_factory=list)

    @property
    def is_reply(self) -> bool:
        """True for an answer in a thread, not for the message that the thread hangs on."""
        return self.thread_ts not in (None, self.ts)


@dataclass(slots=True, eq=False)
class View:
    """A modal on somebody's stack, or somebody's home tab."""

    id: str
    user: str
    payload: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    state: dict[str, Json] = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        """The blocks on show."""
        blocks: list[Json] = self.payload["blocks"]
        return blocks

    @property
    def title(self) -> str:
        """A modal's heading; empty for a home tab."""
        return str(self.payload.get("title", {}).get("text", ""))


@dataclass(slots=True)
class Trigger:
    """The right to open one form, for three seconds."""

    user: str
    given_at: float
    is_used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """The right to answer an interaction five times within half an hour."""

    channel: str
    user: str
    given_at: float
    message: Message | None = None
    uses: int = 0


@dataclass(slots=True)
class App:
    """The app as its manifest configures it, and the secrets it was given."""

    scopes: set[str]
    events: set[str]
    commands: dict[str, bool] = field(default_factory=dict)  # name: are mentions in it escaped
    shortcuts: set[str] = field(default_factory=set)  # callback ids of global shortcuts
    message_shortcuts: set[str] = field(default_factory=set)
    has_home_tab: bool = True
    has_messages_tab: bool = True
    is_messages_tab_read_only: bool = False
    id: str = "A0DESK"
    bot_user: str = "U0BOT"
    bot_id: str = "B0DESK"
    name: str = "chatdesk"
    bot_token: str = "xoxb-loopback"
    app_token: str = "xapp-loopback"
    client_id: str = "1.2"
    client_secret: str = "loopback-client-secret"
    app_token_scopes: set[str] = field(default_factory=lambda: {"connections:write"})
    signing_secret: str = "loopback-signing-secret"
    token_trouble: str | None = None  # token_revoked, account_inactive, ...
