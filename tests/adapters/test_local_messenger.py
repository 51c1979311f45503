"""The local workspace keeps the messenger's promises, and a few of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chatdesk.adapters.local import database
from chatdesk.adapters.local.history import read_page
from chatdesk.adapters.local.messenger import LocalMessenger
from chatdesk.adapters.local.platform import LocalPlatform
from chatdesk.adapters.local.render import CARD_LIMIT
from chatdesk.ports import Place, PlaceGone, Placement, PlatformRefused, Transient
from tests.adapters.messenger_contract import AGENTS, REQUESTER, MessengerContract, card

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[LocalPlatform]:
    with closing(LocalPlatform(tmp_path / "workspace.db", now=lambda: NOON)) as opened:
        yield opened


def words(shown: Any) -> Iterator[str]:
    """Every text the page is given of a card."""
    if isinstance(shown, str):
        yield shown
    elif isinstance(shown, dict):
        for value in shown.values():
            yield from words(value)
    elif isinstance(shown, list):
        for value in shown:
            yield from words(value)


class TestLocalMessenger(MessengerContract):
    @pytest.fixture
    def messenger(self, platform: LocalPlatform) -> LocalMessenger:
        self.workspace = platform
        return LocalMessenger(platform)

    def agents(self) -> Placement:
        return Placement(lane=AGENTS, number=7, queue_home="#it-help")

    def person(self, lane: str, *, is_other: bool = False) -> Placement:
        handle = "local:jo" if is_other else "local:mara"
        return Placement(lane=lane, handles=("slack:U1", handle))

    def stranger(self) -> Placement:
        return Placement(lane="person:p9", handles=("slack:U9", "local:nobody"))

    async def shown(self, place: Place, message: str) -> str:
        with self.workspace.database.reading() as connection:
            page = read_page(connection, "local:mara", place.place, place.thread)
        found = {each.message: each for each in page}
        return "\n".join(words(found[message].card))

    async def messages(self, place: Place) -> list[str]:
        with self.workspace.database.reading() as connection:
            page = read_page(connection, "local:mara", place.place, place.thread)
        return [each.message for each in page]

    async def test_a_key_is_posted_once_however_often_it_is_tried(
        self, messenger: LocalMessenger
    ) -> None:
        place = await messenger.open(self.agents())
        first = await messenger.post(place, card("once"), key="k1")
        assert await messenger.post(place, card("once"), key="k1") == first
        assert await self.messages(place) == [first]

    async def test_a_busy_file_is_tried_again_later(
        self, messenger: LocalMessenger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place = await messenger.open(self.agents())
        with closing(sqlite3.connect(tmp_path / "workspace.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Transient):
                await messenger.post(place, card("later"), key="k1")
        assert await messenger.find(place, "k1") is None
        await messenger.post(place, card("later"), key="k1")
        assert await messenger.find(place, "k1")

    async def test_a_card_beyond_the_limit_is_refused_and_not_cut(
        self, messenger: LocalMessenger
    ) -> None:
        place = await messenger.open(self.agents())
        with pytest.raises(PlatformRefused):
            await messenger.post(place, card("x" * CARD_LIMIT), key="k1")
        assert await self.messages(place) == []

    async def test_a_queue_without_a_home_has_no_place(self, messenger: LocalMessenger) -> None:
        with pytest.raises(PlaceGone, match="no home channel"):
            await messenger.open(Placement(lane=AGENTS, number=7))

    async def test_a_thread_of_a_thread_does_not_exist(self, messenger: LocalMessenger) -> None:
        place = await messenger.open(self.person(REQUESTER))
        root = await messenger.post(place, card("root"), key="k1")
        thread = Place(platform="local", place=place.place, thread=root)
        inside = await messenger.post(thread, card("inside"), key="k2")
        deeper = Place(platform="local", place=place.place, thread=inside)
        with pytest.raises(PlaceGone):
            await messenger.post(deeper, card("too deep"), key="k3")


def test_the_wait_for_a_busy_file_leaves_time_to_answer_in_three_seconds() -> None:
    assert database.WAIT_SECONDS < 3
