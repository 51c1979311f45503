"""Words of ours that do not reach the requester: told elsewhere, and if nowhere, to the agents."""

from __future__ import annotations

import pytest

from chatdesk.adapters.local.records import Draft
from chatdesk.ports import PlatformRefused
from tests.scenarios.acts import close, raise_ticket, raise_vpn_ticket
from tests.scenarios.local_stage import LocalStage
from tests.scenarios.stage import Actor

FOLLOW_UP = "Is #1 (VPN drops) still fixed?"


@pytest.fixture
def stage(local_stage: LocalStage) -> LocalStage:
    """The local workspace, which a story can make refuse words of its own choice."""
    return local_stage


class ClosedDoor:
    """A requester whom the platform lets nobody write to, or only in threads that exist."""

    def __init__(self, stage: LocalStage, *, but_for_threads: bool = False) -> None:
        """Close the door of Mara."""
        self._home = stage.home_of("mara")
        self._but_for_threads = but_for_threads
        self._platform = stage.parts.platform
        self._post = self._platform.post
        self._platform.post = self._refuse  # type: ignore[method-assign]  # the platform is away for a while

    def opens(self) -> None:
        """Let everybody in again."""
        self._platform.post = self._post  # type: ignore[method-assign]  # and back

    def _refuse(self, draft: Draft, *, is_shown: bool = True) -> str:
        is_let_in = self._but_for_threads and draft.thread
        if draft.place == self._home and not is_let_in:
            raise PlatformRefused("their account is closed")
        return self._post(draft, is_shown=is_shown)


async def test_agents_learn_that_a_question_was_lost(stage: LocalStage) -> None:
    mara, jo = Actor(stage, "mara"), Actor(stage, "jo")
    await raise_vpn_ticket(mara)
    await jo.types("/ticket claim 1")
    ClosedDoor(stage)
    await jo.types("/ticket ask 1 Which version do you have?")
    await stage.settle()
    jo.sees("could not be delivered")
    mara.does_not_see("Which version do you have?")


async def test_a_follow_up_that_cannot_be_sent_directly_is_told_in_the_conversation(
    stage: LocalStage,
) -> None:
    mara, jo = Actor(stage, "mara"), Actor(stage, "jo")
    await raise_ticket(stage)
    await close(stage, 1)
    receipt = mara.sees("#1 VPN drops")
    door = ClosedDoor(stage, but_for_threads=True)
    await stage.time_passes(days=4)
    assert mara.count(FOLLOW_UP) == 1
    assert mara.sees(FOLLOW_UP).thread == (receipt.thread or receipt.message)
    jo.does_not_see("could not be asked")
    # Whoever tries the parked one again asks nobody twice.
    door.opens()
    assert stage.parts.store.write(lambda tx: tx.outbox.replay()) == 1
    await stage.settle()
    assert mara.count(FOLLOW_UP) == 1
    await mara.clicks("Yes", on=FOLLOW_UP)
    jo.sees("still fixed")


async def test_of_a_follow_up_that_arrives_nowhere_the_queue_is_told_and_the_record(
    stage: LocalStage,
) -> None:
    mara, jo, dana = Actor(stage, "mara"), Actor(stage, "jo"), Actor(stage, "dana")
    await raise_ticket(stage)
    await close(stage, 1)
    door = ClosedDoor(stage)
    await stage.time_passes(days=4)
    told = "could not be asked whether it is still fixed, because their account is closed."
    assert jo.count(told) == 1
    await dana.types("/ticket export 1")
    number = stage.parts.store.read(lambda tx: [one.fact.kind for one in tx.tickets.record(1)])
    assert number.count("unreached") == 1
    # Tried again in vain, it is no news; and when the door opens, it is asked once.
    stage.parts.store.write(lambda tx: tx.outbox.replay())
    await stage.settle()
    assert jo.count(told) == 1
    door.opens()
    stage.parts.store.write(lambda tx: tx.outbox.replay())
    await stage.settle()
    assert mara.count(FOLLOW_UP) == 1


async def test_agents_learn_that_a_reminder_was_lost_and_that_silence_means_nothing(
    stage: LocalStage,
) -> None:
    mara, jo = Actor(stage, "mara"), Actor(stage, "jo")
    await raise_ticket(stage)
    await jo.types("/ticket claim 1")
    await jo.types("/ticket ask 1 Which version do you have?")
    ClosedDoor(stage)
    await stage.time_passes(days=12)
    lost = "could not be reminded that we wait for their answer, because their account is closed."
    assert jo.count(lost) == 2
    jo.sees("the ticket waits until they answer")
    jo.does_not_see("No answer came")
    mara.does_not_see("We still need your answer")


async def test_agents_learn_that_the_question_whether_it_helped_was_lost(
    stage: LocalStage,
) -> None:
    jo = Actor(stage, "jo")
    await raise_ticket(stage)
    await jo.types("/ticket claim 1")
    await jo.types("/ticket resolve 1 A new client")
    await jo.fills(code="fixed")
    ClosedDoor(stage)
    await stage.time_passes(days=7)
    assert jo.count("could not be asked again whether it helped") == 1
    assert jo.count("could not be told that this is closed") == 1
