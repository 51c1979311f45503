"""The stages on which every story is played."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.conftest import migrated_database, migrated_file, store_url
from tests.scenarios.local_stage import LocalStage
from tests.scenarios.stage import Stage

__all__ = ["migrated_database", "migrated_file", "stage", "store_url"]


@pytest.fixture
async def stage(store_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """The local workspace, over each of the two databases."""
    data_dir = tmp_path / "desk-data"
    data_dir.mkdir()
    async with LocalStage(data_dir, store_url).working() as working:
        yield working
