"""The stages on which every story is played."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from chatdesk.adapters.discord import answering, starts
from chatdesk.adapters.slack import keeping
from tests.adapters.conftest import BOTH, migrated_database, migrated_file, migrated_url, store_url
from tests.scenarios.cross_stage import CrossStage
from tests.scenarios.desk_stage import PATIENCE, DeskStage
from tests.scenarios.discord_stage import DiscordStage, UnreadStage
from tests.scenarios.local_stage import LocalStage
from tests.scenarios.slack_stage import SlackStage, Way
from tests.scenarios.stage import Actor

__all__ = [
    "local_stage",
    "migrated_database",
    "migrated_file",
    "no_hurry",
    "slack_stage",
    "stage",
    "store_url",
]

STAGES = [
    "local-sqlite",
    "local-postgresql",
    "slack-socket",
    "slack-http",
    "discord-sqlite",
    "unread-sqlite",
    "simcord-sqlite",
    "unread_simcord-sqlite",
]


IN_DISCORD: dict[str, type[DiscordStage]] = {"discord": DiscordStage, "unread": UnreadStage}


@pytest.fixture
async def local_stage(store_url: str, tmp_path: Path) -> AsyncIterator[LocalStage]:
    """The local workspace, over each of the two databases."""
    data_dir = tmp_path / "desk-data"
    data_dir.mkdir()
    async with LocalStage(data_dir, store_url).working() as working:
        yield working


@pytest.fixture
def no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a slow answer be an answer all the same, not word that it is being worked on."""
    monkeypatch.setattr(keeping, "ANSWERS_WITHIN", PATIENCE)
    monkeypatch.setattr(keeping, "KEPT_AFTER", PATIENCE)
    monkeypatch.setattr(answering, "ANSWERS_WITHIN", PATIENCE)
    # Discord's own pace of new sessions is told elsewhere; here desks are restarted by the minute.
    monkeypatch.setattr(starts, "ONE_WITHIN", timedelta())


@pytest.fixture(params=["slack-socket", "slack-http"])
async def slack_stage(
    request: pytest.FixtureRequest, shared_specs: Path, tmp_path: Path, no_hurry: None
) -> AsyncIterator[SlackStage]:
    """Slack, by each of its two ways."""
    data_dir = tmp_path / "desk-data"
    data_dir.mkdir()
    way: Way = "socket" if request.param == "slack-socket" else "http"
    with migrated_url(request, "sqlite") as url:
        async with SlackStage(data_dir, url, shared_specs, way).working() as working:
            yield working


@pytest.fixture(params=STAGES)
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DeskStage]:
    """Every platform: the local workspace over each database, Slack by each of its two ways.

    In Discord the desk reads everything, or only what mentions it.
    """
    platform, _, kind = request.param.partition("-")
    data_dir = tmp_path / "desk-data"
    data_dir.mkdir()
    if platform == "local":
        with migrated_url(request, kind) as url:
            async with LocalStage(data_dir, url).working() as working:
                yield working
        return
    request.getfixturevalue("no_hurry")
    specs = request.getfixturevalue("shared_specs")
    if platform in IN_DISCORD:
        with migrated_url(request, kind) as url:
            async with IN_DISCORD[platform](data_dir, url, specs).working() as in_discord:
                yield in_discord
        return
    if platform in {"simcord", "unread_simcord"}:
        from tests.scenarios import simcord_stage as simcord  # noqa: PLC0415 - a second to load

        reads_all = platform == "simcord"
        made = simcord.SimcordStage if reads_all else simcord.SimcordUnreadStage
        with migrated_url(request, kind) as url:
            async with made(data_dir, url, specs).working() as in_simcord:
                yield in_simcord
        return
    way: Way = "socket" if kind == "socket" else "http"
    with migrated_url(request, "sqlite") as url:
        async with SlackStage(data_dir, url, specs, way).working() as in_slack:
            yield in_slack


@pytest.fixture(params=[*BOTH, "unread"])
async def both(
    request: pytest.FixtureRequest, shared_specs: Path, tmp_path: Path, no_hurry: None
) -> AsyncIterator[CrossStage]:
    """A desk in Slack and in Discord, over each of the two databases.

    Also one that reads in Discord only what mentions it.
    """
    data_dir = tmp_path / "desk-data"
    data_dir.mkdir()
    is_unread = request.param == "unread"
    in_discord = IN_DISCORD["unread" if is_unread else "discord"]
    with migrated_url(request, "sqlite" if is_unread else request.param) as url:
        async with CrossStage(data_dir, url, shared_specs, in_discord).working() as working:
            yield working


@pytest.fixture
def mara(stage: DeskStage) -> Actor:
    """Who needs help."""
    return stage.actor("mara")


@pytest.fixture
def jo(stage: DeskStage) -> Actor:
    """Who helps, and leads."""
    return stage.actor("jo")


@pytest.fixture
def sam(stage: DeskStage) -> Actor:
    """Who helps."""
    return stage.actor("sam")


@pytest.fixture
def dana(stage: DeskStage) -> Actor:
    """Who manages."""
    return stage.actor("dana")
