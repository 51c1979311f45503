"""What everybody is told: each notice for a plausible ticket, and the buttons it needs."""

from dataclasses import replace
from datetime import datetime

import pytest

from chatdesk.lifecycle.facts import (
    Assigned,
    Fact,
    MessageAdded,
    Released,
    Reopened,
    Resumed,
)
from chatdesk.lifecycle.investigation import (
    ApprovalDecided,
    Nudged,
)
from chatdesk.lifecycle.notices import NOTICES, Audience, Row
from chatdesk.lifecycle.policy import Silence, Wait
from chatdesk.lifecycle.ticket import (
    CLOCK,
    CloseReason,
    Priority,
    ResolutionCode,
    Side,
    Status,
)
from chatdesk.lifecycle.triage import Linked
from chatdesk.ui.cards import Card, Files, Quote, Tone
from chatdesk.ui.notice_cards import NOTICE_CARDS
from chatdesk.ui.wording import catalog, languages
from tests.ui.happenings import NOW, claimed, closed, happened, message, released, resolved, warned
from tests.ui.tale import (
    JO,
    LEA,
    MARA,
    MONDAY,
    POLICY,
    Tale,
    after,
    buttons_of,
    file_shown,
    text_of,
)

HOSTILE = "{{7*7}} <!channel> @everyone \u202ertl"
REQUESTER, AGENTS = Side.REQUESTER, Side.AGENTS


def told(
    tale: Tale,
    name: str,
    side: Side = AGENTS,
    *,
    at: datetime = NOW,
    fact: Fact | None = None,
    successors: tuple[int, ...] = (),
    is_personal: bool = False,
) -> Card:
    person = LEA if is_personal else None
    notice = tale.told(name, fact, side, at=at, person=person, successors=successors)
    return NOTICE_CARDS[name](notice)


REQUESTING = {Audience.REQUESTER, Audience.PERSON, Audience.WATCHERS}


# --- all of them ----------------------------------------------------------------------------------


def test_the_two_tables_of_notices_agree() -> None:
    assert set(NOTICE_CARDS) == {row.name for row in NOTICES}


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("row", NOTICES, ids=[f"{row.name}-{row.audience}" for row in NOTICES])
def test_every_notice_is_a_short_card_that_says_which_ticket(row: Row, language: str) -> None:
    side = REQUESTER if row.audience in REQUESTING else AGENTS
    is_personal = row.audience in {Audience.ASSIGNEE, Audience.LEADS, Audience.NAMED}
    tale = happened(row.kind)
    tale.locale = language
    card = told(tale, row.name, side, is_personal=is_personal)
    assert card.fallback
    assert card.elements
    if is_personal and side is AGENTS:
        assert "#1042 VPN drops every 10 minutes" in text_of(card)
        assert catalog(language)["buttons.show"] in buttons_of(card)


@pytest.mark.parametrize("row", NOTICES, ids=[f"{row.name}-{row.audience}" for row in NOTICES])
def test_hostile_words_are_carried_literally_by_every_notice(row: Row) -> None:
    side = REQUESTER if row.audience in REQUESTING else AGENTS
    tale = happened(row.kind)
    tale.words = {entry: replace(one, text=HOSTILE) for entry, one in tale.words.items()}
    card = told(tale, row.name, side)
    assert "49" not in text_of(card) + card.fallback
    if row.name not in {"smile", "still_broken"}:
        assert HOSTILE in text_of(card) + card.fallback


def test_a_notice_about_another_fact_is_a_bug() -> None:
    with pytest.raises(TypeError, match="tells of rated, not of assigned"):
        told(claimed(), "rated")


# --- who has it -----------------------------------------------------------------------------------


def test_whoever_is_given_a_ticket_learns_by_whom_and_what_is_due() -> None:
    tale = Tale().opened().so(Assigned(at=NOW, by=LEA, agent=JO, before=None))
    card = told(tale, "assigned_to_you", is_personal=True)
    assert "Lea gave you this ticket." in text_of(card)
    assert "First reply due very soon" not in text_of(card)
    assert "First reply due soon: in 15 min" in text_of(card)
    assert list(buttons_of(card).values()) == ["reply", "release", "show"]


def test_by_round_robin_nobody_gave_it() -> None:
    tale = Tale().opened().so(Assigned(at=MONDAY, by=MARA, agent=JO, before=None))
    assert "It is your turn" in text_of(told(tale, "assigned_to_you", is_personal=True))


