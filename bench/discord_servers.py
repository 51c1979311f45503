"""The two bots of the Discord bench, each a process of its own: bare discord.py, and the desk."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import discord
from pydantic import SecretStr

from bench.servers import DATABASE, watched
from chatdesk import bootstrap
from chatdesk.adapters.discord.client import intents, point_at
from chatdesk.adapters.http.server import listen
from chatdesk.config import PolicySource, Settings
from tests.discord.rest_api import TOKEN

BARE, DESK = "bare", "desk"


def serve(what: str, folder: str, api_url: str, gateway_url: str, guild: str, support: str) -> None:
    """Run a bot until told to end; whenever a line comes in, say how long it was held up."""
    if what == BARE:
        work = _bare(api_url, gateway_url)
    else:
        work = _desk(Path(folder), api_url, gateway_url, guild, support)
    asyncio.run(watched(work))


class _Form(discord.ui.Modal, title="New ticket"):
    """A form of one field."""

    happened: discord.ui.Label[Any] = discord.ui.Label(
        text="What happened?", component=discord.ui.TextInput()
    )

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        """Say that it has arrived."""
        await interaction.response.send_message("It has arrived.", ephemeral=True)


class _Bare(discord.Client):
    """Responds, and does nothing."""

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Respond; the library itself hands submitted forms on."""
        if interaction.type is not discord.InteractionType.application_command:
            return
        told: Any = interaction.data
        if told["options"][0]["name"] == "new":
            await interaction.response.send_modal(_Form())
        else:
            await interaction.response.send_message("There are none.", ephemeral=True)


async def _bare(api_url: str, gateway_url: str) -> None:
    point_at(api_url, gateway_url)
    client = _Bare(intents=intents(reads_content=True))
    hearing = asyncio.create_task(client.start(TOKEN))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, hearing.cancel)
    with suppress(asyncio.CancelledError):
        await hearing
    await client.close()


async def _desk(folder: Path, api_url: str, gateway_url: str, guild: str, support: str) -> None:
    with listen("127.0.0.1", 0) as taken:
        port: int = taken.getsockname()[1]
    settings = Settings(
        policy=folder / "desk.yaml",
        data_dir=folder,
        database_url=SecretStr(os.environ[DATABASE]),
        port=port,
        discord_token=SecretStr(TOKEN),
        discord_guild=guild,
        discord_support_channel=support,
        discord_api_url=api_url,
        discord_gateway_url=gateway_url,
    )
    await bootstrap.run(settings, PolicySource(settings.policy))
