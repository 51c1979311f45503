"""The `desk` script: one command from a bare checkout to a running desk, on any Python."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import ROOT

# A Python that writes down what it was asked, and has only the parts its environment names.
FAKE_PYTHON = """#!/bin/sh
echo "$(basename "$(dirname "$(dirname "$0")")"): $*" >>"$ASKED"
case "$*" in
*"version_info < (3, 11)"*) exit "${TOO_OLD:-0}" ;;
*version_info*) echo 3.11 ;;
"-m pip --version") case "$0" in */.venv/*) [ -e "$0.pip" ] ;; *) [ -n "${HAS_PIP:-}" ] ;; esac ;;
"-m pip"*"install"*) exit "${PIP_FAILS:-0}" ;;
"-m venv"*)
    for folder in "$@"; do :; done
    mkdir -p "$folder/bin" && cp "$0" "$folder/bin/python"
    case "$*" in *--without-pip*) exit 0 ;; esac
    [ -n "${HAS_VENV:-}" ] || [ -e "$ASKED.apt" ] || exit 1
    : >"$folder/bin/python.pip" ;;
"-m chatdesk"*) echo "chatdesk was asked: $*" ;;
"-m pytest"*) echo "pytest was asked: $*" ;;
esac
"""
FAKE_ID = """#!/bin/sh
echo "${USER_ID:-1000}"
"""
FAKE_APT = """#!/bin/sh
echo "apt-get: $*" >>"$ASKED"
: >"$ASKED.apt"
"""


class Machine(NamedTuple):
    """A checkout on a machine whose Python, user and packages are the test's to choose."""

    checkout: Path
    asked: Path

    def desk(self, *words: str, **has: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.checkout / "desk", *words],
            env={"PATH": f"{self.checkout.parent}/bin:/usr/bin:/bin", "ASKED": str(self.asked)}
            | has,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    def installations(self) -> list[str]:
        return [line for line in self.asked.read_text().splitlines() if " install " in line]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    checkout, programs = tmp_path / "checkout", tmp_path / "bin"
    checkout.mkdir()
    programs.mkdir()
    for name in ("desk", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, checkout)
    fakes = {"python3": FAKE_PYTHON, "id": FAKE_ID, "apt-get": FAKE_APT}
    fakes |= dict.fromkeys(("python3.14", "python3.13", "python3.12", "python3.11"), FAKE_PYTHON)
    for name, text in fakes.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    asked = tmp_path / "asked"
    asked.touch()
    return Machine(checkout, asked)


def test_the_first_run_installs_and_starts(machine: Machine) -> None:
    outcome = machine.desk("run", "--only", "web", HAS_VENV="yes")
    assert outcome.stdout == "chatdesk was asked: -m chatdesk run --only web\n"
    assert len(machine.installations()) == 1
    assert "takes a minute or two" in outcome.stderr


def test_the_second_run_only_starts(machine: Machine) -> None:
    machine.desk("run", HAS_VENV="yes")
    outcome = machine.desk("run", HAS_VENV="yes")
    assert outcome.stdout == "chatdesk was asked: -m chatdesk run\n"
    assert outcome.stderr == ""
    assert len(machine.installations()) == 1


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_changed_needs_are_installed(machine: Machine, name: str) -> None:
    machine.desk("run", HAS_VENV="yes")
    with (machine.checkout / name).open("a") as needs:
        needs.write("# another need\n")
    machine.desk("run", HAS_VENV="yes")
    assert len(machine.installations()) == 2


def test_a_moved_checkout_is_installed_again(machine: Machine) -> None:
    machine.desk("run", HAS_VENV="yes")
    moved = machine._replace(checkout=machine.checkout.rename(machine.checkout.parent / "moved"))
    moved.desk("run", HAS_VENV="yes")
    assert len(machine.installations()) == 2


def test_tests_need_more_than_a_run_and_include_it(machine: Machine) -> None:
    machine.desk("run", HAS_VENV="yes")
    outcome = machine.desk("test", "-x", HAS_VENV="yes")
    assert outcome.stdout == "pytest was asked: -m pytest -x\n"
    first, second = machine.installations()
    assert "[dev]" not in first
    assert "[dev]" in second
    machine.desk("run", HAS_VENV="yes")
    assert len(machine.installations()) == 2


def test_a_failed_installation_is_said_and_tried_again(machine: Machine) -> None:
    outcome = machine.desk("run", HAS_VENV="yes", PIP_FAILS="1")
    assert outcome.returncode == 1
    assert "The installation failed" in outcome.stderr
    assert outcome.stdout == ""
    assert machine.desk("run", HAS_VENV="yes").returncode == 0


def test_debian_with_pip_but_without_venv_lends_its_pip(machine: Machine) -> None:
    outcome = machine.desk("run", HAS_PIP="yes")
    assert outcome.stdout == "chatdesk was asked: -m chatdesk run\n"
    (installation,) = machine.installations()
    assert f"--python {machine.checkout}/.venv/bin/python install" in installation


def test_root_on_a_bare_debian_gets_what_is_missing(machine: Machine) -> None:
    outcome = machine.desk("run", USER_ID="0")
    assert outcome.stdout == "chatdesk was asked: -m chatdesk run\n"
    assert "python3.11-venv" in machine.asked.read_text()


def test_a_user_on_a_bare_debian_is_told_what_to_install(machine: Machine) -> None:
    outcome = machine.desk("run")
    assert outcome.returncode == 1
    assert "sudo apt install python3.11-venv" in outcome.stderr
    assert "apt-get:" not in machine.asked.read_text()
    machine.asked.with_suffix(".apt").touch()  # the person does as told
    assert machine.desk("run").returncode == 0


def test_an_old_python_is_refused_by_name(machine: Machine) -> None:
    outcome = machine.desk("run", TOO_OLD="1", HAS_VENV="yes")
    assert outcome.returncode == 1
    assert "needs Python 3.11 or newer" in outcome.stderr


def test_the_script_is_executable_in_the_checkout() -> None:
    assert os.access(ROOT / "desk", os.X_OK)
