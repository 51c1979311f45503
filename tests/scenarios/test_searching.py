"""What somebody looks for is found, however much else has the same words."""

from __future__ import annotations

from tests.scenarios.acts import raise_vpn_ticket
from tests.scenarios.stage import Actor, Stage


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
    await jo.clicks_again("find:3:0:10:VPN drops")
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


async def test_however_many_there_are_the_oldest_can_be_reached(
    stage: Stage, mara: Actor, sam: Actor, jo: Actor
) -> None:
    for _ in range(2):
        for number in range(16):
            await raise_vpn_ticket(mara if number < 8 else sam)
        await stage.time_passes(hours=2)
    await jo.types("/ticket find vpn drops")
    for further in ("find:23:0:10:vpn drops", "find:13:0:20:vpn drops", "find:3:0:30:vpn drops"):
        assert jo.answer.card is not None
        assert "More of them" in str(jo.answer.card.elements)
        await jo.clicks_again(further)
    assert "Found for “vpn drops” (32)" in jo.told
    assert "#1 VPN" in jo.told


async def test_a_search_too_long_for_a_button_says_how_to_see_the_rest(
    mara: Actor, sam: Actor, jo: Actor
) -> None:
    for number in range(11):
        await raise_vpn_ticket(mara if number < 6 else sam)
    await jo.types(f"/ticket find {'vpn drops ' * 7}")
    assert jo.answer.card is not None
    assert "More of them" not in str(jo.answer.card.elements)
    assert "Leave out some words" in jo.told


async def test_a_button_of_another_hand_finds_nothing_or_what_it_says(
    mara: Actor, jo: Actor
) -> None:
    await raise_vpn_ticket(mara)
    for carried in ("find:9:0:vpn", "find:9:0:²:vpn", f"find:9:0:{'9' * 40}:vpn", "find:9:0::vpn"):
        await jo.clicks_again(carried)
        assert "#1 VPN" in jo.told or "Nothing" in jo.told
