"""A requester on one platform and a queue on another work in one ticket without knowing it."""

from __future__ import annotations

import re

from tests.scenarios.cross_stage import CrossStage


async def test_a_requester_on_discord_and_agents_on_slack(both: CrossStage) -> None:
    mara, jo = both.actor("discord/mara"), both.actor("jo")
    await both.opens_for_it(mara)
    mara.sees("#1 VPN drops every 10 minutes")
    jo.sees("#1 VPN drops every 10 minutes")

    await jo.clicks("Claim", on="#1")
    mara.sees("Jo Park is on it")

    await jo.says("Looks like the old client to me", under="#1 VPN drops")
    mara.does_not_see("old client")

    await jo.clicks("Reply", on="#1 VPN drops")
    await jo.fills(text="Please try client 5.2")
    await both.time_passes(seconds=20)
    mara.sees("Please try client 5.2")
    jo.sees("delivered")

    await mara.says("That does not help on the bleu laptop", under="Please try client 5.2")
    jo.sees("does not help on the bleu laptop")
    await mara.edits("bleu laptop", "That does not help on the blue laptop")
    jo.sees("on the blue laptop")
    jo.does_not_see("bleu laptop")

    await mara.says("My password is hunter2", under="Please try client 5.2")
    jo.sees("hunter2")
    await mara.deletes("hunter2")
    jo.does_not_see("hunter2")

    await jo.clicks("Resolve", on="#1 VPN drops")
    await jo.fills(code="fixed", summary="The certificate is renewed")
    mara.sees("The certificate is renewed")
    await mara.clicks("Yes, solved")
    jo.sees("Closed")


async def test_a_requester_on_slack_and_agents_on_discord(both: CrossStage) -> None:
    dana, sam = both.actor("dana"), both.actor("discord/sam")
    await both.opens_for_facilities(dana)
    sam.sees("#1 The heating is cold")

    await sam.clicks("Claim", on="#1")
    dana.sees("Sam Reyes is on it")
    await sam.clicks("Reply", on="The heating is cold")
    await sam.fills(text="We bleed it at noon")
    await both.time_passes(seconds=20)
    dana.sees("We bleed it at noon")

    await dana.says("Thank you, it is room 4.12", under="#1 The heating is cold")
    sam.sees("it is room 4.12")
    await dana.edits("room 4.12", "Thank you, it is room 4.21")
    sam.sees("it is room 4.21")
    await dana.deletes("room 4.21")
    sam.does_not_see("room 4.21")


async def test_a_file_from_discord_reaches_the_agents_in_slack(both: CrossStage) -> None:
    mara, jo = both.actor("discord/mara"), both.actor("jo")
    await both.opens_for_it(mara)
    discord, slack = both.in_discord, both.in_slack
    thread = mara.sees("#1 VPN drops")
    log = discord.discord.file("vpn.log", b"tunnel down")
    said, answered = discord.to_be_heard("Here is the log", thread.place)
    await discord.discord.says(discord.ids["mara"], thread.place, said, [log], answered)
    await both.settle()
    jo.sees("Here is the log")
    stored = [one for one in slack.slack.workspace.files.values() if one.name == "vpn.log"]
    assert len(stored) == 1, "one copy in Slack, in the agents' thread"


async def test_a_file_of_a_requester_on_slack_reaches_agents_on_discord(both: CrossStage) -> None:
    dana, sam = both.actor("dana"), both.actor("discord/sam")
    await both.opens_for_facilities(dana)
    slack = both.in_slack.slack
    thread = dana.sees("#1 The heating is cold")
    photo = slack.file("valve.txt", b"rusty", owner=both.in_slack.users["dana"])
    user = both.in_slack.users["dana"]
    await slack.says(user, thread.place, "This is the valve", thread.message, [photo])
    await both.settle()
    post = sam.sees("This is the valve")
    shown = both.in_discord.discord.messages(post.place)
    assert [file["filename"] for one in shown for file in one["attachments"]] == ["valve.txt"]


async def test_a_linked_person_is_answered_where_they_asked(both: CrossStage) -> None:
    here, there = both.actor("mara"), both.actor("discord/mara")
    await here.types("/ticket link-account")
    code = re.search(r"[A-Z2-9]{4}-[A-Z2-9]{8}", here.told)
    assert code is not None
    await there.types(f"/ticket link-account {code[0]}")
    assert "Mara Lind on Slack" in there.told
    await there.clicks("Link the accounts")
    assert "one person on Discord and Slack" in there.told
    here.sees("linked with yours on Discord")

    await both.opens_for_it(there)
    there.sees("#1 VPN drops every 10 minutes")
    here.does_not_see("#1 VPN drops every 10 minutes")
    await here.types("/ticket mine")
    assert "#1" in here.told, "their tickets are theirs everywhere"

    await here.types("/ticket link-account off")
    assert "by itself again" in here.told
    there.sees("no longer linked with the one on Slack")
