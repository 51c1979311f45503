"""Who has left the server, or lost a role, counts for nothing there; who waits for them is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatdesk import gathering
from chatdesk.adapters.discord import letting_in, members
from chatdesk.lifecycle.ticket import QueueName
from tests.discord.desk import DiscordDesk
from tests.discord.faults import Fault
from tests.discord.reference import reads
from tests.discord.stories import desk_in_discord, nobody_is_in_a_hurry

__all__ = ["nobody_is_in_a_hurry"]

ROLE = "1400000000000000007"


@pytest.fixture
async def desk(store_url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[DiscordDesk]:
    async with desk_in_discord(store_url, shared_specs, tmp_path) as made:
        yield made


@pytest.fixture(autouse=True)
def nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a minute pass between any two things that somebody does."""
    monkeypatch.setattr(members, "LIVES", 0.0)
    monkeypatch.setattr(letting_in, "STAYS_FOR", 0.0)
    monkeypatch.setattr(members, "LISTED_EVERY", 0.0)


async def swept(desk: DiscordDesk) -> None:
    await desk.settled()
    assert desk.parts.discord is not None
    await desk.parts.discord.members.sweep()
    await desk.settled()


async def roles_make_agents(desk: DiscordDesk) -> None:
    """Let the role, and not the policy, make Kim an agent."""
    file = desk.settings().data_dir / "desk.yaml"
    named = f"agents: [discord:{desk.jo}, discord:{desk.kim}]"
    by_role = f'agents: [discord:{desk.jo}]\n    groups: ["discord:{ROLE}"]'
    file.write_text(file.read_text().replace(named, by_role))
    desk.discord.world.roles_there.append(ROLE)
    desk.discord.world.roles[desk.kim] = [ROLE]
    async with desk.restarted():
        await desk.settled()


async def tries_to_claim(desk: DiscordDesk, user: str) -> str:
    """Let somebody claim the first ticket from their direct messages; return what they read."""
    await desk.discord.calls_command(user, desk.direct_of(user), "desk", "claim", number=1)
    await desk.settled()
    return reads(desk.card()["components"])


def agents(desk: DiscordDesk) -> set[str]:
    """Who is given work in the queue, by their ids in Discord."""
    store, policy = desk.parts.store, desk.parts.policy.current
    found = store.read(lambda tx: gathering.agents(tx, QueueName("it"), policy))
    handles = store.read(lambda tx: [one for who in found for one in tx.people.handles(who)])
    return {one.partition(":")[2] for one in handles}


# --- agents ---------------------------------------------------------------------------------------


async def test_an_agent_who_has_left_the_server_works_nothing_from_their_direct_messages(
    desk: DiscordDesk,
) -> None:
    await desk.opened()
    desk.discord.world.left.add(desk.kim)
    assert "Nobody has it yet" in await tries_to_claim(desk, desk.kim)
    desk.discord.world.left.remove(desk.kim)
    assert "Assigned to Kim" in await tries_to_claim(desk, desk.kim)


async def test_a_role_that_was_taken_counts_no_more_in_direct_messages_either(
    desk: DiscordDesk,
) -> None:
    await roles_make_agents(desk)
    await desk.opened()
    await desk.discord.calls_command(desk.kim, desk.general, "desk", "queue")
    desk.discord.world.roles[desk.kim] = []
    assert "Nobody has it yet" in await tries_to_claim(desk, desk.kim)
    desk.discord.world.roles[desk.kim] = [ROLE]
    assert "Assigned to Kim" in await tries_to_claim(desk, desk.kim)


async def test_a_role_group_taken_out_of_the_policy_makes_nobody_an_agent_any_more(
    desk: DiscordDesk,
) -> None:
    await roles_make_agents(desk)
    await desk.opened()
    await desk.discord.calls_command(desk.kim, desk.general, "desk", "queue")
    assert desk.kim in agents(desk)
    file = desk.settings().data_dir / "desk.yaml"
    file.write_text(file.read_text().replace(f'\n    groups: ["discord:{ROLE}"]', ""))
    async with desk.restarted():
        await desk.settled()
        await desk.discord.clicks(desk.kim, desk.card(), "Claim")
        await desk.settled()
        assert "Nobody has it yet" in reads(desk.card()["components"])
        assert desk.kim not in agents(desk)


