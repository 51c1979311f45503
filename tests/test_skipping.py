"""A skipped test is no proof: in CI it fails the run and says what was missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

EVERY_WAY_TO_SKIP = {
    "in_a_test": 'def test_it():\n    pytest.skip("no moon")',
    "in_a_fixture": '@pytest.fixture\ndef sun():\n    pytest.skip("no sun")\n\n'
    "def test_it(sun): ...",
    "a_whole_file": 'pytest.skip("no stars", allow_module_level=True)',
    "by_a_mark": '@pytest.mark.skipif(True, reason="no clouds")\ndef test_it(): ...',
}
PASSES = "def test_it(): ..."
FAILS_AS_EXPECTED = '@pytest.mark.xfail(reason="known")\ndef test_it():\n    assert False'


def run(
    folder: Path, tests: dict[str, str], *, workers: int = 0, ci: str = "true"
) -> subprocess.CompletedProcess[str]:
    for name, text in tests.items():
        (folder / f"test_{name}.py").write_text(f"import pytest\n\n{text}\n")
    options = ["-p", "tests.conftest", "-p", "no:cacheprovider", "-c", os.devnull]
    environment = {key: value for key, value in os.environ.items() if key != "CI"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, f"-n{workers}", f"--rootdir={folder}", folder],
        env=environment | {"PYTHONPATH": str(ROOT)} | ({"CI": ci} if ci else {}),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("workers", [0, 2])
def test_ci_counts_a_skip_as_failed(tmp_path: Path, workers: int) -> None:
    outcome = run(tmp_path, EVERY_WAY_TO_SKIP | {"passes": PASSES}, workers=workers)
    assert outcome.returncode == pytest.ExitCode.TESTS_FAILED, outcome.stdout
    told = outcome.stdout.partition("skipped, which CI counts as failed")[2]
    for reason in ("no moon", "no sun", "no stars", "no clouds"):
        assert reason in told


def test_elsewhere_a_skip_is_a_skip(tmp_path: Path) -> None:
    outcome = run(tmp_path, EVERY_WAY_TO_SKIP | {"passes": PASSES}, ci="")
    assert outcome.returncode == pytest.ExitCode.OK, outcome.stdout


def test_a_failure_that_is_expected_is_no_skip(tmp_path: Path) -> None:
    outcome = run(tmp_path, {"expected": FAILS_AS_EXPECTED})
    assert outcome.returncode == pytest.ExitCode.OK, outcome.stdout
