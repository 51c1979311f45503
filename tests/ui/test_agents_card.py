"""The agents' card: all Jo needs to work a ticket, and only what makes sense now."""

from dataclasses import replace

import pytest

from chatdesk.lifecycle.assignment import Escalated, Transferred
from chatdesk.lifecycle.facts import Reopened
from chatdesk.lifecycle.followup import Rated
from chatdesk.lifecycle.investigation import TickedOff, TickOff
from chatdesk.lifecycle.permissions import Action
from chatdesk.lifecycle.step import sources_of
from chatdesk.lifecycle.ticket import (
    CLOCK,
    CloseReason,
    Priority,
    QueueName,
    ResolutionCode,
    Side,
    Status,
)
from chatdesk.lifecycle.triage import Linked, PrioritySet
from chatdesk.ui.agents_card import agents_card, moved_card
from chatdesk.ui.cards import Buttons, Card, Line, Tone, parse_button_id
from chatdesk.ui.parts import item_named
from chatdesk.ui.ticket_cards import ticket_card
from chatdesk.verbs import BY_NAME, Given
from tests.ui.tale import (
    CHECKLIST,
    JO,
    LEA,
    MARA,
    Tale,
    after,
    buttons_of,
    menu_of,
    text_of,
)

AGENTS = Side.AGENTS


def seen(tale: Tale, **minutes: float) -> Card:
    return agents_card(tale.seen(AGENTS, at=after(**(minutes or {"minutes": 20}))))


def ids_of(card: Card) -> list[str]:
    rows = [element for element in card.elements if isinstance(element, Buttons)]
    options = [option.value for row in rows if row.menu for option in row.menu.options]
    return [button.id for row in rows for button in row.buttons] + options


def test_a_new_ticket_shows_who_what_and_until_when() -> None:
    card = seen(Tale().opened())
    assert card.title == "🔵 #1042 VPN drops every 10 minutes"
    text = text_of(card)
    assert "High priority · New" in text
    assert "Mara Lind · Berlin, 14:25 there · 3 earlier tickets" in text
    assert "Network: VPN · Nobody has it yet · Impact: My team · I cannot work" in text
    assert "⏱ First reply due in 40 min (today 15:05)" in text
    assert "Mara Lind wrote: Since this morning my VPN drops." in text


def test_the_requesters_clock_is_theirs_though_the_card_is_read_in_berlin() -> None:
    card = seen(Tale().opened(zone="America/New_York"))
    assert "New York, 08:25 there" in text_of(card)
    assert "(today 15:05)" in text_of(card)


@pytest.mark.parametrize(
    ("minutes", "tone", "words"),
    [
        (10, Tone.PLAIN, "First reply due in 50 min"),
        (31, Tone.WARNING, "half of the time is over"),
        (46, Tone.WARNING, "due soon: in 14 min"),
        (55, Tone.DANGER, "due very soon: in 5 min"),
        (70, Tone.DANGER, "is late: it was due 10 min ago"),
    ],
)
def test_the_clock_warns_in_colour_and_in_words(minutes: int, tone: Tone, words: str) -> None:
    card = seen(Tale().opened(), minutes=minutes)
    assert words in text_of(card)
    assert card.tone is tone


def test_what_is_late_shows_it_in_the_title() -> None:
    assert seen(Tale().opened(), hours=2).title.startswith("🔴 #1042")
    assert seen(Tale().opened(), hours=1).title.startswith("🔴 #1042")
    assert seen(Tale().opened(), minutes=59).title.startswith("🔵 #1042")


def test_while_somebody_else_is_asked_nothing_is_due() -> None:
    card = seen(Tale().opened().claimed().held(), hours=2)
    assert "⏱" not in text_of(card)
    assert "On hold until Mon 30 Nov 14:05\nThe reason: The vendor is at it" in text_of(card)


def test_closed_while_on_hold_nothing_is_waited_for_any_more() -> None:
    card = seen(Tale().opened().claimed().held().closed(CloseReason.CANCELLED))
    assert "On hold" not in text_of(card)
    assert "The vendor is at it" not in text_of(card)


