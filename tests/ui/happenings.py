"""One plausible ticket for each kind of fact there is, with that fact as the latest."""

from __future__ import annotations

from collections.abc import Callable

from chatdesk.lifecycle.assignment import Escalated, LeadTold, OwnerAsked, Transferred, Unreached
from chatdesk.lifecycle.facts import (
    ClosingUndone,
    MessageAdded,
    Recurred,
    Released,
    Reopened,
    Resumed,
    WatcherAdded,
    WatcherRemoved,
)
from chatdesk.lifecycle.followup import (
    FollowUpAnswered,
    FollowUpAsked,
    FollowUpPostponed,
    FollowUpStopped,
    Rated,
)
from chatdesk.lifecycle.identity import PersonReplaced
from chatdesk.lifecycle.investigation import (
    ApprovalDecided,
    EntryEdited,
    EntryRemoved,
    Noted,
    Nudged,
    NudgeDelivered,
    ReplyWithdrawn,
    SlaWarned,
    TickedOff,
)
from chatdesk.lifecycle.resolution import ConfirmReminded, StillBeingChecked
from chatdesk.lifecycle.ticket import (
    CLOCK,
    CloseReason,
    Impact,
    Priority,
    QueueName,
    Status,
    TopicName,
    Urgency,
)
from chatdesk.lifecycle.triage import Linked, PrioritySet, TopicSet, Triaged
from tests.ui.tale import CHECKLIST, JO, LEA, MARA, MONDAY, Tale, after

NOW = after(minutes=45)


def claimed() -> Tale:
    return Tale().opened().claimed()


def resolved() -> Tale:
    return claimed().resolved()


def closed() -> Tale:
    return resolved().closed()


def message(tale: Tale, text: str = "It still drops", *, thanks: bool = False) -> Tale:
    fact = MessageAdded(
        at=after(minutes=42), by=MARA, text=tale.text(text, MARA), is_acknowledgement=thanks
    )
    return tale.so(fact)


def warned(tale: Tale, target: str = "first_reply", percent: int = 75) -> Tale:
    due_at = after(hours=1)
    fact = SlaWarned(at=NOW, by=CLOCK, target=target, percent=percent, since=MONDAY, due_at=due_at)
    return tale.so(fact)


def released(tale: Tale) -> Tale:
    reason = tale.text("I am off sick")
    return tale.so(Released(at=NOW, by=JO, before=JO, reason=reason))


def transferred() -> Tale:
    tale = claimed()
    reason = tale.text("Not ours")
    before, queue = QueueName("it"), QueueName("hr")
    return tale.so(Transferred(at=NOW, by=JO, queue=queue, before=before, reason=reason))


def escalated() -> Tale:
    tale = claimed()
    return tale.so(Escalated(at=NOW, by=JO, tier=2, reason=tale.text("Beyond me")))


def priority_set() -> Tale:
    tale = claimed()
    why = tale.text("It can wait")
    low, high = Priority.LOW, Priority.HIGH
    return tale.so(PrioritySet(at=NOW, by=JO, priority=low, before=high, reason=why))


def triaged() -> Tale:
    fact = Triaged(
        at=NOW,
        by=JO,
        impact=Impact.ME,
        urgency=Urgency.CAN_WAIT,
        priority=Priority.LOW,
        before=Priority.HIGH,
    )
    return claimed().so(fact)


def topic_set() -> Tale:
    topic, before = TopicName("desk"), TopicName("vpn")
    fact = TopicSet(at=NOW, by=JO, topic=topic, before=before, is_confidential=False)
    return claimed().so(fact)


def reply_withdrawn() -> Tale:
    tale = claimed().replied()
    last = tale.ticket.public_words[-1]
    return tale.so(ReplyWithdrawn(at=NOW, by=JO, entry=last.entry))


def noted() -> Tale:
    tale = claimed()
    return tale.so(Noted(at=NOW, by=JO, text=tale.text("Looks like DNS")))


def edited() -> Tale:
    tale = claimed()
    details = tale.ticket.details
    assert details
    return tale.so(EntryEdited(at=NOW, by=MARA, text=tale.words[details].ref))


