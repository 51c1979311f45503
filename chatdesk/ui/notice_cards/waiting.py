"""What is waited for: holds, approvals, answers that do not come, and clocks that run out."""

from __future__ import annotations

from datetime import datetime, timedelta

from chatdesk.lifecycle.calendar import calendar_for
from chatdesk.lifecycle.facts import Fact
from chatdesk.lifecycle.investigation import ApprovalDecided, Held, Nudged, SlaWarned
from chatdesk.lifecycle.sla import clocks
from chatdesk.lifecycle.ticket import EntryKind, Priority, Status
from chatdesk.ui.cards import Button, Card, Element, Line, Tone, Weight
from chatdesk.ui.notice_cards.telling import Draws, Telling, fact_of, notice, quiet
from chatdesk.ui.parts import button, quoted
from chatdesk.ui.views import EntryView

_SHORTEST_ESTIMATE = timedelta(minutes=30)
_QUARTER = timedelta(minutes=15)


# --- holds and approvals --------------------------------------------------------------------------


def _held(telling: Telling) -> Card:
    fact, say = fact_of(telling, Held), telling.say
    text = say(
        f"notices.hold.{'held_approval' if fact.approver else 'held'}",
        number=telling.ticket.number,
        wake_at=fact.wake_at,
        approver=telling.name(fact.approver),
    )
    following = quiet(say("notices.hold.held_next"))
    return notice(telling, text, *telling.quote(fact.reason, telling.by), *following)


def _held_for_agents(telling: Telling) -> Card:
    fact, say = fact_of(telling, Held), telling.say
    text = say(
        f"notices.hold.{'held_for_approval' if fact.approver else 'held_for_agents'}",
        person=telling.by,
        wake_at=fact.wake_at,
        approver=telling.name(fact.approver),
    )
    is_held = telling.ticket.status is Status.ON_HOLD
    buttons = (button(say, "resume", telling.ticket),) if is_held else ()
    return notice(telling, text, *telling.quote(fact.reason), *telling.buttons(*buttons))


def _approval_wanted(telling: Telling) -> Card:
    fact, ticket, say = fact_of(telling, Held), telling.ticket, telling.say
    text = say(
        "notices.hold.approval_wanted",
        person=telling.by,
        number=ticket.number,
        summary=telling.summary,
        requester=telling.requester,
    )
    is_asked = ticket.hold is not None and ticket.hold.approver is not None
    buttons = (
        button(say, "approve", ticket, weight=Weight.PRIMARY),
        button(say, "decline", ticket, weight=Weight.DANGER),
    )
    return notice(
        telling,
        text,
        *telling.quote(fact.reason, telling.by),
        *quiet(say("notices.hold.approval_next", wake_at=fact.wake_at)),
        *telling.buttons(*(buttons if is_asked else ())),
    )


def _approval_decided(telling: Telling) -> Card:
    fact = fact_of(telling, ApprovalDecided)
    key, tone = ("approved", Tone.GOOD) if fact.is_approved else ("declined", Tone.WARNING)
    return notice(telling, telling.say(f"notices.hold.{key}", person=telling.by), tone=tone)


# --- silence --------------------------------------------------------------------------------------


def _nudge(telling: Telling) -> Card:
    fact, ticket, say = fact_of(telling, Nudged), telling.ticket, telling.say
    text = say("notices.hold.nudge", number=ticket.number, summary=telling.summary)
    question = _latest_question(telling)
    asked = quoted(telling.view, question.entry, telling.name(question.author)) if question else ()
    buttons = (
        button(say, "add_info", ticket, label="answer", weight=Weight.PRIMARY),
        button(say, "add_info", ticket, label="keep_open", more="keep"),
        button(say, "solve_self", ticket),
    )
    return notice(
        telling,
        text,
        *asked,
        *quiet(_what_silence_means(telling) if fact.is_last else ""),
        *telling.buttons(*(buttons if ticket.is_unsolved else ())),
        tone=Tone.WARNING,
    )


def _latest_question(telling: Telling) -> EntryView | None:
    replies = [one for one in telling.view.entries.values() if one.kind is EntryKind.REPLY]
    return max((one for one in replies if one.purpose == "asked"), key=_at, default=None)


