"""Run the application inside an event loop that is already running, and end it cleanly."""

from __future__ import annotations

import asyncio
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi import FastAPI

GRACE_SECONDS = 6
"""How long answers under way may take to end; a shutdown as a whole stays within ten seconds."""


BACKLOG = 512
"""Connections that may wait to be taken."""


class Server(uvicorn.Server):
    """A server that leaves signals to its owner and tells endless streams when to end."""

    def __init__(
        self, config: uvicorn.Config, stopping: asyncio.Event, started: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._stopping = stopping
        self._started = started

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing: the process that runs us decides what a signal means."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections, then say so."""
        await super().startup(sockets)
        self._started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams first, for they would keep the graceful end waiting."""
        self._stopping.set()
        await super().shutdown(sockets)


async def serve(
    app: FastAPI,
    host: str,
    port: int,
    *,
    started: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve until cancelled, then end what is under way and close every connection.

    Raises OSError at once when the address is taken. `port` 0 takes any free port; `started` is
    told the address, for example `http://127.0.0.1:8080`, once connections are accepted.
    """
    listening = listen(host, port)
    config = uvicorn.Config(
        app,
        log_config=None,  # the process decides about logs
        access_log=False,  # addresses of pages name people and places
        proxy_headers=False,  # nobody may tell us a client's address
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = Server(config, app.state.stopping, lambda: started(_address(listening)))
    with listening:
        running = asyncio.ensure_future(server.serve([listening]))
        try:
            await asyncio.shield(running)
        except asyncio.CancelledError:
            server.should_exit = True
            await running
            raise


def listen(host: str, port: int) -> socket.socket:
    """Take an address; OSError when somebody else has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio leaves Nagle's algorithm on: each answer would wait 40 ms for the
    # client to acknowledge its head before its body goes out.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
