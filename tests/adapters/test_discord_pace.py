"""The bot is never too fast for Discord, and where Discord says so all the same nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from chatdesk.adapters.discord.client import DiscordClient, point_at
from chatdesk.adapters.discord.pacing import EACH_SECOND, SHORT
from chatdesk.adapters.discord.rest import INVALID, Rest
from chatdesk.ports import PlatformRefused, RateLimited, Transient
from tests.adapters.conftest import migrated_url
from tests.discord.desk import DiscordDesk
from tests.discord.faults import Fault
from tests.discord.loopback import LoopbackDiscord
from tests.discord.rest_api import TOKEN
from tests.discord.stories import desk_in_discord, nobody_is_in_a_hurry

__all__ = ["nobody_is_in_a_hurry"]

ALLOWED = 50
"""Calls that Discord lets a bot make within a second."""

SHUT_OUT = 10_000
"""Refused calls within ten minutes after which Discord hears nothing from an address any more."""

CHANNEL = "/channels/{channel_id}"
CALLBACK = "/interactions/{webhook_id}/{webhook_token}/callback"
FOLLOW_UP = "/webhooks/{webhook_id}/{webhook_token}"
LONG = 28.0
"""Seconds that the library would sleep for by itself, though the worker would wait less."""


class Scene:
    """A bot whose seconds pass only while it waits."""

    def __init__(self, discord: LoopbackDiscord) -> None:
        """Stand beside a channel."""
        self.discord = discord
        self.channel = discord.text_channel("somewhere")
        self.now = 100.0
        self.came_at: list[float] = []
        self.rest: Rest

    async def sleep(self, seconds: float) -> None:
        """Let time pass, once whatever was given its turn has arrived."""
        full = EACH_SECOND * (len(self.came_at) // EACH_SECOND + 1)
        while len(self.discord.rest.calls) < full:  # noqa: ASYNC110 - a socket has no event for it
            await asyncio.sleep(0.001)
        self.note()
        self.now += seconds

    def note(self) -> None:
        """Note when what has arrived since came."""
        self.came_at += [self.now] * (len(self.discord.rest.calls) - len(self.came_at))

    async def looks(self) -> None:
        """Let the bot ask for something."""
        await self.rest.get(CHANNEL, channel_id=self.channel)

    async def answers(self) -> None:
        """Let the bot answer somebody; it is one whom Discord has forgotten."""
        with pytest.raises(PlatformRefused, match="10062"):
            await self.rest.call(
                "POST", CALLBACK, {"type": 6}, webhook_id="1", webhook_token="forgotten"
            )

    @asynccontextmanager
    async def bot(self, *, waits_for_arrivals: bool = False) -> AsyncIterator[Rest]:
        """Lend the bot."""

        async def pass_on(seconds: float) -> None:
            self.now += seconds

        async with self.discord.serving() as served:
            point_at(served.api_url, served.gateway_url)
            client = DiscordClient(reads_content=False)
            slept = self.sleep if waits_for_arrivals else pass_on
            self.rest = Rest(client, TOKEN, lambda: self.now, slept)
            try:
                yield self.rest
            finally:
                await self.rest.close()


@pytest.fixture
def scene(shared_specs: Path) -> Scene:
    return Scene(LoopbackDiscord(shared_specs))


@pytest.fixture
async def desk(
    request: pytest.FixtureRequest, shared_specs: Path, tmp_path: Path
) -> AsyncIterator[DiscordDesk]:
    with migrated_url(request, "sqlite") as url:
        async with desk_in_discord(url, shared_specs, tmp_path) as made:
            yield made


# --- the pace -------------------------------------------------------------------------------------


async def test_however_much_is_due_at_once_no_second_has_more_than_two_processes_may_ask(
    scene: Scene,
) -> None:
    async with scene.bot(waits_for_arrivals=True):
        await asyncio.gather(*[scene.looks() for _ in range(5 * EACH_SECOND)])
        scene.note()
    assert len(scene.came_at) > 5 * EACH_SECOND
    most = max(sum(at <= one < at + 1 for one in scene.came_at) for at in scene.came_at)
    assert most == EACH_SECOND
    assert 2 * most <= ALLOWED


async def test_answers_to_what_people_do_take_no_turn_and_wait_for_none(scene: Scene) -> None:
    async with scene.bot():
        await scene.looks()
        while len(scene.discord.rest.calls) < EACH_SECOND:  # logging in took some calls
            await scene.looks()
        for _ in range(EACH_SECOND):
            await scene.answers()
        app = scene.rest.application
        with pytest.raises(PlatformRefused, match="10015"):
            await scene.rest.call(
                "POST", FOLLOW_UP, {"content": "Done"}, webhook_id=app, webhook_token="forgotten"
            )
        assert scene.now == 100.0
        await scene.looks()
        assert scene.now == 101.0


# --- whose limit it is ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "counts"), [("shared", False), ("user", True), ("global", True), ("", True)]
)
async def test_a_limit_shared_with_other_bots_is_not_held_against_this_one(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, scope: str, counts: bool
) -> None:
    monkeypatch.setattr("chatdesk.adapters.discord.rest.INVALID", 3)
    async with scene.bot():
        scene.discord.rest.next("GET", "/channels/", *[Fault.rate_limited(0.01, scope=scope)] * 3)
        await scene.looks()
        assert len(scene.discord.rest.made("GET", "/channels/")) == 4
        if counts:
            with pytest.raises(Transient):
                await scene.looks()
        else:
            await scene.looks()


def test_four_processes_of_one_bot_together_stay_below_what_discord_bears() -> None:
    assert 4 * INVALID < SHUT_OUT


async def test_while_the_whole_bot_is_to_be_quiet_it_still_answers_people(scene: Scene) -> None:
    async with scene.bot():
        await scene.looks()
        scene.discord.rest.next("GET", "/channels/", Fault.rate_limited(LONG, is_global=True))
        with pytest.raises(RateLimited) as limited:
            await scene.looks()
        assert limited.value.after == timedelta(seconds=LONG)
        made = len(scene.discord.rest.calls)
        scene.now += LONG - SHORT - 1
        with pytest.raises(RateLimited) as still:
            await scene.looks()
        assert still.value.after == timedelta(seconds=SHORT + 1)
        assert len(scene.discord.rest.calls) == made, "Discord is left in peace"
        async with asyncio.timeout(20):
            await scene.answers()
        scene.now += SHORT + 1
        await scene.looks()


async def test_a_short_silence_of_the_whole_bot_is_waited_for(scene: Scene) -> None:
    async with scene.bot():
        scene.discord.rest.next("GET", "/channels/", Fault.rate_limited(SHORT, scope="global"))
        await scene.looks()
    assert scene.now >= 100.0 + SHORT


async def test_a_call_given_up_while_the_bot_is_to_be_quiet_keeps_no_other_back(
    scene: Scene,
) -> None:
    async def wait_in_vain(_: float) -> None:
        await asyncio.Event().wait()

    async with scene.bot():
        await scene.looks()
        scene.rest._pace.sleep = wait_in_vain  # time stands still
        scene.discord.rest.next("GET", "/channels/", Fault.rate_limited(SHORT, is_global=True))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await scene.looks()
        scene.now += SHORT
        async with asyncio.timeout(20):
            await scene.looks()


# --- as those live it -----------------------------------------------------------------------------


@pytest.mark.parametrize("retry_after", [0.05, LONG, 120.0])
@pytest.mark.parametrize("scope", ["shared", "user", "global", ""])
async def test_what_comes_too_fast_waits_as_long_as_it_must_and_arrives_once(
    desk: DiscordDesk, scope: str, retry_after: float
) -> None:
    await desk.opened()
    post = desk.post()["id"]
    limit = Fault.rate_limited(retry_after, scope=scope)
    desk.discord.rest.next("POST", f"/{post}/messages$", limit)
    await desk.discord.says(desk.mara, desk.thread()["id"], "It is the blue one")
    if retry_after > SHORT:
        await desk.until(
            # The worker rests, so that nothing sleeps over it.
            lambda: waits_for(desk) > retry_after - 5 and desk.parts.worker.is_at_rest
        )
        assert not said(desk, post)
        lanes = ["ticket:1:agents:it"]
        desk.parts.discord._rest._pace._quiet_until = 0.0  # type: ignore[union-attr]  # it is over
        desk.parts.worker._delivery._means.pace._platforms.clear()
        desk.parts.worker._delivery._means.pace._places.clear()
        desk.parts.store.write(lambda tx: tx.outbox.hasten(lanes))
        desk.parts.worker.wake()
    await desk.until(lambda: said(desk, post) == 1)
    await desk.settled()
    assert said(desk, post) == 1
    assert len(desk.discord.rest.made("POST", f"/{post}/messages$")) == 2
    assert desk.parts.store.read(lambda tx: tx.outbox.parked()) == []


def said(desk: DiscordDesk, post: str) -> int:
    """How often Mara's words stand in the agents' post."""
    return sum("It is the blue one" in one for one in desk.shown(post))


def waits_for(desk: DiscordDesk) -> float:
    """In how many seconds the next row is due."""
    due_in = desk.parts.store.read(lambda tx: tx.outbox.next_due_in())
    return due_in.total_seconds() if due_in else 0.0
