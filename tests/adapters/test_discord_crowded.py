"""In a server that holds no more active threads tickets live all the same, and it is told once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from chatdesk.adapters.discord import crowding
from chatdesk.adapters.discord.aside import Aside, lanes_mark
from chatdesk.lifecycle.ticket import EntryKind
from tests.discord.desk import DiscordDesk
from tests.discord.faults import Fault
from tests.discord.reference import reads
from tests.discord.stories import desk_in_discord, nobody_is_in_a_hurry
from tests.discord.world import Json

__all__ = ["nobody_is_in_a_hurry"]


@pytest.fixture
async def desk(store_url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[DiscordDesk]:
    async with desk_in_discord(store_url, shared_specs, tmp_path) as made:
        yield made


@pytest.fixture
async def full(desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch) -> DiscordDesk:
    """A desk that saw it coming, in a server whose threads are all somebody else's by now."""
    monkeypatch.setattr(crowding, "NEAR", 0)
    await swept(desk)
    desk.discord.world.most_threads = len(active(desk))
    return desk


async def swept(desk: DiscordDesk) -> None:
    await desk.settled()
    assert desk.parts.discord is not None
    await desk.parts.discord.threads.sweep()
    await desk.settled()


def active(desk: DiscordDesk) -> list[Json]:
    found = desk.discord.world.threads()
    return [one for one in found if not one["thread_metadata"]["archived"]]


def shared(desk: DiscordDesk) -> str:
    """The post that tickets without one of their own stand in."""
    return str(desk.discord.posts(desk.forum)[0]["id"])


def direct(desk: DiscordDesk) -> str:
    return desk.direct_of(desk.mara)


def newest(desk: DiscordDesk, channel: str, words: str) -> Json:
    """The newest message of a channel in which these words stand."""
    found = desk.discord.messages(channel)
    return [one for one in found if words in reads(one["components"])][-1]


def told_dana(desk: DiscordDesk) -> list[str]:
    return desk.shown(desk.direct_of(desk.dana))


async def drained(desk: DiscordDesk) -> None:
    """Wait until all is told; nobody waits for the pauses between two tries."""
    await desk.settled()
    lanes = [f"ticket:{n}:{side}" for n in (1, 2) for side in ("requester", "agents:it")]
    while desk.parts.store.read(lambda tx: not all(map(tx.outbox.is_silent, lanes))):
        desk.parts.store.write(lambda tx: tx.outbox.hasten(lanes))
        await desk.settled()


# --- a ticket's life without a thread -------------------------------------------------------------


async def test_a_ticket_lives_whole_without_a_thread_of_its_own(full: DiscordDesk) -> None:
    desk, ask = full, full.discord
    await desk.opened()
    assert desk.discord.posts(desk.support) == []
    card, receipt = newest(desk, shared(desk), "VPN drops"), newest(desk, direct(desk), "VPN drops")
    assert sum("VPN drops" in one for one in desk.shown(shared(desk))) == 1
    await ask.clicks(desk.jo, card, "Claim")
    await desk.settled()
    assert "Assigned to Jo" in reads(card["components"])
    assert "Jo" in reads(receipt["components"])
    # Both sides speak, by answering or, with a single ticket there, without.
    await ask.says(desk.mara, direct(desk), "It dropped again")
    await ask.says(desk.mara, direct(desk), "And again", answers=receipt["id"])
    await ask.says(desk.jo, shared(desk), "Between us: old client", answers=card["id"])
    await desk.settled()
    for words in ("It dropped again", "And again"):
        assert sum(words in one for one in desk.shown(shared(desk))) == 1
    assert "Between us: old client" in words_of(desk, 1)
    assert not any("Between us" in one for one in desk.shown(direct(desk)))
    await ask.clicks(desk.jo, card, "Resolve")
    await ask.submits(
        desk.jo, {"How did it end?": "Fixed", "What was done, for Mara": "Client 5.2"}
    )
    await desk.settled()
    await ask.clicks(desk.mara, newest(desk, direct(desk), "Client 5.2"), "Yes, solved")
    await desk.settled()
    assert "Closed" in reads(card["components"])
    await swept(desk)
    await ask.clicks(desk.mara, receipt, "It came back")
    await ask.submits(desk.mara, {"What is still wrong?": "It drops again"})
    await desk.settled()
    assert "Closed" not in reads(card["components"])
    assert desk.parts.store.read(lambda tx: tx.outbox.parked()) == []
    (told,) = told_dana(desk)
    assert "160006" in told
    assert "close tickets that are done" in told


