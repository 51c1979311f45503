"""Messages that people point at: they become tickets, are added to one, and show how it goes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from chatdesk.lifecycle.ticket import EntryKind
from chatdesk.ports import Transaction
from tests.adapters.conftest import migrated_url
from tests.adapters.slack_room import POLICY, SlackDesk, claimed, opened, reads, slack_desk
from tests.slack.faults import Fault
from tests.slack.things import Message

PUBLIC = POLICY.replace("home:", "answers_in: thread\n    home:")
AT_ONCE = POLICY + "reactions: {topic: other}\n"
PRIVATE_TOO = PUBLIC.replace(
    "topics:\n", "topics:\n  pay:\n    title: Pay\n    queue: it\n    confidential: true\n"
)


@pytest.fixture
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with migrated_url(request, "sqlite") as found:
        yield found


@pytest.fixture
async def desk(
    request: pytest.FixtureRequest, url: str, shared_specs: Path, tmp_path: Path
) -> AsyncIterator[SlackDesk]:
    policy = getattr(request, "param", POLICY)
    async with slack_desk(shared_specs, url, tmp_path, policy=policy) as one:
        yield one


def entries(desk: SlackDesk, number: int = 1) -> list[str]:
    """What is kept of a ticket, in the order it was said."""

    def look(tx: Transaction) -> list[str]:
        return [one.text for one in tx.entries.of(number, frozenset(EntryKind))]

    return desk.parts.store.read(look)


async def made(
    desk: SlackDesk, user: str, message: Message, topic: str = "Something else", **more: str
) -> None:
    """Let somebody make a ticket of a message."""
    await desk.slack.shortcut(user, "create_ticket", message)
    await desk.settled()
    values = {"What is it about?": topic, **more}
    await desk.slack.submits(user, values=values)
    await desk.settled()


# --- added to a ticket ----------------------------------------------------------------------------


async def add(desk: SlackDesk, user: str, message: Message, ticket: str = "") -> None:
    await desk.slack.shortcut(user, "add_to_ticket", message)
    await desk.settled()
    values = {"Which ticket?": ticket} if ticket else {}
    await desk.slack.submits(user, values=values)
    await desk.settled()


async def test_an_agent_adds_a_message_with_its_author_files_and_address(desk: SlackDesk) -> None:
    card = await claimed(desk)
    log = desk.slack.file("vpn.log", b"10:02 reset", "UMARA")
    said = await desk.slack.says("UMARA", "CGENERAL", "It <broke> & hurts", files=[log])
    await add(desk, "UJO", said, "#1 VPN drops")
    shown = "\n".join(desk.shown("CHELP", card))
    assert "Mara wrote:\nIt <broke> & hurts" in shown
    assert "/archives/CGENERAL/" in shown
    assert "vpn.log" in shown
    receipt = desk.slack.messages(desk.slack.dm("UMARA"))[0]
    assert not any("hurts" in one for one in desk.shown(desk.slack.dm("UMARA").id, receipt))


async def test_a_requester_adds_to_their_own_ticket_in_their_own_words(desk: SlackDesk) -> None:
    card = await claimed(desk)
    said = await desk.slack.says("UMARA", "CGENERAL", "Again at noon")
    await add(desk, "UMARA", said)
    assert any("Again at noon" in one for one in desk.shown("CHELP", card))
    assert "wrote:" not in "".join(entries(desk))


async def test_a_message_is_added_to_a_ticket_once(desk: SlackDesk) -> None:
    await claimed(desk)
    said = await desk.slack.says("UMARA", "CGENERAL", "Again at noon")
    await add(desk, "UJO", said)
    await desk.slack.shortcut("UKIM", "add_to_ticket", said)
    await desk.settled()
    answer = await desk.slack.submits("UKIM")
    assert list(answer.errors.values()) == ["This message is on #1 already."]
    assert sum("Again at noon" in one for one in entries(desk)) == 1


async def test_nobody_adds_to_a_ticket_that_is_not_theirs(desk: SlackDesk) -> None:
    await claimed(desk)
    said = await desk.slack.says("UMARA", "CGENERAL", "Again at noon")
    await desk.slack.shortcut("UDANA", "add_to_ticket", said)
    await desk.settled()
    assert "VPN drops" in str(desk.slack.form_of("UDANA").payload)  # managers see every queue
    await desk.slack.closes("UDANA")
    desk.slack.user("UNINA")
    desk.slack.workspace.channels["CGENERAL"].members.add("UNINA")
    await desk.slack.shortcut("UNINA", "add_to_ticket", said)
    await desk.settled()
    assert desk.slack.view_of("UNINA") is None
    assert "no open ticket of yours" in reads(desk.slack.ephemerals("UNINA", "CGENERAL")[-1])


# --- made into one --------------------------------------------------------------------------------


async def test_a_ticket_made_of_a_message_keeps_author_and_files(desk: SlackDesk) -> None:
    log = desk.slack.file("fire.png", b"\x89PNG", "UKIM")
    said = await desk.slack.says("UKIM", "CGENERAL", "The printer is on fire", files=[log])
    await made(desk, "UMARA", said)
    card = reads(desk.slack.messages("CHELP")[-1])
    assert "Kim wrote:" in card
    assert "fire.png" in card


async def test_a_message_shows_how_far_its_ticket_is(desk: SlackDesk) -> None:
    said = await desk.slack.says("UMARA", "CGENERAL", "The printer is on fire")
    await made(desk, "UMARA", said)
    assert set(said.reactions) == {"eyes"}
    card = desk.slack.messages("CHELP")[-1]
    await desk.slack.clicks("UJO", card, "Claim")
    await desk.settled()
    assert set(said.reactions) == {"eyes"}
    receipt = desk.slack.messages(desk.slack.dm("UMARA"))[-1]
    await desk.slack.clicks("UMARA", receipt, "It works now")
    await desk.settled()
    assert set(said.reactions) == {"white_check_mark"}


async def test_a_sign_that_is_refused_or_late_hinders_nothing(desk: SlackDesk) -> None:
    desk.slack.next("reactions.add", Fault.refused("is_archived"))
    said = await desk.slack.says("UMARA", "CGENERAL", "The printer is on fire")
    await made(desk, "UMARA", said)
    assert said.reactions == {}
    assert "printer" in reads(desk.slack.messages("CHELP")[-1])
    desk.slack.next("reactions.add", Fault.rate_limited(1))
    await desk.slack.clicks("UJO", desk.slack.messages("CHELP")[-1], "Claim")
    await desk.settled()
    assert set(said.reactions) == {"eyes"}


# --- by a reaction --------------------------------------------------------------------------------


async def test_a_reaction_offers_the_form(desk: SlackDesk) -> None:
    said = await desk.slack.says("UKIM", "CGENERAL", "The printer is on fire")
    await desk.slack.reacts("UMARA", said, "ticket")
    await desk.settled()
    assert desk.slack.messages("CHELP") == []
    await desk.slack.clicks("UMARA", desk.slack.ephemerals("UMARA")[-1], "New ticket")
    await desk.settled()
    await desk.slack.submits("UMARA", values={"What is it about?": "Something else"})
    await desk.settled()
    assert "Kim wrote:" in reads(desk.slack.messages("CHELP")[-1])
    assert "eyes" in said.reactions


@pytest.mark.parametrize("desk", [AT_ONCE], indirect=True)
async def test_where_the_topic_asks_nothing_a_reaction_is_enough(desk: SlackDesk) -> None:
    log = desk.slack.file("fire.png", b"\x89PNG", "UMARA")
    said = await desk.slack.says("UMARA", "CGENERAL", "The printer is on fire", files=[log])
    desk.slack.double_next_event(5)
    await desk.slack.reacts("UMARA", said, "ticket")
    await desk.settled()
    (card,) = desk.slack.messages("CHELP")
    assert "The printer is on fire" in reads(card)
    assert "fire.png" in reads(card)
    assert "The printer" in reads(desk.slack.messages(desk.slack.dm("UMARA"))[-1])
    await desk.slack.reacts("UKIM", said, "ticket")
    await desk.settled()
    assert "#1 was made from this message" in reads(desk.slack.ephemerals("UKIM")[-1])
    assert desk.slack.messages("CHELP") == [card]


@pytest.mark.parametrize("desk", [AT_ONCE], indirect=True)
async def test_an_agents_reaction_opens_the_authors_ticket(desk: SlackDesk) -> None:
    said = await desk.slack.says("UMARA", "CGENERAL", "The printer is on fire")
    await desk.slack.reacts("UJO", said, "ticket::skin-tone-2")
    await desk.settled()
    assert "The printer" in reads(desk.slack.messages(desk.slack.dm("UMARA"))[-1])
    assert desk.slack.messages(desk.slack.dm("UJO")) == []


@pytest.mark.parametrize("desk", [AT_ONCE], indirect=True)
async def test_other_reactions_and_reactions_of_bots_mean_nothing(desk: SlackDesk) -> None:
    bot = desk.slack.user("UROBOT", is_bot=True)
    desk.slack.workspace.channels["CGENERAL"].members.add(bot.id)
    said = await desk.slack.says("UMARA", "CGENERAL", "The printer is on fire")
    before = len(desk.slack.calls)
    await desk.slack.reacts("UMARA", said, "tada")
    await desk.settled()
    assert [one.method for one in desk.slack.calls[before:]] == []
    await desk.slack.reacts(bot, said, "ticket")
    await desk.settled()
    assert desk.slack.messages("CHELP") == []


@pytest.mark.parametrize("desk", [AT_ONCE + "intake: {blocked: [slack:UMARA]}\n"], indirect=True)
async def test_a_reaction_of_somebody_blocked_opens_nothing(desk: SlackDesk) -> None:
    said = await desk.slack.says("UMARA", "CGENERAL", "The printer is on fire")
    await desk.slack.reacts("UMARA", said, "ticket")
    await desk.settled()
    assert desk.slack.messages("CHELP") == []
    assert "cannot open tickets" in reads(desk.slack.ephemerals("UMARA")[-1])


# --- in the thread it came from -------------------------------------------------------------------


@pytest.mark.parametrize("desk", [PUBLIC], indirect=True)
async def test_where_the_queue_says_so_it_is_answered_in_its_thread(desk: SlackDesk) -> None:
    said = await desk.slack.says("UMARA", "CGENERAL", "The printer is on fire")
    await made(desk, "UMARA", said)
    (receipt,) = desk.slack.messages("CGENERAL", said)
    assert "The printer is on fire" in reads(receipt)
    assert desk.slack.messages(desk.slack.dm("UMARA")) == []
    card = desk.slack.messages("CHELP")[-1]
    await desk.slack.clicks("UJO", card, "Claim")
    await desk.settled()
    assert "Jo" in reads(receipt)
    await desk.slack.says("UMARA", "CGENERAL", "Now it smells", thread_ts=said)
    await desk.settled()
    assert any("Now it smells" in one for one in desk.shown("CHELP", card))
    await desk.slack.clicks("UJO", card, "Reply")
    await desk.settled()
    await desk.slack.submits("UJO", values={"To Mara": "The fire brigade comes"})
    await desk.settled()
    assert not any("brigade" in one for one in desk.shown("CGENERAL"))


@pytest.mark.parametrize("desk", [PUBLIC], indirect=True)
async def test_in_a_public_thread_bystanders_stay_bystanders(desk: SlackDesk) -> None:
    said = await desk.slack.says("UMARA", "CGENERAL", "The printer is on fire")
    await made(desk, "UMARA", said)
    desk.slack.user("UNINA")
    desk.slack.workspace.channels["CGENERAL"].members.add("UNINA")
    await desk.slack.says("UNINA", "CGENERAL", "Wow", thread_ts=said)
    await desk.slack.says("UJO", "CGENERAL", "Coming", thread_ts=said)
    await desk.settled()
    assert not any(one in "".join(entries(desk)) for one in ("Wow", "Coming"))
    assert desk.slack.ephemerals("UNINA") == []
    assert "not on the ticket" in reads(desk.slack.ephemerals("UJO")[-1])


@pytest.mark.parametrize("desk", [PRIVATE_TOO], indirect=True)
async def test_what_is_private_is_always_told_directly(desk: SlackDesk) -> None:
    said = await desk.slack.says("UMARA", "CGENERAL", "About my pay")
    await made(desk, "UMARA", said, "Pay")
    assert desk.slack.messages("CGENERAL", said) == []
    assert "About my pay" in reads(desk.slack.messages(desk.slack.dm("UMARA"))[-1])


@pytest.mark.parametrize("desk", [PRIVATE_TOO], indirect=True)
async def test_what_becomes_private_goes_on_directly(desk: SlackDesk) -> None:
    said = await desk.slack.says("UMARA", "CGENERAL", "About my pay")
    await made(desk, "UMARA", said)
    assert len(desk.slack.messages("CGENERAL", said)) == 1
    card = desk.slack.messages("CHELP")[-1]
    await desk.slack.clicks("UJO", card, "Triage")
    await desk.settled()
    form = desk.slack.form_of("UJO")
    asked = [one for one in form.blocks if one["type"] == "input"]
    values = {one["label"]["text"]: one["element"]["options"][0]["text"]["text"] for one in asked}
    values[asked[0]["label"]["text"]] = "Pay"
    await desk.slack.submits("UJO", values=values)
    await desk.settled()
    direct = desk.slack.messages(desk.slack.dm("UMARA"))
    assert "About my pay" in reads(direct[-1])
    (left,) = desk.slack.messages("CGENERAL", said)
    assert (reads(left), left.text) == (("🔒 This request goes on in private.",) * 2)
    assert said.reactions == {}
    await desk.slack.says("UMARA", "CGENERAL", "Still here", thread_ts=said)
    await desk.settled()
    assert "Still here" not in "".join(entries(desk))
    await desk.slack.says("UMARA", desk.slack.dm("UMARA"), "Better here", thread_ts=direct[-1])
    await desk.settled()
    assert "Better here" in "".join(entries(desk))


@pytest.mark.parametrize("desk", [PRIVATE_TOO], indirect=True)
async def test_at_a_message_nobody_is_shown_how_a_private_ticket_goes(desk: SlackDesk) -> None:
    said = await desk.slack.says("UMARA", "CGENERAL", "About my pay")
    await made(desk, "UMARA", said, "Pay")
    await desk.slack.clicks("UJO", desk.slack.messages("CHELP")[-1], "Claim")
    await desk.settled()
    assert said.reactions == {}


async def test_by_default_everything_is_told_directly(desk: SlackDesk) -> None:
    said = await desk.slack.says("UMARA", "CGENERAL", "The printer is on fire")
    await made(desk, "UMARA", said)
    assert desk.slack.messages("CGENERAL", said) == []
    assert len(desk.slack.messages(desk.slack.dm("UMARA"))) == 1
    await opened(desk, "Another one")
    first, second = desk.slack.messages(desk.slack.dm("UMARA"))  # a thread for each
    assert first.ts != second.ts


# --- a mention ------------------------------------------------------------------------------------


@pytest.mark.parametrize("desk", [PUBLIC], indirect=True)
async def test_a_mention_in_plain_words_begins_a_ticket(desk: SlackDesk) -> None:
    said = await desk.slack.says("UMARA", "CGENERAL", "@chatdesk my screen stays dark today")
    await desk.settled()
    await desk.slack.clicks("UMARA", desk.slack.ephemerals("UMARA")[-1], "New ticket")
    await desk.settled()
    assert "my screen stays dark today" in str(desk.slack.form_of("UMARA").payload)
    await desk.slack.submits("UMARA", values={"What is it about?": "Something else"})
    await desk.settled()
    assert len(desk.slack.messages("CGENERAL", said)) == 1


async def test_a_mention_alone_shows_what_there_is_and_a_slip_the_nearest(desk: SlackDesk) -> None:
    await desk.slack.says("UMARA", "CGENERAL", "@chatdesk")
    await desk.settled()
    assert "How can we help?" in reads(desk.slack.ephemerals("UMARA")[-1])
    await desk.slack.says("UMARA", "CGENERAL", "@chatdesk mime")
    await desk.settled()
    assert "mine" in reads(desk.slack.ephemerals("UMARA")[-1])


# --- sent on to the requester ---------------------------------------------------------------------


async def send(desk: SlackDesk, user: str, message: Message) -> str:
    """Let somebody send a message on, and return what they are told."""
    before = len(desk.slack.ephemerals(user))
    await desk.slack.shortcut(user, "send_to_requester", message)
    await desk.settled()
    return "".join(reads(one) for one in desk.slack.ephemerals(user)[before:])


def said_to_mara(desk: SlackDesk, words: str) -> int:
    direct = desk.slack.dm("UMARA")
    threads = desk.slack.messages(direct)
    found = [*threads, *(one for root in threads for one in desk.slack.messages(direct, root))]
    return len({one.ts for one in found if words in reads(one)})


async def test_an_agents_message_is_sent_to_the_requester_once_with_its_file(
    desk: SlackDesk,
) -> None:
    await claimed(desk)
    card = desk.slack.messages("CHELP")[-1]
    guide = desk.slack.file("guide.txt", b"client 5.2", "UJO")
    said = await desk.slack.says(
        "UJO", "CHELP", "#2 says: try client 5.2", thread_ts=card, files=[guide]
    )
    await desk.settled()
    assert said_to_mara(desk, "client 5.2") == 0
    assert await send(desk, "UJO", said) == ""
    assert "already" in await send(desk, "UJO", said)
    replies = desk.parts.store.read(lambda tx: tx.entries.of(1, frozenset({EntryKind.REPLY})))
    assert [one.text for one in replies] == ["#2 says: try client 5.2"]
    assert [len(one.files) for one in replies] == [1]


async def test_what_stands_elsewhere_or_is_nobodys_is_not_sent(desk: SlackDesk) -> None:
    await claimed(desk)
    elsewhere = await desk.slack.says("UJO", "CGENERAL", "Please try client 5.2")
    assert "Nothing was sent" in await send(desk, "UJO", elsewhere)
    card = desk.slack.messages("CHELP")[-1]
    assert "no words of a person" in await send(desk, "UJO", card)
    beside = await desk.slack.says("UJO", "CHELP", "Not below the card")
    assert "Nothing was sent" in await send(desk, "UJO", beside)
    assert said_to_mara(desk, "client 5.2") == 0
