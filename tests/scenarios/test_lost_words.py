"""Words of ours that never reach the requester: the agents are told, whatever kind they are."""

from __future__ import annotations

from chatdesk.ports import PlatformRefused
from tests.scenarios.local_stage import LocalStage
from tests.scenarios.stage import Actor
from tests.scenarios.test_life import raise_vpn_ticket


async def test_agents_learn_that_a_question_was_lost(stage: LocalStage) -> None:
    mara, jo = Actor(stage, "mara"), Actor(stage, "jo")
    await raise_vpn_ticket(mara)
    await jo.types("/ticket claim 1")
    platform = stage.parts.platform
    post = platform.post

    def refuse_threads_of_mara(draft: object, *, is_shown: bool = True) -> str:
        place = getattr(draft, "place", "")
        if place == stage.home_of("mara"):
            raise PlatformRefused("their account is closed")
        return post(draft, is_shown=is_shown)  # type: ignore[arg-type]  # handed on as it came

    platform.post = refuse_threads_of_mara  # type: ignore[method-assign]
    await jo.types("/ticket ask 1 Which version do you have?")
    await stage.settle()
    jo.sees("could not be delivered")
    mara.does_not_see("Which version do you have?")
