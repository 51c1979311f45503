"""The requester's card of a ticket: what we have, who has it, and when they hear from us next."""

from __future__ import annotations

from dataclasses import replace

from chatdesk.lifecycle.policy import reopen_deadline
from chatdesk.lifecycle.ticket import CloseReason, ResolutionCode, Side, Status
from chatdesk.ui.cards import Button, Card, Element, Line, Pairs, Tone, Weight
from chatdesk.ui.parts import (
    WORDS_OF_OURS,
    button,
    closed_for_now,
    closing_line,
    is_late,
    next_due,
    quoted,
    row,
    show_button,
)
from chatdesk.ui.views import TicketView
from chatdesk.ui.voice import Voice, answers_of, name_of, queue_of, summary_of, voice_of
from chatdesk.ui.wording import Wording


def receipt(view: TicketView, wording: Wording | None = None) -> Card:
    """Return the requester's card: their words, our news, what comes next, and what they can do."""
    say, ticket = voice_of(view, wording), view.ticket
    summary, news = summary_of(view), _news(view, say)
    return Card(
        title=say("receipt.title", number=ticket.number, summary=summary),
        fallback=say("receipt.fallback", number=ticket.number, summary=summary, news=news),
        tone=_tone(view),
        elements=(
            Line(text=news),
            *_continues(view, say),
            *_reason(view, say),
            *_next(view, say),
            *_submitted(view, say),
            *row(*_buttons(view, say)),
        ),
    )


def with_unread(card: Card, side: Side, say: Voice) -> Card:
    """Return a card that says how to be heard where words that mention nobody are not read."""
    text = say(f"receipt.unread.{side.value}")
    return replace(card, elements=(*card.elements, Line(text=text, tone=Tone.QUIET)))


def left_card(say: Voice) -> Card:
    """Return what is left of a receipt where everybody reads, once its ticket is private."""
    text = say("receipt.went_private")
    return Card(fallback=text, tone=Tone.QUIET, elements=(Line(text=text, tone=Tone.QUIET),))


def _continues(view: TicketView, say: Voice) -> tuple[Element, ...]:
    """Say which ticket this one continues."""
    if view.ticket.follow_up_of is None:
        return ()
    text = say("receipt.continues", other=view.ticket.follow_up_of)
    return (Line(text=text, tone=Tone.QUIET),)


def _tone(view: TicketView) -> Tone:
    if is_late(view, next_due(view, WORDS_OF_OURS)) or view.ticket.status is Status.WAITING:
        return Tone.WARNING
    tones = {Status.RESOLVED: Tone.GOOD, Status.CLOSED: Tone.QUIET}
    return tones.get(view.ticket.status, Tone.PLAIN)


# --- what is new ----------------------------------------------------------------------------------


def _news(view: TicketView, say: Voice) -> str:
    ticket = view.ticket
    if ticket.status in {Status.NEW, Status.OPEN}:
        return _work(view, say)
    if ticket.status is Status.CLOSED and ticket.closing is not None:
        return say(f"receipt.news.{ticket.closing.reason.value}", other=ticket.merged_into)
    if ticket.hold is not None:
        key = "approval" if ticket.hold.approver else "on_hold"
        approver = name_of(view, ticket.hold.approver, say)
        return say(f"receipt.news.{key}", wake_at=ticket.hold.wake_at, approver=approver)
    if ticket.status is Status.RESOLVED and ticket.resolution is not None:
        is_silent = ticket.resolution.code is ResolutionCode.NO_RESPONSE
        person = name_of(view, ticket.resolution.by, say)
        return say(f"receipt.news.resolved{'_silent' if is_silent else ''}", person=person)
    return say("receipt.news.waiting", person=name_of(view, ticket.last_public_by, say))


def _work(view: TicketView, say: Voice) -> str:
    ticket, queue = view.ticket, queue_of(view)
    clock = next_due(view, WORDS_OF_OURS)
    due_at = clock.due_at if clock else None
    if ticket.assignee is None:
        if ticket.first_reply_at is not None:
            return say("receipt.news.queued", queue=queue)
        key = "late_new" if is_late(view, clock) else "new"
        return say(f"receipt.news.{key}", queue=queue, due_at=due_at)
    person = name_of(view, ticket.assignee, say)
    if ticket.first_reply_at is None:
        promised = None if is_late(view, clock) else due_at
        return say("receipt.news.taken", person=person, due_at=promised)
    return say("receipt.news.working", person=person)


