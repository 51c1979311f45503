"""Parts that several cards share: buttons, what is due and when, reasons, files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from chatdesk.lifecycle.calendar import calendar_for
from chatdesk.lifecycle.sla import Clock, State, clocks, state
from chatdesk.lifecycle.ticket import EntryId, Status, Ticket
from chatdesk.lifecycle.timers import timers
from chatdesk.ui.cards import (
    Button,
    Buttons,
    Element,
    Files,
    Line,
    Menu,
    Option,
    Quote,
    Tone,
    Weight,
    button_id,
)
from chatdesk.ui.views import TicketView
from chatdesk.ui.voice import Voice, name_of

WORDS_OF_OURS = frozenset({"first_reply", "next_reply", "update"})
"""The targets that promise the requester a word."""

_TONES = {
    State.PLAIN: Tone.PLAIN,
    State.HALF: Tone.WARNING,
    State.MOST: Tone.WARNING,
    State.NEARLY_ALL: Tone.DANGER,
    State.BREACHED: Tone.DANGER,
}


# --- buttons --------------------------------------------------------------------------------------


def button(
    say: Voice,
    verb: str,
    ticket: Ticket,
    *,
    label: str = "",
    more: str = "",
    weight: Weight = Weight.NORMAL,
) -> Button:
    """Return the button of a verb for a ticket; `label` names another text of `buttons`."""
    state = button_id(verb, ticket.number, ticket.version, more)
    return Button(id=state, label=say(f"buttons.{label or verb}"), weight=weight)


def show_button(say: Voice, number: int) -> Button:
    """Return a button that shows another ticket."""
    return Button(id=button_id("show", number), label=say("buttons.show_number", number=number))


def menu(say: Voice, verbs: Iterable[str], ticket: Ticket, label: str = "more") -> Menu | None:
    """Return a menu of these verbs for a ticket; None without any."""
    options = tuple(
        Option(value=button_id(verb, ticket.number, ticket.version), label=say(f"buttons.{verb}"))
        for verb in verbs
    )
    return Menu(label=say(f"buttons.{label}"), options=options) if options else None


def row(*buttons: Button) -> tuple[Element, ...]:
    """Return a row of buttons, or nothing without any."""
    return (Buttons(buttons=buttons),) if buttons else ()


# --- the checklist --------------------------------------------------------------------------------


def item_code(item: str) -> str:
    """Return a short name of a checklist's item for a button's `more`, whatever its place."""
    return hashlib.sha256(item.encode()).hexdigest()[:12]


def item_named(ticket: Ticket, code: str) -> str | None:
    """Return the item of that code that is still to be ticked off; None if there is none."""
    return next((item for item in ticket.unticked if item_code(item) == code), None)


def checklist(view: TicketView, say: Voice) -> tuple[Element, ...]:
    """Return the checklist with what is done, and a menu to tick off the rest."""
    ticket = view.ticket
    listed = view.policy.topic(ticket.topic).checklist
    gone = [item for item in ticket.unticked if item not in listed]  # taken out of the policy since
    items = [*listed, *gone]
    if not items or not ticket.is_unsolved:
        return ()
    done = [item for item in items if item not in ticket.unticked]
    progress = say("agents.checklist.progress", count=len(done), total=len(items))
    lines = [
        say("agents.checklist.done" if item in done else "agents.checklist.open", item=item)
        for item in items
    ]
    elements: tuple[Element, ...] = (Line(text="\n".join([progress, *lines])),)
    if not ticket.unticked:
        return elements
    options = tuple(
        Option(value=button_id("tick", ticket.number, ticket.version, item_code(item)), label=item)
        for item in ticket.unticked
    )
    return (*elements, Buttons(menu=Menu(label=say("buttons.tick"), options=options)))


# --- what is due ----------------------------------------------------------------------------------


def next_due(view: TicketView, among: frozenset[str] | None = None) -> Clock | None:
    """Return the running clock that is due first, of these targets or of all."""
    running = [
        clock
        for clock in clocks(view.ticket, view.policy)
        if clock.due_at is not None and (among is None or clock.target in among)
    ]
    return min(running, key=lambda clock: clock.due_at or view.now, default=None)


def is_late(view: TicketView, clock: Clock | None) -> bool:
    """Tell whether what was promised is overdue."""
    return clock is not None and clock.due_at is not None and clock.due_at <= view.now


def due_line(view: TicketView, say: Voice) -> Line | None:
    """Return what is due next, in words and tone; None when nothing is."""
    clock = next_due(view)
    if clock is None:
        return None
    reached = state(clock, view.now)
    text = say(
        f"agents.due.{reached.value}",
        target=say(f"words.target.{clock.target}"),
        due_at=clock.due_at,
    )
    return Line(text=text, tone=_TONES[reached])


def closed_for_now(view: TicketView, say: Voice) -> Line | None:
    """Return that the queue is out of hours and when it is back; None in hours."""
    calendar = calendar_for(view.policy, view.ticket.queue)
    if calendar.is_open(view.now):
        return None
    queue = view.policy.queue(view.ticket.queue).title
    text = say("receipt.next.closed_now", queue=queue, opens_at=calendar.next_open(view.now))
    return Line(text=text, tone=Tone.QUIET)


def closing_line(view: TicketView, say: Voice) -> Line | None:
    """Return when a resolved ticket closes by itself; None if it does not."""
    timer = timers(view.ticket, view.policy).get("auto_confirm")
    if view.ticket.status is not Status.RESOLVED or timer is None:
        return None
    closes_at = max(timer.due_at, view.now)
    return Line(text=say("receipt.next.closes", closes_at=closes_at), tone=Tone.QUIET)


# --- people's own words ---------------------------------------------------------------------------


def quoted(view: TicketView, entry: EntryId | None, author: str = "") -> tuple[Element, ...]:
    """Return an entry's text literally, with its files; nothing if there is none to show."""
    found = view.entries.get(entry) if entry else None
    if found is None or found.is_removed:
        return ()
    text = (Quote(text=found.text, author=author),) if found.text else ()
    return (*text, *((Files(files=found.files),) if found.files else ()))


def hold_reason(view: TicketView, say: Voice) -> tuple[Element, ...]:
    """Return for agents until when and why a ticket is on hold; nothing if it is not."""
    hold = view.ticket.hold
    # A closed ticket still knows its hold, for what takes the closing back.
    if hold is None or view.ticket.status is not Status.ON_HOLD:
        return ()
    key = "agents.hold.approval" if hold.approver else "agents.hold.until"
    approver = name_of(view, hold.approver, say)
    line = Line(text=say(key, wake_at=hold.wake_at, approver=approver), tone=Tone.QUIET)
    return (line, *quoted(view, hold.reason, say("receipt.reason")))
