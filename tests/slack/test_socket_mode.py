"""Socket Mode as the real client meets it: connections, acknowledgements, repetitions, silence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp

from tests.slack.bolt_app import bolt_for, client_for, over_sockets
from tests.slack.loopback import LoopbackSlack
from tests.slack.things import Json


@pytest.fixture
def heard() -> list[Json]:
    return []


@pytest.fixture
def app(slack: LoopbackSlack, heard: list[Json]) -> AsyncApp:
    made = bolt_for(slack)

    async def note(body: Any) -> None:
        heard.append(body)

    async def acked(ack: Any) -> None:
        await ack()

    made.event("message")(note)
    made.command("/ticket")(acked)
    return made


@pytest.fixture
async def client(slack: LoopbackSlack, app: AsyncApp) -> AsyncIterator[Any]:
    async with over_sockets(slack, app) as connected:
        yield connected


@pytest.fixture
async def watchful(slack: LoopbackSlack, app: AsyncApp) -> AsyncIterator[Any]:
    """A client that soon notices what happens to its connection."""
    async with over_sockets(slack, app, ping_interval=0.5) as connected:
        yield connected


class RawSocket:
    """A socket without a library, to see frames and to acknowledge badly."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def next(self) -> Json:
        frame: Json = await self.socket.receive_json()
        return frame


@pytest.fixture
async def raw(slack: LoopbackSlack) -> AsyncIterator[RawSocket]:
    url = (await client_for(slack).apps_connections_open(app_token=slack.app.app_token))["url"]
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        yield RawSocket(socket)


async def test_a_socket_says_hello_and_envelopes_follow(
    slack: LoopbackSlack, raw: RawSocket
) -> None:
    hello = await raw.next()
    assert (hello["type"], hello["num_connections"]) == ("hello", 1)
    assert hello["connection_info"] == {"app_id": slack.app.id}
    typing = asyncio.create_task(slack.types("UMARA", "CHELP", "/ticket mine"))
    envelope = await raw.next()
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    payload = {"text": "nothing"}
    await raw.socket.send_json({"envelope_id": envelope["envelope_id"], "payload": payload})
    assert (await typing).text == "nothing"


async def test_odd_acknowledgements_are_complained_about(
    slack: LoopbackSlack, raw: RawSocket
) -> None:
    await raw.next()
    saying = asyncio.create_task(slack.says("UMARA", "CHELP", "hello"))
    envelope = await raw.next()
    assert envelope["retry_attempt"] == 0
    await raw.socket.send_str("what?")
    answer = {"envelope_id": envelope["envelope_id"], "payload": {"text": "no"}}
    await raw.socket.send_json(answer)
    await saying
    await raw.socket.send_json(answer)
    typing = asyncio.create_task(slack.types("UMARA", "CHELP", "/ticket"))
    await raw.socket.send_json({"envelope_id": (await raw.next())["envelope_id"]})
    await typing
    assert [complaint.split(":")[0] for complaint in slack.complaints] == [
        "not an acknowledgement",
        "an answer to events_api, which takes none",
        "acknowledged late, twice or what was never sent",
    ]


async def test_an_address_is_good_for_one_connection(slack: LoopbackSlack) -> None:
    url = (await client_for(slack).apps_connections_open(app_token=slack.app.app_token))["url"]
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url):
            pass
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_an_eleventh_connection_is_sent_away(slack: LoopbackSlack) -> None:
    client = client_for(slack)
    async with aiohttp.ClientSession() as session:
        sockets = []
        for _ in range(11):
            url = (await client.apps_connections_open(app_token=slack.app.app_token))["url"]
            sockets.append(await session.ws_connect(url))
        said = await sockets[-1].receive_json()
        assert (said["type"], said["reason"]) == ("disconnect", "too_many_websockets")
        assert len(slack.sockets.live) == 10


async def test_an_event_goes_to_one_of_several_connections(
    slack: LoopbackSlack, app: AsyncApp, client: Any, heard: list[Json]
) -> None:
    async with over_sockets(slack, app):
        for number in range(4):
            await slack.says("UMARA", "CHELP", str(number))
    assert [body["event"]["text"] for body in heard] == ["0", "1", "2", "3"]


async def test_an_event_that_dies_with_its_socket_comes_over_the_next(
    slack: LoopbackSlack, raw: RawSocket, app: AsyncApp, heard: list[Json]
) -> None:
    await raw.next()
    saying = asyncio.create_task(slack.says("UMARA", "CHELP", "hello"))
    await raw.next()
    async with over_sockets(slack, app):
        await raw.socket.close()
        await saying
    attempts = [(d.retry_attempt, d.retry_reason) for d in slack.deliveries]
    assert attempts == [(0, ""), (1, "connection_lost")]
    assert len({d.payload["event_id"] for d in slack.deliveries}) == 1
    assert len(heard) == 1


async def test_a_command_that_dies_with_its_socket_is_not_repeated(
    slack: LoopbackSlack, raw: RawSocket
) -> None:
    await raw.next()
    typing = asyncio.create_task(slack.types("UMARA", "CHELP", "/ticket"))
    await raw.next()
    slack.drop_sockets()
    answer = await typing
    assert (answer.is_acked, answer.trouble) == (False, "connection_lost")
    assert len(slack.deliveries) == 1


