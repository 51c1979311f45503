"""What is to be seen of a desk from outside and in its books, in a form that can be compared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chatdesk.lifecycle.record import fold
from chatdesk.lifecycle.ticket import PersonId, Ticket
from chatdesk.lifecycle.timers import timers
from chatdesk.ports import Transaction
from tests.scenarios.local_stage import LocalStage

EVERYBODY = ("mara", "jo", "sam", "dana")

LATE = timedelta(minutes=10)
"""How much later than without a death something may happen: leases have to run out first."""

_RANDOM = re.compile(r"\b[0-9a-f]{16,}\b")
_CLOCK_TIME = re.compile(r"\b\d{1,2}:\d\d\b")
_SPAN = re.compile(r"\b\d+ (?:min|h|d|days?)\b(?: \d+ (?:min|h|d|days?)\b)*")
_NUMBER = re.compile(r"#(\d+)")


@dataclass(slots=True)
class Outlook:
    """Tickets are called by the order in which they were opened: a number may be skipped."""

    records: dict[int, list[str]] = field(default_factory=dict)
    """Of each ticket what happened, and by whom."""
    states: dict[int, dict[str, Any]] = field(default_factory=dict)
    timers: dict[str, datetime] = field(default_factory=dict)
    conversations: dict[str, list[str]] = field(default_factory=dict)
    """Of each place and thread what everybody reads there, in its order."""
    broken: list[str] = field(default_factory=list)
    """What must never be, whatever happened."""


def look(stage: LocalStage) -> Outlook:
    """Look at a desk that has come to rest."""
    found = Outlook()
    order = {number: rank for rank, number in enumerate(numbers_of(stage), 1)}
    stage.parts.store.read(lambda tx: _look_into_books(tx, stage, found, order))
    _read_conversations(stage, found, order)
    broken_records = stage.parts.store.broken_records()
    if broken_records:
        found.broken.append(f"the hash chains of {broken_records} are broken")
    return found


def numbers_of(stage: LocalStage) -> list[int]:
    """Return the numbers of all tickets, oldest first."""

    def work(tx: Transaction) -> list[int]:
        everything = tx.tickets.active_between(_BEGINNING, stage.moment + timedelta(days=1))
        return sorted(ticket.number for ticket in everything)

    return stage.parts.store.read(work)


def kinds_of(stage: LocalStage) -> dict[int, list[str]]:
    """Return the kinds of the facts of every ticket."""
    numbers = numbers_of(stage)
    return stage.parts.store.read(
        lambda tx: {n: [one.fact.kind for one in tx.tickets.record(n)] for n in numbers}
    )


_BEGINNING = datetime.fromisoformat("2026-01-01T00:00:00+00:00")


def _look_into_books(
    tx: Transaction, stage: LocalStage, found: Outlook, order: dict[int, int]
) -> None:
    policy = stage.parts.policy.current
    for number, rank in order.items():
        ticket = tx.tickets.load(number)
        record = [one.fact for one in tx.tickets.record(number)]
        if ticket is None or fold(record) != ticket:
            found.broken.append(f"the record of {number} does not fold to its row")
            continue
        found.records[rank] = [f"{fact.kind} by {_name(tx, fact.by)}" for fact in record]
        found.states[rank] = _state(tx, ticket)
        found.timers |= {
            f"{rank} {name}": one.due_at for name, one in timers(ticket, policy).items()
        }
    if tx.inbox.unfinished("local", timedelta(), 10):
        found.broken.append("a delivery is kept and not done")
    found.broken += [f"parked: {row.notice}, {row.why}" for row in tx.outbox.parked()]
    due_in = tx.outbox.next_due_in()
    if due_in is not None and due_in <= timedelta():
        found.broken.append("a notice is due and not sent")


def _name(tx: Transaction, person: PersonId) -> str:
    return ", ".join(tx.people.handles(person)) or person


def _state(tx: Transaction, ticket: Ticket) -> dict[str, Any]:
    return {
        "status": ticket.status,
        "history": [stretch.status for stretch in ticket.history],
        "assignee": _name(tx, ticket.assignee) if ticket.assignee else None,
        "reopened": ticket.reopen_count,
        "rating": ticket.rating,
        "resolution": ticket.resolution.code if ticket.resolution else None,
        "closing": ticket.closing.reason if ticket.closing else None,
        "asked again": ticket.follow_up.asked_at is not None,
        "answered first": ticket.first_reply_at is not None,
        "version": ticket.version,
    }


def _read_conversations(stage: LocalStage, found: Outlook, order: dict[int, int]) -> None:
    seen = {one.message: one for who in EVERYBODY for one in stage.seen_by(who)}

    def plain(text: str) -> str:
        ranked = _NUMBER.sub(lambda at: f"#{order.get(int(at[1]), at[1])}", text)
        return _SPAN.sub("a while", _CLOCK_TIME.sub("hh:mm", _RANDOM.sub("…", ranked)))

    for one in sorted(seen.values(), key=lambda one: int(one.message)):
        root = seen[one.thread].text if one.thread else ""
        about = _NUMBER.search(plain(root))
        lane = f"{one.place} {about[0] if about else plain(root)}".strip()
        shown = f"{plain(one.text)} {sorted(one.buttons)}"
        found.conversations.setdefault(lane, []).append(shown)


@dataclass(slots=True)
class Verdict:
    """What a death did: what is missing, what is there more than once, and what else is wrong."""

    lost: list[str] = field(default_factory=list)
    copies: int = 1
    """How often the most repeated message is visible."""
    wrong: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Nothing came of it."""
        return not self.lost and not self.wrong and self.copies == 1


