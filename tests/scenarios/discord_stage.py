"""Discord as a stage: a real desk and a loopback Discord, between them the real library.

What a story says people do, they do there as Discord lets them: a choice that changes a form is an
option of the command, and a form of more than five fields goes on behind a button.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from chatdesk import bootstrap
from chatdesk.adapters.discord.commands import parts_of
from chatdesk.adapters.discord.components import carried
from chatdesk.adapters.discord.modal import field_name, form_id
from chatdesk.adapters.discord.offers import NEXT, SEND
from chatdesk.adapters.discord.platform import DiscordPlatform
from chatdesk.config import PolicySource, Settings
from chatdesk.config.source import example_file
from chatdesk.ui.cards import Line, Quote
from chatdesk.ui.exchange import (
    Answer,
    Clicked,
    Done,
    Edited,
    Interaction,
    Removed,
    Said,
    Submitted,
    Typed,
)
from chatdesk.ui.forms import Values
from chatdesk.verbs import TYPED, Audience
from tests.discord.filling import NotLetThrough
from tests.discord.loopback import LoopbackDiscord, Served
from tests.discord.reference import lint_message, reads, walk
from tests.discord.rest_api import TOKEN
from tests.discord.world import Json
from tests.scenarios.desk_stage import MONDAY, DeskStage
from tests.scenarios.stage import Seen

NAMES = {"mara": "Mara Lind", "jo": "Jo Park", "sam": "Sam Reyes", "dana": "Dana Wolf"}
QUEUES = {"it-help": ("jo", "sam"), "facilities": ("sam",), "people": ("sam",)}
"""The queues' forums, by their names in policies of the local workspace, and who sees them."""