def removed() -> Tale:
    tale = claimed()
    details = tale.ticket.details
    assert details
    return tale.so(EntryRemoved(at=NOW, by=MARA, entry=details))


def approved() -> Tale:
    return claimed().held(approver=LEA).so(ApprovalDecided(at=NOW, by=LEA, is_approved=True))


def turned_away_by_mistake() -> Tale:
    undone = ClosingUndone(at=NOW, by=JO, reason=CloseReason.SPAM, to=Status.OPEN)
    return claimed().closed(CloseReason.SPAM).so(undone)


def reopened() -> Tale:
    tale = resolved()
    why = tale.text("Not fixed at all", MARA)
    return tale.so(Reopened(at=NOW, by=MARA, before=Status.RESOLVED, why=why, assignee=JO))


def rated() -> Tale:
    tale = closed()
    comment = tale.text("Took long", MARA)
    return tale.so(Rated(at=NOW, by=MARA, score=2, resolver=JO, comment=comment))


LATER = after(days=3)

HAPPENED: dict[str, Callable[[], Tale]] = {
    "opened": lambda: Tale().opened(),
    "assigned": claimed,
    "released": lambda: released(claimed()),
    "transferred": transferred,
    "escalated": escalated,
    "priority_set": priority_set,
    "triaged": triaged,
    "topic_set": topic_set,
    "linked": lambda: claimed().so(Linked(at=NOW, by=JO, other=900, is_child=False)),
    "watcher_added": lambda: claimed().so(WatcherAdded(at=NOW, by=JO, person=LEA)),
    "watcher_removed": lambda: claimed().so(WatcherRemoved(at=NOW, by=JO, person=LEA)),
    "person_replaced": lambda: claimed().so(
        PersonReplaced(at=NOW, by=CLOCK, before=MARA, after=LEA, parts=("requester",))
    ),
    "asked": lambda: claimed().asked(),
    "message_added": lambda: message(resolved()),
    "resumed": lambda: claimed().asked().so(Resumed(at=NOW, by=MARA, before=Status.WAITING)),
    "replied": lambda: claimed().replied(),
    "reply_withdrawn": reply_withdrawn,
    "noted": noted,
    "entry_edited": edited,
    "entry_removed": removed,
    "held": lambda: claimed().held(approver=LEA),
    "approval_decided": approved,
    "ticked_off": lambda: claimed().so(TickedOff(at=NOW, by=JO, item=CHECKLIST[0])),
    "nudged": lambda: claimed().asked().so(Nudged(at=NOW, by=CLOCK, is_last=True)),
    "nudge_delivered": lambda: claimed().asked().so(NudgeDelivered(at=NOW, by=CLOCK)),
    "resolved": resolved,
    "confirm_reminded": lambda: resolved().so(ConfirmReminded(at=NOW, by=CLOCK)),
    "still_being_checked": lambda: resolved().so(StillBeingChecked(at=NOW, by=MARA)),
    "closed": closed,
    "closing_undone": turned_away_by_mistake,
    "reopened": reopened,
    "recurred": lambda: closed().so(Recurred(at=after(days=9), by=MARA)),
    "sla_warned": lambda: warned(claimed(), percent=100),
    "lead_told": lambda: Tale().opened().so(LeadTold(at=NOW, by=CLOCK)),
    "owner_asked": lambda: claimed().so(OwnerAsked(at=NOW, by=CLOCK)),
    "unreached": lambda: claimed().so(
        Unreached(at=NOW, by=CLOCK, notice="nudge", row="of the outbox")
    ),
    "follow_up_asked": lambda: closed().so(FollowUpAsked(at=LATER, by=CLOCK)),
    "follow_up_answered": lambda: closed().so(FollowUpAnswered(at=LATER, by=MARA)),
    "follow_up_stopped": lambda: closed().so(FollowUpStopped(at=LATER, by=MARA)),
    "follow_up_postponed": lambda: closed().so(
        FollowUpPostponed(at=LATER, by=CLOCK, until=after(days=4))
    ),
    "rated": rated,
}


def happened(kind: str) -> Tale:
    """Return a plausible ticket whose latest fact is of that kind."""
    return HAPPENED[kind]()