async def test_once_there_is_room_new_tickets_have_threads_again_and_it_is_told(
    full: DiscordDesk,
) -> None:
    desk = full
    await desk.opened()
    await swept(desk)
    assert len(told_dana(desk)) == 1
    desk.discord.world.most_threads = 1000
    await desk.opened("Printer jams")
    assert desk.post()["name"] == "#2 Printer jams"
    assert "Printer jams" in reads(desk.receipt()["components"])
    await swept(desk)
    assert "works again" in told_dana(desk)[-1]
    # The first one stays where it was.
    await desk.discord.says(desk.mara, direct(desk), "It dropped again")
    await desk.settled()
    assert any("It dropped again" in one for one in desk.shown(shared(desk)))


async def test_of_several_tickets_each_hears_its_answers_and_words_to_none_are_asked_about(
    full: DiscordDesk,
) -> None:
    desk, ask = full, full.discord
    await desk.opened()
    await desk.opened("Printer jams")
    first, second = (newest(desk, direct(desk), one) for one in ("VPN drops", "Printer jams"))
    await ask.says(desk.mara, direct(desk), "It is the office's", answers=second["id"])
    await ask.says(desk.mara, direct(desk), "It dropped again", answers=first["id"])
    await desk.settled()
    kept = {words: number for number in (1, 2) for words in words_of(desk, number)}
    assert kept["It is the office's"] == 2
    assert kept["It dropped again"] == 1
    await ask.says(desk.mara, direct(desk), "And it is getting worse")
    await desk.settled()
    assert "Several of your tickets" in desk.shown(direct(desk))[-1]
    assert not any("getting worse" in one for one in desk.shown(shared(desk)))


async def test_what_is_changed_and_taken_back_is_so_on_the_other_side(full: DiscordDesk) -> None:
    desk, ask = full, full.discord
    await desk.opened()
    card = newest(desk, shared(desk), "VPN drops")
    said = await ask.says(desk.mara, direct(desk), "At nine")
    gone = await ask.says(desk.mara, direct(desk), "My password is x")
    noted = await ask.says(desk.jo, shared(desk), "Old client", answers=card["id"])
    await desk.settled()
    await ask.edits(said, "At ten")
    await ask.deletes(gone)
    await ask.edits(noted, "Old client, 5.1")
    await desk.settled()
    agents = desk.shown(shared(desk))
    assert any("At ten" in one for one in agents)
    assert not any("At nine" in one or "password" in one for one in agents)
    assert "Old client, 5.1" in words_of(desk, 1)


async def test_replies_with_files_and_their_receipts_arrive_once(full: DiscordDesk) -> None:
    desk, ask = full, full.discord
    await desk.opened()
    card = newest(desk, shared(desk), "VPN drops")
    await ask.clicks(desk.jo, card, "Claim")
    await desk.settled()
    log = ask.file("vpn.log", b"10:02 reset")
    await ask.says(desk.jo, shared(desk), "!reply Try client 5.2", files=[log], answers=card["id"])
    await desk.until(lambda: any("client 5.2" in one for one in desk.shown(direct(desk))), 40)
    await desk.settled()
    assert sum("Try client 5.2" in one for one in desk.shown(direct(desk))) == 1
    brought = [
        file["filename"] for one in ask.messages(direct(desk)) for file in one["attachments"]
    ]
    assert brought == ["vpn.log"]
    assert any("delivered" in one for one in desk.shown(shared(desk)))
    # Answering the reply itself is answering the ticket.
    reply = newest(desk, direct(desk), "Try client 5.2")
    await desk.opened("Printer jams")
    await ask.says(desk.mara, direct(desk), "That did it", answers=reply["id"])
    await desk.settled()
    assert "That did it" in words_of(desk, 1)


@pytest.mark.parametrize("fault", [Fault.drop(), Fault.status(502, is_accepted=True)])
async def test_what_may_have_arrived_there_stands_there_once(
    full: DiscordDesk, fault: Fault
) -> None:
    desk = full
    means = desk.parts.worker._delivery._means
    object.__setattr__(means, "call_within", timedelta(seconds=2))
    desk.discord.rest.next("POST", rf"/channels/{shared(desk)}/messages$", fault)
    desk.discord.rest.next("POST", rf"/channels/{direct(desk)}/messages$", fault)
    await desk.opened()
    await drained(desk)
    for channel in (shared(desk), direct(desk)):
        assert sum("VPN drops" in one for one in desk.shown(channel)) == 1
    await desk.discord.clicks(desk.jo, newest(desk, shared(desk), "VPN drops"), "Claim")
    await desk.settled()
    assert "Assigned to Jo" in desk.shown(shared(desk))[-1]