def test_unclaimed_it_can_be_claimed_and_not_yet_resolved() -> None:
    assert list(buttons_of(seen(Tale().opened())).values()) == ["claim", "reply", "note"]


def test_claimed_it_can_be_given_back_and_resolved() -> None:
    card = seen(Tale().opened().claimed())
    assert "Assigned to Jo" in text_of(card)
    assert list(buttons_of(card).values()) == ["release", "reply", "note", "resolve"]


COMMANDS = {
    "watch": "AddWatcher",
    "claim": "Claim",
    "release": "Release",
    "assign": "Assign",
    "transfer": "Transfer",
    "escalate": "Escalate",
    "priority": "SetPriority",
    "triage": "Triage",
    "ask": "AskRequester",
    "reply": "Reply",
    "note": "AddNote",
    "hold": "PutOnHold",
    "resume": "Resume",
    "approval": "RequestApproval",
    "merge": "Merge",
    "unmerge": "Unmerge",
    "link": "LinkTickets",
    "resolve": "Resolve",
    "tick": "TickOff",
    "spam": "MarkSpam",
    "not_spam": "NotSpam",
    "reopen": "Reopen",
}
STANDINGS = {
    "new": Tale().opened(),
    "open": Tale().opened().claimed(),
    "waiting": Tale().opened().claimed().asked(),
    "on hold": Tale().opened().claimed().held(),
    "for approval": Tale().opened().claimed().held(approver=LEA),
    "resolved": Tale().opened().claimed().resolved(),
    "confirmed": Tale().opened().claimed().resolved().closed(),
    "merged": Tale().opened().closed(CloseReason.MERGED, 12),
    "spam": Tale().opened().closed(CloseReason.SPAM),
    "withdrawn": Tale().opened().closed(CloseReason.CANCELLED),
}


@pytest.mark.parametrize("tale", STANDINGS.values(), ids=STANDINGS)
def test_only_what_the_table_of_transitions_allows_is_offered(tale: Tale) -> None:
    card = seen(tale, hours=1)
    for carried in ids_of(card):
        state = parse_button_id(carried)
        assert state is not None
        assert (state.number, state.version) == (1042, tale.ticket.version)
        assert state.verb in BY_NAME
        if state.verb in COMMANDS:
            assert tale.ticket.status in sources_of(COMMANDS[state.verb]), state.verb
        else:
            assert BY_NAME[state.verb].action in {Action.EXPORT, Action.SEE}


def test_the_menu_follows_the_status() -> None:
    assert {"ask", "hold", "approval"} <= set(menu_of(seen(STANDINGS["open"])))
    assert not {"hold", "approval"} & set(menu_of(seen(STANDINGS["new"])))
    assert "resume" in buttons_of(seen(STANDINGS["on hold"])).values()
    assert "unmerge" in buttons_of(seen(STANDINGS["merged"])).values()
    assert "not_spam" in buttons_of(seen(STANDINGS["spam"])).values()
    assert "reopen" in buttons_of(seen(STANDINGS["confirmed"])).values()
    assert menu_of(seen(STANDINGS["confirmed"])) == ["note", "link", "export"]


def test_the_checklist_is_ticked_off_one_click_an_item() -> None:
    tale = Tale().opened().claimed()
    tale.so(TickedOff(at=after(minutes=6), by=JO, item=CHECKLIST[0]))
    card = seen(tale)
    assert f"Checklist: 1 of 2 done\n☑ {CHECKLIST[0]}\n☐ {CHECKLIST[1]}" in text_of(card)
    ticks = [carried for carried in ids_of(card) if carried.startswith("tick:")]
    assert len(ticks) == 1
    state = parse_button_id(ticks[0])
    assert state
    assert item_named(tale.ticket, state.more) == CHECKLIST[1]
    assert item_named(tale.ticket, "forged") is None
    make = BY_NAME["tick"].make
    assert make
    assert make(Given(more=state.more, ticket=tale.ticket, by=JO)) == TickOff(item=CHECKLIST[1])


