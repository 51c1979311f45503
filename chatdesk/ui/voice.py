"""The desk's words as one reader hears them: their language, their clock, and names for people."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache

from chatdesk.lifecycle.policy import Policy, QuestionKind
from chatdesk.lifecycle.ticket import PersonId, QueueName
from chatdesk.ui.views import Reader, TicketView
from chatdesk.ui.wording import Wording

_WITHIN_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A wording as one reader hears it; `now` is the moment it is said at, `zone` where."""

    wording: Wording
    locale: str
    zone: str
    now: datetime | None = None
    desk: str = ""

    def __call__(self, key: str, **values: object) -> str:
        """Say the text of that key with these values filled in."""
        values["desk"] = self.desk
        return self.wording.say(key, self.locale, zone=self.zone, now=self.now, **values)

    def word(self, thing: StrEnum) -> str:
        """Return the word for a status, priority, reason and the like."""
        return self(f"words.{_table(type(thing).__name__)}.{thing.value}")


@cache
def _table(name: str) -> str:
    return _WITHIN_WORD.sub("_", name).lower()


def voice_for(
    policy: Policy, reader: Reader, now: datetime | None = None, wording: Wording | None = None
) -> Voice:
    """Return the desk's voice to a reader; `wording` is made from the policy if not given."""
    return Voice(
        wording=wording or Wording(policy.wording, policy.language),
        locale=reader.locale,
        zone=reader.zone,
        now=now,
        desk=policy.name,
    )


def voice_of(view: TicketView, wording: Wording | None = None) -> Voice:
    """Return the voice in which a ticket is spoken of to its reader."""
    return voice_for(view.policy, view.reader, view.now, wording)


def name_of(view: TicketView, person: PersonId | None, say: Voice) -> str:
    """Return a person's display name; somebody whose name is not known is Somebody."""
    return view.name(person) or say("words.somebody")


def queue_of(view: TicketView, queue: QueueName | None = None) -> str:
    """Return what people call a queue, the ticket's own unless another is named."""
    return view.policy.queue(queue or view.ticket.queue).title


def summary_of(view: TicketView) -> str:
    """Return the ticket's summary on one line; empty once it is erased."""
    summary = view.text(view.ticket.summary) if view.summary is None else view.summary
    return " ".join(summary.split())


def answers_of(view: TicketView, say: Voice) -> tuple[tuple[str, str], ...]:
    """Return the answers to the topic's questions as (label, answer), in the form's order.

    Answers to questions that are no longer asked follow under their own names; files are left
    out, for they are shown as files.
    """
    try:
        answers = json.loads(view.text(view.ticket.answers) or "{}")
    except ValueError:
        return ()
    if not isinstance(answers, dict):
        return ()
    asked = {question.name: question for question in view.policy.topic(view.ticket.topic).questions}
    kinds = {name: question.kind for name, question in asked.items()}
    in_order = [name for name in asked if name in answers] + [n for n in answers if n not in asked]
    found = []
    for name in in_order:
        answer, kind = answers[name], kinds.get(name)
        texts = [str(one) for one in (answer if isinstance(answer, list) else [answer])]
        if kind is QuestionKind.DATE:
            texts = [_date_in_words(text, say) for text in texts]
        said = ", ".join(view.names.get(PersonId(text), text) for text in texts)
        if said and kind is not QuestionKind.FILE:
            found.append((asked[name].label if name in asked else name, said))
    return tuple(found)


def _date_in_words(kept: str, say: Voice) -> str:
    """Return a date as its reader writes it; what is none, from an earlier form, as it is."""
    try:
        return say("times.date", given_on=date.fromisoformat(kept))
    except ValueError:
        return kept
