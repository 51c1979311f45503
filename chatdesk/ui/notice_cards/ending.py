"""How it ended: resolved, confirmed, closed, reopened, rated, and whether it stayed fixed."""

from __future__ import annotations

from chatdesk.lifecycle.facts import Closed, ClosingUndone, Recurred, Reopened, Resolved
from chatdesk.lifecycle.followup import RATINGS, FollowUpAnswered, FollowUpAsked, Rated
from chatdesk.lifecycle.resolution import ConfirmReminded, StillBeingChecked
from chatdesk.lifecycle.ticket import UNCOUNTED, CloseReason, ResolutionCode, Status
from chatdesk.ui.cards import Button, Buttons, Card, Element, Tone, Weight, button_id
from chatdesk.ui.notice_cards.telling import Draws, Telling, fact_of, notice, quiet
from chatdesk.ui.parts import button, closing_line, quoted, show_button

_NOT_SOLVED = frozenset({ResolutionCode.NOT_REPRODUCIBLE, ResolutionCode.WILL_NOT_DO})
"""After these it would be odd to ask whether it helped."""


# --- resolved -------------------------------------------------------------------------------------


def _answers(telling: Telling) -> tuple[Element, ...]:
    """Return the three answers to "did it help", and what happens without one."""
    ticket, say = telling.ticket, telling.say
    if ticket.status is not Status.RESOLVED:
        return ()
    closing = closing_line(telling.view, say)
    buttons = (
        button(say, "confirm", ticket, weight=Weight.PRIMARY),
        button(say, "reopen", ticket),
        button(say, "still_checking", ticket),
    )
    return (*((closing,) if closing else ()), *telling.buttons(*buttons))


def _resolved(telling: Telling) -> Card:
    fact, say = fact_of(telling, Resolved), telling.say
    text = say(
        f"notices.resolved.{fact.code.value}", person=telling.by, number=telling.ticket.number
    )
    key = "question_end" if fact.code in _NOT_SOLVED else "question"
    return notice(
        telling,
        text,
        *telling.quote(fact.summary),
        *quiet(say(f"notices.resolved.{key}")),
        *_answers(telling),
        tone=Tone.GOOD,
    )


def _resolved_silent(telling: Telling) -> Card:
    fact_of(telling, Resolved)
    ticket, say = telling.ticket, telling.say
    text = say("notices.resolved.silent", number=ticket.number, summary=telling.summary)
    return notice(telling, text, *_answers(telling))


def _resolved_for_agents(telling: Telling) -> Card:
    fact, say = fact_of(telling, Resolved), telling.say
    if fact.code is ResolutionCode.SELF_SOLVED:
        text = say("notices.resolved.self_solved", person=telling.by)
    elif telling.is_by_clock:
        text = say("notices.resolved.for_agents_clock")
    else:
        code = say.word(fact.code)
        text = say("notices.resolved.for_agents", person=telling.by, code=code)
    items = tuple(say(f"notices.resolved.waived_{name}") for name in fact.waived)
    return notice(
        telling,
        text,
        *telling.quote(fact.summary),
        *telling.quote(fact.root_cause, say("notices.resolved.cause")),
        *quiet(say("notices.resolved.waived", items=items) if items else ""),
        tone=Tone.GOOD,
    )


def _confirm_reminder(telling: Telling) -> Card:
    fact_of(telling, ConfirmReminded)
    ticket = telling.ticket
    text = telling.say("notices.resolved.reminder", number=ticket.number, summary=telling.summary)
    done = ticket.resolution
    by = telling.name(done.by) if done else ""
    summary = quoted(telling.view, done.summary, by) if done else ()
    return notice(telling, text, *summary, *_answers(telling))


def _still_being_checked(telling: Telling) -> Card:
    fact_of(telling, StillBeingChecked)
    return notice(telling, telling.say("notices.resolved.still_checking", person=telling.by))


# --- closed ---------------------------------------------------------------------------------------


def _closed(telling: Telling) -> Card:
    fact, ticket, say = fact_of(telling, Closed), telling.ticket, telling.say
    text = say(
        f"notices.closed.{fact.reason.value}",
        number=ticket.number,
        summary=telling.summary,
        other=fact.target,
    )
    if ticket.status is not Status.CLOSED:
        return notice(telling, text)
    if fact.reason in UNCOUNTED:
        return notice(telling, text, *telling.buttons(*_other_ways(telling, fact)))
    return notice(
        telling,
        text,
        *quiet(say("notices.closed.rate")),
        Buttons(buttons=_ratings(telling)),
        *telling.buttons(
            button(say, "rate_comment", ticket),
            button(say, "reopen", ticket, label="reopen_closed"),
        ),
        tone=Tone.GOOD,
    )


def _ratings(telling: Telling) -> tuple[Button, ...]:
    ticket = telling.ticket
    return tuple(
        Button(
            id=button_id("rate", ticket.number, ticket.version, str(score)),
            label=telling.say(f"words.rating.{score}"),
        )
        for score in reversed(RATINGS)
    )