def test_an_item_the_policy_has_dropped_can_still_be_ticked_off() -> None:
    tale = Tale().opened()
    view = tale.seen(AGENTS)
    bare = view.policy.topics["vpn"].model_copy(update={"checklist": ()})
    topics = {**view.policy.topics, "vpn": bare}
    card = agents_card(replace(view, policy=view.policy.model_copy(update={"topics": topics})))
    assert f"☐ {CHECKLIST[0]}" in text_of(card)


def test_what_is_unusual_is_said() -> None:
    tale = Tale().opened(by=JO, is_confidential=True).claimed()
    tale.so(
        PrioritySet(
            at=after(minutes=6),
            by=JO,
            priority=Priority.CRITICAL,
            before=Priority.HIGH,
            reason=tale.text("The board meets"),
        ),
        Escalated(at=after(minutes=7), by=JO, tier=2, reason=tale.text("Needs an expert")),
        Linked(at=after(minutes=8), by=JO, other=900, is_child=True),
    )
    text = text_of(seen(tale))
    assert "Critical priority · Open · Tier 2" in text
    assert "The priority was set by hand" in text
    assert "🔒 Private: only IT help sees this" in text
    assert "Opened by Jo on their behalf" in text
    assert "Part of #900" in text


def test_the_end_is_told_with_code_reason_and_rating() -> None:
    tale = Tale().opened().claimed().resolved().closed()
    tale.so(Rated(at=after(minutes=55), by=MARA, score=4, resolver=JO))
    text = text_of(seen(tale, hours=1))
    assert "Resolved by Jo: Fixed\nClient 5.2 is rolled out to your team." in text
    assert "Closed today 14:55: Confirmed as solved" in text
    assert "Rated 🙂 Good" in text
    assert "☐" not in text


def test_reopened_the_old_resolution_is_gone_and_the_count_stands() -> None:
    tale = Tale().opened().claimed().resolved()
    tale.so(Reopened(at=after(minutes=50), by=MARA, before=Status.RESOLVED, why=None, assignee=JO))
    text = text_of(seen(tale, hours=1))
    assert "Reopened 1 time" in text
    assert "Resolved by" not in text


def test_a_ticket_solved_by_silence_names_nobody() -> None:
    tale = Tale().opened().asked().resolved(ResolutionCode.NO_RESPONSE, summary="", by=CLOCK)
    assert "Resolved: No answer came" in text_of(seen(tale, hours=1))


def test_what_came_after_and_before_is_linked_in_words() -> None:
    tale = Tale().opened().claimed().resolved().closed()
    view = tale.seen(AGENTS, at=after(days=9), successors=(1050, 1060))
    assert "It came back as #1050 and #1060" in text_of(agents_card(view))


def test_where_it_has_left_a_queue_only_its_new_place_stays() -> None:
    tale = Tale().opened()
    moved = Transferred(
        at=after(minutes=3), by=JO, queue=QueueName("hr"), before=QueueName("it"), reason=None
    )
    card = moved_card(tale.so(moved).seen(AGENTS))
    assert "Moved to People team" in text_of(card)
    assert list(buttons_of(card).values()) == ["show"]


def test_a_private_ticket_that_left_keeps_its_summary_to_itself() -> None:
    card = moved_card(Tale().opened("My salary", is_confidential=True).seen(AGENTS))
    assert "salary" not in text_of(card) + card.fallback


def test_the_fallback_says_what_matters() -> None:
    assert seen(Tale().opened().claimed()).fallback == (
        "#1042 VPN drops every 10 minutes · High · Open · Jo"
    )


def test_each_side_gets_its_own_card() -> None:
    tale = Tale().opened()
    assert ticket_card(tale.seen(Side.AGENTS)).title.startswith("🔵")
    assert ticket_card(tale.seen(Side.REQUESTER)).title == "#1042 VPN drops every 10 minutes"


def test_hostile_words_stay_words() -> None:
    hostile = "{{7*7}} <!channel> \u202e"
    card = seen(Tale().opened(hostile, hostile))
    assert hostile.strip() in card.title
    assert not [one for one in card.elements if isinstance(one, Line) and "49" in one.text]
