"""Channels are renamed, closed, deleted, left and moved: the desk goes on, and an admin is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import get_args

import pytest

from tests.adapters.conftest import migrated_url
from tests.adapters.slack_room import POLICY, SlackDesk, claimed, opened, reads, slack_desk
from tests.slack.things import ChannelKind


@pytest.fixture
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with migrated_url(request, "sqlite") as found:
        yield found


@pytest.fixture
async def desk(url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[SlackDesk]:
    async with slack_desk(shared_specs, url, tmp_path, policy=POLICY) as one:
        yield one


def told(desk: SlackDesk) -> list[str]:
    """What the admin, Dana, was told."""
    return desk.shown(desk.slack.dm("UDANA").id)


async def test_a_channel_may_be_called_anything(desk: SlackDesk) -> None:
    card = await opened(desk)
    await desk.slack.renames("CHELP", "it-questions")
    await desk.slack.clicks("UJO", card, "Claim")
    await desk.settled()
    assert "Assigned to Jo" in reads(card)
    assert told(desk) == []


@pytest.mark.parametrize("kind", get_args(ChannelKind)[:2])
async def test_an_admin_is_told_at_once_that_a_queues_channel_was_closed(
    desk: SlackDesk, kind: ChannelKind
) -> None:
    desk.slack.workspace.channels["CHELP"].kind = kind
    await desk.slack.archives("CHELP")
    await desk.settled()
    (message,) = told(desk)
    assert "IT help" in message
    assert "archive" in message
    await desk.slack.unarchives("CHELP")
    await desk.settled()
    await opened(desk)
    assert "VPN drops" in reads(desk.slack.messages("CHELP")[-1])


async def test_an_admin_is_told_once_that_a_queues_channel_is_gone(desk: SlackDesk) -> None:
    await opened(desk)
    await desk.slack.removes("CHELP")
    await desk.settled()
    assert len(told(desk)) == 1
    await desk.slack.types("UMARA", "CGENERAL", "/ticket withdraw 1")
    await desk.settled()
    assert len(told(desk)) == 1


async def test_an_admin_is_told_that_the_app_was_thrown_out_and_its_return_is_noticed(
    desk: SlackDesk,
) -> None:
    await claimed(desk)
    bot = desk.slack.app.bot_user
    await desk.slack.leaves(bot, "CHELP")
    await desk.settled()
    assert any("IT help" in one for one in told(desk))
    await desk.slack.types("UMARA", "CGENERAL", "/ticket new Another one")
    await desk.settled()
    await desk.slack.submits("UMARA", values={"What is it about?": "Something else"})
    await desk.settled()
    assert len(desk.slack.messages("CHELP")) == 1
    await desk.slack.joins(bot, "CHELP")
    await desk.settled()
    assert "Another one" in reads(desk.slack.messages("CHELP")[-1])


async def test_channels_in_which_the_desk_has_nothing_concern_nobody(desk: SlackDesk) -> None:
    await desk.slack.leaves(desk.slack.app.bot_user, "CGENERAL")
    await desk.slack.archives("CGENERAL")
    await desk.settled()
    assert told(desk) == []


async def test_a_channel_with_another_id_is_the_same_channel(
    desk: SlackDesk, caplog: pytest.LogCaptureFixture
) -> None:
    card = await opened(desk)
    await desk.slack.gives_id("CHELP", "C0SHARED")
    await desk.settled()
    assert "CHELP is now C0SHARED" in caplog.text
    await desk.slack.clicks("UJO", card, "Claim")
    await desk.settled()
    assert "Assigned to Jo" in reads(card)
    await desk.slack.says("UJO", "C0SHARED", "!note Still here", thread_ts=card)
    await desk.settled()
    assert any("Still here" in one for one in desk.shown("C0SHARED", card))
    await desk.slack.types("UMARA", "CGENERAL", "/ticket new Another one")
    await desk.settled()
    await desk.slack.submits("UMARA", values={"What is it about?": "Something else"})
    await desk.settled()
    assert "Another one" in reads(desk.slack.messages("C0SHARED")[-1])
