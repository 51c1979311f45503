"""The library's own client, pointed at a loopback Discord."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from chatdesk.adapters.discord.client import DiscordClient, point_at
from chatdesk.adapters.discord.rest import Rest
from tests.discord.loopback import Served
from tests.discord.rest_api import TOKEN


class Memory(dict[str, str]):
    """What outlives a restart, in a dictionary."""

    def set(self, name: str, value: str) -> None:
        """Set a value."""
        self[name] = value

    def add(self, name: str, word: str) -> None:
        """Let a value hold one more word."""
        words = self.get(name, "").split()
        self[name] = " ".join(dict.fromkeys((*words, word)))

    def change(self, name: str, change: Callable[[str], str]) -> None:
        """Set a value to what this makes of it."""
        self[name] = change(self.get(name, ""))

    def beginning(self, begin: str) -> dict[str, str]:
        """Return all values whose names begin so."""
        return {name: value for name, value in self.items() if name.startswith(begin)}


@asynccontextmanager
async def rest_for(served: Served, token: str = TOKEN) -> AsyncIterator[Rest]:
    """Lend Discord's REST interface as the desk uses it."""
    point_at(served.api_url, served.gateway_url)
    client = DiscordClient(reads_content=True)
    rest = Rest(client, token)
    try:
        yield rest
    finally:
        await rest.close()
