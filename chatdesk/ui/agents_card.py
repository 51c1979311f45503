"""The agents' card of a ticket, in its queue's channel: all that is needed to work it, and how."""

from __future__ import annotations

from dataclasses import replace

from chatdesk.lifecycle.ticket import CloseReason, Status
from chatdesk.ui.cards import Button, Buttons, Card, Element, Line, Pairs, Tone, Weight
from chatdesk.ui.parts import (
    button,
    checklist,
    due_line,
    hold_reason,
    is_late,
    menu,
    next_due,
    quoted,
    row,
    show_button,
)
from chatdesk.ui.times import city_of
from chatdesk.ui.views import TicketView
from chatdesk.ui.voice import Voice, answers_of, name_of, queue_of, summary_of, voice_of
from chatdesk.ui.wording import Wording

_MENU: dict[Status, tuple[str, ...]] = {
    Status.NEW: ("triage", "ask", "assign", "transfer", "escalate", "priority"),
    Status.OPEN: (
        *("triage", "ask", "assign", "transfer", "escalate"),
        *("hold", "approval", "priority"),
    ),
    Status.WAITING: ("triage", "assign", "transfer", "escalate", "priority"),
    Status.ON_HOLD: ("triage", "assign", "transfer", "escalate", "priority"),
}
"""What only makes sense in that status, in the order of work."""


def agents_card(view: TicketView, wording: Wording | None = None) -> Card:
    """Return the agents' card; edited in place, never posted again."""
    say, ticket = voice_of(view, wording), view.ticket
    due = due_line(view, say)
    title = say(
        "agents.title", sign=sign_of(view, say), number=ticket.number, summary=summary_of(view)
    )
    elements: tuple[Element, ...] = (
        Line(text="\n".join(_heading(view, say))),
        *((due,) if due else ()),
        *hold_reason(view, say),
        *_ended(view, say),
        *_submitted(view, say),
        *checklist(view, say),
        *_relations(view, say),
        _actions(view, say),
    )
    return Card(
        title=title,
        fallback=_fallback(view, say),
        tone=_tone(view, due),
        elements=elements,
        labels=_labels(view, say),
    )


def moved_card(view: TicketView, wording: Wording | None = None) -> Card:
    """Return what stays of the card in a queue the ticket has left: where it is now.

    Of a private ticket nothing is told but its number, for this queue may not read it any more.
    """
    say, ticket = voice_of(view, wording), view.ticket
    text = say("agents.moved", queue=queue_of(view))
    summary = "" if ticket.is_confidential else summary_of(view)
    sign = say("words.status_sign.moved")
    title = say("agents.title", sign=sign, number=ticket.number, summary=summary)
    return Card(
        title=title,
        fallback=f"{title} · {text}",
        tone=Tone.QUIET,
        elements=(Line(text=text, tone=Tone.QUIET), *row(show_button(say, ticket.number))),
    )


def _labels(view: TicketView, say: Voice) -> tuple[str, ...]:
    """Return the words that a list of cards is sorted by."""
    ticket = view.ticket
    return (
        say.word(ticket.status),
        *((say("words.label.overdue"),) if is_late(view, next_due(view)) else ()),
        *((say("words.label.escalated"),) if ticket.tier > 1 else ()),
        say.word(ticket.priority),
        view.policy.topic(ticket.topic).title,
    )


def sign_of(view: TicketView, say: Voice) -> str:
    """Return the emoji of a ticket's status, or of being late."""
    is_overdue = view.is_overdue
    if is_overdue is None:
        is_overdue = is_late(view, next_due(view))
    sign = "late" if is_overdue else view.ticket.status.value
    return say(f"words.status_sign.{sign}")


def _tone(view: TicketView, due: Line | None) -> Tone:
    tones = {Status.RESOLVED: Tone.GOOD, Status.CLOSED: Tone.QUIET}
    return tones.get(view.ticket.status) or (due.tone if due else Tone.PLAIN)


def _fallback(view: TicketView, say: Voice) -> str:
    ticket = view.ticket
    return say(
        "agents.fallback",
        number=ticket.number,
        summary=summary_of(view),
        priority=say.word(ticket.priority),
        status=say.word(ticket.status),
        person=view.name(ticket.assignee),
    )


# --- who and what ---------------------------------------------------------------------------------


def _heading(view: TicketView, say: Voice) -> list[str]:
    ticket = view.ticket
    lines = [
        say(
            "agents.state",
            priority=say.word(ticket.priority),
            status=say.word(ticket.status),
            tier=ticket.tier,
            count=ticket.reopen_count,
        ),
        _requester(view, say),
    ]
    if ticket.opened_by != ticket.requester:
        lines.append(say("agents.opened_by", person=name_of(view, ticket.opened_by, say)))
    topic = view.policy.topic(ticket.topic).title
    key = "agents.assigned" if ticket.assignee else "agents.unassigned"
    work = [say(key, topic=topic, person=name_of(view, ticket.assignee, say))]
    if ticket.impact and ticket.urgency:
        impact, urgency = say.word(ticket.impact), say.word(ticket.urgency)
        work.append(say("agents.weight", impact=impact, urgency=urgency))
    lines.append(" · ".join(work))
    if ticket.is_priority_overridden:
        lines.append(say("agents.overridden"))
    if ticket.is_confidential:
        lines.append(say("agents.private", queue=queue_of(view)))
    return lines


