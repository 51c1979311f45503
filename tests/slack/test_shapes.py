"""What the loopback Slack sends has the shape of Slack's own samples, key by key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.slack.delivery import Answer, Delivery
from tests.slack.loopback import LoopbackSlack
from tests.slack.samples import FORM, claim_card
from tests.slack.things import Json, View

# What Slack sends by now, and what these samples leave out.
YOUNGER = {"context_team_id", "context_enterprise_id", "response_urls", "reply_users", "reactions"}
LEFT_OUT = {"/view/blocks", "/event/view/blocks"}
OPAQUE = {"blocks", "state", "metadata"}  # different from one message and form to the next


class Listener:
    """An app that acknowledges everything."""

    async def carry(self, delivery: Delivery) -> Answer:
        return Answer(is_acked=True)


@pytest.fixture
def listening(slack: LoopbackSlack) -> LoopbackSlack:
    slack.courier.transport = Listener()
    slack.app.events |= {"reaction_removed"}
    return slack


def unknown_keys(sent: object, sample: object, where: str = "") -> list[str]:
    """The keys that were sent and that the sample does not have."""
    if isinstance(sent, list) and isinstance(sample, list) and sample:
        return [key for one in sent for key in unknown_keys(one, sample[0], f"{where}[]")]
    if not isinstance(sent, dict) or not isinstance(sample, dict) or not sample:
        return []
    strange = [f"{where}/{key}" for key in sent if key not in sample and key not in YOUNGER]
    for key in sent.keys() & sample.keys() - OPAQUE:
        strange += unknown_keys(sent[key], sample[key], f"{where}/{key}")
    return strange


def missing_keys(sent: Json, *keys: str) -> list[str]:
    return [key for key in keys if key not in sent]


def sample_of(specs: Path, path: str) -> Json:
    folder = specs / "slack" / "java-slack-sdk-samples"
    read: Json = json.loads((folder / f"{path}.json").read_text())
    return read


async def last_payload(slack: LoopbackSlack) -> Json:
    return slack.deliveries[-1].payload


async def test_events(listening: LoopbackSlack, shared_specs: Path) -> None:
    slack = listening
    log = slack.file("vpn.log", b"x", "UMARA")
    said = await slack.says("UMARA", "CHELP", "hello")
    await slack.says("UJO", "CHELP", "answer", thread_ts=said)
    await slack.says("UMARA", "CHELP", "with a file", files=[log])
    await slack.says("UMARA", "CHELP", "@chatdesk help")
    await slack.edits("UMARA", said, "hi")
    await slack.reacts("UJO", said, "eyes")
    await slack.unreacts("UJO", said, "eyes")
    await slack.deletes("UMARA", said)
    await slack.opens_home("UMARA")
    await slack.leaves("UKIM", "CHELP")
    await slack.joins("UKIM", "CHELP", "UJO")
    await slack.renames("CHELP", "helpdesk")
    await slack.archives("CHELP")
    await slack.revokes_tokens()
    samples = {
        "message": "MessagePayload",
        "file_share": "MessageFileSharePayload",
        "message_changed": "MessageChangedPayload",
        "message_deleted": "MessageDeletedPayload",
        "app_mention": "AppMentionPayload",
        "reaction_added": "ReactionAddedPayload",
        "reaction_removed": "ReactionRemovedPayload",
        "app_home_opened": "AppHomeOpenedPayload",
        "member_left_channel": "MemberLeftChannelPayload",
        "member_joined_channel": "MemberJoinedChannelPayload",
        "channel_rename": "ChannelRenamePayload",
        "channel_archive": "ChannelArchivePayload",
        "tokens_revoked": "TokensRevokedPayload",
    }
    kinds = [str(d.event.get("subtype", d.event["type"])) for d in slack.deliveries]
    assert set(kinds) == set(samples)
    for kind, delivery in zip(kinds, slack.deliveries, strict=True):
        sample = sample_of(shared_specs, f"events/{samples[kind]}")
        allowed = {"client_msg_id", "team", "files", "upload", "metadata"}
        strange = unknown_keys(delivery.payload, sample)
        assert [key for key in strange if key.rsplit("/")[-1] not in allowed] == [], kind


async def test_a_command(listening: LoopbackSlack, shared_specs: Path) -> None:
    await listening.types("UMARA", "CHELP", "/ticket mine")
    payload = await last_payload(listening)
    sample = sample_of(shared_specs, "app-backend/slash-commands/SlashCommandPayload")
    assert unknown_keys(payload, sample) == []
    grid = {"enterprise_id", "enterprise_name"}  # only where there is an enterprise
    assert set(sample) - set(payload) == grid


async def test_clicks_forms_and_shortcuts(listening: LoopbackSlack, shared_specs: Path) -> None:
    slack = listening
    said = await slack.says("UMARA", "CHELP", "hello")
    said.blocks = [{**block, "block_id": f"b{n}"} for n, block in enumerate(claim_card("x"))]
    show_form(slack)
    kinds = {
        "block_actions": "interactive-components/BlockActionPayload",
        "message_action": "interactive-components/MessageShortcutPayload",
        "view_submission": "views/ViewSubmissionPayload",
        "view_closed": "views/ViewClosedPayload",
    }
    await slack.clicks("UJO", said, "Claim")
    await slack.shortcut("UJO", "create_ticket", said)
    await slack.closes("UMARA")
    show_form(slack)
    await slack.submits("UMARA", values={"Summary": "x", "Topic": "VPN"})
    seen = set()
    for delivery in slack.deliveries:
        kind = str(delivery.payload["type"])
        if kind not in kinds:
            continue
        sample = sample_of(shared_specs, f"app-backend/{kinds[kind]}")
        younger = {"/api_app_id", "/user/username"}  # on message actions too, by now
        strange = set(unknown_keys(delivery.payload, sample))
        assert strange <= younger | LEFT_OUT, kind
        assert missing_keys(delivery.payload, "team", "user", "api_app_id", "token") == []
        seen.add(kind)
    assert seen == set(kinds)


def show_form(slack: LoopbackSlack) -> None:
    blocks = [{**block} for block in FORM["blocks"]]
    view = View("V1", "UMARA", {**FORM, "blocks": blocks}, "1.a", "V1")
    slack.workspace.stacks["UMARA"] = [view]
