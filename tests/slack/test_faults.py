"""Everything that can go wrong with a call, as the real SDK meets it."""

from __future__ import annotations

import asyncio
import json
from email.utils import parsedate_to_datetime

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.bolt_app import client_for
from tests.slack.clock import WallClock
from tests.slack.faults import Fault
from tests.slack.loopback import LoopbackSlack
from tests.slack.pacing import Pace, Pacing
from tests.slack.samples import section

ROW = {"event_type": "row", "event_payload": {"id": "r1"}}


@pytest.fixture
def client(slack: LoopbackSlack) -> AsyncWebClient:
    return client_for(slack)


@pytest.mark.parametrize("is_accepted", [True, False])
async def test_a_dropped_answer_says_nothing_about_what_was_done(
    slack: LoopbackSlack, client: AsyncWebClient, is_accepted: bool
) -> None:
    slack.next("chat.postMessage", Fault.drop(is_accepted=is_accepted))
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="CHELP", text="once", metadata=ROW)
    assert len(slack.messages("CHELP")) == int(is_accepted)
    assert slack.calls[-1].verdict == "drop"
    assert slack.calls[-1].is_done is is_accepted
    await client.chat_postMessage(channel="CHELP", text="and again")
    assert slack.messages("CHELP")[-1].text == "and again"


@pytest.mark.parametrize("is_accepted", [True, False])
async def test_an_error_page_says_nothing_either(
    slack: LoopbackSlack, client: AsyncWebClient, is_accepted: bool
) -> None:
    slack.next("chat.postMessage", Fault.status(503, is_accepted=is_accepted))
    with pytest.raises(SlackApiError) as failed:
        await client.chat_postMessage(channel="CHELP", text="once")
    assert failed.value.response.status_code == 503
    assert len(slack.messages("CHELP")) == int(is_accepted)


