"""What every notice is drawn with: the ticket, the fact it tells of, and a voice to tell it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from chatdesk.lifecycle.facts import Fact, TextRef
from chatdesk.lifecycle.policy import Wait
from chatdesk.lifecycle.ticket import CLOCK, PersonId, Side, Ticket
from chatdesk.ui.cards import Button, Card, Element, Line, Tone
from chatdesk.ui.parts import button, quoted, row
from chatdesk.ui.views import NoticeView, TicketView
from chatdesk.ui.voice import Voice, name_of, queue_of, summary_of, voice_of
from chatdesk.ui.wording import Wording

F = TypeVar("F", bound=Fact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A notice about to be told."""

    view: TicketView
    fact: Fact
    say: Voice
    why: str = ""

    @property
    def ticket(self) -> Ticket:
        """The ticket as it is now."""
        return self.view.ticket

    @property
    def by(self) -> str:
        """The name of who did it."""
        return self.name(self.fact.by)

    @property
    def is_by_clock(self) -> bool:
        """Nobody did it: time passed."""
        return self.fact.by == CLOCK

    @property
    def requester(self) -> str:
        """The requester's name."""
        return self.name(self.ticket.requester)

    @property
    def summary(self) -> str:
        """The ticket's summary on one line."""
        return summary_of(self.view)

    @property
    def queue(self) -> str:
        """What people call the ticket's queue."""
        return queue_of(self.view)

    @property
    def is_personal(self) -> bool:
        """It reaches an agent outside the ticket's conversation, so it must say which ticket."""
        return self.view.side is Side.AGENTS and self.view.reader.person is not None

    def name(self, person: PersonId | None) -> str:
        """Return a person's name."""
        return name_of(self.view, person, self.say)

    def quote(self, text: TextRef | None, author: str = "") -> tuple[Element, ...]:
        """Return what a person wrote, literally."""
        return quoted(self.view, text.entry if text else None, author)

    def buttons(self, *buttons: Button) -> tuple[Element, ...]:
        """Return a row of buttons; one that shows the ticket is added where it is not at hand."""
        show = (button(self.say, "show", self.ticket),) if self.is_personal else ()
        return row(*buttons, *show)

    def wait(self, wait: Wait) -> str:
        """Return a span of working time in words."""
        if wait.days:
            return self.say("times.working_days", count=wait.days)
        return self.say("times.whole", whole_within=wait.time)


Draws = Callable[[Telling], Card]
"""Draws one notice."""

Cards = Callable[..., Card]
"""A notice's card: (NoticeView, Wording or None) -> Card."""


def told(draw: Draws) -> Cards:
    """Turn what draws a telling into what draws a notice."""

    def card(notice: NoticeView, wording: Wording | None = None) -> Card:
        say = voice_of(notice.ticket, wording)
        return draw(Telling(view=notice.ticket, fact=notice.fact, say=say, why=notice.why))

    card.__doc__ = draw.__doc__
    card.__name__ = draw.__name__.lstrip("_")
    return card


def fact_of(telling: Telling, kind: type[F]) -> F:
    """Return the fact as the kind the notice tells of; TypeError if it is another."""
    if not isinstance(telling.fact, kind):
        message = f"this notice tells of {kind.kind}, not of {telling.fact.kind}"
        raise TypeError(message)
    return telling.fact


def notice(telling: Telling, text: str, *elements: Element, tone: Tone = Tone.PLAIN) -> Card:
    """Return a card that begins with a sentence."""
    about = {"number": telling.ticket.number, "summary": telling.summary}
    return Card(
        title=telling.say("notices.title", **about) if telling.is_personal else "",
        fallback=telling.say("notices.fallback", **about, text=text),
        tone=tone,
        elements=(Line(text=text), *elements),
    )


def quiet(text: str) -> tuple[Line, ...]:
    """Return a sentence of lesser weight, or nothing for an empty one."""
    return (Line(text=text, tone=Tone.QUIET),) if text else ()
