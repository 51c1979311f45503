"""Who hears what: notices to the right people, and none to anybody else."""

from __future__ import annotations

from tests.scenarios.acts import raise_vpn_ticket, resolve_vpn_ticket
from tests.scenarios.stage import Actor, Stage


async def test_watchers_hear_replies_and_nothing_of_notes(
    stage: Stage, mara: Actor, jo: Actor, dana: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await mara.types("/ticket add 1 @dana")
    dana.sees("You now follow #1")
    await jo.types("/ticket note 1 she always does that")
    await jo.types("/ticket reply 1 Please try client 5.2")
    await stage.time_passes(minutes=1)
    dana.sees("Please try client 5.2")
    dana.does_not_see("always does")


async def test_two_watchers_and_an_undo(
    stage: Stage, mara: Actor, jo: Actor, sam: Actor, dana: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await mara.types("/ticket add 1 @dana")
    await sam.types("/ticket watch 1")
    await jo.types("/ticket reply 1 The password is swordfish")
    await jo.clicks("Undo (15 s)", on="swordfish")
    await stage.time_passes(minutes=1)
    dana.does_not_see("swordfish")
    mara.does_not_see("swordfish")


async def test_each_of_two_replies_is_undone_by_its_own_button(
    stage: Stage, mara: Actor, jo: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await jo.types("/ticket reply 1 The password is swordfish")
    undo = jo.can_click("Undo (15 s)", on="swordfish").buttons["Undo (15 s)"]
    await jo.types("/ticket reply 1 Please try client 5.2")
    await jo.types("/ticket ask 1 Did that help?")
    await jo.clicks_again(undo)
    jo.sees("taken back; Mara Lind never saw it")
    await stage.time_passes(minutes=1)
    mara.does_not_see("swordfish")
    mara.sees("Please try client 5.2")
    mara.sees("Did that help?")
    await jo.clicks_again(undo)
    assert "unless you took it back before" in jo.told


async def test_a_list_offers_a_claim_only_to_who_may_take_it(
    stage: Stage, mara: Actor, jo: Actor, dana: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await jo.types("/ticket queue")
    assert "Claim" in jo.told
    await dana.types("/ticket queue")
    assert "Show" in dana.told
    assert "Claim" not in dana.told
    await dana.types("/ticket find VPN")
    assert "Show" in dana.told
    assert "Claim" not in dana.told


async def test_a_card_offers_whoever_only_reads_nothing_that_would_refuse(
    mara: Actor, jo: Actor, dana: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await dana.types("/ticket show 1")
    assert "Note" in dana.told
    assert "Transcript" in dana.told
    assert "Claim" not in dana.told
    assert "Release" not in dana.told
    await jo.types("/ticket show 1")
    assert "Claim" in jo.told


async def test_who_may_not_is_told_so_in_a_whole_sentence(
    stage: Stage, mara: Actor, dana: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await dana.clicks_again("reply:1:0")
    assert "You cannot reply on #1; that is for others to do." in dana.told
    await mara.types("/ticket escalate 1 faster")
    assert "You cannot escalate #1" in mara.told


async def test_a_ticket_withdrawn_on_hold_and_reopened_is_not_on_hold(
    stage: Stage, mara: Actor, jo: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await jo.types("/ticket claim 1")
    await jo.types("/ticket hold 1 4h Parts are ordered")
    await mara.types("/ticket withdraw 1")
    await mara.types("/ticket reopen 1 I need it after all")
    await mara.types("/ticket show 1")
    assert "on hold" not in mara.told.lower()


async def test_who_sent_no_request_is_not_asked_whether_it_works(
    stage: Stage, mara: Actor, jo: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await jo.types("/ticket spam 1")
    await mara.says("Hm, what about the printer", under="#1 VPN drops")
    jo.sees("what about the printer")
    mara.does_not_see("Does #1 work now?")


async def test_what_agents_write_among_themselves_reaches_no_requester(
    stage: Stage, mara: Actor, jo: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await jo.types("/ticket escalate 1 She is rude")
    await jo.types("/ticket release 1 Let Sam do it")
    await jo.types("/ticket priority 1 low Not urgent at all")
    await jo.types("/ticket claim 1")
    await jo.clicks("Resolve", on="#1 VPN drops")
    await jo.fills(code="fixed", summary="Done", root_cause="Users error, as always")
    await stage.time_passes(days=3)
    await mara.types("/ticket show 1")
    for word in ("rude", "Let Sam", "Not urgent at all", "as always"):
        mara.does_not_see(word)
        assert word not in mara.told
    await mara.types("/ticket find always")
    assert "#1" not in mara.told


async def test_the_owner_hears_of_an_unclear_word_and_answering_it_closes_the_matter(
    stage: Stage, mara: Actor, jo: Actor
) -> None:
    await resolve_vpn_ticket(mara, jo)
    await mara.says("Hm, what about the printer", under="Client 5.2")
    mara.sees("Does #1 work now?")
    await jo.types("/ticket reply 1 That is another matter; please open a ticket for it")
    await stage.time_passes(days=9)
    mara.sees("is closed as solved")
