"""Who is told what when something happens: one table, a row for each fact and audience.

A notice is semantic ("tell the requester: resolved"); it is rendered when it is delivered, from
the state of that moment. The two cards of a ticket are no rows: they are refreshed after every
change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from chatdesk.lifecycle.facts import (
    Assigned,
    Closed,
    Fact,
    MessageAdded,
    Released,
    Resolved,
    Resumed,
)
from chatdesk.lifecycle.followup import Rated
from chatdesk.lifecycle.investigation import Held, Noted, SlaWarned
from chatdesk.lifecycle.ticket import (
    CLOCK,
    CloseReason,
    PersonId,
    ResolutionCode,
    Ticket,
)

UNDO_WITHIN = timedelta(seconds=15)
"""Real seconds a Reply waits before it goes out, so that it can be undone."""

LOW_RATING = 2
"""This rating or a lower one reaches the lead."""


class Audience(StrEnum):
    """To whom a notice goes."""

    REQUESTER = "requester"
    """The requester's conversation of the ticket."""
    AGENTS = "agents"
    """The agents' conversation of the ticket, in its queue."""
    AGENTS_BEFORE = "agents before"
    """The agents' conversation in the queue the ticket came from."""
    PERSON = "person"
    """The requester themselves, in a direct message."""
    ASSIGNEE = "assignee"
    """Who has the ticket, in a direct message."""
    LEADS = "leads"
    """The leads of the queue, in direct messages."""
    WATCHERS = "watchers"
    """Who follows the ticket, in direct messages."""
    NAMED = "named"
    """The person the fact names, in a direct message."""


@dataclass(frozen=True, slots=True)
class Row:
    """A fact of this kind tells `audience` the notice `name`, `after` a while, if `when` holds."""

    kind: str
    name: str
    audience: Audience
    when: Callable[[Fact, Ticket], bool] = lambda _fact, _ticket: True
    after: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One fact told to one audience; `person` for those that go to one person."""

    name: str
    audience: Audience
    after: timedelta = timedelta()
    person: PersonId | None = None


def _given_by_another(fact: Fact, _: Ticket) -> bool:
    return isinstance(fact, Assigned) and fact.agent != fact.by


def _was_thanks(fact: Fact, ticket: Ticket) -> bool:
    return isinstance(fact, MessageAdded) and fact.is_acknowledgement and not ticket.is_unsolved


def _was_unsure(fact: Fact, ticket: Ticket) -> bool:
    """Tell a message that neither reopened a solved ticket nor was an acknowledgement."""
    is_message = isinstance(fact, MessageAdded) and not fact.is_acknowledgement
    was_spam = ticket.closing is not None and ticket.closing.reason is CloseReason.SPAM
    return is_message and not (ticket.is_unsolved or ticket.is_continued or was_spam)


def _not_in_place(fact: Fact, _: Ticket) -> bool:
    return isinstance(fact, MessageAdded | Noted) and not fact.is_in_place


def _wants_approval(fact: Fact, _: Ticket) -> bool:
    return isinstance(fact, Held) and fact.approver is not None


def _by_agent(fact: Fact, _: Ticket) -> bool:
    return isinstance(fact, Resolved) and fact.code not in {
        ResolutionCode.SELF_SOLVED,
        ResolutionCode.NO_RESPONSE,
    }


def _by_silence(fact: Fact, _: Ticket) -> bool:
    return isinstance(fact, Resolved) and fact.code is ResolutionCode.NO_RESPONSE


def _is_told(fact: Fact, _: Ticket) -> bool:
    return isinstance(fact, Closed) and fact.reason is not CloseReason.SPAM


def _idle(fact: Fact, _: Ticket) -> bool:
    return isinstance(fact, Released) and fact.by == CLOCK


def _by_the_requester(fact: Fact, ticket: Ticket) -> bool:
    return isinstance(fact, Resumed) and fact.by != ticket.assignee


def _at_least(percent: int) -> Callable[[Fact, Ticket], bool]:
    return lambda fact, _: isinstance(fact, SlaWarned) and fact.percent >= percent


def _breached(fact: Fact, _: Ticket) -> bool:
    return isinstance(fact, SlaWarned) and fact.percent >= 100  # noqa: PLR2004 - percent


def _warned_only(fact: Fact, _: Ticket) -> bool:
    return isinstance(fact, SlaWarned) and 75 <= fact.percent < 100  # noqa: PLR2004 - percent


def _low(fact: Fact, _: Ticket) -> bool:
    return isinstance(fact, Rated) and fact.score <= LOW_RATING


NOTICES: tuple[Row, ...] = (
    Row("assigned", "assigned_to_you", Audience.ASSIGNEE, _given_by_another),
    Row("released", "released", Audience.AGENTS),
    Row("released", "released_from_you", Audience.NAMED, _idle),
    Row("transferred", "transferred_away", Audience.AGENTS_BEFORE),
    Row("transferred", "transferred", Audience.AGENTS),
    Row("escalated", "escalated", Audience.AGENTS),
    Row("escalated", "escalated", Audience.LEADS),
    Row("priority_set", "priority_set", Audience.AGENTS),
    Row("linked", "linked", Audience.AGENTS),
    Row("watcher_added", "watching", Audience.NAMED),
    Row("asked", "question", Audience.REQUESTER),
    Row("asked", "asked", Audience.AGENTS),
    Row("asked", "watched_word", Audience.WATCHERS),
    Row("message_added", "your_message", Audience.REQUESTER, _not_in_place),
    Row("message_added", "message", Audience.AGENTS),
    Row("message_added", "smile", Audience.REQUESTER, _was_thanks),
    Row("message_added", "still_broken", Audience.REQUESTER, _was_unsure),
    Row("message_added", "unsure_message", Audience.ASSIGNEE, _was_unsure),
    Row("resumed", "resumed", Audience.AGENTS),
    Row("resumed", "back_to_you", Audience.ASSIGNEE, _by_the_requester),
    Row("replied", "reply", Audience.REQUESTER, after=UNDO_WITHIN),
    Row("replied", "reply_mark", Audience.AGENTS),
    Row("replied", "watched_word", Audience.WATCHERS, after=UNDO_WITHIN),
    Row("reply_withdrawn", "reply_mark", Audience.AGENTS),
    Row("noted", "note", Audience.AGENTS, _not_in_place),
    Row("entry_edited", "edited_entry", Audience.AGENTS),
    Row("entry_edited", "edited_entry", Audience.REQUESTER),
    Row("entry_removed", "edited_entry", Audience.AGENTS),
    Row("entry_removed", "edited_entry", Audience.REQUESTER),
    Row("held", "held", Audience.REQUESTER),
    Row("held", "held_for_agents", Audience.AGENTS),
    Row("held", "approval_wanted", Audience.NAMED, _wants_approval),
    Row("approval_decided", "approval_decided", Audience.AGENTS),
    Row("nudged", "nudge", Audience.REQUESTER),
    Row("resolved", "resolved", Audience.REQUESTER, _by_agent),
    Row("resolved", "resolved_silent", Audience.REQUESTER, _by_silence),
    Row("resolved", "resolved_for_agents", Audience.AGENTS),
    Row("resolved", "watched_word", Audience.WATCHERS, _by_agent),
    Row("confirm_reminded", "confirm_reminder", Audience.REQUESTER),
    Row("still_being_checked", "still_being_checked", Audience.AGENTS),
    Row("closed", "closed", Audience.REQUESTER, _is_told),
    Row("closed", "closed_for_agents", Audience.AGENTS),
    Row("closing_undone", "closing_undone", Audience.AGENTS),
    Row("reopened", "reopened", Audience.REQUESTER),
    Row("reopened", "reopened_for_agents", Audience.AGENTS),
    Row("reopened", "back_to_you", Audience.ASSIGNEE),
    Row("recurred", "recurred", Audience.AGENTS),
    Row("sla_warned", "sla_warning", Audience.AGENTS, _warned_only),
    Row("sla_warned", "sla_warning", Audience.ASSIGNEE, _warned_only),
    Row("sla_warned", "sla_warning", Audience.LEADS, _at_least(90)),
    Row("sla_warned", "sla_breach", Audience.AGENTS, _breached),
    Row("sla_warned", "delayed", Audience.REQUESTER, _breached),
    Row("lead_told", "unclaimed", Audience.LEADS),
    Row("lead_told", "unclaimed", Audience.AGENTS),
    Row("owner_asked", "idle", Audience.ASSIGNEE),
    Row("unreached", "unreached", Audience.AGENTS),
    Row("follow_up_asked", "follow_up", Audience.PERSON),
    Row("follow_up_answered", "follow_up_answered", Audience.AGENTS),
    Row("rated", "rated", Audience.AGENTS),
    Row("rated", "low_rating", Audience.LEADS, _low),
)
"""Everything anybody is told."""

WANTING = frozenset({"nudge", "confirm_reminder", "resolved_silent", "closed", "follow_up"})
"""Notices that want something of the requester: nobody may wait in vain where one is lost."""

UNTOLD = frozenset(
    {
        "opened",
        "triaged",
        "topic_set",
        "ticked_off",
        "nudge_delivered",
        "watcher_removed",
        "follow_up_postponed",
        "follow_up_stopped",
        "person_replaced",
    }
)
"""Facts that only the ticket's cards show."""

