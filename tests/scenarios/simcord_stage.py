"""Another project's Discord as a stage: the same stories, told to the same library by strangers."""

from __future__ import annotations

from pathlib import Path

from tests.discord.simulated import SimulatedDiscord
from tests.scenarios.discord_stage import InDiscord, Unread


class SimcordStage(InDiscord):
    """A desk in simcord's Discord."""

    def __init__(self, data_dir: Path, url: str, specs: Path) -> None:
        """Put a desk on the stage, over a migrated database, under the example's policy."""
        super().__init__(data_dir, url, SimulatedDiscord(specs))


class SimcordUnreadStage(Unread):
    """A desk in simcord's Discord, without the Message Content Intent."""

    def __init__(self, data_dir: Path, url: str, specs: Path) -> None:
        """Put a desk on the stage, over a migrated database, under the example's policy."""
        super().__init__(data_dir, url, SimulatedDiscord(specs, may_read_content=False))
