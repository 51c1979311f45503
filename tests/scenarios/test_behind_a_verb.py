"""What stands behind a typed verb: numbers, lines and dates that are not what they seem."""

from __future__ import annotations

import pytest

from tests.scenarios.acts import raise_vpn_ticket
from tests.scenarios.local_stage import LocalStage
from tests.scenarios.stage import Actor

pytestmark = pytest.mark.asyncio


@pytest.fixture
def mara(local_stage: LocalStage) -> Actor:
    return local_stage.actor("mara")


@pytest.fixture
def jo(local_stage: LocalStage) -> Actor:
    return local_stage.actor("jo")


async def two_tickets(mara: Actor) -> None:
    """Have Mara open two, so that there is another whose number is easily said."""
    await raise_vpn_ticket(mara)
    await raise_vpn_ticket(mara)


async def test_a_number_that_begins_a_reply_does_not_send_it_to_another_ticket(
    mara: Actor, jo: Actor, local_stage: LocalStage
) -> None:
    await two_tickets(mara)
    form = (await jo.says("!reply 2 licences are here", under="#1 VPN drops")).form
    assert form is not None
    assert form.id.startswith("reply:1:")
    assert [one.value for one in form.fields if one.name == "text"] == ["2 licences are here"]
    await local_stage.time_passes(minutes=1)
    mara.does_not_see("licences are here")


async def test_a_number_with_its_sign_still_names_another_ticket(mara: Actor, jo: Actor) -> None:
    await two_tickets(mara)
    await jo.says("!note #2 the licences are here", under="#1 VPN drops")
    await jo.types("/ticket show 2")
    assert "the licences are here" in jo.told
    await jo.types("/ticket show 1")
    assert "the licences are here" not in jo.told


async def test_a_reply_may_begin_on_a_line_of_its_own(
    mara: Actor, jo: Actor, local_stage: LocalStage
) -> None:
    await raise_vpn_ticket(mara)
    await jo.says("!reply\nDear Mara,\nplease try client 5.2", under="#1 VPN drops")
    await local_stage.time_passes(minutes=1)
    mara.sees("Dear Mara,\nplease try client 5.2")


async def test_a_mistyped_verb_is_kept_and_the_nearest_is_named(mara: Actor, jo: Actor) -> None:
    await raise_vpn_ticket(mara)
    await jo.says("!rsolve", under="#1 VPN drops")
    assert "Kept as a note" in jo.told
    assert "@chatdesk resolve" in jo.told
    await jo.says("!!! it burns", under="#1 VPN drops")
    assert jo.told == ""


async def test_a_command_of_another_name_is_not_half_understood(jo: Actor) -> None:
    await jo.types("/tickets mine")
    assert "“/tickets” is nothing I know" in jo.told


async def test_nobody_is_away_until_a_day_that_is_over(jo: Actor) -> None:
    await jo.types("/ticket away until 2020-01-01")
    assert jo.answer.is_refusal
    assert "2020-01-01 is over" in jo.told
    await jo.types("/ticket away until 2026-11-24")
    assert "You are away until" in jo.told


async def test_a_form_says_what_was_wrong_with_what_was_typed(mara: Actor, jo: Actor) -> None:
    await raise_vpn_ticket(mara)
    await jo.types("/ticket claim 1")
    form = (await jo.types("/ticket hold 1 0d waiting for parts")).form
    assert form is not None
    (why,) = form.intro
    assert why.text.startswith("Until when: “0d”. Write how long, such as 3d or 2h")
    form = (await jo.types("/ticket transfer 1 nowhere")).form
    assert form is not None
    (why,) = form.intro
    assert "“nowhere”" in why.text
    form = (await jo.types("/ticket hold 1")).form
    assert form is not None
    assert form.intro == ()