async def test_without_a_socket_events_wait_and_commands_fail(
    slack: LoopbackSlack, app: AsyncApp, heard: list[Json]
) -> None:
    await slack.says("UMARA", "CHELP", "anybody?")
    answer = await slack.types("UMARA", "CHELP", "/ticket")
    assert answer.trouble == "no_connection"
    assert [d.event["text"] for d in slack.courier.undelivered] == ["anybody?"]
    async with over_sockets(slack, app):
        await slack.retry_undelivered()
    assert [body["event"]["text"] for body in heard] == ["anybody?"]
    assert slack.courier.undelivered == []


@pytest.mark.parametrize("reason", ["refresh_requested", "warning"])
async def test_the_client_reconnects_when_asked(
    slack: LoopbackSlack, client: Any, heard: list[Json], reason: Any
) -> None:
    old = slack.sockets.live[0].number
    await slack.asks_to_reconnect(reason)
    await slack.sockets.wait_beyond(old)
    await slack.says("UMARA", "CHELP", "still there?")
    assert len(heard) == 1


async def test_the_client_reconnects_when_its_socket_is_cut(
    slack: LoopbackSlack, watchful: Any, heard: list[Json]
) -> None:
    old = slack.sockets.live[0].number
    slack.drop_sockets()
    await slack.sockets.wait_beyond(old)
    await slack.says("UMARA", "CHELP", "still there?")
    assert len(heard) == 1


async def test_a_half_open_socket_swallows_everything(
    slack: LoopbackSlack, client: Any, heard: list[Json]
) -> None:
    slack.half_open(answers_pings=True)
    await slack.says("UMARA", "CHELP", "anybody?")
    assert (await slack.types("UMARA", "CHELP", "/ticket")).trouble == "timeout"
    assert (heard, len(slack.courier.undelivered)) == ([], 1)
    assert len(slack.sockets.live) == 1


async def test_a_half_open_socket_that_answers_no_pings_is_left(
    slack: LoopbackSlack, watchful: Any, heard: list[Json]
) -> None:
    old = slack.sockets.live[0].number
    slack.half_open()
    await slack.sockets.wait_beyond(old)
    await slack.says("UMARA", "CHELP", "still there?")
    assert len(heard) == 1


async def test_an_outage_cuts_sockets_and_lets_none_in(
    slack: LoopbackSlack, watchful: Any, heard: list[Json]
) -> None:
    old = slack.sockets.live[0].number
    slack.goes_down()
    await slack.connected(0)
    slack.comes_back()
    await slack.sockets.wait_beyond(old)
    await slack.says("UMARA", "CHELP", "still there?")
    assert len(heard) == 1


# --- the same thing more than once ----------------------------------------------------------------


async def test_a_lost_acknowledgement_brings_the_event_again(
    slack: LoopbackSlack, client: Any, heard: list[Json]
) -> None:
    slack.lose_acks(2)
    await slack.says("UMARA", "CHELP", "hello")
    assert [d.retry_attempt for d in slack.deliveries] == [0, 1, 2]
    assert len({body["event_id"] for body in heard}) == 1


async def test_an_event_may_come_eleven_times_under_ids_of_its_own(
    slack: LoopbackSlack, client: Any, heard: list[Json]
) -> None:
    slack.double_next_event(11)
    await slack.says("UMARA", "CHELP", "hello")
    assert (len(heard), len({body["event_id"] for body in heard})) == (11, 11)
    assert len({body["event"]["ts"] for body in heard}) == 1
    await slack.says("UMARA", "CHELP", "once")
    assert len(heard) == 12


@pytest.mark.parametrize("has_own_ids", [True, False])
async def test_an_event_may_come_again_weeks_later(
    slack: LoopbackSlack, client: Any, heard: list[Json], has_own_ids: bool
) -> None:
    await slack.says("UMARA", "CHELP", "hello")
    slack.clock.advance(21 * 86400)
    await slack.redeliver(slack.deliveries[0], has_own_ids=has_own_ids)
    first, second = heard
    assert first["event"] == second["event"]
    assert (first["event_id"] != second["event_id"]) is has_own_ids


# --- what is not heard ----------------------------------------------------------------------------


async def test_only_subscribed_events_within_scope_and_sight_are_heard(
    slack: LoopbackSlack, client: Any, heard: list[Json]
) -> None:
    slack.channel("CELSE", "elsewhere", "UMARA", has_app=False)
    await slack.says("UMARA", "CELSE", "not a member")
    slack.app.scopes.discard("channels:history")
    await slack.says("UMARA", "CHELP", "no scope")
    slack.app.scopes.add("channels:history")
    slack.app.events.discard("message.channels")
    await slack.says("UMARA", "CHELP", "not subscribed")
    await slack.says("UMARA", slack.dm("UMARA"), "heard")
    assert [body["event"]["text"] for body in heard] == ["heard"]
