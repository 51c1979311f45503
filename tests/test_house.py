"""The house rules that no other program checks, and the one that import-linter does."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT

# Where packages come from and where somebody's checkout lies are no business of the project.
REGISTRIES = re.compile(r"pypi\.org|pythonhosted|--(extra-)?index-url|--find-links|registry\.npm")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(home/\w+|Users/\w+|root|work|opt)/")
BINARY = {".png", ".gz", ".sqlite3", ".ico", ".woff2"}
OURS = {"chatdesk", "tests", "bench"}
SILENCED = re.compile(
    r"#\s*(?:type:\s*ignore(?:\[[^]]*\])?|noqa(?::\s*[A-Z0-9, ]+)?)(?P<reason>.*)"
)
CLOCKS = {"now", "utcnow", "today", "time", "monotonic"}


def files_of_the_repository() -> list[Path]:
    """Return what git knows or would take; in a copy without git, everything but caches."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    hidden = re.compile(r"/(\.venv|\.[a-z_]+_cache|__pycache__|\.hypothesis|\.git)/")
    return [path for path in ROOT.rglob("*") if path.is_file() and not hidden.search(str(path))]


FILES = files_of_the_repository()
MODULES = sorted(path for path in FILES if path.suffix == ".py")


def relative_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_nobody_imports_whom_he_should_not_know() -> None:
    # In a process of its own: in this one it would switch off every logger there is.
    program = Path(sys.executable).with_name("lint-imports")
    told = subprocess.run(
        [program, "--config", "pyproject.toml", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout


def test_no_file_names_a_registry_or_a_folder_of_somebodys_machine() -> None:
    found = [
        f"{relative_name(path)}:{number}: {line.strip()}"
        for path in FILES
        if path.suffix not in BINARY and path != Path(__file__)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if REGISTRIES.search(line) or MACHINE_PATHS.search(line)
    ]
    assert not found, "\n".join(found)


def test_every_module_begins_by_saying_in_one_sentence_what_it_is_for() -> None:
    silent = []
    for path in MODULES:
        docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
        first = docstring.split("\n\n", maxsplit=1)[0]
        if not first.endswith("."):
            silent.append(relative_name(path))
    assert not silent, "\n".join(silent)


def test_whoever_silences_a_check_says_why() -> None:
    mute = [
        f"{relative_name(path)}:{number}: {line.strip()}"
        for path in MODULES
        if path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if (silenced := SILENCED.search(line)) and not silenced["reason"].strip(" -#")
    ]
    assert not mute, "\n".join(mute)


def test_the_lifecycle_is_told_the_time_and_never_looks() -> None:
    looks = [
        f"{relative_name(path)}:{node.lineno}: {ast.unparse(node)}"
        for path in MODULES
        if path.is_relative_to(ROOT / "chatdesk" / "lifecycle")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCKS
        and ast.unparse(node.func.value).split(".")[-1] in {"datetime", "date", "time"}
    ]
    assert not looks, "\n".join(looks)


def imported_by(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names - OURS


@pytest.mark.parametrize(
    ("folder", "extras"),
    [("chatdesk", ()), ("tests", ("dev",)), ("bench", ("dev",)), (".ci", ("dev",))],
)
def test_what_is_imported_is_declared(folder: str, extras: tuple[str, ...]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [*project["dependencies"]]
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    declared = {canonicalize_name(Requirement(line).name) for line in lines}
    brought_by = packages_distributions()
    undeclared = {
        f"{relative_name(path)} imports {name}"
        for path in MODULES
        if path.is_relative_to(ROOT / folder)
        for name in imported_by(path)
        if not declared & {canonicalize_name(brought) for brought in brought_by.get(name, [])}
    }
    assert not undeclared, "\n".join(sorted(undeclared))
