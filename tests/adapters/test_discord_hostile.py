"""What people write in Discord to ping, to link, to pretend; and what they may not do any more."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.discord.desk import DiscordDesk
from tests.discord.reference import lint_message, reads
from tests.discord.stories import desk_in_discord, nobody_is_in_a_hurry
from tests.discord.world import Json

__all__ = ["nobody_is_in_a_hurry"]

HOSTILE = (
    "@everyone @here <!channel> <@&1> <@2> <#3> [safe](https://evil.invalid)"
    " `a` ```b``` **c** ||d||"
)
"""Pings of everybody, a role and a person; a masked link; code that would end code; marks."""

PINGING = "@everyone <@&1> [a](https://b.invalid)"
"""As much of it as fits into a title."""

MODERATORS = "900000000000000001"


@pytest.fixture
async def desk(store_url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[DiscordDesk]:
    async with desk_in_discord(store_url, shared_specs, tmp_path) as made:
        yield made


def sent(desk: DiscordDesk) -> Iterator[Json]:
    """Go through all that was sent and shows words: messages, answers, posts."""
    for call in desk.discord.rest.calls:
        body: Any = call.body if isinstance(call.body, dict) else {}
        told = body.get("message") or body.get("data") or body
        if isinstance(told, dict) and "components" in told and "custom_id" not in told:
            yield told


def assert_nobody_is_pinged(desk: DiscordDesk) -> None:
    everything = list(sent(desk))
    assert len(everything) > 3
    assert all(one.get("allowed_mentions") == {"parse": []} for one in everything)
    assert not [found for one in everything for found in lint_message(one)]


async def test_hostile_words_are_literal_everywhere_and_ping_nobody(desk: DiscordDesk) -> None:
    ask = desk.discord
    ask.world.users[desk.mara]["global_name"] = "@everyone <@&1>"
    await ask.calls_command(
        desk.mara, desk.general, "ticket", "new", words=HOSTILE[:100], topic="vpn"
    )
    assert ask.form_of(desk.mara)["title"]
    file = ask.file("@everyone <@&1> [a](b).log", b"x")
    await ask.submits(
        desk.mara,
        {"In one sentence": HOSTILE, "What happened?": HOSTILE, "Which system?": "Windows"},
    )
    await ask.clicks(desk.mara, desk.whispered(desk.mara), "Continue")
    await ask.submits(desk.mara, {"Which version?": HOSTILE}, files=[file])
    await desk.settled()
    await ask.clicks(desk.jo, desk.card(), "Claim")
    await desk.settled()
    await ask.says(desk.mara, desk.thread()["id"], HOSTILE)
    await ask.clicks(desk.jo, desk.card(), "Note")
    (field,) = [one["label"] for one in ask.form_of(desk.jo)["components"] if "label" in one][:1]
    await ask.submits(desk.jo, {field: HOSTILE})
    await ask.clicks(desk.jo, desk.card(), "Put on hold")
    await ask.submits(desk.jo, {"Until when?": "3d", "Why?": HOSTILE})
    await desk.settled()
    await ask.calls_command(desk.mara, desk.general, "ticket", "mine")
    await ask.clicks(desk.jo, desk.card(), "Transcript")
    await desk.settled()
    everything = list(sent(desk))
    assert len(everything) > 10
    assert all(one.get("allowed_mentions") == {"parse": []} for one in everything)
    assert not [found for one in everything for found in lint_message(one)]
    assert not ask.world.messages[desk.forum]
    card, receipt = reads(desk.card()["components"]), reads(desk.receipt()["components"])
    assert card.count(HOSTILE) >= 4
    assert receipt.count(HOSTILE) >= 3
    assert sum(HOSTILE in one for one in desk.shown(desk.post()["id"])) >= 2
    assert desk.post()["name"].startswith("#1 @everyone")
    acted = desk.parts.store.read(lambda tx: tx.tickets.record(1))
    assert HOSTILE not in json.dumps([str(one) for one in acted])


async def test_hostile_words_of_a_tickets_end_are_literal_and_ping_nobody(
    desk: DiscordDesk,
) -> None:
    ask = desk.discord
    await desk.claimed()
    thread, post = desk.thread()["id"], desk.post()["id"]
    await ask.calls_command(desk.jo, post, "desk", "reply", text=HOSTILE)
    await desk.until(lambda: any(HOSTILE in one for one in desk.shown(thread)))
    await desk.settled()
    summary = f"Done {HOSTILE}"
    await ask.clicks(desk.jo, desk.card(), "Resolve")
    await ask.submits(desk.jo, {"How did it end?": "Fixed", "What was done, for Mara": summary})
    await desk.settled()
    assert any(summary in one for one in desk.shown(thread))
    await ask.clicks(desk.mara, ask.messages(thread)[-1], "Yes, solved")
    await desk.settled()
    await ask.clicks(desk.mara, ask.messages(thread)[-1], "🙂 Good")
    await desk.settled()
    await ask.clicks(desk.mara, ask.messages(thread)[-1], "Add a comment")
    comment = f"Rated {HOSTILE}"
    await ask.submits(desk.mara, {"What should we know?": comment})
    await desk.settled()
    assert any(comment in one for one in desk.shown(post))
    again = f"Again {HOSTILE}"
    await ask.clicks(desk.mara, desk.receipt(), "It came back")
    await desk.settled()
    await ask.submits(desk.mara, {"What is still wrong?": again})
    await desk.settled()
    assert any(again in one for one in desk.shown(post))
    assert_nobody_is_pinged(desk)


async def test_hostile_titles_of_a_policy_are_literal_and_ping_nobody(
    desk: DiscordDesk, tmp_path: Path
) -> None:
    policy = (tmp_path / "desk.yaml").read_text()
    for title in ("title: IT help", "title: VPN"):
        assert title in policy
        policy = policy.replace(title, f'title: "{PINGING}"')
    assert "label: Which system?" in policy
    policy = policy.replace("label: Which system?", f'label: "{PINGING}"')
    (tmp_path / "desk.yaml").write_text(policy)
    async with desk.restarted():
        ask = desk.discord
        await ask.calls_command(desk.mara, desk.general, "ticket", "new", words="VPN", topic="vpn")
        labels = [one.get("label") for one in ask.form_of(desk.mara)["components"]]
        assert PINGING in labels
        await ask.submits(desk.mara, {"What happened?": "Since noon.", PINGING: "Linux"})
        await desk.settled()
        await ask.clicks(desk.mara, desk.whispered(desk.mara), "Send as it is")
        await desk.settled()
        await ask.calls_command(desk.mara, desk.general, "ticket", "mine")
        await ask.clicks(desk.jo, desk.card(), "Transcript")
        await desk.settled()
        card = reads(desk.card()["components"])
        assert card.count(PINGING) >= 2, card
        assert any(PINGING in one for one in desk.shown(desk.thread()["id"]))
        assert_nobody_is_pinged(desk)


async def test_somebody_whose_role_was_taken_while_a_form_was_open_is_refused(
    desk: DiscordDesk, tmp_path: Path
) -> None:
    policy = (tmp_path / "desk.yaml").read_text()
    agents = f"agents: [discord:{desk.jo}, discord:{desk.kim}]"
    assert agents in policy
    with_role = f'agents: [discord:{desk.jo}]\n    groups: ["discord:{MODERATORS}"]'
    (tmp_path / "desk.yaml").write_text(policy.replace(agents, with_role))
    desk.discord.world.roles_there.append(MODERATORS)
    async with desk.restarted():
        await desk.opened()
        desk.discord.world.roles[desk.kim] = [MODERATORS]
        await desk.discord.clicks(desk.kim, desk.card(), "Claim")
        await desk.settled()
        assert "Assigned to Kim" in reads(desk.card()["components"])
        await desk.discord.clicks(desk.kim, desk.card(), "Put on hold")
        desk.discord.world.roles[desk.kim] = []
        await desk.discord.submits(desk.kim, {"Until when?": "3d", "Why?": "The vendor is at it"})
        await desk.settled()
        assert "The vendor is at it" not in reads(desk.card()["components"])
        told = reads(desk.whispered(desk.kim)["components"])
        assert "The vendor is at it" in told  # it is given back, and not done
