"""What was said while nobody heard is read from where it was last heard, each place by its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chatdesk.adapters.discord.aside import Aside
from chatdesk.adapters.discord.missed import DIRECT, Missed
from tests.discord.apps import Memory, rest_for
from tests.discord.loopback import LoopbackDiscord


async def nothing() -> None:
    """Do nothing with a message that was heard."""


async def test_what_is_heard_on_a_server_says_nothing_of_direct_messages(
    shared_specs: Path,
) -> None:
    discord, memory = LoopbackDiscord(shared_specs), Memory()
    mara, support = discord.user("Mara"), discord.text_channel("help")
    direct, world = discord.direct(mara), discord.world
    read: list[str] = []

    async def guild() -> str:
        return world.guild

    async def reading(message: Mapping[str, Any], _conversation: str) -> None:
        read.append(message["content"])

    await Aside(memory).go_on("ticket:1:requester", direct)
    async with discord.serving() as served, rest_for(served) as rest:
        missed = Missed(rest, memory, guild, lambda: frozenset({support}))
        heard = world.say(direct, mara, {"content": "Heard"})
        await missed.seen(DIRECT, int(heard["id"]), nothing)
        world.say(direct, mara, {"content": "Said to nobody"})
        elsewhere = world.say(support, mara, {"content": "Heard by another session"})
        await missed.seen(world.guild, int(elsewhere["id"]), nothing)
        await missed.read_up(reading)
    assert read == ["Said to nobody"]