def _requester(view: TicketView, say: Voice) -> str:
    ticket = view.ticket
    zone = view.zones.get(ticket.requester) or ticket.zone
    # Their clock, not the reader's: whether one may call them now is what an agent wants to know.
    return replace(say, zone=zone)(
        "agents.requester",
        person=name_of(view, ticket.requester, say),
        city=city_of(zone),
        at=view.now,
        count=view.earlier,
    )


def _submitted(view: TicketView, say: Voice) -> tuple[Element, ...]:
    ticket = view.ticket
    author = say("agents.wrote", person=name_of(view, ticket.requester, say))
    answers = answers_of(view, say)
    pairs = (Pairs(items=answers),) if answers else ()
    return (*quoted(view, ticket.details, author), *pairs)


def _relations(view: TicketView, say: Voice) -> tuple[Element, ...]:
    ticket = view.ticket
    lines = []
    if ticket.parent is not None:
        lines.append(say("agents.part_of", other=ticket.parent))
    if ticket.follow_up_of is not None:
        lines.append(say("agents.follows", other=ticket.follow_up_of))
    if ticket.merged_into is not None:
        lines.append(say("agents.merged", other=ticket.merged_into))
    if view.successors:
        numbers = tuple(f"#{number}" for number in view.successors)
        lines.append(say("agents.successors", numbers=numbers))
    return tuple(Line(text=line, tone=Tone.QUIET) for line in lines)


def _ended(view: TicketView, say: Voice) -> tuple[Element, ...]:
    """How it was resolved, closed and rated, as far as it was."""
    ticket = view.ticket
    elements: list[Element] = []
    if ticket.resolution is not None and not ticket.is_unsolved:
        person, code = view.name(ticket.resolution.by), say.word(ticket.resolution.code)
        key = "agents.ended.resolved" if person else "agents.ended.resolved_clock"
        elements.append(Line(text=say(key, person=person, code=code)))
        elements += quoted(view, ticket.resolution.summary)
    if ticket.closing is not None:
        reason = say.word(ticket.closing.reason)
        closed_at = ticket.closing.at
        elements.append(Line(text=say("agents.ended.closed", reason=reason, closed_at=closed_at)))
    if ticket.rating is not None:
        rating = say(f"words.rating.{ticket.rating}")
        elements.append(Line(text=say("agents.ended.rated", rating=rating)))
    return tuple(elements)


# --- what can be done -----------------------------------------------------------------------------


def _actions(view: TicketView, say: Voice) -> Buttons:
    ticket = view.ticket
    if ticket.status is Status.CLOSED:
        verbs: tuple[str, ...] = ("note", "link", "export")
        return Buttons(buttons=_ways_back(view, say), menu=menu(say, verbs, ticket))
    if ticket.status is Status.RESOLVED:
        buttons = (button(say, "reply", ticket), button(say, "note", ticket))
        back = button(say, "reopen", ticket, label="reopen_ticket")
        verbs = ("merge", "link", "watch", "export")
        return Buttons(buttons=(*buttons, back), menu=menu(say, verbs, ticket))
    verbs = (*_MENU[ticket.status], "merge", "link", "watch", "spam", "export")
    return Buttons(buttons=_work(view, say), menu=menu(say, verbs, ticket))


def _work(view: TicketView, say: Voice) -> tuple[Button, ...]:
    ticket = view.ticket
    is_taken = ticket.assignee is not None
    first = (
        button(say, "release", ticket)
        if is_taken
        else button(say, "claim", ticket, weight=Weight.PRIMARY)
    )
    is_held = ticket.status is Status.ON_HOLD
    return (
        first,
        *((button(say, "resume", ticket),) if is_held else ()),
        button(say, "reply", ticket),
        button(say, "note", ticket),
        # Only who has it, or a lead, can resolve it: before that the button would only refuse.
        *((button(say, "resolve", ticket),) if is_taken else ()),
    )


def _ways_back(view: TicketView, say: Voice) -> tuple[Button, ...]:
    ticket = view.ticket
    reason = ticket.closing.reason if ticket.closing else None
    if reason is CloseReason.MERGED:
        return (button(say, "unmerge", ticket),)
    if reason is CloseReason.SPAM:
        return (button(say, "not_spam", ticket),)
    return (button(say, "reopen", ticket, label="reopen_ticket"),)