def test_a_released_ticket_can_be_claimed_from_the_notice() -> None:
    card = told(released(claimed()), "released")
    assert "Jo put this back. It is free to claim.\nI am off sick" in text_of(card)
    assert buttons_of(card) == {"Claim": "claim"}


def test_once_somebody_has_claimed_it_the_notice_offers_it_no_more() -> None:
    tale = released(claimed())
    fact = tale.facts[-1]
    tale.so(Assigned(at=after(minutes=46), by=LEA, agent=LEA, before=None))
    assert buttons_of(told(tale, "released", fact=fact)) == {}


def test_why_it_went_back_is_said_for_absence_and_for_idleness() -> None:
    absent = claimed().so(Released(at=NOW, by=MARA, before=JO))
    assert "Jo is away" in text_of(told(absent, "released"))
    idle = claimed().so(Released(at=NOW, by=CLOCK, before=JO))
    assert "Nothing happened for a while" in text_of(told(idle, "released"))
    card = told(idle, "released_from_you", is_personal=True)
    assert "No harm done" in text_of(card)
    assert buttons_of(card)["Take it back"] == "claim"


def test_both_queues_learn_of_a_transfer() -> None:
    tale = happened("transferred")
    assert "Jo moved this to People team." in text_of(told(tale, "transferred_away"))
    card = told(tale, "transferred")
    assert "Jo moved this here from IT help.\nNot ours" in text_of(card)
    assert "Claim" in buttons_of(card)


def test_an_idle_owner_is_asked_and_told_what_happens_otherwise() -> None:
    card = told(happened("owner_asked"), "idle", is_personal=True)
    assert "Are you still on this?" in text_of(card)
    assert "otherwise it goes back to IT help Wed 25 Nov" in text_of(card)
    assert list(buttons_of(card).values()) == ["reply", "note", "hold", "release", "show"]


def test_what_nobody_claims_reaches_the_lead() -> None:
    card = told(happened("lead_told"), "unclaimed", is_personal=True)
    assert "it has waited since today 14:05" in text_of(card)
    assert list(buttons_of(card).values()) == ["claim", "assign", "show"]


def test_links_and_priorities_are_told_with_their_reason() -> None:
    assert "Jo set the priority to Low (it was High).\nIt can wait" in text_of(
        told(happened("priority_set"), "priority_set")
    )
    child = claimed().so(Linked(at=NOW, by=JO, other=900, is_child=True))
    assert "made this a part of #900" in text_of(told(child, "linked"))
    assert buttons_of(told(child, "linked")) == {"Show #900": "show"}


# --- talking --------------------------------------------------------------------------------------


def test_a_question_comes_in_the_agents_name_with_the_answer_beside_it() -> None:
    card = told(claimed().asked(), "question", REQUESTER)
    assert Quote(text="Which client do you have?", author="Jo") in card.elements
    assert list(buttons_of(card)) == ["Answer", "It works now"]


def test_a_message_stands_on_the_agents_side_in_maras_name_with_her_files() -> None:
    tale = message(claimed())
    fact = tale.facts[-1]
    assert isinstance(fact, MessageAdded)
    tale.changed(fact.text.entry, files=(file_shown(),))
    card = told(tale, "message")
    assert card.author == "Mara Lind"
    assert Quote(text="It still drops") in card.elements
    assert Files(files=(file_shown(),)) in card.elements
    assert card.fallback == "Mara Lind: It still drops"


def test_a_reply_stands_on_maras_side_in_jos_name() -> None:
    card = told(claimed().replied(), "reply", REQUESTER)
    assert (card.author, card.elements) == ("Jo", (Quote(text="Please try client 5.2."),))


@pytest.mark.parametrize(
    ("delivery", "mark", "buttons"),
    [
        ("sending", "sending …", {"Undo (15 s)": "undo"}),
        ("delivered", "✓ delivered", {}),
        ("withdrawn", "taken back; Mara Lind never saw it", {}),
        (
            "failed: Mara cannot be reached here",
            "⚠️ could not be delivered, because Mara cannot be reached here",
            {"Reply": "reply"},
        ),
        ("", "", {}),
    ],
)
def test_a_reply_shows_how_far_it_has_come(
    delivery: str, mark: str, buttons: dict[str, str]
) -> None:
    tale = claimed().replied()
    last = tale.ticket.public_words[-1]
    card = told(tale.changed(last.entry, delivery=delivery), "reply_mark")
    assert "Jo → Mara Lind: Please try client 5.2." in text_of(card)
    assert mark in text_of(card)
    assert {label: verb.partition(":")[0] for label, verb in buttons_of(card).items()} == buttons
    if delivery == "sending":
        assert buttons_of(card)["Undo (15 s)"] == f"undo:{last.entry}"


