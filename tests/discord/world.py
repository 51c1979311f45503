"""The people, channels and messages of one Discord server, in the shapes Discord tells them."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

TEXT, DIRECT, PUBLIC_THREAD, PRIVATE_THREAD, FORUM = 0, 1, 11, 12, 15
THREADS = frozenset({PUBLIC_THREAD, PRIVATE_THREAD})
NOW = "2026-11-23T14:05:00.000000+00:00"
NONCE_LIVES = 300.0
WORDS: Json = {"content": "", "embeds": [], "attachments": [], "components": []}
"""What of a message an app does not get to read without the intent, and what it is told instead."""

REFERRING = ("message_reference", "message_snapshots")
STUCK_ON = ("poll", "sticker_items")
EPOCH = 1_420_070_400_000


class Refused(Exception):
    """Discord says no: its number, and the HTTP status."""

    def __init__(self, code: int, status: int = 403) -> None:
        super().__init__(str(code))
        self.code = code
        self.status = status


class World:
    """One server and the direct messages around it. `now` counts seconds, moved by hand."""

    def __init__(self) -> None:
        self._ids = itertools.count(1_400_000_000_000_000_000, 1 << 22)
        self.now = 0.0
        self.users: dict[str, Json] = {}
        self.guild = self.new_id()
        self.application = self.new_id()
        self.bot = self.user("chatdesk", is_bot=True)
        self.channels: dict[str, Json] = {}
        self.members: dict[str, set[str]] = defaultdict(set)
        self.messages: dict[str, dict[str, Json]] = defaultdict(dict)
        self.commands: dict[str, list[Json]] = {}
        self.closed_to_bot: set[str] = set()
        self.left: set[str] = set()
        self.roles: dict[str, list[str]] = defaultdict(list)
        self.roles_there: list[str] = []
        self.most_threads = 1000
        self.may_read_content = True
        """Whether the Message Content Intent is switched on for the app."""
        self._nonces: dict[tuple[str, str], tuple[float, str]] = {}
        self._pinged: dict[str, Json] = {}
        self._directs: dict[str, str] = {}
        self.tell: Callable[[str, Json], None] = lambda _event, _data: None
        self.starts: Callable[[], Json] = dict

    def new_id(self) -> str:
        """Return an id never used before."""
        return str(next(self._ids))

    # --- people and channels ---

    def user(self, name: str, *, is_bot: bool = False) -> Json:
        """Let somebody be there."""
        found: Json = {
            "id": self.new_id(),
            "username": name.lower(),
            "global_name": name,
            "discriminator": "0",
            "avatar": None,
            "bot": is_bot,
        }
        self.users[found["id"]] = found
        return found

    def channel(self, name: str, kind: int = TEXT, tags: Iterable[Json] = ()) -> Json:
        """Make a channel of the server."""
        made: Json = {
            "id": self.new_id(),
            "type": kind,
            "guild_id": self.guild,
            "name": name,
            "position": len(self.channels),
            "permission_overwrites": [],
            "parent_id": None,
            "nsfw": False,
            "flags": 0,
        }
        if kind == FORUM:
            made["available_tags"] = [{"id": self.new_id(), **tag} for tag in tags]
        self.channels[made["id"]] = made
        return made

    def direct(self, user: str) -> Json:
        """Return the channel of direct messages between somebody and the bot."""
        if user not in self.users:
            raise Refused(10013, 404)
        if user not in self._directs:
            made: Json = {"id": self.new_id(), "type": DIRECT, "recipients": [self.users[user]]}
            self.channels[made["id"]] = made
            self._directs[user] = made["id"]
        return self.channels[self._directs[user]]

    def found(self, channel: str) -> Json:
        """Return a channel; Refused if there is none."""
        if channel not in self.channels:
            raise Refused(10003, 404)
        return self.channels[channel]

    def thread(self, parent: str, asked: Mapping[str, Any], owner: str) -> Json:
        """Make a thread or a post."""
        above = self.found(parent)
        self.check_room()
        kind = PUBLIC_THREAD if above["type"] == FORUM else int(asked.get("type") or PRIVATE_THREAD)
        thread = self.new_id()
        made = {
            "id": thread,
            "type": kind,
            "guild_id": self.guild,
            "parent_id": parent,
            "owner_id": owner,
            "name": asked["name"],
            "last_message_id": None,
            "message_count": 0,
            "member_count": 1,
            "applied_tags": list(asked.get("applied_tags") or ()),
            "thread_metadata": {
                "archived": False,
                "locked": False,
                "invitable": bool(asked.get("invitable", True)),
                "auto_archive_duration": asked.get("auto_archive_duration") or 1440,
                "archive_timestamp": _made_at(thread),
                "create_timestamp": _made_at(thread),
            },
        }
        self.channels[made["id"]] = made
        self.members[made["id"]].add(owner)
        self.tell("THREAD_CREATE", dict(made))
        return made

    def check_room(self) -> None:
        """Refuse one more active thread where there are as many as there can be."""
        active = [one for one in self.threads() if not one["thread_metadata"]["archived"]]
        if len(active) >= self.most_threads:
            raise Refused(160006, 400)

    def threads(self) -> list[Json]:
        """Return every thread of the server."""
        return [one for one in self.channels.values() if one["type"] in THREADS]

    def alter(self, thread: str, **changes: Any) -> None:
        """Let somebody who may change a thread: archived, locked."""
        found = self.found(thread)
        found["thread_metadata"].update(changes)
        self.tell("THREAD_UPDATE", dict(found))

    def delete(self, channel: str) -> None:
        """Let somebody who may delete a channel or thread, with all that is in it."""
        gone = self.channels.pop(channel)
        self.messages.pop(channel, None)
        for inside in [one for one in self.threads() if one["parent_id"] == channel]:
            self.channels.pop(inside["id"])
            self.messages.pop(inside["id"], None)
        is_thread = gone["type"] in THREADS
        self.tell("THREAD_DELETE" if is_thread else "CHANNEL_DELETE", dict(gone))

    # --- messages ---

    def say(
        self, channel: str, author: str, asked: Mapping[str, Any], message_id: str = ""
    ) -> Json:
        """Let somebody say something; the same nonce within five minutes says nothing new."""
        place = self.found(channel)
        if place["type"] == FORUM:
            raise Refused(50024, 400)
        self._check_direct(place, author)
        if place.get("thread_metadata", {}).get("locked") and author != self.bot["id"]:
            raise Refused(160005)
        if place.get("thread_metadata", {}).get("archived"):
            self.check_room()
        nonce = str(asked.get("nonce") or "")
        known = self._nonces.get((author, nonce)) if nonce else None
        if known and asked.get("enforce_nonce") and self.now - known[0] < NONCE_LIVES:
            if known[1] not in self.messages[channel]:
                raise Refused(10008, 404)
            return self.messages[channel][known[1]]
        message = self._message(message_id or self.new_id(), place, author, asked)
        self.messages[channel][message["id"]] = message
        if nonce:
            self._nonces[author, nonce] = (self.now, message["id"])
        if place["type"] in THREADS:
            place["thread_metadata"]["archived"] = False
        place["last_message_id"] = message["id"]
        self.tell("MESSAGE_CREATE", self._told(message) | ({"nonce": nonce} if nonce else {}))
        return message

    def _check_direct(self, place: Json, author: str) -> None:
        is_ours = place["type"] == DIRECT and author == self.bot["id"]
        if is_ours and place["recipients"][0]["id"] in self.closed_to_bot:
            raise Refused(50007)

    def _mentioned(self, message: str, content: str) -> list[Json]:
        """Return whom a message mentions: those it names, and whom it answers with a ping."""
        found = [one for one in self.users.values() if f"<@{one['id']}>" in content]
        pinged = self._pinged.get(message)
        return [*found, pinged] if pinged is not None and pinged not in found else found

    def for_app(self, message: Json, *, reads_content: bool) -> Json:
        """Return a message, whole or changed, as an app is told it.

        Without the intent it reads what it said itself, what is said in its direct messages, and
        what mentions it: https://docs.discord.com/developers/events/gateway#message-content-intent
        """
        bot = self.bot["id"]
        is_ours = message["author"]["id"] == bot
        is_to_us = any(one["id"] == bot for one in message["mentions"])
        is_direct = self.channels[message["channel_id"]]["type"] == DIRECT
        if reads_content or is_ours or is_to_us or is_direct:
            return message
        told = {**message, **WORDS}
        told.pop("poll", None)
        if "message_snapshots" in told:
            inside = [one["message"] for one in told["message_snapshots"]]
            told["message_snapshots"] = [{"message": {**one, **WORDS}} for one in inside]
        return told

    def _message(self, message: str, place: Json, author: str, asked: Mapping[str, Any]) -> Json:
        content = str(asked.get("content") or "")
        at = asked.get("message_reference")
        if at and asked.get("pings"):
            self._pinged[message] = self.message(place["id"], at["message_id"])["author"]
        return {
            "id": message,
            "channel_id": place["id"],
            "author": self.users[author],
            "content": content,
            "timestamp": NOW,
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": self._mentioned(message, content),
            "mention_roles": [],
            "attachments": list(asked.get("attachments") or ()),
            "embeds": [],
            "components": _with_ids(asked.get("components") or []),
            "pinned": False,
            **{name: asked[name] for name in (*REFERRING, *STUCK_ON) if name in asked},
            "type": int(asked.get("type") or 0),
            "flags": int(asked.get("flags") or 0),
        }

    def _told(self, message: Json) -> Json:
        place = self.channels[message["channel_id"]]
        told = dict(message) | {"channel_type": place["type"]}
        if place["type"] != DIRECT:
            told |= {"guild_id": self.guild, "member": self.member(message["author"]["id"])}
            del told["member"]["user"]
        return told

    def member(self, user: str) -> Json:
        """Return somebody as a member of the server; Refused if they are none."""
        if user not in self.users or user in self.left:
            raise Refused(10007, 404)
        return {
            "user": self.users[user],
            "roles": list(self.roles[user]),
            "joined_at": NOW,
            "deaf": False,
            "mute": False,
            "flags": 0,
            "permissions": str((1 << 50) - 1),
        }

    def change(self, channel: str, message: str, asked: Mapping[str, Any]) -> Json:
        """Let a message be changed."""
        found = self.message(channel, message)
        if self.channels[channel].get("thread_metadata", {}).get("archived"):
            raise Refused(50083, 400)
        changed = {name: asked[name] for name in ("content", "flags") if name in asked}
        if "content" in asked:
            changed["mentions"] = self._mentioned(message, asked["content"] or "")
        if "components" in asked:
            changed["components"] = _with_ids(asked["components"])
        found.update(changed, edited_timestamp=NOW)
        self.tell("MESSAGE_UPDATE", self._told(found))
        return found

    def message(self, channel: str, message: str) -> Json:
        """Return a message; Refused if there is none."""
        self.found(channel)
        if message not in self.messages[channel]:
            raise Refused(10008, 404)
        return self.messages[channel][message]

    def remove(self, channel: str, message: str) -> None:
        """Let a message be deleted."""
        self.message(channel, message)
        del self.messages[channel][message]
        told = {"id": message, "channel_id": channel}
        if self.channels[channel]["type"] != DIRECT:
            told["guild_id"] = self.guild
        self.tell("MESSAGE_DELETE", told)


def _made_at(thing: str) -> str:
    """Return when something was made, by its id."""
    return datetime.fromtimestamp(((int(thing) >> 22) + EPOCH) / 1000, UTC).isoformat()


def _with_ids(components: list[Json]) -> list[Json]:
    """Give every component without a number the next one, as Discord does."""
    numbers = itertools.count(1)

    def numbered(one: Json) -> Json:
        made = dict(one)
        if not made.get("id"):
            made["id"] = next(numbers)
        if "components" in made:
            made["components"] = [numbered(inner) for inner in made["components"]]
        return made

    return [numbered(one) for one in components]
