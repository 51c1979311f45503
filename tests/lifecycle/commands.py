"""One well-formed example of every command there is, for tables of command x status x role."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from chatdesk.lifecycle import (
    assignment,
    closure,
    followup,
    intake,
    investigation,
    resolution,
    triage,
)
from chatdesk.lifecycle.facts import Words, write
from chatdesk.lifecycle.step import Command
from chatdesk.lifecycle.ticket import (
    EntryId,
    Impact,
    PersonId,
    Priority,
    ResolutionCode,
    TopicName,
    Urgency,
)
from tests.lifecycle.world import HR, MONDAY, SAM

LATER = MONDAY + timedelta(days=2)


def _words(text: str = "because of the lightning") -> Words:
    return write(text)


_LAST_REPLY = EntryId("set by the story")

EXAMPLES: dict[str, Callable[[], Command]] = {
    "AddWatcher": lambda: intake.AddWatcher(person=SAM),
    "Triage": lambda: triage.Triage(
        topic=TopicName("laptop"), impact=Impact.TEAM, urgency=Urgency.BLOCKED
    ),
    "SetTopic": lambda: triage.SetTopic(topic=TopicName("server")),
    "SetPriority": lambda: triage.SetPriority(priority=Priority.HIGH, reason=_words()),
    "AskRequester": lambda: triage.AskRequester(question=_words("Which client version?")),
    "LinkTickets": lambda: triage.LinkTickets(other=8),
    "Merge": lambda: triage.Merge(target=8),
    "JoinRequesters": lambda: triage.JoinRequesters(joining=frozenset({PersonId("zoe")})),
    "Unmerge": triage.Unmerge,
    "MarkSpam": triage.MarkSpam,
    "NotSpam": triage.NotSpam,
    "Claim": assignment.Claim,
    "Assign": lambda: assignment.Assign(agent=SAM),
    "Release": lambda: assignment.Release(reason=_words()),
    "Transfer": lambda: assignment.Transfer(queue=HR, reason=_words()),
    "Escalate": lambda: assignment.Escalate(reason=_words()),
    "Route": assignment.Route,
    "TellLeadUnclaimed": assignment.TellLeadUnclaimed,
    "AskIdleOwner": assignment.AskIdleOwner,
    "ReleaseIdle": assignment.ReleaseIdle,
    "NoteUnreached": lambda: assignment.NoteUnreached(notice="nudge", row="of the outbox"),
    "AddMessage": lambda: investigation.AddMessage(text=_words("It is still broken")),
    "Reply": lambda: investigation.Reply(text=_words("Please try 5.2"), anyway=True),
    "UndoReply": lambda: investigation.UndoReply(entry=_LAST_REPLY),
    "AddNote": lambda: investigation.AddNote(text=_words()),
    "EditEntry": lambda: investigation.EditEntry(text=_words()),
    "RemoveEntry": lambda: investigation.RemoveEntry(entry=EntryId("some entry")),
    "PutOnHold": lambda: investigation.PutOnHold(wake_at=LATER, reason=_words()),
    "RequestApproval": lambda: investigation.RequestApproval(
        approver=PersonId("boss"), wake_at=LATER, reason=_words()
    ),
    "DecideApproval": lambda: investigation.DecideApproval(is_approved=True),
    "Resume": investigation.Resume,
    "Wake": investigation.Wake,
    "TickOff": lambda: investigation.TickOff(item="Backup taken"),
    "Nudge": investigation.Nudge,
    "NudgeArrived": investigation.NudgeArrived,
    "WarnSla": lambda: investigation.WarnSla(
        target="first_reply", percent=75, since=MONDAY, due_at=LATER
    ),
    "Resolve": lambda: resolution.Resolve(code=ResolutionCode.FIXED, summary=_words("Done")),
    "SolveSelf": resolution.SolveSelf,
    "Reopen": lambda: resolution.Reopen(why=_words("It is still broken")),
    "StillChecking": resolution.StillChecking,
    "RemindToConfirm": resolution.RemindToConfirm,
    "ResolveSilent": resolution.ResolveSilent,
    "Confirm": closure.Confirm,
    "CloseUnconfirmed": closure.CloseUnconfirmed,
    "Withdraw": closure.Withdraw,
    "AskFollowUp": followup.AskFollowUp,
    "StayedFixed": followup.StayedFixed,
    "ItCameBack": followup.ItCameBack,
    "StopAsking": followup.StopAsking,
    "Rate": lambda: followup.Rate(score=4),
}