def test_the_mark_tells_when_it_arrived_if_that_is_known() -> None:
    tale = claimed().replied()
    last = tale.ticket.public_words[-1]
    tale.changed(last.entry, delivery="delivered", delivered_at=after(minutes=7))
    assert "✓ delivered 14:12" in text_of(told(tale, "reply_mark"))


def test_a_note_is_marked_as_internal() -> None:
    card = told(happened("noted"), "note")
    assert card.author == "Jo · for colleagues only"
    assert card.tone is Tone.QUIET


def test_edited_and_deleted_words_follow_to_the_other_side() -> None:
    tale = happened("entry_edited")
    details = tale.ticket.details
    assert details
    card = told(tale.changed(details, text="Since Friday", is_edited=True), "edited_entry")
    assert "Since Friday\nedited" in text_of(card)
    tale = happened("entry_removed")
    details = tale.ticket.details
    assert details
    card = told(tale.changed(details, text="", is_removed=True), "edited_entry", REQUESTER)
    assert text_of(card) == "Mara Lind deleted what stood here."


def test_words_erased_for_good_leave_no_hole() -> None:
    tale = message(claimed())
    notice = tale.told("message")
    without = replace(notice, ticket=replace(notice.ticket, entries={}))
    assert "deleted" in text_of(NOTICE_CARDS["message"](without))


def test_thanks_get_a_smile() -> None:
    assert "You are welcome! 🙂" in text_of(
        told(message(closed(), "Thanks!", thanks=True), "smile", REQUESTER)
    )


def test_unsure_words_are_answered_with_a_question_that_fits_the_status() -> None:
    card = told(message(resolved()), "still_broken", REQUESTER)
    assert buttons_of(card) == {"No, still broken": "reopen", "Yes, it works": "confirm"}
    card = told(message(closed()), "still_broken", REQUESTER)
    assert buttons_of(card)["Yes, it works"] == "fixed"


def test_who_brought_it_back_to_work_is_said() -> None:
    assert "Mara Lind answered. Back to work." in text_of(told(happened("resumed"), "resumed"))
    held = claimed().held()
    by_time = held.so(Resumed(at=NOW, by=CLOCK, before=Status.ON_HOLD))
    assert "The time on hold is over." in text_of(told(by_time, "resumed"))
    by_jo = claimed().held().so(Resumed(at=NOW, by=JO, before=Status.ON_HOLD))
    assert "Jo took this up again." in text_of(told(by_jo, "resumed"))
    card = told(happened("reopened"), "back_to_you", is_personal=True)
    assert "Mara Lind says that this is not fixed" in text_of(card)
    assert "Not fixed at all" in text_of(card)


def test_watchers_read_public_words_and_where_they_were_said() -> None:
    card = told(claimed().replied(), "watched_word", REQUESTER)
    assert "Jo on #1042 (VPN drops every 10 minutes), which you follow:" in text_of(card)
    assert Quote(text="Please try client 5.2.") in card.elements


# --- waiting --------------------------------------------------------------------------------------


def test_a_hold_is_told_with_reason_and_date() -> None:
    card = told(claimed().held(), "held", REQUESTER)
    assert "#1042 is paused until Mon 30 Nov 14:05. The reason:" in text_of(card)
    assert Quote(text="The vendor is at it", author="Jo") in card.elements
    assert "resume" in buttons_of(told(claimed().held(), "held_for_agents")).values()


def test_an_approval_is_asked_for_with_two_buttons() -> None:
    card = told(happened("held"), "approval_wanted", is_personal=True)
    assert "Jo asks for your approval of #1042" in text_of(card)
    assert list(buttons_of(card).values()) == ["approve", "decline", "show"]
    decided = told(happened("approval_decided"), "approval_decided")
    assert "Lea approved." in text_of(decided)
    tale = claimed().held(approver=LEA)
    declined = tale.so(ApprovalDecided(at=NOW, by=LEA, is_approved=False))
    assert "Lea declined." in text_of(told(declined, "approval_decided"))


