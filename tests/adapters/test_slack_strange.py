"""What nobody honest sends to the desk in Slack, and what Slack itself leaves unsaid."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from chatdesk.adapters.db import open_store
from chatdesk.adapters.http.copies import FileDoor
from chatdesk.adapters.slack.files import SlackFiles
from chatdesk.adapters.slack.keeping import Kept
from chatdesk.bootstrap.slack import _Shelf
from chatdesk.desk import requester_lane
from chatdesk.lifecycle import record
from chatdesk.lifecycle.ticket import EntryKind
from chatdesk.ports import Transaction
from tests.adapters.conftest import migrated_url
from tests.adapters.slack_room import SlackDesk, claimed, opened, reads, slack_desk
from tests.slack.faults import Fault
from tests.slack.things import Json, Message


@pytest.fixture
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with migrated_url(request, "sqlite") as found:
        yield found


@pytest.fixture
async def desk(url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[SlackDesk]:
    async with slack_desk(shared_specs, url, tmp_path) as one:
        yield one


def entries(desk: SlackDesk, number: int = 1) -> list[str]:
    """Return everything written on a ticket."""
    everything = frozenset(EntryKind)
    return desk.parts.store.read(lambda tx: [one.text for one in tx.entries.of(number, everything)])


def button(value: str) -> list[Json]:
    """Return blocks with a button that the desk never made."""
    text = {"type": "plain_text", "text": "Forged"}
    made = {"type": "button", "text": text, "value": value, "action_id": "click:0"}
    return [{"type": "actions", "block_id": "forged", "elements": [made]}]


# --- while Slack does not say who the app is ------------------------------------------------------


@pytest.mark.parametrize(
    "trouble", [Fault.status(503), Fault.rate_limited(1), Fault.refused("internal_error")]
)
async def test_what_comes_while_slack_does_not_know_the_app_comes_again(
    desk: SlackDesk, trouble: Fault
) -> None:
    desk.slack.next("auth.test", trouble)
    direct = desk.slack.dm("UMARA")
    await desk.slack.says("UMARA", direct, "!new The printer smokes")
    await desk.settled()
    assert desk.slack.messages(direct)[1:] != []


async def test_whom_slack_does_not_tell_about_keeps_their_name(desk: SlackDesk) -> None:
    card = await opened(desk)
    await desk.slack.clicks("UJO", card, "Claim")
    await desk.settled()
    assert desk.parts.slack is not None
    desk.parts.slack.telling.people._known.clear()  # as after a restart
    desk.slack.next("users.info", *[Fault.rate_limited(30)] * 5)
    await desk.slack.says("UJO", "CHELP", "!note Looking", card)
    await desk.settled()
    assert "Assigned to Jo" in reads(card)
    (receipt,) = desk.slack.messages(desk.slack.dm("UMARA"))
    assert "Jo is on it" in reads(receipt)


# --- what is forged -------------------------------------------------------------------------------


async def test_a_forged_button_shows_nobody_words_from_elsewhere(desk: SlackDesk) -> None:
    card = await claimed(desk)
    secret = await desk.slack.says("UJO", "CHELP", "The password is tulip", card)
    seen = Message(
        ts=desk.slack.workspace.new_ts(),
        channel="CGENERAL",
        user=desk.slack.app.bot_user,
        bot_id=desk.slack.app.bot_id,
        text="x",
    )
    value = "point:" + json.dumps(["CHELP", secret.ts])
    await desk.slack.clicks("UMARA", seen, "Forged", seen=button(value))
    await desk.settled()
    view = desk.slack.view_of("UMARA")
    assert view is None or "tulip" not in str(view.payload)


@pytest.mark.parametrize("value", ["point:" + "[" * 1900, "say:" + "[" * 1900, "kept:x", "type:"])
async def test_a_forged_button_is_acknowledged(desk: SlackDesk, value: str) -> None:
    card = await opened(desk)
    answer = await desk.slack.clicks("UJO", card, "Forged", seen=button(value))
    assert answer.is_acked
    await desk.settled()


FORGED_METADATA = (
    "",
    "[]",
    "3",
    "[" * 2900,
    json.dumps({"form": "new:0:0", "place": 3, "thread": None}),
    json.dumps({"form": "resolve:1:0", "place": "CHELP", "thread": "", "files": {"x": "yz"}}),
    json.dumps({"form": "new:0:0", "place": "CHELP", "thread": "", "source": {"place": "CHELP"}}),
    json.dumps({"form": "new:0:0", "place": "", "thread": "", "files": {"files": ["../../x"]}}),
)

FORGED_STATE: tuple[Json, ...] = (
    {"f:²:abc:details": {"field": {"type": "plain_text_input", "value": "x"}}},
    {"f:" + "9" * 200 + ":abc:details": {"field": {"type": "plain_text_input", "value": "x"}}},
    {"f": {"field": {"type": "plain_text_input", "value": "x"}}, "f:": {}, "nothing": {}},
    {"f:0:abc:q.unknown": {"field": {"type": "static_select", "selected_option": None}}},
    {"f:0:abc:details": {"field": {"type": "checkboxes", "selected_options": []}}},
    {"f:0:abc:summary": {"field": {"type": "file_input", "files": []}}},
    {"f:0:abc:requester": {"field": {"type": "users_select", "selected_user": "UNOBODY"}}},
)


@pytest.mark.parametrize("metadata", FORGED_METADATA)
async def test_forged_metadata_of_a_form_does_nothing(desk: SlackDesk, metadata: str) -> None:
    await opened(desk)
    await desk.slack.types("UMARA", "CGENERAL", "/ticket new Something")
    await desk.settled()
    view = desk.slack.form_of("UMARA")
    view.payload["private_metadata"] = metadata
    answer = await desk.slack.submits("UMARA", values={"What is it about?": "Something else"})
    assert answer.is_acked, answer
    await desk.settled()
    assert "on our side" not in json.dumps(answer.payload)
    shown = desk.slack.view_of("UMARA")
    assert shown is None or "on our side" not in reads(shown)


@pytest.mark.parametrize("state", FORGED_STATE)
async def test_forged_fields_of_a_form_are_answered_in_words(desk: SlackDesk, state: Json) -> None:
    await desk.slack.types("UMARA", "CGENERAL", "/ticket new Something")
    await desk.settled()
    view = desk.slack.form_of("UMARA")
    await desk.slack.fills("UMARA", {"What is it about?": "Something else"})
    await desk.settled()
    view.state |= state
    answer = await desk.slack.submits("UMARA")
    assert answer.is_acked, answer
    assert "on our side" not in json.dumps(answer.payload)
    await desk.settled()


# --- what Slack lets through ----------------------------------------------------------------------


async def test_much_typed_with_a_command_is_not_lost_where_its_form_came_too_late(
    desk: SlackDesk,
) -> None:
    words = "The printer smokes " * 150
    desk.slack.next("views.open", Fault.refused("expired_trigger_id"))
    await desk.slack.types("UMARA", "CGENERAL", f"/ticket new {words}")
    await desk.settled()
    told = desk.slack.ephemerals("UMARA")[-1]
    assert "".join(words.split()) in "".join(reads(told).split())
    await desk.slack.clicks("UMARA", told, "New ticket")
    await desk.settled()
    assert desk.slack.form_of("UMARA").title == "New ticket"


async def test_people_named_in_a_reply_and_in_loud_words_are_written_by_name(
    desk: SlackDesk,
) -> None:
    card = await claimed(desk)
    bot = desk.slack.workspace.people[desk.slack.app.bot_user].name
    await desk.slack.says("UJO", "CHELP", f"@{bot} reply Please ask @Kim and @kim", card)
    await desk.settled()
    await desk.slack.says("UJO", "CHELP", "!reply Or ask @kim", card)
    await desk.settled()
    await desk.slack.says("UJO", "CHELP", "!!! look, @kim", card)
    await desk.settled()
    said = "\n".join(entries(desk))
    assert "slack:U" not in said, said


@pytest.mark.parametrize("odd", ["a\0b", "a\ud800b"])
async def test_odd_letters_are_heard_and_kept(desk: SlackDesk, odd: str) -> None:
    card = await claimed(desk)
    receipt = desk.slack.messages(desk.slack.dm("UMARA"))[0]
    await desk.slack.says("UMARA", receipt.channel, f"odd {odd} words", receipt)
    await desk.settled()
    assert any("odd a" in one for one in entries(desk))
    assert any("odd a" in one for one in desk.shown("CHELP", card))


# --- where it is said -----------------------------------------------------------------------------


async def raised_in(desk: SlackDesk, place: str) -> None:
    await desk.slack.types("UMARA", place, "/ticket new VPN drops")
    await desk.settled()
    await desk.slack.fills("UMARA", {"What is it about?": "VPN"})
    await desk.settled()
    await desk.slack.submits("UMARA", values={"What happened?": "Since noon."})
    await desk.settled()


async def test_beside_the_receipt_nothing_says_the_same_again(desk: SlackDesk) -> None:
    direct = desk.slack.dm("UMARA")
    await raised_in(desk, direct.id)
    assert sum("#1" in one for one in desk.shown(direct.id)) == 1
    assert desk.slack.view_of("UMARA") is None


async def test_away_from_the_receipt_the_number_is_shown_at_once(desk: SlackDesk) -> None:
    await raised_in(desk, "CGENERAL")
    assert "#1" in reads(desk.slack.form_of("UMARA"))


async def test_a_direct_message_between_two_people_is_not_the_desks(desk: SlackDesk) -> None:
    between = desk.slack.channel("DOTHERS", "directmessage", "UMARA", "UJO", kind="im")
    await raised_in(desk, between.id)
    assert "#1" in reads(desk.slack.form_of("UMARA"))


# --- what stands beside ---------------------------------------------------------------------------


async def test_a_sign_that_slack_puts_off_holds_up_no_card(desk: SlackDesk) -> None:
    said = await desk.slack.says("UMARA", "CGENERAL", "The printer is on fire")
    await desk.slack.shortcut("UMARA", "create_ticket", said)
    await desk.settled()
    await desk.slack.submits("UMARA", values={"What is it about?": "Something else"})
    await desk.settled()
    await desk.slack.clicks("UJO", desk.slack.messages("CHELP")[-1], "Claim")
    await desk.settled()
    slow = Fault.hang(is_accepted=False)
    desk.slack.next("reactions.add", slow)
    await desk.slack.says(
        "UJO", "CHELP", "!hold 1d For a new one", desk.slack.messages("CHELP")[-1]
    )
    try:
        async with asyncio.timeout(5):
            await slow.began.wait()
            while not desk.parts.store.read(is_told):  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.01)
    finally:
        slow.until.set()


def is_told(tx: Transaction) -> bool:
    """Tell whether nothing of the first ticket is still to be told to its requester."""
    return tx.outbox.is_silent(requester_lane(1))


@pytest.mark.parametrize(
    "address",
    ["https://[x", "http://files.slack.com/x", "https://files.slack.com.evil.example/x", ""],
)
async def test_a_file_at_a_strange_address_stays_where_it_is(address: str) -> None:
    asked: list[str] = []

    def token() -> str:
        asked.append("token")
        return "xoxb"

    theirs = SlackFiles(token, "https://slack.com/api/")
    door = FileDoor(theirs, lambda *_: "kept", lambda: 1000)
    file = {"name": "a.txt", "url_private": address, "size": "many"}
    fetched = await door.fetch([file], "slack:UMARA")
    assert (fetched.attachments, asked) == ((), [])
    assert "a.txt" in fetched.left[0]


def test_what_is_kept_may_hold_odd_letters(store_url: str) -> None:
    store = open_store(store_url, record)
    shelf = _Shelf(store)
    said = {"event": {"text": "a\0b\ud800c"}}
    shelf.keep(Kept(key="message:T:1", kind="message", user="UMARA", payload=said))
    (kept,) = shelf.unfinished(timedelta())
    assert kept.payload["event"]["text"].startswith("a")
    store.close()
