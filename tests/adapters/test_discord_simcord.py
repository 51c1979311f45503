"""A ticket's whole life in the Discord of another project, which drives the real library.

Every REST body of it is held against Discord's own document, and the limits that one misses. The
simulator cannot do all of it: it hears one client, where the desk has one to hear and one to speak,
so both are the same here; it has no gateway of its own to connect to, so that leases, sessions and
what is missed are told elsewhere; it keeps neither nonces nor rate limits, so that what happens to
lost answers is, too; it never refuses a direct message by itself. It gives the first message of a
forum's post an id of its own, where Discord gives it the post's: that is put right here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import simcord
from pydantic import SecretStr

from chatdesk import bootstrap
from chatdesk.adapters.discord.ears import _Hearing
from chatdesk.config import PolicySource, Settings
from chatdesk.ports import Transaction
from tests.discord.desk import POLICY
from tests.discord.reference import Reference, reads
from tests.discord.stories import nobody_is_in_a_hurry
from tests.fakes import HandTicks

__all__ = ["nobody_is_in_a_hurry"]

PEOPLE = ("mara", "jo", "kim", "dana")
FORUM = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """A desk, and the Discord it is in."""

    env: simcord.Env
    parts: bootstrap.Parts
    people: dict[str, Any]
    general: Any
    support: Any
    forum: Any

    async def settled(self) -> None:
        """Wait until nobody has anything left to say."""
        assert self.parts.discord is not None
        calm = 0
        async with asyncio.timeout(30):
            while calm < 3:
                await self.parts.discord.telling.settle()
                self.parts.worker.wake()
                await asyncio.sleep(0.05)
                is_quiet = self.parts.worker.is_at_rest and self.parts.store.read(_is_silent)
                calm = calm + 1 if is_quiet else 0

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so; a Reply can be undone for 15 seconds before it goes out."""
        async with asyncio.timeout(60):
            while not is_so():  # noqa: ASYNC110 - the simulator has no event for it
                await asyncio.sleep(0.1)

    def shown(self, channel: Any) -> list[str]:
        """Return what can be read in a channel, oldest first."""
        return [self.read(one) for one in channel.history()]

    @staticmethod
    def read(message: Any) -> str:
        """Return what can be read in a message."""
        return reads([one.to_dict() for one in message.components]) + str(message.content)

    def post(self) -> Any:
        """Return the agents' post."""
        return self.forum.threads[-1]

    def thread(self) -> Any:
        """Return the requester's thread."""
        return self.support.threads[-1]

    def card(self) -> Any:
        """Return the agents' card."""
        return self.post().history()[0]


def _is_silent(tx: Transaction) -> bool:
    due_in = tx.outbox.next_due_in()
    return due_in is None or due_in > timedelta(seconds=5)


class _NotYet:
    """Hears nothing: the desk is made when the server is there."""

    def connected(self) -> None:
        """Hear that a session has begun."""


def begin_posts_as_discord_does(env: simcord.Env) -> None:
    """Let the first message of a forum's post have the post's own id."""
    backend: Any = env.backend
    commit = backend.commit_message

    def committed(message: Any, **options: Any) -> Any:
        channel = backend.get_channel(message.channel_id)
        parent = backend.channels.get(channel.parent_id) if channel.parent_id else None
        if parent is not None and parent.type == FORUM and not backend.messages[channel.id]:
            message.id = channel.id
        return commit(message, **options)

    backend.commit_message = committed