def test_the_last_nudge_says_what_silence_means_and_how_to_keep_it_open() -> None:
    card = told(happened("nudged"), "nudge", REQUESTER)
    assert "Which client do you have?" in text_of(card)
    assert "If we hear nothing within 1 working day, we take it as solved." in text_of(card)
    assert buttons_of(card) == {
        "Answer": "add_info",
        "Keep it open": "add_info:keep",
        "It works now": "solve_self",
    }


def test_an_earlier_nudge_and_a_critical_ticket_threaten_nothing() -> None:
    first = claimed().asked().so(Nudged(at=NOW, by=CLOCK, is_last=False))
    assert "If we hear nothing" not in text_of(told(first, "nudge", REQUESTER))
    critical = Tale().opened(priority=Priority.CRITICAL).claimed().asked()
    critical.so(Nudged(at=NOW, by=CLOCK, is_last=True))
    assert "If we hear nothing" not in text_of(told(critical, "nudge", REQUESTER))
    silence = Silence(resolve_after=Wait.parse("90m"))
    hours = Tale(policy=POLICY.model_copy(update={"silence": silence})).opened().asked()
    hours.so(Nudged(at=NOW, by=CLOCK, is_last=True))
    assert "within 1 h 30 min" in text_of(told(hours, "nudge", REQUESTER))


def test_a_warning_says_what_to_do() -> None:
    card = told(warned(claimed()), "sla_warning")
    assert "First reply due in 15 min (today 15:05): 75 % of the time is over." in text_of(card)
    assert "A short honest word to Mara Lind is enough" in text_of(card)
    assert list(buttons_of(card).values()) == ["reply", "escalate"]
    card = told(warned(Tale().opened()), "sla_warning")
    assert list(buttons_of(card).values()) == ["claim", "assign"]
    card = told(warned(claimed(), "resolution"), "sla_warning")
    assert list(buttons_of(card).values()) == ["resolve", "ask", "hold", "escalate"]


def test_a_warning_that_arrives_late_does_not_pretend() -> None:
    card = told(warned(claimed()), "sla_warning", at=after(hours=2))
    assert "First reply was due today 15:05" in text_of(card)


def test_a_breach_is_said_plainly_to_agents() -> None:
    card = told(warned(claimed(), percent=100), "sla_breach", at=after(hours=1))
    assert "🔴 First reply was due today 15:05 and is late." in text_of(card)
    assert card.tone is Tone.DANGER


def test_a_breach_is_an_honest_word_with_a_new_estimate_to_the_requester() -> None:
    card = told(warned(claimed(), percent=100), "delayed", REQUESTER, at=after(hours=1, minutes=1))
    text = text_of(card)
    assert "We said you would have an answer on #1042 by today 15:05" in text
    assert "Jo has been told. Our new estimate: today 15:45 (your time)." in text


def test_an_estimate_keeps_to_the_working_hours() -> None:
    late = after(hours=2, minutes=50)
    card = told(warned(Tale().opened(), percent=100), "delayed", REQUESTER, at=late)
    assert "IT help has been told. Our new estimate: tomorrow 09:30" in text_of(card)


def test_after_the_late_answer_nothing_more_is_estimated() -> None:
    tale = warned(claimed(), percent=100)
    fact = tale.facts[-1]
    tale.replied(at=after(hours=1, minutes=2))
    card = told(tale, "delayed", REQUESTER, at=after(hours=1, minutes=3), fact=fact)
    assert "estimate" not in text_of(card)


# --- the end --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (ResolutionCode.FIXED, "Jo fixed #1042:"),
        (ResolutionCode.WORKAROUND, "Jo found a way around #1042:"),
        (ResolutionCode.ANSWERED, "Jo answered #1042:"),
        (ResolutionCode.NOT_REPRODUCIBLE, "could not see it happen:"),
        (ResolutionCode.WILL_NOT_DO, "it will not be done:"),
    ],
)
def test_a_resolution_is_told_by_its_code_and_asked_about(code: ResolutionCode, words: str) -> None:
    card = told(claimed().resolved(code), "resolved", REQUESTER)
    assert words in text_of(card)
    assert "Client 5.2 is rolled out to your team." in text_of(card)
    assert buttons_of(card) == {
        "Yes, solved": "confirm",
        "Not fixed": "reopen",
        "Still checking": "still_checking",
    }


