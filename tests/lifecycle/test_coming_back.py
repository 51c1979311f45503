"""What a ticket still knows after detours: held, withdrawn, merged, parted, undone, reopened."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatdesk.lifecycle import (
    assignment,
    closure,
    followup,
    intake,
    investigation,
    resolution,
    triage,
)
from chatdesk.lifecycle.facts import Fact, write
from chatdesk.lifecycle.intake import Open
from chatdesk.lifecycle.permissions import THE_CLOCK, Action, may
from chatdesk.lifecycle.record import fold
from chatdesk.lifecycle.step import Also, Context, Refused, Successor
from chatdesk.lifecycle.ticket import EntryId, PersonId, ResolutionCode, Status, Ticket, TopicName
from chatdesk.lifecycle.timers import timers
from tests.lifecycle.world import (
    AGENT,
    COLLEAGUE,
    HR,
    JO,
    LEAD,
    MARA,
    MONDAY,
    POLICY,
    REQUESTER,
    SAM,
    World,
    opened,
    renumbered,
)

FIXED = resolution.Resolve(code=ResolutionCode.FIXED, summary=write("Client 5.2 is rolled out"))


def claimed() -> World:
    """Jo has the ticket."""
    world = opened()
    world.does(assignment.Claim(), AGENT)
    return world


def resolved() -> World:
    """Jo says that it is fixed."""
    world = claimed()
    world.does(FIXED, AGENT)
    return world


def closed() -> World:
    """Mara agrees."""
    world = resolved()
    world.does(closure.Confirm(), REQUESTER)
    return world


def entry_of(fact: Fact) -> EntryId:
    """The entry of a Reply."""
    assert isinstance(fact, investigation.Replied)
    return fact.text.entry


# --- waits that ended otherwise -------------------------------------------------------------------


def test_a_ticket_withdrawn_on_hold_and_reopened_waits_for_no_approval() -> None:
    world = claimed()
    asks = investigation.RequestApproval(
        approver=SAM, wake_at=world.now + timedelta(days=1), reason=write("It costs 2000 euros")
    )
    world.does(asks, AGENT)
    world.does(closure.Withdraw(), REQUESTER)
    world.does(resolution.Reopen(why=write("I need it after all")), REQUESTER)
    assert world.ticket.hold is None
    world.does(FIXED, AGENT)
    assert world.ticket.status is Status.RESOLVED


def test_it_works_now_says_which_approval_was_waived() -> None:
    world = claimed()
    asks = investigation.RequestApproval(
        approver=SAM, wake_at=world.now + timedelta(days=1), reason=write("It costs 2000 euros")
    )
    world.does(asks, AGENT)
    facts = world.does(resolution.SolveSelf(), REQUESTER)
    assert facts[0].waived == ("approval",)  # type: ignore[attr-defined]  # a `Resolved`


def test_nobody_approves_what_they_asked_approval_for() -> None:
    asks = investigation.RequestApproval(
        approver=JO, wake_at=MONDAY + timedelta(days=1), reason=write("It costs 2000 euros")
    )
    with pytest.raises(Refused, match="own_approval"):
        claimed().does(asks, AGENT)


# --- a resolved ticket that was written on --------------------------------------------------------


def test_once_an_unclear_message_is_answered_the_ticket_closes_by_itself_again() -> None:
    world = resolved()
    world.does(investigation.AddMessage(text=write("Hm, what about the printer")), REQUESTER)
    if world.ticket.status is not Status.RESOLVED:
        pytest.fail("this message was meant to be unclear")
    assert "auto_confirm" not in timers(world.ticket, world.policy)
    world.passes(days=4)
    world.does(investigation.Reply(text=write("That one works, too")), AGENT)
    due_at = timers(world.ticket, world.policy)["auto_confirm"].due_at
    assert due_at == world.now + timedelta(days=5)  # three working days, over a week-end


def test_an_undone_answer_leaves_the_unclear_message_unanswered() -> None:
    world = resolved()
    world.does(investigation.AddMessage(text=write("Hm, what about the printer")), REQUESTER)
    [replied] = world.does(investigation.Reply(text=write("That one works, too")), AGENT)
    world.does(investigation.UndoReply(entry=entry_of(replied)), AGENT)
    assert "auto_confirm" not in timers(world.ticket, world.policy)


def test_a_lead_who_reopens_leaves_the_requesters_message_unanswered() -> None:
    world = resolved().passes(hours=1)
    world.does(investigation.AddMessage(text=write("Hm, what about the printer")), REQUESTER)
    written_at = world.now
    world.passes(hours=1)
    world.does(resolution.Reopen(why=write("She means the same thing")), LEAD)
    assert world.ticket.unanswered_since == written_at


# --- undo -----------------------------------------------------------------------------------------


def test_a_reply_can_be_undone_although_the_requester_wrote_meanwhile() -> None:
    world = claimed()
    world.does(investigation.Reply(text=write("Please try 5.2")), AGENT)
    world.passes(minutes=5)
    [replied] = world.does(investigation.Reply(text=write("Wrong ticket, sorry")), AGENT)
    world.passes(seconds=5)
    world.does(investigation.AddMessage(text=write("5.2 drops as well")), REQUESTER)
    written_at = world.now
    world.does(investigation.UndoReply(entry=entry_of(replied)), AGENT)
    assert world.ticket.unanswered_since == written_at


def test_after_an_undo_the_colleague_before_has_still_just_answered() -> None:
    world = claimed()
    world.does(investigation.Reply(text=write("Please try 5.2")), COLLEAGUE)
    world.passes(seconds=10)
    [replied] = world.does(investigation.Reply(text=write("Try 5.1"), anyway=True), AGENT)
    world.does(investigation.UndoReply(entry=entry_of(replied)), AGENT)
    with pytest.raises(Refused, match="colleague_answered"):
        world.does(investigation.Reply(text=write("Try 5.3")), AGENT)


def test_every_reply_can_be_undone_not_only_the_latest() -> None:
    world = claimed()
    replies = []
    for text in ("Please try 5.2", "Sorry, 5.1", "The notes are attached"):
        replies += world.does(investigation.Reply(text=write(text)), AGENT)
        world.passes(seconds=5)
    world.does(triage.AskRequester(question=write("Did it work?")), AGENT)
    first, second, third = map(entry_of, replies)
    world.does(investigation.UndoReply(entry=second), AGENT)
    assert world.ticket.first_reply_at == replies[0].at
    world.does(investigation.UndoReply(entry=first), AGENT)
    assert world.ticket.first_reply_at == replies[2].at
    with pytest.raises(Refused, match="too_late_to_undo"):
        world.does(investigation.UndoReply(entry=first), AGENT)
    with pytest.raises(Refused, match="not_your_words"):
        world.does(investigation.UndoReply(entry=third), COLLEAGUE)
    assert fold(world.record) == world.ticket


def test_a_question_is_not_undone_like_a_reply() -> None:
    world = claimed()
    [asked] = world.does(triage.AskRequester(question=write("Did it work?")), AGENT)
    entry = asked.question.entry  # type: ignore[attr-defined]  # a question has one
    with pytest.raises(Refused, match="too_late_to_undo"):
        world.does(investigation.UndoReply(entry=entry), AGENT)


@settings(max_examples=30)  # of seven words at most, in any order
@given(
    said=st.lists(st.sampled_from(["jo", "sam", "mara"]), max_size=7),
    undone=st.lists(st.integers(min_value=0, max_value=6), max_size=4),
)
def test_what_was_undone_was_never_said_in_whatever_order(
    said: list[str], undone: list[int]
) -> None:
    world = claimed()
    for who in said:
        world.passes(seconds=7)
        if who == "mara":
            world.does(investigation.AddMessage(text=write("Hello?")), REQUESTER)
        else:
            said_so = investigation.Reply(text=write("Try 5.2"), anyway=True)
            world.does(said_so, AGENT if who == "jo" else COLLEAGUE)
    replies = [fact for fact in world.record if isinstance(fact, investigation.Replied)]
    gone = {replies[index].text.entry: replies[index] for index in undone if index < len(replies)}
    for entry, reply in gone.items():
        by = AGENT if reply.by == JO else COLLEAGUE
        world.does(investigation.UndoReply(entry=entry), by)
    without = [
        fact
        for fact in world.record
        if fact not in gone.values() and not isinstance(fact, investigation.ReplyWithdrawn)
    ]
    assert _what_was_said(world.ticket) == _what_was_said(fold(without))


def _what_was_said(ticket: Ticket) -> tuple[object, ...]:
    return (
        ticket.first_reply_at,
        ticket.last_public_at,
        ticket.last_public_by,
        ticket.unanswered_since,
        ticket.public_words,
    )


def test_undoing_what_was_said_before_it_was_solved_does_not_ask_for_an_answer_again() -> None:
    world = claimed()
    [replied] = world.does(investigation.Reply(text=write("Please try 5.2")), AGENT)
    world.passes(seconds=5)
    world.does(resolution.SolveSelf(), REQUESTER)
    world.does(investigation.UndoReply(entry=entry_of(replied)), AGENT)
    assert world.ticket.unanswered_since is None
    assert world.ticket.first_reply_at is None


# --- idle owners ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sign_of_life",
    [
        investigation.AddNote(text=write("Still waiting for the vendor")),
        investigation.Reply(text=write("Still on it")),
        assignment.Escalate(reason=write("Needs the network team")),
    ],
)
def test_an_owner_who_showed_life_is_asked_again_before_the_ticket_is_released(
    sign_of_life: investigation.AddNote,
) -> None:
    world = claimed().passes(days=2)
    world.does(assignment.AskIdleOwner(), THE_CLOCK)
    world.passes(hours=1)
    world.does(sign_of_life, AGENT)
    idle = timers(world.ticket, world.policy)["idle"]
    assert isinstance(idle.command, assignment.AskIdleOwner)
    assert idle.due_at == world.now + timedelta(days=2)
    assert fold(world.record) == world.ticket


# --- merging --------------------------------------------------------------------------------------


def test_nobody_is_let_into_a_private_ticket_by_merging_theirs_into_it() -> None:
    world = claimed()
    private = replace(renumbered(opened().ticket, 8), requester=SAM, is_confidential=True)
    world.others = {8: private}
    with pytest.raises(Refused, match="would_widen"):
        world.does(triage.Merge(target=8), AGENT)


def test_two_private_tickets_of_different_people_stay_apart() -> None:
    world = claimed()
    world.ticket = replace(world.ticket, is_confidential=True)
    private = replace(renumbered(opened().ticket, 8), requester=SAM, is_confidential=True)
    world.others = {8: private}
    with pytest.raises(Refused, match="would_widen"):
        world.does(triage.Merge(target=8), AGENT)


def test_private_tickets_of_one_person_can_be_merged() -> None:
    world = claimed()
    world.ticket = replace(world.ticket, is_confidential=True)
    world.others = {8: replace(renumbered(opened().ticket, 8), is_confidential=True)}
    world.does(triage.Merge(target=8), AGENT)
    assert world.ticket.merged_into == 8


def test_undoing_a_merge_takes_out_only_those_whom_the_merge_brought() -> None:
    world = claimed()
    world.does(intake.AddWatcher(person=SAM), REQUESTER)
    target = replace(renumbered(opened().ticket, 8), requester=JO, watchers=frozenset({SAM}))
    world.others = {8: target}
    world.does(triage.Merge(target=8), AGENT)
    world.does(triage.Unmerge(), AGENT)
    [also] = world.aftermath
    assert isinstance(also, Also)
    assert isinstance(also.command, triage.JoinRequesters)
    assert also.command.leaving == {MARA}


def test_a_solved_ticket_that_was_merged_away_is_asked_about_anew() -> None:
    world = resolved().passes(days=1)
    world.does(resolution.RemindToConfirm(), THE_CLOCK)
    world.others = {8: renumbered(opened().ticket, 8)}
    world.does(triage.Merge(target=8), AGENT)
    world.passes(days=6)
    world.does(triage.Unmerge(), AGENT)
    assert world.ticket.status is Status.RESOLVED
    due = {name: timer.due_at for name, timer in timers(world.ticket, world.policy).items()}
    assert due["auto_confirm"] == world.now + timedelta(days=3)
    assert world.now < due["confirm_reminder"] < due["auto_confirm"]
    assert fold(world.record) == world.ticket


def test_whoever_leaves_a_merge_leaves_what_that_was_merged_into() -> None:
    second, third = PersonId("zoe"), PersonId("kim")
    middle = claimed()
    middle.ticket = replace(renumbered(middle.ticket, 8), requester=second)
    middle.does(triage.JoinRequesters(joining=frozenset({MARA})), AGENT)
    middle.others = {9: replace(renumbered(opened().ticket, 9), requester=third)}
    middle.does(triage.Merge(target=9), AGENT)
    [fact] = middle.does(triage.JoinRequesters(leaving=frozenset({MARA})), THE_CLOCK)
    assert fact.kind == "watcher_removed"
    [also] = middle.aftermath
    assert isinstance(also, Also)
    assert also.number == 9
    assert also.command == triage.JoinRequesters(leaving=frozenset({MARA}))


def test_a_target_that_was_merged_is_refused_with_the_one_it_goes_on_in() -> None:
    world = claimed()
    ninth, tenth = renumbered(opened().ticket, 9), renumbered(opened().ticket, 10)
    merged = {"status": Status.CLOSED}
    world.others = {
        8: replace(renumbered(opened().ticket, 8), merged_into=9, **merged),  # type: ignore[arg-type]  # fields of a ticket
        9: replace(ninth, merged_into=10, **merged),  # type: ignore[arg-type]  # fields of a ticket
        10: tenth,
    }
    with pytest.raises(Refused, match="target_merged") as refused:
        world.does(triage.Merge(target=8), AGENT)
    assert refused.value.details["other"] == 10
    world.others[10] = replace(tenth, is_confidential=True, queue=HR)
    with pytest.raises(Refused, match="target_closed"):
        world.does(triage.Merge(target=8), AGENT)


def test_no_ticket_becomes_a_part_of_its_own_parts_however_far_down() -> None:
    world = claimed()
    world.others = {8: renumbered(opened().ticket, 8)}
    world.above = frozenset({9, 7})
    with pytest.raises(Refused, match="circle"):
        world.does(triage.LinkTickets(other=8, is_child=True), AGENT)
    world.does(triage.LinkTickets(other=8), AGENT)
    world.above = frozenset({9})
    world.does(triage.LinkTickets(other=8, is_child=True), AGENT)
    assert world.ticket.parent == 8


# --- coming back too late to be reopened ----------------------------------------------------------


def test_further_words_after_it_came_back_continue_the_ticket_opened_for_it() -> None:
    world = closed().passes(days=30)
    first = world.does(followup.ItCameBack(why=write("Since Monday")), REQUESTER)
    assert [fact.kind for fact in first] == ["recurred"]
    again = world.does(investigation.AddMessage(text=write("It is still broken")), REQUESTER)
    assert "recurred" not in [fact.kind for fact in again]
    [one] = world.aftermath
    assert isinstance(one, Successor)
    assert one.is_under_way
    assert world.does(followup.ItCameBack(why=None), REQUESTER) == []


def test_a_successor_opens_although_its_topic_is_gone_and_where_it_was_last_worked() -> None:
    command = Open(
        topic=TopicName("given-up"),
        summary=write("VPN drops"),
        requester=MARA,
        zone="Europe/Berlin",
        follow_up_of=7,
        worked_in=HR,
    )
    context = Context(now=MONDAY, actor=REQUESTER, policy=POLICY)
    assert fold(command.decide(8, context)).queue == "hr"


# --- opened by somebody else ----------------------------------------------------------------------


def test_who_opened_it_for_somebody_else_does_not_answer_in_their_place() -> None:
    ticket = replace(opened().ticket, opened_by=JO)
    opener = replace(AGENT, agent_of=frozenset())
    allowed = {action for action in Action if may(action, opener, ticket)}
    assert {Action.SEE, Action.MESSAGE, Action.WITHDRAW} <= allowed
    assert not {Action.CONFIRM, Action.RATE, Action.REOPEN, Action.ANSWER_FOLLOW_UP} & allowed


# --- twice ----------------------------------------------------------------------------------------


def test_saying_twice_that_it_stayed_fixed_is_saying_it_once() -> None:
    world = closed().passes(days=3)
    assert world.does(followup.AskFollowUp(), THE_CLOCK)
    assert world.does(followup.StayedFixed(), REQUESTER)
    assert world.does(followup.StayedFixed(), REQUESTER) == []


def test_an_answer_that_nobody_asked_for_is_none() -> None:
    assert closed().does(followup.StayedFixed(), REQUESTER) == []


def test_clicking_still_checking_twice_is_clicking_it_once() -> None:
    world = resolved().passes(hours=1)
    assert world.does(resolution.StillChecking(), REQUESTER)
    assert world.does(resolution.StillChecking(), REQUESTER) == []
    world.passes(hours=1)
    assert world.does(resolution.StillChecking(), REQUESTER)
