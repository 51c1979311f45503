"""Nothing acknowledged is lost and nothing is told twice, wherever in its life the desk dies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.postgres import Cluster

HOURS = 3600


def assert_no_death_leaves_a_trace(folder: Path, *arguments: str) -> None:
    # A process of its own, because whoever forks must have no threads.
    command = [sys.executable, "-W", "error", "-m", "tests.crash", f"--below={folder}", *arguments]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    sys.stdout.write(run.stdout)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.timeout(600)
def test_the_desk_may_die_at_any_kind_of_moment_on_sqlite(tmp_path: Path) -> None:
    assert_no_death_leaves_a_trace(tmp_path, "sqlite", "--jobs=1")


@pytest.mark.timeout(600)
def test_the_desk_may_die_at_any_kind_of_moment_on_postgresql(
    postgres_cluster: Cluster, tmp_path: Path
) -> None:
    assert_no_death_leaves_a_trace(
        tmp_path, "postgresql", "--jobs=1", f"--cluster={postgres_cluster.directory}"
    )


@pytest.mark.long
@pytest.mark.timeout(3 * HOURS)
def test_the_desk_may_die_at_every_single_moment_on_sqlite(tmp_path: Path) -> None:
    assert_no_death_leaves_a_trace(tmp_path, "sqlite", "--all")


@pytest.mark.long
@pytest.mark.timeout(3 * HOURS)
def test_the_desk_may_die_at_every_single_moment_on_postgresql(
    postgres_cluster: Cluster, tmp_path: Path
) -> None:
    assert_no_death_leaves_a_trace(
        tmp_path, "postgresql", "--all", f"--cluster={postgres_cluster.directory}"
    )