async def test_a_restart_forgets_nothing_of_it_and_reads_what_was_missed(
    full: DiscordDesk,
) -> None:
    desk = full
    await desk.opened()
    await desk.discord.says(desk.mara, direct(desk), "It dropped again")
    await desk.settled()

    def unheard() -> None:
        desk.discord.gateway.sessions.clear()
        desk.discord.world.say(direct(desk), desk.mara, {"content": "Said to nobody"})

    async with desk.restarted(unheard):
        await desk.until(lambda: any("Said to nobody" in o for o in desk.shown(shared(desk))))
        await desk.discord.clicks(desk.jo, newest(desk, shared(desk), "VPN drops"), "Claim")
        await desk.settled()
        assert sum("Said to nobody" in one for one in desk.shown(shared(desk))) == 1
        assert any("Assigned to Jo" in one for one in desk.shown(shared(desk)))


async def test_a_card_that_was_deleted_there_stands_there_again(full: DiscordDesk) -> None:
    desk, ask = full, full.discord
    await desk.opened()
    await ask.says(desk.mara, direct(desk), "It dropped again")
    await desk.settled()
    old = newest(desk, direct(desk), "VPN drops")
    for channel in (shared(desk), direct(desk)):
        await ask.deletes(newest(desk, channel, "VPN drops"))
        await desk.settled()
        assert sum("VPN drops" in one for one in desk.shown(channel)) == 1
    await ask.clicks(desk.jo, newest(desk, shared(desk), "VPN drops"), "Claim")
    receipt = newest(desk, direct(desk), "VPN drops")
    assert receipt["id"] != old["id"]
    await ask.says(desk.mara, direct(desk), "Still here", answers=receipt["id"])
    before = newest(desk, shared(desk), "It dropped again")
    await ask.says(desk.jo, shared(desk), "Between us", answers=before["id"])
    await desk.settled()
    assert {"Still here", "Between us"} <= set(words_of(desk, 1))
    for channel in (shared(desk), direct(desk)):
        assert sum("VPN drops" in one for one in desk.shown(channel)) == 1
    assert "Assigned to Jo" in reads(newest(desk, shared(desk), "VPN drops")["components"])


async def test_the_post_that_they_share_was_deleted_and_all_of_them_are_begun_anew(
    full: DiscordDesk,
) -> None:
    desk = full
    await desk.opened()
    await desk.opened("Printer jams")
    desk.discord.world.most_threads = 3
    desk.discord.world.delete(shared(desk))
    await desk.discord.clicks(desk.mara, newest(desk, direct(desk), "VPN drops"), "Withdraw")
    await desk.settled()
    await desk.discord.calls_command(desk.jo, desk.general, "desk", "claim", number=2)
    await desk.settled()
    await drained(desk)
    everywhere = "".join("".join(desk.shown(one["id"])) for one in desk.discord.posts(desk.forum))
    assert "Assigned to Jo" in everywhere
    assert "VPN drops" in everywhere


# --- room that can be made ------------------------------------------------------------------------


async def test_the_quietest_of_the_desks_own_threads_make_room_for_a_new_ticket(
    desk: DiscordDesk,
) -> None:
    await desk.opened()
    first = desk.post()["id"], desk.thread()["id"]
    desk.discord.world.most_threads = 2
    await desk.opened("Printer jams")
    assert desk.post()["name"] == "#2 Printer jams"
    assert "Printer jams" in reads(desk.receipt()["components"])
    assert told_dana(desk) == []
    hidden = [one for one in desk.discord.world.threads() if one["thread_metadata"]["archived"]]
    assert {one["id"] for one in hidden} == set(first)
    # A word wakes it, and the room for that is made in the same way.
    await desk.discord.calls_command(desk.jo, desk.general, "desk", "claim", number=1)
    await desk.settled()
    assert "Assigned to Jo" in reads(desk.discord.messages(first[0])[0]["components"])
    assert desk.parts.store.read(lambda tx: tx.outbox.parked()) == []


