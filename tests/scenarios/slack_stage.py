"""Slack as a stage: what people of a story see and do there, as Slack lets them."""

from __future__ import annotations

from chatdesk.adapters.slack.answering import AGAIN
from chatdesk.adapters.slack.modal import name_of
from chatdesk.ui.exchange import (
    Answer,
    Clicked,
    Done,
    Edited,
    Removed,
    Said,
    Submitted,
    Typed,
)
from chatdesk.ui.forms import Field, FieldKind, Values
from tests.scenarios.slack_ground import SlackGround, Way
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
from tests.slack.things import Json, Message

__all__ = ["SlackStage", "Way"]


class SlackStage(SlackGround):
    """A desk in Slack. What a story says people do, they do there as Slack lets them."""

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
