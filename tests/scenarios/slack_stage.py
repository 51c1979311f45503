"""Slack as a stage: a real desk and a loopback Slack, between them real sockets or real HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from chatdesk import bootstrap
from chatdesk.adapters.http.app import build_app
from chatdesk.adapters.http.server import serve
from chatdesk.adapters.slack.answering import AGAIN
from chatdesk.adapters.slack.front import PATH
from chatdesk.adapters.slack.modal import name_of
from chatdesk.adapters.slack.platform import SlackPlatform
from chatdesk.config import PolicySource, Settings
from chatdesk.config.source import example_file
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
from chatdesk.ui.forms import Field, FieldKind, Values
from tests.scenarios.desk_stage import MONDAY, PATIENCE, DeskStage
from tests.scenarios.slack_reading import (
    assert_all_is_shown,
    button_of_old,
    buttons_in,
    carries,
    form_in,
    seen,
    shown_card,
)
from tests.scenarios.stage import Seen
from tests.slack.delivery import Answer as Told
from tests.slack.filling import NotLetThrough
from tests.slack.loopback import LoopbackSlack, goes_live
from tests.slack.things import Json, Message

Way = Literal["socket", "http"]

PEOPLE: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "mara": ("Mara Lind", "Europe/Berlin", ()),
    "jo": ("Jo Park", "Europe/Berlin", ("it-help",)),
    "sam": ("Sam Reyes", "Europe/Lisbon", ("it-help", "facilities", "people")),
    "dana": ("Dana Wolf", "Europe/Berlin", ()),
}
"""Who is in the workspace, by their names in stories: real name, time zone, and channels."""

CHANNELS = {"it-help": "CITHELP", "facilities": "CFACILITIES", "people": "CPEOPLE"}
"""The queues' homes, by their names in policies of the local workspace."""


