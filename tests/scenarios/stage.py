"""What a story needs of a platform: people who act, and what each of them sees.

A story is written against `Stage` and `Actor` and knows no platform. Time stands still unless the
story lets it pass; `sees` waits until the desk has come to rest.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chatdesk.ui.exchange import Answer, Clicked, Done, Edited, Removed, Said, Submitted, Typed
from chatdesk.ui.forms import Form, Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A message as somebody sees it: all its words in one text, and its buttons by label."""

    message: str
    place: str
    thread: str
    author: str
    text: str
    buttons: Mapping[str, str] = field(default_factory=dict)


class Stage(ABC):
    """A desk with one platform."""

    @abstractmethod
    async def act(self, who: str, done: Done, place: str, thread: str) -> Answer:
        """Let somebody do something somewhere, and return what they are answered."""

    @abstractmethod
    async def says(self, who: str, text: str, place: str, thread: str) -> Answer:
        """Let somebody write plain words somewhere."""

    @abstractmethod
    async def settle(self) -> None:
        """Wait until nothing is left to deliver and no timer is due."""

    @abstractmethod
    def seen_by(self, who: str) -> list[Seen]:
        """Return every message somebody sees, oldest first."""

    @abstractmethod
    def home_of(self, who: str) -> str:
        """Return the place in which somebody types commands."""

    @abstractmethod
    async def time_passes(self, **span: float) -> datetime:
        """Let time pass for the desk and for everything real, and let what is due happen."""

    def actor(self, who: str) -> Actor:
        """Return somebody to act."""
        return Actor(self, who)


class Actor:
    """A person on the stage."""

    def __init__(self, stage: Stage, who: str) -> None:
        """Play this person."""
        self._stage = stage
        self.who = who
        self.answer = Answer()
        self.form: Form | None = None
        self._place, self._thread = stage.home_of(who), ""

    # --- acting ---

    async def types(self, text: str) -> Answer:
        """Type a slash command."""
        return await self._do(Typed(text=text), *self._where())

    async def clicks(self, label: str, *, on: str = "") -> Answer:
        """Click the newest button of that label, on a message with these words if any are given."""
        found = self._with_button(label, on)
        return await self._do(Clicked(id=found.buttons[label]), found.place, found.thread)

    async def clicks_again(self, button: str) -> Answer:
        """Click a button by what it carries, for example one seen long ago."""
        return await self._do(Clicked(id=button), *self._where())

    async def fills(self, **values: str | tuple[str, ...]) -> Answer:
        """Fill the open form in and submit it; what was filled in already stays."""
        return await self._submits(values, is_refresh=False)

    async def chooses(self, **values: str | tuple[str, ...]) -> Answer:
        """Choose something that changes the open form."""
        return await self._submits(values, is_refresh=True)

    async def _submits(self, values: Values, *, is_refresh: bool) -> Answer:
        assert self.form is not None, f"{self.who} has no form open; was answered {self.answer}"
        filled: Values = {field.name: field.value for field in self.form.fields if field.value}
        named = {name.replace("__", "."): value for name, value in values.items()}
        done = Submitted(id=self.form.id, values=filled | named, is_refresh=is_refresh)
        return await self._do(done, self._place, self._thread)

    async def says(self, text: str, *, under: str) -> Answer:
        """Write plain words in the thread of the newest message with these words."""
        found = self.message(under)
        self.answer = await self._stage.says(
            self.who, text, found.place, found.thread or found.message
        )
        await self._stage.settle()
        return self.answer

    async def writes(self, text: str) -> Answer:
        """Write plain words to the desk, in no ticket's conversation."""
        self.answer = await self._stage.says(self.who, text, self._stage.home_of(self.who), "")
        if self.answer.form is not None:
            self.form = self.answer.form
        await self._stage.settle()
        return self.answer

    async def edits(self, words: str, text: str) -> Answer:
        """Change one's own newest message with these words."""
        found = self.message(words)
        return await self._do(Edited(message=found.message, text=text), found.place, found.thread)

    async def deletes(self, words: str) -> Answer:
        """Delete one's own newest message with these words."""
        found = self.message(words)
        return await self._do(Removed(message=found.message), found.place, found.thread)

    # --- seeing ---

    def sees(self, words: str) -> Seen:
        """Return the newest message with these words; fail if there is none."""
        return self.message(words)

    def can_click(self, label: str, *, on: str = "") -> Seen:
        """Return the newest message with a button of that label; fail if there is none."""
        return self._with_button(label, on)

    def does_not_see(self, words: str) -> None:
        """Fail if any message has these words."""
        found = [seen.text for seen in self._stage.seen_by(self.who) if words in seen.text]
        assert not found, f"{self.who} sees {words!r}: {found}"

    def count(self, words: str) -> int:
        """Count the messages with these words."""
        return sum(words in seen.text for seen in self._stage.seen_by(self.who))

    def message(self, words: str) -> Seen:
        """Return the newest message with these words; fail, showing all, if there is none."""
        everything = self._stage.seen_by(self.who)
        found = [seen for seen in everything if words in seen.text]
        shown = "\n---\n".join(seen.text for seen in everything)
        assert found, f"{self.who} does not see {words!r} but:\n{shown}"
        return found[-1]

    @property
    def told(self) -> str:
        """All the words of the latest answer, which only this person sees."""
        card = self.answer.card
        errors = " ".join(self.answer.errors.values())
        return f"{words_of(card)} {errors}".strip() if card else errors

    # --- within ---

    def _where(self) -> tuple[str, str]:
        return self._stage.home_of(self.who), ""

    def _with_button(self, label: str, words: str) -> Seen:
        everything = self._stage.seen_by(self.who)
        found = [seen for seen in everything if label in seen.buttons and words in seen.text]
        shown = "\n---\n".join(f"{seen.text} {[*seen.buttons]}" for seen in everything)
        assert found, f"{self.who} has no button {label!r} on {words!r} but:\n{shown}"
        return found[-1]

    async def _do(self, done: Done, place: str, thread: str) -> Answer:
        self._place, self._thread = place, thread
        self.answer = await self._stage.act(self.who, done, place, thread)
        if self.answer.form is not None:
            self.form = self.answer.form
        await self._stage.settle()
        return self.answer


def words_of(thing: object) -> str:
    """Return every text in a card, or in anything made of dataclasses, tuples and dictionaries."""
    if isinstance(thing, str):
        return thing
    if isinstance(thing, Mapping):
        return " ".join(words_of(value) for value in thing.values())
    if isinstance(thing, tuple | list):
        return " ".join(words_of(one) for one in thing)
    slots = getattr(thing, "__dataclass_fields__", {})
    return " ".join(words_of(getattr(thing, name)) for name in slots)


__all__ = ["Actor", "Said", "Seen", "Stage", "words_of"]
