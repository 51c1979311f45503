"""What must stay between a few: replies taken back, private tickets, words that were removed."""

from __future__ import annotations

import pytest

from tests.scenarios.acts import close_vpn_ticket, raise_vpn_ticket
from tests.scenarios.desk_stage import DeskStage
from tests.scenarios.local_stage import LocalStage
from tests.scenarios.stage import Actor, Stage


async def raise_private_ticket(mara: Actor) -> None:
    """Mara reports a security matter."""
    await mara.types("/ticket new Somebody reads my letters")
    await mara.chooses(topic="security")
    answer = await mara.fills(details="My drawer was open again.")
    assert not answer.errors, answer.errors


async def test_a_reply_taken_back_is_nowhere_to_be_read(
    stage: Stage, mara: Actor, jo: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await jo.types("/ticket reply 1 The password is swordfish")
    await mara.types("/ticket show 1")
    assert "swordfish" not in mara.told  # it has not been said yet
    await jo.clicks("Undo (15 s)", on="swordfish")
    await stage.time_passes(minutes=1)
    await mara.types("/ticket show 1")
    assert "swordfish" not in mara.told
    await mara.types("/ticket find swordfish")
    assert "#1" not in mara.told
    await jo.types("/ticket reply 1 Please try client 5.2")
    await stage.time_passes(minutes=1)
    await mara.types("/ticket show 1")
    assert "client 5.2" in mara.told


async def test_a_manager_reads_no_private_ticket_in_any_channel(
    mara: Actor, jo: Actor, dana: Actor
) -> None:
    await raise_private_ticket(mara)
    jo.sees("Somebody reads my letters")
    dana.does_not_see("letters")
    await dana.types("/ticket show 1")
    assert "letters" not in dana.told


async def test_words_removed_or_changed_are_not_found_any_more(mara: Actor, jo: Actor) -> None:
    await raise_vpn_ticket(mara)
    await mara.says("My password is swordfish", under="#1 VPN drops")
    await jo.types("/ticket find swordfish")
    assert "#1" in jo.told
    await mara.edits("swordfish", "My machine is NW-17")
    await jo.types("/ticket find swordfish")
    assert "#1" not in jo.told
    await jo.types("/ticket find NW-17")
    assert "#1" in jo.told
    await mara.deletes("NW-17")
    await jo.types("/ticket find NW-17")
    assert "#1" not in jo.told
    await jo.types("/ticket find drops")
    assert "#1" in jo.told


async def test_words_removed_are_gone_from_the_queue_the_ticket_left(
    mara: Actor, jo: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await mara.says("My password is swordfish", under="#1 VPN drops")
    await jo.types("/ticket transfer 1 facilities It is the cabling")
    jo.sees("swordfish")
    await mara.deletes("swordfish")
    jo.does_not_see("swordfish")


async def test_talk_in_the_thread_of_the_queue_it_left_reaches_those_who_work_it(
    mara: Actor, jo: Actor, sam: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await jo.says("It began on Monday", under="#1 VPN drops")
    await jo.types("/ticket transfer 1 facilities It is the cabling")
    before = sam.count("the socket behind the plant")
    await jo.says("Look at the socket behind the plant", under="It began on Monday")
    assert sam.count("the socket behind the plant") - before == 2  # there, and where it is now


async def test_who_moved_a_private_ticket_away_is_shown_no_more_of_it(
    mara: Actor, jo: Actor
) -> None:
    await raise_private_ticket(mara)
    await jo.types("/ticket transfer 1 facilities It is about a lock")
    assert "drawer" not in jo.told
    assert "Withdraw" not in str(jo.answer.card)


async def test_who_no_longer_follows_a_ticket_gets_nothing_more_of_it(
    stage: Stage, mara: Actor, jo: Actor, dana: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await raise_vpn_ticket(dana)
    await jo.types("/ticket merge 1 into 2")
    await jo.types("/ticket reply 2 The password is swordfish")
    await jo.types("/ticket unmerge 1")
    await stage.time_passes(minutes=1)
    dana.sees("swordfish")
    mara.does_not_see("swordfish")


async def test_a_ticket_merged_twice_over_is_heard_and_left_at_the_end_of_the_chain(
    stage: Stage, mara: Actor, jo: Actor, dana: Actor
) -> None:
    for who in (mara, dana, stage.actor("sam")):
        await raise_vpn_ticket(who)
    await jo.types("/ticket merge 1 into 2")
    await jo.types("/ticket merge 2 into 3")
    await mara.says("My machine is NW-17", under="#1 VPN drops")
    await jo.types("/ticket show 3")
    assert "NW-17" in jo.told
    await jo.types("/ticket merge 3 into 1")
    assert "That is this very ticket" in jo.told
    await jo.types("/ticket unmerge 1")
    await jo.types("/ticket reply 3 The password is swordfish")
    await stage.time_passes(minutes=1)
    dana.sees("swordfish")
    mara.does_not_see("swordfish")
    await jo.types("/ticket merge 1 into 2")
    assert "#2 goes on in #3" in jo.told


FORGED = [
    "rate:1:5:\u00b2",
    "rate:1:5:99999999999999999999999",
    "queue:0:0:all:\u00b2",
    "queue:0:0:all:99999999999999999999999",
    "mine:0:0:mine:\u0663",
    "undo:1:1:nothing",
    "tick:1:1:nothing",
    "show:9007199254740991:1",
    "away:0:0:until 0001-01-01",
    "away:0:0:until 9999-12-31",
    "digest:0:0:hourly",
]
"""What no button ever carried."""

STRANGE = [
    "/ticket merge 1 into 99999999999999999999999",
    "/ticket link 1 99999999999999999999999",
    "/ticket merge 1 into \u00b2",
    "/ticket hold 1 9999d Waiting",
    "/ticket hold 1 9999-12-31 Waiting",
    "/ticket hold 1 0001-01-01 Waiting",
    '/ticket find \u0000\u202e*"(',
    "/ticket show 999999999999999",
    "/ticket show 99999999999999999999",
    "/ticket priority 1 \u0000 x",
    "/ticket assign 1 @\u0000",
    "/ticket add 1 @" + "x" * 5000,
]
"""What nobody types who wants an answer."""


@pytest.mark.parametrize("forged", FORGED)
async def test_a_forged_button_gets_a_kind_answer(local_stage: LocalStage, forged: str) -> None:
    await raise_vpn_ticket(local_stage.actor("mara"))
    jo = local_stage.actor("jo")
    await jo.clicks_again(forged)
    assert "on our side" not in jo.told, jo.told


@pytest.mark.parametrize("typed", STRANGE)
async def test_strange_words_behind_a_verb_get_a_kind_answer(
    local_stage: LocalStage, typed: str
) -> None:
    await raise_vpn_ticket(local_stage.actor("mara"))
    jo = local_stage.actor("jo")
    await jo.types("/ticket claim 1")
    await jo.types(typed)
    assert "on our side" not in jo.told, jo.told


async def test_away_without_a_date_asks_for_one(jo: Actor) -> None:
    await jo.types("/ticket away")
    assert "2026-12-01" in jo.told


async def test_somebody_blocked_is_told_so_and_still_sees_their_tickets(
    stage: DeskStage, mara: Actor
) -> None:
    await raise_vpn_ticket(mara)
    stage.change_policy(("blocked: []", "blocked: [local:mara]"))
    await mara.writes("My screen flickers")
    assert "#1" in mara.told
    await mara.types("/ticket new Again")
    assert "#1" in mara.told


async def test_after_the_window_all_words_go_to_one_new_ticket(
    stage: Stage, mara: Actor, jo: Actor
) -> None:
    await close_vpn_ticket(mara, jo)
    await stage.time_passes(days=20)
    await mara.says("It is broken again since today", under="Client 5.2 is rolled out")
    jo.sees("#2 VPN drops every 10 minutes")
    await mara.says("And now the phone is broken, too", under="Client 5.2 is rolled out")
    jo.does_not_see("#3")
    await jo.types("/ticket show 2")
    assert "the phone is broken, too" in jo.told
    assert "At home" in jo.told  # what she had answered the first time
