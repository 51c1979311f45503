"""The requester's card: what Mara reads about her ticket, from the first word to the last."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from chatdesk.lifecycle.facts import Assigned, MessageAdded, Released
from chatdesk.lifecycle.policy import SlaPolicy
from chatdesk.lifecycle.ticket import CloseReason, PersonId, ResolutionCode
from chatdesk.ui.cards import Card, Line, Quote, Tone
from chatdesk.ui.receipt import receipt
from tests.ui.tale import JO, LEA, MARA, POLICY, Tale, after, buttons_of, text_of

HOSTILE = "{{7*7}} {% if %} <!channel> @everyone *bold* \u202edrow"


def news_of(card: Card) -> str:
    first = card.elements[0]
    assert isinstance(first, Line)
    return first.text


def test_the_receipt_names_the_promise_in_maras_own_time_zone() -> None:
    tale = Tale().opened(zone="America/New_York")
    card = receipt(tale.seen(zone="America/New_York"))
    assert card.title == "#1042 VPN drops every 10 minutes"
    assert (
        news_of(card) == "We have it. Somebody from IT help will answer by today 09:05 (your time)."
    )
    assert "Since this morning my VPN drops." in text_of(card)
    assert buttons_of(card) == {
        "Add info": "add_info",
        "It works now": "solve_self",
        "Withdraw": "withdraw",
    }


def test_a_desk_that_promises_nothing_says_no_time() -> None:
    policy = POLICY.model_copy(update={"sla": {"standard": SlaPolicy()}})
    card = receipt(Tale(policy=policy).opened().seen())
    assert news_of(card) == "We have it. Somebody from IT help will answer."


def test_in_the_evening_the_receipt_says_when_the_desk_is_back() -> None:
    evening = datetime(2026, 11, 27, 19, 0, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    card = receipt(Tale().opened(at=evening).seen(at=evening))
    assert "by Mon 30 Nov 10:00 (your time)" in news_of(card)
    assert "IT help is closed at the moment and back Mon 30 Nov 09:00." in text_of(card)


def test_the_same_card_tells_who_is_on_it_and_when_the_next_word_comes() -> None:
    claimed = Tale().opened().claimed()
    assert news_of(receipt(claimed.seen())) == (
        "Jo is on it and will answer by today 15:05 (your time)."
    )
    answered = claimed.replied()
    assert news_of(receipt(answered.seen())) == "Jo is on it."
    assert "We mean to have it solved by Wed 25 Nov 14:05." in text_of(receipt(answered.seen()))
    message = MessageAdded(at=after(minutes=15), by=MARA, text=answered.text("Still", MARA))
    asked_back = answered.so(message)
    assert "The next word from us: by today 16:20." in text_of(receipt(asked_back.seen()))


def test_a_ticket_put_back_is_with_the_queue_again() -> None:
    tale = Tale().opened().claimed().replied()
    tale.so(Released(at=after(minutes=12), by=JO, before=JO, reason=tale.text("Not mine")))
    card = receipt(tale.seen())
    assert news_of(card) == "It is with IT help; somebody will take it on."
    assert "Not mine" not in text_of(card)


@pytest.mark.parametrize("is_claimed", [False, True])
def test_a_promise_that_was_missed_is_not_hidden(is_claimed: bool) -> None:
    tale = Tale().opened()
    card = receipt((tale.claimed() if is_claimed else tale).seen(at=after(hours=1, minutes=10)))
    assert "We are sorry" in text_of(card)
    assert "today 15:05" in text_of(card)
    assert text_of(card).count("We are sorry") == 1
    assert card.tone is Tone.WARNING


def test_when_we_wait_for_mara_the_card_says_so_and_offers_the_answer() -> None:
    card = receipt(Tale().opened().asked().seen())
    assert news_of(card) == (
        "Jo asked you something and can go on once you answer, below or with the button."
    )
    assert next(iter(buttons_of(card).items())) == ("Answer", "add_info")


def test_on_hold_the_reason_stands_there_in_jos_own_words() -> None:
    card = receipt(Tale().opened().claimed().held().seen())
    assert news_of(card) == "It is paused until Mon 30 Nov 14:05."
    assert Quote(text="The vendor is at it", author="The reason") in card.elements


def test_closed_while_on_hold_it_says_nothing_of_the_wait() -> None:
    card = receipt(Tale().opened().claimed().held().closed(CloseReason.CANCELLED).seen())
    assert "The vendor is at it" not in text_of(card)


def test_an_approval_names_who_decides() -> None:
    card = receipt(Tale().opened().claimed().held(approver=LEA).seen())
    assert news_of(card) == "Lea has been asked to approve this by Mon 30 Nov 14:05."


def test_once_resolved_the_three_answers_are_one_click_away() -> None:
    card = receipt(Tale().opened().claimed().resolved().seen(at=after(minutes=45)))
    assert news_of(card) == "Jo says this is solved. Did it help?"
    assert "Client 5.2 is rolled out to your team." in text_of(card)
    assert "If we hear nothing, it closes Thu 26 Nov 14:45." in text_of(card)
    assert list(buttons_of(card).values()) == ["confirm", "reopen", "still_checking"]
    assert "An expired certificate" not in text_of(card)


def test_solved_for_silence_is_said_as_what_it_is() -> None:
    tale = Tale().opened().asked()
    card = receipt(tale.resolved(ResolutionCode.NO_RESPONSE, summary="").seen())
    assert news_of(card) == "We did not hear back, so we take it as solved. Is it?"


@pytest.mark.parametrize(
    ("reason", "news", "buttons"),
    [
        (CloseReason.CONFIRMED, "Solved, and you said so.", ["reopen"]),
        (CloseReason.SELF_SOLVED, "You told us that it works now.", ["reopen"]),
        (CloseReason.UNCONFIRMED, "We heard nothing more", ["reopen"]),
        (CloseReason.NO_RESPONSE, "we did not hear back", ["reopen"]),
        (CloseReason.CANCELLED, "You withdrew it.", ["reopen"]),
        (CloseReason.MERGED, "together with #12", ["show"]),
        (CloseReason.SPAM, "not taken on as a request", []),
    ],
)
def test_closed_it_says_why_and_what_can_still_be_done(
    reason: CloseReason, news: str, buttons: list[str]
) -> None:
    target = 12 if reason is CloseReason.MERGED else None
    card = receipt(Tale().opened().claimed().closed(reason, target).seen(at=after(hours=1)))
    assert news in news_of(card)
    assert list(buttons_of(card).values()) == buttons


def test_after_the_time_for_reopening_one_click_opens_a_new_ticket() -> None:
    tale = Tale().opened().claimed().resolved().closed()
    soon, late = receipt(tale.seen(at=after(days=6))), receipt(tale.seen(at=after(days=8)))
    assert "before tomorrow 14:55, one click opens it again" in text_of(soon)
    assert "one click opens a new ticket that knows about this one" in text_of(late)
    assert "It came back" in buttons_of(late)


def test_what_was_submitted_stands_there_with_its_questions_and_hides_nothing() -> None:
    tale = Tale().opened(
        answers={"since": "2026-11-20", "system": "Linux", "gone": ["a", "b"]},
        is_confidential=True,
    )
    text = text_of(receipt(tale.seen()))
    assert text.index("Which system?: Linux") < text.index("Since when?: Fri 20 Nov")
    assert "gone: a, b" in text
    assert "🔒 Private: only IT help can see this." in text


def test_answers_that_nobody_can_read_are_left_out() -> None:
    tale = Tale().opened(answers={"system": "Linux"})
    entry = tale.ticket.answers
    assert entry
    for broken in ("not json", "[1]", ""):
        assert "Which system?" not in text_of(receipt(tale.changed(entry, text=broken).seen()))


def test_opened_by_a_colleague_it_says_by_whom() -> None:
    card = receipt(Tale().opened(by=JO).seen())
    assert "Jo opened this for you." in text_of(card)


def test_what_people_wrote_is_carried_literally() -> None:
    card = receipt(Tale().opened(summary=HOSTILE, details=HOSTILE).seen())
    assert card.title == f"#1042 {HOSTILE}"
    assert Quote(text=HOSTILE, author="You wrote") in card.elements


def test_a_summary_of_several_lines_stays_on_one() -> None:
    card = receipt(Tale().opened(summary="VPN\ndrops").seen())
    assert card.title == "#1042 VPN drops"


def test_erased_texts_leave_a_card_that_still_makes_sense() -> None:
    tale = Tale().opened()
    view = tale.changed(tale.ticket.summary, text="").seen()
    card = receipt(view)
    assert card.title == "#1042"
    assert "We have it." in card.fallback


def test_somebody_whose_name_is_not_known_is_somebody() -> None:
    stranger = PersonId("stranger")
    tale = Tale().opened().so(Assigned(at=after(minutes=5), by=JO, agent=stranger, before=None))
    assert news_of(receipt(tale.seen())).startswith("Somebody is on it")


def test_the_fallback_is_the_card_in_a_sentence() -> None:
    card = receipt(Tale().opened().claimed().replied().seen())
    assert card.fallback == "#1042 VPN drops every 10 minutes: Jo is on it."
