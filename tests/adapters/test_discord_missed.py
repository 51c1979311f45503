"""What was said while nobody heard is read from where it was last heard, each place by its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from chatdesk.adapters.discord.aside import Aside
from chatdesk.adapters.discord.heard import DIRECT, MARK, NOTED_EVERY
from chatdesk.adapters.discord.missed import Missed
from chatdesk.adapters.discord.rest import Rest
from chatdesk.ports import StoreUnavailable, Transient
from tests.discord.apps import Memory, rest_for
from tests.discord.desk import DiscordDesk
from tests.discord.faults import Fault
from tests.discord.loopback import LoopbackDiscord
from tests.discord.stories import desk_in_discord, nobody_is_in_a_hurry

__all__ = ["nobody_is_in_a_hurry"]


@pytest.fixture
async def desk(
    store_url: str, shared_specs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[DiscordDesk]:
    """Lend a desk that looks again soon at what it could not read."""
    monkeypatch.setattr("chatdesk.adapters.discord.missed.AGAIN_EVERY", 0.05)
    async with desk_in_discord(store_url, shared_specs, tmp_path) as made:
        yield made


async def nothing() -> None:
    """Do nothing with a message that was heard."""


class Gap:
    """A server on which something is said to nobody, and what was read of it."""

    def __init__(self, shared_specs: Path) -> None:
        self.discord, self.memory = LoopbackDiscord(shared_specs), Memory()
        self.world = self.discord.world
        self.mara, self.support = self.discord.user("Mara"), self.discord.text_channel("help")
        self.now = 0.0
        self.read: list[str] = []

    def missed(self, rest: Rest) -> Missed:
        """Return whoever hears and reads; a new one stands for a restart."""
        places = frozenset({self.support})
        return Missed(rest, self.memory, self._guild, lambda: places, lambda: self.now)

    async def _guild(self) -> str:
        return self.world.guild

    async def reading(self, message: Mapping[str, Any], _conversation: str) -> None:
        """Read a message."""
        self.read.append(message["content"])

    def thread(self) -> str:
        """Return a new thread of the support channel."""
        return str(self.world.thread(self.support, {"name": "#1"}, self.discord.bot)["id"])

    def say(self, channel: str, text: str) -> int:
        """Let Mara say something, and return its id."""
        return int(self.world.say(channel, self.mara, {"content": text})["id"])

    @property
    def mark(self) -> str | None:
        """Return how far the server was heard."""
        return self.memory.get(f"{MARK}:{self.world.guild}")


async def test_what_is_heard_on_a_server_says_nothing_of_direct_messages(
    shared_specs: Path,
) -> None:
    gap = Gap(shared_specs)
    direct = gap.discord.direct(gap.mara)
    await Aside(gap.memory).go_on("ticket:1:requester", direct)
    async with gap.discord.serving() as served, rest_for(served) as rest:
        missed = gap.missed(rest)
        await missed.seen(DIRECT, gap.say(direct, "Heard"), nothing)
        gap.say(direct, "Said to nobody")
        elsewhere = gap.say(gap.support, "Heard by another session")
        await missed.seen(gap.world.guild, elsewhere, nothing)
        await missed.read_up(gap.reading)
    assert gap.read == ["Said to nobody"]


async def test_chatter_is_noted_now_and_then_and_at_the_end(shared_specs: Path) -> None:
    gap = Gap(shared_specs)
    async with gap.discord.serving() as served, rest_for(served) as rest:
        missed = gap.missed(rest)
        first, second, third = (gap.say(gap.support, "Lunch?") for _ in range(3))
        await missed.seen(gap.world.guild, first, nothing)
        await missed.seen(gap.world.guild, second, nothing)
        assert gap.mark == str(first)
        gap.now += NOTED_EVERY
        await missed.seen(gap.world.guild, third, nothing)
        assert gap.mark == str(third)
        last = gap.say(gap.support, "Lunch!")
        await missed.seen(gap.world.guild, last, nothing)
        await missed.note()
    assert gap.mark == str(last)


async def test_the_mark_never_passes_a_message_in_work(shared_specs: Path) -> None:
    gap, is_fetched = Gap(shared_specs), asyncio.Event()

    async def slow() -> None:
        await is_fetched.wait()

    async with gap.discord.serving() as served, rest_for(served) as rest:
        missed, thread = gap.missed(rest), gap.thread()
        await missed.seen(gap.world.guild, gap.say(thread, "Before"), nothing)
        with_file = asyncio.ensure_future(
            missed.seen(gap.world.guild, gap.say(thread, "See the file"), slow)
        )
        waiting = missed.seen(gap.world.guild, gap.say(thread, "Behind the file"), nothing)
        gap.now += NOTED_EVERY
        await missed.seen(gap.world.guild, gap.say(gap.support, "Lunch?"), nothing)
        await gap.missed(rest).read_up(gap.reading)
        assert gap.read == ["See the file", "Behind the file"]
        is_fetched.set()
        await with_file
        await waiting


async def test_a_message_that_failed_is_read_again(shared_specs: Path) -> None:
    gap = Gap(shared_specs)

    async def failing() -> None:
        raise Transient("away")

    async with gap.discord.serving() as served, rest_for(served) as rest:
        missed, thread = gap.missed(rest), gap.thread()
        await missed.seen(gap.world.guild, gap.say(thread, "Heard"), nothing)
        await missed.seen(gap.world.guild, gap.say(thread, "Failed"), failing)
        gap.now += NOTED_EVERY
        await missed.seen(gap.world.guild, gap.say(thread, "Heard, too"), nothing)
        await missed.read_up(gap.reading)
        assert gap.read == ["Failed"]
        await missed.note()
        await missed.read_up(gap.reading)
    assert gap.read == ["Failed"]


async def test_a_conversation_that_cannot_be_read_keeps_no_other_waiting(
    shared_specs: Path,
) -> None:
    gap = Gap(shared_specs)
    async with gap.discord.serving() as served, rest_for(served) as rest:
        missed, shut, other = gap.missed(rest), gap.thread(), gap.thread()
        await missed.seen(gap.world.guild, gap.say(other, "Heard"), nothing)
        gap.say(shut, "Behind the door")
        gap.say(other, "In the open")
        refused = Fault.refused(50001, 403)
        gap.discord.rest.next("GET", f"/channels/{shut}/messages", refused, refused)
        await gap.missed(rest).read_up(gap.reading)
        assert gap.read == ["In the open"]
        heard = gap.missed(rest)
        await heard.seen(gap.world.guild, gap.say(other, "Heard much later"), nothing)
        await heard.read_up(gap.reading)
        assert gap.read == ["In the open"]
        await gap.missed(rest).read_up(gap.reading)
    assert gap.read == ["In the open", "Behind the door"]


async def test_direct_messages_that_are_gone_keep_no_other_waiting(shared_specs: Path) -> None:
    gap = Gap(shared_specs)
    gone = gap.discord.direct(gap.discord.user("Kim"))
    direct = gap.discord.direct(gap.mara)
    for number, one in enumerate((gone, direct)):
        await Aside(gap.memory).go_on(f"ticket:{number}:requester", one)
    async with gap.discord.serving() as served, rest_for(served) as rest:
        missed, thread = gap.missed(rest), gap.thread()
        await missed.seen(gap.world.guild, gap.say(thread, "Heard"), nothing)
        gap.world.channels.pop(gone)
        gap.say(direct, "Said to nobody")
        gap.say(thread, "Said in between")
        await gap.missed(rest).read_up(gap.reading)
    assert sorted(gap.read) == ["Said in between", "Said to nobody"]


async def test_all_direct_messages_are_read_that_were_ever_heard(shared_specs: Path) -> None:
    gap = Gap(shared_specs)
    direct = gap.discord.direct(gap.mara)
    await Aside(gap.memory).meet(gap.mara, direct)
    async with gap.discord.serving() as served, rest_for(served) as rest:
        missed = gap.missed(rest)
        await missed.seen(gap.world.guild, gap.say(gap.support, "Heard"), nothing)
        gap.say(direct, "My printer is on fire")
        await gap.missed(rest).read_up(gap.reading, is_anew=False)
        assert gap.read == []
        await gap.missed(rest).read_up(gap.reading)
    assert gap.read == ["My printer is on fire"]


async def test_what_meets_a_bug_keeps_nothing_behind_it_waiting(shared_specs: Path) -> None:
    gap = Gap(shared_specs)

    async def reading(message: Mapping[str, Any], conversation: str) -> None:
        if message["content"] == "Poison":
            raise ValueError
        await gap.reading(message, conversation)

    async with gap.discord.serving() as served, rest_for(served) as rest:
        missed, thread = gap.missed(rest), gap.thread()
        await missed.seen(gap.world.guild, gap.say(thread, "Heard"), nothing)
        gap.say(thread, "Poison")
        gap.say(thread, "Behind it")
        await gap.missed(rest).read_up(reading)
    assert gap.read == ["Behind it"]


async def test_conversations_are_looked_at_again_only_when_a_session_began_anew(
    shared_specs: Path,
) -> None:
    gap = Gap(shared_specs)
    looked: list[str] = []

    async def look_again(conversation: str) -> None:
        looked.append(conversation)
        if len(looked) == 1:
            raise Transient("away")

    async with gap.discord.serving() as served, rest_for(served) as rest:
        missed, thread = gap.missed(rest), gap.thread()
        missed.look_again = look_again
        await missed.seen(gap.world.guild, gap.say(thread, "Heard"), nothing)
        await missed.read_up(gap.reading, is_anew=False)
        assert looked == []
        await missed.read_up(gap.reading)
        assert looked == [thread]
        await missed.read_up(gap.reading, is_anew=False)
        assert looked == [thread, thread], "what could not be looked at is looked at later"
        await missed.read_up(gap.reading, is_anew=False)
    assert looked == [thread, thread]


# --- as people meet it ----------------------------------------------------------------------------


async def test_what_is_said_while_the_store_is_away_is_read_again_by_itself(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.claimed()
    thread = desk.thread()["id"]

    def unavailable(*_: object) -> None:
        raise StoreUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(desk.parts.store, "read", unavailable)
        patched.setattr(desk.parts.store, "write", unavailable)
        await desk.discord.says(desk.mara, thread, "Said in the outage")
        await desk.until(lambda: "need not write it twice" in desk.shown(thread)[-1])
    await desk.discord.says(desk.mara, thread, "Said after it")
    post = desk.post()["id"]
    await desk.until(lambda: any("Said in the outage" in one for one in desk.shown(post)))
    await desk.settled()
    shown = desk.shown(post)
    assert sum("Said in the outage" in one for one in shown) == 1
    assert sum("Said after it" in one for one in shown) == 1


async def test_an_answer_is_not_given_twice_after_a_restart(desk: DiscordDesk) -> None:
    direct = desk.direct_of(desk.mara)
    await desk.claimed()
    await desk.discord.says(desk.mara, desk.thread()["id"], "!show")
    await desk.settled()
    before = len(desk.shown(desk.thread()["id"]))
    async with desk.restarted(before=lambda: desk.say_quietly("Said in between")):
        await desk.settled()
        assert len(desk.shown(desk.thread()["id"])) == before + 1
        assert not desk.shown(direct)


async def test_a_direct_message_written_while_the_desk_is_away_is_answered(
    desk: DiscordDesk,
) -> None:
    await desk.claimed()
    direct = desk.direct_of(desk.mara)
    await desk.discord.says(desk.mara, direct, "!mine")
    await desk.settled()
    before = len(desk.shown(direct))

    def quietly() -> None:
        desk.discord.gateway.sessions.clear()
        desk.discord.world.say(direct, desk.mara, {"content": "my printer is on fire"})

    async with desk.restarted(before=quietly):
        await desk.until(lambda: len(desk.shown(direct)) > before + 1)
        await desk.settled()
        assert len(desk.shown(direct)) == before + 2