async def test_what_somebody_just_spoke_in_is_left_alone(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.opened()
    desk.discord.world.most_threads = 2
    spoken_in = crowding.spoke_at(desk.thread())
    monkeypatch.setattr("chatdesk.adapters.discord.crowding.time.time", lambda: spoken_in + 60)
    await desk.opened("Printer jams")
    assert len(active(desk)) == 2
    assert any("Printer jams" in one for one in desk.shown(direct(desk)))


async def test_before_it_is_full_room_is_left_for_people_closed_tickets_first(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.opened()
    await desk.opened("Printer jams")
    await desk.discord.calls_command(desk.mara, desk.general, "ticket", "withdraw", number=2)
    await desk.settled()
    if desk.discord.has_form(desk.mara):
        await desk.discord.submits(desk.mara, {})
    await swept(desk)
    monkeypatch.setattr(crowding, "ACTIVE_THREADS", len(active(desk)) - 2 + crowding.KEPT_FREE)
    await swept(desk)
    hidden = [one for one in desk.discord.world.threads() if one["thread_metadata"]["archived"]]
    assert {one["name"] for one in hidden} == {"#2 Printer jams"}


# --- when nothing is left -------------------------------------------------------------------------


async def test_who_takes_no_direct_messages_either_is_told_of_and_served_when_there_is_room(
    full: DiscordDesk,
) -> None:
    desk = full
    desk.discord.world.closed_to_bot.add(desk.mara)
    await desk.opened()
    assert any("VPN drops" in one for one in desk.shown(shared(desk)))
    assert any("50007" in one for one in told_dana(desk))
    desk.discord.world.most_threads = 1000
    again = next(
        one
        for one in desk.discord.messages(desk.direct_of(desk.dana))
        if "50007" in reads(one["components"])
    )
    await desk.discord.clicks(desk.dana, again, "Try again")
    await desk.settled()
    assert "VPN drops" in reads(desk.receipt()["components"])
    assert desk.parts.store.read(lambda tx: tx.outbox.parked()) == []


async def test_without_even_a_shared_post_the_requester_is_answered_and_the_card_waits(
    desk: DiscordDesk,
) -> None:
    desk.discord.world.most_threads = 0
    await desk.opened()
    assert any("VPN drops" in one for one in desk.shown(direct(desk)))
    (told,) = told_dana(desk)
    assert "160006" in told
    await desk.discord.says(desk.mara, direct(desk), "It dropped again")
    await desk.settled()
    desk.discord.world.most_threads = 1000
    desk.parts.store.write(lambda tx: tx.troubles.retry("discord", "making new threads"))
    await desk.settled()
    assert "VPN drops" in reads(desk.card()["components"])
    assert any("It dropped again" in one for one in desk.shown(desk.post()["id"]))
    assert len(desk.discord.posts(desk.forum)) == 1
    assert desk.parts.store.read(lambda tx: tx.outbox.parked()) == []


def words_of(desk: DiscordDesk, number: int) -> list[str]:
    """All words on a ticket, whoever may read them."""
    kinds = frozenset(EntryKind)
    found = desk.parts.store.read(lambda tx: tx.entries.of(number, kinds))
    return [one.text for one in found if one.removed_at is None]


async def test_conversations_that_move_aside_together_lose_none_of_them(desk: DiscordDesk) -> None:
    platform = desk.parts.discord
    assert platform is not None
    lanes = [f"ticket:{number}:requester" for number in range(1, 9)]
    directs = [desk.direct_of(one) for one in (desk.mara, desk.kim)]
    first, other = Aside(platform._memory), Aside(platform._memory)
    moves = [(first, lane, directs[0]) for lane in lanes]
    moves += [(other, lane, directs[1]) for lane in lanes]
    await asyncio.gather(*(one.go_on(lane, direct) for one, lane, direct in moves))
    assert sorted(await first.directs()) == sorted(directs)
    for direct in directs:
        assert sorted((platform._memory.get(lanes_mark(direct)) or "").split()) == lanes


# --- sent on by the menu --------------------------------------------------------------------------


async def test_of_a_shared_post_the_menu_sends_what_answers_a_ticket_to_its_requester(
    full: DiscordDesk,
) -> None:
    desk, ask = full, full.discord
    await desk.opened()
    await desk.opened("Printer jams")
    first, second = (newest(desk, shared(desk), one) for one in ("VPN drops", "Printer jams"))
    for card in (first, second):
        await ask.clicks(desk.jo, card, "Claim")
    await desk.settled()
    guide = ask.file("guide.txt", b"client 5.2")
    said = await ask.says(desk.jo, shared(desk), "Try 5.2", files=[guide], answers=first["id"])
    further = await ask.says(desk.jo, shared(desk), "New toner", answers=second["id"], pings=False)
    behind = await ask.says(desk.jo, shared(desk), "Or 5.3", answers=said["id"])
    loose = await ask.says(desk.jo, shared(desk), "#1 is easy")
    await desk.settled()
    for message in (said, further, behind):
        await ask.uses_menu(desk.jo, "Send to requester", message)
    await ask.uses_menu(desk.jo, "Send to requester", loose)
    assert "several tickets share a place" in reads(desk.whispered(desk.jo)["components"])
    sent = {"Try 5.2": "VPN drops", "New toner": "Printer jams", "Or 5.3": "VPN drops"}
    await desk.until(lambda: all(words in "".join(desk.shown(direct(desk))) for words in sent))
    await desk.settled()
    for words, summary in sent.items():
        shown = [one for one in ask.messages(direct(desk)) if words in reads(one["components"])]
        assert len(shown) == 1, words
        root = shown[0]["message_reference"]["message_id"]
        assert root == newest(desk, direct(desk), f"{summary}")["id"]
    there = [file for one in ask.messages(direct(desk)) for file in one["attachments"]]
    assert [file["filename"] for file in there] == ["guide.txt"]
    assert not any("is easy" in one for one in desk.shown(direct(desk)))
