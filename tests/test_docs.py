"""The documents say what is true: their commands, links and headings are checked."""

import re
from pathlib import Path

import pytest

import chatdesk
from tests.conftest import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
COMMAND = re.compile(r"<!-- command: (\w+) -->\n```sh\n(.+?)\n```", re.DOTALL)


def relative_name(document: Path) -> str:
    return str(document.relative_to(ROOT))


def anchors_of(document: Path) -> set[str]:
    """Return the anchors that GitHub makes from a document's headings."""
    headings = HEADING.findall(FENCED.sub("", document.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative_name)
def test_every_link_inside_the_repository_leads_somewhere(document: Path) -> None:
    dead = []
    for link in LINK.findall(FENCED.sub("", document.read_text())):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            dead.append(link)
    assert not dead


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative_name)
def test_every_document_can_be_reached_from_the_readme(document: Path) -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or not page.exists():
            continue
        reached.add(page)
        links = [link.split("#")[0] for link in LINK.findall(FENCED.sub("", page.read_text()))]
        pages = [link for link in links if link.endswith(".md") and ":" not in link]
        waiting.extend((page.parent / link).resolve() for link in pages)
    assert document in reached


def test_the_readme_starts_and_tests_with_one_line_each() -> None:
    commands = dict(COMMAND.findall((ROOT / "README.md").read_text()))
    assert set(commands) == {"run", "test"}
    assert all("\n" not in command for command in commands.values())


def test_the_changelog_tells_the_version_that_is_installed() -> None:
    releases = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert releases[0] == "Unreleased"
    assert releases == ["Unreleased"] or releases[1] == chatdesk.__version__


def test_every_proof_of_a_promise_exists() -> None:
    page = (ROOT / "docs" / "promises.md").read_text()
    named = re.findall(r"`(tests/[^`]+)`", page)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_promise_is_shown_by_a_test() -> None:
    page = (ROOT / "docs" / "promises.md").read_text()
    rows = re.findall(r"^\| (P\d+) \|.*\| (.*) \|$", page, re.MULTILINE)
    assert [promise for promise, _ in rows] == [f"P{number}" for number in range(1, len(rows) + 1)]
    assert [promise for promise, tests in rows if "`tests/" not in tests] == []
