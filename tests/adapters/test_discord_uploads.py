"""Files that cross to Discord: each once whatever becomes of an answer, or told of in words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatdesk.adapters.discord import limits
from chatdesk.adapters.discord.channels import Channels
from chatdesk.adapters.discord.messenger import DiscordMessenger
from chatdesk.adapters.discord.uploads import Uploads
from chatdesk.adapters.http.copies import FileSide
from chatdesk.ports import Place, Transient
from chatdesk.ui.cards import Card, Files, FileShown, Line
from tests.discord.apps import Memory, rest_for
from tests.discord.faults import Fault
from tests.discord.loopback import LoopbackDiscord
from tests.discord.reference import reads

STAYS = "It is kept with the ticket."


class Scene:
    """A conversation into which files come."""

    def __init__(self, discord: LoopbackDiscord, messenger: DiscordMessenger) -> None:
        """Be in a channel of this Discord."""
        self.discord = discord
        self.messenger = messenger
        self.place = Place(platform="discord", place=discord.text_channel("somewhere"))

    def files(self) -> list[str]:
        """Return the names of the files that stand there."""
        shown = self.discord.messages(self.place.place)
        return [file["filename"] for one in shown for file in one["attachments"]]

    def words(self) -> list[str]:
        """Return what stands there."""
        return [reads(one["components"]) for one in self.discord.messages(self.place.place)]

    async def post(self, *files: FileShown) -> str:
        """Post a card with files."""
        card = Card(fallback="See", elements=(Line(text="See this"), Files(files=files)))
        return await self.messenger.post(self.place, card, key="k1")


CONTENT: dict[str, bytes] = {"log": b"tunnel down", "huge": b"x" * (limits.FILE + 1)}


def file(name: str, *, is_readers: bool = False) -> FileShown:
    return FileShown(
        attachment=name, name=f"{name}.txt", media_type="text/plain", size=1, is_readers=is_readers
    )


@pytest.fixture
async def scene(shared_specs: Path) -> AsyncIterator[Scene]:
    """A channel that files are brought to."""
    discord, memory = LoopbackDiscord(shared_specs), Memory()
    async with discord.serving() as served, rest_for(served) as rest:
        channels = Channels(rest, memory, "", direct_apart=0)
        uploads = Uploads(rest, memory, FileSide(content=CONTENT.get, stays=lambda: STAYS))
        yield Scene(discord, DiscordMessenger(rest, channels, memory, uploads))
    assert discord.rest.complaints == []


async def test_a_file_stands_behind_its_card(scene: Scene) -> None:
    message = await scene.post(file("log"))
    assert scene.files() == ["log.txt"]
    assert await scene.messenger.find(scene.place, "k1") == message


async def test_ones_own_file_does_not_come_back(scene: Scene) -> None:
    await scene.post(file("log", is_readers=True))
    assert scene.files() == []


@pytest.mark.parametrize("fault", [Fault.drop(), Fault.status(502, is_accepted=True)])
async def test_a_file_stands_once_whatever_becomes_of_the_answer(
    scene: Scene, fault: Fault
) -> None:
    scene.discord.rest.next("POST", "/messages$", Fault.none(), fault)
    with pytest.raises(Transient):
        await scene.post(file("log"))
    assert await scene.messenger.find(scene.place, "k1") is None, "something is still owed"
    scene.discord.world.now += 3600  # Discord has forgotten the nonce
    message = await scene.post(file("log"))
    assert scene.files() == ["log.txt"]
    assert len([one for one in scene.words() if "See this" in one]) == 1
    assert await scene.messenger.find(scene.place, "k1") == message


@pytest.mark.parametrize("name", ["huge", "gone"])
async def test_what_cannot_be_brought_is_told(scene: Scene, name: str) -> None:
    await scene.post(file(name))
    assert scene.files() == []
    assert STAYS in scene.words()[-1]
    await scene.post(file(name))
    assert len([one for one in scene.words() if STAYS in one]) == 1
