"""Managers' digests in Slack: subscribed by a verb, directly or for everybody in a channel."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.adapters.conftest import migrated_url
from tests.adapters.slack_room import POLICY, SlackDesk, opened, reads, slack_desk


class Hand:
    """The time of the desk and of its database, moved by the story."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with migrated_url(request, "sqlite") as found:
        yield found


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
async def desk(
    url: str, shared_specs: Path, tmp_path: Path, hand: Hand
) -> AsyncIterator[SlackDesk]:
    async with slack_desk(shared_specs, url, tmp_path, policy=POLICY, real_time=hand) as one:
        yield one


async def a_day_later(desk: SlackDesk, hand: Hand) -> None:
    hand.moment += timedelta(days=1)
    desk.parts.worker.wake()
    await desk.settled()


async def says(desk: SlackDesk, words: str, user: str = "UDANA") -> str:
    """Let somebody type a verb; return what only they see."""
    await desk.slack.types(user, "CGENERAL", f"/ticket {words}")
    await desk.settled()
    return reads(desk.slack.ephemerals(user, "CGENERAL")[-1])


def digests(desk: SlackDesk, place: str) -> list[str]:
    return [one for one in desk.shown(place) if "opened," in one]


async def test_a_digest_comes_directly_every_day_until_it_is_stopped(
    desk: SlackDesk, hand: Hand
) -> None:
    await opened(desk)
    assert "every day" in await says(desk, "digest daily")
    direct = desk.slack.dm("UDANA").id
    await a_day_later(desk, hand)
    (first,) = digests(desk, direct)
    assert "1 opened, 0 resolved" in first
    await a_day_later(desk, hand)
    assert len(digests(desk, direct)) == 2
    await says(desk, "digest off")
    await a_day_later(desk, hand)
    assert len(digests(desk, direct)) == 2


async def test_a_digest_comes_to_a_channel_for_everybody_there(desk: SlackDesk, hand: Hand) -> None:
    await opened(desk)
    assert "this channel" in await says(desk, "digest daily here")
    await a_day_later(desk, hand)
    assert len(digests(desk, "CGENERAL")) == 1
    assert digests(desk, desk.slack.dm("UDANA").id) == []
    await says(desk, "digest daily")
    await a_day_later(desk, hand)
    assert len(digests(desk, "CGENERAL")) == 1
    assert len(digests(desk, desk.slack.dm("UDANA").id)) == 1


async def test_a_channels_digest_ends_with_the_role_of_who_wished_it(
    desk: SlackDesk, hand: Hand
) -> None:
    await says(desk, "digest daily here")
    desk.slack.workspace.people["UDANA"].is_guest = True
    assert desk.parts.slack is not None
    desk.parts.slack.telling.people._known.clear()
    await says(desk, "mine")
    await a_day_later(desk, hand)
    assert digests(desk, "CGENERAL") == []


async def test_the_channel_keeps_its_digest_under_another_name(desk: SlackDesk, hand: Hand) -> None:
    await says(desk, "digest daily here")
    await desk.slack.renames("CGENERAL", "everybody")
    await a_day_later(desk, hand)
    assert len(digests(desk, "CGENERAL")) == 1


@pytest.mark.parametrize("words", ["digest hourly", "digest daily there"])
async def test_what_is_no_wish_is_told(desk: SlackDesk, words: str) -> None:
    assert words.rpartition(" ")[2] in await says(desk, words)


async def test_only_managers_are_told_how_it_goes(desk: SlackDesk) -> None:
    assert "cannot" in await says(desk, "digest daily here", "UMARA")


async def test_every_digest_has_a_text_for_those_who_do_not_see_it(
    desk: SlackDesk, hand: Hand
) -> None:
    await opened(desk)
    await says(desk, "digest daily here")
    await a_day_later(desk, hand)
    (shown,) = [one for one in desk.slack.messages("CGENERAL") if "opened," in reads(one)]
    assert "1 opened, 0 resolved" in shown.text
