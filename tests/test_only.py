"""Parts of a desk that run in processes of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from chatdesk import bootstrap
from chatdesk.bootstrap.running import _halves
from chatdesk.config import Obstacle, PolicySource, Settings


class Ran:
    """A platform that notes that it was to run."""

    front = install = None

    async def run(self) -> None:
        """Hear what happens."""


class Parts:
    """A desk in Slack and in Discord."""

    slack, discord = Ran(), Ran()


@pytest.mark.parametrize("platform", ["slack", "discord"])
async def test_a_platform_without_a_token_cannot_run_alone(tmp_path: Path, platform: str) -> None:
    settings = Settings(data_dir=tmp_path, database_url=SecretStr(f"sqlite:///{tmp_path}/d.db"))
    source = PolicySource(tmp_path / "desk.yaml", example=True)
    with pytest.raises(Obstacle, match=f"{platform} is not set up here"):
        await bootstrap.run(settings, source, only=platform)


@pytest.mark.parametrize(
    ("only", "parts"),
    [
        (None, ["_work", "_serve", "run", "run"]),
        ("worker", ["_work"]),
        ("web", ["_serve", "run", "run"]),
        ("slack", ["_serve", "run"]),
        ("discord", ["run"]),
    ],
)
def test_each_part_runs_what_it_is_for(only: str | None, parts: list[str]) -> None:
    told: list[str] = []
    halves = list(_halves(Parts(), None, only, told.append))  # type: ignore[arg-type]  # of them only which ones there are is asked
    assert [one.cr_code.co_name for one in halves] == parts  # type: ignore[attr-defined]  # they are coroutines, not begun
    assert told == ([] if "_serve" in parts else [""])
    for one in halves:
        one.close()
