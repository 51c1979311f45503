"""The whole life of a ticket, from the first word to the follow-up."""

from __future__ import annotations

from tests.scenarios.acts import close_vpn_ticket, raise_vpn_ticket
from tests.scenarios.stage import Actor, Stage


async def test_from_the_first_word_to_the_follow_up(
    stage: Stage, mara: Actor, jo: Actor, sam: Actor
) -> None:
    await raise_vpn_ticket(mara)
    mara.sees("#1 VPN drops every 10 minutes")
    mara.sees("Somebody from IT help will answer by")
    jo.sees("#1 VPN drops every 10 minutes")

    await jo.clicks("Claim", on="#1")
    mara.sees("Jo Park is on it")
    await sam.clicks_again("claim:1:1")
    assert "Jo Park" in sam.told

    await jo.says("Looks like the old client to me", under="#1 VPN drops")
    sam.sees("Looks like the old client")
    mara.does_not_see("old client")

    await jo.clicks("Reply", on="#1 VPN drops")
    await jo.fills(text="Please try client 5.2")
    mara.does_not_see("client 5.2")
    jo.can_click("Undo (15 s)", on="Please try client 5.2")
    await stage.time_passes(seconds=16)
    mara.sees("Please try client 5.2")
    jo.sees("delivered")

    await jo.types("/ticket ask 1 Which version do you have now?")
    mara.sees("Which version do you have now?")
    await stage.time_passes(hours=2)
    await mara.says("It says 5.1", under="#1 VPN drops")
    jo.sees("It says 5.1")

    await jo.types("/ticket hold 1 1d Waiting for the new client")
    mara.sees("Waiting for the new client")
    await stage.time_passes(days=1, hours=4)
    mara.sees("Jo Park is on it")

    await jo.types("/ticket escalate 1 Needs the network team")
    sam.sees("Needs the network team")

    await jo.clicks("Resolve", on="#1 VPN drops")
    await jo.fills(code="fixed", summary="Client 5.2 is rolled out")
    mara.sees("Client 5.2 is rolled out")
    await mara.clicks("Not fixed")
    await mara.fills(why="It still drops every hour")
    jo.sees("It still drops every hour")

    await jo.clicks("Resolve", on="#1 VPN drops")
    await jo.fills(code="fixed", summary="The router at home was replaced")
    await mara.clicks("Yes, solved", on="router")
    await mara.clicks("🙂 Good")
    jo.sees("Mara Lind rated this: 🙂 Good")

    await stage.time_passes(days=2)
    assert mara.count("still fixed") == 0
    await stage.time_passes(days=5)
    assert mara.count("still fixed") == 1
    await mara.clicks("It came back", on="still fixed")
    if mara.form is not None:
        await mara.fills(why="Since Monday again")
    jo.sees("Since Monday again")


async def test_after_the_window_it_came_back_opens_a_linked_ticket(
    stage: Stage, mara: Actor, jo: Actor
) -> None:
    await close_vpn_ticket(mara, jo)
    await stage.time_passes(days=10)
    await mara.clicks("It came back", on="still fixed")
    await mara.fills(why="Since Monday again")
    jo.sees("#2 VPN drops every 10 minutes")
    mara.sees("#2 VPN drops every 10 minutes")
    await mara.types("/ticket show 2")
    assert "#1" in mara.told
    await mara.types("/ticket show 1")
    assert "#2" in mara.told


