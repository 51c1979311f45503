"""The references of policy and settings say what the code says, about everything in it."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from chatdesk.adapters.clock import SystemClock
from chatdesk.config import Settings
from chatdesk.lifecycle.policy import Policy
from chatdesk.showing.apart import TOLD_APART, Apart, Drawing
from chatdesk.ui.wording import Wording
from tests.conftest import ROOT

GENERATOR: dict[str, Any] = runpy.run_path(str(ROOT / "docs" / "generate.py"))
PAGES: dict[str, Callable[[], str]] = GENERATOR["PAGES"]
SECTIONS: list[tuple[str, type[BaseModel]]] = GENERATOR["sections"]()
MODELS = [*SECTIONS, ("settings", Settings)]


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_what_the_code_says(name: str) -> None:
    written = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), "run: python docs/generate.py"


@pytest.mark.parametrize(("title", "model"), MODELS, ids=[title for title, _ in MODELS])
def test_every_field_is_described(title: str, model: type[BaseModel]) -> None:
    silent = [name for name, field in model.model_fields.items() if not field.description]
    assert not silent, f"{title} has fields without a docstring"


def test_every_key_of_the_policy_has_a_row_of_its_own() -> None:
    page = PAGES["policy.md"]()
    for title, model in SECTIONS:
        section = page.split(f"\n## {title}\n")[1].split("\n## ")[0]
        rows = [line for line in section.splitlines() if line.startswith("| `")]
        assert [row.split("`")[1] for row in rows] == list(model.model_fields)


def test_the_generator_writes_the_pages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    GENERATOR["main"].__globals__["DOCS"] = tmp_path
    GENERATOR["main"]()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(PAGES)
    assert "docs/policy.md" in capsys.readouterr().out


def test_every_notice_apart_from_tickets_has_a_row_and_is_drawn() -> None:
    drawing = Drawing(policy=Policy, clock=SystemClock(), wording=Wording, platforms=("local",))
    assert Apart(drawing).presenters.keys() == TOLD_APART.keys()
    page = (ROOT / "docs" / "notices.md").read_text()
    assert all(f"| {name.replace('_', ' ')} |" in page for name in TOLD_APART)