def compare(expected: Outlook, found: Outlook) -> Verdict:
    """Say what is different from a life in which nobody died."""
    verdict = Verdict(wrong=list(found.broken))
    _compare_books(expected, found, verdict)
    _compare_conversations(expected, found, verdict)
    return verdict


def _compare_books(expected: Outlook, found: Outlook, verdict: Verdict) -> None:
    for rank in expected.records.keys() | found.records.keys():
        wanted, got = expected.records.get(rank, []), found.records.get(rank, [])
        verdict.lost += [f"fact {fact}" for fact in _missing(wanted, got)]
        verdict.wrong += [f"one fact too many: {fact}" for fact in _missing(got, wanted)]
    if not verdict.lost and not verdict.wrong:
        if expected.records != found.records:
            verdict.wrong.append("the facts are in another order")
        if expected.states != found.states:
            verdict.wrong.append(f"other states: {found.states} instead of {expected.states}")
    for name in expected.timers.keys() | found.timers.keys():
        due_at, is_due_at = expected.timers.get(name), found.timers.get(name)
        if due_at is None or is_due_at is None:
            (verdict.lost if is_due_at is None else verdict.wrong).append(f"timer {name}")
        elif not due_at <= is_due_at <= due_at + LATE:
            verdict.wrong.append(f"timer {name} is due at {is_due_at}, not at {due_at}")


def _compare_conversations(expected: Outlook, found: Outlook, verdict: Verdict) -> None:
    for lane in expected.conversations.keys() | found.conversations.keys():
        wanted, got = expected.conversations.get(lane, []), found.conversations.get(lane, [])
        verdict.lost += [f"message in {lane}: {one}" for one in _missing(wanted, got)]
        too_many = _missing(got, wanted)
        for one in too_many:
            verdict.wrong.append(f"one message too many in {lane}: {one}")
            verdict.copies = max(verdict.copies, Counter(got)[one])
        # Several lanes share a direct conversation: only threads promise an order.
        if "#" in lane and not too_many and Counter(wanted) == Counter(got) and wanted != got:
            verdict.wrong.append(f"another order in {lane}: {got}")


def _missing(wanted: Iterable[str], got: Iterable[str]) -> list[str]:
    return list((Counter(wanted) - Counter(got)).elements())