class SlackStage(DeskStage):
    """A desk in Slack. What a story says people do, they do there as Slack lets them."""

    def __init__(self, data_dir: Path, url: str, specs: Path, way: Way) -> None:
        """Put a desk on the stage, over a migrated database, under the example's policy."""
        self.moment = MONDAY
        self.slack = LoopbackSlack(specs, clock=self, ack_within=PATIENCE)
        self._data_dir, self._url, self._way = data_dir, url, way
        self._said: dict[str, Answer] = {}
        self._running = AsyncExitStack()
        self._gone: dict[str, dict[str, list[Json]]] = {}
        self.users: dict[str, str] = {}
        for name, channel in CHANNELS.items():
            self.slack.channel(channel, name, kind="private")
        for who, (real_name, zone, places) in PEOPLE.items():
            self.enters(who, real_name, *places, zone=zone)
        (data_dir / "desk.yaml").write_text(self.here(example_file().read_text("utf-8")), "utf-8")

    def now(self) -> float:
        """Slack's time is the desk's, in seconds since 1970 (UTC)."""
        return self.moment.timestamp()

    def here(self, policy: str) -> str:
        """Return a policy of the local workspace with its people and places in Slack."""
        for who, user in self.users.items():
            policy = policy.replace(f"local:{who},", f"slack:{user},")
            policy = policy.replace(f"local:{who}]", f"slack:{user}]")
        for name, channel in CHANNELS.items():
            policy = policy.replace(f"local: {name}", f"slack: {channel}")
        return policy

    def enters(self, who: str, name: str, *places: str, zone: str = "Europe/Berlin") -> None:
        """Let somebody into the workspace and into these channels."""
        user = self.users[who] = f"U{who.upper()}"
        self.slack.user(user, who, real_name=name, tz=zone)
        for place in places:
            self.slack.workspace.channels[CHANNELS[place]].members.add(user)

    # --- running ---

    @asynccontextmanager
    async def working(self) -> AsyncIterator[SlackStage]:
        """Serve Slack, and let the desk work in it while the story is told."""
        async with self.slack.serving(), self._running:
            await self._running.enter_async_context(self._desk_running())
            yield self
            await self.settle()
        assert self.slack.complaints == []
        ours = [one for place in self.slack.workspace.messages.values() for one in place.values()]
        ours = [one for one in [*ours, *self.slack.workspace.ephemerals] if one.bot_id]
        assert [live for one in ours for live in goes_live(one)] == []

    async def restarts(self) -> None:
        """Stop the desk in good order, and start another over the same database."""
        await self._running.aclose()
        if self.slack.http is not None:
            await self.slack.http.close()
        await self._running.enter_async_context(self._desk_running())

    @asynccontextmanager
    async def _desk_running(self) -> AsyncIterator[None]:
        """Start a desk over whatever the database holds, and stop it in good order."""
        app = self.slack.app
        settings = Settings(
            data_dir=self._data_dir,
            database_url=SecretStr(self._url),
            slack_bot_token=SecretStr(app.bot_token),
            slack_app_token=SecretStr(app.app_token) if self._way == "socket" else None,
            slack_signing_secret=SecretStr(app.signing_secret),
            slack_api_url=self.slack.api_url,
        )
        policy = PolicySource(self._data_dir / "desk.yaml")
        self.parts = bootstrap.assemble(settings, policy, real_time=lambda: self.moment)
        self._listen_to_the_desk()
        tasks = [asyncio.create_task(self._platform.run())]
        async with self.delivering():
            try:
                tasks += await self._connected()
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _connected(self) -> list[asyncio.Task[None]]:
        front = self._platform.front
        if front is None:
            await self.slack.connected()
            return []
        started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        app = build_app(routers=[front.router], body_limits=front.body_limits)
        serving = asyncio.create_task(serve(app, "127.0.0.1", 0, started=started.set_result))
        http = self.slack.post_to((await started).rstrip("/") + PATH)
        http.signs_at = time.time  # what is signed is compared with the machine's clock
        return [serving]

    @property
    def _platform(self) -> SlackPlatform:
        assert self.parts.slack is not None
        return self.parts.slack

    def _listen_to_the_desk(self) -> None:
        """Remember what the desk says, to see that all of it is shown, and what was refused."""
        telling = self._platform.telling
        receive = telling.desk.receive

        def listening(interaction: Interaction) -> Answer:
            self._said[interaction.by.handle] = answer = receive(interaction)
            return answer

        telling.desk = replace(telling.desk, receive=listening)

    async def quiet_outside(self) -> None:
        """Wait until everything has arrived, at the desk and from it."""
        await self.slack.settled()
        await self._platform.telling.settle()

    # --- seeing ---

    def seen_by(self, who: str) -> list[Seen]:
        """Return what stands where somebody is, and what only they were shown just now."""
        return [seen(message) for message in self._before(who)]

    def _before(self, who: str) -> list[Message]:
        user = self.users[who]
        workspace = self.slack.workspace
        found = [
            message
            for channel in workspace.channels.values()
            if user in channel.members
            for message in workspace.messages[channel.id].values()
        ]
        found += [one for one in self._new(user) if one.ephemeral_for]
        return sorted((one for one in found if not one.is_deleted), key=lambda one: one.ts)

    def home_of(self, who: str) -> str:
        """Return somebody's direct conversation with the desk."""
        return self.slack.dm(self.users[who]).id

    # --- acting ---

    async def act(self, who: str, done: Done, place: str, thread: str) -> Answer:
        """Do in Slack what a person does for that, and return what they are shown."""
        if isinstance(done, Submitted):
            return await self._submits(who, done)
        user = self.users[who]
        if self.slack.view_of(user) is not None:
            await self.slack.closes(user, all_of_them=True)
        before = {one.ts: one.blocks for one in self._answers(user)}
        self._said.pop(f"slack:{user}", None)
        match done:
            case Typed(text=text):
                await self.slack.types(user, place, text)
            case Clicked(id=value):
                await self._clicks(who, value, place)
            case Said(text=text):
                await self.slack.says(user, place, text, thread or None)
            case Edited(message=ts, text=text):
                await self.slack.edits(user, self.slack.workspace.messages[place][ts], text)
            case Removed(message=ts):
                await self.slack.deletes(user, self.slack.workspace.messages[place][ts])
        await self.quiet_outside()
        self._gone[user] = before
        return self._shown(user)

    async def says(self, who: str, text: str, place: str, thread: str) -> Answer:
        """Write words; where a form is offered in answer, open it."""
        answer = await self.act(who, Said(text=text, message=""), place, thread)
        values = [
            value for one in self._new(self.users[who]) for _, value in buttons_in(one.blocks)
        ]
        offered = [value for value in values if value.startswith(AGAIN)]
        return await self.act(who, Clicked(id=offered[0]), place, thread) if offered else answer

    def _answers(self, user: str) -> list[Message]:
        """Return what was only for this person so far: no answer goes through the outbox."""
        direct = self.slack.messages(self.slack.dm(user))
        direct += [one for thread in direct for one in self.slack.messages(thread.channel, thread)]
        spoken = [one for one in direct if one.bot_id and not one.metadata]
        return [*spoken, *self.slack.ephemerals(user)]

    def _new(self, user: str) -> list[Message]:
        """Return the answers since this person's latest act; one can stand in another's place."""
        gone = self._gone.get(user, {})
        return [one for one in self._answers(user) if gone.get(one.ts) is not one.blocks]

    def _shown(self, user: str) -> Answer:
        said = self._said.get(f"slack:{user}", Answer())
        view = self.slack.view_of(user)
        form = form_in(view) if view else None
        if form is not None:
            return Answer(form=form, is_refusal=said.is_refusal)
        shown = [view] if view else self._new(user)
        card = shown_card(*shown) if shown else None
        assert_all_is_shown(said.card, card)
        return Answer(card=card, is_refusal=said.is_refusal)

    async def _clicks(self, who: str, value: str, place: str) -> None:
        """Click the newest button that asks for this; an older one if there is none any more."""
        user = self.users[who]
        everything = self._before(who)
        found = [(one, one.blocks) for one in everything if carries(one.blocks, value)]
        found = [(one, blocks) for one, blocks in found if one.channel == place] or found
        if not found:
            versions = ((one, blocks) for one in everything for _, blocks in one.versions)
            found = [(one, blocks) for one, blocks in versions if carries(blocks, value)]
        message, blocks = found[-1] if found else self._of_old(user, value)
        label = next(label for label, carried in buttons_in(blocks) if carried == value)
        await self.slack.clicks(user, message, label, seen=blocks)

    def _of_old(self, user: str, value: str) -> tuple[Message, list[Json]]:
        """Return a message of the desk with a button that it never had, or long ago."""
        message = Message(
            ts=self.slack.workspace.new_ts(),
            channel=self.slack.dm(user).id,
            user=self.slack.app.bot_user,
            bot_id=self.slack.app.bot_id,
            text="Of old",
        )
        return message, button_of_old(value)

    # --- forms ---

    async def _submits(self, who: str, done: Submitted) -> Answer:
        user = self.users[who]
        view = self.slack.view_of(user)
        form = form_in(view) if view else None
        if form is None or form.id != done.id:
            opened = await self.act(who, Clicked(id=done.id), self.home_of(who), "")
            if opened.form is None:
                return opened
        self._said.pop(f"slack:{user}", None)
        before = {one.ts: one.blocks for one in self._answers(user)}
        try:
            await self._fills(user, done.values)
            told = Told(is_acked=True) if done.is_refresh else await self.slack.submits(user)
        except NotLetThrough as problem:
            return Answer(errors=self._marked(user, str(problem)), is_refusal=True)
        await self.quiet_outside()
        self._gone[user] = before
        assert told.is_acked, told
        if told.errors:
            errors = {name_of(block): str(text) for block, text in told.errors.items()}
            return Answer(errors=errors, is_refusal=True)
        return self._shown(user)

    async def _fills(self, user: str, values: Values) -> None:
        """Fill in what differs, first what other fields depend on."""
        left = {name: value for name, value in values.items() if value}
        while True:
            form = form_in(self.slack.form_of(user))
            assert form is not None
            todo = [one for one in form.fields if one.name in left]
            todo.sort(key=lambda one: not one.refreshes)
            if not todo:
                return
            value = left.pop(todo[0].name)
            await self._fills_one(user, todo[0], value)

    async def _fills_one(self, user: str, asked: Field, value: str | tuple[str, ...]) -> None:
        if (value if isinstance(value, str) else "\n".join(value)) == asked.value:
            return
        if asked.kind is FieldKind.PERSON:
            value = self.users[str(value).removeprefix("@")]
        if asked.kind is FieldKind.SEVERAL and isinstance(value, str):
            value = (value,)
        view = self.slack.form_of(user)
        blocks = (one["block_id"] for one in view.blocks if name_of(one["block_id"]) == asked.name)
        await self.slack.chooses(user, view, next(blocks), value)
        if asked.refreshes:
            await self.quiet_outside()

    def _marked(self, user: str, problem: str) -> dict[str, str]:
        """Return what Slack itself says at the fields of the form on top."""
        form = form_in(self.slack.form_of(user))
        fields = form.fields if form else ()
        return {one.name: problem for one in fields if one.label in problem} or {"": problem}
