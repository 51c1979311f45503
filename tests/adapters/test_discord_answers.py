"""What people do in Discord is answered, once, and with what Discord takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.discord.answers import COMMAND, COMPLETE, COMPONENT, SUBMIT, Asked
from tests.discord.loopback import LoopbackDiscord, Served
from tests.discord.world import Json

FORM: Json = {
    "type": 9,
    "data": {
        "custom_id": "cd:form:x",
        "title": "Form",
        "components": [
            {
                "type": 18,
                "label": "Why?",
                "component": {"type": 4, "custom_id": "f:0:why", "style": 1},
            }
        ],
    },
}
LATER: Json = {"type": 5, "data": {"flags": 64}}


# --- our own Discord refuses what Discord does ----------------------------------------------------


@pytest.fixture
async def served(shared_specs: Path) -> AsyncIterator[tuple[LoopbackDiscord, Served]]:
    discord = LoopbackDiscord(shared_specs)
    async with discord.serving() as told:
        yield discord, told


def begun(discord: LoopbackDiscord, kind: int, message: Json | None = None) -> Asked:
    """Let somebody do something that waits for its answer."""
    answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
    mara, place = discord.user("Mara"), discord.text_channel("help")
    asked = Asked(kind, discord.world.new_id(), "secret", mara, place, message, answer)
    discord._asked[asked.token] = asked
    return asked


async def answers(served: Served, asked: Asked, body: Json) -> int:
    """Answer it, and return what Discord says: 0 for taken, else its number."""
    url = f"{served.api_url}interactions/{asked.id}/{asked.token}/callback"
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as told:
        return 0 if told.ok else int((await told.json())["code"])


@pytest.mark.parametrize(("kind", "code"), [(COMMAND, 0), (COMPONENT, 0), (SUBMIT, 50035)])
async def test_a_form_answers_everything_but_a_form(
    served: tuple[LoopbackDiscord, Served], kind: int, code: int
) -> None:
    discord, told = served
    assert await answers(told, begun(discord, kind), FORM) == code
    assert len(discord.complaints) == bool(code)


@pytest.mark.parametrize("second", [FORM, LATER])
@pytest.mark.parametrize("first", [FORM, LATER])
async def test_there_is_one_first_answer_and_no_form_after_it(
    served: tuple[LoopbackDiscord, Served], first: Json, second: Json
) -> None:
    discord, told = served
    asked = begun(discord, COMMAND)
    assert await answers(told, asked, first) == 0
    assert await answers(told, asked, second) == 40060
    assert discord.has_form(asked.user) == (first is FORM)


async def test_only_what_stands_below_a_message_changes_it(
    served: tuple[LoopbackDiscord, Served],
) -> None:
    discord, told = served
    for kind in (COMMAND, SUBMIT):
        assert await answers(told, begun(discord, kind), {"type": 6}) == 50035
    for kind in (COMPONENT, SUBMIT):
        assert await answers(told, begun(discord, kind, {"id": "1"}), {"type": 6}) == 0


async def test_completions_answer_nothing_else(served: tuple[LoopbackDiscord, Served]) -> None:
    discord, told = served
    choices: Json = {"type": 8, "data": {"choices": []}}
    assert await answers(told, begun(discord, COMPLETE), choices) == 0
    assert await answers(told, begun(discord, COMPLETE), LATER) == 50035
    assert await answers(told, begun(discord, COMMAND), choices) == 50035