_ROWS: dict[str, tuple[Row, ...]] = {
    kind: tuple(row for row in NOTICES if row.kind == kind)
    for kind in {row.kind for row in NOTICES}
}


_TELLING_LEADS = frozenset(row.kind for row in NOTICES if row.audience is Audience.LEADS)


def tells_leads(fact: Fact) -> bool:
    """Tell whether anybody must look up the leads before asking for this fact's notices."""
    return fact.kind in _TELLING_LEADS


def named_by(fact: Fact) -> PersonId | None:
    """Return the person a fact is about, besides who did it."""
    for attribute in ("person", "approver", "before"):
        found = getattr(fact, attribute, None)
        if isinstance(found, str) and found:
            return PersonId(found)
    return None


def notices(fact: Fact, ticket: Ticket, leads: frozenset[PersonId]) -> list[Notice]:
    """Return what is told because of a fact; `ticket` is the state after the whole command.

    Nobody is told in a direct message what they just did themselves.
    """
    told: list[Notice] = []
    for row in _ROWS.get(fact.kind, ()):
        if not row.when(fact, ticket):
            continue
        if row.audience in {Audience.REQUESTER, Audience.AGENTS, Audience.AGENTS_BEFORE}:
            told.append(Notice(name=row.name, audience=row.audience, after=row.after))
            continue
        people = _people(row.audience, fact, ticket, leads) - {fact.by}
        told += [
            Notice(name=row.name, audience=row.audience, after=row.after, person=person)
            for person in sorted(people)
        ]
    return told


def _people(
    audience: Audience, fact: Fact, ticket: Ticket, leads: frozenset[PersonId]
) -> frozenset[PersonId]:
    if audience is Audience.PERSON:
        return frozenset({ticket.requester})
    if audience is Audience.WATCHERS:
        return ticket.watchers
    if audience is Audience.LEADS:
        return leads
    person = ticket.assignee if audience is Audience.ASSIGNEE else named_by(fact)
    return frozenset({person}) if person else frozenset()