@pytest.mark.parametrize("how", ["left", "role"])
async def test_who_does_nothing_is_asked_after_and_given_no_more_work(
    desk: DiscordDesk, how: str
) -> None:
    await roles_make_agents(desk)
    await desk.opened()
    await desk.discord.calls_command(desk.kim, desk.general, "desk", "queue")
    await swept(desk)
    assert {desk.jo, desk.kim} <= agents(desk)
    if how == "left":
        desk.discord.world.left.add(desk.kim)
    desk.discord.world.roles[desk.kim] = []
    await swept(desk)
    assert desk.kim not in agents(desk)
    assert desk.jo in agents(desk)


async def test_an_agent_who_comes_back_counts_again_at_their_first_word(desk: DiscordDesk) -> None:
    await desk.opened()
    desk.discord.world.left.add(desk.kim)
    await swept(desk)
    assert desk.kim not in agents(desk)
    desk.discord.world.left.remove(desk.kim)
    await desk.discord.clicks(desk.kim, desk.card(), "Claim")
    await desk.settled()
    assert "Assigned to Kim" in reads(desk.card()["components"])


async def test_while_discord_does_not_tell_what_it_told_last_counts(desk: DiscordDesk) -> None:
    await desk.opened()
    desk.discord.rest.next("GET", "/members/", *[Fault.refused(50001)] * 20)
    await swept(desk)
    assert desk.kim in agents(desk)
    assert "Assigned to Kim" in await tries_to_claim(desk, desk.kim)


# --- those whom the desk is not for ---------------------------------------------------------------


async def test_another_server_that_has_the_bot_gets_a_kind_word_and_no_tickets(
    desk: DiscordDesk,
) -> None:
    stranger, ask = desk.discord.user("Stranger"), desk.discord
    ask.elsewhere = ask.world.new_id()
    await ask.calls_command(stranger, desk.general, "ticket", "new", words="Help", topic="other")
    assert not ask.has_form(stranger)
    assert "belongs to another server" in reads(desk.whispered(stranger)["components"])
    assert await ask.completes(stranger, desk.general, "ticket", "new", "topic", "") == []
    await desk.settled()
    assert ask.posts(desk.forum) == []
    handle = f"discord:{stranger}"
    assert desk.parts.store.read(lambda tx: tx.people.by_handle(handle)) is None


async def test_using_the_bot_in_another_server_takes_nobodys_role_in_this_one(
    desk: DiscordDesk,
) -> None:
    await roles_make_agents(desk)
    await desk.discord.calls_command(desk.kim, desk.general, "desk", "queue")
    assert desk.kim in agents(desk)
    desk.discord.elsewhere = desk.discord.world.new_id()
    await desk.discord.calls_command(desk.kim, desk.general, "ticket", "mine")
    assert "belongs to another server" in reads(desk.whispered(desk.kim)["components"])
    assert desk.kim in agents(desk)


async def test_who_is_not_on_the_server_opens_nothing_from_direct_messages(
    desk: DiscordDesk,
) -> None:
    stranger, ask = desk.discord.user("Stranger"), desk.discord
    ask.world.left.add(stranger)
    direct = desk.direct_of(stranger)
    await ask.calls_command(stranger, direct, "ticket", "new", words="Help", topic="other")
    assert not ask.has_form(stranger)
    assert "for the members of its server" in reads(desk.whispered(stranger)["components"])
    await ask.says(stranger, direct, "My printer burns", files=[ask.file("much.bin", b"x")])
    await desk.settled()
    assert "for the members of its server" in desk.shown(direct)[-1]
    handle = f"discord:{stranger}"
    assert desk.parts.store.read(lambda tx: tx.people.by_handle(handle)) is None
    ask.world.left.remove(stranger)
    await ask.calls_command(stranger, direct, "ticket", "new", words="Help", topic="other")
    assert ask.has_form(stranger)


# --- requesters -----------------------------------------------------------------------------------


async def test_a_requester_who_has_left_is_told_of_to_the_agents_once(desk: DiscordDesk) -> None:
    await desk.claimed()
    desk.discord.world.left.add(desk.mara)
    for _ in range(2):
        await swept(desk)
    async with desk.restarted():
        await swept(desk)
    told = [one for one in desk.shown(desk.post()["id"]) if "could not be reached any more" in one]
    assert len(told) == 1
    assert "Mara" in told[0]
    assert "left the server" in told[0]
    assert desk.parts.store.read(lambda tx: tx.outbox.parked()) == []