async def test_slack_may_do_it_and_say_that_it_failed(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    slack.next("chat.postMessage", Fault.error_after_accept("fatal_error"))
    with pytest.raises(SlackApiError, match="fatal_error"):
        await client.chat_postMessage(channel="CHELP", text="once")
    assert len(slack.messages("CHELP")) == 1


async def test_slack_may_simply_refuse(slack: LoopbackSlack, client: AsyncWebClient) -> None:
    slack.next("chat.postMessage", Fault.refused("internal_error"))
    with pytest.raises(SlackApiError, match="internal_error"):
        await client.chat_postMessage(channel="CHELP", text="once")
    assert slack.messages("CHELP") == []


async def test_a_page_may_come_instead_of_json(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    slack.next("chat.postMessage", Fault.html())
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel="CHELP", text="once")
    assert slack.calls[-1].verdict == "html"


async def test_a_call_may_hang_after_it_was_accepted(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    hang = Fault.hang()
    slack.next("chat.postMessage", hang)
    calling = asyncio.create_task(client.chat_postMessage(channel="CHELP", text="once"))
    await hang.began.wait()
    await slack.settled()
    assert not calling.done()
    hang.until.set()
    with pytest.raises(aiohttp.ClientError):
        await calling
    assert len(slack.messages("CHELP")) == 1


async def test_a_lost_message_is_found_by_its_metadata(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    root = await client.chat_postMessage(channel="CHELP", text="card")
    slack.next("chat.postMessage", Fault.drop().and_hidden(30))
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(
            channel="CHELP", text="once", thread_ts=root["ts"], metadata=ROW
        )

    async def found(*, with_metadata: bool) -> list[object]:
        thread = await client.conversations_replies(
            channel="CHELP", ts=root["ts"], include_all_metadata=with_metadata
        )
        return [message.get("metadata") for message in thread["messages"][1:]]

    assert await found(with_metadata=True) == []
    slack.clock.advance(30)
    assert await found(with_metadata=False) == [None]
    assert await found(with_metadata=True) == [ROW]


async def test_every_post_may_be_hidden_for_a_while(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    slack.workspace.visibility_delay = 10
    await client.chat_postMessage(channel="CHELP", text="late")
    assert (await client.conversations_history(channel="CHELP"))["messages"] == []
    slack.clock.advance(10)
    assert len((await client.conversations_history(channel="CHELP"))["messages"]) == 1


async def test_a_rate_limit_can_be_planned(slack: LoopbackSlack, client: AsyncWebClient) -> None:
    slack.next("views.publish", Fault.rate_limited(17))
    with pytest.raises(SlackApiError) as limited:
        await client.views_publish(user_id="UJO", view={"type": "home", "blocks": []})
    assert limited.value.response.status_code == 429
    assert limited.value.response.headers["Retry-After"] == "17"


async def test_one_message_a_second_goes_into_a_channel(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    slack.channel("CTWO")
    slack.pacing.pace = Pace(channel_every=1)
    await client.chat_postMessage(channel="CHELP", text="one")
    with pytest.raises(SlackApiError) as limited:
        await client.chat_postMessage(channel="CHELP", text="two")
    assert limited.value.response["error"] == "ratelimited"
    assert limited.value.response.headers["Retry-After"] == "1"
    await client.chat_postMessage(channel="CTWO", text="elsewhere")
    await client.chat_update(channel="CHELP", ts=slack.messages("CHELP")[0].ts, text="edited")
    slack.clock.advance(1)
    await client.chat_postMessage(channel="CHELP", text="two")
    assert [message.text for message in slack.messages("CHELP")] == ["edited", "two"]


def test_methods_are_limited_by_their_tier() -> None:
    pacing = Pacing(Pace(has_tiers=True))
    waits = [pacing.wait("users.list", "t2", None, second) for second in range(21)]
    assert waits == [None] * 20 + [40]
    assert pacing.wait("users.list", "t2", None, 60) is None


async def test_an_outage_ends_when_it_is_told_to(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    slack.goes_down()
    for _ in range(2):
        with pytest.raises(SlackApiError):
            await client.auth_test()
    slack.goes_down(Fault.drop(is_accepted=False))
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="CHELP", text="no")
    slack.comes_back()
    await client.auth_test()
    assert slack.messages("CHELP") == []


async def test_answers_carry_slacks_time_and_the_scopes(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    slack.clock.advance(-3600)
    answer = await client.auth_test()
    granted = answer.headers["X-OAuth-Scopes"].split(",")
    assert set(granted) == slack.app.scopes
    told = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    assert told == int(slack.clock.now())


# --- response addresses ---------------------------------------------------------------------------


async def respond(url: str, **said: object) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.post(url, json=said) as response:
        return response.status, await response.text()


async def test_a_response_address_takes_five_answers(slack: LoopbackSlack) -> None:
    url = slack.workspace.new_response_url("CHELP", "UMARA")
    for _ in range(5):
        assert await respond(url, text="hi") == (200, "ok")
    status, said = await respond(url, text="hi")
    assert (status, json.loads(said)["error"]) == (404, "used_url")
    assert len(slack.ephemerals("UMARA")) == 5


async def test_a_response_address_lives_for_half_an_hour(slack: LoopbackSlack) -> None:
    url = slack.workspace.new_response_url("CHELP", "UMARA")
    slack.clock.advance(1801)
    status, said = await respond(url, text="hi")
    assert (status, json.loads(said)["error"]) == (404, "expired_url")


async def test_a_response_address_replaces_and_deletes(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    await client.chat_postMessage(channel="CHELP", text="card")
    card = slack.messages("CHELP")[0]
    url = slack.workspace.new_response_url("CHELP", "UMARA", card)
    await respond(url, text="changed", replace_original=True)
    assert card.text == "changed"
    await respond(url, delete_original=True)
    assert slack.messages("CHELP") == []
    await respond(url, text="for all", response_type="in_channel")
    assert [message.text for message in slack.messages("CHELP")] == ["for all"]


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "x", "blink": True}, "invalid_payload"),
        ({"text": "x", "blocks": [section("x" * 3001)]}, "invalid_blocks"),
    ],
)
async def test_a_response_is_checked_like_a_message(
    slack: LoopbackSlack, said: dict[str, object], error: str
) -> None:
    url = slack.workspace.new_response_url("CHELP", "UMARA")
    status, answer = await respond(url, **said)
    assert (status, json.loads(answer)["error"]) == (400, error)
    assert slack.ephemerals("UMARA") == []


async def test_a_slack_can_run_on_the_real_clock(slack: LoopbackSlack) -> None:
    running = LoopbackSlack(slack.reference.specs, clock=WallClock())
    with pytest.raises(LookupError, match="the clock that it was given"):
        _ = running.clock
