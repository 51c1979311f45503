"""The policy changes while tickets wait: promises are reckoned anew, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

from chatdesk.config import example_file
from tests.scenarios.local_stage import LocalStage
from tests.scenarios.stage import Actor
from tests.scenarios.test_life import raise_vpn_ticket


async def test_a_stricter_promise_holds_for_tickets_that_wait_already(
    stage: LocalStage, tmp_path: Path
) -> None:
    mara, jo = Actor(stage, "mara"), Actor(stage, "jo")
    await raise_vpn_ticket(mara)
    jo.sees("First reply due in 1 h")
    example = example_file().read_text("utf-8")
    stricter = example.replace("first_reply: 1h", "first_reply: 30m")
    assert stricter != example
    stage.parts.policy.path.write_text(stricter, "utf-8")
    assert stage.parts.policy.refresh()
    assert stage.parts.desk.reckon_anew() == 1
    await stage.settle()
    jo.sees("First reply due in 30 min")
    await stage.time_passes(minutes=31)
    mara.sees("sorry")


async def test_reckoning_reaches_every_waiting_ticket(stage: LocalStage) -> None:
    mara = Actor(stage, "mara")
    for _ in range(3):
        await raise_vpn_ticket(mara)
    await mara.types("/ticket withdraw 2")
    assert stage.parts.desk.reckon_anew() == 2
