"""The connections of the desk's pages: taken at once, answered without a wait."""

from __future__ import annotations

import asyncio
import socket

import pytest

from chatdesk.adapters.http.server import listen

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_no_answer_waits_for_its_head_to_be_acknowledged(host: str) -> None:
    taken: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def take(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection: socket.socket = writer.get_extra_info("socket")
        taken.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    with listen(host, 0) as listening:
        port = listening.getsockname()[1]
        async with await asyncio.start_server(take, sock=listening):
            _, writer = await asyncio.open_connection(host, port)
            assert await taken
            writer.close()


async def test_an_address_that_is_taken_is_said_to_be_at_once() -> None:
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            listen("127.0.0.1", port)
