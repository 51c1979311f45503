"""The wiring of an app that is installed in several workspaces: what it is, and what is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from chatdesk.adapters.slack.manifest import scopes
from chatdesk.adapters.slack.oauth import OAuth
from chatdesk.config import Obstacle, Settings
from chatdesk.ports import Clock, Store, Transaction

INSTALLATIONS = "slack:installations"
STATES = "slack:states"


def oauth_of(settings: Settings) -> OAuth | None:
    """Return the app as it can be installed, None where it cannot.

    Raises Obstacle naming what is missing.
    """
    if not settings.slack_client_id:
        return None
    needed = {
        "CHATDESK_SLACK_CLIENT_SECRET": settings.slack_client_secret,
        "CHATDESK_SLACK_ENCRYPTION_KEYS": settings.slack_encryption_keys,
        "CHATDESK_SLACK_WORKSPACES": settings.slack_workspaces,
        "CHATDESK_PUBLIC_URL": settings.public_url,
    }
    missing = [name for name, value in needed.items() if not value]
    if missing or settings.slack_client_secret is None:
        raise Obstacle(f"CHATDESK_SLACK_CLIENT_ID is set, and not {', '.join(missing)}")
    return OAuth(
        client_id=settings.slack_client_id,
        client_secret=settings.slack_client_secret.get_secret_value(),
        public_url=settings.public_url,
        workspaces=workspaces_of(settings),
        scopes=tuple(scopes(with_groups=True)),
        api_url=settings.slack_api_url,
    )


def workspaces_of(settings: Settings) -> tuple[str, ...]:
    """Return the workspaces that are the organisation's."""
    return tuple(one.strip() for one in settings.slack_workspaces.split(",") if one.strip())


class Vault:
    """Sealed texts by workspace, in one mark: changing them is one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> Mapping[str, str]:
        """Return everything that is kept."""
        return self._store.read(lambda tx: _read(tx.marks.get(INSTALLATIONS)))

    def put(self, team: str, sealed: str | None) -> None:
        """Keep a sealed text, or forget it."""

        def work(tx: Transaction) -> None:
            kept = _read(tx.marks.get_to_change(INSTALLATIONS))
            kept.pop(team, None)
            kept |= {team: sealed} if sealed else {}
            tx.marks.set(INSTALLATIONS, json.dumps(kept))

        self._store.write(work)


class States:
    """States that were given out, in one mark; those that are too old go with the next."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def add(self, digest: str, lives: int) -> None:
        """Keep one for so many seconds."""
        until = (self._clock.now() + timedelta(seconds=lives)).timestamp()

        def work(tx: Transaction) -> None:
            living = self._living(tx) | {digest: until}
            tx.marks.set(STATES, json.dumps(living))

        self._store.write(work)

    def take(self, digest: str) -> bool:
        """Use one up; False if it was never given, was used, or is too old."""

        def work(tx: Transaction) -> bool:
            living = self._living(tx)
            is_good = living.pop(digest, None) is not None
            tx.marks.set(STATES, json.dumps(living))
            return is_good

        return self._store.write(work)

    def _living(self, tx: Transaction) -> dict[str, float]:
        now = self._clock.now().timestamp()
        kept = _read(tx.marks.get_to_change(STATES))
        return {digest: until for digest, until in kept.items() if until > now}


def _read(mark: str | None) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(mark or "{}")
    return read
