"""What is said and answered: words that cross from one side to the other, and what they lead to."""

from __future__ import annotations

from chatdesk.lifecycle.facts import Fact, MessageAdded, Reopened, Resolved, Resumed
from chatdesk.lifecycle.investigation import (
    EntryEdited,
    EntryRemoved,
    Noted,
    Replied,
    ReplyWithdrawn,
)
from chatdesk.lifecycle.ticket import EntryId, Status
from chatdesk.lifecycle.triage import Asked
from chatdesk.ui.cards import Card, Tone, Weight
from chatdesk.ui.notice_cards.telling import Draws, Telling, fact_of, notice, quiet
from chatdesk.ui.parts import button, quoted
from chatdesk.ui.talk import said, taken_back


def _entry_in(fact: Fact) -> EntryId | None:
    """Return the entry a fact brought in or changed."""
    if isinstance(fact, EntryRemoved | ReplyWithdrawn):
        return fact.entry
    if isinstance(fact, MessageAdded | Noted | Replied | EntryEdited):
        return fact.text.entry
    if isinstance(fact, Asked):
        return fact.question.entry
    return fact.summary.entry if isinstance(fact, Resolved) and fact.summary else None


def _mirrored(telling: Telling) -> Card:
    """Return the entry the fact is about, as this side sees it."""
    entry = telling.view.entries.get(_entry_in(telling.fact) or EntryId(""))
    if entry is None:  # erased since
        return taken_back(telling.say("talk.removed", person=telling.by))
    return said(telling.view, entry, telling.say.wording)


def _question(telling: Telling) -> Card:
    fact, ticket, say = fact_of(telling, Asked), telling.ticket, telling.say
    answer = button(say, "add_info", ticket, label="answer", weight=Weight.PRIMARY)
    is_open = ticket.status is Status.WAITING
    buttons = (answer, button(say, "solve_self", ticket)) if is_open else ()
    return notice(
        telling,
        say("notices.talk.question", number=ticket.number),
        *telling.quote(fact.question, telling.by),
        *quiet(say("notices.talk.question_next")),
        *telling.buttons(*buttons),
        tone=Tone.WARNING if is_open else Tone.PLAIN,
    )


def _asked(telling: Telling) -> Card:
    fact, say = fact_of(telling, Asked), telling.say
    text = say("notices.talk.asked", person=telling.by, requester=telling.requester)
    has_reminders = bool(telling.view.policy.silence.nudges)
    following = say("notices.talk.asked_next") if has_reminders else ""
    return notice(telling, text, *telling.quote(fact.question), *quiet(following))


def _your_message(telling: Telling) -> Card:
    fact = fact_of(telling, MessageAdded)
    text = telling.say("notices.talk.your_message", number=telling.ticket.number)
    return notice(telling, text, *telling.quote(fact.text, telling.by))


def _smile(telling: Telling) -> Card:
    fact_of(telling, MessageAdded)
    return notice(telling, telling.say("notices.talk.smile"), tone=Tone.GOOD)


def _still_broken(telling: Telling) -> Card:
    fact_of(telling, MessageAdded)
    ticket, say = telling.ticket, telling.say
    text = say("notices.talk.still_broken", number=ticket.number)
    # What "it works" means depends on what we still wait for: the confirmation, or nothing.
    fine = "confirm" if ticket.status is Status.RESOLVED else "fixed"
    buttons = (
        button(say, "reopen", ticket, label="reopen_still", weight=Weight.PRIMARY),
        button(say, fine, ticket, label="confirm_fine"),
    )
    following = say("notices.talk.still_broken_next", queue=telling.queue)
    return notice(
        telling,
        text,
        *quiet("" if ticket.is_unsolved else following),
        *telling.buttons(*(() if ticket.is_unsolved else buttons)),
    )


def _unsure_message(telling: Telling) -> Card:
    fact = fact_of(telling, MessageAdded)
    text = telling.say("notices.talk.unsure_message", person=telling.by)
    return notice(telling, text, *telling.quote(fact.text, telling.by), *telling.buttons())


def _is_answer(telling: Telling) -> bool:
    ticket = telling.ticket
    return telling.fact.by in {ticket.requester, ticket.opened_by, *ticket.watchers}


def _resumed(telling: Telling) -> Card:
    fact_of(telling, Resumed)
    key = "resumed_time" if telling.is_by_clock else "resumed"
    key = "resumed_answer" if _is_answer(telling) else key
    return notice(telling, telling.say(f"notices.talk.{key}", person=telling.by))


def _back_to_you(telling: Telling) -> Card:
    fact = telling.fact
    if isinstance(fact, Reopened):
        text = telling.say("notices.talk.back_reopened", person=telling.by)
        return notice(
            telling, text, *telling.quote(fact.why), *telling.buttons(), tone=Tone.WARNING
        )
    fact_of(telling, Resumed)
    key = "back_time" if telling.is_by_clock else "back"
    key = "back_answer" if _is_answer(telling) else key
    return notice(
        telling, telling.say(f"notices.talk.{key}", person=telling.by), *telling.buttons()
    )


def _watched_word(telling: Telling) -> Card:
    ticket = telling.ticket
    text = telling.say(
        "notices.talk.watched",
        person=telling.by,
        number=ticket.number,
        summary=telling.summary,
    )
    show = () if telling.is_personal else (button(telling.say, "show", ticket),)
    return notice(
        telling, text, *quoted(telling.view, _entry_in(telling.fact)), *telling.buttons(*show)
    )


CARDS: dict[str, Draws] = {
    "question": _question,
    "asked": _asked,
    "your_message": _your_message,
    "message": _mirrored,
    "smile": _smile,
    "still_broken": _still_broken,
    "unsure_message": _unsure_message,
    "resumed": _resumed,
    "back_to_you": _back_to_you,
    "reply": _mirrored,
    "reply_mark": _mirrored,
    "note": _mirrored,
    "edited_entry": _mirrored,
    "watched_word": _watched_word,
}
