"""What somebody writes to the desk out of the blue begins a ticket, and stands where it belongs."""

from __future__ import annotations

import pytest

from tests.scenarios.local_stage import LocalStage

pytestmark = pytest.mark.asyncio


async def filled_after(stage: LocalStage, text: str) -> dict[str, object]:
    """Return what the form offered to Mara holds after she wrote this to the desk."""
    answer = await stage.says("mara", text, stage.home_of("mara"), "")
    assert answer.form is not None
    return {field.name: field.value for field in answer.form.fields if field.value}


async def test_one_line_is_the_headline(local_stage: LocalStage) -> None:
    assert await filled_after(local_stage, "My printer is silent") == {
        "summary": "My printer is silent"
    }


@pytest.mark.parametrize(
    "story", ["It was fine.\nNow it is not.", "It is not fine, then it is." * 20]
)
async def test_more_than_a_line_is_the_story_and_wants_a_headline(
    local_stage: LocalStage, story: str
) -> None:
    assert await filled_after(local_stage, story) == {"details": story}