async def test_release_and_claim_again_transfer_and_withdraw(
    stage: Stage, mara: Actor, jo: Actor, sam: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await jo.types("/ticket claim 1")
    await jo.types("/ticket release 1 I am away from tomorrow")
    sam.sees("I am away from tomorrow")
    await sam.types("/ticket claim 1")
    mara.sees("Sam Reyes is on it")
    await sam.types("/ticket transfer 1 facilities It is the cabling")
    mara.sees("Facilities")
    await mara.types("/ticket withdraw 1")
    mara.sees("You withdrew it")


async def test_silence_nudges_twice_then_resolves_then_closes_with_a_reminder(
    stage: Stage, mara: Actor, jo: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await jo.types("/ticket claim 1")
    await jo.types("/ticket ask 1 Which version do you have?")
    await stage.time_passes(days=14)
    mara.sees("We did not hear back")
    await stage.time_passes(days=7)
    mara.sees("Closed, because we did not hear back")


async def test_one_click_on_the_last_nudge_keeps_the_ticket_open(
    stage: Stage, mara: Actor, jo: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await jo.types("/ticket claim 1")
    await jo.types("/ticket ask 1 Which version do you have?")
    await stage.time_passes(days=6)
    await mara.clicks("Keep it open")
    await stage.time_passes(days=3)
    jo.sees("Please keep this open.")
    mara.does_not_see("We did not hear back")


async def test_nobody_answers_and_everybody_is_warned_in_time(
    stage: Stage, mara: Actor, jo: Actor, sam: Actor
) -> None:
    """An hour is promised: the card at 50 %, the agents at 75, the lead at 90, all at 100."""
    await raise_vpn_ticket(mara)
    await sam.types("/ticket claim 1")
    await stage.time_passes(minutes=31)
    assert jo.count("% of the time is over") == 0
    await stage.time_passes(minutes=15)
    assert (sam.count("75 %"), jo.count("75 %")) == (2, 1)  # the thread, and the owner's own
    await stage.time_passes(minutes=9)
    assert (sam.count("90 %"), jo.count("90 %")) == (2, 2)  # Jo leads the queue
    mara.does_not_see("sorry")
    await stage.time_passes(minutes=6)
    mara.sees("sorry")
    jo.sees("Sam Reyes")
    warned = jo.count("% of the time is over")
    await stage.time_passes(minutes=30)
    assert jo.count("% of the time is over") == warned


async def test_a_double_click_and_a_redelivery_have_one_effect(
    stage: Stage, mara: Actor, jo: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await jo.clicks("Claim", on="#1")
    await jo.clicks_again("claim:1:1")
    assert mara.count("#1 VPN drops every 10 minutes") == 1


async def test_the_manager_asks_how_it_goes(stage: Stage, mara: Actor, dana: Actor) -> None:
    await raise_vpn_ticket(mara)
    await stage.time_passes(minutes=1)
    await dana.types("/ticket digest now")
    assert "1" in dana.told
    await dana.types("/ticket digest daily")
    await stage.time_passes(days=1)
    dana.sees("1 opened")


async def test_a_foreign_number_and_a_missing_one_get_the_same_kind_answer(
    stage: Stage, mara: Actor
) -> None:
    await mara.types("/ticket show 4711")
    missing = mara.told
    await raise_vpn_ticket(stage.actor("jo"))
    await mara.types("/ticket show 1")
    assert mara.told.replace("#1", "#4711") == missing


async def test_plain_words_to_the_desk_begin_a_ticket(stage: Stage, mara: Actor, jo: Actor) -> None:
    await mara.writes("My screen flickers since lunch")
    await mara.chooses(topic="hardware")
    await mara.fills(q__device="Laptop")
    jo.sees("My screen flickers since lunch")


async def test_what_one_wrote_can_be_changed_and_deleted(
    stage: Stage, mara: Actor, jo: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await mara.says("My password is swordfish", under="#1 VPN drops")
    jo.sees("swordfish")
    await mara.edits("swordfish", "My machine is NW-17")
    jo.sees("NW-17")
    jo.does_not_see("swordfish")
    await mara.deletes("NW-17")
    jo.does_not_see("NW-17")


async def test_a_verb_can_be_said_in_the_tickets_own_conversation(
    stage: Stage, mara: Actor, jo: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await jo.says("!claim", under="#1 VPN drops")
    mara.sees("Jo Park is on it")
    await jo.says("@chatdesk note ask the network team", under="#1 VPN drops")
    jo.sees("ask the network team")
    await jo.says("!important: this is only talk", under="#1 VPN drops")
    mara.does_not_see("only talk")


async def test_a_transcript_is_kept_as_a_file_only_its_reader_gets(
    stage: Stage, mara: Actor, jo: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await jo.types("/ticket note 1 not for her eyes")
    answer = await mara.types("/ticket export 1")
    assert "ticket-1.md" in mara.told
    assert answer.card is not None
    assert not answer.is_refusal


async def test_an_agent_who_is_away_gets_no_tickets_back(
    stage: Stage, mara: Actor, jo: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await jo.types("/ticket claim 1")
    await jo.types("/ticket away until 2026-12-24")
    await jo.types("/ticket hold 1 4h Waiting for parts")
    await stage.time_passes(days=1)
    jo.sees("Nobody has it yet")
    await jo.types("/ticket away back")
    assert "Welcome back" in jo.told


async def test_an_answer_in_the_follow_ups_own_thread_reaches_the_ticket(
    stage: Stage, mara: Actor, jo: Actor
) -> None:
    await close_vpn_ticket(mara, jo)
    await stage.time_passes(days=4)
    await mara.says("It is still broken every morning", under="still fixed?")
    jo.sees("It is still broken every morning")
    jo.sees("says that it came back")