def _reason(view: TicketView, say: Voice) -> tuple[Element, ...]:
    """Why it is on hold, or how it was resolved, in the agent's own words."""
    ticket = view.ticket
    if ticket.hold is not None and ticket.status is Status.ON_HOLD:
        return quoted(view, ticket.hold.reason, say("receipt.reason"))
    if ticket.resolution is None or ticket.status not in {Status.RESOLVED, Status.CLOSED}:
        return ()
    return quoted(view, ticket.resolution.summary, name_of(view, ticket.resolution.by, say))


# --- what comes next ------------------------------------------------------------------------------


def _next(view: TicketView, say: Voice) -> tuple[Element, ...]:
    ticket = view.ticket
    if ticket.status in {Status.NEW, Status.OPEN}:
        found = [_promise(view, say)]
        if ticket.first_reply_at is None:
            found.append(closed_for_now(view, say))
    elif ticket.status is Status.CLOSED:
        found = [_way_back(view, say)]
    else:
        found = [closing_line(view, say)]
    return tuple(line for line in found if line is not None)


def _promise(view: TicketView, say: Voice) -> Line | None:
    clock = next_due(view, WORDS_OF_OURS)
    is_said = view.ticket.first_reply_at is None
    if is_late(view, clock) and clock:
        is_told = is_said and view.ticket.assignee is None
        queue = queue_of(view)
        text = "" if is_told else say("receipt.news.late", due_at=clock.due_at, queue=queue)
        return Line(text=text, tone=Tone.WARNING) if text else None
    if clock and not is_said:
        return Line(text=say("receipt.next.word", due_at=clock.due_at))
    solution = next_due(view, frozenset({"resolution"}))
    if solution is None or is_late(view, solution):
        return None
    return Line(text=say("receipt.next.solution", due_at=solution.due_at), tone=Tone.QUIET)


def _way_back(view: TicketView, say: Voice) -> Line | None:
    closing = view.ticket.closing
    if closing is None or closing.reason in {CloseReason.MERGED, CloseReason.SPAM}:
        return None
    until_at = reopen_deadline(view.policy, closing.at)
    is_open = view.now <= until_at
    if closing.reason is CloseReason.CANCELLED and not is_open:
        return None
    key = "receipt.next.reopen" if is_open else "receipt.next.came_back"
    return Line(text=say(key, until_at=until_at), tone=Tone.QUIET)


# --- what they sent, and what they can do ---------------------------------------------------------


def _submitted(view: TicketView, say: Voice) -> tuple[Element, ...]:
    ticket = view.ticket
    elements: list[Element] = []
    if ticket.opened_by != ticket.requester:
        opener = name_of(view, ticket.opened_by, say)
        elements.append(Line(text=say("receipt.opened_for_you", person=opener), tone=Tone.QUIET))
    if ticket.is_confidential:
        text = say("receipt.private", queue=queue_of(view))
        elements.append(Line(text=text, tone=Tone.QUIET))
    elements += quoted(view, ticket.details, say("receipt.you_wrote"))
    answers = answers_of(view, say)
    elements += (Pairs(items=answers),) if answers else ()
    return tuple(elements)


def _buttons(view: TicketView, say: Voice) -> tuple[Button, ...]:
    ticket = view.ticket
    if ticket.status is Status.RESOLVED:
        return (
            button(say, "confirm", ticket, weight=Weight.PRIMARY),
            button(say, "reopen", ticket),
            button(say, "still_checking", ticket),
        )
    if ticket.is_unsolved:
        is_asked = ticket.status is Status.WAITING
        weight = Weight.PRIMARY if is_asked else Weight.NORMAL
        label = "answer" if is_asked else "add_info"
        return (
            button(say, "add_info", ticket, label=label, weight=weight),
            button(say, "solve_self", ticket),
            button(say, "withdraw", ticket),
        )
    return _buttons_once_closed(view, say)


def _buttons_once_closed(view: TicketView, say: Voice) -> tuple[Button, ...]:
    ticket, closing = view.ticket, view.ticket.closing
    if ticket.merged_into is not None:
        return (show_button(say, ticket.merged_into),)
    if closing is None or closing.reason is CloseReason.SPAM:
        return ()
    is_withdrawn = closing.reason is CloseReason.CANCELLED
    label = "reopen_withdrawn" if is_withdrawn else "reopen_closed"
    return (
        button(say, "reopen", ticket, label=label),
        *(show_button(say, number) for number in view.successors),
    )
