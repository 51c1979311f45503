"""What a story needs of a Discord, whoever plays it: who and what is there, and what people do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from tests.discord.loopback import Served
from tests.discord.world import Json


class Server(Protocol):
    """One server with the direct messages around it; people and places are named by their ids."""

    @property
    def bot(self) -> str:
        """Return who the desk is."""

    @property
    def complaints(self) -> Sequence[str]:
        """Return what was wrong with what the desk sent, by Discord's own document and limits."""

    def serving(self) -> AbstractAsyncContextManager[Served]:
        """Let the library reach this Discord."""

    async def connected(self) -> None:
        """Wait until the desk hears."""

    async def settled(self) -> None:
        """Wait until everything that happened has been heard."""

    # --- who and what is there ---

    def user(self, name: str) -> str:
        """Let somebody be there."""

    def text_channel(self, name: str) -> str:
        """Make a text channel."""

    def forum(self, name: str) -> str:
        """Make a forum."""

    def direct(self, user: str) -> str:
        """Return somebody's direct messages with the desk."""

    def posts(self, forum: str) -> list[Json]:
        """Return the threads and posts of a channel, oldest first."""

    def members_of(self, thread: str) -> Collection[str]:
        """Return who is in a thread."""

    def messages(self, channel: str) -> list[Json]:
        """Return what everybody reads in a channel, oldest first."""

    def message(self, channel: str, message: str) -> Json:
        """Return one message."""

    def everything_shown(self) -> Iterable[Json]:
        """Go through every message there is, those for one person alone included."""

    def showed(self, channel: str, components: Sequence[Json]) -> Json:
        """Let the desk have shown this long ago."""

    # --- what somebody alone is shown ---

    def seen_by(self, user: str) -> list[Json]:
        """Return what this person alone was shown, oldest first."""

    def has_form(self, user: str) -> bool:
        """Tell whether somebody has a form open."""

    def form_of(self, user: str) -> Json:
        """Return the form that somebody has open."""

    # --- what people do ---

    async def says(self, user: str, channel: str, text: str, *, answers: str = "") -> object:
        """Let somebody say something, perhaps in answer to a message."""

    async def edits(self, message: Json, text: str) -> object:
        """Let the author change what they said."""

    async def deletes(self, message: Json) -> object:
        """Let the author take back what they said."""

    async def calls_command(
        self, user: str, channel: str, name: str, sub: str, **options: Any
    ) -> object:
        """Let somebody give a command."""

    async def clicks(self, user: str, message: Json, label: str) -> object:
        """Let somebody click a button, or choose from a menu, of a message."""

    async def submits(
        self, user: str, typed: Mapping[str, str | Sequence[str]] | None = None
    ) -> object:
        """Let somebody send the form they have open."""
