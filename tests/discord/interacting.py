"""What people do in Discord: commands, buttons, menus, forms and words, and what they are shown."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.discord.answers import (
    COMMAND,
    COMPLETE,
    COMPONENT,
    EPHEMERAL,
    MESSAGE,
    MODAL,
    SUBMIT,
    UPDATE,
    Asked,
)
from tests.discord.filling import fill
from tests.discord.gateway import Gateway
from tests.discord.pressing import control
from tests.discord.rest_api import RestApi
from tests.discord.world import DIRECT, FORUM, Json, Refused, World

ANSWERED_WITHIN = 60.0
"""Seconds that somebody waits for an answer; Discord's three are no measure of a busy machine."""

KINDS = {"words": 3, "reason": 3, "text": 3, "until": 3, "topic": 3, "queue": 3, "which": 3}
KINDS |= {"where": 3, "code": 3, "priority": 3, "number": 4, "other": 4, "person": 6, "agent": 6}


@dataclass(slots=True)
class Seen:
    """What one person alone is shown: messages, and the form that is open, below which message."""

    messages: list[Json] = field(default_factory=list)
    modal: Json | None = None
    where: str = ""
    below: Json | None = None


class Interacting:
    """People in the world."""

    def __init__(self, world: World, rest: RestApi, gateway: Gateway) -> None:
        self.world = world
        self.rest = rest
        self.gateway = gateway
        self.host = ""
        self.answered_within = ANSWERED_WITHIN
        self.elsewhere = ""
        """Names another server in which people are for the moment, and their channels with them."""
        self._asked: dict[str, Asked] = {}
        self._seen: dict[str, Seen] = {}
        rest.answered = self._answered
        rest.followed = self._followed

    # --- who and where ---

    def user(self, name: str) -> str:
        """Let somebody be there, and return their id."""
        return str(self.world.user(name)["id"])

    def text_channel(self, name: str) -> str:
        """Make a text channel."""
        return str(self.world.channel(name)["id"])

    def forum(self, name: str, tags: Sequence[Json] = ()) -> str:
        """Make a forum."""
        return str(self.world.channel(name, FORUM, tags)["id"])

    def direct(self, user: str) -> str:
        """Return somebody's direct messages with the bot."""
        return str(self.world.direct(user)["id"])

    def posts(self, forum: str) -> list[Json]:
        """Return the threads and posts of a channel, oldest first."""
        found = [one for one in self.world.threads() if one["parent_id"] == forum]
        return sorted(found, key=lambda one: int(one["id"]))

    def messages(self, channel: str) -> list[Json]:
        """Return what stands in a channel, oldest first."""
        found = self.world.messages[channel].values()
        return sorted(found, key=lambda one: int(one["id"]))

    def seen_by(self, user: str) -> list[Json]:
        """Return what this person alone was shown, oldest first."""
        return self._of(user).messages

    def form_of(self, user: str) -> Json:
        """Return the form that somebody has open."""
        modal = self._of(user).modal
        assert modal is not None, "no form is open"
        return modal

    def has_form(self, user: str) -> bool:
        """Tell whether somebody has a form open."""
        return self._of(user).modal is not None

    def _of(self, user: str) -> Seen:
        return self._seen.setdefault(user, Seen())

    # --- doing ---

    async def says(
        self,
        user: str,
        channel: str,
        text: str,
        files: Sequence[Json] = (),
        answers: str = "",
        *,
        pings: bool = True,
    ) -> Json:
        """Let somebody say something, perhaps in answer to a message, whose author it pings."""
        asked: Json = {"content": text, "attachments": list(files), "pings": pings}
        if answers:
            asked["message_reference"] = {"message_id": answers, "channel_id": channel}
        said = self.world.say(channel, user, asked)
        await self.gateway.settled()
        return said

    async def edits(self, message: Json, text: str) -> None:
        """Let the author change what they said."""
        self.world.change(message["channel_id"], message["id"], {"content": text})
        await self.gateway.settled()

    async def deletes(self, message: Json) -> None:
        """Let the author take back what they said."""
        self.world.remove(message["channel_id"], message["id"])
        await self.gateway.settled()

    async def reacts(self, user: str, message: Json, emoji: str) -> None:
        """Let somebody put an emoji on a message."""
        told = {
            "user_id": user,
            "channel_id": message["channel_id"],
            "message_id": message["id"],
            "emoji": {"id": None, "name": emoji},
            "member": self.world.member(user),
            "guild_id": self.world.guild,
            "burst": False,
            "type": 0,
        }
        self.gateway.dispatch("MESSAGE_REACTION_ADD", told)
        await self.gateway.settled()

    async def calls_command(
        self, user: str, channel: str, name: str, sub: str, **options: Any
    ) -> Json:
        """Let somebody give a command, and return what it is answered."""
        given = [
            {"name": key, "type": KINDS[key], "value": value} for key, value in options.items()
        ]
        data = {
            "id": self.world.new_id(),
            "name": name,
            "type": 1,
            "options": [{"name": sub, "type": 1, "options": given}],
            "resolved": self._people(one["value"] for one in given if one["type"] == 6),
        }
        return await self.does(COMMAND, user, channel, data)

    async def completes(
        self, user: str, channel: str, name: str, sub: str, option: str, typed: str
    ) -> list[Json]:
        """Let somebody begin to type an option, and return what they are offered."""
        focused = {"name": option, "type": KINDS[option], "value": typed, "focused": True}
        data = {
            "id": self.world.new_id(),
            "name": name,
            "type": 1,
            "options": [{"name": sub, "type": 1, "options": [focused]}],
        }
        answer = await self.does(COMPLETE, user, channel, data)
        return list(answer["data"]["choices"])

    async def uses_menu(self, user: str, name: str, message: Json) -> Json:
        """Let somebody use a command of a message's menu."""
        data = {
            "id": self.world.new_id(),
            "name": name,
            "type": 3,
            "target_id": message["id"],
            "resolved": {"messages": {message["id"]: message}},
        }
        return await self.does(COMMAND, user, message["channel_id"], data)

    async def clicks(self, user: str, message: Json, label: str) -> Json:
        """Let somebody click a button, or choose from a menu, of a message."""
        found, value = control(message["components"], label)
        data: Json = {"custom_id": found["custom_id"], "component_type": found["type"]}
        data |= {"id": found["id"]} if value is None else {"values": [value]}
        return await self.does(COMPONENT, user, message["channel_id"], data, message)

    async def submits(
        self,
        user: str,
        typed: Mapping[str, str | Sequence[str]] | None = None,
        files: Sequence[Json] = (),
    ) -> Json:
        """Let somebody send the form they have open."""
        seen = self._of(user)
        data = fill(self.form_of(user), typed, files)
        chosen = [one["component"] for one in data["components"] if "component" in one]
        people = [value for one in chosen if one["type"] == 5 for value in one["values"]]
        data["resolved"] |= self._people(people)
        seen.modal = None
        return await self.does(SUBMIT, user, seen.where, data, seen.below)

    def _people(self, chosen: Iterable[Any]) -> Json:
        """Return what Discord says of people who were chosen."""
        return {"users": {one: self.world.users[one] for one in chosen if one in self.world.users}}

    def file(self, name: str, content: bytes, media_type: str = "text/plain") -> Json:
        """Return a file as Discord describes it."""
        return self.rest.files.keep(name, content, media_type)

    async def file_content(self, request: web.Request) -> web.Response:
        """Hand a file out."""
        return web.Response(body=self.rest.files.content(request.match_info["id"]))

    # --- interactions ---

    async def does(
        self, kind: int, user: str, channel: str, data: Json, message: Json | None = None
    ) -> Json:
        """Let somebody do whatever a client of any time can, and return what it is answered."""
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        made, token = self.world.new_id(), f"token-{self.world.new_id()}"
        asked = Asked(kind, made, token, user, channel, message, answer)
        self._asked[asked.token] = asked
        self.gateway.dispatch("INTERACTION_CREATE", self._told(asked, kind, data))
        async with asyncio.timeout(self.answered_within):
            return await answer

    def _told(self, asked: Asked, kind: int, data: Json) -> Json:
        place = self.world.found(asked.channel)
        told = {
            "id": asked.id,
            "application_id": self.world.application,
            "type": kind,
            "token": asked.token,
            "version": 1,
            "data": data,
            "channel_id": asked.channel,
            "channel": dict(place),
            "locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": {"0": self.world.guild},
            "context": 1 if place["type"] == DIRECT else 0,
            "app_permissions": str((1 << 50) - 1),
            "attachment_size_limit": 10 << 20,
        }
        if asked.message is not None:
            told["message"] = dict(asked.message)
        if place["type"] == DIRECT:
            return told | {"user": self.world.users[asked.user]}
        member = self.world.member(asked.user)
        if self.elsewhere:
            told["channel"] = dict(place) | {"guild_id": self.elsewhere}
            return told | {"guild_id": self.elsewhere, "member": member | {"roles": []}}
        return told | {"guild_id": self.world.guild, "member": member}

    def _answered(self, interaction: str, token: str, body: Json) -> Json | None:
        asked = self._asked.get(token)
        if asked is None or asked.id != interaction:
            raise Refused(10062, 404)
        if asked.answer.done():
            raise Refused(40060, 400)
        if not asked.takes(body["type"]):
            self.rest.complaints.append(f"{asked.kind} is not answered with {body['type']}")
            raise Refused(50035, 400)
        told = body.get("data") or {}
        if body["type"] == MODAL:
            seen = self._of(asked.user)
            seen.modal, seen.where, seen.below = told, asked.channel, asked.message
        elif body["type"] == MESSAGE:
            asked.shown = self._show(asked, told)
        elif body["type"] == UPDATE and asked.message is not None:
            asked.message.update(told)
        asked.answer.set_result(body)
        return None

    def _show(self, asked: Asked, told: Json) -> Json:
        """Let an answer stand where it was asked for: for one person alone, or for everybody."""
        bot = self.world.bot["id"]
        if not int(told.get("flags") or 0) & EPHEMERAL:
            return self.world.say(asked.channel, bot, told)
        place = self.world.channels[asked.channel]
        shown = self.world._message(self.world.new_id(), place, bot, told)
        self._of(asked.user).messages.append(shown)
        return shown

    def _followed(self, token: str, message: str, method: str, body: Json) -> Json:
        asked = self._asked.get(token)
        if asked is None or not asked.answer.done():
            raise Refused(10015, 404)
        if method == "PATCH" and message == "@original" and asked.shown is not None:
            asked.shown.update(body)
            return asked.shown
        shown = self._show(asked, {"flags": EPHEMERAL, **body})
        asked.shown = asked.shown or shown
        return shown

    def everything_shown(self) -> Iterator[Json]:
        """Go through every message there is, those for one person alone included."""
        for place in self.world.messages.values():
            yield from place.values()
        for seen in self._seen.values():
            yield from seen.messages
