"""What happens when things change around a ticket: the policy, the owner, the latest resolution."""

from __future__ import annotations

from chatdesk.config.source import example_file
from chatdesk.ui.exchange import Submitted
from tests.scenarios.acts import VPN_DROPS, close_vpn_ticket, raise_vpn_ticket
from tests.scenarios.desk_stage import DeskStage
from tests.scenarios.local_stage import LocalStage
from tests.scenarios.stage import Actor, Stage, words_of
from tests.scenarios.test_review_private import raise_private_ticket

NEW_QUEUE = """
  people:
    title: People
    agents: [local:sam]
    home:
      local: people

  facilities:
    title"""


async def test_a_queue_added_to_the_policy_has_its_channel_at_once_for_its_agents_alone(
    stage: DeskStage, mara: Actor, jo: Actor, sam: Actor
) -> None:
    stage.change_policy(
        ("\n  facilities:\n    title", NEW_QUEUE),
        (
            "    title: Something private or a security matter\n    queue: it",
            "    title: Something private or a security matter\n    queue: people",
        ),
    )
    await raise_private_ticket(mara)
    sam.sees("Somebody reads my letters")
    jo.does_not_see("letters")


async def test_a_ticket_whose_queue_is_gone_can_be_moved_by_an_admin(
    stage: DeskStage, mara: Actor, jo: Actor, dana: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await jo.types("/ticket transfer 1 facilities It is the cabling")
    text = example_file().read_text("utf-8")
    start, end = text.index("\n  facilities:\n"), text.index("\n# --- Topics")
    stage.change_policy(
        (text[start:end], "\n"),
        ("    queue: facilities", "    queue: it"),
    )
    await dana.types("/ticket transfer 1 it The queue is gone")
    await jo.types("/ticket claim 1")
    mara.sees("Jo Park is on it")


async def test_a_rating_belongs_to_the_resolution_it_was_asked_for(
    stage: Stage, mara: Actor, jo: Actor, sam: Actor
) -> None:
    await close_vpn_ticket(mara, jo)
    stale = mara.can_click("🙂 Good").buttons["🙂 Good"].rsplit(":", 1)[0] + ":1"
    await stage.time_passes(hours=1)
    await mara.types("/ticket reopen 1 It drops again")
    await jo.types("/ticket release 1 Sam knows it better")
    await sam.types("/ticket claim 1")
    await sam.clicks("Resolve", on="#1 VPN drops")
    await sam.fills(code="fixed", summary="The router was replaced")
    await mara.clicks("Yes, solved", on="router")
    await mara.clicks_again(stale)
    assert "another time" in mara.told
    await mara.clicks("🙂 Good")
    sam.sees("Mara Lind rated this: 🙂 Good")


async def test_nobody_is_given_a_ticket_who_is_away(
    stage: Stage, mara: Actor, jo: Actor, sam: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await sam.types("/ticket away until 2026-12-24")
    await jo.types("/ticket assign 1 @sam")
    assert "Sam Reyes is away" in jo.told
    await jo.types("/ticket show 1")
    assert "Nobody has it yet" in jo.told


async def test_what_a_manager_is_shown_of_a_private_ticket_has_none_of_its_words(
    stage: Stage, mara: Actor, jo: Actor, dana: Actor
) -> None:
    await raise_private_ticket(mara)
    await stage.time_passes(days=1)
    for asked in ("queue all", "queue risk", "find somebody", "find 1", "export 1", "digest now"):
        await dana.types(f"/ticket {asked}")
        assert "letters" not in dana.told, asked
        assert "drawer" not in dana.told, asked
    dana.does_not_see("letters")


async def test_a_message_on_a_merged_ticket_goes_on_and_can_be_changed_there(
    stage: Stage, mara: Actor, jo: Actor, dana: Actor
) -> None:
    await raise_vpn_ticket(mara)
    await raise_vpn_ticket(dana)
    await jo.types("/ticket merge 1 into 2")
    await mara.says("My machine is NW-17", under="#1 VPN drops")
    await jo.types("/ticket show 2")
    assert "NW-17" in jo.told
    await mara.edits("NW-17", "My machine is NW-18")
    await jo.types("/ticket show 2")
    assert "NW-18" in jo.told


async def test_who_opens_for_somebody_else_and_who_hears_of_it(
    stage: Stage, mara: Actor, jo: Actor, sam: Actor
) -> None:
    await sam.types("/ticket for @mara VPN drops")
    await sam.chooses(topic="network")
    await sam.fills(q__place="At home", details="She called")
    mara.sees("#1 VPN drops")
    await jo.types("/ticket claim 1")
    await jo.clicks("Resolve", on="#1 VPN drops")
    await jo.fills(code="fixed", summary="Client 5.2 is rolled out")
    await sam.clicks_again("confirm:1:1")
    assert "You cannot" in sam.told
    await mara.clicks("Yes, solved")
    mara.sees("Client 5.2")


async def test_an_approval_asked_of_somebody_without_a_role_is_decided_in_their_direct_messages(
    stage: Stage, mara: Actor, jo: Actor, sam: Actor
) -> None:
    await raise_vpn_ticket(sam)
    await jo.types("/ticket claim 1")
    await jo.types("/ticket approval 1")
    await jo.fills(approver="mara", until="1d", reason="It costs 2000 euros")
    await mara.clicks("Approve", on="2000 euros")
    jo.sees("Mara Lind approved")


async def test_whoever_opens_a_ticket_reads_one_answer_where_the_receipt_is_about_to_stand(
    local_stage: LocalStage,
) -> None:
    mara, sam = Actor(local_stage, "mara"), Actor(local_stage, "sam")
    await raise_vpn_ticket(mara)
    assert mara.told == ""
    assert mara.count("#1 VPN drops") == 1
    filled = Submitted(id="new:0:0", values=VPN_DROPS)
    elsewhere = await local_stage.act("jo", filled, "channel/it-help", "")
    assert "#2 is with IT help" in words_of(elsewhere.card)
    await sam.types("/ticket for @mara VPN drops")
    await sam.chooses(topic="network")
    await sam.fills(q__place="At home", details="She called")
    assert "#3" in sam.told
