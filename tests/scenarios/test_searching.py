"""What somebody looks for is found, however much else has the same words."""

from __future__ import annotations

from tests.scenarios.acts import raise_vpn_ticket
from tests.scenarios.stage import Actor


async def test_what_stands_behind_newer_ones_is_a_click_away(
    mara: Actor, sam: Actor, jo: Actor
) -> None:
    for number in range(12):
        await raise_vpn_ticket(mara if number < 6 else sam)
    await jo.types("/ticket find VPN drops")
    assert "Found for “VPN drops” (10+)" in jo.told
    assert "#12 VPN" in jo.told
    assert "#2 VPN" not in jo.told
    assert jo.answer.card is not None
    assert "More of them" in str(jo.answer.card.elements)
    await jo.clicks_again("find:10:0:VPN drops")
    assert "Found for “VPN drops” (12)" in jo.told
    assert "#2 VPN" in jo.told
    assert "#1 VPN" in jo.told
    assert "#3 VPN" not in jo.told


async def test_what_all_fits_on_a_page_leads_to_no_other(mara: Actor, jo: Actor) -> None:
    await raise_vpn_ticket(mara)
    answer = await jo.types("/ticket find VPN drops")
    assert "(1)" in jo.told
    assert answer.card is not None
    assert "More of them" not in str(answer.card.elements)
