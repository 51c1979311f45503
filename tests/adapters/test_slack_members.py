"""Who works a queue is read live: its channel, its user groups, and who of them may not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from chatdesk.adapters.slack.members import LIVES
from chatdesk.lifecycle.ticket import QueueName
from chatdesk.ports import Transaction
from tests.adapters.conftest import migrated_url
from tests.adapters.slack_room import POLICY, SlackDesk, opened, reads, slack_desk
from tests.slack.faults import Fault

BY_CHANNEL = POLICY.replace("agents: [slack:UJO, slack:UKIM]", "groups: [slack:SDESK]").replace(
    "leads: [slack:UJO]", "leads: []"
)


@pytest.fixture
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with migrated_url(request, "sqlite") as found:
        yield found


@pytest.fixture
async def desk(url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[SlackDesk]:
    async with slack_desk(shared_specs, url, tmp_path, policy=BY_CHANNEL) as one:
        one.slack.group("SDESK")
        yield one


def a_minute_passes(desk: SlackDesk) -> None:
    """Let what is known of people and places be too old."""
    assert desk.parts.slack is not None
    members = desk.parts.slack.telling.members
    for one in members._lists.values():
        one.asked_at -= LIVES
    desk.parts.slack.telling.people._known.clear()


async def is_claimed_by(desk: SlackDesk, user: str) -> bool:
    card = desk.slack.messages("CHELP")[-1]
    await desk.slack.clicks(user, card, "Claim")
    await desk.settled()
    return "Assigned to" in reads(card)


def agents(desk: SlackDesk) -> set[str]:
    """Who works the queue, by name, as the desk's own decisions see it."""

    def look(tx: Transaction) -> set[str]:
        people = tx.people.get(tx.people.members(QueueName("it")))
        return {one.name for one in people.values()}

    return desk.parts.store.read(look)


async def test_whoever_is_in_the_queues_channel_works_it(desk: SlackDesk) -> None:
    await opened(desk)
    assert await is_claimed_by(desk, "UKIM")
    assert agents(desk) == {"Jo", "Kim"}


async def test_whoever_comes_into_the_channel_works_it_at_once(desk: SlackDesk) -> None:
    await opened(desk)
    await desk.slack.joins("UDANA", "CHELP")
    assert await is_claimed_by(desk, "UDANA")


async def test_whoever_leaves_the_channel_works_it_no_longer(desk: SlackDesk) -> None:
    card = await opened(desk)
    seen = card.blocks
    await desk.slack.types("UKIM", "CGENERAL", "/ticket queue")
    await desk.slack.leaves("UKIM", "CHELP")
    await desk.slack.types("UKIM", "CGENERAL", "/ticket claim 1")
    await desk.settled()
    assert card.blocks == seen
    assert agents(desk) == {"Jo"}


async def test_a_public_channel_makes_nobody_an_agent(desk: SlackDesk) -> None:
    desk.slack.workspace.channels["CHELP"].kind = "public"
    await opened(desk)
    assert not await is_claimed_by(desk, "UKIM")


async def test_a_user_group_makes_agents_and_is_read_again_after_a_minute(desk: SlackDesk) -> None:
    await opened(desk)
    await desk.slack.types("UDANA", "CGENERAL", "/ticket claim 1")
    await desk.settled()
    assert agents(desk) == {"Jo", "Kim"}
    desk.slack.group("SDESK", "UDANA")
    a_minute_passes(desk)
    await desk.slack.types("UDANA", "CGENERAL", "/ticket claim 1")
    await desk.settled()
    assert "Assigned to Dana" in reads(desk.slack.messages("CHELP")[-1])
    desk.slack.group("SDESK")
    a_minute_passes(desk)
    await desk.slack.types("UMARA", "CGENERAL", "/ticket mine")
    await desk.settled()
    assert agents(desk) == {"Jo", "Kim"}


async def test_within_a_minute_slack_is_not_asked_again(desk: SlackDesk) -> None:
    await opened(desk)
    before = len(desk.slack.calls_of("conversations.members"))
    await desk.slack.types("UKIM", "CGENERAL", "/ticket queue")
    await desk.slack.types("UKIM", "CGENERAL", "/ticket mine")
    await desk.settled()
    assert len(desk.slack.calls_of("conversations.members")) == before


async def test_while_slack_does_not_tell_what_it_told_last_counts(desk: SlackDesk) -> None:
    await opened(desk)
    a_minute_passes(desk)
    desk.slack.next("conversations.members", Fault.status(503))
    assert await is_claimed_by(desk, "UKIM")


@pytest.mark.parametrize("mark", ["is_guest", "is_single_channel_guest", "is_stranger", "team"])
@pytest.mark.parametrize("policy", [BY_CHANNEL, POLICY], ids=["in the channel", "named"])
async def test_guests_and_strangers_ask_for_help_and_never_work(
    mark: str, policy: str, url: str, shared_specs: Path, tmp_path: Path
) -> None:
    async with slack_desk(shared_specs, url, tmp_path, policy=policy) as desk:
        desk.slack.group("SDESK")
        kim = desk.slack.workspace.people["UKIM"]
        setattr(kim, mark, "T0OTHER" if mark == "team" else True)
        await opened(desk)
        assert not await is_claimed_by(desk, "UKIM")
        await desk.slack.types("UKIM", "CGENERAL", "/ticket help")
        await desk.settled()
        told = reads(desk.slack.ephemerals("UKIM", "CGENERAL")[-1])
        assert "/ticket new" in told
        assert "/ticket claim" not in told
        await desk.slack.types("UKIM", "CGENERAL", "/ticket new My badge")
        await desk.settled()
        await desk.slack.submits("UKIM", values={"What is it about?": "Something else"})
        await desk.settled()
        assert "My badge" in reads(desk.slack.messages(desk.slack.dm("UKIM"))[-1])


async def test_whoever_has_left_does_nothing_and_is_given_nothing(
    url: str, shared_specs: Path, tmp_path: Path
) -> None:
    policy = POLICY.replace("home:", "routing: round_robin\n    home:")
    async with slack_desk(shared_specs, url, tmp_path, policy=policy) as desk:
        desk.slack.workspace.people["UKIM"].is_deactivated = True
        for number in range(3):
            await opened(desk, f"Ticket {number}")
        cards = [reads(one) for one in desk.slack.messages("CHELP")]
        assert cards
        assert not [one for one in cards if "Kim" in one]


async def test_a_member_who_becomes_a_guest_loses_what_the_policy_gave(
    url: str, shared_specs: Path, tmp_path: Path
) -> None:
    async with slack_desk(shared_specs, url, tmp_path) as desk:
        card = await opened(desk)
        await desk.slack.types("UKIM", "CGENERAL", "/ticket queue")
        desk.slack.workspace.people["UKIM"].is_guest = True
        a_minute_passes(desk)
        assert not await is_claimed_by(desk, "UKIM")
        desk.slack.workspace.people["UKIM"].is_guest = False
        a_minute_passes(desk)
        await desk.slack.clicks("UKIM", card, "Claim")
        await desk.settled()
        assert "Assigned to Kim" in reads(card)
