"""What the desk says of its conversations in Discord, and what it does when one of them ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chatdesk import troubles
from chatdesk.adapters.discord.errors import said
from chatdesk.adapters.discord.modal import PLATFORM
from chatdesk.adapters.discord.threads import Standing, ThreadSide
from chatdesk.bootstrap.discord import forums
from chatdesk.config import PolicySource
from chatdesk.desk import CARD, RECEIPT
from chatdesk.lifecycle.policy import Policy, reopen_deadline
from chatdesk.lifecycle.ticket import Side, Status
from chatdesk.ports import Outgoing, Place, Showing, Store, Transaction, Trouble
from chatdesk.showing import Gallery, Lane


def thread_side(store: Store, policy: PolicySource, gallery: Gallery) -> ThreadSide:
    """Return the desk's side of what becomes of threads and posts."""

    def standings(spots: Sequence[tuple[str, str]]) -> list[Standing | None]:
        return store.read(
            lambda tx: [_standing(tx, *one, policy.current, gallery) for one in spots]
        )

    def moved(lane: str, place: Place, message: str) -> None:
        def move(tx: Transaction) -> None:
            tx.conversations.leave(lane)
            tx.conversations.bind(lane, place)
            tx.conversations.link(lane, "card", message)

        store.write(move)

    def broke(place: str, code: str) -> None:
        trouble = Trouble(platform=PLATFORM, place=place, code=code, why=said(code))

        def note(tx: Transaction) -> None:
            tx.troubles.note(trouble)
            troubles.tell(tx, policy.current)

        store.write(note)

    return ThreadSide(
        standings=standings,
        lane=lambda place, thread: store.read(
            lambda tx: tx.conversations.lane_at(PLATFORM, place, thread)
        ),
        draw=_drawing(store, gallery),
        moved=moved,
        broke=broke,
        forums=lambda: forums(policy.current),
    )


def _drawing(store: Store, gallery: Gallery) -> Callable[[str], Showing | None]:
    def draw(lane: str) -> Showing | None:
        there = Lane.parse(lane)
        notice = CARD if there.side is Side.AGENTS else RECEIPT
        row = Outgoing(key="", lane=lane, seq=0, notice=notice, number=there.number, payload={})
        return store.read(lambda tx: gallery.present(tx, row)) if there.number else None

    return draw


def _standing(
    tx: Transaction, place: str, thread: str, policy: Policy, gallery: Gallery
) -> Standing | None:
    lane = tx.conversations.lane_at(PLATFORM, place, thread)
    there = Lane.parse(lane) if lane else None
    ticket = tx.tickets.load(there.number) if there and there.number else None
    if lane is None or there is None or ticket is None:
        return None
    has_left = there.side is Side.AGENTS and there.queue != ticket.queue
    if ticket.status is not Status.CLOSED and not has_left:
        return Standing.UNDER_WAY
    if not tx.outbox.is_silent(lane):
        return None
    closing = ticket.closing
    is_over = closing is not None and gallery.now() > reopen_deadline(policy, closing.at)
    return Standing.OVER if is_over else Standing.CLOSED
