"""What the desk does when a channel in Slack ends or moves."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from chatdesk import digests, troubles
from chatdesk.adapters.slack.errors import REMEDIES
from chatdesk.adapters.slack.modal import PLATFORM
from chatdesk.adapters.slack.places import PlaceSide
from chatdesk.config import PolicySource
from chatdesk.lifecycle.policy import Policy
from chatdesk.ports import Place, Store, Transaction, Trouble

logger = logging.getLogger("chatdesk")


def place_side(store: Store, policy: PolicySource) -> PlaceSide:
    """Return the desk's side of what becomes of channels."""

    def broke(place: str, code: str) -> None:
        if store.read(lambda tx: _concerns(tx, place, policy.current)):
            store.write(lambda tx: _note(tx, place, code, policy.current))

    def moved(old: str, new: str) -> None:
        def move(tx: Transaction) -> None:
            tx.conversations.move(PLATFORM, old, new)
            tx.marks.set(moved_mark(old), new)
            digests.move(tx, Place(platform=PLATFORM, place=old), new)

        store.write(move)
        if old in _homes(policy.current):
            logger.warning("the channel %s is now %s: write that into the policy file", old, new)

    return PlaceSide(broke=broke, moved=moved)


def moved_mark(place: str) -> str:
    """Return the mark that says which id a channel has got since."""
    return f"slack:moved:{place}"


def _concerns(tx: Transaction, place: str, policy: Policy) -> bool:
    wished: Iterable[Place | None] = digests.places(tx)
    return place in _homes(policy) or any(one is not None and one.place == place for one in wished)


def _homes(policy: Policy) -> set[str]:
    return {queue.home.get(PLATFORM, "") for queue in policy.queues.values()}


def _note(tx: Transaction, place: str, code: str, policy: Policy) -> None:
    why = f"Slack says {code}: {REMEDIES.get(code, '')}"
    tx.troubles.note(Trouble(platform=PLATFORM, place=place, code=code, why=why))
    troubles.tell(tx, policy)
