"""The state of one Slack workspace, and how things in it are found or refused."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from itertools import count

from tests.slack.clock import SlackClock
from tests.slack.things import (
    ID_SHAPES,
    ApiRefused,
    App,
    Channel,
    ChannelKind,
    Json,
    Message,
    Person,
    ResponseUrl,
    StoredFile,
    Trigger,
    View,
)

TEAM = "T0DESK"
TEAM_DOMAIN = "loopback"
TRIGGER_LIVES = 3.0  # seconds
RESPONSE_URL_LIVES = 1800.0  # seconds
RESPONSE_URL_USES = 5
STACK_DEPTH = 3


class Workspace:
    """People, channels, messages, files, views, and the one app that is installed."""

    def __init__(self, app: App, clock: SlackClock, team: str = TEAM) -> None:
        self.app = app
        self.team = team
        self.clock = clock
        self.url = ""  # http://127.0.0.1:port, once it is served
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, dict[str, Message]] = {}  # by channel, then by ts
        self.answers: dict[tuple[str, str], list[Message]] = {}  # by channel and thread
        self.ephemerals: list[Message] = []
        self.files: dict[str, StoredFile] = {}
        self.uploads: dict[str, str] = {}  # upload path: file id
        self.stacks: dict[str, list[View]] = {}  # by person
        self.homes: dict[str, View] = {}
        self.chosen: dict[tuple[str, str, str], dict[str, Json]] = {}  # by person and message
        self.groups: dict[str, list[str]] = {}  # user groups
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.visibility_delay = 0.0  # seconds until history and replies show a post of the app
        self.complaints: list[str] = []  # what the app got wrong where Slack answers nothing
        self.announce: Callable[[Json], None] = lambda _event: None
        self._numbers = count(1)
        self._last_ts = 0
        bot = Person(app.bot_user, app.name, app.name, "", is_bot=True)
        self.people[bot.id] = bot

    # --- making -----------------------------------------------------------------------------------

    def new_id(self, letter: str) -> str:
        """An id that Slack could have given."""
        return f"{letter}0{next(self._numbers):08d}"

    def new_ts(self) -> str:
        """The next message time: unique in the workspace, as strings in the order of posting."""
        self._last_ts = max(int(self.clock.now()) * 1_000_000, self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def new_trigger(self, user: str) -> str:
        """A trigger id, good for one form within three seconds."""
        trigger = f"{next(self._numbers)}.{next(self._numbers)}.{secrets.token_hex(16)}"
        self.triggers[trigger] = Trigger(user, self.clock.now())
        return trigger

    def new_response_url(self, channel: str, user: str, message: Message | None = None) -> str:
        """An address that takes five answers within half an hour."""
        key = secrets.token_urlsafe(12)
        self.response_urls[key] = ResponseUrl(channel, user, self.clock.now(), message)
        return f"{self.url}/response/{self.team}/{key}"

    def add_person(self, person: Person) -> Person:
        """Let a person in."""
        _demand_shape("person", person.id)
        self.people[person.id] = person
        return person

    def add_channel(self, channel: Channel) -> Channel:
        """Make a channel or a direct message."""
        _demand_shape(channel.kind, channel.id)
        self.channels[channel.id] = channel
        self.messages[channel.id] = {}
        return channel

    def keep(self, message: Message) -> None:
        """Put a message into its channel and its thread."""
        self.messages[message.channel][message.ts] = message
        if message.is_reply:
            thread = (message.channel, str(message.thread_ts))
            self.answers.setdefault(thread, []).append(message)

    def direct(self, user: str) -> Channel:
        """The direct message between a person and the app; made where it does not exist yet."""
        both = {user, self.app.bot_user}
        for channel in self.channels.values():
            if channel.kind == "im" and channel.members == both:
                return channel
        made = Channel(self.new_id("D"), user, "im", both, created_at=self.clock.now())
        return self.add_channel(made)

    # --- finding ----------------------------------------------------------------------------------

    def person(self, user: str, error: str = "user_not_found") -> Person:
        """The person with that id, or a refusal."""
        if user not in self.people:
            raise ApiRefused(error)
        return self.people[user]

    def bot_can_see(self, channel: Channel) -> bool:
        """True where the app is a member, and for public channels."""
        return channel.kind == "public" or self.app.bot_user in channel.members

    def visible_channel(self, channel: str) -> Channel:
        """The channel, or `channel_not_found` where it does not exist or is hidden from the app."""
        found = self.channels.get(channel)
        if found is None or not self.bot_can_see(found):
            raise ApiRefused("channel_not_found")
        return found

    def joined_channel(self, channel: str) -> Channel:
        """The channel, or a refusal where the app is not a member of it."""
        found = self.visible_channel(channel)
        if self.app.bot_user not in found.members:
            raise ApiRefused("not_in_channel")
        return found

    def message(self, channel: str, ts: str) -> Message:
        """The message, or `message_not_found`."""
        found = self.messages.get(channel, {}).get(ts)
        if found is None or found.is_deleted:
            raise ApiRefused("message_not_found")
        return found

    def thread(self, channel: str, ts: str) -> list[Message]:
        """A message and the answers to it, oldest first; empty where it does not exist."""
        root = self.messages.get(channel, {}).get(ts)
        if root is None:
            return []
        return [root, *(m for m in self.answers.get((channel, ts), ()) if not m.is_deleted)]

    def views(self) -> list[View]:
        """Every view on show, modals and home tabs."""
        return [*(view for stack in self.stacks.values() for view in stack), *self.homes.values()]

    # --- using up ---------------------------------------------------------------------------------

    def use_trigger(self, trigger: str) -> str:
        """Exchange a trigger id for the person it stands for, once and within three seconds."""
        found = self.triggers.get(trigger)
        if found is None:
            raise ApiRefused("invalid_trigger_id")
        if found.is_used:
            raise ApiRefused("exchanged_trigger_id")
        if self.clock.now() - found.given_at > TRIGGER_LIVES:
            raise ApiRefused("expired_trigger_id")
        found.is_used = True
        return found.user

    def use_response_url(self, key: str) -> ResponseUrl:
        """Count one use of a response address, of five within half an hour."""
        found = self.response_urls.get(key)
        if found is None:
            raise ApiRefused("invalid_url")
        if self.clock.now() - found.given_at > RESPONSE_URL_LIVES:
            raise ApiRefused("expired_url")
        if found.uses >= RESPONSE_URL_USES:
            raise ApiRefused("used_url")
        found.uses += 1
        return found


def _demand_shape(kind: ChannelKind | str, given: str) -> None:
    shape = ID_SHAPES[kind]
    if not shape.fullmatch(given):
        raise ValueError(f"{given} cannot be the id of a {kind}: Slack's look like {shape.pattern}")
