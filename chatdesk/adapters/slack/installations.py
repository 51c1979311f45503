"""Where the app is installed: its token in each workspace, encrypted in the desk's own store.

The first key encrypts, every key decrypts. Whoever changes it puts the new one in front, starts the
desk, which writes everything anew with it, and takes the old one out.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from logging import Logger, getLogger
from typing import Protocol

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore

from chatdesk.config import Obstacle


class Vault(Protocol):
    """Sealed texts by workspace. All of it blocks."""

    def all(self) -> Mapping[str, str]:
        """Return everything that is kept."""

    def put(self, team: str, sealed: str | None) -> None:
        """Keep a sealed text, or forget it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """The app in one workspace, and what opens it there."""

    team: str
    name: str
    token: str
    bot_user: str
    bot_id: str
    scopes: str
    installed_by: str


def new_key() -> str:
    """Return a key that was never used."""
    return Fernet.generate_key().decode()


def ring_of(keys: str) -> MultiFernet:
    """Return what seals and opens; Obstacle where a key is none."""
    given = [one.strip() for one in keys.split(",") if one.strip()]
    try:
        return MultiFernet([Fernet(one) for one in given])
    except ValueError as error:
        raise Obstacle(
            "CHATDESK_SLACK_ENCRYPTION_KEYS needs keys that `chatdesk key` makes, the newest first,"
            " with commas between them"
        ) from error


class Installations(AsyncInstallationStore):
    """The installations in the desk's store, as Slack's libraries ask for them."""

    def __init__(
        self, vault: Vault, ring: MultiFernet, *, first: str = "", first_token: str = ""
    ) -> None:
        """Open everything that is kept; Obstacle if a key for it is missing.

        The `first` workspace needs no installation where its token is set.
        """
        self._vault = vault
        self._ring = ring
        self._set = {first: first_token} if first_token else {}
        self._known: dict[str, Installed] = {}
        self.reload()

    @property
    def logger(self) -> Logger:
        """Where Slack's libraries log about it."""
        return getLogger("slack_bolt.desk")

    def reload(self) -> None:
        """Read what is kept, and seal with the newest key what was sealed with another. Blocks."""
        try:
            opened = {team: self._open(sealed) for team, sealed in self._vault.all().items()}
            for team, sealed in self._vault.all().items():
                self._vault.put(team, self._ring.rotate(sealed.encode()).decode())
        except InvalidToken as error:
            raise Obstacle(
                "the tokens of Slack's workspaces were encrypted with a key that"
                " CHATDESK_SLACK_ENCRYPTION_KEYS does not have: put it back, behind the newest one"
            ) from error
        self._known = opened

    def _open(self, sealed: str) -> Installed:
        return Installed(**json.loads(self._ring.decrypt(sealed.encode())))

    def get(self, team: str) -> Installed | None:
        """Return the app in a workspace."""
        return self._known.get(team)

    def all(self) -> list[Installed]:
        """Return where the app is installed, by name."""
        return sorted(self._known.values(), key=lambda one: (one.name, one.team))

    async def add(self, installed: Installed) -> None:
        """Keep an installation, in place of the one before it."""
        told = {name: getattr(installed, name) for name in Installed.__slots__}
        sealed = self._ring.encrypt(json.dumps(told).encode()).decode()
        await asyncio.to_thread(self._vault.put, installed.team, sealed)
        self._known[installed.team] = installed

    async def remove(self, team: str) -> None:
        """Forget an installation: the app was removed there, or its token revoked."""
        await asyncio.to_thread(self._vault.put, team, None)
        self._known.pop(team, None)

    # --- as Slack's libraries ask ---

    async def async_find_bot(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        is_enterprise_install: bool | None = False,
    ) -> Bot | None:
        """Return the app's bot in a workspace; installations in others' memory are looked up."""
        found = self._known.get(team_id or "")
        if found is None and team_id:
            await asyncio.to_thread(self.reload)  # another process may have installed it
            found = self._known.get(team_id)
        if found is None and team_id in self._set:
            token = self._set[team_id]
            return Bot(
                team_id=team_id, bot_token=token, bot_id="", bot_user_id="", installed_at=0.0
            )
        if found is None:
            return None
        return Bot(
            team_id=found.team,
            team_name=found.name,
            bot_token=found.token,
            bot_id=found.bot_id,
            bot_user_id=found.bot_user,
            bot_scopes=found.scopes,
            installed_at=0.0,
        )

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """Return None: the desk keeps no tokens of people."""
        return None

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Forget the app in a workspace."""
        await self.remove(team_id or "")

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Do nothing: the desk keeps no tokens of people."""
