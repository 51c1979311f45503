"""One ticket's life from the first word to the day it came back: every act is a place to die."""

from __future__ import annotations

from tests.scenarios.stage import Stage


async def whole_life(stage: Stage) -> None:
    """Live it."""
    mara, jo, sam = (stage.actor(who) for who in ("mara", "jo", "sam"))

    await mara.types("/ticket new VPN drops every 10 minutes")
    await mara.chooses(topic="network")
    await mara.fills(q__place="At home", details="Since this morning my VPN drops.")
    await jo.clicks("Claim", on="#1")
    await sam.clicks_again("claim:1:1")
    await jo.says("Looks like the old client to me", under="#1 VPN drops")

    await jo.clicks("Reply", on="#1 VPN drops")
    await jo.fills(text="Please reinstall everything")
    await jo.clicks("Undo (15 s)", on="Please reinstall everything")
    await jo.clicks("Reply", on="#1 VPN drops")
    await jo.fills(text="Please try client 5.2")
    await stage.time_passes(seconds=16)
    mara.sees("Please try client 5.2")
    mara.does_not_see("reinstall everything")

    await jo.types("/ticket ask 1 Which version do you have now?")
    await stage.time_passes(hours=2)
    await mara.says("It says 5.1", under="#1 VPN drops")
    await mara.edits("It says 5.1", "It says 5.1.3")

    await jo.types("/ticket hold 1 1d Waiting for the new client")
    await stage.time_passes(days=1, hours=4)
    await jo.types("/ticket escalate 1 Needs the network team")

    await jo.clicks("Resolve", on="#1 VPN drops")
    await jo.fills(code="fixed", summary="Client 5.2 is rolled out")
    await mara.clicks("Not fixed")
    await mara.fills(why="It still drops every hour")
    await jo.clicks("Resolve", on="#1 VPN drops")
    await jo.fills(code="fixed", summary="The router at home was replaced")
    await mara.clicks("Yes, solved", on="router")
    await mara.clicks("🙂 Good")

    await stage.time_passes(days=2)
    assert mara.count("still fixed") == 0
    await stage.time_passes(days=5)
    assert mara.count("still fixed") == 1
    await mara.clicks("It came back", on="still fixed")
    await mara.fills(why="Since Monday again")
    jo.sees("Since Monday again")