def _at(entry: EntryView) -> datetime:
    return entry.at


def _what_silence_means(telling: Telling) -> str:
    wait = telling.view.policy.silence.resolve_after
    if wait is None or telling.ticket.priority is Priority.CRITICAL:
        return ""
    return telling.say("notices.hold.nudge_last", wait=telling.wait(wait))


# --- clocks ---------------------------------------------------------------------------------------


def _sla_warning(telling: Telling) -> Card:
    fact, say = fact_of(telling, SlaWarned), telling.say
    is_over = fact.due_at <= telling.view.now
    text = say(
        f"notices.clocks.{'warning_over' if is_over else 'warning'}",
        target=say(f"words.target.{fact.target}"),
        due_at=fact.due_at,
        percent=fact.percent,
    )
    return notice(telling, text, *_what_to_do(telling, fact), tone=Tone.WARNING)


def _sla_breach(telling: Telling) -> Card:
    fact, say = fact_of(telling, SlaWarned), telling.say
    target = say(f"words.target.{fact.target}")
    text = say("notices.clocks.breach", target=target, due_at=fact.due_at)
    return notice(telling, text, *_what_to_do(telling, fact), tone=Tone.DANGER)


def _what_to_do(telling: Telling, fact: SlaWarned) -> tuple[Element, ...]:
    ticket, say = telling.ticket, telling.say
    if not ticket.is_unsolved:
        return telling.buttons()
    if ticket.assignee is None:
        verbs: tuple[str, ...] = ("claim", "assign")
        text = say("notices.clocks.claim_it")
    else:
        is_work = fact.target == "resolution"
        verbs = ("resolve", "ask", "hold", "escalate") if is_work else ("reply", "escalate")
        text = say(f"notices.clocks.{fact.target}", requester=telling.requester)
    if ticket.status is not Status.OPEN:
        verbs = tuple(verb for verb in verbs if verb not in {"hold", "ask"})
    first = verbs[0]
    buttons: list[Button] = [
        button(say, verb, ticket, weight=Weight.PRIMARY if verb == first else Weight.NORMAL)
        for verb in verbs
    ]
    return (Line(text=text), *telling.buttons(*buttons))


def _delayed(telling: Telling) -> Card:
    fact, ticket, say = fact_of(telling, SlaWarned), telling.ticket, telling.say
    text = say(
        f"notices.delayed.{fact.target}",
        number=ticket.number,
        due_at=fact.due_at,
        since_at=fact.since,
    )
    estimate_at = _estimate(telling, fact)
    following = say(
        f"notices.delayed.{'estimate' if estimate_at else 'told'}",
        owner=telling.view.name(ticket.assignee),
        queue=telling.queue,
        estimate_at=estimate_at,
    )
    return notice(telling, text, Line(text=following), tone=Tone.WARNING)


def _estimate(telling: Telling, fact: Fact) -> datetime | None:
    """Return when we now expect to keep the promise; None once it was kept, if late.

    Half of what was promised, counted again from now in working hours, and rounded up: no more is
    known, and an estimate to the minute would claim more.
    """
    view = telling.view
    target = fact.target if isinstance(fact, SlaWarned) else ""
    running = next((one for one in clocks(view.ticket, view.policy) if one.target == target), None)
    if running is None or running.is_paused:
        return None
    calendar = calendar_for(view.policy, view.ticket.queue)
    estimate_at = calendar.add(view.now, max(running.allowed / 2, _SHORTEST_ESTIMATE))
    past = timedelta(minutes=estimate_at.minute, seconds=estimate_at.second) % _QUARTER
    return estimate_at.replace(microsecond=0) + (_QUARTER - past if past else timedelta())


CARDS: dict[str, Draws] = {
    "held": _held,
    "held_for_agents": _held_for_agents,
    "approval_wanted": _approval_wanted,
    "approval_decided": _approval_decided,
    "nudge": _nudge,
    "sla_warning": _sla_warning,
    "sla_breach": _sla_breach,
    "delayed": _delayed,
}