class DiscordStage(DeskStage):
    """A desk in Discord."""

    def __init__(self, data_dir: Path, url: str, specs: Path) -> None:
        """Put a desk on the stage, over a migrated database, under the example's policy."""
        self.moment = MONDAY
        self.discord = LoopbackDiscord(specs)
        self._data_dir, self._url = data_dir, url
        self.ids = {who: self.discord.user(name) for who, name in NAMES.items()}
        self.support = self.discord.text_channel("help")
        self.forums = {name: self.discord.forum(name) for name in QUEUES}
        self._said: dict[str, list[tuple[Interaction, Answer]]] = {}
        self._whispered: dict[str, int] = dict.fromkeys(NAMES, 0)
        (data_dir / "desk.yaml").write_text(self.here(example_file().read_text("utf-8")), "utf-8")

    def here(self, policy: str) -> str:
        """Return a policy of the local workspace with its people and places in Discord."""
        for who, user in self.ids.items():
            policy = policy.replace(f"local:{who}", f"discord:{user}")
        for name, forum in self.forums.items():
            policy = policy.replace(f"local: {name}", f'discord: "{forum}"')
        return policy

    # --- running ---

    @asynccontextmanager
    async def working(self) -> AsyncIterator[DiscordStage]:
        """Serve Discord, and let the desk work in it while the story is told."""
        async with self.discord.serving() as served, self._desk_running(served):
            yield self
            await self.settle()
        assert self.discord.rest.complaints == [], self.discord.rest.complaints
        bot = self.discord.world.bot
        ours = [one for one in self.discord.everything_shown() if one["author"] == bot]
        live = [problem for one in ours for problem in lint_message(one) if "live" in problem]
        assert not live, live

    @asynccontextmanager
    async def _desk_running(self, served: Served) -> AsyncIterator[None]:
        settings = Settings(
            data_dir=self._data_dir,
            database_url=SecretStr(self._url),
            discord_token=SecretStr(TOKEN),
            discord_guild=self.discord.world.guild,
            discord_support_channel=self.support,
            discord_api_url=served.api_url,
            discord_gateway_url=served.gateway_url,
        )
        policy = PolicySource(self._data_dir / "desk.yaml")
        self.parts = bootstrap.assemble(settings, policy, real_time=lambda: self.moment)
        self._listen_to_the_desk()
        hearing = asyncio.create_task(self._platform.run())
        async with self.delivering():
            try:
                await self.discord.connected()
                yield
            finally:
                hearing.cancel()
                await asyncio.gather(hearing, return_exceptions=True)
                await self._platform.close()

    @property
    def _platform(self) -> DiscordPlatform:
        assert self.parts.discord is not None
        return self.parts.discord

    def _listen_to_the_desk(self) -> None:
        """Remember what the desk says, to see that all of it is shown."""
        telling = self._platform.telling
        receive = telling.desk.receive

        def listening(interaction: Interaction) -> Answer:
            answer = receive(interaction)
            self._said.setdefault(interaction.by.handle, []).append((interaction, answer))
            return answer

        telling.desk = replace(telling.desk, receive=listening)

    async def quiet_outside(self) -> None:
        """Wait until everything has arrived, at the desk and from it."""
        await self.discord.gateway.settled()
        await self._platform.telling.settle()

    # --- seeing ---

    def home_of(self, who: str) -> str:
        """Return somebody's direct conversation with the desk."""
        return self.discord.direct(self.ids[who])

    def seen_by(self, who: str) -> list[Seen]:
        """Return what stands where somebody is, and what only they were shown just now."""
        return [_seen(one) for one in self._before(who)]

    def _before(self, who: str) -> list[Json]:
        user = self.ids[who]
        channels = [self.home_of(who)]
        for name, forum in self.forums.items():
            if who in QUEUES[name]:
                channels += [post["id"] for post in self.discord.posts(forum)]
        threads = self.discord.posts(self.support)
        members = self.discord.world.members
        channels += [one["id"] for one in threads if user in members[one["id"]]]
        found = [message for channel in channels for message in self.discord.messages(channel)]
        found += self.discord.seen_by(user)[self._whispered[who] :]
        return sorted(found, key=lambda one: int(one["id"]))

    # --- acting ---

    async def act(self, who: str, done: Done, place: str, thread: str) -> Answer:
        """Do in Discord what a person does for that, and return what the desk answered."""
        user = self.ids[who]
        self._said.pop(f"discord:{user}", None)
        self._whispered[who] = len(self.discord.seen_by(user))
        match done:
            case Typed(text=text):
                await self._types(who, text, place)
            case Clicked(id=value):
                await self._clicks(who, value)
            case Said(text=text):
                await self._speaks(user, text, place, thread)
            case Edited(message=message, text=text):
                await self.discord.edits(self.discord.world.message(place, message), text)
            case Removed(message=message):
                await self.discord.deletes(self.discord.world.message(place, message))
            case Submitted():
                try:
                    await self._submits(who, done)
                except NotLetThrough as problem:
                    return Answer(errors={"": str(problem)}, is_refusal=True)
        await self.quiet_outside()
        return self._answered(who)

    async def says(self, who: str, text: str, place: str, thread: str) -> Answer:
        """Write words; where a form is offered in answer, open it."""
        answer = await self.act(who, Said(text=text, message=""), place, thread)
        if answer.form is None:
            return answer
        await self._clicks(who, f"{NEXT}:{answer.form.id}")
        return answer

    def _answered(self, who: str) -> Answer:
        said = self._said.get(f"discord:{self.ids[who]}", [])
        acted = [answer for interaction, answer in said if not _is_refresh(interaction)]
        answer = acted[-1] if acted else said[-1][1] if said else Answer()
        elements = answer.card.elements if answer.card else ()
        texts = [one.text for one in elements if isinstance(one, Line | Quote)]
        read = _squeezed("".join(reads(one["components"]) for one in self._before(who)))
        missing = [text for text in texts if _squeezed(text) not in read]
        assert not missing, f"not shown: {missing}"
        return answer

    async def _types(self, who: str, text: str, place: str) -> None:
        words = text.strip().removeprefix("/ticket").strip()
        name, _, rest = words.partition(" ")
        verb = TYPED.get(name)
        if words and verb is None:
            # There is no such command: all that is left is to say it.
            bot = self.discord.world.bot["id"]
            await self.discord.says(self.ids[who], place, f"<@{bot}> {words}")
            return
        group = "ticket" if verb is None or verb.audience is Audience.ANYONE else "desk"
        options = self._options(name, rest) if verb else {}
        await self.discord.calls_command(self.ids[who], place, group, name or "menu", **options)

    def _options(self, name: str, rest: str) -> dict[str, Any]:
        options: dict[str, Any] = {}
        parts = [part for part in parts_of(TYPED[name]) if name != "away"]
        if name == "away":
            return {"until": rest.removeprefix("until ").strip()}
        for index, part in enumerate(parts):
            rest = rest.removeprefix("into ").strip()
            word, _, behind = rest.partition(" ")
            if not word:
                break
            if part.option in {"number", "other"} and not word.lstrip("#").isdigit():
                continue
            is_last = index == len(parts) - 1
            if part.choices and word not in part.choices:
                continue
            value: Any = rest if is_last and not part.choices else word
            if part.option in {"number", "other"}:
                value = int(word.lstrip("#"))
            elif part.option in {"person", "agent"}:
                value = self.ids.get(word.removeprefix("@").lower(), "123456789012345678")
            options[part.option] = value
            rest = behind
        return options

    async def _speaks(self, user: str, text: str, place: str, thread: str) -> None:
        is_direct = place in {self.discord.direct(one) for one in self.ids.values()}
        answered = thread if is_direct and thread in self.discord.world.messages[place] else ""
        for who, known in self.ids.items():
            text = text.replace(f"@{who}", f"<@{known}>")
        text = text.replace("@chatdesk", f"<@{self.discord.world.bot['id']}>")
        await self.discord.says(user, place, text, answers=answered)

    async def _clicks(self, who: str, value: str) -> None:
        """Click the newest button that asks for this; one of old if there is none any more."""
        found = [one for one in self._before(who) if value in _buttons(one).values()]
        message = found[-1] if found else self._of_old(who, value)
        label = next(label for label, one in _buttons(message).items() if one == value)
        await self.discord.clicks(self.ids[who], message, label)

    def _of_old(self, who: str, value: str) -> Json:
        button = {"type": 2, "style": 2, "label": "Of old", "custom_id": f"c0:{value}", "id": 2}
        row = {"type": 1, "id": 1, "components": [button]}
        return {"id": "1", "channel_id": self.home_of(who), "components": [row]} | {
            one: self.discord.world.say(self.support, self.discord.world.bot["id"], {})[one]
            for one in ("author", "content", "attachments", "embeds", "flags", "type", "timestamp")
        }

    # --- forms ---

    async def _submits(self, who: str, done: Submitted) -> None:
        user = self.ids[who]
        if done.is_refresh:
            await self._chooses(who, done)
            return
        if not self.discord.has_form(user) or not self._is_open(user, done.id):
            await self._clicks(who, done.id)
        left: Values = dict(done.values)
        while self.discord.has_form(user) and self._is_open(user, done.id):
            shown = len(self.discord.seen_by(user))
            await self.discord.submits(user, self._typed(user, left))
            await self.quiet_outside()
            new = self.discord.seen_by(user)[shown:]
            buttons = _buttons(new[-1]) if new else {}
            wanted = f"{NEXT}:{done.id}"
            if f"{SEND}:{done.id}" in buttons.values() and not any(left.values()):
                await self._clicks(who, f"{SEND}:{done.id}")
            elif wanted in buttons.values() and not self._was_refused(user):
                await self._clicks(who, wanted)

    async def _chooses(self, who: str, done: Submitted) -> None:
        """Give the command anew with what was chosen, which is how forms change in Discord."""
        given = {"topic": done.values.get("topic"), "words": done.values.get("summary")}
        options = {name: value for name, value in given.items() if value}
        group, name = "ticket", "new"
        if done.id.startswith("for:"):
            group, name = "desk", "for"
            named = str(done.values.get("requester", "")).removeprefix("@")
            options["person"] = self.ids.get(named.lower(), named.rpartition(":")[2])
        await self.discord.calls_command(self.ids[who], self.home_of(who), group, name, **options)

    def _is_open(self, user: str, form: str) -> bool:
        return form_id(self.discord.form_of(user)["custom_id"]) == form

    def _was_refused(self, user: str) -> bool:
        said = self._said.get(f"discord:{user}", [])
        return (bool(said) and bool(said[-1][1].errors)) or any(one[1].errors for one in said)

    def _typed(self, user: str, left: Values) -> dict[str, str | tuple[str, ...]]:
        """Return what is typed into the open page, by its labels, and take it from what is left."""
        typed: dict[str, str | tuple[str, ...]] = {}
        for one in self.discord.form_of(user)["components"]:
            element = one.get("component") or {}
            name, number = field_name(str(element.get("custom_id") or ""))
            value = left.pop(name, None) if not number else None
            if not value:
                continue
            typed[one["label"]] = self._as_shown(element, value)
        return typed

    def _as_shown(self, element: Json, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if element["type"] == 5:
            return self.ids.get(str(value).removeprefix("@").lower(), str(value))
        if "options" not in element:
            return value if isinstance(value, str) else "\n".join(value)
        labels = {str(option["value"]): str(option["label"]) for option in element["options"]}
        if isinstance(value, str):
            return labels.get(value, value)
        return tuple(labels.get(one, one) for one in value)


def _is_refresh(interaction: Interaction) -> bool:
    return isinstance(interaction.done, Submitted) and interaction.done.is_refresh


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _seen(message: Json) -> Seen:
    return Seen(
        message=message["id"],
        place=message["channel_id"],
        thread="",
        author=message["author"]["id"],
        text=f"{reads(message['components'])} {message['content']}".strip(),
        buttons=_buttons(message),
    )


def _buttons(message: Json) -> dict[str, str]:
    """Return everything that acts at once, by its label."""
    found = {}
    for one in walk(message["components"]):
        if one["type"] == 2:
            found[one["label"]] = carried(one["custom_id"]) or ""
        for option in one.get("options", ()):
            found[option["label"]] = option["value"]
    return found
