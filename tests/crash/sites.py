"""Where a desk's data lies: kept at every step of a life, and brought back for every death."""

from __future__ import annotations

import secrets
import shutil
from abc import ABC, abstractmethod
from pathlib import Path

from chatdesk.adapters.db import migrate
from tests.postgres import Cluster


class Site(ABC):
    """The data of a desk that nobody has open: its store, and the workspace's file.

    What is kept is shared by all lanes; each lane has data of its own, so that several desks can
    die at the same time.
    """

    def __init__(self, root: Path, lane: int = 0) -> None:
        """Keep everything below a folder."""
        self._root = root
        self.data_dir = root / f"lane-{lane}"
        self.data_dir.mkdir(parents=True, exist_ok=True)

    @property
    @abstractmethod
    def url(self) -> str:
        """The address of the store."""

    @abstractmethod
    def in_lane(self, lane: int) -> Site:
        """Return the same site with data of its own."""

    @abstractmethod
    def clear(self) -> None:
        """Leave nothing behind that is not below the folder."""

    def keep(self, step: int) -> None:
        """Keep the data as they are: those before a step."""
        shutil.copytree(self.data_dir, self._root / f"kept-{step}")

    def bring_back(self, step: int) -> None:
        """Replace the data by those kept before a step."""
        shutil.rmtree(self.data_dir)
        shutil.copytree(self._root / f"kept-{step}", self.data_dir)


class SqliteSite(Site):
    """Everything is files."""

    def __init__(self, root: Path, lane: int = 0) -> None:
        """Begin with an empty store."""
        super().__init__(root, lane)
        if not lane:
            migrate(self.url)

    @property
    def url(self) -> str:
        """The address of the store."""
        return f"sqlite:///{self.data_dir / 'desk.db'}"

    def in_lane(self, lane: int) -> SqliteSite:
        """Return the same site with data of its own."""
        return SqliteSite(self._root, lane)

    def clear(self) -> None:
        """Leave nothing behind."""


class PostgresqlSite(Site):
    """The store is a database of a server; what is kept are templates."""

    def __init__(self, root: Path, cluster: Cluster, lane: int = 0, prefix: str = "") -> None:
        """Begin with an empty store."""
        super().__init__(root, lane)
        self._cluster = cluster
        self._lane = lane
        self._prefix = prefix or f"crash_{secrets.token_hex(4)}"
        self._kept: list[int] = []
        self._lanes: list[int] = [lane]
        self._make(self._name, "template1")
        if not lane:
            migrate(self.url)

    @property
    def url(self) -> str:
        """The address of the store."""
        return self._cluster.url(self._name)

    def in_lane(self, lane: int) -> PostgresqlSite:
        """Return the same site with data of its own."""
        self._lanes.append(lane)
        return PostgresqlSite(self._root, self._cluster, lane, self._prefix)

    def clear(self) -> None:
        """Drop every database of this life."""
        for lane in self._lanes:
            self._cluster.drop_database(f"{self._prefix}_{lane}")
        for step in self._kept:
            self._cluster.drop_database(self._name_kept(step))

    def keep(self, step: int) -> None:
        """Keep the data as they are: those before a step."""
        super().keep(step)
        self._make(self._name_kept(step), self._name)
        self._kept.append(step)

    def bring_back(self, step: int) -> None:
        """Replace the data by those kept before a step."""
        super().bring_back(step)
        self._cluster.drop_database(self._name)
        self._make(self._name, self._name_kept(step))

    def _make(self, name: str, template: str) -> None:
        self._cluster.copy_database(name, template)

    @property
    def _name(self) -> str:
        return f"{self._prefix}_{self._lane}"

    def _name_kept(self, step: int) -> str:
        return f"{self._prefix}_kept_{step}"
