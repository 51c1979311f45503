"""Forms on their stack: triggers, hashes, what stays typed, and the home tab."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.bolt_app import client_for
from tests.slack.loopback import LoopbackSlack
from tests.slack.samples import field, modal, section, text
from tests.slack.things import View


@pytest.fixture
def client(slack: LoopbackSlack) -> AsyncWebClient:
    return client_for(slack)


async def opened(slack: LoopbackSlack, client: AsyncWebClient, **more: Any) -> View:
    trigger = slack.workspace.new_trigger("UMARA")
    await client.views_open(trigger_id=trigger, view=modal(**more))
    return slack.form_of("UMARA")


async def test_a_trigger_works_once(slack: LoopbackSlack, client: AsyncWebClient) -> None:
    trigger = slack.workspace.new_trigger("UMARA")
    await client.views_open(trigger_id=trigger, view=modal())
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        await client.views_open(trigger_id=trigger, view=modal())


async def test_a_trigger_lives_three_seconds(slack: LoopbackSlack, client: AsyncWebClient) -> None:
    in_time, too_late = (slack.workspace.new_trigger("UMARA") for _ in range(2))
    slack.clock.advance(3)
    await client.views_open(trigger_id=in_time, view=modal())
    slack.clock.advance(0.1)
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        await client.views_open(trigger_id=too_late, view=modal())


async def test_a_refused_form_leaves_its_trigger_alone(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    trigger = slack.workspace.new_trigger("UMARA")
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        await client.views_open(trigger_id=trigger, view=modal(title=text("x" * 25)))
    await client.views_open(trigger_id=trigger, view=modal())


async def test_forms_stack_three_deep(slack: LoopbackSlack, client: AsyncWebClient) -> None:
    first = await opened(slack, client)
    for _ in range(2):
        trigger = slack.workspace.new_trigger("UMARA")
        await client.views_push(trigger_id=trigger, view=modal())
    top = slack.form_of("UMARA")
    assert (top.root_id, top.previous_id == first.id) == (first.id, False)
    with pytest.raises(SlackApiError, match="push_limit_reached"):
        await client.views_push(trigger_id=slack.workspace.new_trigger("UMARA"), view=modal())
    await slack.closes("UMARA")
    assert slack.form_of("UMARA").previous_id == first.id
    await slack.closes("UMARA", all_of_them=True)
    assert slack.view_of("UMARA") is None


async def test_nothing_is_pushed_on_an_empty_stack(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    with pytest.raises(SlackApiError, match="not_found"):
        await client.views_push(trigger_id=slack.workspace.new_trigger("UMARA"), view=modal())


async def test_an_update_with_an_old_hash_is_a_conflict(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    view = await opened(slack, client)
    old = view.hash
    await client.views_update(view_id=view.id, hash=old, view=modal(title=text("Two")))
    assert (view.title, view.hash == old) == ("Two", False)
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_update(view_id=view.id, hash=old, view=modal())


async def test_a_form_that_was_closed_cannot_be_updated(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    view = await opened(slack, client)
    await slack.closes("UMARA")
    with pytest.raises(SlackApiError, match="not_found"):
        await client.views_update(view_id=view.id, view=modal())


async def test_an_external_id_names_one_view(slack: LoopbackSlack, client: AsyncWebClient) -> None:
    view = await opened(slack, client, external_id="intake-7")
    trigger = slack.workspace.new_trigger("UJO")
    with pytest.raises(SlackApiError, match="duplicate_external_id"):
        await client.views_open(trigger_id=trigger, view=modal(external_id="intake-7"))
    changed = modal(external_id="intake-7", title=text("Two"))
    await client.views_update(external_id="intake-7", view=changed)
    assert view.title == "Two"


async def test_what_was_typed_stays_until_the_block_id_changes(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    view = await opened(slack, client, blocks=[field("one")], submit=text("S"))
    await slack.fills("UMARA", {"L": "typed"})
    same = modal(blocks=[section("new"), field("one")], submit=text("S"))
    await client.views_update(view_id=view.id, view=same)
    assert view.state["one"]["a"]["value"] == "typed"
    await client.views_update(view_id=view.id, view=modal(blocks=[field("two")], submit=text("S")))
    assert view.state == {"two": {"a": {"type": "plain_text_input", "value": None}}}


async def test_the_home_tab_is_published_with_a_hash_too(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    home = {"type": "home", "blocks": [section("one")]}
    first = (await client.views_publish(user_id="UJO", view=home))["view"]
    await client.views_publish(user_id="UJO", view=home, hash=first["hash"])
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_publish(user_id="UJO", view=home, hash=first["hash"])
    view = slack.home_of("UJO")
    assert view is not None
    assert view.id == first["id"]
