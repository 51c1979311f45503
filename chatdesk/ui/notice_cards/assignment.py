"""Who has a ticket, where it is, and how important it is: the notices of triage and assignment."""

from __future__ import annotations

from chatdesk.lifecycle.assignment import Escalated, LeadTold, OwnerAsked, Transferred, Unreached
from chatdesk.lifecycle.facts import Assigned, Released, WatcherAdded
from chatdesk.lifecycle.timers import timers
from chatdesk.lifecycle.triage import Linked, PrioritySet
from chatdesk.ui.cards import Button, Card, Tone, Weight
from chatdesk.ui.notice_cards.telling import Draws, Telling, fact_of, notice, quiet
from chatdesk.ui.parts import button, due_line, show_button
from chatdesk.ui.voice import queue_of


def _claim(telling: Telling, label: str = "") -> tuple[Button, ...]:
    """Offer the claim only as long as nobody has it."""
    if telling.ticket.assignee is not None or not telling.ticket.is_unsolved:
        return ()
    return (button(telling.say, "claim", telling.ticket, label=label, weight=Weight.PRIMARY),)


def _assigned_to_you(telling: Telling) -> Card:
    fact, ticket, say = fact_of(telling, Assigned), telling.ticket, telling.say
    is_routed = fact.by in {ticket.requester, ticket.opened_by} or telling.is_by_clock
    key = "assigned_by_turn" if is_routed else "assigned_to_you"
    due = due_line(telling.view, say)
    buttons = (button(say, "reply", ticket), button(say, "release", ticket))
    return notice(
        telling,
        say(f"notices.assignment.{key}", person=telling.by),
        *((due,) if due else ()),
        *telling.buttons(*(buttons if ticket.is_unsolved else ())),
    )


def _released(telling: Telling) -> Card:
    fact = fact_of(telling, Released)
    if telling.is_by_clock:
        key = "released_idle" if fact.reason is None else "released"
    else:
        key = "released" if fact.reason else "released_absent"
    text = telling.say(
        f"notices.assignment.{key}",
        person=telling.by,
        owner=telling.name(fact.before),
        queue=telling.queue,
    )
    return notice(telling, text, *telling.quote(fact.reason), *telling.buttons(*_claim(telling)))


def _released_from_you(telling: Telling) -> Card:
    fact_of(telling, Released)
    text = telling.say("notices.assignment.released_from_you", queue=telling.queue)
    return notice(telling, text, *telling.buttons(*_claim(telling, label="take_back")))


def _transferred_away(telling: Telling) -> Card:
    fact = fact_of(telling, Transferred)
    queue = queue_of(telling.view, fact.queue)
    text = telling.say("notices.assignment.transferred_away", person=telling.by, queue=queue)
    return notice(telling, text, *telling.quote(fact.reason), tone=Tone.QUIET)


def _transferred(telling: Telling) -> Card:
    fact = fact_of(telling, Transferred)
    before = queue_of(telling.view, fact.before)
    text = telling.say("notices.assignment.transferred", person=telling.by, before=before)
    return notice(telling, text, *telling.quote(fact.reason), *telling.buttons(*_claim(telling)))


def _escalated(telling: Telling) -> Card:
    fact = fact_of(telling, Escalated)
    text = telling.say("notices.assignment.escalated", person=telling.by, tier=fact.tier)
    give = (button(telling.say, "assign", telling.ticket),) if telling.ticket.is_unsolved else ()
    buttons = telling.buttons(*_claim(telling), *give)
    return notice(telling, text, *telling.quote(fact.reason), *buttons, tone=Tone.WARNING)


def _unclaimed(telling: Telling) -> Card:
    fact, ticket = fact_of(telling, LeadTold), telling.ticket
    since_at = ticket.unassigned_since or ticket.assigned_at or fact.at
    text = telling.say("notices.assignment.unclaimed", since_at=since_at)
    due = due_line(telling.view, telling.say)
    give = (button(telling.say, "assign", ticket),) if ticket.is_unsolved else ()
    return notice(
        telling,
        text,
        *((due,) if due else ()),
        *telling.buttons(*_claim(telling), *give),
        tone=Tone.WARNING,
    )


def _idle(telling: Telling) -> Card:
    fact, ticket, say = fact_of(telling, OwnerAsked), telling.ticket, telling.say
    # That the owner was asked counts as activity of the desk, so the last word tells since when.
    since_at = ticket.last_public_at or ticket.assigned_at or ticket.opened_at
    text = say("notices.assignment.idle", since_at=min(since_at, fact.at))
    release = timers(ticket, telling.view.policy).get("idle")
    following = ""
    if release is not None and ticket.is_owner_asked:
        queue, release_at = telling.queue, max(release.due_at, telling.view.now)
        following = say("notices.assignment.idle_next", queue=queue, release_at=release_at)
    verbs = ("reply", "note", "hold", "release") if ticket.is_unsolved else ()
    buttons = (button(say, verb, ticket) for verb in verbs)
    return notice(telling, text, *quiet(following), *telling.buttons(*buttons))


def _unreached(telling: Telling) -> Card:
    fact, say = fact_of(telling, Unreached), telling.say
    text = say(
        "notices.unreached.lost",
        requester=telling.requester,
        what=say(f"notices.unreached.{fact.notice}"),
        why=telling.why,
    )
    following = say("notices.unreached.nudge_next") if fact.notice == "nudge" else ""
    return notice(telling, text, *quiet(following), tone=Tone.DANGER)


def _priority_set(telling: Telling) -> Card:
    fact, say = fact_of(telling, PrioritySet), telling.say
    text = say(
        "notices.assignment.priority_set",
        person=telling.by,
        priority=say.word(fact.priority),
        before=say.word(fact.before),
    )
    return notice(telling, text, *telling.quote(fact.reason))


def _linked(telling: Telling) -> Card:
    fact = fact_of(telling, Linked)
    key = "linked_child" if fact.is_child else "linked"
    text = telling.say(f"notices.assignment.{key}", person=telling.by, other=fact.other)
    return notice(telling, text, *telling.buttons(show_button(telling.say, fact.other)))


def _watching(telling: Telling) -> Card:
    fact_of(telling, WatcherAdded)
    text = telling.say(
        "notices.assignment.watching",
        number=telling.ticket.number,
        summary=telling.summary,
        requester=telling.requester,
    )
    show = () if telling.is_personal else (button(telling.say, "show", telling.ticket),)
    return notice(telling, text, *telling.buttons(*show))


CARDS: dict[str, Draws] = {
    "assigned_to_you": _assigned_to_you,
    "released": _released,
    "released_from_you": _released_from_you,
    "transferred_away": _transferred_away,
    "transferred": _transferred,
    "escalated": _escalated,
    "unclaimed": _unclaimed,
    "idle": _idle,
    "unreached": _unreached,
    "priority_set": _priority_set,
    "linked": _linked,
    "watching": _watching,
}
