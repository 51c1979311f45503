"""Socket Mode: connections that the app opens, envelopes that it acknowledges one by one."""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import suppress
from itertools import count
from typing import Literal

from aiohttp import WSMsgType, web

from tests.slack.delivery import Answer, Delivery
from tests.slack.things import Json
from tests.slack.workspace import Workspace

MOST_CONNECTIONS = 10
PING_EVERY = 5.0
Reason = Literal["warning", "refresh_requested", "link_disabled", "too_many_websockets"]


class Connection:
    """One socket. Half-open, it takes everything and lets nothing through."""

    def __init__(self, number: int, socket: web.WebSocketResponse) -> None:
        self.number = number
        self.socket = socket
        self.is_half_open = False
        self.answers_pings = True
        self.is_leaving = False  # asked to disconnect: nothing new is sent over it

    @property
    def is_live(self) -> bool:
        """True while an envelope can be sent."""
        return not (self.socket.closed or self.is_leaving)


class SocketMode:
    """All connections of the app; envelopes go round between them."""

    def __init__(self, slack: Workspace, ack_within: float) -> None:
        self.slack = slack
        self.ack_within = ack_within  # real seconds
        self.ping_every = PING_EVERY  # real seconds
        self.connections: list[Connection] = []
        self._tickets: set[str] = set()
        self._waiting: dict[str, tuple[Connection, Delivery, asyncio.Future[Answer]]] = {}
        self._numbers = count(1)
        self._turn = 0
        self._changed = asyncio.Condition()

    # --- connecting -------------------------------------------------------------------------------

    def open(self) -> Json:
        """What `apps.connections.open` answers: an address good for one connection."""
        ticket = secrets.token_urlsafe(12)
        self._tickets.add(ticket)
        address = self.slack.url.replace("http://", "ws://", 1)
        return {"url": f"{address}/link/?ticket={ticket}&app_id={self.slack.app.id}"}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Hold one connection until either side ends it."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=401, text="ticket unknown or used")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False, autoclose=True)
        await socket.prepare(request)
        connection = Connection(next(self._numbers), socket)
        if len(self.live) >= MOST_CONNECTIONS:
            await socket.send_json(self._goodbye("too_many_websockets"))
            await socket.close()
            return socket
        self.connections.append(connection)
        await socket.send_json(self._hello())
        await self._tell_change()
        pinging = asyncio.create_task(self._ping(connection))
        try:
            await self._listen(connection)
        finally:
            pinging.cancel()
            await asyncio.gather(pinging, return_exceptions=True)
            await self._gone(connection)
        return socket

    async def _ping(self, connection: Connection) -> None:
        """Ping every few seconds, as Slack does over every connection that works."""
        while not connection.socket.closed:
            if not connection.is_half_open:
                with suppress(ConnectionError):
                    await connection.socket.ping(b"Ping from applink-loopback")
            await asyncio.sleep(self.ping_every)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.live),
            "debug_info": {"host": "loopback", "approximate_connection_time": 18060},
            "connection_info": {"app_id": self.slack.app.id},
        }

    def _goodbye(self, reason: Reason) -> Json:
        return {"type": "disconnect", "reason": reason, "debug_info": {"host": "loopback"}}

    async def _listen(self, connection: Connection) -> None:
        async for frame in connection.socket:
            if frame.type == WSMsgType.PING and connection.answers_pings:
                await connection.socket.pong(frame.data)
            elif frame.type == WSMsgType.TEXT and not connection.is_half_open:
                self._take_ack(connection, frame.data)

    async def _gone(self, connection: Connection) -> None:
        self.connections.remove(connection)
        for held, _, waiting in self._waiting.values():
            if held is connection and not waiting.done():
                waiting.set_result(Answer(is_acked=False, trouble="connection_lost"))
        await self._tell_change()

    async def _tell_change(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    # --- envelopes --------------------------------------------------------------------------------

    async def carry(self, delivery: Delivery) -> Answer:
        """Send one envelope over one of the connections and wait for its acknowledgement."""
        live = self.live
        if not live:
            return Answer(is_acked=False, trouble="no_connection")
        self._turn += 1
        connection = live[self._turn % len(live)]
        if connection.is_half_open:
            return Answer(is_acked=False, trouble="timeout")  # known beforehand: no need to wait
        envelope_id = secrets.token_hex(16)
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = (connection, delivery, waiting)
        try:
            await connection.socket.send_json(_envelope(envelope_id, delivery))
            return await asyncio.wait_for(waiting, self.ack_within)
        except TimeoutError:
            return Answer(is_acked=False, trouble="timeout")
        except ConnectionError:
            return Answer(is_acked=False, trouble="connection_lost")
        finally:
            del self._waiting[envelope_id]

    def _take_ack(self, connection: Connection, frame: str) -> None:
        try:
            said = json.loads(frame)
            envelope_id = said["envelope_id"]
        except (ValueError, KeyError, TypeError):
            self.slack.complaints.append(f"not an acknowledgement: {frame[:200]}")
            return
        held, delivery, waiting = self._waiting.get(envelope_id, (None, None, None))
        if delivery is None or waiting is None or waiting.done():
            self.slack.complaints.append("acknowledged late, twice or what was never sent")
            return
        if held is not connection:
            self.slack.complaints.append("acknowledged over another connection")
        payload = said.get("payload") or {}
        if payload and not delivery.takes_answer:
            self.slack.complaints.append(f"an answer to {delivery.kind}, which takes none")
            payload = {}
        waiting.set_result(Answer(is_acked=True, payload=payload))

    # --- what stories do to connections -----------------------------------------------------------

    @property
    def live(self) -> list[Connection]:
        """The connections that envelopes may go over."""
        return [connection for connection in self.connections if connection.is_live]

    async def wait_for(self, number: int) -> None:
        """Wait until exactly so many connections are live."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.live) == number)

    async def wait_beyond(self, number: int) -> None:
        """Wait until a connection is live that is younger than that number."""
        async with self._changed:
            await self._changed.wait_for(lambda: any(c.number > number for c in self.live))

    async def ask_to_leave(self, reason: Reason, connection: Connection) -> None:
        """Send the request to disconnect; nothing new goes over the connection from now on."""
        await connection.socket.send_json(self._goodbye(reason))
        connection.is_leaving = True
        await self._tell_change()

    def drop(self, connection: Connection) -> None:
        """Cut the wire without a word."""
        writer = connection.socket._writer
        if writer is not None and writer.transport is not None:
            writer.transport.abort()

    async def close(self) -> None:
        """End all connections in order."""
        for connection in [*self.connections]:
            await connection.socket.close()


def _envelope(envelope_id: str, delivery: Delivery) -> Json:
    envelope: Json = {
        "envelope_id": envelope_id,
        "type": delivery.kind,
        "accepts_response_payload": delivery.takes_answer,
        "payload": delivery.payload,
    }
    if delivery.kind == "events_api":
        envelope |= {
            "retry_attempt": delivery.retry_attempt,
            "retry_reason": delivery.retry_reason,
        }
    return envelope
