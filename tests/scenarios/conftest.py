"""The stages on which every story is played."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.conftest import migrated_database, migrated_file, migrated_url, store_url
from tests.scenarios.desk_stage import DeskStage
from tests.scenarios.local_stage import LocalStage
from tests.scenarios.slack_stage import SlackStage

__all__ = ["local_stage", "migrated_database", "migrated_file", "stage", "store_url"]

STAGES = ["local-sqlite", "local-postgresql", "slack-socket", "slack-http"]


@pytest.fixture
async def local_stage(store_url: str, tmp_path: Path) -> AsyncIterator[LocalStage]:
    """The local workspace, over each of the two databases."""
    data_dir = tmp_path / "desk-data"
    data_dir.mkdir()
    async with LocalStage(data_dir, store_url).working() as working:
        yield working


@pytest.fixture(params=STAGES)
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DeskStage]:
    """Every platform: the local workspace over each database, Slack by each of its two ways."""
    platform, _, kind = request.param.partition("-")
    data_dir = tmp_path / "desk-data"
    data_dir.mkdir()
    if platform == "local":
        with migrated_url(request, kind) as url:
            async with LocalStage(data_dir, url).working() as working:
                yield working
        return
    with migrated_url(request, "sqlite") as url:
        specs = request.getfixturevalue("shared_specs")
        async with SlackStage(data_dir, url, specs, kind).working() as working:
            yield working
