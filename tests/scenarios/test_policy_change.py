"""The policy changes while tickets wait: promises are reckoned anew, and nothing is lost."""

from __future__ import annotations

from tests.scenarios.desk_stage import DeskStage
from tests.scenarios.stage import Actor
from tests.scenarios.test_life import raise_vpn_ticket


async def test_a_stricter_promise_holds_for_tickets_that_wait_already(stage: DeskStage) -> None:
    mara, jo = Actor(stage, "mara"), Actor(stage, "jo")
    await raise_vpn_ticket(mara)
    jo.sees("First reply due in 1 h")
    stage.change_policy(("first_reply: 1h", "first_reply: 30m"))
    assert stage.parts.desk.reckon_anew() == 1
    await stage.settle()
    jo.sees("First reply due in 30 min")
    await stage.time_passes(minutes=31)
    mara.sees("sorry")


async def test_reckoning_reaches_every_waiting_ticket(stage: DeskStage) -> None:
    mara = Actor(stage, "mara")
    for _ in range(3):
        await raise_vpn_ticket(mara)
    await mara.types("/ticket withdraw 2")
    assert stage.parts.desk.reckon_anew() == 2
