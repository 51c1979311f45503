"""Which blocks and views the loopback Slack refuses: a row a rule."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from slack_sdk.errors import SlackApiError

from tests.slack.blocks import live_entities, words
from tests.slack.bolt_app import client_for
from tests.slack.loopback import LoopbackSlack
from tests.slack.reference import Reference
from tests.slack.samples import button, field, modal, section, select, text
from tests.slack.shapes import rich_text
from tests.slack.things import Json

BLOCKS = [
    ("51 blocks", [section("x")] * 51),
    ("a section of 3001", [section("x" * 3001)]),
    ("an empty section", [section("")]),
    ("a header of 151", [{"type": "header", "text": text("x" * 151)}]),
    ("a button of 76", [button(text=text("x" * 76))]),
    ("a button's value of 2001", [button(value="x" * 2001)]),
    ("an action id of 256", [button(action_id="x" * 256)]),
    ("a block id of 256", [{**section("x"), "block_id": "x" * 256}]),
    ("two blocks with one id", [{**section("x"), "block_id": "b"}] * 2),
    ("two actions with one id", [{"type": "actions", "elements": button()["elements"] * 2}]),
    ("101 options", [select(101)]),
    ("no options", [select(0)]),
    (
        "an initial option not on offer",
        [select(2, initial_option={"text": text("o"), "value": "o"})],
    ),
    ("26 elements", [{"type": "actions", "elements": button()["elements"] * 26}]),
    ("a picture without words", [{"type": "image", "image_url": "https://e.example/a.png"}]),
    (
        "eleven fields",
        [{"type": "section", "fields": [text("x")] * 11}],
    ),
    ("a field of 2001", [{"type": "section", "fields": [text("x" * 2001)]}]),
    ("an unknown block", [{"type": "carpet"}]),
    ("an unknown property", [{**section("x"), "colour": "red"}]),
    ("a button with mrkdwn", [button(text=text("x", "mrkdwn"))]),
]


@pytest.mark.parametrize(("why", "blocks"), BLOCKS, ids=[why for why, _ in BLOCKS])
async def test_blocks_against_the_limits_are_refused(
    slack: LoopbackSlack, why: str, blocks: list[Json]
) -> None:
    with pytest.raises(SlackApiError) as refused:
        await client_for(slack).chat_postMessage(channel="CHELP", text="x", blocks=blocks)
    assert refused.value.response["error"] == "invalid_blocks"
    assert refused.value.response["response_metadata"]["messages"]
    assert slack.messages("CHELP") == []


async def test_blocks_at_the_limits_are_taken(slack: LoopbackSlack) -> None:
    most = [section("x" * 3000) for _ in range(48)]
    blocks = [*most, select(100), button(value="x" * 2000, action_id="x" * 255)]
    await client_for(slack).chat_postMessage(channel="CHELP", text="x", blocks=blocks)
    assert len(slack.messages("CHELP")[0].blocks) == 50


VIEWS = [
    ("a title of 25", modal(title=text("x" * 25)), "invalid_arguments"),
    ("private metadata of 3001", modal(private_metadata="x" * 3001), "invalid_arguments"),
    ("a callback id of 256", modal(callback_id="x" * 256), "invalid_arguments"),
    ("101 blocks", modal(blocks=[section("x")] * 101), "invalid_arguments"),
    ("fields and no button", modal(blocks=[field()]), "invalid_arguments"),
    (
        "two fields with one id",
        modal(blocks=[field(), field()], submit=text("S")),
        "invalid_arguments",
    ),
    ("a home for a form", {"type": "home", "blocks": []}, "invalid_arguments"),
    ("an unknown property", modal(colour="red"), "invalid_arguments"),
    ("250 kB", modal(blocks=[section("x" * 3000)] * 90), "view_too_large"),
]


@pytest.mark.parametrize(("why", "view", "error"), VIEWS, ids=[why for why, _, _ in VIEWS])
async def test_views_against_the_limits_are_refused(
    slack: LoopbackSlack, why: str, view: Json, error: str
) -> None:
    trigger = slack.workspace.new_trigger("UMARA")
    with pytest.raises(SlackApiError) as refused:
        await client_for(slack).views_open(trigger_id=trigger, view=view)
    assert refused.value.response["error"] == error
    assert slack.view_of("UMARA") is None


def test_every_valid_sample_is_taken(slack: LoopbackSlack, shared_specs: Path) -> None:
    folder = shared_specs / "slack" / "slackblocks-spec" / "fixtures" / "valid" / "blocks"
    blocks = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    assert len(blocks) > 20
    assert {block["type"] for block in blocks} <= slack.reference.types_of_blocks()
    for block in blocks:
        assert slack.reference.block_mistakes("message_blocks", [block]) == [], block


@pytest.mark.parametrize(("why", "blocks"), BLOCKS, ids=[why for why, _ in BLOCKS])
def test_the_fast_look_at_alternatives_refuses_what_the_schema_refuses(
    shared_specs: Path, why: str, blocks: list[Json]
) -> None:
    path = shared_specs / "slack" / "blockkit.derived.schema.json"
    whole = {**json.loads(path.read_text()), "$ref": "#/definitions/message_blocks"}
    is_fine = Draft7Validator(whole).is_valid(blocks)
    assert (Reference(shared_specs).block_mistakes("message_blocks", blocks) == []) is is_fine


def test_rich_text_lives_by_its_elements_and_never_by_its_letters() -> None:
    typed = "&lt;!channel&gt; <@UJO>, see <#CHELP|it-help> and <https://a.example|this>"
    blocks = rich_text(typed)
    assert words(blocks) == "<!channel> @UJO, see #CHELP and this"
    assert live_entities("", blocks) == ["@UJO", "#CHELP", "this"]
    letters = {"type": "text", "text": "<!here> <@UJO> &lt; :tada:"}
    quote = {"type": "rich_text_quote", "elements": [letters]}
    assert words(quote) == "<!here> <@UJO> &lt; :tada:"
    assert live_entities("", quote) == []
    quote["elements"] = [{"type": "broadcast", "range": "here"}, {"type": "emoji", "name": "tada"}]
    assert live_entities("", quote) == ["@here", ":tada:"]


def test_plain_text_knows_pictures_unless_told_not_to() -> None:
    assert live_entities("", text(":tada:")) == [":tada:"]
    assert live_entities("", {**text(":tada:"), "emoji": False}) == []
