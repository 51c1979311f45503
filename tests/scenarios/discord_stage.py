"""Discord as a stage: what people do there for what a story says, and our own server for it.

A choice that changes a form is an option of the command, a form of more than five fields goes on
behind a button, and the commands of whoever works here are given in the server alone.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from chatdesk.adapters.discord.commands import parts_of
from chatdesk.adapters.discord.drafts import APART
from chatdesk.adapters.discord.modal import field_name, form_id
from chatdesk.adapters.discord.offers import NEXT, SEND
from chatdesk.reception.talk import verb_said
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
from tests.discord.loopback import LoopbackDiscord
from tests.discord.reference import reads
from tests.discord.world import Json
from tests.scenarios.discord_ground import DiscordGround
from tests.scenarios.discord_reading import buttons, squeezed
from tests.scenarios.stage import Seen


class InDiscord(DiscordGround):
    """A desk in Discord, and people who act there."""

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
                found = self.discord.message(place, message)
                await self.discord.edits(found, self.with_desk(self.still_heard(found, text)))
            case Removed(message=message):
                await self.discord.deletes(self.discord.message(place, message))
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
        read = squeezed("".join(reads(one["components"]) for one in self._before(who)))
        missing = [text for text in texts if squeezed(text) not in read]
        assert not missing, f"not shown: {missing}"
        return answer

    async def _types(self, who: str, text: str, place: str) -> None:
        words = text.strip().removeprefix("/ticket").strip()
        name, _, rest = words.partition(" ")
        verb = TYPED.get(name)
        if words and verb is None:
            # There is no such command: all that is left is to say it.
            await self.discord.says(self.ids[who], place, f"<@{self.discord.bot}> {words}")
            return
        group = "ticket" if verb is None or verb.audience is Audience.ANYONE else "desk"
        options = self._options(name, rest) if verb else {}
        where = place if group == "ticket" else self.support
        await self.discord.calls_command(self.ids[who], where, group, name or "menu", **options)

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
        here = [one["id"] for one in self.discord.messages(place)] if is_direct else []
        answered = thread if thread in here else ""
        for who, known in self.ids.items():
            text = text.replace(f"@{who}", f"<@{known}>")
        if not is_direct:
            text, answered = self.to_be_heard(text, place)
        text = self.with_desk(text)
        await self.discord.says(user, place, text, answers=answered)

    def to_be_heard(self, text: str, _place: str) -> tuple[str, str]:
        """Return words on a server so that the desk reads them, and the message answered."""
        return text, ""

    def still_heard(self, _message: Json, text: str) -> str:
        """Return what somebody makes of their words, so that the desk reads that as well."""
        return text

    def with_desk(self, text: str) -> str:
        """Return words as they are typed, with the desk by its name."""
        return text.replace("@chatdesk", f"<@{self.discord.bot}>")

    async def _clicks(self, who: str, value: str) -> None:
        """Click the newest button that asks for this; one of old if there is none any more."""
        found = [one for one in self._before(who) if value in map(_bare, buttons(one).values())]
        message = found[-1] if found else self._of_old(who, value)
        label = next(label for label, one in buttons(message).items() if _bare(one) == value)
        await self.discord.clicks(self.ids[who], message, label)

    def _of_old(self, who: str, value: str) -> Json:
        button = {"type": 2, "style": 2, "label": "Of old", "custom_id": f"c0:{value}", "id": 2}
        row = {"type": 1, "id": 1, "components": [button]}
        return self.discord.showed(self.home_of(who), [row])

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
            offered = [_bare(one) for one in buttons(new[-1]).values()] if new else []
            wanted = f"{NEXT}:{done.id}"
            if f"{SEND}:{done.id}" in offered and not any(left.values()):
                await self._clicks(who, f"{SEND}:{done.id}")
            elif wanted in offered and not self._was_refused(user):
                await self._clicks(who, wanted)

    async def _chooses(self, who: str, done: Submitted) -> None:
        """Give the command anew with what was chosen, which is how forms change in Discord."""
        given = {"topic": done.values.get("topic"), "words": done.values.get("summary")}
        options = {name: value for name, value in given.items() if value}
        group, name, place = "ticket", "new", self.home_of(who)
        if done.id.startswith("for:"):
            group, name, place = "desk", "for", self.support
            named = str(done.values.get("requester", "")).removeprefix("@")
            options["person"] = self.ids.get(named.lower(), named.rpartition(":")[2])
        await self.discord.calls_command(self.ids[who], place, group, name, **options)

    def _is_open(self, user: str, form: str) -> bool:
        return _bare(form_id(self.discord.form_of(user)["custom_id"])) == form

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


class DiscordStage(InDiscord):
    """A desk in our own Discord."""

    discord: LoopbackDiscord

    def __init__(self, data_dir: Path, url: str, specs: Path) -> None:
        """Put a desk on the stage, over a migrated database, under the example's policy."""
        super().__init__(data_dir, url, LoopbackDiscord(specs))


class Unread(InDiscord):
    """A Discord which does not let the desk read what does not mention it.

    People mention it in front of a verb. What they say to others they say as a reply to its newest
    message, which mentions it as well.
    """

    def to_be_heard(self, text: str, place: str) -> tuple[str, str]:
        """Return what mentions the desk, in its words or by what it answers."""
        if verb_said(text, in_ticket=True) is not None:
            return text.replace("!", "@chatdesk ", 1), ""
        ours = [one for one in self.discord.messages(place) if self._is_ours(one)]
        assert ours, "there is no message of the desk to answer"
        return text, str(ours[-1]["id"])

    def still_heard(self, message: Json, text: str) -> str:
        """Return words in which the mention stays that was in them; an answer stays one."""
        if verb_said(text, in_ticket=True) is not None:
            return text.replace("!", "@chatdesk ", 1)
        is_named = f"<@{self.discord.bot}>" in message["content"]
        return f"@chatdesk {text}" if is_named else text

    def seen_by(self, who: str) -> list[Seen]:
        """Return what somebody sees; what is typed with a mention reads as stories have it."""
        mention = f"<@{self.discord.bot}> "
        return [
            replace(one, text=one.text.replace(mention, "!", 1)) if mention in one.text else one
            for one in super().seen_by(who)
        ]

    async def settle(self) -> None:
        """Wait until nothing is due; nobody who speaks like this goes unheard."""
        await super().settle()
        # Cards say "I cannot read here", whoever is not heard "I cannot read that", or "to what".
        shown = "".join(str(one["components"]) for one in self.discord.everything_shown())
        assert "I cannot read t" not in shown

    def _is_ours(self, message: Json) -> bool:
        return bool(message["author"]["id"] == self.discord.bot)


class UnreadStage(Unread, DiscordStage):
    """A desk in our own Discord, without the Message Content Intent."""

    def __init__(self, data_dir: Path, url: str, specs: Path) -> None:
        """Put a desk on the stage, over a migrated database, under the example's policy."""
        super().__init__(data_dir, url, specs)
        self.discord.world.may_read_content = False


def _is_refresh(interaction: Interaction) -> bool:
    return isinstance(interaction.done, Submitted) and interaction.done.is_refresh


def _bare(carried: str) -> str:
    """Return what a button or form says without what tells one draft from another."""
    return carried.partition(APART)[0]
