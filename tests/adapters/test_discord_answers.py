"""What people do in Discord is answered, once, and with what Discord takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from chatdesk.adapters.discord.clicks import Clicks
from chatdesk.adapters.discord.commands import commands
from chatdesk.adapters.discord.render import render_card
from chatdesk.ui.cards import Card
from tests.discord.answers import CHOICES, COMMAND, COMPLETE, COMPONENT, EPHEMERAL, SUBMIT, Asked
from tests.discord.desk import DiscordDesk
from tests.discord.faults import Fault
from tests.discord.loopback import LoopbackDiscord, Served
from tests.discord.reference import reads
from tests.discord.stories import desk_in_discord, nobody_is_in_a_hurry
from tests.discord.world import Json

__all__ = ["nobody_is_in_a_hurry"]

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


# --- what is of another time is answered kindly ---------------------------------------------------


@pytest.fixture
async def desk(store_url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[DiscordDesk]:
    async with desk_in_discord(store_url, shared_specs, tmp_path) as made:
        yield made


async def answered(desk: DiscordDesk, kind: int, data: Json, message: Json | None = None) -> str:
    """Let Jo do what a client of another time does; return what she alone is told."""
    answer = await desk.discord.does(kind, desk.jo, desk.general, data, message)
    assert answer["type"] == 4
    assert answer["data"]["flags"] & EPHEMERAL
    return reads(answer["data"]["components"])


@pytest.mark.parametrize(
    "custom_id",
    [
        "",
        "x",
        "c",
        "c0:",
        "c0:vanish:1:1",
        "c0:cd-next:",
        "c0:cd-next:vanish:1:1~ab",
        "c0:😀",
    ],
)
async def test_a_button_of_another_time_is_answered_kindly(
    desk: DiscordDesk, custom_id: str
) -> None:
    await desk.opened()
    pressed = {"custom_id": custom_id, "component_type": 2, "id": 2}
    assert "from another time" in await answered(desk, COMPONENT, pressed, desk.card())
    chosen = {"custom_id": custom_id, "component_type": 3, "values": ["vanish:1:1"]}
    assert "another time" in await answered(desk, COMPONENT, chosen, desk.card())


@pytest.mark.parametrize("custom_id", ["", "x", "cd:form:", "cd:form:vanish:1:1~ab"])
async def test_a_form_of_another_time_is_answered_and_gives_back_what_was_typed(
    desk: DiscordDesk, custom_id: str
) -> None:
    typed = {"type": 4, "custom_id": "f:0:why", "value": "typed with care"}
    data = {"custom_id": custom_id, "components": [{"type": 18, "id": 1, "component": typed}]}
    told = await answered(desk, SUBMIT, data)
    assert "from another time" in told
    assert "typed with care" in told


@pytest.mark.parametrize(
    "data",
    [
        {"name": "ticket", "type": 1},
        {"name": "ticket", "type": 1, "options": [{"name": "vanish", "type": 1}]},
        {"name": "ticket", "type": 1, "options": [{"name": "words", "type": 3, "value": "VPN"}]},
        {"name": "Send to requester", "type": 3},
        {"name": "Create ticket from message", "type": 3, "resolved": {"messages": {}}},
        {"name": "Create ticket from message", "type": 2, "target_id": "1"},
        {"name": "", "type": 3},
    ],
)
async def test_a_command_of_another_time_is_answered_kindly(desk: DiscordDesk, data: Json) -> None:
    told = await answered(desk, COMMAND, {"id": desk.discord.world.new_id(), **data})
    assert "another version" in told


async def test_completions_of_another_time_are_none_or_tickets(desk: DiscordDesk) -> None:
    for data in ({"name": "ticket", "type": 1}, {"name": "x", "type": 1, "options": [{}]}):
        made = {"id": desk.discord.world.new_id(), **data}
        answer = await desk.discord.does(COMPLETE, desk.jo, desk.general, made)
        assert answer == {"type": CHOICES, "data": {"choices": []}}


# --- what is done nowhere is answered, too --------------------------------------------------------


@pytest.fixture
def nowhere(desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch) -> DiscordDesk:
    """Let Discord not tell in which channel something is done."""
    told = desk.discord._told

    def without_channel(asked: Asked, kind: int, data: Json) -> Json:
        whole = told(asked, kind, data)
        return {name: one for name, one in whole.items() if not name.startswith("channel")}

    monkeypatch.setattr(desk.discord, "_told", without_channel)
    return desk


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (COMMAND, {"name": "ticket", "type": 1, "options": [{"name": "new", "type": 1}]}),
        (COMPONENT, {"custom_id": "c0:new:0:0", "component_type": 2, "id": 2}),
    ],
)
async def test_what_is_done_nowhere_is_answered_kindly(
    nowhere: DiscordDesk, kind: int, data: Json
) -> None:
    made = {"id": nowhere.discord.world.new_id(), **data}
    assert "does not tell me where you are" in await answered(nowhere, kind, made)


async def test_a_form_that_comes_from_nowhere_gives_back_what_was_typed(
    nowhere: DiscordDesk,
) -> None:
    typed = {"type": 4, "custom_id": "f:0:summary", "value": "typed with care"}
    page = [{"type": 18, "id": 1, "component": typed}]
    data = {"custom_id": "cd:form:new:0:0~ab", "components": page}
    told = await answered(nowhere, SUBMIT, data)
    assert "does not tell me where you are" in told
    assert "typed with care" in told


async def test_completions_are_offered_nowhere_as_well(nowhere: DiscordDesk) -> None:
    found = await nowhere.discord.completes(
        nowhere.mara, nowhere.general, "ticket", "new", "topic", "vp"
    )
    assert [one["value"] for one in found] == ["vpn"]


async def test_what_is_done_nowhere_and_not_taken_is_said_nowhere(
    nowhere: DiscordDesk, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere.discord.rest.next("POST", "/callback$", Fault.refused(10062, 404))
    nowhere.discord.answered_within = 0.5
    data = {"id": nowhere.discord.world.new_id(), "name": "ticket", "type": 1}
    with pytest.raises(TimeoutError):
        await nowhere.discord.does(COMMAND, nowhere.jo, nowhere.direct_of(nowhere.jo), data)
    await nowhere.settled()
    assert "for one person alone was not shown" in caplog.text


# --- what goes wrong is answered, too -------------------------------------------------------------


async def test_a_bug_before_anything_was_answered_is_told(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Clicks, "_command", breaks)
    data = {"id": desk.discord.world.new_id(), "name": "ticket", "type": 1}
    assert "reference" in await answered(desk, COMMAND, data)


async def test_a_bug_after_a_deferred_answer_is_told(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.opened()
    broken = iter([True])

    def breaks(card: Card) -> tuple[Json, ...]:
        if next(broken, False):
            raise ZeroDivisionError
        return tuple(render_card(card))

    monkeypatch.setattr("chatdesk.adapters.discord.answering.ANSWERS_WITHIN", 0.0)
    monkeypatch.setattr("chatdesk.adapters.discord.answering.render_card", breaks)
    answer = await desk.discord.calls_command(desk.mara, desk.general, "ticket", "mine")
    assert answer["type"] == 5
    await desk.settled()
    assert "reference" in reads(desk.whispered(desk.mara)["components"])


async def test_a_bug_while_completing_leaves_no_completions(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.opened()

    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(desk.parts.store, "read", breaks)
        ask = desk.discord.completes
        assert await ask(desk.jo, desk.general, "desk", "claim", "number", "") == []


async def test_commands_are_sent_to_discord_again_only_once_they_changed(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = desk.parts.discord
    assert there is not None
    await desk.until(lambda: bool(desk.discord.rest.made("PUT", "/commands$")))
    await desk.settled()
    assert not await there.register()
    fewer = commands()[:-1]
    monkeypatch.setattr("chatdesk.adapters.discord.platform.commands", lambda: fewer)
    assert await there.register()
    assert not await there.register()
    sent = desk.discord.rest.made("PUT", "/commands$")
    assert [len(one.body) for one in sent] == [len(fewer) + 1, len(fewer)]