@asynccontextmanager
async def simulated(store_url: str, tmp_path: Path) -> AsyncIterator[Simulated]:
    """Put a desk into a simulated server; the simulator's clock belongs to the test's own task."""
    policy = tmp_path / "desk.yaml"
    token = SecretStr("simulated.bot.token")
    access = {"discord_token": token, "database_url": SecretStr(store_url)}
    hearing = _Hearing(_NotYet(), reads_content=True)  # type: ignore[arg-type]  # nobody speaks before it is there
    async with simcord.run(hearing) as env:
        begin_posts_as_discord_does(env)
        guild = env.create_guild()
        general, support = map(guild.create_text_channel, ("general", "help"))
        forum = guild.create_forum_channel("it-desk")
        people = {name: guild.add_member(env.create_user(name)) for name in PEOPLE}
        text = POLICY.replace("FORUM", str(forum.id))
        for name, member in people.items():
            text = text.replace(f"discord:{name.upper()}", f"discord:{member.id}")
        policy.write_text(text)
        settings = Settings(
            data_dir=tmp_path,
            discord_guild=str(guild.id),
            discord_support_channel=str(support.id),
            **access,
        )
        parts = bootstrap.assemble(settings, PolicySource(policy))
        discord = parts.discord
        assert discord is not None
        discord._rest._client, discord._rest._is_in = hearing, True
        hearing._ears = discord._ears
        await discord.register()
        working = asyncio.create_task(parts.worker.run(HandTicks()))
        forget = parts.store.listen(parts.worker.wake)
        yield Simulated(
            env=env, parts=parts, people=people, general=general, support=support, forum=forum
        )
        forget()
        await parts.worker.stop()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await asyncio.to_thread(parts.close)


async def test_the_whole_life_of_a_ticket(
    store_url: str, tmp_path: Path, shared_specs: Path
) -> None:
    async with simulated(store_url, tmp_path) as desk:
        await live(desk)
        assert problems_of(desk, Reference(shared_specs)) == []


async def live(desk: Simulated) -> None:
    """Let a ticket be opened, claimed, talked about, resolved and agreed upon."""
    mara, jo = desk.people["mara"], desk.people["jo"]
    form = await mara.slash(desk.general, "ticket new", words="VPN drops", topic="vpn")
    told = await mara.submit_modal(form, typed(form, "Since noon.", "Linux"))
    await mara.click(told.response, label="Send as it is")
    await desk.settled()
    assert "VPN drops" in desk.shown(desk.post())[0]
    assert "VPN drops" in desk.shown(desk.thread())[0]
    assert desk.post().name == "#1 VPN drops"
    await jo.click(desk.card(), label="Claim")
    await desk.settled()
    assert "Assigned to" in desk.shown(desk.post())[0]
    await jo.send(desk.post(), "Between us: old client")
    await mara.send(desk.thread(), "It dropped again")
    await desk.settled()
    assert any("It dropped again" in one for one in desk.shown(desk.post()))
    assert not any("Between us" in one for one in desk.shown(desk.thread()))
    form = await jo.click(desk.card(), label="Resolve")
    await jo.submit_modal(form, typed(form, "Client 5.2", "Fixed"))
    await desk.settled()
    asked = desk.thread().history()[-1]
    assert "Client 5.2" in desk.read(asked)
    await mara.click(asked, label="Yes, solved")
    await desk.settled()
    assert "Closed" in desk.shown(desk.post())[0]


def typed(form: Any, words: str, choice: str) -> dict[str, Any]:
    """Return what somebody fills in, by its fields' ids: words, a choice, what is prefilled."""
    values: dict[str, Any] = {}
    for one in form.modal["components"]:
        element = one.get("component") or {}
        options = {option["label"]: option["value"] for option in element.get("options", ())}
        if choice in options:
            values[element["custom_id"]] = (
                [options[choice]] if element["type"] == 3 else options[choice]
            )
        elif element.get("value"):
            values[element["custom_id"]] = element["value"]
        elif element.get("type") == 4 and (element.get("required") or "?" in one["label"]):
            values[element["custom_id"]] = words
    return values


def problems_of(desk: Simulated, reference: Reference) -> list[str]:
    """Return what is wrong with all that was sent."""
    sent = [one for one in desk.env.http_requests if one.json is not None]
    assert len(sent) > 10
    return [
        problem for one in sent for problem in reference.problems(one.method, one.path, one.json)
    ]
