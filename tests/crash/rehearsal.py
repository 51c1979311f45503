"""Lives the life once without dying, keeps the data before every step, and hears where to die."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chatdesk.adapters.local.people import PEOPLE, PLATFORM
from chatdesk.adapters.local.records import Draft
from chatdesk.config import PolicySource
from chatdesk.ui.cards import parse_button_id
from chatdesk.ui.exchange import (
    Answer,
    Clicked,
    Done,
    Edited,
    Interaction,
    Said,
    Submitted,
    Typed,
    Visitor,
)
from tests.crash.life import whole_life
from tests.crash.outlook import kinds_of
from tests.crash.sites import Site
from tests.crash.stage import ANSWERED, HeardStage, Point, Step
from tests.scenarios.local_stage import MONDAY
from tests.scenarios.stage import Seen, Stage

_PEOPLE = {person.handle: person for person in PEOPLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """A step, what was heard in it, and what had been by the time of its answer.

    `heard_before` counts what was heard until then; `facts` are those of each ticket.
    """

    step: Step
    heard: Counter[str]
    ended_at: datetime
    answer: Answer | None = None
    heard_before: Counter[str] = field(default_factory=Counter)
    facts: dict[int, list[str]] = field(default_factory=dict)

    def points(self) -> list[Point]:
        """Return every place to die in this step."""
        return [
            Point(what, time) for what, times in self.heard.items() for time in range(1, times + 1)
        ]

    def phase(self, point: Point) -> str:
        """Return what is going on there: the command of this step, or what follows from any."""
        is_command = point.times <= self.heard_before[point.heard] or point.heard == ANSWERED
        return self.step.label if is_command or not self.heard_before else "what follows"


class Rehearsal(Stage):
    """A stage that is taken down and put up again between any two steps."""

    def __init__(self, site: Site, policy: PolicySource) -> None:
        """Rehearse at a site with an empty store."""
        self.steps: list[Rehearsed] = []
        self._site = site
        self._policy = policy
        self._moment = MONDAY
        self._stage: HeardStage | None = None
        self._exits = AsyncExitStack()

    async def rehearse(self) -> list[Rehearsed]:
        """Live the whole life; nothing is open afterwards."""
        try:
            await self._step("the desk starts")
            await whole_life(self)
        finally:
            await self._exits.aclose()
        self._site.keep(len(self.steps))
        return self.steps

    async def act(self, who: str, done: Done, place: str, thread: str) -> Answer:
        """Let somebody do something."""
        interaction = self._interaction(who, done, place, thread)
        answer = await self._step(_label(interaction.done), interaction)
        assert answer is not None
        return answer

    async def says(self, who: str, text: str, place: str, thread: str) -> Answer:
        """Let somebody write plain words."""
        draft = Draft(
            place=place,
            thread=thread,
            author=f"{PLATFORM}:{who}",
            key=f"words-{len(self.steps)}",
            text=text,
        )
        interaction = self._interaction(who, Said(text=text, message=""), place, thread)
        answer = await self._step("words", interaction, draft)
        assert answer is not None
        return answer

    async def settle(self) -> None:
        """Every step settles by itself."""

    async def time_passes(self, **span: float) -> datetime:
        """Let time pass."""
        passed = timedelta(**span)
        await self._step("time passes", ends_at=self._moment + passed)
        return self._moment

    def seen_by(self, who: str) -> list[Seen]:
        """Return what somebody sees."""
        return self._open_stage.seen_by(who)

    def home_of(self, who: str) -> str:
        """Return where somebody types."""
        return f"direct/{who}"

    @property
    def _open_stage(self) -> HeardStage:
        assert self._stage is not None
        return self._stage

    async def _step(
        self,
        label: str,
        interaction: Interaction | None = None,
        draft: Draft | None = None,
        ends_at: datetime | None = None,
    ) -> Answer | None:
        await self._exits.aclose()
        index = len(self.steps)
        await asyncio.to_thread(self._site.keep, index)
        step = Step(index, label, self._moment, ends_at or self._moment, interaction, draft)
        stage = HeardStage(
            self._site, self._policy, begins_at=self._moment, hears_opening=not index
        )
        self._stage = await self._exits.enter_async_context(stage.working())
        facts: dict[int, list[str]] = {}
        heard_before: Counter[str] = Counter()

        def note() -> None:
            facts.update(kinds_of(stage))
            heard_before.update(stage.ear.heard)

        answer = await stage.live(step, when_answered=note)
        self._moment = stage.moment
        rehearsed = Rehearsed(
            step=step,
            heard=Counter(stage.ear.heard),
            ended_at=stage.moment,
            answer=answer,
            heard_before=heard_before,
            facts=facts,
        )
        self.steps.append(rehearsed)
        return answer

    def _interaction(self, who: str, done: Done, place: str, thread: str) -> Interaction:
        person = _PEOPLE[f"{PLATFORM}:{who}"]
        visitor = Visitor(
            handle=person.handle, name=person.name, zone=person.zone, locale=person.locale
        )
        key = f"step-{len(self.steps)}"
        return Interaction(
            key=key, platform=PLATFORM, by=visitor, place=place, thread=thread, done=done
        )


def _label(done: Done) -> str:
    if isinstance(done, Typed):
        return f"typed {done.text.split()[1]}"
    if isinstance(done, Clicked | Submitted):
        state = parse_button_id(done.id)
        verb = state.verb if state else "?"
        if isinstance(done, Clicked):
            return f"clicked {verb}"
        return f"{'refreshed' if done.is_refresh else 'submitted'} {verb}"
    return "edited words" if isinstance(done, Edited) else "words"