def _other_ways(telling: Telling, fact: Closed) -> tuple[Button, ...]:
    if fact.reason is CloseReason.CANCELLED:
        return (button(telling.say, "reopen", telling.ticket, label="reopen_withdrawn"),)
    return (show_button(telling.say, fact.target),) if fact.target else ()


def _closed_for_agents(telling: Telling) -> Card:
    fact, ticket, say = fact_of(telling, Closed), telling.ticket, telling.say
    undo = {CloseReason.MERGED: "unmerge", CloseReason.SPAM: "not_spam"}.get(fact.reason)
    if fact.reason is CloseReason.MERGED:
        text = say("notices.closed.merged_for_agents", person=telling.by, other=fact.target)
    else:
        key = "for_agents" if telling.is_by_clock else "for_agents_by"
        text = say(f"notices.closed.{key}", person=telling.by, reason=say.word(fact.reason))
    is_closed = ticket.status is Status.CLOSED
    buttons = (button(say, undo, ticket),) if undo and is_closed else ()
    return notice(telling, text, *telling.buttons(*buttons), tone=Tone.QUIET)


def _closing_undone(telling: Telling) -> Card:
    fact = fact_of(telling, ClosingUndone)
    key = "unmerged" if fact.reason is CloseReason.MERGED else "not_spam"
    status = telling.say.word(fact.to)
    return notice(telling, telling.say(f"notices.closed.{key}", person=telling.by, status=status))


# --- reopened -------------------------------------------------------------------------------------


def _reopened(telling: Telling) -> Card:
    fact_of(telling, Reopened)
    ticket, say = telling.ticket, telling.say
    owner = telling.view.name(ticket.assignee)
    text = say(
        f"notices.reopened.{'requester' if owner else 'requester_queue'}",
        number=ticket.number,
        owner=owner,
        queue=telling.queue,
    )
    buttons = (button(say, "add_info", ticket),) if ticket.is_unsolved else ()
    return notice(telling, text, *telling.buttons(*buttons))


def _reopened_for_agents(telling: Telling) -> Card:
    fact, ticket, say = fact_of(telling, Reopened), telling.ticket, telling.say
    key = "recurrence" if fact.is_recurrence else "for_agents"
    text = say(f"notices.reopened.{key}", person=telling.by)
    is_free = ticket.assignee is None and ticket.is_unsolved
    claim = (button(say, "claim", ticket, weight=Weight.PRIMARY),) if is_free else ()
    quote = telling.quote(fact.why, telling.by)
    return notice(telling, text, *quote, *telling.buttons(*claim), tone=Tone.WARNING)


def _recurred(telling: Telling) -> Card:
    fact_of(telling, Recurred)
    shown = (show_button(telling.say, number) for number in telling.view.successors)
    text = telling.say("notices.reopened.recurred")
    return notice(telling, text, *telling.buttons(*shown))


# --- reviewed -------------------------------------------------------------------------------------


def _follow_up(telling: Telling) -> Card:
    fact_of(telling, FollowUpAsked)
    ticket, say = telling.ticket, telling.say
    text = say("notices.review.follow_up", number=ticket.number, summary=telling.summary)
    buttons = (
        button(say, "fixed", ticket, weight=Weight.PRIMARY),
        button(say, "came_back", ticket),
        button(say, "stop_asking", ticket),
    )
    is_closed = ticket.status is Status.CLOSED
    return notice(telling, text, *telling.buttons(*(buttons if is_closed else ())))


def _follow_up_answered(telling: Telling) -> Card:
    fact_of(telling, FollowUpAnswered)
    text = telling.say("notices.review.follow_up_answered", person=telling.by)
    return notice(telling, text, tone=Tone.GOOD)


def _rated(telling: Telling) -> Card:
    fact = fact_of(telling, Rated)
    rating = telling.say(f"words.rating.{fact.score}")
    text = telling.say("notices.review.rated", person=telling.by, rating=rating)
    return notice(telling, text, *telling.quote(fact.comment, telling.by))


def _low_rating(telling: Telling) -> Card:
    fact, ticket, say = fact_of(telling, Rated), telling.ticket, telling.say
    text = say(
        "notices.review.low_rating",
        person=telling.by,
        rating=say(f"words.rating.{fact.score}"),
        owner=telling.view.name(fact.resolver),
    )
    back = () if ticket.is_unsolved else (button(say, "reopen", ticket, label="reopen_ticket"),)
    contact = button(say, "reply", ticket, label="contact", weight=Weight.PRIMARY)
    return notice(
        telling,
        text,
        *telling.quote(fact.comment, telling.by),
        *telling.buttons(contact, *back),
        tone=Tone.WARNING,
    )


CARDS: dict[str, Draws] = {
    "resolved": _resolved,
    "resolved_silent": _resolved_silent,
    "resolved_for_agents": _resolved_for_agents,
    "confirm_reminder": _confirm_reminder,
    "still_being_checked": _still_being_checked,
    "closed": _closed,
    "closed_for_agents": _closed_for_agents,
    "closing_undone": _closing_undone,
    "reopened": _reopened,
    "reopened_for_agents": _reopened_for_agents,
    "recurred": _recurred,
    "follow_up": _follow_up,
    "follow_up_answered": _follow_up_answered,
    "rated": _rated,
    "low_rating": _low_rating,
}