async def test_what_is_said_to_somebody_who_has_left_is_not_called_delivered_and_waits_for_them(
    desk: DiscordDesk,
) -> None:
    await desk.claimed()
    desk.discord.world.left.add(desk.mara)
    desk.discord.world.members[desk.thread()["id"]].discard(desk.mara)
    await desk.discord.clicks(desk.jo, desk.card(), "Reply")
    await desk.discord.submits(desk.jo, {"To Mara": "Please try client 5.2"})
    post = desk.post()["id"]
    await desk.until(lambda: any("left the server" in one for one in desk.shown(post)), 40)
    await desk.settled()
    assert not any("client 5.2" in one for one in desk.shown(desk.thread()["id"]))
    assert sum("10007" in one for one in desk.shown(desk.direct_of(desk.dana))) == 1
    # Nobody else's conversation suffers from it.
    assert desk.parts.store.read(lambda tx: [one.code for one in tx.troubles.all()]) == ["10007"]
    desk.discord.world.left.remove(desk.mara)
    told = desk.discord.messages(desk.direct_of(desk.dana))[-1]
    await desk.discord.clicks(desk.dana, told, "Try again")
    await desk.settled()
    thread = desk.thread()["id"]
    assert sum("client 5.2" in one for one in desk.shown(thread)) == 1
    assert desk.mara in desk.discord.world.members[thread]
    assert desk.parts.store.read(lambda tx: tx.outbox.parked()) == []


@pytest.mark.parametrize("is_archived", [True, False])
async def test_who_left_their_thread_is_in_it_again_when_they_are_spoken_to(
    desk: DiscordDesk, is_archived: bool
) -> None:
    await desk.claimed()
    thread = desk.thread()["id"]
    desk.discord.world.members[thread].discard(desk.mara)
    desk.discord.world.alter(thread, archived=is_archived)
    reply = "Please try client 5.2"
    await desk.discord.calls_command(desk.jo, desk.post()["id"], "desk", "reply", text=reply)
    await desk.until(lambda: any(reply in one for one in desk.shown(thread)), 40)
    await desk.settled()
    assert desk.mara in desk.discord.world.members[thread]
    assert desk.jo not in desk.discord.world.members[thread]
    assert any("delivered" in one for one in desk.shown(desk.post()["id"]))


async def test_nothing_that_somebody_wrote_is_kept_to_find_a_post_again(desk: DiscordDesk) -> None:
    await desk.opened("zebra crossing")
    kept = desk.parts.store.read(lambda tx: tx.marks.beginning("discord:post:"))
    assert set(kept.values()) == {"#1"}


# --- channels -------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_heard", [True, False])
async def test_a_deleted_support_channel_is_told_once_and_its_tickets_go_on_directly(
    desk: DiscordDesk, is_heard: bool
) -> None:
    await desk.claimed()
    if not is_heard:
        desk.discord.gateway.sessions.clear()
    desk.discord.world.delete(desk.support)
    if not is_heard:
        async with desk.restarted():
            assert desk.parts.discord is not None
            for _ in range(2):
                desk.parts.discord.threads._channels.forget(desk.support)
                await desk.parts.discord.threads.sweep()
    await desk.discord.calls_command(desk.jo, desk.post()["id"], "desk", "release", reason="Ill")
    await desk.settled()
    await desk.until(lambda: any("VPN drops" in o for o in desk.shown(desk.direct_of(desk.mara))))
    await desk.discord.says(desk.mara, desk.direct_of(desk.mara), "It dropped again")
    await desk.opened("Printer jams")
    await desk.settled()
    assert sum("VPN drops" in one for one in desk.shown(desk.direct_of(desk.mara))) == 1
    posts = "".join("".join(desk.shown(one["id"])) for one in desk.discord.posts(desk.forum))
    assert "It dropped again" in posts
    assert any("Printer jams" in one for one in desk.shown(desk.direct_of(desk.mara)))
    told = [one for one in desk.shown(desk.direct_of(desk.dana)) if "10003" in one]
    assert len(told) == 1
    assert "CHATDESK_DISCORD_SUPPORT_CHANNEL" in told[0]
    assert desk.parts.store.read(lambda tx: tx.outbox.parked()) == []


async def test_a_forum_that_was_deleted_while_nobody_listened_is_told_of_by_the_sweep(
    desk: DiscordDesk,
) -> None:
    await desk.opened()
    desk.discord.gateway.sessions.clear()
    desk.discord.world.delete(desk.forum)
    assert desk.parts.discord is not None
    for _ in range(2):
        desk.parts.discord.threads._channels.forget(desk.forum)
        await desk.parts.discord.threads.sweep()
    await desk.settled()
    told = [one for one in desk.shown(desk.direct_of(desk.dana)) if "10003" in one]
    assert len(told) == 1
    assert "The channel of IT help does not work" in told[0]
