"""The library's client as the desk uses it: what it hears, and where its Discord is."""

from __future__ import annotations

import logging
import time

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from chatdesk.adapters.discord.rest import no_second_post

LONGEST_PAUSE = 30.0
"""Seconds that the library may wait for a rate limit by itself; longer ones are told."""

LIBRARY = "discord"


def point_at(api_url: str, gateway_url: str) -> None:
    """Let the library speak to that Discord; it knows one for the whole process."""
    Route.BASE = api_url.rstrip("/")
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)


def intents(*, reads_content: bool) -> discord.Intents:
    """Return what the gateway is asked for; `reads_content` needs an admin's switch in Discord."""
    asked = discord.Intents.none()
    asked.guilds = asked.guild_messages = asked.dm_messages = asked.guild_reactions = True
    asked.message_content = reads_content
    return asked


class DiscordClient(discord.Client):
    """The library's client, for one shard. It keeps nothing of what people wrote, pings nobody.

    The library's client for many shards begins anew when there is one more or less of them.
    """

    def __init__(self, *, reads_content: bool, shard: int = 0, of: int = 1) -> None:
        """Make a client that is not connected yet; it is to hear one of so many shards."""
        super().__init__(
            shard_id=shard,
            shard_count=of,
            intents=intents(reads_content=reads_content),
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            max_ratelimit_timeout=LONGEST_PAUSE,
            http_trace=no_second_post(),
        )
        self._deaf_since: float | None = None

    def deaf_for(self) -> float:
        """Return how many seconds it has heard nothing though it should; 0 while all is well."""
        return time.monotonic() - self._deaf_since if self._deaf_since is not None else 0.0

    def hears(self, *, is_so: bool) -> None:
        """Note whether anything can be heard, as the library has just told."""
        if is_so:
            self._deaf_since = None
        elif self._deaf_since is None:
            self._deaf_since = time.monotonic()


def keep_library_discreet() -> None:
    """Below INFO the library logs whole payloads: what people wrote, and tokens of interactions."""
    logging.getLogger(LIBRARY).setLevel(logging.INFO)