def test_agents_read_the_code_and_the_cause() -> None:
    text = text_of(told(resolved(), "resolved_for_agents"))
    assert "Jo resolved this: Fixed." in text
    assert "The cause: An expired certificate" in text


def test_what_the_requester_left_open_by_solving_it_is_recorded() -> None:
    tale = claimed().resolved(ResolutionCode.SELF_SOLVED, summary="", by=MARA)
    fact = tale.facts[-1]
    tale.facts[-1] = replace(fact, waived=("checklist", "children"))  # type: ignore[call-arg]  # the last fact is a `Resolved`
    text = text_of(told(tale, "resolved_for_agents"))
    assert "Mara Lind says that it works now." in text
    assert "Left open: the checklist and tickets that belong to it." in text


def test_closing_asks_for_a_rating_in_words() -> None:
    card = told(closed(), "closed", REQUESTER, at=after(hours=1))
    assert buttons_of(card) == {
        "😀 Great": "rate:5",
        "🙂 Good": "rate:4",
        "😐 Okay": "rate:3",
        "🙁 Poor": "rate:2",
        "😞 Bad": "rate:1",
        "Add a comment": "rate_comment",
        "It came back": "reopen",
    }


def test_withdrawn_and_merged_tickets_are_not_rated() -> None:
    cancelled = told(claimed().closed(CloseReason.CANCELLED), "closed", REQUESTER)
    assert buttons_of(cancelled) == {"I need it after all": "reopen"}
    merged = told(claimed().closed(CloseReason.MERGED, 12), "closed", REQUESTER)
    assert "together with #12" in text_of(merged)
    assert buttons_of(merged) == {"Show #12": "show"}


def test_agents_can_undo_a_merge_and_a_wrong_turning_away() -> None:
    merged = told(claimed().closed(CloseReason.MERGED, 12), "closed_for_agents")
    assert "Jo merged this into #12." in text_of(merged)
    assert buttons_of(merged) == {"Undo the merge": "unmerge"}
    spam = told(claimed().closed(CloseReason.SPAM), "closed_for_agents")
    assert buttons_of(spam) == {"It is a request": "not_spam"}
    undone = told(happened("closing_undone"), "closing_undone")
    assert "Jo says that this is a request after all. Its status is again: Open." in text_of(undone)


def test_reopened_mara_learns_who_looks_at_it_again() -> None:
    assert "#1042 is open again. Jo is on it." in text_of(
        told(happened("reopened"), "reopened", REQUESTER)
    )
    tale = resolved()
    tale.so(
        Reopened(at=NOW, by=MARA, before=Status.RESOLVED, why=None, assignee=None),
    )
    assert "IT help takes another look" in text_of(told(tale, "reopened", REQUESTER))
    card = told(tale, "reopened_for_agents")
    assert buttons_of(card) == {"Claim": "claim"}


def test_a_recurrence_points_to_the_ticket_that_goes_on() -> None:
    card = told(happened("recurred"), "recurred", at=after(days=9), successors=(1060,))
    assert buttons_of(card) == {"Show #1060": "show"}


def test_the_follow_up_asks_one_question_with_three_answers() -> None:
    card = told(happened("follow_up_asked"), "follow_up", REQUESTER, at=after(days=3))
    assert "Is #1042 (VPN drops every 10 minutes) still fixed?" in text_of(card)
    assert buttons_of(card) == {
        "Yes": "fixed",
        "It came back": "came_back",
        "Stop asking": "stop_asking",
    }


def test_a_low_rating_reaches_the_lead_with_what_can_be_done() -> None:
    card = told(happened("rated"), "low_rating", is_personal=True)
    text = text_of(card)
    assert "Mara Lind rated this: 🙁 Poor. Jo had resolved it." in text
    assert "Took long" in text
    assert buttons_of(card) == {"Contact": "reply", "Reopen": "reopen", "Show": "show"}


def test_a_desk_speaks_in_its_own_words_here_too() -> None:
    own = {"en": {"notices.talk.smile": "Anytime, {{ desk }} is here."}}
    policy = POLICY.model_copy(update={"wording": own})
    tale = message(Tale(policy=policy).opened().claimed().resolved(), "Thanks", thanks=True)
    assert "Anytime, Helping hands is here." in text_of(told(tale, "smile", REQUESTER))
